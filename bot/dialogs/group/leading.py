"""Who leads a dialog with a group: hands it over, or is followed by another after a pause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards import Button, Card, Form
from bot.dialogs.group.members import to_choose_from
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext, GroupTurn, HandOver, Tell
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import Step
from bot.dialogs.turn import State
from bot.events import Submitted

HAND = "hand"
"""The page's name, and the action of the button that opens it."""


def led(state: State, ctx: GroupContext) -> State:
    """The facilitator did something: nobody else takes over for a while."""
    return state | {"led_at": ctx.now.isoformat()} if ctx.is_led_by_actor else state


def silent_for(state: State, ctx: GroupContext, pause: timedelta) -> bool:
    """Whether the facilitator has done nothing for so long, or the clock has jumped."""
    led_at = state.get("led_at")
    return led_at is None or abs(ctx.now - datetime.fromisoformat(led_at)) >= pause


@dataclass(frozen=True)
class GroupLeading:
    """`is_gone`: whether whoever leads counts as gone; `card`: what somebody who leads from now on gets in private, where the
    dialog has something of its own. The state's `names` holds who takes part."""

    pages: GroupPages
    is_gone: Callable[[State, GroupContext], bool]
    card: Callable[[State, GroupContext], Card] | None = None

    def who(self, state: State, ctx: GroupContext) -> Form:
        """For whoever does not lead."""
        return self.pages.who_leads(ctx, state["names"], may_take=self.may_take_over(state, ctx))

    def may_take_over(self, state: State, ctx: GroupContext) -> bool:
        return not ctx.is_led_by_actor and (not ctx.facilitator or self.is_gone(state, ctx))

    def taken_over(self, state: State, ctx: GroupContext) -> GroupTurn:
        if ctx.actor is None or not self.may_take_over(state, ctx):
            return GroupTurn(form=self.who(state, ctx))
        there = state | {"led_at": ctx.now.isoformat()} if "led_at" in state else state
        return GroupTurn(there, (HandOver(ctx.actor.id),), self._handed(state, ctx.actor.id, ctx))

    # ---- handing over ------------------------------------------------------------------------------------------------

    def opened(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The page where one says to whom."""
        page = self._page(state, ctx)
        return GroupTurn(form=self.pages.form(page, ctx) if page else self._nobody(state, ctx))

    def sent(self, state: State, sent: Submitted, ctx: GroupContext) -> GroupTurn:
        page = self._page(state, ctx)
        if page is None:
            return GroupTurn(form=self._nobody(state, ctx))
        taken = self.pages.take(page, sent, ctx)
        to = str(taken.values.get("who") or "")
        if taken.form is not None or to not in state["names"]:
            return GroupTurn(form=taken.form or self.pages.form(page, ctx))
        card = self.card(state, ctx) if self.card else self._card(ctx)
        there = led(state, ctx) if "led_at" in state else state
        return GroupTurn(there, (HandOver(to), Tell(to, card, "prompt")), self._handed(state, to, ctx))

    def _page(self, state: State, ctx: GroupContext) -> Private | None:
        """None: there is nobody to hand it to, or it is not theirs to hand over."""
        others = {id: name for id, name in state["names"].items() if id != ctx.facilitator}
        if not others or not ctx.is_led_by_actor:
            return None
        say = self.pages.house.say
        who = Step("who", "single", say("group.hand_who"), options=to_choose_from(others), required=True)
        return Private(HAND, say("group.hand"), (who,), (Button("save", say("group.hand"), style="primary"),))

    def _nobody(self, state: State, ctx: GroupContext) -> Form:
        if not ctx.is_led_by_actor:
            return self.who(state, ctx)
        return self.pages.private.closed(ctx.about, self.pages.say("title"), self.pages.house.say("group.hand_nobody"))

    def _handed(self, state: State, to: str, ctx: GroupContext) -> Form:
        buttons = (self._open(),) if ctx.actor and ctx.actor.id == to else ()
        told = self.pages.house.say("group.handed", name=state["names"].get(to, ""))
        return self.pages.private.closed(ctx.about, self.pages.say("title"), told, buttons=buttons)

    def _card(self, ctx: GroupContext) -> Card:
        """It holds nothing that anybody said."""
        title = self.pages.say("title")
        return Card((self.pages.house.say("group.you_lead"),), (self._open(),), title, ctx.about, title)

    def _open(self) -> Button:
        return Button("steer", self.pages.house.say("group.open_steering"), does="form", style="primary")
