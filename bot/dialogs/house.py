"""What every dialog has at hand: the words, the screen, the route cards, the concepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards import Words
from bot.dialogs.dilemma.content import Dilemma
from bot.dialogs.flow import Common, Flow
from bot.dialogs.screening import Care, Screen


@dataclass(frozen=True)
class House:
    """`say(key, **values)` gives the words of a text; `routes` are where help is found, by id; `beacons` those in use;
    `about` holds municipality, link and dpo of the notice; `alone` the dilemmas as flows (`dilemma/alone`)."""

    say: Callable[..., Words]
    common: Common
    flows: Mapping[str, Flow]
    screen: Screen
    care: Care
    routes: Mapping[str, Any]
    rule_empty: Words
    concepts: Any
    beacons: tuple[Any, ...]
    levels: tuple[Any, ...]
    about: Mapping[str, Words]
    dilemmas: Mapping[str, Dilemma] = field(default_factory=dict)
    alone: Mapping[str, Flow] = field(default_factory=dict)

    def flow(self, id: str) -> Flow | None:
        """The flow of that id, a dilemma played alone among them."""
        return self.flows.get(id) or self.alone.get(id)
