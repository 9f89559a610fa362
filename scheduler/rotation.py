"""Which reflection is next: of those that fit, the one that was asked about longest ago."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta

from bot.dialogs.beacons.own import RESTING
from bot.dialogs.flow import NO_BEACON, Flow
from bot.library import Library

NOT_IN_TURN = ("status", RESTING)
"""Themes that come round by themselves: the quarterly status, for a group, and the light question about a closed beacon."""
NEVER = datetime.min.replace(tzinfo=UTC)
RESTS = timedelta(days=365)
"""A beacon that is closed is asked about once a year …"""
APART = timedelta(days=90)
"""… and never two of them close upon each other, however many there are."""


def choose(
    library: Library, level: str, asked: Mapping[str, datetime], now: datetime, began: datetime
) -> Flow | None:
    """The flow to ask next. `asked`: when each was last asked; `began`: since when the person has been on a rhythm.

    The same facts give the same flow; None: none fits.
    """
    resting = _resting(library, asked, now, began)
    if resting is not None:
        return resting
    fitting = rotation(library, level)
    return min(fitting, key=lambda flow: (asked.get(flow.id, NEVER), flow.id), default=None)


def choose_among(
    library: Library, level: str, asked: Mapping[str, datetime], among: Collection[str], beacon: str
) -> Flow | None:
    """The flow a programme asks next: one of `among`, whatever they are about; where that is empty, one of this beacon's, and
    where that is empty too, any that comes by itself."""
    by_itself = (flow for flow in rotation(library, level) if beacon in ("", flow.beacon))
    fitting = [library.flows[id] for id in among if id in library.flows] if among else by_itself
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


def _resting(library: Library, asked: Mapping[str, datetime], now: datetime, began: datetime) -> Flow | None:
    """The light question that is due: a year after the beacon was closed, after one began here, or after it was last asked."""
    flows = [flow for flow in library.flows.values() if flow.theme == RESTING]
    before = [asked[flow.id] for flow in flows if flow.id in asked]
    if before and max(before) + APART > now:
        return None
    since = {flow.id: asked.get(flow.id) or max(began, _closed(library, flow)) for flow in flows}
    due = [flow for flow in flows if since[flow.id] + RESTS <= now]
    return min(due, key=lambda flow: (since[flow.id], flow.id), default=None)


def _closed(library: Library, flow: Flow) -> datetime:
    closed = library.beacons[flow.beacon].closed
    return datetime.combine(closed, time.min, UTC) if closed else NEVER
