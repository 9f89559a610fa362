"""Closed days: when nobody in a centre is asked anything. Written as one says dates, taken back with one press."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.coordinating.frame import COORDINATOR, for_roles, page
from bot.channels.web.visit import Visit
from bot.clock import local
from bot.dialogs.dates import read_date
from bot.errors import Refused
from bot.services import departments, roles, times

AT = "/coordinate/closed"
EVERYWHERE = "all"
LONGEST = 60  # signs of a date as it is written


@dataclass(frozen=True)
class Typed:
    """What was sent in and not taken, shown again; `errors` by field."""

    centre: str = ""
    starts: str = ""
    ends: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@for_roles(COORDINATOR)
async def show_closed(visit: Visit) -> web.StreamResponse:
    return await _page(visit, Typed())


@for_roles(COORDINATOR)
async def close(visit: Visit) -> web.StreamResponse:
    """Whose centre it is, is looked up in the same transaction."""
    post = await visit.request.post()
    centre, starts, ends = (str(post.get(name, ""))[:LONGEST].strip() for name in ("centre", "starts", "ends"))
    first = read_date(starts, _today(visit))
    last = read_date(ends, _today(visit)) if ends else first
    errors = {name: visit.text("flow.date_unclear") for name, day in (("starts", first), ("ends", last)) if day is None}
    if not errors and last is not None and last < _today(visit):
        errors["ends" if ends else "starts"] = visit.text("programmes.past")
    if errors or first is None or last is None:
        return await _page(visit, Typed(centre, starts, ends, errors))
    where, by, now = None if centre == EVERYWHERE else centre, visit.person, visit.now
    assert by
    try:
        await visit.parts.store.run(lambda db: times.close_days(db, by, where, first, last, now))
    except Refused as refusal:
        if refusal.text != "times.closed_backwards":
            raise
        return await _page(visit, Typed(centre, starts, ends, {"ends": visit.text(refusal.text)}))
    raise web.HTTPSeeOther(AT)


@for_roles(COORDINATOR)
async def open_again(visit: Visit) -> web.StreamResponse:
    id, by = str((await visit.request.post()).get("id", "")), visit.person
    assert by
    await visit.parts.store.run(lambda db: times.open_days(db, by, id))
    raise web.HTTPSeeOther(AT)


async def _page(visit: Visit, typed: Typed) -> web.Response:
    shown = await visit.parts.store.read(lambda db: _shown(db, visit))
    return page(visit, "closed", 400 if typed.errors else 200, typed=typed, **shown)


def _shown(db: Connection, visit: Visit) -> dict[str, Any]:
    """The days of the centres somebody coordinates, and of everybody."""
    person = visit.person
    assert person
    reach = roles.reach(db, person)
    every = {one.id: one.name for one in departments.centres(db, person.organisation)}
    mine = {id: name for id, name in every.items() if reach.centres is None or id in reach.centres}
    found = {one.id: one for centre in (None, *mine) for one in times.closed_days(db, person.organisation, centre, _today(visit))}
    rows = [(one, every.get(one.centre or "", ""), reach.covers(one.centre)) for one in found.values()]
    return {"rows": sorted(rows, key=lambda row: row[0].starts), "centres": mine, "is_all": reach.centres is None}


def _today(visit: Visit) -> date:
    return local(visit.now, visit.timezone).date()


ROUTES = [
    web.get(AT, show_closed),
    web.post(AT, close),
    web.post(f"{AT}/open", open_again),
]
