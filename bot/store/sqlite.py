"""SQLite: one file, one writing thread, a few readers.

Several processes may read and write one SQLite file, but only one Pejling may serve from it: a lock file beside it says so.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from ..errors import ConfigError
from .engine import Store, T, Undo, Work
from .faults import keep_values_out_of_errors, refuse_sqlite, translate
from .secrets import Secrets
from .writer import Writer

READERS = 4
BUSY_SECONDS = 10.0
STATEMENTS = 512
"""Prepared statements the driver keeps; more than the whole house has."""

PRAGMAS = (
    "PRAGMA synchronous=FULL",  # "lose nothing" includes the power
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten
    "PRAGMA temp_store=MEMORY",  # nothing is sorted in a file of its own
    "PRAGMA wal_autocheckpoint=4000",  # pages, 16 MB: thousands of rows at once are moved into the file less often
)


class SqliteStore(Store):
    """A SQLite file. See `Store` for what each verb means."""

    kind = "sqlite"

    def __init__(self, url: URL, *, secrets: Secrets, exclusive: bool):
        self.path = Path(url.database or "").resolve()
        self.name = f"sqlite:///{self.path}"
        _make_private_file(self.path)
        self._lock = _lock(self.path) if exclusive else None
        try:
            writing = _engine(url, secrets, begin="BEGIN IMMEDIATE", poolclass=NullPool)
            self._reading = _engine(url, secrets, begin="BEGIN", poolclass=QueuePool, pool_size=READERS, max_overflow=0)
            event.listen(self._reading, "connect", _forbid_writing)
            self._writer = Writer(_connect(writing, self.path))
        except BaseException:
            _unlock(self._lock)
            raise
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="pejling-reader")

    async def run(self, work: Work[T], *, alone: bool = False) -> T:
        return await self._writer.run(work, alone)

    def run_now(self, work: Work[T], *, alone: bool = False) -> T:
        return self._writer.run_now(work, alone)

    async def read(self, work: Work[T]) -> T:
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, self.read_now, work)

    def read_now(self, work: Work[T]) -> T:
        try:
            with self._reading.begin() as db:
                return work(db)
        except Undo as undo:
            return undo.result
        except (SQLAlchemyError, StopIteration) as error:
            raise translate(error)

    def migrate(self, work: Work[T]) -> T:
        def reshape(raw: sqlite3.Connection, db: Connection) -> T:
            # Rebuilding a table drops the old one, and with keys on that would delete what points at it.
            # The pragma does nothing inside a transaction, hence here.
            raw.execute("PRAGMA foreign_keys=OFF")
            try:
                with db.begin():
                    result = work(db)
                    if broken := raw.execute("PRAGMA foreign_key_check").fetchall():
                        raise RuntimeError(f"the migration would leave {len(broken)} rows pointing nowhere")
                    return result
            finally:
                raw.execute("PRAGMA foreign_keys=ON")

        if self._lock is None:  # a command beside a running Pejling may not change the tables under it
            self._lock = _lock(self.path)
        return self._writer.call_now(reshape)

    async def scrub(self) -> bool:
        return await asyncio.to_thread(self._writer.call_now, _truncate_log)

    def close_now(self) -> None:
        self._threads.shutdown()
        self._reading.dispose()
        self._writer.close()  # last, because the last one out empties the log
        _unlock(self._lock)
        self._lock = None

    async def close(self) -> None:
        await asyncio.to_thread(self.close_now)


def _engine(url: URL, secrets: Secrets, *, begin: str, **options: Any) -> Engine:
    # isolation_level None: the driver begins nothing by itself, so that savepoints work and BEGIN is ours to choose.
    connect = {"isolation_level": None, "check_same_thread": False, "timeout": BUSY_SECONDS, "cached_statements": STATEMENTS}
    engine = create_engine(
        url, connect_args=connect, hide_parameters=True, execution_options={"secrets": secrets}, **options
    )
    event.listen(engine, "connect", _set_pragmas)
    # Not as an event: with one, SQLAlchemy asks before and after every statement who listens.
    engine.dialect.do_begin = lambda connection: connection.driver_connection.execute(begin)
    keep_values_out_of_errors(engine)
    return engine


def _set_pragmas(raw: sqlite3.Connection, _record: object) -> None:
    for pragma in PRAGMAS:
        raw.execute(pragma)


def _forbid_writing(raw: sqlite3.Connection, _record: object) -> None:
    raw.execute("PRAGMA query_only=ON")


def _connect(engine: Engine, path: Path) -> Connection:
    """Open the writing connection and try to write, so that what is wrong is said at start."""
    try:
        db = engine.connect()
        raw = db.connection.driver_connection
        (mode,) = raw.execute("PRAGMA journal_mode=WAL").fetchone()
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("ROLLBACK")
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise refuse_sqlite(path, error) from error
    if mode != "wal":
        raise ConfigError(f"DATABASE_URL: {path} lies on a disk without write-ahead logging – put it on a local disk")
    return db


def _truncate_log(raw: sqlite3.Connection, _db: Connection) -> bool:
    """Move everything from the write-ahead log into the file and empty the log: it holds old pages."""
    is_busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def _make_private_file(path: Path) -> None:
    """The file and, by SQLite's rule, its log are readable by this user only."""
    try:
        if path.is_dir():
            raise ConfigError(f"DATABASE_URL: {path} is a folder – name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ConfigError(
            f"DATABASE_URL: {path} cannot be written ({error.strerror}) – give this user write access to the file and its folder"
        ) from error


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody serves from the file meanwhile. Raises ConfigError where somebody does."""
    lock = _lock(path)
    try:
        yield
    finally:
        _unlock(lock)


def _lock(path: Path) -> int:
    """Hold `…-lock` for as long as the store is open. The system lets go of it when the process ends, however it ends."""
    place = path.with_name(path.name + "-lock")
    try:
        lock = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"DATABASE_URL: {place} cannot be written – give this user write access to the folder") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise ConfigError(
            f"DATABASE_URL: {path} is in use by another Pejling (process {holder}) – stop it, or use another file"
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode("ascii"))
    return lock


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)
