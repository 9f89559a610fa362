"""Trying to find out who chose what in a dilemma game, from everything an outsider, another player or the one who leads can see.

The strongest of these tests hold two games beside each other that differ in one secret only: what is seen must be the same, to the
last sign. Beside them random players do anything at all, and what must always be so is looked at after every turn (`gaming.Table`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import spoken
from bot.dialogs.dilemma.content import WAYS
from bot.dialogs.dilemma.game import DilemmaGame
from bot.dialogs.dilemma.reveal import seat_to_argue
from bot.dialogs.group.turn import Agree, Member, Over
from bot.events import Woke
from bot.small_numbers import FEWEST, own_spread
from tests.dialogs.gaming import Table, members
from tests.furniture import furnished, load

LIBRARY = load()
GAME = DilemmaGame(LIBRARY.dilemmas, furnished(LIBRARY))
LEO = Member("leo", "Leo")
OUTSIDER = Member("udefra", "Udefra")
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Given = dict[str, Any]
Step = Callable[[Table], object]


def first_round(given_: Sequence[Given], table: Table | None = None) -> Table:
    """A game in which each in turn gives this in the first round."""
    table = table or Table(GAME)
    table.set_up(LEO)
    table.to("first")
    for me, values in zip(members(len(given_)), given_, strict=True):
        give(table, me, values)
    return table


def give(table: Table, me: Member, values: Given, page: str = "first") -> None:
    table.press(me, "choose")
    table.send(me, page, **values)


def ways(letters: str) -> list[Given]:
    return [{"choice": letter, "why": f"Linje {n}"} for n, letter in enumerate(letters)]


def view(table: Table, me: Member = OUTSIDER) -> str:
    """All there is to see: every post so far, and every page that this member can open now."""
    pages = [table.form(me, action) for action in ("reasons", "struck", "other_language", "more", "agreements", "read")]
    return json.dumps([table.seen, pages, table.loads], ensure_ascii=False)


def assert_alike(one: Table, other: Table) -> None:
    for me in (OUTSIDER, LEO):
        assert view(one, me) == view(other, me)


choices = st.sampled_from(WAYS)
givens = st.fixed_dictionaries({"choice": choices, "why": st.sampled_from(["", "Ro", "Det haster", "Hun skal høres"])})


# ---- before the reveal -------------------------------------------------------------------------------------------


@FEW
@given(st.lists(st.tuples(givens, givens), min_size=1, max_size=8))
def test_before_the_reveal_nothing_depends_on_what_was_chosen(pairs: list[tuple[Given, Given]]):
    one, other = first_round([a for a, _ in pairs]), first_round([b for _, b in pairs])
    assert_alike(one, other)


@FEW
@given(st.permutations(range(6)))
def test_before_the_reveal_nothing_depends_on_who_came_first(order: list[int]):
    def played(order: Sequence[int]) -> Table:
        table = Table(GAME)
        table.set_up(LEO)
        table.to("first")
        everybody = members(6)
        for me in everybody:
            table.press(me, "join")
        for n in order:
            give(table, everybody[n], ways("aabbcd")[n])
        return table

    one, other = played(range(6)), played(order)
    assert json.dumps(one.state) == json.dumps(other.state), "not even the state says who came first"
    assert_alike(one, other)
    one.next(), other.next()
    assert_alike(one, other)


def test_other_players_pages_show_nothing_of_mine():
    table = first_round(ways("ab"))
    for me in (LEO, OUTSIDER, members(2)[1]):
        shown = json.dumps([table.form(me, action) for action in ("choose", "more", "reasons")], ensure_ascii=False)
        assert "Linje 0" not in shown


# ---- what is shown -----------------------------------------------------------------------------------------------


@FEW
@given(st.lists(givens, min_size=5, max_size=9), st.randoms(use_true_random=False))
def test_who_is_whom_makes_no_difference_to_what_is_shown(given_: list[Given], chance: Any):
    """The same choices and lines, handed out to the players in another way."""
    handed_out = list(given_)
    chance.shuffle(handed_out)
    one, other = first_round(given_), first_round(handed_out)
    one.next(), other.next()
    assert_alike(one, other)


@pytest.mark.parametrize("count", range(1, FEWEST))
def test_below_five_what_is_shown_does_not_depend_on_what_was_chosen(count: int):
    seen = set()
    for letters in product("abd", repeat=count):
        table = first_round(ways("".join(letters)))
        table.next()
        assert not table.post().get("spread")
        seen.add(view(table))
    assert len(seen) == 1


def test_from_five_on_all_that_is_not_shown_looks_alike():
    tables = [first_round(ways(letters)) for letters in ("aaaaa", "aaaab", "bcccc", "ddddd")]
    for table in tables:
        table.next()
    assert len({view(table) for table in tables}) == 1
    assert "Linje" not in view(tables[0])


@FEW
@given(st.lists(choices, min_size=1, max_size=12))
def test_a_spread_is_shown_just_where_it_names_nobody_and_its_counts_are_right(letters: list[str]):
    table = first_round(ways("".join(letters)))
    table.next()
    found = Counter(letters)
    wanted = own_spread([found[way] for way in WAYS])
    shown = [bar["count"] for bar in table.post().get("spread", [])]
    assert shown == list(wanted or [])


# ---- differences -------------------------------------------------------------------------------------------------

STEPS: dict[str, Step] = {
    "one changes their mind": lambda t: give(t, members(1)[0], {"choice": "d", "why": "Ny linje"}),
    "a late-comer chooses": lambda t: give(t, Member("m99", "Sen"), {"choice": "d", "why": "Ny linje"}),
    "one leaves": lambda t: t.press(members(3)[2], "leave"),
    "four change their minds": lambda t: [give(t, me, {"choice": "d", "why": "Ny linje"}) for me in members(4)],
    "one leaves and one comes": lambda t: (t.press(members(3)[2], "leave"), give(t, Member("m99", "Sen"), {"choice": "d"})),
    "nobody does anything": lambda t: None,
}


def opened_again(step: Step) -> tuple[list[int], list[Any]]:
    """(the counts shown first, what is seen when the choice has been opened again, something done, and shown again)."""
    table = first_round(ways("aabbc"))
    table.next()
    counts = [bar["count"] for bar in table.post()["spread"]]
    table.press(LEO, "back", "reveal.0")
    step(table)
    table.next()
    return counts, [table.post(), table.form(OUTSIDER, "reasons")]


@pytest.mark.parametrize("name", STEPS)
def test_opened_again_the_picture_does_not_show_what_one_did(name: str):
    """Shown, opened again, changed by a few, shown again: the same picture, the same lines, the same words."""
    counts, seen = opened_again(STEPS[name])
    assert [bar["count"] for bar in seen[0]["spread"]] == counts
    assert seen == opened_again(STEPS["nobody does anything"])[1]


def test_whoever_leaves_after_the_reveal_cannot_be_subtracted():
    table = first_round(ways("aabbc"))
    table.next()
    before = [table.post(), table.form(OUTSIDER, "reasons")]
    table.press(members(5)[4], "leave")
    assert [table.post(), table.form(OUTSIDER, "reasons")] == before
    assert [bar["count"] for bar in table.post()["spread"]] == [2, 2, 1, 0]
    assert "Linje 4" in view(table), "a line that vanished with them would be theirs"
    assert "m05" not in json.dumps(table.state)


def test_opened_again_five_who_changed_are_shown():
    table = first_round(ways("aabbc"))
    table.next()
    table.press(LEO, "back", "reveal.0")
    for me, way in zip(members(5), "bbccd", strict=True):
        give(table, me, {"choice": way, "why": "Nyt"})
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [0, 2, 2, 1]


@pytest.mark.parametrize("how", ["leaves", "is erased"])
def test_opened_again_one_who_went_is_not_the_difference_however_many_changed(how: str):
    table = first_round(ways("aabbcc"))
    table.next()
    table.press(LEO, "back", "reveal.0")
    if how == "leaves":
        table.press(members(6)[5], "leave")
    else:
        table.state = _erased(table.state, "m06")
    for me, way in zip(members(5), "bbccd", strict=True):
        give(table, me, {"choice": way, "why": "Nyt"})
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [2, 2, 2, 0]


def test_somebody_erased_by_the_core_leaves_no_difference_either():
    """What stands under a member's id is taken out between two turns: it counts as having left."""
    table = first_round(ways("aabbc"))
    table.next()
    table.press(LEO, "back", "reveal.0")
    table.state = _erased(table.state, "m05")
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [2, 2, 1, 0]


