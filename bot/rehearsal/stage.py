"""The stage: the real application, and a channel of its own that remembers what was said."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.app import About, Parts, assemble, furnish
from bot.cards import plain, spoken
from bot.clock import FixedClock, ShiftedClock
from bot.events import Chose, Event, Joined, Sender, Submitted, Wrote
from bot.library import Library, load
from bot.rehearsal.kept import as_kept
from bot.rehearsal.script import Cast, Deed, Difference, Expected, Line, Stagecraft, Time, is_as_written
from bot.rehearsal.speech import as_said
from bot.services import people
from bot.store import schema
from bot.store.engine import open_store
from bot.store.secrets import Secrets
from bot.store.tables import LeaderGroup
from bot.turns import Answer
from scheduler.travel import Travel

ORGANISATION = "stage"
ZONE = ZoneInfo("Europe/Copenhagen")
OPENING = datetime(2026, 3, 2, 7, tzinfo=UTC)  # a Monday morning at eight, winter time
KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="  # opens nothing but plays
FIRST_NAMES = frozenset({"karla", "mette", "bo"})
OLD_CARD, OLD_PAGE = "an old card", "an old page"


class StageChannel:
    """Remembers what was said to whom; everything arrives."""

    name = "stage"

    def __init__(self) -> None:
        self.said: deque[tuple[str, str, dict[str, Any]]] = deque()

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str) -> str:
        self.said.append(("bot", address["name"], card))
        return f"said-{key}"

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> str | None:
        return f"said-{key}"


class Stage:
    """Performs scripts. `url` names an empty database, whose tables are made here."""

    def __init__(self, url: str, library: Library | None = None):
        self.url, self.library = url, library or load()
        self.channel = StageChannel()
        self.clock = ShiftedClock(FixedClock(OPENING))
        self.ids = (f"play-{n:05}" for n in itertools.count(1))
        self.people: dict[str, str] = {}
        self.cards: dict[str, list[dict[str, Any]]] = {}
        self.old_cards: dict[str, list[dict[str, Any]]] = {}
        self.pages: dict[str, dict[str, Any]] = {}
        self.old_pages: dict[str, dict[str, Any]] = {}
        self.filled: dict[str, dict[str, Any]] = {}
        self.last: Event | None = None
        self.parts = self._assembled(is_first=True)

    def _assembled(self, *, is_first: bool = False) -> Parts:
        store = open_store(self.url, secrets=Secrets([KEY]))
        if is_first:
            schema.upgrade(store)
            store.run_now(lambda db: people.make_organisation(db, "Play", OPENING, id=ORGANISATION))
        house = furnish(self.library, FIRST_NAMES, About())
        return assemble(
            store=store, library=self.library, clock=self.clock, house=house, channels={"stage": self.channel}
        )

    async def close(self) -> None:
        await self.parts.store.close()

    # ---- performing ------------------------------------------------------------------------------------------

    async def perform(self, lines: list[Line]) -> None:
        """Raises Difference at the first line that differs from what is said."""
        for line in lines:
            if self.channel.said and not _is_beside(line):
                self._refuse_more(line)
            await self._perform(line)
        if self.channel.said:
            self._refuse_more(replace(lines[-1], number=lines[-1].number + 1))

    async def _perform(self, line: Line) -> None:
        match line:
            case Cast():
                await self.cast(line)
            case Time():
                await self._let_time_pass(line)
            case Expected(what="bot" | "page"):
                self._expect(line)
            case Expected():
                await self._expect_kept(line)
            case Deed():
                await self._do(line)
            case Stagecraft(kind="restart"):
                await self.restart()
            case Stagecraft(kind="notice"):
                await self.restart(with_notice(self.library, "changed"))
            case Stagecraft(kind="twice"):
                await self.handle(self.last)

    def _refuse_more(self, line: Line) -> None:
        what, who, shown = self.channel.said[0]
        raise Difference(f"line {line.number}: before this, the bot says\n  {what} to {who}: {as_said(what, shown)}")

    def _expect(self, line: Expected) -> None:
        if not self.channel.said:
            raise Difference(f"line {line.number}: the bot is silent; the script says\n  {line.text}")
        what, who, shown = self.heard()
        said = as_said(what, shown)
        if (what, who) != (line.what, line.person) or not is_as_written(line.said, said):
            raise Difference(f"line {line.number}: the script says\n  {line.text}\nthe bot says\n  {what} to {who}: {said}")

    async def _expect_kept(self, line: Expected) -> None:
        kept = await self.kept(line.what, line.person)
        if not is_as_written(line.said, kept):
            raise Difference(f"line {line.number}: the script says\n  {line.text}\nbut\n  {line.what} of {line.person}: {kept}")

    async def kept(self, what: str, name: str) -> str:
        """What is kept about somebody, as a line of a script."""

        def work(db: Any) -> str:
            person = people.find(db, ORGANISATION, "stage", name)
            return as_kept(db, what, person, self.library, self.clock.now()) if person else "nobody"

        return await self.parts.store.run(work)

    def heard(self) -> tuple[str, str, dict[str, Any]]:
        """The next thing said (page or bot, to whom, what); from now on its buttons can be pressed."""
        what, who, shown = self.channel.said.popleft()
        if what == "page":
            self.pages[who] = shown
            self.filled[who] = {f["id"]: f["value"] for f in shown["fields"] if f["value"] is not None}
        else:
            self._remember(who, shown)
        return what, who, shown

    def _remember(self, who: str, card: dict[str, Any]) -> None:
        """A card takes the place of the one about the same thing; the old one can still be pressed, but only as such."""
        before = self.cards.get(who, [])
        replaced = [one for one in before if card["subject"] and one["subject"] == card["subject"]]
        self.old_cards[who] = [*self.old_cards.get(who, []), *replaced]
        self.cards[who] = [*(one for one in before if one not in replaced), *([card] if card["buttons"] else [])]

    # ---- what people do --------------------------------------------------------------------------------------

    async def cast(self, line: Cast) -> None:
        """Somebody who takes part; unless they are new, they have read the notice and are on no rhythm."""
        version = self.library.say("arrival.version").da
        settled = {"state": "active", "notice_version": version, "welcomed_at": self.clock.now()}

        def work(db: Any) -> str:
            person = people.meet(db, self._sender(line.name), self.clock.now())
            values = {"name": line.name.title(), "level": line.level, "language": line.language}
            leader = self.people.get(line.leader)
            values |= ({"leader": leader} if leader else {}) | ({} if line.is_new else settled)
            person = people.set_person(db, person, values, self.clock.now())
            for group in line.groups:
                people.enter_group(db, person, _group(db, group))
            return person.id

        self.people[line.name] = await self.parts.store.run(work)

    def _sender(self, name: str) -> Sender:
        return Sender(channel="stage", organisation=ORGANISATION, external=name, name=name.title(), address={"name": name})

    async def _do(self, deed: Deed) -> None:
        match deed.kind:
            case "begins":
                await self.handle(Chose(**self._by(deed), subject="", action="begin", value=deed.value))
            case "joins":
                await self.handle(Joined(**self._by(deed)))
            case "writes":
                await self.handle(Wrote(**self._by(deed), text=deed.value))
            case "fills":
                self._fill(deed)
            case "presses":
                await self._press(deed)

    def _by(self, deed: Deed) -> dict[str, Any]:
        return {"id": next(self.ids), "sender": self._sender(deed.person)}

    def _fill(self, deed: Deed) -> None:
        page = self.pages.get(deed.person) or {"fields": []}
        field = next((f for f in page["fields"] if is_as_written(deed.about, f["label"])), None)
        if field is None:
            raise Difference(f"line {deed.number}: {deed.person} sees no field {deed.about!r}")
        self.filled[deed.person][field["id"]] = self._value(field, deed)

    def _value(self, field: dict[str, Any], deed: Deed) -> Any:
        if not field["choices"]:
            return deed.value
        said = deed.value.split("; ") if field["kind"] == "multi" else [deed.value]
        chosen = [self._choice(field, one, deed) for one in said if one]
        return chosen if field["kind"] == "multi" else next(iter(chosen), None)

    def _choice(self, field: dict[str, Any], said: str, deed: Deed) -> str:
        for choice in field["choices"]:
            if said == choice["id"] or is_as_written(said, choice["text"]):
                return choice["id"]
        offered = ", ".join(choice["text"] for choice in field["choices"])
        raise Difference(f"line {deed.number}: {said!r} is not offered, only: {offered}")

    async def _press(self, deed: Deed) -> None:
        page = (self.old_pages if deed.about == OLD_PAGE else self.pages).get(deed.person)
        button = _button(_on_page(page), deed.value) if page else None
        if button is not None and deed.about in ("", OLD_PAGE):
            return await self._submit(deed, page, button)
        is_old = deed.about == OLD_CARD
        for card in reversed((self.old_cards if is_old else self.cards).get(deed.person, [])):
            if deed.about and not is_old and not is_as_written(deed.about, card["title"] or ""):
                continue
            if button := _button(card["buttons"], deed.value):
                chose = Chose(**self._by(deed), subject=card["subject"], action=button["action"], value=button["value"])
                return await self.handle(chose)
        raise Difference(f"line {deed.number}: {deed.person} sees no button [{deed.value}]")

    async def _submit(self, deed: Deed, page: dict[str, Any], button: dict[str, Any]) -> None:
        """Send a page in as it stands. What it held can be sent once more (`on an old page`)."""
        about = {"run": page["run"], "page": page["page"], "held": page["held"]}
        values = page["sent"] if deed.about == OLD_PAGE else dict(self.filled.get(deed.person, {}))
        pressed = f"{button['action']}:{button['value']}" if button["value"] else button["action"]
        self.old_pages[deed.person] = page | {"sent": values}
        self.pages.pop(deed.person, None)
        await self.handle(Submitted(**self._by(deed), button=pressed, values=values, **about))

    async def handle(self, event: Event) -> None:
        """One event through the one door; what it says is remembered in order, the page first."""
        self.last = event
        answer: Answer = await self.parts.turns.handle(event)
        who = event.sender.external
        if answer.form is not None:
            self.channel.said.append(("page", who, spoken(answer.form, answer.language)))
        if answer.card is not None:
            self.channel.said.append(("bot", who, spoken(answer.card, answer.language)))
        await self.parts.delivery.drain()

    # ---- time ------------------------------------------------------------------------------------------------

    async def _let_time_pass(self, line: Time) -> None:
        if line.at:
            at = datetime.strptime(line.at, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
            return await self._travel(at.astimezone(UTC))
        await self._travel(self.clock.now() + line.span if line.span is not None else None)

    async def _travel(self, to: datetime | None) -> None:
        travel = Travel(self.parts.store, self.parts.turns, self.library, self.clock, self.parts.delivery)
        await (travel.until(to) if to is not None else travel.to_next())

    async def restart(self, library: Library | None = None) -> None:
        """Everything in memory is gone; the rows are not. `library`: what the next release says."""
        await self.parts.store.close()
        self.library = library or self.library
        self.parts = self._assembled()

    async def pass_time(self, span: timedelta) -> None:
        await self._travel(self.clock.now() + span)


def _group(db: Any, name: str) -> str:
    found = db.scalar(select(LeaderGroup.id).where(LeaderGroup.organisation == ORGANISATION, LeaderGroup.name == name))
    return found or people.make_group(db, ORGANISATION, name)


def with_notice(library: Library, version: str) -> Library:
    """The library with another version of the notice."""
    return replace(library, texts=library.texts | {"arrival.version": plain(version)})


def _is_beside(line: Line) -> bool:
    """Lines that may stand between a deed and what the bot says to it."""
    return isinstance(line, Expected) or isinstance(line, Stagecraft) and line.kind == "twice"


def _on_page(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [*page["buttons"], *(b for f in page["fields"] for h in f["hints"] for b in h["buttons"])]


def _button(buttons: list[dict[str, Any]], label: str) -> dict[str, Any] | None:
    return next((b for b in buttons if is_as_written(label, b["label"])), None)
