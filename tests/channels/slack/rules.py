"""Slack's rules for what it is sent, as the stand-in for its Web API enforces them. Each names its source.

The SDK's own models check what they know (`slack_sdk.models`); the rules here check the rest, and do not use our constants, so
that a wrong constant is found.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

BLOCKS = "https://docs.slack.dev/reference/block-kit/blocks"
ELEMENTS = "https://docs.slack.dev/reference/block-kit/block-elements"
OBJECTS = "https://docs.slack.dev/reference/block-kit/composition-objects"
VIEWS = "https://docs.slack.dev/reference/views"
METHODS = "https://docs.slack.dev/reference/methods"

IN_MESSAGES = {"section", "divider", "image", "actions", "context", "header", "input", "rich_text"}
IN_VIEWS = IN_MESSAGES
STATEFUL = {"plain_text_input", "radio_buttons", "checkboxes", "static_select", "multi_static_select", "datepicker", "timepicker"}
KNOWN: dict[str, set[str]] = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "divider": {"type", "block_id"},
    "header": {"type", "block_id", "text"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "input": {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"},
    "button": {"type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"},
    "plain_text_input": {"type", "action_id", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config", "focus_on_load", "placeholder"},
    "radio_buttons": {"type", "action_id", "options", "initial_option", "confirm", "focus_on_load"},
    "checkboxes": {"type", "action_id", "options", "initial_options", "confirm", "focus_on_load"},
    "static_select": {"type", "action_id", "options", "option_groups", "initial_option", "confirm", "focus_on_load", "placeholder"},
    "multi_static_select": {"type", "action_id", "options", "option_groups", "initial_options", "confirm", "max_selected_items", "focus_on_load", "placeholder"},
    "datepicker": {"type", "action_id", "initial_date", "confirm", "focus_on_load", "placeholder"},
    "timepicker": {"type", "action_id", "initial_time", "confirm", "focus_on_load", "placeholder", "timezone"},
}  # fmt: skip
"""The fields of each block and element: Slack answers `invalid_blocks` to others ({BLOCKS}, {ELEMENTS})."""


def long(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def broken_message(given: dict[str, Any]) -> list[str]:
    """What is wrong with the arguments of chat.postMessage or chat.update."""
    text, blocks = given.get("text"), given.get("blocks")
    wrong = []
    if not text:
        wrong.append(f"no top-level text: it is what a telephone's notification shows ({METHODS}/chat.postMessage#text-blocks-attachments)")
    if text and long(text) > 40_000:
        wrong.append(f"msg_too_long: more than 40,000 signs ({METHODS}/chat.postMessage#errors)")
    if blocks is not None and len(blocks) > 50:
        wrong.append(f"more than 50 blocks ({BLOCKS})")
    metadata = given.get("metadata")
    if metadata is not None and (not metadata.get("event_type") or not isinstance(metadata.get("event_payload"), dict)):
        wrong.append("metadata needs event_type and event_payload (https://docs.slack.dev/messaging/message-metadata)")
    total = sum(long(one.get("text", {}).get("text", "")) for one in blocks or [] if isinstance(one.get("text"), dict))
    if total > 13_200:
        wrong.append("msg_blocks_too_long (https://github.com/slackapi/bolt-js/issues/2509)")
    return [*wrong, *broken_blocks(blocks or [])]


def broken_view(view: Any) -> list[str]:
    """What is wrong with a view."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return [f"a view is a modal or a home ({VIEWS})"]
    wrong = []
    blocks = view.get("blocks") or []
    if not blocks:
        wrong.append(f"no blocks ({VIEWS}/modal-views)")
    if len(blocks) > 100:
        wrong.append(f"more than 100 blocks ({VIEWS}/modal-views)")
    if len(json.dumps(view).encode()) > 250_000:
        wrong.append(f"view_too_large: more than 250 kB ({METHODS}/views.open#errors)")
    if len(view.get("private_metadata", "")) > 3000:
        wrong.append(f"private_metadata of more than 3000 signs ({VIEWS}/modal-views)")
    if len(view.get("callback_id", "")) > 255:
        wrong.append(f"callback_id of more than 255 signs ({VIEWS}/modal-views)")
    wrong += list(_broken_modal(view, blocks) if view["type"] == "modal" else _broken_home(view))
    try:
        SdkView(**view).to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        wrong.append(f"slack_sdk: {error}")
    return [*wrong, *broken_blocks(blocks)]


