"""Beacons that people write themselves, with their own questions: checked by the rules of the files, and made into flows.

What was written is one JSON document (`Own`), kept sealed with the beacon:

    {"name": {"da", "en"}, "one_line": {"da", "en"}, "next": 3, "moved": {"q1": ""}, "in_use": {"q2": ["a1"]},
     "questions": [{"id": "q2", "kind": "single", "text": {"da", "en"}, "options": [{"id": "a1", "da", "en"}]}]}

English may be empty: then the Danish is shown, marked. Ids are given once and never again (`next`); what has been in use and
goes is named in `moved`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import LANGUAGES, Words
from bot.dialogs.data import Data, data
from bot.dialogs.flow import GONE, LEVELS, Flow, read_flow
from bot.dialogs.ids_in_use import check_released
from bot.dialogs.steps import read_step
from bot.errors import ContentError

Own = dict[str, Any]

QUESTION_KINDS = ("text", "scale", "yesno", "single", "multi")
WITH_OPTIONS = ("single", "multi")
MOST_QUESTIONS = 8
LONGEST_OWN_NAME = 75
"""Shorter than in the files: the name is a flow's title too, asked after in "Is it still holding?", and may carry a mark."""
LONGEST_OWN_LINE = 180
LONGEST_QUESTION = 600
RESTING = "resting"
"""The theme of the light question about a beacon that is closed."""


@dataclass(frozen=True)
class OwnTexts:
    """What stands around what people write: `bot/content/own.yaml`."""

    untranslated: Words
    scale: Mapping[int, Any]
    local: Mapping[str, Any]
    resting: Mapping[str, Any]


def read_own_texts(raw: Any, where: str) -> OwnTexts:
    """Read and prove by making one flow of each kind. Raises ContentError."""
    own = data(raw, where, "untranslated scale local resting")
    own.inside("local", "source frame suggestions followup_days")
    resting = own.inside("resting", "source title purpose question options sagging frame followup_days")
    resting.words("title", known=("beacon",))
    texts = OwnTexts(own.words("untranslated", known=("text",)), raw["scale"], raw["local"], raw["resting"])
    sample = {"id": "q1", "kind": "scale", "text": {"da": "?", "en": ""}}
    own_flow("local", new_own({"da": "?", "en": ""}, {"da": "?", "en": ""}) | {"questions": [sample]}, texts)
    resting_flow("resting", Words("?", "?"), texts)
    return texts


# ---- as flows --------------------------------------------------------------------------------------------


def resting_id(beacon: str) -> str:
    return f"{RESTING}.{beacon}"


def own_flow(beacon: str, own: Own, texts: OwnTexts) -> Flow:
    """The centre's own questions as a flow. Raises ContentError."""
    where = f"beacon {beacon}"
    local = texts.local
    raw = _flow(beacon, beacon, local) | {
        "title": _words(own["name"], texts),
        "theme": "local",
        "minutes": max(1, min(10, len(own["questions"]))),
        "purpose": _words(own["one_line"], texts),
        "steps": [_step(question, texts) for question in own["questions"]],
        "closing": _closing(local, suggestions=list(local["suggestions"])),
        "moved": own["moved"],
    }
    flow = read_flow(raw, where)
    check_released(flow, own["in_use"])
    return flow


def resting_flow(beacon: str, name: Words, texts: OwnTexts) -> Flow:
    """The one light question about a beacon that is closed. Raises ContentError."""
    rest = texts.resting
    title = Words(rest["title"]["da"], rest["title"]["en"]).fill(beacon=name)
    raw = _flow(resting_id(beacon), beacon, rest) | {
        "title": {language: title.spoken(language) for language in LANGUAGES},
        "theme": RESTING,
        "minutes": 1,
        "purpose": rest["purpose"],
        "steps": [{"id": "s1", "kind": "single", "text": rest["question"], "options": rest["options"]}],
        "closing": _closing(rest, show_if={"step": "s1", "includes": list(rest["sagging"])}),
    }
    return read_flow(raw, f"beacon {beacon}, resting")


def _flow(id: str, beacon: str, around: Mapping[str, Any]) -> dict[str, Any]:
    shared = {"id": id, "beacon": beacon, "source": around["source"], "levels": list(LEVELS), "visibility": "private"}
    return shared | {"safety_listen": ["B", "S"]}


def _closing(around: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"frame": around["frame"], "evaluator": "mig", "followup_days": around["followup_days"], **more}


def _step(question: Mapping[str, Any], texts: OwnTexts) -> dict[str, Any]:
    step = {"id": question["id"], "kind": question["kind"], "text": _words(question["text"], texts)}
    if question["kind"] in WITH_OPTIONS:
        step["options"] = [{**one, "en": one["en"] or one["da"]} for one in question["options"]]
    if question["kind"] == "scale":
        step["labels"] = dict(texts.scale)
    return step


def own_words(written: Mapping[str, str], texts: OwnTexts) -> Words:
    """What was written, in both languages; the Danish, marked, where there is no English."""
    return Words(**_words(written, texts))