def _erased(part: Any, member: str) -> Any:
    if isinstance(part, dict):
        return {key: _erased(value, member) for key, value in part.items() if key != member}
    if isinstance(part, list):
        return [_erased(one, member) for one in part if not (isinstance(one, dict) and one.get("member") == member)]
    return part


# ---- signing -----------------------------------------------------------------------------------------------------


def signed(letters: str, who: str) -> Table:
    """`who`: which of them sign, as digits from 0."""
    given_ = [values | {"signed": "yes" if str(n) in who else "no"} for n, values in enumerate(ways(letters))]
    table = first_round(given_)
    table.next()
    return table


@pytest.mark.parametrize(
    ("letters", "who", "named"),
    [
        ("aabbcc", "0", True),  # five unsigned, and they differ
        ("aabbc", "01", False),  # two of the three that are left chose the same: each of them sees what the others chose
        ("aaabb", "34", False),  # the rest chose the same
        ("aabbc", "0134", False),  # one is left, and could be subtracted
        ("aabbc", "01234", True),  # nothing is secret any more
        ("aaaab", "04", False),  # words instead of a spread already say that nearly all chose the same
        ("ab", "0", True),  # below five nothing is said of anybody else
    ],
)
def test_a_name_stands_where_it_does_not_tell_on_the_others(letters: str, who: str, named: bool):
    lines = "\n".join(signed(letters, who).form(OUTSIDER, "reasons")["lead"])
    assert ("– Navn" in lines) == named