def _broken_modal(view: dict[str, Any], blocks: list[dict[str, Any]]) -> Iterator[str]:
    title = view.get("title") or {}
    if title.get("type") != "plain_text" or not 1 <= long(title.get("text", "")) <= 24:
        yield f"a modal's title has 1 to 24 signs ({VIEWS}/modal-views)"
    for name in ("close", "submit"):
        if name in view and not 1 <= long(view[name].get("text", "")) <= 24:
            yield f"{name} has 1 to 24 signs ({VIEWS}/modal-views)"
    if "submit" not in view and any(one.get("type") == "input" for one in blocks):
        yield f"submit is required when an input block is there ({VIEWS}/modal-views)"
    unknown = set(view) - {"type", "callback_id", "title", "close", "submit", "private_metadata", "blocks", "clear_on_close", "notify_on_close", "external_id"}
    if unknown:
        yield f"a modal knows no {sorted(unknown)} ({VIEWS}/modal-views)"


def _broken_home(view: dict[str, Any]) -> Iterator[str]:
    unknown = set(view) - {"type", "callback_id", "private_metadata", "blocks", "external_id"}
    if unknown:
        yield f"a Home tab knows no {sorted(unknown)} ({VIEWS}/home-tab-views)"


def broken_blocks(blocks: list[dict[str, Any]]) -> list[str]:
    wrong = []
    named = Counter(one["block_id"] for one in blocks if one.get("block_id"))
    for name, times in named.items():
        if times > 1:
            wrong.append(f"block_id {name!r} stands {times} times ({BLOCKS})")
    for one in blocks:
        wrong += _broken_block(one)
    return wrong


