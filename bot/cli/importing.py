"""`pejling import FILE`: a list of people, for the administrator at the machine. Without --yes it only says what would happen."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.library import Library
    from bot.services.importing import Outlook
    from bot.store.engine import Store

BY = "cli"
MISTAKES_AT_ONCE = 50


def add_to(commands: Any) -> None:
    parser = commands.add_parser("import", help="people, centres, leaders and leader groups from a CSV file")
    parser.add_argument("file", type=Path, metavar="FILE", help="columns: name, e-mail, level, centre, leader, leader group, …")
    parser.add_argument("--make-new", action="store_true", help="make centres and leader groups that are not there yet")
    parser.add_argument("--yes", action="store_true", help="import it; without, nothing is changed")
    parser.set_defaults(perform=perform)


def perform(arguments: argparse.Namespace) -> int:
    """Say what the file does, and do it where that was asked for. Raises PejlingError."""
    from bot.cli.opening import open_ready_database
    from bot.config import load_settings
    from bot.errors import PejlingError
    from bot.library import load
    from bot.services.people_file import read_people

    settings, library = load_settings(), load()
    try:
        raw = arguments.file.read_bytes()
    except OSError as error:
        raise PejlingError(f"{arguments.file} cannot be read ({error.strerror}) – name a CSV file") from error
    file = read_people(raw)
    with open_ready_database(settings) as store:
        outlook = _outlook(store, arguments, file, settings.organisation)
    print("\n".join(_said(library, outlook, is_done=arguments.yes and not outlook.mistakes)))
    return 2 if outlook.mistakes else 0


def _outlook(store: Store, arguments: argparse.Namespace, file: Any, name: str) -> Outlook:
    from bot.clock import SystemClock
    from bot.services import departments, importing

    now = SystemClock().now()
    here = store.run_now(departments.organisations) or [(store.run_now(lambda db: departments.make_organisation(db, name, now)), name)]
    organisation = here[0][0]
    prepared = store.run_now(lambda db: importing.prepare(db, organisation, file))
    about = {"makes_new": arguments.make_new}
    outlook = store.run_now(lambda db: importing.look(db, organisation, file, prepared, **about))
    if outlook.mistakes or not arguments.yes:
        return outlook
    return store.run_now(lambda db: importing.carry_out(db, organisation, file, prepared, **about, by=BY, now=now))


def _said(library: Library, outlook: Outlook, *, is_done: bool) -> Iterator[str]:
    def say(key: str, **values: Any) -> str:
        return library.say(f"import.{key}", **values).spoken("en")

    for one in outlook.mistakes[:MISTAKES_AT_ONCE]:
        yield f"{say('line', line=one.line) + ' ' if one.line else ''}{say(one.key, **one.values)}"
    if outlook.mistakes:
        yield f"{say('wrong_count', count=len(outlook.mistakes))}. {say('wrong_lede')}"
        return
    yield f"{say('new')}: {outlook.new} · {say('changed')}: {outlook.changed} · {say('same')}: {outlook.same} · {say('untouched')}: {outlook.untouched}"
    for key, names in (("new_centres", outlook.centres), ("new_groups", outlook.groups)):
        if names:
            yield f"{say(key)}: {', '.join(names)}"
    if outlook.unused:
        yield say("unused", columns=", ".join(outlook.unused))
    yield f"{say('done_title')}." if is_done else "Nothing is changed yet: give --yes to import it."
