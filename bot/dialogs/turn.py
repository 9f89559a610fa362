"""The answer a dialog gives to one event: its new state, what should happen, and what is shown at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bot.cards import Card, Form
from bot.dialogs.beacons.beacon import Beacon

State = dict[str, Any]


# ---- what can be known when deciding ---------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """The person, as far as a dialog may know them. `groups` and `leader` are names, empty where none is known."""

    id: str
    language: str = "da"
    level: str = ""
    centre: str = ""
    timezone: str = "Europe/Copenhagen"
    state: str = "active"
    leader: str = ""
    groups: tuple[str, ...] = ()
    paused_until: date | None = None
    told_about_chat: bool = True
    counted: bool = True


@dataclass(frozen=True)
class Agreement:
    """An agreed action, as it is kept."""

    id: str
    what: str
    who: str
    by: date | None
    evaluator: str
    visibility: str
    made_on: date
    flow: str = ""


@dataclass(frozen=True)
class Context:
    """What a dialog needs beside its state. `now` is aware UTC, `today` the person's own date. `edits` is the entry being
    edited, `visibility` who may see it now."""

    run: str
    person: Known
    now: datetime
    today: date
    agreement: Agreement | None = None
    open_agreement: Agreement | None = None
    touch: int | None = None
    edits: str = ""
    visibility: str = "private"
    occurrence: str = ""


# ---- what can be decided ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Say:
    """Put a card in the outbox. `kind`: reply (to what the person just did), update (of a card already there), prompt."""

    card: Card
    kind: str = "reply"


@dataclass(frozen=True)
class Answered:
    """One question with its answer, as worded on the day. `shown` is the answer as read in each language."""

    step: str
    kind: str
    question: dict[str, str]
    answer: Any
    shown: dict[str, str]


@dataclass(frozen=True)
class SaveEntry:
    """Keep this run's answers in the logbook; a run has one entry, a second saving replaces it."""

    flow: str
    release: str
    beacon: str
    visibility: str
    answers: tuple[Answered, ...]


@dataclass(frozen=True)
class AddAction:
    """Keep an agreed action; `ask_in` days from today, or None: do not ask."""

    flow: str
    beacon: str
    what: str
    who: str
    by: date | None
    evaluator: str
    ask_in: int | None
    visibility: str


@dataclass(frozen=True)
class ChangeAction:
    """Make an agreed action anew: same fields as `AddAction`, for the action `id`."""

    id: str
    what: str
    who: str
    by: date | None
    evaluator: str
    ask_in: int | None
    visibility: str


@dataclass(frozen=True)
class CloseAction:
    """`state`: done, partly, passed_on, let_go."""

    id: str
    state: str


@dataclass(frozen=True)
class Finish:
    """The run is over and its draft is wiped. `dropped`: nothing came of it."""

    dropped: bool = False


@dataclass(frozen=True)
class PlanTouches:
    """The later days of a series, counted from today."""

    flow: str
    days: tuple[int, ...]


@dataclass(frozen=True)
class WakeIn:
    """Wake this run after so long (`Woke`), unless it is woken anew before."""

    after: timedelta


@dataclass(frozen=True)
class Begin:
    """Begin a flow for the person; answered with its first page."""

    flow: str
    occurrence: str = ""
    action: str = ""
    edits: str = ""
    series: str = ""
    touch: int | None = None


@dataclass(frozen=True)
class SetPerson:
    """Change what is kept about the person: language, level, centre, state, notice_version, told_about_chat …"""

    values: dict[str, Any]


@dataclass(frozen=True)
class SetRhythm:
    """`weekday` 0–6 (Monday 0), `time` "HH:MM", `every` weeks; None: not on a rhythm."""

    weekday: int | None
    time: str = ""
    every: int = 1


@dataclass(frozen=True)
class Pause:
    """No prompts until this date (the person's own); None ends the pause."""

    until: date | None


@dataclass(frozen=True)
class TakeLeave:
    """Nothing comes unasked from `starts` to `ends`, the person's own dates, both included."""

    starts: date
    ends: date


