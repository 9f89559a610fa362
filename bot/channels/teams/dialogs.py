"""Form pages as dialogs: what is answered to `task/fetch` and `task/submit`. Pure.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots
"""

from __future__ import annotations

from collections.abc import Callable

from bot.cards import strip_of, strip_signs
from bot.channels.teams import presses
from bot.channels.teams.cards import (
    STYLES,
    Action,
    Say,
    Shown,
    actions_of,
    adaptive,
    asked_first,
    attachment,
    leaving,
    titled,
    web_address,
)
from bot.channels.teams.fields import field, kinds
from bot.channels.teams.writing import Part, heading, paragraphs, shortened

WRITING = ("text", "date")
LONGEST_TITLE = 64
WIDE, HIGH = "medium", "large"
MOST_BYTES = 80 * 1024
"""Of a page with all that was typed on it; drawn empty it keeps to `cards.MOST_BYTES` (ux-rules T7)."""
CLOSE: Part = {}
"""An empty answer closes the dialog."""


def form(shown: Shown, key: str, say: Say) -> Part:
    """The page as a dialog."""
    return page(shown["title"], form_card(shown, key, say))


def page(title: str, drawn: Part) -> Part:
    value = {"title": shortened(title, LONGEST_TITLE), "width": WIDE, "height": HIGH, "card": attachment(drawn)}
    return {"task": {"type": "continue", "value": value}}


def told(text: str) -> Part:
    """A dialog with nothing but words."""
    return {"task": {"type": "message", "value": text}}


def way_out(title: str, url: str, label: str, say: Say) -> Part:
    """A dialog with a personal link to one of our own pages; it stands nowhere else, so that it is in no chat."""
    action = {"type": "Action.OpenUrl", "title": titled(label), "url": web_address(url), "style": "positive"}
    return page(title, adaptive(paragraphs(say("link_lead"), "lead-0"), [action]))


def form_card(shown: Shown, key: str, say: Say) -> Part:
    insists = _may_insist(shown)
    send = _sender(shown, key, say, leaves_inputs=insists and _is_missing(shown))
    body: list[Part] = [heading(shown["title"])] if len(shown["title"]) > LONGEST_TITLE else []
    if shown["number"] and shown["of"] > 1:
        body += paragraphs(say("page_of", number=shown["number"], of=shown["of"]), "place", isSubtle=True, size="Small")
    if calls := [leaving(one).part for one in shown["buttons"] if one["does"] == "call"]:
        # Where help is comes first: somebody may have no time to read on.
        body.append({"type": "ActionSet", "id": "calls", "actions": calls})
    for n, text in enumerate(shown["notes"]):
        body += paragraphs(text, f"note-{n}", weight="Bolder")
    for n, text in enumerate(shown["lead"]):
        body += [*_picture(shown, text, n), *paragraphs(text, f"lead-{n}")]
    for one in shown["fields"]:
        body.append(_container(one, send, say, insists=insists))
    others = [one for one in shown["buttons"] if one["does"] != "call"]
    return adaptive(body, [*actions_of(others, send), *_closing(shown, say)])


def _picture(shown: Shown, line: str, n: int) -> list[Part]:
    """How something moved, above the line that says the same: a column for each moment."""
    strip = strip_of(shown, line)
    columns = [_column(*one) for one in zip(strip_signs(strip), strip["moments"], strict=True)] if strip else []
    return [{"type": "ColumnSet", "id": f"strip-{n}", "spacing": "Large", "columns": columns}] if strip else []


def _column(sign: str, moment: str) -> Part:
    centred = {"type": "TextBlock", "horizontalAlignment": "Center", "wrap": True}
    when = centred | {"text": moment, "size": "Small", "isSubtle": True, "spacing": "None"}
    return {"type": "Column", "width": "stretch", "items": [centred | {"text": sign}, when]}


def _container(shown: Shown, send: Callable[[Shown], Action], say: Say, *, insists: bool) -> Part:
    items = field(shown, say, insists=insists)
    for n, hint in enumerate(shown["hints"]):
        items += paragraphs(hint["text"], f"hint-{shown['id']}-{n}")
        items.append({"type": "ActionSet", "id": f"decide-{shown['id']}-{n}", "actions": actions_of(hint["buttons"], send)})
    return {"type": "Container", "id": f"field-{shown['id']}", "spacing": "Large", "items": items}


def _closing(shown: Shown, say: Say) -> list[Part]:
    if not (shown["closed"] or not shown["buttons"]):
        return []
    return [{"type": "Action.Submit", "id": "close", "title": say("close"), "data": presses.data(close=True)}]


# ---- sending a page in -----------------------------------------------------------------------------------


def _sender(shown: Shown, key: str, say: Say, *, leaves_inputs: bool) -> Callable[[Shown], Action]:
    """Draws the page's buttons. `leaves_inputs`: only the first sends what stands in the fields."""
    about = {"run": shown["run"], "page": shown["page"], "held": shown["held"], "fields": kinds(shown["fields"]), "key": key}

    def draw(button: Shown) -> Action:
        if button["does"] in ("link", "call"):
            return leaving(button)
        if button["does"] == "page":
            press = presses.data(go=button["value"], key=key)
        else:
            press = presses.data(button=presses.pressed(button), **about)
        sends = button["style"] == "primary" or button["does"] != "page" and not leaves_inputs
        drawn = {"type": "Action.Submit", "title": titled(button["label"]), "data": press, "associatedInputs": "auto" if sends else "none"}
        drawn |= {"style": STYLES[button["style"]]} if button["style"] else {}
        return Action(asked_first(button, drawn) if button["confirm"] else drawn)

    return draw


def _is_missing(shown: Shown) -> bool:
    return any(one["required"] and one["value"] in (None, "", [], ()) for one in shown["fields"])


def _may_insist(shown: Shown) -> bool:
    """Teams insists on required fields whichever button is pressed. Back, skip and "save for later" must always work, and lose
    nothing that was typed: so where something is written on the page, it is we who ask for what is missing."""
    return not _is_missing(shown) or len(shown["buttons"]) == 1 or not any(one["kind"] in WRITING for one in shown["fields"])
