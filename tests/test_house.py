"""The rules of the house that a machine can keep: who may import whom, who may read the clock, where words may stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from bot.store.tables import Base

ROOT = Path(__file__).parent.parent

INNERMOST = {"errors", "events", "cards", "clock", "recurrence", "small_numbers"}
CONTENT = {"library", "facts", "released", "yamlfile"}
"""What reads `bot/content`."""

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "events": set(),
    "cards": set(),
    "clock": set(),
    "recurrence": INNERMOST,
    "small_numbers": set(),
    "calendars": INNERMOST,
    "yamlfile": {"errors"},
    "config": {"errors"},
    "dialogs": INNERMOST | {"yamlfile"},
    "facts": INNERMOST | {"dialogs"},
    "released": INNERMOST | {"dialogs", "yamlfile"},
    "library": INNERMOST | CONTENT | {"dialogs"},
    "prompts": INNERMOST | CONTENT | {"dialogs"},
    "store": {"errors"},
    "services": INNERMOST | {"store", "yamlfile", "calendars", "pacing"},
    "pacing": set(),
    "leaving": {"errors"},
    "logs": set(),
    "outlet": set(),
    "timing": {"services"},
    "dispatch": INNERMOST | {"store", "services", "pacing", "leaving", "logs", "outlet", "timing"},
    "lane": INNERMOST | {"store", "services", "pacing", "logs", "outlet", "timing", "dispatch"},
    "presence": INNERMOST | {"store", "services", "logs", "timing", "lane"},
    "engine": {"services", "logs", "timing"},
    "delivery": INNERMOST | {"store", "services", "pacing", "outlet", "timing", "lane", "presence", "engine"},
    "circumstances": INNERMOST | {"dialogs", "services"},
    "effects": INNERMOST | {"dialogs", "services"},
    "open_cards": INNERMOST | CONTENT | {"dialogs", "services", "store", "prompts"},
    "editions": INNERMOST | CONTENT | {"dialogs", "services"},
    "programmes_known": INNERMOST | CONTENT | {"dialogs", "services", "calendars", "editions"},
    "documents": INNERMOST,
    "status_document": INNERMOST | CONTENT | {"dialogs", "services", "editions", "documents", "calendars"},
    "handings": INNERMOST | CONTENT | {"dialogs", "services", "editions"},
    "beacons_known": INNERMOST | CONTENT | {"dialogs", "services", "editions"},
    "desks": INNERMOST | {"dialogs", "services", "beacons_known", "editions", "handings", "programmes_known"},
    "app": INNERMOST | CONTENT | {"dialogs", "store", "desks", "editions", "turns", "delivery", "pacing"},
    "channels": INNERMOST | CONTENT | {"dialogs", "services", "store", "beacons_known", "circumstances", "documents", "editions", "leaving", "open_cards", "outlet", "programmes_known", "prompts", "status_document", "turns"},
    "scheduler": INNERMOST | CONTENT | {"dialogs", "services", "store", "delivery", "editions", "open_cards", "prompts", "calendars"},
    "answer": {"cards"},
    "group_effects": INNERMOST | {"dialogs", "services"},
    "turns": INNERMOST | {"dialogs", "services", "store", "answer", "circumstances", "effects", "desks", "editions", "group_turns", "logs"},
    "group_scene": INNERMOST | {"dialogs", "services"},
    "group_turns": INNERMOST | {"dialogs", "services", "store", "answer", "group_effects", "group_scene"},
}
"""Each room, and the rooms it may import. A new room needs a line here, and a reason in `bot/README.md`."""

FRONT_DOOR = {"cli", "rehearsal", "__main__"}
"""They put things together, so they may import everything; nothing may import them."""

PLATFORMS = {"aiohttp", "slack_bolt", "slack_sdk", "botbuilder", "botframework", "msrest", "multidict", "markupsafe"}
PLATFORM_ROOMS = ("bot/channels/", "bot/cli/serving.py")

IMPURE = {"asyncio", "datetime.now", "logging", "random", "requests", "secrets", "socket", "sqlalchemy", "sqlite3", "subprocess", "threading", "time", "urllib.request", "uuid"}  # fmt: skip
READS_FILES = {
    "bot/dialogs/commands.py",
    "bot/dialogs/date_words.py",
    "bot/dialogs/word_lists.py",
    "bot/dialogs/screening/care.py",
    "bot/dialogs/screening/rules.py",
}
"""The loaders of content that is read by dialogs themselves; nothing else in there opens a file."""

RECOGNISES_WORDS = ("bot/dialogs/screening/", "bot/dialogs/word_lists.py", "bot/services/logbook.py")
"""Letters and words to recognise in what people write. They are never shown."""

CATCHES_ALL = {
    "bot/turns.py": 1,  # a bug in a dialog
    "bot/dispatch.py": 1,  # a bug in a channel
    "bot/lane.py": 2,  # the delivery loop: a mark the database refused, a look at the outbox
    "bot/channels/web/health.py": 1,  # a probe wants an answer
    "bot/engine.py": 2,  # whatever ends procrastinate's worker, the next begins; a job is only a wake-up
    "bot/channels/teams/framework.py": 1,  # botbuilder raises anything at all for a token that is not good
    "bot/channels/web/security.py": 1,  # the last one before a stack trace would leave the house
    "bot/store/sqlite.py": 1,  # let go of the lock, and raise it on
    "bot/store/writer.py": 3,  # carried to whoever waits for the writing thread
    "bot/store/postgresql.py": 1,  # roll back, and raise it on
}
"""Where everything may be caught, how often, and why."""

LEDGER = {"Release", "ReleasedNumber"}
"""The tables of `bot/services/guard.py`: whoever else could write there could release a number by hand."""

ASK_THE_GUARD = {"bot/services/participation.py", "bot/services/retention.py"}
"""Who puts questions to the guard, and who lets it forget. A new question is a new number about people, and needs a paragraph in
`bot/README.md`."""

COUNTS_ROWS = {
    "bot/store/copying.py": "rows that were copied, all of them, for whoever moves the database",
    "bot/services/erasing.py": "what a person has, shown to that person before it is deleted",
    "bot/services/joining.py": "a person's own codes, so that nobody guesses them",
    "bot/services/measures.py": "messages on their way, rounded down to fives, for whoever runs Pejling",
    "bot/services/replicas.py": "processes",
}
"""Where the database counts, and why no number of people comes of it that anybody else sees."""

COORDINATORS_ROOMS = re.compile(r"bot/(channels/web/coordinating/|dialogs/coordinat)")
WHAT_PEOPLE_DID = {"actions", "erasing", "exporting", "followups", "logbook", "occurrences", "outbox", "outgoing", "runs", "schedules", "sharing"}
"""Services that know what people did or wrote. Nothing a coordinator sees is made from them, but through the guard."""

OUTLIVES_ORGANISATIONS = {"organisation", "fact", "inbox", "replica"}
"""Tables that know no person: the organisations themselves, facts about this installation, ids of events,
and the processes that run."""

DANISH = re.compile("[æøåÆØÅ]")


@dataclass(frozen=True)
class File:
    path: str
    tree: ast.Module

    @property
    def room(self) -> str:
        first, *rest = Path(self.path).with_suffix("").parts
        return first if first == "scheduler" else rest[0]

    def imported(self) -> Iterator[str]:
        """What the file imports, with full names; relative ones made absolute."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                package = list(Path(self.path).parent.parts[: len(Path(self.path).parent.parts) - node.level + 1])
                module = ".".join([*package, *([node.module] if node.module else [])]) if node.level else node.module
                yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def files() -> tuple[File, ...]:
    paths = sorted(path for part in ("bot", "scheduler") for path in (ROOT / part).rglob("*.py") if "node_modules" not in path.parts)
    return tuple(File(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def in_every_file(check: Callable[[File], None]) -> Callable[[], None]:
    """One test for all files, that names every file where the rule is broken."""

    def test() -> None:
        broken = []
        for file in files():
            try:
                check(file)
            except AssertionError as wrong:
                broken.append(f"{file.path}: {str(wrong).splitlines()[0]}")
        assert not broken, "\n".join(broken)

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


def test_every_file_is_looked_at():
    assert {"bot/turns.py", "bot/dialogs/desk.py", "scheduler/tick.py", "bot/channels/web/app.py"} <= {f.path for f in files()}


@in_every_file
def test_imports_point_inwards(file):
    if file.room in FRONT_DOOR or file.room == "__init__":
        return
    allowed = MAY_IMPORT[file.room] | {file.room}
    wrong = {name for name in file.imported() if (room := room_of(name)) and room not in allowed}
    assert not wrong, f"may not import {sorted(wrong)}"


def room_of(module: str) -> str | None:
    """The room of one of our modules; None for others', and for `bot` itself."""
    first, *rest = module.split(".")
    if first == "scheduler":
        return first
    return rest[0] if first == "bot" and rest else None


def test_the_arrows_make_no_circle():
    """So that each room can be read after those it stands on."""
    rooms: dict[str, set[str]] = {}
    for file in files():
        below = {room for name in file.imported() if (room := room_of(name)) and room != file.room}
        rooms.setdefault(file.room, set()).update(below)
    for room in rooms:
        _refuse_circle(rooms, room, ())


def _refuse_circle(rooms: dict[str, set[str]], room: str, above: tuple[str, ...]) -> None:
    assert room not in above, f"a circle: {' → '.join((*above, room))}"
    for below in rooms.get(room, ()):
        _refuse_circle(rooms, below, (*above, room))


@in_every_file
def test_only_channels_know_the_platforms(file):
    known = {name for name in file.imported() if name.split(".")[0] in PLATFORMS}
    assert not known or file.path.startswith(PLATFORM_ROOMS), f"imports {sorted(known)}"


@in_every_file
def test_dialogs_are_pure(file):
    if file.room != "dialogs":
        return
    impure = {name for name in file.imported() if name.split(".")[0] in IMPURE or name in IMPURE}
    assert not impure, f"imports {sorted(impure)}"
    opened = {"open"} if any(getattr(node, "id", "") == "open" for node in ast.walk(file.tree)) else set()
    reads = opened | {name for name in ("read_text", "read_bytes", "glob", "iterdir") if calls(file, name)}
    assert not reads or file.path in READS_FILES, f"reads files: {sorted(reads)}"


def calls(file: File, name: str) -> list[int]:
    """The lines where something of that name is called."""
    found = (node for node in ast.walk(file.tree) if isinstance(node, ast.Call))
    return [node.lineno for node in found if name in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))]


