"""The clock's side of programmes: rounds that fall due are recorded, one occurrence per person, in batches.

A programme is one row that says when somebody is due next; its people are found when it is, so whoever has come into the
audience since is among them, and who has left it is not. See `bot/README.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from bot.calendars import Times, good_moment
from bot.clock import local
from bot.recurrence import RuleError, instant
from bot.services import occurrences
from bot.services.audiences import is_in, read_audience
from bot.services.person_row import PERSON
from bot.services.previews import PER_MINUTE
from bot.services.plans import Flows, rounds_of
from bot.services.programmes import zones
from bot.services.rounds import AHEAD, AROUND_THE_WORLD, DAY, Rounds
from bot.services.times import TIMES_COLUMNS, times_of_rows
from bot.store.secrets import unsealed
from bot.store.tables import Programme

programme = Programme.__table__

AFTERWARDS = timedelta(days=7)
"""After its last round a programme stays open for so long, for a reminder; then it ends by itself."""
KIND_OF = {"flow": "prompt", "rotation": "prompt", "reminder": "reminder", "series": "touch"}
"""By kind of programme, the kind of occurrence."""

FlowsOf = Callable[[str, str | None], Flows]
"""The flows of an organisation and a centre."""

_NEXT = (
    select(programme)
    .where(programme.c.next_run_at <= bindparam("now"))
    .order_by(programme.c.next_run_at, programme.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


# ---- recording what is due -------------------------------------------------------------------------------


def record_due(db: Connection, flows: FlowsOf, now: datetime, limit: int) -> int:
    """Record the next `limit` people of the programme that is due first; returns how many were gone through, 0: none is due.

    The programme is ours until the commit: another clock takes another. How far we are stands in the row, so that whoever comes
    next, after a crash too, goes on from there.
    """
    row = db.execute(_NEXT, {"now": now}).first()
    if row is None:
        return 0
    try:
        rounds = rounds_of(row, flows(row.organisation, row.centre))
    except RuleError:  # written by another version; it rests until somebody changes it
        _advance(db, row.id, next_run_at=None)
        return 1
    batch = _Batch(row, rounds, row.next_run_at if row.reached else now)
    people = db.execute(_people(row, limit)).all()
    batch.add(people, times_of_rows(db, people, local(batch.at, "UTC").date() - DAY))
    occurrences.record_all(db, batch.rows)
    if len(people) == limit:
        _advance(db, row.id, next_run_at=batch.at, reached=people[-1].id, gone=row.gone + limit)
    else:
        after = rounds.first_after(batch.at, zones(db, row.organisation))
        _advance(db, row.id, next_run_at=after, ran_to=batch.at, reached="", gone=0)
    return max(1, len(people))


def _people(row: Row[Any], limit: int) -> Select[Any]:
    """The next people to go through. Whoever has said no or has not read the notice is none of them, and nobody is told."""
    mine = is_in(read_audience(row.audience), row.organisation, row.centre)
    columns = (*TIMES_COLUMNS, PERSON.c.paused_until)
    going = select(*columns).where(mine, PERSON.c.state == "active", PERSON.c.id > row.reached)
    return going.order_by(PERSON.c.id).limit(limit)


def _advance(db: Connection, id: str, **values: Any) -> None:
    db.execute(update(programme).where(programme.c.id == id).values(**values))


@dataclass
class _Batch:
    """Some people of one programme. `at`: the moment this going-through began; all of it looks from there."""

    programme: Row[Any]
    rounds: Rounds
    at: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    _due: dict[str, tuple[date, datetime] | None] = field(default_factory=dict)
    _early: dict[Times, tuple[date, datetime, datetime] | None] = field(default_factory=dict)
    _good: dict[tuple[date, Times], datetime | None] = field(default_factory=dict)

    def add(self, people: Iterable[Row[Any]], times: Mapping[str, Times]) -> None:
        people = list(people)
        ids = token_hex(16 * len(people))  # at once: asking for chance is dear
        for nth, one in enumerate(people, self.programme.gone):
            due = self._due_for(times[one.id])
            if due is None or (one.paused_until is not None and one.paused_until > due[0]):
                continue
            at = 32 * (nth - self.programme.gone)
            round, moment, good = due
            self.rows.append(self._row(ids[at : at + 32], one.id, round, moment, good + timedelta(minutes=nth // PER_MINUTE)))

    def _due_for(self, times: Times) -> tuple[date, datetime, datetime] | None:
        """The round that is to be recorded for somebody with these times, when it falls due, and when it may reach them."""
        if self.rounds.early:
            if times not in self._early:
                self._early[times] = self._early_in(times)
            return self._early[times]
        due = self._due_in(times.timezone)
        good = self._good_moment(due[0], times) if due else None
        return (*due, good) if due and good else None

    def _early_in(self, times: Times) -> tuple[date, datetime, datetime] | None:
        """As `_due_for`, where a round may come before its day: the one whose moment comes before one looks the next time."""
        zone, now = times.timezone, self.at
        next_look, today = self.rounds.next_look(now, zone), local(now, zone).date()
        for round in self.rounds.dates(today, (AHEAD // DAY) + 1):
            planned = instant(round, self.rounds.at, zone)
            is_too_old = now - planned > timedelta(hours=self.programme.catch_up)
            if round - today > AHEAD or is_too_old or planned <= (self.programme.counts_from or planned - DAY):
                continue
            good = self.rounds.early_moment(round, times, now)
            if good is not None and (next_look is None or good < next_look):
                return round, planned, good
        return None

    def _due_in(self, zone: str) -> tuple[date, datetime] | None:
        """The round that has fallen due in this zone, if it may still be caught up. Looks back around the world as well: for
        whoever has travelled past the hour."""
        if zone not in self._due:
            ran_to = self.programme.ran_to or self.at
            floor = max(min(ran_to, self.at - AROUND_THE_WORLD), self.programme.counts_from or ran_to)
            found = self.rounds.last_due(floor, self.at, zone)
            too_old = self.at - timedelta(hours=self.programme.catch_up)
            self._due[zone] = found if found is not None and found[1] >= too_old else None
        return self._due[zone]

    def _good_moment(self, round: date, times: Times) -> datetime | None:
        """When it may reach somebody; None where it falls out, or would come as late as the next round."""
        key = (round, times)
        if key not in self._good:
            good = good_moment(round, self.rounds.at, times, moves=self.programme.holidays == "move")
            self._good[key] = None if good is None or self.rounds.overtakes(round, good, times.timezone) else good
        return self._good[key]

    def _row(self, id: str, person: str, round: date, moment: datetime, due_at: datetime) -> dict[str, Any]:
        one = self.programme
        touch = self.rounds.day_of(round)
        return {
            "id": id,
            "key": f"programme:{one.id}:{person}:{round.isoformat()}",
            "organisation": one.organisation,
            "person": person,
            "kind": KIND_OF[one.kind],
            "flow": one.flows[0] if one.kind in ("flow", "series") else "",
            "series": one.id if touch is not None else "",
            "touch": touch,
            "moment": moment,
            "due_at": due_at,
            "programme": one.id,
            "round": round,
        }


# ---- what a card says, and whether it still goes out -----------------------------------------------------


@dataclass(frozen=True)
class Planned:
    """A programme as the clock and the cards know it. `by`: the name of who planned it; empty where they are gone."""

    id: str
    state: str
    kind: str
    flows: tuple[str, ...]
    beacon: str
    title: str
    why: str
    text: str
    by: str
    moves: bool
    catch_up: timedelta
    rounds: Rounds | None


def planned(db: Connection, id: str, flows: FlowsOf) -> Planned | None:
    """One programme, opened. `rounds` None: its rule is not one any more."""
    author = PERSON.alias()
    named = select(programme, author.c.name.label("by_name")).outerjoin(author, author.c.id == programme.c.created_by)
    row = db.execute(named.where(programme.c.id == id)).first()
    if row is None:
        return None
    words = unsealed(db, row.sealed, row.id)
    try:
        rounds = rounds_of(row, flows(row.organisation, row.centre))
    except RuleError:
        rounds = None
    return Planned(
        id=row.id,
        state=row.state,
        kind=row.kind,
        flows=tuple(row.flows),
        beacon=row.beacon,
        **words,
        by=row.by_name or "",
        moves=row.holidays == "move",
        catch_up=timedelta(hours=row.catch_up),
        rounds=rounds,
    )


def still_in(db: Connection, id: str, people: Collection[str]) -> set[str]:
    """Which of these people are in the programme's audience now."""
    row = db.execute(select(programme.c.audience, programme.c.organisation, programme.c.centre).where(programme.c.id == id)).one()
    mine = is_in(read_audience(row.audience), row.organisation, row.centre)
    return set(db.scalars(select(PERSON.c.id).where(mine, PERSON.c.id.in_(list(people)))))


