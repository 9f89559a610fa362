"""Programmes: what a coordinator plans for others, from draft to end. The clock's side of it is `planning.py`.

    draft ──start──► active ◄──resume── paused ──► ended
     │└── change ──────┴─── change ──────┘
     └── thrown away: gone, as nobody has got anything of it

`by` is always the coordinator who asks: a coordinator of one centre sees and touches only that centre's programmes, one of
the whole organisation all of them. It is asked anew each time, so a role that was taken away ends everything at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from bot.calendars import OUR_ZONE, known_zone
from bot.clock import local
from bot.errors import Refused
from bot.services.audiences import people_in, read_audience
from bot.services.person_row import PERSON, PersonRow
from bot.services.plans import Flows, Plan, check_plan, rounds_of, way_of
from bot.services.roles import roles_of
from bot.services.rounds import Rounds
from bot.store.secrets import sealed, unsealed
from bot.store.tables import Occurrence, Programme

programme, occurrence = Programme.__table__, Occurrence.__table__

@dataclass(frozen=True, kw_only=True)
class ProgrammeRow(Plan):
    """A programme as it is kept, opened. `next_run_at`: when somebody is due next, in whatever zone."""

    id: str
    organisation: str
    state: str
    revision: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    next_run_at: datetime | None
    reminded: date | None
    flows: tuple[str, ...] = field(default=())

    @property
    def plan(self) -> Plan:
        return Plan(**{name: getattr(self, name) for name in Plan.__dataclass_fields__})

    def rounds(self, flows: Flows) -> Rounds:
        return rounds_of(self, flows)


# ---- making and changing ---------------------------------------------------------------------------------


def make_draft(db: Connection, by: PersonRow, plan: Plan, now: datetime, *, flows: Flows, id: str = "") -> str:
    """Keep a new draft; returns its id, which is `id` where that is given. `flows`: the library's.

    Raises `Refused`, with what is wrong with the plan (see `check`).
    """
    check(db, by, plan, now, flows)
    id = id or uuid4().hex
    made = {"id": id, "organisation": by.organisation, "created_by": by.id, "created_at": now}
    db.execute(insert(programme).values(**made, **_columns(db, id, plan), state="draft", revision=1, changed_at=now))
    return id


def change(
    db: Connection, by: PersonRow, id: str, plan: Plan, now: datetime, *, flows: Flows, revision: int | None = None
) -> None:
    """Put another plan in the place of a draft's, or of one under way: what has been recorded stays, only what comes is
    planned anew. A round of today that has not come yet still comes today, once.

    `revision`: the one the coordinator saw. Raises `Refused`: programmes.changed_meanwhile, programmes.over, or as `check`.
    """
    old = _mine(db, by, id, lock=True)
    if old.state == "ended":
        raise Refused("programmes.over")
    if revision is not None and revision != old.revision:
        raise Refused("programmes.changed_meanwhile")
    check(db, by, plan, now, flows, started=old.started_at)
    values = _columns(db, id, plan) | {"revision": old.revision + 1, "changed_at": now}
    if old.state == "active":
        if old.holidays == "early":
            _forget_early(db, id, now)
        values |= _planned(db, replace(old, **vars(plan)), flows, _floor(old, plan, flows, now), now)
    db.execute(update(programme).where(programme.c.id == id).values(**values))


def duplicate(db: Connection, by: PersonRow, id: str, now: datetime, *, title: str = "", new_id: str = "") -> str:
    """A new draft with the same plan; its dates are looked at when it is started. Returns its id."""
    old = _mine(db, by, id)
    made = {"id": new_id or uuid4().hex, "organisation": by.organisation, "created_by": by.id, "created_at": now}
    plan = replace(old.plan, title=title or old.title)
    columns = _columns(db, made["id"], plan)
    db.execute(insert(programme).values(**made, **columns, state="draft", revision=1, changed_at=now))
    return str(made["id"])


def check(
    db: Connection, by: PersonRow, plan: Plan, now: datetime, flows: Flows, started: datetime | None = None
) -> Rounds:
    """What a plan must be before it is kept; returns its rounds. `started`: when it was, if it was.

    Raises `Refused`, programmes.…: not_a_coordinator, not_yours, and as `check_plan`.
    """
    _check_may(db, by, plan.centre)
    return check_plan(db, by, plan, now, flows, started)


# ---- from draft to end -----------------------------------------------------------------------------------


def start(db: Connection, by: PersonRow, id: str, now: datetime, *, flows: Flows) -> None:
    """From now on it comes. Raises `Refused`: programmes.not_draft, and as `check`, which is asked anew."""
    row = _mine(db, by, id, lock=True)
    if row.state != "draft":
        raise Refused("programmes.not_draft")
    check(db, by, row.plan, now, flows)
    _set_state(db, id, "active", now, started_at=now, **_planned(db, row, flows, now, now))


def pause(db: Connection, by: PersonRow, id: str, now: datetime) -> None:
    """Nothing goes out until it is resumed; what falls due meanwhile is held then, and what comes later keeps its moment.

    Raises `Refused` (programmes.not_active).
    """
    row = _mine(db, by, id, lock=True)
    if row.state != "active":
        raise Refused("programmes.not_active")
    _set_state(db, id, "paused", now, next_run_at=None)
    if row.holidays == "early":
        _forget_early(db, id, now)


def resume(db: Connection, by: PersonRow, id: str, now: datetime, *, flows: Flows) -> None:
    """It goes on with what comes from now; what was held goes out where it is still within the time for catching up.

    Raises `Refused` (programmes.not_paused).
    """
    row = _mine(db, by, id, lock=True)
    if row.state != "paused":
        raise Refused("programmes.not_paused")
    _set_state(db, id, "active", now, **_planned(db, row, flows, now, now))
    too_old = now - timedelta(hours=row.catch_up)
    held = and_(occurrence.c.programme == id, occurrence.c.state == "planned", occurrence.c.due_at.is_(None))
    db.execute(update(occurrence).where(held, occurrence.c.sent == 0, occurrence.c.moment < too_old).values(state="dropped"))
    db.execute(update(occurrence).where(held).values(due_at=now))


def throw_away(db: Connection, by: PersonRow, id: str) -> None:
    """A draft is gone, as if it had never been. Raises `Refused` (programmes.not_draft)."""
    row = _mine(db, by, id, lock=True)
    if row.state != "draft":
        raise Refused("programmes.not_draft")
    db.execute(delete(programme).where(programme.c.id == id))


def end(db: Connection, by: PersonRow, id: str, now: datetime) -> None:
    """It is over: what was on its way is dropped, what people have begun they may finish. Twice is once. A draft is none that
    could end: it is thrown away. Raises `Refused` (programmes.not_started)."""
    row = _mine(db, by, id, lock=True)
    if row.state == "ended":
        return
    if row.state == "draft":
        raise Refused("programmes.not_started")
    _set_state(db, id, "ended", now, next_run_at=None, ended_at=now)
    _unsent(db, id, state="dropped", due_at=None)


def remind(db: Connection, by: PersonRow, id: str, now: datetime) -> None:
    """Those who have not begun what came last are reminded once, each when it suits them. Nobody learns who, or how many.

    Raises `Refused`, programmes.…: not_active, nothing_to_remind (a message, or nothing has been sent), reminded.
    """
    row = _mine(db, by, id, lock=True)
    if row.state != "active":
        raise Refused("programmes.not_active")
    mine = and_(occurrence.c.programme == id, occurrence.c.sent > 0)
    last = db.scalar(select(func.max(occurrence.c.round)).where(mine))
    if row.kind == "reminder" or last is None:
        raise Refused("programmes.nothing_to_remind")
    if row.reminded == last:
        raise Refused("programmes.reminded")
    _set_state(db, id, "active", now, reminded=last)
    silent = and_(occurrence.c.round == last, occurrence.c.run == "", occurrence.c.state.in_(("open", "dropped")))
    again = {"state": "planned", "due_at": now, "nudges": occurrence.c.nudges + 1}
    db.execute(update(occurrence).where(mine, silent, occurrence.c.due_at.is_(None)).values(**again))


def _set_state(db: Connection, id: str, state: str, now: datetime, **more: Any) -> None:
    grown = {"revision": programme.c.revision + 1, "changed_at": now}
    db.execute(update(programme).where(programme.c.id == id).values(state=state, **grown, **more))


def _not_sent(id: str) -> Any:
    return and_(occurrence.c.programme == id, occurrence.c.state == "planned", occurrence.c.sent == 0)


def _unsent(db: Connection, id: str, **values: Any) -> None:
    db.execute(update(occurrence).where(_not_sent(id)).values(**values))


def _forget_early(db: Connection, id: str, now: datetime) -> None:
    """What was recorded some hours ahead, so as to come before its day, is recorded anew if it still comes then."""
    db.execute(delete(occurrence).where(_not_sent(id), occurrence.c.due_at > now))


def _planned(db: Connection, row: ProgrammeRow, flows: Flows, floor: datetime, now: datetime) -> dict[str, Any]:
    """What the clock keeps of a programme that begins anew: nothing up to `floor`, everything after it."""
    rounds = row.rounds(flows)
    next_run_at = rounds.first_after(floor, zones(db, row.organisation))
    if rounds.early and next_run_at is not None:  # whoever's moment is today, or was, is looked for at once
        next_run_at = now
    return {"next_run_at": next_run_at, "counts_from": floor, "ran_to": floor, "reached": "", "gone": 0}


def _floor(old: ProgrammeRow, plan: Plan, flows: Flows, now: datetime) -> datetime:
    """From when on a changed plan counts: now; but a round of today that was still to come, and under the new plan would have
    been, is not lost: then from just before it."""
    today = local(now, OUR_ZONE).date()
    before, after = rounds_of(old, flows), rounds_of(plan, flows)
    if before.next_date(today) != today or after.next_date(today) != today:
        return now
    was_to_come = before.last_due(now - timedelta(days=1), now, OUR_ZONE)
    has_come = was_to_come is not None and was_to_come[0] == today
    passed = after.last_due(now - timedelta(days=1), now, OUR_ZONE)
    is_passed = passed is not None and passed[0] == today
    return passed[1] - timedelta(seconds=1) if is_passed and not has_come and passed else now


# ---- reading ---------------------------------------------------------------------------------------------


def get(db: Connection, by: PersonRow, id: str) -> ProgrammeRow:
    """Raises `Refused` (programmes.not_yours) where there is none, or none of theirs: the two look the same."""
    return _mine(db, by, id)


def is_there(db: Connection, organisation: str, id: str) -> bool:
    """Whether there is one of that id at all, whoever's it is."""
    return db.scalar(select(programme.c.id).where(programme.c.id == id, programme.c.organisation == organisation)) is not None