@dataclass(frozen=True)
class CancelLeave:
    """That leave is none."""

    starts: date
    ends: date


@dataclass(frozen=True)
class CloseDays:
    """Nobody in this centre (None: anywhere) is asked anything from `starts` to `ends`, both included."""

    centre: str | None
    starts: date
    ends: date


@dataclass(frozen=True)
class OpenDays:
    """Those closed days are ordinary ones again."""

    id: str


@dataclass(frozen=True)
class Later:
    """Send the card of this occurrence again at `at` (UTC); the series does not move."""

    occurrence: str
    at: datetime


@dataclass(frozen=True)
class Settle:
    """An occurrence has reached an end: done or dropped."""

    occurrence: str
    state: str = "done"


@dataclass(frozen=True)
class Erase:
    """Delete everything kept about the person."""


@dataclass(frozen=True)
class Fill:
    """A line in the chat belongs to this run: hand the event on to it."""

    run: str


@dataclass(frozen=True)
class SaveProgramme:
    """Keep a plan (the fields of `bot.services.programmes.Plan`): a new draft under this id, or in the place of what it was.
    `revision`: the one it was made from; None: it is new."""

    id: str
    plan: dict[str, Any]
    revision: int | None = None


@dataclass(frozen=True)
class ChangeProgramme:
    """`what`: start, pause, resume, end, remind; throw (a draft)."""

    id: str
    what: str


@dataclass(frozen=True)
class CopyProgramme:
    """A new draft, `new_id`, with the plan of another."""

    id: str
    new_id: str


@dataclass(frozen=True)
class Anew:
    """Go on as if the person had pressed this: what must be known is gathered again, after what was decided is done."""

    action: str
    value: str = ""


@dataclass(frozen=True)
class ProposeBeacon:
    """A new beacon for a centre (empty: common). `own`: its document (`beacons/own.Own`)."""

    id: str
    centre: str
    own: dict[str, Any]
    why: str


@dataclass(frozen=True)
class WriteBeacon:
    """Write an own beacon's document anew; `revision` is the one it was made from."""

    id: str
    own: dict[str, Any]
    revision: int


@dataclass(frozen=True)
class ChangeBeacon:
    """`what`: designate, extend, close, withdraw. `own`: its document from now on; `bundled`: as it stands in the content, where
    it came with Pejling."""

    id: str
    what: str
    why: str
    until: date | None = None
    own: dict[str, Any] | None = None
    bundled: Beacon | None = None


@dataclass(frozen=True)
class HandOver:
    """Give a leader group's entry to the department, as it was shown (`digest`). `title`: the flow's, in each language."""

    id: str
    entry: str
    digest: str
    title: dict[str, str]


@dataclass(frozen=True)
class TakeBack:
    """Take a hand-over back."""

    id: str


@dataclass(frozen=True)
class Join:
    """Join this identity to the person who holds the one-time code."""

    code: str


Effect = (
    Say
    | SaveEntry
    | AddAction
    | ChangeAction
    | CloseAction
    | Finish
    | PlanTouches
    | WakeIn
    | Begin
    | SetPerson
    | SetRhythm
    | Pause
    | TakeLeave
    | CancelLeave
    | CloseDays
    | OpenDays
    | Later
    | Settle
    | Erase
    | Fill
    | SaveProgramme
    | ChangeProgramme
    | CopyProgramme
    | Anew
    | Join
    | ProposeBeacon
    | WriteBeacon
    | ChangeBeacon
    | HandOver
    | TakeBack
)


@dataclass(frozen=True)
class Turn:
    """`state` is what to remember of the run (None: nothing changes); `form` and `card` are shown at once, after the commit.

    `card` goes the short way only where nothing about it may be stored (a route card); everything else is a `Say`.
    `leaves_no_trace`: nothing of this event is kept, not even that it was handled.
    """

    state: State | None = None
    effects: tuple[Effect, ...] = field(default=())
    form: Form | None = None
    card: Card | None = None
    leaves_no_trace: bool = False


def answer(*effects: Effect, form: Form | None = None) -> Turn:
    return Turn(None, effects, form)
