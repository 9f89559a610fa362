"""The stage in Slack: every line of a play enters as a signed request, and is judged by what the stand-in for Slack received."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
from aiohttp import web

from bot.app import Parts, assemble
from bot.channels.slack.double_clicks import DoubleClicks
from bot.channels.slack.running import Slack
from bot.channels.slack.settings import SlackSettings
from bot.channels.slack.values import unpacked
from bot.delivery import Delivery
from bot.events import Sender
from bot.library import Library
from bot.rehearsal.kept import as_kept
from bot.rehearsal.performer import OLD_CARD, OLD_PAGE, Performer
from bot.rehearsal.script import Deed, Difference, Line, PlaceCast, Stagecraft, is_as_written, read_script
from bot.rehearsal.stage import ORGANISATION, Stage, furnished
from bot.services import departments, people, places
from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.channels.slack.client import Entrance, Modal, Person, buttons_of, mention, message
from tests.channels.slack.received import as_card, as_page, as_slack_sends, lettered, shape_of, subject_of, submit_of, typed_of
from tests.channels.slack.rules import broken_view
from tests.channels.slack.standin import SECRET, TEAM, TOKEN, Channel, StandIn


class SlackStage(Stage):
    """`open` first: the stand-in and our entrance are started."""

    def __init__(self, url: str, library: Library | None = None, **more: Any):
        self.slack = StandIn()
        self.slack.said = self._hear
        self.users: dict[str, Person] = {}
        self.by_user: dict[str, str] = {}
        self.channels: dict[str, str] = {}
        self.requests: list[Any] = []
        self.told: set[str] = set()
        self.entrance: Entrance | None = None
        self._runner: web.AppRunner | None = None
        self.moment = 0.0
        super().__init__(url, library, **more)
        self.slack.clock = lambda: self.clock.now().timestamp()

    def _assembled(self, *, is_first: bool = False) -> Parts:
        store = open_store(self.url, secrets=Secrets([self.key]))
        if is_first:
            schema.upgrade(store)
            now = self.clock.now()
            store.run_now(lambda db: departments.make_organisation(db, "Play", now, id=ORGANISATION))
        given = SlackSettings(bot_token=TOKEN, signing_secret=SECRET, api_url=self.slack.url or "http://127.0.0.1:9/api/")
        self.running = Slack(given, store, self.library, self.clock, ORGANISATION)
        channels = {"slack": self.running.channel}
        parts = assemble(store=store, library=self.library, clock=self.clock, house=self.house, channels=channels)
        self.running.join(parts.turns)
        assert self.running.talking
        self.running.talking.clicks = DoubleClicks(lambda: self.moment)
        unhurried = Delivery(store, channels, self.clock, pacing={})  # time is a line in the script
        return replace(parts, delivery=unhurried)

    async def open(self) -> SlackStage:
        await self.slack.start()
        await self.running.close()
        await self.parts.store.close()
        self.parts = self._assembled()
        await self._serve()
        return self

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes(self.running.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        session = self.entrance.session if self.entrance else aiohttp.ClientSession()
        self.entrance = Entrance(f"http://127.0.0.1:{port}", session, _wall)
        for person in self.users.values():
            person.entrance = self.entrance

    async def close(self) -> None:
        await self._stop()
        if self.entrance:
            await self.entrance.session.close()
        await self.slack.stop()

    async def _stop(self) -> None:
        await self.running.stop()
        if self._runner:
            await self._runner.cleanup()
        await self.running.close()
        await self.parts.store.close()

    async def restart(self, library: Library | None = None) -> None:
        await self._stop()
        if library is not None:
            self.library, self.house = library, furnished(library)
        self.parts = self._assembled()
        await self._serve()

    # ---- who is here -----------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        if name not in self.users:
            user = f"U0{name.upper():0<8}"
            locale = "en-GB" if self.languages.get(name) == "en" else "da-DK"
            self.slack.add_user(user, name.title(), locale=locale)
            assert self.entrance
            self.users[name] = Person(user, self.slack, self.entrance)
            self.by_user[user] = name
        return self.users[name]

    def sender(self, name: str) -> Sender:
        person = self.person(name)
        language = self.languages.get(name, "")
        address = {"team": TEAM, "user": person.user, "language": language}
        return Sender(channel="slack", organisation=ORGANISATION, external=person.user, name=name.title(), language=language, address=address)

    async def kept(self, what: str, name: str) -> str:
        user = self.person(name).user

        def work(db: Any) -> str:
            found = people.find(db, ORGANISATION, "slack", user)
            return as_kept(db, what, found, self.library, self.clock.now()) if found else "nobody"

        return await self.parts.store.run(work)

    async def open_place(self, line: PlaceCast) -> None:
        """A channel we were invited to before the script begins."""
        channel = f"C0{line.place.upper():0<8}"
        self.channels[line.place] = channel
        for name in line.people:  # who was not cast has Slack in the language of the place
            self.languages.setdefault(name, line.language)
        self.slack.channels[channel] = Channel(line.place)
        address = {"team": TEAM, "channel": channel, "name": line.place, "threads": True, "language": line.language}

        def work(db: Any) -> str:
            return places.meet_place(db, ORGANISATION, "slack", channel, address, self.clock.now(), line.language)[0]

        self.places[line.place] = await self.parts.store.run(work)

    async def open_again(self, place: str) -> None:
        """The channel is there again, and we are heard in it."""
        self.slack.archived.discard(self.channels[place])
        address = {"team": TEAM, "channel": self.channels[place]}
        await self.parts.store.run(lambda db: places.meet_place(db, ORGANISATION, "slack", address["channel"], address, self.clock.now()))

    # ---- what people do --------------------------------------------------------------------------------------

    async def do(self, deed: Deed) -> None:
        person = self.person(deed.person)
        if deed.place:
            return await self._do_there(person, deed)
        match deed.kind:
            case "begins":
                await self._send(person, self._beginning(person, deed.value))
            case "joins":
                event = {"type": "app_home_opened", "user": person.user, "channel": person.direct, "tab": "messages", "event_ts": "1"}
                await self._send(person, event)
            case "writes":
                await self._send(person, message(person.user, person.direct, as_slack_sends(deed.value)))
            case "fills":
                self._fill_in(person, deed)
            case "presses":
                await self._press_there(person, deed)

    async def _do_there(self, person: Person, deed: Deed) -> None:
        """In a channel: a line to the bot is a mention of it."""
        channel = self.channels[deed.place]
        if deed.kind == "writes":
            return await self._send(person, mention(person.user, channel, as_slack_sends(deed.value)))
        kept = self.slack.messages.get(channel, [])
        shown = [one for one in self.before if one["channel"] == channel] if deed.about == OLD_CARD else kept
        found = self._button_on(shown, deed)
        if found is None:
            raise Difference(f"line {deed.number}: there is no button [{deed.value}] in {deed.place}")
        await self._send(person, person.press_on_message(*found, channel=channel))

    def _beginning(self, person: Person, flow: str) -> dict[str, Any]:
        """A press on a button that carries the flow, as one in the Home tab would."""
        return self._press_with(person, "begin", flow)

    def _press_with(self, person: Person, action: str, value: str = "") -> dict[str, Any]:
        element = {"type": "button", "action_id": "press:0", "value": f'{{"a":"{action}","v":"{value}","s":""}}'}
        view = {"type": "home", "id": self.slack.next("V"), "hash": self.slack.next("h"), "blocks": []}
        return person.press_in_view(view, element, {"block_id": "starts"})

    def _fill_in(self, person: Person, deed: Deed) -> None:
        inputs = person.modal.inputs if person.modal else []
        block = next((one for one in inputs if is_as_written(deed.about, one["label"]["text"])), None)
        if block is None:
            seen = ", ".join(one["label"]["text"] for one in inputs)
            raise Difference(f"line {deed.number}: {deed.person} sees no field {deed.about!r}, only: {seen}")
        assert person.modal
        person.modal.fill(block, self._chosen(person.modal, block, deed))

    def _chosen(self, modal: Modal, block: dict[str, Any], deed: Deed) -> Any:
        options = block["element"].get("options")
        if options is None:
            return deed.value
        letters = dict(filter(None, (lettered(one) for one in modal.view["blocks"])))
        said = deed.value.split("; ") if "selected_options" in shape_of(block) else [deed.value]
        chosen = [self._option(options, letters, one, deed) for one in said if one]
        return chosen if "selected_options" in shape_of(block) else next(iter(chosen), None)

    def _option(self, options: list[dict[str, Any]], letters: dict[str, str], said: str, deed: Deed) -> str:
        for one in options:
            text = one["text"]["text"]
            if said == one["value"] or is_as_written(said, letters.get(text, text)) or is_as_written(said, text):
                return one["value"]
        offered = ", ".join(letters.get(one["text"]["text"], one["text"]["text"]) for one in options)
        raise Difference(f"line {deed.number}: {said!r} is not offered, only: {offered}")

    async def _press_there(self, person: Person, deed: Deed) -> None:
        if deed.about == OLD_PAGE:
            await self._send(person, {**self.old_pages[deed.person], "trigger_id": self.slack.trigger(person.user)})
            return
        if person.modal and not deed.about:
            payload = self._in_modal(person, deed.value)
            if payload:
                self.old_pages[deed.person] = payload
                await self._send(person, payload)
                return
        payload = self._on_message(person, deed)
        if payload is None:
            raise Difference(f"line {deed.number}: {deed.person} sees no button [{deed.value}]")
        await self._send(person, payload)

    def _in_modal(self, person: Person, label: str) -> dict[str, Any] | None:
        assert person.modal
        view = person.modal.view
        if is_as_written(label, submit_of(view)):
            return person.submission()
        for element, block in buttons_of(view["blocks"]):
            if is_as_written(label, (element.get("text") or {}).get("text", "")):
                return person.press_in_view(view, element, block)
        return None

    def _on_message(self, person: Person, deed: Deed) -> dict[str, Any] | None:
        found = self._button_on(self.old_messages(person) if deed.about == OLD_CARD else list(person.messages()), deed)
        return person.press_on_message(*found) if found else None

    def _button_on(self, shown: list[dict[str, Any]], deed: Deed) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]] | None:
        """The newest message with the button a line names."""
        for one in reversed(shown):
            if deed.about not in ("", OLD_CARD) and not is_as_written(deed.about, as_card(one)["title"] or ""):
                continue
            for element, block in buttons_of(one.get("blocks", [])):
                if is_as_written(deed.value, (element.get("text") or {}).get("text", "")):
                    return one, element, block
        return None

    def old_messages(self, person: Person) -> list[dict[str, Any]]:
        return [old for old in self.before if old["channel"] == person.direct]

    # ---- requests, and what comes of them --------------------------------------------------------------------

    @property
    def before(self) -> list[dict[str, Any]]:
        """Messages as they were before they were edited: an old client may show them still."""
        return self.__dict__.setdefault("_before", [])

    async def _send(self, person: Person, request: dict[str, Any]) -> None:
        self.requests = [(person, request)]
        self.moment += 60  # a press of its own, and no double click
        await self._deliver(person, request, "")

    async def again(self) -> None:
        """Slack sends an event and a page again as they were; a press again is a double click."""
        person, request = self.requests[-1]
        if request.get("type") == "block_actions":
            request = {**request, "trigger_id": self.slack.trigger(person.user)}
        self.slack.conflicts.clear()
        await self._deliver(person, request, "1")
        if self.slack.conflicts and person.modal:  # the page that came of the first press stands there already
            self._hear_page(person, person.modal.view, {})

    async def _deliver(self, person: Person, request: dict[str, Any], retry: str) -> None:
        assert self.entrance
        id = request.setdefault("_id", self.slack.next("Ev"))
        sent = {name: value for name, value in request.items() if name != "_id"}
        match sent["type"]:
            case "view_submission":
                person.modal = Modal(sent["view"])
                answer = await self.entrance.interaction(sent)
                self._take(person, sent, answer.json)
            case "block_actions":
                answer = await self.entrance.interaction(sent)
            case _:
                headers = {"X-Slack-Retry-Num": retry, "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
                answer = await self.entrance.event(sent, id=id, **headers)
        assert answer.status == 200, answer
        assert self.running.talking
        await self.running.talking.settle()
        await self.parts.delivery.drain()
        assert not self.slack.broken, self.slack.broken

    def _take(self, person: Person, sent: dict[str, Any], answer: dict[str, Any]) -> None:
        """Slack's part in a response action: the page is updated, or its fields are marked."""
        if answer.get("response_action") == "update":
            self.slack.broken += broken_view(answer["view"])
            self.slack.keep_view(answer["view"], person.user, sent["view"]["id"])
        elif answer.get("response_action") == "errors":
            blocks = {one["block_id"] for one in sent["view"]["blocks"] if one["type"] == "input"}
            assert answer["errors"] and set(answer["errors"]) <= blocks, "errors name input blocks of the view"
            person.modal = Modal({**sent["view"]})
            for block in person.modal.inputs:
                state = sent["view"]["state"]["values"][block["block_id"]][block["element"]["action_id"]]
                person.modal.fill(block, typed_of(state))
            self._hear_page(person, sent["view"], answer["errors"])
        else:
            person.modal = None

    def _hear(self, what: str, who: str, shown: dict[str, Any]) -> None:
        if what == "message":
            self._keep_old(who, shown)
            place = next((name for name, channel in self.channels.items() if channel == who), "")
            kind = "post" if place and "edited" in shown else "bot"
            name = place or self.by_user.get(f"U{who[1:]}", "")
            self.channel.said.append((kind, name, as_card(shown) | ({"in_place": True} if place else {})))
            return
        person = self.users[self.by_user[who]]
        if person.modal and person.modal.view.get("id") == shown["id"]:
            person.modal.update(shown)
        else:
            person.modal = Modal(shown)
        if shown["callback_id"] == "form":
            self._hear_page(person, shown, {})

    def _keep_old(self, channel: str, shown: dict[str, Any]) -> None:
        latest: dict[str, Any] = self.__dict__.setdefault("_latest", {})
        if shown["ts"] in latest:
            self.before.append({**latest[shown["ts"]], "channel": channel})
        latest[shown["ts"]] = dict(shown)
        self._leave_behind(channel, shown)

    def _leave_behind(self, channel: str, shown: dict[str, Any]) -> None:
        """A later message about the same thing leaves the earlier one behind, also where it is a message of its own."""
        about = subject_of(shown)
        for one in self.slack.messages.get(channel, []):
            if about and one["ts"] != shown["ts"] and subject_of(one) == about:
                self.before.append({**one, "channel": channel})

    def _hear_page(self, person: Person, view: dict[str, Any], errors: dict[str, str]) -> None:
        page = as_page(view, errors)
        if errors:  # Slack's own red lines say what the note says
            language = self.languages[self.by_user[person.user]]
            said_once = [self.library.say(key).spoken(language) for key in ("flow.resumed", "flow.mend", "flow.decide")]
            page["notes"] = [said_once[1]] if unpacked(view.get("private_metadata")).get("r") else []
            page["lead"] = [text for text in page["lead"] if text not in said_once]
        self.channel.said.append(("page", self.by_user[person.user], page))

    def heard(self) -> tuple[str, str, dict[str, Any]]:
        return self.channel.said.popleft()


class SlackPerformer(Performer):
    """Performs in Slack what people do; everything else is as on any stage."""

    stage: SlackStage

    async def perform_line(self, line: Line) -> None:
        match line:
            case Stagecraft(kind="twice"):
                await self.stage.again()
            case Stagecraft(kind="closed", place=place):
                self.stage.slack.archived.add(self.stage.channels[place])
            case Deed(place=place) if place and place not in self.stage.channels:
                raise Difference(f"line {line.number}: there is no place {place!r}")
            case Deed():
                await self.stage.do(line)
            case _:
                await super().perform_line(line)


async def play_in_slack(text: str, stage: SlackStage) -> None:
    await SlackPerformer(stage).perform(read_script(text))


def _wall() -> float:
    from time import time

    return time()
