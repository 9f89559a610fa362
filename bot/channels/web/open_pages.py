"""Pages that everybody may read, signed in or not: help, privacy, who can see what, the beacons."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.visit import DRAWING, Visit, open_to_all
from bot.dialogs.desk import HELP_ROUTES
from bot.library import Library
from bot.services import departments, roles

NOTICE_LINES = 6
FOR_EVER = "public, max-age=31536000, immutable"


@open_to_all
async def show_help(visit: Visit) -> web.Response:
    library = visit.library
    routes = [library.routes[one] for one in HELP_ROUTES if one in library.routes]
    return visit.page("help.html", routes=routes, library=library)


@open_to_all
async def show_who(visit: Visit) -> web.Response:
    return visit.page("who.html", library=visit.library)


@open_to_all
async def show_privacy(visit: Visit) -> web.Response:
    """The notice as it is shown before first use, and what stands behind it."""
    library = visit.library
    lines = [library.say(f"arrival.notice_{n}").spoken(visit.language) for n in range(1, NOTICE_LINES + 1)]
    retention = [one.text for one in library.retention.values() if one.text]
    return visit.page("privacy.html", library=library, notice="\n".join(lines), retention=retention, contact=_contact(visit))


def _contact(visit: Visit) -> str:
    given, say = visit.parts.notice, visit.library.say
    words = {
        "municipality": given.get("municipality") or say("arrival.no_municipality"),
        "link": given.get("privacy_link") or say("arrival.no_link"),
        "dpo": given.get("dpo") or say("arrival.no_dpo"),
    }
    return say("arrival.notice_7", **words).spoken(visit.language)


@open_to_all
async def show_beacons(visit: Visit) -> web.Response:
    """The beacons as they stand here and the words around them; the centre's own for who is of that centre, and nobody else. What is
    only a proposal of the content still is for coordinators to see."""
    parts, person = visit.parts, visit.person
    organisation, centre = (person.organisation, person.centre) if person else (parts.organisation, None)

    def work(db: Connection) -> tuple[Library, bool, str]:
        library = parts.turns.editions.of(db, organisation, centre).library
        names = {one.id: one.name for one in departments.centres(db, organisation)}
        return library, bool(person and roles.roles_of(db, person)), names.get(centre or "", "")

    library, sees_proposals, centre_name = await parts.store.read(work)
    beacons = [one for one in library.beacons.values() if one.approved or sees_proposals]
    return visit.page(
        "beacons.html",
        active=[one for one in beacons if one.is_active],
        closed=[one for one in beacons if one.state == "closed"],
        groups=_groups(library, sees_proposals),
        sees_proposals=sees_proposals,
        centre=centre_name,
    )


def _groups(library: Any, sees_proposals: bool) -> list[dict[str, Any]]:
    groups = [
        {"title": group.title, "items": [item for item in group.items.values() if item.approved or sees_proposals]}
        for group in library.concepts.values()
    ]
    return [group for group in groups if group["items"]]


async def give_static(request: web.Request) -> web.Response:
    file = request.app[DRAWING].files.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound
    kept = FOR_EVER if request.query.get("v") else "no-cache"
    return web.Response(body=file.body, content_type=file.content_type, charset="utf-8", headers={"Cache-Control": kept})


ROUTES = [
    web.get("/help", show_help),
    web.get("/who", show_who),
    web.get("/privacy", show_privacy),
    web.get("/beacons", show_beacons),
    web.get("/static/{name}", give_static),
]
