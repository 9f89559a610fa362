"""A person at Slack's own client: what they see, type and press becomes the signed requests that Slack would send.

Payload shapes: https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.channels.slack.standin import APP, BOT_USER, SECRET, TEAM, StandIn

NUMBERS = itertools.count(1)


def signed(body: bytes, at: int, secret: str = SECRET) -> dict[str, str]:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    digest = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


@dataclass
class Answered:
    status: int
    text: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.text) if self.text.startswith("{") else {}


@dataclass
class Entrance:
    """Our own HTTP entrance, as Slack calls it. `now`: seconds, by which requests are signed."""

    url: str
    session: aiohttp.ClientSession
    now: Any

    async def post(self, body: bytes, content_type: str, **headers: str) -> Answered:
        given = {**signed(body, int(self.now())), "Content-Type": content_type, **headers}
        async with self.session.post(f"{self.url}/slack/events", data=body, headers=given) as answer:
            return Answered(answer.status, await answer.text())

    async def event(self, event: dict[str, Any], *, id: str = "", team: str = TEAM, **headers: str) -> Answered:
        return await self.post(json.dumps(event_body(event, id=id, team=team)).encode(), "application/json", **headers)

    async def interaction(self, payload: dict[str, Any]) -> Answered:
        return await self.form({"payload": json.dumps(payload)})

    async def form(self, given: Mapping[str, str]) -> Answered:
        return await self.post(urlencode(given).encode(), "application/x-www-form-urlencoded")


def event_body(event: dict[str, Any], *, id: str = "", team: str = TEAM) -> dict[str, Any]:
    return {
        "token": "deprecated",
        "team_id": team,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": id or f"Ev{next(NUMBERS):010}",
        "event_time": 1_772_434_800,
        "authorizations": [{"enterprise_id": None, "team_id": team, "user_id": "U0BOT00000", "is_bot": True}],
        "is_ext_shared_channel": False,
    }


def message(user: str, channel: str, text: str) -> dict[str, Any]:
    """https://docs.slack.dev/reference/events/message.im"""
    ts = f"1772434800.{next(NUMBERS):06}"
    return {"type": "message", "channel": channel, "channel_type": "im", "user": user, "team": TEAM, "text": text, "ts": ts, "event_ts": ts}


def command_body(user: str, text: str, trigger: str, *, channel: str = "C0GENERAL", name: str = "general") -> dict[str, str]:
    """https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling"""
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "team_domain": "stand-in",
        "channel_id": channel,
        "channel_name": name,
        "user_id": user,
        "user_name": "somebody",
        "command": "/pejling",
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/1234/5678",
        "trigger_id": trigger,
    }


def mention(user: str, channel: str, text: str) -> dict[str, Any]:
    """https://docs.slack.dev/reference/events/app_mention"""
    ts = f"1772434800.{next(NUMBERS):06}"
    return {"type": "app_mention", "user": user, "team": TEAM, "text": f"<@{BOT_USER}> {text}", "ts": ts, "channel": channel, "event_ts": ts}


@dataclass
class Modal:
    """An open modal, with what has been typed in it. Updating it keeps what stands in a block whose ids stay the same."""

    view: dict[str, Any]
    typed: dict[tuple[str, str], Any] = field(default_factory=dict)

    def update(self, view: dict[str, Any]) -> None:
        ids = {(one["block_id"], one["element"]["action_id"]) for one in view["blocks"] if one["type"] == "input"}
        self.typed = {key: value for key, value in self.typed.items() if key in ids}
        self.view = view

    @property
    def inputs(self) -> list[dict[str, Any]]:
        return [one for one in self.view["blocks"] if one["type"] == "input"]

    def fill(self, block: dict[str, Any], value: Any) -> None:
        self.typed[(block["block_id"], block["element"]["action_id"])] = value

    def state(self) -> dict[str, Any]:
        """https://docs.slack.dev/reference/views/modal-views – state.values, initial values included."""
        values: dict[str, Any] = {}
        for block in self.inputs:
            element = block["element"]
            key = (block["block_id"], element["action_id"])
            given = _state_of(element, self.typed[key]) if key in self.typed else _initial(element)
            values[key[0]] = {key[1]: {"type": element["type"], **given}}
        return {"values": values}


