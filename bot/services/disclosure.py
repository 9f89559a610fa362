"""Whether one more number would give anybody away, beside everything that has been released. Pure: sets of people, no rows.

A number says how many of the people `among` are also in `did`. Whoever collects numbers can add and subtract them, so each is
held against all the others:

* By itself: at least five did, and at least five did not.
* Where it counts the same people as an earlier one but for a few, the few are the difference: not shown.
* Where people behaved alike in both (those who did not are themselves too few to be shown; for two different things, those who did
  not are none at all), the two count the same thing, and so does every further number that is alike to one of them. Whatever all their sets cut each other into might be reckoned out; so
  every such piece must bear being shown by itself.

The last is enough against any number of reports: whatever sum or difference of them somebody makes, it says no more than the
pieces do, and each piece is at least five and five. Where people did *not* behave alike, one number says nothing certain about the
other, since nobody outside knows who changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.small_numbers import FEWEST, may_show


@dataclass(frozen=True)
class Number:
    """How many of the people `among` are in `did` (a part of them); people by whatever names them. `what` they did."""

    what: str
    among: frozenset[str]
    did: frozenset[str]

    @property
    def rest(self) -> frozenset[str]:
        return self.among - self.did


def bears(new: Number, released: Iterable[Number]) -> bool:
    """Whether `new` may be shown where everything in `released` has been."""
    released = list(released)
    if not may_show(len(new.did), len(new.among)) or any(_differs_by_a_few(new, old) for old in released):
        return False
    numbers = _that_count_the_same(new, released)
    return all(
        may_show(len(number.did & piece), len(piece))
        for piece in _pieces(numbers)
        for number in numbers
        if piece <= number.among
    )


def _differs_by_a_few(new: Number, old: Number) -> bool:
    """The same people but for one to four: counted, or left over."""
    return new.what == old.what and any(0 < len(new.did ^ other) < FEWEST for other in (old.did, old.rest))


def _that_count_the_same(new: Number, released: Sequence[Number]) -> list[Number]:
    """`new`, what is alike to it, what is alike to that, and so on."""
    found, left = [new], list(released)
    for number in found:  # grows while it is gone through
        found += [old for old in left if _are_alike(number, old)]
        left = [old for old in left if old not in found]
    return found


def _are_alike(one: Number, other: Number) -> bool:
    """Whether those who are in both behaved alike, or exactly the other way round, but for too few to be shown.

    Fewer than five in common link nothing by themselves: else one who moves to another centre would hide both for good.
    """
    common = one.among & other.among
    changed = (one.did ^ other.did) & common
    if one.what != other.what:
        return len(common) >= FEWEST and len(changed) in (0, len(common))
    return len(common) >= FEWEST and not may_show(len(changed), len(common))


def _pieces(numbers: Sequence[Number]) -> list[frozenset[str]]:
    """What the sets of people cut each other into."""
    found: dict[tuple[bool, ...], set[str]] = defaultdict(set)
    for person in frozenset().union(*(number.among for number in numbers)):
        found[tuple(person in number.among for number in numbers)].add(person)
    return [frozenset(piece) for piece in found.values()]
