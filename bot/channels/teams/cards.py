"""Cards as Adaptive Cards and messages. Pure: what a card is given as is its spoken dictionary (`bot.cards.spoken`).

Buttons are `Action.Execute` with `Action.Submit` for clients that do not know it; those that open a dialog must be
`Action.Submit` (Teams opens dialogs by that alone).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from bot.cards import bar_lines
from bot.channels.teams import presses
from bot.channels.teams.writing import Part, heading, paragraphs, shortened

VERSION = "1.5"  # the newest Teams draws: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
MOST_BYTES = 25 * 1024
"""Teams takes about 100 KB in a message, older clients and paths much less (28 KB, measured 21): our own budget (ux-rules T7)."""
IN_A_ROW = 3
MOST_ACTIONS = 6  # design-effective-cards.md (ux-rules T5)
LONGEST_TITLE = 60
LONGEST_SUMMARY = 150
STYLES = {"primary": "positive", "danger": "destructive"}

Shown = Mapping[str, Any]
Say = Callable[..., str]
"""`say(key, **values)`: the words of `teams.{key}` in the reader's language."""


@dataclass(frozen=True)
class Action:
    """One button, ready to be placed; `is_call` may be left out where there is no room, since its number stands in the text."""

    part: Part
    is_call: bool = False


def card(shown: Shown, key: str) -> Part:
    """The Adaptive Card of a message. `key` names this drawing."""
    body: list[Part] = [heading(shown["title"])] if shown["title"] else []
    for n, text in enumerate(shown["text"]):
        body += paragraphs(text, f"text-{n}")
    for n, line in enumerate(bar_lines(shown.get("spread", ()))):
        body += paragraphs(line, f"bar-{n}")
    return adaptive(body, actions_of(shown["buttons"], lambda b: press(b, shown["subject"], key)))


def adaptive(body: list[Part], actions: list[Part]) -> Part:
    """Buttons that would not stand side by side come in rows, so that no label is cut."""
    drawn: Part = {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}
    if len(actions) <= IN_A_ROW:
        return drawn | {"actions": actions} if actions else drawn
    rows = range(0, len(actions), IN_A_ROW)
    sets = [{"type": "ActionSet", "id": f"buttons-{n}", "actions": actions[n : n + IN_A_ROW]} for n in rows]
    return drawn | {"body": [*body, *sets]}


def buttons_of(drawn: Part) -> list[Part]:
    """The card's own buttons, in whatever rows they stand."""
    rows = [one["actions"] for one in drawn["body"] if one["type"] == "ActionSet" and one["id"].startswith("buttons-")]
    return [*(action for row in rows for action in row), *drawn.get("actions", [])]


def attachment(drawn: Part) -> Part:
    return {"contentType": CONTENT_TYPE, "content": drawn}


def message(shown: Shown, key: str) -> Part:
    """What is sent for a card: a card, or a plain line where there is nothing but text. Never both, since Teams splits those."""
    if is_plain(shown):
        return {"type": "message", "textFormat": "plain", "text": "\n\n".join(shown["text"])}
    return {"type": "message", "summary": summary(shown), "attachments": [attachment(card(shown, key))]}


def is_plain(shown: Shown) -> bool:
    """Whether it is words alone, which nothing will ever replace."""
    return not (shown["title"] or shown["buttons"] or shown["subject"] or shown["notice"])


def summary(shown: Shown) -> str:
    """What a lock screen may show."""
    said = shown["notice"] or shown["title"] or next(iter(shown["text"]), "")
    return shortened(" ".join(said.split()), LONGEST_SUMMARY)


def without_dialogs(drawn: Any) -> Any:
    """The same for a client that has none: its buttons send a message, and are answered with a link to the page on the web."""
    if isinstance(drawn, dict):
        return {name: without_dialogs(value) for name, value in drawn.items() if name != "msteams"}
    return [without_dialogs(one) for one in drawn] if isinstance(drawn, list) else drawn


def size(drawn: Part) -> int:
    """In bytes, as it is sent."""
    return len(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")).encode())


# ---- buttons ---------------------------------------------------------------------------------------------


def actions_of(buttons: list[Any], draw: Callable[[Shown], Action]) -> list[Part]:
    """Six at the most: telephone numbers give way, their text does not."""
    drawn = [draw(button) for button in buttons]
    room = MOST_ACTIONS - sum(not one.is_call for one in drawn)
    kept = []
    for one in drawn:
        room -= one.is_call
        if not one.is_call or room >= 0:
            kept.append(one.part)
    return kept


def press(button: Shown, subject: str, key: str) -> Action:
    """A button on a card in the chat."""
    if button["does"] in ("link", "call"):
        return leaving(button)
    if button["does"] == "page":
        return Action(_submit(button, presses.data(opens=True, go=button["value"], key=key)))
    about = {"action": button["action"], "value": button["value"], "subject": subject, "key": key}
    if button["does"] == "form":
        drawn = _submit(button, presses.data(opens=True, **about))
    else:
        drawn = _execute(button, presses.data(**about))
    return Action(asked_first(button, drawn) if button["confirm"] else drawn)


def leaving(button: Shown) -> Action:
    """A button that leads out of Teams, or dials."""
    if button["does"] == "call":
        url = f"tel:{quote(re.sub(r'[^0-9+]', '', button['value']), safe='+')}"
        return Action({"type": "Action.OpenUrl", "title": titled(button["label"]), "url": url}, is_call=True)
    return Action({"type": "Action.OpenUrl", "title": titled(button["label"]), "url": web_address(button["value"])})


def web_address(value: str) -> str:
    """An address on the web that may be linked to; anything else is no link."""
    return value if urlsplit(value).scheme in ("https", "http") else "about:blank"


def asked_first(button: Shown, drawn: Part) -> Part:
    """Adaptive Cards know no "are you sure?": the button opens a small card that asks, with the real one on it."""
    asked = adaptive(paragraphs(button["confirm"], f"sure-{button['action']}"), [drawn])
    return {"type": "Action.ShowCard", "title": titled(button["label"]), "card": asked}


def titled(label: str) -> str:
    return shortened(label, LONGEST_TITLE)


def _execute(button: Shown, data: Part) -> Part:
    fallback = {"type": "Action.Submit", "title": titled(button["label"]), "data": data}
    drawn = {"type": "Action.Execute", "title": titled(button["label"]), "verb": button["action"], "data": data, "fallback": fallback}
    return drawn | _style(button)


def _submit(button: Shown, data: Part) -> Part:
    return {"type": "Action.Submit", "title": titled(button["label"]), "data": data} | _style(button)


def _style(button: Shown) -> Part:
    return {"style": STYLES[button["style"]]} if button["style"] else {}
