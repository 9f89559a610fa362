"""`pejling check`: what is wrong with settings, keys, database and content, and how to mend it. Changes nothing."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.config import Settings
    from bot.library import Library
    from bot.store.engine import Store

FINE, NOTE, WRONG = "✓", "!", "✗"


@dataclass(frozen=True)
class Finding:
    """One line: FINE, NOTE (Pejling starts, but something is weaker), or WRONG (it does not start)."""

    sign: str
    text: str


def add_to(commands: Any) -> None:
    parser = commands.add_parser("check", help="say what is wrong with settings, keys, database and content, and the mend")
    parser.set_defaults(perform=perform)


def perform(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when one of them stops a start."""
    is_wrong = False
    for finding in _findings():
        print(finding.sign, finding.text)
        is_wrong = is_wrong or finding.sign == WRONG
    return 1 if is_wrong else 0


def _findings() -> Iterator[Finding]:
    from bot.config import load_settings
    from bot.errors import ConfigError

    try:
        settings = load_settings()
    except ConfigError as error:
        yield from (Finding(WRONG, line) for line in str(error).splitlines())
        return
    for part in (_settings, _first_names, _content, _database, _slack, _teams):
        yield from _or_wrong(part, settings)


def _or_wrong(part: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    """The findings of one part; what it raises on purpose is a finding too."""
    from bot.errors import PejlingError

    try:
        yield from part(settings)
    except PejlingError as error:
        yield from (Finding(WRONG, line) for line in str(error).splitlines())


def _settings(settings: Settings) -> Iterator[Finding]:
    from bot.config import variable_of

    reach = "only this machine reaches it" if settings.is_loopback else "others reach it"
    yield Finding(FINE, f"settings: listens on {settings.host}:{settings.port}, {reach}; people open {settings.address}")
    if not settings.is_loopback and not settings.public_url:
        yield Finding(NOTE, "PEJLING_PUBLIC_URL is empty: links in messages lead nowhere – give the address people open")
    if not settings.is_loopback and not settings.address.startswith("https://"):
        yield Finding(NOTE, "PEJLING_PUBLIC_URL is not https: others can listen in – put a web server with a certificate before it")
    notice = [variable_of(name) for name in ("municipality", "privacy_link", "dpo") if not getattr(settings, name)]
    if notice:
        yield Finding(NOTE, f"{', '.join(notice)} empty: the notice says less than it should – ask your data protection officer")


def _first_names(settings: Settings) -> Iterator[Finding]:
    names = settings.read_first_names()
    if names:
        yield Finding(FINE, f"first names: {len(names)}")
        return
    reason = "is an empty list" if settings.first_names else "is empty, so there is no list of first names"
    yield Finding(NOTE, f"PEJLING_FIRST_NAMES {reason}: the help with names is weaker – give a file with one first name per line")


def _content(settings: Settings) -> Iterator[Finding]:
    from bot.cli.content import read_all
    from bot.library import BUNDLED, proposals, with_routes

    library = read_all(BUNDLED)
    waiting = len(proposals(library))
    yield Finding(FINE, f"content: {len(library.flows)} flows, {len(library.dilemmas)} dilemmas, {len(library.beacons)} beacons")
    if waiting:
        yield Finding(NOTE, f"content: {waiting} proposals are not approved – see `pejling content check`, and ask who decides")
    if settings.routes:
        library = with_routes(library, settings.routes)
    yield from _routes(library)


def _routes(library: Library) -> Iterator[Finding]:
    # A verified route without a number has none: one's own doctor.
    empty = [route.id for route in library.routes.values() if not (route.number or route.url or route.status == "V")]
    if empty:
        yield Finding(
            NOTE,
            f"routes without number or link: {', '.join(empty)}: people are told whom to ask instead – fill them in, in PEJLING_ROUTES",
        )
    else:
        yield Finding(FINE, f"routes: {len(library.routes)}, none lacks its number or link")


def _database(settings: Settings) -> Iterator[Finding]:
    from bot.cli.opening import is_to_be_made, open_database
    from bot.store import schema

    if is_to_be_made(settings):
        yield from _database_to_come(settings)
        return
    with open_database(settings) as store:
        yield Finding(FINE, f"keys: {_keys_lie_in(settings)}")
        schema.check(store)
        store.run_now(_prove)
        yield Finding(FINE, f"database: {store.name}, version {schema.HEAD}, opened by these keys")
        yield from _demo(settings, store)
        yield from store.read_now(lambda db: list(_administrators(db)))


def _administrators(db: Connection) -> Iterator[Finding]:
    """Where nobody can give roles: the last one deleted themselves, or there never was one."""
    from bot.services import departments, roles

    alone = [name for id, name in departments.organisations(db) if not roles.administrators(db, id)]
    if alone:
        mend = "run `pejling person role give PERSON administrator`, or `pejling person add NAME --administrator`"
        yield Finding(NOTE, f"no administrator in {', '.join(alone)}: nobody there can give roles – {mend}")


def _slack(settings: Settings) -> Iterator[Finding]:
    from bot.cli.slack import slack_settings

    given = slack_settings(settings)
    if given is None:
        yield Finding(FINE, "Slack: off")
        return
    try:
        from bot.channels.slack.checking import look
    except ModuleNotFoundError:
        yield Finding(WRONG, "Slack: its library is not installed – run `pip install -c constraints.txt '.[slack]'` where Pejling's source is")
        return
    yield from (Finding(sign, text) for sign, text in look(given))


def _teams(settings: Settings) -> Iterator[Finding]:
    from bot.cli.teams import look, teams_settings

    given = teams_settings(settings)
    if given is None:
        yield Finding(FINE, "Teams: off")
        return
    yield from (Finding(sign, text) for sign, text in look(given))


def _database_to_come(settings: Settings) -> Iterator[Finding]:
    from bot.cli.opening import keys_of, sqlite_path

    for variable, path in (("DATABASE_URL", sqlite_path(settings)), ("PEJLING_KEY_FILE", settings.key_file)):
        if path and not (variable == "PEJLING_KEY_FILE" and settings.keys) and not _can_be_made(path):
            yield Finding(WRONG, f"{variable}: {path} cannot be made – give this user write access to its folder, or name another")
            return
    if settings.keys or os.path.exists(settings.key_file):
        keys_of(settings)
        yield Finding(FINE, f"keys: {_keys_lie_in(settings)}")
    else:
        yield Finding(FINE, f"keys: none yet; the first start makes {settings.key_file}")
    refusal = settings.demo_refusal() if settings.demo else None
    if refusal:
        yield Finding(WRONG, f"database: none yet, and the first start would make a demo in it. {refusal}")
        return
    yield Finding(FINE, f"database: none yet; the first start makes it{', with a demo' if settings.demo else ''}")


def _can_be_made(path: Path) -> bool:
    folder = next(folder for folder in path.absolute().parents if os.path.exists(folder))
    return os.path.exists(path) or os.access(folder, os.W_OK | os.X_OK)


def _demo(settings: Settings, store: Store) -> Iterator[Finding]:
    from bot.services.demo import is_demo

    if not store.read_now(is_demo):
        return
    if refusal := settings.demo_refusal():
        yield Finding(WRONG, f"database: it holds a demo. {refusal.partition(' – ')[0]} – give another DATABASE_URL")
        return
    yield Finding(NOTE, "database: it holds a demo, so it is not for real people – give another DATABASE_URL before they come")


def _keys_lie_in(settings: Settings) -> str:
    return "in PEJLING_KEYS" if settings.keys else f"in {settings.key_file}, which only this user may read"


def _prove(db: Connection) -> None:
    from bot.store.secrets import prove_keys

    prove_keys(db)
