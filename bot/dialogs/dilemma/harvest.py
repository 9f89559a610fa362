"""What comes of a dilemma game: agreements with one name each, one's own line in the logbook, and the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.cards import Button, Card, Words
from bot.dialogs.dilemma.alone import AGAIN, CHOICE, LEARNT, WHY, line_of
from bot.dialogs.dilemma.content import Dilemma, kept_dilemma
from bot.dialogs.dilemma.forms import PLAYED, DilemmaForms
from bot.dialogs.dilemma.state import joined, names
from bot.dialogs.group.agreements import AGREE, MOST, Agreeing
from bot.dialogs.group.turn import Agree, GroupContext, GroupTurn, KeepForMember, KeepNote, Member, Over, Tell, WakeIn
from bot.dialogs.turn import Answered, State
from bot.events import Submitted

MAY_KEEP = ("moved", "duty", "actions")


def _is_time_to_agree(state: State) -> bool:
    return state["phase"] == "actions"


@dataclass(frozen=True)
class DilemmaHarvest:
    forms: DilemmaForms

    @property
    def agreeing(self) -> Agreeing:
        return Agreeing(self.forms.pages, _is_time_to_agree, lambda state, ctx: self.forms.note(ctx, "not_now"), names)

    # ---- agreements --------------------------------------------------------------------------------------

    def pressed(self, state: State, action: str, value: str, ctx: GroupContext, me: Member) -> GroupTurn:
        """Whoever writes an agreement can be named on one."""
        is_new = action == AGREE and _is_time_to_agree(state) and len(state["agreed"]) < MOST
        known = joined(state, me, plays=False) if is_new else state
        turn = self.agreeing.pressed(known, action, value, ctx)
        return replace(turn, state=known) if is_new else turn

    def sent_agree(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        return self.agreeing.sent(state, sent, ctx)

    # ---- one's own logbook -------------------------------------------------------------------------------

    def keep(self, state: State, ctx: GroupContext, me: Member) -> GroupTurn:
        """Into one's own logbook: one's own choice, if one says so."""
        if state["phase"] not in MAY_KEEP or state["dilemma"] is None:
            return GroupTurn(form=self.forms.note(ctx, "not_now"))
        if me.is_guest:
            return GroupTurn(form=self.forms.note(ctx, "keep_guest"))
        return GroupTurn(form=self.forms.drawn(self.forms.keep(state, kept_dilemma(state["dilemma"]), ctx), ctx))

    def sent_keep(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        if state["phase"] not in MAY_KEEP or state["dilemma"] is None or me.is_guest:
            return self.keep(state, ctx, me)
        dilemma = kept_dilemma(state["dilemma"])
        taken = self.forms.take(self.forms.keep(state, dilemma, ctx), sent, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        answers = self._own_answers(state, dilemma, taken.values.get(LEARNT), me.id)
        if not answers:
            return GroupTurn(form=self.forms.note(ctx, "keep_nothing"))
        kept = KeepForMember(me.id, dilemma.id, dilemma.beacon, answers)
        return GroupTurn(effects=(kept,), form=self.forms.note(ctx, "kept_in_logbook", *taken.notes))

    def _own_answers(self, state: State, dilemma: Dilemma, learnt: str | None, member: str) -> tuple[Answered, ...]:
        """As the same dilemma played alone would keep them."""
        seat = state["seats"].get(member, {})
        answers = (
            self._own_choice(CHOICE, dilemma.question, dilemma, seat.get("first")),
            _own_text(WHY, self.forms.house.say("dilemma.why"), seat.get("why")),
            self._own_choice(AGAIN, self.forms.house.say("dilemma.again"), dilemma, seat.get("second")),
            _own_text(LEARNT, self.forms.house.say("dilemma.learnt"), learnt),
        )
        return tuple(one for one in answers if one)

    def _own_choice(self, step: str, question: Words, dilemma: Dilemma, chosen: Any) -> Answered | None:
        way = dilemma.way(chosen) if chosen else None
        if way is None:
            return None
        line = line_of(way, self.forms.house.say)
        shown = {"da": line.spoken("da"), "en": line.spoken("en")}
        asked = {"da": question.spoken("da"), "en": question.spoken("en")}
        return Answered(step, "text", asked, shown["da"], shown) if dilemma.is_own else Answered(step, "single", asked, way.id, shown)

    # ---- the end -----------------------------------------------------------------------------------------

    def end(self, state: State, ctx: GroupContext) -> GroupTurn:
        """Agreements begin to live; which dilemma it was is kept, and nothing about anybody."""
        dilemma = kept_dilemma(state["dilemma"]) if state["dilemma"] else None
        beacon = dilemma.beacon if dilemma and dilemma.beacon != "any" else ""
        agreed = self.agreeing.agreements.kept(state["agreed"], beacon)
        played = ()
        if dilemma is not None and state["shown"] is not None:
            played = (KeepNote(PLAYED, {"dilemma": dilemma.id, "agreed": len(agreed)}),)
        effects = (*agreed, *self._told(agreed, state, ctx), *played, WakeIn(None), Over(dropped=not played))
        form = self.forms.note(ctx, "ended") if ctx.actor else None
        return GroupTurn(state | {"phase": "over", "until": None}, effects, form)

    def _told(self, agreed: tuple[Agree, ...], state: State, ctx: GroupContext) -> tuple[Tell, ...]:
        """A private word to whoever is named on an agreement, once; not to the one who just ended the game."""
        see = Button("actions", self.forms.house.say("desk.actions_button"), "actions", does="page")
        card = Card((self.forms.say("named"),), (see,), notice=self.forms.say("named_notice"))
        named = dict.fromkeys(one.member for one in agreed)
        seats, actor = state["seats"], ctx.actor.id if ctx.actor else ""
        return tuple(Tell(id, card) for id in named if id in seats and seats[id]["reach"] and id != actor)


def _own_text(step: str, question: Words, given: Any) -> Answered | None:
    if not given:
        return None
    asked = {"da": question.spoken("da"), "en": question.spoken("en")}
    return Answered(step, "text", asked, given, {"da": given, "en": given})
