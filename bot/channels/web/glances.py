"""How rooms stand in the database, looked at once a second for each room, however many pages are open in it.

Only beside other processes (PostgreSQL): what one of them has drawn anew, the pages that are open in another are to show too.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from aiohttp import web

from bot.channels.web.channel import Arrived, Page
from bot.services import groups
from bot.store.engine import Store
from bot.store.faults import DATABASE_AWAY

LOOKS_EVERY = 1.0  # seconds


class Glances:
    def __init__(self, store: Store):
        self._store = store
        self._looks: dict[str, tuple[float, asyncio.Task[str]]] = {}

    async def begin(self, page: Page, room: str) -> None:
        """Before it is read what stands in the room: a change from now on is one."""
        page.mark = await self._stands(room) if self._store.is_shared else ""

    async def arrived(self, page: Page, room: str, timeout: float) -> Arrived | None:
        """What comes to this page next. Raises TimeoutError after `timeout` seconds, or once the room stands differently."""
        if not self._store.is_shared:
            return await page.next(timeout)
        for _ in range(max(1, round(timeout / LOOKS_EVERY))):
            try:
                return await page.next(LOOKS_EVERY)
            except TimeoutError:
                before, page.mark = page.mark, await self._stands(room) or page.mark
                if page.mark != before:
                    raise
        raise TimeoutError

    async def _stands(self, room: str) -> str:
        """The same for as long as nothing is drawn anew there. Empty while the database is away."""
        looked_at, look = self._looks.get(room, (0.0, None))
        if look is None or monotonic() - looked_at >= LOOKS_EVERY:
            look = asyncio.ensure_future(self._store.read(lambda db: groups.mark_of(db, room)))
            self._looks[room] = (monotonic(), look)
        try:
            return await asyncio.shield(look)
        except DATABASE_AWAY:
            return ""


GLANCES: web.AppKey[Glances] = web.AppKey("glances", Glances)
