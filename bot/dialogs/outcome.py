"""What comes of a flow in the end: the entry, and what becomes of the agreed action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from bot.dialogs.answers import Say, shown_answer
from bot.dialogs.closing import ASK, ASK_DAYS, BY, CONSENT, EVALUATOR, NONE, OPEN, SEES, WHAT, WHO
from bot.dialogs.flow import Flow
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import AddAction, Answered, ChangeAction, CloseAction, Context, Effect, SaveEntry


def answered(steps: Sequence[Step], counting: Mapping[str, Any], say: Say) -> tuple[Answered, ...]:
    """Every question that was answered, as it was worded."""
    return tuple(_answered(step, counting[step.id], say) for step in steps if step.is_input and step.id in counting)


def _answered(step: Step, value: Any, say: Say) -> Answered:
    shown = shown_answer(step, value, say)
    question = {"da": step.text.spoken("da"), "en": step.text.spoken("en")}
    return Answered(step.id, step.kind, question, value, {"da": shown.spoken("da"), "en": shown.spoken("en")})


def was_interrupted(steps: Sequence[Step], counting: Mapping[str, Any], has_closing: bool) -> bool:
    """Nothing was answered, or only a choice that led to a route card and out (F03, note 1 of flows-draft)."""
    given = [step for step in steps if step.is_input and step.id in counting]
    if WHAT in counting or OPEN in counting:
        return False
    return not given or not has_closing and all(_leads_to_a_card(step, counting[step.id]) for step in given)


def _leads_to_a_card(step: Step, value: Any) -> bool:
    option = _option(step, value)
    return option is not None and bool(option.route)


def _option(step: Step, value: Any) -> Option | None:
    return step.option(value) if isinstance(value, str) else None


def entry(flow: Flow, visibility: str, given: tuple[Answered, ...]) -> Iterator[Effect]:
    if given:
        yield SaveEntry(flow.id, flow.release, beacon_of(flow, {one.step: one.answer for one in given}), visibility, given)


def beacon_of(flow: Flow, given: Mapping[str, Any]) -> str:
    """The beacon something is about: the flow's, or the one that was chosen where the flow asks which."""
    asks = next((step.id for step in flow.steps if step.lookup == "active_beacons"), "")
    return str(given.get(asks) or flow.beacon)


def action(flow: Flow, steps: Sequence[Step], counting: Mapping[str, Any], ctx: Context) -> Iterator[Effect]:
    """A new action, the one this flow is about made anew or closed, and the open one that was asked about."""
    if ctx.open_agreement and counting.get(OPEN) in ("done", "let_go"):
        yield CloseAction(ctx.open_agreement.id, counting[OPEN])
    if flow.about_action and ctx.agreement:
        yield from _followed_up(steps, counting, ctx)
    elif counting.get(WHAT):
        yield AddAction(flow=flow.id, beacon=beacon_of(flow, counting), **_agreed(counting))


def _followed_up(steps: Sequence[Step], counting: Mapping[str, Any], ctx: Context) -> Iterator[Effect]:
    """The agreement is made anew, or closed as what was said to have become of it."""
    if counting.get(WHAT):
        yield ChangeAction(id=ctx.agreement.id, **_agreed(counting))
        return
    chosen = [_option(step, counting[step.id]) for step in steps if step.id in counting]
    outcomes = [option.outcome for option in chosen if option and option.outcome]
    if any(option and option.closes for option in chosen):
        yield CloseAction(ctx.agreement.id, outcomes[-1] if outcomes else "done")


def _agreed(counting: Mapping[str, Any]) -> dict[str, Any]:
    by = counting.get(BY)
    sees = counting.get(SEES, "private")
    return {
        "what": counting[WHAT],
        "who": counting.get(WHO, "mig"),
        "by": date.fromisoformat(by) if by else None,
        "evaluator": counting.get(EVALUATOR, "mig"),
        "ask_in": ASK_DAYS.get(counting.get(ASK, NONE)),
        "visibility": sees if counting.get(CONSENT) != "no" else "private",
    }


