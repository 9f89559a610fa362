"""The conversation: the open cards, a line to write in, and what one can begin with."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot import circumstances
from bot.cards import Card, Words, spoken
from bot.channels.web import presses
from bot.channels.web.answering import Shown, answer, chosen, event_id, sender_of
from bot.channels.web.channel import Arrived
from bot.channels.web.drawing import own_path
from bot.channels.web.visit import Visit, signed_in
from bot.dialogs.flow import NO_BEACON
from bot.events import Event, Wrote
from bot.open_cards import open_cards

HEARTBEAT = 20.0  # seconds; keeps the stream open through whatever lies between
COME_BACK = 2000  # milliseconds after which a browser opens a lost stream again
LONGEST_LINE = 12_000  # signs; what is too long for a field is answered there, this only bounds the event
LONGEST_ACTION = 400


async def chat_page(visit: Visit, *, replies: list[Shown] | None = None, line: str = "") -> web.Response:
    """The chat as it stands. `replies` were said just now, perhaps in the place of an open card; they are kept nowhere, so they
    are gone when it is drawn again."""
    news = {card["subject"]: card for card in replies or [] if card["subject"]}
    cards = [news.pop(card["subject"], card) for card in await cards_of(visit)]
    said = [card for card in replies or [] if not card["subject"] or card["subject"] in news]
    return visit.page("chat.html", cards=cards, replies=said, line=line, starts=starts(visit), start_action=presses.BEGIN)


async def cards_of(visit: Visit) -> list[Shown]:
    """The cards that stand open, drawn from the rows."""
    library, person, now = visit.parts.library, visit.person, visit.now
    assert person

    def work(db: Connection) -> list[Card]:
        return [*_welcome(db, visit), *open_cards(db, library, person, now)]

    return [spoken(card, visit.language) for card in await visit.parts.store.read(work)]


def _welcome(db: Connection, visit: Visit) -> list[Card]:
    """The first card, for as long as somebody has not read the notice as it is now, or has said no."""
    assert visit.person
    facts = circumstances.facts(db, visit.person, Event(id=""), visit.now)
    arrival = visit.parts.turns.desk.arrival
    return [] if arrival.is_over(facts) else [arrival.card(facts)]


def starts(visit: Visit) -> list[dict[str, Any]]:
    """What one can begin with, by beacon; those that fit every beacon last. Only what fits the person's level, where it is known."""
    library, person = visit.parts.library, visit.person
    assert person
    if person.state != "active":
        return []
    flows = library.flow_list(level=person.level) or library.flow_list()
    groups = [(beacon.name, [f for f in flows if f.beacon == beacon.id]) for beacon in library.active_beacons()]
    groups.append((library.say("web.any_beacon"), [f for f in flows if f.beacon in NO_BEACON]))
    return [{"title": _spoken(title, visit), "flows": [_start(f, visit) for f in found]} for title, found in groups if found]


def _start(flow: Any, visit: Visit) -> dict[str, Any]:
    return {"id": flow.id, "title": _spoken(flow.title, visit), "purpose": _spoken(flow.purpose, visit), "minutes": flow.minutes}


def _spoken(words: Words, visit: Visit) -> str:
    return words.spoken(visit.language)


@signed_in
async def show_chat(visit: Visit) -> web.Response:
    return await chat_page(visit)


@signed_in
async def show_cards(visit: Visit) -> web.Response:
    """The open cards alone, for a page whose stream was lost for a while."""
    return visit.page("cards_fragment.html", cards=await cards_of(visit))


@signed_in
async def write_line(visit: Visit) -> web.Response:
    """A line was written. Nothing of it is kept here."""
    post = await visit.request.post()
    text = str(post.get("text", ""))[:LONGEST_LINE]
    if not text.strip():
        raise web.HTTPSeeOther("/chat")
    event = Wrote(id=event_id(str(post.get("nonce", ""))), sender=sender_of(visit), text=text)
    return await answer(visit, event, line=text)


@signed_in
async def press(visit: Visit) -> web.Response:
    """A button on a card, or one of our own, was pressed."""
    post = await visit.request.post()
    action, value, subject = (str(post.get(name, ""))[:LONGEST_ACTION] for name in ("action", "value", "subject"))
    if not action:
        raise web.HTTPBadRequest
    event = chosen(visit, action, subject=subject, value=value, nonce=str(post.get("nonce", "")))
    return await answer(visit, event, back=own_path(str(post.get("back", "chat"))))


@signed_in
async def stream(visit: Visit) -> web.StreamResponse:
    """New cards as they come, as Server-Sent Events."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(visit.request)
    assert visit.person
    with visit.parts.channel.listening(visit.person.id) as page:
        await response.write(f"retry: {COME_BACK}\n\n".encode())
        while True:
            try:
                arrived = await page.next(HEARTBEAT)
            except TimeoutError:
                if not await _write(response, ": still here\n\n"):
                    return response
                continue
            if arrived is None or not await _write(response, _as_event(visit, arrived)):
                return response


def _as_event(visit: Visit, arrived: Arrived) -> str:
    html = visit.draw("card_fragment.html", shown=arrived.card)
    data = {"subject": arrived.card.get("subject", ""), "html": html}
    return f"event: card\nid: {arrived.key}\ndata: {json.dumps(data)}\n\n"


async def _write(response: web.StreamResponse, text: str) -> bool:
    """False where nobody listens any more."""
    try:
        await response.write(text.encode())
    except (ConnectionError, asyncio.CancelledError):
        return False
    return True


ROUTES = [
    web.get("/chat", show_chat),
    web.get("/chat/cards", show_cards),
    web.get("/chat/stream", stream),
    web.post("/say", write_line),
    web.post("/press", press),
]
