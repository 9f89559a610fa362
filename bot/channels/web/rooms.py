"""Rooms: a place on the web where several people in several browsers do something together.

What stands in a room is drawn for each reader from the rows; the stream only says that it stands differently now. Pages in private
open in place. Whoever has no profile comes in by the room's link with a name for this room, and is known by a sealed cookie alone.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.cards import spoken
from bot.channels.web.answering import event_id
from bot.channels.web.channel import Arrived, Page
from bot.channels.web.chat import HEARTBEAT, LONGEST_ACTION, RETRY, opened, write
from bot.channels.web.forms import read_submitted
from bot.channels.web.glances import GLANCES
from bot.channels.web.visit import Parts, Visit, open_to_all, signed_in
from bot.dialogs.group.desk import PLACE
from bot.events import Chose, Event, Sender
from bot.services import rooms
from bot.services.groups import GROUP
from bot.services.rooms import KNOWN_AGAIN, LONGEST_NAME, Guest, RoomRow

MOST_PAGES = 300
"""How many pages may be open in one room."""
ID = "{room:[0-9a-f]{40}}"
TOKEN = "{token:[A-Za-z0-9_-]{20,60}}"

Shown = dict[str, Any]
BESIDE: Shown = {}
"""Stands for what was said beside a post, among what a page shows."""
Handler = Callable[[Visit, RoomRow], Awaitable[web.StreamResponse]]


def in_room(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A page of a room, for who has come in. Others are told to ask for the link; one that is closed says so."""

    async def handle(visit: Visit) -> web.StreamResponse:
        id, now = visit.request.match_info["room"], visit.now
        cookie = _ticket_of(visit)

        def look(db: Connection) -> tuple[RoomRow | None, Guest | None]:
            return rooms.room(db, id), rooms.guest_of(db, cookie, id, now) if cookie else None

        room, guest = await visit.parts.store.read(look)
        if room is None or not _may_enter(visit, room, guest):
            return _unknown(visit)
        if not room.is_open:
            return _refused(visit, "room_closed_title", "room_closed")
        visit.room = room.id
        if guest and not _is_member(visit, room):
            visit.person, visit.guest, visit.speaks = None, guest.name, guest.language
            visit.guest_id = guest.id
        return await handler(visit, room)

    return open_to_all(handle)


def _may_enter(visit: Visit, room: RoomRow, guest: Guest | None) -> bool:
    return _is_member(visit, room) or guest is not None


def _is_member(visit: Visit, room: RoomRow) -> bool:
    person = visit.person
    return person is not None and person.organisation == room.organisation and person.id in room.members


def _unknown(visit: Visit) -> web.Response:
    return _refused(visit, "room_unknown_title", "room_unknown")


def _refused(visit: Visit, title: str, why: str) -> web.Response:
    if visit.is_fragment:
        return web.json_response({"go": "/rooms" if visit.person else "/"}, status=401)
    return visit.page("error.html", 404, title=title, text=why)


def _cookie(parts: Parts) -> str:
    return f"{parts.cookie}-room"


def _ticket_of(visit: Visit) -> str:
    return visit.request.cookies.get(_cookie(visit.parts), "")


# ---- the rooms one has -------------------------------------------------------------------------------------------


@signed_in
async def list_rooms(visit: Visit) -> web.Response:
    return await _list(visit)


async def _list(visit: Visit, wrong: str = "") -> web.Response:
    person = visit.person
    assert person
    found = await visit.parts.store.read(lambda db: rooms.rooms_of(db, person))
    return visit.page("rooms.html", rooms=found, wrong=wrong, longest=LONGEST_NAME)


@signed_in
async def make_room(visit: Visit) -> web.Response:
    post, person, now = await visit.request.post(), visit.person, visit.now
    assert person
    name, language = _name(post.get("name")), str(post.get("language", ""))
    if person.state != "active":
        raise web.HTTPForbidden
    if not name:
        return await _list(visit, wrong="room_name_missing")
    speaks = language if language in ("da", "en") else visit.language
    id = await visit.parts.store.run(lambda db: rooms.make(db, person, name, speaks, now))
    raise web.HTTPSeeOther(f"/room/{id}")


def _name(given: Any) -> str:
    return " ".join("".join(c for c in str(given or "") if c.isprintable()).split())[:LONGEST_NAME]


# ---- coming in ---------------------------------------------------------------------------------------------------


@open_to_all
async def show_door(visit: Visit) -> web.Response:
    """The link was opened: nothing happens before a button is pressed."""
    room = await _behind(visit)
    if room is None:
        return _unknown(visit)
    cookie, id, now = _ticket_of(visit), room.id, visit.now
    guest = await visit.parts.store.read(lambda db: rooms.guest_of(db, cookie, id, now))
    if _is_member(visit, room) or (guest is not None and not _is_known(visit, room)):
        raise web.HTTPSeeOther(f"/room/{room.id}")
    return _door(visit, room)


