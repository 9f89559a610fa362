"""The course of a dilemma game: one phase on or back, more time, and what deadlines bring about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.cards import Button, Card, Words
from bot.dialogs.dilemma.forms import DilemmaForms
from bot.dialogs.dilemma.harvest import DilemmaHarvest
from bot.dialogs.dilemma.post import place
from bot.dialogs.dilemma.reveal import moved, revealed
from bot.dialogs.dilemma.state import (
    CHOOSING,
    MORE_TIME,
    PHASES,
    TALK,
    chose,
    entered,
    is_up,
    missing,
    moment,
    next_wake,
)
from bot.dialogs.group.turn import GroupContext, GroupEffect, GroupTurn, SayThere, Tell, WakeIn
from bot.dialogs.turn import State

NOW = timedelta(seconds=1)


@dataclass(frozen=True)
class DilemmaCourse:
    forms: DilemmaForms
    harvest: DilemmaHarvest

    def say(self, key: str, **values: Any) -> Words:
        return self.forms.say(key, **values)

    # ---- moving on ---------------------------------------------------------------------------------------

    def onward(self, state: State, pressed_at: str, ctx: GroupContext) -> GroupTurn:
        """One step on; pressed twice, or on a post from before, it is one step all the same."""
        if pressed_at != place(state) or state["phase"] == "proposed":
            return GroupTurn(form=self.forms.note(ctx, "moved_on_already"))
        if state["phase"] == "talk" and state["talk"] + 1 < len(TALK[state["pace"]]):
            on = state | {"talk": state["talk"] + 1}
            return GroupTurn(on, form=self.forms.said_now(on, ctx))
        if state["phase"] in CHOOSING and not chose(state, state["phase"]):
            return GroupTurn(form=self.forms.note(ctx, "nobody_chose"))
        return self.enter(state, _after(state), ctx)

    def back(self, state: State, pressed_at: str, ctx: GroupContext) -> GroupTurn:
        """A step back: the phase before is open again, and everything given stands."""
        if pressed_at != place(state) or state["phase"] == "proposed":
            return GroupTurn(form=self.forms.note(ctx, "moved_on_already"))
        if state["talk"]:
            return GroupTurn(state | {"talk": state["talk"] - 1}, form=self.forms.note(ctx, "stepped_back"))
        before = _before(state)
        return self.enter(state, before, ctx) if before else GroupTurn(form=self.forms.note(ctx, "no_way_back"))

    def enter(self, state: State, phase: str, ctx: GroupContext) -> GroupTurn:
        """Into a phase, with what is shown there decided."""
        if phase == "over":
            return self.harvest.end(state, ctx)
        if phase == "reveal" and state["phase"] == "first":
            state = revealed(state, ctx.run)
        if phase == "moved" and state["phase"] == "second":
            state = moved(state)
        there = entered(state, phase, ctx.now)
        form = self.forms.said_now(there, ctx) if ctx.actor else None
        return GroupTurn(there, (*self._looked_up(there), WakeIn(next_wake(there, ctx.now))), form)

    def _looked_up(self, state: State) -> tuple[GroupEffect, ...]:
        """Spread over days, an edited post is seen by nobody: a line beside it says that it went on."""
        if state["pace"] != "days" or state["phase"] not in ("reveal", "second", "actions"):
            return ()
        return (SayThere(Card((self.say(f"beside_{state['phase']}"),))),)

    # ---- time --------------------------------------------------------------------------------------------

    def more_time(self, state: State, until: str, ctx: GroupContext) -> GroupTurn:
        """Pressed twice at once, it is given once."""
        ends = moment(state, "until")
        if ends is None or until != state["until"]:
            return GroupTurn(form=self.forms.note(ctx, "moved_on_already"))
        later = max(ends, ctx.now) + MORE_TIME[state["pace"]]
        longer = state | {"until": later.isoformat(), "is_late": False, "reminded": False}
        return GroupTurn(longer, (WakeIn(next_wake(longer, ctx.now)),), self.forms.note(ctx, "time_given"))

    def woke(self, state: State, ctx: GroupContext) -> GroupTurn:
        """A deadline, or a reminder before one. Woken too soon (the clock has jumped), it is set anew."""
        if state["phase"] == "over":
            return GroupTurn()
        wait = next_wake(state, ctx.now)
        if state["is_late"] and wait is not None and wait > NOW:
            return GroupTurn(None, (WakeIn(wait),))
        if state["phase"] in CHOOSING and is_up(state, ctx.now) and chose(state, state["phase"]):
            return self.enter(state, _after(state), ctx)
        if state["is_late"]:
            return self.harvest.end(state, ctx)
        return self._time_is_up(state, ctx) if is_up(state, ctx.now) else self._reminded(state, ctx)

    def _time_is_up(self, state: State, ctx: GroupContext) -> GroupTurn:
        """Nobody has chosen, or the phase is none of choosing. In the room people go on at their own pace."""
        if state["phase"] == "proposed":
            return self.harvest.end(state, ctx)
        if state["pace"] == "room":
            late = state | {"is_late": True, "since": ctx.now.isoformat()}
            return GroupTurn(late, (WakeIn(next_wake(late, ctx.now)),))
        if state["phase"] not in CHOOSING:
            return self.enter(state, _after(state), ctx)
        if state["extended"]:
            return self.harvest.end(state, ctx) if state["phase"] == "first" else self.enter(state, "actions", ctx)
        again = entered(state, state["phase"], ctx.now) | {"extended": True}
        return GroupTurn(again, (WakeIn(next_wake(again, ctx.now)),))

    def _reminded(self, state: State, ctx: GroupContext) -> GroupTurn:
        """A private word to those who are in the game and have not chosen; nobody else learns who they are."""
        if state["pace"] != "days" or state["phase"] not in CHOOSING or state["reminded"]:
            return GroupTurn(None, (WakeIn(next_wake(state, ctx.now)),))
        again = state | {"reminded": True}
        choose = Button("choose", self.say(f"choose_{state['phase']}"), does="form", style="primary")
        card = Card((self.say("reminder"),), (choose,), notice=self.say("reminder_notice"))
        reachable = [id for id in missing(state) if state["seats"][id]["reach"]]
        return GroupTurn(again, (*(Tell(id, card, "nudge") for id in reachable), WakeIn(next_wake(again, ctx.now))))


def _after(state: State) -> str:
    following = PHASES[PHASES.index(state["phase"]) + 1]
    return "actions" if following == "duty" and not _has_duty(state) else following


def _before(state: State) -> str:
    """Empty where there is none."""
    before = PHASES[PHASES.index(state["phase"]) - 1]
    if before == "duty" and not _has_duty(state):
        return "moved"
    return "" if before == "proposed" else before


def _has_duty(state: State) -> bool:
    return bool(state["dilemma"] and state["dilemma"].get("duty"))
