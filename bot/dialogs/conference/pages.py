"""The private pages of a resident conference by their names: which one a button opens, and which can be sent in now."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import Form
from bot.dialogs.conference.leading import ConferenceLeading, is_gone
from bot.dialogs.conference.post import ConferencePost
from bot.dialogs.conference.preparation import TASKS, ConferencePreparation
from bot.dialogs.group.leading import GroupLeading
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext
from bot.dialogs.private_pages import Private
from bot.dialogs.turn import State

WHY_NOT = {"last": "last_none", "reflect": "reflect_guest"}
"""What is said where one of the facilitator's pages cannot be asked, by its name."""
ASKED = ("prepare", "plan", "times", *WHY_NOT)
"""The pages with questions; those of tasks are called "task_p1" and so on."""


@dataclass(frozen=True)
class ConferencePages:
    pages: GroupPages

    @property
    def post(self) -> ConferencePost:
        return ConferencePost(self.pages)

    @property
    def preparation(self) -> ConferencePreparation:
        return ConferencePreparation(self.pages)

    @property
    def roles(self) -> GroupLeading:
        return GroupLeading(self.pages, is_gone, self.leading.card)

    @property
    def leading(self) -> ConferenceLeading:
        return ConferenceLeading(self.pages)

    def takes(self, page: str) -> bool:
        """Whether a page of this name asks something."""
        return page in ASKED or page.partition("_")[0] == "task"

    def called(self, name: str, state: State, ctx: GroupContext) -> Form:
        """The page that a button opens; where there is none just now, how things stand."""
        if name == "calendar":
            return self.preparation.calendar(state, ctx)
        page = self.asked(name, state, ctx)
        if page is not None:
            return self.pages.form(page, ctx)
        return self.pages.closed(ctx, WHY_NOT[name]) if name in WHY_NOT else self.steering(state, ctx)

    def asked(self, name: str, state: State, ctx: GroupContext) -> Private | None:
        """The page with questions called so, where it can be asked now."""
        match name:
            case "last":
                return self.leading.follow_up(ctx)
            case "reflect":
                return self.leading.reflect(state, ctx)
            case "times":
                return self.preparation.times(state)
        return self._prepared(name, state, ctx) if state["phase"] == "preparing" else None

    def _prepared(self, name: str, state: State, ctx: GroupContext) -> Private | None:
        kind, _, task = name.partition("_")
        match kind:
            case "prepare":
                return self.preparation.checklist(state, ctx)
            case "plan":
                return self.preparation.plan(state)
            case "task" if task in TASKS:
                return self.preparation.task(task, state)
        return None

    def steering(self, state: State, ctx: GroupContext) -> Form:
        """The facilitator's own page; for others, who leads."""
        if not ctx.is_led_by_actor:
            return self.roles.who(state, ctx)
        match state["phase"]:
            case "preparing":
                return self.preparation.form(state, ctx)
            case "meeting":
                return self.leading.meeting(state, ctx)
            case "after":
                return self.leading.afterwards(ctx)
        return self.pages.closed(ctx, "dropped" if state["phase"] == "dropped" else "over")

    def prepared(self, state: State, ctx: GroupContext) -> Form:
        """How far the preparation is; once that is over, how things stand."""
        return self.preparation.form(state, ctx) if state["phase"] == "preparing" else self.steering(state, ctx)
