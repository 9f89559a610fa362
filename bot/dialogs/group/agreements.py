"""What a group agrees on in the end: one name on each agreement, which then lives and is followed up as any agreed action.

Kept in a group dialog's state as plain data, so that it can still be changed until the dialog is over:
{"id", "what", "who" (a member's id, or ""), "by" (ISO date or None), "evaluator" (a role)}. They hold people's words, so they are
read on private pages, never in a post. Once the dialog is over the core keeps each as a note of the kind "agreement".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.cards import Button, Form, Words, plain
from bot.dialogs.dates import words_of_date
from bot.dialogs.group.desk import given_back
from bot.dialogs.group.members import Names, to_choose_from
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import Agree, GroupContext, GroupTurn
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import State
from bot.events import Submitted

AGREE = "agree"
"""The page's name, and the action of the button that opens it."""
NOT_HERE = "not_here"
MOST = 12
"""Agreements in one dialog; a platform's private page holds the lines of so many."""
EVALUATORS = ("team", "trio", "kollega", "leder")
ACTIONS = frozenset({AGREE, "agreements", "remove"})
"""Every button that is about agreements."""

Agreed = Mapping[str, Any]


@dataclass(frozen=True)
class GroupAgreements:
    house: House

    def page(self, names: Names) -> Private:
        """The page where one is written. `names`: who may be named, by member's id."""
        say = self.house.say
        return Private(
            AGREE,
            say("group.agree_title"),
            self._steps(names),
            (Button("save", say("group.agree_save"), style="primary"),),
            lead=(say("group.agree_lead"),),
        )

    def _steps(self, names: Names) -> tuple[Step, ...]:
        say = self.house.say
        who = (*to_choose_from(names), Option(NOT_HERE, say("group.agree_nobody_here")))
        evaluators = tuple(one for one in self.house.common.evaluator.options if one.id in EVALUATORS)
        return (
            Step("what", "text", say("group.agree_what"), short=True, required=True),
            Step("who", "single", say("group.agree_who"), options=who, required=True),
            Step("by", "date", say("group.agree_by"), help=say("group.agree_by_help")),
            Step("evaluator", "single", say("group.agree_evaluator"), options=evaluators),
        )

    def with_one(
        self, agreed: Sequence[Agreed], values: Mapping[str, Any], names: Names, after: int = 0
    ) -> list[Agreed]:
        """The agreements and one more, as the page gave it. The same once more is not another. `after`: how many this dialog had
        before these, so that no two are called the same."""
        new = {
            "what": values["what"],
            "who": values["who"] if values.get("who") in names else "",
            "by": values.get("by"),
            "evaluator": values.get("evaluator") or EVALUATORS[0],
        }
        if any({**one, "id": ""} == {**new, "id": ""} for one in agreed):
            return list(agreed)
        number = max((int(one["id"]) for one in agreed), default=after) + 1
        return [*agreed, {"id": str(number), **new}]

    def without(self, agreed: Sequence[Agreed], id: str) -> list[Agreed]:
        return [one for one in agreed if one["id"] != id]

    # ---- showing ---------------------------------------------------------------------------------------------

    def saved(self, run: str, notes: tuple[Words, ...] = ()) -> Form:
        say = self.house.say
        another = Button(AGREE, say("group.agree_another"))
        text = (say("group.agree_saved"), *notes)
        return PrivatePages(self.house).closed(run, say("group.agree_saved_title"), *text, buttons=(another,))

    def full(self, run: str) -> Form:
        say = self.house.say
        return PrivatePages(self.house).closed(run, say("group.agree_title"), say("group.agree_full", most=MOST))

    def shown(self, agreed: Sequence[Agreed], names: Names, run: str, *, may_remove: bool) -> Form:
        """All of them on a private page. `may_remove`: with a button to take each out."""
        say = self.house.say
        lines = tuple(self.line(one, names.get(one["who"], "")) for one in agreed) or (say("group.agreements_none"),)
        taking = tuple(
            Button("remove", say("group.agreement_remove", number=n), one["id"]) for n, one in enumerate(agreed, 1)
        )
        buttons = taking if may_remove else ()
        return Form(run, "agreements", say("group.agreements_title"), lead=lines, buttons=buttons, closed=not buttons)

    def line(self, one: Agreed, name: str) -> Words:
        """One agreement as it is read: kept in a state, or as a note. `name`: of whoever does it, empty where they are not here."""
        say = self.house.say
        by = words_of_date(date.fromisoformat(one["by"])) if one["by"] else say("group.agreement_no_date")
        role = self.house.common.evaluator.option(one["evaluator"])
        who = plain(name) if name else say("group.agree_nobody_here")
        evaluator = role.text if role else plain(one["evaluator"])
        return say("group.agreement_line", what=one["what"], who=who, by=by, evaluator=evaluator)

    def counted(self, agreed: Sequence[Agreed]) -> Words:
        """How many there are, for the post: not one of their words."""
        if len(agreed) < 2:
            return self.house.say("group.agreed_one" if agreed else "group.agreed_none")
        return self.house.say("group.agreed_many", count=len(agreed))

    # ---- keeping ---------------------------------------------------------------------------------------------

    def kept(self, agreed: Sequence[Agreed], beacon: str = "") -> tuple[Agree, ...]:
        """What makes them live, once the dialog is over."""
        return tuple(
            Agree(
                id=one["id"],
                member=one["who"],
                what=one["what"],
                by=date.fromisoformat(one["by"]) if one["by"] else None,
                evaluator=one["evaluator"],
                beacon=beacon,
            )
            for one in agreed
        )


