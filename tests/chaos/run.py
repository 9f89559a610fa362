"""One storm from beginning to end, and the account of it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from sqlalchemy import func, select

from bot.clock import ShiftedClock, SystemClock
from bot.services import outbox
from bot.store.engine import Store
from bot.store.faults import DATABASE_AWAY
from bot.store.tables import Occurrence, OutboxItem
from bot.timing import Timing
from tests.chaos.account import Account, accounted
from tests.chaos.platforms import Arrivals, FaultySlack, FaultyTeams
from tests.chaos.replica import TIMING, Told
from tests.chaos.scene import Place, database, morning, opened, put, settle
from tests.chaos.storm import Replicas, Storm

OUTBOX = OutboxItem.__table__
KINDS = ("prompt", "prompt", "reply", "reply", "nudge", "update")
IN_FLIGHT = 400
"""Messages put in the outbox beyond those that have arrived."""
SAY_EVERY = 10.0
QUIET = 90.0
"""Seconds without any news after which what has not arrived is stuck."""


@dataclass(frozen=True)
class Size:
    messages: int = 20_000
    kills: int = 200
    freezes: int = 40
    crashes: int = 10
    replicas: int = 3
    people: int = 200


@dataclass
class Chaos:
    """`kind`: postgresql or sqlite."""

    size: Size
    seed: int
    kind: str
    keep_log: str = ""
    timing: Timing = TIMING
    random: Random = field(init=False)
    clock: ShiftedClock = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.clock = ShiftedClock(SystemClock(), morning())

    async def run(self) -> Account:
        with tempfile.TemporaryDirectory(prefix="pejling-chaos-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
            async with self._platforms() as (slack, teams, arrivals):
                with database(self.kind, folder) as (url, crash):
                    return await self._rage(folder, url, crash, slack, teams, arrivals)

    async def _rage(self, folder: str, url: str, crash: Any, slack: FaultySlack, teams: FaultyTeams, arrivals: Arrivals) -> Account:
        store = opened(url)
        placed = await store.run(lambda db: settle(db, self.size.people, teams.url, self.clock.now()))
        for user in (place.user for place in placed):
            slack.add_user(user, user)
        replicas = Replicas(Told(url, slack.url, teams.url, self.keep_log or f"{folder}/log", self.clock.offset, self.timing, os.getpid()), self.size.replicas if store.is_shared else 1)
        storm = Storm(replicas, self.random, crash)
        begun = monotonic()
        tasks = [asyncio.create_task(replicas.keep()), asyncio.create_task(self._feed(store, placed, arrivals))]
        expected = self.size.messages + self.size.people
        saying = asyncio.create_task(self._say(arrivals, storm, expected))
        size = self.size

        moved = [0.0, begun]

        def progress() -> float:
            for task in tasks:
                if task.done():
                    task.result()  # what went wrong in the harness itself is no finding
            share = len(arrivals.times) / expected
            if share > moved[0]:
                moved[:] = [share, monotonic()]
            return share if monotonic() - moved[1] < QUIET else 1.0  # stuck: the account will say so

        await storm.rage(size.kills, size.freezes, size.crashes, progress)
        await tasks[1]
        await self._settled(store, arrivals)
        took = monotonic() - begun
        saying.cancel()
        await asyncio.to_thread(replicas.stop)
        await tasks[0]
        await asyncio.gather(*arrivals.tasks)
        rows = await store.read(lambda db: db.execute(select(OUTBOX).order_by(OUTBOX.c.id)).all())
        asked = await store.read(lambda db: db.execute(select(Occurrence.schedule, func.count()).group_by(Occurrence.schedule)).all())
        account = accounted(rows, asked, placed, arrivals, expected)
        await store.close()
        account.figures |= {**storm.done, "starts": replicas.starts, "seconds": round(took, 1)}
        return account

    @asynccontextmanager
    async def _platforms(self) -> AsyncIterator[tuple[FaultySlack, FaultyTeams, Arrivals]]:
        latest = self.timing.settle.total_seconds() / 3
        arrivals, teams = Arrivals(Random(self.seed + 1), latest), FaultyTeams()
        slack = FaultySlack(clock=lambda: self.clock.now().timestamp())
        slack.arrivals = teams.arrivals = arrivals
        await slack.start()
        runner = await teams.start()
        yield slack, teams, arrivals
        await slack.stop()
        await runner.cleanup()

    async def _feed(self, store: Store, placed: list[Place], arrivals: Arrivals) -> None:
        """Messages one after the other, to somebody at random, never far ahead of what has arrived."""
        for n in range(self.size.messages):
            place, kind = self.random.choice(placed), self.random.choice(KINDS)
            while n - len(arrivals.times) > IN_FLIGHT:
                await asyncio.sleep(0.05)
            await put(store, self.clock, place, f"m {n}", kind)

    async def _say(self, arrivals: Arrivals, storm: Storm, expected: int) -> None:
        """Where it stands, now and then."""
        begun = monotonic()
        while True:
            await asyncio.sleep(SAY_EVERY)
            print(f"  {monotonic() - begun:4.0f} s: {len(arrivals.times)} of {expected} arrived, {dict(storm.done)}", file=sys.stderr, flush=True)

    async def _settled(self, store: Store, arrivals: Arrivals) -> None:
        """Until nothing is in flight any more, or nothing has moved for a while."""
        left, since = -1, monotonic()
        while left and monotonic() - since < QUIET:
            await asyncio.sleep(0.25)
            try:
                now = await store.read(lambda db: db.scalar(select(func.count()).where(OUTBOX.c.state.in_(outbox.IN_FLIGHT))))
            except DATABASE_AWAY:
                continue
            if now != left:
                left, since = now, monotonic()
