"""Puts the pages together into one aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from bot.channels.web import (
    agreements,
    chat,
    coordinating,
    demo,
    forms,
    group_papers,
    handed_over,
    health,
    logbook,
    me,
    open_pages,
    rooms,
    shared,
    signing_in,
)
from bot.channels.web.drawing import Drawing
from bot.channels.web.glances import GLANCES, Glances
from bot.channels.web.health import VITALS, Vitals
from bot.channels.web.security import LARGEST_BODY, add_headers, answer_kindly, know_forms, know_host, know_visitor
from bot.channels.web.visit import DRAWING, PARTS, Parts

FAMILIES = (signing_in, chat, forms, logbook, agreements, shared, handed_over, me, open_pages, coordinating, health, group_papers, rooms)


def web_app(parts: Parts, vitals: Vitals = Vitals()) -> web.Application:
    """The web chat and its pages. Run it without an access log: addresses hold one-time links."""
    app = web.Application(
        middlewares=[answer_kindly, know_host, know_visitor, know_forms], client_max_size=LARGEST_BODY
    )
    app[PARTS], app[VITALS] = parts, vitals
    app[DRAWING], app[GLANCES] = Drawing(parts.library.say), Glances(parts.store)
    for family in FAMILIES:
        app.add_routes(family.ROUTES)
    if parts.travel:
        app.add_routes(demo.ROUTES)
    app.cleanup_ctx.append(_prepare)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_close_pages)
    return app


async def _prepare(app: web.Application) -> AsyncIterator[None]:
    """Read the templates beside everything else, so that neither the start nor the first visitor waits for them."""
    reading = asyncio.create_task(asyncio.to_thread(app[DRAWING].prepare))
    yield
    await reading


async def _close_pages(app: web.Application) -> None:
    app[PARTS].channel.close()
