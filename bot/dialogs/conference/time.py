"""Time in a resident conference: the steps of the meeting and their minutes, reminders before it, and what happens by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.dialogs.conference.leading import GONE
from bot.dialogs.conference.pages import ConferencePages
from bot.dialogs.conference.plan import CHANGE, LEAST, after, held, minutes_until, moment_of, morning_of, shared_out
from bot.dialogs.group.turn import GroupContext, GroupEffect, GroupTurn, Over, Tell, WakeIn
from bot.dialogs.turn import State

SOON = timedelta(minutes=15)
EVE = timedelta(hours=14)
"""How long "tomorrow" is said for: it is said in the morning."""
NEARLY = timedelta(minutes=2)
FORGOTTEN = timedelta(days=60)
"""How long a conference without a day, or one that was never held, is kept."""
AGREEING = timedelta(days=3)
"""How long after the meeting agreements can still be written before it closes by itself."""


@dataclass(frozen=True)
class ConferenceTime:
    shown: ConferencePages

    # ---- the meeting -------------------------------------------------------------------------------------------------

    def begun(self, state: State, ctx: GroupContext) -> GroupTurn:
        end = ctx.now + timedelta(minutes=sum(state["minutes"].values()))
        state = state | {"phase": "meeting", "end": end.isoformat(), "moved": False}
        return self.at_step(state, held(state["minutes"])[0], ctx, "prompt")

    def at_step(self, state: State, step: str, ctx: GroupContext, kind: str = "update") -> GroupTurn:
        """Begin this step now; what is left of the meeting is shared out over it and those after it."""
        coming = {one: state["minutes"][one] for one in (step, *after(step, state["minutes"]))}
        planned = shared_out(coming, self._left(state, ctx))
        return self._planned(state | {"step": step}, planned, ctx, kind)

    def _left(self, state: State, ctx: GroupContext) -> int:
        """Minutes until the end; never more than the whole meeting has, also where the clock has jumped back."""
        return min(minutes_until(datetime.fromisoformat(state["end"]), ctx.now), sum(state["minutes"].values()))

    def longer(self, state: State, ctx: GroupContext) -> GroupTurn:
        return self._changed(state, CHANGE, ctx)

    def shorter(self, state: State, ctx: GroupContext) -> GroupTurn:
        return self._changed(state, -CHANGE, ctx)

    def _changed(self, state: State, minutes: int, ctx: GroupContext) -> GroupTurn:
        """This step gets more or fewer minutes from now; those after it share what is left, and the end moves only if it must."""
        whole = self._left(state, ctx)
        left = max(LEAST, min(minutes_until(datetime.fromisoformat(state["until"]), ctx.now), whole) + minutes)
        later = {one: state["minutes"][one] for one in after(state["step"], state["minutes"])}
        planned = {state["step"]: left, **shared_out(later, whole - left)}
        return self._planned(state, planned, ctx)

    def _planned(self, state: State, planned: dict[str, int], ctx: GroupContext, kind: str = "update") -> GroupTurn:
        until = ctx.now + timedelta(minutes=planned[state["step"]])
        end = ctx.now + timedelta(minutes=sum(planned.values()))
        moved = end - datetime.fromisoformat(state["end"]) >= timedelta(minutes=1)
        state = state | {"until": until.isoformat(), "end": end.isoformat(), "moved": moved, "told": []}
        state = state | {"minutes": state["minutes"] | planned}
        form = self.shown.steering(state, ctx) if ctx.actor else None
        return GroupTurn(state, (*self._tell(state, ctx, kind), self.next_wake(state, ctx)), form)

    def met_enough(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The meeting is over; agreements can still be written."""
        state = state | {"phase": "after", "until": "", "end": ""}
        form = self.shown.steering(state, ctx) if ctx.actor else None
        return GroupTurn(state, (*self._tell(state, ctx, "update"), WakeIn(AGREEING)), form)

    def _tell(self, state: State, ctx: GroupContext, kind: str) -> tuple[GroupEffect, ...]:
        """The facilitator's private card."""
        return (Tell(ctx.facilitator, self.shown.leading.card(state, ctx), kind),) if ctx.facilitator else ()

    # ---- what happens by itself --------------------------------------------------------------------------------------

    def passed(self, state: State, ctx: GroupContext) -> GroupTurn:
        """In the meeting: the card says how much is left. One that everybody has walked away from ends by itself."""
        until = datetime.fromisoformat(state["until"])
        if ctx.now >= until + AGREEING or (not after(state["step"], state["minutes"]) and ctx.now >= until + 4 * GONE):
            return self.met_enough(state, ctx)
        wake = self.next_wake(state, ctx) if ctx.now < until + GONE else WakeIn(timedelta(hours=1))
        return GroupTurn(state, (*self._tell(state, ctx, "update"), wake))

    def reminded(self, state: State, ctx: GroupContext) -> GroupTurn:
        """While it is prepared: whoever has something to do is reminded in private. One that was forgotten goes."""
        due = [(what, tell) for at, what, tell in self._reminders(state, ctx) if at <= ctx.now and what not in state["told"]]
        if not due and self._is_forgotten(state, ctx):
            return GroupTurn(state | {"phase": "dropped"}, (Over(dropped=True),))
        state = state | {"told": [*state["told"], *(what for what, _ in due)]}
        return GroupTurn(state, (*(tell for _, tell in due if tell.member), self.next_wake(state, ctx)))

    def _reminders(self, state: State, ctx: GroupContext) -> Iterator[tuple[datetime, str, Tell]]:
        """(when, what, to whom) of everything one is to be reminded of while it is prepared."""
        nudge = self.shown.preparation.nudge
        for task, given in state["tasks"].items():
            if given["who"] and given["by"] and not given["done"]:
                at = morning_of(date.fromisoformat(given["by"]), ctx.timezone)
                yield at, f"{task}:{given['by']}", Tell(given["who"], nudge("nudge_task", ctx), "nudge")
        if not state["day"]:
            return
        day = date.fromisoformat(state["day"])
        eve = morning_of(day - timedelta(days=1), ctx.timezone)
        yield eve, f"eve:{day}", Tell(ctx.facilitator, nudge("nudge_tomorrow", ctx), "nudge", EVE)
        if state["clock"]:
            at = moment_of(day, state["clock"], ctx.timezone) - SOON
            yield at, f"soon:{at}", Tell(ctx.facilitator, nudge("nudge_soon", ctx, "begin"), "nudge", SOON)

    def next_wake(self, state: State, ctx: GroupContext) -> WakeIn:
        if state["phase"] == "meeting":
            until = datetime.fromisoformat(state["until"])
            coming = [at for at in (until - NEARLY, until, until + GONE) if at > ctx.now]
        else:
            coming = [at for at, what, _ in self._reminders(state, ctx) if what not in state["told"]]
            coming.append(self._kept_until(state, ctx))
        return WakeIn(max(min(coming, default=ctx.now + FORGOTTEN) - ctx.now, timedelta(seconds=1)))

    def _kept_until(self, state: State, ctx: GroupContext) -> datetime:
        if not state["day"]:
            return ctx.now + FORGOTTEN
        return morning_of(date.fromisoformat(state["day"]), ctx.timezone) + FORGOTTEN

    def _is_forgotten(self, state: State, ctx: GroupContext) -> bool:
        return not state["day"] or self._kept_until(state, ctx) <= ctx.now
