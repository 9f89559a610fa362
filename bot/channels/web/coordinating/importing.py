"""Importing a list of people: sent in, looked at, and taken in only when the one who sees what it does says yes."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.collector import collector_at_rest
from bot.channels.web.coordinating.frame import ADMINISTRATOR, for_roles, page
from bot.channels.web.uploads import read_upload
from bot.channels.web.visit import Visit
from bot.errors import Refused
from bot.services import importing, roles, uploads
from bot.services.importing import Outlook
from bot.services.people_file import MOST_BYTES, Mistake, PeopleFile, read_people

AT = "/coordinate/import"
MISTAKES_AT_ONCE = 50


@for_roles(ADMINISTRATOR)
async def show_import(visit: Visit) -> web.StreamResponse:
    return page(visit, "import")


@for_roles(ADMINISTRATOR)
async def look_at_file(visit: Visit) -> web.StreamResponse:
    """What the file would do, and what is wrong with it. Nothing is done yet; the file waits, sealed, for a yes."""
    fields, raw = await read_upload(visit, MOST_BYTES)
    makes_new = fields.get("new") == "yes"
    with collector_at_rest():
        outlook = await _outlook(visit, raw, makes_new)
    id = "" if outlook.mistakes else await visit.parts.store.run(lambda db: _keep(db, visit, raw))
    levels = {id: level.name.spoken(visit.language) for id, level in visit.parts.library.levels.items()}
    return page(visit, "import_preview", levels=levels, outlook=outlook, mistakes=_mistakes(visit, outlook), upload=id, makes_new=makes_new)


@for_roles(ADMINISTRATOR)
async def take_in(visit: Visit) -> web.StreamResponse:
    """Yes: all of it, or nothing. What is there now is looked at anew; pressing twice takes it in once."""
    post = await visit.request.post()
    id, makes_new = str(post.get("upload", "")), post.get("new") == "yes"
    raw = await visit.parts.store.read(lambda db: uploads.read(db, _organisation(visit), id))
    if raw is None:
        raise Refused("import.gone")
    with collector_at_rest():
        outlook = await _taken_in(visit, raw, id, makes_new)
    return page(visit, "import_done", outlook=outlook)


async def _outlook(visit: Visit, raw: bytes, makes_new: bool) -> Outlook:
    file = await asyncio.to_thread(read_people, raw)
    return await visit.parts.store.read(lambda db: _look(db, visit, file, makes_new))


async def _taken_in(visit: Visit, raw: bytes, id: str, makes_new: bool) -> Outlook:
    file = await asyncio.to_thread(read_people, raw)
    prepared = await visit.parts.store.read(lambda db: importing.prepare(db, _organisation(visit), file))

    def work(db: Connection) -> Outlook:
        assert visit.person
        roles.need_administrator(db, visit.person)
        if not uploads.forget(db, visit.person.organisation, id):
            raise Refused("import.gone")
        about = {"makes_new": makes_new, "by": visit.person.id, "now": visit.now}
        return importing.carry_out(db, visit.person.organisation, file, prepared, **about)

    return await visit.parts.store.run(work)


def _look(db: Connection, visit: Visit, file: PeopleFile, makes_new: bool) -> Outlook:
    organisation = _organisation(visit)
    return importing.look(db, organisation, file, importing.prepare(db, organisation, file), makes_new=makes_new)


def _keep(db: Connection, visit: Visit, raw: bytes) -> str:
    assert visit.person
    roles.need_administrator(db, visit.person)
    return uploads.keep(db, visit.person.organisation, raw, visit.now)


def _organisation(visit: Visit) -> str:
    assert visit.person
    return visit.person.organisation


def _mistakes(visit: Visit, outlook: Outlook) -> list[dict[str, Any]]:
    return [{"line": one.line, "text": said(visit, one)} for one in outlook.mistakes[:MISTAKES_AT_ONCE]]


def said(visit: Visit, mistake: Mistake) -> str:
    return visit.text(f"import.{mistake.key}", **mistake.values)


ROUTES = [
    web.get(AT, show_import),
    web.post(AT, look_at_file),
    web.post(f"{AT}/yes", take_in),
]