def _door(visit: Visit, room: RoomRow, wrong: str = "") -> web.Response:
    return visit.page("room_door.html", room=room, wrong=wrong, is_known=_is_known(visit, room), longest=LONGEST_NAME)


async def _behind(visit: Visit) -> RoomRow | None:
    token = visit.request.match_info["token"]
    return await visit.parts.store.read(lambda db: rooms.by_token(db, token))


def _is_known(visit: Visit, room: RoomRow) -> bool:
    person = visit.person
    return person is not None and person.organisation == room.organisation and person.state == "active"


@open_to_all
async def come_in(visit: Visit) -> web.Response:
    """As oneself, where one is signed in here; else as a guest, with a name for this room."""
    room = await _behind(visit)
    if room is None:
        return _unknown(visit)
    person, store, now, language = visit.person, visit.parts.store, visit.now, visit.language
    if person is not None and _is_known(visit, room):
        await store.run(lambda db: rooms.enter(db, person, room.id, now))
        raise web.HTTPSeeOther(f"/room/{room.id}")
    name = _name((await visit.request.post()).get("name"))
    if not name:
        return _door(visit, room, wrong="room_guest_missing")
    before = _ticket_of(visit)
    ticket = await store.run(lambda db: rooms.ticket(db, room.id, name, language, now, before=before))
    response = web.HTTPSeeOther(f"/room/{room.id}")
    lasts, secure = int(KNOWN_AGAIN.total_seconds()), visit.parts.is_https
    response.set_cookie(_cookie(visit.parts), ticket, max_age=lasts, httponly=True, samesite="Lax", secure=secure, path="/")
    raise response


# ---- in the room -------------------------------------------------------------------------------------------------


async def standing(visit: Visit, room: RoomRow) -> list[Shown]:
    """What stands in the room now, in the reader's language."""
    turns, language = visit.parts.turns, visit.language
    return await visit.parts.store.read(lambda db: turns.groups.standing(db, room.organisation, room.id, language))


async def show_room(visit: Visit, room: RoomRow) -> web.Response:
    return await _room(visit, room)


async def _room(visit: Visit, room: RoomRow, replies: list[Shown] | None = None) -> web.Response:
    link = f"{visit.parts.public_url or visit.request.url.origin()}/room/in/{room.token}" if visit.person else ""
    cards = await standing(visit, room)
    is_own = visit.person is not None and room.made_by in ("", visit.person.id)
    return visit.page("room.html", room=room, cards=cards, replies=replies or [], link=link, is_own=is_own, is_new=len(room.members) == 1)


async def show_cards(visit: Visit, room: RoomRow) -> web.Response:
    return visit.page("cards_fragment.html", cards=await standing(visit, room))


async def press(visit: Visit, room: RoomRow) -> web.Response:
    post = await visit.request.post()
    action, value, subject = (str(post.get(name, ""))[:LONGEST_ACTION] for name in ("action", "value", "subject"))
    if not action:
        raise web.HTTPBadRequest
    about = {"subject": subject, "action": action, "value": value}
    return await _answer(visit, room, Chose(id=event_id(visit, post), sender=_sender(visit, room), **about))


async def submit(visit: Visit, room: RoomRow) -> web.Response:
    post = await visit.request.post()
    return await _answer(visit, room, read_submitted(post, _sender(visit, room), event_id(visit, post)))


def _sender(visit: Visit, room: RoomRow) -> Sender:
    person = visit.person
    if person is None:
        about = {"external": f"guest:{visit.guest_id}", "name": visit.guest, "language": visit.language}
        return Sender(channel="web", organisation=room.organisation, place=room.id, **about)
    about = {"external": person.id, "name": person.name, "timezone": person.timezone, "address": {"person": person.id}}
    return Sender(channel="web", organisation=room.organisation, place=room.id, **about)


async def _answer(visit: Visit, room: RoomRow, event: Event) -> web.Response:
    """The parts for our script; a whole page for a browser without it, where the room stands as it does after the event."""
    given = await visit.parts.turns.handle(event)
    form = spoken(given.form, visit.language) if given.form else None
    card = spoken(given.card, visit.language) if given.card else None
    if visit.is_fragment:
        parts = {"form": visit.draw("form_fragment.html", form=form, back=visit.base)} if form else {}
        parts |= {"card": visit.draw("card_fragment.html", shown=card)} if card else {}
        return web.json_response(parts)
    if form:
        return visit.page("form.html", form=form, replies=[], back=visit.base)
    if card:
        return await _room(visit, room, [card])
    raise web.HTTPSeeOther(visit.base)


