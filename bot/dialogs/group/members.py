"""Who takes part in a dialog with a group: remembered by name, so that tasks and agreements can be given one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.cards import plain
from bot.dialogs.group.turn import GroupContext, GroupTurn
from bot.dialogs.steps import Option
from bot.dialogs.turn import State

LONGEST_WHO = 99
"""Names to choose from; a menu of Slack's has a hundred lines, and one is for somebody who is not among them."""

Names = Mapping[str, str]
"""What somebody is called, by member's id."""


def met(state: State, ctx: GroupContext) -> State:
    """The state with `ctx.actor` among its `names`; the same state where nothing is new."""
    if ctx.actor is None or state["names"].get(ctx.actor.id) == ctx.actor.name:
        return state
    return state | {"names": state["names"] | {ctx.actor.id: ctx.actor.name}}


def remembered(state: State, ctx: GroupContext, did: Callable[[State], GroupTurn]) -> GroupTurn:
    """The turn that `did` makes of the state with `ctx.actor` in it; whoever is new is kept also where nothing else changes."""
    known = met(state, ctx)
    turn = did(known)
    is_new = known is not state and turn.state is None and not turn.leaves_no_trace
    return replace(turn, state=known) if is_new else turn


def room_for(names: Names) -> int:
    """The bytes that the names take in the state; who is in the group is no secret to it."""
    return len(json.dumps(names, ensure_ascii=False).encode())


def to_choose_from(names: Names) -> tuple[Option, ...]:
    """The names as options, in the order of the alphabet."""
    known = sorted(names.items(), key=lambda one: (one[1].casefold(), one[0]))[:LONGEST_WHO]
    return tuple(Option(id, plain(name)) for id, name in known)
