"""Speaks to Teams: one shared client, one token for each tenant we speak in, and what went wrong in our own words.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import aiohttp

from bot.channels.punctual import punctual
from bot.channels.teams import addresses
from bot.channels.teams.addresses import IsAllowed
from bot.errors import GaveUp, TryAgain

log = logging.getLogger(__name__)

PATIENCE = aiohttp.ClientTimeout(total=20, connect=5)
"""Well under what delivery gives a platform (`bot.timing.SEND_SECONDS`)."""
TOKEN_KEPT = 300.0
"""Seconds: they last an hour or more, and the library keeps them too; this spares the thread."""
BUSY = (412, 429)
"""Nothing was done: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit"""
AWAY = (403, 404)
"""403: blocked, uninstalled or not in the roster (`MessageWritesBlocked`); 404: no such conversation."""

Token = Callable[[], Awaitable[str]]
"""A fresh token for the connector; empty: none is needed (the emulator)."""


class Connector:
    """`token` fetches an outgoing token; `is_allowed` says which service addresses may be spoken to."""

    def __init__(self, token: Token, is_allowed: IsAllowed = addresses.is_microsofts):
        self._fetch_token, self._is_allowed = token, is_allowed
        self._client: aiohttp.ClientSession | None = None
        self._token, self._token_until = "", 0.0
        self._fetching = asyncio.Lock()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def post(self, service: str, conversation: str, activity: dict[str, Any]) -> str:
        """Send; returns the new message's id. Raises TryAgain and GaveUp."""
        return await self._ask("POST", service, addresses.activities(service, conversation), activity)

    async def put(self, service: str, conversation: str, id: str, activity: dict[str, Any]) -> str:
        """Put a message in another's place. Doing it twice is doing it once, so trying again is always safe."""
        return await self._ask("PUT", service, addresses.activity(service, conversation, id), {**activity, "id": id}) or id

    async def open(self, service: str, tenant: str, bot: str, user: str) -> str:
        """The personal conversation with somebody; made where there is none yet, the same one where there is."""
        about = {
            "isGroup": False,
            "bot": {"id": bot},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        return await self._ask("POST", service, addresses.conversations(service), about, is_harmless=True)

    async def member(self, service: str, conversation: str, user: str) -> dict[str, Any]:
        """What Teams says of somebody in a conversation: name, `userPrincipalName`, `email`, `tenantId`, `userRole`.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context. Raises TryAgain and GaveUp.
        """
        return await self._asked("GET", service, addresses.member(service, conversation, user), None, twice_is_once=True)

    async def _ask(self, method: str, service: str, url: str, body: dict[str, Any], *, is_harmless: bool = False) -> str:
        said = await self._asked(method, service, url, body, twice_is_once=is_harmless or method == "PUT")
        return str(said.get("id") or "")

    async def _asked(self, method: str, service: str, url: str, body: dict[str, Any] | None, *, twice_is_once: bool) -> dict[str, Any]:
        if not self._is_allowed(service):
            raise GaveUp("not an address of Teams")
        headers = {"Content-Type": "application/json"}
        if token := await self._bearer():
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        try:
            # Never elsewhere: a redirect would carry the token to wherever it points.
            asking = self._open().request(method, url, data=data, headers=headers, allow_redirects=False)
            async with asking as answer:
                return self._read(answer, await answer.content.read(64 * 1024), twice_is_once)
        except aiohttp.ClientConnectorError as error:
            raise TryAgain("no connection") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryAgain("the connection was lost", maybe_sent=not twice_is_once) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._client is None:
            jar = aiohttp.DummyCookieJar()
            self._client = aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=jar, trace_configs=[punctual()])
        return self._client

    def _read(self, answer: aiohttp.ClientResponse, body: bytes, twice_is_once: bool) -> dict[str, Any]:
        said = _json(body)
        if answer.status < 300:
            return said
        error = said.get("error")
        code = str(error.get("code") or "")[:60] if isinstance(error, dict) else ""
        reason = f"{answer.status} {code}".strip()
        if answer.status == 401:
            self._token_until = 0.0
            raise TryAgain(reason)
        if answer.status in BUSY:
            raise TryAgain(reason, after=_seconds(answer.headers.get("Retry-After", "")))
        if answer.status >= 500 or answer.status == 408:
            after = _seconds(answer.headers.get("Retry-After", ""))
            raise TryAgain(reason, after=after, maybe_sent=not twice_is_once)
        raise GaveUp(reason, unreachable=answer.status in AWAY)

    async def _bearer(self) -> str:
        async with self._fetching:
            if monotonic() >= self._token_until:
                self._token = await self._fetch_token()
                self._token_until = monotonic() + TOKEN_KEPT
            return self._token


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(said: str) -> float | None:
    """What `Retry-After` asks for, where it is a number; else we pause by ourselves."""
    try:
        return min(max(float(said), 0.0), 3600.0)
    except ValueError:
        return None
