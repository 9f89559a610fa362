"""Where others read along: a team's channels and group chats. We say once that we are here, and point to the personal chat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from bot.cards import Button, Card, Language, spoken
from bot.channels.teams import activities
from bot.channels.teams.activities import Heard
from bot.channels.teams.conversations import Parts
from bot.services import inbox, places

LIVES = timedelta(minutes=10)
"""An answer that could not be delivered for so long answers nothing any more."""


class Company:
    """`app_id` names the bot in the link to its personal chat. `language`: of what many read."""

    def __init__(self, parts: Parts, app_id: str, language: Language):
        self._parts, self._app_id, self._language = parts, app_id, language

    async def added(self, heard: Heard) -> None:
        """Introduce ourselves, once, in the channel where we were added; who added us hears nothing more of it."""
        where = activities.chosen_channel(heard.activity) if heard.kind == "channel" else heard.conversation
        say = self._parts.library.say
        await self._say(heard, where, Card((say("teams.team_text"),), self._way(), say("teams.team_title")), only_new=True)

    async def mentioned(self, heard: Heard) -> None:
        await self._say(heard, heard.conversation, Card((self._parts.library.say("teams.team_mention"),), self._way()))

    async def removed(self, heard: Heard) -> None:
        organisation = await self._parts.tenants.organisation(heard.tenant)
        wheres = {heard.conversation, activities.chosen_channel(heard.activity)}

        def work(db: Connection) -> None:
            for where in wheres:
                places.leave_place(db, organisation, "teams", where, self._parts.clock.now())

        await self._parts.store.run(work)

    def _way(self) -> tuple[Button, ...]:
        if not self._app_id:
            return ()
        url = f"https://teams.microsoft.com/l/chat/0/0?users={quote(f'28:{self._app_id}')}"
        return (Button("open", self._parts.library.say("teams.team_open"), url, does="link", style="primary"),)

    async def _say(self, heard: Heard, where: str, card: Card, *, only_new: bool = False) -> None:
        organisation = await self._parts.tenants.organisation(heard.tenant)
        address = {"service": heard.service, "conversation": where, "tenant": heard.tenant, "bot": heard.bot}
        language: Any = self._language if only_new else heard.language or self._language
        shown = spoken(card, language)

        def work(db: Connection) -> None:
            now: datetime = self._parts.clock.now()
            if not inbox.claim(db, heard.id, now):
                return
            place, is_new = places.meet_place(db, organisation, "teams", where, address, now)
            if is_new or not only_new:
                places.say_there(db, organisation, place, shown, now, now + LIVES)

        await self._parts.store.run(work)
        self._parts.turns.wake()
