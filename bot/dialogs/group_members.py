"""Who takes part in a dialog with a group: remembered by name, so that tasks and agreements can be given one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dialogs.group_turn import GroupContext, GroupTurn
from bot.dialogs.turn import State


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


def steers(ctx: GroupContext) -> bool:
    """Whether whoever did this is the facilitator."""
    return ctx.actor is not None and ctx.actor.id == ctx.facilitator
