"""The section's first page: what one can do as a coordinator or administrator."""

from __future__ import annotations

from aiohttp import web

from bot.channels.web.coordinating.frame import EITHER, for_roles, page
from bot.channels.web.visit import Visit


@for_roles(*EITHER)
async def show_overview(visit: Visit) -> web.StreamResponse:
    return page(visit, "overview")


ROUTES = [web.get("/coordinate", show_overview)]
