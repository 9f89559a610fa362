"""What one's leader group has handed over to the department: when, by whom, whether it was used, and taking it back."""

from __future__ import annotations

from aiohttp import web

from bot.channels.web.logbook import beacon_name
from bot.channels.web.visit import Visit, signed_in
from bot.clock import local
from bot.dialogs.beacons.handover import BACK, OPEN
from bot.services import handovers


@signed_in
async def show_handed_over(visit: Visit) -> web.Response:
    person = visit.person
    assert person
    found = await visit.parts.store.read(lambda db: handovers.of_groups(db, person))
    rows = [
        {
            "id": one.id,
            "beacon": beacon_name(visit, one.beacon),
            "group": one.group_name,
            "by": one.by,
            "on": local(one.at, visit.timezone).date(),
            "back_on": local(one.taken_back_at, visit.timezone).date() if one.taken_back_at else None,
            "used_on": local(one.used_at, visit.timezone).date() if one.used_at else None,
        }
        for one in found
    ]
    return visit.page("handed_over.html", rows=rows, back_action=BACK, open_action=OPEN)


ROUTES = [web.get("/handed-over", show_handed_over)]