def _broken_block(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind not in IN_MESSAGES:
        yield f"no block is called {kind} ({BLOCKS})"
        return
    unknown = set(block) - KNOWN[kind]
    if unknown:
        yield f"{kind} knows no {sorted(unknown)} ({BLOCKS}/{kind}-block)"
    if long(block.get("block_id", "")) > 255:
        yield f"block_id of more than 255 signs ({BLOCKS})"
    try:
        SdkBlock.parse(block).to_dict()
    except (SlackObjectFormationError, TypeError, AttributeError) as error:
        yield f"slack_sdk: {error}"
    yield from _PARTS[kind](block)


def _broken_section(block: dict[str, Any]) -> Iterator[str]:
    if not block.get("text") and not block.get("fields"):
        yield f"a section needs text or fields ({BLOCKS}/section-block)"
    if block.get("text"):
        yield from _broken_text(block["text"], 3000, "section", "section-block")
    if block.get("accessory"):
        yield from _broken_element(block["accessory"])


def _broken_header(block: dict[str, Any]) -> Iterator[str]:
    if (block.get("text") or {}).get("type") != "plain_text":
        yield f"a header is plain text ({BLOCKS}/header-block)"
    yield from _broken_text(block.get("text"), 150, "header", "header-block")


def _broken_context(block: dict[str, Any]) -> Iterator[str]:
    if not 1 <= len(block.get("elements") or []) <= 10:
        yield f"context has 1 to 10 elements ({BLOCKS}/context-block)"
    for one in block.get("elements") or []:
        yield from _broken_text(one, 3000, "context", "context-block")


def _broken_actions(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 25:
        yield f"actions has 1 to 25 elements ({BLOCKS}/actions-block)"
    ids = Counter(one.get("action_id") for one in elements)
    if any(times > 1 for times in ids.values()):
        yield f"an action_id stands twice in a block ({ELEMENTS})"
    for one in elements:
        yield from _broken_element(one)


def _broken_input(block: dict[str, Any]) -> Iterator[str]:
    if (block.get("label") or {}).get("type") != "plain_text":
        yield f"an input's label is plain text ({BLOCKS}/input-block)"
    yield from _broken_text(block.get("label"), 2000, "label", "input-block")
    if block.get("hint"):
        yield from _broken_text(block["hint"], 2000, "hint", "input-block")
    if (block.get("element") or {}).get("type") not in STATEFUL:
        yield f"an input holds something to fill in ({BLOCKS}/input-block)"
    yield from _broken_element(block.get("element") or {})


def _broken_text(text: Any, limit: int, what: str, page: str) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn") or not text.get("text"):
        yield f"{what} needs a text ({OBJECTS}/text-object)"
        return
    if long(text["text"]) > limit:
        yield f"{what} of more than {limit} signs ({BLOCKS}/{page})"
    if text["type"] == "mrkdwn" and re.search(r"<(?!https?:|mailto:|tel:|[@#!])[^>]*>|&(?!amp;|lt;|gt;)", text["text"]):
        yield f"{what}: &, < and > are escaped (https://docs.slack.dev/messaging/formatting-message-text#escaping)"


def _broken_element(element: dict[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    if kind not in KNOWN or kind in IN_MESSAGES:
        yield f"no element is called {kind} ({ELEMENTS})"
        return
    unknown = set(element) - KNOWN[kind]
    if unknown:
        yield f"{kind} knows no {sorted(unknown)} ({ELEMENTS})"
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield f"action_id has 1 to 255 signs ({ELEMENTS})"
    if element.get("placeholder"):
        yield from _broken_text(element["placeholder"], 150, "placeholder", "")
    if element.get("confirm"):
        yield from _broken_confirm(element["confirm"])
    if kind == "button":
        yield from _broken_button(element)
    if "options" in element:
        yield from _broken_options(element)
    if kind == "plain_text_input":
        yield from _broken_typed(element)


def _broken_button(element: dict[str, Any]) -> Iterator[str]:
    page = f"{ELEMENTS}/button-element"
    yield from _broken_text(element.get("text"), 75, f"a button ({page})", "")
    if (element.get("text") or {}).get("type") != "plain_text":
        yield f"a button's text is plain ({page})"
    if long(element.get("value", "")) > 2000:
        yield f"a button's value of more than 2000 signs ({page})"
    if long(element.get("url", "")) > 3000:
        yield f"a button's url of more than 3000 signs ({page})"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"no style is called {element['style']} ({page})"


def _broken_confirm(confirm: dict[str, Any]) -> Iterator[str]:
    for name, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _broken_text(confirm.get(name), limit, f"confirm's {name} ({OBJECTS}/confirmation-dialog-object)", "")


def _broken_options(element: dict[str, Any]) -> Iterator[str]:
    kind, options = element["type"], element["options"]
    most = 10 if kind in ("radio_buttons", "checkboxes") else 100
    if not 1 <= len(options) <= most:
        yield f"{kind} has 1 to {most} options ({ELEMENTS})"
    values = Counter(one.get("value") for one in options)
    if any(times > 1 for times in values.values()):
        yield f"an option's value stands twice ({OBJECTS}/option-object)"
    for one in options:
        yield from _broken_text(one.get("text"), 75, f"an option ({OBJECTS}/option-object)", "")
        if not 1 <= long(one.get("value", "")) <= 150:
            yield f"an option's value has 1 to 150 signs ({OBJECTS}/option-object)"
    initial = element.get("initial_options") or ([element["initial_option"]] if element.get("initial_option") else [])
    if any(one not in options for one in initial):
        yield f"what is chosen from the start is not among the options ({ELEMENTS})"


def _broken_typed(element: dict[str, Any]) -> Iterator[str]:
    page = f"{ELEMENTS}/plain-text-input-element"
    if not 1 <= element.get("max_length", 3000) <= 3000:
        yield f"max_length is 1 to 3000 ({page})"
    if long(element.get("initial_value", "")) > element.get("max_length", 3000):
        yield f"initial_value is longer than max_length ({page})"


_PARTS = {
    "section": _broken_section,
    "header": _broken_header,
    "context": _broken_context,
    "actions": _broken_actions,
    "input": _broken_input,
    "divider": lambda block: iter(()),
}
