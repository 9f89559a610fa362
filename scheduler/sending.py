"""Cards about what has been recorded: programmes, what was put off, followups, later days of a series, pages left half-way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select, update

from bot.calendars import known_zone
from bot.cards import Card
from bot.clock import local
from bot.editions import Editions, Here
from bot.library import Library
from bot.open_cards import card_about, planned_card
from bot.services import occurrences, planning
from bot.services.followups import DRAFT_RESTS, MORNING, morning_of
from bot.services.occurrences import DueOccurrence, OccurrenceRow
from bot.services.planning import Planned
from bot.services.plans import Flows
from bot.store.tables import DialogRun, Occurrence
from scheduler.due import Done, Place, places_of, put
from scheduler.reach import Reach
from scheduler.rotation import choose_among
from scheduler.silence import Silence

ONCE_MORE_AFTER = timedelta(days=3)
"""When a followup that is not answered comes once more; after that it is never sent again."""
READ_FOR = timedelta(days=7)
"""How long a reminder stands open where cards are drawn again."""

run, occurrence = DialogRun.__table__, Occurrence.__table__


def send_due(db: Connection, editions: Editions, now: datetime, limit: int) -> Done:
    """Send the cards that are due about occurrences, at most `limit` of them; those that cannot go now are put off or dropped."""
    found = [replace(one, timezone=known_zone(one.timezone)) for one in occurrences.due(db, now, limit)]
    if not found:
        return Done()
    batch = Batch.read(db, editions, found, now)
    return Done(len(found), sum(_send(batch, one) for one in found))


@dataclass
class Batch:
    """What is known of everybody, and every programme, in a batch."""

    db: Connection
    here: Here
    now: datetime
    places: dict[str, Place]
    reach: Reach
    planned: dict[str, Planned]
    members: dict[str, set[str]]
    silence: Silence
    asked: dict[str, dict[str, datetime]] = field(default_factory=dict)

    @classmethod
    def read(cls, db: Connection, editions: Editions, found: list[DueOccurrence], now: datetime) -> Batch:
        here = editions.here(db)

        def flows(organisation: str, centre: str | None) -> Flows:
            return here.library(organisation, centre).flows

        people = {one.occurrence.person for one in found}
        ids = {one.occurrence.programme for one in found if one.occurrence.programme}
        planned = {id: one for id in ids if (one := planning.planned(db, id, flows)) is not None}
        members = {id: planning.still_in(db, id, people) for id in planned}
        asked = occurrences.last_asked(db, people) if any(one.kind == "rotation" for one in planned.values()) else {}
        silence = Silence.read(db, people) if planned else Silence({}, set())
        return cls(db, here, now, places_of(db, people), Reach.read(db, people, now), planned, members, silence, asked)


def _send(batch: Batch, due: DueOccurrence) -> int:
    one = due.occurrence
    if one.state == "begun" or one.is_over or due.person_state in ("left", "declined"):
        occurrences.drop(batch.db, [one.id])
        return 0
    if one.kind == "reminder" and one.sent:  # it has stood for long enough
        occurrences.settle(batch.db, one.id)
        return 0
    if one.programme is not None and not one.is_asked_for and not _may_go(batch, due):
        return 0
    library = batch.here.library(one.organisation, due.centre)
    if one.programme is not None and one.kind == "prompt" and not one.is_asked_for and _is_enough(batch, one):
        return _leave_in_peace(batch, library, due)
    one = _with_flow(batch, library, due)
    card = _card(batch, library, one, due.timezone)
    if card is None:
        occurrences.drop(batch.db, [one.id])
        return 0
    wait = _wait_until(batch, due)
    if wait is not None:
        occurrences.postpone(batch.db, one.id, wait)
        return 0
    occurrences.sent(batch.db, one.id, _once_more(due, batch.now), batch.now)
    place = batch.places.get(one.person)
    if place is None:  # nowhere to send it; it stands open for when the person comes by
        return 0
    put(batch.db, one, place, card, one.id, one.sent + 1, one.kind, batch.now)
    if _is_prompt(one):
        batch.reach.went(one.person, batch.now)
    return 1


def _card(batch: Batch, library: Library, one: OccurrenceRow, timezone: str) -> Card | None:
    planned = batch.planned.get(one.programme or "")
    if planned is not None:
        return planned_card(library, planned, one, nth=one.sent + 1)
    return card_about(batch.db, library, one, timezone, nth=one.sent + 1)


# ---- programmes ------------------------------------------------------------------------------------------


def _may_go(batch: Batch, due: DueOccurrence) -> bool:
    """Whether a programme's card may go now; one that may not has been put off, held or dropped when this returns."""
    one = due.occurrence
    planned = batch.planned.get(one.programme or "")
    if planned is not None and planned.state == "paused":
        occurrences.hold(batch.db, one.id)
        return False
    if planned is None or _is_off(batch, due, planned):
        occurrences.drop(batch.db, [one.id])
        return False
    at = planned.rounds.at if planned.rounds else MORNING
    wait = _wait(batch, due, at)
    if wait is None:
        return True
    is_other_day = local(wait, due.timezone).date() != local(batch.now, due.timezone).date()
    if (is_other_day and not planned.moves) or _is_overtaken(one, planned, wait, due.timezone):
        occurrences.drop(batch.db, [one.id])
    else:
        occurrences.postpone(batch.db, one.id, wait)
    return False


