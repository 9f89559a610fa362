"""Opening the database that `DATABASE_URL` names, with the store for its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import ConfigError
from .engine import Store

if TYPE_CHECKING:
    from .secrets import Secrets

SQLITE_FORMS = {"sqlite", "sqlite+pysqlite"}
POSTGRESQL_FORMS = {"postgres", "postgresql", "postgresql+psycopg"}


def open_store(url: str, *, secrets: Secrets, exclusive: bool = True) -> Store:
    """Open the database named by `DATABASE_URL`.

    `exclusive`: on SQLite, refuse when another Pejling has the file. Short commands that work beside a running Pejling
    pass False. PostgreSQL takes any number.
    Raises ConfigError with the mend.
    """
    parsed = _parse(url)
    if parsed.drivername in SQLITE_FORMS:
        from .sqlite import SqliteStore  # only the driver in use is loaded

        return SqliteStore(parsed, secrets=secrets, exclusive=exclusive)
    from .postgresql import PostgresqlStore

    return PostgresqlStore(parsed, secrets=secrets)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError("DATABASE_URL: not an address – write sqlite:///var/pejling.db or postgresql://…") from error
    if parsed.drivername in POSTGRESQL_FORMS:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in SQLITE_FORMS:
        raise ConfigError(f"DATABASE_URL: {parsed.drivername} is not supported – use sqlite:/// or postgresql://")
    if parsed.database in (None, "", ":memory:"):
        raise ConfigError("DATABASE_URL: SQLite needs a file – write sqlite:///var/pejling.db")
    return parsed
