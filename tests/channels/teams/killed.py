"""Pejling in Teams as a process of its own, to be killed. What it is told comes as JSON in the first argument.

`die`: "before answering" (after the commit), "before sending" (it was about to leave), "before marking" (it was sent).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from aiohttp import web

from bot.app import assemble
from bot.channels.teams.running import Teams
from bot.channels.teams.settings import TeamsSettings
from bot.clock import SystemClock
from bot.rehearsal.stage import KEY, ORGANISATION
from bot.services import outbox
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.channels.teams.microsoft import APP_ID, TENANT
from tests.channels.teams.stage import ADDRESS, everything, the_token


def die(*_: Any, **__: Any) -> Any:
    os._exit(9)


async def main(told: dict[str, Any]) -> None:
    store = open_store(told["database"], secrets=Secrets([KEY]))
    library, house = everything()
    given = TeamsSettings(app_id=APP_ID, password="x", tenant=TENANT, address=ADDRESS)
    teams = Teams(given, is_allowed=lambda service: service == told["service"], metadata=told["metadata"], token=the_token)
    clock = SystemClock()
    parts = assemble(store=store, library=library, clock=clock, house=house, channels={"teams": teams.channel})
    teams.join(store, parts.turns, library, clock, ORGANISATION)
    match told.get("die"):
        case "before answering":
            parts.turns.wake = die  # called after the commit
        case "before sending":
            teams.channel.send = die
        case "before marking":
            outbox.mark_sent = die
    app = web.Application()
    app.add_routes(teams.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    delivering = asyncio.create_task(parts.delivery.run())
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await delivering


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
