"""Socket Mode: Slack is called, and needs no address of ours (https://docs.slack.dev/apis/events-api/using-socket-mode)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError

from bot.channels.slack.asking import Asking, quiet

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between tries to connect

log = logging.getLogger("pejling.slack")


class Socket:
    """Keeps a connection to Slack. An envelope is acknowledged after the commit; one that failed is sent again by Slack."""

    def __init__(self, app: AsyncApp, asking: Asking, app_token: str):
        self._app, self._asking, self._token = app, asking, app_token
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        """Until it works: Slack may be away when we start. Once connected, the SDK keeps it so."""
        pause = FIRST_PAUSE
        while True:
            handler = self._made()
            try:
                await handler.connect_async()
            except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("Slack cannot be reached for Socket Mode (%s); see `pejling check`", _name(error))
                await handler.close_async()
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            self._handler = handler
            log.info("connected to Slack by Socket Mode")
            return

    def _made(self) -> AsyncSocketModeHandler:
        client: Any = self._asking.client(None)
        handler = AsyncSocketModeHandler(self._app, self._token, logger=quiet, web_client=client)
        if client.proxy is None:
            handler.client.proxy = None
        return handler

    @property
    def is_connected(self) -> bool:
        return self._handler is not None

    async def close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._handler is not None:
            await self._handler.close_async()


def _name(error: BaseException) -> str:
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error")) if isinstance(data, dict) else type(error).__name__
