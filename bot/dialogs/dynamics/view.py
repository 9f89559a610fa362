"""What a group may see of its own answers about its dynamics: words, never numbers that name somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from bot.cards import Form, Words, plain
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.house import House
from bot.dialogs.steps import Option
from bot.dialogs.turn import State
from bot.small_numbers import FEWEST, rough

WORK = ("koncentreret", "maalrettet", "rationelt", "udviklende")
MOST_PHENOMENA = 2
"""How many phenomena a hypothesis is made from; more says nothing."""
MOST_GRIPS = 3


class Dynamics:
    def __init__(self, house: House):
        self.house, self.say = house, house.say

    def marks(self) -> tuple[Option, ...]:
        return tuple(Option(one, self.say(f"group_dynamics.{one}")) for one in WORK)

    def phenomena(self) -> tuple[Option, ...]:
        items = self.house.concepts["phenomena"].items.values()
        return tuple(Option(item.id, item.name) for item in items)

    # ---- everybody's -------------------------------------------------------------------------------------------------

    def closed(self, state: State, ctx: GroupContext) -> State:
        """The round closed, with what everybody sees counted once: whoever is deleted afterwards would else be the difference
        between two pictures. The leader's own stands beside, and is not one of them."""
        given = [answer for member, answer in state["answers"].items() if member != state["leader"]]
        seen = self._counted(given) if len(given) >= FEWEST else None
        return state | {"phase": "shown", "until": "", "seen": seen, "day": ctx.today.isoformat()}

    def _counted(self, given: list[Any]) -> dict[str, Any]:
        known = {"work": WORK, "room": self.house.concepts["phenomena"].items}
        return {"answered": len(given), **{part: _bands(given, part, ids) for part, ids in known.items()}}

    def is_shown(self, state: State) -> bool:
        """Whether there were enough answers for anything to be seen."""
        return bool(state["seen"])

    def seen(self, state: State) -> tuple[Words, ...]:
        """What most saw, a hypothesis, what may help."""
        if not self.is_shown(state):
            return (self.say("group_dynamics.too_few"),)
        work, room = state["seen"]["work"], state["seen"]["room"]
        most = [one for one, band in room.items() if band == "most"]
        return (
            self.say("group_dynamics.answered", count=state["seen"]["answered"]),
            *self._listed("work", work, ("most", "some", "few"), self.mark),
            *self._listed("room", room, ("most", "some"), self.phenomenon),
            *(self._guess(most[:MOST_PHENOMENA]) if most else (self.say("group_dynamics.room_few"),)),
            *self._leaders(state),
            self.say("group_dynamics.talk"),
        )

    def _listed(self, what: str, bands: dict[str, str | None], shown: Iterable[str], name: Any) -> Iterator[Words]:
        for band in shown:
            found = [name(one) for one, of in bands.items() if of == band]
            if found:
                yield self.say(f"group_dynamics.{what}_{band}", list=joined(found))

    def _guess(self, phenomena: list[str]) -> tuple[Words, ...]:
        concepts = self.house.concepts
        items = [concepts["phenomena"][one] for one in phenomena]
        assumptions = dict.fromkeys(one for item in items for one in item.linked("points_to"))
        grips = list(dict.fromkeys(one for item in items for one in item.linked("grips")))[:MOST_GRIPS]
        hypothesis = joined([concepts["assumptions"][one].text for one in assumptions], self.say("flow.or"))
        sentences = [self.say("group_dynamics.sentence", sentence=item.question) for item in items if item.question]
        return (
            self.say("group_dynamics.hypothesis", hypothesis=hypothesis),
            self.say("group_dynamics.grips", grips=joined([concepts["grips"][one].name for one in grips])),
            *sentences[:1],
        )

    def _leaders(self, state: State) -> tuple[Words, ...]:
        """The leader's own, beside the others', where the leader said so."""
        mine = state["answers"].get(state["leader"])
        if not state["show"] or mine is None:
            return ()
        name = plain(state["names"].get(state["leader"], ""))
        marked = [self.mark(one) for one in mine["work"]] + [self.phenomenon(one) for one in mine["room"]]
        return (self.say("group_dynamics.leaders_view", name=name, list=self._list(marked)),)

    # ---- one's own ---------------------------------------------------------------------------------------------------

    def own(self, state: State, ctx: GroupContext) -> Form:
        """One's own answer, beside what the group sees."""
        mine = state["answers"].get(ctx.actor.id) if ctx.actor else None
        shown = self.seen(state) if state["phase"] == "shown" else ()
        lead = (self.say("group_dynamics.own_nothing"),) if mine is None else self._own_words(mine)
        title = self.say("group_dynamics.own_title")
        return Form(ctx.about, "own", title, lead=(*lead, *shown), closed=True)

    def _own_words(self, mine: Any) -> tuple[Words, ...]:
        work = self._list([self.mark(one) for one in mine["work"]])
        room = self._list([self.phenomenon(one) for one in mine["room"]])
        return (self.say("group_dynamics.own_work", list=work), self.say("group_dynamics.own_room", list=room))

    # ---- words -------------------------------------------------------------------------------------------------------

    def mark(self, one: str) -> Words:
        """The mark's first word: "Koncentreret"."""
        text = self.say(f"group_dynamics.{one}")
        return Words(text.da.partition(" – ")[0].lower(), text.en.partition(" – ")[0].lower())

    def phenomenon(self, one: str) -> Words:
        return self.house.concepts["phenomena"][one].name

    def _list(self, words: list[Words]) -> Words:
        return joined(words) if words else self.say("group_dynamics.nothing")


def _bands(given: list[Any], what: str, known: Iterable[str]) -> dict[str, str | None]:
    counts = Counter(one for answer in given for one in answer[what])
    return {one: rough(counts[one], len(given)) for one in known}


def joined(words: list[Words], between: Words | None = None) -> Words:
    da, en = (f" {between.da} ", f" {between.en} ") if between else ("; ", "; ")
    return Words(da.join(one.spoken("da") for one in words), en.join(one.spoken("en") for one in words))
