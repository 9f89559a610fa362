"""What comes of an activity: an event for the turns, and what Teams is answered at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from bot.cards import Button, Card, Form, spoken
from bot.channels.teams import activities, cards, dialogs, own_pages
from bot.channels.teams.activities import Activity, Heard, part
from bot.channels.teams.connector import Connector
from bot.channels.teams.pressed import pressed, sent_in
from bot.channels.teams.presses import Press, digest, read_press, text_of
from bot.channels.teams.tenants import Tenants
from bot.clock import Clock
from bot.errors import ChannelError
from bot.events import Chose, Event, Joined, Left, Sender, Wrote
from bot.library import Library
from bot.services import people
from bot.services.links import LINK_LASTS
from bot.store.engine import Store
from bot.turns import Answer, Turns

log = logging.getLogger(__name__)

TYPES_AFTER = 2.0
"""Seconds after which somebody who waits sees that we are busy (ux-rules T1)."""
ASKS_AT_MOST = 4.0
"""Seconds to wait for Teams to say who somebody new is: they wait for their welcome meanwhile."""


@dataclass(frozen=True)
class Parts:
    """What the conversations are made of. `address`: where people open our own pages."""

    store: Store
    turns: Turns
    library: Library
    clock: Clock
    connector: Connector
    tenants: Tenants
    address: str
    types_after: float = TYPES_AFTER


class Conversations:
    """The personal conversations. Raises Stranger for a tenant that is not served."""

    def __init__(self, parts: Parts):
        self._parts = parts

    # ---- messages --------------------------------------------------------------------------------------------

    async def wrote(self, heard: Heard) -> None:
        """A line, or a press that a client without dialogs or Universal Actions sends as a message."""
        press = read_press(heard.activity.get("value"))
        if press:
            return await self._pressed_in_words(heard, press)
        line = activities.said(heard.activity)
        sender = await self._sender(heard)
        # A picture or a file alone: we cannot read it, so we say what we can.
        event: Event = Wrote(id=heard.id, sender=sender, text=line) if line else Chose(id=heard.id, sender=sender, subject="", action="help")
        answer = await self._handle(heard, event)
        await self._show(heard, answer)

    async def joined(self, heard: Heard) -> None:
        await self._handle(heard, Joined(id=heard.id, sender=await self._sender(heard)))

    async def left(self, heard: Heard) -> None:
        await self._handle(heard, Left(id=heard.id, sender=await self._sender(heard)))

    async def _pressed_in_words(self, heard: Heard, press: Press) -> None:
        if goes := text_of(press, "go"):
            await self._sender(heard)
            return await self._say_link(heard, own_pages.path_of(goes))
        answer = await self._handle(heard, await self._event(heard, press))
        if answer.form is not None:
            await self._say_link(heard, own_pages.path_of_form(answer.form, text_of(press, "action")))
        else:
            await self._show(heard, answer)

    async def _show(self, heard: Heard, answer: Answer) -> None:
        """A route card goes the short way: nothing about it may be kept, the outbox included. Raises ChannelError: then Teams sends
        the line again, and nothing of it was kept."""
        if answer.card is not None:
            drawn = cards.message(self._spoken(answer.card, answer), digest(heard.id))
            await self._parts.connector.post(heard.service, heard.conversation, drawn | {"from": {"id": heard.bot}})

    # ---- presses ---------------------------------------------------------------------------------------------

    async def pressed(self, heard: Heard, press: Press) -> dict[str, Any]:
        """A button on a card: what takes the card's place, or that the answer stands elsewhere."""
        answer = await self._handle(heard, await self._event(heard, press))
        about = text_of(press, "subject")
        card = answer.card or next((one for one in reversed(answer.said) if about and one.subject == about), None)
        if card is None:
            return told(self._instead(answer))
        drawn = cards.card(self._spoken(card, answer), digest(heard.id, press))
        if answer.card is not None:
            await self._edit(heard, answer)
        return {"statusCode": 200, "type": cards.CONTENT_TYPE, "value": drawn}

    def _instead(self, answer: Answer) -> str:
        """What a press is answered with where nothing takes the card's place. A press cannot open a dialog: where there is nothing
        more to do, its page is told in words."""
        if answer.form is not None and answer.form.closed:
            shown = self._spoken(answer.form, answer)
            return " ".join([f"{shown['title']}.", *shown["lead"]])
        return self._say(answer.language)("answered_below")

    async def _edit(self, heard: Heard, answer: Answer) -> None:
        """The answer to the press need not survive a reload; a card that is in no outbox is edited here."""
        assert answer.card
        drawn = cards.message(self._spoken(answer.card, answer) | {"subject": "shown"}, digest(heard.id)) | {"from": {"id": heard.bot}}
        try:
            await self._parts.connector.put(heard.service, heard.conversation, activities.text(heard.activity, "replyToId"), drawn)
        except ChannelError as error:
            log.warning("a card could not be edited: %s", type(error).__name__)

    async def opened(self, heard: Heard, press: Press) -> dict[str, Any]:
        """A button that opens a dialog."""
        if goes := text_of(press, "go"):
            return await self._link_dialog(heard, own_pages.path_of(goes))
        answer = await self._handle(heard, await self._event(heard, press))
        return self._dialog(heard, press, answer)

    async def submitted(self, heard: Heard, press: Press) -> dict[str, Any]:
        """A page was sent in, or something on it pressed: the next page, or the end."""
        if press.get("close"):
            return dialogs.CLOSE
        if goes := text_of(press, "go"):
            return await self._link_dialog(heard, own_pages.path_of(goes))
        answer = await self._handle(heard, sent_in(heard, press, await self._sender(heard)))
        return self._dialog(heard, press, answer)

    def _dialog(self, heard: Heard, press: Press, answer: Answer) -> dict[str, Any]:
        say = self._say(answer.language)
        if answer.form is None:
            return dialogs.told(say("answered_in_chat"))
        drawn = dialogs.form(spoken(answer.form, answer.language), uuid4().hex, say)
        return drawn if cards.size(drawn) <= dialogs.MOST_BYTES else dialogs.told(say("too_long"))

    # ---- events ----------------------------------------------------------------------------------------------

    async def _event(self, heard: Heard, press: Press) -> Event:
        return pressed(heard, press, await self._sender(heard), self._parts.clock.now())

    async def _sender(self, heard: Heard) -> Sender:
        """Teams is asked who somebody is only about people who are new; where it cannot say, they are met all the same."""
        organisation = await self._parts.tenants.organisation(heard.tenant)
        if await self._parts.store.read(lambda db: people.find(db, organisation, "teams", heard.external)):
            return heard.sender(organisation)
        try:
            async with asyncio.timeout(ASKS_AT_MOST):
                member = await self._parts.connector.member(heard.service, heard.conversation, heard.user)
        except (ChannelError, TimeoutError) as error:
            log.info("Teams did not say who somebody is: %s", type(error).__name__)
            return heard.sender(organisation)
        return heard.sender(organisation, activities.proven_addresses(member, heard.tenant))

    async def _handle(self, heard: Heard, event: Event) -> Answer:
        async with self._typing(heard):
            return await self._parts.turns.handle(event)

    @asynccontextmanager
    async def _typing(self, heard: Heard) -> AsyncIterator[None]:
        """Somebody who has waited for a while sees that we are busy."""

        async def show() -> None:
            await asyncio.sleep(self._parts.types_after)
            try:
                await self._parts.connector.post(heard.service, heard.conversation, {"type": "typing", "from": {"id": heard.bot}})
            except ChannelError as error:
                log.info("the typing indicator was not taken: %s", type(error).__name__)

        showing = asyncio.create_task(show())
        try:
            yield
        finally:
            showing.cancel()

    # ---- our own pages ---------------------------------------------------------------------------------------

    async def _link_dialog(self, heard: Heard, path: str) -> dict[str, Any]:
        url, language = await self._link(heard, path)
        say = self._say(language)
        return dialogs.way_out(say("link_title"), url, say("link_open"), say)

    async def _link(self, heard: Heard, path: str) -> tuple[str, str]:
        sender = await self._sender(heard)

        def work(db: Connection) -> tuple[str, str]:
            now = self._parts.clock.now()
            person = people.meet(db, sender, now)
            return own_pages.link(db, person, self._parts.address, path, now), person.language

        return await self._parts.store.run(work)

    async def _say_link(self, heard: Heard, path: str) -> None:
        sender, say = await self._sender(heard), self._parts.library.say

        def work(db: Connection) -> None:
            now: datetime = self._parts.clock.now()
            person = people.meet(db, sender, now)
            url = own_pages.link(db, person, self._parts.address, path, now)
            opens = Button("open", say("teams.link_open"), url, does="link", style="primary")
            card = Card((say("teams.link_card"),), (opens,), say("teams.link_title"))
            own_pages.say_link(db, person, spoken(card, person.language or "da"), now, LINK_LASTS)

        await self._parts.store.run(work)
        self._parts.turns.wake()

    # ---- words -----------------------------------------------------------------------------------------------

    def _spoken(self, shown: Card | Form, answer: Answer) -> dict[str, Any]:
        return spoken(shown, answer.language)

    def _say(self, language: str) -> Callable[..., str]:
        return texts(self._parts.library, language)


def texts(library: Library, language: str) -> Callable[..., str]:
    """The words of `teams.{key}` in a language."""
    return partial(_said, library, language or "da")


def _said(library: Library, language: str, key: str, **values: Any) -> str:
    return library.say(f"teams.{key}", **values).spoken(language)


def told(text: str) -> dict[str, Any]:
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}


def is_fitting(activity: Activity) -> bool:
    """Whether an `adaptiveCard/action` has the shape it must have."""
    action = part(part(activity, "value"), "action")
    return activities.text(action, "type") == "Action.Execute" and isinstance(action.get("verb"), str)
