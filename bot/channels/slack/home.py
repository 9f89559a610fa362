"""The personal pages: shown in the Home tab or a modal, and what is done there. Each deed is one unit of work, and doing it
twice is doing it once."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.channels.slack import places
from bot.channels.slack.asking import Asking
from bot.channels.slack.limits import TooLong
from bot.channels.slack.payloads import Who
from bot.channels.slack.places import Look, Place
from bot.channels.slack.places_blocks import ENDS, draw_place, draw_text, draw_web_link
from bot.channels.slack.workspaces import NAME, Workspace
from bot.clock import Clock
from bot.editions import Editions
from bot.errors import ChannelError
from bot.services import actions, joining, links, logbook, people, whereabouts
from bot.services.person_row import PersonRow
from bot.store.engine import Store

HOME: Place = {"at": "home"}
REMEMBERED = 20_000
"""Home tabs this process has published; the others are published again when they are opened."""
WEB_PAGES = ("/chat", "/me", "/logbook", "/actions")
PAPERS = ("papers", "boards")
ONLY_ON_THE_WEB = ("coordinate", *PAPERS)
"""The coordinators' pages are long lists and tables: no place for them in the Home tab. A group's papers are files."""

log = logging.getLogger("pejling.slack")


@dataclass(frozen=True)
class Made:
    """A view, ready to be shown."""

    view: dict[str, Any]
    place: Place


class Home:
    """`public_url`: where the web pages are; empty where people cannot reach them."""

    def __init__(self, store: Store, editions: Editions, clock: Clock, asking: Asking, *, public_url: str = ""):
        self._store, self._library, self._editions = store, editions.library, editions
        self._clock, self._asking, self._public_url = clock, asking, public_url
        self._shown: OrderedDict[Who, Place] = OrderedDict()

    # ---- showing ---------------------------------------------------------------------------------------------

    async def publish(self, where: Workspace, who: Who, place: Place | None = None) -> None:
        """Show a place in the Home tab; the one shown last where none is named."""
        place = place or self._shown.get(who, HOME)
        made = await self.make(where, who, place, "home")
        self._shown[who] = made.place
        self._shown.move_to_end(who)
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)
        await self._asking.ask(where.token, "views.publish", user_id=who.user, view=made.view)

    async def refresh(self, where: Workspace, who: Who) -> None:
        """Publish anew after a change, for somebody who has had it open; that it fails changes nothing that is kept."""
        if who not in self._shown:
            return
        try:
            await self.publish(where, who)
        except ChannelError as error:
            log.info("a Home tab was not published: %s", error)

    async def make(self, where: Workspace, who: Who, place: Place, surface: str) -> Made:
        """The view of a place as it is now."""
        at = str(place.get("at", ""))
        if at == "chat" or at.startswith(ONLY_ON_THE_WEB):
            return Made(await self._web_link(where, who, str(place.get("to", "")) or f"/{at}"), place)
        look = await self._store.read(lambda db: self._look(db, where, who))
        if look is None:
            return Made(self._for_strangers(surface), HOME)
        if place.get("at") == "opened" and look.person.state == "active":
            seen = await self._store.run(lambda db: places.opened(db, look, place))
        else:
            seen = await self._store.read(lambda db: places.see(db, look, place))
        return Made(self._drawn(look, seen, place, surface), place)

    def _look(self, db: Connection, where: Workspace, who: Who) -> Look | None:
        """Who looks, and at what: everything of theirs, and nothing of another centre's."""
        person = people.find(db, where.organisation, NAME, who.user)
        if person is None:
            return None
        edition = self._editions.of(db, person.organisation, person.centre)
        return Look(edition.library, edition.house, person, self._clock.now(), bool(self._public_url))

    def _drawn(self, look: Look, seen: Mapping[str, Any], place: Place, surface: str) -> dict[str, Any]:
        try:
            return draw_place(seen, place, look.say, surface=surface)
        except TooLong as error:
            log.warning("a page was too long for Slack: %s", error)
            return self.said(look.say("slack.too_long"), look.language, surface)

    def said(self, text: str, language: str, surface: str = "modal") -> dict[str, Any]:
        """A view that only says something."""
        view = draw_text(text, lambda key, **values: self._library.say(key, **values).spoken(language))
        return view if surface == "modal" else {"type": "home", "callback_id": view["callback_id"], "blocks": view["blocks"]}

    def _for_strangers(self, surface: str) -> dict[str, Any]:
        """Somebody who is not known: everything about them was deleted, or they never began."""
        return self.said(self._library.say("slack.home_declined").da, "da", surface)

    async def _web_link(self, where: Workspace, who: Who, to: str) -> dict[str, Any]:
        """A link that signs in once. It stands in a modal and in no message."""
        is_page = to in WEB_PAGES or to.removeprefix("/").startswith(ONLY_ON_THE_WEB)
        now, goes_to = self._clock.now(), to if is_page else "/chat"

        def work(db: Connection) -> tuple[PersonRow | None, str]:
            person = people.find(db, where.organisation, NAME, who.user)
            token = links.make_link(db, person, goes_to, now) if person and self._public_url else ""
            return person, token

        person, token = await self._store.run(work)
        language = (person.language if person else "") or "da"
        if not token and to.removeprefix("/").startswith(PAPERS):
            return self.said(self._no_paper(person), language)
        url = f"{self._public_url}/in/{token}" if token else ""
        return draw_web_link(url, lambda key, **values: self._library.say(key, **values).spoken(language))

    def _no_paper(self, person: PersonRow | None) -> str:
        """Who is a guest in a group has no page of their own to be let in to; nor does anybody where there are no pages."""
        if self._public_url:
            words = self._library.say("slack.paper_guest")
            return f"{words.da}\n{words.en}"
        return self._library.say("slack.paper_no_web").spoken((person.language if person else "") or "da")

    # ---- doing -----------------------------------------------------------------------------------------------

    async def do(self, where: Workspace, who: Who, deed: Mapping[str, Any], place: Place) -> tuple[Place, str]:
        """Do what a button says; returns the place to show afterwards, and what to say instead (empty: nothing)."""

        def work(db: Connection) -> tuple[Place, str]:
            look = self._look(db, where, who)
            if look is None or look.person.state != "active":
                return HOME, ""
            return _done(db, look, deed, place)

        return await self._store.run(work)


def _done(db: Connection, look: Look, deed: Mapping[str, Any], place: Place) -> tuple[Place, str]:
    person, now, id, to = look.person, look.now, str(deed.get("i", "")), str(deed.get("to", ""))
    match deed.get("do"):
        case "delete_entry":
            logbook.delete_entry(db, person, id)
            return {"at": "logbook"}, ""
        case "withdraw_entry":
            logbook.withdraw_entry(db, person, id, now)
        case "close" if to in ENDS:
            actions.close(db, person, id, to, now)
        case "share" if to in dict(places.may_share(db, look)):
            actions.set_visibility(db, person, id, to, now)
        case "withdraw":
            actions.withdraw(db, person, id, now)
        case "delete_action":
            actions.delete_action(db, person, id)
        case "prefer" if to in {one.channel for one in whereabouts.identities(db, person)}:
            people.set_person(db, person, {"preferred_channel": to}, now)
        case "code":
            return place, look.say("slack.code_how", code=joining.join_code(db, person, now))
    return place, ""
