"""`pejling db`, and opening the database for the short commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.cli import copying

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Settings
    from bot.store.engine import Store
    from bot.store.secrets import Secrets


def add_to(commands: Any) -> None:
    parser = commands.add_parser("db", help="the database")
    parts = parser.add_subparsers(metavar="PART", required=True)
    upgrade = parts.add_parser("upgrade", help="bring the database to this version (SQLite does it at start)")
    upgrade.set_defaults(perform=perform_upgrade)
    copying.add_to(parts)


def perform_upgrade(arguments: argparse.Namespace) -> int:
    """Make or change the tables. Raises ConfigError."""
    from bot.cli.key import make_first_key
    from bot.config import load_settings
    from bot.store import schema
    from bot.store.shared_work import upgrade_jobs

    settings = load_settings()
    make_first_key(settings)
    with open_database(settings, exclusive=True) as store:
        before = schema.upgrade(store)
        print(_what_happened(store.name, before, schema.HEAD))
        if jobs := upgrade_jobs(store):
            print(f"Several Pejlings may serve from it (procrastinate {jobs}).")
    return 0


@contextmanager
def open_database(settings: Settings, *, exclusive: bool = False) -> Iterator[Store]:
    """The database of the settings, closed again at the end; `exclusive`: only when no Pejling serves from it.

    Raises ConfigError.
    """
    from bot.store.engine import open_store

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


def _what_happened(name: str, before: str | None, now: str) -> str:
    if before is None:
        return f"{name} was empty; it has version {now} now."
    if before == now:
        return f"{name} had version {now} already; nothing was changed."
    return f"{name} went from version {before} to {now}."
