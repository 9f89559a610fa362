"""Flows: reflections for one person, written as data and checked when they are read.

`read_flow` takes data, not files: an author's YAML, and what people make themselves, come in by the same door.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.cards import Words
from bot.dialogs.conditions import Condition, read_condition
from bot.dialogs.data import Data, data, named, refuse_doubles
from bot.dialogs.paths import check_paths
from bot.dialogs.steps import MAX_OPTION, ROUTES, Option, Step, read_step

__all__ = ["Closing", "Common", "Flow", "Option", "Step", "Suggestion", "read_common", "read_flow"]

LEVELS = ("dir", "chef", "ll", "lm")
VISIBILITIES = ("private", "my_leader", "leader_group", "inherit")
NO_BEACON = ("any", "choose")  # a flow for every beacon; a flow that asks which

MAX_TITLE = 100  # one line on a card; Slack: a header holds 150
GONE = ""  # `moved: {s3: ""}`: the step was taken out, its answers stay with old entries only


@dataclass(frozen=True)
class Suggestion:
    id: str
    text: Words
    show_if: Condition | None = None


@dataclass(frozen=True)
class Closing:
    """How a flow ends: what leads to the agreed action. `evaluator_default`: an option of `Common.evaluator`, or
    "inherit" (as in the action the flow is about). Not asked at all where `show_if` does not hold."""

    frame: Words
    suggestions: tuple[Suggestion, ...]
    evaluator_default: str
    followup_days: int
    show_if: Condition | None = None
    at_touch: int | None = None


@dataclass(frozen=True)
class Flow:
    """A reflection.

    `beacon`: a beacon's id, or "any" / "choose". `visibility` "inherit": nothing of its own is shared, only
    the action it is about, where the person shares that.
    `hands_over`: its text may be handed over to the department, by somebody in the group it was written in.
    `is_offered`: it can be begun from a list; else it only comes by itself, or is kept for what was written in it before.
    `series`: days after the start on which a part of it (`steps_of`) has its turn. `about_action`: only begun about
    an agreed action. `release`: a short hash of everything it says; an entry keeps it.
    """

    id: str
    title: Words
    beacon: str
    theme: str
    source: str
    levels: tuple[str, ...]
    minutes: int
    visibility: str
    visibility_locked: bool
    safety_listen: tuple[str, ...]
    purpose: Words
    steps: tuple[Step, ...]
    closing: Closing
    series: tuple[int, ...] = ()
    template_slot: str = ""
    moved: dict[str, str] = field(default_factory=dict)
    approved: bool = False
    about_action: bool = False
    hands_over: bool = False
    is_offered: bool = True
    release: str = ""

    @cached_property
    def _by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    def step(self, step_id: str) -> Step | None:
        """The step of that id, or the one it has become (`moved`); None where it was taken out."""
        return self._by_id.get(self.moved.get(step_id, step_id))

    def steps_of(self, touch: int | None) -> tuple[Step, ...]:
        """The steps of one day of a series; every step of a flow without one."""
        return tuple(step for step in self.steps if not self.series or step.touch == touch)

    def carried(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Answers given to an earlier release, under the ids of this one. What was taken out is left out."""
        carried: dict[str, Any] = {}
        for step_id, answer in answers.items():
            step = self.step(step_id)
            if step is not None and step.is_input:
                carried[step.id] = self._carried_answer(step_id, step, answer)
        return carried

    def _carried_answer(self, old_id: str, step: Step, answer: Any) -> Any:
        if not step.options:
            return answer
        chosen = [answer] if isinstance(answer, str) else list(answer or ())
        kept = [new for one in chosen if step.option(new := self.moved.get(f"{old_id}.{one}", one))]
        return kept if step.kind == "multi" else next(iter(kept), None)


@dataclass(frozen=True)
class Common:
    """What every flow says at its beginning and asks at its end."""

    opening: Words
    opening_shared: Words
    agreement: Step
    who: Step
    by: Step
    evaluator: Step
    ask_again: Step
    visible_to: Step
    thanks: Words
    no_action: Words


def read_flow(raw: Any, where: str) -> Flow:
    """A flow from data. ContentError with file, step, reason and mend in one line where anything is wrong."""
    flow = data(
        raw,
        where,
        needs="id title beacon theme source levels minutes visibility purpose steps closing",
        may="visibility_locked safety_listen series template_slot moved approved about_action hands_over",
    )
    steps = _read_steps(flow)
    closing = _read_closing(flow)
    series = _read_series(flow, steps, closing)
    endings = [("closing", closing.show_if), *((f"suggestion {s.id}", s.show_if) for s in closing.suggestions)]
    check_paths(steps, endings, where)
    return Flow(
        id=flow.id(),
        title=flow.words("title", MAX_TITLE),
        beacon=flow.id("beacon"),
        theme=flow.id("theme"),
        source=flow.text("source"),
        levels=_read_levels(flow),
        minutes=flow.number("minutes", 1, 30),
        visibility=flow.one_of("visibility", VISIBILITIES),
        visibility_locked=_read_lock(flow),
        safety_listen=flow.some_of("safety_listen", ROUTES),
        purpose=flow.words("purpose"),
        steps=steps,
        closing=closing,
        series=series,
        template_slot=flow.id("template_slot") if flow.has("template_slot") else "",
        moved=_read_moved(flow, steps),
        approved=flow.flag("approved"),
        about_action=_read_about_action(flow, steps),
        hands_over=_read_hands_over(flow),
        release=_release(flow),
    )


