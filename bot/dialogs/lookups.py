"""Filling a step from what the house knows: texts with placeholders, and options made when it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.cards import Words
from bot.dialogs.concepts import Concepts, Group, Item
from bot.dialogs.steps import LOOKUPS, Option, Step

UNKNOWN = Words("…", "…")  # where nothing is known: an action without an evaluator, a concept taken out since


@dataclass(frozen=True)
class LookupFacts:
    """What a lookup may look in.

    `library`: the concepts (`Library.concepts`). `agreement`: the action a flow is about, as Words under
    what, who, by, evaluator. `beacons`: those in use for this person, as options or beacons (anything with `id` and
    `name`), the local ones too; at least one where a flow asks for it. `between`: what stands between alternatives.
    """

    library: Concepts
    agreement: Mapping[str, Words] | None = None
    beacons: tuple[Any, ...] = field(default=())
    between: Words = Words("/", "/")


def fill(step: Step, answers: Mapping[str, Any], facts: LookupFacts) -> Step:
    """The step as it is shown: placeholders filled, options made. A step without a lookup is returned as it is."""
    if not step.lookup:
        return step
    read = tuple(answers.get(step_id) for step_id in step.reads)
    if LOOKUPS[step.lookup].options:
        return replace(step, options=OPTIONS[step.lookup](facts, *read))
    values = VALUES[step.lookup](facts, *read)
    return replace(step, text=step.text.fill(**values))


def _options(items: Any) -> tuple[Option, ...]:
    return tuple(Option(item.id, item.name) for item in items)


def _needs(facts: LookupFacts) -> tuple[Option, ...]:
    return _options(facts.library["needs"].items.values())


def _competences(facts: LookupFacts) -> tuple[Option, ...]:
    return _options(facts.library["competences"].items.values())


def _aspects(facts: LookupFacts, competence: Any) -> tuple[Option, ...]:
    aspects = facts.library["aspects"].items.values()
    return _options(aspect for aspect in aspects if competence in aspect.linked("competence"))


def _active_beacons(facts: LookupFacts) -> tuple[Option, ...]:
    return tuple(Option(beacon.id, beacon.name) for beacon in facts.beacons)


def _phenomena(facts: LookupFacts, chosen: Any) -> dict[str, Words]:
    """The hypotheses and grips of the phenomena chosen, each once, in the order they were chosen."""
    known = facts.library["phenomena"].items
    phenomena = [known[one] for one in chosen or () if one in known]
    hypotheses = _linked(phenomena, "points_to", facts.library["assumptions"])
    grips = _linked(phenomena, "grips", facts.library["grips"])
    return {
        "hypothesis": _joined([item.text or item.name for item in hypotheses], _spaced(facts.between)),
        "grips": _joined([item.name for item in grips], Words("; ", "; ")),
    }


def _spaced(between: Words) -> Words:
    return Words(f" {between.da} ", f" {between.en} ")


def _linked(items: list[Item], link: str, group: Group) -> list[Item]:
    ids = dict.fromkeys(one for item in items for one in item.linked(link))
    return [group[one] for one in ids if one in group.items]


def _joined(words: list[Words], between: Words) -> Words:
    if not words:
        return UNKNOWN
    return Words(
        between.da.join(one.da for one in words),
        between.en.join(one.en for one in words),
    )


def _role_expectation(facts: LookupFacts, aspect: Any, level: Any) -> dict[str, Words]:
    item = facts.library["role_expectations"].items.get(f"{aspect}.{level}")
    return {"expectation": (item and item.text) or UNKNOWN}


def _uncertainty(facts: LookupFacts, rules: Any, knowledge: Any) -> dict[str, Words]:
    item = facts.library["uncertainty_matrix"].items.get(f"{rules}.{knowledge}")
    return {"cell": (item and item.title) or UNKNOWN, "grip": (item and item.move) or UNKNOWN}


def _agreement(facts: LookupFacts) -> dict[str, Words]:
    known = facts.agreement or {}
    return {name: known.get(name, UNKNOWN) for name in LOOKUPS["agreement"].fills}


OPTIONS: dict[str, Callable[..., tuple[Option, ...]]] = {
    "needs": _needs,
    "competences": _competences,
    "aspects": _aspects,
    "active_beacons": _active_beacons,
}
VALUES: dict[str, Callable[..., dict[str, Words]]] = {
    "phenomena": _phenomena,
    "role_expectations": _role_expectation,
    "uncertainty_matrix": _uncertainty,
    "agreement": _agreement,
}
