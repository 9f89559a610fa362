"""A field of a form page as input blocks. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from string import ascii_uppercase
from typing import Any

from bot.channels.slack.buttons import Texts
from bot.channels.slack.limits import (
    CHECKBOX_OPTIONS,
    INPUT_HINT,
    INPUT_LABEL,
    OPTION_TEXT,
    OPTION_VALUE,
    SELECT_OPTIONS,
    TYPED_TEXT,
    TooLong,
    checked,
    fits,
    length,
)
from bot.channels.slack.writing import Block, plain, sections
from bot.dialogs.answers import SHORT_TEXT

FIELD, PICKED, HELD = "f", "d", "h"
"""What a block id begins with: a field, the calendar beside a written date, what was typed before a route card."""


def draw_field(field: Mapping[str, Any], t: Texts, page: str = "") -> list[Block]:
    """The blocks of one spoken field on that page. Raises TooLong."""
    if field["kind"] == "info":
        return sections(field["label"])
    blocks = [_on_page(block, page) for block in _DRAWN[field["kind"]](field, t)]
    if field["error"]:
        blocks += sections(t("wrong", error=field["error"]))
    return blocks


def typed_input(name: str, label: str, value: str, *, short: bool = False, limit: int = TYPED_TEXT) -> Block:
    """A text to write. What stands in it already is never cut."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": not short,
        "max_length": min(TYPED_TEXT, max(limit, length(value))),
    }
    if value:
        element["initial_value"] = checked(value, TYPED_TEXT, "a text field")
    return _input(name, label, element, value, optional=True)


def _input(name: str, label: str, element: Block, value: Any, *, optional: bool) -> Block:
    return {
        "type": "input",
        "block_id": f"{name}:{_digest(value)}",
        "label": plain(checked(label, INPUT_LABEL, "a field's label")),
        "element": element,
        "optional": optional,
    }


def _on_page(block: Block, page: str) -> Block:
    """The same question asked once more on another page is another block: what was typed in the first must not stand in it."""
    if block["type"] != "input":
        return block
    name, _, digest = block["block_id"].rpartition(":")
    return {**block, "block_id": f"{name}:{_digest([page, digest])}"}


def _text(field: Mapping[str, Any], t: Texts) -> list[Block]:
    limit = SHORT_TEXT if field["short"] else TYPED_TEXT
    drawn = typed_input(f"{FIELD}:{field['id']}", field["label"], str(field["value"] or ""), short=field["short"], limit=limit)
    return [_with_help(drawn, field)]


def _with_help(block: Block, field: Mapping[str, Any]) -> Block:
    block["optional"] = not field["required"]
    if field["help"]:
        block["hint"] = plain(checked(field["help"], INPUT_HINT, "a field's help"))
    return block


def _date(field: Mapping[str, Any], t: Texts) -> list[Block]:
    """A day as one says it, or from the calendar."""
    picked = _day(field["value"])
    said = "" if picked else str(field["value"] or "")
    written = typed_input(f"{FIELD}:{field['id']}", field["label"], said, short=True, limit=100)
    calendar: Block = {"type": "datepicker", "action_id": "day"}
    if picked:
        calendar["initial_date"] = picked
    beside = _input(f"{PICKED}:{field['id']}", t("or_pick"), calendar, picked, optional=True)
    return [_with_help(written, field), beside]


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return ""


def _time(field: Mapping[str, Any], t: Texts) -> list[Block]:
    element: Block = {"type": "timepicker", "action_id": "time"}
    if field["value"]:
        element["initial_time"] = str(field["value"])
    drawn = _input(f"{FIELD}:{field['id']}", field["label"], element, field["value"], optional=True)
    return [_with_help(drawn, field)]


def _single(field: Mapping[str, Any], t: Texts) -> list[Block]:
    options, told = _options(field)
    element: Block = {"type": "radio_buttons", "action_id": "one", "options": options}
    if len(options) > CHECKBOX_OPTIONS:
        element |= {"type": "static_select", "placeholder": plain(t("choose"))}
    chosen = [one for one in options if one["value"] == str(field["value"])]
    if chosen:
        element["initial_option"] = chosen[0]
    drawn = _input(f"{FIELD}:{field['id']}", field["label"], element, field["value"], optional=True)
    return [*told, _with_help(drawn, field)]


def _multi(field: Mapping[str, Any], t: Texts) -> list[Block]:
    options, told = _options(field)
    element: Block = {"type": "checkboxes", "action_id": "many", "options": options}
    if len(options) > CHECKBOX_OPTIONS:
        element |= {"type": "multi_static_select", "placeholder": plain(t("choose_some"))}
        if field["max"]:
            element["max_selected_items"] = field["max"]
    given = {str(one) for one in field["value"] or ()}
    chosen = [one for one in options if one["value"] in given]
    if chosen:
        element["initial_options"] = chosen
    drawn = _with_help(_input(f"{FIELD}:{field['id']}", field["label"], element, field["value"], optional=True), field)
    if field["max"]:
        most = t("choose_up_to", max=field["max"])
        drawn["hint"] = plain(checked(f"{field['help']} {most}" if field["help"] else most, INPUT_HINT, "a field's help"))
    return [*told, drawn]


def _options(field: Mapping[str, Any]) -> tuple[list[Block], list[Block]]:
    """The options, and the full texts above them where one is too long for an option: those get a letter each."""
    choices = field["choices"]
    if not 1 <= len(choices) <= SELECT_OPTIONS:
        raise TooLong(f"the field {field['id']}: {len(choices)} options, Slack takes 1 to {SELECT_OPTIONS}")
    values = [checked(str(one["id"]), OPTION_VALUE, "an option's value") for one in choices]
    if all(fits(one["text"], OPTION_TEXT) for one in choices):
        return [_option(one["text"], value) for one, value in zip(choices, values)], []
    letters = [letter(n) for n in range(len(choices))]
    told = [block for one, name in zip(choices, letters) for block in sections(f"**{name}**  {one['text']}")]
    return [_option(name, value) for name, value in zip(letters, values)], told


def _option(text: str, value: str) -> Block:
    return {"text": plain(text), "value": value}


def letter(n: int) -> str:
    """A, B … Z, AA, AB …"""
    before, last = divmod(n, len(ascii_uppercase))
    return (letter(before - 1) if before else "") + ascii_uppercase[last]


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:8]


_DRAWN = {
    "text": _text,
    "date": _date,
    "time": _time,
    "single": _single,
    "person": _single,
    "yesno": _single,
    "scale": _single,
    "multi": _multi,
}
