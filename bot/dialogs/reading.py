"""A page as it was sent in: every field read, checked and screened, before anything of it is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2s
from typing import Any

from bot.cards import Words
from bot.dialogs.answers import Say, read_value
from bot.dialogs.screening import ALWAYS, URGENCY, Screen, Suspect
from bot.dialogs.steps import Step


@dataclass
class Reading:
    """`values` are ready to be kept (masked); None where nothing was given. `routes`: route card → the fields that asked
    for it. `suspects`: what to decide about first, by field. `asked`: a digest of what stood in a field that asked for a
    card, so that other words bring the card again."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Words] = field(default_factory=dict)
    suspects: dict[str, tuple[Suspect, ...]] = field(default_factory=dict)
    routes: dict[str, list[str]] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)

    def most_urgent(self, seen: Collection[str]) -> str | None:
        """The route card to show now; None where there is none, or it has been seen for just these answers."""
        return next((route for route in URGENCY if route in self.routes and self._marks(route) - set(seen)), None)

    def marks(self, route: str) -> set[str]:
        """What shows that this card was seen, and for which answers. It is answer enough to other cards that nothing but
        the same fields asked for: two in a row would be read by nobody."""
        same = {other for other, steps in self.routes.items() if set(steps) <= set(self.routes[route])}
        return {mark for other in same for mark in self._marks(other)}

    def all_marks(self) -> set[str]:
        return {mark for route in self.routes for mark in self._marks(route)}

    def _marks(self, route: str) -> set[str]:
        return {f"{route}:{step}:{self.asked[step]}" for step in self.routes[route]}


@dataclass(frozen=True)
class Reader:
    """Reads the fields of one person's page. `before` are the answers kept so far: what has not changed is not screened
    for route cards again, because the person has already gone on from there."""

    screen: Screen
    say: Say
    today: date
    listen: frozenset[str] = ALWAYS
    kept: frozenset[str] = frozenset()
    before: Mapping[str, Any] = field(default_factory=dict)
    language: str = "da"

    def read(self, steps: tuple[Step, ...], typed: Mapping[str, Any]) -> Reading:
        reading = Reading()
        for step in steps:
            if step.is_input:
                self._read_field(step, typed.get(step.id), reading)
        return reading

    def _read_field(self, step: Step, raw: Any, reading: Reading) -> None:
        read = read_value(step, raw, self.today, self.say)
        if read.error is not None:
            reading.errors[step.id] = read.error
            if step.kind == "text" and isinstance(raw, str):
                self._screen(step, raw, reading)
            return
        reading.values[step.id] = read.value
        if step.kind == "text" and read.value:
            reading.values[step.id] = self._screen(step, read.value, reading)
        elif step.options and read.value != self.before.get(step.id):
            self._routes_of_options(step, read.value, reading)

    def _screen(self, step: Step, text: str, reading: Reading) -> str:
        screened = self.screen.read(text, listen=self.listen, language=self.language)
        reading.masked.update(screened.masked)
        if screened.text != self.before.get(step.id):
            self._asks_for(screened.routes, step, screened.text, reading)
        undecided = tuple(s for s in screened.suspects if s.word.casefold() not in self.kept)
        if undecided and screened.text != self.before.get(step.id):
            reading.suspects[step.id] = undecided
        return screened.text

    def _routes_of_options(self, step: Step, value: Any, reading: Reading) -> None:
        for chosen in value if isinstance(value, list) else [value]:
            option = step.option(str(chosen))
            if option and option.route:
                self._asks_for((option.route,), step, str(value), reading)

    def _asks_for(self, routes: Iterable[str], step: Step, given: str, reading: Reading) -> None:
        for route in routes:
            reading.routes.setdefault(route, []).append(step.id)
            reading.asked[step.id] = blake2s(given.encode("utf-8", "replace"), digest_size=6).hexdigest()
