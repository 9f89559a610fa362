"""What a browser posts, read back into an event."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from bot.channels.web.forms import LONGEST_CHOICE, read_submitted
from bot.events import Sender

SENDER = Sender(channel="web", organisation="o", external="p")


def read(*pairs, **fields):
    return read_submitted(MultiDict([*pairs, *fields.items()]), SENDER, "web:n1")


def value_of(kind, *pairs):
    return read(("field", f"{kind}:s1"), *pairs).values["s1"]


def test_what_a_page_is_about():
    event = read(nonce="n1", run="r1", page="s1", button="role:Karla|k", held='{"seen": ["a"]}')
    assert (event.id, event.run, event.page, event.button, event.held) == ("web:n1", "r1", "s1", "role:Karla|k", {"seen": ["a"]})


def test_each_kind_is_read_as_it_is():
    assert value_of("text", ("v.s1", "Et\r\nto")) == "Et\nto"
    assert value_of("single", ("v.s1", "a")) == "a"
    assert value_of("multi", ("v.s1", "a"), ("v.s1", "b")) == ["a", "b"]
    assert value_of("scale", ("v.s1", "4")) == 4
    assert value_of("yesno", ("v.s1", "no")) == "no"
    assert value_of("time", ("v.s1", "08:30")) == "08:30"


def test_what_is_left_empty():
    assert value_of("text") == ""
    assert value_of("single") is None
    assert value_of("scale") is None
    assert value_of("multi") == []


@pytest.mark.parametrize(
    ("said", "was", "picked", "read_as"),
    [
        ("fredag", "", "", "fredag"),
        ("", "", "2027-03-05", "2027-03-05"),
        ("fredag", "", "2027-03-05", "fredag"),
        ("i går", "i går", "2027-03-05", "2027-03-05"),
        ("i går", "i går", "", "i går"),
        ("", "", "", ""),
    ],
)
def test_a_date_written_and_a_date_picked(said, was, picked, read_as):
    assert value_of("date", ("v.s1", said), ("was.s1", was), ("picked.s1", picked)) == read_as


@pytest.mark.parametrize("held", ["", "null", "[1]", "{", "1", '"x"', "[" * 100_000])
def test_what_does_not_fit_is_held_as_nothing(held):
    assert read(held=held).held == {}


def test_no_more_fields_are_read_than_a_page_may_have():
    assert len(read(*(("field", f"text:s{n}") for n in range(1000))).values) <= 60


@pytest.mark.parametrize("kind", ["single", "yesno", "person", "scale", "date", "time"])
def test_what_is_chosen_or_a_day_is_bounded(kind):
    assert len(str(value_of(kind, ("v.s1", "9" * 100_000), ("picked.s1", "9" * 100_000)))) <= LONGEST_CHOICE


def test_as_many_choices_are_read_as_a_page_may_have():
    chosen = value_of("multi", *(("v.s1", "9" * 1000) for _ in range(1000)))
    assert len(chosen) <= 60 and {len(one) for one in chosen} == {LONGEST_CHOICE}


def test_nothing_is_cut_off_what_was_written():
    assert len(value_of("text", ("v.s1", "å" * 100_000))) == 100_000


@given(st.lists(st.tuples(st.sampled_from(["field", "v.s1", "held", "run", "page", "button", "nonce", "was.s1", "picked.s1"]), st.text(max_size=80))))
def test_anything_at_all_may_be_posted(pairs):
    event = read(*pairs)
    assert event.id.startswith("web:")
    json.dumps([event.values, event.held])
