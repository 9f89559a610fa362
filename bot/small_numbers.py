"""When a number about people may be shown: the arithmetic, and nothing else.

Five is the proposal of the specification (privacy §8, not yet aligned with the municipality's own rule for surveys of
well-being). Numbers for coordinators pass `bot.services.guard`, which asks here; a group's own spread, shown to that
group, is decided here alone.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

FEWEST = 5
"""How many different people a number is about at least, and how many it is not about."""


def may_show(count: int, of: int) -> bool:
    """Whether "`count` of `of` people" names nobody: at least five are meant, and at least five are not.

    The second half is what keeps "30 of 30" and "29 of 30" back: everybody who is known to be among the 30 would be named.
    """
    return FEWEST <= count <= of - FEWEST


def own_spread(counts: Sequence[int], signed: Sequence[int] = ()) -> tuple[int, ...] | None:
    """How a group chose, option by option, where that group itself may see it; None: words instead.

    `counts`: how many chose each option. `signed`: how many of those did so openly, option by option (they put their name
    to a reason); empty where nobody did. Raises ValueError where the two do not go together.

    Everybody in the group knows what they chose themselves, so they can take it away. What is left must not be unanimous, or
    they know what each of the others chose: not [5, 0] (everybody does) and not [4, 1] (the one does). And as what is shown is
    the same whoever is whom, nobody can be sure of one of the others without being sure of all of them, so that is enough. It
    follows that from five on at least two must stand outside the option most of them chose; [3, 2] and [2, 2, 1] are shown. What
    was signed is known to all, so the rest must pass by itself.

    None is an answer too. [5, 0] and [4, 1] both give it, so it does not say "unanimous": whoever answers it with words must
    use the same words for every None of a size ("I valgte det samme" would name everybody). How many moved between two rounds
    is such a spread as well: `own_spread((moved, stayed))`.

    This holds for each by themselves. Four out of five who put their heads together can always reckon out the fifth; that is
    the price of showing five people anything at all, and why outsiders get `may_show`.
    """
    open_ones = tuple(signed) or (0,) * len(counts)
    if len(open_ones) != len(counts) or any(not 0 <= known <= all for known, all in zip(open_ones, counts, strict=True)):
        raise ValueError("what was signed is not part of the spread")
    hidden = [all - known for known, all in zip(open_ones, counts, strict=True)]
    if sum(counts) < FEWEST or (any(hidden) and sum(hidden) - max(hidden) < 2):
        return None
    return tuple(counts)


def may_follow(before: Set[str], now: Set[str]) -> bool:
    """Whether a group that saw a spread over the people `before` may see another over the people `now`.

    One late-comer, or one who left between two spreads, is the difference between them. So: the same people, or at least five
    more, or at least five fewer (or both). Where it is False, count only those who were in the first spread, or use words.
    """
    return all(not moved or len(moved) >= FEWEST for moved in (before - now, now - before))


def rough(count: int, of: int) -> str | None:
    """How many of a group that sees it itself, in a word: "few" (none included), "some" or "most"; None: they are too few.

    For marks that may be touchy ("the rough few"), where `own_spread` of marked and not marked would keep back just what matters:
    that nearly all saw it. Each word covers at least three numbers that lie side by side, also after one has taken one's own mark
    away at least two are left, so nobody can tell how any single other marked, nor that all did. Never shown beside the number.
    """
    if of < FEWEST:
        return None
    if 2 * count > of:
        return "most"
    return "some" if of >= 2 * FEWEST and 4 * count > of else "few"
