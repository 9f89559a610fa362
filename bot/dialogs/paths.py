"""The ways through a flow: whether each step, suggestion and closing can be shown at all.

Conditions are checked by trying every way of answering that they can tell apart; there are few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any

from bot.dialogs.conditions import FITS, Condition, Test, holds, steps_read, each_test
from bot.dialogs.steps import SCALE, Step
from bot.errors import ContentError

MAX_CASES = 20_000  # a condition that needs more is one nobody understands either


def check_paths(steps: Sequence[Step], endings: Sequence[tuple[str, Condition | None]], where: str) -> None:
    """Refuse steps that can never be shown, and conditions (`endings`: name, condition) that can never be true."""
    for number, step in enumerate(steps):
        _check_step(step, steps[:number], where)
    for name, condition in endings:
        _check_tests(condition, {step.id: step for step in steps}, f"{where}, {name}")
        _check_reachable(condition, steps, f"{where}, {name}")


def _check_step(step: Step, earlier: Sequence[Step], where: str) -> None:
    where = f"{where}, step {step.id}"
    known = {one.id: one for one in earlier}
    _check_tests(step.show_if, known, where)
    for source in step.reads:
        if source not in known or not known[source].is_input:
            reason = f"its lookup reads {source!r}, which is no question before it"
            raise ContentError(where, reason, "name an earlier step")
    _check_reachable(step.show_if, earlier, where)
    if step.reads:
        _check_lookup(step, earlier, where)


def _check_lookup(step: Step, earlier: Sequence[Step], where: str) -> None:
    for case in _cases(_needed(step.depends_on, earlier), _tests_of([*earlier, step]), where):
        missing = [source for source in step.reads if source not in case]
        if missing and holds(step.show_if, case):
            reason = f"its lookup reads {missing[0]}, which can be blank when this is shown"
            raise ContentError(where, reason, f"make {missing[0]} required, or test it in show_if")


def _check_tests(condition: Condition | None, known: Mapping[str, Step], where: str) -> None:
    for test in each_test(condition):
        step = known.get(test.step)
        if step is None:
            reason = f"the condition reads {test.step!r}, which is no step before it"
            raise ContentError(where, reason, "name an earlier step")
        _check_test(test, step, where)


def _check_test(test: Test, step: Step, where: str) -> None:
    if step.kind not in FITS[test.operator]:
        fits = [operator for operator, kinds in FITS.items() if step.kind in kinds]
        mend = f"use {', '.join(fits)}" if fits else "read a step with choices instead"
        raise ContentError(where, f"`{test.operator}` does not fit {step.id}, which is a {step.kind}", mend)
    if step.makes_options:
        reason = f"the condition reads {step.id}, whose options are made when it is shown"
        raise ContentError(where, reason, "read a step with its own options")
    known = values_of(step)
    for value in test.values:
        if value not in known or isinstance(value, bool):
            mend = f"use one of {', '.join(map(str, known))}"
            raise ContentError(where, f"the condition looks for {value!r}, which {step.id} does not have", mend)


def values_of(step: Step) -> tuple[Any, ...]:
    """What can be chosen in a step that has choices."""
    match step.kind:
        case "yesno":
            return ("yes", "no")
        case "scale":
            return SCALE
        case _:
            return tuple(option.id for option in step.options)


def _check_reachable(condition: Condition | None, steps: Sequence[Step], where: str) -> None:
    if condition is None:
        return
    needed = _needed(steps_read(condition), steps)
    tests = [*_tests_of(steps), *each_test(condition)]
    if not any(holds(condition, case) for case in _cases(needed, tests, where)):
        raise ContentError(where, "it can never be shown, its condition can never hold", "mend or remove show_if")


def _needed(step_ids: frozenset[str], steps: Sequence[Step]) -> list[Step]:
    """These steps and all that decide whether they are shown, in order."""
    wanted = set(step_ids)
    needed = []
    for step in reversed(steps):
        if step.id in wanted:
            needed.append(step)
            wanted |= steps_read(step.show_if)
    return needed[::-1]


def _tests_of(steps: Sequence[Step]) -> list[Test]:
    return [test for step in steps for test in each_test(step.show_if)]


def _cases(steps: Sequence[Step], tests: Sequence[Test], where: str) -> Iterator[dict[str, Any]]:
    """Every way of answering these steps that the tests can tell apart."""
    for number, case in enumerate(_answered(tuple(steps), tests, {})):
        if number == MAX_CASES:
            raise ContentError(where, "its condition reads too many answers to be checked", "let it read fewer steps")
        yield case


def _answered(steps: tuple[Step, ...], tests: Sequence[Test], case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not steps:
        yield case
        return
    step, *rest = steps
    if not holds(step.show_if, case):
        yield from _answered(tuple(rest), tests, case)
        return
    for answer in _answers(step, tests):
        yield from _answered(tuple(rest), tests, {**case, step.id: answer})
    if not step.required:
        yield from _answered(tuple(rest), tests, case)


def _answers(step: Step, tests: Sequence[Test]) -> Iterator[Any]:
    """One answer of each sort that the tests can tell apart."""
    if not (known := values_of(step)):
        yield "…"
        return
    named = tuple(dict.fromkeys(v for test in tests if test.step == step.id for v in test.values))
    others = [value for value in known if value not in named]
    if step.kind == "multi":
        yield from _choices(step, named, others)
    elif step.kind == "scale":
        yield from known
    else:
        yield from (*named, *others[:1])


def _choices(step: Step, named: tuple[Any, ...], others: list[Any]) -> Iterator[list[Any]]:
    shared = [value for value in others if value not in step.exclusive]
    alone = [value for value in others if value in step.exclusive]
    sets = chain.from_iterable(combinations(named, size) for size in range(len(named) + 1))
    for chosen in sets:
        for extra in ((), tuple(shared[:1])) if shared else ((),):
            answer = [*chosen, *extra]
            if answer and _may_choose(step, answer):
                yield answer
    if alone and not shared:
        yield alone[:1]


def _may_choose(step: Step, chosen: list[Any]) -> bool:
    if step.max is not None and len(chosen) > step.max:
        return False
    return len(chosen) == 1 or not set(chosen) & set(step.exclusive)
