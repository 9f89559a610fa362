"""What was pressed, as an event. The sender is the caller's to say: alone with the bot, or where others read along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.channels.teams import activities
from bot.channels.teams.activities import Heard, part
from bot.channels.teams.fields import read_values
from bot.channels.teams.presses import Press, digest, text_of
from bot.events import Chose, Event, Sender, Submitted

SAME_PRESS = timedelta(minutes=1)
"""Teams may deliver one press again with a new id: the same press within so long is one event."""


def pressed(heard: Heard, press: Press, sender: Sender, now: datetime) -> Event:
    """A press on a card; one on a page that came as a message is a page sent in."""
    if "button" in press:
        return sent_in(heard, press, sender)
    about = {name: text_of(press, name) for name in ("subject", "action", "value")}
    opens = activities.text(heard.activity, "name") == "task/fetch"  # opening a page again does no harm
    id = heard.id if opens else _press_id(heard, press, _now_and_then(now))
    return Chose(id=id, sender=sender, **about)


def sent_in(heard: Heard, press: Press, sender: Sender) -> Submitted:
    given = part(heard.activity, "value")
    held = press.get("held")
    return Submitted(
        id=_press_id(heard, press, part(given, "data") or given),  # each drawing of a page has a key of its own
        sender=sender,
        run=text_of(press, "run", 80),
        page=text_of(press, "page", 80),
        button=text_of(press, "button") or "next",
        values=read_values(press.get("fields"), part(given, "data") or given),
        held=dict(held) if isinstance(held, Mapping) else {},
    )


def _press_id(heard: Heard, press: Press, *about: Any) -> str:
    """The same for one press, however often and under whatever id it comes."""
    return f"teams:{digest(heard.tenant, heard.conversation, heard.external, press, *about)}"


def _now_and_then(now: datetime) -> int:
    """Two presses of one button on one card a while apart are two."""
    return int(now.timestamp() // SAME_PRESS.total_seconds())