def list_for(db: Connection, by: PersonRow) -> list[ProgrammeRow]:
    """The programmes a coordinator looks after, the newest first; none where they are no coordinator."""
    centres = centres_of(db, by)
    mine = [programme.c.organisation == by.organisation]
    if None not in centres:
        mine.append(programme.c.centre.in_([one for one in centres if one]))
    rows = db.execute(select(programme).where(*mine).order_by(programme.c.created_at.desc(), programme.c.id))
    return [_opened(db, row) for row in rows] if centres else []


def centres_of(db: Connection, by: PersonRow) -> Collection[str | None]:
    """The centres somebody coordinates; None among them: the whole organisation."""
    return {role.centre for role in roles_of(db, by) if role.role == "coordinator"}


def audience_of(db: Connection, by: PersonRow, id: str) -> list[tuple[str, str]]:
    """(id, name) of everybody a programme is for, whatever they have chosen themselves."""
    row = _mine(db, by, id)
    return people_in(db, read_audience(row.audience), row.organisation, row.centre)


def zones(db: Connection, organisation: str) -> set[str]:
    """The time zones people in an organisation are in, ours among them."""
    found = db.scalars(select(PERSON.c.timezone).where(PERSON.c.organisation == organisation).distinct())
    return {OUR_ZONE, *map(known_zone, found)}


