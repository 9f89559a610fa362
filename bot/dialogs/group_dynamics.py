"""After a meeting, forty-five seconds each, unsigned: how did we work, and what was in the room?

The leader answers first. From five answers on the group sees in words what most of it saw, a hypothesis and what may help; below
that each sees only their own. State:

{"phase": first | open | shown, "leader": member, "names": {member: name}, "answers": {member: {"work": […], "room": […]}},
 "show": whether the leader's own answer may stand beside, "agreed": […] (`group_agreements`), "until": when it closes (ISO, UTC),
 "seen": what everybody sees once it is closed, counted then and never again; None: too few answered}
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cards import Button, Card, Form, Words
from bot.dialogs import outcome
from bot.dialogs.dates import words_of_moment
from bot.dialogs.dynamics_view import Dynamics
from bot.dialogs.group_agreements import AGREE, MOST, GroupAgreements
from bot.dialogs.group_members import remembered, steers
from bot.dialogs.group_turn import (
    GROUP,
    GroupContext,
    GroupEffect,
    GroupTurn,
    HandOver,
    KeepForMember,
    KeepNote,
    Over,
    SayThere,
    WakeIn,
)
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import State
from bot.events import Chose, Event, Submitted, Woke

NAME = "group_dynamics"
BEACON = "implementering"
OPEN_FOR = timedelta(hours=24)
"""How long a round stays open when nobody closes it."""
SHOWN_FOR = timedelta(days=7)
"""How long what was seen stays in the post before the answers are deleted."""
LONGEST_ANSWER = 400
"""Bytes of one answer in the state, names included; what `load` counts on."""
NONE = "none"
KEEPS = frozenset({"first", "open"})


class GroupDynamics:
    name = NAME

    def __init__(self, house: House):
        self.house, self.say = house, house.say
        self.label = self.say("group_dynamics.title")
        self.pages, self.view = PrivatePages(house), Dynamics(house)
        self.agreements = GroupAgreements(house)

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
        }
        form = self.pages.form(self._answer_page(state, ctx), self._run(ctx))
        return GroupTurn(state, (HandOver(leader), WakeIn(OPEN_FOR)), form)

    def load(self, state: State) -> int:
        people = {*state["names"], *state["answers"]}
        return 1000 + LONGEST_ANSWER * len(people) + 900 * len(state["agreed"])

    # ---- what can happen -----------------------------------------------------------------------------------------

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Woke) or ctx.actor is None:
            return self._woke(state, ctx)
        return remembered(state, ctx, lambda known: self._did(known, event, ctx))

    def _did(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        match event:
            case Chose(action=action):
                return self._pressed(state, action, ctx)
            case Submitted(page="answer"):
                return self._answered(state, event, ctx)
            case Submitted(page="agree") if event.button != AGREE:
                return self._agreed(state, event, ctx)
            case Submitted(button=button):
                return self._pressed(state, button, ctx)
        return GroupTurn()

    def _pressed(self, state: State, button: str, ctx: GroupContext) -> GroupTurn:
        """A button of the post, or of one of our pages."""
        action, _, value = button.partition(":")
        match action:
            case "answer":
                return self._asked(state, ctx)
            case "own":
                return GroupTurn(form=self.view.own(state, ctx))
            case "over_time":
                return GroupTurn(form=self.view.over_time(ctx))
            case "agree":
                return GroupTurn(form=self._agree_page(state, ctx))
            case "agreements" | "remove":
                return self._agreements(state, action, value, ctx)
            case "take_over":
                return self._take_over(state, ctx)
            case "close" | "reopen" | "end" | "drop" if steers(ctx):
                return self._steered(state, action, ctx)
        return GroupTurn(form=self._steer_page(state, ctx))

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        if state["phase"] == "shown":
            return self._steer_page(state, ctx) if steers(ctx) else self.view.own(state, ctx)
        return self._asked(state, ctx).form

    # ---- answering -------------------------------------------------------------------------------------------------

    def _asked(self, state: State, ctx: GroupContext) -> GroupTurn:
        if state["phase"] == "shown":
            return GroupTurn(form=self._closed(ctx, "group_dynamics.closed"))
        if state["phase"] == "first" and not self._leads(state, ctx):
            return GroupTurn(form=self._closed(ctx, "group_dynamics.not_yet"))
        return GroupTurn(form=self.pages.form(self._answer_page(state, ctx), self._run(ctx)))

    def _answered(self, state: State, event: Submitted, ctx: GroupContext) -> GroupTurn:
        if state["phase"] not in KEEPS or (state["phase"] == "first" and not self._leads(state, ctx)):
            return self._asked(state, ctx)
        page = self._answer_page(state, ctx)
        taken = self.pages.take(page, event, run=self._run(ctx), today=ctx.today, language=ctx.actor.language)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        given = {"work": _marked(taken.values.get("work")), "room": _marked(taken.values.get("room"))}
        state = state | {"answers": state["answers"] | {ctx.actor.id: given}}
        kept = self._kept(page, taken.values, ctx)
        if not self._leads(state, ctx):
            return GroupTurn(state, kept, self._closed(ctx, "group_dynamics.thanks", "group_dynamics.thanks_title"))
        state = state | {"show": taken.values.get("show") == "yes"}
        if state["phase"] == "open":
            return GroupTurn(state, kept, self._closed(ctx, "group_dynamics.thanks", "group_dynamics.thanks_title"))
        opened = state | {"phase": "open", "until": (ctx.now + OPEN_FOR).isoformat()}
        thanks = self._closed(ctx, "group_dynamics.thanks_first", "group_dynamics.thanks_title")
        return GroupTurn(opened, (*kept, WakeIn(OPEN_FOR)), thanks)

    def _kept(self, page: Private, values: Any, ctx: GroupContext) -> tuple[GroupEffect, ...]:
        """Their own answer in their own logbook, where they said so."""
        if values.get("keep") != "yes" or ctx.actor.is_guest:
            return ()
        steps = tuple(step for step in page.steps if step.id in ("work", "room"))
        given = {step.id: values[step.id] for step in steps if values.get(step.id)}
        return (KeepForMember(ctx.actor.id, NAME, BEACON, outcome.answered(steps, given, self.say)),) if given else ()

    def _answer_page(self, state: State, ctx: GroupContext) -> Private:
        given = state["answers"].get(ctx.actor.id, {}) if ctx.actor else {}
        send = Button("send", self.say("group_dynamics.send"), style="primary")
        title, notice = self.say("group_dynamics.title"), self.say("group_dynamics.notice")
        values = {name: marks or [NONE] for name, marks in given.items()}
        return Private("answer", title, self._questions(state, ctx), (send,), lead=(notice,), values=values)

    def _questions(self, state: State, ctx: GroupContext) -> tuple[Step, ...]:
        yes_no = []
        if ctx.actor and not ctx.actor.is_guest:
            yes_no.append(Step("keep", "yesno", self.say("group_dynamics.keep")))
        if self._leads(state, ctx):
            yes_no.append(Step("show", "yesno", self.say("group_dynamics.show_mine")))
        return (
            Step(
                "work",
                "multi",
                self.say("group_dynamics.work"),
                help=self.say("group_dynamics.work_help"),
                options=(*self.view.marks(), Option(NONE, self.say("group_dynamics.work_none"))),
                exclusive=(NONE,),
                required=True,
            ),
            Step(
                "room",
                "multi",
                self.say("group_dynamics.phenomena"),
                options=(*self.view.phenomena(), Option(NONE, self.say("group_dynamics.phenomena_none"))),
                exclusive=(NONE,),
                required=True,
            ),
            *yes_no,
        )

    # ---- running it ------------------------------------------------------------------------------------------------

    def _steered(self, state: State, action: str, ctx: GroupContext) -> GroupTurn:
        match action, state["phase"]:
            case "close", "open":
                shown = self.view.closed(state)
                told = SayThere(Card((self.say("group_dynamics.reached"),)))
                return GroupTurn(shown, (WakeIn(SHOWN_FOR), told), self._steer_page(shown, ctx))
            case "reopen", "shown" if not self.view.is_shown(state):
                opened = state | {"phase": "open", "seen": None, "until": (ctx.now + OPEN_FOR).isoformat()}
                return GroupTurn(opened, (WakeIn(OPEN_FOR),), self._steer_page(opened, ctx))
            case "end", "shown":
                return self._over(state, ctx)
            case "drop", "first" | "open":
                dropped = state | {"phase": "dropped", "answers": {}}
                return GroupTurn(dropped, (Over(dropped=True),), self._closed(ctx, "group_dynamics.dropped"))
        return GroupTurn(form=self._steer_page(state, ctx))

    def _over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The answers are deleted; what the group keeps says nothing of anybody."""
        notes = (KeepNote("round", data) for data in self.view.noted(state))
        over = state | {"phase": "over", "answers": {}}
        form = self._closed(ctx, "group_dynamics.ended") if ctx.actor else None
        return GroupTurn(over, (*notes, *self.agreements.kept(state["agreed"], BEACON), Over()), form)

    def _woke(self, state: State, ctx: GroupContext) -> GroupTurn:
        match state["phase"]:
            case "open" if state["until"] and ctx.now < datetime.fromisoformat(state["until"]):
                return GroupTurn(None, (WakeIn(datetime.fromisoformat(state["until"]) - ctx.now),))
            case "open":
                return GroupTurn(self.view.closed(state), (WakeIn(SHOWN_FOR),))
            case "shown":
                return self._over(state, ctx)
        return GroupTurn(state | {"phase": "dropped", "answers": {}}, (Over(dropped=True),))

    def _take_over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """Whoever runs the round may vanish; another then runs it. The leader's answer stays the leader's."""
        if ctx.facilitator and state["phase"] != "first":
            return GroupTurn(form=self._steer_page(state, ctx))
        leads = {"leader": ctx.actor.id} if state["phase"] == "first" else {}
        form = self._closed(ctx, "group_dynamics.taken_over")
        return GroupTurn(state | leads, (HandOver(ctx.actor.id),), form)

    def _steer_page(self, state: State, ctx: GroupContext) -> Form:
        if not steers(ctx):
            return self._not_theirs(state, ctx)
        buttons = {
            "first": ("drop",),
            "open": ("close", "drop"),
            "shown": ("end",) if self.view.is_shown(state) else ("end", "reopen"),
        }.get(state["phase"], ())
        told = "group_dynamics.steer_shown" if state["phase"] == "shown" else "group_dynamics.steer_open"
        drawn = tuple(Button(one, self.say(f"group_dynamics.{one}")) for one in buttons)
        return Form(self._run(ctx), "steer", self.say("group_dynamics.steer_title"), lead=(self.say(told),), buttons=drawn)

    def _not_theirs(self, state: State, ctx: GroupContext) -> Form:
        name = state["names"].get(ctx.facilitator, "") if ctx.facilitator else ""
        told = self.say("group_dynamics.not_yours", name=name) if name else self.say("group_dynamics.nobody_steers")
        may_take = not ctx.facilitator or state["phase"] == "first"
        buttons = (Button("take_over", self.say("group_dynamics.take_over")),) if may_take else ()
        title = self.say("group_dynamics.title")
        return Form(self._run(ctx), "steer", title, lead=(told,), buttons=buttons, closed=not buttons)

    # ---- agreements --------------------------------------------------------------------------------------------------

    def _agree_page(self, state: State, ctx: GroupContext) -> Form:
        if state["phase"] != "shown":
            return self._closed(ctx, "group_dynamics.closed")
        if len(state["agreed"]) >= MOST:
            return self.agreements.full(self._run(ctx))
        return self.pages.form(self.agreements.page(state["names"]), self._run(ctx))

    def _agreed(self, state: State, event: Submitted, ctx: GroupContext) -> GroupTurn:
        if state["phase"] != "shown" or len(state["agreed"]) >= MOST:
            return GroupTurn(form=self._agree_page(state, ctx))
        page = self.agreements.page(state["names"])
        taken = self.pages.take(page, event, run=self._run(ctx), today=ctx.today, language=ctx.actor.language)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        agreed = self.agreements.with_one(state["agreed"], taken.values, state["names"])
        return GroupTurn(state | {"agreed": agreed}, (), self.agreements.saved(self._run(ctx), taken.notes))

    def _agreements(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        may_remove = steers(ctx)
        if action == "remove" and may_remove and state["phase"] == "shown":
            agreed = self.agreements.without(state["agreed"], value)
            form = self.agreements.shown(agreed, state["names"], self._run(ctx), may_remove=True)
            return GroupTurn(state | {"agreed": agreed}, (), form)
        return GroupTurn(form=self.agreements.shown(state["agreed"], state["names"], self._run(ctx), may_remove=may_remove))

    # ---- the post ----------------------------------------------------------------------------------------------------

    def post(self, state: State, ctx: GroupContext) -> Card:
        """Nothing in it moves while people answer: not how many, not who."""
        return Card(
            text=self._told(state, ctx),
            buttons=self._buttons(state, ctx),
            title=self.say("group_dynamics.title"),
            subject=self._run(ctx),
            notice=self.say("group_dynamics.title"),
        )

    def _told(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        match state["phase"]:
            case "first":
                return (self.say("group_dynamics.waiting", name=state["names"].get(state["leader"], "")),)
            case "open":
                at = datetime.fromisoformat(state["until"]).astimezone(UTC)
                until = self.say("group_dynamics.open_until", when=words_of_moment(at, ctx.timezone))
                return (self.say("group_dynamics.open"), until)
            case "shown":
                return (*self.view.seen(state), *((self.agreements.counted(state["agreed"]),) if state["agreed"] else ()))
        return (self.say("group_dynamics.dropped" if state["phase"] == "dropped" else "group_dynamics.ended"),)

    def _buttons(self, state: State, ctx: GroupContext) -> tuple[Button, ...]:
        offered = {
            "first": ("answer_first", "steer"),
            "open": ("answer", "steer"),
            "shown": ("agree", "agreements", "own", "over_time", "steer"),
        }.get(state["phase"], ())
        words = {"agree": "group.agree", "agreements": "group.agreements"}
        actions = {"answer_first": "answer"}
        return tuple(
            Button(
                actions.get(one, one),
                self.say(words.get(one, f"group_dynamics.{one}")),
                does="form",
                style="primary" if n == 0 else "",
            )
            for n, one in enumerate(offered)
        )

    # ---- who ---------------------------------------------------------------------------------------------------------

    def _leads(self, state: State, ctx: GroupContext) -> bool:
        return ctx.actor is not None and ctx.actor.id == state["leader"]

    def _run(self, ctx: GroupContext) -> str:
        return f"{GROUP}{ctx.run}"

    def _closed(self, ctx: GroupContext, text: str, title: str = "group_dynamics.title") -> Form:
        return self.pages.closed(self._run(ctx), self.say(title), self.say(text))



def _marked(given: Any) -> list[str]:
    return [one for one in given or [] if one != NONE]
