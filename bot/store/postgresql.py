"""PostgreSQL: a small pool of threads, each with a connection."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from .engine import HAS_JOBS, Store, T, Undo, Work
from .faults import is_conflict, is_lost_connection, keep_values_out_of_errors, refuse_postgresql, translate
from .secrets import Secrets

THREADS = 8
TRIES = 5
"""How often a unit is tried when the server rolls it back for someone else's sake."""

FIRST_PAUSE = 0.005
"""Seconds, doubled each time, of which a random part is waited. Without any, the one that was rolled back may take its
first row again before the other has woken up, and they block each other anew."""

CONNECT_SECONDS = 5
SERVER_SETTINGS = {
    "statement_timeout": "15s",  # a unit of work takes milliseconds; more is a lock that somebody forgot
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
UPGRADE_LOCK = 0x70656A  # any number, the same in every Pejling: two upgrades at once take turns


class PostgresqlStore(Store):
    """A PostgreSQL database. See `Store` for what each verb means."""

    kind = "postgresql"
    is_shared = True

    def __init__(self, url: URL, *, secrets: Secrets):
        self.name = url.render_as_string(hide_password=True)
        self.address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        settings = " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items())
        self._engine = create_engine(
            url,
            pool_size=THREADS,
            max_overflow=0,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, "options": settings},
            execution_options={"secrets": secrets},
        )
        keep_values_out_of_errors(self._engine)
        self.has_jobs = self._greet()
        self._engine.update_execution_options(**{HAS_JOBS: self.has_jobs})
        self._reading = self._engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pejling-db")

    async def run(self, work: Work[T], *, alone: bool = False) -> T:
        return await self._hop(self.run_now, work)

    def run_now(self, work: Work[T], *, alone: bool = False) -> T:
        for attempt in range(TRIES - 1):
            try:
                return self._try(work)
            except _Again:
                time.sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))
        try:
            return self._try(work)
        except _Again as again:
            raise translate(again.error) from again.error

    async def read(self, work: Work[T]) -> T:
        return await self._hop(self.read_now, work)

    def read_now(self, work: Work[T]) -> T:
        try:
            with self._reading.connect() as db, db.begin():
                return work(db)
        except Undo as undo:
            return undo.result
        except (SQLAlchemyError, StopIteration) as error:
            if is_lost_connection(error):
                return self._read_again(work)
            raise translate(error)

    def migrate(self, work: Work[T]) -> T:
        with self._engine.begin() as db:
            db.execute(text("SET LOCAL statement_timeout = 0"))
            db.execute(text("SET LOCAL lock_timeout = '60s'"))
            db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
            return work(db)

    async def scrub(self) -> bool:
        """Nothing to do here: PostgreSQL's own cleaning, log and backups are the administrator's; words lie there sealed."""
        return True

    def close_now(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    async def close(self) -> None:
        await asyncio.to_thread(self.close_now)

    async def _hop(self, call: Any, work: Work[T]) -> T:
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, call, work)

    def _try(self, work: Work[T]) -> T:
        """One attempt. Raises `_Again` when the server surely kept nothing and the same may be tried again.

        A connection lost before the commit is such a case (so there is no need to ask the server before each unit
        whether it is still there); one lost during the commit is not: it may have been kept.
        """
        with self._connection() as db:
            transaction = db.begin()
            try:
                result = work(db)
            except Undo as undo:
                transaction.rollback()
                return undo.result
            except BaseException as error:
                if is_lost_connection(error):
                    raise _Again(error) from error
                transaction.rollback()
                if is_conflict(error):
                    raise _Again(error) from error
                raise translate(error)
            try:
                transaction.commit()
            except DBAPIError as error:
                if is_conflict(error):
                    raise _Again(error) from error
                raise translate(error)
            return result

    def _connection(self) -> Connection:
        return self._engine.connect()

    def _read_again(self, work: Work[T]) -> T:
        with self._reading.connect() as db, db.begin():
            return work(db)

    def _greet(self) -> bool:
        """Whether its replicas share their work by jobs. Raises ConfigError where nothing answers."""
        try:
            with self._engine.connect() as db:
                return bool(db.scalar(text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")))
        except SQLAlchemyError as error:
            raise refuse_postgresql(self.name, error) from error


class _Again(Exception):
    """The server kept nothing; the same unit may be tried again."""

    def __init__(self, error: BaseException):
        self.error = error
        super().__init__()
