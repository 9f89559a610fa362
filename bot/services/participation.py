"""How many took part in a programme, quarter by quarter, for its coordinators. Every number passes the guard; no name leaves here.

Counted are people, not messages: somebody who was asked twelve times in a quarter and finished once has begun and finished.
Those who said no, hold a pause or have left are among the people like everybody else, as ones who did not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, literal, select

from bot.calendars import OUR_ZONE
from bot.clock import local
from bot.recurrence import Rule, RuleError, next_date
from bot.services import guard, programmes
from bot.services.audiences import people_in, read_audience
from bot.services.guard import Answer, Counted, Question
from bot.services.departments import CentreRow, centres
from bot.services.person_row import PERSON, PersonRow
from bot.services.programmes import ProgrammeRow
from bot.services.quarters import Quarter, quarter_at, read_quarter
from bot.store.tables import Occurrence, OutboxItem

occurrence, outbox = Occurrence.__table__, OutboxItem.__table__

SENT, DELIVERED, BEGUN, FINISHED = 1, 2, 3, 4
MEASURES = {"begun": BEGUN, "finished": FINISHED, "delivered": DELIVERED, "sent": SENT}
"""What is counted, what matters most first; a person counts for every step they reached."""
OF_A_REMINDER = {"delivered": DELIVERED, "sent": SENT}
"""There is nothing to begin."""

COUNTABLE = timedelta(days=270)
"""How long after a quarter it may be counted for the first time: later, what it is counted from is being deleted."""
QUARTERS_SHOWN = 8


@dataclass(frozen=True)
class Taken:
    """One programme in one quarter. `answer` is None until `over_at`."""

    quarter: Quarter
    over_at: datetime
    measures: tuple[str, ...]
    cells: tuple[CentreRow, ...]
    answer: Answer | None

    def number(self, measure: str, cell: str = guard.EVERYBODY) -> int | None:
        """How many people; None: too few to show it."""
        return self.answer.numbers.get((cell, measure)) if self.answer else None

    def shows(self, cell: str = guard.EVERYBODY) -> bool:
        """Whether there is any number of this cell."""
        return any(self.number(measure, cell) is not None for measure in self.measures)

    @property
    def comes_on(self) -> date:
        """The day on which the number comes: a quarter is over at midnight here, which is still the day before in UTC."""
        return local(self.over_at, OUR_ZONE).date()

    @property
    def has_hidden(self) -> bool:
        return self.answer is not None and None in self.answer.numbers.values()

    @property
    def is_all_hidden(self) -> bool:
        return self.answer is not None and not any(count is not None for count in self.answer.numbers.values())


@dataclass(frozen=True)
class Participation:
    """A programme and its quarters, the newest first."""

    programme: ProgrammeRow
    quarters: tuple[Taken, ...]


def participation(db: Connection, by: PersonRow, now: datetime) -> list[Participation]:
    """The programmes `by` looks after and that have been started, the newest first. None where they are no coordinator."""
    return [
        Participation(one, tuple(reversed(list(_quarters(db, one, now)))))
        for one in programmes.list_for(db, by)
        if one.started_at is not None
    ]


def _quarters(db: Connection, programme: ProgrammeRow, now: datetime) -> Iterator[Taken]:
    """Its quarters, the oldest first: so the older numbers are not held against the newer ones."""
    cells = tuple(centres(db, programme.organisation)) if programme.centre is None else ()
    known = {read_quarter(period) for period in guard.periods_answered(db, programme.organisation, _subject(programme))}
    shown = known | {one for one in _countable(programme, now) if now < _over_at(programme, one) or _has_rounds(db, programme, one)}
    for quarter in sorted(shown)[-QUARTERS_SHOWN:]:
        measures = OF_A_REMINDER if programme.kind == "reminder" else MEASURES
        question = Question(
            organisation=programme.organisation,
            subject=_subject(programme),
            period=quarter.key,
            measures=measures,
            cells=[one.id for one in cells],
            over_at=_over_at(programme, quarter),
        )
        answer = guard.ask(db, question, lambda quarter=quarter: _people(db, programme, quarter), now)
        yield Taken(quarter, question.over_at, tuple(sorted(measures, key=measures.__getitem__)), cells, answer)


def _subject(programme: ProgrammeRow) -> str:
    return f"programme:{programme.id}"


def _over_at(programme: ProgrammeRow, quarter: Quarter) -> datetime:
    return min(quarter.over_at(OUR_ZONE), programme.ended_at or quarter.over_at(OUR_ZONE))


def _has_rounds(db: Connection, programme: ProgrammeRow, quarter: Quarter) -> bool:
    """Whether anything was to come in a quarter: "too few" would else be said of one in which there was nothing, such as that in
    which a programme ended by itself."""
    try:
        planned = next_date(Rule.from_json(programme.rule), quarter.starts)
    except RuleError:  # written by another version
        return True
    if planned is not None and planned < quarter.after.starts:
        return True
    return bool(db.scalar(select(exists(_asked(programme, quarter).subquery().select()))))


def _countable(programme: ProgrammeRow, now: datetime) -> set[Quarter]:
    """The quarters it ran in, as far as they can still be counted."""
    assert programme.started_at
    found, last = set(), quarter_at(min(now, programme.ended_at or now), OUR_ZONE)
    quarter = max(quarter_at(programme.started_at, OUR_ZONE), quarter_at(now - COUNTABLE, OUR_ZONE))
    while quarter <= last:
        if now - quarter.over_at(OUR_ZONE) < COUNTABLE:
            found.add(quarter)
        quarter = quarter.after
    return found


# ---- counting --------------------------------------------------------------------------------------------


def _people(db: Connection, programme: ProgrammeRow, quarter: Quarter) -> list[Counted]:
    """Everybody it was for, with how far they came in anything of this quarter."""
    meant = {id for id, _ in people_in(db, read_audience(programme.audience), programme.organisation, programme.centre)}
    reached = dict.fromkeys(meant, 0)
    for row in db.execute(_asked(programme, quarter)):
        reached[row.person] = max(reached.get(row.person, 0), _reached(row))
    where = select(PERSON.c.id, PERSON.c.centre).where(PERSON.c.organisation == programme.organisation)
    return [Counted(id, centre or "", reached[id]) for id, centre in db.execute(where) if id in reached]


def _asked(programme: ProgrammeRow, quarter: Quarter) -> Select[Any]:
    c = occurrence.c
    in_it = and_(c.round >= quarter.starts, c.round < quarter.after.starts)
    columns = (c.person, c.state, c.run, c.sent, c.delivered, _has_arrived().label("arrived"))
    return select(*columns).where(c.programme == programme.id, c.organisation == programme.organisation, in_it)


def _has_arrived() -> ColumnElement[bool]:
    """Whether a message about it is marked as sent by the delivery; those are deleted after a while (see `retention`)."""
    about = literal("occurrence:") + occurrence.c.id
    return exists().where(outbox.c.subject == about, outbox.c.person == occurrence.c.person, outbox.c.state == "sent")


def _reached(row: Row[Any]) -> int:
    if row.run:
        return FINISHED if row.state == "done" else BEGUN
    if row.delivered or row.arrived:
        return DELIVERED
    return SENT if row.sent else 0
