"""The closing that all flows share: an agreed action, or none.

What, who, by when, who evaluates, when to ask again and who may see it; then everything is read back, dates in full,
before it is saved. It is made of the same steps and pages as the flow itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.cards import Words, plain
from bot.dialogs.agreement import AGREEMENT
from bot.dialogs.answers import Say
from bot.dialogs.conditions import holds, steps_read
from bot.dialogs.dates import words_of_date
from bot.dialogs.flow import Common, Flow
from bot.dialogs.pages import Page
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import Agreement, Context

OPEN, SUGGESTION, WHAT, WHO, BY, EVALUATOR, ASK, SEES, CONSENT = (
    "closing_open",
    "closing_suggestion",
    "closing_what",
    "closing_who",
    "closing_by",
    "closing_evaluator",
    "closing_ask",
    "closing_sees",
    "closing_consent",
)
AGREEMENT_STEPS = frozenset({OPEN, SUGGESTION, WHAT, WHO, BY, EVALUATOR, ASK, SEES, CONSENT})
REVIEW = "closing_review"
MYSELF = "mig"
DETAILS = 2  # pages that follow where something is agreed
NONE = "ingen"
ASK_DAYS = {"d7": 7, "d14": 14, "d30": 30, "d90": 90, NONE: None}


@dataclass(frozen=True)
class ClosingPages:
    """Draws up the closing of one flow for one person."""

    flow: Flow
    common: Common
    say: Say

    def applies(self, counting: Mapping[str, Any], ctx: Context) -> bool:
        closing = self.flow.closing
        if ctx.edits or (closing.at_touch is not None and closing.at_touch != ctx.touch):
            return False
        return closing.show_if is None or holds(closing.show_if, counting)

    def may_apply(self, here: Page, pages: Iterable[Page], ctx: Context) -> bool:
        """Whether the closing may still come, depending on what is answered from this page on."""
        closing = self.flow.closing
        if ctx.edits or (closing.at_touch is not None and closing.at_touch != ctx.touch):
            return False
        ahead = {step.id for page in list(pages)[list(pages).index(here) :] for step in page.steps}
        return bool(steps_read(closing.show_if) & ahead)

    def pages(self, counting: Mapping[str, Any], answers: Mapping[str, Any], ctx: Context) -> Iterator[Page]:
        """The closing's pages as far as the answers go: what, then how, then all of it read back."""
        yield Page(tuple(self._agree(counting, ctx)), WHAT)
        if answers.get(WHAT):
            yield Page(tuple(self._details(counting, ctx)), WHO)
            yield Page(tuple(self._review(answers, ctx)), REVIEW)

    def _agree(self, counting: Mapping[str, Any], ctx: Context) -> Iterator[Step]:
        if ctx.open_agreement and not self.flow.about_action:
            yield self._open(ctx.open_agreement)
        none = () if self.flow.about_action else (Option(NONE, self.say("closing.no_agreement")),)
        offered = (*self._suggestions(counting), *none)
        if offered:
            yield Step(SUGGESTION, "single", self.say("closing.suggestions"), options=offered)
        yield replace(self.common.agreement, id=WHAT, help=self.say("closing.own_words"))

    def _open(self, agreement: Agreement) -> Step:
        asked = self.say(
            "closing.open", what=plain(agreement.what), date=words_of_date(agreement.by or agreement.made_on)
        )
        states = ("goes_on", "done", "let_go")
        return Step(OPEN, "single", asked, options=tuple(Option(s, self.say(f"closing.open_{s}")) for s in states))

    def _suggestions(self, counting: Mapping[str, Any]) -> Iterator[Option]:
        for suggestion in self.flow.closing.suggestions:
            if suggestion.show_if is None or holds(suggestion.show_if, counting):
                yield Option(suggestion.id, suggestion.text)

    def suggested(self, chosen: str | None, language: str) -> str:
        """The text of the suggestion that was chosen, in the person's language; empty for none."""
        texts = {s.id: s.text for s in self.flow.closing.suggestions}
        return texts[chosen].spoken(language) if chosen in texts else ""

    def _details(self, counting: Mapping[str, Any], ctx: Context) -> Iterator[Step]:
        who = self._offered(self.common.who, WHO, ctx)
        yield self._somebody_else(who) if self._is_passed_on(counting) else who
        yield replace(self.common.by, id=BY, help=self.say("closing.date_help"))
        yield self._offered(self.common.evaluator, EVALUATOR, ctx)
        yield self._offered(self.common.ask_again, ASK, ctx)
        yield self._offered(self.common.visible_to, SEES, ctx)

    def _offered(self, step: Step, step_id: str, ctx: Context) -> Step:
        """The step with only the choices that mean something for this person."""
        known = {"": True, "leader": bool(ctx.person.leader), "leader_group": bool(ctx.person.groups)}
        return replace(step, id=step_id, options=tuple(o for o in step.options if known[o.needs]))

    def _is_passed_on(self, counting: Mapping[str, Any]) -> bool:
        chosen = [step.option(str(counting[step.id])) for step in self.flow.steps if step.id in counting]
        return any(option is not None and option.outcome == "passed_on" for option in chosen)

    def _somebody_else(self, who: Step) -> Step:
        """What is passed on is somebody else's from now on."""
        return replace(who, options=tuple(o for o in who.options if o.id != MYSELF), required=True)

    def _review(self, answers: Mapping[str, Any], ctx: Context) -> Iterator[Step]:
        yield Step(REVIEW, "info", self._read_back(answers, ctx))
        sees = answers.get(SEES, "private")
        if sees != "private" and not self._already_shared(sees, answers[WHAT], ctx):
            yield self._consent(sees, ctx)

    def _already_shared(self, sees: str, what: str, ctx: Context) -> bool:
        """Whether a yes was given to just this before: the same words, for the same eyes."""
        return ctx.agreement is not None and (ctx.agreement.visibility, ctx.agreement.what) == (sees, what)

    def _consent(self, sees: str, ctx: Context) -> Step:
        """Sharing is asked on its own, for one purpose, with "no thanks" just as plain."""
        who = ctx.person.leader if sees == "my_leader" else ", ".join(ctx.person.groups)
        options = (
            Option("yes", self.say("closing.consent_yes", who=who)),
            Option("no", self.say("closing.consent_no")),
        )
        return Step(CONSENT, "single", self.say("closing.consent", who=who), options=options, required=True)

    def _read_back(self, answers: Mapping[str, Any], ctx: Context) -> Words:
        ask_in = ASK_DAYS.get(answers.get(ASK, NONE))
        by = answers.get(BY)
        return self.say(
            "closing.review",
            what=plain(answers[WHAT]),
            who=self.role(WHO, answers.get(WHO, "mig")),
            by=words_of_date(date.fromisoformat(by)) if by else self.say("closing.no_date"),
            evaluator=self.role(EVALUATOR, answers.get(EVALUATOR, "mig")),
            ask=self._asked_on(ask_in, ctx),
        )

    def _asked_on(self, ask_in: int | None, ctx: Context) -> Words:
        if ask_in is None:
            return self.say("closing.not_asked")
        return words_of_date(date.fromordinal(ctx.today.toordinal() + ask_in))

    def role(self, step_id: str, option: str) -> Words:
        """The words for a role that was chosen ("trio" → TRIO)."""
        step = self.common.evaluator if step_id == EVALUATOR else self.common.who
        found = step.option(option) or self.common.evaluator.option(option)
        return found.text if found else plain(option)

    def suggested_value(self, step_id: str, ctx: Context) -> Any:
        """What stands in a field of the closing before anything is chosen: a sensible default, never a suggestion."""
        before = ctx.agreement if self.flow.about_action else None
        match step_id:
            case "closing_what":
                return before.what if before else None
            case "closing_by":
                return before.by.isoformat() if before and before.by and self.flow.id == AGREEMENT else None
            case "closing_who":
                return before.who if before else "mig"
            case "closing_evaluator":
                return before.evaluator if before else self._evaluator(ctx)
            case "closing_ask":
                return self._ask_default()
            case "closing_sees":
                return before.visibility if before else "private"
        return None

    def _evaluator(self, ctx: Context) -> str:
        default = self.flow.closing.evaluator_default
        offered = self._offered(self.common.evaluator, EVALUATOR, ctx)
        return default if offered.option(default) else "mig"

    def _ask_default(self) -> str:
        days = self.flow.closing.followup_days
        return min((d for d in ASK_DAYS if ASK_DAYS[d]), key=lambda d: abs(ASK_DAYS[d] - days))
