"""The pages of a flow as they stand for one person now: which are shown, what stands on them, how far one has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.dialogs import flow_cards
from bot.dialogs.closing import AGREEMENT_STEPS, DETAILS, WHAT, ClosingPages
from bot.dialogs.flow import Flow
from bot.dialogs.house import House
from bot.dialogs.lookups import LookupFacts, fill
from bot.dialogs.pages import Page, following, is_shown, live, page_with, pages_of, preceding, progress, shown_page
from bot.dialogs.steps import Option, Step
from bot.dialogs.turn import Context, State

VISIBILITY = "visibility_choice"


@dataclass(frozen=True)
class Book:
    """The pages as they stand with these answers, and the answers that count."""

    pages: tuple[Page, ...]
    counting: dict[str, Any]


class Books:
    """Draws up the book of one flow."""

    def __init__(self, flow: Flow, house: House, closing: ClosingPages):
        self.flow, self.house, self.closing = flow, house, closing
        self._pages: dict[int | None, tuple[Page, ...]] = {}

    def at(self, answers: Mapping[str, Any], ctx: Context) -> Book:
        pages = self.flow_pages(ctx)
        counting = live((step for page in pages for step in page.steps), answers)
        counting |= {k: v for k, v in answers.items() if k in AGREEMENT_STEPS}
        if self.closing.applies(counting, ctx):
            pages = (*pages, *self.closing.pages(counting, answers, ctx))
        return Book(pages, counting)

    def flow_pages(self, ctx: Context) -> tuple[Page, ...]:
        """The flow's own pages, without the closing; the choice of who may see it stands first, where it is asked."""
        if ctx.touch not in self._pages:
            self._pages[ctx.touch] = pages_of(self.flow.steps_of(ctx.touch))
        pages = self._pages[ctx.touch]
        choice = self._visibility_step(ctx)
        return (replace(pages[0], steps=(choice, *pages[0].steps), name=pages[0].id), *pages[1:]) if choice else pages

    def visibility(self, ctx: Context) -> str:
        """Who sees what is written here unless the person says otherwise: only of flows made for a group, or an entry
        that is shared already."""
        if self.flow.visibility_locked:
            return "private"
        shared = ctx.visibility if ctx.edits else self.flow.visibility
        known = {"my_leader": ctx.person.leader, "leader_group": ctx.person.groups}
        return shared if known.get(shared) else "private"

    def _visibility_step(self, ctx: Context) -> Step | None:
        """Asked first, where what one writes would be seen by others unless one says no. An edit never widens it."""
        shared = self.visibility(ctx)
        if shared == "private":
            return None
        known = {"private": True, "my_leader": bool(ctx.person.leader), "leader_group": bool(ctx.person.groups)}
        offered = ("private", shared) if ctx.edits else tuple(v for v in known if known[v])
        options = tuple(Option(v, self.house.say(f"flow.{v}")) for v in offered)
        return Step(VISIBILITY, "single", self.house.say("flow.visibility_choice"), options=options)

    def here(self, state: State, book: Book) -> Page:
        """The page one is on; if it is gone or empties by a change of mind, the nearest before it."""
        page = page_with(book.pages, state["page"])
        if page and shown_page(page, book.counting):
            return page
        before = preceding(book.pages, state["page"], book.counting)
        return before or following(book.pages, None, book.counting) or book.pages[0]

    def filled(self, page: Page, book: Book, ctx: Context) -> Page:
        """Only what is shown of the page, look-ups filled in."""
        shown = tuple(step for step in page.steps if is_shown(step, book.counting))
        facts = self._facts(ctx)
        return replace(page, steps=tuple(fill(step, book.counting, facts) for step in shown), name=page.id)

    def _facts(self, ctx: Context) -> LookupFacts:
        words = flow_cards.agreement_words(ctx.agreement, self.closing, self.house.say) if ctx.agreement else None
        return LookupFacts(self.house.concepts, words, self.house.beacons, self.house.say("flow.or"))

    def progress(self, page: Page, book: Book, ctx: Context) -> tuple[int, int]:
        """Where one is of how many there may be: what is left of the closing counts until it is known not to come."""
        number, of = progress(book.pages, page.id, book.counting)
        if self.closing.applies(book.counting, ctx):
            return number, of + (0 if WHAT in book.counting else DETAILS)
        undecided = self.closing.may_apply(page, book.pages, ctx)
        return number, of + (1 + DETAILS if undecided else 0)
