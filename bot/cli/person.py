"""`pejling person …`: people and their roles, for the administrator at the machine. Works beside a running Pejling."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.services.person_row import PersonRow

BY = "cli"
WEB = "web"
LINK_PATH = "/in/"
SHORTEST_ID = 6
"""How much of an id is enough to name somebody, and is shown in the list: more where it takes more to tell two apart."""


def add_to(commands: Any) -> None:
    parser = commands.add_parser("person", help="people and their roles")
    parts = parser.add_subparsers(metavar="PART", required=True)
    _part(parts, "list", list_people, "everybody, with centre and roles; never who takes part")
    add = _part(parts, "add", add_person, "somebody new")
    add.add_argument("name")
    add.add_argument("--centre", help="the name of a centre; made where there is none of that name")
    add.add_argument("--level", help="a level of levels.yaml")
    add.add_argument("--leader", metavar="PERSON", help="who leads them")
    add.add_argument("--language", choices=("da", "en"))
    add.add_argument("--administrator", action="store_true", help="give them the role administrator")
    link = _part(parts, "link", make_link, "a link that signs somebody in to the pages, once, within ten minutes")
    code = _part(parts, "join-code", make_join_code, "a code that joins their account on another channel, within a quarter of an hour")
    for part in (link, code):
        part.add_argument("person", metavar="PERSON", help="a name, an id, or the beginning of an id")
    link.add_argument("--port", type=int, help="the port that `pejling run --port` was told, where it was")
    role = parts.add_parser("role", help="give or take a role").add_subparsers(metavar="PART", required=True)
    for name, work, what in (("give", give_role, "give a role"), ("take", take_role, "take a role away")):
        part = _part(role, name, work, what)
        part.add_argument("person", metavar="PERSON", help="a name, an id, or the beginning of an id")
        part.add_argument("role", choices=("coordinator", "administrator"))
        part.add_argument("--centre", help="only for this centre")


def _part(parts: Any, name: str, work: Callable[..., Iterable[str]], what: str) -> argparse.ArgumentParser:
    parser = parts.add_parser(name, help=what)
    parser.set_defaults(perform=perform, work=work)
    return parser


def perform(arguments: argparse.Namespace) -> int:
    """Do the work in one transaction and print what it says. Raises PejlingError."""
    from bot.cli.opening import open_ready_database
    from bot.clock import SystemClock
    from bot.config import load_settings

    settings = load_settings(port=getattr(arguments, "port", None))
    arguments.organisation = settings.organisation
    arguments.settings = settings
    now = SystemClock().now()
    with open_ready_database(settings) as store:
        lines = store.run_now(lambda db: list(arguments.work(db, arguments, now)))
    print("\n".join(lines))
    return 0


def list_people(db: Connection, arguments: argparse.Namespace, now: datetime) -> Iterable[str]:
    from bot.services import departments, people, roles

    organisation = _organisation(db)
    if organisation is None or not (everybody := people.people(db, organisation)):
        yield "There is nobody yet: `pejling person add NAME --administrator` makes the first."
        return
    centres = {centre.id: centre.name for centre in departments.centres(db, organisation)}
    length = _telling_length([person.id for person in everybody])
    for person in everybody:
        spelt = [
            role.role + (f" of {centres.get(role.centre, role.centre)}" if role.centre else "")
            for role in roles.roles_of(db, person)
        ]
        about = [person.name or "(no name)", centres.get(person.centre or "", ""), person.level, ", ".join(spelt)]
        yield f"{person.id[:length]}  {' · '.join(part for part in about if part)}"


def add_person(db: Connection, arguments: argparse.Namespace, now: datetime) -> Iterable[str]:
    from bot.dialogs.flow import LEVELS
    from bot.errors import PejlingError
    from bot.services import demo, departments, people, roles, whereabouts

    name = " ".join(arguments.name.split())
    if not name or len(name) > 200 or not name.isprintable():
        raise PejlingError("NAME is empty, too long or not printable – give a name of up to 200 letters")
    if arguments.level and arguments.level not in LEVELS:
        raise PejlingError(f"--level: there is no level {arguments.level} – use one of {', '.join(LEVELS)}")
    if demo.is_demo(db):
        raise PejlingError("this database holds a demo, where nobody real belongs – give another DATABASE_URL")
    organisation = _organisation(db) or departments.make_organisation(db, arguments.organisation, now)
    given = {
        "language": arguments.language,
        "level": arguments.level,
        "leader": _person(db, organisation, arguments.leader).id if arguments.leader else None,
        "timezone": arguments.settings.timezone,
    }
    if arguments.centre:
        centre = _centre(db, organisation, arguments.centre)
        if centre is None:
            centre = departments.make_centre(db, organisation, arguments.centre)
            yield f"Made the centre {arguments.centre}."
        given["centre"] = centre
    person = people.make_person(
        db, organisation, now, name=name, **{key: value for key, value in given.items() if value}
    )
    whereabouts.add_identity(db, person, WEB, person.id)
    whereabouts.make_conversation(db, person, WEB, {"person": person.id})
    yield f"Added {name}, id {person.id}."
    if arguments.administrator:
        roles.give_role(db, person, "administrator", by=BY, now=now)
        yield f"{name} is administrator."


def make_link(db: Connection, arguments: argparse.Namespace, now: datetime) -> Iterable[str]:
    from bot.services import links

    person, _ = _who_and_where(db, arguments)
    settings = arguments.settings
    yield f"{settings.address}{LINK_PATH}{links.make_link(db, person, '/', now)}"
    if not settings.public_url and arguments.port is None:
        yield f"(It leads to port {settings.port}, as PEJLING_PORT says; if Pejling was started with --port, give the same --port here.)"


def make_join_code(db: Connection, arguments: argparse.Namespace, now: datetime) -> Iterable[str]:
    from bot.services import joining

    person, _ = _who_and_where(db, arguments)
    yield joining.join_code(db, person, now)


def give_role(db: Connection, arguments: argparse.Namespace, now: datetime) -> Iterable[str]:
    from bot.services import roles

    person, centre = _who_and_where(db, arguments)
    is_new = roles.give_role(db, person, arguments.role, by=BY, now=now, centre=centre)
    yield f"{person.name} {'is' if is_new else 'was already'} {_spelt(arguments)}."


def take_role(db: Connection, arguments: argparse.Namespace, now: datetime) -> Iterable[str]:
    from bot.errors import PejlingError, Refused
    from bot.services import roles

    person, centre = _who_and_where(db, arguments)
    try:
        had_it = roles.take_role(db, person, arguments.role, by=BY, now=now, centre=centre)
    except Refused as error:
        raise PejlingError(f"{person.name} is the last administrator – give somebody else the role first") from error
    yield f"{person.name} is {'no longer' if had_it else 'not'} {_spelt(arguments)}."


def _spelt(arguments: argparse.Namespace) -> str:
    return arguments.role + (f" of {arguments.centre}" if arguments.centre else "")


def _who_and_where(db: Connection, arguments: argparse.Namespace) -> tuple[PersonRow, str | None]:
    from bot.errors import PejlingError
    from bot.services import departments

    organisation = _organisation(db)
    if organisation is None:
        raise PejlingError("there is nobody yet – `pejling person add NAME --administrator` makes the first")
    person = _person(db, organisation, arguments.person)
    if not getattr(arguments, "centre", None):
        return person, None
    centre = _centre(db, organisation, arguments.centre)
    if centre is None:
        names = ", ".join(centre.name for centre in departments.centres(db, organisation)) or "none"
        raise PejlingError(f"--centre: there is no centre {arguments.centre} – there are: {names}")
    return person, centre


def _organisation(db: Connection) -> str | None:
    """The organisation of this machine, which is the oldest; or None."""
    from bot.services import departments

    here = departments.organisations(db)
    return here[0][0] if here else None


def _person(db: Connection, organisation: str, named: str) -> PersonRow:
    """Somebody by name, id, or the beginning of an id. Raises PejlingError where that is nobody, or several."""
    from bot.errors import PejlingError
    from bot.services import people

    everybody = people.people(db, organisation)
    wanted = named.casefold()
    found = [person for person in everybody if person.name.casefold() == wanted]
    if not found and len(wanted) >= SHORTEST_ID:
        found = [person for person in everybody if person.id.casefold().startswith(wanted)]
    if not found:
        raise PejlingError(f"there is nobody called {named} – see `pejling person list`")
    if len(found) > 1:
        raise PejlingError(f"{named} is {len(found)} people – name one by the id in `pejling person list`")
    return found[0]


def _centre(db: Connection, organisation: str, named: str) -> str | None:
    from bot.services import departments

    wanted = named.casefold()
    return next((c.id for c in departments.centres(db, organisation) if wanted in (c.name.casefold(), c.id)), None)


def _telling_length(ids: list[str]) -> int:
    """How many characters tell the ids apart."""
    longest = max(map(len, ids))
    return next((n for n in range(SHORTEST_ID, longest) if len({id[:n] for id in ids}) == len(ids)), longest)
