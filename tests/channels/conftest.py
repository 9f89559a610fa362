"""The web pages, served by the real application with the demo in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import About, assemble, furnish
from bot.channels.web import Parts, WebChannel, web_app
from bot.clock import FixedClock, ShiftedClock
from bot.delivery import Delivery
from bot.dialogs.house import House
from bot.library import Library
from bot.services import people
from bot.services.demo import make_demo
from bot.services.person_row import PersonRow
from bot.store.engine import Store
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.turns import Turns
from scheduler.travel import Travel
from tests.channels.visitor import Visitor
from tests.conftest import KEY
from tests.databases import FILE, copied
from tests.furniture import load

BEGINNING = datetime(2027, 3, 1, 8, tzinfo=UTC)  # a Monday


@dataclass
class Site:
    """Everything behind the pages. `visitor()` opens another browser."""

    store: Store
    library: Library
    clock: ShiftedClock
    channel: WebChannel
    delivery: Delivery
    organisation: str
    visitor: Callable[..., Any]
    turns: Turns

    async def person(self, name: str) -> PersonRow:
        everybody = await self.store.read(lambda db: people.people(db, self.organisation))
        return next(one for one in everybody if one.name.startswith(name))


@pytest.fixture(scope="session")
def library() -> Library:
    return load()


@pytest.fixture(scope="session")
def web_house(library: Library) -> House:
    """Reading the word lists is dear, and nothing changes them."""
    return furnish(library, frozenset({"karla"}), About())


@pytest.fixture
def web_settings() -> dict[str, Any]:
    """What a test wants otherwise, as the fields of `Parts`."""
    return {}


@pytest.fixture
def group_dialogs() -> Any:
    """Other dialogs with groups than there are; None: those."""
    return None


@pytest.fixture(scope="session")
def demo_template(sqlite_template, library, tmp_path_factory) -> tuple[Path, str]:
    """A file with the demo as it is at the beginning, and the demo's organisation."""
    folder = tmp_path_factory.mktemp("demo")
    store = open_store(copied(sqlite_template, folder), secrets=Secrets([KEY]))
    version = library.say("arrival.version").da
    organisation = store.run_now(lambda db: make_demo(db, BEGINNING, notice_version=version))
    store.close_now()
    return folder / FILE, organisation


@pytest.fixture
def demo(demo_template, tmp_path) -> Iterator[tuple[Store, str]]:
    template, organisation = demo_template
    store = open_store(copied(template, tmp_path), secrets=Secrets([KEY]))
    yield store, organisation
    store.close_now()


@pytest.fixture
async def site(demo, library, web_house, web_settings, group_dialogs) -> AsyncIterator[Site]:
    clock = ShiftedClock(FixedClock(BEGINNING))
    store, organisation = demo
    channel, house = WebChannel(), web_house
    parts = assemble(store=store, library=library, clock=clock, house=house, channels={"web": channel}, groups=group_dialogs)
    journey = Travel(store, parts.turns, parts.editions, clock, parts.delivery)

    async def travel(to: str, person: str) -> None:
        await (journey.to_next(person) if to == "next" else journey.until(clock.now() + timedelta(days=7 if to == "week" else 1)))

    given = {"is_demo": True, "travel": travel, **web_settings}
    app = web_app(
        Parts(
            store=store,
            turns=parts.turns,
            library=library,
            clock=clock,
            channel=channel,
            organisation=organisation,
            **given,
        )
    )
    server = TestServer(app)
    await server.start_server()
    clients: list[TestClient] = []

    def visitor() -> Visitor:
        clients.append(TestClient(server))
        return Visitor(clients[-1])

    delivering = asyncio.create_task(parts.delivery.run())
    yield Site(store, library, clock, channel, parts.delivery, organisation, visitor, parts.turns)
    for client in clients:
        await client.close()
    await server.close()
    await parts.delivery.stop()
    await delivering


@pytest.fixture
async def eva(site) -> Visitor:
    """Eva, who has a leader, a history and a rhythm, at the chat."""
    visitor = site.visitor()
    await visitor.become("Eva")
    return visitor
