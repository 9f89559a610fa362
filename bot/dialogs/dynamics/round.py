"""After a meeting, forty-five seconds each, unsigned: how did we work, and what was in the room?

The leader answers first. From five answers on the group sees in words what most of it saw, a hypothesis and what may help; below
that each sees only their own. State:

{"phase": first | open | shown, "leader": member, "names": {member: name}, "answers": {member: {"work": […], "room": […]}},
 "show": whether the leader's own answer may stand beside, "agreed": […] (`group/agreements`), "until": when it closes (ISO, UTC),
 "seen": what everybody sees once it is closed, counted then and never again; None: too few answered, "day": when that was (ISO),
 "led_at": when whoever runs it last did something (ISO)}
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.cards import Card, Form
from bot.dialogs import outcome
from bot.dialogs.dynamics.movement import ROUND, DynamicsMovement, noted
from bot.dialogs.dynamics.pages import NAME, DynamicsPages, is_leader, marked
from bot.dialogs.dynamics.view import Dynamics
from bot.dialogs.group.agreements import ACTIONS, AGREE, Agreeing
from bot.dialogs.group.leading import led
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
    SayThere,
    WakeIn,
)
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private
from bot.dialogs.turn import State
from bot.events import Chose, Event, Submitted, Woke, pressed

BEACON = "implementering"
OPEN_FOR = timedelta(hours=24)
"""How long a round stays open when nobody closes it."""
SHOWN_FOR = timedelta(days=7)
"""How long what was seen stays in the post before the answers are deleted."""
LONGEST_ANSWER = 400
"""Bytes of one answer in the state; what `load` counts on."""
KEEPS = frozenset({"first", "open"})
STEERS = frozenset({"close", "reopen", "end", "drop"})


class GroupDynamics:
    name = NAME

    def __init__(self, house: House):
        self.pages, self.view = GroupPages(house, NAME), Dynamics(house)
        self.shown = DynamicsPages(self.pages, self.view)
        self.movement = DynamicsMovement(self.pages, self.view)
        self.label = self.pages.say("title")
        self.agreeing = Agreeing(self.pages, lambda state: state["phase"] == "shown", self._is_closed)

    # ---- beginning ---------------------------------------------------------------------------------------------

    def begin(self, ctx: GroupContext) -> GroupTurn:
        leader = ctx.actor.id if ctx.actor else ""
        state = {
            "phase": "first",
            "leader": leader,
            "names": {leader: ctx.actor.name} if ctx.actor else {},
            "answers": {},
            "show": False,
            "agreed": [],
            "until": "",
            "seen": None,
            "day": "",
            "led_at": ctx.now.isoformat(),
        }
        form = self.pages.form(self.shown.answer(state, ctx), ctx)
        return GroupTurn(state, (HandOver(leader), WakeIn(OPEN_FOR)), form)

    def load(self, state: State) -> int:
        people = {*state["names"], *state["answers"]}
        return 2000 + LONGEST_ANSWER * len(people) + room_for(state["names"]) + 900 * len(state["agreed"])

    def rest(self, state: State) -> Rest:
        return "quiet" if state["phase"] == "shown" else ""

    def post(self, state: State, ctx: GroupContext) -> Card:
        return self.shown.post(state, ctx)

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        if state["phase"] == "shown":
            return self.shown.steering(state, ctx) if ctx.is_led_by_actor else self.view.own(state, ctx)
        return self._asked(state, ctx).form

    # ---- what can happen -----------------------------------------------------------------------------------------

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Woke) or ctx.actor is None:
            return self._woke(state, ctx)
        return remembered(state, ctx, lambda known: self._did(known, event, ctx))

    def _did(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        match event:
            case Submitted(page="answer"):
                return self._answered(state, event, ctx)
            case Submitted(page="agree") if event.button != AGREE:
                return self.agreeing.sent(state, event, ctx)
            case Submitted(page="hand", values=values):
                return self._led_by(state, self.shown.roles.sent(state, event, ctx), str(values.get("who")))
            case Chose() | Submitted():
                return self._pressed(state, *pressed(event), ctx)
        return GroupTurn()

    def _pressed(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        """A button of the post, or of one of our pages."""
        match action:
            case "answer":
                return self._asked(state, ctx)
            case "own":
                return GroupTurn(form=self.view.own(state, ctx))
            case "over_time":
                return GroupTurn(form=self.movement.page(state, ctx))
            case "take_over":
                return self._led_by(state, self.shown.roles.taken_over(state, ctx), ctx.actor.id if ctx.actor else "")
            case "hand":
                return self.shown.roles.opened(state, ctx)
        if action in ACTIONS:
            return self.agreeing.pressed(state, action, value, ctx)
        if action in STEERS and ctx.is_led_by_actor:
            return self._steered(led(state, ctx), action, ctx)
        return GroupTurn(led(state, ctx), form=self.shown.steering(state, ctx))

    # ---- answering -------------------------------------------------------------------------------------------------

    def _asked(self, state: State, ctx: GroupContext) -> GroupTurn:
        if state["phase"] not in KEEPS:
            return GroupTurn(form=self._is_closed(state, ctx))
        if state["phase"] == "first" and not is_leader(state, ctx):
            return GroupTurn(form=self.pages.closed(ctx, "not_yet"))
        return GroupTurn(form=self.pages.form(self.shown.answer(state, ctx), ctx))

    def _is_closed(self, state: State, ctx: GroupContext) -> Form:
        return self.pages.closed(ctx, "closed")

    def _answered(self, state: State, event: Submitted, ctx: GroupContext) -> GroupTurn:
        leads = is_leader(state, ctx)
        if state["phase"] not in KEEPS or (state["phase"] == "first" and not leads) or ctx.actor is None:
            return self._asked(state, ctx)
        page = self.shown.answer(state, ctx)
        taken = self.pages.take(page, event, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        given = {"work": marked(taken.values.get("work")), "room": marked(taken.values.get("room"))}
        show = {"show": taken.values.get("show") == "yes"} if leads else {}
        state = state | {"answers": state["answers"] | {ctx.actor.id: given}} | show
        kept = self._kept(page, taken.values, ctx)
        if state["phase"] == "open":
            return GroupTurn(state, kept, self.pages.closed(ctx, "thanks", title="thanks_title"))
        opened = state | {"phase": "open", "until": (ctx.now + OPEN_FOR).isoformat()}
        thanks = self.pages.closed(ctx, "thanks_first", title="thanks_title")
        return GroupTurn(opened, (*kept, WakeIn(OPEN_FOR)), thanks)

    def _kept(self, page: Private, values: Any, ctx: GroupContext) -> tuple[GroupEffect, ...]:
        """Their own answer in their own logbook, where they said so."""
        if values.get("keep") != "yes" or ctx.actor is None or ctx.actor.is_guest:
            return ()
        steps = tuple(step for step in page.steps if step.id in ("work", "room"))
        given = {step.id: values[step.id] for step in steps if values.get(step.id)}
        answered = outcome.answered(steps, given, self.pages.house.say)
        return (KeepForMember(ctx.actor.id, NAME, BEACON, answered),) if given else ()

    # ---- running it ------------------------------------------------------------------------------------------------

    def _steered(self, state: State, action: str, ctx: GroupContext) -> GroupTurn:
        match action, state["phase"]:
            case "close", "open":
                shown = self.view.closed(state, ctx)
                told = SayThere(Card((self.pages.say("reached"),)))
                return GroupTurn(shown, (WakeIn(SHOWN_FOR), told), self.shown.steering(shown, ctx))
            case "reopen", "shown" if not self.view.is_shown(state):
                opened = state | {"phase": "open", "seen": None, "until": (ctx.now + OPEN_FOR).isoformat()}
                return GroupTurn(opened, (WakeIn(OPEN_FOR),), self.shown.steering(opened, ctx))
            case "end", "shown":
                return self._over(state, ctx)
            case "drop", "first" | "open":
                dropped = state | {"phase": "dropped", "answers": {}}
                return GroupTurn(dropped, (Over(dropped=True),), self.pages.closed(ctx, "dropped"))
        return GroupTurn(form=self.shown.steering(state, ctx))

    def _over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The answers are deleted; what the group keeps says nothing of anybody."""
        note = KeepNote(ROUND, noted(state))
        over = state | {"phase": "over", "answers": {}}
        form = self.pages.closed(ctx, "ended") if ctx.actor else None
        return GroupTurn(over, (note, *self.agreeing.agreements.kept(state["agreed"], BEACON), Over()), form)

    def _woke(self, state: State, ctx: GroupContext) -> GroupTurn:
        match state["phase"]:
            case "open" if state["until"] and ctx.now < datetime.fromisoformat(state["until"]):
                return GroupTurn(None, (WakeIn(datetime.fromisoformat(state["until"]) - ctx.now),))
            case "open":
                return GroupTurn(self.view.closed(state, ctx), (WakeIn(SHOWN_FOR),))
            case "shown":
                return self._over(state, ctx)
        return GroupTurn(state | {"phase": "dropped", "answers": {}}, (Over(dropped=True),))

    def _led_by(self, state: State, turn: GroupTurn, leader: str) -> GroupTurn:
        """Whoever leads before the leader has answered is the leader; later the leader's answer stays the leader's."""
        is_leader_too = state["phase"] == "first" and any(isinstance(one, HandOver) for one in turn.effects)
        return replace(turn, state=(turn.state or state) | {"leader": leader}) if is_leader_too else turn
