"""Stand-ins for Microsoft on this machine: who signs tokens, and the connector that takes messages.

Each rule names its source; what no source says, the stand-in does not do.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP_ID = "11111111-2222-4333-8444-555555555555"
TENANT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
OTHER_TENANT = "ffffffff-bbbb-4ccc-8ddd-eeeeeeeeeeee"
BOT = f"28:{APP_ID}"
TOKEN = "the token we speak with"
ISSUER = "https://api.botframework.com"
# https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
LARGEST = 28 * 1024
# Older clients and paths take no more; see bot/channels/teams/cards.py.


class Identity:
    """Signs tokens, and names its keys in a thread of its own: a client that blocks must not stop it from answering."""

    def __init__(self) -> None:
        self.keys = {"one": new_key()}
        self.endorsements: dict[str, list[str]] = {"one": ["msteams", "webchat"]}
        self.asked: list[str] = []
        self.is_away = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.metadata = f"{self.url}/.well-known/openidconfiguration"
        self.tenant_metadata = self.url + "/{tenant}/openid"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add_key(self, id: str, endorsements: list[str]) -> None:
        self.keys[id], self.endorsements[id] = new_key(), endorsements

    def token(self, service: str, *, key: str = "one", lasts: float | None = 3600, **claims: Any) -> str:
        """As the connector signs one for this service address; `claims` differ from the good ones."""
        now = int(time.time())
        good = {"iss": ISSUER, "aud": APP_ID, "serviceurl": service, "nbf": now - 4000}
        good |= {"exp": int(now + lasts)} if lasts is not None else {}
        return jwt.encode(good | claims, self.keys[key], algorithm="RS256", headers={"kid": key})

    def tab_token(self, tenant: str, who: str, *, key: str = "one", **claims: Any) -> str:
        """As Entra signs one for a tab: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference"""
        now = int(time.time())
        good = {
            "iss": f"https://login.microsoftonline.com/{tenant}/v2.0",
            "aud": APP_ID,
            "tid": tenant,
            "oid": who,
            "scp": "access_as_user",
            "exp": now + 3600,
        }
        return jwt.encode(good | claims, self.keys[key], algorithm="RS256", headers={"kid": key})

    def _handler(identity) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                identity.asked.append(self.path)
                if identity.is_away:
                    return self.send_error(503)
                named = {"issuer": ISSUER, "jwks_uri": f"{identity.url}/keys", "id_token_signing_alg_values_supported": ["RS256"]}
                answer_json(self, 200, identity.jwks() if self.path == "/keys" else named)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._jwk(id) for id in self.keys if id in self.endorsements]}

    def _jwk(self, id: str) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.keys[id].public_key()))
        endorsed = {"endorsements": self.endorsements[id]} if self.endorsements[id] else {}
        return public | {"kid": id, "use": "sig"} | endorsed


def answer_json(handler: BaseHTTPRequestHandler, status: int, said: dict[str, Any]) -> None:
    body = json.dumps(said).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Taken:
    """What the connector took. `edits`: the id of the message it takes the place of, or empty."""

    conversation: str
    id: str
    activity: dict[str, Any]
    edits: str = ""

    @property
    def card(self) -> dict[str, Any] | None:
        attached = self.activity.get("attachments") or []
        return attached[0]["content"] if attached else None


@dataclass
class ConnectorStandIn:
    """Takes messages, edits and new conversations, and says who is in one (`members`, by their id). `closed`: channels, as in
    "19:<name>@…", that take nothing. `failures`: what it answers next instead, (status, body, headers)."""

    taken: deque[Taken] = field(default_factory=deque)
    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    opened: list[dict[str, Any]] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    failures: deque[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=deque)
    lost: deque[int] = field(default_factory=deque)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    asked: int = 0
    token: str = TOKEN
    url: str = ""

    def app(self) -> web.Application:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post("/teams/v3/conversations", self._open)
        app.router.add_post("/teams/v3/conversations/{conversation}/activities", self._take)
        app.router.add_post("/teams/v3/conversations/{conversation}/activities/{id}", self._take)  # a reply
        app.router.add_put("/teams/v3/conversations/{conversation}/activities/{id}", self._edit)
        app.router.add_get("/teams/v3/conversations/{conversation}/members/{user}", self._member)
        return app

    async def start(self) -> web.AppRunner:
        runner = web.AppRunner(self.app(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/teams/"
        return runner

    def fail(self, status: int, code: str = "", *, times: int = 1, **headers: str) -> None:
        """https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages (error codes)"""
        for _ in range(times):
            self.failures.append((status, {"error": {"code": code, "message": "refused"}}, {k.replace("_", "-"): v for k, v in headers.items()}))

    async def _take(self, request: web.Request) -> web.Response:
        activity = await self._asked(request)
        conversation = request.match_info["conversation"]
        if activity.get("type") == "typing":
            self.typing.append(conversation)
            return web.json_response({}, status=202)
        taken = Taken(conversation, f"m{len(self.messages) + 1}", activity)
        self._keep(taken)
        if self.lost:  # it arrived, and the answer says otherwise: a 5xx may already have been delivered
            return web.json_response({}, status=self.lost.popleft())
        return web.json_response({"id": taken.id}, status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        activity = await self._asked(request)
        conversation, id = request.match_info["conversation"], request.match_info["id"]
        if (conversation, id) not in self.messages:
            raise _error(404, "ActivityNotFoundInConversation")
        self._keep(Taken(conversation, id, activity, edits=id))
        return web.json_response({"id": id})

    async def _open(self, request: web.Request) -> web.Response:
        about = await self._asked(request)
        if not (about.get("members") and about.get("bot") and about["channelData"]["tenant"]["id"]):
            raise _error(400, "BadSyntax")  # send-proactive-messages: tenant, bot and member are needed
        self.opened.append(about)
        return web.json_response({"id": f"a:{about['members'][0]['id']}"}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        """https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context"""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise _error(401, "Unauthorized")
        found = self.members.get(request.match_info["user"])
        if found is None:
            raise _error(404, "MemberNotFoundInConversation")
        return web.json_response({"id": request.match_info["user"], **found})

    async def _asked(self, request: web.Request) -> dict[str, Any]:
        self.asked += 1
        if any(request.match_info.get("conversation", "").startswith(f"19:{one}@") for one in self.closed):
            raise _error(403, "BotNotInConversationRoster")  # send-proactive-messages: the bot was removed from the team
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            raise _error(401, "Unauthorized")
        if self.failures:
            status, body, headers = self.failures.popleft()
            raise _error(status, body["error"]["code"], headers)
        return json.loads(await request.read())

    def _keep(self, taken: Taken) -> None:
        judge(taken.activity)
        self.messages[(taken.conversation, taken.id)] = taken.activity
        self.taken.append(taken)


def judge(activity: dict[str, Any]) -> None:
    """What Teams refuses, or spoils."""
    if activity.get("type") != "message":
        raise _error(400, "BadSyntax")
    has_text, has_card = bool(activity.get("text")), bool(activity.get("attachments"))
    if has_text == has_card:
        raise _error(400, "text and card")  # conversation-messages.md: Teams splits a message that has both; empty is refused
    if len(json.dumps(activity).encode("utf-8")) > LARGEST:
        raise _error(413, "MessageSizeTooBig")  # format-your-bot-messages
    for one in activity.get("attachments") or []:
        if one["content"]["version"] not in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"):
            raise _error(400, "version")  # cards-reference: 1.5 is the newest for bots
        if len(one["content"].get("refresh", {}).get("userIds", [])) > 60:
            raise _error(400, "refresh")  # work-with-universal-actions: 60 people at the most


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> web.HTTPException:
    body = json.dumps({"error": {"code": code, "message": "refused"}})
    error = web.HTTPException(text=body, content_type="application/json", headers=headers)
    error.set_status(status)
    return error
