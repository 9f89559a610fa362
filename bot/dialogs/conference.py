"""The resident conference: a meeting in the room, prepared and led by a facilitator. The bot holds the frame, never the citizen.

State: {"phase": preparing | meeting | after | over | dropped, "names": {member: name}, "day": ISO date or "", "clock": "HH:MM" or "",
"every": weeks, "why": id of `conference_choice`, "tasks": {p1: {"who", "by", "done", "named"}}, "minutes": {s0: 5, …},
"step": s0 …, "until": when the step ends, "end": when the meeting does (ISO, UTC), "moved": whether that is later than planned,
"agreed": […] (`group_agreements`), "numbered": how many agreements earlier conferences of this run had, "told": [reminded of]}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from bot.cards import Card, Form
from bot.dialogs import outcome
from bot.dialogs.conference_pages import GONE, NAME, REFLECTION, ConferencePages
from bot.dialogs.conference_plan import (
    CHANGE,
    LEAST,
    MINUTES,
    STEPS,
    after,
    minutes_until,
    moment_of,
    morning_of,
    read_minutes,
    shared_out,
)
from bot.dialogs.group_agreements import MOST, GroupAgreements
from bot.dialogs.group_members import remembered, steers
from bot.dialogs.group_turn import (
    GroupContext,
    GroupEffect,
    GroupTurn,
    HandOver,
    KeepForMember,
    KeepNote,
    Over,
    Tell,
    WakeIn,
)
from bot.dialogs.house import House
from bot.dialogs.private_pages import Taken
from bot.dialogs.turn import State
from bot.events import Chose, Event, Submitted, Woke

BEACON = "baeredygtigt_arbejdsmiljoe"
SOON = timedelta(minutes=15)
NEARLY = timedelta(minutes=2)
FORGOTTEN = timedelta(days=60)
"""How long a conference without a day, or one that was never held, is kept."""
AGREEING = timedelta(days=3)
"""How long after the meeting agreements can still be written before it closes by itself."""
LEADS = frozenset({"begin", "next_step", "previous_step", "longer", "shorter", "finish", "close", "call_off"})
"""What only the facilitator does."""
ONWARD = LEADS | {"plan", "times", "prepare", "steer", "hand", "last", "reflect", "agree", "agreements", "calendar", "take_over"}
"""Buttons that lead on from a page without sending in what stands on it."""


class Conference:
    name = NAME

    def __init__(self, house: House):
        self.house, self.say = house, house.say
        self.label = self.say("conference.offer")
        self.pages, self.agreements = ConferencePages(house), GroupAgreements(house)

    def begin(self, ctx: GroupContext) -> GroupTurn:
        who = ctx.actor.id if ctx.actor else ""
        names = {who: ctx.actor.name} if ctx.actor else {}
        state = self._new(names, _template(ctx))
        return GroupTurn(state, (HandOver(who), WakeIn(FORGOTTEN)), self.pages.prepare(state, ctx))

    def _new(self, names: dict[str, str], minutes: dict[str, int]) -> State:
        return {
            "phase": "preparing",
            "names": names,
            "day": "",
            "clock": "",
            "every": 0,
            "why": "",
            "tasks": {},
            "minutes": minutes,
            "step": STEPS[0],
            "until": "",
            "end": "",
            "moved": False,
            "agreed": [],
            "numbered": 0,
            "told": [],
        }

    def load(self, state: State) -> int:
        return 3000 + 150 * len(state["names"]) + 900 * len(state["agreed"])

    # ---- what can happen -----------------------------------------------------------------------------------------

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Woke) or ctx.actor is None:
            return self._woke(state, ctx)
        return remembered(state, ctx, lambda known: self._did(known, event, ctx))

    def _did(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        match event:
            case Chose(action=action, value=value):
                return self._pressed(state, action, value, ctx)
            case Submitted(page=page, button=button):
                action, _, value = button.partition(":")
                is_question = self.pages.takes(page) and action not in ONWARD
                return self._sent(state, event, ctx) if is_question else self._pressed(state, action, value, ctx)
        return GroupTurn()

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        return self.pages.steering(state, ctx) if steers(ctx) else self.pages.prepare(state, ctx)

    def post(self, state: State, ctx: GroupContext) -> Card:
        return self.pages.post(state, ctx)

    def _pressed(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        """A button of the post, of the facilitator's card, or of one of our pages."""
        match action:
            case "take_over":
                return self._take_over(state, ctx)
            case "agree":
                return GroupTurn(form=self._agree_page(state, ctx))
            case "remove" if steers(ctx) and state["phase"] != "over":
                state = state | {"agreed": self.agreements.without(state["agreed"], value)}
                return GroupTurn(state, (), self.pages.agreed(state, ctx))
            case "agreements" | "remove":
                return GroupTurn(form=self.pages.agreed(state, ctx))
        if action in LEADS and steers(ctx):
            return self._led(state, action, ctx)
        return GroupTurn(form=self.pages.called(action, state, ctx))

    # ---- pages sent in -----------------------------------------------------------------------------------------------

    def _sent(self, state: State, event: Submitted, ctx: GroupContext) -> GroupTurn:
        page = self.pages.asked(event.page, state, ctx)
        if page is None:
            return GroupTurn(form=self.pages.called("", state, ctx))
        taken = self.pages.pages.take(page, event, run=self.pages.run(ctx), today=ctx.today, language=ctx.actor.language)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        return self._taken(event.page, state, taken, ctx)

    def _taken(self, page: str, state: State, taken: Taken, ctx: GroupContext) -> GroupTurn:
        values = taken.values
        match page.partition("_"):
            case "prepare", _, _:
                return GroupTurn(form=self.pages.called(f"task_{values['task']}", state, ctx))
            case "task", _, task:
                return self._prepared(state | {"tasks": state["tasks"] | {task: self._task(state, values)}}, ctx, taken)
            case "plan", _, _:
                plan = {"day": values.get("day") or "", "clock": self.pages.clock(values), "why": values.get("why") or ""}
                return self._prepared(state | plan | {"every": int(values.get("every") or 0), "told": []}, ctx, taken)
            case "times", _, _:
                return self._timed(state, {step: read_minutes(values[step]) for step in STEPS}, ctx, taken)
            case "hand", _, _:
                return self._handed(state, str(values["who"]), ctx)
            case "last", _, _:
                return self._followed_up(state, values, ctx)
            case "reflect", _, _:
                return GroupTurn(state, self._reflection(values, ctx), self.pages.closed(ctx, "reflect_saved", *taken.notes))
        return self._agreed(state, taken, ctx)

    def _task(self, state: State, values: Any) -> dict[str, Any]:
        who = values["who"] if values.get("who") in state["names"] else ""
        return {"who": who, "by": values.get("by"), "done": values.get("done") == "yes", "named": bool(values.get("who"))}

    def _prepared(self, state: State, ctx: GroupContext, taken: Taken) -> GroupTurn:
        return GroupTurn(state, (self._next_wake(state, ctx),), self.pages.prepare(state, ctx, *taken.notes))

    def _timed(self, state: State, minutes: dict[str, int | None], ctx: GroupContext, taken: Taken) -> GroupTurn:
        """The place's own template from now on; a meeting under way is not changed by it."""
        old = next((note.id for note in ctx.notes if note.kind == "template"), "")
        kept = KeepNote("template", {"minutes": minutes}, replaces=old)
        state = state | {"minutes": minutes} if state["phase"] == "preparing" else state
        return GroupTurn(state, (kept,), self.pages.prepare(state, ctx, *taken.notes))

    def _followed_up(self, state: State, values: Any, ctx: GroupContext) -> GroupTurn:
        asked = {f"a{n}": one.data["id"] for n, one in enumerate(self.pages.last(ctx))}
        became = {asked[one]: given for one, given in values.items() if given and one in asked}
        old = self.pages.followed(ctx)
        kept = KeepNote("followed", {"became": became}, replaces=old.id if old else "")
        return GroupTurn(state, (kept,), self.pages.closed(ctx, "saved"))

    def _reflection(self, values: Any, ctx: GroupContext) -> tuple[GroupEffect, ...]:
        steps = self.pages.reflection_steps()
        given = {step.id: values[step.id] for step in steps if values.get(step.id)}
        if ctx.actor.is_guest or not given:
            return ()
        return (KeepForMember(ctx.actor.id, REFLECTION, BEACON, outcome.answered(steps, given, self.say)),)

    # ---- agreements --------------------------------------------------------------------------------------------------

    def _agree_page(self, state: State, ctx: GroupContext) -> Form:
        if state["phase"] not in ("meeting", "after"):
            return self.pages.called("", state, ctx)
        if len(state["agreed"]) >= MOST:
            return self.agreements.full(self.pages.run(ctx))
        return self.pages.pages.form(self.agreements.page(state["names"]), self.pages.run(ctx))

    def _agreed(self, state: State, taken: Taken, ctx: GroupContext) -> GroupTurn:
        if state["phase"] not in ("meeting", "after") or len(state["agreed"]) >= MOST:
            return GroupTurn(form=self._agree_page(state, ctx))
        agreed = self.agreements.with_one(state["agreed"], taken.values, state["names"], state["numbered"])
        return GroupTurn(state | {"agreed": agreed}, (), self.agreements.saved(self.pages.run(ctx), taken.notes))

    # ---- leading -----------------------------------------------------------------------------------------------------

    def _led(self, state: State, action: str, ctx: GroupContext) -> GroupTurn:
        match action, state["phase"]:
            case "begin", "preparing":
                end = ctx.now + timedelta(minutes=sum(state["minutes"].values()))
                state = state | {"phase": "meeting", "end": end.isoformat(), "moved": False}
                return self._at_step(state, STEPS[0], ctx, "prompt")
            case "next_step", "meeting" if after(state["step"]):
                return self._at_step(state, after(state["step"])[0], ctx)
            case "next_step" | "finish", "meeting":
                return self._met_enough(state, ctx)
            case "previous_step", "meeting" if state["step"] != STEPS[0]:
                return self._at_step(state, STEPS[STEPS.index(state["step"]) - 1], ctx)
            case "longer" | "shorter", "meeting":
                return self._longer(state, CHANGE if action == "longer" else -CHANGE, ctx)
            case "close", "after":
                return self._over(state, ctx)
            case "call_off", "preparing":
                return GroupTurn(state | {"phase": "dropped"}, (Over(dropped=True),), self.pages.closed(ctx, "dropped"))
        return GroupTurn(form=self.pages.steering(state, ctx))

    def _at_step(self, state: State, step: str, ctx: GroupContext, kind: str = "update") -> GroupTurn:
        """Begin this step now; what is left of the meeting is shared out over it and those after it."""
        end = datetime.fromisoformat(state["end"])
        coming = {one: state["minutes"][one] for one in (step, *after(step))}
        planned = shared_out(coming, minutes_until(end, ctx.now))
        return self._planned(state | {"step": step}, planned, ctx, kind)

    def _longer(self, state: State, minutes: int, ctx: GroupContext) -> GroupTurn:
        """This step gets more or fewer minutes from now; those after it share what is left, and the end moves only if it must."""
        until, end = datetime.fromisoformat(state["until"]), datetime.fromisoformat(state["end"])
        left = max(LEAST, minutes_until(until, ctx.now) + minutes)
        later = {one: state["minutes"][one] for one in after(state["step"])}
        planned = {state["step"]: left, **shared_out(later, minutes_until(end, ctx.now) - left)}
        return self._planned(state, planned, ctx)

    def _planned(self, state: State, planned: dict[str, int], ctx: GroupContext, kind: str = "update") -> GroupTurn:
        until = ctx.now + timedelta(minutes=planned[state["step"]])
        end = ctx.now + timedelta(minutes=sum(planned.values()))
        moved = end - datetime.fromisoformat(state["end"]) >= timedelta(minutes=1)
        state = state | {"until": until.isoformat(), "end": end.isoformat(), "moved": moved, "told": []}
        state = state | {"minutes": state["minutes"] | planned}
        return GroupTurn(state, (*self._tell(state, ctx, kind), self._next_wake(state, ctx)), self._shown(state, ctx))

    def _met_enough(self, state: State, ctx: GroupContext) -> GroupTurn:
        state = state | {"phase": "after", "until": "", "end": ""}
        return GroupTurn(state, (*self._tell(state, ctx, "update"), WakeIn(AGREEING)), self._shown(state, ctx))

    def _shown(self, state: State, ctx: GroupContext) -> Form | None:
        return self.pages.steering(state, ctx) if ctx.actor else None

    def _tell(self, state: State, ctx: GroupContext, kind: str) -> tuple[GroupEffect, ...]:
        """The facilitator's private card."""
        return (Tell(ctx.facilitator, self.pages.cockpit_card(state, ctx), kind),) if ctx.facilitator else ()

    def _over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The agreements live on; a conference that comes round again begins to be prepared."""
        kept = self.agreements.kept(state["agreed"], BEACON)
        if state["every"] and state["day"]:
            return self._again(state, kept, ctx)
        form = self.pages.closed(ctx, "over") if ctx.actor else None
        return GroupTurn(state | {"phase": "over", "tasks": {}}, (*kept, Over()), form)

    def _again(self, state: State, kept: tuple[GroupEffect, ...], ctx: GroupContext) -> GroupTurn:
        """The next one, so many weeks after this one was to be; one that lies in the past already is left out."""
        step = timedelta(weeks=state["every"])
        day = date.fromisoformat(state["day"]) + step
        while day <= ctx.today:
            day += step
        numbered = max((int(one["id"]) for one in state["agreed"]), default=state["numbered"])
        anew = {"day": day.isoformat(), "clock": state["clock"], "every": state["every"], "numbered": numbered}
        state = self._new(state["names"], _template(ctx)) | anew
        form = self.pages.prepare(state, ctx) if ctx.actor else None
        return GroupTurn(state, (*kept, self._next_wake(state, ctx)), form)

    def _handed(self, state: State, to: str, ctx: GroupContext) -> GroupTurn:
        if not steers(ctx) or to not in state["names"]:
            return GroupTurn(form=self.pages.steering(state, ctx))
        card = self.pages.cockpit_card(state, ctx)
        return GroupTurn(state, (HandOver(to), Tell(to, card, "prompt")), self.pages.handed(state, to, ctx))

    def _take_over(self, state: State, ctx: GroupContext) -> GroupTurn:
        if not self.pages.may_take_over(state, ctx):
            return GroupTurn(form=self.pages.steering(state, ctx))
        return GroupTurn(state, (HandOver(ctx.actor.id),), self.pages.handed(state, ctx.actor.id, ctx))

    # ---- time --------------------------------------------------------------------------------------------------------

    def _woke(self, state: State, ctx: GroupContext) -> GroupTurn:
        match state["phase"]:
            case "preparing":
                return self._reminded(state, ctx)
            case "meeting":
                return self._time_passed(state, ctx)
            case "after":
                return self._over(state, ctx)
        return GroupTurn()

    def _reminded(self, state: State, ctx: GroupContext) -> GroupTurn:
        due = [(what, tell) for at, what, tell in self._reminders(state, ctx) if at <= ctx.now and what not in state["told"]]
        if not due and self._is_forgotten(state, ctx):
            return GroupTurn(state | {"phase": "dropped"}, (Over(dropped=True),))
        state = state | {"told": [*state["told"], *(what for what, _ in due)]}
        return GroupTurn(state, (*(tell for _, tell in due if tell.member), self._next_wake(state, ctx)))

    def _reminders(self, state: State, ctx: GroupContext) -> Iterator[tuple[datetime, str, Tell]]:
        """(when, what, to whom) of everything one is to be reminded of while it is prepared."""
        for task, given in state["tasks"].items():
            if given["who"] and given["by"] and not given["done"]:
                at = morning_of(date.fromisoformat(given["by"]), ctx.timezone)
                yield at, f"{task}:{given['by']}", Tell(given["who"], self.pages.nudge("nudge_task", ctx), "nudge")
        if not state["day"]:
            return
        day = date.fromisoformat(state["day"])
        eve = morning_of(day - timedelta(days=1), ctx.timezone)
        yield eve, f"eve:{day}", Tell(ctx.facilitator, self.pages.nudge("nudge_tomorrow", ctx), "nudge")
        if state["clock"]:
            at = moment_of(day, state["clock"], ctx.timezone) - SOON
            yield at, f"soon:{at}", Tell(ctx.facilitator, self.pages.nudge("nudge_soon", ctx, "begin"), "nudge")

    def _next_wake(self, state: State, ctx: GroupContext) -> WakeIn:
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

    def _time_passed(self, state: State, ctx: GroupContext) -> GroupTurn:
        """The card says how much is left. A meeting that everybody has walked away from ends by itself."""
        until = datetime.fromisoformat(state["until"])
        if ctx.now >= until + AGREEING or (not after(state["step"]) and ctx.now >= until + 4 * GONE):
            return self._met_enough(state, ctx)
        wake = self._next_wake(state, ctx) if ctx.now < until + GONE else WakeIn(timedelta(hours=1))
        return GroupTurn(state, (*self._tell(state, ctx, "update"), wake))



def _template(ctx: GroupContext) -> dict[str, int]:
    kept = next((note.data["minutes"] for note in ctx.notes if note.kind == "template"), {})
    return {step: kept.get(step, MINUTES[step]) for step in STEPS}
