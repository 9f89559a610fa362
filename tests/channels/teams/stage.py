"""Plays in Teams: every line enters as a signed request, and is judged by what the connector took and the dialog showed."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import Parts, group_dialogs
from bot.channels.teams.cards import buttons_of
from bot.channels.teams.fields import PICKED
from bot.channels.teams.running import Teams
from bot.channels.teams.settings import TeamsSettings
from bot.delivery import Delivery
from bot.desks import side_desks
from bot.editions import Editions
from bot.dialogs.house import House
from bot.events import Sender
from bot.library import Library, load
from bot.rehearsal.kept import as_kept
from bot.rehearsal.script import Deed, Difference, Expected, PlaceCast, is_as_written
from bot.rehearsal.performer import OLD_CARD, OLD_PAGE, Performer
from bot.rehearsal.stage import KEY, OPENING, ORGANISATION, Stage, furnished
from bot.services import departments, people, places
from bot.store import schema
from bot.store.engine import Store
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.turns import Turns
from tests.channels.teams import shapes
from tests.channels.teams.microsoft import APP_ID, BOT, TENANT, TOKEN, ConnectorStandIn, Identity, Taken

ADDRESS = "https://pejling.example.dk"


async def the_token() -> str:
    return TOKEN


class TeamsStage(Stage):
    """Performs scripts in Teams. `open` before, `close` after."""

    def __init__(self, url: str, identity: Identity, connector: ConnectorStandIn, *, has_tables: bool = False):
        self.identity, self.connector, self.has_tables = identity, connector, has_tables
        self.client: TestClient | None = None
        self.inputs: dict[str, dict[str, str]] = {}
        self.last_asked: dict[str, Any] = {}
        self.last_who = self.told = ""
        library, house = everything()
        self.speaks: dict[str, str] = {}
        self.pages_from: dict[str, str] = {}
        super().__init__(url, library, house=house)
        self.channel.closed = connector.closed

    def _assembled(self, *, is_first: bool = False) -> Parts:
        store = open_store(self.url, secrets=Secrets([KEY]))
        if is_first and not self.has_tables:
            make_tables(store)
        house = self.house
        given = TeamsSettings(app_id=APP_ID, password="x", tenant=TENANT, address=ADDRESS)
        allowed = lambda service: service == self.connector.url  # noqa: E731
        self.teams = Teams(
            given, is_allowed=allowed, metadata=self.identity.metadata, token=the_token, tenant_metadata=self.identity.tenant_metadata
        )
        delivery = Delivery(store, {"teams": self.teams.channel}, self.clock, pacing={})
        editions = Editions(self.library, house)
        known = {one.name: one for one in self.groups or group_dialogs(self.library, house)}
        turns = Turns(store, editions, self.clock, delivery.wake, side_desks(house, editions), known)
        parts = Parts(store, self.library, self.clock, house, editions, turns, delivery)
        self.teams.join(store, parts.turns, self.library, self.clock, ORGANISATION)
        return parts

    async def open(self) -> None:
        app = web.Application(client_max_size=256 * 1024)
        app.add_routes(self.teams.routes())
        self.client = TestClient(TestServer(app))
        await self.client.start_server()

    async def close(self) -> None:
        if self.client:
            await self.client.close()
        await self.teams.close()
        await super().close()

    async def restart(self, library: Any = None) -> None:
        if self.client:
            await self.client.close()
        await self.teams.close()
        await super().restart(library)
        await self.open()

    # ---- what people do --------------------------------------------------------------------------------------

    def sender(self, name: str) -> Sender:
        address = {"service": self.connector.url, "conversation": f"a:{name}", "tenant": TENANT, "bot": BOT, "user": f"29:{name}"}
        return Sender(channel="teams", organisation=ORGANISATION, external=f"oid-{name}", name=name.title(), address=address)

    async def open_place(self, line: PlaceCast) -> None:
        """A channel of a team, where we were added before the script begins."""
        channel = channel_of(line.place)
        address = {"service": self.connector.url, "conversation": channel, "tenant": TENANT, "bot": BOT, "team": shapes.TEAM, "threads": True}
        self.speaks.setdefault(line.place, line.language)

        def work(db: Any) -> str:
            return places.meet_place(db, ORGANISATION, "teams", channel, address | {"name": line.place}, self.clock.now(), line.language)[0]

        self.places[line.place] = await self.parts.store.run(work)

    def there(self, place: str, thread: str = "") -> dict[str, Any]:
        """What Teams says of where something happened; nothing, where it was alone with the bot."""
        return shapes.in_channel(channel=channel_of(place), thread=thread) if place else {}

    async def kept(self, what: str, name: str) -> str:
        def work(db: Any) -> str:
            person = people.find(db, ORGANISATION, "teams", f"oid-{name}")
            return as_kept(db, what, person, self.library, self.clock.now()) if person else "nobody"

        return await self.parts.store.run(work)

    async def handle(self, event: Any) -> None:
        """What arrived last arrives once more."""
        await self.ask(self.last_who, self.last_asked)

    async def ask(self, who: str, activity: dict[str, Any]) -> dict[str, Any]:
        """One signed request; what comes of it is remembered in order, the page first."""
        place = place_of(activity["conversation"]["id"])
        activity["locale"] = {"en": "en-GB"}.get(self.languages.get(who, "") or self.speaks.get(place, ""), "da-DK")
        self.last_who, self.last_asked = who, activity
        answer = await self.post(activity)
        assert answer.status == 200, f"{activity.get('name') or activity['type']}: {answer.status}"
        body = await answer.json()
        task = body.get("task", {})
        self.pages_from[who] = place
        if task.get("type") == "continue":
            self.channel.said.append(("page", who, read_page(task["value"])))
        shown = body.get("value") if body.get("type") == "application/vnd.microsoft.card.adaptive" else None
        self.told = body.get("value", "") if body.get("type") == "application/vnd.microsoft.activity.message" else ""
        await self.parts.delivery.drain()
        self._hear(who, shown)
        return body

    async def post(self, activity: dict[str, Any], token: str | None = None) -> Any:
        assert self.client
        signed = token if token is not None else self.identity.token(activity["serviceUrl"])
        return await self.client.post("/api/messages", json=activity, headers={"Authorization": f"Bearer {signed}"})

    def _hear(self, who: str, shown: dict[str, Any] | None) -> None:
        """What the connector took; a card that took another's place in the answer must be the one the edit brings."""
        taken = list(self.connector.taken)
        self.connector.taken.clear()
        for one in taken:
            place, kind = place_of(one.conversation), "post" if one.edits else "bot"
            said = (kind, place, read_message(one) | {"in_place": True}) if place else ("bot", _name_of(one.conversation), read_message(one))
            self.channel.said.append(said)
        if shown is not None:
            sent = [_without_key(one.card) for one in taken if _name_of(one.conversation) == who]
            assert _without_key(shown) in sent, "the card in the answer is not the one that was sent"

    async def _travel(self, to: Any) -> None:
        await super()._travel(to)
        self._hear("", None)

    def heard(self) -> tuple[str, str, dict[str, Any]]:
        what, who, shown = super().heard()
        if what == "page":
            self.inputs[who] = {one["id"]: one["value"] for one in shown["inputs"] if one.get("value")}
        return what, who, shown


