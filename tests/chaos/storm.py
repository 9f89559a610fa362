"""Replicas that are killed and frozen, and a database that crashes, each at a random point of the way."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psutil

from tests.chaos.replica import Told, live
from tests.furniture import FORKED

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(FORKED)
LOOK_AGAIN = 0.05


@dataclass
class Replicas:
    """`many` processes; one that has died is started again, as a service manager does."""

    told: Told
    many: int
    running: list[Any] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)
    starts: int = 0
    is_over: bool = False

    async def keep(self) -> None:
        while not self.is_over:
            self.running = [one for one in self.running if one.is_alive()]
            while len(self.running) < self.many:
                one = processes.Process(target=live, args=(self.told,), daemon=True)
                one.start()
                self.starts += 1
                self.running.append(one)
            await asyncio.sleep(LOOK_AGAIN)

    def stop(self) -> None:
        self.is_over = True
        for one in self.running:
            if one.is_alive():
                os.kill(one.pid, signal.SIGCONT)
                one.terminate()
        for one in self.running:
            one.join(15)
            if one.is_alive():
                one.kill()


@dataclass
class Storm:
    """What happens to them. `crash`: what crashes the database and starts it again, or None."""

    replicas: Replicas
    random: Random
    crash: Callable[[], None] | None
    done: Counter[str] = field(default_factory=Counter)
    _thawing: set[asyncio.Task[None]] = field(default_factory=set)

    async def rage(self, kills: int, freezes: int, crashes: int, progress: Callable[[], float]) -> None:
        """Everything in random order, spread over the way; `progress` goes from 0 to 1."""
        deeds = ["kill"] * kills + ["freeze"] * freezes + ["crash"] * (crashes if self.crash else 0)
        self.random.shuffle(deeds)
        for n, deed in enumerate(deeds):
            while progress() < n / len(deeds):
                await asyncio.sleep(LOOK_AGAIN)
            await getattr(self, f"_{deed}")()
            self.done[deed] += 1
            await asyncio.sleep(self.random.uniform(0, 0.3))
        await asyncio.gather(*self._thawing)

    def _one(self) -> int | None:
        alive = [one.pid for one in self.replicas.running if one.is_alive() and one.pid not in self.replicas.frozen]
        return self.random.choice(alive) if alive else None

    async def _kill(self) -> None:
        if pid := self._one():
            os.kill(pid, signal.SIGKILL)

    async def _freeze(self) -> None:
        if pid := self._one():
            os.kill(pid, signal.SIGSTOP)
            self.replicas.frozen.add(pid)
            self._thawing.add(asyncio.create_task(self._thaw(pid)))

    async def _thaw(self, pid: int) -> None:
        await asyncio.sleep(self.random.uniform(0.3, self.replicas.told.timing.settle.total_seconds() * 1.5))
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGCONT)
        self.replicas.frozen.discard(pid)

    async def _crash(self) -> None:
        assert self.crash
        await asyncio.to_thread(self.crash)
