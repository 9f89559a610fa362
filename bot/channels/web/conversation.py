"""The chat as it stands: what is open for a person, drawn from rows, and what they can begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot import circumstances
from bot.cards import Button, Card, Words, plain, spoken
from bot.channels.web import presses
from bot.channels.web.visit import Visit
from bot.dialogs.dilemma.desk import DILEMMAS
from bot.dialogs.flow import NO_BEACON, Flow
from bot.events import Event
from bot.open_cards import open_cards
from bot.services import rooms

Shown = dict[str, Any]
"""A card as it is drawn: `bot.cards.spoken` in the reader's language."""


async def chat_page(visit: Visit, *, replies: list[Shown] | None = None, line: str = "") -> web.Response:
    """The chat as it stands. `replies` were said just now, perhaps in the place of an open card; they are kept nowhere, so they
    are gone when it is drawn again."""
    news = {card["subject"]: card for card in replies or [] if card["subject"]}
    cards = [news.pop(card["subject"], card) for card in await cards_of(visit)]
    said = [card for card in replies or [] if not card["subject"] or card["subject"] in news]
    return visit.page("chat.html", cards=cards, replies=said, line=line, starts=starts(visit), start_action=presses.BEGIN)


async def cards_of(visit: Visit) -> list[Shown]:
    """The cards that stand open, drawn from the rows."""
    library, person, now = visit.library, visit.person, visit.now
    assert person

    def work(db: Connection) -> list[Card]:
        return [*_welcome(db, visit), *open_cards(db, library, person, now), *_in_rooms(db, visit)]

    return [spoken(card, visit.language) for card in await visit.parts.store.read(work)]


def _welcome(db: Connection, visit: Visit) -> list[Card]:
    """The first card, for as long as somebody has not read the notice as it is now, or has said no."""
    assert visit.person
    facts = circumstances.facts(db, visit.person, Event(id=""), visit.now)
    arrival = visit.parts.turns.desk.arrival
    return [] if arrival.is_over(facts) else [arrival.card(facts)]


def _in_rooms(db: Connection, visit: Visit) -> Iterator[Card]:
    """The way to what goes on in the rooms one is in: what is said about it in private is gone when the chat is drawn anew."""
    assert visit.person
    say, turns = visit.parts.library.say, visit.parts.turns
    for room in rooms.rooms_of(db, visit.person):
        going_on = turns.groups.titles(db, room.organisation, room.id, visit.language)
        if going_on:
            go = Button("room", say("web.room_go"), f"room/{room.id}", does="page", style="primary")
            yield Card((say("web.room_going_on", room=room.name),), (go,), plain(", ".join(going_on)), f"room:{room.id}")


def starts(visit: Visit) -> list[dict[str, Any]]:
    """What one can begin with, by beacon; those that fit every beacon last. Only what fits the person's level, where it is known."""
    library, person = visit.library, visit.person
    assert person
    if person.state != "active":
        return []
    flows = library.flow_list(level=person.level) or library.flow_list()
    groups = [(beacon.name, [f for f in flows if f.beacon == beacon.id]) for beacon in library.active_beacons()]
    groups.append((library.say("web.any_beacon"), [f for f in flows if f.beacon in NO_BEACON]))
    shown = [{"title": _spoken(title, visit), "flows": [_start(f, visit) for f in found]} for title, found in groups if found]
    return [*shown, *_dilemmas(visit)]


def _dilemmas(visit: Visit) -> list[dict[str, Any]]:
    """All dilemmas in one line: which one is chosen on a page of its own."""
    library = visit.library
    if not library.dilemmas:
        return []
    said = {key: _spoken(library.say(f"dilemma.{key}"), visit) for key in ("alone_title", "alone_pick", "purpose")}
    minutes = next(iter(library.alone.values())).minutes
    line = {"id": DILEMMAS, "title": said["alone_pick"], "purpose": said["purpose"], "minutes": minutes}
    return [{"title": said["alone_title"], "flows": [line]}]


def _start(flow: Flow, visit: Visit) -> dict[str, Any]:
    return {"id": flow.id, "title": _spoken(flow.title, visit), "purpose": _spoken(flow.purpose, visit), "minutes": flow.minutes}


def _spoken(words: Words, visit: Visit) -> str:
    return words.spoken(visit.language)