class TeamsPerformer(Performer):
    """What people do in Teams: they press what is drawn, and fill in what is drawn."""

    stage: TeamsStage

    async def _do(self, deed: Deed) -> None:
        match deed.kind:
            case "begins":
                # Nobody can press a flow that is not offered: the button of a card that offers it.
                action = {"title": "", "data": {"msteams": {"type": "task/fetch"}, "pejling": {"action": "begin", "value": deed.value, "key": next(self.stage.ids)}}}
                await self.stage.ask(deed.person, shapes.fetch(self.stage.connector.url, action, who=deed.person))
            case "joins":
                await self.stage.ask(deed.person, shapes.installed(self.stage.connector.url, who=deed.person))
            case "writes" if deed.place:
                there = self.stage.there(deed.place, thread=f"asked-{next(self.stage.ids)}")
                await self.stage.ask(deed.person, shapes.mention(self.stage.connector.url, deed.value, who=deed.person, **there))
            case "writes":
                await self.stage.ask(deed.person, shapes.message(self.stage.connector.url, deed.value, who=deed.person))
            case _:
                await super()._do(deed)

    def _fill(self, deed: Deed) -> None:
        """Into an input, as it is drawn."""
        inputs = (self.stage.pages.get(deed.person) or {"inputs": []})["inputs"]
        found = next((one for one in inputs if is_as_written(deed.about, _bare(one["label"])) or is_as_written(deed.about, one["label"])), None)
        if found is None:
            raise Difference(f"line {deed.number}: {deed.person} sees no field {deed.about!r}")
        self.stage.inputs[deed.person][found["id"]] = self._typed(found, deed)

    def _typed(self, found: dict[str, Any], deed: Deed) -> str:
        if found["type"] == "Input.Time":
            # The client's clock gives "HH:MM" only.
            clock = re.fullmatch(r"(?:kl\. )?(\d{1,2})(?:[.:](\d\d))?", deed.value)
            return f"{int(clock[1]):02}:{clock[2] or '00'}" if clock else deed.value
        if found["type"] != "Input.ChoiceSet":
            return deed.value
        field = {"choices": [{"id": c["value"], "text": c["title"]} for c in found["choices"]]}
        said = deed.value.split("; ") if found.get("isMultiSelect") else [deed.value]
        return ",".join(self._choice(field, one, deed) for one in said if one)

    async def _press(self, deed: Deed) -> None:
        if deed.place:
            return await self._press_there(deed)
        page = (self.stage.old_pages if deed.about == OLD_PAGE else self.stage.pages).get(deed.person)
        if page and deed.about in ("", OLD_PAGE):
            if action := _action(page["actions"], deed.value):
                return await self._send_page(deed, page, action)
        is_old = deed.about == OLD_CARD
        for card in reversed((self.stage.old_cards if is_old else self.stage.cards).get(deed.person, [])):
            if deed.about and not is_old and not is_as_written(deed.about, card["title"] or ""):
                continue
            if action := _action(card["actions"], deed.value):
                return await self._press_action(deed, card, action)
        raise Difference(f"line {deed.number}: {deed.person} sees no button [{deed.value}]")

    async def _press_there(self, deed: Deed) -> None:
        """A button on the newest message in a channel that has it."""
        kept = self.stage.old_cards if deed.about == OLD_CARD else self.stage.cards
        for card in reversed(kept.get(deed.place, [])):
            if action := _action(card["actions"], deed.value):
                return await self._press_action(deed, card, action)
        raise Difference(f"line {deed.number}: there is no button [{deed.value}] in {deed.place}")

    async def _press_action(self, deed: Deed, card: dict[str, Any], action: dict[str, Any]) -> None:
        shape = shapes.press if action["type"] == "Action.Execute" else shapes.fetch
        there = self.stage.there(deed.place, thread=card["id"])
        await self.stage.ask(deed.person, shape(self.stage.connector.url, action, card["id"], who=deed.person, **there))

    async def _send_page(self, deed: Deed, page: dict[str, Any], action: dict[str, Any]) -> None:
        inputs = page["sent"] if deed.about == OLD_PAGE else dict(self.stage.inputs.get(deed.person, {}))
        missing = [one for one in page["inputs"] if one.get("isRequired") and not inputs.get(one["id"])]
        if missing and action.get("associatedInputs") == "auto" and deed.about != OLD_PAGE:
            # The client itself asks for what is missing (https://adaptivecards.io/explorer/Input.Text.html, isRequired), and nothing
            # is sent. So that a play is heard alike in every channel, what an older client would send is sent.
            pass
        given = {} if action.get("associatedInputs") == "none" else inputs
        self.stage.old_pages[deed.person] = page | {"sent": inputs}
        self.stage.pages.pop(deed.person, None)
        there = self.stage.there(self.stage.pages_from.get(deed.person, ""))
        await self.stage.ask(deed.person, shapes.submit(self.stage.connector.url, action, given, who=deed.person, **there))

    def _expect(self, line: Expected) -> None:
        """An `Action.Execute` cannot open a dialog (universal-actions: its answer is a card or a message), so there the card that
        takes the place of the pressed one says it alone."""
        if line.what == "page" and self.stage.last_asked.get("name") == "adaptiveCard/action":
            if self.stage.channel.said and self.stage.channel.said[0][0] == "bot":
                return
            if not self.stage.channel.said and self.stage.told:
                assert all(word in line.said for word in self.stage.told.replace(".", "").split()), self.stage.told
                return
        super()._expect(line)


