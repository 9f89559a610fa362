"""`POST /api/messages`: the way in from Teams, and the statuses by which Teams knows what became of what it sent."""

from __future__ import annotations

import json
import logging
from typing import Any

from aiohttp import web

from bot.channels.teams.addresses import is_loopback
from bot.channels.teams.framework import Framework, Malformed, Refused
from bot.channels.teams.keys import KeysAway
from bot.errors import ChannelError

log = logging.getLogger(__name__)

PATH = "/api/messages"
JSON = "application/json"


class Entrance:
    """`is_local`: the anonymous local mode, in which only this machine may ask."""

    def __init__(self, framework: Framework, *, is_local: bool):
        self._framework, self._is_local = framework, is_local

    async def receive(self, request: web.Request) -> web.Response:
        """200: handled, now or before · 401, 403: not from Teams, or not for us · 400: not an activity · 503: send it again."""
        if self._is_local and not _is_from_here(request):
            raise web.HTTPForbidden
        authorization = request.headers.get("Authorization", "")
        if not self._is_local and not authorization:
            return _status(401)  # before anything is read
        if request.content_type != JSON:
            return _status(415)
        try:
            reply = await self._framework.receive(await _body(request), authorization)
        except Malformed:
            return _status(400)
        except Refused as refused:
            log.warning("an activity was refused: %d", refused.status)
            return _status(refused.status)
        except KeysAway:
            log.warning("Microsoft's keys cannot be had: nobody can be recognised")
            return _status(503)
        except ChannelError as error:
            log.warning("an answer could not be sent: %s", type(error).__name__)
            return _status(503)
        return web.json_response(reply.body or {}, status=reply.status)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.receive)]


async def _body(request: web.Request) -> dict[str, Any]:
    """Raises Malformed, and aiohttp's own error where it is too large."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(body, dict):
        raise Malformed
    return body


def _is_from_here(request: web.Request) -> bool:
    """Also by the name it asked for, so that no page in a browser reaches us by a name of its own that leads here."""
    name = request.host.rsplit(":", 1)[0].strip("[]")
    return is_loopback(request.remote or "") and is_loopback(name)


def _status(status: int) -> web.Response:
    return web.json_response({}, status=status)