def _mine(db: Connection, by: PersonRow, id: str, *, lock: bool = False) -> ProgrammeRow:
    one = select(programme).where(programme.c.id == id, programme.c.organisation == by.organisation)
    row = db.execute(one.with_for_update() if lock else one).first()
    if row is None:
        raise Refused("programmes.not_yours")
    _check_may(db, by, row.centre)
    return _opened(db, row)


def _check_may(db: Connection, by: PersonRow, centre: str | None) -> None:
    mine = centres_of(db, by)
    if not mine:
        raise Refused("programmes.not_a_coordinator")
    if None not in mine and (centre is None or centre not in mine):
        raise Refused("programmes.not_yours")


def _opened(db: Connection, row: Row[Any]) -> ProgrammeRow:
    words = unsealed(db, row.sealed, row.id)
    names = ProgrammeRow.__dataclass_fields__.keys() - words.keys() - {"flows"}
    return ProgrammeRow(**words, flows=tuple(row.flows), **{name: getattr(row, name) for name in names})


def _columns(db: Connection, id: str, plan: Plan) -> dict[str, Any]:
    values = asdict(plan) | {"holidays": way_of(plan)}
    words = {name: values.pop(name).strip() for name in ("title", "why", "text")}
    audience = read_audience(plan.audience).to_json()
    kept = {"flows": list(plan.flows), "audience": audience, "rule": dict(plan.rule), "sealed": sealed(db, words, id)}
    return values | kept
