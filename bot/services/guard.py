"""The one way to a number about people, for coordinators (house §5.6, privacy §8). What it cannot prove harmless stays hidden.

A question is asked once: what is answered is kept, hidden numbers too, and everybody who asks again gets the same. Whom a number
counted is kept with it, under keyed hashes and sealed, and every later number is held against all of it (`disclosure.py`). That
somebody is deleted takes nothing out of it: the hash of an id that is nowhere any more says nothing of anybody, and taking it out
would make the next number differ by one.

No other module touches these two tables, and none counts people for coordinators; `tests/test_house.py` sees to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from bot.services.disclosure import Number, bears
from bot.services.departments import ORGANISATION
from bot.services.person_row import PERSON
from bot.store.secrets import keyed_hashes, sealed, unsealed
from bot.store.tables import Release, ReleasedNumber

RELEASE, NUMBER = Release.__table__, ReleasedNumber.__table__

EVERYBODY = ""
"""The cell that counts all of a question's people."""


@dataclass(frozen=True)
class Counted:
    """One person a question is about. `cell`: where they belong (a centre's id), empty where nowhere.

    `reached`: the last of the steps that they reached, 0 for none; a measure counts those who reached its step.
    """

    person: str
    cell: str
    reached: int


@dataclass(frozen=True)
class Question:
    """What is asked. `measures`: name → step, what matters most first. `cells`: in the order in which they get a say.

    `over_at`: when what it is about is over, and its number may be given for the first time.
    """

    organisation: str
    subject: str
    period: str
    measures: Mapping[str, int]
    cells: Sequence[str]
    over_at: datetime


@dataclass(frozen=True)
class Answer:
    """What everybody gets who asks. `numbers`: (cell, measure) → how many people; None: too few to show it."""

    at: datetime
    numbers: Mapping[tuple[str, str], int | None]


def ask(db: Connection, question: Question, people: Callable[[], Iterable[Counted]], now: datetime) -> Answer | None:
    """The answer to a question, decided the first time it is asked; None: it is not over yet.

    `people`: whom it is about, looked up only the first time. Whoever does not want to be counted is left out here. One question
    of an organisation is decided at a time, so that no two overlook each other. Raises LookupError: no such organisation.
    """
    if now < question.over_at:
        return None
    ours = select(ORGANISATION.c.id).where(ORGANISATION.c.id == question.organisation)
    if db.scalar(ours.with_for_update()) is None:
        raise LookupError("no such organisation")
    if (earlier := answered(db, question.organisation, question.subject, question.period)) is not None:
        return earlier
    counted = _under_hashes(db, question.organisation, _willing(db, question.organisation, people()))
    numbers = _decide(question, counted, list(_released(db, question.organisation)))
    _keep(db, question, counted, numbers, now)
    return Answer(now, numbers)


def answered(db: Connection, organisation: str, subject: str, period: str) -> Answer | None:
    """What was answered before; None where nobody has asked."""
    asked = (RELEASE.c.organisation == organisation, RELEASE.c.subject == subject, RELEASE.c.period == period)
    row = db.execute(select(RELEASE.c.id, RELEASE.c.at).where(*asked)).first()
    if row is None:
        return None
    numbers = db.execute(select(NUMBER.c.cell, NUMBER.c.measure, NUMBER.c.people).where(NUMBER.c.release == row.id))
    return Answer(row.at, {(cell, measure): people for cell, measure, people in numbers})


def periods_answered(db: Connection, organisation: str, subject: str) -> list[str]:
    """Of which periods something has been answered about this subject."""
    asked = select(RELEASE.c.period).where(RELEASE.c.organisation == organisation, RELEASE.c.subject == subject)
    return list(db.scalars(asked.order_by(RELEASE.c.period)))


def forget_before(db: Connection, before: datetime) -> int:
    """Delete what was answered before, in every organisation: the numbers, and with them whom they counted. Returns how many answers.

    By then nobody can ask about that quarter again, and people have changed too much for an old number to say anything of one.
    """
    return db.execute(delete(RELEASE).where(RELEASE.c.at < before)).rowcount


# ---- deciding --------------------------------------------------------------------------------------------

Table = Mapping[str, tuple[str, int]]
"""Whom a question counted: hash → (cell, reached)."""


