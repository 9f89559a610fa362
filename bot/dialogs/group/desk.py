"""The desk of a place: what a group may ask for there, and what is answered where it cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.cards import Button, Card, Form, Words, plain
from bot.clock import local
from bot.dialogs import care
from bot.dialogs.commands import read_group_command
from bot.dialogs.dates import words_of_clock, words_of_moment
from bot.dialogs.group.turn import GroupDialog
from bot.dialogs.house import House
from bot.events import Event, Submitted

PLACE = "place:"
"""How what is about a place itself begins: the subject of the desk's card, the run of its pages."""

OPENS = frozenset(
    "agree agreements answer choose document hand keep last more own over_time plan prepare read reasons reflect steer struck take times write".split()
)
"""Buttons that open a page, and change nothing more when they are pressed once more."""


def given_back(form: Form, event: Event, say: Callable[..., Words]) -> Form:
    """The page with what was typed on the one that came in too late: it is kept nowhere, and theirs to copy."""
    typed = [text for text in event.values.values() if isinstance(text, str) and " " in text.strip()] if isinstance(event, Submitted) else []
    return replace(form, lead=(*form.lead, *(say("group.you_wrote", text=plain(text)) for text in typed)))


class GroupDesk:
    """Keeps nothing: what is written in a place is read for a command and forgotten."""

    def __init__(self, house: House, dialogs: Mapping[str, GroupDialog]):
        self.house, self.say, self.dialogs = house, house.say, dialogs

    def urgent(self, text: str) -> Card | None:
        """The route card a line asks for; for whoever wrote it alone, and nothing about it may be kept."""
        routes = self.house.screen.read(text).routes if not read_group_command(text) else ()
        return care.message(self.house, routes[0]) if routes else None

    def asked(self, place: str, text: str) -> Card:
        """What can be begun; a dialog that was asked for by name comes first, alone."""
        name = read_group_command(text)
        chosen = [self.dialogs[name]] if name in self.dialogs else list(self.dialogs.values())
        buttons = tuple(Button("begin", one.label, one.name, does="form") for one in chosen)
        if not buttons:
            return Card((self.say("group.desk_none"),), subject=f"{PLACE}{place}")
        lead = self.say("group.desk" if name else "group.desk_unknown")
        return Card((lead,), buttons, self.say("group.desk_title"), f"{PLACE}{place}")

    # ---- for whoever pressed, alone ------------------------------------------------------------------------------

    def over(self, event: Event) -> Form:
        """What was pressed is over; whatever somebody had typed there stands on the page once more, so that it is not lost."""
        return given_back(self.closed("over_title", "over"), event, self.say)

    def not_here(self) -> Form:
        return self.closed("closed_title", "not_here")

    def sorry(self) -> Form:
        return self.refused(self.say("desk.sorry"))

    def refused(self, why: Words) -> Form:
        return Form("", "", self.say("group.refused_title"), lead=(why,), closed=True)

    def running(self, about: str, dialog: str) -> Form:
        """There is one already: perhaps the post only scrolled away. `about` names the place."""
        show = Button("show", self.say("group.running_show"), dialog, style="primary")
        leave = Button("leave", self.say("group.running_leave"))
        lead = (self.say("group.running"),)
        return Form(about, "running", self.say("group.running_title"), (), (show, leave), lead)

    def shown_again(self) -> Form:
        return self.closed("running_title", "shown_again")

    def left_alone(self) -> Form:
        return self.closed("running_title", "left_alone")

    def closed(self, title: str, text: str) -> Form:
        return Form("", "", self.say(f"group.{title}"), lead=(self.say(f"group.{text}"),), closed=True)

    def cannot_post(self, place: str) -> Card:
        name: str | Words = place or self.say("group.the_group")
        return Card((self.say("group.cannot_post", place=name),))

    def until(self, at: datetime, now: datetime, zone: str) -> Words:
        """When something ends: a time of day, where that is today."""
        if local(at, zone).date() == local(now, zone).date():
            return self.say("group.until_today", time=words_of_clock(at, zone))
        return self.say("group.until", moment=words_of_moment(at, zone))

    def for_guest(self, form: Form) -> Words | None:
        """What a guest is told on a page where something can be given."""
        return self.say("group.guest_notice") if form.fields and not form.care else None
