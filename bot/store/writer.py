"""The one thread that writes to SQLite.

Writers of SQLite take turns anyway; with one thread they do so without starving each other, and those that wait can share
one commit (one wait for the disk). Each unit has a savepoint of its own, so one that fails takes only itself back.
Nobody is told anything before the commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from .engine import Undo, Work
from .faults import translate

MOST_TOGETHER = 16
"""Units that share a commit. Measured: more gains little and lets the first wait longer."""

DATABASE_ERRORS = (sqlite3.Error, SQLAlchemyError)


@dataclass(slots=True, eq=False)
class Unit:
    """One unit of work, who waits for it and on which loop (None: a thread that blocks)."""

    work: Work[Any]
    future: asyncio.Future[Any] | Future[Any]
    loop: asyncio.AbstractEventLoop | None = None
    alone: bool = False
    context: Context = field(default_factory=copy_context)
    result: Any = None
    error: BaseException | None = None

    def attempt(self, db: Connection) -> None:
        """Run once; what it raises is raised."""
        self.result, self.error = self.context.run(self.work, db), None

    def fail(self, error: BaseException) -> None:
        """Remember how it ended: an Undo is a result, everything else an error."""
        if isinstance(error, Undo):
            self.result, self.error = error.result, None
        else:
            self.result, self.error = None, translate(error)

    def answer(self) -> None:
        """Tell whoever waits."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


END = Unit(lambda db: None, Future(), alone=True)
"""The last in the queue: nobody waits for it, and it shares no commit."""


class Writer:
    """Owns the writing connection `db`; every use of it happens in this thread."""

    def __init__(self, db: Connection):
        self._db = db
        self._raw: sqlite3.Connection = db.connection.driver_connection
        self._waiting: SimpleQueue[Unit] = SimpleQueue()
        self._is_closed = False
        self._door = threading.Lock()  # nothing slips in behind the end of the queue, where nobody would answer it
        self._thread = threading.Thread(target=self._serve, name="pejling-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[Any], alone: bool) -> Any:
        """Queue `work` and wait, without holding up the loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._put(Unit(work, future, loop, alone))
        return await future

    def run_now(self, work: Work[Any], alone: bool) -> Any:
        """Queue `work` and wait in this thread."""
        future: Future[Any] = Future()
        self._put(Unit(work, future, None, alone))
        return future.result()

    def call_now(self, act: Callable[[sqlite3.Connection, Connection], Any]) -> Any:
        """Call `act(raw, db)` in the writing thread, between transactions, and wait in this thread."""
        return self.run_now(_Between(act), True)

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._waiting.put(END)
        self._thread.join()

    def _put(self, unit: Unit) -> None:
        with self._door:
            if self._is_closed:
                raise RuntimeError("the store is closed")
            self._waiting.put(unit)

    def _serve(self) -> None:
        held: Unit | None = None
        while (first := held or self._waiting.get()) is not END:
            units, held = self._gather(first)
            self._carry_out(units)
            _answer_all(units)
        self._db.close()

    def _gather(self, first: Unit) -> tuple[list[Unit], Unit | None]:
        """Those who wait now and may share a commit, and the next one, if that may not."""
        units = [first]
        while not first.alone and len(units) < MOST_TOGETHER:
            try:
                unit = self._waiting.get_nowait()
            except Empty:
                break
            if unit.alone:
                return units, unit
            units.append(unit)
        return units, None

    def _carry_out(self, units: list[Unit]) -> None:
        units[:] = [unit for unit in units if not unit.future.cancelled()]
        if not units:
            return
        try:
            if len(units) == 1:
                self._commit_one(units[0])
            else:
                self._commit_together(units)
        except BaseException as error:  # noqa: BLE001 - raised to those who wait; the thread must live
            for unit in units:
                unit.fail(error)

    def _commit_one(self, unit: Unit) -> None:
        if isinstance(unit.work, _Between):
            unit.result = unit.work.act(self._raw, self._db)
            return
        try:
            with self._db.begin():
                unit.attempt(self._db)
        except BaseException as error:  # noqa: BLE001 - raised to the one who waits
            unit.fail(error)

    def _commit_together(self, units: Sequence[Unit]) -> None:
        transaction = self._db.begin()
        try:
            with transaction:
                for unit in units:
                    self._attempt_in_savepoint(unit)
        except DATABASE_ERRORS:
            # The shared transaction is gone (SQLite ends it by itself when the disk is full) or its commit failed.
            # Nothing was kept and nobody was told, so each may try by itself and meet only its own fate.
            for unit in units:
                self._commit_one(unit)

    def _attempt_in_savepoint(self, unit: Unit) -> None:
        # Straight to the driver: SQLAlchemy's own savepoints cost as much as one of our statements.
        self._raw.execute("SAVEPOINT unit")
        try:
            unit.attempt(self._db)
        except BaseException as error:  # noqa: BLE001 - raised to the one who waits
            self._raw.execute("ROLLBACK TO unit")
            unit.fail(error)
        self._raw.execute("RELEASE unit")


class _Between:
    """Marks work that needs the connection outside a transaction."""

    def __init__(self, act: Callable[[sqlite3.Connection, Connection], Any]):
        self.act = act

    def __call__(self, db: Connection) -> Any:
        raise AssertionError("runs between transactions, never in one")


def _answer_all(units: Sequence[Unit]) -> None:
    """Wake each event loop once for all of its units: a wake-up costs more than an answer."""
    loops: dict[asyncio.AbstractEventLoop, list[Unit]] = {}
    for unit in units:
        if unit.loop is None:
            unit.answer()
        else:
            loops.setdefault(unit.loop, []).append(unit)
    for loop, theirs in loops.items():
        try:
            loop.call_soon_threadsafe(_answer_each, theirs)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more, and what was committed stays committed


def _answer_each(units: Sequence[Unit]) -> None:
    for unit in units:
        unit.answer()
