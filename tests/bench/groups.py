"""A secret choice through the one door: sixty people in one place, the state opened, kept and sealed evenly at every vote."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from cryptography.fernet import Fernet

from bot.app import About, Parts, assemble, furnish
from bot.clock import SystemClock
from bot.events import Chose, Sender, Submitted
from bot.library import load
from bot.services import departments, people, places
from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.bench.floor import CLAIM, PERSON, Execute
from tests.bench.turns import FIRST_NAMES, ORGANISATION, Pace, Watch, sender, text
from tests.groups.ballot import Ballot

PLAYERS = 60
ROUNDS = 5
PLACE = "SELECT id, organisation, channel, language, address, reachable FROM conversation WHERE id = ? AND organisation = ?"
RUN = "SELECT id, organisation, place, dialog, status, posted, sealed FROM group_run WHERE id = ?"
KEEP = "UPDATE group_run SET sealed = ? WHERE id = ?"
_numbers = count(1)


@asynccontextmanager
async def playing(url: str) -> AsyncIterator[tuple[Parts, str, list[str]]]:
    """The application on an empty database, one ballot going on; gives the place, and the page each player has open."""
    store = open_store(url, secrets=Secrets([Fernet.generate_key().decode()]))
    try:
        schema.upgrade(store)
        library, clock = load(), SystemClock()
        house = furnish(library, FIRST_NAMES, About())
        parts = assemble(store=store, library=library, clock=clock, house=house, channels={}, groups=(Ballot(),))
        settled = {"state": "active", "language": "da", "level": "lm", "notice_version": library.say("arrival.version").da}

        def settle(db: Any) -> str:
            departments.make_organisation(db, "Bench", clock.now(), id=ORGANISATION)
            for n in range(PLAYERS):
                people.set_person(db, people.meet(db, sender(n), clock.now()), settled, clock.now())
            return places.meet_place(db, ORGANISATION, "web", "bench", {"name": "Bench"}, clock.now())[0]

        place = store.run_now(settle)
        first = await _press(parts, 0, place, f"place:{place}", "begin", "dilemma")
        assert first is None
        subject = await store.read(lambda db: f"group:{parts.turns.groups.standing(db, ORGANISATION, place, 'da')[0]['subject'][6:]}")
        yield parts, place, [(await _press(parts, n, place, subject, "vote")).run for n in range(PLAYERS)]
    finally:
        await store.close()


async def _press(parts: Parts, n: int, place: str, subject: str, action: str, value: str = "") -> Any:
    about = {"subject": subject, "action": action, "value": value}
    return (await parts.turns.handle(Chose(id=f"press:{next(_numbers):08}", sender=_here(n, place), **about))).form


def _here(n: int, place: str) -> Sender:
    return replace(sender(n), place=place)


async def voted(parts: Parts, place: str, pages: list[str]) -> Pace:
    """Everybody at once, several times over."""
    waits: list[float] = []

    async def vote(n: int, number: int) -> None:
        values = {"choice": "yes" if number % 3 else "no", "why": text(number, sentences=2)}
        event = Submitted(id=f"vote:{number:08}", sender=_here(n, place), run=pages[n], page="vote", button="next", values=values)
        start = time.perf_counter()
        answer = await parts.turns.handle(event)
        waits.append(time.perf_counter() - start)
        assert answer.form and answer.form.closed

    watch, start, worked = Watch(), time.perf_counter(), time.process_time()
    for _ in range(ROUNDS):
        await asyncio.gather(*(vote(n, next(_numbers)) for n in range(PLAYERS)))
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    waits.sort()
    number = len(waits)
    halves = (1000 * waits[number // 2], 1000 * waits[number * 99 // 100])
    return Pace(number / seconds, 1000 * worked / number, *halves, watch.stop())


def bare(execute: Execute, place: str, run: str, begin: str, lock: str, now: Any) -> float:
    """Votes a second by the bare driver: the same rows, read and written, one commit each."""
    start, total = time.perf_counter(), PLAYERS * ROUNDS
    for turn in range(total):
        execute(begin, ())
        execute(CLAIM, (f"group:floor:{next(_numbers):08}", now))
        *_, sealed = execute(RUN + lock, (run,)).fetchone()
        execute(PLACE, (place, ORGANISATION)).fetchone()
        execute(PERSON, (ORGANISATION, f"p{turn % PLAYERS}")).fetchone()
        execute(KEEP, (sealed, run))
        execute("COMMIT", ())
    return total / (time.perf_counter() - start)
