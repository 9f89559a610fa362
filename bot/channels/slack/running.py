"""Slack, switched on: everything it is made of, put together. The only way in from outside, and the first to load Bolt."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from aiohttp import web

from bot.channels.slack.asking import Asking
from bot.channels.slack.bolt import bolt_app, events_route
from bot.channels.slack.channel import SlackChannel
from bot.channels.slack.home import Home
from bot.channels.slack.oauth import Installing
from bot.channels.slack.people_there import PeopleThere
from bot.channels.slack.settings import SlackSettings
from bot.channels.slack.socket_mode import Socket
from bot.channels.slack.talking import Talking
from bot.channels.slack.workspaces import Workspaces
from bot.clock import Clock
from bot.library import Library
from bot.store.engine import Store
from bot.turns import Turns

log = logging.getLogger("pejling.slack")


@dataclass
class Slack:
    """`channel` is for delivery, from the beginning; `join` once the rest is assembled; then `routes`, `start`, `stop`."""

    settings: SlackSettings
    store: Store
    library: Library
    clock: Clock
    organisation: str

    def __post_init__(self) -> None:
        self.asking = Asking(self.settings.api_url)
        self.workspaces = Workspaces(
            self.store, self.asking, self.clock, token=self.settings.bot_token, organisation=self.organisation
        )
        self.channel = SlackChannel(self.asking, self.workspaces, self.library)
        self.talking: Talking | None = None
        self.socket: Socket | None = None
        self._routes: list[web.RouteDef] = []

    def join(self, turns: Turns, *, language: str = "da", timezone: str = "Europe/Copenhagen") -> None:
        """Connect it with the turns."""
        given = self.settings
        web_url = given.public_url
        home = Home(self.store, turns.editions, self.clock, self.asking, public_url=web_url)
        people = PeopleThere(self.store, self.asking, language=language, timezone=timezone)
        asking, workspaces = self.asking, self.workspaces
        self.talking = Talking(self.store, turns, self.library, self.clock, asking, workspaces, people, home)
        app = bolt_app(self.talking, workspaces, asking)
        if given.signing_secret:
            self._routes.append(events_route(app, given.signing_secret))
        if given.app_token:
            self.socket = Socket(app, asking, given.app_token)
        if given.client_id:
            secrets = {"client_id": given.client_id, "client_secret": given.client_secret}
            installing = Installing(self.store, workspaces, asking, self.library, self.clock, public_url=web_url, **secrets)
            self._routes += installing.routes()

    def routes(self) -> list[web.RouteDef]:
        """What to serve: the events and, where it can be installed, the way to do so."""
        return self._routes

    def start(self) -> None:
        ways = ["Socket Mode"] if self.socket else []
        ways += ["/slack/events"] if self.settings.signing_secret else []
        log.info("Slack is on: %s", " and ".join(ways))
        if self.socket:
            self.socket.start()

    async def stop(self) -> None:
        """Take nothing new, finish what is being shown."""
        if self.socket:
            await self.socket.close()
        if self.talking:
            await self.talking.settle()

    async def close(self) -> None:
        await self.asking.close()
