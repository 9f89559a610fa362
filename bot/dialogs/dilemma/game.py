"""The dilemma game: a group chooses in secret, sees how it chose, talks, chooses again, and takes something with it.

    proposed → situation → first (in secret) → reveal → talk → second (in secret) → moved → duty (where there is one) → actions → over

The one who leads moves on; so does the deadline of a secret choice, and every deadline where the game is spread over days. A secret
choice changes nothing but the state: no message, no note, no new deadline, and not one sign of the post. What is shown of the
choices is decided in `reveal`; what is kept between turns stands in `state`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.cards import Card, Form
from bot.dialogs.dilemma.content import Dilemma, kept_dilemma
from bot.dialogs.dilemma.course import DilemmaCourse
from bot.dialogs.dilemma.forms import DilemmaForms
from bot.dialogs.dilemma.harvest import DilemmaHarvest
from bot.dialogs.dilemma.post import DilemmaPost
from bot.dialogs.dilemma.reading import DilemmaReading
from bot.dialogs.dilemma.setup import DilemmaSetup
from bot.dialogs.dilemma.state import CHOOSING, PHASES, gave, joined, left, load, new_game, next_wake
from bot.dialogs.group.agreements import AGREE
from bot.dialogs.group.desk import given_back
from bot.dialogs.group.turn import GroupContext, GroupTurn, HandOver, Member, Rest, Tell, WakeIn
from bot.dialogs.house import House
from bot.dialogs.turn import State
from bot.events import Chose, Event, Submitted, Woke

LEADS = frozenset({"next", "back", "time", "hand", "stop", "remove"})
"""What only the one who leads may do."""
UNSEEN = frozenset({"choose", *CHOOSING})
"""What leaves no moment behind, whoever does it."""


class DilemmaGame:
    """One game in one place. Keeps nothing between turns."""

    name = "dilemma"

    def __init__(self, dilemmas: Mapping[str, Dilemma], house: House):
        self.house, self.label = house, house.say("dilemma_game.label")
        self.forms, self.posts = DilemmaForms(house, dilemmas), DilemmaPost(house)
        self.reading = DilemmaReading(self.forms.pages)
        self.harvest = DilemmaHarvest(self.forms)
        self.course = DilemmaCourse(self.forms, self.harvest)
        self.setup = DilemmaSetup(self.forms, self.course.enter)
        self.pages: dict[str, Callable[[State, Submitted, GroupContext, Member], GroupTurn]] = {
            "setup": self.setup.sent_setup,
            "own": self.setup.sent_own,
            "first": self._sent_choice,
            "second": self._sent_choice,
            "hand": self._sent_hand,
            AGREE: self.harvest.sent_agree,
            "keep": self.harvest.sent_keep,
        }

    # ---- the protocol ------------------------------------------------------------------------------------

    def begin(self, ctx: GroupContext) -> GroupTurn:
        """Somebody proposes; the post asks who will lead, and the proposer sees the page where it is set up."""
        state = new_game(ctx)
        form = self.forms.drawn(self.forms.setup(ctx), ctx)
        return GroupTurn(state, (WakeIn(next_wake(state, ctx.now)),), form)

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        me = ctx.actor
        match event:
            case Woke():
                return self.course.woke(state, ctx)
            case Submitted(page=page) if me and page in self.pages:
                does, turn = page, self.pages[page](state, event, ctx, me)
            case Submitted(button=button) if me:
                does, _, value = button.partition(":")
                turn = self._pressed(state, does, value, ctx, me)
            case Chose(action=does, value=value) if me:
                turn = self._pressed(state, does, value, ctx, me)
            case _:
                return GroupTurn()
        was_led = me.id == ctx.facilitator and does not in UNSEEN and not turn.leaves_no_trace
        return self._led(state, turn, ctx) if was_led else turn

    def post(self, state: State, ctx: GroupContext) -> Card:
        return self.posts.draw(state, self._dilemma(state), ctx)

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        dilemma, me = self._dilemma(state), ctx.actor
        if me and state["phase"] == "proposed" and me.id == ctx.facilitator:
            return self.forms.drawn(self.forms.setup(ctx), ctx)
        if me and dilemma and state["phase"] in CHOOSING and me.id in state["seats"]:
            return self.forms.drawn(self.forms.choose(state, dilemma, ctx), ctx)
        return None

    def rest(self, state: State) -> Rest:
        return "quiet" if state["pace"] == "days" or state["phase"] == "proposed" else ""

    def load(self, state: State) -> int:
        return load(state)

    # ---- what is pressed ---------------------------------------------------------------------------------

    def _pressed(self, state: State, does: str, value: str, ctx: GroupContext, me: Member) -> GroupTurn:
        """A button of the post, or of a page with nothing to fill in; last week's post and nonsense included."""
        if state["phase"] == "over":
            return GroupTurn()
        if does in LEADS:
            return self._leading(state, does, value, ctx, me)
        match does:
            case "take" | "take_over" | "setup":
                return self.setup.take(state, ctx, me)
            case "choose":
                return self._choose(state, ctx, me)
            case "join":
                return self._join(state, ctx, me)
            case "leave":
                return self._leave(state, ctx, me)
            case "agree" | "agreements":
                return self.harvest.pressed(state, does, value, ctx, me)
            case "keep":
                return self.harvest.keep(state, ctx, me)
        return GroupTurn(form=self._shown(state, does, ctx))

    def _leading(self, state: State, does: str, value: str, ctx: GroupContext, me: Member) -> GroupTurn:
        if me.id != ctx.facilitator:
            return GroupTurn(form=self.forms.who_leads(state, ctx))
        match does:
            case "next":
                return self.course.onward(state, value, ctx)
            case "back":
                return self.course.back(state, value, ctx)
            case "time":
                return self.course.more_time(state, value, ctx)
            case "hand":
                return GroupTurn(form=self.forms.drawn(self.forms.hand(state, ctx), ctx))
            case "remove":
                return self.harvest.pressed(state, does, value, ctx, me)
        return self.harvest.end(state, ctx)

    def _shown(self, state: State, does: str, ctx: GroupContext) -> Form:
        """Something to read, on a page of one's own."""
        dilemma = self._dilemma(state)
        match does:
            case "more":
                return self.forms.more(state, ctx)
            case "reasons" if dilemma:
                return self.reading.reasons(state, dilemma, ctx)
            case "struck":
                return self.reading.struck(state, ctx)
            case "seat" if dilemma:
                return self.reading.seat(dilemma, ctx)
            case "read" if dilemma:
                return self.reading.read(dilemma, ctx)
            case "other_language":
                lines = tuple(self.posts.lines(state, dilemma, ctx))
                return self.reading.in_other_language(self.posts.title(state, dilemma), lines, ctx)
        return self.forms.note(ctx, "not_now")

    def _dilemma(self, state: State) -> Dilemma | None:
        return kept_dilemma(state["dilemma"]) if state["dilemma"] else None

    def _led(self, state: State, turn: GroupTurn, ctx: GroupContext) -> GroupTurn:
        """The one who leads did something: nobody else takes over for a while."""
        kept = turn.state if turn.state is not None else state
        return replace(turn, state=kept | {"led_at": ctx.now.isoformat()})

    # ---- coming and going --------------------------------------------------------------------------------

    def _join(self, state: State, ctx: GroupContext, me: Member) -> GroupTurn:
        if state["phase"] == "proposed":
            return GroupTurn(form=self.forms.note(ctx, "not_now"))
        there = joined(state, me)
        if me.id not in there["seats"]:
            return GroupTurn(form=self.forms.note(ctx, "full"))
        before_the_reveal = state["phase"] in ("situation", "first")
        return GroupTurn(there, form=self.forms.note(ctx, "joined" if before_the_reveal else "joined_late"))

    def _leave(self, state: State, ctx: GroupContext, me: Member) -> GroupTurn:
        """Whoever goes takes their choice along. Whoever leads goes on leading."""
        gone = left(state, me.id)
        if me.id == ctx.facilitator:
            gone = joined(gone, me, plays=False)
        return GroupTurn(gone, form=self.forms.note(ctx, "left"))

    # ---- choosing in secret ------------------------------------------------------------------------------

    def _choose(self, state: State, ctx: GroupContext, me: Member) -> GroupTurn:
        """The private page. Opening it is to be in the game; for the one who leads only choosing is."""
        dilemma = self._dilemma(state)
        if dilemma is None or state["phase"] not in CHOOSING:
            return GroupTurn(form=self.forms.note(ctx, "not_choosing"))
        there = joined(state, me, plays=me.id != ctx.facilitator)
        if me.id not in there["seats"]:
            return GroupTurn(form=self.forms.note(ctx, "full"))
        return GroupTurn(there, form=self.forms.drawn(self.forms.choose(there, dilemma, ctx), ctx))

    def _sent_choice(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        """A choice, of the round whose page it was: one that comes after the reveal would be seen by itself."""
        dilemma = self._dilemma(state)
        if dilemma is None or state["phase"] != sent.page:
            is_late = PHASES.index(state["phase"]) > PHASES.index(sent.page)
            told = self.forms.note(ctx, "too_late" if is_late else "not_choosing")
            return GroupTurn(form=given_back(told, sent, self.house.say))
        taken = self.forms.take(self.forms.choose(state, dilemma, ctx), sent, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        kept = gave(state, me, _given(sent.page, taken.values))
        if me.id not in kept["seats"]:
            return GroupTurn(form=self.forms.note(ctx, "full"))
        return GroupTurn(kept, form=self.forms.saved(kept, ctx, taken.notes))

    # ---- leading -----------------------------------------------------------------------------------------

    def _sent_hand(self, state: State, sent: Submitted, ctx: GroupContext, me: Member) -> GroupTurn:
        if me.id != ctx.facilitator or state["phase"] in ("proposed", "over"):
            return GroupTurn(form=self.forms.who_leads(state, ctx))
        taken = self.forms.take(self.forms.hand(state, ctx), sent, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form)
        to = taken.values["to"] if taken.values["to"] in state["seats"] else ""
        told = (Tell(to, Card((self.forms.say("you_lead_now"),))),) if to and state["seats"][to]["reach"] else ()
        return GroupTurn(state, (HandOver(to), *told), self.forms.note(ctx, "handed_over"))


def _given(page: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a page of choosing."""
    if page == "first":
        why, protects = values.get("why") or "", values.get("protects") or ""
        return {"first": values["choice"], "why": why, "protects": protects, "signed": values.get("signed") == "yes"}
    return {"second": values["choice"], "strong": list(values.get("strong") or ())}
