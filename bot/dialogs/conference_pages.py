"""What a resident conference shows: the post with agenda and time, and the private pages behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.cards import Button, Card, Form, Words, plain
from bot.dialogs.conference_plan import (
    EVERY,
    LEAST,
    MOST,
    STEPS,
    clock_of,
    minutes_until,
    read_minutes,
)
from bot.dialogs.dates import words_of_date
from bot.dialogs.group_agreements import AGREE, LONGEST_WHO, NOT_HERE, GroupAgreements
from bot.dialogs.group_members import steers
from bot.dialogs.group_turn import GROUP, GroupContext, Note
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages
from bot.dialogs.steps import Option, Step
from bot.dialogs.time_of_day import read_clock
from bot.dialogs.turn import State

NAME = "conference"
TASKS = ("p1", "p2", "p3", "p4", "p5", "p6")
REFLECTION = "conference_reflection"
"""What the facilitator's own reflection is called in their logbook."""
GONE = timedelta(minutes=15)
"""How long after the end of a step a facilitator who does nothing counts as gone."""
AGREEMENT = "agreement"
"""The kind of the notes that the core keeps of agreements."""
STANDS = {"done": "done", "partly": "partly", "let_go": "not"}
"""How an action stands now, as an answer to the follow-up."""
ASKED = ("prepare", "plan", "times", "hand", "last", "reflect", AGREE)
"""The pages with questions; those of tasks are called "task_p1" and so on."""


