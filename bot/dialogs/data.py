"""Reading checked things out of plain data: what YAML gives, or what a person typed into a form.

Everything refuses with one line that says where, what, and how to mend it (`ContentError`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, NoReturn

from bot.cards import LANGUAGES, Words
from bot.errors import ContentError

MAX_TEXT = 2000  # Slack: the label of an input block; Teams and the web hold more
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


@dataclass(frozen=True)
class Data:
    """A mapping from a content file, and where it stands."""

    raw: Mapping[str, Any]
    where: str

    def has(self, key: str) -> bool:
        return key in self.raw

    def refuse(self, reason: str, mend: str, code: str = "", **values: object) -> NoReturn:
        raise ContentError(self.where, reason, mend, code, **values)

    def text(self, key: str, default: str | None = None, limit: int = MAX_TEXT) -> str:
        """A text that is not empty, or `default` where the key is left out."""
        if default is not None and key not in self.raw:
            return default
        return self._checked_text(f"`{key}`", self.raw.get(key), limit)

    def id(self, key: str = "id") -> str:
        value = self.raw.get(key)
        if not isinstance(value, str):
            self._refuse_type(f"`{key}`", value)
        return checked_id(value, f"`{key}`", self.where)

    def ids(self, key: str) -> tuple[str, ...]:
        """A list of ids without repeats; empty where the key is left out."""
        return read_ids(self.raw.get(key, []), f"`{key}`", self.where)

    def one_of(self, key: str, known: Collection[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in known and value != default:
            self.refuse(f"`{key}` is {value!r}, which is not known", f"use one of {listed(known)}")
        return value

    def some_of(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        values = self.ids(key)
        for value in values:
            if value not in known:
                self.refuse(f"`{key}` has {value!r}, which is not known", f"use one or more of {listed(known)}")
        return values

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            self.refuse(f"`{key}` is {value!r}", "write true or false")
        return value

    def number(self, key: str, least: int, most: int) -> int:
        value = self.raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(f"`{key}` is {value!r}", f"write a whole number from {least} to {most}")
        return value

    def maybe_number(self, key: str, least: int, most: int) -> int | None:
        return self.number(key, least, most) if key in self.raw else None

    def words(self, key: str, limit: int = MAX_TEXT, known: Collection[str] = ()) -> Words:
        """A text in every language; `known`: the placeholders that will be filled in it."""
        return self.inside(key, needs="da en").own_words(limit, known)

    def maybe_words(self, key: str, limit: int = MAX_TEXT, known: Collection[str] = ()) -> Words | None:
        return self.words(key, limit, known) if key in self.raw else None

    def own_words(self, limit: int = MAX_TEXT, known: Collection[str] | None = ()) -> Words:
        """The text that stands in this mapping itself, under `da` and `en`. `known` None: any placeholders."""
        texts = {lang: self._checked_text(f"`{lang}`", self.raw.get(lang), limit) for lang in LANGUAGES}
        used = {lang: self._placeholders(lang, text) for lang, text in texts.items()}
        if used["da"] != used["en"]:
            odd = listed(used["da"] ^ used["en"])
            self.refuse(f"the placeholder {odd} stands in one language only", "use the same names in da and en", "brace")
        unknown = used["da"] - set(known) if known is not None else ()
        if unknown:
            self.refuse(f"nothing fills the placeholder {listed(unknown)}", f"use {listed(known) or 'none'}", "brace")
        return Words(**texts)

    def inside(self, key: str, needs: str = "", may: str = "") -> Data:
        """The mapping under `key`."""
        return data(self.raw.get(key), f"{self.where}, {key}", needs, may)

    def each(self, key: str) -> tuple[Any, ...]:
        """The list under `key`, not yet read; empty where the key is left out."""
        value = self.raw.get(key, [])
        if not isinstance(value, list | tuple):
            self.refuse(f"`{key}` is not a list", "write one item per line, each beginning with a dash")
        return tuple(value)

    def _checked_text(self, what: str, value: Any, limit: int) -> str:
        if not isinstance(value, str):
            self._refuse_type(what, value)
        if not value.strip():
            self.refuse(f"{what} is empty", "write the text, in Danish and in English", "missing")
        text = value.strip()
        if len(text) > limit:
            mend = f"shorten it to {limit}, more does not fit a card"
            self.refuse(f"{what} has {len(text)} characters", mend, "too_long", length=len(text), limit=limit)
        return text

    def _refuse_type(self, what: str, value: Any) -> NoReturn:
        if value is None:
            self.refuse(f"{what} is missing", "add it", "missing")
        if isinstance(value, bool):
            self.refuse(f"{what} is read by YAML as {str(value).lower()}", "put quotes around it")
        if isinstance(value, dict | list):
            self.refuse(f"{what} is not a text", "write one text here")
        self.refuse(f"{what} is {value!r}, not a text", "put quotes around it")

    def _placeholders(self, lang: str, text: str) -> frozenset[str]:
        try:
            return placeholders(text)
        except ValueError:
            self.refuse(f"`{lang}` has a brace that is not a placeholder", "write {name}, or leave the brace out", "brace")


def data(raw: Any, where: str, needs: str = "", may: str = "") -> Data:
    """`raw` as a mapping with all keys of `needs`, perhaps some of `may` (space-separated), and no others."""
    if not isinstance(raw, Mapping):
        what = "is empty" if raw is None else "is not a mapping"
        raise ContentError(where, what, f"write `key: value` lines with {listed(needs.split()) or 'the keys it needs'}")
    known = (*needs.split(), *may.split())
    for key in raw:
        if key not in known:
            raise ContentError(where, f"unknown key {key!r}", _mend_key(key, known))
    for key in needs.split():
        if raw.get(key) is None:
            raise ContentError(where, f"`{key}` is missing", f"add `{key}`")
    return Data(raw, where)


def _mend_key(key: Any, known: Iterable[str]) -> str:
    if isinstance(key, bool):
        return f"YAML reads yes, no and on as {str(key).lower()}; put quotes around it"
    return f"use {listed(known)}"


def named(raw: Any, where: str, what: str) -> str:
    """Where one item of a list stands: by its id where it has one."""
    name = raw.get("id") if isinstance(raw, Mapping) else None
    return f"{where}, {what} {name if isinstance(name, str) else repr(name)}"


def read_ids(raw: Any, what: str, where: str) -> tuple[str, ...]:
    """A list of ids without repeats."""
    if not isinstance(raw, list | tuple):
        raise ContentError(where, f"{what} is not a list", "write it as [one, two]")
    ids = tuple(checked_id(value, what, where) for value in raw)
    refuse_doubles(ids, what, where)
    return ids


def checked_id(value: Any, what: str, where: str) -> str:
    if isinstance(value, bool):
        raise ContentError(where, f"{what} is read by YAML as {str(value).lower()}", "put quotes around the id")
    if not isinstance(value, str):
        raise ContentError(where, f"{what} is {value!r}, not an id", "put quotes around the id")
    if not ID.fullmatch(value):
        raise ContentError(where, f"{what} is {value!r}, not an id", "use up to 60 letters a-z, digits and _ . -")
    return value


def refuse_doubles(ids: Iterable[str], what: str, where: str) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ContentError(where, f"{what} {one!r} stands twice", "give each its own id")
        seen.add(one)


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a text; ValueError where a brace is not a plain `{name}`."""
    if "{" not in text and "}" not in text:
        return frozenset()
    names = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(name)
        names.add(name)
    return frozenset(names)


def listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(map(str, names)))
