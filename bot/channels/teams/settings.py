"""What Teams needs to be told, and what is missing, in words an administrator understands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.cards import Language
from bot.channels.teams.certificate import Certificate

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class TeamsSettings:
    """`kind`: SingleTenant, MultiTenant or UserAssignedMSI. `certificate`: goes before the password, where both are given.

    `is_local`: the anonymous local mode, for the emulator. `address`: where people open our own pages.
    """

    app_id: str = ""
    password: str = field(default="", repr=False)
    certificate: Certificate | None = field(default=None, repr=False)
    tenant: str = ""
    kind: str = "SingleTenant"
    is_local: bool = False
    address: str = ""
    language: Language = "da"

    @property
    def only_tenant(self) -> str:
        """The one tenant whose people are served; empty: any that installs the app."""
        return "" if self.is_local or self.kind == "MultiTenant" else self.tenant

    @property
    def login_tenant(self) -> str:
        """Where the app asks for its own tokens."""
        return "" if self.kind == "MultiTenant" else self.tenant


def missing(given: TeamsSettings, *, is_loopback: bool) -> list[str]:
    """What stands in the way, one line each, with the mend. `is_loopback`: whether only this machine reaches us."""
    lines = []
    if given.is_local and given.app_id:
        lines.append("PEJLING_TEAMS_LOCAL and MICROSOFT_APP_ID are both set – remove one: the local mode is for the emulator alone")
    if given.is_local and not is_loopback:
        lines.append("PEJLING_TEAMS_LOCAL recognises nobody, so it stays on this machine – set PEJLING_HOST to 127.0.0.1, or remove it")
    if given.is_local:
        return lines
    if not GUID.fullmatch(given.app_id):
        lines.append("MICROSOFT_APP_ID is not an app id – give the Application (client) ID of the app registration")
    if given.kind != "MultiTenant" and not GUID.fullmatch(given.tenant):
        lines.append("MICROSOFT_APP_TENANT_ID is not a tenant id – give the Directory (tenant) ID of the app registration")
    if given.kind != "UserAssignedMSI" and not (given.password or given.certificate):
        lines.append("MICROSOFT_APP_PASSWORD is empty – give a client secret, or MICROSOFT_APP_CERTIFICATE, or use MICROSOFT_APP_TYPE=UserAssignedMSI")
    if not given.address.startswith("https://"):
        lines.append("PEJLING_PUBLIC_URL is not https – Teams only calls, and people only get links to, an address that begins with https://")
    return lines