class ConferencePages:
    def __init__(self, house: House):
        self.house, self.pages, self.agreements = house, PrivatePages(house), GroupAgreements(house)

    def say(self, key: str, **values: Any) -> Words:
        return self.house.say(f"conference.{key}", **values)

    def run(self, ctx: GroupContext) -> str:
        return f"{GROUP}{ctx.run}"

    def closed(self, ctx: GroupContext, key: str, *more: Words, buttons: tuple[Button, ...] = ()) -> Form:
        return self.pages.closed(self.run(ctx), self.say("title"), self.say(key), *more, buttons=buttons)

    # ---- the post ----------------------------------------------------------------------------------------------------

    def post(self, state: State, ctx: GroupContext) -> Card:
        """Agenda, step and time, and nothing else."""
        offered = {
            "preparing": ("prepare", "calendar", "boards", "steer"),
            "meeting": ("agree", "agreements", "steer"),
            "after": ("agree", "agreements", "steer"),
        }.get(state["phase"], ())
        return Card(
            text=self._told(state, ctx),
            buttons=tuple(self._button(one, ctx) for one in offered),
            title=self.say("title"),
            subject=self.run(ctx),
            notice=self.say("title"),
        )

    def _told(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        match state["phase"]:
            case "preparing":
                agenda = (self._line(n, one, state["minutes"]) for n, one in enumerate(STEPS))
                return (self.when(state), *agenda, self.say("frame"))
            case "meeting":
                agenda = (self._line_now(n, one, state, ctx) for n, one in enumerate(STEPS))
                return (*agenda, self.say("ends_at", time=_clock(state["end"], ctx)))
            case "after":
                return (self.say("after"), *((self.agreements.counted(state["agreed"]),) if state["agreed"] else ()))
        return (self.say("dropped" if state["phase"] == "dropped" else "over"),)

    def when(self, state: State) -> Words:
        if not state["day"]:
            return self.say("no_date")
        day, minutes = words_of_date(date.fromisoformat(state["day"])), sum(state["minutes"].values())
        clock = state["clock"]
        if not clock:
            return self.say("when_day", date=day, minutes=minutes)
        return self.say("when", date=day, time=Words(clock.replace(":", "."), clock), minutes=minutes)

    def _line(self, number: int, step: str, minutes: Mapping[str, int]) -> Words:
        return self.say("agenda_line", number=number, step=self.say(step), minutes=minutes[step])

    def _line_now(self, number: int, step: str, state: State, ctx: GroupContext) -> Words:
        if step == state["step"]:
            return self.say("agenda_now", number=number, step=self.say(step), until=_clock(state["until"], ctx))
        if STEPS.index(step) < STEPS.index(state["step"]):
            return self.say("agenda_done", number=number, step=self.say(step))
        return self._line(number, step, state["minutes"])

    def _button(self, action: str, ctx: GroupContext) -> Button:
        match action:
            case "boards":
                return Button("boards", self.say("boards"), "boards", does="page")
            case "agree" | "agreements":
                return Button(action, self.house.say(f"group.{action}"), does="form")
        return Button(action, self.say(action), does="form", style="primary" if action == "prepare" else "")

    # ---- pages by name -----------------------------------------------------------------------------------------------

    def takes(self, page: str) -> bool:
        """Whether a page of this name asks something."""
        return page in ASKED or page.partition("_")[0] == "task"

    def called(self, name: str, state: State, ctx: GroupContext) -> Form:
        """The page that a button opens; where there is none just now, how things stand."""
        if name == "calendar":
            return self._calendar(state, ctx)
        page = self.asked(name, state, ctx)
        if page is not None:
            return self.pages.form(page, self.run(ctx))
        if name == "last":
            return self.closed(ctx, "last_none")
        if name == "hand":
            return self.closed(ctx, "hand_nobody")
        if name == "reflect":
            return self.closed(ctx, "reflect_guest")
        return self.steering(state, ctx)

    def asked(self, name: str, state: State, ctx: GroupContext) -> Private | None:
        """The page with questions called so, where it can be asked now."""
        drawn = {
            "prepare": self._prepare,
            "plan": self._plan,
            "times": self._times,
            "hand": self._hand,
            "last": self._last,
            "reflect": self._reflect,
            AGREE: lambda state, ctx: self.agreements.page(state["names"]),
        }
        kind, _, task = name.partition("_")
        if kind == "task" and task in TASKS and state["phase"] == "preparing":
            return self._task(task, state)
        return drawn[name](state, ctx) if name in drawn else None

    # ---- preparing ---------------------------------------------------------------------------------------------------

    def prepare(self, state: State, ctx: GroupContext, *notes: Words) -> Form:
        page = self._prepare(state, ctx)
        if page is None:
            return self.steering(state, ctx)
        return self.pages.form(Private(page.name, page.title, page.steps, page.buttons, page.lead, notes), self.run(ctx))

    def _prepare(self, state: State, ctx: GroupContext) -> Private | None:
        if state["phase"] != "preparing":
            return None
        why = self.house.concepts["conference_choice"].items.get(state["why"])
        lines = tuple(Option(task, self._task_line(n, task, state)) for n, task in enumerate(TASKS, 1))
        lead = (self.when(state), *((why.text,) if why and why.text else ()), self.say("prepare_lead"))
        buttons = (
            Button("change", self.say("task_change"), style="primary"),
            Button("plan", self.say("plan")),
            Button("times", self.say("times")),
            *((Button("begin", self.say("begin")),) if steers(ctx) else ()),
            *((Button("call_off", self.say("call_off")),) if steers(ctx) else ()),
        )
        pick = Step("task", "single", self.say("task_pick"), options=lines, required=True)
        return Private("prepare", self.say("prepare_title"), (pick,), buttons, lead)

    def _task_line(self, number: int, task: str, state: State) -> Words:
        given = state["tasks"].get(task)
        if given and given["done"]:
            return self.say("task_done", number=number, task=self.say(task))
        if not given or not given["named"]:
            return self.say("task_open", number=number, task=self.say(task))
        nobody = self.house.say("group.agree_nobody_here")
        who = plain(state["names"][given["who"]]) if given["who"] in state["names"] else nobody
        by = words_of_date(date.fromisoformat(given["by"])) if given["by"] else self.house.say("group.agreement_no_date")
        return self.say("task_named", number=number, task=self.say(task), who=who, by=by)

    def _task(self, task: str, state: State) -> Private:
        given = state["tasks"].get(task, {})
        known = sorted(state["names"].items(), key=lambda one: one[1].casefold())[:LONGEST_WHO]
        who = (*(Option(id, plain(name)) for id, name in known), Option(NOT_HERE, self.house.say("group.agree_nobody_here")))
        steps = (
            Step("who", "single", self.say("task_who"), options=who),
            Step("by", "date", self.say("task_by"), help=self.house.say("group.agree_by_help")),
            Step("done", "yesno", self.say("task_is_done")),
        )
        stands = (given["who"] or NOT_HERE) if given.get("named") else None
        values = {"who": stands, "by": given.get("by"), "done": "yes" if given.get("done") else "no"}
        return Private(f"task_{task}", self.say(task), steps, self._save(), values=values)

    def _plan(self, state: State, ctx: GroupContext) -> Private | None:
        if state["phase"] != "preparing":
            return None
        why = tuple(Option(one.id, one.name) for one in self.house.concepts["conference_choice"].items.values())
        every = tuple(Option(str(n), self.say(f"every_{n}")) for n in EVERY)
        steps = (
            Step("why", "single", self.say("plan_why"), options=why),
            Step("day", "date", self.say("plan_date"), help=self.house.say("group.agree_by_help")),
            Step("clock", "text", self.say("plan_time"), help=self.say("plan_time_help"), short=True),
            Step("every", "single", self.say("plan_every"), options=every),
        )
        values = {
            "why": state["why"] or None,
            "day": state["day"] or None,
            "clock": state["clock"],
            "every": str(state["every"]),
        }
        return Private("plan", self.say("plan"), steps, self._save(), values=values, check=self._check_plan)

    def _check_plan(self, values: Mapping[str, Any]) -> dict[str, Words]:
        said = values.get("clock")
        if said and not read_clock(said):
            return {"clock": self.say("time_unclear")}
        return {"clock": self.say("time_missing")} if values.get("day") and not said else {}

    def clock(self, values: Mapping[str, Any]) -> str:
        return read_clock(values.get("clock") or "")

    def _times(self, state: State, ctx: GroupContext) -> Private | None:
        steps = tuple(Step(step, "text", self.say(step), short=True, required=True) for step in STEPS)
        values = {step: str(state["minutes"][step]) for step in STEPS}
        lead = (self.say("times_lead"),)
        return Private("times", self.say("times"), steps, self._save(), lead, values=values, check=self._check_times)

    def _check_times(self, values: Mapping[str, Any]) -> dict[str, Words]:
        unclear = self.say("minutes_unclear", least=LEAST, most=MOST)
        return {step: unclear for step in STEPS if values.get(step) and read_minutes(values[step]) is None}

    def _calendar(self, state: State, ctx: GroupContext) -> Form:
        if not state["day"] or not state["clock"]:
            return self.closed(ctx, "calendar_needs_day")
        get = Button("calendar", self.say("calendar"), f"papers/{ctx.run}/calendar", does="page")
        return self.pages.closed(self.run(ctx), self.say("title"), self.when(state), buttons=(get,))

    def nudge(self, key: str, ctx: GroupContext, action: str = "prepare") -> Card:
        """A reminder that says neither which task nor anything else that somebody wrote."""
        label = self.say("begin" if action == "begin" else "show")
        show = Button(action if action == "begin" else "prepare", label, does="form", style="primary")
        return Card((self.say(key),), (show,), self.say("title"), self.run(ctx), self.say("title"))

    # ---- leading -----------------------------------------------------------------------------------------------------

    def steering(self, state: State, ctx: GroupContext) -> Form:
        """The facilitator's own page: the step, the minutes, what to say; for others, who leads."""
        if not steers(ctx):
            return self._not_theirs(state, ctx)
        match state["phase"]:
            case "preparing":
                return self.prepare(state, ctx)
            case "meeting":
                return self._form("steer_title", self._cockpit(state, ctx), self._controls(state), ctx)
            case "after":
                return self._form("steer_title", (self.say("after"),), ("agree", "reflect", "close"), ctx)
        return self.closed(ctx, "dropped" if state["phase"] == "dropped" else "over")

    def _form(self, title: str, lead: tuple[Words, ...], buttons: tuple[str, ...], ctx: GroupContext) -> Form:
        drawn = tuple(
            Button(one, self.house.say("group.agree") if one == "agree" else self.say(one), style="" if n else "primary")
            for n, one in enumerate(buttons)
        )
        return Form(self.run(ctx), "steer", self.say(title), lead=lead, buttons=drawn)

    def _controls(self, state: State) -> tuple[str, ...]:
        is_first, is_last = state["step"] == STEPS[0], state["step"] == STEPS[-1]
        return (
            "finish" if is_last else "next_step",
            "longer",
            "shorter",
            *(("last",) if is_first else ("previous_step",)),
            *(("agree",) if is_last else ()),
            "hand",
            *(() if is_last else ("finish",)),
        )

    def _cockpit(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        step, until = state["step"], datetime.fromisoformat(state["until"])
        left, end = minutes_until(until, ctx.now), _clock(state["end"], ctx)
        number = STEPS.index(step)
        if left:
            time = self.say("cockpit_time", left=left, until=_clock(state["until"], ctx), end=end)
        else:
            time = self.say("cockpit_time_up", end=end)
        return (
            self.say("cockpit_step", number=number, of=len(STEPS) - 1, step=self.say(step)),
            time,
            *((self.say("cockpit_moved"),) if state["moved"] else ()),
            self.say("cockpit_say", sentence=self.say(f"{step}_say")),
            self.say(f"{step}_moves"),
        )

    def cockpit_card(self, state: State, ctx: GroupContext) -> Card:
        """The same as a card in the facilitator's own chat; it holds nothing that anybody said."""
        lead = self._cockpit(state, ctx) if state["phase"] == "meeting" else (self.when(state),)
        if state["phase"] == "after":
            lead = (self.say("after"),)
        onward = (Button("next_step", self.say("next_step"), does="form"),) if state["phase"] == "meeting" else ()
        controls = Button("steer", self.say("open_cockpit"), does="form", style="primary")
        return Card(lead, (controls, *onward), self.say("steer_title"), self.run(ctx), self.say("title"))

    def _not_theirs(self, state: State, ctx: GroupContext) -> Form:
        name = state["names"].get(ctx.facilitator, "")
        told = self.say("not_yours", name=name) if name else self.say("nobody_leads")
        buttons = (Button("take_over", self.say("take_over")),) if self.may_take_over(state, ctx) else ()
        return Form(self.run(ctx), "steer", self.say("title"), lead=(told,), buttons=buttons, closed=not buttons)

    def may_take_over(self, state: State, ctx: GroupContext) -> bool:
        """Where nobody leads, or whoever does has let a step run far over its time."""
        if steers(ctx) or state["phase"] in ("over", "dropped"):
            return False
        is_late = bool(state["until"]) and ctx.now >= datetime.fromisoformat(state["until"]) + GONE
        return not ctx.facilitator or is_late

    def _hand(self, state: State, ctx: GroupContext) -> Private | None:
        others = [(id, name) for id, name in state["names"].items() if id != ctx.facilitator]
        if not others or not steers(ctx):
            return None
        options = tuple(Option(id, plain(name)) for id, name in sorted(others, key=lambda one: one[1])[:LONGEST_WHO])
        who = Step("who", "single", self.say("hand_who"), options=options, required=True)
        return Private("hand", self.say("hand"), (who,), self._save())

    def handed(self, state: State, to: str, ctx: GroupContext) -> Form:
        controls = Button("steer", self.say("open_cockpit"))
        buttons = (controls,) if ctx.actor and ctx.actor.id == to else ()
        told = self.say("handed", name=state["names"].get(to, ""))
        return self.pages.closed(self.run(ctx), self.say("title"), told, buttons=buttons)

    # ---- last time and afterwards ------------------------------------------------------------------------------------

    def last(self, ctx: GroupContext) -> tuple[Note, ...]:
        """The agreements of the last conference here."""
        ours = [note for note in ctx.notes if note.kind == AGREEMENT and note.dialog == NAME]
        run = ours[0].data["id"].partition(":")[0] if ours else ""
        newest = max((note.at for note in ours), default=None)
        return tuple(note for note in reversed(ours) if note.data["id"].startswith(f"{run}:") and note.at == newest)

    def followed(self, ctx: GroupContext) -> Note | None:
        """What was said of them already, at this conference."""
        last = {note.data["id"] for note in self.last(ctx)}
        return next((note for note in ctx.notes if note.kind == "followed" and last & note.data["became"].keys()), None)

    def _last(self, state: State, ctx: GroupContext) -> Private | None:
        """What became of last time's agreements: a short answer to each."""
        last = self.last(ctx)
        if not last or not steers(ctx):
            return None
        answers = tuple(Option(one, self.say(f"last_{one}")) for one in ("done", "partly", "not"))
        followed = self.followed(ctx)
        said = followed.data["became"] if followed else {}
        lines = {f"a{n}": one.data for n, one in enumerate(last)}
        steps = tuple(Step(id, "single", self.agreements.line(one, one["name"]), options=answers) for id, one in lines.items())
        values = {id: said.get(one["id"]) or STANDS.get(ctx.states.get(one["id"], "")) for id, one in lines.items()}
        return Private("last", self.say("last"), steps, self._save(), (self.say("last_lead"),), values=values)

    def agreed(self, state: State, ctx: GroupContext) -> Form:
        may_remove = steers(ctx) and state["phase"] in ("meeting", "after")
        return self.agreements.shown(state["agreed"], state["names"], self.run(ctx), may_remove=may_remove)

    def _reflect(self, state: State, ctx: GroupContext) -> Private | None:
        if not steers(ctx) or ctx.actor.is_guest or state["phase"] not in ("after", "meeting"):
            return None
        lead = (self.say("reflect_lead"),)
        return Private("reflect", self.say("reflect"), self.reflection_steps(), self._save(), lead)

    def reflection_steps(self) -> tuple[Step, ...]:
        return tuple(Step(one, "text", self.say(f"reflect_{one}")) for one in ("noticed", "next"))

    def _save(self) -> tuple[Button, ...]:
        return (Button("save", self.say("save"), style="primary"),)


def _clock(moment: str, ctx: GroupContext) -> Words:
    clock = clock_of(datetime.fromisoformat(moment), ctx.timezone)
    return Words(clock.replace(":", "."), clock)
