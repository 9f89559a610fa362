"""Who does not answer is asked once whether to come less often, and then left in peace until they are heard from.

It is asked about a rhythm after three of its prompts in a row, and about what coordinators have planned after three of those, from
whichever programmes. While the question stands open neither brings a reflection; messages, agreements and a series after something hard
still come. Nobody but the person is told: to everybody else they look like whoever else has not begun.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.library import Library
from bot.open_cards import card_about
from bot.services import occurrences
from bot.services.occurrences import DueOccurrence
from scheduler.due import Place, put

ASK_LESS_AFTER = 3
"""Prompts in a row without an answer before the bot asks once whether to come less often (issue 2, point 7)."""


@dataclass(frozen=True)
class Silence:
    """`unanswered`: how many planned prompts in a row each person has not begun; `questioned`: those whose question stands open."""

    unanswered: dict[str, int]
    questioned: set[str]

    @classmethod
    def read(cls, db: Connection, people: Collection[str]) -> Silence:
        return cls(occurrences.unanswered_since_heard(db, people), occurrences.questioned(db, people))

    def is_to_be_asked(self, who: str) -> bool:
        return self.unanswered.get(who, 0) >= ASK_LESS_AFTER and who not in self.questioned

    def ask(self, db: Connection, library: Library, due: DueOccurrence, place: Place | None, now: datetime) -> int:
        """The question in the place of a planned prompt; how many cards went out."""
        one = due.occurrence
        ids = {"organisation": one.organisation, "person": one.person}
        id = occurrences.record(db, key=f"less:{one.id}", kind="less", moment=now, state="open", sent=1, **ids)
        self.questioned.add(one.person)
        question = occurrences.get(db, one.organisation, one.person, id) if id else None
        card = card_about(db, library, question, due.timezone, nth=1) if question else None
        if question is None or card is None or place is None:
            return 0
        put(db, question, place, card, question.id, 1, question.kind, now)
        return 1
