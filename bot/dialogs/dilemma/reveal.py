"""What a group sees of its secret choices: the spread, the reasons, how many moved, which reasons were strong – never who.

Everything shown is decided here, once, and frozen in the state. It is drawn from that afterwards, so that nothing that happens
later – a late-comer, somebody who leaves, a changed mind – can be seen as a difference between two pictures.

The rules, beside `small_numbers`:

- Below five, or where the spread would name somebody, there are words, and they are the same whatever was chosen. "You chose
  differently" said only where it is true would say, by its absence, that all chose the same, and that names everyone; between two
  it is even so nearly the whole answer. So it is never said. Reasons are not shown then either: they say what was chosen.
- The order of reasons is that of a digest of the game and the words themselves: not of who, and not of when.
- A name stands by a reason where its player signed, and where what is left can still be shown by itself.
- What was shown stays until at least five people's choices differ from it: a second picture that differs by one or two is a
  picture of those. That the picture stands is said in the same words whether none or some have changed their minds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2s
from typing import Any

from bot.dialogs.dilemma.content import WAYS
from bot.dialogs.dilemma.state import chose
from bot.dialogs.turn import State
from bot.small_numbers import FEWEST, may_follow, own_spread

STRONG_FROM = 2
"""How many must have pointed a reason out; one would be somebody in particular."""

Shown = Mapping[str, Any]
"""{"counts": [int, …] or None where words stand instead, "people": member's id → what was counted, "size": how many there were}."""


def revealed(state: State, run: str) -> State:
    """The game with the first round shown."""
    state, choices = state | {"reveals": state["reveals"] + 1}, chose(state, "first")
    if not _may_replace(state["shown"], choices):
        return state
    signed = {id: way for id, way in choices.items() if state["seats"][id].get("signed")}
    counts = own_spread(_counted(choices, WAYS))
    are_named = _may_be_named(choices, signed)
    shown = _shown(choices, counts)
    told = _told(state, choices, signed if are_named else {}, run, all_of_them=counts is not None)
    return state | {"shown": shown, "told": told}


def moved(state: State) -> State:
    """The game with what moved between the rounds shown: of those who chose in both."""
    first, second = chose(state, "first"), chose(state, "second")
    both = {id: "moved" if first[id] != second[id] else "stayed" for id in first.keys() & second.keys()}
    if not _may_replace(state["moved"], both):
        return state
    shown = _shown(both, own_spread(_counted(both, ("moved", "stayed"))))
    return state | {"moved": shown, "struck": _struck(state, second)}


def _may_be_named(choices: Mapping[str, str], signed: Mapping[str, str]) -> bool:
    """Whether names may stand by the reasons that were signed. Words instead of a spread say, from five on, that nearly all chose
    the same: two names beside them could tell what the rest chose. Below five the words say nothing."""
    if len(choices) < FEWEST or len(signed) == len(choices):
        return True
    return own_spread(_counted(choices, WAYS), _counted(signed, WAYS)) is not None


def _may_replace(before: Shown | None, now: Mapping[str, str]) -> bool:
    if before is None or before["counts"] is None:
        return True
    gone = {f"gone {n}" for n in range(before["size"] - len(before["people"]))}
    differ = {id for id in before["people"].keys() | now.keys() if before["people"].get(id) != now.get(id)} | gone
    return len(differ) >= FEWEST and may_follow(before["people"].keys() | gone, set(now))


def _shown(choices: Mapping[str, str], counts: Sequence[int] | None) -> dict[str, Any]:
    kept = dict(sorted(choices.items())) if counts is not None else {}
    return {"counts": list(counts) if counts is not None else None, "people": kept, "size": len(choices)}


def _counted(choices: Mapping[str, str], kinds: Sequence[str]) -> list[int]:
    found = Counter(choices.values())
    return [found[kind] for kind in kinds]


def _told(
    state: State, choices: Mapping[str, str], signed: Mapping[str, str], run: str, *, all_of_them: bool
) -> list[dict[str, Any]]:
    """The reasons that are shown. Where they are shown unsigned, nothing in them leads back to a seat."""
    told = []
    for member, way in choices.items():
        seat = state["seats"][member]
        if not seat.get("why") or (member not in signed and not all_of_them):
            continue
        name = {"member": member, "name": seat["name"]} if member in signed else {}
        reason = {"way": way, "why": seat["why"], "protects": seat.get("protects") or ""}
        told.append({"id": _digest(run, reason), **reason, **name})
    return sorted(told, key=lambda one: (one["way"], one["id"], one.get("name", "")))


def _digest(run: str, reason: Mapping[str, str]) -> str:
    words = "\n".join((run, reason["way"], reason["why"], reason["protects"]))
    return blake2s(words.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _struck(state: State, second: Mapping[str, str]) -> list[str]:
    """The reasons that several pointed out, the most first; how many is not said. From five answers on."""
    if len(second) < FEWEST:
        return []
    marks = Counter(reason for id in second for reason in state["seats"][id].get("strong") or ())
    known = {one["id"] for one in state["told"]}
    strong = [id for id, count in marks.items() if count >= STRONG_FROM and id in known]
    return sorted(strong, key=lambda id: (-marks[id], id))


# ---- reading it ------------------------------------------------------------------------------------------


def fewest(shown: Shown | None) -> tuple[str, ...]:
    """The ways that were chosen by somebody, and by the fewest: whoever chose one of them is invited to begin."""
    counts = shown["counts"] if shown else None
    if not counts:
        return ()
    least = min(count for count in counts if count)
    return tuple(way for way, count in zip(WAYS, counts, strict=True) if count == least)


def seat_to_argue(run: str, member: str) -> str:
    """Whose chair somebody argues from: the same each time they look, and whatever they chose themselves – a way that is never
    one's own would tell the others what was not chosen."""
    return WAYS[blake2s(f"{run} {member}".encode(), digest_size=1).digest()[0] % len(WAYS)]
