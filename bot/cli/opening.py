"""The database of the settings, as the short commands open it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Settings
    from bot.store.engine import Store
    from bot.store.secrets import Secrets


@contextmanager
def open_database(settings: Settings, *, exclusive: bool = False) -> Iterator[Store]:
    """The database of the settings, closed again at the end; `exclusive`: only when no Pejling serves from it.

    Raises ConfigError.
    """
    from bot.store.opening import open_store

    store = open_store(settings.database_url, secrets=keys_of(settings), exclusive=exclusive)
    try:
        yield store
    finally:
        store.close_now()


def keys_of(settings: Settings) -> Secrets:
    """The keys of the settings. Raises ConfigError: a database that is there is opened by its own keys and no others."""
    from bot.store.secrets import OR_MAKE, PUT_BACK, load_secrets

    mend = PUT_BACK if is_there(settings) else OR_MAKE
    return load_secrets(settings.keys.get_secret_value(), settings.key_file, mend)


def is_there(settings: Settings) -> bool:
    """Whether the database is a SQLite file with something in it. Of PostgreSQL's we know nothing before it is opened."""
    return sqlite_path(settings) is not None and not is_to_be_made(settings)


@contextmanager
def open_ready_database(settings: Settings) -> Iterator[Store]:
    """The same, beside a running Pejling, when its tables are there. Raises ConfigError, and makes nothing."""
    from bot.errors import ConfigError
    from bot.store import schema

    if is_to_be_made(settings):
        raise ConfigError("DATABASE_URL: there is no database yet – start Pejling once, or run `pejling db upgrade`")
    with open_database(settings) as store:
        schema.check(store)
        yield store


def is_to_be_made(settings: Settings) -> bool:
    """Whether the database is a SQLite file that is not there yet, or empty. PostgreSQL's is made by its administrator."""
    path = sqlite_path(settings)
    if path is None:
        return False
    try:
        return not path.exists() or (path.is_file() and path.stat().st_size == 0)
    except OSError:
        return False  # opening it says what is wrong


def sqlite_path(settings: Settings) -> Path | None:
    """The file of a SQLite database; None on PostgreSQL, and where DATABASE_URL is wrong (opening it says how)."""
    from pathlib import Path

    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):
        return None
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
