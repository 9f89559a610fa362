"""What Slack was sent, as a line of a script says it: a message as a card, a modal as a page."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.channels.slack.values import unpacked
from tests.channels.slack.client import buttons_of

BAR = re.compile(r"[▁▇]+ (\d+)  (.*)")
LETTERED = re.compile(r"\*([A-Z]+)\*  (.*)", re.DOTALL)


def as_card(message: dict[str, Any]) -> dict[str, Any]:
    """A message as a card: what a person reads, in the order in which it stands."""
    title, texts, buttons, spread = None, [], [], []
    for block in message.get("blocks", []):
        match block["type"]:
            case "header":
                title = block["text"]["text"]
            case "section":
                called, text = _section(block)
                buttons += called
                bars = [BAR.fullmatch(line) for line in text.splitlines()]
                if all(bars) and bars:
                    spread += [{"label": bar[2], "count": int(bar[1])} for bar in bars if bar]
                elif not called:
                    texts.append(text)
            case "actions":
                buttons += [{"label": one["text"]["text"]} for one in block["elements"]]
    return {"title": title, "text": texts, "buttons": buttons, "subject": "", "spread": spread}


def as_page(view: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    """A modal as a page: texts before the first field, the fields with what is wrong and what is to be decided."""
    page: dict[str, Any] = {"title": view["title"]["text"], "number": 0, "of": 0, "notes": [], "lead": [], "fields": [], "buttons": []}
    calls: list[dict[str, Any]] = []
    for block in view["blocks"]:
        match block["type"]:
            case "header":
                page["title"] = block["text"]["text"]
            case "context" if block.get("block_id") == "page_of":
                page["number"], page["of"] = map(int, re.findall(r"\d+", block["elements"][0]["text"]))
            case "section":
                called, text = _section(block)
                calls += called
                if not called:
                    _read_section(page, text, block)
            case "input" if block["block_id"].startswith("f:"):
                error = errors.get(block["block_id"])
                page["fields"].append({"kind": "text", "label": block["label"]["text"], "error": error, "hints": []})
            case "actions" if block["block_id"].startswith("hint:"):
                hint = {"text": page["lead"].pop() if not page["fields"] else page["fields"][-1].pop("said"), "buttons": _labels(block)}
                page["fields"][-1]["hints"].append(hint)
            case "actions":
                page["buttons"] += _labels(block)
    submit = [{"label": submit_of(view)}] if view.get("submit") else []
    page["buttons"] = [*calls, *submit, *page["buttons"]]
    return page


def _read_section(page: dict[str, Any], text: str, block: dict[str, Any]) -> None:
    if lettered(block) or re.match(r"(Når du trykker|When you press) \*\*", text):
        return
    wrong = re.match(r"\*\*(?:Skal rettes|Needs a change):\*\* (.*)", text, re.DOTALL)
    if wrong and page["fields"]:
        page["fields"][-1]["error"] = wrong[1]
    elif page["fields"] and text.startswith('"'):
        page["fields"][-1]["said"] = text
    else:
        page["lead"].append(text)


def _labels(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"label": one["text"]["text"]} for one in block["elements"]]


def _section(block: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """The numbers to call in a section, or its text as we wrote it."""
    text = block["text"]["text"]
    if block["text"]["type"] == "plain_text":
        return [], text
    called = re.findall(r"<tel:[^|>]*\|([^>]*)>", text)
    plain = re.sub(r"<(https?://[^>|]*)>", r"\1", text)
    plain = re.sub(r"\*([^*\n]+)\*", r"**\1**", plain)
    return [{"label": one} for one in called], html.unescape(plain)


def lettered(block: dict[str, Any]) -> tuple[str, str] | None:
    found = LETTERED.fullmatch((block.get("text") or {}).get("text", "")) if block["type"] == "section" else None
    return (found[1], html.unescape(found[2])) if found else None


def submit_of(view: dict[str, Any]) -> str:
    """What Slack's own button means: its label, or the longer one that stands above it."""
    for block in view["blocks"]:
        meant = re.match(r"(?:Når du trykker|When you press) \*.*?\*,? (?:siger du|you say): (.*)\.", (block.get("text") or {}).get("text", "")) if block["type"] == "section" else None  # fmt: skip
        if meant:
            return html.unescape(meant[1])
    return (view.get("submit") or {}).get("text", "")


def subject_of(message: dict[str, Any]) -> str:
    subjects = {str(unpacked(one.get("value")).get("s", "")) for one, _ in buttons_of(message.get("blocks", []))}
    return next(iter(subjects - {""}), "")


def shape_of(block: dict[str, Any]) -> str:
    return "selected_options" if block["element"]["type"] in ("checkboxes", "multi_static_select") else "selected_option"


def typed_of(state: dict[str, Any]) -> Any:
    if "value" in state:
        return state["value"]
    if "selected_option" in state:
        return (state["selected_option"] or {}).get("value")
    if "selected_options" in state:
        return [one["value"] for one in state["selected_options"]]
    return state.get("selected_date") or state.get("selected_time")


def as_slack_sends(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

