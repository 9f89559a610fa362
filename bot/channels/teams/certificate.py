"""The certificate with which Pejling may prove who it is, read from a PEM file that also holds its private key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import ConfigError

VARIABLE = "MICROSOFT_APP_CERTIFICATE"


@dataclass(frozen=True)
class Certificate:
    """`key`: the private key as PEM. `ends`: aware UTC, when Microsoft no longer takes it."""

    thumbprint: str
    key: str = field(repr=False)
    ends: datetime


def read_certificate(text: bytes) -> Certificate:
    """Raises ConfigError with the mend, where it is not one that Microsoft would take."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    try:
        key = load_pem_private_key(text, None)
        certificate = x509.load_pem_x509_certificate(text)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{VARIABLE} is no PEM file with a certificate and its private key, without a password – make one") from error
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(f"{VARIABLE} holds no RSA key – Microsoft takes no other; make a certificate with one")
    if key.public_key() != certificate.public_key():
        raise ConfigError(f"{VARIABLE}: the private key is another certificate's – put the two that belong together in the file")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    # Entra names a certificate by its SHA-1 thumbprint; nothing is protected by it.
    return Certificate(certificate.fingerprint(hashes.SHA1()).hex().upper(), pem, certificate.not_valid_after_utc)  # noqa: S303
