"""Which questions stand together, which are shown, and how far one has come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import Words
from bot.dialogs.conditions import AnyOf, Not, Test
from bot.dialogs.pages import FIELDS_PER_PAGE, following, live, page_with, pages_of, preceding, progress, shown_page
from bot.dialogs.steps import Step
from tests.furniture import load

LIBRARY = load()


def step(name: str, kind: str = "text", show_if: Any = None, reads: tuple[str, ...] = ()) -> Step:
    return Step(name, kind, Words(name, name), show_if=show_if, reads=reads)


def is_yes(name: str) -> Test:
    return Test(name, "is", "yes")


def ids(pages: Any) -> list[list[str]]:
    return [[one.id for one in page.steps] for page in pages]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (4, [4]), (5, [3, 2]), (6, [3, 3]), (8, [4, 4]), (9, [3, 3, 3]), (10, [4, 4, 2])]
)
def test_questions_are_shared_out_evenly(count: int, sizes: list[int]):
    pages = pages_of(step(f"s{n}") for n in range(count))
    assert [len(page.steps) for page in pages] == sizes


def test_a_page_ends_where_a_later_question_or_a_lookup_depends_on_it():
    steps = [step("a", "yesno"), step("b"), step("c", show_if=is_yes("a")), step("d", reads=("c",)), step("e")]
    assert ids(pages_of(steps)) == [["a", "b"], ["c"], ["d", "e"]]


def test_what_is_only_said_takes_no_room():
    steps = [step("i", "info"), *(step(f"s{n}") for n in range(4)), step("j", "info")]
    assert ids(pages_of(steps)) == [["i", "s0", "s1", "s2", "s3", "j"]]


@pytest.mark.parametrize("flow", LIBRARY.flows.values(), ids=LIBRARY.flows)
def test_no_page_of_any_flow_asks_too_much_or_of_itself(flow: Any):
    for touch in flow.series or (None,):
        for page in pages_of(flow.steps_of(touch)):
            here = {one.id for one in page.steps}
            assert sum(one.is_input for one in page.steps) <= FIELDS_PER_PAGE
            assert not any(one.depends_on & here for one in page.steps)


def test_an_answer_counts_only_where_its_question_is_shown_and_so_does_what_hangs_on_it():
    steps = [step("a", "yesno"), step("b", "yesno", is_yes("a")), step("c", show_if=is_yes("b"))]
    assert live(steps, {"a": "yes", "b": "yes", "c": "x"}) == {"a": "yes", "b": "yes", "c": "x"}
    assert live(steps, {"a": "no", "b": "yes", "c": "x"}) == {"a": "no"}
    assert live([steps[0], step("d", show_if=Not(is_yes("a")))], {"d": "x"}) == {"d": "x"}


def test_pages_with_nothing_on_them_are_passed_by():
    pages = pages_of([step("a", "yesno"), step("b", show_if=is_yes("a")), step("c", show_if=AnyOf((Not(is_yes("b")),)))])
    assert following(pages, "a", {"a": "no"}).id == "c"
    assert preceding(pages, "c", {"a": "no"}).id == "a"
    assert preceding(pages, "a", {}) is None and following(pages, "c", {}) is None
    assert shown_page(pages[1], {"a": "no"}) is None


def test_how_many_pages_there_are_is_how_many_there_may_be():
    pages = pages_of([step("a", "yesno"), step("b", show_if=is_yes("a")), step("c", show_if=is_yes("b"))])
    assert progress(pages, "a", {}) == (1, 3)
    assert progress(pages, "b", {"a": "yes"}) == (2, 3)
    assert progress(pages, "b", {"a": "yes", "b": "no"}) == (2, 3)  # it is being answered: it may still change
    assert progress(pages, "c", {"a": "yes", "b": "yes"}) == (3, 3)


def test_a_page_is_found_by_any_of_its_questions():
    pages = pages_of(step(f"s{n}") for n in range(6))
    assert page_with(pages, "s4") is pages[1]
    assert page_with(pages, "gone") is None


@given(st.sets(st.integers(0, 11)))
def test_going_on_and_going_back_meet_the_same_pages(hidden: set[int]):
    steps = [step("a", "yesno"), *(step(f"s{n}", show_if=is_yes("a") if n in hidden else None) for n in range(12))]
    pages = pages_of(steps)
    for counting in ({"a": "yes"}, {"a": "no"}, {}):
        forth, back = [], []
        page = following(pages, None, counting)
        while page:
            forth.append(page.id)
            number, of = progress(pages, page.id, counting)
            assert number == len(forth) <= of
            last, page = page, following(pages, page.id, counting)
        page = last
        while page:
            back.append(page.id)
            page = preceding(pages, page.id, counting)
        assert back[::-1] == forth
