"""What a turn is answered with at once, after the commit."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import Card, Form


@dataclass(frozen=True)
class Answer:
    """`form` and `card` are for whoever did it alone, also where others read along; `language` is theirs, `is_erased`: they are
    no longer known.

    `said` is what was put in the outbox, for channels that can also show it in answer to a press.
    """

    form: Form | None = None
    card: Card | None = None
    language: str = "da"
    is_erased: bool = False
    said: tuple[Card, ...] = ()