def _initial(element: dict[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    match kind:
        case "plain_text_input":
            return {"value": element.get("initial_value")}
        case "radio_buttons" | "static_select":
            return {"selected_option": element.get("initial_option")}
        case "checkboxes" | "multi_static_select":
            return {"selected_options": element.get("initial_options", [])}
        case "datepicker":
            return {"selected_date": element.get("initial_date")}
    return {"selected_time": element.get("initial_time")}


def _state_of(element: dict[str, Any], value: Any) -> dict[str, Any]:
    match element["type"]:
        case "plain_text_input":
            return {"value": value or None}
        case "radio_buttons" | "static_select":
            return {"selected_option": next((one for one in element["options"] if one["value"] == value), None)}
        case "checkboxes" | "multi_static_select":
            return {"selected_options": [one for one in element["options"] if one["value"] in value]}
        case "datepicker":
            return {"selected_date": value}
    return {"selected_time": value}


@dataclass
class Person:
    """Somebody in the workspace, with their client open."""

    user: str
    slack: StandIn
    entrance: Entrance
    modal: Modal | None = None

    @property
    def direct(self) -> str:
        return self.slack.direct(self.user)

    def messages(self) -> list[dict[str, Any]]:
        return self.slack.messages.get(self.direct, [])

    async def writes(self, text: str, **more: Any) -> Answered:
        return await self.entrance.event(message(self.user, self.direct, text), **more)

    async def opens_home(self, tab: str = "home", **more: Any) -> Answered:
        """https://docs.slack.dev/reference/events/app_home_opened"""
        event = {"type": "app_home_opened", "user": self.user, "channel": self.direct, "tab": tab, "event_ts": "1772434800.1"}
        return await self.entrance.event(event, **more)

    async def commands(self, text: str, **where: str) -> Answered:
        return await self.entrance.form(command_body(self.user, text, self.slack.trigger(self.user), **where))

    def payload(self, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "user": {"id": self.user, "username": "somebody", "name": "somebody", "team_id": TEAM},
            "api_app_id": APP,
            "token": "deprecated",
            "trigger_id": self.slack.trigger(self.user),
            "team": {"id": TEAM, "domain": "stand-in"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def pressed(self, element: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
        """One entry of `actions`."""
        chosen = {"selected_option": element["chosen"]} if "chosen" in element else {}
        given = {name: element[name] for name in ("type", "action_id", "value", "text", "style") if name in element}
        return {**given, **chosen, "block_id": block.get("block_id", "x1"), "action_ts": f"1772434801.{next(NUMBERS):06}"}

    def press_on_message(self, shown: dict[str, Any], element: dict[str, Any], block: dict[str, Any], channel: str = "") -> dict[str, Any]:
        """In the person's own conversation with us, or in a channel."""
        payload, channel = self.payload("block_actions"), channel or self.direct
        container = {"type": "message", "message_ts": shown["ts"], "channel_id": channel, "is_ephemeral": False}
        return {
            **payload,
            "container": container,
            "channel": {"id": channel, "name": "directmessage" if channel == self.direct else "somewhere"},
            "message": copy.deepcopy(shown),
            "state": {"values": {}},
            "response_url": "https://hooks.slack.com/actions/1/2/3",
            "actions": [self.pressed(element, block)],
        }

    def press_in_view(self, view: dict[str, Any], element: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
        state = self.modal.state() if self.modal and self.modal.view["id"] == view["id"] else {"values": {}}
        payload = self.payload("block_actions")
        container = {"type": "view", "view_id": view["id"]}
        return {**payload, "container": container, "view": {**copy.deepcopy(view), "state": state}, "actions": [self.pressed(element, block)]}

    def submission(self) -> dict[str, Any]:
        """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission"""
        assert self.modal
        return {**self.payload("view_submission"), "view": {**self.modal.view, "state": self.modal.state()}, "response_urls": []}

    async def sends(self, payload: dict[str, Any]) -> Answered:
        """Send a page in, and take Slack's part in what is answered."""
        answer = await self.entrance.interaction(payload)
        given = answer.json
        if given.get("response_action") == "update":
            self.slack.keep_view(given["view"], self.user, payload["view"]["id"])
        elif given.get("response_action") == "clear":
            self.modal = None
        return answer


def buttons_of(blocks: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every button and list that can be pressed, with its block."""
    found = []
    for block in blocks:
        elements = [*block.get("elements", []), *([block["accessory"]] if block.get("accessory") else [])]
        found += [(one, block) for one in elements if isinstance(one.get("action_id"), str)]
    return found


def button(blocks: list[dict[str, Any]], label: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    return next((found for found in buttons_of(blocks) if (found[0].get("text") or {}).get("text") == label), None)
