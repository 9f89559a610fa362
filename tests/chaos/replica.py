"""One replica: the clock and delivery of a real Pejling, in a process of its own, before the stand-ins. It lives ten times as fast."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import psutil

from bot.app import About, assemble, furnish
from bot.channels.slack.running import Slack
from bot.channels.slack.settings import SlackSettings
from bot.channels.teams.running import Teams
from bot.channels.teams.settings import TeamsSettings
from bot.clock import ShiftedClock, SystemClock
from bot.delivery import Timing
from bot.dialogs.house import House
from bot.errors import ConfigError
from bot.library import Library
from bot.pacing import Limit, Limits
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from scheduler.ticker import Ticker
from tests.channels.slack.standin import TOKEN as SLACK_TOKEN
from tests.channels.teams.microsoft import APP_ID, TENANT, TOKEN
from tests.furniture import load

KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="
ORGANISATION = "chaos"
TIMING = Timing(
    settle=timedelta(seconds=8),
    send=2.0,
    leave_within=1.5,
    look_again=0.2,
    beat=0.5,
    dead_after=timedelta(seconds=2),
    thorough=3.0,
)
HURRIED = Timing(
    settle=timedelta(seconds=3),
    send=0.8,
    leave_within=0.6,
    look_again=0.1,
    beat=0.3,
    dead_after=timedelta(seconds=1),
    thorough=1.0,
)
"""For the short form in the tests. A message is accepted late within a third of `settle` at the most (`platforms.py`)."""
PACING = {
    "slack": Limits(conversation=(Limit(1, 0.1),), organisation=(Limit(300, 2),), busy_holds_all=True),
    "teams": Limits(conversation=(Limit(7, 0.2),), organisation=(Limit(150, 1),)),
}
NO_DATABASE = 3


@dataclass(frozen=True)
class Told:
    """Where everything is."""

    database: str
    slack: str
    teams: str
    log: str
    ahead: timedelta
    timing: Timing
    harness: int


@cache
def everything() -> tuple[Library, House]:
    library = load()
    return library, furnish(library, frozenset(), About())


def live(told: Told) -> None:
    """Until it is killed, or told to stop. Exits with `NO_DATABASE` where none answers at the start."""
    logging.basicConfig(filename=told.log, level=logging.WARNING, format=f"%(asctime)s {os.getpid()} %(name)s %(message)s", force=True)
    try:
        asyncio.run(_live(told))
    except ConfigError:
        os._exit(NO_DATABASE)


async def _live(told: Told) -> None:
    library, house = everything()
    clock = ShiftedClock(SystemClock(), told.ahead)
    store = open_store(told.database, secrets=Secrets([KEY]))
    slack = Slack(SlackSettings(bot_token=SLACK_TOKEN, api_url=told.slack), store, library, clock, ORGANISATION)
    teams = Teams(
        TeamsSettings(app_id=APP_ID, password="x", tenant=TENANT, address="https://pejling.example.dk"),
        is_allowed=lambda service: service == told.teams,
        token=_token,
    )
    channels = {"slack": slack.channel, "teams": teams.channel}
    parts = assemble(store=store, library=library, clock=clock, house=house, channels=channels, timing=told.timing, pacing=PACING)
    ticker = Ticker(store, parts.turns, parts.editions, clock, parts.delivery.wake, every=told.timing.beat)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    delivering = asyncio.create_task(parts.delivery.run())
    ticker.start()
    watching = asyncio.create_task(_end_with(told.harness, stop))
    await stop.wait()
    watching.cancel()
    await ticker.stop()
    await parts.delivery.stop()
    await delivering
    await slack.close()
    await teams.close()
    await store.close()


async def _end_with(harness: int, stop: asyncio.Event) -> None:
    """Nobody is left behind when the one who started us is gone."""
    while psutil.pid_exists(harness):
        await asyncio.sleep(2)
    stop.set()


async def _token() -> str:
    return TOKEN


def warm() -> None:
    """Loaded once, in the process that all replicas are forked from."""
    import procrastinate  # noqa: F401

    everything()
