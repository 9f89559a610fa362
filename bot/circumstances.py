"""Gathers what a dialog must know before it decides: the person, their agreements, what stands open."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from bot.clock import local
from bot.dialogs.facts import Facts, LeaveFacts, RhythmFacts, TimesFacts, Waiting
from bot.dialogs.turn import Agreement, Context, Known
from bot.events import Chose, Event, Submitted
from bot.services import actions, departments, erasing, logbook, occurrences, people, roles, runs, schedules, times
from bot.services.actions import ActionRow
from bot.services.person_row import PersonRow
from bot.services.runs import RunRow

OCCURRENCE = "occurrence:"
ERASING = ("erase",)


def known(db: Connection, person: PersonRow) -> Known:
    return Known(**people.known(db, person))


def context(db: Connection, person: PersonRow, run: RunRow, now: datetime) -> Context:
    """What a flow must know. An agreement that was due is asked about before a new one is made."""
    about = actions.action(db, person, run.action) if run.action else None
    today = local(now, person.timezone).date()
    due = actions.oldest_due(db, person, today) if not run.action and not run.edits else None
    return Context(
        run=run.id,
        person=known(db, person),
        now=now,
        today=today,
        agreement=_agreement(db, about, person) if about else None,
        open_agreement=_agreement(db, due, person) if due else None,
        touch=run.touch,
        edits=run.edits,
        visibility=_visibility(db, person, run.edits) if run.edits else "private",
        occurrence=run.occurrence,
    )


def _visibility(db: Connection, person: PersonRow, entry: str) -> str:
    edited = logbook.entry(db, person, entry)
    return edited.visibility if edited else "private"


def _agreement(db: Connection, row: ActionRow, person: PersonRow) -> Agreement:
    """What was shared with nobody but a former leader is the person's own again: sharing it anew is asked anew."""
    made_on: date = local(row.created_at, person.timezone).date()
    visibility = row.visibility if actions.is_still_shared(db, person, row) else "private"
    return Agreement(row.id, row.what, row.who, row.by, row.evaluator, visibility, made_on, row.flow)


def facts(db: Connection, person: PersonRow, event: Event, now: datetime) -> Facts:
    """What the desk must know."""
    half_way = runs.open_run(db, person)
    rhythm = schedules.rhythm_of(db, person)
    today = local(now, person.timezone).date()
    return Facts(
        person=known(db, person),
        now=now,
        today=today,
        notice_version=person.notice_version,
        welcomed=person.welcomed_at is not None,
        waiting=_waiting(db, person, event),
        open_run=half_way[0] if half_way else "",
        open_flow=half_way[1] if half_way else "",
        rhythm=RhythmFacts(rhythm.weekday, rhythm.time, rhythm.every) if rhythm else None,
        centres=tuple((centre.id, centre.name) for centre in departments.centres(db, person.organisation)),
        times=TimesFacts(person.day_from, person.day_until, person.working_days, person.most_per_week),
        leaves=tuple(LeaveFacts(one.starts, one.ends) for one in times.leaves(db, person, today)),
        counts=_counts(db, person, event),
    )


def _waiting(db: Connection, person: PersonRow, event: Event) -> Waiting | None:
    if not isinstance(event, Chose) or not event.subject.startswith(OCCURRENCE):
        return None
    row = occurrences.get(db, person.organisation, person.id, event.subject.removeprefix(OCCURRENCE))
    if row is None:
        return None
    return Waiting(row.id, row.kind, row.flow, row.state, row.run, row.action or "", row.series, row.touch, row.programme is not None)


def _counts(db: Connection, person: PersonRow, event: Event) -> dict[str, int]:
    asked = isinstance(event, Chose) and event.action in ERASING or isinstance(event, Submitted) and event.page in ERASING
    if not asked:
        return {}
    goes = erasing.what_goes(db, person)
    is_alone = roles.administrators(db, person.organisation) == {person.id}
    deleted = {"entries": goes.entries, "actions": goes.actions, "drafts": goes.drafts}
    return {**deleted, "programmes": goes.goes_on, "only_administrator": int(is_alone)}
