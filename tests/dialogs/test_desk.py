"""What is said and pressed outside the flows: each command its answer, old buttons a way on, and nothing that breaks it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import spoken
from bot.dialogs.commands import NAMES
from bot.dialogs.desk import Desk
from bot.dialogs.facts import Facts, RhythmFacts, Waiting
from bot.dialogs.later import later_moment
from bot.dialogs.turn import Begin, Erase, Fill, Join, Known, Later, Pause, Say, SetPerson, SetRhythm, Settle, Turn
from bot.events import Chose, Event, Joined, Submitted, Wrote
from tests.furniture import furnished, load

HOUSE = furnished(load())
DESK = Desk(HOUSE)
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)  # nine o'clock on a Wednesday in Copenhagen
ANA = Facts(
    person=Known(id="ana", level="lm"),
    now=NOW,
    today=date(2026, 3, 4),
    notice_version=DESK.arrival.version,
    rhythm=RhythmFacts(2, "08:30", 1),
)
NEW = replace(ANA, person=Known(id="ana", state="new"), notice_version="", welcomed=False, rhythm=None)
DECLINED = replace(NEW, person=Known(id="ana", state="declined"), welcomed=True)
HALF_WAY = replace(ANA, open_run="r1", open_flow="F11")


def asked(state: str = "open", kind: str = "prompt", **values: Any) -> Facts:
    return replace(ANA, waiting=Waiting("o1", kind, "F01", state, **values))


def write(text: str, facts: Facts = ANA) -> Turn:
    return DESK.resume(Wrote(id="e", text=text), facts)


def press(action: str, value: str = "", facts: Facts = ANA) -> Turn:
    return DESK.resume(Chose(id="e", subject="occurrence:o1" if facts.waiting else "", action=action, value=value), facts)


def send(page: str, button: str = "next", facts: Facts = ANA, **values: Any) -> Turn:
    return DESK.resume(Submitted(id="e", run="", page=page, button=button, values=values), facts)


def said(turn: Turn, language: str = "da") -> str:
    cards = [effect.card for effect in turn.effects if isinstance(effect, Say)]
    return "\n".join(words.spoken(language) for card in cards for words in card.text)


def effects(turn: Turn, kind: type) -> list[Any]:
    return [effect for effect in turn.effects if isinstance(effect, kind)]


# ---- words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_an_answer_with_words(name: str):
    turn = DESK._asked(name, ANA)
    assert said(turn) and said(turn, "en")


def test_an_exact_command_wins_over_an_open_page():
    assert said(write("tak", HALF_WAY)) == "Selv tak."
    assert effects(write("i dag gik det godt", HALF_WAY), Fill) == [Fill("r1")]


@pytest.mark.parametrize("text", ["blåmejsen", "😀", "?!?", "x" * 10_000, "\x00\x07", "{0}"])
def test_anything_else_gets_a_way_on(text: str):
    turn = write(text)
    assert [button.action for effect in turn.effects for button in effect.card.buttons] == ["pick", "help"]


@pytest.mark.parametrize("facts", [ANA, HALF_WAY, NEW, DECLINED], ids=["settled", "half-way", "new", "declined"])
def test_a_card_comes_before_everything_and_leaves_no_trace(facts: Facts):
    turn = write("Jeg orker ikke at leve længere", facts)
    assert turn.leaves_no_trace and not turn.effects and turn.card is not None
    assert press("care_seen", facts=facts).card.text[0].spoken("da").startswith("Godt at se dig")


def test_help_has_the_emergency_number_and_every_command_it_promises():
    told = said(write("hjælp"))
    assert "112" in told and "70 201 201" in told
    first = [line for line in told.splitlines() if " · " in line]
    promised = [part.split(" – ")[0] for line in first for part in line.split(" · ")]
    for command in promised:
        assert "Tak, fordi du skriver" not in said(write(command)), command


@pytest.mark.parametrize(
    ("text", "until"),
    [("pause 2 uger", date(2026, 3, 18)), ("pause til 1. maj", date(2026, 5, 1)), ("pause for 3 days", date(2026, 3, 7))],
)
def test_a_pause_as_one_says_it(text: str, until: date):
    assert effects(write(text), Pause) == [Pause(until)]


def test_a_pause_longer_than_a_year_is_no_pause():
    assert not effects(write("pause 3 år"), Pause)


@pytest.mark.parametrize(("text", "language"), [("sprog engelsk", "en"), ("language Danish", "da")])
def test_the_language_is_changed_and_answered_in(text: str, language: str):
    assert effects(write(text), SetPerson) == [SetPerson({"language": language})]


def test_a_code_joins_two_places():
    assert effects(write("link 7K3-9QX", NEW), Join) == [Join("7K3-9QX")]


# ---- before the notice has been read ---------------------------------------------------------------------


def test_one_welcome_and_no_more():
    assert effects(DESK.resume(Joined(id="e"), NEW), SetPerson) == [SetPerson({"welcomed_at": NOW})]
    assert DESK.resume(Joined(id="e"), replace(NEW, welcomed=True)) == Turn()


@pytest.mark.parametrize("facts", [NEW, DECLINED, replace(ANA, notice_version="2020-01")], ids=["new", "declined", "changed"])
def test_nothing_begins_before_the_notice_has_been_read(facts: Facts):
    waiting = replace(facts, waiting=Waiting("o1", "prompt", "F01", "open"))
    pressed = (press("begin", "F01", facts), press("begin", facts=waiting))
    for turn in (write("start", facts), *pressed, send("start", facts=facts, flow="F01")):
        assert not effects(turn, Begin)
        ways = [button.action for effect in effects(turn, Say) for button in effect.card.buttons]
        assert turn.form.page == "arrival" if turn.form else "arrive" in ways


@pytest.mark.parametrize("facts", [NEW, DECLINED], ids=["new", "declined"])
def test_what_is_open_to_all_is_open(facts: Facts):
    assert press("arrive", facts=facts).form.page == "arrival"
    assert effects(press("decline", facts=facts), SetPerson) == [SetPerson({"state": "declined"})]
    assert press("erase", facts=facts).form.page == "erase"
    for text in ("hjælp", "hvem kan se", "slet mine data", "hent mine data"):
        assert said(write(text, facts)) != said(write("noget andet", facts))


# ---- prompts ---------------------------------------------------------------------------------------------


def test_begin_on_a_prompt_begins_what_it_offered():
    assert effects(press("begin", facts=asked()), Begin) == [Begin("F01", occurrence="o1")]
    assert effects(press("begin", facts=asked("dropped")), Begin)  # last week's card still opens what it offered
    assert press("begin", facts=asked("done")).form.closed


@pytest.mark.parametrize("flow", ["F17", "F99", ""])
def test_nothing_begins_that_cannot(flow: str):
    assert not effects(press("begin", flow), Begin)
    assert not effects(send("start", flow=flow), Begin)


@pytest.mark.parametrize("hour", [6, 12])
def test_later_offers_the_afternoon_only_before_it(hour: int):
    turn = press("later", facts=replace(asked(), now=NOW.replace(hour=hour + 1)))
    values = [button.value for effect in turn.effects for button in effect.card.buttons]
    assert values == ["hour", *(["afternoon"] if hour == 6 else []), "tomorrow", "week"]


@pytest.mark.parametrize(
    ("choice", "at"),
    [
        ("hour", NOW + timedelta(hours=1)),
        ("afternoon", datetime(2026, 3, 4, 13, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 5, 8, tzinfo=UTC)),
        ("week", datetime(2026, 3, 11, 8, tzinfo=UTC)),
    ],
)
def test_later_says_when_in_full(choice: str, at: datetime):
    turn = press("later_to", choice, asked())
    assert effects(turn, Later) == [Later("o1", at)]
    assert "marts 2026 kl. " in said(turn)


def test_tomorrow_is_nine_o_clock_on_the_other_side_of_summer_time():
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert later_moment("tomorrow", before, "Europe/Copenhagen") == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize("state", ["begun", "done", "dropped"])
def test_what_has_been_taken_is_not_put_off(state: str):
    assert not effects(press("later", facts=asked(state)), Later)
    assert not effects(press("later_to", "hour", asked(state)), Later)


@pytest.mark.parametrize(("every", "offered"), [(1, ["2"]), (2, ["4"]), (4, ["8"]), (8, [])])
def test_less_often_is_half_as_often(every: int, offered: list[str]):
    turn = press("less", facts=replace(asked(), rhythm=RhythmFacts(2, "08:30", every)))
    assert [b.value for e in turn.effects for b in e.card.buttons if b.action == "less_every"] == offered


def test_without_a_rhythm_less_often_is_not_offered():
    turn = press("less", facts=replace(asked(), rhythm=None))
    assert "less_every" not in [b.action for e in turn.effects for b in e.card.buttons]


def test_the_question_less_often_is_settled_by_any_of_its_answers():
    less = asked(kind="less")
    for turn in (press("less_every", "2", less), press("less_keep", facts=less), press("pause_days", "14", less)):
        assert effects(turn, Settle) == [Settle("o1")]
    assert effects(press("less_every", "2", less), SetRhythm) == [SetRhythm(2, "08:30", 2)]


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("less_every", "99"),
        ("less_every", "x"),
        ("pause_days", "0"),
        ("pause_days", "²"),
        ("later_to", "never"),
        ("gone", ""),
        ("language", "fr"),
    ],
)
def test_a_button_that_makes_no_sense_any_more_shows_a_way_on(action: str, value: str):
    turn = press(action, value)
    assert not effects(turn, SetRhythm) and not effects(turn, Pause) and not effects(turn, Later)
    assert said(turn)


# ---- deleting --------------------------------------------------------------------------------------------


def test_deleting_shows_what_goes_and_asks_once():
    form = press("erase", facts=replace(ANA, counts={"entries": 3, "actions": 0, "drafts": 1})).form
    shown = "\n".join(words.spoken("da") for words in form.lead)
    assert "i logbogen: 3" in shown and "kladder: 1" in shown and "aftaler" not in shown
    assert len(form.lead) == 4 and "administrator" not in shown
    assert effects(send("erase", "erase"), Erase) == [Erase()]
    assert not send("erase", "keep").effects and not send("erase", "").effects


def test_the_only_administrator_reads_first_what_would_be_missing():
    form = press("erase", facts=replace(ANA, counts={"only_administrator": 1})).form
    assert "eneste administrator" in form.lead[0].da and "pejling person role give" in form.lead[0].en
    assert [button.action for button in form.buttons] == ["erase", "keep"]


# ---- anything at all -------------------------------------------------------------------------------------

ACTIONS = ["begin", "later", "later_to", "less", "less_every", "less_keep", "less_time", "pause_days", "language", "erase", "pick", "arrive", "decline", *NAMES]  # fmt: skip
SHORT = st.text(max_size=12) | st.sampled_from(["1", "2", "14", "99999999999999999999", "hour", "week", "da", "F11", "F17"])
EVENTS = st.one_of(
    st.builds(Wrote, id=st.just("e"), text=st.text(max_size=80)),
    st.builds(Chose, id=st.just("e"), subject=st.just(""), action=st.sampled_from(ACTIONS) | st.text(max_size=8), value=SHORT),
    st.builds(
        Submitted,
        id=st.just("e"),
        run=st.just(""),
        page=st.sampled_from(["arrival", "settings", "start", "erase", ""]) | st.text(max_size=6),
        button=st.sampled_from(["next", "accept", "decline", "save", "keep", ""]),
        values=st.dictionaries(
            st.text(max_size=6) | st.just("flow"), st.none() | st.integers() | SHORT | st.lists(SHORT, max_size=2), max_size=3
        ),
    ),
)


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.sampled_from([ANA, NEW, DECLINED, HALF_WAY, asked(), asked("done"), asked(kind="less")]))
def test_nothing_that_is_sent_breaks_it(event: Event, facts: Facts):
    turn = DESK.resume(event, facts)
    assert turn.state is None and not effects(turn, Erase)
    for language in ("da", "en"):
        for shown in (turn.form, turn.card, *(effect.card for effect in effects(turn, Say))):
            json.dumps(spoken(shown, language))
