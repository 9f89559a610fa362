"""When a number about people may be shown: seen from every chair at the table."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.small_numbers import FEWEST, may_follow, may_show, own_spread


@pytest.mark.parametrize(
    ("count", "of", "shown"),
    [(5, 10, True), (4, 10, False), (6, 10, False), (5, 9, False), (0, 30, False), (30, 30, False), (26, 30, False), (25, 30, True)],
)
def test_a_number_and_its_complement_are_at_least_five(count, of, shown):
    assert may_show(count, of) is shown


@pytest.mark.parametrize(
    "counts",
    [(3, 2), (2, 2, 1, 0), (2, 1, 1, 1), (3, 1, 1, 0), (0, 4, 2, 0)],
)
def test_five_who_chose_differently_see_how(counts):
    assert own_spread(counts) == counts


@pytest.mark.parametrize("counts", [(2, 2), (1, 1, 1, 1), (4, 0), (0, 0), (5, 0), (0, 12, 0), (4, 1), (1, 0, 11), (1, 4)])
def test_too_few_too_agreed_or_all_but_one_get_words(counts):
    assert own_spread(counts) is None


def spreads(people: int, options: int) -> list[tuple[int, ...]]:
    """Every way in which so many people may have spread over the options."""
    chosen = (Counter(one) for one in combinations_with_replacement(range(options), people))
    return [tuple(one[option] for option in range(options)) for one in chosen]


@pytest.mark.parametrize("people", range(1, 9))
def test_nobody_can_tell_what_one_of_the_others_chose(people):
    """Each knows their own choice, the number of players and what was shown – "words instead" included."""
    everything = spreads(people, 4)
    for own in range(4):
        seen: dict[object, list[tuple[int, ...]]] = {}
        for counts in everything:
            if counts[own]:
                others = tuple(count - (option == own) for option, count in enumerate(counts))
                seen.setdefault(own_spread(counts), []).append(others)
        for shown, possible in seen.items():
            # the others are alike to the reader, so one of them is given away only where all of them are, in all that is possible
            agreed = {max(range(4), key=others.__getitem__) for others in possible if max(others) == people - 1}
            certain = len(agreed) == 1 and all(max(others) == people - 1 for others in possible)
            assert people == 1 or not certain, (own, shown)


def test_what_was_signed_is_taken_away_first():
    assert own_spread((3, 2), signed=(0, 0)) == (3, 2)
    assert own_spread((4, 2), signed=(0, 1)) is None, "the one who did not sign sees that the rest chose the same"
    assert own_spread((4, 3), signed=(1, 1)) == (4, 3)
    assert own_spread((3, 2), signed=(3, 2)) == (3, 2), "nothing is secret any more"
    with pytest.raises(ValueError, match="not part of the spread"):
        own_spread((3, 2), signed=(4, 0))
    with pytest.raises(ValueError, match="not part of the spread"):
        own_spread((3, 2), signed=(1,))


@pytest.mark.parametrize(
    ("left", "came", "shown"),
    [(0, 0, True), (1, 0, False), (0, 1, False), (1, 1, False), (4, 0, False), (0, 5, True), (5, 0, True), (5, 1, False), (6, 7, True)],
)
def test_two_spreads_do_not_differ_by_a_few(left, came, shown):
    stayed = {f"stayed {n}" for n in range(6)}
    before = stayed | {f"left {n}" for n in range(left)}
    assert may_follow(before, stayed | {f"came {n}" for n in range(came)}) is shown


@given(st.integers(0, 60), st.integers(0, 60))
def test_what_is_shown_of_the_one_half_is_shown_of_the_other(count, rest):
    assert may_show(count, count + rest) == may_show(rest, count + rest)
    assert not may_show(count, count + rest) or min(count, rest) >= FEWEST
