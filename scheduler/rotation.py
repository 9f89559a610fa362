"""Which reflection is next: of those that fit, the one that was asked about longest ago."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.dialogs.flow import NO_BEACON, Flow
from bot.library import Library

NOT_IN_TURN = ("status",)
"""Themes that come round by themselves, for a group: the quarterly status."""
NEVER = datetime.min.replace(tzinfo=UTC)


def choose(library: Library, level: str, asked: Mapping[str, datetime]) -> Flow | None:
    """The flow to ask next. `asked`: when each was last asked. The same facts give the same flow; None: none fits."""
    fitting = rotation(library, level)
    return min(fitting, key=lambda flow: (asked.get(flow.id, NEVER), flow.id), default=None)


def rotation(library: Library, level: str) -> list[Flow]:
    """The flows that come by themselves to a leader on this level (empty: on any).

    Not a series (it begins with a course), not about an agreed action, not a status, nor a beacon that is not in use.
    """
    beacons = {beacon.id for beacon in library.active_beacons()} | set(NO_BEACON)
    return [
        flow
        for flow in library.flows.values()
        if flow.beacon in beacons
        and (not level or level in flow.levels)
        and not flow.series
        and not flow.about_action
        and flow.theme not in NOT_IN_TURN
    ]