async def close_room(visit: Visit, room: RoomRow) -> web.Response:
    """By whoever made it; once they are gone, by anybody with a profile who is in it."""
    person, now = visit.person, visit.now
    if person is None or room.made_by not in ("", person.id):
        raise web.HTTPForbidden
    await visit.parts.store.run(lambda db: rooms.close(db, room.id, now))
    visit.parts.channel.close_person(room.id)
    raise web.HTTPSeeOther("/rooms")


async def leave_room(visit: Visit, room: RoomRow) -> web.Response:
    """A guest goes, and with them what they have chosen where something goes on: coming again they are another."""
    if visit.person is None:
        sender = _sender(visit, room)
        runs = await visit.parts.store.read(lambda db: rooms.taking_part(db, room.id, sender.external))
        for run in runs:
            gone = Chose(id=f"leave:{run}:{visit.guest_id}", sender=sender, subject=f"{GROUP}{run}", action="leave")
            await visit.parts.turns.handle(gone)
    response = web.HTTPSeeOther("/")
    response.del_cookie(_cookie(visit.parts), path="/", secure=visit.parts.is_https, httponly=True, samesite="Lax")
    raise response


# ---- the stream --------------------------------------------------------------------------------------------------


async def stream(visit: Visit, room: RoomRow) -> web.StreamResponse:
    """Says, to everybody in their own language, how the room stands whenever it stands differently."""
    response, is_open = await opened(visit)
    with visit.parts.channel.listening(room.id, MOST_PAGES, visit.is_connected) as page:
        await visit.request.app[GLANCES].begin(page, room.id)
        shown: dict[str, Shown] = {card["subject"]: card for card in await standing(visit, room)}
        is_open = is_open and await write(response, RETRY)
        while is_open:
            is_open = await write(response, await _next(visit, room, page, shown))
    return response


async def _next(visit: Visit, room: RoomRow, page: Page, shown: dict[str, Shown]) -> str:
    """What is to be written next; empty where the page is to close."""
    try:
        arrived = await visit.request.app[GLANCES].arrived(page, room.id, HEARTBEAT)
    except TimeoutError:
        return await _news(visit, room, shown) or ": still here\n\n"
    if arrived is None:
        return ""
    news = await _news(visit, room, shown)
    said = _beside(visit, arrived, shown) if "spoken" in arrived.card else ""
    return (news + said) or ": nothing new\n\n"


def _beside(visit: Visit, arrived: Arrived, shown: dict[str, Shown]) -> str:
    """What is said beside a post; it stands until the room next changes, and is not drawn again: the post says it too."""
    card: Shown = arrived.card["spoken"][visit.language]
    shown[card["subject"]] = BESIDE
    return _as_event(visit, card, arrived.key)


async def _news(visit: Visit, room: RoomRow, shown: dict[str, Shown]) -> str:
    """The cards that stand differently than this page knows; one that is gone is named as gone. A page puts a new card last, so what
    can be begun goes and comes again below it."""
    now = {card["subject"]: card for card in await standing(visit, room)}
    sinks = {subject for subject in now if subject.startswith(PLACE)} if now.keys() - shown.keys() else set()
    news = "".join(_as_event(visit, card) for subject, card in now.items() if shown.get(subject) != card or subject in sinks)
    leaves = [subject for subject, card in shown.items() if subject in sinks or subject not in now and (news or card is not BESIDE)]
    gone = "".join(f"event: gone\ndata: {json.dumps(subject)}\n\n" for subject in leaves)
    for subject in leaves:
        del shown[subject]
    shown.update(now)
    return gone + news


def _as_event(visit: Visit, card: Shown, key: str = "") -> str:
    """One without a key says so: a browser goes on calling what comes by the last id it was given, and leaves what it knows."""
    html = visit.draw("card_fragment.html", shown=card)
    return f"event: card\nid: {key}\ndata: {json.dumps({'subject': card['subject'], 'html': html})}\n\n"


ROUTES = [
    web.get("/rooms", list_rooms),
    web.post("/rooms", make_room),
    web.get(f"/room/in/{TOKEN}", show_door),
    web.post(f"/room/in/{TOKEN}", come_in),
    web.get(f"/room/{ID}", in_room(show_room)),
    web.get(f"/room/{ID}/cards", in_room(show_cards)),
    web.get(f"/room/{ID}/stream", in_room(stream)),
    web.post(f"/room/{ID}/press", in_room(press)),
    web.post(f"/room/{ID}/form", in_room(submit)),
    web.post(f"/room/{ID}/close", in_room(close_room)),
    web.post(f"/room/{ID}/leave", in_room(leave_room)),
]