def test_whoever_signs_and_leaves_takes_name_and_line_along():
    table = signed("aabbcc", "0")
    table.press(members(1)[0], "leave")
    assert "Navn1" not in "\n".join(table.form(OUTSIDER, "reasons")["lead"])


@FEW
@given(st.lists(choices, min_size=1, max_size=6), st.sets(st.integers(0, 5)))
def test_no_name_of_one_who_did_not_sign(letters: list[str], who: set[int]):
    lines = json.dumps(signed("".join(letters), "".join(map(str, who))).form(OUTSIDER, "reasons"))
    for n, me in enumerate(members(len(letters))):
        assert n in who or f"– {me.name}" not in lines


# ---- what moved --------------------------------------------------------------------------------------------------


def second_round(first: str, second: str) -> Table:
    table = first_round(ways(first))
    table.to("second")
    for me, way in zip(members(len(second)), second, strict=False):
        give(table, me, {"choice": way}, "second")
    table.next()
    return table


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("aabbc", "bbbbc", [2, 3]),
        ("aabbc", "aabbc", None),  # nobody moved: it names all
        ("aabbc", "babbc", None),  # one moved
        ("aabbc", "ddddd", None),  # all moved
        ("aabb", "bbbb", None),  # too few
        ("aabbc", "bbb", None),  # too few in both rounds
    ],
)
def test_how_many_moved_obeys_the_same_rule(first: str, second: str, shown: list[int] | None):
    post = second_round(first, second).post()
    assert [bar["count"] for bar in post.get("spread", [])] == (shown or [])
    assert shown or not any(sign.isdigit() for sign in "".join(post["text"]))


def test_all_that_is_not_shown_of_what_moved_looks_alike():
    posts = [second_round("aabbc", second).post() for second in ("aabbc", "babbc", "ddddd", "dddbd")]
    assert posts[0] == posts[1] == posts[2] == posts[3]


def test_the_second_spread_is_never_shown():
    """Beside the first, and how many moved, it would be a sum with one unknown."""
    table = second_round("aabbc", "bbbbc")
    table.to("actions")
    assert all(bar["label"] != "A" for one in table.seen[-3:] for bar in one.get("spread", []))


def test_what_one_alone_found_strong_is_not_shown():
    table = first_round(ways("aabbc"))
    table.to("second")
    told = [one["id"] for one in table.state["told"]]
    for n, me in enumerate(members(5)):
        give(table, me, {"choice": "a", "strong": [told[0]] if n else [told[1]]}, "second")
    table.next()
    assert table.state["struck"] == [told[0]]


def test_whose_chair_to_argue_from_does_not_depend_on_the_choice():
    assert {seat_to_argue("r1", f"m{n}") for n in range(40)} == set(WAYS)
    one, other = first_round(ways("aabbc")), first_round(ways("ddccb"))
    me = members(1)[0]
    one.to("talk"), other.to("talk")
    assert one.form(me, "seat") == other.form(me, "seat")


# ---- random players ----------------------------------------------------------------------------------------------

