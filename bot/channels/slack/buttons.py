"""Buttons as Slack draws them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.channels.slack.limits import ACTIONS_ELEMENTS, BUTTON_TEXT, BUTTON_URL, CONFIRM_BUTTON, CONFIRM_TEXT, CONFIRM_TITLE, checked
from bot.channels.slack.values import button_value
from bot.channels.slack.writing import Block, escaped, plain

Texts = Any
"""`t(key, **values)`: one of our texts, in the reader's language; keys are those of texts/slack.yaml."""


def button(label: str, value: Mapping[str, Any], n: int, *, style: str = "", confirm: dict[str, Any] | None = None) -> Block:
    """A button that comes back to us. `n` makes its id unique in its block."""
    drawn: Block = {
        "type": "button",
        "text": plain(checked(label, BUTTON_TEXT, "a button's label")),
        "action_id": f"press:{n}",
        "value": button_value(value),
    }
    if style in ("primary", "danger"):
        drawn["style"] = style
    if confirm:
        drawn["confirm"] = confirm
    return drawn


def link(label: str, url: str, n: int, *, style: str = "") -> Block:
    """A button that opens an address. Slack tells us of the press all the same."""
    drawn = {
        "type": "button",
        "text": plain(checked(label, BUTTON_TEXT, "a button's label")),
        "action_id": f"link:{n}",
        "url": checked(url, BUTTON_URL, "a link"),
    }
    return {**drawn, "style": style} if style in ("primary", "danger") else drawn


def confirm(t: Texts, text: str, yes: str, *, danger: bool = True) -> dict[str, Any]:
    """Asks before something is done."""
    asked = {
        "title": plain(checked(t("sure_title"), CONFIRM_TITLE, "a confirm's title")),
        "text": plain(checked(text, CONFIRM_TEXT, "a confirm's text")),
        "confirm": plain(checked(yes, CONFIRM_BUTTON, "a confirm's button")),
        "deny": plain(checked(t("sure_no"), CONFIRM_BUTTON, "a confirm's button")),
    }
    return {**asked, "style": "danger"} if danger else asked


def of_card(shown: Mapping[str, Any], subject: str, n: int, t: Texts) -> Block:
    """A card's button, as a message or a page of the Home tab shows it."""
    if shown["does"] == "link":
        return link(shown["label"], shown["value"], n, style=shown["style"])
    asked = confirm(t, shown["confirm"], t("sure_yes")) if shown["confirm"] else None
    if shown["does"] == "page":
        return button(shown["label"], {"go": {"at": shown["value"]}}, n, style=shown["style"], confirm=asked)
    value = {"a": shown["action"], "v": shown["value"], "s": subject}
    return button(shown["label"], value, n, style=shown["style"], confirm=asked)


def in_order(shown: list[Any], subject: str, name: str, t: Texts) -> list[Block]:
    """A card's buttons, the numbers to call before or after the others, as they stand on the card."""
    pressed = [one for one in shown if one["does"] != "call"]
    drawn = rows([of_card(one, subject, n, t) for n, one in enumerate(pressed)], name)
    return [*calls(shown), *drawn] if shown and shown[0]["does"] == "call" else [*drawn, *calls(shown)]


def calls(buttons: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Numbers to call, as links that a telephone understands; the number can be read where it does not."""
    lines = [f"<tel:{_digits(one['value'])}|{escaped(one['label'])}>" for one in buttons if one["does"] == "call"]
    text = {"type": "mrkdwn", "text": "  ·  ".join(lines), "verbatim": True}
    return [{"type": "section", "text": text}] if lines else []


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")


def rows(elements: list[Block], name: str = "") -> list[Block]:
    """Elements in as many actions blocks as they need."""
    found = []
    for at in range(0, len(elements), ACTIONS_ELEMENTS):
        block: Block = {"type": "actions", "elements": elements[at : at + ACTIONS_ELEMENTS]}
        found.append({**block, "block_id": f"{name}:{at}"} if name else block)
    return found
