"""A list of people as a file: bytes in, lines or mistakes out. Pure, but for the words it knows columns by.

Text in UTF-8, UTF-16 with a byte order mark, or what Excel writes in Denmark (Windows-1252); its cells apart by semicolons,
tabs or commas. Nothing is guessed about a person: what cannot be read is a mistake, with its line.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import ContentError
from bot.services.emails import plain
from bot.yamlfile import read_yaml

CONTENT = Path(__file__).parent.parent / "content" / "import.yaml"
MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 100_000
LONGEST_NAME = 200
APART = (";", "\t", ",")
BETWEEN_GROUPS = "|,;"
NAMED_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
ZIP = b"PK\x03\x04"
"""How an Excel workbook begins: it is a zip file."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where. `line` 0: with the file as a whole. `key`: of `texts/import.yaml`; `values` fill it."""

    line: int
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One person as the list has them; empty where it does not say. `leader` is an address or a name."""

    number: int
    name: str
    email: str
    level: str = ""
    centre: str = ""
    leader: str = ""
    groups: tuple[str, ...] = ()
    language: str = ""
    timezone: str = ""


@dataclass(frozen=True)
class PeopleFile:
    """`unused`: columns that are not ours, as they are called in the file."""

    lines: tuple[Line, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    unused: tuple[str, ...] = ()


def read_people(raw: bytes) -> PeopleFile:
    """Read a file. Never raises for what stands in it."""
    if wrong := _not_a_list(raw):
        return PeopleFile(mistakes=(wrong,))
    text = _decoded(raw)
    if text is None or "\0" in text:
        return PeopleFile(mistakes=(Mistake(0, "not_text"),))
    first, body = _without_hint(text)
    apart = first or _apart(body)
    return _Reading(apart).read(body)


def _not_a_list(raw: bytes) -> Mistake | None:
    if len(raw) > MOST_BYTES:
        return Mistake(0, "too_large", {"most": MOST_BYTES // 1024 // 1024})
    if raw.startswith(ZIP):
        return Mistake(0, "workbook")
    return Mistake(0, "empty") if not raw.strip(b"\xef\xbb\xbf \r\n\t;,") else None


def _decoded(raw: bytes) -> str | None:
    named = next((encoding for mark, encoding in NAMED_MARKS if raw.startswith(mark)), "")
    for encoding in (named,) if named else ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _without_hint(text: str) -> tuple[str, str]:
    """Excel's own first line ("sep=;") says what the cells are apart by. The line stays, empty, so that lines keep their number."""
    first, end, rest = text.partition("\n")
    hint = first.strip().casefold()
    return (hint[4:5], end + rest) if hint.startswith("sep=") and len(hint) == 5 else ("", text)


