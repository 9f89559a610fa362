"""The settings of Teams, as the channel wants them, and what `pejling check` finds. Loads nothing of botbuilder's until it asks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.channels.teams.certificate import Certificate, read_certificate
from bot.channels.teams.settings import TeamsSettings, missing
from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import ConfigError

FINE, NOTE, WRONG = "✓", "!", "✗"

SOON = timedelta(days=30)
"""A certificate that runs out within so long is mentioned."""
NO_TENANT = "there is no tenant MICROSOFT_APP_TENANT_ID – give the Directory (tenant) ID of the app registration"
NO_WAY = "login.microsoftonline.com cannot be reached from here – let Pejling's machine reach it"
MENDS = {
    "AADSTS7000215": "MICROSOFT_APP_PASSWORD is not a secret of this app – give the secret's value, not its id",
    "AADSTS7000222": "the secret in MICROSOFT_APP_PASSWORD has run out – make a new one in the app registration",
    "AADSTS700016": "this tenant knows no app MICROSOFT_APP_ID – compare both ids with the app registration, and MICROSOFT_APP_TYPE",
    "AADSTS700027": "the app does not know this certificate – upload the public part of MICROSOFT_APP_CERTIFICATE to the app registration",
    "AADSTS90002": NO_TENANT,
    "ValueError": NO_TENANT,  # Microsoft's library, where the tenant names no place to ask
    **dict.fromkeys(("ConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "SSLError", "TimeoutError"), NO_WAY),
}
"""By Microsoft's number for why no token was given, or by what went wrong (`framework.why_not`):
https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""

Finding = tuple[str, str]


def teams_settings(settings: Settings) -> TeamsSettings | None:
    """The settings of Teams; None where it is off. Raises ConfigError where they do not make a whole."""
    if not settings.wants_teams:
        return None
    given = TeamsSettings(
        app_id=settings.microsoft_app_id.strip(),
        password=settings.microsoft_app_password.get_secret_value().strip(),
        certificate=_certificate(settings.microsoft_app_certificate),
        tenant=settings.microsoft_app_tenant_id.strip(),
        kind=settings.microsoft_app_type,
        is_local=settings.teams_local,
        address=settings.address,
        language=settings.language,
    )
    wrong = missing(given, is_loopback=settings.is_loopback)
    if wrong:
        raise ConfigError("\n".join(wrong))
    return given


def look(given: TeamsSettings) -> list[Finding]:
    """Ask Microsoft for a token, and say what is wrong. Changes nothing."""
    if given.is_local:
        return [(NOTE, "Teams: the local mode is on – for Microsoft's emulator on this machine; nobody is recognised")]
    try:
        from bot.channels.teams.running import a_token
    except ModuleNotFoundError:
        return [(WRONG, "Teams: its library is not installed – run `pip install -c constraints.txt '.[teams]'` where Pejling's source is")]
    found = _proof(given, a_token(given))
    found.append(_tab())
    whom = f"the tenant {given.only_tenant}" if given.only_tenant else "any tenant that installs the app, each for itself"
    return [*found, (FINE, f"Teams: serves {whom}; Microsoft calls {given.address}/api/messages")]


def _proof(given: TeamsSettings, why_not: str) -> list[Finding]:
    by = "its managed identity" if given.kind == "UserAssignedMSI" else "its certificate" if given.certificate else "its secret"
    if not why_not:
        return [(FINE, f"Teams: Microsoft knows the app and {by}"), *_ends(given.certificate)]
    if given.kind == "UserAssignedMSI":
        mend = "is the identity MICROSOFT_APP_ID assigned to this machine, and does Pejling run in Azure? Else use a secret or a certificate"
    else:
        mend = MENDS.get(why_not, "compare MICROSOFT_APP_ID, _PASSWORD, _TENANT_ID and _TYPE with the app registration")
    return [(WRONG, f"Teams: Microsoft gives no token ({why_not}) – {mend}"), *_ends(given.certificate)]


def _ends(certificate: Certificate | None) -> list[Finding]:
    left = certificate.ends - SystemClock().now() if certificate else None
    if certificate is None or left is None or left > SOON:
        return []
    day = f"{certificate.ends:%Y-%m-%d}"
    if left <= timedelta(0):
        return [(WRONG, f"Teams: the certificate ran out on {day} – make a new one, upload its public part, and give it in MICROSOFT_APP_CERTIFICATE")]
    return [(NOTE, f"Teams: the certificate runs out on {day} – make a new one in time")]


def _tab() -> Finding:
    from bot.channels.teams.tab import MICROSOFTS

    if MICROSOFTS.is_file():
        return FINE, "Teams: the personal tab can sign people in, where the tenant allows it"
    return NOTE, "Teams: the personal tab asks for the one-time link – `make teams-tab` lets it sign people in"


def _certificate(path: Path | None) -> Certificate | None:
    return read_certificate(path.read_bytes()) if path else None
