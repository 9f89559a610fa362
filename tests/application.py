"""The whole application on a test's own database, for tests that send it events one by one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.app import About, Parts, assemble, furnish
from bot.clock import FixedClock
from bot.dialogs.house import House
from bot.events import Chose, Joined, Sender, Submitted, Wrote
from bot.library import Library, load
from bot.rehearsal.stage import StageChannel
from bot.services import departments, people
from bot.services.person_row import PersonRow
from bot.store.engine import Store
from bot.store.secrets import unsealed
from bot.store.tables import Base, DialogRun
from bot.turns import Answer
from scheduler.tick import tick

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # a Monday
ORGANISATION = "here"
Rows = dict[str, list[tuple[Any, ...]]]


@cache
def library() -> Library:
    return load()


@cache
def house() -> House:
    return furnish(library(), frozenset({"karla", "mette"}), About())


def sender(name: str, organisation: str = ORGANISATION) -> Sender:
    return Sender(channel="stage", organisation=organisation, external=name, name=name.title(), address={"name": name})


@dataclass
class Application:
    """`handle` sends one event; what delivery then says is in `said`."""

    store: Store
    channel: StageChannel = field(default_factory=StageChannel)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    ids: Any = field(default_factory=lambda: count(1))
    groups: Any = None

    def __post_init__(self) -> None:
        self.parts: Parts = assemble(
            store=self.store,
            library=library(),
            clock=self.clock,
            house=house(),
            channels={"stage": self.channel},
            groups=self.groups,
        )

    # ---- who is here -----------------------------------------------------------------------------------------

    def open_organisation(self, id: str = ORGANISATION) -> None:
        self.store.run_now(lambda db: departments.make_organisation(db, id.title(), NOW, id=id))

    def settle(self, *names: str, organisation: str = ORGANISATION, **more: Any) -> list[PersonRow]:
        """People who have read the notice and take part."""
        version = library().say("arrival.version").da
        values = {"state": "active", "notice_version": version, "welcomed_at": NOW, "language": "da", "level": "lm", **more}

        def work(db: Any) -> list[PersonRow]:
            met = [people.meet(db, sender(name, organisation), NOW) for name in names]
            return [people.set_person(db, one, values, NOW) for one in met]

        return self.store.run_now(work)

    # ---- what happens ----------------------------------------------------------------------------------------

    def next_id(self) -> str:
        return f"test:{next(self.ids)}"

    async def handle(self, event: Any) -> Answer:
        return await self.parts.turns.handle(event)

    async def begin(self, name: str, flow: str, id: str = "") -> Answer:
        return await self.handle(self.chose(name, "begin", flow, id=id))

    def chose(self, name: str, action: str, value: str = "", subject: str = "", id: str = "") -> Chose:
        return Chose(id=id or self.next_id(), sender=sender(name), subject=subject, action=action, value=value)

    def submitted(self, name: str, run: str, page: str, button: str = "next", id: str = "", held: Any = None, **values: Any) -> Submitted:
        return Submitted(
            id=id or self.next_id(), sender=sender(name), run=run, page=page, button=button, values=values, held=held or {}
        )

    async def submit(self, name: str, run: str, page: str, button: str = "next", **values: Any) -> Answer:
        return await self.handle(self.submitted(name, run, page, button, **values))

    async def write(self, name: str, text: str) -> Answer:
        return await self.handle(Wrote(id=self.next_id(), sender=sender(name), text=text))

    async def join(self, name: str) -> Answer:
        return await self.handle(Joined(id=self.next_id(), sender=sender(name)))

    async def together(self, *events: Any) -> list[Answer]:
        return await asyncio.gather(*(self.handle(event) for event in events))

    async def tick(self) -> None:
        await tick(self.store, self.parts.turns, self.parts.editions, self.clock)

    async def deliver(self) -> list[dict[str, Any]]:
        """The cards that were said since the last time, spoken, in order."""
        await self.parts.delivery.drain()
        cards = [card for _, _, card in self.channel.said]
        self.channel.said.clear()
        return cards

    # ---- what is kept ----------------------------------------------------------------------------------------

    def rows(self) -> Rows:
        """Every row of every table, as it lies there."""

        def work(db: Any) -> Rows:
            tables = Base.metadata.sorted_tables
            return {table.name: sorted(map(tuple, db.execute(select(table)).all()), key=repr) for table in tables}

        return self.store.read_now(work)

    def count(self, table: str, **where: Any) -> int:
        columns = Base.metadata.tables[table].c.keys()
        rows = (dict(zip(columns, row, strict=True)) for row in self.rows()[table])
        return sum(all(row[name] == value for name, value in where.items()) for row in rows)

    def state(self, run: str) -> dict[str, Any]:
        """The opened state of a run; empty when it is over."""

        def work(db: Any) -> dict[str, Any]:
            row = db.execute(select(DialogRun.sealed, DialogRun.person).where(DialogRun.id == run)).one()
            return unsealed(db, row.sealed, row.person) if row.sealed else {}

        return self.store.read_now(work)

    def answers(self, run: str) -> dict[str, Any]:
        return self.state(run).get("answers", {})
