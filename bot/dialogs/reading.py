"""A page as it was sent in: every field read, checked and screened, before anything of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.cards import Words
from bot.dialogs.answers import Say, read_value
from bot.dialogs.screening import ALWAYS, URGENCY, Screen, Suspect
from bot.dialogs.steps import Step


@dataclass
class Reading:
    """`values` are ready to be kept (masked); None where nothing was given. `routes`: route card → the fields that asked
    for it. `suspects`: what to decide about first, by field."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Words] = field(default_factory=dict)
    suspects: dict[str, tuple[Suspect, ...]] = field(default_factory=dict)
    routes: dict[str, list[str]] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)

    def most_urgent(self, seen: set[str]) -> str | None:
        """The route card to show now; None where there is none, or it has been seen."""
        return next((route for route in URGENCY if route in self.routes and route not in seen), None)


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
        screened = self.screen.read(text, listen=self.listen)
        reading.masked.update(screened.masked)
        if screened.text != self.before.get(step.id):
            for route in screened.routes:
                reading.routes.setdefault(route, []).append(step.id)
        undecided = tuple(s for s in screened.suspects if s.word.casefold() not in self.kept)
        if undecided and screened.text != self.before.get(step.id):
            reading.suspects[step.id] = undecided
        return screened.text

    def _routes_of_options(self, step: Step, value: Any, reading: Reading) -> None:
        for chosen in value if isinstance(value, list) else [value]:
            option = step.option(str(chosen))
            if option and option.route:
                reading.routes.setdefault(option.route, []).append(step.id)