@in_every_file
def test_only_the_clock_reads_the_wall_clock(file):
    if file.path == "bot/clock.py":
        return
    attributes = ((node.lineno, node) for node in ast.walk(file.tree) if isinstance(node, ast.Attribute))
    wrong = [line for line, node in attributes if _reads_the_wall_clock(node)]
    assert not wrong, f"lines {wrong}"
    assert not {name for name in file.imported() if name in ("time.time", "time.localtime", "time.gmtime")}


def _reads_the_wall_clock(node: ast.Attribute) -> bool:
    whose = getattr(node.value, "id", getattr(node.value, "attr", ""))
    return (whose, node.attr) in {
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
        ("time", "localtime"),
        ("time", "gmtime"),
    }


@in_every_file
def test_only_the_command_line_prints(file):
    assert file.room in ("cli", "__main__") or not calls(file, "print")


@in_every_file
def test_what_people_read_stands_in_the_content(file):
    if file.path.startswith(RECOGNISES_WORDS):
        return
    texts = [node for node in ast.walk(file.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    alone = docstrings(file)
    wrong = [node.lineno for node in texts if id(node) not in alone and DANISH.search(node.value)]
    assert not wrong, f"lines {wrong}: Danish belongs in bot/content"


def docstrings(file: File) -> set[int]:
    """Texts that stand alone: docstrings, and the words under a constant."""
    bodies = (body for node in ast.walk(file.tree) if isinstance(body := getattr(node, "body", None), list))
    alone = (line for body in bodies for line in body if isinstance(line, ast.Expr))
    return {id(line.value) for line in alone if isinstance(line.value, ast.Constant)}


@in_every_file
def test_words_in_python_are_made_from_content(file):
    """`Words` written out in Python may hold signs and numbers, but no sentence."""
    made = (node for node in ast.walk(file.tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Words", "plain"))
    said = (arg for node in made for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))
    assert not [arg.value for arg in said if re.search(r"[^\W\d_]{2}", arg.value)]


@in_every_file
def test_nothing_is_swallowed(file):
    caught = [node for node in ast.walk(file.tree) if isinstance(node, ast.ExceptHandler) and catches_all(node)]
    assert len(caught) <= CATCHES_ALL.get(file.path, 0), f"lines {[node.lineno for node in caught]}"


def catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or getattr(kind, "id", "") in ("Exception", "BaseException") for kind in kinds)


@in_every_file
def test_errors_are_not_logged_with_what_they_say(file):
    """The text of an error may hold somebody's words: `log.exception` and `exc_info` write it."""
    logs = [node for node in ast.walk(file.tree) if isinstance(node, ast.Call) and getattr(getattr(node.func, "value", None), "id", "") in ("log", "logging", "logger")]  # fmt: skip
    assert not [n.lineno for n in logs if n.func.attr == "exception" or any(k.arg == "exc_info" for k in n.keywords)]
    assert "print_exc" not in ast.dump(file.tree) and "format_exc" not in ast.dump(file.tree)


@in_every_file
def test_nothing_is_put_off(file):
    unfinished = "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"))  # so written, this line is none
    assert not re.search(rf"\b({unfinished})\b", (ROOT / file.path).read_text("utf-8"))


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_row_of_a_person_carries_its_organisation(table):
    if table.name in OUTLIVES_ORGANISATIONS:
        assert not [c for c in table.c if any(key.column.table.name == "person" for key in c.foreign_keys)]
        return
    assert "organisation" in table.c and not table.c.organisation.nullable


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_only_sealed_columns_hold_bytes_and_they_all_do(table):
    for column in table.c:
        assert isinstance(column.type, LargeBinary) == (column.name == "sealed"), f"{table.name}.{column.name}"


