"""How a group's own dynamics move, round by round: a picture in three bands for each mark, and the same in words.

What the group keeps of a round is what it was shown: {"day": ISO date, "work": {mark: band}, "room": {phenomenon: band}}, and of one
with too few answers only the day. The bands are words that each cover several numbers (`small_numbers.rough`), so a picture of them
over time tells no more than the rounds did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from bot.cards import Form, Strip, Words, plain
from bot.dialogs.dates import words_of_day
from bot.dialogs.dynamics.view import WORK, Dynamics, joined
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.turn import State

ROUND = "round"
"""The note that a round leaves."""
BANDS = ("few", "some", "most")
MOST_ROUNDS = 8
"""Rounds in a picture; a telephone is no wider."""
MOST_PHENOMENA = 4

Round = Mapping[str, Any]


def noted(state: State) -> dict[str, Any]:
    """What the group keeps of a round that is closed."""
    seen = state["seen"]
    return {"day": state.get("day", ""), **({"work": seen["work"], "room": seen["room"]} if seen else {})}


@dataclass(frozen=True)
class DynamicsMovement:
    pages: GroupPages
    view: Dynamics

    def page(self, state: State, ctx: GroupContext) -> Form:
        """The picture, on a page of one's own; from two rounds on that were shown."""
        rounds = _rounds(state, ctx)
        if sum("work" in one for one in rounds) < 2:
            return self.pages.closed(ctx, "over_time_none", title="over_time_title")
        work = tuple(self._strips("work", WORK, self.view.mark, rounds))
        room = tuple(self._strips("room", _often(rounds), self.view.phenomenon, rounds))
        seen = (self.pages.say("over_time_room"), *(strip.words for strip in room)) if room else ()
        lead = (self.pages.say("over_time_lead"), *(strip.words for strip in work), *seen)
        title = self.pages.say("over_time_title")
        return Form(ctx.about, "own", title, lead=lead, closed=True, strips=(*work, *room))

    def _strips(self, part: str, ids: Sequence[str], name: Callable[[str], Words], rounds: list[Round]) -> Iterator[Strip]:
        days = [date.fromisoformat(one["day"]) for one in rounds]
        names = tuple(self.pages.say(f"level_{band}") for band in BANDS)
        for id in ids:
            bands = [one.get(part, {}).get(id) for one in rounds]
            yield Strip(
                words=self.pages.say("over_time_line", name=name(id), moved=self._in_words(bands, days)),
                label=name(id),
                moments=tuple(plain(f"{day.day}/{day.month}") for day in days),
                levels=tuple(BANDS.index(band) + 1 if band else None for band in bands),
                names=names,
            )

    def _in_words(self, bands: list[str | None], days: list[date]) -> Words:
        """ "most from 2 March to 16 March; some on 23 March": what stays the same is said once."""
        runs = [list(run) for _, run in groupby(zip(bands, days, strict=True), key=lambda one: one[0])]
        return joined([self._run(run) for run in runs])

    def _run(self, run: list[tuple[str | None, date]]) -> Words:
        (band, first), (_, last) = run[0], run[-1]
        level = self.pages.say(f"level_{band}" if band else "level_unknown")
        if first == last:
            return self.pages.say("over_time_on", level=level, day=words_of_day(first))
        return self.pages.say("over_time_between", level=level, day=words_of_day(first), last=words_of_day(last))


def _rounds(state: State, ctx: GroupContext) -> list[Round]:
    """The oldest first, and last the one that is being talked about."""
    kept = [note.data for note in reversed(ctx.notes) if note.kind == ROUND]
    now = [noted(state)] if state["phase"] == "shown" else []
    return [one for one in (*kept, *now) if one.get("day")][-MOST_ROUNDS:]


def _often(rounds: list[Round]) -> list[str]:
    """The phenomena that were seen by more than few: those seen by most, and in most rounds, first."""
    seen = [(id, band) for one in rounds for id, band in one.get("room", {}).items() if band in ("some", "most")]
    weight = {id: sum(1 + (band == "most") for other, band in seen if other == id) for id, _ in seen}
    return sorted(weight, key=lambda id: (-weight[id], id))[:MOST_PHENOMENA]
