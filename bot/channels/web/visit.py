"""One request: who it is, in which language, and how it is answered."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from aiohttp import web

from bot.channels.web.channel import WebChannel
from bot.channels.web.drawing import Drawing, language_of, own_path
from bot.clock import Clock
from bot.editions import Edition
from bot.library import Library
from bot.services.person_row import PersonRow
from bot.store.engine import Store
from bot.turns import Turns

COOKIE = "pejling"
FRAGMENT = "X-Fragment"
"""The header by which our own script asks for a part of a page."""

Travel = Callable[[str, str], Awaitable[Any]]


@dataclass(frozen=True)
class Parts:
    """What the pages are made of.

    `travel(to, person)` moves the demo's time: to the "next" thing that reaches this person, or a "day" or a "week" ahead; None
    outside the demo.
    `public_url`: as people open it, without a slash at the end; empty on one's own machine.
    `notice`: municipality, privacy_link and dpo, empty where not set.
    """

    store: Store
    turns: Turns
    library: Library
    clock: Clock
    channel: WebChannel
    organisation: str
    public_url: str = ""
    language: str = "da"
    timezone: str = "Europe/Copenhagen"
    is_demo: bool = False
    travel: Travel | None = None
    notice: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The cookie's name; with `__Host-` a browser accepts it only from this very host, over https."""
        return f"__Host-{COOKIE}" if self.is_https else COOKIE


PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)
DRAWING: web.AppKey[Drawing] = web.AppKey("drawing", Drawing)


@dataclass
class Visit:
    """`token` is what the cookie holds: a session's where `person` is signed in, else a visitor's. `roles`: what `person` has now;
    it decides which pages are offered, never alone what may be done. `room`: the room this is in; `guest`: the name of a guest there;
    `speaks`: the language they came in with."""

    request: web.Request
    parts: Parts
    drawing: Drawing
    token: str = ""
    person: PersonRow | None = None
    roles: frozenset[str] = frozenset()
    edition: Edition | None = None
    room: str = ""
    guest: str = ""
    guest_id: str = ""
    speaks: str = ""

    def is_connected(self) -> bool:
        """Whether the browser that asked is still there."""
        return self.request.transport is not None

    @property
    def library(self) -> Library:
        """What this person is asked and told; a visitor's is what came with Pejling."""
        return self.edition.library if self.edition else self.parts.library

    @property
    def language(self) -> str:
        if self.person and self.person.language:
            return self.person.language
        if self.speaks:
            return self.speaks
        asked = self.request.query.get("lang", "")
        if asked in ("da", "en"):
            return asked
        return language_of(self.request.headers.get("Accept-Language", ""), self.parts.language)

    @property
    def timezone(self) -> str:
        return self.person.timezone if self.person else self.parts.timezone

    @property
    def first_name(self) -> str:
        return self.person.name.split()[0] if self.person and self.person.name.strip() else ""

    @property
    def now(self) -> datetime:
        return self.parts.clock.now()

    @property
    def path(self) -> str:
        return own_path(self.request.path)

    @property
    def csrf(self) -> str:
        """What every form of this visitor carries: it cannot be made without the cookie, which no script can read."""
        return hmac.new(self.token.encode(), b"pejling form", sha256).hexdigest() if self.token else ""

    @property
    def base(self) -> str:
        """What the addresses that presses and pages are sent to begin with."""
        return f"/room/{self.room}" if self.room else ""

    @property
    def is_fragment(self) -> bool:
        return FRAGMENT in self.request.headers

    def text(self, key: str, **values: Any) -> str:
        return self.drawing.text(self.language, key, **values)

    def draw(self, template: str, **values: Any) -> str:
        return self.drawing.draw(template, self.language, self.timezone, visit=self, **values)

    def page(self, template: str, status: int = 200, **values: Any) -> web.Response:
        return web.Response(text=self.draw(template, **values), status=status, content_type="text/html")

    def error(self, status: int) -> web.Response:
        """A kind page about what went wrong."""
        name = f"error_{status}" if status in (403, 404, 413, 500) else "error_400"
        return self.page("error.html", status, title=f"{name}_title", text=name)


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)


def visit_of(request: web.Request) -> Visit:
    return request[VISIT]


def signed_in(handler: Callable[[Visit], Awaitable[web.StreamResponse]]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A page that belongs to whoever is signed in. Others are shown the way in, and nothing else."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visit = visit_of(request)
        if visit.person is None:
            if visit.is_fragment:
                return web.json_response({"go": "/"}, status=401)
            raise web.HTTPSeeOther("/")
        return await handler(visit)

    return handle


def open_to_all(handler: Callable[[Visit], Awaitable[web.StreamResponse]]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(visit_of(request))

    return handle