def _names_in(state: State) -> Names:
    return state["names"]


@dataclass(frozen=True)
class Agreeing:
    """The agreements' part of a dialog: the page where one is written, all of them shown, one taken out by the facilitator.

    `is_open`: whether agreements can be written now; `instead`: what is shown where they cannot; `names`: who may be named.
    The state's `agreed` holds them; its `numbered`, where there is one, how many were numbered before.
    """

    pages: GroupPages
    is_open: Callable[[State], bool]
    instead: Callable[[State, GroupContext], Form]
    names: Callable[[State], Names] = _names_in

    @property
    def agreements(self) -> GroupAgreements:
        return GroupAgreements(self.pages.house)

    def pressed(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        """One of `ACTIONS`."""
        if action == AGREE:
            return GroupTurn(form=self._page(state, ctx))
        if action == "remove" and self._may_remove(state, ctx):
            state = state | {"agreed": self.agreements.without(state["agreed"], value)}
            return GroupTurn(state, form=self._shown(state, ctx))
        return GroupTurn(form=self._shown(state, ctx))

    def sent(self, state: State, sent: Submitted, ctx: GroupContext) -> GroupTurn:
        """The page came in. Where its moment has passed, or there is room for no more, that is said."""
        if not self.is_open(state) or len(state["agreed"]) >= MOST:
            return GroupTurn(form=given_back(self._page(state, ctx), sent, self.pages.house.say))
        names = self.names(state)
        taken = self.pages.take(self.agreements.page(names), sent, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        agreed = self.agreements.with_one(state["agreed"], taken.values, names, state.get("numbered", 0))
        return GroupTurn(state | {"agreed": agreed}, form=self.agreements.saved(ctx.about, taken.notes))

    def _page(self, state: State, ctx: GroupContext) -> Form:
        if not self.is_open(state):
            return self.instead(state, ctx)
        if len(state["agreed"]) >= MOST:
            return self.agreements.full(ctx.about)
        return self.pages.form(self.agreements.page(self.names(state)), ctx)

    def _shown(self, state: State, ctx: GroupContext) -> Form:
        may_remove = self._may_remove(state, ctx)
        return self.agreements.shown(state["agreed"], self.names(state), ctx.about, may_remove=may_remove)

    def _may_remove(self, state: State, ctx: GroupContext) -> bool:
        return ctx.is_led_by_actor and self.is_open(state)
