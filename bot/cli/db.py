"""`pejling db`: bringing the database to this version."""

from __future__ import annotations

import argparse
from typing import Any

from bot.cli import copying


def add_to(commands: Any) -> None:
    parser = commands.add_parser("db", help="the database")
    parts = parser.add_subparsers(metavar="PART", required=True)
    upgrade = parts.add_parser("upgrade", help="bring the database to this version (SQLite does it at start)")
    upgrade.set_defaults(perform=perform_upgrade)
    copying.add_to(parts)


def perform_upgrade(arguments: argparse.Namespace) -> int:
    """Make or change the tables. Raises ConfigError."""
    from bot.cli.key import make_first_key
    from bot.cli.opening import open_database
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


def _what_happened(name: str, before: str | None, now: str) -> str:
    if before is None:
        return f"{name} was empty; it has version {now} now."
    if before == now:
        return f"{name} had version {now} already; nothing was changed."
    return f"{name} went from version {before} to {now}."
