"""The first meeting and the settings: who has to read what, what is chosen, and what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.arrival import Arrival
from bot.dialogs.facts import Facts, RhythmFacts
from bot.dialogs.turn import Known, SetPerson, SetRhythm, Turn
from bot.events import Submitted
from tests.furniture import furnished, load

ARRIVAL = Arrival(furnished(load()))
NEW = Facts(
    person=Known(id="ana", state="new"),
    now=datetime(2026, 3, 2, 7, tzinfo=UTC),
    today=date(2026, 3, 2),
    centres=(("c1", "Center Nord"), ("c2", "Center Syd")),
)
SETTLED = replace(NEW, person=Known(id="ana", level="lm", centre="c1"), notice_version=ARRIVAL.version)


def send(facts: Facts = NEW, page: str = "arrival", button: str = "accept", **values: Any) -> Turn:
    return ARRIVAL.submitted(Submitted(id="e", run="", page=page, button=button, values=values), facts)


def effects(turn: Turn, kind: type) -> list[Any]:
    return [effect for effect in turn.effects if isinstance(effect, kind)]


@pytest.mark.parametrize(
    ("state", "version", "is_over"),
    [("new", "", False), ("active", ARRIVAL.version, True), ("active", "2020-01", False), ("declined", ARRIVAL.version, False)],
)
def test_who_has_to_read_the_notice(state: str, version: str, is_over: bool):
    facts = replace(NEW, person=Known(id="ana", state=state), notice_version=version)
    assert ARRIVAL.is_over(facts) is is_over


@pytest.mark.parametrize(
    ("state", "actions"),
    [("new", ["arrive", "who", "decline"]), ("active", ["arrive", "who"]), ("declined", ["arrive", "who"])],
)
def test_the_card_says_where_one_stands(state: str, actions: list[str]):
    card = ARRIVAL.card(replace(NEW, person=Known(id="ana", state=state)))
    assert [button.action for button in card.buttons] == actions


def test_the_page_has_the_whole_notice_and_defaults_that_fit_most():
    form = ARRIVAL.form(NEW)
    notice = "\n".join(words.spoken("da") for words in form.lead)
    assert all(said in notice for said in ("112", "Datatilsynet", "12 måneder", "frivilligt", "retssag", "din kommune"))
    assert {f.id: f.value for f in form.fields} == {
        "language": "da", "level": None, "centre": "none", "weekday": "1", "time": "09:00", "every": "1",
    }  # fmt: skip


def test_accepting_keeps_the_version_that_was_read():
    turn = send(level="ll", centre="c2", weekday="2", time="8.30", every="2", language="en")
    assert effects(turn, SetPerson) == [
        SetPerson({"language": "en", "level": "ll", "centre": "c2", "state": "active", "notice_version": ARRIVAL.version})
    ]
    assert effects(turn, SetRhythm) == [SetRhythm(2, "08:30", 2)]
    assert "Wednesday at 08:30, every other week" in turn.form.lead[0].spoken("en")


def test_on_no_rhythm():
    turn = send(weekday="none", time="09:00")
    assert effects(turn, SetRhythm) == [SetRhythm(None, "09:00", 1)]
    assert "skriver ikke af mig selv" in turn.form.lead[0].spoken("da")


@pytest.mark.parametrize(
    ("typed", "time"),
    [("8", "08:00"), ("8.30", "08:30"), ("08:30", "08:30"), ("0830", "08:30"), ("kl. 13", "13:00"), ("", "09:00"), (" 23:59 ", "23:59")],
)
def test_a_time_as_one_writes_it(typed: str, time: str):
    assert effects(send(weekday="0", time=typed), SetRhythm) == [SetRhythm(0, time, 1)]


@pytest.mark.parametrize("typed", ["efter frokost", "25:00", "8:75", "-1"])
def test_a_time_nobody_can_read_is_asked_for_again_and_the_rest_stands(typed: str):
    turn = send(weekday="3", level="ll", time=typed)
    assert not turn.effects
    shown = {field.id: (field.value, field.error is not None) for field in turn.form.fields}
    assert shown["time"] == (typed, True) and shown["weekday"] == ("3", False) and shown["level"] == ("ll", False)


@pytest.mark.parametrize(("key", "value"), [("centre", "closed"), ("level", "king"), ("weekday", "6"), ("every", "0"), ("language", "fr")])
def test_a_choice_that_is_no_longer_there_is_asked_for_again(key: str, value: str):
    turn = send(**{key: value})
    assert not turn.effects
    assert [field.id for field in turn.form.fields if field.error] == [key]


def test_declining_takes_the_rhythm_away():
    turn = send(SETTLED, button="decline")
    assert effects(turn, SetPerson) == [SetPerson({"state": "declined"})]
    assert effects(turn, SetRhythm) == [SetRhythm(None)]
    assert turn.form.closed


def test_settings_show_what_is_chosen_and_say_what_they_became():
    known = replace(SETTLED, rhythm=RhythmFacts(4, "07:00", 4))
    shown = {field.id: field.value for field in ARRIVAL.settings(known).fields}
    assert (shown["weekday"], shown["time"], shown["every"], shown["centre"]) == ("4", "07:00", "4", "c1")
    turn = send(known, page="settings", button="save", **shown)
    assert turn.form.lead[0].spoken("da") == "Det er gemt. Du hører fra mig fredag kl. 07.00, hver fjerde uge."
    assert "notice_version" not in effects(turn, SetPerson)[0].values


def test_where_there_are_no_centres_none_is_asked_about():
    assert "centre" not in [field.id for field in ARRIVAL.form(replace(NEW, centres=())).fields]


@given(
    st.sampled_from(["arrival", "settings"]),
    st.text(max_size=8),
    st.dictionaries(
        st.sampled_from(["language", "level", "centre", "weekday", "time", "every"]),
        st.none() | st.text(max_size=10) | st.integers() | st.lists(st.text(max_size=3), max_size=2),
    ),
)
def test_anything_may_be_sent(page: str, button: str, values: dict[str, Any]):
    turn = send(NEW, page, button, **values)
    assert turn.form is not None
    assert turn.form.closed or any(field.error for field in turn.form.fields)
