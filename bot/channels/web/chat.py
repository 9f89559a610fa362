"""The conversation: a line that is written, a button that is pressed, and the stream of new cards."""

from __future__ import annotations

import json

from aiohttp import web

from bot.channels.web.answering import answer, chosen, event_id, sender_of
from bot.channels.web.channel import Arrived, Page
from bot.channels.web.conversation import cards_of, chat_page
from bot.channels.web.drawing import own_path
from bot.channels.web.visit import Visit, signed_in
from bot.events import Wrote

HEARTBEAT = 20.0  # seconds; keeps the stream open through whatever lies between
RETRY = "retry: 2000\n\n"  # milliseconds after which a browser opens a lost stream again
LONGEST_LINE = 12_000  # signs; what is too long for a field is answered there, this only bounds the event
LONGEST_ACTION = 400


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
    event = Wrote(id=event_id(visit, post), sender=sender_of(visit), text=text)
    return await answer(visit, event, line=text)


@signed_in
async def press(visit: Visit) -> web.Response:
    """A button on a card, or one of our own, was pressed."""
    post = await visit.request.post()
    action, value, subject = (str(post.get(name, ""))[:LONGEST_ACTION] for name in ("action", "value", "subject"))
    if not action:
        raise web.HTTPBadRequest
    event = chosen(visit, action, subject=subject, value=value, post=post)
    return await answer(visit, event, back=own_path(str(post.get("back", "chat"))))


@signed_in
async def stream(visit: Visit) -> web.StreamResponse:
    """New cards as they come, as Server-Sent Events."""
    response, is_open = await opened(visit)
    assert visit.person
    with visit.parts.channel.listening(visit.person.id, is_there=visit.is_connected) as page:
        is_open = is_open and await write(response, RETRY)
        while is_open:
            is_open = await write(response, await _next(visit, page))
    return response


async def opened(visit: Visit) -> tuple[web.StreamResponse, bool]:
    """A stream, and whether anybody is there still: a browser may leave before the first word."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    try:
        await response.prepare(visit.request)
    except ConnectionError:
        return response, False
    return response, True


async def _next(visit: Visit, page: Page) -> str:
    """What is to be written next; empty where the page is to close."""
    try:
        arrived = await page.next(HEARTBEAT)
    except TimeoutError:
        return ": still here\n\n"
    return _as_event(visit, arrived) if arrived else ""


def _as_event(visit: Visit, arrived: Arrived) -> str:
    html = visit.draw("card_fragment.html", shown=arrived.card)
    data = {"subject": arrived.card.get("subject", ""), "html": html}
    return f"event: card\nid: {arrived.key}\ndata: {json.dumps(data)}\n\n"


async def write(response: web.StreamResponse, text: str) -> bool:
    """False where there is nothing to write, or nobody listens any more."""
    if not text:
        return False
    try:
        await response.write(text.encode())
    except ConnectionError:
        return False
    return True


ROUTES = [
    web.get("/chat", show_chat),
    web.get("/chat/cards", show_cards),
    web.get("/chat/stream", stream),
    web.post("/say", write_line),
    web.post("/press", press),
]
