"""Gathers what the desk for beacons and the pages about them must know: whose they are to change, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.clock import local
from bot.dialogs.beacons.beacon import Beacon
from bot.dialogs.beacons.own import own_words
from bot.dialogs.beacons.view import BeaconFacts, Line, Seen
from bot.editions import Editions
from bot.events import Chose, Event, Submitted
from bot.library import Library
from bot.services import beacons, departments
from bot.services.beacons import BeaconRow
from bot.services.person_row import PersonRow


@dataclass(frozen=True)
class BeaconsKnown:
    """`editions`: what came with Pejling, and what each centre has on top."""

    editions: Editions

    def __call__(self, db: Connection, person: PersonRow, event: Event, now: datetime) -> BeaconFacts:
        facts = self.facts(db, person, now)
        about = _about(event)
        known = tuple(self.with_history(db, person, one) if one.id == about else one for one in facts.beacons)
        return replace(facts, beacons=known)

    def facts(self, db: Connection, person: PersonRow, now: datetime) -> BeaconFacts:
        """Without anybody's history."""
        library = self.editions.of(db, person.organisation, person.centre).library
        scopes = tuple(beacons.scopes(db, person))
        statuses = [flow.id for flow in library.flows.values() if flow.hands_over]
        return BeaconFacts(
            language=person.language or "da",
            today=local(now, person.timezone).date(),
            scopes=scopes,
            beacons=tuple(self._theirs(db, person, dict(scopes))) if scopes else (),
            active=library.active_beacons(),
            status=next(iter(statuses), "") if departments.groups_of(db, person) else "",
        )

    def with_history(self, db: Connection, person: PersonRow, one: Seen) -> Seen:
        lines = beacons.history(db, person.organisation, one.id)
        day = lambda at: local(at, person.timezone).date()  # noqa: E731
        return replace(one, history=tuple(Line(day(r.at), r.what, r.by, r.why, r.until) for r in lines))

    def _theirs(self, db: Connection, person: PersonRow, scopes: dict[str, str]) -> Iterator[Seen]:
        """The beacons they may change, proposals too: those of their centres, and the common ones where those are theirs."""
        rows = {row.beacon: row for row in beacons.beacons(db, person.organisation)}
        library = self.editions.library
        if "" in scopes:
            for bundled in library.beacons.values():
                yield _bundled(bundled, rows.get(bundled.id))
        for row in rows.values():
            if row.own is not None and row.centre in scopes and row.state != "withdrawn":
                yield _own(library, row, scopes[row.centre])


def _about(event: Event) -> str:
    """The beacon whose history is looked at."""
    match event:
        case Chose(value=value):
            return value
        case Submitted(page="beacon:list", values=values):
            return str(values.get("beacon"))
        case Submitted(page=page):
            return (*page.split(":"), "", "")[2]
    return ""


def _bundled(beacon: Beacon, row: BeaconRow | None) -> Seen:
    seen = Seen(beacon.id, beacon.name, beacon.state, beacon.since, closed=beacon.closed, bundled=beacon)
    if row is None:
        return seen
    return replace(seen, state=row.state, since=row.since, until=row.until, closed=row.closed, revision=row.revision)


def _own(library: Library, row: BeaconRow, centre: str) -> Seen:
    assert row.own is not None
    return Seen(
        id=row.beacon,
        name=own_words(row.own["name"], library.own),
        state=row.state,
        since=row.since,
        until=row.until,
        closed=row.closed,
        centre=row.centre,
        centre_name=centre,
        own=row.own,
        revision=row.revision,
    )
