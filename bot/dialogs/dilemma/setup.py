"""Setting a dilemma game up: who leads, which dilemma – one of the library's or the group's own – and how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.dialogs.dilemma.content import WAYS, Dilemma, as_data, own_dilemma
from bot.dialogs.dilemma.forms import ALL, DilemmaForms, pace_of
from bot.dialogs.dilemma.state import drafted, joined, may_take_over
from bot.dialogs.group.turn import GroupContext, GroupTurn, HandOver, Member
from bot.dialogs.turn import State
from bot.events import Submitted

Enter = Callable[[State, str, GroupContext], GroupTurn]
USUAL_PACE = "room_20"


@dataclass(frozen=True)
class DilemmaSetup:
    """`enter` leads the game into a phase."""

    forms: DilemmaForms
    enter: Enter

    def take(self, state: State, ctx: GroupContext, me: Member) -> GroupTurn:
        """Somebody will lead: from the beginning, or because whoever did is gone."""
        if state["phase"] == "proposed":
            return GroupTurn(form=self.forms.drawn(self.forms.setup(ctx), ctx))
        if me.id == ctx.facilitator:
            return GroupTurn(form=self.forms.more(state, ctx))
        if not may_take_over(state, ctx):
            return GroupTurn(form=self.forms.who_leads(state, ctx))
        kept = joined(state, me, plays=False) | {"led_at": ctx.now.isoformat()}
        return GroupTurn(kept, (HandOver(me.id),), self.forms.more(kept, replace(ctx, facilitator=me.id)))

    def sent_setup(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        if state["phase"] != "proposed":
            return GroupTurn(form=self.forms.who_leads(state, ctx))
        page = self.forms.setup(ctx, str(sent.values.get("beacon") or ALL))
        if sent.button.startswith("narrow"):
            return GroupTurn(form=self.forms.drawn(page, ctx))
        taken = self.forms.take(page, sent, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form)
        chosen = self.forms.dilemmas.get(taken.values["dilemma"])
        if chosen is not None:
            return self._set_up(state, chosen, taken.values["pace"], ctx, me)
        form = self.forms.drawn(self.forms.own(drafted(state, me.id)), ctx)
        return GroupTurn(form=replace(form, held=form.held | {"pace": taken.values["pace"]}))

    def sent_own(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        """The group's own dilemma, screened before anybody else sees it. The pace chosen before travels with the page."""
        if state["phase"] != "proposed":
            return GroupTurn(form=self.forms.who_leads(state, ctx))
        if sent.button.startswith("setup"):
            return self._back_to_list(state, sent, ctx, me)
        pace = str(sent.held.get("pace") or "")
        taken = self.forms.take(self.forms.own(), sent, ctx)
        if taken.form is not None:
            form = replace(taken.form, held=taken.form.held | {"pace": pace})
            return GroupTurn(form=form, leaves_no_trace=taken.leaves_no_trace)
        values = taken.values
        question = values["question"] or self.forms.house.say("dilemma.choice").spoken(me.language)
        ways = tuple(values[f"way_{way}"] for way in WAYS)
        own = own_dilemma(values["situation"], question, ways, self.forms.house.say)
        return self._set_up(state, own, pace if pace in self.forms.paces() else USUAL_PACE, ctx, me)

    def _back_to_list(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        """What was typed so far is kept, screened as ever, for when the page is opened again."""
        taken = self.forms.pages.take(self.forms.own(is_draft=True), sent, ctx)
        if taken.form is not None:
            held = taken.form.held | {"pace": str(sent.held.get("pace") or "")}
            return GroupTurn(form=replace(taken.form, held=held), leaves_no_trace=taken.leaves_no_trace)
        texts = {field: text for field, text in taken.values.items() if text}
        kept = state | {"drafts": state.get("drafts", {}) | {me.id: texts}}
        return GroupTurn(kept, form=self.forms.drawn(self.forms.setup(ctx), ctx))

    def _set_up(self, state: State, dilemma: Dilemma, chosen_pace: str, ctx: GroupContext, me: Member) -> GroupTurn:
        pace, amount = pace_of(chosen_pace)
        ready = joined(state, me, plays=False) | {"dilemma": as_data(dilemma), "pace": pace, "amount": amount, "drafts": {}}
        led = ready | {"led_at": ctx.now.isoformat()}
        turn = self.enter(led, "situation" if pace == "room" else "first", replace(ctx, facilitator=me.id))
        leads = () if me.id == ctx.facilitator else (HandOver(me.id),)
        return replace(turn, effects=(*leads, *turn.effects))
