"""The frame around the coordinators' pages: which there are, who may open them, and what is said to those who may not.

The frame decides what is offered. What may be done is decided again in the services, for every request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.channels.web.visit import Visit, signed_in
from bot.errors import Refused

COORDINATOR, ADMINISTRATOR = "coordinator", "administrator"
EITHER = (COORDINATOR, ADMINISTRATOR)


@dataclass(frozen=True)
class Section:
    """A page in the section: /coordinate/`name`, called `coordinate.nav_{name}`, explained by `coordinate.about_{name}`."""

    name: str
    roles: tuple[str, ...]


SECTIONS: tuple[Section, ...] = (
    Section("programmes", (COORDINATOR,)),
    Section("beacons", EITHER),
    Section("status", (COORDINATOR,)),
    Section("numbers", (COORDINATOR,)),
    Section("closed", (COORDINATOR,)),
    Section("people", (ADMINISTRATOR,)),
    Section("import", (ADMINISTRATOR,)),
)

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


def for_roles(*needed: str) -> Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """A page for whoever has one of these roles now; for others there is no such page.

    What was sent from a page that was open when the role was taken away is refused kindly, and nothing is done. So is what a
    service refuses (`Refused`).
    """

    def wrapped(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(visit: Visit) -> web.StreamResponse:
            if not visit.roles.intersection(needed):
                if visit.request.method in ("GET", "HEAD"):
                    raise web.HTTPNotFound
                return refused(visit, Refused("roles.gone"))
            try:
                return await handler(visit)
            except Refused as refusal:
                return refused(visit, refusal)

        return signed_in(guarded)

    return wrapped


def refused(visit: Visit, refusal: Refused) -> web.Response:
    text = visit.parts.library.say(refusal.text, **refusal.values_).spoken(visit.language)
    return page(visit, "refused", 403, text=text)


def page(visit: Visit, name: str, status: int = 200, **values: Any) -> web.Response:
    """A page of the section: the template coordinating/`name`.html with the section's navigation."""
    return visit.page(f"coordinating/{name}.html", status, sections=sections_of(visit), **values)


def sections_of(visit: Visit) -> list[Section]:
    return [one for one in SECTIONS if visit.roles.intersection(one.roles)]
