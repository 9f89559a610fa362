"""The stage: the real application, and a channel of its own that remembers what was said."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.app import About, Parts, assemble, furnish
from bot.cards import plain, spoken
from bot.clock import FixedClock, ShiftedClock
from bot.dialogs.group.turn import GroupDialog
from bot.dialogs.house import House
from bot.errors import GaveUp
from bot.events import Event, Sender
from bot.library import Library, load
from bot.rehearsal.kept import as_kept
from bot.rehearsal.script import Cast, PlaceCast, Plans, Time
from bot.services import departments, people, places, programmes, roles
from bot.services.plans import Plan
from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.store.tables import LeaderGroup
from bot.turns import Answer
from scheduler.travel import Travel

ORGANISATION = "stage"
ZONE = ZoneInfo("Europe/Copenhagen")
OPENING = datetime(2026, 3, 2, 7, tzinfo=UTC)  # a Monday morning at eight, winter time
KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="  # opens nothing but plays
FIRST_NAMES = frozenset({"karla", "mette", "bo"})


class StageChannel:
    """Remembers what was said to whom, or in which place; everything arrives, but in places that are `closed`."""

    name = "stage"

    def __init__(self) -> None:
        self.said: deque[tuple[str, str, dict[str, Any]]] = deque()
        self.closed: set[str] = set()

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str) -> str:
        if address["name"] in self.closed:
            raise GaveUp("closed", unreachable=True)
        is_place = "place" in address
        self.said.append(("post" if is_place and replaces else "bot", address["name"], card | ({"in_place": True} if is_place else {})))
        return replaces or f"said-{key}"

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> str | None:
        return f"said-{key}"


class Stage:
    """Where a script is performed. `url` names a database without people, whose tables are made here; `key` what seals its words.
    `house`: where it is at hand already (`furnished`). `groups`: other dialogs with groups than there are."""

    def __init__(
        self,
        url: str,
        library: Library | None = None,
        key: str = KEY,
        house: House | None = None,
        groups: Sequence[GroupDialog] | None = None,
    ):
        self.url, self.library, self.key, self.groups = url, library or load(), key, groups
        self.house = house or furnished(self.library)
        self.channel = StageChannel()
        self.clock = ShiftedClock(FixedClock(OPENING))
        self.ids = (f"play-{n:05}" for n in itertools.count(1))
        self.people: dict[str, str] = {}
        self.languages: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.cards: dict[str, list[dict[str, Any]]] = {}
        self.old_cards: dict[str, list[dict[str, Any]]] = {}
        self.pages: dict[str, dict[str, Any]] = {}
        self.old_pages: dict[str, dict[str, Any]] = {}
        self.filled: dict[str, dict[str, Any]] = {}
        self.last: Event | None = None
        self.planned = ""
        self.parts = self._assembled(is_first=True)

    def _assembled(self, *, is_first: bool = False) -> Parts:
        store = open_store(self.url, secrets=Secrets([self.key]))
        if is_first:
            schema.upgrade(store)
            store.run_now(lambda db: departments.make_organisation(db, "Play", OPENING, id=ORGANISATION))
        channels = {"stage": self.channel}
        return assemble(store=store, library=self.library, clock=self.clock, house=self.house, channels=channels, groups=self.groups)

    async def close(self) -> None:
        await self.parts.store.close()

    # ---- what is said and kept -------------------------------------------------------------------------------

    async def kept(self, what: str, name: str) -> str:
        """What is kept about somebody, as a line of a script."""

        def work(db: Any) -> str:
            person = people.find(db, ORGANISATION, "stage", name)
            if person is None:
                return "nobody"
            library = self.parts.editions.of(db, ORGANISATION, person.centre).library
            return as_kept(db, what, person, library, self.clock.now())

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

    # ---- who takes part, and what happens ---------------------------------------------------------------------

    async def cast(self, line: Cast) -> None:
        """Somebody who takes part; unless they are new, they have read the notice and are on no rhythm."""
        version = self.library.say("arrival.version").da
        self.languages[line.name] = line.language
        settled = {"state": "active", "notice_version": version, "welcomed_at": self.clock.now()}

        def work(db: Any) -> str:
            person = people.meet(db, self.sender(line.name), self.clock.now())
            values = {"name": line.name.title(), "level": line.level, "language": line.language}
            leader = self.people.get(line.leader)
            values |= {"centre": _centre(db, line.centre)} if line.centre else {}
            values |= ({"leader": leader} if leader else {}) | ({} if line.is_new else settled)
            person = people.set_person(db, person, values, self.clock.now())
            for group in line.groups:
                departments.enter_group(db, person, _group(db, group, person.centre))
            if line.role:
                centre = _centre(db, line.role_centre) if line.role_centre else None
                roles.give_role(db, person, line.role, by="cli", now=self.clock.now(), centre=centre)
            return person.id

        self.people[line.name] = await self.parts.store.run(work)

    async def take_role(self, name: str, role: str) -> None:
        def work(db: Any) -> None:
            person = people.person(db, ORGANISATION, self.people[name])
            for one in roles.roles_of(db, person) if person else ():
                if one.role == role:
                    roles.take_role(db, person, role, by="cli", now=self.clock.now(), centre=one.centre)

        await self.parts.store.run(work)

    async def plan(self, line: Plans) -> None:
        """A programme for everybody, started now."""
        kind, _, said = line.rule.partition(" ")
        what = {"weekdays": [int(said)]} if kind == "weekly" else {"on": said}
        plan = Plan(
            kind=line.kind,
            title=line.title,
            audience={"everyone": True, "except": {"people": [self.people[line.person]]}},
            rule={"kind": kind, "at": line.at, **what},
            flows=(line.flow,) if line.flow else (),
            holidays="drop" if line.drops else "",
            **({"text": line.words} if line.kind == "reminder" else {"why": line.words}),
        )

        def work(db: Any) -> str:
            by, now, flows = people.person(db, ORGANISATION, self.people[line.person]), self.clock.now(), self.library.flows
            id = programmes.make_draft(db, by, plan, now, flows=flows)
            programmes.start(db, by, id, now, flows=flows)
            return id

        self.planned = await self.parts.store.run(work)

    async def remind(self, name: str) -> None:
        """Those who have not begun the last programme are reminded; whoever asks hears nothing of who they are."""

        def work(db: Any) -> None:
            programmes.remind(db, people.person(db, ORGANISATION, self.people[name]), self.planned, self.clock.now())

        await self.parts.store.run(work)

    async def open_place(self, line: PlaceCast) -> None:
        """A place where several read along. Who is in it and was not cast takes part as a guest."""
        address = {"name": line.place, "place": line.place, "threads": True}

        def work(db: Any) -> str:
            now = self.clock.now()
            return places.meet_place(db, ORGANISATION, "stage", line.place, address, now, line.language)[0]

        self.places[line.place] = await self.parts.store.run(work)

    async def open_again(self, place: str) -> None:
        self.channel.closed.discard(place)
        await self.open_place(PlaceCast(0, "", place, ()))

    def sender(self, name: str, place: str = "") -> Sender:
        return Sender(
            place=self.places.get(place, ""),
            channel="stage",
            organisation=ORGANISATION,
            external=name,
            name=name.title(),
            language=self.languages.get(name, ""),
            address={"name": name},
        )

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

    async def let_time_pass(self, line: Time) -> None:
        if line.at:
            at = datetime.strptime(line.at, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
            return await self._travel(at.astimezone(UTC))
        await self._travel(self.clock.now() + line.span if line.span is not None else None)

    async def _travel(self, to: datetime | None) -> None:
        travel = Travel(self.parts.store, self.parts.turns, self.parts.editions, self.clock, self.parts.delivery)
        await (travel.until(to) if to is not None else travel.to_next())

    async def restart(self, library: Library | None = None) -> None:
        """Everything in memory is gone; the rows are not. `library`: what the next release says."""
        await self.parts.store.close()
        if library is not None:
            self.library, self.house = library, furnished(library)
        self.parts = self._assembled()


def _centre(db: Any, name: str) -> str:
    found = next((one.id for one in departments.centres(db, ORGANISATION) if one.name == name), None)
    return found or departments.make_centre(db, ORGANISATION, name)


def _group(db: Any, name: str, centre: str | None = None) -> str:
    """The group of that name; made in the centre of the first who is cast in it."""
    found = db.scalar(select(LeaderGroup.id).where(LeaderGroup.organisation == ORGANISATION, LeaderGroup.name == name))
    return found or departments.make_group(db, ORGANISATION, name, centre)


def furnished(library: Library) -> House:
    """What the dialogs have at hand on the stage."""
    return furnish(library, FIRST_NAMES, About())


def with_notice(library: Library, version: str) -> Library:
    """The library with another version of the notice."""
    return replace(library, texts=library.texts | {"arrival.version": plain(version)})
