"""The facilitator's own pages: the step, the minutes, the next sentence to say; last time's agreements; two minutes for oneself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.cards import Button, Card, Form, Words
from bot.dialogs.conference.plan import STEPS, after, before, minutes_until
from bot.dialogs.conference.post import ConferencePost, clock
from bot.dialogs.group.agreements import GroupAgreements
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext, Note
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import State

GONE = timedelta(minutes=15)
"""How long after the end of a step a facilitator who does nothing counts as gone."""
MOVES = frozenset({"next_step", "previous_step", "finish"})
"""What leads away from the step it is pressed at."""
AGREEMENT = "agreement"
"""The kind of the notes that the core keeps of agreements."""
STANDS = {"done": "done", "partly": "partly", "let_go": "not"}
"""How an action stands now, as an answer to the follow-up."""


def is_gone(state: State, ctx: GroupContext) -> bool:
    """Whether whoever leads has let a step run far over its time."""
    return bool(state["until"]) and ctx.now >= datetime.fromisoformat(state["until"]) + GONE


@dataclass(frozen=True)
class ConferenceLeading:
    pages: GroupPages

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    # ---- during the meeting ------------------------------------------------------------------------------------------

    def meeting(self, state: State, ctx: GroupContext) -> Form:
        page = self.pages.steering(ctx, self._cockpit(state, ctx), self._controls(state))
        buttons = (replace(one, value=state["step"]) if one.action in MOVES else one for one in page.buttons)
        return replace(page, buttons=tuple(buttons))

    def afterwards(self, ctx: GroupContext) -> Form:
        return self.pages.steering(ctx, (self.say("after"),), ("agree", "reflect", "close"))

    def _controls(self, state: State) -> tuple[str, ...]:
        is_last = not after(state["step"], state["minutes"])
        return (
            "finish" if is_last else "next_step",
            "longer",
            "shorter",
            *(("previous_step",) if before(state["step"], state["minutes"]) else ()),
            *(("last",) if state["step"] == STEPS[0] else ()),
            *(("agree",) if is_last else ()),
            "hand",
            *(() if is_last else ("finish",)),
        )

    def _cockpit(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        step, until = state["step"], datetime.fromisoformat(state["until"])
        left, end = minutes_until(until, ctx.now), clock(state["end"], ctx)
        number = STEPS.index(step)
        if left:
            time = self.say("cockpit_time", left=left, until=clock(state["until"], ctx), end=end)
        else:
            time = self.say("cockpit_time_up", end=end)
        return (
            self.say("cockpit_step", number=number, of=len(STEPS) - 1, step=self.say(step)),
            time,
            *((self.say("cockpit_moved"),) if state["moved"] else ()),
            self.say("cockpit_say", sentence=self.say(f"{step}_say")),
            self.say(f"{step}_moves"),
        )

    def card(self, state: State, ctx: GroupContext) -> Card:
        """The same as a card in the facilitator's own chat; it holds nothing that anybody said."""
        lead = self._cockpit(state, ctx) if state["phase"] == "meeting" else (ConferencePost(self.pages).when(state),)
        if state["phase"] == "after":
            lead = (self.say("after"),)
        onward = (Button("next_step", self.say("next_step"), state["step"], does="form"),) if state["phase"] == "meeting" else ()
        controls = Button("steer", self.pages.house.say("group.open_steering"), does="form", style="primary")
        return Card(lead, (controls, *onward), self.say("steer_title"), ctx.about, self.say("title"))

    # ---- last time's agreements --------------------------------------------------------------------------------------

    def last(self, ctx: GroupContext) -> tuple[Note, ...]:
        """The agreements of the last conference here."""
        ours = [note for note in ctx.notes if note.kind == AGREEMENT and note.dialog == self.pages.name]
        run = ours[0].data["id"].partition(":")[0] if ours else ""
        newest = max((note.at for note in ours), default=None)
        return tuple(note for note in reversed(ours) if note.data["id"].startswith(f"{run}:") and note.at == newest)

    def followed(self, ctx: GroupContext) -> Note | None:
        """What was said of them already, at this conference."""
        last = {note.data["id"] for note in self.last(ctx)}
        return next((note for note in ctx.notes if note.kind == "followed" and last & note.data["became"].keys()), None)

    def follow_up(self, ctx: GroupContext) -> Private | None:
        """What became of last time's agreements: a short answer to each. None: there are none, or it is not theirs to ask."""
        last = self.last(ctx)
        if not last or not ctx.is_led_by_actor:
            return None
        answers = tuple(Option(one, self.say(f"last_{one}")) for one in ("done", "partly", "not"))
        followed = self.followed(ctx)
        said = followed.data["became"] if followed else {}
        agreements = GroupAgreements(self.pages.house)
        lines = {f"a{n}": one.data for n, one in enumerate(last)}
        steps = tuple(Step(id, "single", agreements.line(one, one["name"]), options=answers) for id, one in lines.items())
        values = {id: said.get(one["id"]) or STANDS.get(ctx.states.get(one["id"], "")) for id, one in lines.items()}
        return Private("last", self.say("last"), steps, self.pages.save(), (self.say("last_lead"),), values=values)

    # ---- two minutes for oneself -------------------------------------------------------------------------------------

    def reflect(self, state: State, ctx: GroupContext) -> Private | None:
        """None: they are no facilitator, have no logbook, or there is nothing to look back at yet."""
        if not ctx.is_led_by_actor or ctx.actor is None or ctx.actor.is_guest or state["phase"] not in ("after", "meeting"):
            return None
        return Private("reflect", self.say("reflect"), self.reflection_steps(), self.pages.save(), (self.say("reflect_lead"),))

    def reflection_steps(self) -> tuple[Step, ...]:
        return tuple(Step(one, "text", self.say(f"reflect_{one}")) for one in ("noticed", "next"))