def _apart(text: str) -> str:
    """What the cells of the first line are apart by: whatever finds most columns of ours there."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    known = {apart: sum(_folded(cell) in _names() for cell in first.split(apart)) for apart in APART}
    return max(APART, key=lambda apart: (known[apart], first.count(apart)))


class _Reading:
    """Reads the lines of one file, and remembers what is wrong with them."""

    def __init__(self, apart: str):
        self.apart = apart
        self.mistakes: list[Mistake] = []
        self.seen: dict[str, int] = {}

    def read(self, text: str) -> PeopleFile:
        rows = self._rows(text)
        number, header = next(rows, (1, []))
        columns, unused = self._columns(number, header)
        if self.mistakes:
            return PeopleFile(mistakes=tuple(self.mistakes))
        lines = tuple(line for n, cells in rows if (line := self._line(n, cells, columns, len(header))))
        if not lines and not self.mistakes:
            self.mistakes.append(Mistake(0, "nobody"))
        return PeopleFile(lines, tuple(self.mistakes), unused)

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not empty, each with the line it begins on."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.apart, strict=True)
        count = 0
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self.mistakes.append(Mistake(number, "quotes"))
                return
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_LINES + 1:
                self.mistakes.append(Mistake(number, "too_many_lines", {"most": MOST_LINES}))
                return
            yield number, [" ".join(cell.split()) for cell in cells]

    def _columns(self, number: int, header: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
        columns: dict[str, int] = {}
        unused = []
        for at, cell in enumerate(header):
            name = _names().get(_folded(cell))
            if name is None:
                unused += [cell] if cell else []
            elif name in columns:
                self.mistakes.append(Mistake(number, "column_twice", {"column": cell}))
            else:
                columns[name] = at
        has_name = "name" in columns or "first_name" in columns and "last_name" in columns
        if "email" not in columns or not has_name:
            found = ", ".join(cell for cell in header if cell)
            self.mistakes.append(Mistake(number, "columns", {"found": found[:200]}))
        return columns, tuple(unused)

    def _line(self, number: int, cells: list[str], columns: Mapping[str, int], width: int) -> Line | None:
        """None where something is wrong with it."""
        before = len(self.mistakes)
        if any(cells[width:]):
            self._wrong(number, "too_many_cells", cells=len(cells), columns=width)
            return None
        given = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
        name = given.get("name") or " ".join(filter(None, (given.get("first_name"), given.get("last_name"))))
        if not name:
            self._wrong(number, "name_missing")
        elif len(name) > LONGEST_NAME or not name.isprintable():
            self._wrong(number, "name_unreadable")
        line = Line(
            number=number,
            name=name,
            email=self._email(number, given["email"]),
            level=self._known(number, "level", given.get("level", "")),
            centre=self._short(number, "centre_unreadable", given.get("centre", "")),
            leader=given.get("leader", ""),
            groups=self._groups(number, given.get("groups", "")),
            language=self._known(number, "language", given.get("language", "")),
            timezone=self._timezone(number, given.get("timezone", "")),
        )
        return line if len(self.mistakes) == before else None

    def _email(self, number: int, said: str) -> str:
        address = plain(said)
        if not said:
            self._wrong(number, "email_missing")
        elif not address:
            self._wrong(number, "email_unclear", said=said[:100])
        elif address in self.seen:
            self._wrong(number, "doubled", said=address, first=self.seen[address])
        self.seen.setdefault(address, number)
        return address

    def _known(self, number: int, what: str, said: str) -> str:
        found = _words()[f"{what}s"].get(_folded(said), "") if said else ""
        if said and not found:
            self._wrong(number, f"{what}_unknown", said=said[:100])
        return found

    def _short(self, number: int, key: str, said: str) -> str:
        if len(said) > LONGEST_NAME or said and not said.isprintable():
            self._wrong(number, key)
        return said

    def _groups(self, number: int, said: str) -> tuple[str, ...]:
        for sign in BETWEEN_GROUPS:
            said = said.replace(sign, "|")
        groups = tuple(dict.fromkeys(one.strip() for one in said.split("|") if one.strip()))
        for one in groups:
            self._short(number, "group_unreadable", one)
        return groups

    def _timezone(self, number: int, said: str) -> str:
        try:
            return ZoneInfo(said).key if said else ""
        except (KeyError, ValueError, OSError):
            self._wrong(number, "timezone_unknown", said=said[:100])
            return ""

    def _wrong(self, number: int, key: str, **values: Any) -> None:
        self.mistakes.append(Mistake(number, key, values))


def _folded(said: str) -> str:
    return " ".join(said.casefold().strip(" .:*\ufeff").split())


@cache
def _words() -> dict[str, dict[str, str]]:
    return read_import_words(CONTENT)


def _names() -> dict[str, str]:
    return _words()["columns"]


def read_import_words(path: Path) -> dict[str, dict[str, str]]:
    """What columns, levels and languages may be called: word → which it is. Raises ContentError where one means two things."""
    raw = read_yaml(path, path.name)
    found: dict[str, dict[str, str]] = {}
    for section in ("columns", "levels", "languages"):
        words: dict[str, str] = {}
        for name, called in raw[section].items():
            for word in map(_folded, called):
                if words.setdefault(word, name) != name:
                    raise ContentError(f"{path.name}, {section}", f"{word!r} stands under two of them", "keep one")
        found[section] = words
    return found
