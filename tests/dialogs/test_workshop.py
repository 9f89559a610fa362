"""The three closing questions: first alone, then together; nobody's own words outlive it, the group's do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.group.turn import Agree, Tell
from bot.dialogs.workshop.questions import LONGEST_ALONE, Workshop
from tests.dialogs.group_driver import Driver, words


@pytest.fixture(scope="module")
def begin(house):
    def begin(**values):
        driver = Driver(Workshop(house), **values)
        driver.begin("carla")
        return driver

    return begin


@pytest.fixture
def workshop(begin):
    return begin()


def write(driver, who, text, question="q1"):
    return driver.send(who, f"alone_{question}", "save", text=text)


def together(driver, who, text):
    return driver.send(who, driver.press(who, "read").page, "save", shared=text)


def test_nobody_sees_anything_before_it_is_shown(workshop):
    before = workshop.told()
    write(workshop, "ana", "Vi aftaler faste tider")
    assert workshop.told() == before
    assert "faste tider" not in words(workshop.press("bo", "read")) + words(workshop.press("carla", "steer"))
    assert workshop.press("ana", "write").fields[0].value == "Vi aftaler faste tider"
    workshop.send("ana", "steer", "show")
    assert workshop.state["phase"] == "alone"
    workshop.send("carla", "steer", "show")
    assert "faste tider" in words(workshop.press("bo", "read")) and "faste tider" not in workshop.told()


def test_writing_sets_no_alarm_and_says_nothing(workshop):
    before = len(workshop.did)
    write(workshop, "ana", "Noget")
    assert len(workshop.did) == before


def test_what_was_written_stands_in_no_order_of_who_or_when(begin):
    texts = ["Den ene", "Den anden", "Den tredje", "Den fjerde"]
    seen = set()
    for order in (texts, texts[::-1]):
        driver = begin()
        for who, text in zip("abcd", order, strict=True):
            write(driver, who, text)
        driver.send("carla", "steer", "show")
        seen.add(tuple(line.spoken("da") for line in driver.press("a", "read").lead))
    assert len(seen) == 1


def test_two_who_write_the_shared_answer_at_once_lose_nothing(workshop):
    workshop.send("carla", "steer", "show")
    ana, bo = workshop.press("ana", "read"), workshop.press("bo", "read")
    workshop.send("ana", ana.page, "save", shared="Faste tider")
    form = workshop.send("bo", bo.page, "save", shared="En tovholder")
    assert form.fields[0].value == "Faste tider\nEn tovholder" and workshop.state["shared"]["q1"] == "Faste tider"
    workshop.send("bo", form.page, "save", shared=form.fields[0].value)
    assert workshop.state["shared"]["q1"] == "Faste tider\nEn tovholder"


def test_an_empty_page_from_before_takes_away_nothing(workshop):
    workshop.send("carla", "steer", "show")
    bo = workshop.press("bo", "read")
    together(workshop, "ana", "Faste tider")
    form = workshop.send("bo", bo.page, "save", shared="")
    assert form.fields[0].value == "Faste tider" and workshop.state["shared"]["q1"] == "Faste tider"
    workshop.send("bo", form.page, "save", shared="")
    assert workshop.state["shared"]["q1"] == ""


def test_too_late_alone_is_said_and_kept_out(workshop):
    workshop.send("carla", "steer", "show")
    late = words(write(workshop, "ana", "For sent"))
    assert "For sent" not in str(workshop.state)
    assert 'Du havde skrevet: "For sent"' in late and "I læser sammen nu" in late and "Jeres fælles svar" in late


def test_too_long_and_names_are_answered_on_the_page(workshop):
    assert write(workshop, "ana", "x" * (LONGEST_ALONE + 1)).fields[0].error
    assert write(workshop, "ana", "Karla skal med").fields[0].hints
    write(workshop, "ana", "Ring 010136-4000")
    assert "4000" not in str(workshop.state)


@pytest.fixture
def through(workshop):
    for question in ("q1", "q2", "q3"):
        write(workshop, "ana", f"Mit svar på {question}", question)
        workshop.send("carla", "steer", "show")
        together(workshop, "ana", f"Vores svar på {question}")
        workshop.send("carla", "steer", "onward")
    return workshop


def test_it_ends_in_agreements_and_a_document_of_the_groups_own(through):
    through.send("ana", "agree", "save", what="Vi mødes hver mandag", who="ana", by="om to uger")
    assert "én aftale" in through.told() and "mandag" not in through.told()
    paper = through.send("carla", "steer", "end")
    assert "Vores svar på q1" in words(paper) and "Vi mødes hver mandag – Ana" in words(paper) and "Mit svar" not in str(through.state)
    assert [(button.does, button.value) for button in paper.buttons] == [("page", "papers/r1/word"), ("page", "papers/r1/pdf")]
    assert [one.member for one in through.did if isinstance(one, Agree)] == ["ana"]
    assert "Vores svar på q1" in words(through.press("bo", "document")) and "Vores svar" not in through.told()
    through.guests.add("gast")
    assert not through.press("gast", "document").buttons
    through.pass_(timedelta(days=31))
    assert through.is_over and "svar på" not in str(through.state)


def test_one_step_back_loses_nothing(through):
    through.send("carla", "steer", "back")
    assert "Vores svar på q3" in words(through.press("bo", "read"))
    through.send("carla", "steer", "onward")
    assert through.state["phase"] == "agreeing"


def test_another_runs_it_only_where_nobody_does_or_after_a_pause(workshop):
    workshop.send("ana", "steer", "take_over")
    assert workshop.facilitator == "carla"
    workshop.pass_(timedelta(minutes=14))
    workshop.press("carla", "steer")
    workshop.pass_(timedelta(minutes=14))
    assert "take_over" not in [one.action for one in workshop.press("ana", "steer").buttons]
    workshop.pass_(timedelta(minutes=1))
    assert "Ana fører herfra" in words(workshop.send("ana", "steer", "take_over")) and workshop.facilitator == "ana"
    workshop.facilitator = ""
    workshop.send("bo", "steer", "take_over")
    assert workshop.facilitator == "bo"


def test_the_role_is_handed_over_to_somebody_who_is_there(workshop):
    assert "ikke andre med endnu" in words(workshop.send("carla", "steer", "hand"))
    workshop.press("ana", "write")
    assert workshop.send("ana", "steer", "hand").page == "steer" and workshop.facilitator == "carla"
    page = workshop.send("carla", "steer", "hand")
    workshop.send("carla", page.page, "save", who="ana")
    told = next(one for one in workshop.did if isinstance(one, Tell))
    assert workshop.facilitator == told.member == "ana" and told.card.buttons[0].action == "steer"
    workshop.send("carla", "steer", "show")
    assert workshop.state["phase"] == "alone"


def test_what_deletes_everything_asks_first(workshop):
    asked = {one.action: one.confirm for one in workshop.press("carla", "steer").buttons}
    assert "bliver slettet" in asked["drop"].da and not asked["show"]


def test_it_is_forgotten_where_nobody_goes_on(workshop):
    write(workshop, "ana", "Noget")
    workshop.pass_(timedelta(days=6))
    workshop.send("carla", "steer", "show")
    workshop.pass_(timedelta(days=6))
    assert not workshop.is_over
    workshop.pass_(timedelta(days=2))
    assert workshop.is_over and "Noget" not in str(workshop.state)


def test_both_languages(workshop):
    assert "Question 1 of 3: What do we take with us" in workshop.told("en")


MOVES = st.tuples(
    st.sampled_from(["carla", "ana", "bo"]),
    st.sampled_from(["alone_q1", "alone_q2", "together_q1_00", "together_q3_00", "agree", "hand", "steer", "", "own"]),
    st.sampled_from("save show onward back end drop hand take_over write read remove:1 nonsense".split()),
    st.dictionaries(st.sampled_from(["text", "shared", "what", "who"]), st.sampled_from(["ana", "Hemmelig", "æ" * 400])),
)


@given(moves=st.lists(MOVES, max_size=30))
def test_whatever_is_sent_it_answers_and_the_post_holds_no_words(begin, moves):
    driver = begin()
    for who, page, button, values in moves:
        if driver.is_over:
            break
        assert driver.send(who, page, button, **values) is not None
        assert "Hemmelig" not in driver.told() and "æææ" not in driver.told()
        assert driver.dialog.load(driver.state) == driver.dialog.load(driver.state | {"alone": {}, "shared": {}})
    driver.pass_(timedelta(days=70))
    assert driver.is_over
