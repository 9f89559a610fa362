"""The yearly status: what the leader groups handed over, on a page that can be printed, and as Word or PDF in either language."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.coordinating.frame import COORDINATOR, for_roles, page
from bot.channels.web.visit import Visit
from bot.clock import local
from bot.documents.outline import Document
from bot.services import handovers
from bot.status_document import FIRST_YEAR, Material, compose, material

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
LANGUAGES = ("da", "en")


@for_roles(COORDINATOR)
async def show_status(visit: Visit) -> web.StreamResponse:
    year, language = _year(visit), _language(visit)
    document = compose(await _material(visit, year), visit.parts.library, language)
    years = range(local(visit.now, visit.timezone).year, max(FIRST_YEAR, year - 3) - 1, -1)
    return page(visit, "status", document=document, year=year, years=years, kinds=tuple(KINDS), chosen=language)


@for_roles(COORDINATOR)
async def give_document(visit: Visit) -> web.StreamResponse:
    """The file, made beside the event loop: it takes a second where there is much to tell."""
    kind, language, year = visit.request.match_info["kind"], _language(visit), _year(visit)
    document = compose(await _material(visit, year), visit.parts.library, language)
    made = await asyncio.to_thread(_made, document, kind, visit)
    name = visit.parts.library.say("document.file", year=year).spoken(language)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return web.Response(body=made, content_type=KINDS[kind], headers=headers)


def _made(document: Document, kind: str, visit: Visit) -> bytes:
    if kind == "pdf":
        from bot.documents.pdf import as_pdf  # heavy, and needed once a year

        return as_pdf(document)
    from bot.documents.word import as_word

    return as_word(document, visit.now)


async def _material(visit: Visit, year: int) -> Material:
    """Reading it is noted, so that a group sees that its text has been used."""
    person, now, editions = visit.person, visit.now, visit.parts.turns.editions
    assert person

    def work(db: Connection) -> Material:
        found = material(db, person, year, editions, now)
        handovers.mark_used(db, person, [one.id for one in found.statuses], now)
        return found

    return await visit.parts.store.run(work)


def _year(visit: Visit) -> int:
    now = local(visit.now, visit.timezone).year
    asked = visit.request.query.get("year", "")
    return int(asked) if asked.isdecimal() and len(asked) == 4 and FIRST_YEAR <= int(asked) <= now else now


def _language(visit: Visit) -> str:
    asked = visit.request.query.get("document", "")
    return asked if asked in LANGUAGES else visit.language


ROUTES = [
    web.get("/coordinate/status", show_status),
    web.get("/coordinate/status/pejling.{kind:docx|pdf}", give_document),
]
