"""Runs a flow with one person: pages of questions, the closing, and what is kept in the end.

State: {"page": the page's name, "answers": {step id: value}, "told": whether the card in the chat says "under way"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.cards import Form, Words
from bot.dialogs import care, flow_cards, outcome
from bot.dialogs.answers import read_value
from bot.dialogs.book import VISIBILITY, Book, Books
from bot.dialogs.closing import AGREEMENT_STEPS, BY, CONSENT, NONE, SEES, SUGGESTION, WHAT, ClosingPages
from bot.dialogs.dates import words_of_date
from bot.dialogs.flow import Flow
from bot.dialogs.held import Held
from bot.dialogs.house import House
from bot.dialogs.page_form import PageForm
from bot.dialogs.pages import Page, following, page_with, preceding
from bot.dialogs.reading import Reader, Reading
from bot.dialogs.screening import ALWAYS
from bot.dialogs.steps import Step
from bot.dialogs.turn import Context, Effect, Finish, Pause, PlanTouches, Say, SetPerson, State, Turn
from bot.events import Chose, Event, Submitted, Woke, Wrote

PAUSE_AFTER_CARD_C = 7  # days, safety-and-privacy §2.4


def _added(before: Any, line: str) -> str:
    """A second line in the chat comes after the first; it does not replace it."""
    return f"{before}\n{line}" if before else line


class FlowDialog:
    """One flow, ready to be run. It keeps nothing between turns."""

    def __init__(self, flow: Flow, house: House):
        self.flow, self.house, self.say = flow, house, house.say
        self.name = flow.id
        self.closing = ClosingPages(flow, house.common, house.say)
        self.listen = ALWAYS | frozenset(flow.safety_listen)
        self.books = Books(flow, house, self.closing)
        self.forms = PageForm(flow, house, self.closing)

    # ---- beginning and going on ------------------------------------------------------------------------------

    def begin(self, ctx: Context, answers: Mapping[str, Any] | None = None) -> Turn:
        """The first page. `answers` are filled in (an entry being edited)."""
        given = self._prefilled(ctx) | dict(self.flow.carried(answers or {}))
        book = self.books.at(given, ctx)
        page = following(book.pages, None, book.counting)
        state = {"page": page.id, "answers": given}
        return Turn(state, form=self._form(page, state, book, ctx))

    def resume(self, state: State, event: Event, ctx: Context) -> Turn:
        state = self._carried(state)
        book = self.books.at(state["answers"], ctx)
        match event:
            case Submitted(button="drop") | Chose(action="drop"):
                return self._drop(ctx)
            case Submitted():
                return self._submitted(state, book, event, ctx)
            case Wrote(text=text):
                return self._wrote(state, book, text, ctx)
            case Woke():
                return Turn()
        return Turn(form=self._form(self.books.here(state, book), state, book, ctx, resumed=bool(state["answers"]) and isinstance(event, Chose)))

    def page(self, state: State, ctx: Context) -> Turn:
        """The page as it stands: for an answer that was lost."""
        return self.resume(state, Event(id=""), ctx)

    def _carried(self, state: State) -> State:
        """State written by an earlier release, under the ids of this one."""
        answers = state["answers"]
        closing = {k: v for k, v in answers.items() if k in AGREEMENT_STEPS or k == VISIBILITY}
        moved = self.flow.step(state["page"])
        page = moved.id if moved else state["page"]
        return state | {"answers": closing | self.flow.carried(answers), "page": page}

    def _prefilled(self, ctx: Context) -> dict[str, Any]:
        values = {"profile.level": ctx.person.level}
        steps = self.flow.steps_of(ctx.touch)
        return {step.id: values[step.prefill] for step in steps if step.prefill and values.get(step.prefill)}

    # ---- pages -----------------------------------------------------------------------------------------------

    def _form(self, page: Page, state: State, book: Book, ctx: Context, **shown: Any) -> Form:
        number, of = self.books.progress(page, book, ctx)
        return self.forms.draw(
            self.books.filled(page, book, ctx),
            ctx,
            answers=state["answers"],
            defaults={VISIBILITY: self.books.visibility(ctx)},
            number=number,
            of=of,
            can_go_back=preceding(book.pages, page.id, book.counting) is not None,
            is_last=number == of and page.id != WHAT,
            **shown,
        )

    # ---- a page sent in --------------------------------------------------------------------------------------

    def _submitted(self, state: State, book: Book, event: Submitted, ctx: Context) -> Turn:
        sent = {self.flow.moved.get(step, step): self._now_called(step, v) for step, v in event.values.items()}
        page = self._page_sent(event.page, sent, book)
        if page is None:
            return Turn(form=self._form(self.books.here(state, book), state, book, ctx))
        held = Held.read(event.held)
        button, _, value = event.button.partition(":")
        if button.startswith("care_"):
            return self._after_care(button, page, state, book, held, ctx)
        if button == "role":
            word, _, role = value.rpartition("|")
            if role == "keep":
                held = replace(held, kept=held.kept | {word.casefold()})
            typed = self.forms.fields.with_role(sent, word, role, ctx.person.language)
            return self._redrawn(page, typed, state, book, self._still_seen(page, sent, typed, state, book, held, ctx), ctx)
        if button == "skip" and not any(step.required for step in page.steps):
            return self._go_on(page, self._left_blank(page, sent, state, ctx), ctx)
        held = replace(held, kept=held.kept | held.pointed)
        return self._take(page, sent, button, state, book, held, ctx)

    def _still_seen(
        self, page: Page, sent: Mapping[str, Any], typed: Mapping[str, Any], state: State, book: Book, held: Held, ctx: Context
    ) -> Held:
        """Changing a name to a role does not bring a route card back that one has gone on from."""
        filled = self.books.filled(page, book, ctx)
        if self._read(filled, sent, state, held, ctx).most_urgent(held.seen):
            return held
        return replace(held, seen=held.seen | self._read(filled, typed, state, held, ctx).all_marks())

    def _now_called(self, step_id: str, value: Any) -> Any:
        """What was chosen on a page drawn by an earlier release, under the ids of this one. What is gone is asked for again."""
        if isinstance(value, list):
            return [self._now_called(step_id, one) for one in value]
        return self.flow.moved.get(f"{step_id}.{value}") or value

    def _page_sent(self, name: str, sent: Mapping[str, Any], book: Book) -> Page | None:
        """The page that was sent in; after a deploy that took its name away, the one with the same questions."""
        ids = (self.flow.moved.get(name, name), *sent)
        return next((page for page in (page_with(book.pages, step_id) for step_id in ids) if page), None)

    def _take(
        self, page: Page, typed: Mapping[str, Any], button: str, state: State, book: Book, held: Held, ctx: Context
    ) -> Turn:
        """Keep what stands on the page and go where `button` says, unless something has to be said first."""
        button = button if button in ("back", "later") else "next"
        filled = self.books.filled(page, book, ctx)
        reading = self._read(filled, typed, state, held, ctx)
        route = reading.most_urgent(held.seen)
        if route:
            return self._care(route, filled, typed, button, reading, held, ctx)
        self._check_agreement(filled, reading)
        if button != "next":
            reading.errors = {k: e for k, e in reading.errors.items() if typed.get(k)}
        if reading.errors or reading.suspects:
            return self._held_back(page, typed, state, book, reading, held, ctx)
        kept = self._kept(self._with_strays(reading, page, typed, state, book, held, ctx), state)
        if page.id == WHAT and button == "next":
            self._agree(kept["answers"], state["answers"], ctx)
        notes = (*self._mask_notes(reading), *self._dates_read(filled, reading))
        match button:
            case "back":
                return self._go_back(page, kept, ctx, notes)
            case "later":
                return self._later(page, kept, ctx, notes)
        return self._go_on(page, kept, ctx, notes)

    def _read(self, page: Page, typed: Mapping[str, Any], state: State, held: Held, ctx: Context) -> Reading:
        reader = Reader(self.house.screen, self.say, ctx.today, self.listen, held.kept, state["answers"], ctx.person.language)
        return reader.read(page.steps, typed)

    def _with_strays(
        self, reading: Reading, page: Page, typed: Mapping[str, Any], state: State, book: Book, held: Held, ctx: Context
    ) -> Reading:
        """What was typed on a page whose borders a deploy has moved is kept too, where nothing has to be said about it."""
        strays = tuple(s for other in book.pages if other is not page for s in other.steps if s.is_input and s.id in typed)
        if not strays:
            return reading
        stray = self._read(Page(strays), typed, state, held, ctx)
        said = stray.errors.keys() | stray.suspects.keys() | {step for steps in stray.routes.values() for step in steps}
        given = {step: value for step, value in stray.values.items() if value is not None and step not in said}
        return replace(reading, values=given | reading.values, masked=reading.masked | stray.masked)

    def _check_agreement(self, page: Page, reading: Reading) -> None:
        """An agreement, a suggestion, or none: something has to be chosen."""
        if page.id == WHAT and not reading.values.get(WHAT) and not reading.values.get(SUGGESTION):
            wanted = "flow.nothing_agreed_anew" if self.flow.about_action else "flow.nothing_agreed"
            reading.errors.setdefault(WHAT, self.say(wanted))

    def _kept(self, reading: Reading, state: State) -> State:
        answers = dict(state["answers"])
        if any(one in reading.values and reading.values[one] != answers.get(one) for one in (SEES, WHAT)):
            answers.pop(CONSENT, None)  # a yes to one is no yes to another
        for step_id, value in reading.values.items():
            answers[step_id] = value
            if value is None:
                del answers[step_id]
        return state | {"answers": answers}

    def _agree(self, answers: dict[str, Any], before: Mapping[str, Any], ctx: Context) -> None:
        """What was written just now wins over a choice; a choice wins over what stood there before."""
        chosen = answers.pop(SUGGESTION, None)
        stood = before.get(WHAT) or self.closing.suggested_value(WHAT, ctx)
        if not answers.get(WHAT) or (chosen and answers[WHAT] == stood):
            answers.pop(WHAT, None)
            suggested = self.closing.suggested(chosen, ctx.person.language)
            answers |= {WHAT: suggested} if suggested else {SUGGESTION: NONE}

    def _left_blank(self, page: Page, sent: Mapping[str, Any], state: State, ctx: Context) -> State:
        """The page's questions are left out (in an edit: left as they were); who may see the rest is no question to leave
        out."""
        skipped = set() if ctx.edits else {step.id for step in page.steps} - {VISIBILITY}
        answers = {k: v for k, v in state["answers"].items() if k not in skipped}
        choice = next((step for step in page.steps if step.id == VISIBILITY), None)
        if choice and choice.option(str(sent.get(VISIBILITY))):
            answers[VISIBILITY] = str(sent[VISIBILITY])
        return state | {"answers": answers}

    def _go_on(self, page: Page, kept: State, ctx: Context, notes: tuple[Words, ...] = ()) -> Turn:
        book = self.books.at(kept["answers"], ctx)
        after = following(book.pages, page.id, book.counting)
        if after is None:
            return self._finish(kept, book, ctx)
        kept = kept | {"page": after.id}
        form = self._form(after, kept, book, ctx, notes=notes)
        return self._under_way(Turn(kept, form=form), ctx)

    def _go_back(self, page: Page, kept: State, ctx: Context, notes: tuple[Words, ...]) -> Turn:
        book = self.books.at(kept["answers"], ctx)
        before = preceding(book.pages, page.id, book.counting) or page
        kept = kept | {"page": before.id}
        return self._under_way(Turn(kept, form=self._form(before, kept, book, ctx, notes=notes)), ctx)

    def _later(self, page: Page, kept: State, ctx: Context, notes: tuple[Words, ...]) -> Turn:
        kept = kept | {"page": page.id, "told": True}
        form = self.forms.closed(ctx, "flow.paused_title", self.say("flow.paused"), *notes)
        return Turn(kept, (Say(flow_cards.halfway(self.flow, ctx, self.say), "update"),), form)

    def _under_way(self, turn: Turn, ctx: Context) -> Turn:
        """The card in the chat says once that one is under way."""
        if turn.state.get("told"):
            return turn
        told = Say(flow_cards.halfway(self.flow, ctx, self.say), "update")
        return replace(turn, state=turn.state | {"told": True}, effects=(*turn.effects, told))

    def _held_back(
        self, page: Page, typed: Mapping[str, Any], state: State, book: Book, reading: Reading, held: Held, ctx: Context
    ) -> Turn:
        form = self._form(
            page, state, book, ctx, typed=typed, errors=reading.errors, suspects=reading.suspects, held=held
        )
        return Turn(form=form)

    def _redrawn(
        self, page: Page, typed: Mapping[str, Any], state: State, book: Book, held: Held, ctx: Context
    ) -> Turn:
        reading = self._read(self.books.filled(page, book, ctx), typed, state, held, ctx)
        return self._held_back(page, typed, state, book, replace(reading, errors={}), held, ctx)

    # ---- route cards -----------------------------------------------------------------------------------------

    def _care(
        self, route: str, page: Page, typed: Mapping[str, Any], button: str, reading: Reading, held: Held, ctx: Context
    ) -> Turn:
        """The route card comes first, on the page itself; nothing about it is stored."""
        sent = {step.id: typed.get(step.id) for step in page.steps if step.id in typed}
        carried = held.with_care(reading.marks(route), reading.routes[route], sent, button)
        return Turn(form=care.form(self.house, route, ctx.run, page.id, carried), leaves_no_trace=True)

    def _after_care(self, button: str, page: Page, state: State, book: Book, held: Held, ctx: Context) -> Turn:
        typed = held.typed or {}
        match button:
            case "care_continue":
                return self._take(page, typed, held.button, state, book, held, ctx)
            case "care_later":
                return self._take(page, typed, "later", state, book, held, ctx)
            case "care_stop":
                return self._stop(ctx)
            case "care_pause":
                return self._stop(ctx, paused=True)
        left = {k: v for k, v in typed.items() if k not in held.flagged}
        return self._redrawn(page, left, state, book, replace(held, seen=frozenset()), ctx)

    def _stop(self, ctx: Context, *, paused: bool = False) -> Turn:
        """After card A or C: the draft is wiped; a pause, if asked for, is an ordinary pause."""
        until = type(ctx.today).fromordinal(ctx.today.toordinal() + PAUSE_AFTER_CARD_C)
        pause: tuple[Effect, ...] = (Pause(until),) if paused else ()
        text = self.say("flow.stopped_paused" if paused else "flow.stopped")
        form = self.forms.closed(ctx, "flow.stopped_title", text)
        return Turn(None, (*pause, Say(flow_cards.dropped(self.flow, ctx, self.say), "update"), Finish(True)), form)

    # ---- a line in the chat ----------------------------------------------------------------------------------

    def _wrote(self, state: State, book: Book, text: str, ctx: Context) -> Turn:
        """A line fills the open page's only text field; otherwise the bot points to the page."""
        page = self.books.filled(self.books.here(state, book), book, ctx)
        fields = [step for step in page.steps if step.kind == "text"]
        if len(fields) != 1:
            return Turn(None, (Say(flow_cards.ask_on_page(self.flow, ctx, self.say)),))
        [step] = fields
        reading = self._read(Page((step,)), {step.id: text}, state, Held(), ctx)
        route = reading.most_urgent(frozenset())
        if route:
            return Turn(card=care.message(self.house, route), leaves_no_trace=True)
        if step.id in reading.errors:
            reason = reading.errors[step.id]
            return Turn(None, (Say(flow_cards.line_not_kept(self.flow, ctx, self.say, reason)),))
        line = self._without_names(reading, step, ctx)
        whole = read_value(step, _added(state["answers"].get(step.id), line), ctx.today, self.say)
        if whole.error:
            return Turn(None, (Say(flow_cards.line_not_kept(self.flow, ctx, self.say, whole.error)),))
        return self._line_kept(state, step, whole.value, reading, ctx)

    def _without_names(self, reading: Reading, step: Step, ctx: Context) -> str:
        """In the chat nothing can be pointed out before it is kept, so what looks like a name is a role at once."""
        text, role = reading.values[step.id] or "", self.say("flow.someone")
        for suspect in sorted(reading.suspects.get(step.id, ()), key=lambda s: -s.start):
            text = text[: suspect.start] + role.spoken(ctx.person.language) + text[suspect.end :]
        return text

    def _line_kept(self, state: State, step: Step, text: str | None, reading: Reading, ctx: Context) -> Turn:
        told = () if ctx.person.told_about_chat else (SetPerson({"told_about_chat": True}),)
        said = flow_cards.line_kept(
            self.flow, ctx, self.say, changed=bool(reading.suspects), first=bool(told), notes=self._mask_notes(reading)
        )
        kept = state | {"answers": state["answers"] | {step.id: text}, "told": True}
        return Turn(kept, (*told, Say(said)))

    def _mask_notes(self, reading: Reading) -> tuple[Words, ...]:
        return tuple(self.house.care.notes[mask] for mask in sorted(reading.masked))

    def _dates_read(self, page: Page, reading: Reading) -> tuple[Words, ...]:
        """Dates as they were understood, written out in full on the next page."""
        given = [reading.values[s.id] for s in page.steps if s.kind == "date" and s.id != BY and reading.values.get(s.id)]
        return tuple(self.say("flow.date_read", date=words_of_date(date.fromisoformat(one))) for one in given)

    # ---- the end ---------------------------------------------------------------------------------------------

    def _drop(self, ctx: Context) -> Turn:
        form = self.forms.closed(ctx, "flow.dropped_title", self.say("flow.dropped"))
        return Turn(None, (Say(flow_cards.dropped(self.flow, ctx, self.say), "update"), Finish(True)), form)

    def _finish(self, state: State, book: Book, ctx: Context) -> Turn:
        pages = tuple(self.books.filled(page, book, ctx) for page in self.books.flow_pages(ctx))
        steps = tuple(step for page in pages for step in page.steps if step.id != VISIBILITY)
        answered = outcome.answered(steps, book.counting, self.say)
        # A series goes on for who only said that they need somebody to talk to: they are the last to be left out.
        if not self.flow.series and outcome.was_interrupted(steps, book.counting, self.closing.applies(book.counting, ctx)):
            form = self.forms.closed(ctx, "flow.stopped_title", self.say("flow.nothing_saved"))
            said = flow_cards.dropped(self.flow, ctx, self.say, "flow.nothing_saved")
            return Turn(None, (Say(said, "update"), Finish(True)), form)
        visibility = state["answers"].get(VISIBILITY, "private")
        effects = (
            *outcome.entry(self.flow, visibility, answered),
            *outcome.action(self.flow, steps, book.counting, ctx),
            *self._touches(ctx),
            Finish(),
        )
        saved = flow_cards.saved(self.flow, ctx, self.say, effects, visibility)
        form = self.forms.closed(ctx, "flow.done_title", *saved.text, buttons=saved.buttons)
        return Turn(None, (*effects, Say(saved, "update")), form)

    def _touches(self, ctx: Context) -> tuple[Effect, ...]:
        later = tuple(day for day in self.flow.series if day > 0)
        return (PlanTouches(self.flow.id, later),) if later and not ctx.touch and not ctx.edits else ()


def ended(house: House, run: str, *, dropped: bool) -> Turn:
    """The answer to anything on a run that is over."""
    text = house.say("flow.over_dropped" if dropped else "flow.over")
    return Turn(form=PageForm.over(house, run, text))


