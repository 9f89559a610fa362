"""A stand-in for Slack's Web API, on 127.0.0.1: it keeps what a workspace keeps, enforces Slack's rules, and can be told to fail.

https://docs.slack.dev/reference/methods. It also opens websockets for Socket Mode.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.channels.slack.scopes import BOT_SCOPES
from tests.channels.slack.rules import broken_message, broken_view

TOKEN, APP_TOKEN, SECRET = "xoxb-stand-in", "xapp-stand-in", "stand-in-signing-secret"
TEAM, BOT_USER, BOT, APP = "T0PEJLING", "U0BOT00000", "B0BOT", "A0PEJLING"

JSON_METHODS = {"chat.postMessage", "chat.postEphemeral", "chat.update", "views.open", "views.push", "views.update", "views.publish"}


@dataclass
class Failure:
    """What to do with the next call of a method instead of what it asks. `happens`: it is done, and the answer is lost."""

    error: str = ""
    status: int = 200
    after: int | None = None
    happens: bool = False
    drops: bool = False


@dataclass
class Call:
    method: str
    token: str
    given: dict[str, Any]
    address: str = ""


@dataclass
class Channel:
    """A channel of the workspace. `bot_in`: whether the app was invited; `shared`: with another organisation (Slack Connect)."""

    name: str
    bot_in: bool = True
    private: bool = False
    shared: bool = False


@dataclass
class StandIn:
    """`said` hears every message and view as it arrives: ("message", channel, message) or ("view", user, view)."""

    teams: dict[str, str] = field(default_factory=lambda: {TOKEN: TEAM})
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    scopes: str = ",".join(sorted(BOT_SCOPES))
    calls: list[Call] = field(default_factory=list)
    failures: dict[str, deque[Failure]] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    channels: dict[str, Channel] = field(default_factory=dict)
    whispers: list[tuple[str, str, str]] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    said: Callable[[str, str, dict[str, Any]], None] = lambda what, who, shown: None
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    clock: Callable[[], float] = lambda: 1_772_434_800.0
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acknowledged: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.connected = asyncio.Event()

    # ---- running ---------------------------------------------------------------------------------------------

    async def start(self) -> None:
        app = web.Application(client_max_size=2_000_000)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"http://127.0.0.1:{port}/api/"

    async def stop(self) -> None:
        for socket in self.sockets:
            await socket.close()
        if self._runner:
            await self._runner.cleanup()

    def fail(self, method: str, *failures: Failure) -> None:
        self.failures.setdefault(method, deque()).extend(failures)

    def add_user(self, user: str, name: str, *, locale: str = "da-DK", tz: str = "Europe/Copenhagen", **more: Any) -> None:
        """https://docs.slack.dev/reference/objects/user-object"""
        profile = {"real_name": name, "display_name": name.lower()}
        self.users[user] = {"id": user, "team_id": TEAM, "name": name.lower(), "deleted": False, "is_bot": False, "tz": tz, "locale": locale, "profile": profile, **more}  # fmt: skip

    def next(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):08}"

    def trigger(self, user: str) -> str:
        """A trigger is good for one view (https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses)."""
        trigger = self.next("156772938.1827394.")
        self.triggers[trigger] = user
        return trigger

    def direct(self, user: str) -> str:
        """The direct conversation of a person with the app."""
        return f"D{user[1:]}"

    # ---- calls -----------------------------------------------------------------------------------------------

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = await _given(request, method)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or given.pop("token", "")
        self.calls.append(Call(method, token, given, str(request.url)))
        failure = self.failures[method].popleft() if self.failures.get(method) else None
        if failure and not failure.happens:
            return self._failed(request, failure)
        answer = self._answer(method, token, given)
        if failure:
            return self._failed(request, failure)
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    def _failed(self, request: web.Request, failure: Failure) -> web.Response:
        if failure.drops:
            assert request.transport
            request.transport.abort()
        headers = {"Retry-After": str(failure.after)} if failure.after is not None else {}
        return web.json_response({"ok": False, "error": failure.error}, status=failure.status, headers=headers)

    def _answer(self, method: str, token: str, given: dict[str, Any]) -> dict[str, Any]:
        act = getattr(self, "_" + method.replace(".", "_"), None)
        if act is None:
            return _error("unknown_method")
        if method == "oauth.v2.access":
            return act(given)
        if method == "apps.connections.open":
            return act(given) if token == APP_TOKEN else _error("invalid_auth")
        if token not in self.teams:
            return _error("invalid_auth")
        return act(given)

    def _auth_test(self, given: dict[str, Any]) -> dict[str, Any]:
        return _ok(team="Stand-in", team_id=TEAM, user="pejling", user_id=BOT_USER, bot_id=BOT, url="https://stand-in.slack.com/")

    def _users_info(self, given: dict[str, Any]) -> dict[str, Any]:
        user = self.users.get(given.get("user", ""))
        return _ok(user=user) if user else _error("user_not_found")

    def _conversations_open(self, given: dict[str, Any]) -> dict[str, Any]:
        return _ok(channel={"id": self.direct(given["users"])}) if given.get("users") in self.users else _error("user_not_found")

    def _conversations_history(self, given: dict[str, Any]) -> dict[str, Any]:
        """Newest first; metadata only where asked for ({METHODS}/conversations.history)."""
        if given["channel"].startswith("C") and not {"channels:history", "groups:history"} & set(self.scopes.split(",")):
            return _error("missing_scope")
        oldest, limit = float(given.get("oldest", 0)), int(given.get("limit", 100))
        found = [one for one in reversed(self.messages.get(given["channel"], [])) if float(one["ts"]) >= oldest]
        start = int(given.get("cursor") or 0)
        shown = found[start : start + limit]
        if not given.get("include_all_metadata"):
            shown = [{k: v for k, v in one.items() if k != "metadata"} for one in shown]
        more = str(start + limit) if len(found) > start + limit else ""
        return _ok(messages=shown, has_more=bool(more), response_metadata={"next_cursor": more})

    def _chat_postMessage(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = given.get("channel", "")
        channel = self.direct(channel) if channel in self.users else channel
        if channel in self.archived:
            return _error("is_archived")
        if channel in self.channels and not self.channels[channel].bot_in:
            return _error("not_in_channel")
        if given.get("thread_ts") and given["thread_ts"] not in {one["ts"] for one in self.messages.get(channel, [])}:
            return _error("thread_not_found")
        if not channel.startswith(("C", "D")) or (channel.startswith("D") and f"U{channel[1:]}" not in self.users):
            return _error("channel_not_found")
        if wrong := broken_message(given):
            return self._refused("invalid_blocks", wrong)
        message = {"ts": self._ts(), "user": BOT_USER, "bot_id": BOT, "app_id": APP, "type": "message", **_kept(given)}
        self.messages.setdefault(channel, []).append(message)
        self.said("message", channel, message)
        return _ok(channel=channel, ts=message["ts"], message=message)

    def _chat_postEphemeral(self, given: dict[str, Any]) -> dict[str, Any]:
        """Shown once to one person in a channel, and kept nowhere."""
        if given.get("channel") in self.archived:
            return _error("is_archived")
        self.whispers.append((given["channel"], given["user"], given["text"]))
        return _ok(message_ts=self._ts())

    def _conversations_info(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self.channels.get(given.get("channel", ""))
        if channel is None or (channel.private and not channel.bot_in):
            return _error("channel_not_found")
        if ("groups:read" if channel.private else "channels:read") not in self.scopes.split(","):
            return _error("missing_scope")
        about = {"id": given["channel"], "name": channel.name, "is_member": channel.bot_in, "is_private": channel.private}
        return _ok(channel={**about, "is_ext_shared": channel.shared, "is_archived": given["channel"] in self.archived})

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("channel") in self.archived:
            return _error("is_inactive")
        message = next((one for one in self.messages.get(given.get("channel", ""), []) if one["ts"] == given.get("ts")), None)
        if message is None:
            return _error("message_not_found")
        if wrong := broken_message(given):
            return self._refused("invalid_blocks", wrong)
        message.update(_kept(given), edited={"user": BOT_USER, "ts": self._ts()})
        self.said("message", given["channel"], message)
        return _ok(channel=given["channel"], ts=message["ts"], text=given.get("text"))

    def _views_open(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._shown(given, "")

    def _views_push(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._shown(given, "push")

    def _shown(self, given: dict[str, Any], how: str) -> dict[str, Any]:
        trigger = given.get("trigger_id", "")
        if trigger not in self.triggers:
            return _error("invalid_trigger_id")
        if trigger in self.used:
            return _error("exchanged_trigger_id")
        if wrong := broken_view(given.get("view")):
            return self._refused("invalid_arguments", wrong)
        self.used.add(trigger)
        return _ok(view=self.keep_view(given["view"], self.triggers[trigger]))

    def keep_view(self, view: dict[str, Any], user: str, id: str = "") -> dict[str, Any]:
        """A view as Slack keeps it, with an id and a hash; told to `said`."""
        kept = {**view, "id": id or self.next("V"), "hash": self.next("hash."), "team_id": TEAM, "app_id": APP, "bot_id": BOT, "user": user}
        self.views[kept["id"]] = kept
        self.said("view", user, kept)
        return kept

    def _views_update(self, given: dict[str, Any]) -> dict[str, Any]:
        view = self.views.get(given.get("view_id", ""))
        if view is None:
            return _error("not_found")
        if given.get("hash") and given["hash"] != view["hash"]:
            self.conflicts.append(given)
            return _error("hash_conflict")
        if wrong := broken_view(given.get("view")):
            return self._refused("invalid_arguments", wrong)
        return _ok(view=self.keep_view(given["view"], view["user"], view["id"]))

    def _views_publish(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("user_id") not in self.users:
            return _error("user_not_found")
        if wrong := broken_view(given.get("view")):
            return self._refused("invalid_arguments", wrong)
        if given["view"]["type"] != "home":
            return _error("invalid_arguments")
        kept = {**given["view"], "id": self.next("V"), "hash": self.next("hash."), "team_id": TEAM, "user": given["user_id"]}
        self.homes[given["user_id"]] = kept
        return _ok(view=kept)

    def _oauth_v2_access(self, given: dict[str, Any]) -> dict[str, Any]:
        found = self.codes.pop(given.get("code", ""), None)
        if found is None or given.get("client_secret") != "client-secret":
            return _error("invalid_code")
        self.teams[found["access_token"]] = found["team"]["id"]
        return _ok(**found)

    def _apps_connections_open(self, given: dict[str, Any]) -> dict[str, Any]:
        return _ok(url=self.url.replace("http://", "ws://").replace("/api/", "/link?ticket=1"))

    def _refused(self, error: str, wrong: list[str]) -> dict[str, Any]:
        self.broken += wrong
        return {**_error(error), "response_metadata": {"messages": wrong}}

    def _ts(self) -> str:
        return f"{self.clock():.0f}.{next(self._numbers):06}"

    # ---- Socket Mode -----------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """https://docs.slack.dev/apis/events-api/using-socket-mode – hello, envelopes, acknowledgements by envelope_id."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        self.connected.set()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                answer = json.loads(message.data)
                waiting = self.acknowledged.setdefault(answer["envelope_id"], asyncio.get_running_loop().create_future())
                if not waiting.done():
                    waiting.set_result(answer.get("payload"))
        return socket

    async def envelope(self, kind: str, payload: dict[str, Any], *, id: str = "", waits: float = 3.0) -> Any:
        """Send an envelope; what it was acknowledged with. TimeoutError where it was not within Slack's three seconds."""
        id = id or self.next("envelope-")
        waiting = self.acknowledged[id] = asyncio.get_running_loop().create_future()
        sent = {"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}
        await self.sockets[-1].send_json(sent)
        return await asyncio.wait_for(waiting, waits)


async def _given(request: web.Request, method: str) -> dict[str, Any]:
    if request.content_type == "application/json" and method in JSON_METHODS:
        return await request.json()
    given = {**request.query, **{k: v for k, v in (await request.post()).items()}}
    return {name: str(value) for name, value in given.items()}


def _ok(**more: Any) -> dict[str, Any]:
    return {"ok": True, **more}


def _error(name: str) -> dict[str, Any]:
    return {"ok": False, "error": name}


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in given}
