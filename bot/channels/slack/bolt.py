"""The Bolt application: signatures, payloads and acknowledgements are Bolt's; what they mean is `talking`'s.

`process_before_response=True`: the acknowledgement leaves when the turn is committed, and 500 where it failed, so that Slack
sends the event again.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.request.internals import parse_body
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.channels.slack.asking import Asking, quiet
from bot.channels.slack.payloads import is_payload
from bot.channels.slack.scopes import EVENTS_PATH
from bot.channels.slack.talking import Talking
from bot.channels.slack.workspaces import Workspaces

LARGEST_BODY = 1_000_000  # bytes; a view is 250 kB at most, and three times that when it is encoded for a form
ANYTHING = re.compile(".*", re.DOTALL)

log = logging.getLogger("pejling.slack")


def bolt_app(talking: Talking, workspaces: Workspaces, asking: Asking) -> AsyncApp:
    """Everything Slack may send, handed on. Signatures are looked at before, where there is an address to sign for."""

    async def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
        place = await workspaces.of(team_id or "")
        known = {"bot_token": place.token, "bot_user_id": place.bot_user, "bot_id": place.bot} if place else {}
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id, **known)

    app = AsyncApp(
        name="bolt",  # Bolt sets the level of a logger by this name, and "pejling" is ours
        process_before_response=True,
        signing_secret="",
        request_verification_enabled=False,
        authorize=authorize,
        client=asking.client(None),
        logger=quiet,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    _listen(app, talking)
    return app


def _listen(app: AsyncApp, talking: Talking) -> None:
    @app.event(ANYTHING)
    async def event(body: dict[str, Any]) -> None:
        await talking.on_event(body)

    @app.action(ANYTHING)
    async def press(ack: Any, body: dict[str, Any]) -> None:
        await talking.on_press(body)
        await ack()

    @app.view_submission(ANYTHING)
    async def sent(ack: Any, body: dict[str, Any]) -> None:
        await ack(**await talking.on_sent(body))

    @app.view_closed(ANYTHING)
    async def closed(ack: Any) -> None:
        await ack()

    @app.command(ANYTHING)
    async def command(ack: Any, body: dict[str, Any]) -> None:
        said = await talking.on_command(body)
        await (ack(said) if said else ack())

    @app.error
    async def failed(error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        """Slack sends it again; nothing of what went wrong leaves the house, and no words reach the log."""
        log.error("a request from Slack failed: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
        return BoltResponse(status=500, body="")


def events_route(app: AsyncApp, signing_secret: str) -> web.RouteDef:
    """The address Slack posts everything to. Nothing is read of what is not signed, or older than five minutes."""
    verifier = SignatureVerifier(signing_secret)

    async def take(request: web.Request) -> web.Response:
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        at, signature = (request.headers.get(f"X-Slack-{name}", "") for name in ("Request-Timestamp", "Signature"))
        try:
            body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400)
        if not at.isdecimal() or not verifier.is_valid(body, at, signature):
            return web.Response(status=401)
        return await _dispatched(app, body, request)

    return web.post(EVENTS_PATH, take)


async def _body(request: web.Request) -> bytes | None:
    """None: more than anything Slack sends."""
    body = b""
    while len(body) <= LARGEST_BODY:
        more = await request.content.read(LARGEST_BODY + 1 - len(body))
        if not more:
            return body
        body += more
    return None


async def _dispatched(app: AsyncApp, body: bytes, request: web.Request) -> web.Response:
    """Bolt's answer; what has not the shape of anything Slack sends is a bad request."""
    try:
        text = body.decode()
        if not is_payload(parse_body(text, request.content_type)):
            return web.Response(status=400)
        asked = AsyncBoltRequest(body=text, query=request.query_string, headers=dict(request.headers))
    except (ValueError, RecursionError):
        return web.Response(status=400)
    return await to_aiohttp_response(await app.async_dispatch(asked))
