"""A press on a card in Teams through the whole path, beside a bare botbuilder echo: `python -m tests.bench.teams`.

Each server is a process of its own, one after the other, before the same stand-ins and the same load. The bare one says back what
it hears, by botbuilder's own means; it keeps nothing. Ours recognises, decides, keeps, answers the press and sends by delivery,
as fast as Teams allows.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from typing import Any

import aiohttp
from aiohttp import web

from bot.rehearsal.stage import KEY
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.channels.teams import shapes
from tests.channels.teams.microsoft import APP_ID, TENANT, ConnectorStandIn, Identity
from tests.channels.teams.stage import make_tables

PEOPLE, REQUESTS, AT_ONCE = 50, 600, 16
WHO = {"title": "x", "verb": "who", "data": {"pejling": {"action": "who", "value": "", "subject": "", "key": ""}}}


async def bare(told: dict[str, Any]) -> None:
    """A bot that echoes, as botbuilder's own samples do it."""
    from botbuilder.core import ActivityHandler
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
    from botframework.connector.auth import ChannelValidation, MicrosoftAppCredentials, PasswordServiceClientCredentialFactory

    class Echo(ActivityHandler):
        async def on_message_activity(self, turn_context: Any) -> None:
            await turn_context.send_activity(turn_context.activity.text)

    class NoToken(PasswordServiceClientCredentialFactory):
        async def create_credentials(self, *_: Any, **__: Any) -> Any:
            return MicrosoftAppCredentials.empty()

    class Configuration:
        APP_ID, APP_PASSWORD, APP_TYPE, APP_TENANTID = APP_ID, "x", "SingleTenant", TENANT

    ChannelValidation.open_id_metadata_endpoint = told["metadata"]
    framework = ConfigurationBotFrameworkAuthentication(Configuration(), credentials_factory=NoToken(APP_ID, "x"))
    adapter, echo, app = CloudAdapter(framework), Echo(), web.Application()
    app.router.add_post("/api/messages", lambda request: adapter.process(request, echo))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def measured(module: tuple[str, ...], told: dict[str, Any], identity: Identity, shape: Any) -> tuple[float, float, float]:
    """(per second, p50, p99 in milliseconds) of requests to a server."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *module, json.dumps(told), stdout=asyncio.subprocess.PIPE)
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        url, waits = f"http://127.0.0.1:{port}/api/messages", []
        headers = {"Authorization": f"Bearer {identity.token(told['service'])}"}
        async with aiohttp.ClientSession() as client:

            async def send(activity: dict[str, Any]) -> None:
                start = time.perf_counter()
                async with client.post(url, json=activity, headers=headers) as answer:
                    assert answer.status < 300, answer.status
                    await answer.read()
                waits.append(1000 * (time.perf_counter() - start))

            for n in range(PEOPLE):  # everybody is met, and everything loaded, before it counts
                await send(shape(n, n))
            waits.clear()
            left = iter(range(PEOPLE, PEOPLE + REQUESTS))

            async def go_on() -> None:
                for n in left:
                    await send(shape(n % PEOPLE, n))

            start = time.perf_counter()
            await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))
            seconds = time.perf_counter() - start
    finally:
        process.kill()
        await process.wait()
    waits.sort()
    return REQUESTS / seconds, waits[len(waits) // 2], waits[len(waits) * 99 // 100]


async def main() -> None:
    identity, connector = Identity(), ConnectorStandIn()
    runner = await connector.start()
    with tempfile.TemporaryDirectory(prefix="pejling-bench-") as folder:
        told = {"database": f"sqlite:///{folder}/teams.db", "service": connector.url, "metadata": identity.metadata}
        store = open_store(told["database"], secrets=Secrets([KEY]))
        make_tables(store)
        await store.close()

        def line(who: int, n: int) -> dict[str, Any]:
            return shapes.message(connector.url, "hej", who=f"p{who}")

        def press(who: int, n: int) -> dict[str, Any]:
            action = WHO | {"data": {"pejling": WHO["data"]["pejling"] | {"key": str(n)}}}
            return shapes.press(connector.url, action, who=f"p{who}")

        connector.token = ""
        echo = await measured(("tests.bench.teams", "bare"), told, identity, line)
        connector.token = "the token we speak with"
        ours = await measured(("tests.channels.teams.killed",), told, identity, press)
    await runner.cleanup()
    identity.close()
    for name, (rate, half, most) in (("botbuilder echo", echo), ("Pejling, adaptiveCard/action", ours)):
        print(f"{name:32} {rate:7.0f}/s   p50 {half:6.1f} ms   p99 {most:6.1f} ms")
    print(f"{'ratio':32} {ours[0] / echo[0]:7.2f}")


if __name__ == "__main__":
    asyncio.run(bare(json.loads(sys.argv[2])) if sys.argv[1:2] == ["bare"] else main())
