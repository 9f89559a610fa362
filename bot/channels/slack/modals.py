"""A form page as a modal. Pure.

A block's id names the field and, by a digest, the page and what stood in it when it was drawn: an unchanged block keeps what is
typed in it when the view is updated, and a changed one, or one on the next page, shows its own value (https://docs.slack.dev/surfaces/modals).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.cards import strip_of, strip_signs
from bot.channels.slack import buttons
from bot.channels.slack.buttons import Texts
from bot.channels.slack.fields import draw_field, typed_input
from bot.channels.slack.limits import (
    BUTTON_VALUE,
    HEADER_TEXT,
    MODAL_BUTTON,
    MODAL_TITLE,
    VIEW_BLOCKS,
    VIEW_SIZE,
    TooLong,
    fits,
    length,
)
from bot.channels.slack.values import metadata, packed, pressed
from bot.channels.slack.writing import Block, mrkdwn, plain, sections
from bot.dialogs.group.desk import PLACE
from bot.dialogs.group.turn import GROUP

FORM = "form"
"""The callback id of a form page."""

ON_THE_WAY = ("act", "form")


def draw_form(form: Mapping[str, Any], t: Texts) -> dict[str, Any]:
    """The view of a spoken form page. Raises TooLong."""
    typed = _typed(form)
    blocks = [*_head(form, t), *_texts(form)]
    onward = _onward(form)
    has_inputs = bool(typed) or any(field["kind"] != "info" for field in form["fields"])
    submit = onward if onward and has_inputs else None
    if form["care"]:
        blocks += [*buttons.calls(form["buttons"]), *_buttons(form, submit, t)]
    for field in form["fields"]:
        blocks += [*draw_field(field, t, form["page"]), *_hints(field, t)]
    for id, text in typed.items():
        blocks.append(typed_input(f"h:{id}", t("you_wrote"), text))
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": FORM,
        "title": plain(form["title"] if fits(form["title"], MODAL_TITLE) else t("name")),
        "close": plain(t("close")),
        "private_metadata": metadata(_metadata(form, submit, typed)),
    }
    if submit or has_inputs:
        blocks += _submit(view, submit, t)
    if not form["care"]:
        blocks += _buttons(form, submit, t)
    return checked_view({**view, "blocks": blocks or sections(form["title"])})


def checked_view(view: dict[str, Any]) -> dict[str, Any]:
    """The view, if Slack takes it. Raises TooLong."""
    if len(view["blocks"]) > VIEW_BLOCKS:
        raise TooLong(f"a view: {len(view['blocks'])} blocks, Slack takes {VIEW_BLOCKS}")
    size = len(json.dumps(view).encode())
    if size > VIEW_SIZE:
        raise TooLong(f"a view: {size} bytes, Slack takes {VIEW_SIZE}")
    return view


def field_errors(form: Mapping[str, Any], blocks: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by block: for an answer that leaves the page as it stands. `blocks`: field id → block id on it.

    Empty where the page has to be drawn anew: there is something to decide, or a field is not on it.
    """
    wrong = {field["id"]: field["error"] for field in form["fields"] if field["error"]}
    if any(field["hints"] for field in form["fields"]) or not set(wrong) <= set(blocks):
        return {}
    return {blocks[id]: error for id, error in wrong.items()}


def as_typed(form: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The page that was just sent, shown once more: what was typed stands in it, also where it was not kept."""
    if any(field["hints"] for field in form["fields"]):
        return form
    return {**form, "fields": [{**field, "value": values.get(field["id"], field["value"])} for field in form["fields"]]}


# ---- inside ----------------------------------------------------------------------------------------------


def _head(form: Mapping[str, Any], t: Texts) -> list[Block]:
    title, blocks = form["title"], []
    if not fits(title, MODAL_TITLE):
        is_header = fits(title, HEADER_TEXT)
        blocks += [{"type": "header", "block_id": "title", "text": plain(title)}] if is_header else sections(f"**{title}**")
    if form["of"] > 1 and form["number"]:
        where = t("page_of", number=form["number"], of=form["of"])
        blocks.append({"type": "context", "block_id": "page_of", "elements": [plain(where)]})
    return blocks


def _texts(form: Mapping[str, Any]) -> list[Block]:
    notes = [block for text in form["notes"] for block in sections(text)]
    lead = [block for text in form["lead"] for block in (*_picture(form, text), *sections(text))]
    return [*notes, *lead]


def _picture(form: Mapping[str, Any], line: str) -> list[Block]:
    """How something moved, above the line that says the same: a sign for each moment, all of one width."""
    strip = strip_of(form, line)
    return [{"type": "context", "elements": [mrkdwn(f"`{' '.join(strip_signs(strip))}`")]}] if strip else []


def _typed(form: Mapping[str, Any]) -> dict[str, str]:
    """What was typed before a route card: it travels as text in fields, where the person can see it, and nowhere else."""
    typed = form["held"].get("typed") if form["care"] else None
    return {id: text for id, text in (typed or {}).items() if isinstance(text, str) and text.strip()}


def _metadata(form: Mapping[str, Any], submit: Mapping[str, Any] | None, typed: Mapping[str, str]) -> dict[str, Any]:
    held = dict(form["held"])
    if "typed" in held:
        held["typed"] = {id: value for id, value in held["typed"].items() if id not in typed}
    found: dict[str, Any] = {"r": form["run"], "p": form["page"]}
    if held:
        found["h"] = held
    if submit:
        found["b"] = pressed(submit)
    return found


def _onward(form: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The button that is Slack's own at the foot of the modal."""
    able = [one for one in form["buttons"] if one["does"] == "act"]
    return next((one for one in able if one["style"] == "primary"), able[0] if able else None)


def _submit(view: dict[str, Any], submit: Mapping[str, Any] | None, t: Texts) -> list[Block]:
    """Slack's own button; a label too long for it stands above it in full."""
    if submit is None or fits(submit["label"], MODAL_BUTTON):
        view["submit"] = plain(submit["label"] if submit else t("go_on"))
        return []
    view["submit"] = plain(t("go_on"))
    return sections(t("go_on_means", button=t("go_on"), label=submit["label"]))


def _buttons(form: Mapping[str, Any], submit: Mapping[str, Any] | None, t: Texts) -> list[Block]:
    drawn = []
    is_group = form["run"].startswith((GROUP, PLACE))  # what can be done about it goes with the proof the page carries
    for n, one in enumerate(form["buttons"]):
        if one is submit or one["does"] == "call":
            continue
        if one["does"] not in ON_THE_WAY or (form["closed"] and not is_group):
            drawn.append(buttons.of_card(one, f"run:{form['run']}" if form["run"] else "", n, t))
            continue
        asked = buttons.confirm(t, one["confirm"], t("sure_yes")) if one["confirm"] else None
        drawn.append(buttons.button(one["label"], {"b": pressed(one)}, n, style=one["style"], confirm=asked))
    return buttons.rows(drawn, "form")


def _hints(field: Mapping[str, Any], t: Texts) -> list[Block]:
    """Something to decide in a text; one whose word is too long for a button is mended in the text itself."""
    blocks: list[Block] = []
    for n, hint in enumerate(field["hints"]):
        blocks += sections(hint["text"])
        values = [{"b": pressed(one)} for one in hint["buttons"]]
        if all(length(packed(value)) <= BUTTON_VALUE for value in values):
            drawn = [buttons.button(one["label"], value, at) for at, (one, value) in enumerate(zip(hint["buttons"], values))]
            blocks += buttons.rows(drawn, f"hint:{field['id']}:{n}")
    return blocks

