"""The demo's time goes forward, and everything in between happens as if it had been waited for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import FixedClock, ShiftedClock
from bot.delivery import Delivery
from bot.errors import TryAgain
from bot.editions import Editions
from bot.services import actions, schedules
from scheduler.ticker import Ticker
from scheduler.travel import Travel
from tests.furniture import furnished, load
from tests.services.lives import NOW, department

EDITIONS = Editions(load(), furnished(load()))
TZ = "Europe/Copenhagen"
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
DAY = timedelta(days=1)


class Screen:
    """The web chat, as delivery sees it: what arrived, when, for whom."""

    name = "web"

    def __init__(self, clock):
        self.clock, self.seen, self.refusals = clock, [], []

    async def send(self, address, card, *, key, replaces):
        if self.refusals:
            raise self.refusals.pop()
        self.seen.append((self.clock.now(), address["person"], card["title"]))
        return key

    async def was_sent(self, address, key, since):
        return None


class Nobody:
    async def handle(self, event):
        raise AssertionError("no run was waiting")


@pytest.fixture
def clock():
    return ShiftedClock(FixedClock(NOW))


@pytest.fixture
def screen(clock):
    return Screen(clock)


@pytest.fixture
def travel(store, clock, screen):
    delivery = Delivery(store, {"web": screen}, clock, random=lambda: 0.0)
    return Travel(store, Nobody(), EDITIONS, clock, delivery)


@pytest.fixture
def here(store):
    return store.run_now(department)


def rhythm(store, who, weekday=0):
    ids = {"organisation": who.organisation, "person": who.id}
    what = {"weekday": weekday, "time": "08:00", "every": 1, "timezone": TZ, "now": NOW}
    store.run_now(lambda db: schedules.set_rhythm(db, **ids, **what))


def agree(store, who, ask_in):
    what = {"what": "x", "who": "mig", "by": None, "evaluator": "mig", "visibility": "private", "now": NOW}
    store.run_now(lambda db: actions.add(db, who, run="r", entry=None, flow="F01", beacon="", ask_in=ask_in, **what))


async def test_a_month_passes_in_order_each_card_at_its_own_moment(store, here, travel, screen, clock):
    rhythm(store, here.ea)
    rhythm(store, here.per, weekday=2)
    agree(store, here.ea, 9)
    await travel.until(NOW + 17 * DAY)
    times = [moment for moment, _, _ in screen.seen]
    assert times == sorted(times)
    assert [(moment.day, who == here.ea.id) for moment, who, _ in screen.seen] == [
        (25, False),
        (30, True),
        (2, False),
        (2, True),
        (7, True),
        (7, True),
        (9, False),
    ]
    assert screen.seen[1][0] == MONDAY
    assert clock.now() == NOW + 17 * DAY


async def test_to_the_next_thing_that_reaches_somebody(store, here, travel, screen, clock):
    rhythm(store, here.ea)
    rhythm(store, here.per, weekday=2)
    assert await travel.to_next(here.ea.id)
    assert clock.now() == MONDAY and screen.seen[-1][1] == here.ea.id
    assert await travel.to_next()
    assert clock.now() == MONDAY + 2 * DAY and screen.seen[-1][1] == here.per.id


async def test_where_nothing_is_to_come_time_stands(store, here, travel, screen, clock):
    rhythm(store, here.per)
    assert not await travel.to_next(here.ea.id)
    assert (clock.now(), screen.seen) == (NOW, [])


async def test_somebody_who_never_answers_comes_to_rest_and_time_stands_there(store, here, travel, screen, clock):
    rhythm(store, here.ea)
    assert [await travel.to_next(here.ea.id) for _ in range(6)] == [True] * 4 + [False] * 2
    assert clock.now() == MONDAY + timedelta(days=21)


async def test_time_never_goes_back(store, here, travel, clock):
    await travel.until(NOW - DAY)
    assert clock.now() == NOW


async def test_what_could_not_be_sent_is_tried_again_on_the_way(store, here, travel, screen):
    rhythm(store, here.ea)
    screen.refusals = [TryAgain("busy", after=60)]
    await travel.until(MONDAY + DAY)
    assert [moment for moment, _, _ in screen.seen] == [MONDAY + timedelta(minutes=1)]


async def test_two_journeys_at_once_follow_each_other(store, here, travel, screen, clock):
    rhythm(store, here.ea)
    await asyncio.gather(travel.until(NOW + 10 * DAY), travel.until(NOW + 5 * DAY))
    assert len(screen.seen) == 1 and clock.now() == NOW + 10 * DAY


async def test_the_ticker_ticks_by_itself_and_wakes_delivery(store, here):
    rhythm(store, here.ea)
    clock, woken = FixedClock(MONDAY), asyncio.Event()
    ticker = Ticker(store, Nobody(), EDITIONS, clock, woken.set, every=0.01)
    ticker.start()
    async with asyncio.timeout(5):
        await woken.wait()
        await ticker.stop()
    woken.clear()
    clock.pass_(timedelta(days=7))
    assert not woken.is_set()
    assert (await ticker.tick()).cards == 1


async def test_what_falls_due_before_the_next_tick_gets_one_at_its_moment(sqlite_store):
    here, clock, woken = sqlite_store.run_now(department), FixedClock(MONDAY - timedelta(seconds=0.05)), asyncio.Event()
    rhythm(sqlite_store, here.ea)
    ticker = Ticker(sqlite_store, Nobody(), EDITIONS, clock, woken.set, every=3600)
    ticker.start()
    assert (await ticker.tick()).next_at == MONDAY
    clock.set(MONDAY)
    async with asyncio.timeout(5):
        await woken.wait()
    await ticker.stop()