def _words(written: Mapping[str, str], texts: OwnTexts) -> dict[str, str]:
    danish, english = written["da"], written.get("en", "")
    return {"da": danish, "en": english or texts.untranslated.en.replace("{text}", danish)}


# ---- writing ---------------------------------------------------------------------------------------------


def new_own(name: Mapping[str, str], line: Mapping[str, str]) -> Own:
    return {"name": dict(name), "one_line": dict(line), "questions": [], "next": 1, "moved": {}, "in_use": {}}


def question_of(own: Own, id: str) -> dict[str, Any] | None:
    return next((one for one in own["questions"] if one["id"] == id), None)


def checked_words(typed: Mapping[str, Any], field: str, limit: int) -> dict[str, str]:
    """A text as it was typed: Danish it must have, English it may. ContentError.where is the field at fault."""
    danish = _one(typed, f"{field}_da", limit)
    english = _one(typed, f"{field}_en", limit) if str(typed.get(f"{field}_en") or "").strip() else ""
    return {"da": danish, "en": english}


def _one(typed: Mapping[str, Any], field: str, limit: int) -> str:
    said = str(typed.get(field) or "")
    checked: Words = Data({"da": said, "en": said}, field).own_words(limit)
    return checked.da


def with_question(own: Own, id: str, typed: Mapping[str, Any], texts: OwnTexts) -> Own:
    """The document with a question written anew, or (`id` empty) one more. `typed`: text_da, text_en, kind, options_da, options_en.

    Raises ContentError; its `where` is the field at fault.
    """
    made = copy.deepcopy(own)
    kind = typed.get("kind")
    if kind not in QUESTION_KINDS:
        raise ContentError("kind", f"`kind` is {kind!r}", "choose one of the kinds", "missing")
    before = question_of(made, id)
    if before is not None and before["kind"] != kind:  # answers of another kind: a new question in the old one's place
        _leave(made, before["id"])
    question = {"id": _id_for(made, before, kind), "kind": kind, "text": checked_words(typed, "text", LONGEST_QUESTION)}
    if kind in WITH_OPTIONS:
        question["options"] = _options(made, before, typed, question["id"])
    if before is None:
        made["questions"].append(question)
    else:
        made["questions"][made["questions"].index(before)] = question
    if len(made["questions"]) > MOST_QUESTIONS:
        mend = "take one out first"
        raise ContentError("text_da", "it asks too much", mend, "many_questions", limit=MOST_QUESTIONS)
    _check_options(question, texts)
    own_flow("local", made, texts)
    return made


def without_question(own: Own, id: str) -> Own:
    """The document without that question; unchanged where there is none."""
    made = copy.deepcopy(own)
    if question_of(made, id) is not None:
        _leave(made, id)
        made["questions"] = [one for one in made["questions"] if one["id"] != id]
    return made


def in_use(own: Own) -> Own:
    """The document with everything in it noted as having been in use: from now on nothing in it vanishes silently."""
    made = copy.deepcopy(own)
    for question in made["questions"]:
        known = made["in_use"].setdefault(question["id"], [])
        known += [one["id"] for one in question.get("options", ()) if one["id"] not in known]
    return made


def _leave(own: Own, id: str) -> None:
    if id in own["in_use"]:
        own["moved"][id] = GONE


def _id_for(own: Own, before: Mapping[str, Any] | None, kind: str) -> str:
    if before is not None and before["kind"] == kind:
        return before["id"]
    own["next"] += 1
    return f"q{own['next'] - 1}"


def _options(own: Own, before: Mapping[str, Any] | None, typed: Mapping[str, Any], question: str) -> list[dict[str, str]]:
    """One option a line, the English ones in the same order. Who keeps its Danish wording keeps its id; another wording is another
    option."""
    danish, english = _lines(typed.get("options_da")), _lines(typed.get("options_en"))
    if english and len(english) != len(danish):
        raise ContentError("options_en", "there is not one for each", "write one a line, or none", "uneven")
    known = {one["da"]: one["id"] for one in (before or {}).get("options", ())} if before and before["id"] == question else {}
    options = []
    for said, translated in zip(danish, english or [""] * len(danish), strict=True):
        id = known.get(said)
        if id is None:
            id, own["next"] = f"a{own['next']}", own["next"] + 1
        options.append({"id": id, "da": said, "en": translated})
    for gone in set(known.values()) - {one["id"] for one in options}:
        if gone in own["in_use"].get(question, ()):
            own["moved"][f"{question}.{gone}"] = GONE
    return options


def _lines(typed: Any) -> list[str]:
    return [line for one in str(typed or "").splitlines() if (line := one.strip())]


def _check_options(question: Mapping[str, Any], texts: OwnTexts) -> None:
    """The rules of the files for options, said about the one field they are typed in."""
    if question["kind"] not in WITH_OPTIONS:
        return
    try:
        read_step(_step(question, texts), "options")
    except ContentError as error:
        raise ContentError("options_da", error.reason, error.mend, error.code, **error.values_) from error
    said = [one["da"].casefold() for one in question["options"]]
    if len(set(said)) < len(said):
        raise ContentError("options_da", "the same option stands twice", "keep one of the two", "doubles")
