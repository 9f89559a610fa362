"""How the bot proves who it is: a secret, a certificate, a managed identity; in one tenant or many. And what `pejling check` says."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.channels.teams import framework
from bot.channels.teams.certificate import Certificate, read_certificate
from bot.channels.teams.connector import Connector
from bot.channels.teams.running import _token
from bot.channels.teams.settings import TeamsSettings
from bot.cli.teams import FINE, NOTE, WRONG, look, teams_settings
from bot.config import load_settings
from bot.errors import ConfigError, TryAgain
from tests.channels.teams.entra import Entra
from tests.channels.teams.microsoft import APP_ID, OTHER_TENANT, TENANT

MANY = "botframework.com"  # where a bot of many tenants asks: bot-framework-rest-connector-authentication
SECRET = "the~secret"
ADDRESS = "https://pejling.example.dk"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def pem(key) -> bytes:
    return made(key)


def made(key: Any, *, signed_for: Any = None, lasts: timedelta = timedelta(days=365)) -> bytes:
    """A PEM file with a private key and a certificate (`signed_for` another key)."""
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Pejling")]), datetime.now(UTC)
    public = (signed_for or key).public_key()
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public).serial_number(7)
    built = built.not_valid_before(now - timedelta(days=400)).not_valid_after(now + lasts)
    certificate = built.sign(signed_for or key, hashes.SHA256())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)


@pytest.fixture
def entra(monkeypatch, key, pem):
    entra = Entra()
    entra.tenants = {TENANT, MANY}
    entra.secrets[APP_ID] = SECRET
    entra.certificates[APP_ID] = (read_certificate(pem).thumbprint, key.public_key())
    entra.identities.add(APP_ID)
    monkeypatch.setattr(framework.ManagedIdentityAppCredentials, "global_token_cache", msal.TokenCache())  # one for the whole process
    with entra.led_here(monkeypatch):
        yield entra
    entra.close()


def settings(kind: str, how: str, pem: bytes, **more: Any) -> TeamsSettings:
    proof: dict[str, Any] = {"secret": {"password": SECRET}, "certificate": {"certificate": read_certificate(pem)}, "identity": {}}[how]
    return TeamsSettings(app_id=APP_ID, tenant=TENANT, kind=kind, address=ADDRESS, **proof | more)


WAYS = [
    ("SingleTenant", "secret", TENANT),
    ("MultiTenant", "secret", MANY),
    ("SingleTenant", "certificate", TENANT),
    ("MultiTenant", "certificate", MANY),
    ("UserAssignedMSI", "identity", "msi"),
]


@pytest.mark.parametrize(("kind", "how", "where"), WAYS)
async def test_each_way_to_prove_who_one_is(entra, connector, pem, kind, how, where):
    """All the way: the token Microsoft gives is the one a message is sent with."""
    connector.token = how
    speaking = Connector(_token(settings(kind, how, pem)), lambda service: service == connector.url)
    try:
        await speaking.post(connector.url, "a:1", {"type": "message", "text": "x"})
    finally:
        await speaking.close()
    assert [tenant for tenant, _ in entra.asked] == [where]


async def test_a_certificate_goes_before_a_secret(entra, pem):
    assert await _token(settings("SingleTenant", "certificate", pem, password=SECRET))() == "certificate"


REFUSED = {
    "MICROSOFT_APP_PASSWORD is not a secret of this app": {"password": "another"},
    "this tenant knows no app MICROSOFT_APP_ID": {"app_id": "22222222-2222-4333-8444-555555555555"},
    "there is no tenant MICROSOFT_APP_TENANT_ID": {"tenant": OTHER_TENANT},
}


@pytest.mark.parametrize("mend", REFUSED)
def test_check_names_what_is_wrong(entra, pem, mend):
    found = look(TeamsSettings(**{**vars(settings("SingleTenant", "secret", pem)), **REFUSED[mend]}))
    assert found[0][0] == WRONG and mend in found[0][1]
    assert SECRET not in str(found)


def test_check_names_a_certificate_the_app_does_not_know(entra, pem):
    stranger = made(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    found = look(settings("SingleTenant", "certificate", stranger))
    assert found[0][0] == WRONG and "upload the public part" in found[0][1]


def test_check_names_an_identity_this_machine_has_not(entra, pem):
    entra.identities.clear()
    found = look(settings("UserAssignedMSI", "identity", pem))
    assert found[0][0] == WRONG and "MICROSOFT_APP_ID" in found[0][1]


@pytest.mark.parametrize(("kind", "how", "where"), WAYS)
def test_check_says_that_it_is_known(entra, pem, kind, how, where):
    assert look(settings(kind, how, pem))[0] == (FINE, f"Teams: Microsoft knows the app and its {'managed identity' if how == 'identity' else how}")


def test_nobody_answers_where_the_token_is_given(entra, pem, monkeypatch):
    entra.close()
    found = look(settings("SingleTenant", "secret", pem))
    assert found[0][0] == WRONG and "login.microsoftonline.com cannot be reached" in found[0][1]


async def test_a_token_that_never_comes_is_given_up(monkeypatch):
    """Else the messages behind it would wait for it too; the library has no patience of its own."""
    silent = threading.Event()
    monkeypatch.setattr(framework, "TOKEN_SECONDS", 0.01)
    try:
        with pytest.raises(TryAgain):
            await framework.token_from(type("Never", (), {"get_access_token": lambda self: silent.wait(30)})())()
    finally:
        silent.set()


# ---- the certificate -------------------------------------------------------------------------------------


def test_a_certificate_that_runs_out_is_mentioned_in_time(entra, pem, key):
    certificate = read_certificate(made(key, lasts=timedelta(days=9)))
    entra.certificates[APP_ID] = (certificate.thumbprint, key.public_key())
    found = look(TeamsSettings(app_id=APP_ID, tenant=TENANT, certificate=certificate, address=ADDRESS))
    assert found[1][0] == NOTE and f"{certificate.ends:%Y-%m-%d}" in found[1][1]
    over = Certificate(certificate.thumbprint, certificate.key, datetime.now(UTC) - timedelta(days=1))
    assert look(TeamsSettings(app_id=APP_ID, tenant=TENANT, certificate=over, address=ADDRESS))[1][0] == WRONG


def test_the_private_key_is_never_shown(pem):
    assert "PRIVATE KEY" in read_certificate(pem).key and "PRIVATE KEY" not in repr(settings("SingleTenant", "certificate", pem))


def test_what_is_no_certificate_is_refused_with_the_mend(pem, key):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    alone = pem.partition(b"-----BEGIN CERTIFICATE")[0]
    for wrong, mend in (
        (b"", "PEM file"),
        (b"\xff\xfe", "PEM file"),
        (alone, "PEM file"),
        (made(ec.generate_private_key(ec.SECP256R1())), "RSA"),
        (made(key, signed_for=other), "belong together"),
    ):
        with pytest.raises(ConfigError, match=mend):
            read_certificate(wrong)


# ---- the settings ----------------------------------------------------------------------------------------

ENVIRONMENT = {
    "MICROSOFT_APP_ID": APP_ID,
    "MICROSOFT_APP_PASSWORD": SECRET,
    "MICROSOFT_APP_TENANT_ID": TENANT,
    "PEJLING_PUBLIC_URL": ADDRESS,
}


@pytest.fixture
def given(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def set_(**variables: str) -> TeamsSettings | None:
        for name, value in {**ENVIRONMENT, **variables}.items():
            monkeypatch.setenv(name, value)
        return teams_settings(load_settings())

    return set_


def test_settings_that_make_a_whole(given, tmp_path, pem):
    assert given().password == SECRET
    (tmp_path / "own.pem").write_bytes(pem)
    assert given(MICROSOFT_APP_PASSWORD="", MICROSOFT_APP_CERTIFICATE="own.pem").certificate == read_certificate(pem)
    assert given(MICROSOFT_APP_PASSWORD="", MICROSOFT_APP_CERTIFICATE="", MICROSOFT_APP_TYPE="UserAssignedMSI").only_tenant == TENANT
    assert given(MICROSOFT_APP_TENANT_ID="", MICROSOFT_APP_TYPE="MultiTenant").only_tenant == ""


MISSING = [
    ({"MICROSOFT_APP_ID": ""}, "MICROSOFT_APP_ID"),
    ({"MICROSOFT_APP_ID": "", "MICROSOFT_APP_PASSWORD": ""}, "MICROSOFT_APP_ID"),
    ({"MICROSOFT_APP_ID": "pejling"}, "MICROSOFT_APP_ID"),
    ({"MICROSOFT_APP_PASSWORD": ""}, "MICROSOFT_APP_PASSWORD"),
    ({"MICROSOFT_APP_TENANT_ID": ""}, "MICROSOFT_APP_TENANT_ID"),
    ({"MICROSOFT_APP_TENANT_ID": "kommune.dk"}, "MICROSOFT_APP_TENANT_ID"),
    ({"MICROSOFT_APP_TENANT_ID": "", "MICROSOFT_APP_TYPE": "UserAssignedMSI"}, "MICROSOFT_APP_TENANT_ID"),
    ({"PEJLING_PUBLIC_URL": ""}, "PEJLING_PUBLIC_URL"),
    ({"PEJLING_PUBLIC_URL": "http://pejling.example.dk"}, "PEJLING_PUBLIC_URL"),
    ({"MICROSOFT_APP_TYPE": "Multi"}, "MICROSOFT_APP_TYPE"),
    ({"MICROSOFT_APP_CERTIFICATE": "nowhere.pem"}, "MICROSOFT_APP_CERTIFICATE"),
    ({"PEJLING_TEAMS_LOCAL": "yes"}, "PEJLING_TEAMS_LOCAL"),
    ({**dict.fromkeys(ENVIRONMENT, ""), "PEJLING_TEAMS_LOCAL": "yes", "PEJLING_HOST": "0.0.0.0"}, "PEJLING_HOST"),
]


@pytest.mark.parametrize(("wrong", "variable"), MISSING)
def test_what_is_missing_is_named(given, wrong, variable):
    with pytest.raises(ConfigError, match=variable) as error:
        given(**wrong)
    assert SECRET not in str(error.value)
