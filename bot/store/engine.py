"""The database: units of work, off the event loop.

A unit of work is a plain function `work(db)`. It runs in one transaction in another thread, and whoever awaits it hears
the result only after the commit. Its exception rolls it back. **It may be run more than once** (the database may ask for
that), so it keeps nothing outside `db`, waits for nothing and returns plain data.

    store = open_store("sqlite:///var/pejling.db", secrets=secrets)
    names = await store.run(lambda db: names_of(db, ids))
    await store.close()
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Work = Callable[[Connection], T]

HAS_JOBS = "jobs"
"""The execution option of a connection to a database whose replicas share their work by jobs."""


class Undo(Exception):
    """Raised in a unit of work that wants to leave no trace: all is rolled back and `result` is what `run` returns."""

    def __init__(self, result: Any = None):
        self.result = result
        super().__init__()


class Store(ABC):
    """One open database. `kind` is sqlite or postgresql; `name` may be shown and holds no password, `address` is not and does.

    `is_shared`: several processes may serve from it. `has_jobs`: and they share the delivery work by jobs (`services/jobs.py`).
    """

    kind: str
    name: str
    address: str = ""
    is_shared = False
    has_jobs = False

    @abstractmethod
    async def run(self, work: Work[T], *, alone: bool = False) -> T:
        """Run `work` in one transaction and return its result after the commit.

        `alone`: it does not share a commit with others (SQLite joins waiting units; each still succeeds or fails alone).
        Raises what `work` raises, `StoreFull` and `StoreBusy`.
        """

    @abstractmethod
    async def read(self, work: Work[T]) -> T:
        """Run read-only `work`, beside the writers, on one snapshot of what is committed."""

    @abstractmethod
    def run_now(self, work: Work[T], *, alone: bool = False) -> T:
        """The same as `run`, waiting in this thread: for the command line, never on the event loop."""

    @abstractmethod
    def read_now(self, work: Work[T]) -> T:
        """The same as `read`, waiting in this thread: for the command line, never on the event loop."""

    @abstractmethod
    def migrate(self, work: Work[T]) -> T:
        """Run `work`, which changes the tables, in one transaction and alone, waiting in this thread.

        Time limits and checks of foreign keys do not stand in its way; the keys are checked before the commit.
        """

    @abstractmethod
    async def scrub(self) -> bool:
        """Take out of the files what was erased from the tables. False: someone was reading, so try again later."""

    @abstractmethod
    def close_now(self) -> None:
        """Finish what is under way, fail what has not begun, and let go of the database."""

    @abstractmethod
    async def close(self) -> None:
        """The same as `close_now`, without holding up the event loop."""
