"""The rules of the stand-in: each refuses an example that Slack's documentation says is wrong, and takes the right one."""

from __future__ import annotations

import pytest

from tests.channels.slack.rules import broken_blocks, broken_message, broken_view

TEXT = {"type": "plain_text", "text": "Pejling"}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Hej"}}
BUTTON = {"type": "button", "text": TEXT, "action_id": "a", "value": "v"}
TYPED = {"type": "input", "block_id": "i", "label": TEXT, "element": {"type": "plain_text_input", "action_id": "t"}}
MODAL = {"type": "modal", "title": TEXT, "submit": TEXT, "close": TEXT, "blocks": [SECTION, TYPED]}
HOME = {"type": "home", "blocks": [SECTION]}


def option(n: int, text: str = "Et valg") -> dict:
    return {"text": {"type": "plain_text", "text": text}, "value": str(n)}


def chooses(kind: str, count: int, text: str = "Et valg", **more) -> dict:
    element = {"type": kind, "action_id": "o", "options": [option(n, text) for n in range(count)], **more}
    return {"type": "input", "label": TEXT, "element": element}


@pytest.mark.parametrize("view", [MODAL, HOME], ids=["modal", "home"])
def test_a_right_view_is_taken(view):
    assert broken_view(view) == []


def test_a_right_message_is_taken():
    assert broken_message({"text": "Hej", "blocks": [SECTION, {"type": "actions", "elements": [BUTTON]}]}) == []


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([{"type": "section"}], "text or fields"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], "3000"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "a < b"}}, {"type": "section", "text": {"type": "mrkdwn", "text": "<b>"}}], "escaped"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "Q & A"}}], "escaped"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "150"),
        ([{"type": "context", "elements": []}], "1 to 10"),
        ([{"type": "actions", "elements": []}], "1 to 25"),
        ([{"type": "actions", "elements": [BUTTON | {"action_id": str(n)} for n in range(26)]}], "1 to 25"),
        ([{"type": "actions", "elements": [BUTTON, BUTTON]}], "twice in a block"),
        ([SECTION | {"block_id": "same"}, SECTION | {"block_id": "same"}], "stands 2 times"),
        ([SECTION | {"block_id": "x" * 256}], "255"),
        ([SECTION | {"subject": "run:1"}], "knows no"),
        ([{"type": "card"}], "no block is called"),
        ([{"type": "actions", "elements": [BUTTON | {"text": {"type": "plain_text", "text": "x" * 76}}]}], "75"),
        ([{"type": "actions", "elements": [BUTTON | {"value": "x" * 2001}]}], "2000"),
        ([{"type": "actions", "elements": [BUTTON | {"style": "loud"}]}], "style"),
        ([{"type": "actions", "elements": [BUTTON | {"url": "https://x.dk/" + "x" * 3000}]}], "3000"),
        ([{"type": "actions", "elements": [BUTTON | {"confirm": {"title": TEXT, "text": TEXT}}]}], "confirm"),
        ([chooses("radio_buttons", 11)], "1 to 10"),
        ([chooses("checkboxes", 11)], "1 to 10"),
        ([chooses("static_select", 101)], "1 to 100"),
        ([chooses("radio_buttons", 2, "x" * 76)], "75"),
        ([chooses("radio_buttons", 2, initial_option=option(7))], "not among"),
        ([{"type": "input", "label": TEXT, "element": {"type": "plain_text_input", "action_id": "t", "max_length": 3001}}], "max_length"),
        ([{"type": "input", "label": TEXT, "element": {"type": "plain_text_input", "action_id": "t", "max_length": 2, "initial_value": "tre"}}], "longer"),
        ([{"type": "input", "label": {"type": "plain_text", "text": "x" * 2001}, "element": TYPED["element"]}], "2000"),
        ([{"type": "input", "label": TEXT, "element": BUTTON}], "fill in"),
    ],
)  # fmt: skip
def test_a_wrong_block_is_refused(blocks, why):
    wrong = broken_blocks(blocks)
    assert any(why in one for one in wrong), wrong


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}, "1 to 24"),
        (MODAL | {"submit": {"type": "plain_text", "text": "x" * 25}}, "1 to 24"),
        ({name: MODAL[name] for name in ("type", "title", "blocks")}, "submit is required"),
        (MODAL | {"blocks": [SECTION] * 101}, "100 blocks"),
        (MODAL | {"private_metadata": "x" * 3001}, "3000"),
        (MODAL | {"callback_id": "x" * 256}, "255"),
        (MODAL | {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2999}}] * 90}, "250 kB"),
        (MODAL | {"blocks": []}, "no blocks"),
        (HOME | {"title": TEXT}, "knows no"),
        ({"type": "page", "blocks": [SECTION]}, "modal or a home"),
    ],
)
def test_a_wrong_view_is_refused(view, why):
    assert any(why in one for one in broken_view(view)), broken_view(view)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"blocks": [SECTION]}, "no top-level text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [SECTION] * 51}, "50 blocks"),
        ({"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "event_payload"),
    ],
)
def test_a_wrong_message_is_refused(message, why):
    assert any(why in one for one in broken_message(message)), broken_message(message)
