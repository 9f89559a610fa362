"""What the workshop's three questions show: the post, the pages where one writes, alone and together, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2s
from typing import Any

from bot.cards import Button, Card, Form, Words, plain
from bot.dialogs.group.agreements import GroupAgreements
from bot.dialogs.group.leading import GroupLeading, silent_for
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import Step
from bot.dialogs.turn import State

NAME = "workshop"
QUESTIONS = ("q1", "q2", "q3")
LONGEST_ALONE, LONGEST_SHARED = 500, 1500
"""Characters of a text; a page of a platform holds what a leader group writes of that length."""

GONE = timedelta(minutes=15)
"""How long a facilitator may be silent before another can take over."""

OFFERED = {
    "alone": ("write", "steer"),
    "together": ("read", "steer"),
    "agreeing": ("agree", "agreements", "steer"),
    "kept": ("document",),
}
"""The post's buttons, by phase; the main one first."""


@dataclass(frozen=True)
class WorkshopPages:
    pages: GroupPages

    @property
    def agreements(self) -> GroupAgreements:
        return GroupAgreements(self.pages.house)

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    @property
    def roles(self) -> GroupLeading:
        return GroupLeading(self.pages, lambda state, ctx: silent_for(state, ctx, GONE))

    # ---- the post ----------------------------------------------------------------------------------------------------

    def post(self, state: State, ctx: GroupContext) -> Card:
        """Which question, and what to do now: nothing of what is written."""
        offered = OFFERED.get(state["phase"], ())
        buttons = tuple(self.pages.on_post(one, is_main=not n) for n, one in enumerate(offered))
        title = self.say("title")
        return Card(self._told(state), buttons, title, ctx.about, title)

    def _told(self, state: State) -> tuple[Words, ...]:
        match state["phase"]:
            case "alone" | "together" as phase:
                return (self._step(state), self.say(phase))
            case "agreeing":
                return (self.say("agreeing"), *((self.agreements.counted(state["agreed"]),) if state["agreed"] else ()))
            case "kept":
                return (self.say("ended"), self.agreements.counted(state["agreed"]))
        return (self.say("dropped" if state["phase"] == "dropped" else "over"),)

    def _step(self, state: State) -> Words:
        question = state["question"]
        return self.say("step", number=QUESTIONS.index(question) + 1, question=self.say(question))

    # ---- writing -----------------------------------------------------------------------------------------------------

    def question(self, state: State, ctx: GroupContext) -> Form:
        """The page of the question they are at; where there is none, that it is over."""
        match state["phase"]:
            case "alone":
                return self.pages.form(self.alone(state, ctx), ctx)
            case "together":
                return self.pages.form(self.together(state, ctx), ctx)
        return self.pages.closed(ctx, "over")

    def alone(self, state: State, ctx: GroupContext) -> Private:
        question = state["question"]
        mine = state["alone"].get(question, {}).get(ctx.actor.id) if ctx.actor else None
        return Private(
            f"alone_{question}",
            self.say(question),
            (Step("text", "text", self.say("your_text")),),
            self.pages.save(),
            (self.say("notice"),),
            values={"text": mine} if mine else {},
            check=self._fits(LONGEST_ALONE),
        )

    def together(self, state: State, ctx: GroupContext, *notes: Words) -> Private:
        question = state["question"]
        shared = state["shared"].get(question, "")
        return Private(
            f"together_{question}_{mark(shared)}",
            self.say(question),
            (Step("shared", "text", self.say("your_answer")),),
            self.pages.save(),
            self._written(state, ctx),
            notes,
            values={"shared": shared} if shared else {},
            check=self._fits(LONGEST_SHARED),
        )

    def changed_meanwhile(self, state: State, text: str, ctx: GroupContext) -> Form:
        """What stands there now, and below it what was typed."""
        both = f"{state['shared'].get(state['question'], '')}\n{text}".strip()[:LONGEST_SHARED]
        return self.pages.form(replace(self.together(state, ctx, self.say("changed_meanwhile")), values={"shared": both}), ctx)

    def _written(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        """What was written, without names, in an order that has nothing to do with who wrote it or when."""
        texts = set(state["alone"].get(state["question"], {}).values())
        ordered = sorted(texts, key=lambda text: blake2s(f"{ctx.run}\n{text}".encode(), digest_size=8).digest())
        return tuple(self.say("written", text=plain(text)) for text in ordered) or (self.say("nothing_written"),)

    def _fits(self, limit: int) -> Callable[[Mapping[str, Any]], dict[str, Words]]:
        def check(values: Mapping[str, Any]) -> dict[str, Words]:
            long = {one: len(text) for one, text in values.items() if isinstance(text, str) and len(text) > limit}
            return {one: self.say("too_long", limit=limit, length=length) for one, length in long.items()}

        return check

    # ---- running it --------------------------------------------------------------------------------------------------

    def steering(self, state: State, ctx: GroupContext) -> Form:
        if not ctx.is_led_by_actor:
            return self.roles.who(state, ctx)
        is_first = state["question"] == QUESTIONS[0]
        match state["phase"]:
            case "alone":
                lead = (self._step(state), self.say("steer_alone"))
                return self.pages.steering(ctx, lead, ("show", *(() if is_first else ("back",)), "hand", "drop"))
            case "together":
                return self.pages.steering(ctx, (self._step(state), self.say("steer_together")), ("onward", "hand", "drop"))
            case "agreeing":
                return self.pages.steering(ctx, (self.say("steer_agreeing"),), ("end", "back", "hand", "drop"))
        return self.pages.closed(ctx, "over")

    # ---- what came of it ---------------------------------------------------------------------------------------------

    def paper(self, state: State, ctx: GroupContext) -> Form:
        """What they wrote together, to read here or to fetch."""
        return self.pages.private.closed(ctx.about, self.say("title"), *self._in_full(state), buttons=self._fetch(ctx))

    def _in_full(self, state: State) -> tuple[Words, ...]:
        agreed = self.agreed(state) or (self.pages.house.say("group.agreements_none"),)
        answers = (line for asked, answer in self.answers(state) for line in (self.say("heading", text=asked), answer))
        return (*answers, self.say("heading", text=self.pages.house.say("group.agreements_title")), *agreed)

    def answers(self, state: State) -> tuple[tuple[Words, Words], ...]:
        """Each question, and what the group answered together."""
        shared, none = state["shared"], self.say("nothing_shared")
        return tuple((self.say(one), plain(shared[one]) if shared.get(one) else none) for one in QUESTIONS)

    def agreed(self, state: State) -> tuple[Words, ...]:
        names = state["names"]
        return tuple(self.agreements.line(one, names.get(one["who"], "")) for one in state["agreed"])

    def _fetch(self, ctx: GroupContext) -> tuple[Button, ...]:
        """To the document on the web; a guest has no pages there, and reads it here."""
        if ctx.actor is None or ctx.actor.is_guest:
            return ()
        return tuple(Button("paper", self.say(one), f"papers/{ctx.run}/{one}", does="page") for one in ("word", "pdf"))


def mark(text: str) -> str:
    """What tells whether a shared answer was changed meanwhile."""
    return blake2s(text.encode("utf-8", "replace"), digest_size=6).hexdigest()
