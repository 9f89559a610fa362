"""A view that was sent in, read back. Pure; anything at all may have been sent: what does not fit is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.slack.fields import FIELD, HELD, PICKED
from bot.channels.slack.values import unpacked

BLOCK = re.compile(r"([a-z]):([A-Za-z0-9_.-]{1,80}):([0-9a-f]{8})")
ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
SCALE = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Sent:
    """A form page as it was sent. `blocks`: the id of each field's block, for saying what is wrong with it."""

    run: str
    page: str
    button: str
    values: dict[str, Any]
    held: dict[str, Any]
    blocks: dict[str, str] = field(default_factory=dict)


def read_form(view: Mapping[str, Any], button: str = "") -> Sent:
    """The form page in a view; `button` where one in the page was pressed and not Slack's own."""
    about = unpacked(view.get("private_metadata"))
    values, picked, typed, blocks = {}, {}, {}, {}
    for kind, id, block, given in _fields(view):
        if kind == HELD:
            typed[id] = given
        elif kind == PICKED:
            picked[id] = given
        elif kind == FIELD:
            values[id], blocks[id] = given, block
    for id, day in picked.items():
        if day and (not values.get(id) or _is_untouched(view, blocks.get(id, ""), values[id])):
            values[id] = day
    held = about.get("h") if isinstance(about.get("h"), dict) else {}
    if typed or "typed" in held:
        before = held.get("typed") if isinstance(held.get("typed"), dict) else {}
        held = {**held, "typed": {**before, **typed}}
    pressed = button or str(about.get("b") or "next")
    return Sent(_id(about.get("r")), _id(about.get("p")), pressed[:2000], values, held, blocks)


def searched(view: Mapping[str, Any]) -> str:
    """What was written in the search field of a personal page."""
    state = view.get("state")
    given = state.get("values") if isinstance(state, dict) else None
    field_ = given.get("search") if isinstance(given, dict) else None
    written = field_.get("search") if isinstance(field_, dict) else None
    return (_value(written) or "") if isinstance(written, dict) else ""


def _fields(view: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    state = view.get("state")
    given = state.get("values") if isinstance(state, dict) else None
    for block, actions in given.items() if isinstance(given, dict) else ():
        match = BLOCK.fullmatch(block)
        if match and isinstance(actions, dict):
            for one in actions.values():
                if isinstance(one, dict):
                    yield match[1], match[2], block, _value(one)


def _value(given: Mapping[str, Any]) -> Any:
    """What stands in one element; see `bot.cards.Field.value`."""
    match given.get("type"):
        case "plain_text_input":
            return given["value"] if isinstance(given.get("value"), str) else ""
        case "radio_buttons" | "static_select":
            return _of_option(given.get("selected_option"))
        case "checkboxes" | "multi_static_select":
            options = given.get("selected_options")
            return [one for one in map(_of_option, options if isinstance(options, list) else ()) if one]
        case "datepicker":
            return given.get("selected_date") if isinstance(given.get("selected_date"), str) else ""
        case "timepicker":
            return given.get("selected_time") if isinstance(given.get("selected_time"), str) else ""
    return None


def _of_option(option: Any) -> str | None:
    value = option.get("value") if isinstance(option, dict) else None
    return value if isinstance(value, str) else None


def _is_untouched(view: Mapping[str, Any], block: str, value: Any) -> bool:
    """Whether a text stands as it was drawn: then a day picked since is the news."""
    blocks = view.get("blocks")
    for one in blocks if isinstance(blocks, list) else ():
        if isinstance(one, dict) and one.get("block_id") == block:
            return (one.get("element") or {}).get("initial_value", "") == value
    return False


def _id(given: Any) -> str:
    return given if isinstance(given, str) and ID.fullmatch(given) else ""
