"""What one organisation's, or one centre's, people are asked and told: what came with Pejling, and their own on top.

An edition is looked up in each unit of work by the name that stands in the organisation's row, which is another one after
every change: so whatever process changed it, everybody asks by it from the next event on. What is kept here is only what was
made from rows under that name. A name is never used twice, so nothing made in a unit of work that was undone comes back.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy import Connection

from bot.dialogs.agreement import agreement_flow
from bot.dialogs.beacons.beacon import Beacon
from bot.dialogs.beacons.own import own_flow, own_words, resting_flow
from bot.dialogs.desk import Desk
from bot.dialogs.flow import Flow
from bot.dialogs.flow_dialog import FlowDialog
from bot.dialogs.house import House
from bot.errors import ContentError
from bot.library import Library
from bot.services import beacons
from bot.services.beacons import BeaconRow

AT_MOST = 500
"""Editions remembered in this process: organisations × centres with beacons of their own."""

log = logging.getLogger("pejling.editions")


@dataclass(frozen=True)
class Edition:
    """`library` and `house` as everywhere else, but with what these people have of their own."""

    library: Library
    house: House

    @cached_property
    def flows(self) -> Mapping[str, FlowDialog]:
        """Every flow that can be run, by id."""
        apart = (*self.library.alone.values(), agreement_flow(self.library.say))
        return {flow.id: FlowDialog(flow, self.house) for flow in (*self.library.flows.values(), *apart)}

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.house)


class Editions:
    """`library` and `house`: what came with Pejling."""

    def __init__(self, library: Library, house: House):
        self.library = library
        self.bundled = _edition(library, house, ())
        self._house = house
        self._made: OrderedDict[tuple[str, str, str], Edition] = OrderedDict()

    def here(self, db: Connection) -> Here:
        """For one unit of work."""
        return Here(self, db)

    def of(self, db: Connection, organisation: str, centre: str | None) -> Edition:
        """What people of this centre (none: of no centre) are asked now."""
        return self.here(db).edition(organisation, centre)

    def named(self, db: Connection, name: str, organisation: str, centre: str) -> Edition:
        """The edition of that name. One that is not at hand is made from the rows."""
        if not name:
            return self.bundled
        key = (organisation, centre, name)
        if key not in self._made:
            rows = beacons.beacons(db, organisation)
            self._made[key] = _edition(self.library, self._house, _of_centre(rows, centre))
            while len(self._made) > AT_MOST:
                self._made.popitem(last=False)
        return self._made[key]


@dataclass
class Here:
    """Editions in one unit of work: the name is asked for once for each organisation."""

    editions: Editions
    db: Connection
    names: dict[str, str] = field(default_factory=dict)

    def edition(self, organisation: str, centre: str | None) -> Edition:
        if organisation not in self.names:
            self.names[organisation] = beacons.edition(self.db, organisation)
        return self.editions.named(self.db, self.names[organisation], organisation, centre or "")

    def library(self, organisation: str, centre: str | None) -> Library:
        return self.edition(organisation, centre).library


# ---- making one ------------------------------------------------------------------------------------------


def _of_centre(rows: list[BeaconRow], centre: str) -> tuple[BeaconRow, ...]:
    """The common ones and this centre's own; never another's, and nothing that is only proposed or was taken back."""
    return tuple(row for row in rows if row.centre in ("", centre) and row.state not in ("proposed", "withdrawn"))


def _edition(library: Library, house: House, rows: tuple[BeaconRow, ...]) -> Edition:
    known = dict(library.beacons)
    flows = dict(library.flows)
    for row in rows:
        if row.own is None:
            if row.beacon in known:
                known[row.beacon] = _as_it_stands(known[row.beacon], row)
        elif made := _own(library, row):
            known[row.beacon], flows[row.beacon] = made
    for one in known.values():
        if one.state == "closed":
            rest = resting_flow(one.id, one.name, library.own)
            flows[rest.id] = replace(rest, is_offered=False)
    library = replace(library, beacons=known, flows=flows)
    return Edition(library, replace(house, flows=library.flows, beacons=library.active_beacons()))


def _as_it_stands(bundled: Beacon, row: BeaconRow) -> Beacon:
    return replace(bundled, state=row.state, since=row.since, closed=row.closed, until=row.until)


def _own(library: Library, row: BeaconRow) -> tuple[Beacon, Flow] | None:
    """An own beacon and its questions. What the rules refuse today, though it was let in once, is left out and said so."""
    assert row.own is not None
    try:
        flow = own_flow(row.beacon, row.own, library.own)
    except ContentError as error:
        log.error("the beacon %s cannot be used: %s", row.beacon, error.code or "refused")
        return None
    beacon = as_beacon(library, row)
    return beacon, replace(flow, approved=True, is_offered=beacon.is_active)


def as_beacon(library: Library, row: BeaconRow) -> Beacon:
    """An own beacon as it is shown."""
    assert row.own is not None
    return Beacon(
        id=row.beacon,
        name=own_words(row.own["name"], library.own),
        one_line=own_words(row.own["one_line"], library.own),
        scope="local" if row.centre else "common",
        state=row.state,
        since=row.since,
        closed=row.closed,
        note=None,
        source="",
        approved=row.state not in ("proposed", "withdrawn"),
        until=row.until,
        centre=row.centre,
    )