def channel_of(place: str) -> str:
    return f"19:{place}@thread.tacv2"


def place_of(conversation: str) -> str:
    """What a channel is called in a script; empty: it is somebody's own conversation."""
    return conversation.removeprefix("19:").partition("@")[0] if conversation.startswith("19:") else ""


def _name_of(conversation: str) -> str:
    """Who it is with, whether they wrote first or we opened it."""
    return conversation.removeprefix("a:").removeprefix("29:")


@cache
def everything() -> tuple[Library, House]:
    """All content, read once: it is the same for every stage."""
    library = load()
    return library, furnished(library)


def make_tables(store: Store) -> None:
    schema.upgrade(store)
    store.run_now(lambda db: departments.make_organisation(db, "Play", OPENING, id=ORGANISATION))


# ---- reading what was drawn ------------------------------------------------------------------------------


def read_message(taken: Taken) -> dict[str, Any]:
    """A message as a card: what a person sees of it."""
    card = taken.card
    if card is None:
        return _card(taken, None, taken.activity["text"].split("\n\n"), [])
    title = next((one["text"] for one in card["body"] if one.get("style") == "heading"), None)
    return _card(taken, title, _lines(card, "text"), buttons_of(card)) | {"spread": [_bar(line) for line in _lines(card, "bar")]}


