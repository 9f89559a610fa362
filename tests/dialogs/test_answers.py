"""What was put into a field, read and checked: never an exception, always a value or a kind word."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import Words
from bot.dialogs.answers import LONG_TEXT, SHORT_TEXT, read_value, shown_answer
from bot.dialogs.steps import INPUTS, Option, Step
from tests.furniture import load

SAY = load().say
TODAY = date(2026, 3, 2)
OPTIONS = tuple(Option(one, Words(one.upper(), f"{one.upper()} in English")) for one in ("a", "b", "c", "none"))


def step(kind: str, **values: Any) -> Step:
    options = OPTIONS if kind in ("single", "multi", "person") else ()
    return Step("s", kind, Words("Spørgsmål", "Question"), options=options, **values)


def read(asked: Step, raw: Any) -> Any:
    """The value, or the Danish words about why not."""
    found = read_value(asked, raw, TODAY, SAY)
    return found.value if found.error is None else found.error.spoken("da")


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("text", "  Ro \n", "Ro"),
        ("text", "   ", None),
        ("text", "Ro\x07 og\u200b trygt 😀", "Ro og trygt 😀"),
        ("single", "a", "a"),
        ("single", ["b"], "b"),
        ("single", "", None),
        ("person", "c", "c"),
        ("multi", ["c", "a"], ["a", "c"]),
        ("multi", "a", ["a"]),
        ("multi", [], None),
        ("scale", "3", 3),
        ("scale", 5, 5),
        ("yesno", "yes", "yes"),
        ("date", "fredag", "2026-03-06"),
        ("date", "2026-03-02", "2026-03-02"),
        ("date", "", None),
    ],
)
def test_what_is_kept(kind: str, raw: Any, kept: Any):
    assert read(step(kind), raw) == kept


@pytest.mark.parametrize(
    ("asked", "raw", "word"),
    [
        (step("text"), "x" * (LONG_TEXT + 1), f"{LONG_TEXT + 1} tegn"),
        (step("text", short=True), "x" * (SHORT_TEXT + 1), f"plads til {SHORT_TEXT}"),
        (step("single"), "z", "findes ikke længere"),
        (step("multi"), ["a", "z"], "findes ikke længere"),
        (step("multi", max=2), ["a", "b", "c"], "højst 2"),
        (step("multi", exclusive=("none",)), ["a", "none"], "NONE"),
        (step("scale"), "6", "findes ikke længere"),
        (step("yesno"), "måske", "findes ikke længere"),
        (step("date"), "engang", "kan jeg ikke læse"),
        (step("date"), "i går", "søndag den 1. marts 2026"),
        (step("date"), "2036-01-01", "langt til"),
        (step("text", required=True), "  ", "Vælg et svar"),
        (step("single", required=True), None, "Vælg et svar"),
    ],
)
def test_what_cannot_be_taken_is_answered_kindly(asked: Step, raw: Any, word: str):
    assert word in read(asked, raw)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(INPUTS), st.booleans(), ANYTHING)
def test_anything_may_be_sent(kind: str, required: bool, raw: Any):
    found = read_value(step(kind, required=required), raw, TODAY, SAY)
    assert found.value is None or found.error is None
    if found.value is not None:
        assert shown_answer(step(kind), found.value, SAY).spoken("en")


@pytest.mark.parametrize(
    ("asked", "value", "shown"),
    [
        (step("single"), "a", "A in English"),
        (step("single"), "taken_out_since", "taken_out_since"),
        (step("multi"), ["a", "c"], "A in English; C in English"),
        (step("yesno"), "no", "No"),
        (step("scale", labels={5: Words("Meget", "A lot")}), 5, "5 of 5 – A lot"),
        (step("scale", labels={5: Words("Meget", "A lot")}), 4, "4 of 5"),
        (step("date"), "2026-03-06", "Friday 6 March 2026"),
        (step("text"), "Ro {her}", "Ro {her}"),
    ],
)
def test_an_answer_as_it_is_read(asked: Step, value: Any, shown: str):
    assert shown_answer(asked, value, SAY).spoken("en") == shown
