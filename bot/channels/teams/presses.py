"""What a button carries, and back: Teams gives an action's data back with the press, so no press needs a memory of ours.

Everything of ours lies under one key, beside what Teams and the fields put there. A press on a card has `action`, `value`,
`subject`; one on a form page `button`, `run`, `page`, `held`; one that opens one of our own pages `go`; one that closes a
dialog `close`. `key` names the one drawing the button stands on, so that the same press delivered twice is one event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

OURS = "pejling"
FETCH = {"type": "task/fetch"}
"""Tells Teams to open a dialog: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots"""

Press = dict[str, Any]


def data(opens: bool = False, **press: Any) -> dict[str, Any]:
    """An action's data. `opens`: pressing it opens a dialog."""
    return {"msteams": FETCH, OURS: press} if opens else {OURS: press}


def read_press(given: Any) -> Press:
    """What a button of ours carried; empty where it is none of ours. Anything at all may have been sent."""
    press = given.get(OURS) if isinstance(given, Mapping) else None
    return {str(name): value for name, value in press.items()} if isinstance(press, Mapping) else {}


def text_of(press: Press, name: str, most: int = 400) -> str:
    value = press.get(name)
    return value[:most] if isinstance(value, str) else ""


def pressed(button: Mapping[str, Any]) -> str:
    """What a form page's button sends: its action, and its value after a colon (`Submitted.button`)."""
    return f"{button['action']}:{button['value']}" if button["value"] else str(button["action"])


def digest(*parts: Any) -> str:
    """Short, and the same for the same parts."""
    said = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(said.encode(errors="replace")).hexdigest()[:40]
