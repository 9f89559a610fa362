"""The route cards and every other text of screening, read from data."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.cards import LANGUAGES, Words
from bot.dialogs.screening.rules import ROUTES, check_keys, load_files, read_words
from bot.errors import ContentError

BUTTONS = ("continue", "later", "delete", "stop", "pause_week", "go_on", "neutral", "pick")
MASKS = ("cpr", "phone", "email", "url", "address", "caseno")
KINDS = ("name", "room", "birth", "health")
ROLES = ("citizen", "relative", "colleague", "keep")


@dataclass(frozen=True)
class CareCard:
    """A route card. `lines` follow the title; `{r112}` in them stands for the number of the route of that id, and every
    route named in them is also in `calls`. `after` is asked when the card has been read. `offers`: flows (F…) and
    dilemmas (D…) to offer then."""

    category: str
    title: Words
    lines: tuple[Words, ...]
    calls: tuple[str, ...]
    after: Words
    offers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Care:
    """All that is said by screening.

    `cards` by category. `buttons` by what they do (`BUTTONS`). `after_here`: asked where nothing can be kept for later. `missing`: what to say where a route has no number or link,
    by route id, instead of the general rule (a whistleblower is not sent to their leader). `notes` by mask id.
    `hints` by kind of suspect. `roles`: button labels for a name, `role_texts`: what is written instead of it.
    """

    cards: Mapping[str, CareCard]
    buttons: Mapping[str, Words]
    after_here: Words
    missing: Mapping[str, Words]
    notes: Mapping[str, Words]
    hints: Mapping[str, Words]
    roles: Mapping[str, Words]
    role_texts: Mapping[str, Words]
    no_guarantee: Words
    chat_copy: Words


def load_care(folder: Path) -> Care:
    """The texts in `cards.yaml` and `hints.yaml` of `folder`. Reads files. Raises ContentError."""
    return read_care(load_files([folder / "cards.yaml", folder / "hints.yaml"]), str(folder))


def read_care(raw: dict[str, Any], where: str) -> Care:
    """The texts in `raw`: the parsed cards.yaml and hints.yaml by file name. Raises ContentError."""
    check_keys(raw, where, required=("cards.yaml", "hints.yaml"))
    cards, hints = f"{where}/cards.yaml", f"{where}/hints.yaml"
    check_keys(raw["cards.yaml"], cards, required=("no_alarm", "after", "after_here", "buttons", "missing", "cards"))
    check_keys(raw["hints.yaml"], hints, required=("notes", "hints", "roles", "role_texts", "no_guarantee", "chat_copy"))
    said, hinted = raw["cards.yaml"], raw["hints.yaml"]
    check_keys(said["cards"], f"{cards}, cards", required=ROUTES)
    always, after = read_words(said["no_alarm"], f"{cards}, no_alarm"), read_words(said["after"], f"{cards}, after")
    return Care(
        cards=MappingProxyType({c: _read_card(c, said["cards"][c], always, after, f"{cards}, card {c}") for c in ROUTES}),
        buttons=_table(said["buttons"], f"{cards}, buttons", BUTTONS),
        after_here=read_words(said["after_here"], f"{cards}, after_here"),
        missing=_table(said["missing"], f"{cards}, missing", ()),
        notes=_table(hinted["notes"], f"{hints}, notes", MASKS),
        hints=_table(hinted["hints"], f"{hints}, hints", KINDS),
        roles=_table(hinted["roles"], f"{hints}, roles", ROLES),
        role_texts=_table(hinted["role_texts"], f"{hints}, role_texts", ROLES[:-1]),
        no_guarantee=read_words(hinted["no_guarantee"], f"{hints}, no_guarantee"),
        chat_copy=read_words(hinted["chat_copy"], f"{hints}, chat_copy"),
    )


def _read_card(category: str, data: Any, always: Words, after: Words, where: str) -> CareCard:
    """One card. `always` ends every card: that nobody is told (safety-and-privacy §1, statement 3)."""
    check_keys(data, where, required=("title", "lines", "calls"), optional=("after", "offers"))
    if not isinstance(data["lines"], list) or not data["lines"]:
        raise ContentError(where, "`lines` is not a list", "write the card as a list of lines")
    lines = [read_words(line, f"{where}, line {number}") for number, line in enumerate(data["lines"], 1)]
    calls = _ids(data["calls"], f"{where}, calls")
    for line in lines:
        _check_places(line, calls, where)
    return CareCard(
        category,
        read_words(data["title"], f"{where}, title"),
        (*lines, always),
        calls,
        read_words(data["after"], f"{where}, after") if "after" in data else after,
        _ids(data.get("offers", []), f"{where}, offers"),
    )


def _check_places(line: Words, calls: tuple[str, ...], where: str) -> None:
    named = [_places(getattr(line, language), where) for language in LANGUAGES]
    if named[0] != named[1]:
        raise ContentError(where, f"different places in the languages of “{line.da}”", "use the same {…} in both")
    for route in sorted(named[0]):
        if route not in calls:
            raise ContentError(where, f"{{{route}}} is not one of the card's calls", f"add {route} to `calls`")


def _places(text: str, where: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as wrong:
        raise ContentError(where, f"“{text}”: {wrong}", "close every { with a }") from wrong


def _table(data: Any, where: str, wanted: tuple[str, ...]) -> Mapping[str, Words]:
    if wanted:
        check_keys(data, where, required=wanted)
    elif not isinstance(data, Mapping):
        raise ContentError(where, "is not a mapping", "write it as id: {da: …, en: …}")
    return MappingProxyType({key: read_words(data[key], f"{where}, {key}") for key in data})


def _ids(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(i, str) for i in data):
        raise ContentError(where, "is not a list of ids", "write a list of ids; put quotes around numbers")
    return tuple(data)
