"""The shared post of a dilemma game, as it stands: one card, edited in place, that holds nothing anybody wrote or chose alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards import Bar, Button, Card, Words, plain
from bot.dialogs.dilemma.alone import line_of, perspectives, way_in_full
from bot.dialogs.dilemma.content import Dilemma
from bot.dialogs.dilemma.reveal import fewest
from bot.dialogs.dilemma.state import CHOOSING, TALK, moment, names
from bot.dialogs.group.agreements import AGREE, GroupAgreements
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.house import House
from bot.dialogs.turn import State

TIMED = ("situation", "first", "reveal", "talk", "second")
"""Phases whose end is shown."""


@dataclass(frozen=True)
class DilemmaPost:
    house: House

    def say(self, key: str, **values: Any) -> Words:
        return self.house.say(f"dilemma_game.{key}", **values)

    def draw(self, state: State, dilemma: Dilemma | None, ctx: GroupContext) -> Card:
        shown = state["phase"] in TIMED and not state["is_late"]
        return Card(
            text=tuple(self.lines(state, dilemma, ctx)),
            buttons=tuple(self._buttons(state, dilemma, ctx)),
            title=self.title(state, dilemma),
            notice=self.say(f"notice_{state['phase']}"),
            spread=self._spread(state, dilemma),
            until=moment(state, "until") if shown else None,
        )

    def title(self, state: State, dilemma: Dilemma | None) -> Words:
        return dilemma.title if dilemma and state["phase"] != "proposed" else self.say("title")

    # ---- what it says ------------------------------------------------------------------------------------

    def lines(self, state: State, dilemma: Dilemma | None, ctx: GroupContext) -> Iterator[Words]:
        """The text of the post, in both languages."""
        if dilemma is None or state["phase"] in ("proposed", "over"):
            yield from self._outside(state, ctx)
            return
        match state["phase"]:
            case "situation":
                yield from self._situation(dilemma)
                yield self.say("situation")
            case "first":
                yield from self._situation(dilemma)
                yield from self._ways(dilemma)
                yield self.say("first")
                yield from self._stands(state, 1)
            case "reveal":
                yield from self._revealed(state, dilemma)
            case "talk":
                yield from self._talk(state, dilemma)
            case "second":
                yield from self._ways(dilemma)
                yield self.say("second")
            case "moved":
                yield self.say("moved" if self._counts(state["moved"]) else "moved_words")
                yield self.say("moved_ask")
            case "duty":
                yield self.say("duty")
                yield dilemma.duty or self.say("no_duty")
            case "actions":
                yield self.say("actions")
                yield self._agreed(state)
        yield from self._led(state, ctx)

    def _outside(self, state: State, ctx: GroupContext) -> Iterator[Words]:
        if state["phase"] == "over":
            yield self._agreed(state)
            yield self.say("over")
            return
        yield self.say("proposed")
        yield self.say("proposed_how")
        yield self.say("first_notice")

    def _situation(self, dilemma: Dilemma) -> Iterator[Words]:
        """The situation; what a group wrote itself is read on a private page."""
        yield self.say("own_there") if dilemma.is_own else dilemma.situation

    def _ways(self, dilemma: Dilemma) -> Iterator[Words]:
        if dilemma.is_own:
            return
        yield dilemma.question
        yield from (way_in_full(way, self.house.say) for way in dilemma.ways)

    def _revealed(self, state: State, dilemma: Dilemma) -> Iterator[Words]:
        counts = self._counts(state["shown"])
        if counts is None:
            yield self.say("reveal_words")
            return
        yield self.say("reveal")
        yield self.say("reveal_counts", counts=self._in_words(counts, dilemma))
        few = fewest(state["shown"])
        letters = plain(", ".join(way.upper() for way in few))
        yield self.say("reveal_fewest" if len(few) == 1 else "reveal_several_fewest", way=letters)
        yield from self._stands(state, 2)

    def _stands(self, state: State, reveals: int) -> Iterator[Words]:
        """Once the choice has been opened again: that the picture stands, in the same words whoever changed their mind."""
        if state["reveals"] >= reveals:
            yield self.say("reveal_stands")

    def _in_words(self, counts: Sequence[int], dilemma: Dilemma) -> Words:
        letters = [way.letter for way in dilemma.ways]
        parts = [self.say("reveal_count", letter=letter, n=count) for letter, count in zip(letters, counts, strict=True)]
        return Words(*("; ".join(part.spoken(language) for part in parts) for language in ("da", "en")))

    def _talk(self, state: State, dilemma: Dilemma) -> Iterator[Words]:
        part = TALK[state["pace"]][state["talk"]]
        if part in ("perspectives", "everything"):
            yield self.say("talk_perspectives")
            yield from perspectives(dilemma, self.house.say)
        if part in ("questions", "everything"):
            yield self.say("talk_questions")
            yield from (self.say("question", question=question) for question in dilemma.questions)
        if part == "seats":
            yield self.say("talk_seats")

    def _led(self, state: State, ctx: GroupContext) -> Iterator[Words]:
        if state["is_late"]:
            yield self.say("late")
        name = names(state).get(ctx.facilitator)
        yield self.say("led_by", name=name) if name else self.say("led_by_nobody")

    def _agreed(self, state: State) -> Words:
        if state["agreed"]:
            return GroupAgreements(self.house).counted(state["agreed"])
        return self.say("agreed_none_over" if state["phase"] == "over" else "agreed_none_yet")

    # ---- the picture -------------------------------------------------------------------------------------

    def _spread(self, state: State, dilemma: Dilemma | None) -> tuple[Bar, ...]:
        if state["phase"] in ("reveal", "talk") and dilemma:
            counts = self._counts(state["shown"])
            labels = [plain(way.letter) if dilemma.is_own else line_of(way, self.house.say) for way in dilemma.ways]
        elif state["phase"] == "moved":
            counts, labels = self._counts(state["moved"]), [self.say("bar_moved"), self.say("bar_stayed")]
        else:
            return ()
        return tuple(Bar(label, count) for label, count in zip(labels, counts, strict=True)) if counts else ()

    def _counts(self, shown: Mapping[str, Any] | None) -> list[int] | None:
        return shown["counts"] if shown else None

    # ---- what can be pressed -----------------------------------------------------------------------------

    def _buttons(self, state: State, dilemma: Dilemma | None, ctx: GroupContext) -> Iterator[Button]:
        """At most six: a card in Teams takes no more."""
        at = state["phase"]
        if at == "over":
            return
        if at == "proposed" or dilemma is None:
            yield Button("take", self.say("take"), does="form", style="primary")
            yield self._more()
            return
        yield from self._main(state)
        if dilemma.is_own and at in ("situation", *CHOOSING):
            yield Button("read", self.say("read"), does="form")
        yield Button("next", self.say(f"next_{at}"), place(state), does="form")
        if at in ("first", "talk", "second"):
            yield Button("time", self.say(f"more_time_{state['pace']}"), state["until"] or "", does="form")
        if not ctx.is_read_by_each and not (dilemma.is_own and at in CHOOSING):
            yield Button("other_language", self.say("other_language"), does="form")
        yield self._more()

    def _main(self, state: State) -> Iterator[Button]:
        match state["phase"]:
            case "situation":
                yield Button("join", self.say("join"), does="form", style="primary")
            case "first" | "second":
                yield Button("choose", self.say(f"choose_{state['phase']}"), does="form", style="primary")
            case "reveal":
                yield Button("reasons", self.say("reasons"), does="form", style="primary")
            case "talk":
                is_seats = TALK[state["pace"]][state["talk"]] == "seats"
                yield Button("seat", self.say("seat_button"), does="form", style="primary") if is_seats else self._reasons()
            case "moved":
                yield Button("struck", self.say("struck"), does="form", style="primary")
                yield self._keep()
            case "actions":
                yield Button(AGREE, self.house.say("group.agree"), does="form", style="primary")
                yield Button("agreements", self.house.say("group.agreements"), does="form")
                yield self._keep()

    def _reasons(self) -> Button:
        return Button("reasons", self.say("reasons"), does="form")

    def _keep(self) -> Button:
        return Button("keep", self.say("keep"), does="form")

    def _more(self) -> Button:
        return Button("more", self.say("more"), does="form")


def place(state: State) -> str:
    """Where the game is, so that a second press does not go one further."""
    return f"{state['phase']}.{state['talk']}"
