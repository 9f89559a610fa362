"""A group in a place: the whole application, and people who do things there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogs.group.turn import GROUP
from bot.events import Chose, Sender, Submitted, Wrote
from bot.services import groups, places
from tests.application import NOW, ORGANISATION, Application, sender
from tests.groups.ballot import Ballot

NORTH = {"name": "Nord", "threads": True}


@dataclass
class Group(Application):
    """`here` is our id of the place where everything happens."""

    groups: Any = field(default_factory=lambda: (Ballot(),))
    here: str = ""

    def open_place(self, external: str = "north", organisation: str = ORGANISATION) -> str:
        id, _ = self.store.run_now(lambda db: places.meet_place(db, organisation, "stage", external, {**NORTH, "place": external}, NOW))
        self.here = self.here or id
        return id

    def who(self, name: str, place: str | None = None) -> Sender:
        return replace(sender(name), place=self.here if place is None else place)

    async def press(self, name: str, action: str, subject: str, value: str = "", place: str | None = None, id: str = "") -> Any:
        about = {"subject": subject, "action": action, "value": value}
        return await self.handle(Chose(id=id or self.next_id(), sender=self.who(name, place), **about))

    async def say_here(self, name: str, text: str) -> Any:
        return await self.handle(Wrote(id=self.next_id(), sender=self.who(name), text=text))

    async def begun(self, name: str = "ana") -> str:
        """A dialog begun in the place; what its post is about."""
        await self.press(name, "begin", f"place:{self.here}", "dilemma")
        return f"{GROUP}{self.rows()['group_run'][-1][0]}"

    async def vote(self, name: str, subject: str, choice: str = "yes", why: str = "", place: str = "") -> Any:
        """Open the page in the place, and send it in from where no place is named (a modal)."""
        page = (await self.press(name, "vote", subject)).form
        return await self.handle(self.voting(name, page.run, choice, why, place))

    def voting(self, name: str, run: str, choice: str = "yes", why: str = "", place: str = "", id: str = "") -> Submitted:
        about = {"run": run, "page": "vote", "button": "next", "values": {"choice": choice, "why": why}}
        return Submitted(id=id or self.next_id(), sender=self.who(name, place), **about)

    def opened(self, subject: str) -> Any:
        return self.store.read_now(lambda db: groups.look_at(db, ORGANISATION, subject.removeprefix(GROUP)))

    def sealed(self) -> bytes:
        columns = {"group_run": 4}
        [row] = self.rows()["group_run"]
        return bytes(row[columns["group_run"]])
