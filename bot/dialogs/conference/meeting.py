"""The resident conference: a meeting in the room, prepared and led by a facilitator. The bot holds the frame, never the citizen.

State: {"phase": preparing | meeting | after | over | dropped, "names": {member: name}, "day": ISO date or "", "clock": "HH:MM" or "",
"every": weeks, "why": id of `conference_choice`, "tasks": {p1: {"who", "by", "done", "named"}}, "minutes": {s0: 5, …},
"step": s0 …, "until": when the step ends, "end": when the meeting does (ISO, UTC), "moved": whether that is later than planned,
"agreed": […] (`group/agreements`), "numbered": how many agreements earlier conferences of this run had, "told": [reminded of]}
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot.cards import Card, Form
from bot.dialogs import outcome
from bot.dialogs.conference.pages import ConferencePages
from bot.dialogs.conference.plan import MINUTES, STEPS, after, before, read_minutes
from bot.dialogs.conference.time import FORGOTTEN, ConferenceTime
from bot.dialogs.group.agreements import ACTIONS, AGREE, Agreeing
from bot.dialogs.group.desk import given_back
from bot.dialogs.group.leading import HAND
from bot.dialogs.group.members import remembered, room_for
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import (
    GroupContext,
    GroupEffect,
    GroupTurn,
    HandOver,
    KeepForMember,
    KeepNote,
    Over,
    Rest,
    WakeIn,
)
from bot.dialogs.house import House
from bot.dialogs.private_pages import Taken
from bot.dialogs.turn import State
from bot.events import Chose, Event, Submitted, Woke, pressed

NAME = "conference"
BEACON = "baeredygtigt_arbejdsmiljoe"
REFLECTION = "conference_reflection"
"""What the facilitator's own reflection is called in their logbook."""
LEADS = frozenset({"begin", "next_step", "previous_step", "longer", "shorter", "finish", "close", "call_off"})
"""What only the facilitator does."""
ONWARD = LEADS | ACTIONS | {HAND, "plan", "times", "prepare", "steer", "last", "reflect", "calendar", "take_over"}
"""Buttons that lead on from a page without sending in what stands on it."""


