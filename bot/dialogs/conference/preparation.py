"""How a resident conference is prepared: who does what by when, the day and the reason, the steps and their minutes, the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.cards import Button, Card, Form, Words, plain
from bot.dialogs.conference.plan import EVERY, LEAST, MOST, STEPS, read_minutes
from bot.dialogs.conference.post import ConferencePost
from bot.dialogs.dates import words_of_date
from bot.dialogs.group.agreements import NOT_HERE
from bot.dialogs.group.members import to_choose_from
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import Option, Step
from bot.dialogs.time_of_day import read_clock
from bot.dialogs.turn import State

TASKS = ("p1", "p2", "p3", "p4", "p5", "p6")


@dataclass(frozen=True)
class ConferencePreparation:
    pages: GroupPages

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    # ---- who does what -----------------------------------------------------------------------------------------------

    def form(self, state: State, ctx: GroupContext, *notes: Words) -> Form:
        """How far it is. Only while it is being prepared."""
        return self.pages.form(replace(self.checklist(state, ctx), notes=notes), ctx)

    def checklist(self, state: State, ctx: GroupContext) -> Private:
        why = self.pages.house.concepts["conference_choice"].items.get(state["why"])
        lines = tuple(Option(task, self._line(n, task, state)) for n, task in enumerate(TASKS, 1))
        when = ConferencePost(self.pages).when(state)
        lead = (when, *((why.text,) if why and why.text else ()), self.say("prepare_lead"))
        actions = ("plan", "times", *(("begin", "call_off") if ctx.is_led_by_actor else ()))
        change = Button("change", self.say("task_change"), style="primary")
        buttons = (change, *(self.pages.acting(one) for one in actions))
        pick = Step("task", "single", self.say("task_pick"), options=lines, required=True)
        return Private("prepare", self.say("prepare_title"), (pick,), buttons, lead)

    def _line(self, number: int, task: str, state: State) -> Words:
        given = state["tasks"].get(task)
        if given and given["done"]:
            return self.say("task_done", number=number, task=self.say(task))
        if not given or not given["named"]:
            return self.say("task_open", number=number, task=self.say(task))
        say, names = self.pages.house.say, state["names"]
        who = plain(names[given["who"]]) if given["who"] in names else say("group.agree_nobody_here")
        by = words_of_date(date.fromisoformat(given["by"])) if given["by"] else say("group.agreement_no_date")
        return self.say("task_named", number=number, task=self.say(task), who=who, by=by)

    def task(self, task: str, state: State) -> Private:
        given = state["tasks"].get(task, {})
        say = self.pages.house.say
        who = (*to_choose_from(state["names"]), Option(NOT_HERE, say("group.agree_nobody_here")))
        steps = (
            Step("who", "single", self.say("task_who"), options=who),
            Step("by", "date", self.say("task_by"), help=say("group.agree_by_help")),
            Step("done", "yesno", self.say("task_is_done")),
        )
        stands = (given["who"] or NOT_HERE) if given.get("named") else None
        values = {"who": stands, "by": given.get("by"), "done": "yes" if given.get("done") else "no"}
        return Private(f"task_{task}", self.say(task), steps, self.pages.save(), values=values)

    def task_given(self, values: Mapping[str, Any], state: State) -> dict[str, Any]:
        """What is kept of a task's page."""
        who = values["who"] if values.get("who") in state["names"] else ""
        return {"who": who, "by": values.get("by"), "done": values.get("done") == "yes", "named": bool(values.get("who"))}

    # ---- day and reason ----------------------------------------------------------------------------------------------

    def plan(self, state: State) -> Private:
        why = tuple(Option(one.id, one.name) for one in self.pages.house.concepts["conference_choice"].items.values())
        every = tuple(Option(str(n), self.say(f"every_{n}")) for n in EVERY)
        steps = (
            Step("why", "single", self.say("plan_why"), options=why),
            Step("day", "date", self.say("plan_date"), help=self.pages.house.say("group.agree_by_help")),
            Step("clock", "text", self.say("plan_time"), help=self.say("plan_time_help"), short=True),
            Step("every", "single", self.say("plan_every"), options=every),
        )
        values = {
            "why": state["why"] or None,
            "day": state["day"] or None,
            "clock": state["clock"],
            "every": str(state["every"]),
        }
        return Private("plan", self.say("plan"), steps, self.pages.save(), values=values, check=self._check_plan)

    def _check_plan(self, values: Mapping[str, Any]) -> dict[str, Words]:
        said = values.get("clock")
        if said and not read_clock(said):
            return {"clock": self.say("time_unclear")}
        return {"clock": self.say("time_missing")} if values.get("day") and not said else {}

    def plan_given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of the page about day and reason. What one was reminded of for another day counts no more."""
        at = read_clock(values.get("clock") or "")
        why, every = values.get("why") or "", int(values.get("every") or 0)
        return {"day": values.get("day") or "", "clock": at, "why": why, "every": every, "told": []}

    # ---- steps and minutes -------------------------------------------------------------------------------------------

    def times(self, state: State) -> Private:
        steps = tuple(Step(step, "text", self.say(step), short=True, required=True) for step in STEPS)
        values = {step: str(state["minutes"][step]) for step in STEPS}
        lead = (self.say("times_lead"),)
        return Private("times", self.say("times"), steps, self.pages.save(), lead, values=values, check=self._check_times)

    def _check_times(self, values: Mapping[str, Any]) -> dict[str, Words]:
        read = {step: read_minutes(values[step]) for step in STEPS if values.get(step)}
        if read and not any(minutes != 0 for minutes in read.values()):
            return {STEPS[0]: self.say("minutes_none")}
        unclear = self.say("minutes_unclear", least=LEAST, most=MOST)
        return {step: unclear for step, minutes in read.items() if minutes is None}

    # ---- the calendar, and reminders ---------------------------------------------------------------------------------

    def calendar(self, state: State, ctx: GroupContext) -> Form:
        if not state["day"] or not state["clock"]:
            return self.pages.closed(ctx, "calendar_needs_day")
        if ctx.actor is None or ctx.actor.is_guest:  # our pages would not let them in
            return self.pages.closed(ctx, "calendar_guest", ConferencePost(self.pages).when(state))
        get = Button("calendar", self.say("calendar"), f"papers/{ctx.run}/calendar", does="page", style="primary")
        when = ConferencePost(self.pages).when(state)
        return self.pages.private.closed(ctx.about, self.say("title"), when, buttons=(get,))

    def nudge(self, key: str, ctx: GroupContext, action: str = "prepare") -> Card:
        """A reminder that says neither which task nor anything else that somebody wrote."""
        label = self.say("begin" if action == "begin" else "show")
        show = Button(action, label, does="form", style="primary")
        return Card((self.say(key),), (show,), self.say("title"), ctx.about, self.say("title"))
