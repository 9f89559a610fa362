"""Draws a page of a flow as a form: fields as they stand, buttons, hints, and where one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.cards import Button, Form, Words
from bot.dialogs.closing import REVIEW, WHAT, WHO, ClosingPages
from bot.dialogs.fields import Fields
from bot.dialogs.flow import Flow
from bot.dialogs.held import Held
from bot.dialogs.house import House
from bot.dialogs.pages import Page
from bot.dialogs.screening import Suspect
from bot.dialogs.steps import Step
from bot.dialogs.turn import Context

CLOSING_TITLES = {WHAT: "closing.title", WHO: "closing.title", REVIEW: "closing.review_title"}


@dataclass(frozen=True)
class PageForm:
    flow: Flow
    house: House
    closing: ClosingPages

    @property
    def fields(self) -> Fields:
        return Fields(self.house)

    def draw(
        self,
        page: Page,
        ctx: Context,
        *,
        answers: Mapping[str, Any],
        defaults: Mapping[str, Any],
        number: int,
        of: int,
        can_go_back: bool,
        is_last: bool,
        typed: Mapping[str, Any] | None = None,
        errors: Mapping[str, Words] | None = None,
        suspects: Mapping[str, tuple[Suspect, ...]] | None = None,
        held: Held | None = None,
        notes: tuple[Words, ...] = (),
        resumed: bool = False,
    ) -> Form:
        """`typed` is what was sent in and not kept: it is shown again instead of the answers kept so far."""
        values = _Values(answers, typed, defaults, self.closing, ctx)
        fields = tuple(
            self.fields.draw(step, values.of(step), (errors or {}).get(step.id), (suspects or {}).get(step.id, ()))
            for step in page.steps
        )
        return Form(
            run=ctx.run,
            page=page.id,
            title=self.house.say(CLOSING_TITLES[page.id]) if page.id in CLOSING_TITLES else self.flow.title,
            fields=fields,
            buttons=self._buttons(page, can_go_back, is_last, bool(suspects)),
            lead=self._lead(page, number, ctx),
            notes=(*notes, *self._notes(bool(errors), bool(suspects), resumed)),
            number=number,
            of=of,
            held=(held or Held()).onward(s for found in (suspects or {}).values() for s in found),
        )

    def _lead(self, page: Page, number: int, ctx: Context) -> tuple[Words, ...]:
        if page.id == WHAT:
            return (self.flow.closing.frame,)
        if number > 1 or page.id in CLOSING_TITLES:
            return ()
        is_shared = self.flow.visibility == "leader_group" and any(step.id == "visibility_choice" for step in page.steps)
        return (self.house.common.opening, self.house.common.opening_shared) if is_shared else (self.house.common.opening,)

    def _notes(self, has_errors: bool, has_suspects: bool, resumed: bool) -> tuple[Words, ...]:
        told = {"flow.mend": has_errors, "flow.decide": has_suspects, "flow.resumed": resumed}
        return tuple(self.house.say(key) for key, applies in told.items() if applies)

    def _buttons(self, page: Page, can_go_back: bool, is_last: bool, undecided: bool) -> tuple[Button, ...]:
        say = self.house.say
        onward = "flow.keep_on" if undecided else "flow.finish" if is_last else "flow.next"
        skippable = page.id not in CLOSING_TITLES and any(s.is_input for s in page.steps)
        can_skip = skippable and not any(step.required for step in page.steps)
        return (
            Button("next", say(onward), style="primary"),
            *([Button("back", say("flow.back"))] if can_go_back else []),
            *([Button("skip", say("flow.skip"))] if can_skip else []),
            Button("later", say("flow.later")),
        )

    def closed(self, ctx: Context, title: str, *text: Words, buttons: tuple[Button, ...] = ()) -> Form:
        """A page with nothing more to fill in."""
        form = PageForm.over(self.house, ctx.run, *text)
        return replace(form, title=self.house.say(title), buttons=buttons or form.buttons)

    @staticmethod
    def over(house: House, run: str, *text: Words) -> Form:
        log = Button("logbook", house.say("flow.see_log"), "logbook", does="page")
        return Form(run, "", house.say("flow.over_title"), lead=text, buttons=(log,), closed=True)


@dataclass(frozen=True)
class _Values:
    """What stands in a field: what was just typed, else what is kept, else a sensible default."""

    answers: Mapping[str, Any]
    typed: Mapping[str, Any] | None
    defaults: Mapping[str, Any]
    closing: ClosingPages
    ctx: Context

    def of(self, step: Step) -> Any:
        if self.typed is not None:
            return self.typed.get(step.id)
        if step.id in self.answers:
            return self.answers[step.id]
        value = self.defaults.get(step.id, self.closing.suggested_value(step.id, self.ctx))
        return value if not step.options or step.option(str(value)) else None
