"""A Pejling that is killed at a chosen step, in a process of its own, and the platform it talks to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import FixedClock
from bot.delivery import UNKNOWN
from bot.events import Event, Submitted, Wrote
from bot.services import schedules
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.application import NOW, ORGANISATION, Application, sender

ANSWERED, SAID, STEPS = "answered", "said", "steps"
SECRET = "blåmejsen bor i skuret"


@dataclass
class Steps:
    """Counts, and kills the process at the step `fatal` (0: never): nothing is cleaned up, nobody is told."""

    fatal: int = 0
    count: int = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class Platform:
    """A platform that keeps what it was sent in a file, as people would see it. `can_tell`: whether it can be asked."""

    name = "stage"

    def __init__(self, folder: Path, step: Callable[[], None], can_tell: bool):
        self._file, self._step, self._can_tell = folder / SAID, step, can_tell

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str) -> str:
        self._step()
        write(self._file, json.dumps({"key": key, "card": card}))
        self._step()
        return f"said-{key}"

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> Any:
        if not self._can_tell:
            return UNKNOWN
        return f"said-{key}" if any(one["key"] == key for one in self.said()) else None

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._file.read_text("utf-8").splitlines()] if self._file.exists() else []


def write(path: Path, line: str) -> None:
    """On the disk before it returns."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def opened(folder: Path, key: str, *, can_tell: bool = True, steps: Steps | None = None, at: datetime = NOW) -> Application:
    """The application on what lies in `folder`; before each statement and each commit is a step."""
    step = steps or Steps()
    store = open_store(f"sqlite:///{folder}/pejling.db", secrets=Secrets([key]))
    dialect = store._writer._db.engine.dialect
    for name in ("do_begin", "do_execute", "do_execute_no_params", "do_commit"):
        setattr(dialect, name, after(step, getattr(dialect, name)))
    return Application(store, channel=Platform(folder, step, can_tell), clock=FixedClock(at))


def after(step: Callable[[], None], act: Callable[..., Any]) -> Callable[..., Any]:
    """`act`, with a step before it; what comes after it is the step before the next."""

    def acted(*args: Any, **more: Any) -> Any:
        step()
        return act(*args, **more)

    return acted


async def settled(folder: Path, key: str) -> None:
    """A run on its last page, and a rhythm, in the database in `folder`, which has its tables."""
    app = opened(folder, key)
    app.open_organisation()
    [ana] = app.settle("ana")
    run = (await app.begin("ana", "F10")).form.run
    for page in ("s1", "s4", "s7", "s8"):
        await app.submit("ana", run, page, s1=SECRET)
    await app.submit("ana", run, "closing_what", closing_what=SECRET)
    await app.submit("ana", run, "closing_who", closing_who="mig", closing_ask="d14", closing_sees="private")
    rhythm = {"weekday": 1, "time": "09:00", "every": 1, "timezone": ana.timezone, "now": NOW}
    app.store.run_now(lambda db: schedules.set_rhythm(db, organisation=ORGANISATION, person=ana.id, **rhythm))
    await app.parts.delivery.drain()
    app.store.close_now()
    (folder / SAID).unlink()
    (folder / "run").write_text(run, "utf-8")


async def handle(app: Application, folder: Path, event: Event, step: Callable[[], None]) -> None:
    """What a channel does: the event is handled, and only then answered."""
    await app.handle(event)
    step()
    write(folder / ANSWERED, event.id)
    step()


async def last_page(app: Application, folder: Path, step: Callable[[], None]) -> None:
    """The page that ends a flow: an entry, an agreement, when to ask about it, and a card."""
    await handle(app, folder, ending(folder), step)
    await app.parts.delivery.drain()


async def a_line(app: Application, folder: Path, step: Callable[[], None]) -> None:
    """A line that is answered with a card of its own."""
    await handle(app, folder, thanks(app), step)
    await app.parts.delivery.drain()


async def a_prompt(app: Application, folder: Path, step: Callable[[], None]) -> None:
    """The clock finds that somebody is to be asked."""
    app.clock.set(NOW + timedelta(days=2))
    await app.tick()
    step()
    await app.parts.delivery.drain()


SCENES: dict[str, Callable[[Application, Path, Callable[[], None]], Awaitable[None]]] = {
    "last_page": last_page,
    "a_line": a_line,
    "a_prompt": a_prompt,
}


def ending(folder: Path) -> Any:
    run = (folder / "run").read_text("utf-8")
    return Submitted(id="ending", sender=sender("ana"), run=run, page="closing_review", button="next")


def thanks(app: Application) -> Any:
    return Wrote(id="thanks", sender=sender("ana"), text="tak")


def live(folder: Path, key: str, scene: str, fatal: int) -> None:
    """Play a scene until it ends, or until the step `fatal`. Runs in a process of its own."""
    steps = Steps(fatal)
    app = opened(folder, key, steps=steps)
    steps.count = 0
    asyncio.run(SCENES[scene](app, folder, steps))
    (folder / STEPS).write_text(str(steps.count))
    app.store.close_now()
