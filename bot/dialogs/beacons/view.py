"""What the desk for beacons must know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.cards import Words
from bot.dialogs.beacons.beacon import Beacon


@dataclass(frozen=True)
class Line:
    """One line of a beacon's history. `by` is a name, empty where they are gone; `why` may be empty."""

    on: date
    what: str
    by: str
    why: str
    until: date | None = None


@dataclass(frozen=True)
class Seen:
    """A beacon as those see it who may change it. `own`: what was written, None where it came with Pejling (`bundled`)."""

    id: str
    name: Words
    state: str
    since: date
    until: date | None = None
    closed: date | None = None
    centre: str = ""
    centre_name: str = ""
    own: dict[str, Any] | None = None
    revision: int = 0
    bundled: Beacon | None = None
    history: tuple[Line, ...] = ()


@dataclass(frozen=True)
class BeaconFacts:
    """`scopes`: (centre, its name) of what the person may change beacons for, ("", "") for the common ones; `beacons`: those they
    may change; `active`: those in use where they are; `status`: the flow by which a status is written, empty where they are in no
    leader group."""

    language: str
    today: date
    scopes: tuple[tuple[str, str], ...]
    beacons: tuple[Seen, ...] = ()
    active: tuple[Beacon, ...] = ()
    status: str = ""

    def beacon(self, id: str) -> Seen | None:
        return next((one for one in self.beacons if one.id == id), None)
