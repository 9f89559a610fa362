"""`compose.yaml`: what Docker would start is what Pejling understands. There is no Docker here; the same commands run as processes."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import yaml
from aiohttp import ClientSession

from bot.config import variables
from tests.conftest import KEY
from tests.databases import new_database
from tests.running import ROOT, Running

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
REPLICAS = ("pejling-1", "pejling-2")


def test_two_replicas_wait_for_the_tables_and_those_for_the_database():
    services = COMPOSE["services"]
    assert set(services) == {"database", "upgrade", *REPLICAS}
    assert services["upgrade"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in REPLICAS:
        assert services[name]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
    assert len({tuple(services[name]["ports"]) for name in REPLICAS}) == 2
    assert services["upgrade"]["command"] == ["pejling", "db", "upgrade"]


def test_every_setting_is_one_and_no_secret_is_written_down():
    given = COMPOSE["services"]["pejling-1"]["environment"]
    assert set(given) <= set(variables())
    for name in ("PEJLING_KEYS", "DATABASE_URL"):
        assert "${" in given[name] and ":?" in given[name]
    assert not re.search(r"PASSWORD: [^$]", (ROOT / "compose.yaml").read_text("utf-8"))


async def test_the_same_commands_as_plain_processes(postgres, tmp_path: Path):
    url = new_database(postgres, "template0")
    settings = {"DATABASE_URL": url, "PEJLING_KEYS": KEY}
    one, two = (Running(made(tmp_path / name), **settings) for name in REPLICAS)
    upgrade = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "db", "upgrade", cwd=tmp_path, env=one.environment)
    assert await upgrade.wait() == 0
    await asyncio.gather(one.start("--no-demo"), two.start("--no-demo"))
    try:
        async with ClientSession() as session:
            for replica in (one, two):
                await ready(session, replica)
            async with session.get(f"{one.address}/metrics") as answer:
                assert "pejling_replicas 2.0" in await answer.text()
    finally:
        codes = await asyncio.gather(one.stop(), two.stop())
    assert codes == [0, 0]


async def ready(session: ClientSession, replica: Running) -> None:
    """As soon as it has given its first sign of life."""
    async with asyncio.timeout(30):
        while True:
            async with session.get(f"{replica.address}/ready") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
