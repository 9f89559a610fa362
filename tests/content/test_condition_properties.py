"""Conditions: what they mean, whatever is put together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.conditions import All, AnyOf, Condition, Not, Test, holds, read_condition, steps_read, each_test
from bot.dialogs.paths import check_paths
from bot.dialogs.steps import read_step
from bot.errors import ContentError

OPTIONS = ("a", "b", "c", "none")
STEPS = ("one", "many", "scale", "yesno")

answer_sets = st.fixed_dictionaries(
    {},
    optional={
        "one": st.sampled_from(OPTIONS),
        "many": st.sampled_from([["a"], ["b"], ["a", "b"], ["b", "c"], ["a", "b", "c"], ["none"]]),
        "scale": st.integers(1, 5),
        "yesno": st.sampled_from(("yes", "no")),
    },
)
choice = st.sampled_from(OPTIONS)
chosen = st.sampled_from(("one", "many"))
tests = st.one_of(
    st.builds(Test, chosen, st.sampled_from(("is", "other_than")), choice),
    st.builds(Test, chosen, st.just("includes"), st.lists(choice, min_size=1, unique=True).map(tuple)),
    st.builds(Test, st.just("scale"), st.sampled_from(("is", "at_least", "at_most")), st.integers(1, 5)),
    st.builds(Test, st.just("yesno"), st.sampled_from(("is", "other_than")), st.sampled_from(("yes", "no"))),
)
parts = lambda inner: st.lists(inner, min_size=1, max_size=3).map(tuple)  # noqa: E731
conditions = st.recursive(
    tests, lambda inner: st.one_of(st.builds(Not, inner), st.builds(All, parts(inner)), st.builds(AnyOf, parts(inner)))
)


def written(condition: Condition) -> dict[str, Any]:
    """The condition as an author writes it."""
    match condition:
        case Test(step, operator, value):
            return {"step": step, operator: list(value) if isinstance(value, tuple) else value}
        case Not(part):
            return {"not": written(part)}
        case All(inner):
            return {"all": [written(part) for part in inner]}
        case AnyOf(inner):
            return {"any": [written(part) for part in inner]}


@given(conditions)
def test_what_is_written_is_read_back(condition: Condition):
    assert read_condition(written(condition), "x") == condition


@given(tests, answer_sets)
def test_a_step_without_an_answer_passes_no_test(test: Test, answers: dict[str, Any]):
    answers.pop(test.step, None)
    assert not holds(test, answers)
    assert holds(Not(test), answers)


@given(conditions, answer_sets)
def test_not_turns_it_round(condition: Condition, answers: dict[str, Any]):
    assert holds(Not(condition), answers) is not holds(condition, answers)


@given(conditions, conditions, answer_sets)
def test_all_and_any_are_each_others_mirror(one: Condition, other: Condition, answers: dict[str, Any]):
    assert holds(Not(All((one, other))), answers) == holds(AnyOf((Not(one), Not(other))), answers)


@given(conditions, answer_sets, st.text(max_size=5))
def test_only_the_steps_it_reads_matter(condition: Condition, answers: dict[str, Any], text: str):
    read = {step: answer for step, answer in answers.items() if step in steps_read(condition)}
    assert holds(condition, {**read, "elsewhere": text}) == holds(condition, answers)


@given(tests.filter(lambda test: test.step == "one"), choice)
def test_a_multi_with_one_choice_is_as_a_single(test: Test, answer: str):
    on_many = Test("many", test.operator, test.value)
    assert holds(test, {"one": answer}) == holds(on_many, {"many": [answer]})


@pytest.mark.parametrize("blank", [None, "", [], ()])
def test_a_blank_answer_is_none(blank: Any):
    assert not holds(Test("one", "other_than", "a"), {"one": blank})
    assert not holds(Test("many", "is", "a"), {"many": blank})


def test_is_on_a_multi_means_exactly_this_one():
    test = Test("many", "is", "a")
    assert holds(test, {"many": ["a"]})
    assert not holds(test, {"many": ["a", "b"]})


TEXT = {"da": "?", "en": "?"}
CHOICES = [{"id": one, "da": one, "en": one} for one in OPTIONS]
FLOW_STEPS = tuple(
    read_step({"text": TEXT, **step}, "x")
    for step in (
        {"id": "one", "kind": "single", "options": CHOICES},
        {"id": "many", "kind": "multi", "options": CHOICES, "exclusive": ["none"], "max": 3},
        {"id": "scale", "kind": "scale", "labels": {1: TEXT, 5: TEXT}},
        {"id": "yesno", "kind": "yesno"},
    )
)


@given(conditions, answer_sets)
def test_what_some_answer_can_show_is_never_refused(condition: Condition, answers: dict[str, Any]):
    if holds(condition, answers):
        check_paths(FLOW_STEPS, [("closing", condition)], "x")


@given(tests)
def test_what_contradicts_itself_is_always_refused(test: Test):
    with pytest.raises(ContentError, match="never be shown"):
        check_paths(FLOW_STEPS, [("closing", All((test, Not(test))))], "x")


def test_a_condition_that_reads_half_the_world_is_refused_and_does_not_hang():
    many = tuple(
        read_step({"id": f"s{n}", "kind": "scale", "text": TEXT, "labels": {1: TEXT, 5: TEXT}}, "x") for n in range(9)
    )
    never = All(tuple(part for step in many for part in (Test(step.id, "is", 1), Test(step.id, "is", 2))))
    with pytest.raises(ContentError, match="reads too many answers"):
        check_paths(many, [("closing", never)], "x")


@given(conditions)
def test_the_tests_in_it_are_those_it_reads(condition: Condition):
    assert {test.step for test in each_test(condition)} == steps_read(condition)
