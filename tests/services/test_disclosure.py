"""Everything released, in the hands of somebody who can do sums."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.disclosure import Number, bears
from bot.small_numbers import FEWEST


def people(count: int, first: int = 0) -> frozenset[str]:
    return frozenset(f"p{n:02}" for n in range(first, first + count))


def counted(among: frozenset[str], did: frozenset[str], what: str = "begun") -> Number:
    return Number(what, among, did)


def published(asked: Sequence[Number]) -> list[Number]:
    """What comes out when these are asked for, one after the other."""
    shown: list[Number] = []
    for number in asked:
        if bears(number, shown):
            shown.append(number)
    return shown


# ---- one attack at a time --------------------------------------------------------------------------------

ALL, ACTIVE = people(30), people(12)


def test_five_and_five():
    assert published([counted(ALL, ACTIVE)])
    assert not published([counted(ALL, ALL)]), "unanimous names everybody"
    assert not published([counted(people(30), people(26))])
    assert not published([counted(people(3), people(2))])
    assert not published([counted(frozenset(), frozenset())])


def test_two_reports_are_not_subtracted():
    """Everybody, and everybody but one: the one would be the difference, whether they took part or not."""
    for left_out in ("p00", "p29"):
        but_one = ALL - {left_out}
        assert len(published([counted(ALL, ACTIVE), counted(but_one, ACTIVE & but_one)])) == 1


def test_somebody_who_leaves_between_two_reports_is_not_found_out():
    next_quarter = ALL - {"p03"}
    alike = counted(next_quarter, ACTIVE - {"p03"})
    assert not bears(alike, [counted(ALL, ACTIVE)])
    changed = counted(next_quarter, people(14, first=6))
    assert bears(changed, [counted(ALL, ACTIVE)]), "so many changed that the difference says nothing of the one"


def test_the_same_people_again_say_nothing_new():
    assert bears(counted(ALL, ACTIVE), [counted(ALL, ACTIVE)])
    assert not bears(counted(ALL, ACTIVE | {"p20"}), [counted(ALL, ACTIVE)]), "12 and then 13 is one person"


def test_those_who_did_not_are_guarded_like_those_who_did():
    assert not bears(counted(ALL, (ALL - ACTIVE) | {"p00"}), [counted(ALL, ACTIVE)])


def test_two_different_things_that_the_very_same_people_did_are_one():
    """Sent to everybody, delivered to everybody but one: where all that is sent arrives, that is the one."""
    but_one = ALL - {"p03"}
    assert not bears(counted(but_one, ACTIVE - {"p03"}, "delivered"), [counted(ALL, ACTIVE, "sent")])
    nord = people(17)
    assert bears(counted(nord, people(9), "begun"), [counted(ALL, people(14), "sent")]), "two different things"


def test_a_group_of_five_where_four_are_known():
    """The fifth is one of at least six whom nobody has heard of: never the only one left."""
    for size in range(5, 31):
        shown = published([counted(people(size), people(5))])
        assert not shown or size - 4 >= 6


def test_overlapping_groups_are_not_put_together():
    """A and B overlap in one; with A∪B known, the one in both would be a sum away."""
    a, b = people(15), people(15, first=14)
    active = people(7) | people(8, first=20)
    shown = published([counted(a | b, active), counted(a, active & a), counted(b, active & b)])
    assert len(shown) == 2


def test_three_overlapping_groups_are_not_put_together():
    """X∪Y, Y∪Z and X∪Z: two of them less the third is twice one of the three."""
    x, y, z = people(9), people(9, first=9), people(9, first=18)
    active = people(5) | people(9, first=9) | people(5, first=18)
    shown = published([counted(pair, active & pair) for pair in (x | y, y | z, x | z)])
    assert len(shown) < 2


def test_three_reports_are_not_put_together():
    left, right, extra = people(15), people(15, first=15), frozenset({"p77"})
    active = people(7) | people(7, first=20) | extra
    asked = [counted(left, active & left), counted(right, active & right), counted(left | right | extra, active)]
    assert len(published(asked)) == 2


# ---- any attack ------------------------------------------------------------------------------------------


PRIME = 2**61 - 1
"""Sums are done modulo this: as good as fractions for rows of noughts and ones, and faster."""


def solvable(shown: Sequence[Number], crowd: Sequence[str]) -> list[frozenset[str]]:
    """The groups of one to four about whom some sum of the numbers says how many took part (Gauss)."""
    basis: list[tuple[int, list[int]]] = []
    for number in shown:
        row = reduced([int(one in number.among) for one in crowd], basis)
        if any(row):
            pivot = next(at for at, value in enumerate(row) if value)
            inverse = pow(row[pivot], -1, PRIME)
            basis.append((pivot, [value * inverse % PRIME for value in row]))
    groups = (group for size in range(1, FEWEST) for group in combinations(range(len(crowd)), size))
    found = (group for group in groups if not any(reduced([int(at in group) for at in range(len(crowd))], basis)))
    return [frozenset(crowd[at] for at in group) for group in found]


def reduced(row: list[int], basis: Sequence[tuple[int, list[int]]]) -> list[int]:
    for pivot, other in basis:
        if factor := row[pivot]:
            row = [(one - factor * two) % PRIME for one, two in zip(row, other, strict=True)]
    return row


def certain(shown: Sequence[Number], crowd: Sequence[str]) -> list[str]:
    """Those about whom it is certain from the numbers whether they took part: every possible world is gone through."""
    masks = [(sum(1 << crowd.index(one) for one in number.among), len(number.did)) for number in shown]
    always, never = (1 << len(crowd)) - 1, 0
    for world in range(1 << len(crowd)):
        if all((world & mask).bit_count() == count for mask, count in masks):
            always, never = always & world, never | world
    return [one for place, one in enumerate(crowd) if always >> place & 1 or not never >> place & 1]


def audiences(crowd: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    """Groups such as a coordinator might make: everybody but a few, neighbours, any at all."""
    but_a_few = st.sets(st.sampled_from(crowd), max_size=3).map(lambda few: frozenset(crowd) - few)
    span = st.tuples(st.integers(0, len(crowd)), st.integers(0, len(crowd)))
    neighbours = span.map(lambda ends: frozenset(crowd[min(ends) : max(ends)]))
    return st.one_of(but_a_few, neighbours, st.frozensets(st.sampled_from(crowd), min_size=8))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nobody_who_adds_and_subtracts_reaches_a_handful(data):
    """People who never change, so that every report is about the same: the best that an attacker can hope for."""
    crowd = sorted(people(16))
    active = data.draw(st.frozensets(st.sampled_from(crowd), min_size=5, max_size=11))
    groups = data.draw(st.lists(audiences(crowd), min_size=2, max_size=8))
    shown = published([counted(group, group & active) for group in groups])
    assert not solvable(shown, crowd)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_world_is_the_only_one_left_for_anybody(data):
    crowd = sorted(people(12))
    active = data.draw(st.frozensets(st.sampled_from(crowd), min_size=5, max_size=7))
    groups = data.draw(st.lists(audiences(crowd), min_size=2, max_size=10))
    assert not certain(published([counted(group, group & active) for group in groups]), crowd)


@pytest.mark.parametrize("attack", [solvable, certain])
def test_the_attackers_are_good_at_it(attack):
    """Without the guard they find whom they look for."""
    crowd = sorted(people(12))
    active = people(6)
    asked = [counted(group, group & active) for group in (frozenset(crowd), frozenset(crowd[1:]))]
    assert attack(asked, crowd)
