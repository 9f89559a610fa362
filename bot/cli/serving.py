"""Starts everything and keeps it running: the pages, delivery and the clock, in one process."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from bot.app import About, Parts, assemble, furnish
from bot.channels.web.app import web_app
from bot.channels.web.channel import WebChannel
from bot.channels.web.health import Vitals
from bot.channels.web.visit import Parts as WebParts
from bot.channels.web.visit import Travel as Travels
from bot.cli.opening import keys_of
from bot.cli.slack import slack_settings
from bot.cli.teams import teams_settings
from bot.clock import Clock, ShiftedClock, SystemClock
from bot.config import Settings
from bot.delivery import Timing
from bot.dialogs.date_words import date_words
from bot.errors import ConfigError
from bot.library import Library, load, with_routes
from bot.services import demo, departments
from bot.services.retention import Periods
from bot.store import schema
from bot.store.engine import Store
from bot.store.opening import open_store
from scheduler.ticker import Ticker
from scheduler.travel import Travel

if TYPE_CHECKING:
    from bot.channels.slack.running import Slack
    from bot.channels.teams.running import Teams

log = logging.getLogger("pejling.serving")

SPANS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}


async def serve(settings: Settings, *, demo: bool) -> None:
    """Run until told to stop (Ctrl-C, SIGTERM). `demo`: fill an empty database with one.

    Raises ConfigError when something is in the way of a start, and OSError when the address cannot be listened on.
    """
    async with serving(settings, demo=demo) as address:
        gc.freeze()  # what was read at start stays for good; looking through it again and again stopped everybody for 80 ms
        gc.enable()  # off since the start (`bot/cli/run.py`)
        print(f"Pejling: {address}", flush=True)
        await _stopped()


@asynccontextmanager
async def serving(settings: Settings, *, demo: bool) -> AsyncIterator[str]:
    """Everything started; gives the address of the pages. Stopped again at the end, nothing left half-done."""
    secrets = keys_of(settings)
    library = load()
    if settings.routes:
        library = with_routes(library, settings.routes)
    date_words()  # read now: the first date somebody writes must not wait for it
    store = open_store(settings.database_url, secrets=secrets)
    try:
        schema.prepare(store)
        async with _running(settings, store, library, wants_demo=demo) as address:
            yield address
    finally:
        await store.close()


@asynccontextmanager
async def _running(settings: Settings, store: Store, library: Library, *, wants_demo: bool) -> AsyncIterator[str]:
    wall = SystemClock()
    organisation, is_demo = _settle(settings, store, library, wall, wants_demo=wants_demo)
    clock: Clock = ShiftedClock(wall, store.read_now(demo.demo_offset)) if is_demo else wall
    about = About(settings.municipality, settings.privacy_link, settings.dpo)
    channel = WebChannel()
    house = furnish(library, settings.read_first_names(), about)
    slack = _slack(settings, store, library, clock, organisation)
    teams = _teams(settings)
    channels = {"web": channel} | ({"slack": slack.channel} if slack else {}) | ({"teams": teams.channel} if teams else {})
    parts = assemble(store=store, library=library, clock=clock, house=house, channels=channels)
    pages = WebParts(
        store=store,
        turns=parts.turns,
        library=library,
        clock=clock,
        channel=channel,
        organisation=organisation,
        public_url=settings.public_url,
        language=settings.language,
        timezone=settings.timezone,
        is_demo=is_demo,
        travel=_travels(parts, clock) if is_demo else None,
        notice={"municipality": about.municipality, "privacy_link": about.link, "dpo": about.dpo},
    )
    ticker = Ticker(
        store,
        parts.turns,
        parts.editions,
        clock,
        parts.delivery.wake,
        periods=periods_of(library),
        every=settings.tick_seconds,
    )
    app = web_app(pages, _vitals(settings, parts, ticker))
    if slack:
        slack.join(parts.turns, language=settings.language, timezone=settings.timezone)
        app.add_routes(slack.routes())
    if teams:
        teams.join(store, parts.turns, library, clock, organisation)
        app.add_routes(teams.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        delivering = asyncio.create_task(parts.delivery.run())
        ticker.start()
        if slack:
            slack.start()
        yield settings.address
        if slack:
            await slack.stop()
        await ticker.stop()
        await parts.delivery.stop()
        await delivering
    finally:
        await runner.cleanup()
        if slack:
            await slack.close()
        if teams:
            await teams.close()


def _vitals(settings: Settings, parts: Parts, ticker: Ticker) -> Vitals:
    """What the pages for operators ask."""
    delivery = parts.delivery
    return Vitals(
        trouble=lambda: [*ticker.trouble(), *delivery.trouble()],
        outcomes=lambda: delivery.outcomes,
        dead_after=Timing().dead_after if parts.store.is_shared else None,
        token=settings.metrics_token.get_secret_value(),
        is_private=settings.is_loopback and not settings.public_url,
    )


def _settle(
    settings: Settings, store: Store, library: Library, clock: Clock, *, wants_demo: bool
) -> tuple[str, bool]:
    """The organisation that is served, and whether it is the demo. An empty database gets one, unless told otherwise."""
    organisations = store.read_now(departments.organisations)
    has_demo = store.read_now(demo.is_demo)
    if has_demo and not wants_demo:
        raise ConfigError("the database holds the demo – give another DATABASE_URL, or start without --no-demo")
    if has_demo or (wants_demo and not organisations):
        if refusal := settings.demo_refusal() or store.read_now(demo.demo_allowed):
            raise ConfigError(refusal)
        version = library.say("arrival.version").da
        now = clock.now()
        return store.run_now(lambda db: demo.make_demo(db, now, notice_version=version, timezone=settings.timezone)), True
    if organisations:
        return organisations[0][0], False
    return store.run_now(lambda db: departments.make_organisation(db, settings.organisation, clock.now())), False


def _slack(settings: Settings, store: Store, library: Library, clock: Clock, organisation: str) -> Slack | None:
    """Slack, where it is set up. Its library is loaded only then: it is slow to load, and most starts do without."""
    given = slack_settings(settings)
    if given is None:
        log.info("Slack is off: none of the SLACK_… settings is given")
        return None
    try:
        from bot.channels.slack.running import Slack
    except ModuleNotFoundError as error:
        raise ConfigError("SLACK_… is set, but Slack's library is not installed – run `pip install -c constraints.txt '.[slack]'` where Pejling's source is") from error
    return Slack(given, store, library, clock, organisation)


def _teams(settings: Settings) -> Teams | None:
    """Teams, where it is set up. botbuilder is loaded only then: it takes half a second and 25 MB."""
    given = teams_settings(settings)
    if given is None:
        log.info("Teams is off: none of the MICROSOFT_APP_… settings is given")
        return None
    try:
        from bot.channels.teams.running import Teams
    except ModuleNotFoundError as error:
        raise ConfigError("MICROSOFT_APP_… is set, but botbuilder is not installed – run `pip install -c constraints.txt '.[teams]'` where Pejling's source is") from error
    return Teams(given)


def _travels(parts: Parts, clock: ShiftedClock) -> Travels:
    """The demo's visible control of time; how far it has moved is remembered, so that a restart does not turn it back."""
    travel = Travel(parts.store, parts.turns, parts.editions, clock, parts.delivery, periods_of(parts.library))

    async def go(to: str, person: str = "") -> None:
        if to == "next":
            await travel.to_next(person)
        else:
            await travel.until(clock.now() + SPANS[to])
        await parts.store.run(lambda db: demo.set_demo_offset(db, clock.offset))

    return go


def periods_of(library: Library) -> Periods:
    """How long everything is kept, as the content promises."""
    return Periods.of({one.id: one.days for one in library.retention.values()})


async def _stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    await stop.wait()
