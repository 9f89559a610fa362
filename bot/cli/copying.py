"""`pejling db copy`: from a SQLite file to PostgreSQL, with a bar that says how far it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

WIDTH = 30


def add_to(parts: Any) -> None:
    parser = parts.add_parser("copy", help="copy everything from a SQLite file to an empty PostgreSQL database, and check it")
    parser.add_argument("--from", dest="source", metavar="URL", help="sqlite:///…; else DATABASE_URL")
    parser.add_argument("--to", dest="target", metavar="URL", required=True, help="postgresql://…")
    parser.set_defaults(perform=perform)


def perform(arguments: argparse.Namespace) -> int:
    """Copy, compare, and say what to do next. Raises ConfigError."""
    from bot.cli.opening import keys_of
    from bot.config import load_settings
    from bot.errors import ConfigError
    from bot.store.copying import copy
    from bot.store.opening import open_store

    settings = load_settings(**({"database_url": arguments.source} if arguments.source else {}))
    path, secrets = _file(settings.database_url), keys_of(settings)
    try:
        target = open_store(arguments.target, secrets=secrets)
    except ConfigError as error:
        raise ConfigError(str(error).replace("DATABASE_URL", "--to")) from error
    try:
        if not target.is_shared:
            raise ConfigError("--to: copying goes to PostgreSQL – write postgresql://name:password@host/database")
        bar = Bar(sys.stderr)
        copied = copy(path, target, secrets, bar)
        bar.end()
    finally:
        target.close_now()
    print(f"{copied.rows:,} rows in {copied.tables} tables, the same on both sides.")
    if copied.unreadable:
        print(f"{copied.unreadable} sealed values cannot be opened by these keys, here or there.")
    print("Now set DATABASE_URL to the new one and start Pejling. Keep the file until you are sure; nothing in it was changed.")
    return 0


def _file(url: str) -> Path:
    """Raises ConfigError."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from bot.errors import ConfigError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ConfigError("--from: copying begins at a SQLite file – write sqlite:///var/pejling.db")
    path = Path(parsed.database).resolve()
    if not path.is_file():
        raise ConfigError(f"--from: {path} is not there – name the file in DATABASE_URL")
    return path


class Bar:
    """[##########----------]  outbox  1,500 of 3,000; on a terminal in one line, else a line for each table that is done."""

    def __init__(self, out: Any):
        self._out, self._is_terminal = out, out.isatty()

    def __call__(self, name: str, done: int, total: int) -> None:
        if not self._is_terminal:
            if done == total:
                self._out.write(f"{name}: {total:,}\n")
            return
        full = WIDTH * done // total if total else WIDTH
        self._out.write(f"\r\x1b[K[{'#' * full}{'-' * (WIDTH - full)}]  {name}  {done:,} of {total:,}")
        self._out.flush()

    def end(self) -> None:
        if self._is_terminal:
            self._out.write("\r\x1b[K")