def _is_off(batch: Batch, due: DueOccurrence, planned: Planned) -> bool:
    """Whether it is not for this person any more, or comes too late."""
    one = due.occurrence
    is_paused = due.paused_until is not None and due.paused_until > local(batch.now, due.timezone).date()
    is_theirs = one.person in batch.members[planned.id] and due.person_state == "active" and not is_paused
    is_too_late = one.due_at is not None and batch.now - one.due_at > planned.catch_up
    return planned.state != "active" or not is_theirs or is_too_late or _is_past(one, planned, local(batch.now, due.timezone).date())


def _is_past(one: OccurrenceRow, planned: Planned, today: date) -> bool:
    """Whether the day has passed after which it must not come."""
    return planned.rounds is not None and planned.rounds.early and one.round is not None and today > one.round


def _is_enough(batch: Batch, one: OccurrenceRow) -> bool:
    """Whether it stays away because nothing has been heard for so long. To be reminded of the last one is not to be asked again."""
    return one.person in batch.silence.questioned or not one.nudges and batch.silence.is_to_be_asked(one.person)


def _leave_in_peace(batch: Batch, library: Library, due: DueOccurrence) -> int:
    one = due.occurrence
    occurrences.drop(batch.db, [one.id])
    if one.person in batch.silence.questioned:
        return 0
    return batch.silence.ask(batch.db, library, due, batch.places.get(one.person), batch.now)


def _is_overtaken(one: OccurrenceRow, planned: Planned, wait: datetime, timezone: str) -> bool:
    if one.round is None or planned.rounds is None:
        return False
    return planned.rounds.overtakes(one.round, wait, timezone)


def _with_flow(batch: Batch, library: Library, due: DueOccurrence) -> OccurrenceRow:
    """A rotation chooses when the card goes: of its reflections the one this person was asked about longest ago."""
    one = due.occurrence
    planned = batch.planned.get(one.programme or "")
    if planned is None or planned.kind != "rotation" or one.flow:
        return one
    flow = choose_among(library, due.level, batch.asked.get(one.person, {}), planned.flows, planned.beacon)
    if flow is None:
        return one
    batch.db.execute(update(occurrence).where(occurrence.c.id == one.id).values(flow=flow.id))
    return replace(one, flow=flow.id)


# ---- not now ---------------------------------------------------------------------------------------------


def _wait_until(batch: Batch, due: DueOccurrence) -> datetime | None:
    """When to look again instead of sending now; what a person asked for by "later" comes when they said."""
    today = local(batch.now, due.timezone).date()
    if due.paused_until is not None and due.paused_until > today:
        return morning_of(due.paused_until, due.timezone)
    if due.person_state != "active":  # has a notice to read first
        return morning_of(today + timedelta(days=1), due.timezone)
    if due.occurrence.is_asked_for or due.occurrence.programme is not None:
        return None
    return _touched_since(batch.db, due, batch.now) or _wait(batch, due, MORNING)


def _wait(batch: Batch, due: DueOccurrence, at: time) -> datetime | None:
    """A series after a hard event keeps its day where the day is good, whatever else has come."""
    one = due.occurrence
    if one.nudges:
        return batch.reach.wait_to_prompt(one.person, batch.now, at, is_new=False)
    if one.kind == "prompt":
        return batch.reach.wait_to_prompt(one.person, batch.now, at)
    return batch.reach.wait(one.person, batch.now, at)


def _is_prompt(one: OccurrenceRow) -> bool:
    return one.kind == "prompt" or one.kind == "touch" and one.programme is not None


def _touched_since(db: Connection, due: DueOccurrence, now: datetime) -> datetime | None:
    """A page left half-way is mentioned a week after it was last touched, not after it was begun."""
    if due.occurrence.kind != "draft":
        return None
    touched = db.scalar(select(run.c.updated_at).where(run.c.id == due.occurrence.run))
    rests: date | None = local(touched, due.timezone).date() + timedelta(days=DRAFT_RESTS) if touched else None
    return morning_of(rests, due.timezone) if rests and rests > local(now, due.timezone).date() else None


def _once_more(due: DueOccurrence, now: datetime) -> datetime | None:
    if due.occurrence.kind == "reminder":
        return now + READ_FOR
    if due.occurrence.kind != "followup" or due.occurrence.sent > 0:
        return None
    return morning_of(local(now, due.timezone).date() + ONCE_MORE_AFTER, due.timezone)
