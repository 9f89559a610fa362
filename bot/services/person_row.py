"""A person as every service takes one: with their organisation, so that nothing is looked up without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.store.tables import Person

PERSON = Person.__table__


@dataclass(frozen=True)
class PersonRow:
    """The human, as kept. `conversation` is where they were just heard, empty unless they come from `meet`."""

    id: str
    organisation: str
    name: str
    language: str
    timezone: str
    level: str
    centre: str | None
    leader: str | None
    state: str
    notice_version: str
    noticed_at: datetime | None
    welcomed_at: datetime | None
    paused_until: date | None
    preferred_channel: str
    told_about_chat: bool
    day_from: str
    day_until: str
    working_days: str
    most_per_week: int
    counted: bool
    created_at: datetime
    conversation: str = ""


PERSON_COLUMNS = tuple(PERSON.c[name] for name in PersonRow.__dataclass_fields__ if name != "conversation")
