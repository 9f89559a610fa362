"""Fields of a form page as inputs of an Adaptive Card, and what was given in them back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.channels.teams.cards import Say, Shown
from bot.channels.teams.writing import Part, paragraphs

CHOOSING = ("single", "multi", "scale", "yesno", "person")
PICKED = "-picked"
"""A date has two inputs: one for words ("om to uger"), and one with a calendar, whose id ends like this."""
ALL_SHOWN = 9
"""So many choices are all shown; more lie in a list to open."""


def field(shown: Shown, say: Say, *, insists: bool) -> list[Part]:
    """One question: what is wrong with the answer, its input with a real label, and the help.

    `insists`: whether Teams itself may ask for what is missing before anything is sent.
    """
    id = shown["id"]
    if shown["kind"] == "info":
        return [*paragraphs(shown["label"], f"info-{id}"), *help_lines(shown)]
    wrong = paragraphs(f"{say('wrong')}: {shown['error']}", f"wrong-{id}", color="Attention", weight="Bolder") if shown["error"] else []
    inputs = [one | _marks(shown, say, insists and n == 0) for n, one in enumerate(_inputs(shown, say))]
    return [*wrong, *inputs, *help_lines(shown)]


def help_lines(shown: Shown) -> list[Part]:
    return paragraphs(shown["help"], f"help-{shown['id']}", isSubtle=True, size="Small") if shown["help"] else []


def _marks(shown: Shown, say: Say, insists: bool) -> Part:
    if not (shown["required"] and insists):
        return {}
    return {"isRequired": True, "errorMessage": say("choose_here" if shown["kind"] in CHOOSING else "write_here")}


def _label(shown: Shown, say: Say) -> str:
    """Teams itself marks what it insists on; the mark in words is for all the rest."""
    return f"{shown['label']} ({say('required')})" if shown["required"] else str(shown["label"])


def _inputs(shown: Shown, say: Say) -> list[Part]:
    id, label, value = shown["id"], _label(shown, say), shown["value"]
    match shown["kind"]:
        case "date":
            return [_words(id, label, _said(value), say("date_example")), _picker(id, _picked(value), say)]
        case "time":
            return [{"type": "Input.Time", "id": id, "label": label, **_value(_clock(value))}]
        case kind if kind in CHOOSING:
            return [_choices(shown, label, say)]
    # No maxLength: a client cuts what is pasted without a word. We say how much too long it is, and keep it on the page.
    text = {"type": "Input.Text", "id": id, "label": label, **_value(value)}
    return [text if shown["short"] else text | {"isMultiline": True}]


def _words(id: str, label: str, value: str, example: str) -> Part:
    return {"type": "Input.Text", "id": id, "label": label, "placeholder": example, **_value(value)}


def _picker(id: str, value: str, say: Say) -> Part:
    return {"type": "Input.Date", "id": id + PICKED, "label": say("or_pick"), **_value(value)}


def _choices(shown: Shown, label: str, say: Say) -> Part:
    is_multi = shown["kind"] == "multi"
    choices = [{"title": c["text"], "value": c["id"]} for c in shown["choices"] or _yes_no(shown, say)]
    drawn: Part = {"type": "Input.ChoiceSet", "id": shown["id"], "label": label, "choices": choices, "wrap": True}
    drawn |= {"isMultiSelect": True} if is_multi else {}
    drawn |= {"style": "expanded"} if is_multi or len(choices) <= ALL_SHOWN else {"style": "compact", "placeholder": say("choose")}
    given = shown["value"]
    return drawn | _value(",".join(map(str, given)) if isinstance(given, (list, tuple)) else given)


def _yes_no(shown: Shown, say: Say) -> list[Part]:
    return [{"id": one, "text": say(one)} for one in ("yes", "no")] if shown["kind"] == "yesno" else []


def _value(value: Any) -> Part:
    return {} if value in (None, "") else {"value": str(value)}


def _picked(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return ""


def _said(value: Any) -> str:
    return "" if _picked(value) else str(value or "")


def _clock(value: Any) -> str:
    """Only "HH:MM" can stand in the input; what somebody wrote otherwise is theirs to choose again."""
    hours, _, minutes = str(value or "").partition(":")
    is_time = len(hours) == 2 and len(minutes) == 2 and hours.isdigit() and minutes.isdigit()
    return f"{hours}:{minutes}" if is_time and int(hours) < 24 and int(minutes) < 60 else ""


# ---- back ------------------------------------------------------------------------------------------------


def kinds(fields: list[Any]) -> dict[str, Any]:
    """What travels with a page so that its inputs can be read: the kind of each field, and for a date what stood there."""
    given = [one for one in fields if one["kind"] != "info"]
    return {one["id"]: [one["kind"], _said(one["value"])] if one["kind"] == "date" else one["kind"] for one in given}


def read_values(kinds: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the fields now (`bot.cards.Field.value`). Anything at all may have been sent: what does not fit is left out."""
    known = kinds if isinstance(kinds, Mapping) else {}
    return {str(id): _read(str(id), kind, given) for id, kind in known.items()}


def _read(id: str, kind: Any, given: Mapping[str, Any]) -> Any:
    was = ""
    if isinstance(kind, list):
        kind, was = (kind + ["", ""])[:2]
    value = _text(given.get(id))
    match kind:
        case "multi":
            return [one for one in value.split(",") if one]
        case "scale":
            return int(value) if value in ("1", "2", "3", "4", "5") else value or None
        case "single" | "yesno" | "person":
            return value or None
        case "date":
            picked = _text(given.get(id + PICKED))
            is_news = value.strip() and value.strip() != str(was).strip()
            return value if is_news or not picked else picked
    return value


def _text(given: Any) -> str:
    return given.replace("\r\n", "\n").replace("\r", "\n") if isinstance(given, str) else ""