def _read_steps(flow: Data) -> tuple[Step, ...]:
    steps = tuple(read_step(one, flow.where) for one in flow.each("steps"))
    if not any(step.is_input for step in steps):
        flow.refuse("it asks nothing", "give it at least one step that is not info", "asks_nothing")
    refuse_doubles((step.id for step in steps), "the step", flow.where)
    return steps


def _read_levels(flow: Data) -> tuple[str, ...]:
    levels = flow.some_of("levels", LEVELS)
    return levels or flow.refuse("`levels` is empty", f"name some of {', '.join(LEVELS)}")


def _read_lock(flow: Data) -> bool:
    if flow.flag("visibility_locked") and flow.text("visibility") != "private":
        flow.refuse("it is locked but not private", "write visibility: private, or take visibility_locked out")
    return flow.flag("visibility_locked")


def _read_about_action(flow: Data, steps: tuple[Step, ...]) -> bool:
    about = flow.flag("about_action")
    asks = next((step.id for step in steps if step.lookup == "agreement"), None)
    if asks and not about:
        flow.refuse(f"step {asks} looks up the agreement", "write about_action: true")
    if flow.text("visibility") == "inherit" and not about:
        flow.refuse("it inherits its visibility, but from what?", "write about_action: true, or another visibility")
    return about


def _read_hands_over(flow: Data) -> bool:
    if flow.flag("hands_over") and flow.text("visibility") != "leader_group":
        flow.refuse("it hands over what no group has written", "write visibility: leader_group, or take hands_over out")
    return flow.flag("hands_over")


def _read_closing(flow: Data) -> Closing:
    closing = flow.inside("closing", "frame evaluator followup_days", "suggestions show_if at_touch")
    suggestions = tuple(_read_suggestion(one, closing.where) for one in closing.each("suggestions"))
    refuse_doubles((one.id for one in suggestions), "the suggestion", closing.where)
    return Closing(
        frame=closing.words("frame"),
        suggestions=suggestions,
        evaluator_default=closing.id("evaluator"),
        followup_days=closing.number("followup_days", 1, 365),
        show_if=read_condition(closing.raw["show_if"], closing.where) if closing.has("show_if") else None,
        at_touch=closing.maybe_number("at_touch", 0, 365),
    )


def _read_suggestion(raw: Any, where: str) -> Suggestion:
    one = data(raw, named(raw, where, "suggestion"), "id da en", "show_if")
    show_if = read_condition(raw["show_if"], one.where) if one.has("show_if") else None
    return Suggestion(one.id(), one.own_words(MAX_OPTION), show_if)


def _read_series(flow: Data, steps: tuple[Step, ...], closing: Closing) -> tuple[int, ...]:
    days = flow.each("series")
    if not days:
        return _refuse_touches(flow, steps, closing)
    if any(type(day) is not int for day in days) or days[0] != 0 or list(days) != sorted(set(days)):
        flow.refuse(f"`series` is {list(days)}", "write rising days that begin with 0: [0, 3, 10, 30]")
    for step in steps:
        if step.touch not in days:
            flow.refuse(f"step {step.id} has no day of the series", f"give it a touch of {', '.join(map(str, days))}")
    touches = [step.touch for step in steps]
    if touches != sorted(touches) or set(touches) != set(days):
        flow.refuse("the steps do not follow the days of the series", "order them by touch, at least one for each day")
    if closing.at_touch not in days:
        flow.refuse("the closing has no day of the series", "write at_touch in the closing")
    return days


def _refuse_touches(flow: Data, steps: tuple[Step, ...], closing: Closing) -> tuple[int, ...]:
    for step in steps:
        if step.touch is not None:
            flow.refuse(f"step {step.id} has a touch, but there is no series", "write series, or take touch out")
    if closing.at_touch is not None:
        flow.refuse("the closing has at_touch, but there is no series", "write series, or take at_touch out")
    return ()


def _read_moved(flow: Data, steps: tuple[Step, ...]) -> dict[str, str]:
    """`old: new` for steps, `old.option: new` for options; "" where it was taken out."""
    moved = flow.raw.get("moved", {})
    by_id = {step.id: step for step in steps}
    if not isinstance(moved, Mapping):
        flow.refuse("`moved` is not a mapping", "write moved: {old: new}")
    for old, new in moved.items():
        if not isinstance(old, str) or not isinstance(new, str):
            flow.refuse(f"`moved` has {old!r}: {new!r}", "put quotes around ids")
        _check_move(flow, old, new, by_id, moved)
    return dict(moved)


def _check_move(flow: Data, old: str, new: str, by_id: Mapping[str, Step], moved: Mapping[str, str]) -> None:
    step_id, _, option_id = old.partition(".")
    step = by_id.get(moved.get(step_id, step_id))
    if step_id in by_id and not option_id:
        flow.refuse(f"`moved` moves {old!r}, which is still a step", "take one of the two out")
    if not option_id and new != GONE and new not in by_id:
        flow.refuse(f"`moved` leads to {new!r}, which is not a step", 'name a step, or "" where it was taken out')
    if option_id and new != GONE and (step is None or step.option(new) is None):
        flow.refuse(f"`moved` leads {old!r} to {new!r}, which is not an option", 'name an option, or ""')


def _release(flow: Data) -> str:
    canonical = json.dumps(flow.raw, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def read_common(raw: Any, where: str) -> Common:
    """The common opening and closing from data."""
    texts = ("opening", "opening_shared", "thanks", "no_action")
    steps = ("agreement", "who", "by", "evaluator", "ask_again", "visible_to")
    common = data(raw, where, needs=" ".join((*texts, *steps)))
    said = {key: common.words(key) for key in texts}
    return Common(**said, **{key: read_step(common.raw[key], f"{where}, {key}") for key in steps})
