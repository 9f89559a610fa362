"""Gathers what the desk for programmes must know: what a coordinator may plan, for whom, and how what they look at stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Connection

from bot.calendars import day_off, known_zone
from bot.cards import Words
from bot.clock import local
from bot.dialogs.coordinating.programme_names import name_lines
from bot.dialogs.coordinating.programme_view import DateSeen, Named, ProgrammeFacts, Seen
from bot.dialogs.flow import Flow
from bot.editions import Editions
from bot.errors import Refused
from bot.events import Chose, Event, Submitted
from bot.library import Library
from bot.recurrence import Rule, instant
from bot.services import departments, people, previews, programmes, roles
from bot.services.person_row import PersonRow
from bot.services.previews import PreviewDate
from bot.services.programmes import ProgrammeRow
from bot.services.rounds import Rounds

HARD_EVENT = "haendelse"
"""The theme of flows for after one."""
LOOKS = ("look", "done_start")
"""Where the next dates are shown."""


@dataclass(frozen=True)
class ProgrammesKnown:
    """`editions`: what each centre is asked."""

    editions: Editions

    def __call__(self, db: Connection, person: PersonRow, event: Event, now: datetime) -> ProgrammeFacts:
        reach = roles.reach(db, person)
        zone = known_zone(person.timezone)
        facts = ProgrammeFacts(person.language or "da", zone, now, local(now, zone).date(), reach.is_coordinator)
        if not reach.is_coordinator:
            return facts
        page, id = _asked(event)
        row = self._row(db, person, id)
        library = self._library(db, person, row, reach.centres)
        facts = replace(facts, **self._offered(db, person, library, reach.centres), new_id=_new_id(person, event))
        if page == "list":
            return replace(facts, listed=tuple(self.seen(one, facts) for one in programmes.list_for(db, person)))
        if row is None:
            return facts
        about = self.seen(row, facts)
        about = self._looked_at(db, person, row, about, library, facts) if page in LOOKS else about
        return replace(facts, about=about, names=self.names(db, person, about), found=_found(db, person, event, reach.centres))

    def _row(self, db: Connection, person: PersonRow, id: str) -> ProgrammeRow | None:
        try:
            return programmes.get(db, person, id) if id else None
        except Refused:
            return None

    def _library(self, db: Connection, person: PersonRow, row: ProgrammeRow | None, centres: frozenset[str] | None) -> Library:
        """What people of the programme's centre are asked."""
        centre = row.centre if row else next(iter(sorted(centres)), None) if centres else None
        return self.editions.of(db, person.organisation, centre).library

    def _offered(self, db: Connection, person: PersonRow, library: Library, centres: frozenset[str] | None) -> dict[str, Any]:
        every = tuple((one.id, one.name) for one in departments.centres(db, person.organisation))
        own: Named | None = None if centres is None else tuple(one for one in every if one[0] in centres)
        groups = departments.groups(db, person.organisation)
        flows = {flow.id: flow for flow in library.flow_list()}
        return {
            "own": own,
            "centres": every,
            "groups": tuple((one.id, one.name) for one in groups if centres is None or one.centre in centres),
            "levels": tuple((one.id, one.name) for one in library.levels.values()),
            "flows": {id: flow.title for id, flow in flows.items()},
            "beacons": {one.id: one.name for one in library.active_beacons()},
            "series": {id: tuple(flow.series) for id, flow in sorted(flows.items(), key=_hardest) if flow.series},
        }

    def seen(self, row: ProgrammeRow, facts: ProgrammeFacts) -> Seen:
        """A programme without its next dates."""
        plan = {name: getattr(row, name) for name in programmes.Plan.__dataclass_fields__}
        day = lambda at: local(at, facts.timezone).date() if at else None  # noqa: E731
        days = facts.series.get(row.flows[0], ()) if row.kind == "series" and row.flows else ()
        next_at = row.next_run_at
        if next_at is not None:  # the clock's own moment may lie earlier: on days before, or where somebody is ahead of us, which tells
            next_at = Rounds(Rule.from_json(row.rule), tuple(days)).next_after(facts.now, facts.timezone)
        return Seen(row.id, plan, row.state, row.revision, day(row.started_at), day(row.ended_at), next_at, days)

    def names(self, db: Connection, person: PersonRow, about: Seen) -> dict[str, str]:
        """The names of those a plan names one by one."""
        audience = about.plan["audience"]
        ids = [*audience.get("people", ()), *(audience.get("except") or {}).get("people", ())]
        found = (people.person(db, person.organisation, id) for id in ids)
        return {one.id: one.name for one in found if one is not None}

    def _looked_at(self, db: Connection, person: PersonRow, row: ProgrammeRow, about: Seen, library: Library, facts: ProgrammeFacts) -> Seen:
        names = [name for _, name in programmes.audience_of(db, person, row.id)]
        about = replace(about, size=len(names), receivers=tuple(names))
        if row.state == "ended":
            return about
        try:
            found = previews.preview(db, person, row, facts.now, flows=library.flows)
        except Refused as refusal:
            return replace(about, trouble=(refusal.text, refusal.values_))
        next_at = next((_comes(one, facts.timezone) for one in found.dates if one.to or not one.reason), about.next_at)
        dates = tuple(_date(one, library) for one in found.dates)
        return replace(about, minutes=found.minutes, dates=dates, next_at=next_at if about.next_at else None)


def _hardest(named: tuple[str, Flow]) -> tuple[bool, str]:
    """A hard event comes first: it is asked for in a hurry."""
    return named[1].theme != HARD_EVENT, named[0]


def _new_id(person: PersonRow, event: Event) -> str:
    """The id of what this event would make: the same when it is delivered twice."""
    return uuid5(NAMESPACE_OID, f"programme:{person.organisation}:{person.id}:{event.id}").hex


def _asked(event: Event) -> tuple[str, str]:
    """(what is looked at, of which programme)."""
    match event:
        case Chose(action="programmes"):
            return "list", ""
        case Chose(action="programme", value=value):
            return "look", value
        case Chose(action="programme_page", value=value):
            page, _, id = value.partition(":")
            return page, id
        case Submitted(page=page):
            _, asked, *rest = (*page.split(":"), "")
            return asked, rest[0] if rest else ""
    return "", ""


def _date(one: PreviewDate, library: Library) -> DateSeen:
    return DateSeen(one.day, one.at.strftime("%H:%M"), _reason(one, library), one.to, one.closed)


def _comes(one: PreviewDate, zone: str) -> datetime:
    return one.to or instant(one.day, one.at, zone)


def _reason(one: PreviewDate, library: Library) -> Words | None:
    if one.reason == "holiday":
        return day_off(one.day)
    return library.say(f"planning.reason_{one.reason}") if one.reason else None


def _found(db: Connection, person: PersonRow, event: Event, centres: frozenset[str] | None) -> dict[str, tuple[str, ...]]:
    """Who is called what was typed, among those this coordinator may write to."""
    if not isinstance(event, Submitted) or not event.page.startswith("programme:people:"):
        return {}
    typed = {name.casefold() for field in ("people", "but") for name in name_lines(str(event.values.get(field) or ""))}
    found: dict[str, tuple[str, ...]] = {}
    for id, name in people.names(db, person.organisation, centres) if typed else ():
        if name.casefold() in typed:
            found[name.casefold()] = (*found.get(name.casefold(), ()), id)
    return found
