"""What can go wrong with the database, in words that say how to mend it.

Database errors carry statements and sometimes values; what is raised from here carries neither, because a person's words
must never reach a log.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError, DBAPIError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import ConfigError, PejlingError

E = TypeVar("E", bound=BaseException)

BUSY_STATES = {"55P03", "57014"}
"""PostgreSQL: a lock, or a statement, took longer than we wait."""

SQLITE_PRIMARY = 0xFF
"""The low byte of an extended SQLite result code is its kind (https://sqlite.org/rescode.html)."""

DISK_FULL = "53100"
CONFLICTS = {"40001", "40P01"}
"""PostgreSQL: serialization failure and deadlock; the server has rolled back and the same unit may be tried again."""


class StoreFull(PejlingError):
    """The disk is full. The unit of work was rolled back as a whole; what was committed before is untouched."""


class StoreBusy(PejlingError):
    """Another process held the database longer than we wait. Nothing of the unit of work was kept."""


def translate(error: BaseException) -> BaseException:
    """The error to raise to whoever asked for a unit of work: ours where we know it, else the same one."""
    code = sqlite_code(error)
    if code == sqlite3.SQLITE_FULL or sqlstate(error) == DISK_FULL:
        return _caused(StoreFull("the disk is full: nothing of this was saved – make room, then try again"), error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or sqlstate(error) in BUSY_STATES:
        return _caused(StoreBusy("somebody else held what was needed for too long – nothing was kept, so try again"), error)
    if isinstance(error, StopIteration):  # a future cannot carry it: whoever waits would wait for ever
        return _caused(RuntimeError("a unit of work raised StopIteration"), error)
    return error


def refuse_sqlite(path: Path, error: BaseException) -> ConfigError:
    """Why the SQLite file cannot be used at start, and the mend."""
    match sqlite_code(error):
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            reason = "is not a database, or is damaged – point DATABASE_URL to another file, or put back a backup"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            reason = "cannot be written – give this user write access to the file and its folder"
        case sqlite3.SQLITE_FULL:
            reason = "has no room left on its disk – make room, then start again"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            reason = "is held by another process – stop it, then start again"
        case _:
            reason = f"cannot be opened ({_first_line(error)}) – check DATABASE_URL"
    return _caused(ConfigError(f"DATABASE_URL: {path} {reason}"), error)


def refuse_postgresql(shown_url: str, error: BaseException) -> ConfigError:
    """Why PostgreSQL cannot be reached at start, and the mend. libpq gives no code here, only a text."""
    text = str(getattr(error, "orig", error)).lower()
    if "authentication failed" in text or "no password supplied" in text or "role" in text and "does not exist" in text:
        reason = "the user or the password is wrong – check both in DATABASE_URL"
    elif "database" in text and "does not exist" in text:
        reason = "there is no such database – create it, or mend the name in DATABASE_URL"
    elif "resolve" in text or "name or service" in text or "no address" in text:
        reason = "the host is not known – check the host name in DATABASE_URL"
    elif "refused" in text or "timeout" in text or "timed out" in text or "no such file" in text:
        reason = "nothing answers there – is PostgreSQL running, and are host and port right?"
    else:
        reason = f"{_first_line(error)} – check DATABASE_URL"
    return _caused(ConfigError(f"DATABASE_URL: {shown_url}: {reason}"), error)


def keep_values_out_of_errors(engine: Engine) -> None:
    """Cut a database error to its first line.

    PostgreSQL's second line is a DETAIL that quotes the row; SQLAlchemy's own quoting is off by `hide_parameters`.
    """

    @event.listens_for(engine, "handle_error")
    def _cut(context: ExceptionContext) -> None:
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args and isinstance(error.args[0], str):
                error.args = (_first_line(error), *error.args[1:])


DATABASE_AWAY = (DBAPIError, PoolTimeout, StoreBusy)
"""What the database raises when it is away, or (`is_away`) refuses for good."""


def is_away(error: BaseException) -> bool:
    """The database failed, and the same may work later; False for what it would refuse again (a bug)."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, (DataError, NotSupportedError, ProgrammingError))
    return isinstance(error, (sqlite3.OperationalError, PoolTimeout, StoreBusy))


def is_conflict(error: BaseException) -> bool:
    """PostgreSQL has rolled back because of someone else's transaction; the same unit may be tried again."""
    return sqlstate(error) in CONFLICTS


def is_lost_connection(error: BaseException) -> bool:
    """The connection broke under a statement."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code, or None when this is not one of SQLite's errors."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return None if code is None else code & SQLITE_PRIMARY


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-letter code, or None."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _first_line(error: BaseException) -> str:
    text = str(error.args[0]) if error.args else ""
    return text.partition("\n")[0]


def _caused(new: E, cause: BaseException) -> E:
    new.__cause__ = cause
    return new
