"""What stands open for a person, drawn from the rows: the cards the clock sends, and the page when it is loaded again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, exists, select

from bot.cards import Card, Words, plain
from bot.clock import local
from bot.dialogs.flow_cards import halfway_card
from bot.library import Library
from bot.prompts import (
    about,
    draft_card,
    followup_card,
    less_card,
    planned_less_card,
    programme_card,
    prompt_card,
    reminder_card,
    rhythm_words,
    touch_card,
)
from bot.recurrence import Rule
from bot.services import planning
from bot.services.occurrences import OccurrenceRow, open_of
from bot.services.person_row import PersonRow
from bot.services.planning import Planned
from bot.store.tables import Action, DialogRun, Occurrence, Person, Schedule

action = Action.__table__
run = DialogRun.__table__
occurrence = Occurrence.__table__
person_ = Person.__table__
schedule = Schedule.__table__


def open_cards(db: Connection, library: Library, person: PersonRow, now: datetime) -> list[Card]:
    """Every card that stands open for this person now, the oldest first, each subject once."""
    drawn: list[tuple[datetime, Card]] = []
    for one in open_of(db, person, now):
        card = card_about(db, library, one, person.timezone, nth=one.sent) if one.kind != "draft" else None
        if card:
            drawn.append((one.moment, card))
    drawn += _halfway(db, library, person)
    by_subject = {card.subject: card for _, card in sorted(drawn, key=lambda pair: pair[0])}
    return list(by_subject.values())


def card_about(db: Connection, library: Library, one: OccurrenceRow, timezone: str, *, nth: int) -> Card | None:
    """The card of an occurrence, as it goes out the `nth` time (from 1). None: there is nothing to ask any more."""
    if one.kind == "less":
        return less_card(library, one.id, _every(db, one)) if one.schedule else planned_less_card(library, one.id, _can_be_rarer(db, one))
    if one.kind == "followup":
        return _followup(db, library, one, timezone, nth)
    if one.programme:
        planned = planning.planned(db, one.programme, lambda *_: library.flows)
        return planned_card(library, planned, one, nth=nth) if planned else None
    flow = library.flows.get(one.flow)
    if flow is None:
        return None
    if one.kind == "touch":
        return touch_card(library, flow, one.id)
    if one.kind == "draft":
        subject = _draft_subject(db, one)
        return draft_card(library, flow, subject) if subject else None
    return prompt_card(library, flow, one.id, _why(db, library, one, nth))


def planned_card(library: Library, planned: Planned, one: OccurrenceRow, *, nth: int) -> Card | None:
    """A card of a programme: what, why, and who planned it. None: its reflection is gone."""
    flow = library.flows.get(one.flow)
    if one.kind == "reminder":
        return reminder_card(library, one.id, planned.title, planned.text, _signed(library, "sent_by", planned.by))
    if flow is None:
        return None
    what = plain(": ".join(filter(None, (planned.title, planned.why))))
    if nth > 1 and nth > one.nudges + 1:
        return programme_card(library, flow, one.id, (what, library.say("prompts.why_again")))
    return programme_card(library, flow, one.id, (what, _signed(library, "reminded_by" if nth > 1 else "planned_by", planned.by)))


def _signed(library: Library, what: str, name: str) -> Words:
    return library.say(f"prompts.{what}", name=name) if name else library.say(f"prompts.{what}_somebody")


def why_rhythm(library: Library, rule: Rule) -> Words:
    """Why a prompt comes: the rhythm the person chose."""
    return library.say("prompts.why_rhythm", rhythm=rhythm_words(library, rule))


def _why(db: Connection, library: Library, one: OccurrenceRow, nth: int) -> Words:
    rule = _rule(db, one) if nth == 1 else None
    return why_rhythm(library, rule) if rule else library.say("prompts.why_again")


def _every(db: Connection, one: OccurrenceRow) -> int:
    rule = _rule(db, one)
    return rule.every if rule else 1


def _can_be_rarer(db: Connection, one: OccurrenceRow) -> bool:
    return (db.scalar(select(person_.c.most_per_week).where(person_.c.id == one.person)) or 1) > 1


def _rule(db: Connection, one: OccurrenceRow) -> Rule | None:
    mine = and_(schedule.c.id == one.schedule, schedule.c.organisation == one.organisation)
    raw = db.scalar(select(schedule.c.rule).where(mine))
    return Rule.from_json(raw) if raw else None


def _followup(db: Connection, library: Library, one: OccurrenceRow, timezone: str, nth: int) -> Card | None:
    mine = and_(action.c.id == one.action, action.c.person == one.person, action.c.state == "open")
    agreed = db.execute(select(action.c.created_at, action.c.flow).where(mine)).first()
    if agreed is None:
        return None
    day = local(agreed.created_at, timezone).date()
    return followup_card(library, one.id, day, library.flow(agreed.flow), is_last=nth > 1)


def _draft_subject(db: Connection, one: OccurrenceRow) -> str:
    mine = and_(run.c.id == one.run, run.c.person == one.person, run.c.status == "open")
    left = db.execute(select(run.c.id, run.c.occurrence).where(mine)).first()
    return _subject(left.id, left.occurrence) if left else ""


def _subject(run_id: str, occurrence: str) -> str:
    return about(occurrence) if occurrence else f"run:{run_id}"


def _halfway(db: Connection, library: Library, person: PersonRow) -> list[tuple[datetime, Card]]:
    mine = and_(run.c.person == person.id, run.c.organisation == person.organisation, run.c.status == "open")
    is_draft = exists().where(occurrence.c.run == run.c.id, occurrence.c.kind == "draft")  # not one only looked at
    rows = db.execute(select(run.c.id, run.c.dialog, run.c.occurrence, run.c.updated_at).where(mine, is_draft)).all()
    known = [(row, flow) for row in rows if (flow := library.flow(row.dialog))]
    return [(row.updated_at, halfway_card(flow, _subject(row.id, row.occurrence), library.say)) for row, flow in known]
