"""Texts as parts of an Adaptive Card.

Running text is a `RichTextBlock`: it wraps by itself and knows no Markdown, so that nothing a person has written can become a
link or a picture. Only `**strong**` of our own texts is kept.
"""

from __future__ import annotations

import re
from typing import Any

STRONG = re.compile(r"\*\*(.+?)\*\*")

Part = dict[str, Any]


def heading(text: str, id: str = "title") -> Part:
    """Our own words only. A heading for screen readers too."""
    return {"type": "TextBlock", "id": id, "text": plain_in_markdown(text), "wrap": True, "style": "heading", "weight": "Bolder", "size": "Medium"}


def paragraphs(text: str, id: str, **look: Any) -> list[Part]:
    """One block for each line. `look`: properties of a TextRun (isSubtle, size, color as a meaning, weight)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [_block(line, f"{id}-{n}", look) for n, line in enumerate(lines)]


def _block(line: str, id: str, look: dict[str, Any]) -> Part:
    runs = [_run(part, look | ({"weight": "Bolder"} if n % 2 else {})) for n, part in enumerate(STRONG.split(line)) if part]
    return {"type": "RichTextBlock", "id": id, "inlines": runs}


def _run(text: str, look: dict[str, Any]) -> Part:
    return {"type": "TextRun", "text": text, **look}


def plain_in_markdown(text: str) -> str:
    """A text where Markdown is read, without any."""
    return text.replace("[", "(").replace("]", ")").replace("*", "").replace("_", " ").replace("`", "'")


def shortened(text: str, most: int) -> str:
    """At most `most` signs; cut at a word."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
