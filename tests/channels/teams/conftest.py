"""Teams without Microsoft: the stand-ins, and a stage between them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.rehearsal.stage import KEY
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.channels.teams.microsoft import ConnectorStandIn, Identity
from tests.channels.teams.stage import TeamsStage, make_tables


@pytest.fixture(scope="session")
def one_identity() -> Iterator[Identity]:
    """Making keys is dear, so there is one; what a test adds to it stays."""
    identity = Identity()
    yield identity
    identity.close()


@pytest.fixture
def identity(one_identity: Identity) -> Identity:
    return one_identity


@pytest.fixture
async def connector() -> AsyncIterator[ConnectorStandIn]:
    stand_in = ConnectorStandIn()
    runner = await stand_in.start()
    yield stand_in
    await runner.cleanup()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Path:
    """A database with its tables, to be copied: making them is most of what a test would wait for."""
    path = tmp_path_factory.mktemp("teams") / "made.db"
    store = open_store(f"sqlite:///{path}", secrets=Secrets([KEY]))
    make_tables(store)
    asyncio.run(store.close())
    return path


@pytest.fixture
async def stage(tmp_path, made_once: Path, identity: Identity, connector: ConnectorStandIn) -> AsyncIterator[TeamsStage]:
    shutil.copy(made_once, tmp_path / "teams.db")
    stage = TeamsStage(f"sqlite:///{tmp_path}/teams.db", identity, connector, has_tables=True)
    await stage.open()
    yield stage
    await stage.close()
