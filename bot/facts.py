"""Small files of facts: beacons, routes (numbers and links), how long things are kept, and sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.cards import Words
from bot.dialogs.beacons.beacon import Beacon, read_beacon
from bot.dialogs.data import Data, data, named, refuse_doubles
from bot.errors import ContentError

SOURCE_STATUS = ("own", "V", "K", "S")  # seen while this was written / known / only as cited in a source
ROUTE_STATUS = ("V", "N", "L")  # verified / not verified / local, for the municipality to fill in
NUMBER = re.compile(r"\+?[0-9][0-9 ]{2,18}")

Named = TypeVar("Named")


@dataclass(frozen=True)
class Route:
    """Somewhere to turn. `number` and `url` are empty where they are not known: then `Library.route_missing` says
    whom to ask. `regions`: the only regions it may be shown in; empty: everywhere. `status`: see `ROUTE_STATUS`.
    `note`: for who keeps the list."""

    id: str
    label: Words
    number: str
    url: str
    hours: Words | None
    regions: tuple[str, ...]
    status: str
    note: Words | None = None


@dataclass(frozen=True)
class Retention:
    """How long something is kept. `days` after `counted_from`; None: it is never stored."""

    id: str
    days: int | None
    counted_from: str
    text: Words | None
    source: str
    approved: bool


@dataclass(frozen=True)
class Source:
    """Where content comes from. `sections`: the parts of it that are referred to. `status`: see `SOURCE_STATUS`."""

    id: str
    title: Words
    sections: tuple[str, ...]
    status: str


def read_beacons(raw: Any, where: str) -> dict[str, Beacon]:
    file = data(raw, where, needs="beacons")
    return _each(file, "beacons", "beacon", read_beacon)


def read_routes(raw: Any, where: str) -> tuple[dict[str, Route], Words]:
    """The routes, and what is said where a number or link is missing."""
    file = data(raw, where, needs="routes rule_empty")
    return _each(file, "routes", "route", _read_route), file.words("rule_empty")


def read_own_routes(raw: Any, where: str, known: dict[str, Route]) -> dict[str, Route]:
    """The routes, a municipality's own in their place: a file like `routes.yaml` that names only those it changes."""
    file = data(raw, where, needs="routes")
    own = _each(file, "routes", "route", _read_route)
    for unknown in own.keys() - known.keys():
        raise ContentError(f"{where}, route {unknown}", "there is no such route", f"use one of {', '.join(known)}")
    return {**known, **own}


def _read_route(raw: Any, where: str) -> Route:
    route = data(raw, where, needs="id label status", may="number url hours regions note")
    number, url = route.text("number", ""), route.text("url", "")
    if number and not NUMBER.fullmatch(number):
        route.refuse(f"`number` is {number!r}", "write digits and spaces, in quotes")
    if url and not url.startswith("https://"):
        route.refuse(f"`url` is {url!r}", "write an address that begins with https://")
    return Route(
        id=route.id(),
        label=route.words("label", 150),
        number=number,
        url=url,
        hours=route.maybe_words("hours", 200),
        regions=route.ids("regions"),
        status=route.one_of("status", ROUTE_STATUS),
        note=route.maybe_words("note"),
    )


def read_retention(raw: Any, where: str) -> dict[str, Retention]:
    file = data(raw, where, needs="retention source approved")

    def read(one: Any, at: str) -> Retention:
        kept = data(one, at, needs="id counted_from", may="days text")
        return Retention(
            id=kept.id(),
            days=kept.maybe_number("days", 1, 3650),
            counted_from=kept.id("counted_from"),
            text=kept.maybe_words("text"),
            source=file.text("source"),
            approved=file.flag("approved"),
        )

    return _each(file, "retention", "item", read)


def read_sources(raw: Any, where: str) -> dict[str, Source]:
    file = data(raw, where, needs="sources")
    sources = [_read_source(one, named(one, where, "source")) for one in file.each("sources")]
    refuse_doubles((source.id for source in sources), "the source", where)
    return {source.id: source for source in sources}


def _read_source(raw: Any, where: str) -> Source:
    source = data(raw, where, needs="id status", may="title work sections")
    if source.has("title") == source.has("work"):
        source.refuse("it has not one name", "write a title in both languages, or the work as it is cited")
    work = source.text("work", "")
    return Source(
        id=source.text("id"),
        title=Words(work, work) if work else source.words("title"),
        sections=tuple(str(one) for one in source.each("sections")),
        status=source.one_of("status", SOURCE_STATUS),
    )


def _each(file: Data, key: str, what: str, read: Callable[[Any, str], Named]) -> dict[str, Named]:
    items = [read(one, named(one, file.where, what)) for one in file.each(key)]
    refuse_doubles((item.id for item in items), f"the {what}", file.where)  # type: ignore[attr-defined]
    return {item.id: item for item in items}  # type: ignore[attr-defined]
