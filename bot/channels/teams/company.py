"""Where others read along: a team's channels and group chats. Here a group does something together.

We read what is said *to* us and the presses on what we posted; nothing else that is said there. What is for one person alone is a
dialog, which only they see, or stands in their own conversation; never there. Nobody is seen to be writing, and nobody is made
known by taking part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy import Connection

from bot.cards import Button, Card, Form, Language, Words, spoken
from bot.channels.teams import activities, cards, dialogs, own_pages
from bot.channels.teams.activities import Heard
from bot.channels.teams.conversations import Parts, texts, told
from bot.channels.teams.pressed import pressed, sent_in
from bot.channels.teams.presses import Press, digest, text_of
from bot.dialogs.group.desk import PLACE
from bot.dialogs.group.turn import GROUP
from bot.errors import GaveUp
from bot.events import Event, Sender, Wrote
from bot.services import inbox, people, places
from bot.turns import Answer

LIVES = timedelta(minutes=10)
"""An introduction that could not be delivered for so long comes too late."""
HELP = "help"
TEAMS = "teams"
GONE_TEAM = ("teamdeleted", "teamharddeleted", "teamarchived")
BACK_TEAM = ("teamrestored", "teamunarchived")
SAME_CHANNEL = ("channelrestored", "channelrenamed")


class Company:
    """`app_id` names the bot in the link to its personal chat. `language`: of what many read."""

    def __init__(self, parts: Parts, app_id: str, language: Language):
        self._parts, self._app_id, self._language = parts, app_id, language

    # ---- coming and going ------------------------------------------------------------------------------------

    async def added(self, heard: Heard) -> None:
        """Introduce ourselves, once, in the channel where we were added; who added us hears nothing more of it."""
        where = activities.chosen_channel(heard.activity) if heard.kind == activities.CHANNEL else heard.place
        organisation = await self._parts.tenants.organisation(heard.tenant)

        def work(db: Connection) -> None:
            now: datetime = self._parts.clock.now()
            if not inbox.claim(db, heard.id, now):
                return
            id, is_new = self._met(db, organisation, heard, where, self._language)
            if is_new:
                places.say_there(db, organisation, id, spoken(self._hello(id), self._language), now, now + LIVES)

        await self._parts.store.run(work)
        self._parts.turns.wake()

    def _hello(self, id: str) -> Card:
        say = self._parts.library.say
        offered = self._parts.turns.groups.desk.asked(id, HELP).buttons
        return Card((say("teams.team_text"), say("teams.team_together")), (*offered, *self._way()), say("teams.team_title"), f"{PLACE}{id}")

    async def removed(self, heard: Heard) -> None:
        await self._leave(heard, {heard.place, activities.chosen_channel(heard.activity)}, heard.team)

    async def changed(self, heard: Heard, event: str) -> None:
        """A channel or its team was deleted, archived, brought back or given another name.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
        """
        channel, name = activities.channel_id(heard.activity), activities.place_name(heard.activity)
        match event.casefold():  # it is spelt in more than one way
            case "channeldeleted":
                await self._leave(heard, {channel}, "")
            case one if one in GONE_TEAM:
                await self._leave(heard, set(), heard.team)
            case one if one in SAME_CHANNEL:
                await self._return(heard, channel, name)
            case one if one in BACK_TEAM:
                await self._return(heard, "", "")

    async def _leave(self, heard: Heard, wheres: set[str], team: str) -> None:
        """What a group has going on waits for us to come back, and whoever facilitates is told."""
        organisation = await self._parts.tenants.organisation(heard.tenant)

        def work(db: Connection) -> None:
            of_team = {str(one["conversation"]) for one in _in_team(db, organisation, team)}
            for where in sorted(wheres | of_team):
                places.leave_place(db, organisation, TEAMS, where, self._parts.clock.now())

        await self._parts.store.run(work)
        self._parts.turns.wake()

    async def _return(self, heard: Heard, channel: str, name: str) -> None:
        """Of places that are known (no `channel`: all of the team): they are called so from now on, and can be spoken to."""
        organisation = await self._parts.tenants.organisation(heard.tenant)

        def work(db: Connection) -> None:
            for address in _in_team(db, organisation, heard.team):
                if address["conversation"] == channel or not channel:
                    named = {"name": name} if name else {}
                    where = str(address["conversation"])
                    places.meet_place(db, organisation, TEAMS, where, address | named, self._parts.clock.now())

        await self._parts.store.run(work)

    # ---- what is said to us ----------------------------------------------------------------------------------

    async def mentioned(self, heard: Heard) -> None:
        """What was said is read for a command, and not kept. Raises ChannelError: then Teams sends the line again."""
        sender = await self._sender(heard, asks=True)
        line = activities.said(heard.activity)
        answer = await self._parts.turns.handle(Wrote(id=heard.id, sender=sender, text=line or HELP))
        if answer.card is not None and not await self._say_alone(heard, answer.card, answer.language):
            # Nothing but where to go: others read along.
            pointed = Card((self._parts.library.say("teams.team_mention"),), self._way())
            await self._post(heard, heard.conversation, pointed, answer.language)

    async def pressed_in_words(self, heard: Heard, press: Press) -> None:
        """A press by a client that has no dialogs comes as a message. What it is answered with stands nowhere near the group."""
        answer = Answer(language=heard.language or self._language)
        if not text_of(press, "go"):
            answer = await self._handle(heard, press)
        if answer.card is not None:
            await self._say_alone(heard, answer.card, answer.language)
        elif answer.form is not None and answer.form.closed:
            await self._say_alone(heard, Card(answer.form.lead, title=answer.form.title), answer.language)
        elif answer.form is not None or text_of(press, "go"):
            await self._say_alone(heard, await self._on_the_web(heard, press, answer), answer.language)

    async def _on_the_web(self, heard: Heard, press: Press, answer: Answer) -> Card:
        """The same page by a personal link; who takes part as a guest has none, and needs another client."""
        form = answer.form
        has_page = form is None or form.run.startswith(GROUP)
        path = own_pages.path_of_form(form, text_of(press, "action")) if form else own_pages.path_of(text_of(press, "go"))
        url, _ = await self._link(heard, path) if has_page else ("", "")
        say = self._parts.library.say
        if not url:
            return Card((say("teams.no_dialogs"),))
        return Card((say("teams.link_card"),), (Button("open", say("teams.link_open"), url, does="link"),))

    async def _say_alone(self, heard: Heard, card: Card, language: str) -> bool:
        """In their own conversation with us, the short way: nothing about it may be kept, the outbox included. False: there is none."""
        connector = self._parts.connector
        try:
            own = await connector.open(heard.service, heard.tenant, heard.bot, heard.user)
            await self._post(heard, own, card, language)
        except GaveUp:
            return False
        return True

    async def _post(self, heard: Heard, conversation: str, card: Card, language: str) -> None:
        drawn = cards.message(spoken(card, language), digest(heard.id))
        await self._parts.connector.post(heard.service, conversation, drawn | {"from": {"id": heard.bot}})

    # ---- presses ---------------------------------------------------------------------------------------------

    async def pressed(self, heard: Heard, press: Press) -> dict[str, Any]:
        """A button that opens nothing: a line that only whoever pressed sees. The post itself is edited for everybody."""
        answer = await self._handle(heard, press)
        shown = self._page(answer)
        if shown is None or not shown.closed:
            return told(self._say(answer)("answered_there"))
        said = [shown.title, *shown.lead]
        return told(" ".join(one.spoken(answer.language) for one in said))

    async def opened(self, heard: Heard, press: Press) -> dict[str, Any]:
        """A button that opens a dialog: seen by whoever pressed, and nobody else."""
        if goes := text_of(press, "go"):
            return await self._way_out(heard, own_pages.path_of(goes))
        answer = await self._handle(heard, press)
        return self._dialog(answer) or dialogs.told(self._say(answer)("answered_there"))

    async def submitted(self, heard: Heard, press: Press) -> dict[str, Any]:
        """A page was sent in, or something on it pressed: the next page, or the end."""
        if press.get("close"):
            return dialogs.CLOSE
        if goes := text_of(press, "go"):
            return await self._way_out(heard, own_pages.path_of(goes))
        answer = await self._parts.turns.handle(sent_in(heard, press, await self._sender(heard)))
        return self._dialog(answer) or dialogs.CLOSE

    async def _handle(self, heard: Heard, press: Press) -> Answer:
        event: Event = pressed(heard, press, await self._sender(heard), self._parts.clock.now())
        return await self._parts.turns.handle(event)

    def _dialog(self, answer: Answer) -> dict[str, Any]:
        shown, say = self._page(answer), self._say(answer)
        if shown is None:
            return {}
        drawn = dialogs.form(spoken(shown, answer.language), uuid4().hex, say)
        return drawn if cards.size(drawn) <= dialogs.MOST_BYTES else dialogs.told(say("too_long"))

    def _page(self, answer: Answer) -> Form | None:
        return _page_of(answer, self._parts.library.say("teams.tab_private"))

    async def _way_out(self, heard: Heard, path: str) -> dict[str, Any]:
        """A page of their own, by a link in a dialog; who takes part as a guest has none."""
        url, language = await self._link(heard, path)
        say = texts(self._parts.library, language)
        return dialogs.way_out(say("link_title"), url, say("link_open"), say) if url else dialogs.told(say("link_for_some"))

    async def _link(self, heard: Heard, path: str) -> tuple[str, str]:
        """(address, language); no address where the page is one of those that only who is known has."""
        organisation = await self._parts.tenants.organisation(heard.tenant)

        def work(db: Connection) -> tuple[str, str]:
            person = people.find(db, organisation, TEAMS, heard.external)
            language = (person.language if person else "") or heard.language or self._language
            if person is None:
                return (f"{self._parts.address}{path}" if own_pages.is_open_to_all(path) else ""), language
            return own_pages.link(db, person, self._parts.address, path, self._parts.clock.now()), language

        return await self._parts.store.run(work)

    # ---- who, and where --------------------------------------------------------------------------------------

    async def _sender(self, heard: Heard, *, asks: bool = False) -> Sender:
        """Whoever did it, by the name that came with it. A press leaves no trace on a place that is known (`asks`: a line does)."""
        organisation = await self._parts.tenants.organisation(heard.tenant)
        id = places.place_id(TEAMS, organisation, heard.place)
        known = await self._parts.store.read(lambda db: places.place(db, organisation, id))
        if asks or known is None or not known.reachable:
            language = heard.language or self._language
            await self._parts.store.run(lambda db: self._met(db, organisation, heard, heard.place, language, asks=asks))
        return heard.sender(organisation, place=id)

    def _met(self, db: Connection, organisation: str, heard: Heard, where: str, language: str, *, asks: bool = False) -> tuple[str, bool]:
        known = places.place(db, organisation, places.place_id(TEAMS, organisation, where))
        name = activities.place_name(heard.activity) or ("" if known and known.name else activities.team_name(heard.activity))
        address = heard.place_address | {"conversation": where} | ({"name": name[:80]} if name else {})
        address |= {"asked": heard.thread} if asks and heard.thread else {}
        return places.meet_place(db, organisation, TEAMS, where, address, self._parts.clock.now(), language)

    # ---- words -----------------------------------------------------------------------------------------------

    def _way(self) -> tuple[Button, ...]:
        if not self._app_id:
            return ()
        url = f"https://teams.microsoft.com/l/chat/0/0?users={quote(f'28:{self._app_id}')}"
        return (Button("open", self._parts.library.say("teams.team_open"), url, does="link"),)

    def _say(self, answer: Answer) -> Callable[..., str]:
        return texts(self._parts.library, answer.language)


def _in_team(db: Connection, organisation: str, team: str) -> Iterable[dict[str, Any]]:
    """The addresses of the places we know in a team."""
    return [one for one in places.addresses(db, organisation, TEAMS) if team and one.get("team") == team]


def _page_of(answer: Answer, untitled: Words) -> Form | None:
    """What a dialog shows: the page, or a card that nobody else may see as one."""
    card = answer.card
    if card is None:
        return answer.form
    leads_out = tuple(one for one in card.buttons if one.does in ("call", "link"))
    return Form("", "", card.title or untitled, buttons=leads_out, lead=card.text, care=True, closed=True)
