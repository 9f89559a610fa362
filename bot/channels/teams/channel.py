"""Delivery's way to Teams. What an address holds stands in `activities.Heard`: a person's (`address`), a place's (`place_address`).

In a channel of a team a message is the beginning of a thread, unless it goes "under" a post, or answers a line ("asked").
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.channels.teams import addresses, cards
from bot.channels.teams.activities import IN_THREAD
from bot.channels.teams.connector import Connector
from bot.dialogs.group.desk import PLACE
from bot.errors import GaveUp, TryAgain
from bot.outlet import UNKNOWN, Unknown

GONE = "404"


class TeamsChannel:
    """Sends, edits in place, and opens the personal conversation where only the person is known."""

    name = "teams"

    def __init__(self, connector: Connector, bot: str, *, has_dialogs: bool = True):
        self._connector, self._bot, self._has_dialogs = connector, bot, has_dialogs
        self._opened: dict[tuple[str, str], str] = {}

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str) -> str:
        """Raises TryAgain and GaveUp."""
        service = str(address.get("service") or addresses.GLOBAL)
        conversation = await self._conversation(service, address)
        drawn = cards.message(card, key) | {"from": {"id": address.get("bot") or self._bot}}
        drawn = drawn if self._has_dialogs else cards.without_dialogs(drawn)
        if cards.size(drawn) > cards.MOST_BYTES:
            raise GaveUp("larger than Teams takes", unreachable=False)
        if replaces:
            try:
                return await self._connector.put(service, conversation, replaces, drawn)
            except GaveUp as gone:
                if not gone.reason.startswith(GONE):
                    raise
                # The message was deleted by hand: what is to be said is said anew.
        return await self._posted(service, conversation, _thread(address, card), drawn)

    async def _posted(self, service: str, conversation: str, thread: str, drawn: dict[str, Any]) -> str:
        if thread:
            try:
                return await self._connector.post(service, f"{conversation}{IN_THREAD}{thread}", drawn)
            except GaveUp as gone:
                if not gone.reason.startswith(GONE):
                    raise
                # What began the thread was deleted by hand: this stands by itself.
        return await self._connector.post(service, conversation, drawn)

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> str | Unknown | None:
        """Teams tells no bot what stands in a chat or a channel."""
        return UNKNOWN

    async def _conversation(self, service: str, address: dict[str, Any]) -> str:
        if known := address.get("conversation"):
            return str(known)
        tenant, user = str(address.get("tenant") or ""), str(address.get("user") or "")
        if not (tenant and user):
            raise GaveUp("an address without a person")
        if (tenant, user) not in self._opened:
            opened = await self._connector.open(service, tenant, str(address.get("bot") or self._bot), user)
            if not opened:
                raise TryAgain("no conversation was named")
            self._opened[(tenant, user)] = opened
        return self._opened[(tenant, user)]


def _thread(address: dict[str, Any], card: dict[str, Any]) -> str:
    """The message under which it stands; empty: by itself, or in a chat, which has no threads."""
    if not address.get("threads"):
        return ""
    asked = address.get("asked") if card["subject"].startswith(PLACE) else ""
    return str(address.get("under") or asked or "")
