"""The shared post of a resident conference: agenda, step and time, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.cards import Button, Card, Words
from bot.dialogs.conference.plan import STEPS, held
from bot.dialogs.dates import words_of_clock, words_of_date
from bot.dialogs.group.agreements import GroupAgreements
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.turn import State

OFFERED = {
    "preparing": ("prepare", "calendar", "boards", "steer"),
    "meeting": ("agree", "agreements", "steer"),
    "after": ("agree", "agreements", "steer"),
}
"""The post's buttons, by phase."""


@dataclass(frozen=True)
class ConferencePost:
    pages: GroupPages

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    def draw(self, state: State, ctx: GroupContext) -> Card:
        title = self.say("title")
        buttons = tuple(self._button(one) for one in OFFERED.get(state["phase"], ()))
        return Card(self._told(state, ctx), buttons, title, ctx.about, title, until=self._counts_down_to(state, ctx))

    def _counts_down_to(self, state: State, ctx: GroupContext) -> datetime | None:
        """The end of the step, where minutes can run; elsewhere the agenda says when it is."""
        until = datetime.fromisoformat(state["until"]) if state["until"] else None
        return until if until and ctx.is_read_by_each and ctx.now < until else None

    def _told(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        match state["phase"]:
            case "preparing":
                agenda = (self._line(one, state["minutes"]) for one in held(state["minutes"]))
                return (self.when(state), *agenda, self.say("frame"))
            case "meeting":
                agenda = (self._line_now(one, state, ctx) for one in held(state["minutes"]))
                return (*agenda, self.say("ends_at", time=clock(state["end"], ctx)))
            case "after":
                agreed = GroupAgreements(self.pages.house).counted(state["agreed"])
                return (self.say("after"), *((agreed,) if state["agreed"] else ()))
        return (self.say("dropped" if state["phase"] == "dropped" else "over"),)

    def when(self, state: State) -> Words:
        """The day, the hour and how long it takes."""
        if not state["day"]:
            return self.say("no_date")
        day, minutes = words_of_date(date.fromisoformat(state["day"])), sum(state["minutes"].values())
        at = state["clock"]
        if not at:
            return self.say("when_day", date=day, minutes=minutes)
        return self.say("when", date=day, time=Words(at.replace(":", "."), at), minutes=minutes)

    def _line(self, step: str, minutes: Mapping[str, int]) -> Words:
        return self.say("agenda_line", number=STEPS.index(step), step=self.say(step), minutes=minutes[step])

    def _line_now(self, step: str, state: State, ctx: GroupContext) -> Words:
        number = STEPS.index(step)
        if step == state["step"] and ctx.now >= datetime.fromisoformat(state["until"]):
            return self.say("agenda_time_up", number=number, step=self.say(step))
        if step == state["step"]:
            return self.say("agenda_now", number=number, step=self.say(step), until=clock(state["until"], ctx))
        if step < state["step"]:
            return self.say("agenda_done", number=number, step=self.say(step))
        return self._line(step, state["minutes"])

    def _button(self, action: str) -> Button:
        if action == "boards":
            return Button("boards", self.say("boards"), "boards", does="page")
        return self.pages.on_post(action, is_main=action == "prepare")


def clock(moment: str, ctx: GroupContext) -> Words:
    """The time of day there, as each language writes it."""
    return words_of_clock(datetime.fromisoformat(moment), ctx.timezone)
