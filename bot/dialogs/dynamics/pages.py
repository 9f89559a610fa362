"""The pages of a round after a meeting: the page where one answers, what the facilitator can do, and the post.

State and rules stand in `round`; what a group may see of its answers in `view`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cards import Button, Card, Form, Words
from bot.dialogs.dates import words_of_moment
from bot.dialogs.dynamics.view import Dynamics
from bot.dialogs.group.agreements import GroupAgreements
from bot.dialogs.group.leading import GroupLeading, silent_for
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import State

NAME = "group_dynamics"
GONE = timedelta(hours=1)
"""How long whoever runs a round may be silent before another can run it."""
NONE = "none"
"""The answer "nothing of it"."""

OFFERED = {
    "first": ("answer", "steer"),
    "open": ("answer", "steer"),
    "shown": ("agree", "agreements", "own", "over_time", "steer"),
}
"""The post's buttons, by phase; the main one first."""


@dataclass(frozen=True)
class DynamicsPages:
    pages: GroupPages
    view: Dynamics

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    @property
    def roles(self) -> GroupLeading:
        """Before the leader has answered anybody may lead in their place; later only once they have been silent for long."""
        return GroupLeading(self.pages, lambda state, ctx: state["phase"] == "first" or silent_for(state, ctx, GONE))

    # ---- the post ----------------------------------------------------------------------------------------------------

    def post(self, state: State, ctx: GroupContext) -> Card:
        """Nothing in it moves while people answer: not how many, not who."""
        offered, title = OFFERED.get(state["phase"], ()), self.say("title")
        buttons = tuple(self.pages.on_post(one, is_main=not n, label=self._label(one, state)) for n, one in enumerate(offered))
        return Card(self._told(state, ctx), buttons, title, ctx.about, title)

    def _label(self, action: str, state: State) -> str:
        return "answer_first" if (action, state["phase"]) == ("answer", "first") else action

    def _told(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        match state["phase"]:
            case "first":
                return (self.say("waiting", name=state["names"].get(state["leader"], "")),)
            case "open":
                at = datetime.fromisoformat(state["until"]).astimezone(UTC)
                return (self.say("open"), self.say("open_until", when=words_of_moment(at, ctx.timezone)))
            case "shown":
                agreed = GroupAgreements(self.pages.house).counted(state["agreed"])
                return (*self.view.seen(state), *((agreed,) if state["agreed"] else ()))
        return (self.say("dropped" if state["phase"] == "dropped" else "ended"),)

    # ---- answering -------------------------------------------------------------------------------------------------

    def answer(self, state: State, ctx: GroupContext) -> Private:
        given = state["answers"].get(ctx.actor.id, {}) if ctx.actor else {}
        send = Button("send", self.say("send"), style="primary")
        values = {name: marks or [NONE] for name, marks in given.items()}
        steps = (self._work(), self._room(), *self._wishes(state, ctx))
        return Private("answer", self.say("title"), steps, (send,), (self.say("notice"),), values=values)

    def _work(self) -> Step:
        options = (*self.view.marks(), Option(NONE, self.say("work_none")))
        asked, help = self.say("work"), self.say("work_help")
        return Step("work", "multi", asked, help=help, options=options, exclusive=(NONE,), required=True)

    def _room(self) -> Step:
        options = (*self.view.phenomena(), Option(NONE, self.say("phenomena_none")))
        return Step("room", "multi", self.say("phenomena"), options=options, exclusive=(NONE,), required=True)

    def _wishes(self, state: State, ctx: GroupContext) -> tuple[Step, ...]:
        """What is to happen with one's own answer."""
        keep = Step("keep", "yesno", self.say("keep"))
        show = Step("show", "yesno", self.say("show_mine"))
        may_keep = ctx.actor is not None and not ctx.actor.is_guest
        return (*((keep,) if may_keep else ()), *((show,) if is_leader(state, ctx) else ()))

    # ---- running it ------------------------------------------------------------------------------------------------

    def steering(self, state: State, ctx: GroupContext) -> Form:
        if not ctx.is_led_by_actor:
            return self.roles.who(state, ctx)
        actions = {
            "first": ("hand", "drop"),
            "open": ("close", "hand", "drop"),
            "shown": ("end", "hand") if self.view.is_shown(state) else ("end", "reopen", "hand"),
        }.get(state["phase"], ())
        told = "steer_shown" if state["phase"] == "shown" else "steer_open"
        return self.pages.steering(ctx, (self.say(told),), actions)


def is_leader(state: State, ctx: GroupContext) -> bool:
    """Whether whoever did this is the group's leader, who answers first and is not counted."""
    return ctx.actor is not None and ctx.actor.id == state["leader"]


def marked(given: Any) -> list[str]:
    """What was ticked, without "nothing of it"."""
    return [one for one in given or [] if one != NONE]
