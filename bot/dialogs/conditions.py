"""Conditions on answers, as data: when a step, a suggestion or the closing is shown.

    {step: s2, other_than: ingen}          at least one choice besides this one
    {step: s2, is: ingen}                  exactly this (on a multi: this one choice and no other)
    {step: s2, includes: [a, b]}           at least one of these
    {step: s3, at_least: 4}, at_most       on a scale
    {any: [...]}, {all: [...]}, {not: ...}

A test of a step that was not shown, or was left blank, is false; `not` is applied after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogs.data import checked_id, data, read_ids
from bot.errors import ContentError

OPERATORS = ("is", "includes", "other_than", "at_least", "at_most")
FITS = {
    "is": ("single", "multi", "person", "yesno", "scale"),
    "includes": ("single", "multi", "person", "yesno"),
    "other_than": ("single", "multi", "person", "yesno"),
    "at_least": ("scale",),
    "at_most": ("scale",),
}


@dataclass(frozen=True)
class Test:
    """One question to one answer. `value`: str or int; for `includes` a tuple of str."""

    __test__ = False  # pytest: this is no test case

    step: str
    operator: str
    value: Any

    @property
    def values(self) -> tuple[Any, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    part: Condition


Condition = Test | All | AnyOf | Not


def holds(condition: Condition | None, answers: Mapping[str, Any]) -> bool:
    """Whether it is true of `answers`, which has only steps that were shown and answered. None is always true."""
    match condition:
        case None:
            return True
        case All(parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers) for part in parts)
        case Not(part):
            return not holds(part, answers)
        case Test():
            return _passes(condition, answers.get(condition.step))


def _passes(test: Test, answer: Any) -> bool:
    chosen = tuple(answer) if isinstance(answer, list | tuple | set | frozenset) else (answer,)
    if not chosen or chosen == (None,) or chosen == ("",):
        return False
    match test.operator:
        case "is":
            return chosen == (test.value,)
        case "includes":
            return any(value in test.value for value in chosen)
        case "other_than":
            return any(value != test.value for value in chosen)
        case "at_least":
            return isinstance(answer, int) and answer >= test.value
        case "at_most":
            return isinstance(answer, int) and answer <= test.value
    raise ValueError(test.operator)


def steps_read(condition: Condition | None) -> frozenset[str]:
    """The ids of the steps whose answers it looks at."""
    return frozenset(test.step for test in each_test(condition))


def each_test(condition: Condition | None) -> Iterator[Test]:
    match condition:
        case Test():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from each_test(part)
        case Not(part):
            yield from each_test(part)


def read_condition(raw: Any, where: str) -> Condition:
    """A condition from data; ContentError where its shape is wrong. Whether its steps exist is checked by the flow."""
    if not isinstance(raw, Mapping):
        raise ContentError(where, f"the condition {raw!r} is not a mapping", "write {step: s2, is: a} or {any: [...]}")
    match [key for key in raw if key in ("all", "any", "not")]:
        case ["not"] if len(raw) == 1:
            return Not(read_condition(raw["not"], where))
        case [word] if len(raw) == 1:
            parts = _read_parts(word, raw[word], where)
            return All(parts) if word == "all" else AnyOf(parts)
        case []:
            return _read_test(raw, where)
    raise ContentError(where, "the condition says several things at once", "put them in one list under all or any")


def _read_parts(word: str, raw: Any, where: str) -> tuple[Condition, ...]:
    if not isinstance(raw, list | tuple) or not raw:
        raise ContentError(where, f"`{word}` has no list of conditions", f"write {{{word}: [{{...}}, {{...}}]}}")
    return tuple(read_condition(part, where) for part in raw)


def _read_test(raw: Mapping[str, Any], where: str) -> Test:
    test = data(raw, f"{where}, condition", needs="step", may=" ".join(OPERATORS))
    step = test.id("step")
    operators = [key for key in raw if key != "step"]
    if len(operators) != 1:
        test.refuse(f"the test of {step} has {len(operators)} operators", f"use one of {', '.join(OPERATORS)}")
    [operator] = operators
    return Test(step, operator, _read_value(operator, raw[operator], test.where))


def _read_value(operator: str, raw: Any, where: str) -> Any:
    if operator == "includes":
        values = read_ids(raw, "`includes`", where)
        if not values:
            raise ContentError(where, "`includes` is empty", "write the choices it looks for")
        return values
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if operator in ("at_least", "at_most"):
        raise ContentError(where, f"`{operator}` is {raw!r}", "write a whole number from 1 to 5")
    return checked_id(raw, f"`{operator}`", where)
