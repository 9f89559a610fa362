"""A beacon (pejlemærke): what everybody, or one centre, gathers around for a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.cards import Words
from bot.dialogs.data import Data, data

BEACON_STATES = ("proposed", "active", "extended", "closed")
BEACON_SCOPES = ("common", "local")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

LONGEST_NAME = 100
LONGEST_LINE = 200


@dataclass(frozen=True)
class Beacon:
    """A pejlemærke. `since`, `closed`: the day, or the first day of the month in question. `until`: how long it is
    meant to last, where that was said. `centre`: the only centre it is for; empty: common."""

    id: str
    name: Words
    one_line: Words
    scope: str
    state: str
    since: date
    closed: date | None
    note: Words | None
    source: str
    approved: bool
    until: date | None = None
    centre: str = ""

    @property
    def is_active(self) -> bool:
        return self.state in ("active", "extended")


def read_beacon(raw: Any, where: str) -> Beacon:
    """A beacon from data; also one that a centre made itself."""
    beacon = data(raw, where, "id name one_line scope state since source", "closed note approved")
    state = beacon.one_of("state", BEACON_STATES)
    if (state == "closed") != beacon.has("closed"):
        beacon.refuse(f"its state is {state}", "write `closed` on a closed beacon, and on no other")
    return Beacon(
        id=beacon.id(),
        name=beacon.words("name", LONGEST_NAME),
        one_line=beacon.words("one_line", LONGEST_LINE),
        scope=beacon.one_of("scope", BEACON_SCOPES),
        state=state,
        since=_month(beacon, "since"),
        closed=_month(beacon, "closed") if beacon.has("closed") else None,
        note=beacon.maybe_words("note"),
        source=beacon.text("source"),
        approved=beacon.flag("approved"),
    )


def _month(beacon: Data, key: str) -> date:
    text = beacon.text(key)
    if not MONTH.fullmatch(text):
        beacon.refuse(f"`{key}` is {text!r}", "write year and month: 2023-06")
    return date.fromisoformat(f"{text}-01")
