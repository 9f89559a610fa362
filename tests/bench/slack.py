"""Presses from Slack through the whole path: signature, turn, commit, acknowledgement – beside a bare Bolt app that only
acknowledges, in the same run. `python -m tests.bench.slack`.

The load comes from another process and is signed beforehand. Aim: a quarter of bare Bolt's rate on SQLite, and at half of our
own capacity 99 of 100 acknowledged within 100 ms.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from multiprocessing import get_context
from statistics import median
from urllib.parse import urlencode

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.app import About, assemble, furnish
from bot.channels.slack.running import Slack
from bot.channels.slack.settings import SlackSettings
from bot.clock import SystemClock
from bot.events import Sender
from bot.library import load
from bot.services import departments, people
from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.channels.slack.client import signed
from tests.channels.slack.standin import SECRET, TEAM, TOKEN, StandIn

REQUESTS = 2000
CONNECTIONS = 16
PEOPLE = 200
TIMES = 3
ORGANISATION = "bench"
KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="
NUMBERS = count(1)

Figures = tuple[float, float, float]
"""A second, and milliseconds for half and for 99 of 100."""


async def main() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere, tempfile.TemporaryDirectory() as folder:
        async with bare() as bare_port, ours(folder) as our_port:
            rounds = [(await measured(elsewhere, bare_port), await measured(elsewhere, our_port)) for _ in range(TIMES)]
            floor, speed = (median(round[n][0] for round in rounds) for n in (0, 1))
            calm = await measured(elsewhere, our_port, speed / 2)
    print(f"{REQUESTS} signed presses on {CONNECTIONS} connections × {TIMES}, medians")
    print(f"  {'bare Bolt, acknowledging':32} {floor:8.0f}/s   p50 {median(r[0][1] for r in rounds):6.1f} ms  p99 {median(r[0][2] for r in rounds):6.1f} ms")
    print(f"  {'Pejling on SQLite':32} {speed:8.0f}/s   p50 {median(r[1][1] for r in rounds):6.1f} ms  p99 {median(r[1][2] for r in rounds):6.1f} ms")
    print(f"  {'of bare Bolt':32} {100 * speed / floor:7.0f} %   aim 25 %")
    print(f"  {'at half of capacity':32} {speed / 2:8.0f}/s   p50 {calm[1]:6.1f} ms  p99 {calm[2]:6.1f} ms   aim < 100 ms")


async def measured(elsewhere: ProcessPoolExecutor, port: int, per_second: float = 0) -> Figures:
    requests = [press(n % PEOPLE) for n in range(REQUESTS)]
    return await asyncio.get_running_loop().run_in_executor(elsewhere, sent, port, requests, per_second)


# ---- the two -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def bare() -> AsyncIterator[int]:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token=TOKEN, bot_user_id="U0BOT00000", bot_id="B0BOT")

    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize)

    @bolt.action(re.compile(".*"))
    async def acknowledge(ack):
        await ack()

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.add_routes([web.post("/slack/events", take)])
    async with served(app) as port:
        yield port


@asynccontextmanager
async def ours(folder: str) -> AsyncIterator[int]:
    """Everything but delivery, which has its own pace."""
    standin = StandIn()
    await standin.start()
    store = open_store(f"sqlite:///{folder}/bench.db", secrets=Secrets([KEY]))
    schema.upgrade(store)
    library, clock = load(), SystemClock()
    house = furnish(library, frozenset(), About())
    settled = {"state": "active", "notice_version": library.say("arrival.version").da}

    def settle(db):
        departments.make_organisation(db, "Bench", clock.now(), id=ORGANISATION)
        for n in range(PEOPLE):
            address = {"team": TEAM, "user": user(n), "language": "da"}
            sender = Sender(channel="slack", organisation=ORGANISATION, external=user(n), name=f"P {n}", language="da", address=address)
            people.set_person(db, people.meet(db, sender, clock.now()), settled, clock.now())

    store.run_now(settle)
    slack = Slack(SlackSettings(bot_token=TOKEN, signing_secret=SECRET, api_url=standin.url), store, library, clock, ORGANISATION)
    slack.join(assemble(store=store, library=library, clock=clock, house=house, channels={}).turns, house)
    app = web.Application()
    app.add_routes(slack.routes())
    async with served(app) as port:
        yield port
    await slack.stop()
    await slack.close()
    await store.close()
    await standin.stop()


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site._server.sockets[0].getsockname()[1]
    await runner.cleanup()


def user(n: int) -> str:
    return f"U0BENCH{n:04}"


# ---- the load ----------------------------------------------------------------------------------------------


def press(n: int) -> bytes:
    """A press on [Who can see it?], as the bytes of a request."""
    number = next(NUMBERS)
    payload = {
        "type": "block_actions",
        "user": {"id": user(n), "team_id": TEAM},
        "team": {"id": TEAM, "domain": "bench"},
        "api_app_id": "A0PEJLING",
        "trigger_id": f"1.2.{number}",
        "container": {"type": "message", "message_ts": f"17.{number}", "channel_id": f"D{user(n)[1:]}"},
        "channel": {"id": f"D{user(n)[1:]}", "name": "directmessage"},
        "message": {"ts": f"17.{number}", "text": "Pejling", "blocks": []},
        "actions": [{"type": "button", "action_id": "press:0", "block_id": "card:0", "value": '{"a":"who","v":"","s":""}', "action_ts": f"18.{number}"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body)), **signed(body, int(time.time()))}
    return b"POST /slack/events HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode() + b"\r\n" + body


def sent(port: int, requests: list[bytes], per_second: float) -> Figures:
    """In a process of its own. `per_second`: as fast as it goes where 0."""
    return asyncio.run(_sent(port, requests, per_second))


async def _sent(port: int, requests: list[bytes], per_second: float) -> Figures:
    waits: list[float] = []
    begins, next_one = time.perf_counter(), iter(enumerate(requests))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for n, request in next_one:
            due = begins + n / per_second if per_second else time.perf_counter()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            at = due if per_second else time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            waits.append(time.perf_counter() - at)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    took, waits = time.perf_counter() - begins, sorted(waits)
    return len(waits) / took, 1000 * waits[len(waits) // 2], 1000 * waits[int(len(waits) * 0.99)]


if __name__ == "__main__":
    asyncio.run(main())
