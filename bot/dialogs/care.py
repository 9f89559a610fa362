"""The route cards, drawn: as a page in the form where possible, as a message where it has to be one.

Nothing about a card is stored by us: not that it was shown, not why.
"""

from __future__ import annotations

from typing import Any

from bot.cards import Button, Card, Form, Words
from bot.dialogs.house import House
from bot.dialogs.screening import CareCard


STOPS_ANYHOW = "A"
"""The card that says itself what becomes of what was written."""


def form(house: House, category: str, run: str, page: str, held: dict[str, Any], *, keeps_drafts: bool = True) -> Form:
    """The card on the page itself. What was typed travels in `held`, and is kept nowhere by us. `keeps_drafts`: what is typed there
    can be kept for later, by that person alone, and they have a rhythm that can pause."""
    shown = house.care.cards[category]
    after = shown.after if keeps_drafts or category == STOPS_ANYHOW else house.care.after_here
    return Form(
        run=run,
        page=page,
        title=shown.title,
        lead=(*_lines(house, shown), *_routes_in_words(house, shown), after),
        buttons=(*_calls(house, shown), *_choices(house, category, keeps_drafts)),
        held=held,
        care=True,
    )


def message(house: House, category: str) -> Card:
    """The card as a message, for a line written in the chat; replaced by a neutral one when the person goes on."""
    shown = house.care.cards[category]
    go_on = Button("care_seen", house.care.buttons["go_on"])
    return Card(
        text=(*_lines(house, shown), *_routes_in_words(house, shown)),
        buttons=(*_calls(house, shown), go_on),
        title=shown.title,
        notice=house.care.buttons["neutral"],
    )


def neutral(house: House) -> Card:
    return Card(text=(house.care.buttons["neutral"],))


def routes(house: House, ids: tuple[str, ...]) -> tuple[Words, ...]:
    """Routes in words, each with its number, or with whom to ask where no number is set."""
    return tuple(_route_in_words(house, one) for one in ids if one in house.routes)


def calls(house: House, ids: tuple[str, ...]) -> tuple[Button, ...]:
    known = [house.routes[one] for one in ids if one in house.routes]
    return tuple(
        Button("call", house.say("flow.call", number=route.number), route.number, does="call")
        for route in known
        if route.number
    )


def _calls(house: House, shown: CareCard) -> tuple[Button, ...]:
    return calls(house, shown.calls)


def _lines(house: House, shown: CareCard) -> tuple[Words, ...]:
    """The card's lines, the numbers named in them filled in."""
    numbers = {one: _number(house, one) for one in shown.calls}
    return tuple(line.fill(**numbers) if "{" in line.da else line for line in shown.lines)


def _number(house: House, route_id: str) -> str | Words:
    route = house.routes.get(route_id)
    return (route.number or route.url) if route and (route.number or route.url) else _missing(house, route_id)


def _missing(house: House, route_id: str) -> Words:
    """Whom to ask where a number is not set."""
    return house.care.missing.get(route_id, house.rule_empty)


def _routes_in_words(house: House, shown: CareCard) -> tuple[Words, ...]:
    """The routes that the lines do not name themselves."""
    named = {one for one in shown.calls for line in shown.lines if f"{{{one}}}" in line.da}
    return routes(house, tuple(one for one in shown.calls if one not in named))


def _route_in_words(house: House, route_id: str) -> Words:
    route = house.routes[route_id]
    return house.say("flow.route", label=route.label, where=_number(house, route_id))


def _choices(house: House, category: str, keeps_drafts: bool) -> tuple[Button, ...]:
    words = house.care.buttons
    go_on = Button("care_continue", words["continue"])
    later = (Button("care_later", words["later"]),) if keeps_drafts else ()
    if category == "A":
        return (Button("care_stop", words["stop"], style="primary"), go_on)
    if category == "C":
        pause = (Button("care_pause", words["pause_week"]),) if keeps_drafts else ()
        return (Button("care_stop", words["stop"], style="primary"), *pause, go_on, *later)
    return (
        Button("care_continue", words["continue"], style="primary"),
        *later,
        Button("care_delete", words["delete"]),
    )
