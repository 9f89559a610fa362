"""The floor: the rows of the same turns, read and written by the bare driver on the same database, one commit each.

Nothing is thought about: no screening, no sealing, no drawing. It is as fast as a turn could be if all of that were free.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg

from bot.store.sqlite import PRAGMAS
from tests.bench.turns import ORGANISATION, ROUNDS

PERSON = (
    "SELECT p.id, p.organisation, p.name, p.language, p.timezone, p.level, p.centre, p.leader, p.state, p.notice_version,"
    " p.noticed_at, p.welcomed_at, p.paused_until, p.preferred_channel, p.told_about_chat, p.created_at,"
    " c.id, c.address, c.reachable, c.last_heard_at FROM person p JOIN identity i ON i.person = p.id"
    " LEFT JOIN conversation c ON c.person = p.id AND c.channel = i.channel"
    " WHERE i.channel = 'web' AND i.organisation = ? AND i.external = ?"
)
RUN = (
    "SELECT id, dialog, release, status, occurrence, action, edits, series, touch, sealed FROM dialog_run"
    " WHERE id = ? AND person = ? AND organisation = ?"
)
KEEP = "UPDATE dialog_run SET sealed = ?, page = ?, release = ?, updated_at = ? WHERE id = ?"
CLAIM = "INSERT INTO inbox (event, at) VALUES (?, ?) ON CONFLICT DO NOTHING"
SAY = (
    "INSERT INTO outbox (key, organisation, person, conversation, subject, kind, sealed, state, attempt, reference, reason,"
    " created_at) VALUES (?, ?, ?, ?, ?, 'update', ?, 'queued', 0, '', '', ?)"
)

CARD = bytes(900)
"""As large as a sealed card."""
_numbers = count(1)

Execute = Callable[[str, tuple[Any, ...]], Any]


def votes_on_sqlite(path: str, place: str, run: str) -> float:
    """Secret choices per second (`groups.bare`)."""
    from tests.bench import groups

    db = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        db.execute(pragma)
    try:
        return groups.bare(db.execute, place, run, "BEGIN IMMEDIATE", "", datetime.now(UTC).isoformat(" "))
    finally:
        db.close()


def votes_on_postgresql(url: str, place: str, run: str) -> float:
    """Secret choices per second (`groups.bare`)."""
    from tests.bench import groups

    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as db:

        def execute(statement: str, values: tuple[Any, ...] = ()) -> Any:
            return db.execute(statement.replace("?", "%s"), values)

        return groups.bare(execute, place, run, "BEGIN", " FOR UPDATE", datetime.now(UTC))


def on_sqlite(path: str, runs: list[str]) -> float:
    """Turns per second."""
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        db.execute(pragma)
    try:
        return _measured(db.execute, runs, "BEGIN IMMEDIATE", "", datetime.now(UTC).isoformat(" "))
    finally:
        db.close()


def on_postgresql(url: str, runs: list[str]) -> float:
    """Turns per second."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as db:

        def execute(statement: str, values: tuple[Any, ...] = ()) -> Any:
            return db.execute(statement.replace("?", "%s"), values)

        return _measured(execute, runs, "BEGIN", " FOR UPDATE", datetime.now(UTC))


def _measured(execute: Execute, runs: list[str], begin: str, lock: str, now: Any) -> float:
    start = time.perf_counter()
    for turn in range(ROUNDS * len(runs)):
        n = turn % len(runs)
        execute(begin, ())
        event = f"floor:{next(_numbers):08}"
        execute(CLAIM, (event, now))
        person, *_, conversation, _, _, _ = execute(PERSON, (ORGANISATION, f"p{n}")).fetchone()
        sealed = execute(RUN + lock, (runs[n], person, ORGANISATION)).fetchone()[-1]
        execute(KEEP, (sealed, "s4", "", now, runs[n]))
        if turn < len(runs):
            execute(SAY, (f"{event:32}", ORGANISATION, person, conversation, f"run:{runs[n]}", CARD, now))
        execute("COMMIT", ())
    return ROUNDS * len(runs) / (time.perf_counter() - start)
