"""Coming in and going out: the demo's choice of person, and the one-time links that the bot hands out elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.answering import sender_of
from bot.channels.web.drawing import new_nonce
from bot.channels.web.security import give_cookie
from bot.channels.web.visit import Visit, open_to_all
from bot.events import Joined
from bot.services import departments, links, people, roles, whereabouts
from bot.services.links import SESSION_ENDS, SignedIn
from bot.services.person_row import PersonRow

ANY_JOURNEY = timedelta(days=3650)
"""In the demo time moves, and nobody is to be signed out by moving it: a session is dated this far ahead."""
TOKEN = r"[A-Za-z0-9_-]{20,100}"


@open_to_all
async def arrive(visit: Visit) -> web.Response:
    """The first page: in the demo one chooses who to be; elsewhere it says how to get a link."""
    if visit.person and not visit.parts.is_demo:
        raise web.HTTPSeeOther("/chat")
    if not visit.parts.is_demo:
        return visit.page("way_in.html")
    return visit.page("arrive.html", people=await visit.parts.store.read(lambda db: _everybody(db, visit)))


def _everybody(db: Connection, visit: Visit) -> list[dict[str, Any]]:
    organisation = visit.parts.organisation
    centres = {one.id: one.name for one in departments.centres(db, organisation)}
    return [
        {
            "id": one.id,
            "name": one.name,
            "level": level_name(visit, one),
            "centre": centres.get(one.centre or "", ""),
            "language": visit.text(f"language_{one.language or visit.parts.language}"),
            "role": _role_name(visit, db, one),
        }
        for one in people.people(db, organisation)
        if one.state != "left" and people.find(db, organisation, "web", one.id)
    ]


def level_name(visit: Visit, person: PersonRow) -> str:
    """A leader's level as it is called in the department; empty where it is not chosen."""
    level = visit.library.levels.get(person.level)
    return (level.text or level.name).spoken(visit.language) if level else ""


def _role_name(visit: Visit, db: Connection, person: PersonRow) -> str:
    names = {role.role for role in roles.roles_of(db, person)}
    return ", ".join(visit.text(f"role_{name}") for name in sorted(names))


@open_to_all
async def choose_person(visit: Visit) -> web.Response:
    """Become one of the demo's people. Does not exist outside the demo."""
    if not visit.parts.is_demo:
        raise web.HTTPNotFound
    id, now = str((await visit.request.post()).get("person", "")), visit.now

    def work(db: Connection) -> SignedIn | None:
        one = people.person(db, visit.parts.organisation, id)
        if one is None or one.state == "left":
            return None
        links.close_session(db, visit.token)
        return SignedIn(links.open_session(db, one, now + ANY_JOURNEY), one, "/chat")

    signed = await visit.parts.store.run(work)
    if signed is None:
        raise web.HTTPSeeOther("/")
    return await _welcome(visit, signed)


@open_to_all
async def show_link(visit: Visit) -> web.Response:
    """A one-time link was opened: one button, and nothing is used up, so that link scanners do no harm."""
    token, now = visit.request.match_info["token"], visit.now
    link = await visit.parts.store.read(lambda db: links.look_at(db, token, now))
    return visit.page("sign_in.html", status=200 if link else 404, is_good=link is not None)


@open_to_all
async def use_link(visit: Visit) -> web.Response:
    token, now = visit.request.match_info["token"], visit.now

    def work(db: Connection) -> SignedIn | None:
        signed = links.use(db, token, now)
        if signed:
            links.close_session(db, visit.token)
            _know_on_the_web(db, signed.person)
        return _for_any_journey(db, signed, now) if signed and visit.parts.is_demo else signed

    signed = await visit.parts.store.run(work)
    if signed is None:
        return visit.page("sign_in.html", status=404, is_good=False)
    return await _welcome(visit, signed)


def _for_any_journey(db: Connection, signed: SignedIn, now: datetime) -> SignedIn:
    links.close_session(db, signed.token)
    return SignedIn(links.open_session(db, signed.person, now + ANY_JOURNEY), signed.person, signed.goes_to)


def _know_on_the_web(db: Connection, person: PersonRow) -> None:
    """On the web a person's id is their own."""
    if people.find(db, person.organisation, "web", person.id) is None:
        whereabouts.add_identity(db, person, "web", person.id)


async def _welcome(visit: Visit, signed: SignedIn) -> web.Response:
    """The session's cookie, and the greeting that everybody gets once."""
    visit.person = signed.person
    await visit.parts.turns.handle(Joined(id=f"web:{new_nonce()}", sender=sender_of(visit)))
    goes_to = signed.goes_to if signed.goes_to != "/" else "/chat"
    response = web.HTTPSeeOther(goes_to)
    give_cookie(response, visit.parts, signed.token, SESSION_ENDS.total_seconds())
    raise response


@open_to_all
async def go_out(visit: Visit) -> web.Response:
    """Sign out, and close what this person has open."""
    token, person = visit.token, visit.person
    await visit.parts.store.run(lambda db: links.close_session(db, token))
    if person:
        visit.parts.channel.close_person(person.id)
    response = web.HTTPSeeOther("/")
    response.del_cookie(visit.parts.cookie, path="/", secure=visit.parts.is_https, httponly=True, samesite="Lax")
    raise response


@open_to_all
async def gone(visit: Visit) -> web.Response:
    """Everything about somebody was deleted just now."""
    return visit.page("gone.html", library=visit.library)




ROUTES = [
    web.get("/", arrive),
    web.post("/demo/person", choose_person),
    web.get(f"/in/{{token:{TOKEN}}}", show_link),
    web.post(f"/in/{{token:{TOKEN}}}", use_link),
    web.post("/out", go_out),
    web.get("/gone", gone),
]
