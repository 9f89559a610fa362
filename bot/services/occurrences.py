"""What a person is asked at a moment: prompts, and what was agreed to be asked later (`followups.py`). Each is recorded once, by
its key.

`due_at` is when the next card about it goes out; the clock (`scheduler/`) sends it and decides whether one more follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.services.person_row import PersonRow
from bot.store.many import write_many
from bot.store.tables import Conversation, Occurrence, Person

occurrence: Table = Occurrence.__table__
person_: Table = Person.__table__
conversation: Table = Conversation.__table__

UNSETTLED = ("planned", "open")


@dataclass(frozen=True)
class OccurrenceRow:
    """An occurrence as it is kept; see `bot.store.tables.Occurrence`."""

    id: str
    organisation: str
    person: str
    schedule: str | None
    kind: str
    flow: str
    action: str | None
    series: str
    touch: int | None
    run: str
    moment: datetime
    state: str
    due_at: datetime | None
    sent: int
    programme: str | None
    round: date | None
    nudges: int

    @property
    def is_asked_for(self) -> bool:
        """Whether its next card comes because the person said "later"."""
        return self.state == "planned" and self.sent > self.nudges

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "dropped")


COLUMNS = tuple(occurrence.c[name] for name in OccurrenceRow.__dataclass_fields__)
_INSERT = {
    dialect.dialect.name: dialect.insert(occurrence).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    for dialect in (sqlite, postgresql)
}
_BLANK: dict[str, Any] = {
    "schedule": None,
    "flow": "",
    "action": None,
    "series": "",
    "touch": None,
    "run": "",
    "due_at": None,
    "state": "planned",
    "sent": 0,
    "programme": None,
    "round": None,
    "nudges": 0,
}


# ---- writing ---------------------------------------------------------------------------------------------


def record(
    db: Connection, *, key: str, organisation: str, person: str, kind: str, moment: datetime, **values: Any
) -> str | None:
    """Record an occurrence; returns its id, or None where one with this key has been recorded before.

    `values`: any of schedule, flow, action, series, touch, run, state (planned), due_at, sent.
    """
    if unknown := values.keys() - _BLANK.keys():
        raise TypeError(f"an occurrence has no {', '.join(sorted(unknown))}")
    id = uuid4().hex
    row = {"id": id, "key": key, "organisation": organisation, "person": person, "kind": kind, "moment": moment}
    done = db.execute(_INSERT[db.dialect.name], row | _BLANK | values)
    return id if done.rowcount == 1 else None


def record_all(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Record many at once: `id`, `key`, `organisation`, `person`, `kind`, `moment` of each, and what `record` takes besides.
    What has been recorded before stays as it is."""
    write_many(db, _INSERT[db.dialect.name], (_BLANK | row for row in rows))


def later(db: Connection, occurrence_id: str, at: datetime) -> bool:
    """Send its card again at `at` (UTC); the series does not move. False where it has been begun or is over."""
    return _set(db, occurrence_id, UNSETTLED, state="planned", due_at=at)


def begun(db: Connection, occurrence_id: str, run: str) -> bool:
    """The person has begun; nothing more goes out about it. False where it is over."""
    return _set(db, occurrence_id, (*UNSETTLED, "begun", "dropped"), state="begun", run=run, due_at=None)


def settle(db: Connection, occurrence_id: str, state: str = "done") -> bool:
    """It has come to an end: done or dropped. False where it had already."""
    return _set(db, occurrence_id, (*UNSETTLED, "begun"), state=state, due_at=None)


def sent(db: Connection, occurrence_id: str, due_at: datetime | None, now: datetime) -> None:
    """A card about it went out now (`moment`); the next one goes at `due_at`, or none."""
    about = occurrence.c.id == occurrence_id
    values = {"state": "open", "moment": now, "due_at": due_at, "sent": occurrence.c.sent + 1}
    db.execute(update(occurrence).where(about).values(**values))


def postpone(db: Connection, occurrence_id: str, due_at: datetime) -> None:
    """It cannot be asked now; at `due_at` it is looked at again."""
    db.execute(update(occurrence).where(occurrence.c.id == occurrence_id).values(due_at=due_at))


def hold(db: Connection, occurrence_id: str) -> None:
    """It waits until somebody lets it go. Its moment becomes the one at which it would have come, which for one that was put off
    is long after the one it was planned for; one that has been sent keeps the moment of that."""
    about = occurrence.c.id == occurrence_id
    db.execute(update(occurrence).where(about, occurrence.c.sent == 0).values(moment=occurrence.c.due_at))
    db.execute(update(occurrence).where(about).values(due_at=None))


def drop(db: Connection, ids: Collection[str]) -> None:
    """Nothing came of these; what is begun or done stays so, but no more cards go out about it either."""
    if not ids:
        return
    mine = update(occurrence).where(occurrence.c.id.in_(list(ids)))
    db.execute(mine.where(occurrence.c.state.in_(UNSETTLED)).values(state="dropped"))
    db.execute(mine.values(due_at=None))


