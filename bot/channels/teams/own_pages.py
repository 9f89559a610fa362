"""Our own pages on the web, by a personal link that works once: where something is too private, or too long, for Teams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.dialogs.group.desk import OPENS
from bot.dialogs.group.turn import GROUP
from bot.services import links, outbox, whereabouts
from bot.services.person_row import PersonRow

OPEN_TO_ALL = ("who", "privacy", "help", "beacons", "boards")
"""These need no link of one's own."""
OWN_PAGE = re.compile(r"/?([a-z]+(?:/[A-Za-z0-9_-]+)*)")
OF_NO_RUN = ("arrival", "start", "settings", "times", "erase")
"""Form pages that belong to no run, and have an address of their own on the web (`bot.channels.web.forms.PAGES`)."""


def path_of(page: str) -> str:
    """ "logbook" → "/logbook". Anything else leads to the conversation."""
    found = OWN_PAGE.fullmatch(page)
    return f"/{found[1]}" if found else "/chat"


def path_of_form(form: Any, action: str = "") -> str:
    """Where the same form page stands on the web. `action`: what was pressed to open it, where a group is doing something."""
    if form.run.startswith(GROUP):
        run, _, proof = form.run.removeprefix(GROUP).partition(":")
        return f"/together/{run}/{proof}/{action if action in OPENS else 'steer'}"
    if form.page in OF_NO_RUN:
        return f"/open/{form.page}"
    return f"/form/{form.run}" if form.run and form.page else "/chat"


def is_open_to_all(path: str) -> bool:
    return path.strip("/") in OPEN_TO_ALL


def link(db: Connection, person: PersonRow, address: str, path: str, now: datetime) -> str:
    """A link that signs this person in once, within ten minutes. `address`: where people open Pejling."""
    if is_open_to_all(path):
        return f"{address}{path}"
    return f"{address}/in/{links.make_link(db, person, path, now)}"


def say_link(db: Connection, person: PersonRow, card: Mapping[str, Any], now: datetime, lasts: timedelta) -> None:
    """Put a card with such a link in the outbox of the person's conversation in Teams."""
    there = next((one for one in whereabouts.conversations(db, person) if one.channel == "teams"), None)
    if there is None:
        return
    outbox.put(
        db,
        organisation=person.organisation,
        person=person.id,
        conversation=there.id,
        card=dict(card),
        subject="",
        kind="reply",
        now=now,
        expires_at=now + lasts,
    )
