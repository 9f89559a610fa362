"""Dilemmas: one situation, four ways to go, none of them the right one. Data, checked when it is read.

`read_dilemma` takes data, not files: what stands in `bot/content/dilemmas`, and what a group writes itself (`own_dilemma`), come
in by the same door. The form is the one widely used in dilemma games (Erasmus); the wording is our own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.cards import LANGUAGES, Words
from bot.dialogs.data import Data, data, named
from bot.errors import ContentError

WAYS = ("a", "b", "c", "d")
PERSPECTIVES = ("citizen", "relatives", "staff", "trio", "leader", "centre")
QUESTIONS = 3
OWN = "own_dilemma"
"""What a group wrote itself is called by this, wherever a dilemma is named by its id."""

MAX_TITLE, MAX_ABOUT = 60, 45
MAX_LISTED = 72  # both with a dot between are an option in a menu: 75 in Slack
MAX_SITUATION = 1200  # read aloud in a minute and a half; three fit a card (Slack: 3000 a section, 12 000 a message)
MAX_LINE = 200
MAX_LABEL = 60  # "A · …" is an option in a form and a line of the picture: 75 in Slack
MAX_DUTY = 500


@dataclass(frozen=True)
class Way:
    """One of the four. `label`: what it is called in a line. `protects` and `risks` are not known of what a group wrote."""

    id: str
    label: Words
    text: Words
    protects: Words | None = None
    risks: Words | None = None

    @property
    def letter(self) -> str:
        return self.id.upper()


@dataclass(frozen=True)
class Dilemma:
    """`duty`: what must be done whichever way one goes; shown after the talk. `perspectives` by `PERSPECTIVES`."""

    id: str
    title: Words
    beacon: str
    theme: str
    about: Words
    source: str
    situation: Words
    question: Words
    ways: tuple[Way, ...]
    perspectives: dict[str, Words]
    questions: tuple[Words, ...]
    duty: Words | None = None
    approved: bool = False

    @property
    def is_own(self) -> bool:
        return self.id == OWN

    def way(self, way_id: str) -> Way | None:
        return next((way for way in self.ways if way.id == way_id), None)


def read_dilemma(raw: Any, where: str) -> Dilemma:
    """A dilemma from data. ContentError with file, place, reason and mend in one line where anything is wrong."""
    one = data(
        raw,
        where,
        needs="id title beacon theme about source situation question options perspectives questions",
        may="duty approved",
    )
    title, about = one.words("title", MAX_TITLE), one.words("about", MAX_ABOUT)
    if any(len(title.spoken(lang)) + len(about.spoken(lang)) > MAX_LISTED for lang in LANGUAGES):
        one.refuse("`title` and `about` are too long together", f"shorten them to {MAX_LISTED}, they stand in one line of a menu")
    return Dilemma(
        id=one.id(),
        title=title,
        beacon=one.id("beacon"),
        theme=one.id("theme"),
        about=about,
        source=one.text("source"),
        situation=one.words("situation", MAX_SITUATION),
        question=one.words("question", MAX_LINE),
        ways=_read_ways(one),
        perspectives=_read_perspectives(one),
        questions=_read_questions(one),
        duty=one.maybe_words("duty", MAX_DUTY),
        approved=one.flag("approved"),
    )


def _read_ways(one: Data) -> tuple[Way, ...]:
    raw = one.each("options")
    if len(raw) != len(WAYS):
        one.refuse(f"it has {len(raw)} options", f"give it exactly four: {', '.join(WAYS)}")
    ways = tuple(_read_way(way, one.where, is_own=one.id() == OWN) for way in raw)
    if tuple(way.id for way in ways) != WAYS:
        one.refuse(f"its options are {', '.join(way.id for way in ways)}", f"call them {', '.join(WAYS)}, in that order")
    return ways


def _read_way(raw: Any, where: str, *, is_own: bool) -> Way:
    always, weighed = "id label da en", "protects risks"
    way = data(raw, named(raw, where, "option"), always if is_own else f"{always} {weighed}", weighed)
    return Way(
        id=way.id(),
        label=way.words("label", MAX_LABEL),
        text=way.own_words(MAX_LINE),
        protects=way.maybe_words("protects", MAX_LINE),
        risks=way.maybe_words("risks", MAX_LINE),
    )


def _read_perspectives(one: Data) -> dict[str, Words]:
    asked = one.inside("perspectives", needs=" ".join(PERSPECTIVES))
    return {name: asked.words(name, MAX_LINE) for name in PERSPECTIVES}


def _read_questions(one: Data) -> tuple[Words, ...]:
    raw = one.each("questions")
    if len(raw) != QUESTIONS:
        one.refuse(f"it has {len(raw)} questions", "give it exactly three")
    return tuple(data(q, f"{one.where}, question {n}", needs="da en").own_words(MAX_LINE) for n, q in enumerate(raw, 1))


def as_data(dilemma: Dilemma) -> dict[str, Any]:
    """The dilemma as data again: what a game keeps, so that it goes on when the file is gone."""
    return {
        "id": dilemma.id,
        "title": _both(dilemma.title),
        "beacon": dilemma.beacon,
        "theme": dilemma.theme,
        "about": _both(dilemma.about),
        "source": dilemma.source,
        "situation": _both(dilemma.situation),
        "question": _both(dilemma.question),
        "options": [_way_as_data(way) for way in dilemma.ways],
        "perspectives": {name: _both(words) for name, words in dilemma.perspectives.items()},
        "questions": [_both(words) for words in dilemma.questions],
        **({"duty": _both(dilemma.duty)} if dilemma.duty else {}),
    }


def _way_as_data(way: Way) -> dict[str, Any]:
    weighed = {"protects": _both(way.protects), "risks": _both(way.risks)} if way.protects and way.risks else {}
    return {"id": way.id, "label": _both(way.label), **_both(way.text), **weighed}


def _both(words: Words) -> dict[str, str]:
    """Both languages; a brace somebody wrote is no placeholder."""
    return {"da": _no_braces(words.da), "en": _no_braces(words.en)}


def _no_braces(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def kept_dilemma(raw: Mapping[str, Any]) -> Dilemma:
    """The dilemma a game keeps. Read anew from data at every turn, but the same data only once."""
    return _kept(json.dumps(raw, sort_keys=True))


@lru_cache(maxsize=64)
def _kept(text: str) -> Dilemma:
    return read_dilemma(json.loads(text), OWN)


def own_dilemma(situation: str, question: str, ways: tuple[str, ...], say: Callable[..., Words]) -> Dilemma:
    """What a group wrote, as a dilemma; the same in both languages. Title, perspectives and questions are lent to it.
    Raises ContentError where it does not fit (too long, empty, not four ways)."""
    options = [{"id": name, "label": _same(way), **_same(way)} for name, way in zip(WAYS, ways, strict=False)]
    raw = {
        "id": OWN,
        "title": _both(say("dilemma.own_title")),
        "beacon": "any",
        "theme": "own",
        "about": _both(say("dilemma.own_about")),
        "source": "EF",
        "situation": _same(situation),
        "question": _same(question),
        "options": options,
        "perspectives": {name: _both(say(f"dilemma.own_{name}")) for name in PERSPECTIVES},
        "questions": [_both(say(f"dilemma.own_question_{n}")) for n in range(1, QUESTIONS + 1)],
    }
    return read_dilemma(raw, OWN)


def _same(text: str) -> dict[str, str]:
    text = _no_braces(text)
    return {"da": text, "en": text}


def check_dilemma_file(dilemma: Dilemma, stem: str, where: str, known: Mapping[str, Dilemma]) -> None:
    """A file holds the dilemma its name says, and no other file does. Raises ContentError."""
    if dilemma.id == OWN:
        raise ContentError(where, f"the id {OWN} is that of what a group writes itself", "give it another id")
    if dilemma.id in known:
        raise ContentError(where, f"the dilemma {dilemma.id} stands in two files", "give it its own id")
    if stem.partition("_")[0] != dilemma.id:
        raise ContentError(where, f"the file holds the dilemma {dilemma.id}", f"let its name begin with {dilemma.id}_")
