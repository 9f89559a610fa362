"""`pejling key new` and `pejling key rotate`: the keys that seal what people write."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.config import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("key", help="the keys that seal what people write")
    parts = parser.add_subparsers(metavar="PART", required=True)
    new = parts.add_parser("new", help="make a key, in the key file")
    new.add_argument("--file", type=Path, metavar="PATH", help="another key file than PEJLING_KEY_FILE")
    new.add_argument("--add", action="store_true", help="put it first in a key file that is there; the old keys stay")
    new.add_argument("--print", action="store_true", help="show it instead, for PEJLING_KEYS")
    new.set_defaults(perform=perform_new)
    rotate = parts.add_parser("rotate", help="seal everything anew with the first key, so that the others can be taken away")
    rotate.set_defaults(perform=perform_rotate)


def perform_new(arguments: argparse.Namespace) -> int:
    """Make a key. Raises ConfigError: the file is there and --add was not said, it is lost, or cannot be written."""
    from bot.config import load_settings
    from bot.errors import ConfigError
    from bot.store.secrets import add_key

    if arguments.print:
        print(_new_key())
        return 0
    settings = load_settings()
    path = arguments.file or settings.key_file
    if not arguments.file:
        _refuse_to_hide_a_loss(settings)
    if os.path.exists(path) and not arguments.add:
        raise ConfigError(
            f"PEJLING_KEY_FILE: {path} is there already, and without its keys nothing can be read"
            " – add a key to it with --add, or name another file with --file"
        )
    count = add_key(path)
    print(f"Made a key in {path} ({_count(count)} now). Keep a copy in a safe place: without it nothing can be read.")
    if count > 1:
        print("Start Pejling anew; then `pejling key rotate`, and after that the older keys may be taken away.")
    return 0


def perform_rotate(arguments: argparse.Namespace) -> int:
    """Seal everything with the newest key. Raises ConfigError, also while a Pejling serves from the same SQLite file."""
    from bot.cli.opening import is_to_be_made, open_database
    from bot.config import load_settings
    from bot.errors import ConfigError
    from bot.store import schema
    from bot.store.secrets import prove_keys, rotate

    settings = load_settings()
    if is_to_be_made(settings):
        raise ConfigError("DATABASE_URL: there is no database yet – nothing is sealed, so nothing need be sealed anew")
    with open_database(settings, exclusive=True) as store:
        schema.check(store)
        store.run_now(prove_keys)
        count = store.run_now(rotate, alone=True)
    print(f"Sealed anew with the first key: {count}. The other keys may be taken away now.")
    return 0


def _refuse_to_hide_a_loss(settings: Settings) -> None:
    """A new key opens nothing of a database that is there already. Raises ConfigError."""
    from bot.cli.opening import is_there, sqlite_path
    from bot.errors import ConfigError
    from bot.store.secrets import PUT_BACK

    if not settings.keys and not os.path.exists(settings.key_file) and is_there(settings):
        reason = f"{settings.key_file} is missing, and {sqlite_path(settings)} is there, which no new key opens"
        raise ConfigError(f"PEJLING_KEY_FILE: {reason} – {PUT_BACK}")


def make_first_key(settings: Settings) -> bool:
    """Make the key file of a new SQLite database; say whether it did.

    Never for a database that is there: its key is somewhere else, and a new one would only hide that.
    """
    from bot.cli.opening import is_to_be_made
    from bot.store.secrets import add_key

    if settings.keys or os.path.exists(settings.key_file) or not is_to_be_made(settings):
        return False
    add_key(settings.key_file)
    print(f"Made a key in {settings.key_file}. Keep a copy in a safe place: without it nothing can be read.")
    return True


def _new_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _count(number: int) -> str:
    return "one key" if number == 1 else f"{number} keys"
