"""Puts everything together: settings → store → dialogs → channels → turns. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.cards import Words, plain
from bot.clock import Clock
from bot.delivery import Channel, Delivery, Timing
from bot.desks import side_desks
from bot.dialogs.conference.meeting import Conference
from bot.dialogs.dilemma.game import DilemmaGame
from bot.dialogs.dynamics.round import GroupDynamics
from bot.dialogs.group.turn import GroupDialog
from bot.dialogs.house import House
from bot.dialogs.screening import Screen, load_care, load_rules
from bot.dialogs.workshop.questions import Workshop
from bot.editions import Editions
from bot.library import BUNDLED, Library
from bot.pacing import PACING, Limits
from bot.store.engine import Store
from bot.turns import Turns


@dataclass(frozen=True)
class About:
    """What the notice says of this place; empty where it is not set."""

    municipality: str = ""
    link: str = ""
    dpo: str = ""


@dataclass(frozen=True)
class Parts:
    """Everything that makes one Pejling, ready to run."""

    store: Store
    library: Library
    clock: Clock
    house: House
    editions: Editions
    turns: Turns
    delivery: Delivery


def furnish(library: Library, first_names: frozenset[str], about: About, folder: Path = BUNDLED) -> House:
    """What every dialog has at hand."""
    return House(
        say=library.say,
        common=library.common,
        flows=library.flows,
        screen=Screen(load_rules(folder / "safety"), first_names),
        care=load_care(folder / "safety"),
        routes=library.routes,
        rule_empty=library.route_missing,
        concepts=library.concepts,
        beacons=library.active_beacons(),
        levels=tuple(library.levels.values()),
        about=_about(library, about),
        dilemmas=library.dilemmas,
        alone=library.alone,
    )


def _about(library: Library, about: About) -> dict[str, Words]:
    said = {"municipality": about.municipality, "link": about.link, "dpo": about.dpo}
    return {key: plain(value) if value else library.say(f"arrival.no_{key}") for key, value in said.items()}


def group_dialogs(library: Library, house: House) -> tuple[GroupDialog, ...]:
    """What a group can begin in a place, in the order in which it is offered."""
    return (DilemmaGame(library.dilemmas, house), GroupDynamics(house), Conference(house), Workshop(house))


def assemble(
    *,
    store: Store,
    library: Library,
    clock: Clock,
    house: House,
    channels: Mapping[str, Channel],
    timing: Timing = Timing(),
    pacing: Mapping[str, Limits] = PACING,
    groups: Sequence[GroupDialog] | None = None,
) -> Parts:
    """`groups`: the dialogs with groups; None: all there are (`group_dialogs`)."""
    editions = Editions(library, house)
    delivery = Delivery(store, channels, clock, timing=timing, pacing=pacing)
    wake: Callable[[], None] = delivery.wake
    known = {one.name: one for one in (group_dialogs(library, house) if groups is None else groups)}
    turns = Turns(store, editions, clock, wake, side_desks(house, editions), known)
    return Parts(store, library, clock, house, editions, turns, delivery)
