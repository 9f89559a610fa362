"""`pejling run` from outside: how long until it answers, and how much memory it holds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
from aiohttp import ClientConnectionError, ClientSession

from bot.clock import SystemClock
from bot.services import departments, people, schedules, whereabouts
from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import add_key, load_secrets
from tests.running import Running

PEOPLE = 10_000
LOOK_AGAIN = 0.005  # seconds


@dataclass(frozen=True)
class Start:
    """`seconds` from the first instruction until `/health` answers, and how many of them a processor worked for it;
    `megabytes` held after a few pages (resident)."""

    seconds: float
    worked: float
    megabytes: float


async def started(folder: Path, *arguments: str) -> Start:
    """Start it in this folder, and stop it again."""
    pejling = Running(folder, PEJLING_LOG_LEVEL="WARNING")
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(pejling.python, "-m", "bot", "run", *arguments),
        cwd=folder,
        env=pejling.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with ClientSession(pejling.address) as session:
            await _answers(session)
            seconds, worked = time.perf_counter() - begun, sum(psutil.Process(process.pid).cpu_times()[:2])
            await _use(session)
        return Start(seconds, worked, psutil.Process(process.pid).memory_info().rss / 2**20)
    finally:
        process.terminate()
        await process.wait()


async def _answers(session: ClientSession) -> None:
    while True:
        try:
            async with session.get("/health") as response:
                assert response.status == 200
                return
        except ClientConnectionError:
            await asyncio.sleep(LOOK_AGAIN)


async def _use(session: ClientSession) -> None:
    """A few pages, so that what is loaded at first use counts."""
    for path in ("/", "/help", "/beacons", "/privacy", "/who"):
        async with session.get(path) as response:
            await response.read()


def fill(folder: Path) -> None:
    """A database with ten thousand people on a rhythm, and the key to it."""
    add_key(folder / "pejling.key")
    store = open_store(f"sqlite:///{folder}/pejling.db", secrets=load_secrets("", folder / "pejling.key"))
    schema.upgrade(store)
    now = SystemClock().now()

    def work(db):
        organisation = departments.make_organisation(db, "Bench", now)
        for n in range(PEOPLE):
            one = people.make_person(db, organisation, now, name=f"Person {n}", state="active")
            whereabouts.add_identity(db, one, "web", one.id)
            whereabouts.make_conversation(db, one, "web", {"person": one.id})
            about = {"organisation": organisation, "person": one.id, "timezone": one.timezone}
            schedules.set_rhythm(db, **about, weekday=(now + timedelta(days=2)).weekday() % 5, time="08:30", every=1, now=now)

    store.run_now(work)
    store.close_now()
