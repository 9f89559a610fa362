"""Sending in Slack: a card is a message in the person's direct conversation with the app, edited in place when it changes.

An address is {"team": …, "user": …} for a person, {"team": …, "channel": …} for a channel; with "under" the message goes into
the thread of that post. A message's name is "channel:ts". Its metadata carries our own key, so that after a crash we can look
whether it arrived; in a channel we cannot, because we ask for no right to read what is said there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.slack.asking import Asking
from bot.channels.slack.limits import TooLong
from bot.channels.slack.messages import draw_message, key_of, metadata_of
from bot.channels.slack.workspaces import Workspaces
from bot.errors import GaveUp
from bot.library import Library
from bot.outlet import UNKNOWN, Unknown

EDITS_MISSED = frozenset("message_not_found cant_update_message edit_window_closed channel_not_found".split())
"""The message we meant to edit is not there, so the card is sent as a new one."""
THREADS_MISSED = frozenset("thread_not_found message_not_found cannot_reply_to_message".split())
"""The post a message belongs under was deleted, so it stands by itself."""
LOOKED_AT = 100  # messages asked for at a time
PAGES = 5  # of messages looked through; there are few since a given moment
CLOCKS_DIFFER = 30.0  # seconds by which our clock and Slack's may differ


class SlackChannel:
    """Delivery's way to Slack."""

    name = "slack"

    def __init__(self, asking: Asking, workspaces: Workspaces, library: Library):
        self._asking, self._workspaces, self._library = asking, workspaces, library

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str = "") -> str:
        """Raises TryAgain and GaveUp."""
        token = await self._token(address)
        message = {**self._drawn(card, address), "metadata": metadata_of(key)}
        if replaces:
            edited = await self._edited(token, replaces, message)
            if edited:
                return edited
        answer = await self._posted(token, address, message)
        return f"{answer.get('channel', '')}:{answer.get('ts', '')}"

    async def _posted(self, token: str, address: Mapping[str, Any], message: dict[str, Any]) -> dict[str, Any]:
        given = {"channel": _place(address), **message, "unfurl_links": False, "unfurl_media": False}
        _, _, post = str(address.get("under") or "").partition(":")
        if post:
            try:
                return await self._asking.ask(token, "chat.postMessage", **given, thread_ts=post)
            except GaveUp as refusal:
                if refusal.reason not in THREADS_MISSED:
                    raise
        return await self._asking.ask(token, "chat.postMessage", **given)

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> str | Unknown | None:
        """Looks the key up among what the conversation holds since then. An edit is not looked for: making it again does
        no harm. Raises TryAgain where Slack lets us look only seldom."""
        token = await self._token(address)
        if address.get("channel"):
            return UNKNOWN
        channel = await self._direct(token, address)
        cursor = ""
        for _ in range(PAGES):
            asked = {"channel": channel, "oldest": f"{since.timestamp() - CLOCKS_DIFFER:.6f}", "limit": LOOKED_AT}
            more = {"cursor": cursor} if cursor else {}
            answer = await self._asking.ask(token, "conversations.history", **asked, **more, include_all_metadata=1)
            for message in answer.get("messages") or ():
                if key_of(message) == key:
                    return f"{channel}:{message['ts']}"
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    async def _token(self, address: Mapping[str, Any]) -> str:
        if not _place(address):
            raise GaveUp("an address without a person")
        return await self._workspaces.token_of(str(address.get("team") or ""))

    async def _direct(self, token: str, address: Mapping[str, Any]) -> str:
        answer = await self._asking.ask(token, "conversations.open", users=address["user"])
        return str((answer.get("channel") or {}).get("id") or "")

    async def _edited(self, token: str, replaces: str, message: dict[str, Any]) -> str:
        """The message's name, when it could be edited."""
        channel, _, ts = replaces.partition(":")
        try:
            await self._asking.ask(token, "chat.update", channel=channel, ts=ts, **message)
        except GaveUp as refusal:
            if refusal.reason in EDITS_MISSED:
                return ""
            raise
        return replaces

    def _drawn(self, card: dict[str, Any], address: Mapping[str, Any]) -> dict[str, Any]:
        """A card is spoken already; only our few own words (those of a confirm) need to know the language."""
        language = str(address.get("language") or "da")
        try:
            return draw_message(card, lambda key, **values: self._library.say(f"slack.{key}", **values).spoken(language))
        except TooLong as error:
            raise GaveUp(str(error), unreachable=False) from error


def _place(address: Mapping[str, Any]) -> str:
    return str(address.get("channel") or address.get("user") or "")
