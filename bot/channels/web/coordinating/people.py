"""Who has which role: given and taken back by an administrator, and written in a log that administrators can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.coordinating.frame import ADMINISTRATOR, for_roles, page
from bot.channels.web.signing_in import level_name
from bot.channels.web.visit import Visit
from bot.clock import local
from bot.errors import Refused
from bot.services import departments, people, roles
from bot.services.person_row import PersonRow

LOG_LINES = 100
FOUND_AT_ONCE = 20
EVERYWHERE = "all"
AT = "/coordinate/people"


@for_roles(ADMINISTRATOR)
async def show_people(visit: Visit) -> web.StreamResponse:
    return await _page(visit)


@for_roles(ADMINISTRATOR)
async def find_person(visit: Visit) -> web.StreamResponse:
    """Somebody to give a role to. The name is sent and not part of an address, which is kept in histories and logs."""
    return await _page(visit, str((await visit.request.post()).get("q", ""))[:200])


@for_roles(ADMINISTRATOR)
async def change_role(visit: Visit) -> web.StreamResponse:
    """Give a role or take it back; whether the one who asks may is looked up in the same transaction."""
    post = await visit.request.post()
    deed, id = str(post.get("do", "")), str(post.get("person", ""))
    role, centre = str(post.get("role", "")), str(post.get("centre", EVERYWHERE))
    if deed not in ("give", "take") or role not in roles.ROLES:
        raise web.HTTPBadRequest

    def work(db: Connection) -> None:
        assert visit.person
        roles.need_administrator(db, visit.person)
        about = people.person(db, visit.person.organisation, id)
        if about is None or about.state == "left":
            raise Refused("desk.not_yours")
        change = roles.give_role if deed == "give" else roles.take_role
        change(db, about, role, by=visit.person.id, now=visit.now, centre=_centre(db, about, role, centre))

    await visit.parts.store.run(work)
    raise web.HTTPSeeOther(AT)


def _centre(db: Connection, about: PersonRow, role: str, centre: str) -> str | None:
    """An administrator is one of the whole department."""
    if centre == EVERYWHERE or role == ADMINISTRATOR:
        return None
    if centre not in {one.id for one in departments.centres(db, about.organisation)}:
        raise Refused("roles.no_such_centre")
    return centre


async def _page(visit: Visit, search: str = "") -> web.Response:
    return page(visit, "people", search=search, **await visit.parts.store.read(lambda db: _shown(db, visit, search)))


def _shown(db: Connection, visit: Visit, search: str) -> dict[str, Any]:
    assert visit.person
    organisation = visit.person.organisation
    centres = {one.id: one.name for one in departments.centres(db, organisation)}
    found = people.called(db, organisation, search, FOUND_AT_ONCE + 1)
    return {
        "centres": centres,
        "holders": [(one, local(one.given_at, visit.timezone).date()) for one in roles.holders(db, organisation)],
        "found": [_person(visit, one, centres) for one in found[:FOUND_AT_ONCE]],
        "has_more": len(found) > FOUND_AT_ONCE,
        "log": _log(db, visit, centres),
    }


def _person(visit: Visit, one: PersonRow, centres: Mapping[str, str]) -> dict[str, str]:
    return {"id": one.id, "name": one.name, "level": level_name(visit, one), "centre": centres.get(one.centre or "", "")}


def _log(db: Connection, visit: Visit, centres: Mapping[str, str]) -> list[dict[str, Any]]:
    """The newest lines, with the names of those who are here still; the log itself holds none."""
    assert visit.person
    organisation = visit.person.organisation
    lines = roles.role_log(db, organisation, LOG_LINES)
    ids = {id for line in lines for id in (line.by, line.about)}
    names = {id: found.name for id in ids if (found := people.person(db, organisation, id))}
    unknown = visit.text("someone_gone")
    return [
        {"at": line.at, "by": names.get(line.by, ""), "about": names.get(line.about, unknown), "what": _what(visit, line.what, centres)}
        for line in lines
    ]


def _what(visit: Visit, written: str, centres: Mapping[str, str]) -> str:
    """What a line of the log says ("given: coordinator of …"), in the reader's language; as it stands where it is another's."""
    deed, _, role = written.partition(": ")
    if deed not in ("given", "taken"):
        return written
    name, _, centre = role.partition(" of ")
    return visit.text(f"coordinate.log_{deed}", role=role_words(visit, name, centre or None, centres))


def role_words(visit: Visit, role: str, centre: str | None, centres: Mapping[str, str]) -> str:
    name = visit.text(f"role_{role}")
    return visit.text("coordinate.role_of", role=name, centre=centres.get(centre, centre)) if centre else name


ROUTES = [
    web.get(AT, show_people),
    web.post(AT, find_person),
    web.post(f"{AT}/role", change_role),
]
