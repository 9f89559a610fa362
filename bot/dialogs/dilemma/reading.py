"""What can be read in a dilemma game, on a page of one's own: the reasons that are shown, the situation, whose chair to argue from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import Form, Words, plain
from bot.dialogs.dilemma.alone import line_of, way_in_full
from bot.dialogs.dilemma.content import Dilemma
from bot.dialogs.dilemma.reveal import seat_to_argue
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.house import House
from bot.dialogs.turn import State

MOST_SHOWN = 60
"""Reasons on one page: a platform's page holds about a hundred lines."""


@dataclass(frozen=True)
class DilemmaReading:
    pages: GroupPages

    @property
    def house(self) -> House:
        return self.pages.house

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    def reasons(self, state: State, dilemma: Dilemma, ctx: GroupContext) -> Form:
        """The reasons that are shown, way by way."""
        lines = tuple(self._reasons(state["told"][:MOST_SHOWN], dilemma))
        more = len(state["told"]) - MOST_SHOWN
        left_out = (self.say("reasons_left_out", n=more),) if more > 0 else ()
        return self._closed(ctx, "reasons_title", *(lines or (self.say("reasons_none"),)), *left_out)

    def _reasons(self, told: list[dict[str, Any]], dilemma: Dilemma) -> Iterator[Words]:
        for way in dilemma.ways:
            of_way = [one for one in told if one["way"] == way.id]
            if of_way:
                yield self.say("way_heading", way=line_of(way, self.house.say))
            yield from (self._reason(one) for one in of_way)

    def _reason(self, one: Mapping[str, Any]) -> Words:
        said = self.say("reason", why=one["why"])
        if one["protects"]:
            said = self.say("reason_protects", reason=said, protects=one["protects"])
        return self.say("reason_signed", reason=said, name=one["name"]) if one.get("name") else said

    def struck(self, state: State, ctx: GroupContext) -> Form:
        """The reasons that several found strong."""
        known = {one["id"]: one for one in state["told"]}
        lines = tuple(self._reason(known[id]) for id in state["struck"] if id in known)
        return self._closed(ctx, "struck_title", *(lines or (self.say("struck_none"),)))

    def read(self, dilemma: Dilemma, ctx: GroupContext) -> Form:
        ways = (way_in_full(way, self.house.say) for way in dilemma.ways)
        return self.pages.private.closed(ctx.about, dilemma.title, dilemma.situation, dilemma.question, *ways)

    def seat(self, dilemma: Dilemma, ctx: GroupContext) -> Form:
        """Whose chair to argue from."""
        way = dilemma.way(seat_to_argue(ctx.run, ctx.actor.id if ctx.actor else ""))
        assert way is not None
        return self._closed(ctx, "seat_title", self.say("seat", way=way_in_full(way, self.house.say)), self.say("seat_note"))

    def in_other_language(self, title: Words, lines: tuple[Words, ...], ctx: GroupContext) -> Form:
        """The post in the language it is not in, whoever reads it."""
        other = "da" if ctx.language == "en" else "en"
        spoken = tuple(plain(line.spoken(other)) for line in lines)
        return self.pages.private.closed(ctx.about, plain(title.spoken(other)), *spoken)

    def _closed(self, ctx: GroupContext, title: str, *text: Words) -> Form:
        return self.pages.private.closed(ctx.about, self.say(title), *text)
