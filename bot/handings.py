"""Gathers what the desk for handing over must know: exactly what would go, for one of the group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.dialogs.beacons.handover import BACK, OPEN, Handing
from bot.editions import Editions
from bot.errors import Refused
from bot.events import Event, Submitted, pressed
from bot.services import handovers
from bot.services.person_row import PersonRow


@dataclass(frozen=True)
class Handings:
    editions: Editions

    def __call__(self, db: Connection, person: PersonRow, event: Event, now: datetime) -> Handing:
        entry = _about(event)
        if not entry:
            return Handing()
        try:
            goes = handovers.goes(db, person, entry, now)
        except Refused as refusal:
            return Handing(refusal.text)
        flow = self.editions.of(db, person.organisation, person.centre).library.flows.get(goes.flow)
        if flow is None or not flow.hands_over:
            return Handing("handover.not_yours")
        return Handing(
            entry=goes.entry,
            title=flow.title,
            group=goes.group_name,
            centre=goes.centre_name,
            answers=goes.answers,
            digest=goes.digest,
            handed=goes.handed,
            is_newer=goes.is_newer,
        )


def _about(event: Event) -> str:
    """The entry in question, or the run it came of; empty where something is taken back, which needs nothing."""
    action, value = pressed(event)
    if action in (OPEN, BACK):
        return value if action == OPEN else ""
    return (*event.page.split(":"), "")[1] if isinstance(event, Submitted) else ""
