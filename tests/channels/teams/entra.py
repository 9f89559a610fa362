"""A stand-in for Entra and for Azure's managed identities: gives the bot the token it speaks with, or says why not.

Requests to login.microsoftonline.com are led here (`led_here`), so that Microsoft's own library runs as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import requests
from requests.adapters import HTTPAdapter

from tests.channels.teams.microsoft import answer_json

HOST = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
# https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication (bot to connector)
RESOURCE = "https://api.botframework.com"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Entra:
    """`secrets`: of each app; `certificates`: thumbprint and public key of each; `tenants`: in which tenants the app is known."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.certificates: dict[str, tuple[str, Any]] = {}
        self.identities: set[str] = set()
        self.tenants: set[str] = set()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def led_here(self, monkeypatch: Any) -> Iterator[None]:
        url, plain = self.url, requests.Session

        class Here(HTTPAdapter):
            def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
                request.url = request.url.replace(HOST, url)
                return super().send(request, *args, **kwargs)

        def session() -> requests.Session:
            led = plain()
            led.mount(HOST, Here())
            return led

        with monkeypatch.context() as patched:
            patched.setattr(requests, "Session", session)
            patched.setenv("IDENTITY_ENDPOINT", f"{url}/msi")
            patched.setenv("IDENTITY_HEADER", "a header of this machine's")
            yield

    # ---- what it answers -------------------------------------------------------------------------------------

    def named(self, tenant: str) -> dict[str, str]:
        """https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc (discovery)"""
        where = f"{HOST}/{tenant}"
        return {
            "issuer": f"{where}/v2.0",
            "authorization_endpoint": f"{where}/oauth2/v2.0/authorize",
            "token_endpoint": f"{where}/oauth2/v2.0/token",
        }

    def token(self, tenant: str, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow"""
        self.asked.append((tenant, given))
        if tenant not in self.tenants:
            return _refused("AADSTS90002")
        if given.get("grant_type") != "client_credentials" or given.get("scope") != SCOPE:
            return _refused("AADSTS70011")
        app = given.get("client_id", "")
        if app not in self.secrets and app not in self.certificates:
            return _refused("AADSTS700016")
        if given.get("client_assertion_type") == ASSERTION:
            return _given("certificate") if self._is_signed(app, tenant, given["client_assertion"]) else _refused("AADSTS700027")
        return _given("secret") if given.get("client_secret") == self.secrets.get(app) else _refused("AADSTS7000215")

    def _is_signed(self, app: str, tenant: str, assertion: str) -> bool:
        """https://learn.microsoft.com/entra/identity-platform/certificate-credentials"""
        thumbprint, public = self.certificates.get(app, ("", None))
        named = jwt.utils.base64url_decode(jwt.get_unverified_header(assertion)["x5t"]).hex().upper()
        try:
            claims = jwt.decode(assertion, public, algorithms=["RS256"], audience=self.named(tenant)["token_endpoint"])
        except (jwt.PyJWTError, TypeError):
            return False
        return named == thumbprint and claims["iss"] == claims["sub"] == app

    def identity(self, given: dict[str, str], header: str) -> tuple[int, dict[str, Any]]:
        """https://learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint reference)"""
        self.asked.append(("msi", given))
        is_ours = header and given.get("resource") == RESOURCE and given.get("client_id") in self.identities
        return (200, {"access_token": "identity", "expires_on": "4000000000", "token_type": "Bearer"}) if is_ours else (400, {"statusCode": 400})

    def _handler(entra) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/msi":
                    answer_json(self, *entra.identity(_fields(parts.query), self.headers.get("X-IDENTITY-HEADER", "")))
                elif parts.path == "/common/discovery/instance":  # other names of the same host: there are none
                    answer_json(self, 200, {"metadata": []})
                else:
                    tenant = parts.path.split("/")[1]
                    answer_json(self, *((200, entra.named(tenant)) if tenant in entra.tenants else (400, _refused("AADSTS90002")[1])))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer_json(self, *entra.token(self.path.split("/")[1], _fields(body)))

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _fields(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _given(how: str) -> tuple[int, dict[str, Any]]:
    return 200, {"access_token": how, "expires_in": 3600, "token_type": "Bearer"}


def _refused(number: str) -> tuple[int, dict[str, Any]]:
    return 401, {"error": "invalid_client", "error_description": f"{number}: it is not so. Trace ID: x"}
