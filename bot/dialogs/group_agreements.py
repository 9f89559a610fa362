"""What a group agrees on in the end: one name on each agreement, which then lives and is followed up as any agreed action.

Kept in a group dialog's state as plain data, so that it can still be changed until the dialog is over:
{"id", "what", "who" (a member's id, or ""), "by" (ISO date or None), "evaluator" (a role)}. They hold people's words, so they are
read on private pages, never in a post. Once the dialog is over the core keeps each as a note of the kind "agreement".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.cards import Button, Form, Words, plain
from bot.dialogs.dates import words_of_date
from bot.dialogs.group_turn import Agree
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages
from bot.dialogs.steps import Option, Step

AGREE = "agree"
"""The page's name, and the action of the button that opens it."""
NOT_HERE = "not_here"
MOST = 12
"""Agreements in one dialog; a platform's private page holds the lines of so many."""
EVALUATORS = ("team", "trio", "kollega", "leder")
LONGEST_WHO = 24
"""Names to choose from; one place is left for somebody who is not here (`steps.MAX_OPTIONS`)."""

Agreed = Mapping[str, Any]


@dataclass(frozen=True)
class GroupAgreements:
    house: House

    def page(self, names: Mapping[str, str]) -> Private:
        """The page where one is written. `names`: who may be named, by member's id."""
        say = self.house.say
        return Private(
            AGREE,
            say("group.agree_title"),
            self._steps(names),
            (Button("save", say("group.agree_save"), style="primary"),),
            lead=(say("group.agree_lead"),),
        )

    def _steps(self, names: Mapping[str, str]) -> tuple[Step, ...]:
        say = self.house.say
        known = sorted(names.items(), key=lambda one: one[1].casefold())[:LONGEST_WHO]
        who = (*(Option(id, plain(name)) for id, name in known), Option(NOT_HERE, say("group.agree_nobody_here")))
        evaluators = tuple(one for one in self.house.common.evaluator.options if one.id in EVALUATORS)
        return (
            Step("what", "text", say("group.agree_what"), short=True, required=True),
            Step("who", "single", say("group.agree_who"), options=who, required=True),
            Step("by", "date", say("group.agree_by"), help=say("group.agree_by_help")),
            Step("evaluator", "single", say("group.agree_evaluator"), options=evaluators),
        )

    def with_one(
        self, agreed: Sequence[Agreed], values: Mapping[str, Any], names: Mapping[str, str], after: int = 0
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

    def shown(self, agreed: Sequence[Agreed], names: Mapping[str, str], run: str, *, may_remove: bool) -> Form:
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
