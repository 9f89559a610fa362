"""Texts for Slack and from Slack: our **strong** as its *bold*, its escapes, long texts in pieces, its links as they read."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.channels.slack.limits import SECTION_TEXT, length

STRONG = re.compile(r"\*\*(.+?)\*\*")
ADDRESS = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?)]")
LINK = re.compile(r"<([^<>|]*)\|([^<>]*)>")
BARE = re.compile(r"<((?:https?|mailto|tel):[^<>]*)>")
MENTION = re.compile(r"<[@#!][^<>]*>")

Block = dict[str, Any]


def escaped(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text – these three signs, and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked(text: str) -> str:
    """One of our texts as mrkdwn: **strong** is bold, a web address a link; signs of formatting in it stay signs."""
    shown = ADDRESS.sub(lambda found: f"<{found[0]}>", escaped(text))
    return STRONG.sub(r"*\1*", shown)


def pieces(text: str, limit: int = SECTION_TEXT) -> list[str]:
    """The text in pieces that fit, split between lines where there are any, else between words, else anywhere."""
    found: list[str] = []
    rest = text
    while length(rest) > limit:
        cut = _cut(rest, limit)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in (*found, rest) if piece]


def _cut(text: str, limit: int) -> int:
    """Where to split, at most `limit` UTF-16 units in; never inside a link or an escape."""
    end = limit - sum(sign > "\uffff" for sign in text[:limit])
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, end // 2, end)
        if at > 0 and text.count("<", 0, at) == text.count(">", 0, at):
            return at
    opened = text.rfind("<", 0, end)
    if opened > 0 and ">" not in text[opened:end]:
        return opened
    ampersand = text.rfind("&", max(0, end - 5), end)
    return ampersand if ampersand > 0 and ";" not in text[ampersand:end] else end


def sections(text: str) -> list[Block]:
    """One of our texts as section blocks."""
    return [_section(piece) for piece in pieces(marked(text))]


def own_words(text: str) -> list[Block]:
    """What a person wrote, as section blocks in which nothing is formatting."""
    return [{"type": "section", "text": plain(piece)} for piece in pieces(text)]


def _section(piece: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": marked(text), "verbatim": True}


def plain(text: str) -> dict[str, Any]:
    """Plain text: nothing in it means anything to Slack."""
    return {"type": "plain_text", "text": text, "emoji": False}


def as_read(text: str) -> str:
    """What a person wrote in a message or a command, as it reads: links by their words, escapes undone."""
    shown = LINK.sub(lambda found: found[2], text)
    shown = BARE.sub(lambda found: re.sub("^(mailto|tel):", "", found[1]), shown)
    return html.unescape(MENTION.sub("@", shown)).strip()
