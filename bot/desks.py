"""The desks beside the first: each knows which events are for it, and what must be known to answer them.

`turns` asks them in order before anything else; one that answers None leaves the event to the next, and to the first desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.beacons_known import BeaconsKnown
from bot.clock import local
from bot.dialogs.arrival import Arrival
from bot.dialogs.beacons.desk import BeaconDesk
from bot.dialogs.beacons.handover import HandoverDesk
from bot.dialogs.coordinating.closed import ClosedDesk, ClosedFacts, ClosedSeen
from bot.dialogs.coordinating.entrance import Coordination, CoordinationFacts
from bot.dialogs.coordinating.numbers import Numbers, NumbersFacts, ProgrammeNumbers
from bot.dialogs.coordinating.programme_desk import ProgrammeDesk
from bot.dialogs.dilemma.desk import DilemmaDesk, DilemmaFacts
from bot.dialogs.house import House
from bot.dialogs.turn import Turn
from bot.editions import Editions
from bot.errors import Refused
from bot.events import Event
from bot.handings import Handings
from bot.programmes_known import ProgrammesKnown
from bot.services import departments, logbook, roles, times
from bot.services.participation import Participation, participation
from bot.services.person_row import PersonRow


class Deciding(Protocol):
    """The pure half of a desk."""

    def concerns(self, event: Event) -> bool: ...

    def resume(self, event: Event, facts: Any) -> Turn | None: ...


@dataclass(frozen=True)
class SideDesk:
    """`gather` reads what `decides` must know; it runs in the event's own transaction."""

    decides: Deciding
    gather: Callable[[Connection, PersonRow, Event, datetime], Any]
    explain: Callable[[Event, Any, Refused], Turn] | None = None
    """What is said where what was decided is refused when it is carried out; None: as everywhere, on a card."""

    def answer(self, db: Connection, person: PersonRow, event: Event, now: datetime) -> Turn | None:
        return self.decides.resume(event, self.gather(db, person, event, now)) if self.decides.concerns(event) else None

    def refused(self, db: Connection, person: PersonRow, event: Event, now: datetime, refusal: Refused) -> Turn | None:
        return self.explain(event, self.gather(db, person, event, now), refusal) if self.explain else None


def side_desks(house: House, editions: Editions) -> tuple[SideDesk, ...]:
    planning, writing, handing = ProgrammeDesk(house), BeaconDesk(house, editions.library.own), HandoverDesk(house)
    return (
        SideDesk(Coordination(house), _coordination),
        SideDesk(ClosedDesk(house), _closed),
        SideDesk(planning, ProgrammesKnown(editions), planning.refused),
        SideDesk(Numbers(house), _numbers),
        SideDesk(writing, BeaconsKnown(editions), writing.refused),
        SideDesk(handing, Handings(editions), handing.refused),
        SideDesk(DilemmaDesk(house), partial(_dilemmas, Arrival(house))),
    )


def _coordination(db: Connection, person: PersonRow, event: Event, now: datetime) -> CoordinationFacts:
    found = roles.reach(db, person)
    return CoordinationFacts(found.is_coordinator, found.is_administrator)


def _closed(db: Connection, person: PersonRow, event: Event, now: datetime) -> ClosedFacts:
    """The days ahead of the centres somebody coordinates, and of everybody."""
    reach, today = roles.reach(db, person), local(now, person.timezone).date()
    if not reach.is_coordinator:
        return ClosedFacts(False, today)
    centres = tuple((one.id, one.name) for one in departments.centres(db, person.organisation))
    shown = [one for one in times.all_closed_days(db, person.organisation, today) if one.centre is None or reach.covers(one.centre)]
    ahead = tuple(ClosedSeen(one.id, one.centre, one.starts, one.ends, reach.covers(one.centre)) for one in shown)
    return ClosedFacts(True, today, centres, reach.centres, ahead)


def _numbers(db: Connection, person: PersonRow, event: Event, now: datetime) -> NumbersFacts:
    """Looked up, and released, only for a coordinator."""
    if not roles.reach(db, person).is_coordinator:
        return NumbersFacts(None)
    return NumbersFacts(tuple(_newest(one) for one in participation(db, person, now) if one.quarters))


def _dilemmas(arrival: Arrival, db: Connection, person: PersonRow, event: Event, now: datetime) -> DilemmaFacts:
    has_arrived = arrival.is_read_by(person.state, person.notice_version)
    return DilemmaFacts(has_arrived, logbook.last_written(db, person) if has_arrived else {})


def _newest(one: Participation) -> ProgrammeNumbers:
    """A programme's last quarter with an answer, or the one that is waited for."""
    taken = next((quarter for quarter in one.quarters if quarter.answer), one.quarters[0])
    people = {measure: taken.number(measure) for measure in reversed(taken.measures)} if taken.answer else {}
    return ProgrammeNumbers(one.programme.title, (taken.quarter.year, taken.quarter.number), taken.comes_on, people)
