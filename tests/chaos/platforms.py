"""Stand-ins of both platforms that are faulty one time in four, and remember in which order everything really arrived."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

from aiohttp import web

from tests.channels.slack.standin import StandIn, _given
from tests.channels.teams.microsoft import ConnectorStandIn, Taken

FAULTS = ("lost", "late", "refused", "after", "busy")
"""Accepted but the answer lost; accepted late; 5xx not accepted; 502 after accepting; 429."""
OURS = re.compile(r"\bm \d+\b")
"""What a message that was put in the outbox says; the clock's prompts say something else."""
REST = "0.3"
"""What a 429 asks us to wait, in seconds: everything here goes about ten times as fast as it does outside."""


@dataclass
class Arrivals:
    """What arrived, in order. `share`: of all answers that are faulty."""

    random: Random
    latest: float  # seconds within which a message is accepted late
    share: float = 0.25
    log: list[tuple[str, str]] = field(default_factory=list)  # (conversation, text or key)
    times: Counter[str] = field(default_factory=Counter)
    at: dict[str, list[float]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def fault(self) -> str:
        chosen = self.random.choice(FAULTS) if self.random.random() < self.share else ""
        self.faults[chosen or "none"] += 1
        return chosen

    def keep(self, platform: str, conversation: str, name: str, *, is_edit: bool = False) -> None:
        if not is_edit or name not in self.times:
            self.log.append((conversation, name))
            self.times[name] += 1
        self.at.setdefault(platform, []).append(monotonic())

    def later(self, work: Any) -> None:
        async def wait() -> None:
            await asyncio.sleep(self.random.uniform(0.05 * self.latest, self.latest))
            await work()

        task = asyncio.create_task(wait())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, request: web.Request, accept: Any, busy: web.Response) -> web.StreamResponse:
        """The platform's answer to a message; `accept` takes it and gives the right one."""
        await request.read()
        match self.fault():
            case "refused":
                return web.Response(status=503)
            case "busy":
                return busy
            case "lost":
                await accept()
                return self._cut_off(request)
            case "after":
                await accept()
                return web.Response(status=502)
            case "late":
                self.later(accept)
                if self.random.random() < 0.5:
                    await asyncio.sleep(self.latest)
                return self._cut_off(request)
            case _:
                return await accept()

    def _cut_off(self, request: web.Request) -> web.Response:
        if request.transport:
            request.transport.abort()
        return web.Response()


class FaultySlack(StandIn):
    arrivals: Arrivals

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if not method.startswith("chat."):
            return await super()._call(request)
        await request.read()
        given, token = await _given(request, method), request.headers.get("Authorization", "").removeprefix("Bearer ")

        async def accept() -> web.Response:
            return web.json_response(self._answer(method, token, given))

        busy = web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": REST})
        return await self.arrivals.answer(request, accept, busy)

    def _chat_postMessage(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._kept_in_order(super()._chat_postMessage(given), given, is_edit=False)

    def _chat_update(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._kept_in_order(super()._chat_update(given), given, is_edit=True)

    def _kept_in_order(self, answer: dict[str, Any], given: dict[str, Any], *, is_edit: bool) -> dict[str, Any]:
        if answer["ok"]:
            key = given["metadata"]["event_payload"]["key"]
            self.arrivals.keep("slack", answer["channel"], key, is_edit=is_edit)
        return answer


class FaultyTeams(ConnectorStandIn):
    arrivals: Arrivals

    async def _take(self, request: web.Request) -> web.StreamResponse:
        return await self.arrivals.answer(request, lambda: super(FaultyTeams, self)._take(request), self._busy())

    async def _edit(self, request: web.Request) -> web.StreamResponse:
        return await self.arrivals.answer(request, lambda: super(FaultyTeams, self)._edit(request), self._busy())

    def _busy(self) -> web.Response:
        return web.json_response({"error": {"code": "Throttled"}}, status=429, headers={"Retry-After": REST})

    def _keep(self, taken: Taken) -> None:
        super()._keep(taken)
        ours = OURS.search(json.dumps(taken.activity))
        said = ours[0] if ours else f"prompt {taken.conversation}"
        self.arrivals.keep("teams", taken.conversation, said, is_edit=bool(taken.edits))
