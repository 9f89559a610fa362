"""What an Adaptive Card in Teams must be, beyond what Microsoft's renderer sees: ux-rules T5–T10, and misspelt properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.channels.teams.cards import MOST_ACTIONS, MOST_BYTES, buttons_of, size

ELEMENTS = {
    "AdaptiveCard": {"type", "$schema", "version", "body", "actions"},
    "TextBlock": {"type", "id", "text", "wrap", "style", "weight", "size", "isSubtle", "spacing", "horizontalAlignment"},
    "ColumnSet": {"type", "id", "spacing", "columns"},
    "Column": {"type", "width", "items"},
    "RichTextBlock": {"type", "id", "inlines"},
    "TextRun": {"type", "text", "weight", "size", "isSubtle", "color"},
    "Container": {"type", "id", "spacing", "items"},
    "ActionSet": {"type", "id", "actions"},
    "Input.Text": {"type", "id", "label", "isRequired", "errorMessage", "value", "isMultiline", "placeholder"},
    "Input.Date": {"type", "id", "label", "value"},
    "Input.Time": {"type", "id", "label", "isRequired", "errorMessage", "value"},
    "Input.ChoiceSet": {"type", "id", "label", "isRequired", "errorMessage", "value", "choices", "isMultiSelect", "style", "wrap", "placeholder"},
    "Action.Execute": {"type", "title", "verb", "data", "fallback", "style"},
    "Action.Submit": {"type", "id", "title", "data", "style", "associatedInputs"},
    "Action.OpenUrl": {"type", "title", "url", "style"},
    "Action.ShowCard": {"type", "title", "card"},
}
"""What we use, all of it in https://adaptivecards.io/schemas/adaptive-card.json at version 1.5."""
COLOURS = {"Attention"}  # a meaning, not a colour: it follows the theme


def broken(card: dict[str, Any], *, in_chat: bool, most: int = MOST_BYTES) -> list[str]:
    """What is wrong with it, in words. `in_chat`: it is a message, not a dialog."""
    found = list(_broken(card))
    if card.get("version") != "1.5":
        found.append("not version 1.5")
    if size(card) > most:
        found.append(f"{size(card)} bytes")
    if in_chat:
        found += [f"an {one['type']} in the chat" for one in parts(card) if one["type"].startswith("Input.")]
        if len(buttons_of(card)) > MOST_ACTIONS:
            found.append("more than six actions")
    ids = [one["id"] for one in parts(card) if one.get("id")]
    found += [f"twice: {id}" for id in {id for id in ids if ids.count(id) > 1}]
    return found


def parts(of: Any) -> Iterator[dict[str, Any]]:
    """Every element and action, the ones inside others too."""
    if isinstance(of, dict) and of.get("type") in ELEMENTS:
        yield of
    for inner in of.values() if isinstance(of, dict) else of if isinstance(of, list) else ():
        if inner is not of.get("data") if isinstance(of, dict) else True:
            yield from parts(inner)


def _broken(card: dict[str, Any]) -> Iterator[str]:
    for one in parts(card):
        kind = one["type"]
        for name in one.keys() - ELEMENTS[kind]:
            yield f"{kind} has no {name}"
        if kind == "TextBlock" and not (one["text"] and one["wrap"]):
            yield "a text that does not wrap"
        if kind == "TextRun" and one.get("color", "Attention") not in COLOURS:
            yield "a colour of its own"
        if kind.startswith("Input.") and not one.get("label"):
            yield "an input without a label"
        if one.get("isRequired") and not one.get("errorMessage"):
            yield "a required input that does not say what is missing"
        if kind == "Input.ChoiceSet" and (not one.get("wrap") or len({c["value"] for c in one["choices"]}) != len(one["choices"])):
            yield "choices that do not wrap, or are doubled"
        if kind == "Action.Execute" and (one["fallback"]["type"] != "Action.Submit" or one["fallback"]["data"] != one["data"]):
            yield "an Action.Execute without its Action.Submit"
        if kind.startswith("Action.") and not 0 < len(one["title"]) <= 60:
            yield f"a button called {one['title']!r}"
        if kind == "ActionSet" and len(one["actions"]) > MOST_ACTIONS:
            yield "a set of more than six actions"
        if kind == "Action.OpenUrl" and not one["url"].startswith(("https://", "tel:")):
            yield f"a link to {one['url'].partition(':')[0]}"
