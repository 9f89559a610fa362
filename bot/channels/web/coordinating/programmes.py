"""What is planned: every programme a coordinator looks after, with its state and next date, and the ways to its pages."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.coordinating.frame import COORDINATOR, for_roles, page
from bot.channels.web.visit import Visit
from bot.dialogs.coordinating.programme_desk import NEW, ONE
from bot.dialogs.coordinating.programme_pages import KINDS
from bot.dialogs.coordinating.programme_view import Seen, Wording
from bot.events import Chose
from bot.programmes_known import ProgrammesKnown
from bot.services.person_row import PersonRow

AT = "/coordinate/programmes"
RUNNING = ("active", "paused", "draft")


@for_roles(COORDINATOR)
async def show_programmes(visit: Visit) -> web.StreamResponse:
    person = visit.person
    assert person
    rows = await visit.parts.store.read(lambda db: _rows(db, visit, person))
    parts = [(state, [row for row in rows if row["state"] == state]) for state in (*RUNNING, "ended")]
    return page(visit, "programmes", parts=[(state, found) for state, found in parts if found], kinds=KINDS, new=NEW, one=ONE)


def _rows(db: Connection, visit: Visit, person: PersonRow) -> list[dict[str, Any]]:
    known = ProgrammesKnown(visit.parts.turns.editions)
    facts = known(db, person, Chose(id="", subject="", action="programmes"), visit.now)
    words = Wording(visit.parts.library.say)

    def row(one: Seen) -> dict[str, Any]:
        names = known.names(db, person, one)
        who = words.who(one.plan, facts.naming(names))
        said = {"what": words.what(one.plan, facts), "who": who, "when": words.when(one.plan["rule"], one.days)}
        spoken = {name: text.spoken(visit.language) for name, text in said.items()}
        is_text = one.plan["kind"] == "reminder"
        about = {"id": one.id, "title": one.plan["title"], "kind": one.plan["kind"], "state": one.state, "next_at": one.next_at}
        return {**about, **spoken, "what": one.plan["text"] if is_text else spoken["what"]}

    return [row(one) for one in facts.listed]


ROUTES = [web.get(AT, show_programmes)]
