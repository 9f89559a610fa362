"""The workspaces Pejling is in: which organisation each is here, and the token that talks there.

With one token (`SLACK_BOT_TOKEN`) there is one workspace, the one that token belongs to. With OAuth there is a row for each.
People of different workspaces never meet: everything is looked up within the organisation of the workspace it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.slack.asking import Asking
from bot.clock import Clock
from bot.errors import GaveUp, TryAgain
from bot.services import installations
from bot.services.installations import Installed
from bot.store.engine import Store

NAME = "slack"


@dataclass(frozen=True)
class Workspace:
    """`team`: Slack's id of it; `bot_user` and `bot` are our own ids there, so that we do not answer ourselves."""

    team: str
    organisation: str
    token: str = field(repr=False)
    bot_user: str = ""
    bot: str = ""
    app: str = ""


class Workspaces:
    """`organisation`: the one that is served here; the workspace of the one token is it."""

    def __init__(self, store: Store, asking: Asking, clock: Clock, *, token: str = "", organisation: str = ""):
        self._store, self._asking, self._clock = store, asking, clock
        self._token, self._organisation = token, organisation
        self._own: Workspace | None = None

    async def of(self, team: str) -> Workspace | None:
        """The workspace, if Pejling is installed there. Raises TryAgain while Slack cannot say whose the one token is."""
        if not team:
            return None
        if self._token:
            own = await self.own()
            return own if own.team == team else None
        found = await self._store.read(lambda db: installations.find(db, NAME, team))
        return _workspace(found) if found and found.secret.get("token") else None

    async def own(self) -> Workspace:
        """The workspace of the one token, asked for once. Raises TryAgain and GaveUp."""
        if self._own is None:
            answer = await self._asking.ask(self._token, "auth.test")
            team = str(answer.get("team_id") or "")
            if not team:
                raise TryAgain("auth.test names no workspace")
            kept = await self.keep(team, str(answer.get("team") or ""), {}, organisation=self._organisation)
            self._own = Workspace(
                team, kept.organisation, self._token, str(answer.get("user_id") or ""), str(answer.get("bot_id") or "")
            )
        return self._own

    async def keep(self, team: str, name: str, secret: Mapping[str, Any], *, organisation: str = "") -> Installed:
        """Installed in a workspace, for the first time or again."""
        now = self._clock.now()
        return await self._store.run(
            lambda db: installations.keep(db, NAME, team, name, dict(secret), now, organisation=organisation)
        )

    async def take_back(self, team: str) -> None:
        """It was uninstalled there."""
        now = self._clock.now()
        await self._store.run(lambda db: installations.take_back(db, NAME, team, now))

    async def token_of(self, team: str) -> str:
        """Raises GaveUp where there is none any more."""
        found = await self.of(team)
        if found is None:
            raise GaveUp("not installed there any more")
        return found.token


def _workspace(found: Installed) -> Workspace:
    secret = found.secret
    known = {name: str(secret.get(name) or "") for name in ("token", "bot_user", "bot", "app")}
    return Workspace(found.external, found.organisation, **known)