def _card(taken: Taken, title: str | None, text: list[str], actions: list[Any]) -> dict[str, Any]:
    said = {"title": title, "text": text, "buttons": [{"label": one["title"]} for one in actions], "subject": taken.id}
    return said | {"actions": actions, "id": taken.id}


def _bar(line: str) -> dict[str, Any]:
    count, _, label = line.partition(" ")[2].partition("  ")
    return {"count": int(count), "label": label}


def read_page(value: dict[str, Any]) -> dict[str, Any]:
    """A dialog as a page."""
    card = value["card"]["content"]
    place = [int(n) for n in re.findall(r"\d+", " ".join(_lines(card, "place")))] or [0, 0]
    containers = [one for one in card["body"] if one["type"] == "Container"]
    actions = [*buttons_of(card), *(a for c in containers for i in c["items"] if i["type"] == "ActionSet" for a in i["actions"])]
    calls = next((one["actions"] for one in card["body"] if one.get("id") == "calls"), [])
    whole = next((one["text"] for one in card["body"] if one.get("style") == "heading"), value["title"])
    return {
        "title": whole,
        "number": place[0],
        "of": place[1],
        "notes": _lines(card, "note"),
        "lead": _lines(card, "lead"),
        "fields": [_field(one) for one in containers],
        "buttons": [{"label": one["title"]} for one in [*calls, *buttons_of(card)] if one.get("id") != "close"],
        "inputs": [i for c in containers for i in c["items"] if i["type"].startswith("Input.")],
        "actions": actions,
    }


def _field(container: dict[str, Any]) -> dict[str, Any]:
    items = container["items"]
    first = next((one for one in items if one["type"].startswith("Input.") and not one["id"].endswith(PICKED)), None)
    wrong = " ".join(_lines({"body": items}, "wrong")).partition(": ")[2]
    label = _bare(first["label"]) if first else " ".join(_lines({"body": items}, "info"))
    return {
        "kind": "text" if first else "info",
        "id": first["id"] if first else "",
        "label": label,
        "value": None,
        "error": wrong,
        "hints": _hints(items),
    }


def _hints(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A hint's lines, and the buttons after them."""
    hints, lines = [], []
    for one in items:
        if one["type"] == "RichTextBlock" and one["id"].startswith("hint-"):
            lines.append(_line(one))
        elif one["type"] == "ActionSet":
            hints.append({"text": " ".join(lines), "buttons": [{"label": a["title"]} for a in one["actions"]]})
            lines = []
    return hints


def _lines(card: dict[str, Any], kind: str) -> list[str]:
    return [_line(one) for one in card["body"] if one["type"] == "RichTextBlock" and one["id"].startswith(f"{kind}-") or one.get("id") == kind]


def _line(block: dict[str, Any]) -> str:
    return "".join(run["text"] for run in block["inlines"])


def _bare(label: str) -> str:
    return label.removesuffix(" (skal udfyldes)").removesuffix(" (required)")


def _action(actions: list[dict[str, Any]], label: str) -> dict[str, Any] | None:
    """The button of that name; where it asks first, the one that is pressed then."""
    found = next((one for one in actions if is_as_written(label, one["title"])), None)
    return found["card"]["actions"][0] if found and found["type"] == "Action.ShowCard" else found


def _without_key(drawn: Any) -> Any:
    if isinstance(drawn, dict):
        return {name: _without_key(value) for name, value in drawn.items() if name != "key"}
    return [_without_key(one) for one in drawn] if isinstance(drawn, list) else drawn
