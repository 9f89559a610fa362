"""After a meeting: the leader first, unsigned answers, and only words that name nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.dynamics.round import LONGEST_ANSWER, GroupDynamics
from bot.dialogs.dynamics.view import WORK
from bot.dialogs.group.turn import Agree, KeepForMember, KeepNote, Note, Over
from bot.small_numbers import FEWEST, rough
from tests.dialogs.group_driver import MORNING, Driver, words

GROUP_OF_SIX = ("ana", "bo", "carla", "dan", "eva", "finn")


@pytest.fixture
def round_(house):
    driver = Driver(GroupDynamics(house))
    driver.begin("leader")
    return driver


def answer(driver, who, work=("koncentreret",), room=("moeder",), **also):
    return driver.send(who, "answer", "send", work=list(work), room=list(room), **also)


@pytest.fixture
def answered(round_):
    answer(round_, "leader", room=["none"])
    for who in GROUP_OF_SIX:
        answer(round_, who)
    return round_


def test_the_leader_answers_first(round_):
    assert "begynder, når" in words(round_.press("ana", "answer"))
    answer(round_, "ana")
    assert not round_.state["answers"]
    answer(round_, "leader")
    assert "45 sekunder" in round_.told() and round_.press("ana", "answer").fields


def test_nothing_moves_while_people_answer(round_):
    answer(round_, "leader")
    before = round_.told()
    for who in GROUP_OF_SIX:
        answer(round_, who)
        assert round_.told() == before


def test_only_who_runs_it_closes_it(answered):
    answered.send("ana", "steer", "close")
    assert answered.state["phase"] == "open"
    answered.send("leader", "steer", "close")
    told = answered.told()
    assert "6 svarede" in told and "Holder mange møder" in told and "Et bud – ikke en dom" in told
    assert "kun jeres" not in told and "Leader" not in told


def test_below_five_nothing_is_shown_and_it_can_be_opened_again(round_):
    answer(round_, "leader")
    for who in GROUP_OF_SIX[:4]:
        answer(round_, who)
    round_.send("leader", "steer", "close")
    assert "for få svar" in round_.told() and "moeder" not in str(round_.post())
    assert "koncentreret" in words(round_.press("ana", "own"))
    round_.send("leader", "steer", "reopen")
    answer(round_, "eva")
    round_.send("leader", "steer", "close")
    assert "5 svarede" in round_.told()


def test_what_was_shown_is_not_opened_again(answered):
    """One more answer would be the difference between two pictures."""
    answered.send("leader", "steer", "close")
    before = answered.told()
    answered.send("leader", "steer", "reopen")
    answer(answered, "late")
    assert answered.told() == before and "late" not in answered.state["answers"]


def test_who_is_deleted_afterwards_is_not_the_difference(answered):
    """Their answer goes, and what everybody sees stays as it was; nor does the round open again for a sixth in their place."""
    answered.send("leader", "steer", "close")
    before = answered.told()
    for gone in GROUP_OF_SIX[:2]:
        del answered.state["answers"][gone]
        assert answered.told() == before
    answered.send("leader", "steer", "reopen")
    assert answered.state["phase"] == "shown"


def test_the_leaders_own_view_stands_beside_only_where_they_say_so(round_):
    answer(round_, "leader", room=["hyggeren"], show="yes")
    for who in GROUP_OF_SIX:
        answer(round_, who)
    round_.send("leader", "steer", "close")
    assert "Leader så: koncentreret; Hyggeren" in round_.told()


def test_an_answer_can_be_changed_until_it_closes_and_counts_once(answered):
    answer(answered, "ana", room=["none"])
    assert answered.press("ana", "answer").fields[1].value == ["none"]
    answered.send("leader", "steer", "close")
    assert "6 svarede" in answered.told()
    assert "lukket" in words(answered.press("ana", "answer"))


def test_ones_own_goes_into_ones_own_log_where_one_says_so(answered):
    answered.guests.add("gast")
    answer(answered, "gast", keep="yes")
    assert not [one for one in answered.did if isinstance(one, KeepForMember)]
    answer(answered, "ana", keep="yes")
    [kept] = [one for one in answered.did if isinstance(one, KeepForMember)]
    assert kept.member == "ana" and {one.step for one in kept.answers} == {"work", "room"}


def test_it_closes_by_itself_and_then_forgets(answered):
    answered.pass_(timedelta(hours=25))
    assert "6 svarede" in answered.told()
    answered.pass_(timedelta(days=8))
    assert answered.is_over and not answered.state["answers"]
    [note] = [one for one in answered.did if isinstance(one, KeepNote)]
    assert note.kind == "round" and note.data["work"]["koncentreret"] == "most" and "answered" not in note.data


def test_a_round_nobody_began_ends_by_itself(round_):
    round_.pass_(timedelta(days=2))
    assert round_.is_over and round_.did[-1] == Over(dropped=True)


def test_another_runs_it_where_the_leader_is_gone(round_):
    round_.send("ana", "steer", "take_over")
    assert round_.facilitator == "ana"
    answer(round_, "ana")
    assert round_.state["phase"] == "open"


def test_whoever_is_handed_the_round_before_it_begins_answers_first_and_is_not_counted(round_):
    round_.press("ana", "steer")
    round_.send("leader", "hand", "save", who="ana")
    assert round_.state["leader"] == round_.facilitator == "ana"
    answer(round_, "ana")
    round_.send("ana", "hand", "save", who="leader")
    assert (round_.state["leader"], round_.facilitator) == ("ana", "leader"), "once begun, the leader's answer stays the leader's"
    round_.pass_(timedelta(minutes=59))
    round_.send("bo", "steer", "take_over")
    assert round_.facilitator == "leader"
    round_.pass_(timedelta(minutes=2))
    round_.send("bo", "steer", "take_over")
    assert round_.facilitator == "bo"


def test_an_agreement_gets_a_name_and_lives_on(answered):
    answered.send("leader", "steer", "close")
    answered.send("ana", "agree", "save", what="Vi begynder med en runde", who="bo", by="om to uger")
    assert "én aftale" in answered.told() and "begynder med" not in answered.told()
    assert "Vi begynder med en runde" in words(answered.press("bo", "agreements"))
    answered.send("leader", "steer", "end")
    [agree] = [one for one in answered.did if isinstance(one, Agree)]
    assert (agree.member, agree.what) == ("bo", "Vi begynder med en runde")


def kept_round(day, **work):
    bands = {one: work.get(one, "few") for one in WORK}
    return Note(day, "group_dynamics", "round", MORNING, {"day": day, "work": bands, "room": {"moeder": "most", "hyggeren": "few"}})


def test_over_time_is_a_picture_in_three_bands_with_the_same_in_words(answered):
    assert "to runder" in words(answered.press("ana", "over_time"))
    too_few = Note("n", "group_dynamics", "round", MORNING, {"day": "2026-02-16"})
    answered.notes = [kept_round("2026-02-23", maalrettet="some"), too_few, kept_round("2026-02-09"), kept_round("2026-02-02")]
    answered.send("leader", "steer", "close")
    page = answered.press("ana", "over_time")
    concentrated, purposeful, *_, meetings = page.strips
    assert (concentrated.levels, purposeful.levels) == ((1, 1, None, 1, 3), (1, 1, None, 2, 1))
    assert [one.da for one in concentrated.moments] == ["2/2", "9/2", "16/2", "23/2", "2/3"]
    line = "få eller ingen 2. februar til 9. februar; for få svar 16. februar; få eller ingen 23. februar; de fleste 2. marts."
    assert concentrated.words.spoken("da") == f"koncentreret: {line}" and concentrated.words in page.lead
    assert "most on 2 March" in concentrated.words.spoken("en")
    assert meetings.label.da == "Holder mange møder" and len(page.strips) == 5, "what only few saw is not shown"


def test_a_round_that_too_few_answered_leaves_only_its_day(round_):
    answer(round_, "leader")
    answer(round_, "ana")
    round_.send("leader", "steer", "close")
    round_.send("leader", "steer", "end")
    [note] = [one for one in round_.did if isinstance(one, KeepNote)]
    assert dict(note.data) == {"day": "2026-03-02"}


def test_both_languages_are_spoken(answered):
    answered.english.add("ana")
    answered.send("leader", "steer", "close")
    assert "6 answered" in answered.told("en") and "A guess – not a verdict" in answered.told("en")


@pytest.mark.parametrize("of", range(FEWEST, 61))
def test_no_word_lets_anybody_tell_what_another_marked(of):
    """Whatever one marked oneself, each word leaves at least two numbers of others who did, and not all of them."""
    for own in (0, 1):
        counts = {}
        for others in range(of):
            counts.setdefault(rough(others + own, of), set()).add(others)
        for left in counts.values():
            assert len(left) >= 2


def test_below_five_there_is_no_word():
    assert {rough(count, of) for of in range(FEWEST) for count in range(of + 1)} == {None}


ROOM = ["kampflugt", "lederafh", "nyeord", "moeder", "falskharmoni", "selvretf", "hyggeren", "defaaraa", "par", "mig"]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["answer", "close", "reopen", "end", "drop", "take_over", "hand", "own", "over_time", "press", "wait", "jump", "agree"]),
        st.sampled_from(["leader", *GROUP_OF_SIX]),
        st.lists(st.sampled_from(WORK), unique=True),
        st.lists(st.sampled_from(ROOM), unique=True),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def begun(house):
    """Begins one anew."""

    def begin():
        driver = Driver(GroupDynamics(house))
        driver.begin("leader")
        return driver

    return begin


@given(moves=MOVES)
def test_whatever_people_do_nothing_is_seen_early_and_it_ends(begun, moves):
    driver = begun()
    for what, who, work, room in moves:
        match what:
            case "answer":
                answer(driver, who, work or ["none"], room or ["none"])
            case "wait":
                driver.pass_(timedelta(hours=7))
            case "jump":
                driver.now -= timedelta(hours=7)
            case "hand":
                driver.send(who, "hand", "save", who=GROUP_OF_SIX[len(work)])
            case "press":
                driver.press(who, "answer")
            case "agree":
                driver.send(who, "agree", "save", what="Noget", who=who)
            case _:
                driver.send(who, "steer", what)
        if driver.is_over:
            break
        if driver.state["phase"] in ("first", "open"):
            empty = driver.dialog.post(driver.state | {"answers": {}}, driver.ctx())
            assert driver.post() == empty
        assert driver.dialog.load(driver.state) == driver.dialog.load(_blank(driver.state))
    driver.pass_(timedelta(days=60))
    assert driver.is_over and not driver.state["answers"]


def _blank(state):
    """The same people, who said nothing."""
    return state | {"answers": {who: {"work": [], "room": []} for who in state["answers"]}}


def test_the_longest_answer_fits(house):
    driver = Driver(GroupDynamics(house))
    driver.begin("leader")
    for n in range(60):
        answer(driver, "leader" if not n else f"{n:064}", WORK, ROOM)
    assert LONGEST_ANSWER * 60 > len(str(driver.state["answers"]))
