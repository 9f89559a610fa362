"""What travels with a page and back, and is kept nowhere by us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogs.screening import Suspect


@dataclass(frozen=True)
class Held:
    """Decisions about one page. `pointed`: the words pointed out on it; `kept`: those decided; `seen`: the marks of route cards
    gone on from (`Reading.marks`); `typed`, `button`, `flagged`: what was sent in while such a card is shown."""

    seen: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    pointed: frozenset[str] = frozenset()
    typed: Mapping[str, Any] | None = None
    button: str = "next"
    flagged: tuple[str, ...] = ()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Held:
        """Anything at all may have been sent back: what does not fit is left out."""
        typed = raw.get("typed")
        return cls(
            frozenset(_texts(raw.get("seen"))),
            frozenset(_texts(raw.get("kept"))),
            frozenset(_texts(raw.get("pointed"))),
            typed if isinstance(typed, Mapping) else None,
            str(raw.get("button") or "next"),
            _texts(raw.get("flagged")),
        )

    def onward(self, suspects: Iterable[Suspect]) -> dict[str, Any]:
        """As it travels with the page: going on after a hint is the decision to keep, so the words pointed out go along."""
        pointed = sorted({suspect.word.casefold() for suspect in suspects})
        carried = {"seen": sorted(self.seen), "kept": sorted(self.kept), "pointed": pointed}
        return carried if any(carried.values()) else {}

    def with_care(
        self, marks: Iterable[str], flagged: Iterable[str], typed: Mapping[str, Any], button: str
    ) -> dict[str, Any]:
        """As it travels with a route card."""
        return {
            "typed": dict(typed),
            "button": button,
            "seen": sorted(self.seen | set(marks)),
            "kept": sorted(self.kept),
            "flagged": list(flagged),
        }


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(one for one in raw if isinstance(one, str)) if isinstance(raw, (list, tuple)) else ()