def _decide(question: Question, counted: Table, released: list[Number]) -> dict[tuple[str, str], int | None]:
    """Every number of a question, in a fixed order: the totals, then each cell.

    A cell shows a measure only where the total and the cell's more important measures are shown. Then what lies between two
    measures (began, but did not finish) is known just where both are shown in one cell, and is held to the same rules.
    """
    shown: dict[tuple[str, str], Number] = {}
    for cell in (EVERYBODY, *_cells(question, counted)):
        for measure in question.measures:
            if cell != EVERYBODY and (EVERYBODY, measure) not in shown:
                continue
            new = [_number(question.measures, counted, cell, measure)]
            new += [_between(shown[cell, other], new[0]) for other in question.measures if (cell, other) in shown]
            if all(bears(number, [*released, *new[:place]]) for place, number in enumerate(new)):
                shown[cell, measure] = new[0]
                released += new
            elif cell != EVERYBODY:
                break
    asked = [(cell, measure) for cell in (EVERYBODY, *question.cells) for measure in question.measures]
    return {one: len(shown[one].did) if one in shown else None for one in asked}


def _cells(question: Question, counted: Table) -> list[str]:
    """The cells that are not everybody over again."""
    there = {cell for cell, _ in counted.values()}
    return [cell for cell in question.cells if cell in there] if len(there) > 1 else []


def _number(measures: Mapping[str, int], counted: Table, cell: str, measure: str) -> Number:
    among = {one: reached for one, (theirs, reached) in counted.items() if cell in (EVERYBODY, theirs)}
    return Number(measure, frozenset(among), frozenset(one for one, reached in among.items() if reached >= measures[measure]))


def _between(one: Number, other: Number) -> Number:
    """Those who did the one and not the other; of two measures of a question the one lies within the other."""
    return Number(f"{one.what} {other.what}", one.among, one.did ^ other.did)


# ---- keeping ---------------------------------------------------------------------------------------------


def _willing(db: Connection, organisation: str, people: Iterable[Counted]) -> list[Counted]:
    """Those who are here and have not said no to being counted."""
    here = select(PERSON.c.id).where(PERSON.c.organisation == organisation, PERSON.c.counted.is_(True))
    willing = set(db.scalars(here))
    return [one for one in people if one.person in willing]


def _under_hashes(db: Connection, organisation: str, people: Sequence[Counted]) -> Table:
    hashes = keyed_hashes(db, [f"counted:{organisation}:{one.person}" for one in people])
    return {hash: (one.cell, one.reached) for hash, one in zip(hashes, people, strict=True)}


def _keep(db: Connection, question: Question, counted: Table, numbers: Mapping[tuple[str, str], int | None], now: datetime) -> None:
    id = uuid4().hex
    kept = {"counted": counted, "measures": dict(question.measures)}
    db.execute(
        insert(RELEASE).values(
            id=id,
            organisation=question.organisation,
            subject=question.subject,
            period=question.period,
            sealed=sealed(db, kept, id),
            at=now,
        )
    )
    rows = [{"release": id, "organisation": question.organisation, "cell": cell, "measure": measure, "people": people} for (cell, measure), people in numbers.items()]  # fmt: skip
    if rows:
        db.execute(insert(NUMBER), rows)


def _released(db: Connection, organisation: str) -> Iterator[Number]:
    """Every number shown so far in the organisation, and what lies between those of one cell. Raises Unreadable."""
    shown: dict[str, list[tuple[str, str]]] = {}
    numbers = select(NUMBER.c.release, NUMBER.c.cell, NUMBER.c.measure)
    for release, cell, measure in db.execute(
        numbers.where(NUMBER.c.organisation == organisation, NUMBER.c.people.is_not(None))
    ):
        shown.setdefault(release, []).append((cell, measure))
    kept = select(RELEASE.c.id, RELEASE.c.sealed).where(RELEASE.c.id.in_(shown), RELEASE.c.organisation == organisation)
    for id, blob in db.execute(kept).all():
        yield from _opened(unsealed(db, blob, id), shown[id])


def _opened(kept: Mapping[str, Any], shown: Sequence[tuple[str, str]]) -> Iterator[Number]:
    numbers = [(cell, _number(kept["measures"], kept["counted"], cell, measure)) for cell, measure in shown]
    for place, (cell, number) in enumerate(numbers):
        yield number
        yield from (_between(other, number) for theirs, other in numbers[:place] if theirs == cell)
