"""What can happen: everything that enters the bot, whatever door it came through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who a channel says it is, and where to answer.

    `organisation` is our id; `external` the person's id on that channel; `address` the JSON needed to reach them.
    `place`: where others were present too, our id of that place (`services/places.meet_place`); empty: in private.
    `emails`: addresses the channel itself has verified to be theirs, where it was asked; never what somebody merely wrote.
    """

    channel: str
    organisation: str
    external: str
    name: str = ""
    language: str = ""
    timezone: str = ""
    address: dict[str, Any] = field(default_factory=dict)
    place: str = ""
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened, named by an id that is the same when it is delivered twice."""

    id: str
    sender: Sender | None = None


@dataclass(frozen=True, kw_only=True)
class Wrote(Event):
    """A person wrote a line in the chat."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Chose(Event):
    """A person pressed a button on a card. `subject` is the card's, `action` and `value` the button's."""

    subject: str
    action: str
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Submitted(Event):
    """A person sent a form page. `values` is what stands in its fields now, by field id; `button` the one pressed;
    `held` what travelled with the page."""

    run: str
    page: str
    button: str
    values: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Joined(Event):
    """A person opened the bot for the first time on a channel."""


@dataclass(frozen=True, kw_only=True)
class Left(Event):
    """A person blocked or removed the bot on a channel."""


@dataclass(frozen=True, kw_only=True)
class Due(Event):
    """A schedule says it is time to begin a dialog with a group."""

    dialog: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Woke(Event):
    """A deadline of a run passed; sent by the scheduler."""

    run: str


def pressed(event: Event) -> tuple[str, str]:
    """The button pressed on a card, or on a page that says what was done, and its value."""
    match event:
        case Chose(action=action, value=value):
            return action, value
        case Submitted(button=button):
            action, _, value = button.partition(":")
            return action, value
    return "", ""
