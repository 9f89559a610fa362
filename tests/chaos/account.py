"""What became of every message, against what really arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.dispatch import NOT_REPEATED, REPEAT_WHEN_UNKNOWN
from tests.chaos.platforms import Arrivals
from tests.chaos.scene import Place


@dataclass
class Account:
    """Counts. `slack`: the platform can be asked, so all are to be zero. `teams`: it cannot; then `repeated` and `not_repeated`
    are what the policy for each kind of message chooses, and everything else is to be zero."""

    messages: int = 0
    slack: Counter[str] = field(default_factory=Counter)
    teams: Counter[str] = field(default_factory=Counter)
    occurrences: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    figures: dict[str, Any] = field(default_factory=dict)

    WRONG = ("lost", "doubled", "out of order", "stuck", "against policy")

    def wrong(self) -> dict[str, int]:
        """All that should not have happened."""
        found = {f"{name}: {what}": part[what] for name, part in (("slack", self.slack), ("teams", self.teams)) for what in self.WRONG}
        return {what: many for what, many in (found | dict(self.occurrences)).items() if many}


def accounted(rows: Sequence[Any], asked: Iterable[Any], placed: Sequence[Place], arrivals: Arrivals, expected: int) -> Account:
    """`rows`: the outbox, in order; `asked`: (schedule, occurrences) of the clock."""
    account = Account(messages=len(rows), faults=arrivals.faults)
    places = {place.conversation: place for place in placed}
    names = {row.id: _name(row, places[row.conversation]) for row in rows}
    for row in rows:
        part = account.slack if places[row.conversation].platform == "slack" else account.teams
        _judge(part, row, arrivals.times[names[row.id]], places[row.conversation].platform)
    _in_order(account, rows, names, places, arrivals)
    account.occurrences = Counter(_clock(asked, placed))
    if missing := expected - len(rows):
        account.occurrences["not recorded"] += missing
    return account


def _name(row: Any, place: Place) -> str:
    """What it is called where it arrives: in Slack our key, in Teams what it says."""
    return row.key if place.platform == "slack" or row.key.startswith("m ") else f"prompt {place.channel_id}"


def _judge(part: Counter[str], row: Any, arrived: int, platform: str) -> None:
    part["messages"] += 1
    if row.state in ("queued", "sending", "ambiguous"):
        part["stuck"] += 1
    elif row.state == "sent" and arrived == 0:
        part["lost"] += 1
    elif row.state == "gave_up" and platform == "slack":
        part["lost" if arrived == 0 else "given up though it arrived"] += 1
    elif platform == "teams":
        _judge_policy(part, row, arrived)
    elif arrived > 1:
        part["doubled"] += 1


def _judge_policy(part: Counter[str], row: Any, arrived: int) -> None:
    """Prompts and replies are rather seen twice than never; nudges and updates rather never than twice."""
    if REPEAT_WHEN_UNKNOWN[row.kind]:
        part["repeated"] += arrived > 1
        part["against policy"] += row.state == "gave_up"
        return
    part["not repeated"] += row.state == "gave_up" and arrived == 0
    part["against policy"] += arrived > 1 or (row.state == "gave_up" and row.reason != NOT_REPEATED)


def _in_order(account: Account, rows: Sequence[Any], names: dict[int, str], places: dict[str, Place], arrivals: Arrivals) -> None:
    """The first arrival of each message, in each conversation, in the order in which they were put in the outbox: one after the
    other. The clock's prompts were put there by others at the same time, so between those two there is no order to keep."""
    first: dict[str, int] = {}
    for n, (_, name) in enumerate(arrivals.log):
        first.setdefault(name, n)
    latest: dict[str, int] = {}
    for row in rows:
        at = first.get(names[row.id])
        if at is None or not names[row.id].startswith("m "):
            continue
        if at < latest.get(row.conversation, -1):
            (account.slack if places[row.conversation].platform == "slack" else account.teams)["out of order"] += 1
            account.figures.setdefault("which", []).append((names[row.id], row.attempt, row.reason))
        latest[row.conversation] = max(at, latest.get(row.conversation, -1))


def _clock(asked: Iterable[Any], placed: Sequence[Place]) -> dict[str, int]:
    """Each rhythm was due once."""
    times = {schedule: many for schedule, many in asked}
    found = {"occurrences lost": sum(times.get(place.schedule, 0) == 0 for place in placed)}
    return found | {"occurrences doubled": sum(times.get(place.schedule, 0) > 1 for place in placed)}