class Conference:
    name = NAME

    def __init__(self, house: House):
        self.pages = GroupPages(house, NAME)
        self.shown = ConferencePages(self.pages)
        self.time = ConferenceTime(self.shown)
        self.label = self.pages.say("offer")
        self.agreeing = Agreeing(self.pages, lambda state: state["phase"] in ("meeting", "after"), self.shown.steering)

    def begin(self, ctx: GroupContext) -> GroupTurn:
        who = ctx.actor.id if ctx.actor else ""
        names = {who: ctx.actor.name} if ctx.actor else {}
        state = self._new(names, _template(ctx))
        return GroupTurn(state, (HandOver(who), WakeIn(FORGOTTEN)), self.shown.preparation.form(state, ctx))

    def _new(self, names: dict[str, str], minutes: dict[str, int]) -> State:
        return {
            "phase": "preparing",
            "names": names,
            "day": "",
            "clock": "",
            "every": 0,
            "why": "",
            "tasks": {},
            "minutes": minutes,
            "step": STEPS[0],
            "until": "",
            "end": "",
            "moved": False,
            "agreed": [],
            "numbered": 0,
            "told": [],
        }

    def load(self, state: State) -> int:
        return 3000 + room_for(state["names"]) + 900 * len(state["agreed"])

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        return self.shown.steering(state, ctx) if ctx.is_led_by_actor else self.shown.prepared(state, ctx)

    def rest(self, state: State) -> Rest:
        return "quiet" if state["phase"] == "preparing" else ""

    def post(self, state: State, ctx: GroupContext) -> Card:
        return self.shown.post.draw(state, ctx)

    # ---- what can happen -----------------------------------------------------------------------------------------

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Woke) or ctx.actor is None:
            return self._woke(state, ctx)
        return remembered(state, ctx, lambda known: self._did(known, event, ctx))

    def _did(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        action, value = pressed(event)
        if isinstance(event, Chose) or action in ONWARD:
            return self._pressed(state, action, value, ctx)
        if not isinstance(event, Submitted):
            return GroupTurn()
        if event.page == AGREE:
            return self.agreeing.sent(state, event, ctx)
        if event.page == HAND:
            return self.shown.roles.sent(state, event, ctx)
        return self._sent(state, event, ctx) if self.shown.takes(event.page) else self._pressed(state, action, value, ctx)

    def _pressed(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        """A button of the post, of the facilitator's card, or of one of our pages."""
        if action == "take_over":
            return self.shown.roles.taken_over(state, ctx)
        if action == HAND:
            return self.shown.roles.opened(state, ctx)
        if action in ACTIONS:
            return self.agreeing.pressed(state, action, value, ctx)
        if action in LEADS and ctx.is_led_by_actor:
            return self._led(state, action, value, ctx)
        return GroupTurn(form=self.shown.called(action, state, ctx))

    # ---- pages sent in -----------------------------------------------------------------------------------------------

    def _sent(self, state: State, event: Submitted, ctx: GroupContext) -> GroupTurn:
        page = self.shown.asked(event.page, state, ctx)
        if page is None:
            return GroupTurn(form=given_back(self.shown.steering(state, ctx), event, self.pages.house.say))
        taken = self.pages.take(page, event, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        return self._taken(event.page, state, taken, ctx)

    def _taken(self, page: str, state: State, taken: Taken, ctx: GroupContext) -> GroupTurn:
        values, preparation = taken.values, self.shown.preparation
        kind, _, task = page.partition("_")
        match kind:
            case "prepare":
                return GroupTurn(form=self.shown.called(f"task_{values['task']}", state, ctx))
            case "task":
                tasks = state["tasks"] | {task: preparation.task_given(values, state)}
                return self._prepared(state | {"tasks": tasks}, ctx, taken)
            case "plan":
                return self._prepared(state | preparation.plan_given(values), ctx, taken)
            case "times":
                return self._timed(state, {step: read_minutes(values[step]) for step in STEPS}, ctx, taken)
            case "last":
                return self._followed_up(state, values, ctx)
        return GroupTurn(state, self._reflection(values, ctx), self.pages.closed(ctx, "reflect_saved", *taken.notes))

    def _prepared(self, state: State, ctx: GroupContext, taken: Taken) -> GroupTurn:
        return GroupTurn(state, (self.time.next_wake(state, ctx),), self.shown.preparation.form(state, ctx, *taken.notes))

    def _timed(self, state: State, minutes: dict[str, int | None], ctx: GroupContext, taken: Taken) -> GroupTurn:
        """The place's own template from now on; a meeting under way is not changed by it."""
        old = next((note.id for note in ctx.notes if note.kind == "template"), "")
        kept = KeepNote("template", {"minutes": minutes}, replaces=old)
        if state["phase"] != "preparing":
            return GroupTurn(state, (kept,), self.shown.steering(state, ctx))
        state = state | {"minutes": minutes}
        return GroupTurn(state, (kept,), self.shown.preparation.form(state, ctx, *taken.notes))

    def _followed_up(self, state: State, values: Any, ctx: GroupContext) -> GroupTurn:
        asked = {f"a{n}": one.data["id"] for n, one in enumerate(self.shown.leading.last(ctx))}
        became = {asked[one]: given for one, given in values.items() if given and one in asked}
        old = self.shown.leading.followed(ctx)
        kept = KeepNote("followed", {"became": became}, replaces=old.id if old else "")
        return GroupTurn(state, (kept,), self.pages.closed(ctx, "saved"))

    def _reflection(self, values: Any, ctx: GroupContext) -> tuple[GroupEffect, ...]:
        steps = self.shown.leading.reflection_steps()
        given = {step.id: values[step.id] for step in steps if values.get(step.id)}
        if ctx.actor is None or ctx.actor.is_guest or not given:
            return ()
        return (KeepForMember(ctx.actor.id, REFLECTION, BEACON, outcome.answered(steps, given, self.pages.house.say)),)

    # ---- leading -----------------------------------------------------------------------------------------------------

    def _led(self, state: State, action: str, pressed_at: str, ctx: GroupContext) -> GroupTurn:
        """`pressed_at`: the step the button belonged to; pressed twice, or on a card from before, it is one step all the same."""
        if pressed_at not in ("", state["step"]):
            return GroupTurn(form=self.shown.steering(state, ctx))
        match action, state["phase"]:
            case "begin", "preparing":
                return self.time.begun(state, ctx)
            case "next_step", "meeting" if after(state["step"], state["minutes"]):
                return self.time.at_step(state, after(state["step"], state["minutes"])[0], ctx)
            case "next_step" | "finish", "meeting":
                return self.time.met_enough(state, ctx)
            case "previous_step", "meeting" if before(state["step"], state["minutes"]):
                return self.time.at_step(state, before(state["step"], state["minutes"])[-1], ctx)
            case "longer", "meeting":
                return self.time.longer(state, ctx)
            case "shorter", "meeting":
                return self.time.shorter(state, ctx)
            case "close", "after":
                return self._over(state, ctx)
            case "call_off", "preparing":
                return GroupTurn(state | {"phase": "dropped"}, (Over(dropped=True),), self.pages.closed(ctx, "dropped"))
        return GroupTurn(form=self.shown.steering(state, ctx))

    # ---- the end, and the next one -----------------------------------------------------------------------------------

    def _woke(self, state: State, ctx: GroupContext) -> GroupTurn:
        match state["phase"]:
            case "preparing":
                return self.time.reminded(state, ctx)
            case "meeting":
                return self.time.passed(state, ctx)
            case "after":
                return self._over(state, ctx)
        return GroupTurn()

    def _over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The agreements live on; a conference that comes round again begins to be prepared."""
        kept = self.agreeing.agreements.kept(state["agreed"], BEACON)
        if state["every"] and state["day"]:
            return self._again(state, kept, ctx)
        form = self.pages.closed(ctx, "over") if ctx.actor else None
        return GroupTurn(state | {"phase": "over", "tasks": {}}, (*kept, Over()), form)

    def _again(self, state: State, kept: tuple[GroupEffect, ...], ctx: GroupContext) -> GroupTurn:
        """The next one, so many weeks after this one was to be; one that lies in the past already is left out."""
        step = timedelta(weeks=state["every"])
        day = date.fromisoformat(state["day"]) + step
        while day <= ctx.today:
            day += step
        numbered = max((int(one["id"]) for one in state["agreed"]), default=state["numbered"])
        anew = {"day": day.isoformat(), "clock": state["clock"], "every": state["every"], "numbered": numbered}
        state = self._new(state["names"], _template(ctx)) | anew
        form = self.shown.preparation.form(state, ctx) if ctx.actor else None
        return GroupTurn(state, (*kept, self.time.next_wake(state, ctx)), form)


def _template(ctx: GroupContext) -> dict[str, int]:
    kept = next((note.data["minutes"] for note in ctx.notes if note.kind == "template"), {})
    return {step: kept.get(step, MINUTES[step]) for step in STEPS}
