"""Handing an event to the turns, and drawing what comes back at once: a form page, a card, or nothing but the chat."""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from typing import Any

from aiohttp import web
from multidict import MultiMapping
from sqlalchemy import Connection

from bot.cards import spoken
from bot.channels.web.channel import Page
from bot.channels.web.conversation import Shown, chat_page
from bot.channels.web.drawing import new_nonce
from bot.channels.web.visit import Visit
from bot.events import Chose, Event, Sender
from bot.services import links

REPLY_COMES = 2.0  # seconds to wait for a reply to somebody whose browser runs no script
REPLY_ENDS = 0.2  # seconds of silence after which nothing more is waited for
ZONE = "X-Zone"
"""The header in which our script says which time zone the browser is in."""
NONCE = re.compile(r"[A-Za-z0-9_-]{1,60}")


def sender_of(visit: Visit) -> Sender:
    person = visit.person
    assert person
    return Sender(
        channel="web",
        organisation=person.organisation,
        external=person.id,
        name=person.name,
        timezone=visit.request.headers.get(ZONE, ""),
        address={"person": person.id},
    )


def event_id(visit: Visit, post: MultiMapping[Any] | None = None) -> str:
    """The same for the same rendered button with the same in its form, so that pressing it twice is one event.

    What was written is in it only as a digest that nobody without the visitor's cookie can make or guess. A nonce that is not
    one of ours is not taken into the id, which stands in the log.
    """
    nonce = str(post.get("nonce", "")) if post else ""
    if not post or not NONCE.fullmatch(nonce):
        return f"web:{new_nonce()}"
    fields = json.dumps([[name, str(value)] for name, value in post.items()])
    return f"web:{nonce}:{hmac.new(visit.token.encode(), fields.encode(), sha256).hexdigest()[:32]}"


def chosen(visit: Visit, action: str, *, subject: str = "", value: str = "", post: MultiMapping[Any] | None = None) -> Chose:
    return Chose(id=event_id(visit, post), sender=sender_of(visit), subject=subject, action=action, value=value)


async def answer(visit: Visit, event: Event, *, back: str = "/chat", line: str = "") -> web.Response:
    """Handle `event` and answer with what is to be seen now.

    Our script gets the parts and puts them in place; other messages reach it by the stream. A browser without it gets a whole
    page: the form, or the chat with the replies that came. `line` is what was just written, shown back once.
    """
    if visit.is_fragment:
        given = await visit.parts.turns.handle(event)
        return await _as_parts(visit, given, back)
    assert visit.person
    with visit.parts.channel.listening(visit.person.id) as page:
        given = await visit.parts.turns.handle(event)
        is_answered = given.form is not None or given.card is not None
        replies = await _replies(page, REPLY_ENDS if is_answered else REPLY_COMES)
    if given.is_erased:
        visit.parts.channel.close_person(visit.person.id)
        raise web.HTTPSeeOther("/gone")
    await _look_again(visit)
    if given.card:
        replies.append(spoken(given.card, visit.language))
    if given.form:
        said = [card for card in replies if not card["subject"]]
        return visit.page("form.html", form=spoken(given.form, visit.language), replies=said, back=back)
    if back != "/chat" and not replies:
        raise web.HTTPSeeOther(back)
    return await chat_page(visit, replies=replies, line=line)


async def _as_parts(visit: Visit, given: Any, back: str) -> web.Response:
    before = visit.person
    if given.is_erased and before:
        visit.parts.channel.close_person(before.id)
        return web.json_response({"go": "/gone"})
    await _look_again(visit)
    parts: dict[str, Any] = {}
    if given.form:
        parts["form"] = visit.draw("form_fragment.html", form=spoken(given.form, visit.language), back=back)
    if given.card:
        parts["card"] = visit.draw("card_fragment.html", shown=spoken(given.card, visit.language))
    if before and visit.person and (before.language, before.state) != (visit.person.language, visit.person.state):
        parts["renew"] = True  # the page behind speaks another language now, or offers more
    return web.json_response(parts)


async def _look_again(visit: Visit) -> None:
    """The event may have changed the person's language, name or state."""
    token, now, editions = visit.token, visit.now, visit.parts.turns.editions

    def work(db: Connection) -> None:
        visit.person = links.session_person(db, token, now) or visit.person
        assert visit.person
        visit.edition = editions.of(db, visit.person.organisation, visit.person.centre)

    await visit.parts.store.read(work)


async def _replies(page: Page, patience: float) -> list[Shown]:
    """What was said to the person in answer."""
    replies: list[Shown] = []
    while True:
        try:
            arrived = await page.next(patience)
        except TimeoutError:
            return replies
        if arrived is None:
            return replies
        replies.append(arrived.card)
        patience = REPLY_ENDS
