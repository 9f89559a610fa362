"""The three closing questions of the implementation workshop: everyone first alone, then together, and agreements in the end.

State: {"phase": alone | together | agreeing | kept | over | dropped, "question": q1 …, "names": {member: name},
"alone": {question: {member: text}}, "shared": {question: text}, "agreed": […] (`group_agreements`)}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2s
from typing import Any

from bot.cards import Button, Card, Form, Words, plain
from bot.dialogs.group_agreements import MOST, GroupAgreements
from bot.dialogs.group_members import remembered, steers
from bot.dialogs.group_turn import GROUP, GroupContext, GroupEffect, GroupTurn, HandOver, Over, WakeIn
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages, Taken
from bot.dialogs.steps import Step
from bot.dialogs.turn import State
from bot.events import Chose, Event, Submitted, Woke

NAME = "workshop"
BEACON = "implementering"
QUESTIONS = ("q1", "q2", "q3")
LONGEST_ALONE, LONGEST_SHARED = 500, 1500
"""Characters of a text; a page of a platform holds what a leader group writes of that length."""
BYTES = 6
"""The most bytes that one character takes in the state."""
FORGOTTEN = timedelta(days=7)
"""How long an exercise is kept where nobody leads it on."""
KEPT = timedelta(days=30)
"""How long what the group wrote together can be fetched, before it is the group's alone to keep."""
STEERS = frozenset({"show", "onward", "back", "end", "drop"})
ONWARD = STEERS | {"write", "read", "steer", "agree", "agreements", "take_over"}


