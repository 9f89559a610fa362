"""The resident conference: prepared, led by the clock, ended in agreements, and never a word of the citizen in the channel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.conference.meeting import Conference
from bot.dialogs.conference.plan import LEAST, MINUTES, STEPS, shared_out
from bot.dialogs.group.turn import Agree, KeepForMember, KeepNote, Note, Over, Tell
from bot.dialogs.time_of_day import read_clock
from tests.dialogs.group_driver import MORNING, Driver, words

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def begin(house):
    def begin(**values):
        driver = Driver(Conference(house), **values)
        driver.begin("carla")
        return driver

    return begin


@pytest.fixture
def meeting(begin):
    driver = begin()
    for who in ("ana", "bo"):
        driver.press(who, "prepare")
    driver.send("carla", "prepare", "begin")
    return driver


def test_who_does_what_by_when(begin):
    driver = begin()
    driver.press("bo", "prepare")
    assert driver.send("carla", "prepare", "change", task="p2").page == "task_p2"
    page = driver.send("carla", "task_p2", "save", who="bo", by="fredag", done="no")
    assert any("Bo, fredag den 6. marts" in choice.text.spoken("da") for choice in page.fields[0].choices)
    page = driver.send("bo", "task_p2", "save", who="bo", by="", done="yes")
    assert any("fortæller i fem minutter – klar" in choice.text.spoken("da") for choice in page.fields[0].choices)


def test_a_day_needs_a_time_and_the_reason_is_a_category(begin):
    driver = begin()
    assert driver.send("carla", "plan", "save", day="12. marts").fields[2].error
    assert driver.send("carla", "plan", "save", day="12. marts", clock="halv to").fields[2].error
    assert driver.send("carla", "plan", "save", day="1. marts 2025", clock="13").fields[1].error
    page = driver.send("carla", "plan", "save", why="new", day="12. marts", clock="13.30")
    assert "torsdag den 12. marts 2026 kl. 13.30, 75 minutter" in words(page)
    assert "12. marts" in driver.told() and "Vedkommende er ny" not in driver.told()


def test_a_guest_is_told_the_day_and_sent_to_no_page_that_is_not_theirs(begin):
    driver = begin()
    driver.send("carla", "plan", "save", why="new", day="12. marts", clock="13.30")
    assert [one.does for one in driver.press("bo", "calendar").buttons] == ["page"]
    driver.guests.add("bo")
    page = driver.press("bo", "calendar")
    assert not page.buttons and "torsdag den 12. marts 2026 kl. 13.30" in words(page)


def test_reminders_reach_those_they_are_for_and_name_nothing(begin):
    driver = begin()
    driver.press("bo", "prepare")
    driver.send("carla", "task_p4", "save", who="bo", by="4. marts")
    driver.send("carla", "plan", "save", day="12. marts", clock="13.30")
    driver.pass_(timedelta(days=12))
    told = [(one.member, one.card.text[0].da) for one in driver.did if isinstance(one, Tell)]
    assert [who for who, _ in told] == ["bo", "carla", "carla"]
    assert "kvarter" in told[2][1] and not any("Invitér" in text for _, text in told)


def test_what_is_said_of_soon_and_tomorrow_is_not_said_later(begin):
    driver = begin()
    driver.send("carla", "plan", "save", day="om to uger", clock="13.30")
    driver.pass_(timedelta(days=15))
    lasts = [one.lasts for one in driver.did if isinstance(one, Tell)]
    assert lasts == [timedelta(hours=14), 15 * MINUTE]


def test_a_task_that_is_done_is_not_reminded_of(begin):
    driver = begin()
    driver.send("carla", "task_p5", "save", who="carla", by="4. marts", done="yes")
    driver.pass_(timedelta(days=5))
    assert not [one for one in driver.did if isinstance(one, Tell)]


def test_the_channel_sees_agenda_step_and_time(meeting):
    assert "▸ 0. Opsamling – til kl. 09.05" in meeting.told() and "Vi slutter kl. 10.15" in meeting.told()
    meeting.send("carla", "steer", "next_step")
    told = meeting.told()
    assert "0. Opsamling – færdig" in told and "▸ 1. To fortællinger" in told and "gjorde" not in told


def test_the_facilitator_sees_what_to_say_and_how_long_is_left(meeting):
    meeting.pass_(2 * MINUTE)
    page = words(meeting.press("carla", "steer"))
    assert "3 min. tilbage" in page and "sidste gangs aftaler" in page
    meeting.send("carla", "steer", "next_step")
    assert "Hvad gjorde, hvor stod" in words(meeting.press("carla", "steer"))
    assert "fører konferencen" in words(meeting.press("ana", "steer"))


def test_the_card_in_private_follows_the_clock(meeting):
    cards = [one for one in meeting.did if isinstance(one, Tell)]
    assert (cards[0].member, cards[0].kind) == ("carla", "prompt")
    meeting.pass_(6 * MINUTE)
    texts = [one.card.text[1].spoken("da") for one in meeting.did if isinstance(one, Tell)][1:]
    assert "2 min. tilbage" in texts[0] and "Tiden er gået" in texts[1]


def test_more_time_is_taken_from_what_comes_and_the_end_stands(meeting):
    meeting.send("carla", "steer", "longer")
    assert "til kl. 09.10" in meeting.told() and "Vi slutter kl. 10.15" in meeting.told()
    meeting.send("carla", "steer", "shorter")
    assert "til kl. 09.05" in meeting.told() and "Vi slutter kl. 10.15" in meeting.told()


def test_a_step_that_runs_over_shortens_the_rest(meeting):
    meeting.pass_(15 * MINUTE)
    meeting.send("carla", "steer", "next_step")
    assert "Vi slutter kl. 10.15" in meeting.told()


def test_where_there_is_no_time_left_the_end_moves_and_says_so(meeting):
    meeting.pass_(90 * MINUTE)
    page = words(meeting.send("carla", "steer", "next_step"))
    assert "senere end planlagt" in page and "Vi slutter kl. 10.38" in meeting.told()


def test_pressed_twice_or_on_a_card_from_before_it_is_one_step(meeting):
    """On the last step but one, a second press would end the meeting, and from there no way leads back."""
    meeting.send("carla", "steer", "next_step")
    meeting.send("carla", "steer", "next_step")
    before = meeting.press("carla", "steer")
    [onward] = [one for one in before.buttons if one.action == "next_step"]
    for _ in range(3):
        meeting.send("carla", before.page, f"{onward.action}:{onward.value}")
    assert (meeting.state["phase"], meeting.state["step"]) == ("meeting", STEPS[3])
    meeting.press("carla", onward.action, onward.value)
    assert meeting.state["step"] == STEPS[3]


def test_one_step_back_loses_nothing(meeting):
    meeting.send("carla", "steer", "next_step")
    meeting.send("carla", "steer", "previous_step")
    assert meeting.state["step"] == "s0" and "▸ 0." in meeting.told()


def test_the_post_counts_down_and_says_when_the_time_of_a_step_is_up(meeting):
    assert meeting.post().until is None, "where minutes cannot run the agenda says it"
    meeting.is_read_by_each = True
    assert meeting.post().until == meeting.now + timedelta(minutes=5)
    meeting.pass_(timedelta(minutes=5))
    assert meeting.post().until is None and "▸ 0. Opsamling – tiden er gået" in meeting.told()
    meeting.send("carla", "steer", "longer")
    assert meeting.post().until == meeting.now + timedelta(minutes=5) and "Follow-up – until 09:10" in meeting.told("en")


def test_the_role_is_handed_over_or_taken_where_nobody_leads(meeting):
    assert "Ana" in str([c.text.da for c in meeting.press("carla", "hand").fields[0].choices])
    meeting.send("carla", "hand", "save", who="ana")
    assert meeting.facilitator == "ana" and meeting.did[-1].member == "ana"
    meeting.send("bo", "steer", "take_over")
    assert meeting.facilitator == "ana"
    meeting.pass_(25 * MINUTE)
    meeting.send("bo", "steer", "take_over")
    assert meeting.facilitator == "bo"


def test_only_the_facilitator_moves_it(meeting):
    for action in ("next_step", "longer", "finish", "close"):
        meeting.send("ana", "steer", action)
    assert (meeting.state["phase"], meeting.state["step"]) == ("meeting", "s0")


@pytest.fixture
def held(meeting):
    for _ in STEPS:
        meeting.send("carla", "steer", "next_step")
    return meeting


def test_it_ends_in_agreements_with_a_name_on_each(held):
    held.send("ana", "agree", "save", what="Vi møder ham i døren", who="ana", by="om en uge", evaluator="team")
    assert "én aftale" in held.told() and "døren" not in held.told()
    held.send("carla", "steer", "close")
    assert held.is_over
    [agree] = [one for one in held.did if isinstance(one, Agree)]
    assert (agree.member, agree.what) == ("ana", "Vi møder ham i døren")


def test_a_citizens_name_is_pointed_out_before_it_is_kept(held):
    form = held.send("ana", "agree", "save", what="Karla får kaffe først", who="ana")
    assert form.fields[0].hints and not held.state["agreed"]


def test_step_0_asks_what_became_of_last_times_agreements(begin):
    def agreement(run, id, what, at=MORNING):
        data = {"id": f"{run}:{id}", "what": what, "by": "", "evaluator": "team", "name": "Ana"}
        return Note(f"{run}{id}", "conference", "agreement", at, data)

    before = agreement("r0", 1, "Noget ældre", MORNING - timedelta(days=30))
    driver = begin(notes=[agreement("r1", 2, "Kaffe først"), before], states={"r1:2": "done"})
    driver.send("carla", "prepare", "begin")
    [field] = driver.press("carla", "last").fields
    assert "Kaffe først – Ana" in field.label.spoken("da") and field.value == "done"
    driver.send("carla", "last", "save", a0="partly")
    [kept] = [one for one in driver.did if isinstance(one, KeepNote)]
    assert dict(kept.data) == {"became": {"r1:2": "partly"}}
    driver.notes.insert(0, Note("n1", "conference", "followed", MORNING, kept.data))
    assert driver.press("carla", "last").fields[0].value == "partly"
    driver.send("carla", "last", "save", a0="not")
    assert driver.did[-1].replaces == "n1"


def test_two_minutes_for_oneself_go_into_ones_own_log(held):
    held.send("carla", "reflect", "save", noticed="Jeg afbrød selv")
    [kept] = [one for one in held.did if isinstance(one, KeepForMember)]
    assert kept.member == "carla" and kept.answers[0].answer == "Jeg afbrød selv"
    assert "fører konferencen" in words(held.press("ana", "reflect")) or not held.press("ana", "reflect").fields


def test_the_steps_are_a_template_of_the_place(begin):
    driver = begin()
    times = {"s0": "5", "s1": "10", "s2": "10", "s3": "20", "s4": "15"}
    assert driver.send("carla", "times", "save", **times | {"s3": "mange"}).fields[3].error
    driver.send("carla", "times", "save", **times)
    [kept] = [one for one in driver.did if isinstance(one, KeepNote)]
    assert "3. Refleksion – 20 min." in driver.told()
    note = Note("n1", "conference", "template", MORNING, kept.data)
    assert begin(notes=[note]).state["minutes"]["s3"] == 20


def test_a_step_without_minutes_is_left_out(begin):
    driver = begin()
    none = dict.fromkeys(STEPS, "0")
    assert "mindst ét trin" in driver.send("carla", "times", "save", **none).fields[0].error.da
    driver.send("carla", "times", "save", **none | {"s1": "10", "s3": "20"})
    assert "Opsamling" not in driver.told() and "1. To fortællinger – 10 min." in driver.told()
    driver.send("carla", "prepare", "begin")
    assert driver.state["step"] == "s1" and "previous_step" not in [one.action for one in driver.press("carla", "steer").buttons]
    driver.send("carla", "steer", "next_step")
    assert driver.state["step"] == "s3" and "finish" == driver.press("carla", "steer").buttons[0].action
    driver.send("carla", "steer", "previous_step")
    assert driver.state["step"] == "s1" and driver.state["minutes"]["s2"] == 0


def test_a_clock_that_jumps_back_makes_no_meeting_of_days(meeting):
    meeting.now -= timedelta(days=2)
    meeting.send("carla", "steer", "next_step")
    assert sum(meeting.state["minutes"].values()) <= 80
    meeting.now += timedelta(days=2)
    meeting.send("carla", "steer", "longer")
    assert meeting.state["phase"] == "meeting"


def test_one_that_comes_round_again_is_prepared_anew(begin):
    driver = begin()
    driver.send("carla", "plan", "save", day="i morgen", clock="13", every="4")
    driver.send("carla", "prepare", "begin")
    driver.send("carla", "steer", "finish")
    driver.send("carla", "agree", "save", what="Den første", who="carla")
    driver.send("carla", "steer", "close")
    assert (driver.state["phase"], driver.state["day"], driver.is_over) == ("preparing", "2026-03-31", False)
    driver.send("carla", "prepare", "begin")
    driver.send("carla", "agree", "save", what="Den anden", who="carla")
    assert [one["id"] for one in driver.state["agreed"]] == ["2"]


def test_one_that_is_forgotten_ends_by_itself(begin):
    driver = begin()
    driver.pass_(timedelta(days=61))
    assert driver.is_over and driver.did[-1] == Over(dropped=True)


def test_a_meeting_everybody_walked_away_from_ends_by_itself(meeting):
    meeting.pass_(timedelta(days=10))
    assert meeting.is_over


def test_both_languages(meeting):
    meeting.english.add("carla")
    assert "Say: " in words(meeting.press("carla", "steer"), "en") and "Two stories" in meeting.told("en")


# ---- time ------------------------------------------------------------------------------------------------------------


@given(left=st.integers(0, 300), given_=st.lists(st.integers(2, 90), min_size=1, max_size=5))
def test_what_is_left_is_shared_out_to_the_minute(left, given_):
    minutes = dict(zip(STEPS, given_, strict=False))
    shared = shared_out(minutes, left)
    assert sum(shared.values()) == max(left, LEAST * len(minutes)) and min(shared.values()) >= LEAST
    ordered = sorted(minutes, key=lambda step: minutes[step])
    assert all(shared[a] <= shared[b] + 1 for a, b in zip(ordered, ordered[1:], strict=False))


def test_the_template_as_it_is_keeps_its_times():
    assert shared_out(MINUTES, sum(MINUTES.values())) == MINUTES


@pytest.mark.parametrize(("said", "read"), [("13", "13:00"), ("kl. 9.30", "09:30"), ("0830", "08:30"), ("25", ""), ("halv to", "")])
def test_a_time_of_day(said, read):
    assert read_clock(said) == read


ANYTHING = st.tuples(
    st.sampled_from(["carla", "ana", "bo"]),
    st.sampled_from(["prepare", "task_p1", "task_zz", "plan", "times", "hand", "last", "reflect", "agree", "steer", "", "own"]),
    st.sampled_from("save change begin next_step previous_step longer shorter finish close take_over remove:1 plan nonsense".split()),
    st.dictionaries(st.sampled_from(["who", "by", "day", "clock", "what", "task", "every", "s0", "noticed"]), st.sampled_from(["ana", "fredag", "13.30", "p2", "4", "", "x"])),
    st.integers(0, 2000),
)  # fmt: skip


@given(moves=st.lists(ANYTHING, max_size=30))
def test_whatever_is_sent_it_answers_and_ends(begin, moves):
    driver = begin()
    for who, page, button, values, minutes in moves:
        if driver.is_over:
            break
        assert driver.send(who, page, button, **values) is not None
        assert driver.is_over or driver.post().buttons
        driver.pass_(minutes * MINUTE)
    for _ in range(2):  # one that comes round again does so until it is called off
        driver.state["every"] = 0
        driver.pass_(timedelta(days=400))
    assert driver.is_over
