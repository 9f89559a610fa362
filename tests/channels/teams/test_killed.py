"""Killed in the middle: nothing is lost, and a repeat comes only where Teams gives no way to know."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.rehearsal.stage import KEY
from bot.services.outbox import SETTLE
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.store.tables import OutboxItem
from tests.channels.teams import shapes

ROOT = Path(__file__).parents[3]
OUTBOX = OutboxItem.__table__


@pytest.fixture
def database(tmp_path, made_once) -> str:
    shutil.copy(made_once, tmp_path / "killed.db")
    return f"sqlite:///{tmp_path}/killed.db"


class Process:
    """One Pejling, from its start until it dies or is stopped."""

    def __init__(self, database: str, identity: Any, connector: Any, die: str = ""):
        self.told = {"database": database, "service": connector.url, "metadata": identity.metadata, "die": die}
        self.identity, self.connector = identity, connector

    async def __aenter__(self) -> Process:
        self.running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.channels.teams.killed", json.dumps(self.told), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        self.port = int(await asyncio.wait_for(self.running.stdout.readline(), 60))
        return self

    async def __aexit__(self, *_: Any) -> None:
        if self.running.returncode is None:
            self.running.kill()
        await self.running.wait()

    async def post(self, activity: dict[str, Any]) -> int:
        """The status; 0: it died instead of answering."""
        headers = {"Authorization": f"Bearer {self.identity.token(self.connector.url)}"}
        async with aiohttp.ClientSession() as client:
            try:
                async with client.post(f"http://127.0.0.1:{self.port}/api/messages", json=activity, headers=headers) as answer:
                    return answer.status
            except aiohttp.ClientError:
                return 0

    async def dies(self) -> None:
        assert await asyncio.wait_for(self.running.wait(), 30) == 9


async def taken(connector: Any, many: int) -> list[Any]:
    """Wait until the connector has taken so many."""
    async with asyncio.timeout(30):
        while len(connector.taken) < many:
            await asyncio.sleep(0.01)
    return list(connector.taken)


async def let_it_settle(database: str) -> None:
    """As if the time had passed in which Teams may still take it in."""
    store = open_store(database, secrets=Secrets([KEY]))
    rows = await store.run(lambda db: db.execute(select(OUTBOX.c.id, OUTBOX.c.last_send)).all())
    assert [row.last_send is not None for row in rows] == [True]
    for row in rows:
        past = row.last_send - (SETTLE + timedelta(seconds=5))
        await store.run(lambda db, row=row, past=past: db.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(last_send=past)))
    await store.close()


@pytest.mark.full
async def test_killed_between_receiving_and_answering(database, identity, connector):
    line = shapes.installed(connector.url)
    async with Process(database, identity, connector, "before answering") as dying:
        assert await dying.post(line) == 0
        await dying.dies()
    async with Process(database, identity, connector) as next_one:
        assert await next_one.post(line) == 200  # Teams sends it again
        await taken(connector, 1)
    assert len(connector.taken) == 1


@pytest.mark.full
async def test_killed_before_the_first_byte_left(database, identity, connector):
    """It had been marked as leaving, so nobody can know: a reply is repeated, since an answer twice does no harm."""
    async with Process(database, identity, connector, "before sending") as dying:
        await dying.post(shapes.installed(connector.url))
        await dying.dies()
    assert not connector.taken
    await let_it_settle(database)
    async with Process(database, identity, connector):
        (welcome,) = await taken(connector, 1)
    assert welcome.activity["summary"]


async def test_killed_between_sending_and_marking(database, identity, connector):
    async with Process(database, identity, connector, "before marking") as dying:
        await dying.post(shapes.installed(connector.url))
        await dying.dies()
    assert len(connector.taken) == 1
    await let_it_settle(database)
    async with Process(database, identity, connector):
        first, second = await taken(connector, 2)
    assert first.activity == second.activity