def _set(db: Connection, id: str, states: tuple[str, ...], **values: Any) -> bool:
    changed = update(occurrence).where(occurrence.c.id == id, occurrence.c.state.in_(states)).values(**values)
    return db.execute(changed).rowcount == 1


# ---- reading ---------------------------------------------------------------------------------------------

_ONE = select(*COLUMNS).where(
    occurrence.c.id == bindparam("id"),
    occurrence.c.organisation == bindparam("organisation"),
    occurrence.c.person == bindparam("person"),
)
_DUE = (
    select(*COLUMNS, person_.c.state.label("person_state"), person_.c.timezone, person_.c.paused_until)
    .add_columns(person_.c.centre, person_.c.level)
    .join(person_, person_.c.id == occurrence.c.person)
    .where(occurrence.c.due_at <= bindparam("now"))
    .order_by(occurrence.c.due_at, occurrence.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=occurrence, skip_locked=True)
)


def get(db: Connection, organisation: str, person: str, id: str) -> OccurrenceRow | None:
    """One of the person's own occurrences, whatever its state."""
    row = db.execute(_ONE, {"organisation": organisation, "person": person, "id": id}).first()
    return OccurrenceRow(*row) if row else None


def open_of(db: Connection, person: PersonRow, now: datetime) -> list[OccurrenceRow]:
    """What stands open for a person, oldest first: a card went out, and it is neither begun, put off nor over."""
    mine = and_(occurrence.c.person == person.id, occurrence.c.organisation == person.organisation)
    asked = and_(occurrence.c.state == "open", occurrence.c.moment <= now)
    rows = db.execute(select(*COLUMNS).where(mine, asked).order_by(occurrence.c.moment, occurrence.c.id))
    return [OccurrenceRow(*row) for row in rows]


@dataclass(frozen=True)
class DueOccurrence:
    """An occurrence whose moment has come, with what the clock must know of its person."""

    occurrence: OccurrenceRow
    person_state: str
    timezone: str
    paused_until: date | None
    centre: str | None
    level: str


def due(db: Connection, now: datetime, limit: int) -> list[DueOccurrence]:
    """Occurrences whose card is due, earliest first. The rows are ours until the commit: another clock skips them."""
    rows = db.execute(_DUE, {"now": now, "most": limit}).all()
    return [DueOccurrence(OccurrenceRow(*row[: len(COLUMNS)]), *row[len(COLUMNS) :]) for row in rows]


def unsettled_prompts(db: Connection, people: Iterable[str]) -> list[Row[Any]]:
    """(id, person, due_at, schedule) of the prompts these people have neither begun nor settled."""
    c = occurrence.c
    waiting = and_(c.person.in_(list(people)), c.kind == "prompt", c.state.in_(UNSETTLED))
    return list(db.execute(select(c.id, c.person, c.due_at, c.schedule).where(waiting)).all())


def prompted_since(db: Connection, people: Iterable[str], since: datetime) -> dict[str, list[datetime]]:
    """When prompts reached each of these people from `since` on; their own series, which they asked for, do not count."""
    c = occurrence.c
    counts = or_(c.kind == "prompt", and_(c.kind == "touch", c.programme.is_not(None)))
    asked = and_(c.person.in_(list(people)), counts, c.sent > 0, c.moment >= since)
    found: dict[str, list[datetime]] = {}
    for person, moment in db.execute(select(c.person, c.moment).where(asked)):
        found.setdefault(person, []).append(moment)
    return found


def unanswered_since_heard(db: Connection, people: Collection[str]) -> dict[str, int]:
    """How many prompts of programmes each of these people has got, and not begun, since they were last heard from; only those who
    have any."""
    c = occurrence.c
    heard = select(func.max(conversation.c.last_heard_at)).where(conversation.c.person == c.person).scalar_subquery()
    planned = and_(c.kind == "prompt", c.programme.is_not(None), c.sent > 0, c.run == "", or_(heard.is_(None), c.moment > heard))
    return Counter(db.scalars(select(c.person).where(c.person.in_(list(people)), planned)))


def questioned(db: Connection, people: Collection[str]) -> set[str]:
    """Who of these people has been asked whether to come less often, and has not been heard from since."""
    c = occurrence.c
    return set(db.scalars(select(c.person).where(c.person.in_(list(people)), c.kind == "less", c.state == "open")))


def last_asked(db: Connection, people: Iterable[str]) -> dict[str, dict[str, datetime]]:
    """When each of these people was last prompted with each flow: person → flow → moment."""
    c = occurrence.c
    asked = and_(c.person.in_(list(people)), c.kind == "prompt")
    found: dict[str, dict[str, datetime]] = {}
    for person, flow, moment in db.execute(
        select(c.person, c.flow, func.max(c.moment)).where(asked).group_by(c.person, c.flow)
    ):
        found.setdefault(person, {})[flow] = moment
    return found


def recorded(db: Connection, keys: Iterable[str]) -> set[str]:
    """Which of these keys have been recorded before."""
    return set(db.scalars(select(occurrence.c.key).where(occurrence.c.key.in_(list(keys)))))