@in_every_file
def test_numbers_of_people_pass_the_one_guard(file):
    names = {name.split(".")[-1] for name in file.imported() if name.startswith("bot.store.tables.")}
    assert not names & LEDGER or file.path == "bot/services/guard.py", "the ledger is the guard's own"
    asks = any(name.startswith("bot.services.guard") for name in file.imported())
    assert not asks or file.path in ASK_THE_GUARD, "asks the guard, and does not stand in ASK_THE_GUARD"
    assert not database_counts(file) or file.path in COUNTS_ROWS, f"lines {database_counts(file)}: counts rows, and does not stand in COUNTS_ROWS"


def database_counts(file: File) -> list[int]:
    """The lines where `func.count` stands."""
    attributes = (node for node in ast.walk(file.tree) if isinstance(node, ast.Attribute) and node.attr == "count")
    return [node.lineno for node in attributes if getattr(node.value, "id", "") == "func"]


@in_every_file
def test_coordinators_see_nothing_of_what_people_did(file):
    if not COORDINATORS_ROOMS.match(file.path):
        return
    wrong = [name for name in file.imported() if name.startswith("bot.store.tables") or (name.startswith("bot.services.") and name.split(".")[2] in WHAT_PEOPLE_DID)]
    assert not wrong, f"imports {wrong}"