people = st.integers(0, 6)
doings = st.one_of(
    st.tuples(st.just("join"), people, choices),
    st.tuples(st.just("leave"), people, choices),
    st.tuples(st.just("first"), people, choices),
    st.tuples(st.just("second"), people, choices),
    st.tuples(st.just("twice"), people, choices),
    st.tuples(st.just("next"), people, choices),
    st.tuples(st.just("back"), people, choices),
    st.tuples(st.just("old"), people, choices),
    st.tuples(st.just("time"), people, choices),
    st.tuples(st.just("take"), people, choices),
    st.tuples(st.just("hand"), people, choices),
    st.tuples(st.just("agree"), people, choices),
    st.tuples(st.just("wait"), people, choices),
    st.tuples(st.just("wake"), people, choices),
    st.tuples(st.just("erase"), people, choices),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(doings, max_size=40), st.sampled_from(["room_10", "room_30", "days_2"]))
def test_whatever_players_do_nothing_is_seen_early_nothing_is_lost_and_the_game_ends(done: list[tuple[str, int, str]], pace: str):
    table = Table(GAME)
    table.set_up(LEO, pace=pace)
    there = [LEO, *members(6)]
    agreed = 0
    for what, who, way in done:
        if table.is_over:
            break
        me = there[who]
        before = json.loads(json.dumps(table.state))
        _do(table, me, what, way)
        agreed = max(agreed, len(table.state["agreed"]))
        _check_kept(before, table, what, me)
        if not table.state["shown"]:
            assert "HEMMELIGT" not in table.public()
            assert not any(one.get("spread") for one in table.seen)
    _check_no_words_in_public(table)
    table.wait(timedelta(days=90))
    assert table.is_over and len(table.told(Over)) == 1, "every game ends"
    assert len(table.told(Agree)) == agreed


def _do(table: Table, me: Member, what: str, way: str) -> None:
    match what:
        case "first" | "second":
            give(table, me, {"choice": way, "why": f"HEMMELIGT {me.id}"}, what)
        case "twice":
            give(table, me, {"choice": way, "why": f"HEMMELIGT {me.id}"}, table.state["phase"])
            table.send(me, table.state["phase"], choice=way)
        case "next":
            table.press(table.leader, "next")
        case "back":
            table.press(table.leader, "back", f"{table.state['phase']}.{table.state['talk']}")
        case "old":
            table.press(me, "next", "first.0")
        case "hand":
            table.send(table.leader, "hand", to=me.id)
        case "agree":
            table.press(me, "agree")
            table.send(me, "agree", what=f"Aftale {len(table.state['agreed'])}", who=me.id)
        case "wait":
            table.wait(timedelta(minutes=3) if table.state["pace"] == "room" else timedelta(hours=20))
        case "wake":
            table.do(None, Woke(id="w", run="group:r1"), "woke")
        case "erase":
            if me is not LEO:
                table.state = _erased(table.state, me.id)
        case _:
            table.press(me, what)


def _check_kept(before: dict[str, Any], table: Table, what: str, me: Member) -> None:
    """What one gave stands until they change it or leave, whatever the others do."""
    for id, seat in before["seats"].items():
        if id == me.id and what in ("first", "second", "twice", "leave", "erase"):
            continue
        now = table.state["seats"].get(id, {})
        assert {k: v for k, v in seat.items() if k in ("first", "second", "why")} == {
            k: v for k, v in now.items() if k in ("first", "second", "why")
        }
    ids = {one["id"] for one in before["agreed"]}
    assert ids <= {one["id"] for one in table.state["agreed"]}, "nothing is lost"


def _check_no_words_in_public(table: Table) -> None:
    assert "HEMMELIGT" not in table.public() and "Aftale " not in table.public().replace("Aftaler", "")
    for id, shown in table.private.items():
        if table.state.get("shown") is None:
            others = [f"HEMMELIGT m{n:02}" for n in range(1, 7) if f"m{n:02}" != id]
            assert not any(words in json.dumps(shown, ensure_ascii=False) for words in others)


def test_the_card_in_private_says_nothing_of_the_choice():
    table = first_round(ways("ab"))
    saved = table.private["m01"][-1]
    assert saved["title"] == "Dit valg er gemt" and "Ophæve" not in json.dumps(saved, ensure_ascii=False)
    assert spoken(GAME.label, "en") == "A dilemma"
