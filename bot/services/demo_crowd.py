"""The demo's crowd: leaders whom nobody in the demo becomes, so that there are enough people for a number to be shown.

What they have behind them is kept as it would have been: a programme that ran for some quarters, and how far each came in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert

from bot.calendars import OUR_ZONE
from bot.recurrence import instant
from bot.services.participation import BEGUN, DELIVERED, FINISHED, SENT
from bot.services.person_row import PERSON, PersonRow
from bot.services.quarters import Quarter, quarter_at
from bot.store.secrets import sealed
from bot.store.tables import Occurrence, Programme

STEPS = (FINISHED, BEGUN, DELIVERED, SENT)
"""In the order in which `reached` counts them: so many finished, so many more only began, …"""

Crowd = Mapping[str, list[str]]
"""Centre (as the file calls it) → the ids of its people."""


def make_crowd(db: Connection, organisation: str, names: Mapping[str, list[str]], centres: Mapping[str, str], now: datetime, **values: Any) -> Crowd:
    """The people of each centre. They are on no channel, so nothing ever goes out to them. `values`: what else is kept of each."""
    crowd: dict[str, list[str]] = {}
    rows = []
    for centre, theirs in names.items():
        ids = [uuid4().hex for _ in theirs]
        crowd[centre] = ids
        rows += [
            {"id": id, "name": name, "organisation": organisation, "centre": centres[centre], "created_at": now, **values}
            for id, name in zip(ids, theirs, strict=True)
        ]
    if rows:
        db.execute(insert(PERSON), rows)
    return crowd


def make_past_programme(db: Connection, by: PersonRow, one: Mapping[str, Any], crowd: Crowd, now: datetime) -> None:
    """A programme that ended with the last quarter, and what came of it in each."""
    quarters = [(_ago(now, past["ago"]), past["reached"]) for past in one["quarters"]]
    first, last = min(quarters)[0], max(quarters)[0]
    started, ended = _opens(first), last.over_at(OUR_ZONE) - timedelta(hours=9)
    id = uuid4().hex
    rule = one["rule"] | {"from": first.starts.isoformat(), "until": (last.after.starts - timedelta(days=1)).isoformat()}
    words = {"title": one["title"], "why": one["why"], "text": ""}
    db.execute(
        insert(Programme).values(
            id=id,
            organisation=by.organisation,
            kind="flow",
            flows=[one["flow"]],
            sealed=sealed(db, words, id),
            audience={"everyone": True},
            rule=rule,
            state="ended",
            created_by=by.id,
            created_at=started,
            changed_at=ended,
            started_at=started,
            ended_at=ended,
        )
    )
    rows = [row for at, (quarter, reached) in enumerate(quarters) for row in _asked(one["flow"], quarter, reached, crowd, shift=at)]
    shared = {"organisation": by.organisation, "programme": id, "kind": "prompt"}
    db.execute(insert(Occurrence), [{**row, **shared, "key": f"{id}:{row['person']}:{row['round']}"} for row in rows])


def _ago(now: datetime, quarters: int) -> Quarter:
    quarter = quarter_at(now, OUR_ZONE)
    for _ in range(quarters):
        quarter = quarter.before
    return quarter


def _opens(quarter: Quarter) -> datetime:
    return instant(quarter.starts, time(8), OUR_ZONE)


def _asked(flow: str, quarter: Quarter, reached: Mapping[str, list[int]], crowd: Crowd, *, shift: int) -> Iterator[dict[str, Any]]:
    """One prompt to each of those who got one. `shift`: so that it is not the same people each time."""
    on = date(quarter.starts.year, quarter.starts.month + 1, 3)
    moment = instant(on, time(9), OUR_ZONE)
    for centre, counts in reached.items():
        people = crowd[centre]
        turned = people[shift * len(people) // 2 :] + people[: shift * len(people) // 2]
        steps = [step for step, count in zip(STEPS, counts, strict=True) for _ in range(count)]
        for person, step in zip(turned, steps, strict=False):
            yield {
                "id": uuid4().hex,
                "person": person,
                "flow": flow,
                "moment": moment,
                "round": on,
                "state": "done" if step == FINISHED else "dropped",
                "run": uuid4().hex if step >= BEGUN else "",
                "sent": 1,
                "delivered": step >= DELIVERED,
            }
