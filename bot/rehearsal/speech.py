"""What is shown, as one line of a script."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Copenhagen")


def as_said(what: str, shown: dict[str, Any]) -> str:
    """A card or a page, spoken already (`cards.spoken`)."""
    return _page(shown) if what == "page" else _card(shown)


def _card(card: dict[str, Any]) -> str:
    title = f"{card['title']}: " if card["title"] else ""
    spread = [f"{bar['label']} = {bar['count']}" for bar in card.get("spread", ())]
    until = [f"(until {_clock(card['until'])})"] if card.get("until") else []
    return title + " ".join([*card["text"], *spread, *until, *_buttons(card["buttons"])])


def _clock(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _page(page: dict[str, Any]) -> str:
    """Title and place; what is said beside the questions; on a page without questions also its buttons."""
    place = [f"({page['number']}/{page['of']})"] if page["number"] else []
    fields = [f for f in page["fields"] if f["kind"] != "info"]
    told = [f["label"] for f in page["fields"] if f["kind"] == "info"]
    wrong = [f"! {f['label']} {f['error']}" for f in fields if f["error"]]
    hints = [" ".join(["?", h["text"], *_buttons(h["buttons"])]) for f in fields for h in f["hints"]]
    buttons = [] if fields else _buttons(page["buttons"])
    return " ".join([page["title"], *place, *page["notes"], *page["lead"], *told, *wrong, *hints, *buttons])


def _buttons(buttons: list[dict[str, Any]]) -> list[str]:
    return [f"[{b['label']}]" for b in buttons]
