"""What the private pages of every dialog with a group have in common: whose words they speak, and the page that says who leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.cards import Button, Form, Words
from bot.dialogs.group.members import Names
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages, Taken
from bot.events import Submitted


@dataclass(frozen=True)
class GroupPages:
    """The pages of the dialog called `name`. Its texts stand under that name, among them: title, save, take_over, not_yours, nobody_leads."""

    house: House
    name: str

    def say(self, key: str, **values: Any) -> Words:
        return self.house.say(f"{self.name}.{key}", **values)

    @property
    def private(self) -> PrivatePages:
        return PrivatePages(self.house)

    def form(self, page: Private, ctx: GroupContext) -> Form:
        return self.private.form(page, ctx.about)

    def take(self, page: Private, sent: Submitted, ctx: GroupContext) -> Taken:
        """What was sent in, read and screened in the reader's own language."""
        language = ctx.actor.language if ctx.actor else ctx.language
        return self.private.take(page, sent, run=ctx.about, today=ctx.today, language=language)

    def closed(self, ctx: GroupContext, key: str, *more: Words, title: str = "title", buttons: tuple[Button, ...] = ()) -> Form:
        """One thing said, on a page with nothing to fill in."""
        return self.private.closed(ctx.about, self.say(title), self.say(key), *more, buttons=buttons)

    def save(self) -> tuple[Button, ...]:
        return (Button("save", self.say("save"), style="primary"),)

    def who_leads(self, ctx: GroupContext, names: Names, *, may_take: bool, title: str = "title") -> Form:
        """For whoever pressed what the facilitator decides: who that is, and whether one may take it over."""
        name = names.get(ctx.facilitator, "")
        told = self.say("not_yours", name=name) if name else self.say("nobody_leads")
        take = (Button("take_over", self.say("take_over")),) if may_take else ()
        return Form(ctx.about, "steer", self.say(title), lead=(told,), buttons=take, closed=not take)

    def steering(self, ctx: GroupContext, lead: tuple[Words, ...], actions: tuple[str, ...]) -> Form:
        """What the facilitator may do now, the main thing first; beside the dialog's own words, those every group shares."""
        drawn = tuple(self.acting(one, is_main=not n) for n, one in enumerate(actions))
        return Form(ctx.about, "steer", self.say("steer_title"), lead=lead, buttons=drawn)

    def acting(self, action: str, *, is_main: bool = False) -> Button:
        """A button that does something at once; what cannot be undone asks first."""
        if action in FOR_GOOD:
            return Button(action, self._label(action), style="danger", confirm=self.say(f"{action}_sure"))
        return Button(action, self._label(action), style="primary" if is_main else "")

    def on_post(self, action: str, *, is_main: bool = False, label: str = "") -> Button:
        """A button of the shared post; every one opens a page of one's own."""
        return Button(action, self._label(label or action), does="form", style="primary" if is_main else "")

    def _label(self, action: str) -> Words:
        return self.house.say(f"group.{action}") if action in SHARED else self.say(action)


SHARED = frozenset({"agree", "agreements", "hand"})
"""What is called the same in every dialog."""
FOR_GOOD = frozenset({"drop", "call_off"})
"""What deletes everything for everybody."""
