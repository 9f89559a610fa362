"""What the desk needs to know when it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from bot.dialogs.turn import Known


@dataclass(frozen=True)
class Waiting:
    """Something a person was asked (an occurrence). `state`: planned, open, begun, done, dropped. `is_planned`: by a coordinator."""

    id: str
    kind: str
    flow: str
    state: str
    run: str = ""
    action: str = ""
    series: str = ""
    touch: int | None = None
    is_planned: bool = False


@dataclass(frozen=True)
class RhythmFacts:
    """A person's rhythm: `weekday` Monday 0, local `time` "HH:MM", `every` weeks."""

    weekday: int
    time: str
    every: int


@dataclass(frozen=True)
class TimesFacts:
    """When a person may be disturbed: local "HH:MM" from and until, working days as digits (Monday 0), prompts a week."""

    day_from: str = "07:00"
    day_until: str = "17:00"
    working_days: str = "01234"
    most_per_week: int = 2


@dataclass(frozen=True)
class LeaveFacts:
    """Leave from `starts` to `ends`, both included."""

    starts: date
    ends: date


@dataclass(frozen=True)
class Facts:
    """`notice_version` is what the person has read; `open_run`/`open_flow` the last thing left half-way;
    `counts` what there is to delete, where that is asked for, what goes on ("programmes"), and whether nobody else could
    give roles ("only_administrator")."""

    person: Known
    now: datetime
    today: date
    notice_version: str = ""
    welcomed: bool = True
    waiting: Waiting | None = None
    open_run: str = ""
    open_flow: str = ""
    rhythm: RhythmFacts | None = None
    centres: tuple[tuple[str, str], ...] = ()
    times: TimesFacts = TimesFacts()
    leaves: tuple[LeaveFacts, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
