"""A private page outside a flow: its questions drawn, and what is sent in read and screened like everything people write.

For group dialogs, and for whoever else asks one person something on a page of its own:

    answer = pages.take(page, event, run=…, today=…, language=…)
    if answer.form is not None:      # something has to be said first: an error, a name, a route card
        return GroupTurn(form=answer.form, leaves_no_trace=answer.leaves_no_trace)
    … answer.values, by step id
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.cards import Button, Form, Words
from bot.dialogs import care
from bot.dialogs.fields import Fields
from bot.dialogs.held import Held
from bot.dialogs.house import House
from bot.dialogs.reading import Reader, Reading
from bot.dialogs.screening import ALWAYS
from bot.dialogs.steps import Step
from bot.events import Submitted


@dataclass(frozen=True)
class Private:
    """A page as it is asked now. `values`: what stands in the fields; `buttons`: those that send it in, the main one first.
    `check`: what the questions' kinds cannot say; given what was read, it names the fields that cannot be taken, and why."""

    name: str
    title: Words
    steps: tuple[Step, ...]
    buttons: tuple[Button, ...]
    lead: tuple[Words, ...] = ()
    notes: tuple[Words, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    of: int = 0
    check: Callable[[Mapping[str, Any]], Mapping[str, Words]] | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a page that was sent in. `form`: to be shown first, and nothing is kept; else `values` (masked; None where
    nothing was given), the `button` pressed, and `notes` on what was taken out. `is_stopped`: after a route card the person
    wants none of it kept."""

    values: Mapping[str, Any] = field(default_factory=dict)
    button: str = ""
    notes: tuple[Words, ...] = ()
    form: Form | None = None
    leaves_no_trace: bool = False
    is_stopped: bool = False


@dataclass(frozen=True)
class PrivatePages:
    """Draws and reads private pages. `listen`: the route cards that may be shown."""

    house: House
    listen: frozenset[str] = ALWAYS

    def form(
        self,
        page: Private,
        run: str,
        *,
        typed: Mapping[str, Any] | None = None,
        reading: Reading | None = None,
        held: Held | None = None,
    ) -> Form:
        """`typed` is what was sent in and not kept; `reading` what has to be said about it."""
        found = reading or Reading()
        values = page.values if typed is None else typed
        fields = tuple(
            Fields(self.house).draw(one, values.get(one.id), found.errors.get(one.id), found.suspects.get(one.id, ()))
            for one in page.steps
        )
        main, *others = page.buttons or (Button("next", self.house.say("flow.next"), style="primary"),)
        main = replace(main, label=self.house.say("flow.keep_on")) if found.suspects else main
        told = {"flow.mend": bool(found.errors), "flow.decide": bool(found.suspects)}
        return Form(
            run=run,
            page=page.name,
            title=page.title,
            fields=fields,
            buttons=(main, *others),
            lead=page.lead,
            notes=(*page.notes, *(self.house.say(key) for key, applies in told.items() if applies)),
            number=page.number,
            of=page.of,
            held=(held or Held()).onward(s for some in found.suspects.values() for s in some),
        )

    def take(self, page: Private, event: Submitted, *, run: str, today: date, language: str) -> Taken:
        """Read what was sent in. A button that is none of the page's counts as its main one."""
        held = Held.read(event.held)
        button, _, value = event.button.partition(":")
        if button == "role":
            return self._with_role(page, event.values, value, run, today, language, held)
        if button.startswith("care_"):
            return self._after_care(page, button, run, today, language, held)
        held = replace(held, kept=held.kept | held.pointed)
        return self._taken(page, event.values, event.button, run, today, language, held)

    def closed(self, run: str, title: Words, *text: Words, buttons: tuple[Button, ...] = ()) -> Form:
        """A page with nothing more to fill in."""
        return Form(run, "", title, lead=text, buttons=buttons, closed=True)

    # ---- reading ---------------------------------------------------------------------------------------------

    def _taken(
        self, page: Private, typed: Mapping[str, Any], button: str, run: str, today: date, language: str, held: Held
    ) -> Taken:
        reading = self._read(page, typed, today, language, held)
        route = reading.most_urgent(held.seen)
        if route:
            sent = {one.id: typed.get(one.id) for one in page.steps if one.id in typed}
            carried = held.with_care(reading.marks(route), reading.routes[route], sent, button)
            card = care.form(self.house, route, run, page.name, carried, keeps_drafts=False)
            return Taken(form=card, leaves_no_trace=True)
        if reading.errors or reading.suspects:
            return Taken(form=self.form(page, run, typed=typed, reading=reading, held=held))
        known = [one.action for one in page.buttons]
        notes = tuple(self.house.care.notes[mask] for mask in sorted(reading.masked))
        return Taken(reading.values, button if button in known else next(iter(known), "next"), notes)

    def _read(self, page: Private, typed: Mapping[str, Any], today: date, language: str, held: Held) -> Reading:
        before = {one.id: page.values[one.id] for one in page.steps if one.id in page.values}
        reader = Reader(self.house.screen, self.house.say, today, self.listen, held.kept, before, language)
        reading = reader.read(page.steps, typed)
        if page.check is not None:
            reading.errors |= {one: why for one, why in page.check(reading.values).items() if one not in reading.errors}
        return reading

    # ---- what has to be decided first ------------------------------------------------------------------------

    def _with_role(
        self, page: Private, typed: Mapping[str, Any], value: str, run: str, today: date, language: str, held: Held
    ) -> Taken:
        word, _, role = value.rpartition("|")
        held = replace(held, kept=held.kept | {word.casefold()}) if role == "keep" else held
        changed = Fields(self.house).with_role(typed, word, role, language)
        seen = held.seen
        if not self._read(page, typed, today, language, held).most_urgent(seen):
            seen |= self._read(page, changed, today, language, held).all_marks()
        return self._redrawn(page, changed, run, today, language, replace(held, seen=seen))

    def _after_care(self, page: Private, button: str, run: str, today: date, language: str, held: Held) -> Taken:
        typed = held.typed or {}
        match button:
            case "care_continue":
                return self._taken(page, typed, held.button, run, today, language, held)
            case "care_stop":
                title, text = self.house.say("flow.stopped_title"), self.house.say("flow.stopped")
                return Taken(form=self.closed(run, title, text), is_stopped=True)
        left = {one: given for one, given in typed.items() if one not in held.flagged}
        return self._redrawn(page, left, run, today, language, replace(held, seen=frozenset()))

    def _redrawn(
        self, page: Private, typed: Mapping[str, Any], run: str, today: date, language: str, held: Held
    ) -> Taken:
        reading = replace(self._read(page, typed, today, language, held), errors={})
        return Taken(form=self.form(page, run, typed=typed, reading=reading, held=held))
