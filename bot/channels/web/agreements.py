"""The agreed actions: what a person decided to do, how it stands, and who may see it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web import presses
from bot.channels.web.logbook import ID, flow_title
from bot.channels.web.visit import Visit, signed_in
from bot.clock import local
from bot.services import actions, consents, people
from bot.services.actions import ENDS, ActionRow

SHARES = ("my_leader", "leader_group")


@signed_in
async def show_actions(visit: Visit) -> web.Response:
    return visit.page("actions.html", **await visit.parts.store.read(lambda db: _actions(db, visit)))


def _actions(db: Connection, visit: Visit) -> dict[str, Any]:
    person = visit.person
    assert person
    rows = actions.all_actions(db, person)
    still_open = [_shown(db, visit, row) for row in actions.open_actions(db, person)]
    return {
        "open": still_open,
        "closed": [_shown(db, visit, row) for row in rows if row.state != "open"],
        "may_share": _may_share(visit, people.known(db, person)),
        "edit_action": presses.EDIT_ACTION,
    }


def _may_share(visit: Visit, known: dict[str, Any]) -> list[tuple[str, str]]:
    """With whom one can share, and what they are called; nobody is offered who is not known."""
    found = []
    if known["leader"]:
        found.append(("my_leader", known["leader"]))
    if known["groups"]:
        found.append(("leader_group", visit.text("the_group", name=", ".join(known["groups"]))))
    return found


def _shown(db: Connection, visit: Visit, row: ActionRow) -> dict[str, Any]:
    """An agreement as it stands. Shared with nobody but a former leader is not shared."""
    person = visit.person
    assert person
    is_shared = actions.is_still_shared(db, person, row)
    names = ", ".join(consents.named(db, person.organisation, row.shared_to)) if is_shared else ""
    return {
        "id": row.id,
        "what": row.what,
        "state": row.state,
        "who": role_name(visit, "who", row.who),
        "evaluator": role_name(visit, "evaluator", row.evaluator),
        "by": row.by,
        "ask_on": _day(visit, row.ask_at),
        "closed_on": _day(visit, row.closed_at),
        "made_on": _day(visit, row.created_at),
        "visibility": row.visibility if is_shared else "private",
        "seen_by": visit.text("seen_by_named", names=names) if names else visit.text("seen_by_private"),
        "from_flow": flow_title(visit, row.flow) if row.flow else "",
        "entry": row.entry,
        "edit_value": row.id,
    }


def role_name(visit: Visit, step: str, role: str) -> str:
    """A role as the closing calls it: "Min leder"."""
    common = visit.library.common
    option = (common.who if step == "who" else common.evaluator).option(role)
    return option.text.spoken(visit.language) if option else role


def _day(visit: Visit, moment: datetime | None) -> date | None:
    return local(moment, visit.timezone).date() if moment else None


@signed_in
async def change_action(visit: Visit) -> web.Response:
    """Close, share, withdraw or delete. Doing it twice is doing it once."""
    id, post = visit.request.match_info["id"], await visit.request.post()
    do, state = str(post.get("do", "")), str(post.get("state", ""))
    if not await visit.parts.store.run(lambda db: _change(db, visit, id, do, state)):
        raise web.HTTPNotFound
    raise web.HTTPSeeOther("/actions")


def _change(db: Connection, visit: Visit, id: str, do: str, state: str) -> bool:
    """Whether there is such an action and such a thing to do with it."""
    person, now = visit.person, visit.now
    assert person
    what, _, to = do.partition(":")
    match what:
        case "close" if state in ENDS:
            return actions.close(db, person, id, state, now)
        case "share" if to in SHARES and to in dict(_may_share(visit, people.known(db, person))):
            return actions.set_visibility(db, person, id, to, now)
        case "withdraw":
            return actions.withdraw(db, person, id, now)
        case "delete":
            return actions.delete_action(db, person, id)
        case "keep":
            return actions.action(db, person, id) is not None
    return False


ROUTES = [
    web.get("/actions", show_actions),
    web.post(f"/actions/{ID}", change_action),
]
