"""A card as a message. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.cards import bar_lines
from bot.channels.slack import buttons
from bot.channels.slack.buttons import Texts
from bot.channels.slack.limits import HEADER_TEXT, MESSAGE_BLOCKS, MESSAGE_TEXT, MESSAGE_TOTAL, TooLong, checked, fits, length
from bot.channels.slack.writing import Block, plain, sections

EVENT_TYPE = "pejling_message"
"""Of the metadata by which a message is found again."""


def draw_message(card: Mapping[str, Any], t: Texts) -> dict[str, Any]:
    """`text` and `blocks` of a spoken card. Raises TooLong.

    A lock screen shows `text` on a telephone and the first block on a computer (https://docs.slack.dev/changelog/2026/07/13/
    notification-changes), so where the card says what a lock screen may show, both are that.
    """
    notice = card["notice"] or ""
    blocks = _first(card, notice)
    for text in [*card["text"], *_spread(card)]:
        blocks += sections(text)
    blocks += buttons.in_order(card["buttons"], card["subject"], "card", t)
    text = notice or card["title"] or next(iter(card["text"]), "") or t("name")
    return {"text": checked(text, MESSAGE_TEXT, "a message's text"), "blocks": _checked(blocks)}


def draw_card(card: Mapping[str, Any], t: Texts, n: int) -> list[Block]:
    """The same card among others, on a page of the Home tab."""
    title = sections(f"**{card['title']}**") if card["title"] else []
    body = [block for text in [*card["text"], *_spread(card)] for block in sections(text)]
    return [*title, *body, *buttons.in_order(card["buttons"], card["subject"], f"card:{n}", t)]


def metadata_of(key: str) -> dict[str, Any]:
    """Our own key, by which `conversations.history` shows whether a message arrived."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def key_of(message: Mapping[str, Any]) -> str:
    given = message.get("metadata") or {}
    return str((given.get("event_payload") or {}).get("key", "")) if given.get("event_type") == EVENT_TYPE else ""


def _spread(card: Mapping[str, Any]) -> list[str]:
    """How a group answered, in one section."""
    lines = bar_lines(card.get("spread", ()))
    return ["\n".join(lines)] if lines else []


def _first(card: Mapping[str, Any], notice: str) -> list[Block]:
    title = card["title"] or ""
    blocks: list[Block] = []
    if notice and notice != title:
        blocks.append({"type": "context", "block_id": "notice", "elements": [plain(notice)]})
    if title:
        fitting = fits(title, HEADER_TEXT)
        blocks += [{"type": "header", "block_id": "title", "text": plain(title)}] if fitting else sections(f"**{title}**")
    return blocks


def _checked(blocks: list[Block]) -> list[Block]:
    if len(blocks) > MESSAGE_BLOCKS:
        raise TooLong(f"a message: {len(blocks)} blocks, Slack takes {MESSAGE_BLOCKS}")
    total = sum(length(block["text"]["text"]) for block in blocks if "text" in block)
    if total > MESSAGE_TOTAL:
        raise TooLong(f"a message: {total} signs in all, Slack takes about {MESSAGE_TOTAL}")
    return blocks