# ---- when something else has moved -----------------------------------------------------------------------


def look_again(db: Connection, flows: FlowsOf, now: datetime, *, has_jumped: bool) -> None:
    """Reckon anew when programmes are due: once a day, because somebody may have come into a zone where it is later than
    anywhere else, and when the clock `has_jumped` back. One whose last round was a week ago ends by itself.

    Nothing is recorded twice by it. A round that was recorded while the clock ran ahead stays recorded.
    """
    for row in db.execute(select(programme).where(programme.c.state == "active")).all():
        try:
            rounds = rounds_of(row, flows(row.organisation, row.centre))
        except RuleError:
            continue
        after = max(now - AROUND_THE_WORLD, row.counts_from or now) if has_jumped else now
        found = rounds.first_after(after, zones(db, row.organisation))
        if found is not None and (row.next_run_at is None or found < row.next_run_at):
            _advance(db, row.id, next_run_at=found, ran_to=min(row.ran_to or now, now))
        elif found is None and row.next_run_at is None and _is_over(db, row, now):
            _advance(db, row.id, state="ended", ended_at=now, changed_at=now, revision=row.revision + 1)


def _is_over(db: Connection, row: Row[Any], now: datetime) -> bool:
    """Whether the last round is a week old, so that nobody is to be reminded any more, and nothing of it is on its way."""
    c = occurrences.occurrence.c
    waiting = select(c.id).where(c.programme == row.id, c.state == "planned").limit(1)
    return row.ran_to is not None and now - row.ran_to > AFTERWARDS and db.scalar(waiting) is None
