"""The settings of Teams, as the channel wants them, and what `pejling check` finds. Loads nothing of botbuilder's until it asks."""

from __future__ import annotations

from pathlib import Path

from bot.channels.teams.settings import TeamsSettings, missing
from bot.config import Settings
from bot.errors import ConfigError

FINE, NOTE, WRONG = "✓", "!", "✗"

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
    found = _proof(a_token(given))
    found.append(_tab())
    whom = f"the tenant {given.only_tenant}" if given.only_tenant else "any tenant that installs the app, each for itself"
    return [*found, (FINE, f"Teams: serves {whom}; Microsoft calls {given.address}/api/messages")]


def _proof(why_not: str) -> list[Finding]:
    if not why_not:
        return [(FINE, "Teams: Microsoft knows the app and its secret")]
    return [(WRONG, f"Teams: Microsoft gives no token ({why_not}) – compare MICROSOFT_APP_ID, _PASSWORD, _TENANT_ID and _TYPE with the app registration")]


def _tab() -> Finding:
    from bot.channels.teams.tab import MICROSOFTS

    if MICROSOFTS.is_file():
        return FINE, "Teams: the personal tab can sign people in, where the tenant allows it"
    return NOTE, "Teams: the personal tab asks for the one-time link – `make teams-tab` lets it sign people in"


def _certificate(path: Path | None) -> tuple[str, str] | None:
    """(thumbprint, private key) of a PEM file that holds both."""
    if path is None:
        return None
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    text = path.read_bytes()
    try:
        key = load_pem_private_key(text, None)
        certificate = x509.load_pem_x509_certificate(text)
    except (ValueError, TypeError) as error:
        raise ConfigError("MICROSOFT_APP_CERTIFICATE is no PEM file with a certificate and its private key, without a password – make one") from error
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    # Entra names a certificate by its SHA-1 thumbprint; nothing is protected by it.
    return certificate.fingerprint(hashes.SHA1()).hex().upper(), pem  # noqa: S303
