"""Draws a question as a field of a form: its choices, what stands in it, and hints to decide about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import Button, Choice, Field, Hint, Words, plain
from bot.dialogs.house import House
from bot.dialogs.screening import Suspect
from bot.dialogs.steps import SCALE, Step


@dataclass(frozen=True)
class Fields:
    house: House

    def draw(self, step: Step, value: Any, error: Words | None, suspects: tuple[Suspect, ...]) -> Field:
        return Field(
            id=step.id,
            kind=step.kind,
            label=step.text,
            help=step.help,
            choices=self._choices(step),
            value=value,
            required=step.required,
            short=step.short,
            max=step.max,
            exclusive=step.exclusive,
            error=error,
            hints=tuple(self._hint(suspect) for suspect in _each_word_once(suspects)),
        )

    def _choices(self, step: Step) -> tuple[Choice, ...]:
        match step.kind:
            case "scale":
                return tuple(Choice(str(n), self._scale_label(step, n)) for n in SCALE)
            case "yesno":
                return tuple(Choice(one, self.house.say(f"flow.{one}")) for one in ("yes", "no"))
        return tuple(Choice(option.id, option.text) for option in step.options)

    def _scale_label(self, step: Step, number: int) -> Words:
        label = step.labels.get(number)
        return Words(f"{number} – {label.da}", f"{number} – {label.en}") if label else plain(str(number))

    def _hint(self, suspect: Suspect) -> Hint:
        """What was found, quoted, with a one-tap change to a role where it is a name."""
        care = self.house.care
        text = self.house.say("flow.hint", word=suspect.word, hint=care.hints[suspect.kind])
        offered = care.roles if suspect.kind == "name" else {"keep": care.roles["keep"]}
        return Hint(text, tuple(Button("role", offered[role], f"{suspect.word}|{role}") for role in offered))

    def with_role(self, typed: Mapping[str, Any], word: str, role: str, language: str) -> dict[str, Any]:
        """What was typed, with the word changed to a role wherever it stands."""
        label = self.house.care.role_texts.get(role)
        if not label or not word:
            return dict(typed)
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        said = label.spoken(language)
        return {k: pattern.sub(lambda _: said, v) if isinstance(v, str) else v for k, v in typed.items()}


def _each_word_once(suspects: tuple[Suspect, ...]) -> tuple[Suspect, ...]:
    return tuple({(s.kind, s.word.casefold()): s for s in suspects}.values())
