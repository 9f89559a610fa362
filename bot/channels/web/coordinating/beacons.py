"""The beacons a coordinator looks after: how each stands and its whole history. Everything is changed on the private pages that the
chats use too (`bot/dialogs/beacons/desk.py`)."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from bot.beacons_known import BeaconsKnown
from bot.channels.web.coordinating.frame import EITHER, for_roles, page
from bot.channels.web.visit import Visit
from bot.dialogs.beacons.desk import OPEN
from bot.dialogs.beacons.view import BeaconFacts

STATES = ("proposed", "active", "extended", "closed")


@for_roles(*EITHER)
async def show_beacons(visit: Visit) -> web.StreamResponse:
    facts = await visit.parts.store.read(lambda db: _facts(db, visit))
    theirs = [(id, name, [one for one in facts.beacons if one.centre == id]) for id, name in facts.scopes]
    centres = [one for one in theirs if one[2]] or theirs[:1]  # a list of centres that have none says nothing
    return page(visit, "beacons", centres=centres, facts=facts, states=STATES, open_action=OPEN)


def _facts(db: Connection, visit: Visit) -> BeaconFacts:
    person = visit.person
    assert person
    known = BeaconsKnown(visit.parts.turns.editions)
    facts = known.facts(db, person, visit.now)
    order = {state: n for n, state in enumerate(STATES)}
    told = sorted((known.with_history(db, person, one) for one in facts.beacons), key=lambda one: (order.get(one.state, 9), one.since))
    return replace(facts, beacons=tuple(told))


ROUTES = [web.get("/coordinate/beacons", show_beacons)]
