"""Where others read along: channels of a workspace, public and private. Here a group does something together.

We hear that we were invited or removed, what is said *to* us, and presses on our own posts; nothing else that is said there.
A channel shared with another organisation (Slack Connect) is none of ours: people of other workspaces are nobody here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.cards import spoken
from bot.channels.slack.asking import Asking
from bot.channels.slack.payloads import Who, command_id, event_id, stranger_in, text, who_wrote
from bot.channels.slack.people_there import PeopleThere
from bot.channels.slack.workspaces import NAME, Workspace
from bot.channels.slack.writing import as_read
from bot.clock import Clock
from bot.dialogs.commands import read_group_command
from bot.errors import ChannelError, GaveUp
from bot.events import Sender, Wrote
from bot.library import Library
from bot.services import places
from bot.store.engine import Store
from bot.turns import Answer, Turns

GONE = frozenset("channel_left group_left channel_archive group_archive channel_deleted group_deleted channel_shared".split())
"""Events after which nothing can, or may, be said in a channel. That we were removed is sometimes not told; then a post fails."""
RENAMED = frozenset("channel_rename group_rename".split())
NAMELESS = ("", "privategroup", "directmessage")
"""What a command calls a channel whose name it does not tell."""
CALLED = re.compile(r"^(\s*<@[^<>]*>[\s:,]*)+")
"""Our name, with which a mention begins."""
HELLO_LIVES = timedelta(hours=1)
LONGEST_LINE = 12_000

log = logging.getLogger("pejling.slack")


@dataclass(frozen=True)
class Found:
    """A channel, as far as Slack lets us know. `is_ours`: shared with no other organisation."""

    name: str = ""
    is_ours: bool = True
    is_member: bool = True


class Company:
    """What happens in channels. `turns.groups` knows what a group can do."""

    def __init__(self, store: Store, turns: Turns, library: Library, clock: Clock, asking: Asking, people: PeopleThere):
        self._store, self._turns, self._library, self._clock = store, turns, library, clock
        self._asking, self._people = asking, people

    # ---- coming and going ------------------------------------------------------------------------------------

    async def changed(self, where: Workspace, event: Mapping[str, Any]) -> None:
        """We were invited or removed; a channel was archived, deleted, renamed, or shared with another organisation."""
        kind, channel = text(event, "type"), text(event, "channel") or text(event, "channel", "id")
        if not is_shared_place(channel):
            return
        if kind == "member_joined_channel" and text(event, "user") == where.bot_user != "":
            await self._invited(where, channel, text(event, "inviter"))
        elif kind in GONE:
            now = self._clock.now()
            await self._store.run(lambda db: places.leave_place(db, where.organisation, NAME, channel, now))
            self._turns.wake()
        elif kind in RENAMED:
            await self._rename(where, channel, text(event, "channel", "name"))

    async def _invited(self, where: Workspace, channel: str, inviter: str) -> None:
        """Introduce ourselves, once, in the language of whoever invited us."""
        sender = await self._people.sender(where, Who(where.team, inviter)) if inviter else None
        found = await self._look_up(where, channel)
        language = sender.language if sender else self._people.language
        if not found.is_ours:
            if inviter:
                await self.say_alone(where, channel, inviter, self._library.say("slack.not_shared").spoken(language))
            return

        def work(db: Connection) -> None:
            id, is_new = self._met(db, where, channel, found.name, language)
            if is_new:
                now = self._clock.now()
                places.say_there(db, where.organisation, id, self._hello(id, language), now, now + HELLO_LIVES)

        await self._store.run(work)
        self._turns.wake()

    def _hello(self, id: str, language: str) -> dict[str, Any]:
        offer = self._turns.groups.desk.asked(id, "help")
        say = self._library.say
        return spoken(replace(offer, title=say("slack.channel_title"), text=(say("slack.channel_hello"),)), language)

    async def _rename(self, where: Workspace, channel: str, name: str) -> None:
        def work(db: Connection) -> None:
            known = places.place(db, where.organisation, _id(where, channel))
            if known and known.reachable and name:
                self._met(db, where, channel, name, known.language)

        await self._store.run(work)

    # ---- what is said to us ----------------------------------------------------------------------------------

    async def mentioned(self, where: Workspace, body: Mapping[str, Any], event: Mapping[str, Any]) -> Answer | None:
        """What was said is read for a command, and not kept."""
        who, channel = who_wrote(body), text(event, "channel")
        sender = await self._people.sender(where, who) if who and is_shared_place(channel) else None
        if who is None or sender is None:
            return None
        place, found = await self._place(where, channel, sender.language)
        if body.get("is_ext_shared_channel") or not found.is_ours:
            await self.say_alone(where, channel, who.user, self._library.say("slack.not_shared").spoken(sender.language))
            return None
        place = place or await self._meet(where, channel, found.name, sender.language)
        line = as_read(CALLED.sub("", text(event, "text")))[:LONGEST_LINE]
        return await self._turns.handle(Wrote(id=event_id(body), sender=replace(sender, place=place), text=line))

    def is_for_group(self, body: Mapping[str, Any], line: str) -> bool:
        """Whether a command asks for something that a group does together, where it is."""
        return is_shared_place(text(body, "channel_id")) and read_group_command(line) in self._turns.groups.dialogs

    async def commanded(self, where: Workspace, body: Mapping[str, Any], sender: Sender, line: str) -> str:
        """A command can be given where we are not. Returns what only the person sees."""
        channel, said = text(body, "channel_id"), text(body, "channel_name")
        place, found = await self._place(where, channel, sender.language)
        if not (found.is_ours and found.is_member):
            key = "slack.not_shared" if not found.is_ours else "slack.not_member"
            return self._library.say(key).spoken(sender.language)
        place = place or await self._meet(where, channel, found.name or ("" if said in NAMELESS else said), sender.language)
        await self._turns.handle(Wrote(id=command_id(body), sender=replace(sender, place=place), text=line))
        return ""

    # ---- presses ---------------------------------------------------------------------------------------------

    def there(self, where: Workspace, sender: Sender, channel: str, called: str) -> Sender:
        """Who pressed something, with where that was. `called`: by which name the press knows them."""
        if not is_shared_place(channel):
            return sender
        return replace(sender, place=_id(where, channel), name=sender.name or called)

    async def turn_away(self, where: Workspace, body: Mapping[str, Any], words: str) -> None:
        """Somebody of another workspace pressed; nothing is known or kept of them."""
        user, channel = stranger_in(body), text(body, "container", "channel_id")
        if user and is_shared_place(channel):
            await self.say_alone(where, channel, user, words)

    async def say_alone(self, where: Workspace, channel: str, user: str, words: str) -> None:
        """Shown to one person only, and gone when they look away: nothing important."""
        try:
            await self._asking.ask(where.token, "chat.postEphemeral", channel=channel, user=user, text=words)
        except ChannelError as error:
            log.info("Slack did not show it: %s", error)

    # ---- channels --------------------------------------------------------------------------------------------

    async def _place(self, where: Workspace, channel: str, language: str) -> tuple[str, Found]:
        """Our id of a channel we are in and know by name; else what Slack says of it, and no id."""
        id = _id(where, channel)
        known = await self._store.read(lambda db: places.place(db, where.organisation, id))
        if known and known.reachable and known.name:
            return await self._meet(where, channel, known.name, language), Found(known.name)
        return "", await self._look_up(where, channel)

    async def _meet(self, where: Workspace, channel: str, name: str, language: str) -> str:
        return await self._store.run(lambda db: self._met(db, where, channel, name, language)[0])

    def _met(self, db: Connection, where: Workspace, channel: str, name: str, language: str) -> tuple[str, bool]:
        known = places.place(db, where.organisation, _id(where, channel))
        speaks = known.language if known else language
        address = {"team": where.team, "channel": channel, "threads": True, "language": speaks}
        named = address | ({"name": name[:80]} if name else {})
        return places.meet_place(db, where.organisation, NAME, channel, named, self._clock.now(), speaks)

    async def _look_up(self, where: Workspace, channel: str) -> Found:
        """https://docs.slack.dev/reference/methods/conversations.info. Where Slack does not tell, it is taken for ours."""
        try:
            answer = await self._asking.ask(where.token, "conversations.info", channel=channel)
        except GaveUp as refusal:
            return Found(is_member=refusal.reason != "channel_not_found")
        except ChannelError:
            return Found()
        about = answer.get("channel") or {}
        is_ours = not (about.get("is_ext_shared") or about.get("is_pending_ext_shared"))
        return Found(text(about, "name"), is_ours, about.get("is_member") is not False)


def is_shared_place(channel: str) -> bool:
    """Whether this is a channel, and not somebody's own conversation with us."""
    return bool(channel) and not channel.startswith("D")


def _id(where: Workspace, channel: str) -> str:
    return places.place_id(NAME, where.organisation, channel)
