"""The rules of screening, read from data and checked before anything is built of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cards import LANGUAGES, Words
from bot.dialogs.screening.phrases import Phrase, PhraseError, read_phrase
from bot.dialogs.screening.spelling import fold
from bot.errors import ContentError
from bot.yamlfile import read_yaml

ROUTES = ("A", "C", "B", "W", "P", "S")
# In danger and despair people do not keep to sentences; elsewhere a phrase stays within one.
ACROSS_SENTENCES = frozenset("AC")
BUILT_IN = ("cpr", "phone", "url")
NOT_RULES = ("cards.yaml", "hints.yaml")


@dataclass(frozen=True, eq=False)
class Trigger:
    """Phrases that bring a route card. `beside`: one of these must stand near, where there are any; `unless`: none may."""

    id: str
    route: str
    phrases: tuple[Phrase, ...]
    beside: tuple[Phrase, ...] = ()
    unless: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Mask:
    """Something that is replaced before it is saved. `patterns` are empty for what is built in (`BUILT_IN`). `needs`: one
    of these must be in the text, in small letters, or the patterns are not tried."""

    id: str
    replacement: Words
    patterns: tuple[re.Pattern[str], ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Warn:
    """Something that is asked about before it is saved. `near`: one of these must be in the sentence. `needs`: as in masks."""

    id: str
    patterns: tuple[re.Pattern[str], ...]
    near: tuple[Phrase, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class People:
    """What names, roles and health look like. All words are folded.

    `not_names`, `not_name_stems`: capitalised words that are no names. `ambiguous`: names that are ordinary words too.
    `titles`: what follows, when capitalised, is a name; `courtesies`: what follows is one in any case; `kin` with one of
    `kin_links` ("moren til"): likewise, unless it is one of `not_after_kin`. `abbreviations` do not end a sentence.
    `name_verbs`: what a name at the beginning of a sentence is followed by; `not_first`, `not_first_endings`: unless it is
    one of these. `roles`: words for one particular person. `health`: what may not be tied to one.
    """

    first_names: frozenset[str]
    ambiguous: frozenset[str]
    not_names: frozenset[str]
    not_name_stems: tuple[str, ...]
    titles: frozenset[str]
    courtesies: frozenset[str]
    kin: frozenset[str]
    kin_links: frozenset[str]
    abbreviations: frozenset[str]
    not_after_kin: frozenset[str]
    name_verbs: frozenset[str]
    not_first: frozenset[str]
    not_first_endings: tuple[str, ...]
    roles: tuple[Phrase, ...]
    health: tuple[Phrase, ...]


@dataclass(frozen=True)
class Rules:
    triggers: tuple[Trigger, ...]
    idioms: tuple[Phrase, ...]
    masks: tuple[Mask, ...]
    warnings: tuple[Warn, ...]
    people: People


def load_rules(folder: Path) -> Rules:
    """The rules in the YAML files of `folder`. Reads files. Raises ContentError."""
    return read_rules(load_files(p for p in sorted(folder.glob("*.yaml")) if p.name not in NOT_RULES), str(folder))


def load_files(paths: Iterable[Path]) -> dict[str, Any]:
    """The parsed files by name. Reads files. Raises ContentError."""
    return {path.name: read_yaml(path, str(path)) for path in paths}


def read_rules(raw: dict[str, Any], where: str) -> Rules:
    """The rules in `raw`: parsed files by file name, each with any of the keys `sets`, `idioms`, `triggers`, `masks`,
    `warnings`, `people`. `where` is named in errors. Raises ContentError."""
    parts = _collect(raw, where)
    sets = _read_sets(parts["sets"])
    people = [_read_people(data, sets, place) for place, data in parts["people"]]
    if len(people) != 1:
        raise ContentError(where, f"`people` is given {len(people)} times", "give it exactly once")
    idioms = [phrase for place, data in parts["idioms"] for phrase in _both(data, sets, f"{place}, idioms")]
    triggers = [_read_trigger(item, sets, place) for place, item in _items(parts["triggers"], "triggers")]
    masks = [_read_mask(item, place) for place, item in _items(parts["masks"], "masks")]
    warnings = [_read_warn(item, sets, place) for place, item in _items(parts["warnings"], "warnings")]
    _refuse_doubles(where, [t.id for t in triggers])
    _refuse_doubles(where, [m.id for m in (*masks, *warnings)])
    _refuse_missing(where, "route", ROUTES, {t.route for t in triggers})
    _refuse_missing(where, "mask", BUILT_IN, {m.id for m in masks})
    return Rules(tuple(triggers), tuple(idioms), tuple(masks), tuple(warnings), people[0])


_PARTS = ("sets", "idioms", "triggers", "masks", "warnings", "people")


def _collect(raw: dict[str, Any], where: str) -> dict[str, list[tuple[str, Any]]]:
    parts: dict[str, list[tuple[str, Any]]] = {name: [] for name in _PARTS}
    for file, data in raw.items():
        place = f"{where}/{file}"
        check_keys(data, place, optional=_PARTS)
        for name, part in data.items():
            parts[name].append((place, part))
    return parts


def _items(parts: list[tuple[str, Any]], name: str) -> Iterable[tuple[str, dict[str, Any]]]:
    for place, part in parts:
        if not isinstance(part, list):
            raise ContentError(place, f"`{name}` is not a list", "write it as a list of rules")
        for number, item in enumerate(part, 1):
            called = item.get("id") if isinstance(item, dict) else None
            if not isinstance(called, str):
                raise ContentError(f"{place}, {name} {number}", "a rule without an id", "give it an `id` that is a word")
            yield f"{place}, rule {called}", item


def _read_sets(parts: list[tuple[str, Any]]) -> dict[str, frozenset[str]]:
    sets: dict[str, frozenset[str]] = {}
    for place, part in parts:
        if not isinstance(part, dict):
            raise ContentError(place, "`sets` is not a mapping", "write it as name: {da: […], en: […]}")
        for name, data in part.items():
            if name in sets:
                raise ContentError(place, f"the set `{name}` is given twice", "keep one of them")
            sets[name] = frozenset(fold(word) for word in _both_lists(data, f"{place}, set {name}"))
    return sets


def _read_trigger(item: dict[str, Any], sets: dict[str, frozenset[str]], where: str) -> Trigger:
    check_keys(item, where, required=("id", "route", "da", "en"), optional=("beside", "unless", "note"))
    if item["route"] not in ROUTES:
        raise ContentError(where, f"unknown route {item['route']!r}", f"use one of {', '.join(ROUTES)}")
    said = _both({language: item[language] for language in LANGUAGES}, sets, where)
    if item["route"] in ACROSS_SENTENCES:
        said = [phrase.reaching_across() for phrase in said]
    beside = _both(item["beside"], sets, f"{where}, beside") if "beside" in item else ()
    unless = _both(item["unless"], sets, f"{where}, unless") if "unless" in item else ()
    return Trigger(item["id"], item["route"], tuple(said), tuple(beside), tuple(unless))


def _read_mask(item: dict[str, Any], where: str) -> Mask:
    built_in = item["id"] in BUILT_IN
    check_keys(item, where, required=("id", "replacement", *(() if built_in else ("patterns", "needs"))), optional=("note",))
    replacement = read_words(item["replacement"], f"{where}, replacement")
    if built_in:
        return Mask(item["id"], replacement)
    return Mask(item["id"], replacement, _patterns(item["patterns"], where), _needs(item["needs"], where))


def _read_warn(item: dict[str, Any], sets: dict[str, frozenset[str]], where: str) -> Warn:
    check_keys(item, where, required=("id", "patterns", "needs"), optional=("near", "note"))
    near = _both(item["near"], sets, f"{where}, near") if "near" in item else ()
    return Warn(item["id"], _patterns(item["patterns"], where), tuple(near), _needs(item["needs"], where))


def _needs(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not data or not all(isinstance(n, str) and n and n == n.lower() for n in data):
        raise ContentError(where, "`needs` is not a list of texts in small letters", "write what must be in the text for a pattern to fit")
    return tuple(data)


_WORD_LISTS = (
    *("first_names", "ambiguous", "not_names", "titles", "courtesies", "kin", "kin_links", "not_after_kin"),
    *("abbreviations", "name_verbs", "not_first", "not_first_endings"),
)
_PHRASE_LISTS = ("roles", "health")


def _read_people(data: Any, sets: dict[str, frozenset[str]], where: str) -> People:
    where = f"{where}, people"
    check_keys(data, where, required=(*_WORD_LISTS, *_PHRASE_LISTS))
    words = {name: frozenset(map(fold, _both_lists(data[name], f"{where}, {name}"))) for name in _WORD_LISTS}
    phrases = {name: tuple(_both(data[name], sets, f"{where}, {name}")) for name in _PHRASE_LISTS}
    stems = tuple(sorted(w[:-1] for w in words["not_names"] if w.endswith("*")))
    words["not_names"] = frozenset(w for w in words["not_names"] if not w.endswith("*"))
    endings = tuple(sorted(words.pop("not_first_endings")))
    return People(**words, **phrases, not_name_stems=stems, not_first_endings=endings)


def _both(data: Any, sets: dict[str, frozenset[str]], where: str) -> list[Phrase]:
    phrases = []
    for text in _both_lists(data, where):
        try:
            phrases.append(read_phrase(text, sets))
        except PhraseError as wrong:
            raise ContentError(where, f"the phrase “{text}”: {wrong}", "mend the phrase") from wrong
    return phrases


def _both_lists(data: Any, where: str) -> list[str]:
    check_keys(data, where, required=LANGUAGES)
    for language in LANGUAGES:
        listed = data[language]
        if not isinstance(listed, list) or not listed:
            raise ContentError(where, f"`{language}` is not a list of texts", "write a list with at least one text")
        for text in listed:
            if not isinstance(text, str) or not text.strip():
                raise ContentError(where, f"`{language}` holds {text!r}", "write texts; put quotes around no, yes, on, true and numbers")
    return [text for language in LANGUAGES for text in data[language]]


def _patterns(data: Any, where: str) -> tuple[re.Pattern[str], ...]:
    if not isinstance(data, list) or not data or not all(isinstance(p, str) for p in data):
        raise ContentError(where, "`patterns` is not a list of texts", "write a list of regular expressions in single quotes")
    patterns = []
    for pattern in data:
        try:
            patterns.append(re.compile(pattern))
        except re.error as wrong:
            raise ContentError(where, f"the regular expression {pattern!r}: {wrong}", "mend the expression") from wrong
        if patterns[-1].match(""):
            raise ContentError(where, f"the regular expression {pattern!r} matches nothing at all", "make a part of it required")
    return tuple(patterns)


def read_words(data: Any, where: str) -> Words:
    """A text in both languages. Raises ContentError."""
    check_keys(data, where, required=LANGUAGES)
    for language in LANGUAGES:
        if not isinstance(data[language], str) or not data[language].strip():
            raise ContentError(where, f"`{language}` has no text", "write the text in both languages, Danish first")
    return Words(data["da"].strip(), data["en"].strip())


def check_keys(data: Any, where: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()) -> None:
    """Raises ContentError unless `data` is a mapping with all the required keys and no unknown ones."""
    if not isinstance(data, Mapping):
        raise ContentError(where, "is not a mapping", f"write it with the keys {', '.join((*required, *optional))}")
    for key in required:
        if key not in data:
            raise ContentError(where, f"`{key}` is missing", f"add `{key}`")
    for key in data:
        if key not in (*required, *optional):
            raise ContentError(where, f"unknown key `{key}`", f"use only {', '.join((*required, *optional))}")


def _refuse_doubles(where: str, ids: list[str]) -> None:
    for called in ids:
        if ids.count(called) > 1:
            raise ContentError(where, f"the id `{called}` is given twice", "give each rule its own id")


def _refuse_missing(where: str, kind: str, wanted: Iterable[str], there: set[str]) -> None:
    for called in wanted:
        if called not in there:
            raise ContentError(where, f"no rule for the {kind} {called}", "add one; it must not be left out by mistake")
