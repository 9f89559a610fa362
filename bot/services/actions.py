"""Agreed actions: what a person decided to do, and when to ask what became of it.

A moment to ask is also a row of its own (an occurrence of kind "followup"), planned and dropped here together with the action.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.clock import local
from bot.services.consents import is_current, named_now
from bot.services.logbook import folded
from bot.services.followups import drop_followups, morning_of, plan_followup
from bot.services.person_row import PersonRow
from bot.store.secrets import sealed, unsealed
from bot.store.tables import Action, Occurrence

ACTION, OCCURRENCE = Action.__table__, Occurrence.__table__

ENDS = ("done", "partly", "passed_on", "let_go")


@dataclass(frozen=True)
class ActionRow:
    """An agreed action. `state`: open, done, partly, passed_on, let_go. `visibility`: private, my_leader, leader_group.

    `shared_to`: whom the yes to sharing named, see `consents.py`.
    """

    id: str
    run: str
    entry: str | None
    flow: str
    beacon: str
    who: str
    by: date | None
    evaluator: str
    ask_at: datetime | None
    visibility: str
    shared_to: list[str]
    state: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    what: str


_COLUMNS = tuple(ACTION.c[name] for name in ActionRow.__dataclass_fields__ if name != "what") + (ACTION.c.sealed,)
_MINE = select(*_COLUMNS).where(
    ACTION.c.person == bindparam("of_person"), ACTION.c.organisation == bindparam("of_organisation")
)
_OPEN = _MINE.where(ACTION.c.state == "open")


# ---- writing ---------------------------------------------------------------------------------------------


def add(
    db: Connection,
    person: PersonRow,
    *,
    run: str,
    entry: str | None,
    flow: str,
    beacon: str,
    what: str,
    who: str,
    by: date | None,
    evaluator: str,
    ask_in: int | None,
    visibility: str,
    now: datetime,
) -> str:
    """Keep an agreed action; returns its id. A run has one: agreeing again in the same run makes it anew.

    `ask_in`: days from today, or None: nobody asks. `entry`: the logbook entry it belongs to.
    """
    made = db.scalar(
        select(ACTION.c.id).where(
            ACTION.c.run == run, ACTION.c.person == person.id, ACTION.c.organisation == person.organisation
        )
    )
    agreed = {"who": who, "by": by, "evaluator": evaluator, "ask_in": ask_in, "visibility": visibility}
    if made and run:
        change(db, person, made, what=what, **agreed, now=now)
        return made
    id = uuid4().hex
    ask_at = asked_at(person, ask_in, now)
    db.execute(
        insert(ACTION),
        {
            "id": id,
            "organisation": person.organisation,
            "person": person.id,
            "run": run,
            "entry": entry,
            "flow": flow,
            "beacon": beacon,
            "sealed": sealed(db, {"what": what}, person.id),
            "who": who,
            "by": by,
            "evaluator": evaluator,
            "ask_at": ask_at,
            "visibility": visibility,
            "shared_to": named_now(db, person, visibility),
            "state": "open",
            "created_at": now,
            "updated_at": now,
        },
    )
    _plan(db, person, id, ask_at, now)
    return id


def change(
    db: Connection,
    person: PersonRow,
    id: str,
    *,
    what: str,
    who: str,
    by: date | None,
    evaluator: str,
    ask_in: int | None,
    visibility: str,
    now: datetime,
) -> bool:
    """Agree anew; a closed action is open again. False where the person has no such action.

    Consent is not asked again for the same words and the same eyes (`bot/dialogs/closing.py`), and then names nobody new.
    """
    before = action(db, person, id)
    if before is None:
        return False
    is_same = (before.visibility, before.what) == (visibility, what) and is_still_shared(db, person, before)
    ask_at = asked_at(person, ask_in, now)
    values = {
        "sealed": sealed(db, {"what": what}, person.id),
        "who": who,
        "by": by,
        "evaluator": evaluator,
        "ask_at": ask_at,
        "visibility": visibility,
        "shared_to": before.shared_to if is_same else named_now(db, person, visibility),
        "state": "open",
        "closed_at": None,
    }
    _update(db, person, id, values, now)
    if ask_at is None:
        drop_followups(db, id)
    _plan(db, person, id, ask_at, now)
    return True


def close(db: Connection, person: PersonRow, id: str, state: str, now: datetime) -> bool:
    """The action has come to an end: `state` is one of `ENDS`. False where the person has no such action."""
    if state not in ENDS:
        raise ValueError(f"an action ends as one of {', '.join(ENDS)}")
    if not _update(db, person, id, {"state": state, "ask_at": None, "closed_at": now}, now):
        return False
    drop_followups(db, id)
    return True


def set_visibility(db: Connection, person: PersonRow, id: str, visibility: str, now: datetime) -> bool:
    """Who may see it from now on. False where the person has no such action."""
    named = named_now(db, person, visibility)
    return _update(db, person, id, {"visibility": visibility, "shared_to": named}, now)


def withdraw(db: Connection, person: PersonRow, id: str, now: datetime) -> bool:
    """Share it with nobody any more: what others see is empty at once."""
    return set_visibility(db, person, id, "private", now)


def delete_action(db: Connection, person: PersonRow, id: str) -> bool:
    """Delete an action and everything planned about it. False where the person has no such action."""
    if action(db, person, id) is None:
        return False
    drop_followups(db, id)
    db.execute(delete(OCCURRENCE).where(OCCURRENCE.c.action == id, OCCURRENCE.c.person == person.id))
    db.execute(delete(ACTION).where(ACTION.c.id == id, ACTION.c.person == person.id))
    return True


def asked_at(person: PersonRow, ask_in: int | None, now: datetime) -> datetime | None:
    """The moment to ask: the morning of the day, in the person's own time, and never in the past."""
    if ask_in is None:
        return None
    day = local(now, person.timezone).date() + timedelta(days=ask_in)
    return max(now, morning_of(day, person.timezone))


