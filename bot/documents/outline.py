"""What a document says, in one language, whatever it is made into."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal

Language = Literal["da", "en"]
FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True)
class Heading:
    """`level`: 1 for a part, 2 within it, 3 for who says something."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """`tone`: plain, lead (larger, once at the top), soft (said aside)."""

    text: str
    tone: Literal["plain", "lead", "soft"] = "plain"


@dataclass(frozen=True)
class Said:
    """A question and what was answered, as it was written; line breaks are kept."""

    question: str
    answer: str


@dataclass(frozen=True)
class Table:
    """A small table. `widths`: how the columns share the line, in parts."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True)
class Bar:
    """One bar. `value` None: it cannot be shown, and `note` stands instead; else `note` is what is said of it."""

    label: str
    value: float | None
    note: str


@dataclass(frozen=True)
class Span:
    """A time something lasted: `start` and `end` in years (2026.5); `is_open`: it lasts still. `note` says it in words."""

    label: str
    start: float
    end: float
    is_open: bool
    note: str


@dataclass(frozen=True)
class Chart:
    """Bars from one line (`most`: the longest there can be, with that many people), or spans over the years. `alt` says in words what it shows."""

    title: str
    alt: str
    bars: tuple[Bar, ...] = ()
    most: float = 0
    spans: tuple[Span, ...] = ()


Block = Heading | Paragraph | Said | Table | Chart


@dataclass(frozen=True)
class Document:
    """`foot` stands on every page, `page_of` with {page} and {pages} beside it."""

    title: str
    subtitle: str
    language: Language
    blocks: tuple[Block, ...]
    foot: str = ""
    page_of: str = "{page} / {pages}"
    author: str = ""


def printable(part: Any) -> Any:
    """A document, or any part of one, without the signs that no file can hold (a bell, half a character)."""
    if isinstance(part, str):
        return "".join(one for one in part if one.isprintable() or one == "\n")
    if isinstance(part, tuple):
        return tuple(printable(one) for one in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{one.name: printable(getattr(part, one.name)) for one in fields(part)})
    return part
