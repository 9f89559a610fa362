"""Puts Teams together, and starts and stops it. Only this module and its own import botbuilder, and only when Teams is on."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.channels.teams import addresses
from bot.channels.teams.addresses import IsAllowed
from bot.channels.teams.channel import TeamsChannel
from bot.channels.teams.company import Company
from bot.channels.teams.connector import Connector, Token
from bot.channels.teams.conversations import TYPES_AFTER, Conversations, Parts
from bot.channels.teams.entrance import Entrance
from bot.channels.teams.framework import (
    METADATA,
    Framework,
    certificate_credentials,
    managed_identity,
    no_token,
    password_credentials,
    token_from,
    why_not,
)
from bot.channels.teams.reception import Reception
from bot.channels.teams.settings import TeamsSettings
from bot.channels.teams.tab import Tab
from bot.channels.teams.tenants import Tenants
from bot.clock import Clock
from bot.errors import TryAgain
from bot.library import Library
from bot.store.engine import Store
from bot.turns import Turns


class Teams:
    """`channel` is for delivery; `join` once the turns are there; `routes` for the one port we listen on.

    `is_allowed`, `metadata`, `token`, `tenant_metadata`: where Microsoft is; a test puts stand-ins there.
    """

    def __init__(
        self,
        settings: TeamsSettings,
        *,
        is_allowed: IsAllowed | None = None,
        metadata: str = METADATA,
        token: Token | None = None,
        tenant_metadata: str = "",
    ):
        self._settings, self._metadata, self._tenant_metadata = settings, metadata, tenant_metadata
        self._is_allowed = is_allowed or (addresses.is_this_machine if settings.is_local else addresses.is_microsofts)
        self._connector = Connector(token or _token(settings), self._is_allowed)
        self.channel = TeamsChannel(self._connector, f"28:{settings.app_id}", has_dialogs=not settings.is_local)
        self._entrance: Entrance | None = None
        self._tab: Tab | None = None

    def join(
        self,
        store: Store,
        turns: Turns,
        library: Library,
        clock: Clock,
        organisation: str,
        *,
        types_after: float = TYPES_AFTER,
    ) -> None:
        """`organisation`: that of the tenant which is met first."""
        given = self._settings
        tenants = Tenants(store, clock, first=organisation, only=given.only_tenant)
        parts = Parts(
            store=store,
            turns=turns,
            library=library,
            clock=clock,
            connector=self._connector,
            tenants=tenants,
            address=given.address,
            types_after=types_after,
        )
        reception = Reception(Conversations(parts), Company(parts, given.app_id, given.language), self._is_allowed)
        self._entrance = Entrance(Framework(reception, given.app_id, self._metadata), is_local=given.is_local)
        self._tab = Tab(parts, given, self._tenant_metadata)

    def routes(self) -> list[web.RouteDef]:
        assert self._entrance and self._tab
        return [*self._entrance.routes(), *self._tab.routes()]

    async def close(self) -> None:
        await self._connector.close()


def _token(given: TeamsSettings) -> Token:
    if given.is_local:
        return no_token
    if given.kind == "UserAssignedMSI":
        return token_from(managed_identity(given.app_id))
    if found := given.certificate:
        return token_from(certificate_credentials(given.app_id, found.thumbprint, found.key, given.login_tenant))
    return token_from(password_credentials(given.app_id, given.password, given.login_tenant))


def a_token(given: TeamsSettings) -> str:
    """Ask for a token once; why there is none (`framework.why_not`), or empty. For `pejling check`."""
    try:
        asyncio.run(_token(given)())
    except TryAgain as error:
        return why_not(error)
    return ""
