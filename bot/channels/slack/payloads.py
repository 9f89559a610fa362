"""What Slack sends, read: who, where, what was pressed. Pure; a payload may lack anything, and hold anything.

Payloads: https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.channels.slack.values import packed

SHAPES: dict[str, type] = {
    "type": str,
    "event": Mapping,
    "user": Mapping,
    "team": Mapping,
    "enterprise": Mapping,
    "view": Mapping,
    "channel": Mapping,
    "container": Mapping,
    "message": Mapping,
    "actions": list,
    "authorizations": list,
    "team_id": str,
    "user_id": str,
    "command": str,
    "trigger_id": str,
}
"""Of the top-level fields of a payload."""
MAY_BE_NULL = frozenset("team enterprise channel container message authorizations trigger_id".split())

LONGEST_ID = 150
LONGEST_LINE = 12_000  # signs; what is too long for a field is answered there, this only bounds the event
SPOKEN = (None, "file_share", "me_message", "thread_broadcast")
"""The kinds of message that a person writes (https://docs.slack.dev/reference/events/message)."""


@dataclass(frozen=True)
class Who:
    """A person in a workspace, as Slack names them."""

    team: str
    user: str


@dataclass(frozen=True)
class Press:
    """A button, a list or a search field was used. `surface`: message, modal, home. `called`: what they are called there."""

    who: Who
    value: str
    action: str
    block: str
    surface: str
    trigger: str
    view: Mapping[str, Any]
    channel: str
    ts: str
    edited: str
    at: str
    called: str = ""


def is_payload(body: Any) -> bool:
    """Whether this has the shape of what Slack sends, as far as it says who, where and what."""
    if not isinstance(body, Mapping):
        return False
    for name, kind in SHAPES.items():
        given = body.get(name)
        if name in body and not isinstance(given, kind) and not (given is None and name in MAY_BE_NULL):
            return False
    if body.get("type") == "block_actions":
        return bool(body.get("actions")) and all(isinstance(one, Mapping) for one in body["actions"])
    return True


def text(of: Any, *path: str) -> str:
    """A text somewhere in a payload; empty where there is none."""
    for name in path:
        of = of.get(name) if isinstance(of, Mapping) else None
    return of if isinstance(of, str) else ""


def who_of(body: Mapping[str, Any]) -> Who | None:
    """Who pressed or sent something. None: nobody of this workspace (somebody from another one, in a shared channel)."""
    team, user = text(body, "team", "id") or text(body, "user", "team_id"), text(body, "user", "id")
    theirs = text(body, "user", "team_id")
    return Who(team, user) if team and user and theirs in ("", team) else None


def stranger_in(body: Mapping[str, Any]) -> str:
    """Who pressed or sent something and is of another workspace (Slack Connect); empty where they are of this one."""
    team, theirs = text(body, "team", "id"), text(body, "user", "team_id")
    return text(body, "user", "id") if team and theirs not in ("", team) else ""


def called(body: Mapping[str, Any]) -> str:
    """By which name a press or a page knows who did it."""
    return text(body, "user", "name") or text(body, "user", "username")


def who_wrote(body: Mapping[str, Any]) -> Who | None:
    """Who an event is about. In a shared channel others may speak: they are not of this workspace."""
    event = body.get("event")
    team = text(body, "team_id")
    user = text(event, "user") or text(event, "user", "id")
    theirs = [text(event, name) for name in ("user_team", "source_team")]
    return Who(team, user) if team and user and all(one in ("", team) for one in theirs) else None


def who_commanded(body: Mapping[str, Any]) -> Who | None:
    team, user = text(body, "team_id"), text(body, "user_id")
    return Who(team, user) if team and user else None


def is_spoken(event: Mapping[str, Any]) -> bool:
    """Whether a message event is a line that a person wrote to us in private."""
    return event.get("channel_type") == "im" and event.get("subtype") in SPOKEN and not event.get("bot_id")


def press_of(body: Mapping[str, Any]) -> Press | None:
    """What was pressed. None where the payload does not say."""
    who, given = who_of(body), body.get("actions")
    action = given[0] if isinstance(given, list) and given and isinstance(given[0], Mapping) else None
    if who is None or action is None:
        return None
    view = body.get("view") if isinstance(body.get("view"), Mapping) else {}
    surface = text(view, "type") or "message"
    return Press(
        who=who,
        value=_value(action),
        action=text(action, "action_id"),
        block=text(action, "block_id"),
        surface=surface if surface in ("message", "modal", "home") else "message",
        trigger=text(body, "trigger_id"),
        view=view,
        channel=text(body, "container", "channel_id") or text(body, "channel", "id"),
        ts=text(body, "container", "message_ts") or text(body, "message", "ts"),
        edited=text(body, "message", "edited", "ts"),
        at=text(action, "action_ts"),
        called=called(body),
    )


def _value(action: Mapping[str, Any]) -> str:
    return text(action, "value") or text(action, "selected_option", "value")


def press_id(press: Press) -> str:
    """Names one press: the same when it is delivered twice."""
    return _id("press", press.who.team, press.trigger, press.at, press.ts, text(press.view, "id"), press.action, press.value)


def same_button(press: Press) -> str:
    """Names one drawn button: a double click is two presses of it."""
    view = (text(press.view, "id"), text(press.view, "hash"))
    return _id("button", press.who.team, press.who.user, press.channel, press.ts, press.edited, *view, press.block, press.action, press.value)


def sent_id(body: Mapping[str, Any]) -> str:
    """Names one sending of a form page."""
    view = body.get("view") if isinstance(body.get("view"), Mapping) else {}
    state = packed(view.get("state") if isinstance(view.get("state"), dict) else {})
    return _id("view", text(body, "team", "id"), text(view, "id"), text(view, "hash"), text(body, "trigger_id"), state)


def same_page(body: Mapping[str, Any]) -> str:
    """Names a form page with what stands in it: sending it twice in a moment is a double click."""
    return sent_id({**body, "trigger_id": ""})


def event_id(body: Mapping[str, Any]) -> str:
    """https://docs.slack.dev/apis/events-api – event_id is the same when an event is delivered again."""
    given = text(body, "event_id")
    return f"slack:event:{text(body, 'team_id')}:{given}"[:LONGEST_ID] if given else _id("event", packed(dict(body)))


def command_id(body: Mapping[str, Any]) -> str:
    return _id("command", text(body, "team_id"), text(body, "trigger_id"), text(body, "command"), text(body, "text"))


def _id(kind: str, *parts: str) -> str:
    """A digest, so that no id holds a word or a name."""
    return f"slack:{kind}:{sha256(packed({'of': parts}).encode()).hexdigest()[:40]}"
