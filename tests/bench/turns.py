"""A page of answers through the one door: screened, sealed, kept, the next page drawn, a card in the outbox when due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from cryptography.fernet import Fernet

from bot.app import About, Parts, assemble, furnish
from bot.clock import SystemClock
from bot.events import Chose, Sender, Submitted
from bot.library import load
from bot.services import departments, people
from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import Secrets

PEOPLE = 200
ROUNDS = 3
"""How often everybody sends the page in. The first time the card in the chat changes, so one turn in three says something."""
IN_FLIGHT = 32
ORGANISATION = "bench"
FLOW, PAGE = "F10", "s1"  # two texts and a choice
FIRST_NAMES = frozenset({"karla", "mette", "anders"})
SENTENCES = (
    "Vi har haft en god uge i teamet, og jeg har øvet mig i at spørge, før jeg svarer.",
    "Det er svært, når der er travlt om morgenen, men medarbejderne tager mere ansvar, når jeg venter lidt med mit svar.",
    "Der er 3 nye opgaver på vej, og jeg er ikke sikker på, hvem der skal tage dem.",
    "Jeg vil gerne have, at alle når at sige, hvad der fylder, på næste møde.",
    "Vagtskiftet tager for lang tid, så det tager vi op sammen med TRIO.",
    "Dokumentationen halter, og det går ud over overblikket.",
    "Vi prøver den nye måde at lave planer på i to uger og ser, hvad der sker.",
)
_numbers = count(1)


@dataclass(frozen=True)
class Pace:
    """`per_second` turns, `worked` milliseconds of processor time each; `half` and `nearly_all` waited so many milliseconds at the most; `blocked` is the longest time, in
    milliseconds, in which the event loop did nothing else."""

    per_second: float
    worked: float
    half: float
    nearly_all: float
    blocked: float


@asynccontextmanager
async def staffed(url: str) -> AsyncIterator[tuple[Parts, list[str]]]:
    """The application on an empty database, with people who have begun the flow; gives their runs."""
    store = open_store(url, secrets=Secrets([Fernet.generate_key().decode()]))
    try:
        schema.upgrade(store)
        library, clock = load(), SystemClock()
        house = furnish(library, FIRST_NAMES, About())
        parts = assemble(store=store, library=library, clock=clock, house=house, channels={})
        settled = {"state": "active", "language": "da", "level": "lm", "notice_version": library.say("arrival.version").da}

        def settle(db):
            departments.make_organisation(db, "Bench", clock.now(), id=ORGANISATION)
            for n in range(PEOPLE):
                people.set_person(db, people.meet(db, sender(n), clock.now()), settled, clock.now())

        store.run_now(settle)
        yield parts, [await _begin(parts, n) for n in range(PEOPLE)]
    finally:
        await store.close()


def sender(n: int) -> Sender:
    return Sender(channel="web", organisation=ORGANISATION, external=f"p{n}", name=f"P {n}", address={"person": f"p{n}"})


async def _begin(parts: Parts, n: int) -> str:
    answer = await parts.turns.handle(Chose(id=f"begin:{n}", sender=sender(n), subject="", action="begin", value=FLOW))
    assert answer.form and answer.form.page == PAGE
    return answer.form.run


def page(n: int, run: str) -> Submitted:
    number = next(_numbers)
    values = {"s1": text(number, sentences=3), "s2": "mange", "s3": text(number + 1, sentences=2)}
    return Submitted(id=f"web:{number:08}", sender=sender(n), run=run, page=PAGE, button="next", values=values)


def text(number: int, sentences: int) -> str:
    """Something that somebody might write, about 200 letters; two in a row are never the same."""
    return " ".join(SENTENCES[(number + 3 * n) % len(SENTENCES)] for n in range(sentences))


async def one_after_another(parts: Parts, runs: list[str]) -> Pace:
    return await _measured(parts, runs, at_once=1)


async def many_in_flight(parts: Parts, runs: list[str]) -> Pace:
    return await _measured(parts, runs, at_once=IN_FLIGHT)


async def _measured(parts: Parts, runs: list[str], at_once: int) -> Pace:
    pages = iter([page(n, run) for _ in range(ROUNDS) for n, run in enumerate(runs)])
    waits: list[float] = []

    async def send() -> None:
        for one in pages:
            start = time.perf_counter()
            answer = await parts.turns.handle(one)
            waits.append(time.perf_counter() - start)
            assert answer.form and answer.form.page != PAGE

    watch = Watch()
    start, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(send() for _ in range(at_once)))
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    waits.sort()
    number = len(waits)
    return Pace(
        number / seconds, 1000 * worked / number, 1000 * waits[number // 2], 1000 * waits[number * 99 // 100], watch.stop()
    )


class Watch:
    """Looks every millisecond whether the event loop still turns. `own`: the longest pause in milliseconds, counted only as far as
    this process worked meanwhile; the rest of it the machine was with others."""

    EVERY = 0.001

    def __init__(self) -> None:
        self._loop, self._last, self._longest = asyncio.get_running_loop(), time.perf_counter(), 0.0
        self._worked, self.own = time.process_time(), 0.0
        self._next = self._loop.call_later(self.EVERY, self._look)

    def _look(self) -> None:
        now = time.perf_counter()
        pause, self._last = now - self._last - self.EVERY, now
        worked, self._worked = time.process_time() - self._worked, time.process_time()
        self._longest, self.own = max(self._longest, pause), max(self.own, 1000 * min(pause, worked))
        self._next = self._loop.call_later(self.EVERY, self._look)

    def stop(self) -> float:
        """The longest pause so far, in milliseconds."""
        self._next.cancel()
        return 1000 * self._longest
