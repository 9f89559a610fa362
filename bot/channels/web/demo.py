"""The demo's clock: time moves when one asks it to. These routes exist in the demo only."""

from __future__ import annotations

from aiohttp import web

from bot.channels.web.drawing import own_path
from bot.channels.web.visit import Visit, signed_in

WAYS = ("next", "day", "week")


@signed_in
async def travel(visit: Visit) -> web.Response:
    """To the next thing that happens, or a day or a week ahead; what falls due in between happens in order."""
    post = await visit.request.post()
    to = str(post.get("to", ""))
    assert visit.parts.travel and visit.person
    if to not in WAYS:
        raise web.HTTPBadRequest
    await visit.parts.travel(to, visit.person.id)
    if visit.is_fragment:
        return web.json_response({"now": visit.drawing.clock(visit.now, visit.language, visit.timezone)})
    raise web.HTTPSeeOther(own_path(str(post.get("back", "chat"))))


ROUTES = [web.post("/demo/time", travel)]
