"""Who opened the personal tab: the token that Teams gives it, checked against the keys of the person's own tenant.

https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/authentication/tab-sso-overview
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from bot.channels.teams.keys import Keys
from bot.channels.teams.settings import GUID
from bot.channels.teams.tenants import Tenants

METADATA = "https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"
ISSUERS = ("https://login.microsoftonline.com/{tenant}/v2.0", "https://sts.windows.net/{tenant}/")
SCOPE = "access_as_user"
LEEWAY = 300  # seconds; clocks differ


@dataclass(frozen=True)
class Visitor:
    """`external`: the person's id in their tenant, by which the bot knows them too."""

    organisation: str
    external: str


class SignIn:
    """`metadata`: where a tenant's keys are named, with {tenant} in it; a test puts a stand-in there."""

    def __init__(self, app_id: str, address: str, tenants: Tenants, metadata: str = ""):
        host = urlsplit(address).netloc
        self._audiences = [app_id, f"api://{app_id}", f"api://botid-{app_id}", f"api://{host}/botid-{app_id}", f"api://{host}/{app_id}"]
        self._app_id, self._tenants, self._metadata = app_id, tenants, metadata or METADATA
        self._keys: dict[str, Keys] = {}

    async def visitor(self, token: str) -> Visitor | None:
        """Who it is; None: the token is not good, or the tenant not ours. Raises KeysAway."""
        try:
            tenant = str(jwt.decode(token, options={"verify_signature": False}).get("tid", "")).lower()
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return None
        organisation = await self._tenants.look(tenant) if self._app_id and GUID.fullmatch(tenant) else None
        if organisation is None:
            return None
        claims = await self._claims(token, tenant, str(header.get("kid") or ""))
        external = str(claims.get("oid") or "")
        return Visitor(organisation, external) if external and SCOPE in str(claims.get("scp", "")).split() else None

    async def _claims(self, token: str, tenant: str, key_id: str) -> dict[str, Any]:
        keys = self._keys.setdefault(tenant, Keys(self._metadata.format(tenant=tenant)))
        key = await keys.get(key_id)
        if key is None:
            return {}
        try:
            return jwt.decode(
                token,
                key.public_key,
                algorithms=["RS256"],
                audience=self._audiences,
                issuer=[one.format(tenant=tenant) for one in ISSUERS],
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError:
            return {}
