"""Shared with me: what others share with this person now. Opening one is checked, and its owner can see it."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.agreements import role_name
from bot.channels.web.logbook import ID, flow_title, hand_over
from bot.channels.web.visit import Visit, signed_in
from bot.clock import local
from bot.services import departments, sharing
from bot.services.sharing import SharedAction, SharedEntry


@signed_in
async def show_shared(visit: Visit) -> web.Response:
    person = visit.person
    assert person
    found, groups = await visit.parts.store.read(lambda db: (sharing.shared_with(db, person), departments.groups_of(db, person)))
    rows = [
        {
            "kind": one.kind,
            "id": one.id,
            "owner_name": one.owner_name,
            "title": flow_title(visit, one.flow) if one.flow else "",
            "date": local(one.created_at, visit.timezone).date(),
            "visibility": one.visibility,
        }
        for one in found
    ]
    return visit.page("shared.html", rows=rows, is_in_group=bool(groups))


@signed_in
async def open_shared(visit: Visit) -> web.Response:
    """Somebody else's action or entry, if it is shared with this person now. A browser that only looks ahead gets nothing."""
    if "prefetch" in visit.request.headers.get("Sec-Purpose", ""):
        raise web.HTTPForbidden
    kind, id = visit.request.match_info["kind"], visit.request.match_info["id"]
    found = await visit.parts.store.run(lambda db: _access(db, visit, kind, id))
    if found is None:
        raise web.HTTPNotFound
    return visit.page("shared_one.html", **_shown(visit, kind, found))


@signed_in
async def still_shared(visit: Visit) -> web.Response:
    """Whether what stands open on the screen is shared still: 204, or 404. Not an opening, so nothing is recorded.

    Our script asks every half minute, and when one comes back to the page. Without it the page stays until it is loaded again.
    """
    person, kind, id = visit.person, visit.request.match_info["kind"], visit.request.match_info["id"]
    assert person
    is_shared = await visit.parts.store.read(lambda db: sharing.is_shared(db, person, kind, id))
    return web.Response(status=204 if is_shared else 404)


def _access(db: Connection, visit: Visit, kind: str, id: str) -> SharedAction | SharedEntry | None:
    assert visit.person
    access = sharing.access_shared_action if kind == "action" else sharing.access_shared_entry
    return access(db, visit.person, id, visit.now)


def _shown(visit: Visit, kind: str, found: SharedAction | SharedEntry) -> dict[str, Any]:
    page: dict[str, Any] = {
        "heading": visit.text(f"shared_{kind}", name=found.owner_name),
        "title": "",
        "still": f"{visit.path}/still",
        "date": local(found.created_at, visit.timezone).date(),
        "action": None,
        "answers": [],
        "id": found.id,
        "hand_over": "",
    }
    if isinstance(found, SharedAction):
        roles = {"who": role_name(visit, "who", found.who), "evaluator": role_name(visit, "evaluator", found.evaluator)}
        page["action"] = {"what": found.what, "state": found.state, "by": found.by, **roles}
    else:
        language = visit.language
        page["title"] = flow_title(visit, found.flow)
        page["hand_over"] = hand_over(visit, found.flow)
        page["answers"] = [
            {"question": one["question"].get(language, ""), "shown": one["shown"].get(language, "")} for one in found.answers
        ]
    return page


ROUTES = [
    web.get("/shared", show_shared),
    web.get(f"/shared/{{kind:action|entry}}/{ID}", open_shared),
    web.get(f"/shared/{{kind:action|entry}}/{ID}/still", still_shared),
]
