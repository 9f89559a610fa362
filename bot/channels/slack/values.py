"""What a button carries, and back: Slack gives a button's value back with the press, so no press needs a memory of ours.

`{"a": action, "v": value, "s": subject}` is a press on a card; `{"b": pressed}` submits the form page it stands on;
`{"go": place}` shows one of the personal pages, `{"do": deed, …}` does something there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.channels.slack.limits import BUTTON_VALUE, PRIVATE_METADATA, checked, length


def packed(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def button_value(value: Mapping[str, Any]) -> str:
    """Raises TooLong."""
    return checked(packed(value), BUTTON_VALUE, "a button's value")


def unpacked(text: Any) -> dict[str, Any]:
    """Anything at all may have been sent back: what is not ours is empty."""
    try:
        value = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def metadata(value: dict[str, Any]) -> str:
    """A view's private metadata. Where the decisions about words do not all fit, the last are asked about again."""
    text = packed(value)
    held = dict(value.get("h") or {})
    kept = list(held.get("kept") or [])
    while length(text) > PRIVATE_METADATA and kept:
        kept.pop()
        text = packed({**value, "h": {**held, "kept": kept}})
    return checked(text, PRIVATE_METADATA, "a view's private metadata")


def pressed(button: Mapping[str, Any]) -> str:
    """What a form page's button sends: its action, and its value after a colon (`Submitted.button`)."""
    return f"{button['action']}:{button['value']}" if button["value"] else str(button["action"])