class Workshop:
    name = NAME

    def __init__(self, house: House):
        self.house, self.pages, self.agreements = house, PrivatePages(house), GroupAgreements(house)
        self.label = self.say("offer")

    def say(self, key: str, **values: Any) -> Words:
        return self.house.say(f"workshop.{key}", **values)

    def begin(self, ctx: GroupContext) -> GroupTurn:
        who = ctx.actor.id if ctx.actor else ""
        names = {who: ctx.actor.name} if ctx.actor else {}
        state = {"phase": "alone", "question": "q1", "names": names, "alone": {}, "shared": {}, "agreed": []}
        return GroupTurn(state, (HandOver(who), WakeIn(FORGOTTEN)), self._steer_page(state, ctx))

    def load(self, state: State) -> int:
        texts = len(state["names"]) * LONGEST_ALONE + LONGEST_SHARED
        return 1000 + BYTES * texts * len(QUESTIONS) + 150 * len(state["names"]) + 900 * len(state["agreed"])

    # ---- what can happen -----------------------------------------------------------------------------------------

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Woke) or ctx.actor is None:
            return self._woke(state)
        return remembered(state, ctx, lambda known: self._did(known, event, ctx))

    def _did(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Chose):
            return self._pressed(state, event.action, event.value, ctx)
        if not isinstance(event, Submitted):
            return GroupTurn()
        action, _, value = event.button.partition(":")
        page = None if action in ONWARD else self._asked(event.page, state, ctx)
        if page is None:
            return self._pressed(state, action, value, ctx)
        taken = self.pages.take(page, event, run=self._run(ctx), today=ctx.today, language=ctx.actor.language)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        return self._taken(event, state, taken, ctx)

    def _pressed(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        match action:
            case "write" | "read":
                return GroupTurn(form=self._question_page(state, ctx))
            case "document" if state["phase"] == "kept":
                return GroupTurn(form=self._paper(state, ctx))
            case "agree":
                return GroupTurn(form=self._agree_page(state, ctx))
            case "remove" if steers(ctx) and state["phase"] == "agreeing":
                state = state | {"agreed": self.agreements.without(state["agreed"], value)}
                return GroupTurn(state, (), self._agreed_page(state, ctx))
            case "agreements" | "remove":
                return GroupTurn(form=self._agreed_page(state, ctx))
            case "take_over" if not ctx.facilitator:
                return GroupTurn(state, (HandOver(ctx.actor.id),), self._closed(ctx, "taken_over"))
        if action in STEERS and steers(ctx):
            return self._steered(state, action, ctx)
        return GroupTurn(form=self._steer_page(state, ctx))

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        return self._question_page(state, ctx) if state["phase"] in ("alone", "together") else self._steer_page(state, ctx)

    # ---- writing -----------------------------------------------------------------------------------------------------

    def _asked(self, name: str, state: State, ctx: GroupContext) -> Private | None:
        """The page with a question, called so, where it can be asked now."""
        kind, question, _ = [*name.split("_"), "", ""][:3]
        match kind, state["phase"]:
            case "alone", "alone" if question == state["question"]:
                return self._alone(state, ctx)
            case "together", "together" if question == state["question"]:
                return self._together(state, ctx)
            case "agree", "agreeing" if len(state["agreed"]) < MOST:
                return self.agreements.page(state["names"])
        return None

    def _question_page(self, state: State, ctx: GroupContext) -> Form:
        match state["phase"]:
            case "alone":
                return self.pages.form(self._alone(state, ctx), self._run(ctx))
            case "together":
                return self.pages.form(self._together(state, ctx), self._run(ctx))
        return self._closed(ctx, "over")

    def _alone(self, state: State, ctx: GroupContext) -> Private:
        question = state["question"]
        text = Step("text", "text", self.say("your_text"))
        mine = state["alone"].get(question, {}).get(ctx.actor.id)
        lead = (self.say("notice"),)
        values = {"text": mine} if mine else {}
        return Private(f"alone_{question}", self.say(question), (text,), self._save(), lead, values=values, check=self._fits(LONGEST_ALONE))

    def _together(self, state: State, ctx: GroupContext, *notes: Words) -> Private:
        question = state["question"]
        lead = self._written(state, ctx)
        shared = state["shared"].get(question, "")
        text = Step("shared", "text", self.say("your_answer"))
        return Private(
            f"together_{question}_{_mark(shared)}",
            self.say(question),
            (text,),
            self._save(),
            lead,
            notes,
            values={"shared": shared} if shared else {},
            check=self._fits(LONGEST_SHARED),
        )

    def _written(self, state: State, ctx: GroupContext) -> tuple[Words, ...]:
        """What was written, without names, in an order that has nothing to do with who wrote it or when."""
        texts = set(state["alone"].get(state["question"], {}).values())
        ordered = sorted(texts, key=lambda text: blake2s(f"{ctx.run}\n{text}".encode(), digest_size=8).digest())
        return tuple(self.say("written", text=plain(text)) for text in ordered) or (self.say("nothing_written"),)

    def _fits(self, limit: int) -> Any:
        def check(values: Mapping[str, Any]) -> dict[str, Words]:
            long = {one: len(text) for one, text in values.items() if isinstance(text, str) and len(text) > limit}
            return {one: self.say("too_long", limit=limit, length=length) for one, length in long.items()}

        return check

    def _taken(self, event: Submitted, state: State, taken: Taken, ctx: GroupContext) -> GroupTurn:
        question = state["question"]
        match event.page.partition("_")[0]:
            case "alone":
                texts = {**state["alone"].get(question, {}), ctx.actor.id: taken.values.get("text") or ""}
                texts = {member: text for member, text in texts.items() if text}
                state = state | {"alone": state["alone"] | {question: texts}}
                return GroupTurn(state, (), self._closed(ctx, "saved", *taken.notes))
            case "together":
                return self._shared(event, state, taken.values.get("shared") or "", ctx)
        agreed = self.agreements.with_one(state["agreed"], taken.values, state["names"])
        return GroupTurn(state | {"agreed": agreed}, (), self.agreements.saved(self._run(ctx), taken.notes))

    def _shared(self, event: Submitted, state: State, text: str, ctx: GroupContext) -> GroupTurn:
        """Two who write at once lose nothing: the second sees what the first wrote, with their own below it. The page's name says
        what stood there when it was drawn."""
        question = state["question"]
        stands = state["shared"].get(question, "")
        if not event.page.endswith(_mark(stands)) and text not in ("", stands):
            page = self._together(state, ctx, self.say("changed_meanwhile"))
            both = f"{stands}\n{text}".strip()[:LONGEST_SHARED]
            return GroupTurn(form=self.pages.form(replace(page, values={"shared": both}), self._run(ctx)))
        state = state | {"shared": state["shared"] | {question: text}}
        return GroupTurn(state, (), self._closed(ctx, "saved_shared"))

    # ---- running it --------------------------------------------------------------------------------------------------

    def _steered(self, state: State, action: str, ctx: GroupContext) -> GroupTurn:
        at = QUESTIONS.index(state["question"])
        match action, state["phase"]:
            case "show", "alone":
                state = state | {"phase": "together"}
            case "onward", "together" if at + 1 < len(QUESTIONS):
                state = state | {"phase": "alone", "question": QUESTIONS[at + 1]}
            case "onward", "together":
                state = state | {"phase": "agreeing"}
            case "back", "agreeing":
                state = state | {"phase": "together"}
            case "back", "alone" if at:
                state = state | {"phase": "together", "question": QUESTIONS[at - 1]}
            case "end", "agreeing":
                return self._over(state, ctx)
            case "drop", "alone" | "together" | "agreeing":
                return GroupTurn(_emptied(state, "dropped"), (Over(dropped=True),), self._closed(ctx, "dropped"))
        return GroupTurn(state, (WakeIn(FORGOTTEN),), self._steer_page(state, ctx))

    def _over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """What each wrote alone is deleted at once; the shared answers and agreements can be fetched for a while."""
        state = state | {"phase": "kept", "alone": {}}
        effects: tuple[GroupEffect, ...] = (*self.agreements.kept(state["agreed"], BEACON), WakeIn(KEPT))
        return GroupTurn(state, effects, self._paper(state, ctx))

    def _paper(self, state: State, ctx: GroupContext) -> Form:
        """What they wrote together, to read here or to fetch."""
        return self.pages.closed(self._run(ctx), self.say("title"), *self.written(state), buttons=self._fetch(ctx))

    def written(self, state: State) -> tuple[Words, ...]:
        """The questions with the group's own answers, and what it agreed, line by line."""
        agreed = self.agreed(state) or (self.house.say("group.agreements_none"),)
        return (*(line for pair in self.answers(state) for line in pair), self.house.say("group.agreements_title"), *agreed)

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

    def _woke(self, state: State) -> GroupTurn:
        dropped = state["phase"] != "kept"
        return GroupTurn(_emptied(state, "dropped" if dropped else "over"), (Over(dropped=dropped),))

    def _steer_page(self, state: State, ctx: GroupContext) -> Form:
        if not steers(ctx):
            return self._not_theirs(state, ctx)
        phase, is_first = state["phase"], state["question"] == QUESTIONS[0]
        buttons = {
            "alone": ("show", *(() if is_first else ("back",)), "drop"),
            "together": ("onward", "drop"),
            "agreeing": ("end", "back", "drop"),
        }.get(phase, ())
        if not buttons:
            return self._closed(ctx, "over")
        lead = (self._step(state), self.say(f"steer_{phase}")) if phase != "agreeing" else (self.say("steer_agreeing"),)
        drawn = tuple(Button(one, self.say(one), style="" if n else "primary") for n, one in enumerate(buttons))
        return Form(self._run(ctx), "steer", self.say("steer_title"), lead=lead, buttons=drawn)

    def _not_theirs(self, state: State, ctx: GroupContext) -> Form:
        name = state["names"].get(ctx.facilitator, "") if ctx.facilitator else ""
        told = self.say("not_yours", name=name) if name else self.say("nobody_steers")
        buttons = () if ctx.facilitator else (Button("take_over", self.say("take_over")),)
        return Form(self._run(ctx), "steer", self.say("title"), lead=(told,), buttons=buttons, closed=not buttons)

    def _agree_page(self, state: State, ctx: GroupContext) -> Form:
        if state["phase"] != "agreeing":
            return self._steer_page(state, ctx)
        if len(state["agreed"]) >= MOST:
            return self.agreements.full(self._run(ctx))
        return self.pages.form(self.agreements.page(state["names"]), self._run(ctx))

    def _agreed_page(self, state: State, ctx: GroupContext) -> Form:
        may_remove = steers(ctx) and state["phase"] == "agreeing"
        return self.agreements.shown(state["agreed"], state["names"], self._run(ctx), may_remove=may_remove)

    # ---- the post ----------------------------------------------------------------------------------------------------

    def post(self, state: State, ctx: GroupContext) -> Card:
        """Which question, and what to do now: nothing of what is written."""
        offered = {
            "alone": ("write", "steer"),
            "together": ("read", "steer"),
            "agreeing": ("agree", "agreements", "steer"),
            "kept": ("document",),
        }.get(state["phase"], ())
        buttons = tuple(self._button(one, n) for n, one in enumerate(offered))
        title = self.say("title")
        return Card(self._told(state), buttons, title, self._run(ctx), title)

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

    def _button(self, action: str, number: int) -> Button:
        label = self.house.say(f"group.{action}") if action in ("agree", "agreements") else self.say(action)
        return Button(action, label, does="form", style="" if number else "primary")

    def _save(self) -> tuple[Button, ...]:
        return (Button("save", self.say("save"), style="primary"),)

    def _run(self, ctx: GroupContext) -> str:
        return f"{GROUP}{ctx.run}"

    def _closed(self, ctx: GroupContext, key: str, *more: Words, buttons: tuple[Button, ...] = ()) -> Form:
        return self.pages.closed(self._run(ctx), self.say("title"), self.say(key), *more, buttons=buttons)



def _mark(text: str) -> str:
    """What tells whether a shared answer was changed meanwhile."""
    return blake2s(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _emptied(state: State, phase: str) -> State:
    return state | {"phase": phase, "alone": {}, "shared": {}, "agreed": []}
