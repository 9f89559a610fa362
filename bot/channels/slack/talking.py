"""What comes in from Slack: read into an event, handed to the turns, and answered.

The order is always: the turn and its commit, then the acknowledgement, then what Slack is asked for (a modal opened, the Home
tab published). What Slack is asked for can be lost: pressing again shows the same page. A route card is posted before the
acknowledgement, because nothing about it is kept: where it cannot be posted, Slack sends the line again.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from bot.cards import spoken
from bot.channels.slack.asking import Asking
from bot.channels.slack.company import Company, is_shared_place
from bot.channels.slack.double_clicks import DoubleClicks
from bot.channels.slack.home import HOME, Home
from bot.channels.slack.limits import TooLong
from bot.channels.slack.messages import draw_message
from bot.channels.slack.modals import FORM, as_typed, draw_form, field_errors
from bot.channels.slack.payloads import (
    LONGEST_LINE,
    Press,
    Who,
    called,
    command_id,
    event_id,
    is_spoken,
    press_id,
    press_of,
    same_button,
    same_page,
    sent_id,
    text,
    who_commanded,
    who_of,
    who_wrote,
)
from bot.channels.slack.people_there import PeopleThere, follow, read_profile
from bot.channels.slack.places_blocks import PLACE
from bot.channels.slack.submitted import read_form, searched
from bot.channels.slack.values import unpacked
from bot.channels.slack.workspaces import NAME, Workspace, Workspaces
from bot.channels.slack.writing import as_read
from bot.clock import Clock
from bot.dialogs.group.turn import GROUP
from bot.errors import ChannelError
from bot.events import Chose, Joined, Left, Sender, Submitted, Wrote
from bot.library import Library
from bot.store.engine import Store
from bot.turns import Answer, Turns

HELP = "help"

log = logging.getLogger("pejling.slack")

View = dict[str, Any]


class Talking:
    """Answers everything Slack sends. `settle` waits for what was still being asked of Slack."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        library: Library,
        clock: Clock,
        asking: Asking,
        workspaces: Workspaces,
        people: PeopleThere,
        home: Home,
    ):
        self._store, self._turns, self._library, self._clock = store, turns, library, clock
        self._asking, self._workspaces, self._people, self.home = asking, workspaces, people, home
        self.company = Company(store, turns, library, clock, asking, people)
        self.clicks = DoubleClicks()
        self._asked: set[asyncio.Task[None]] = set()

    # ---- events ----------------------------------------------------------------------------------------------

    async def on_event(self, body: Mapping[str, Any]) -> None:
        """https://docs.slack.dev/apis/events-api"""
        event = body.get("event")
        place = await self._workspaces.of(text(body, "team_id"))
        if place is None or not isinstance(event, Mapping):
            return
        match event.get("type"):
            case "message" if is_spoken(event):
                await self._wrote(place, body, event)
            case "app_mention":
                await self._mentioned(place, body, event)
            case "app_home_opened":
                await self._opened(place, body)
            case "user_change":
                await self._changed(place, body, event)
            case "app_uninstalled":
                await self._workspaces.take_back(place.team)
            case "tokens_revoked" if (event.get("tokens") or {}).get("bot"):
                await self._workspaces.take_back(place.team)
            case _:
                await self.company.changed(place, event)

    async def _wrote(self, place: Workspace, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        who, line = who_wrote(body), as_read(text(event, "text"))[:LONGEST_LINE]
        sender = await self._people.sender(place, who) if who and line else None
        if who is None or sender is None:
            return
        answer = await self._turns.handle(Wrote(id=event_id(body), sender=sender, text=line))
        await self._urgently(place, who, answer)
        self._refresh(place, who)

    async def _mentioned(self, place: Workspace, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Mentioned where others read along."""
        answer, who = await self.company.mentioned(place, body, event), who_wrote(body)
        if answer is not None and who is not None:
            await self._urgently(place, who, answer)

    async def _opened(self, place: Workspace, body: Mapping[str, Any]) -> None:
        who = who_wrote(body)
        sender = await self._people.sender(place, who) if who else None
        if who is None or sender is None:
            return
        await self._turns.handle(Joined(id=event_id(body), sender=sender))
        if text(body, "event", "tab") != "messages":
            self._ask(self.home.publish(place, who, HOME))

    async def _changed(self, place: Workspace, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """https://docs.slack.dev/reference/events/user_change – sent for everybody; only those we know concern us."""
        user = event.get("user")
        who = who_wrote(body)
        if who is None or not isinstance(user, Mapping) or await self._people.known(place, who) is None:
            return
        profile, now = read_profile(user), self._clock.now()
        if not profile.is_there:
            sender = Sender(channel=NAME, organisation=place.organisation, external=who.user, address={"team": who.team, "user": who.user})
            await self._turns.handle(Left(id=event_id(body), sender=sender))
            return
        await self._store.run(lambda db: follow(db, place.organisation, who.user, profile, now))
        self._refresh(place, who)

    # ---- commands --------------------------------------------------------------------------------------------

    async def on_command(self, body: Mapping[str, Any]) -> str:
        """`/pejling …`: understood as a line in the conversation, and answered there. Returns what only the person sees."""
        place, who = await self._workspaces.of(text(body, "team_id")), who_commanded(body)
        if place is None:
            return self._in_both("slack.not_installed")
        sender = await self._people.sender(place, who) if who else None
        if who is None or sender is None:
            return ""
        line = as_read(text(body, "text"))[:LONGEST_LINE] or HELP
        if self.company.is_for_group(body, line):
            return await self.company.commanded(place, body, sender, line)
        answer = await self._turns.handle(Wrote(id=command_id(body), sender=sender, text=line))
        await self._urgently(place, who, answer)
        self._refresh(place, who)
        is_private = text(body, "channel_name") == "directmessage" and text(body, "channel_id").startswith("D")
        return "" if is_private else self._library.say("slack.answered_there").spoken(sender.language)

    def _in_both(self, key: str) -> str:
        words = self._library.say(key)
        return f"{words.da}\n{words.en}"

    # ---- presses ---------------------------------------------------------------------------------------------

    async def on_press(self, body: Mapping[str, Any]) -> None:
        """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
        press = press_of(body)
        place = await self._workspaces.of(text(body, "team", "id") or text(body, "user", "team_id"))
        if press is None or place is None:
            if place is not None:
                self._ask(self.company.turn_away(place, body, self._in_both("slack.of_another")))
            return
        value = _asked_for(press)
        match value:
            case {"go": dict(to)}:
                self._ask(self._go(place, press, to))
            case {"do": str()}:
                await self._do(place, press, value)
            case {"b": str(button)} if press.surface == "modal":
                await self._submit_by(place, press, button)
            case {"a": str(action)}:
                await self._chose(place, press, action, value)

    async def _chose(self, place: Workspace, press: Press, action: str, value: Mapping[str, Any]) -> None:
        sender = await self._people.sender(place, press.who)
        if sender is None:
            return
        id = self.clicks.first_of(same_button(press), press_id(press))
        about = {"subject": str(value.get("s") or "")[:200], "action": action[:400], "value": str(value.get("v") or "")[:400]}
        sender = self.company.there(place, sender, press.channel, press.called)
        answer = await self._turns.handle(Chose(id=id, sender=sender, **about))
        if answer.card is not None:
            self._ask(self._in_its_place(place, press, answer))
        if answer.form is not None:
            self._ask(self._show(place, press, self._view(answer)))
        self._refresh(place, press.who)

    async def _submit_by(self, place: Workspace, press: Press, button: str) -> None:
        """A button on a form page: it sends the page as it stands."""
        sender = await self._people.sender(place, press.who)
        if sender is None:
            return
        id = self.clicks.first_of(same_button(press), press_id(press))
        event = _submitted(id, _named(sender, press.called, press.view), press.view, button)
        answer = await self._turns.handle(event)
        if answer.form is not None:
            self._ask(self._show(place, press, self._view(answer)))
        self._refresh(place, press.who)

    async def _go(self, place: Workspace, press: Press, to: Mapping[str, Any]) -> None:
        if press.surface == "home" and to.get("at") != "chat":
            await self.home.publish(place, press.who, to)
            return
        made = await self.home.make(place, press.who, to, "modal")
        await self._show(place, press, made.view)

    async def _do(self, place: Workspace, press: Press, deed: Mapping[str, Any]) -> None:
        at = unpacked(text(press.view, "private_metadata")).get("at")
        after, said = await self.home.do(place, press.who, deed, at if isinstance(at, dict) else HOME)
        if said:
            view = self.home.said(said, await self._language(place, press.who))
            self._ask(self._open(place, press, view))
            return
        self._ask(self._go(place, press, after))
        if press.surface != "home":
            self._refresh(place, press.who)

    async def _language(self, place: Workspace, who: Who) -> str:
        person = await self._people.known(place, who)
        return (person.language if person else "") or "da"

    # ---- form pages ------------------------------------------------------------------------------------------

    async def on_sent(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A form page was sent by Slack's own button; returns the response action.

        https://docs.slack.dev/surfaces/modals#handling_submissions
        """
        view, who = body.get("view"), who_of(body)
        place = await self._workspaces.of(who.team) if who else None
        if who is None or place is None or not isinstance(view, Mapping):
            return {"response_action": "clear"}
        sender = await self._people.sender(place, who)
        if sender is None:
            return {"response_action": "clear"}
        if text(view, "callback_id") == PLACE:
            made = await self.home.make(place, who, {"at": "logbook", "q": searched(view)[:200]}, "modal")
            return {"response_action": "update", "view": made.view}
        id = self.clicks.first_of(same_page(body), sent_id(body))
        event = _submitted(id, _named(sender, called(body), view), view)
        if text(view, "callback_id") != FORM or not (event.run or event.page):
            words = self._library.say("slack.out_of_date").spoken(sender.language)
            return {"response_action": "update", "view": self.home.said(words, sender.language)}
        answer = await self._turns.handle(event)
        await self._urgently(place, who, answer)
        self._refresh(place, who)
        return self._response(answer, view)

    def _response(self, answer: Answer, view: Mapping[str, Any]) -> dict[str, Any]:
        if answer.form is None:
            return {"response_action": "clear"}
        sent, shown = read_form(view), spoken(answer.form, answer.language)
        if shown["page"] == sent.page and shown["run"] == sent.run:
            errors = field_errors(shown, sent.blocks)
            if errors:
                return {"response_action": "errors", "errors": errors}
            shown = as_typed(shown, sent.values)
        return {"response_action": "update", "view": self._drawn(shown, answer.language)}

    def _view(self, answer: Answer) -> View:
        return self._drawn(spoken(answer.form, answer.language), answer.language)

    def _drawn(self, form: dict[str, Any], language: str) -> View:
        try:
            return draw_form(form, self._texts(language))
        except TooLong as error:
            log.warning("a form page was too long for Slack: %s", error)
            return self.home.said(self._library.say("slack.too_long").spoken(language), language)

    def _texts(self, language: str) -> Any:
        return lambda key, **values: self._library.say(f"slack.{key}", **values).spoken(language)

    # ---- what Slack is asked for -----------------------------------------------------------------------------

    async def _urgently(self, place: Workspace, who: Who, answer: Answer) -> None:
        """A card that goes the short way: it is kept nowhere. Raises ChannelError, so that Slack sends the line again."""
        if answer.card is not None:
            message = draw_message(spoken(answer.card, answer.language), self._texts(answer.language))
            await self._asking.ask(place.token, "chat.postMessage", channel=who.user, **message, unfurl_links=False)

    async def _in_its_place(self, place: Workspace, press: Press, answer: Answer) -> None:
        """The card takes the place of the message that was pressed (a route card becomes a neutral one); where others read
        along, it is for whoever pressed alone."""
        message = draw_message(spoken(answer.card, answer.language), self._texts(answer.language))
        if press.ts and press.channel and not is_shared_place(press.channel):
            await self._asking.ask(place.token, "chat.update", channel=press.channel, ts=press.ts, **message)
        else:
            await self._asking.ask(place.token, "chat.postMessage", channel=press.who.user, **message)

    async def _show(self, place: Workspace, press: Press, view: View) -> None:
        """In the modal that was pressed in, or in one opened now."""
        if press.surface != "modal":
            await self._open(place, press, view)
            return
        about = {"view_id": text(press.view, "id"), "hash": text(press.view, "hash")}
        await self._asking.ask(place.token, "views.update", **{k: v for k, v in about.items() if v}, view=view)

    async def _open(self, place: Workspace, press: Press, view: View) -> None:
        method = "views.push" if press.surface == "modal" else "views.open"
        await self._asking.ask(place.token, method, trigger_id=press.trigger, view=view)

    def _refresh(self, place: Workspace, who: Who) -> None:
        self._ask(self.home.refresh(place, who))

    def _ask(self, what: Coroutine[Any, Any, None]) -> None:
        """After the acknowledgement. What is lost here is shown again when the person presses again."""
        task = asyncio.create_task(_asked(what))
        self._asked.add(task)
        task.add_done_callback(self._put_down)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self._asked.discard(task)
        bug = None if task.cancelled() else task.exception()
        if bug is not None:  # its text may hold words
            where = "".join(traceback.format_tb(bug.__traceback__))
            log.error("showing something in Slack failed: %s\n%s", type(bug).__name__, where)

    async def settle(self) -> None:
        while self._asked:
            await asyncio.wait(set(self._asked))


def _asked_for(press: Press) -> dict[str, Any]:
    """What a press means: what the button carries, or a search or a choice in the logbook."""
    if press.action == "search":
        return {"go": {"at": "logbook", "q": press.value[:200]}}
    if press.block == "narrow" and press.action == "flow":
        return {"go": {"at": "logbook", "f": press.value[:60]}}
    return unpacked(press.value)


def _submitted(id: str, sender: Sender, view: Mapping[str, Any], button: str = "") -> Submitted:
    sent = read_form(view, button)
    return Submitted(id=id, sender=sender, run=sent.run, page=sent.page, button=sent.button, values=sent.values, held=sent.held)


def _named(sender: Sender, name: str, view: Mapping[str, Any]) -> Sender:
    """On a page of a group's, where Slack did not say who they are, by the name that came with it; it is kept nowhere."""
    return sender if sender.name or not read_form(view).run.startswith(GROUP) else replace(sender, name=name)


async def _asked(what: Coroutine[Any, Any, None]) -> None:
    try:
        await what
    except ChannelError as error:
        log.info("Slack did not show it: %s", error)
