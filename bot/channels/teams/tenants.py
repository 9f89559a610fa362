"""Which tenant is which organisation here. People of two tenants never meet: everything of theirs carries its own."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.clock import Clock
from bot.services import installations
from bot.store.engine import Store

TEAMS = "teams"


class Stranger(Exception):
    """A tenant that is not served."""


class Tenants:
    """`only`: the one tenant that is served; empty: any that installs the app, each an organisation of its own.

    `first`: the organisation of the tenant that is met first, which is ours.
    """

    def __init__(self, store: Store, clock: Clock, *, first: str, only: str = ""):
        self._store, self._clock, self._first, self._only = store, clock, first, only.lower()
        self._known: dict[str, str] = {}

    async def organisation(self, tenant: str) -> str:
        """Raises Stranger."""
        tenant = tenant.lower()[:100]
        if self._only and tenant != self._only:
            raise Stranger
        if tenant not in self._known:
            self._known[tenant] = await self._store.run(lambda db: self._keep(db, tenant))
        return self._known[tenant]

    async def look(self, tenant: str) -> str | None:
        """The same, for reading only: None where the tenant is not known or not served."""
        tenant = tenant.lower()[:100]
        if self._only and tenant != self._only:
            return None
        if tenant not in self._known:
            found = await self._store.read(lambda db: installations.find(db, TEAMS, tenant))
            return found.organisation if found else None
        return self._known[tenant]

    def _keep(self, db: Connection, tenant: str) -> str:
        found = installations.find(db, TEAMS, tenant)
        if found is None:
            found = installations.keep(db, TEAMS, tenant, tenant, {}, self._clock.now(), organisation=self._first)
        return found.organisation
