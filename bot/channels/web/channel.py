"""Sending on the web: a card goes to the pages that the person has open, through Server-Sent Events.

Nothing is kept here. A card with a subject is drawn again from rows whenever the chat is opened, so it counts as sent even
when nobody looks; a reply without one, or a word in private about what a group does, waits in the outbox until somebody does, or
until it expires.

The open pages are those of this process. Of several, the one where somebody looks takes what is for them (`present`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.dialogs.group.turn import GROUP
from bot.errors import GaveUp, TryAgain

WAITING = 200
"""How many cards an open page may be behind before it is dropped; it comes back by itself and draws the open cards anew."""
NOBODY_LOOKS = 1.0  # seconds
NOBODY_LOOKS_IN_PRIVATE = 30.0
"""The same for a word in private about what a group does: it may wait for a day."""
MOST_PAGES = 20
"""How many pages one person may have open; the oldest closes for the next."""


@dataclass(frozen=True)
class Arrived:
    """A card on its way to an open page. `key` is the same when it is sent twice."""

    card: dict[str, Any]
    key: str


def _is_drawn_again(address: dict[str, Any], subject: str) -> bool:
    """Whether it stands in rows: of a group that is its post, which stands in the room."""
    return bool(subject) and not (subject.startswith(GROUP) and "person" in address)


class Page:
    """A page that somebody has open. `next` waits for what comes; None: the page is to close. `mark`: how the room it shows stood;
    `is_there`: whether the browser is still connected, which writing to it would find out only later."""

    def __init__(self, is_there: Callable[[], bool]) -> None:
        self.mark, self._is_there = "", is_there
        self._arrived: asyncio.Queue[Arrived | None] = asyncio.Queue()

    def give(self, arrived: Arrived | None) -> bool:
        """Hand it over; False where the page is too far behind, or gone."""
        if arrived is not None and (self._arrived.qsize() >= WAITING or not self._is_there()):
            return False
        self._arrived.put_nowait(arrived)
        return True

    async def next(self, timeout: float | None = None) -> Arrived | None:
        """Raises TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            return await self._arrived.get()


class WebChannel:
    """Delivery's way to the web chat and to rooms. An address is {"person": the person's id}, or {"room": the room's}."""

    name = "web"

    def __init__(self) -> None:
        self._pages: dict[str, list[Page]] = {}

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str = "") -> str:
        """Show `card`, spoken already, on every page the person has open; returns what names it for a later `replaces`.

        Raises TryAgain where nobody looks and the card would be lost, GaveUp where the address is none.
        """
        person = address.get("person") or address.get("room")
        if not person:
            raise GaveUp("an address without a person")
        subject = card.get("subject", "")
        heard = [page.give(Arrived(card, key)) or self._drop(person, page) for page in list(self._pages.get(person, ()))]
        if not any(heard) and not _is_drawn_again(address, subject):
            raise TryAgain("no page is open", after=NOBODY_LOOKS_IN_PRIVATE if subject else NOBODY_LOOKS)
        return subject or key

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> None:
        """A message whose fate is unknown counts as not arrived: a page that is given the same key twice leaves the second."""
        return None

    @contextmanager
    def listening(self, person: str, most: int = MOST_PAGES, is_there: Callable[[], bool] = lambda: True) -> Iterator[Page]:
        """An open page of this person (or in this room), while the block lasts."""
        page, others = Page(is_there), self._pages.setdefault(person, [])
        if len(others) >= most:
            others[0].give(None)
        others.append(page)
        try:
            yield page
        finally:
            self._forget(person, page)

    def present(self) -> frozenset[str]:
        """Who has a page open in this process."""
        return frozenset(self._pages)

    def has_listeners(self, person: str) -> bool:
        return bool(self._pages.get(person))

    def close(self) -> None:
        """Tell every open page to close, so that a stop does not wait for them."""
        for pages in self._pages.values():
            for page in pages:
                page.give(None)

    def close_person(self, person: str) -> None:
        """Close the pages of somebody who signed out or deleted everything."""
        for page in list(self._pages.get(person, ())):
            page.give(None)

    def _drop(self, person: str, page: Page) -> bool:
        page.give(None)
        self._forget(person, page)
        return False

    def _forget(self, person: str, page: Page) -> None:
        pages = self._pages.get(person, [])
        if page in pages:
            pages.remove(page)
        if not pages:
            self._pages.pop(person, None)