# ---- reading ---------------------------------------------------------------------------------------------


def action(db: Connection, person: PersonRow, id: str) -> ActionRow | None:
    """One of the person's own actions."""
    row = db.execute(_MINE.where(ACTION.c.id == id), _ids(person)).first()
    return _opened(db, person, row) if row else None


def is_still_shared(db: Connection, person: PersonRow, one: ActionRow) -> bool:
    """Whether somebody the person said yes to is still their leader, or still a group of theirs."""
    return is_current(db, person, one.visibility, one.shared_to)


def open_actions(db: Connection, person: PersonRow) -> list[ActionRow]:
    """What is not closed, the most pressing first."""
    rows = db.execute(_OPEN, _ids(person)).all()
    found = [_opened(db, person, row) for row in rows]
    return sorted(found, key=lambda one: (_due(one, person) or date.max, one.created_at))


def all_actions(db: Connection, person: PersonRow, *, search: str = "") -> list[ActionRow]:
    """Everything agreed, the newest first. `search`: all of its words must occur in what was agreed."""
    words = folded(search).split()
    newest_first = _MINE.order_by(ACTION.c.created_at.desc(), ACTION.c.id.desc())
    rows = db.execute(newest_first, _ids(person)).all()
    found = [_opened(db, person, row) for row in rows]
    return [one for one in found if all(word in folded(one.what) for word in words)]


def oldest_due(db: Connection, person: PersonRow, today: date) -> ActionRow | None:
    """The open action that has waited longest: its date is past or its day to be asked about has come.

    One with neither would never come up by itself: it waits from the day after it was agreed. Not one agreed today. `today` is the person's own date. Asked about before a new one is agreed.
    """
    waiting = [
        one
        for one in open_actions(db, person)
        if local(one.created_at, person.timezone).date() < today and _is_due(one, person, today)
    ]
    return min(waiting, key=lambda one: _waits_since(one, person), default=None)


def actions_of_entry(db: Connection, person: PersonRow, entry: str) -> list[ActionRow]:
    rows = db.execute(_MINE.where(ACTION.c.entry == entry).order_by(ACTION.c.created_at), _ids(person)).all()
    return [_opened(db, person, row) for row in rows]


# ---- inside ----------------------------------------------------------------------------------------------


def _ids(person: PersonRow) -> dict[str, str]:
    return {"of_person": person.id, "of_organisation": person.organisation}


def _opened(db: Connection, person: PersonRow, row: Any) -> ActionRow:
    *values, blob = row
    return ActionRow(*values, what=unsealed(db, blob, person.id)["what"])


def _update(db: Connection, person: PersonRow, id: str, values: dict[str, Any], now: datetime) -> bool:
    done = db.execute(
        update(ACTION)
        .where(ACTION.c.id == id, ACTION.c.person == person.id, ACTION.c.organisation == person.organisation)
        .values(**values, updated_at=now)
    )
    return done.rowcount == 1


def _plan(db: Connection, person: PersonRow, id: str, ask_at: datetime | None, now: datetime) -> None:
    """Plan the question; one that is planned for that moment already stays."""
    if ask_at is None:
        return
    o = OCCURRENCE.c
    same = (o.action == id, o.person == person.id, o.kind == "followup", o.state == "planned", o.due_at == ask_at)
    if db.scalar(select(o.id).where(*same)) is None:
        plan_followup(db, organisation=person.organisation, person=person.id, action=id, due_at=ask_at, now=now)


def _asked_on(one: ActionRow, person: PersonRow) -> date | None:
    return local(one.ask_at, person.timezone).date() if one.ask_at else None


def _due(one: ActionRow, person: PersonRow) -> date | None:
    return min((day for day in (one.by, _asked_on(one, person)) if day), default=None)


def _is_due(one: ActionRow, person: PersonRow, today: date) -> bool:
    ask_on = _asked_on(one, person)
    if one.by is None and ask_on is None:
        return _waits_since(one, person) <= today
    return bool((one.by and one.by < today) or (ask_on and ask_on <= today))


def _waits_since(one: ActionRow, person: PersonRow) -> date:
    return _due(one, person) or local(one.updated_at, person.timezone).date() + timedelta(days=1)
