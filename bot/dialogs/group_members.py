"""Who takes part in a dialog with a group: remembered by name, so that tasks and agreements can be given one."""

from __future__ import annotations

from bot.dialogs.group_turn import GroupContext
from bot.dialogs.turn import State


def met(state: State, ctx: GroupContext) -> State:
    """The state with `ctx.actor` among its `names`; the same state where nothing is new."""
    if ctx.actor is None or state["names"].get(ctx.actor.id) == ctx.actor.name:
        return state
    return state | {"names": state["names"] | {ctx.actor.id: ctx.actor.name}}


def steers(ctx: GroupContext) -> bool:
    """Whether whoever did this is the facilitator."""
    return ctx.actor is not None and ctx.actor.id == ctx.facilitator
