"""botbuilder's defects, each shown as it ships and cured as we use it; and who is let in."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.core import ActivityHandler
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth import ChannelValidation, JwtTokenExtractor

from bot.channels.teams.framework import Framework
from bot.channels.teams.keys import Keys, KeysAway
from tests.channels.teams import shapes
from tests.channels.teams.microsoft import APP_ID, OTHER_TENANT, TENANT, new_key

ROOT = Path(__file__).parents[3]
ACTION = {"title": "Hjælp", "verb": "help", "data": {"pejling": {"action": "help", "value": "", "subject": "", "key": "k"}}}


class Configuration:
    APP_ID = APP_ID
    APP_PASSWORD = "x"
    APP_TYPE = "SingleTenant"
    APP_TENANTID = TENANT


class AsShipped(ActivityHandler):
    """The least a bot can do about a Universal Action."""

    async def on_adaptive_card_invoke(self, turn_context, invoke_value):
        from botbuilder.schema import AdaptiveCardInvokeResponse

        return AdaptiveCardInvokeResponse(status_code=200, type="application/vnd.microsoft.activity.message", value="x")


@pytest.fixture
async def shipped(identity):
    """botbuilder as it comes, before the same stand-ins."""
    JwtTokenExtractor.metadataCache.pop(identity.metadata, None)
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(Configuration()))
    app = web.Application()
    app.router.add_post("/api/messages", lambda request: adapter.process(request, AsShipped()))
    ChannelValidation.open_id_metadata_endpoint = identity.metadata
    client = TestClient(TestServer(app))
    await client.start_server()
    yield client
    await client.close()
    ChannelValidation.open_id_metadata_endpoint = None
    JwtTokenExtractor.metadataCache.pop(identity.metadata, None)


def with_token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# ---- the defects -----------------------------------------------------------------------------------------


async def test_shipped_a_universal_action_is_500(shipped, identity, connector):
    asked = shapes.press(connector.url, ACTION)
    answer = await shipped.post("/api/messages", json=asked, headers=with_token(identity.token(connector.url)))
    assert answer.status == 500


async def test_a_universal_action_is_answered(stage):
    answer = await stage.post(shapes.press(stage.connector.url, ACTION))
    assert answer.status == 200
    assert (await answer.json())["statusCode"] == 200


MALFORMED = [None, 7, "x", [], {}, {"action": None}, {"action": 7}, {"action": {"type": "Action.Submit", "verb": "x"}}, {"action": {"type": "Action.Execute"}}]


@pytest.mark.parametrize("value", MALFORMED, ids=repr)
async def test_a_malformed_action_is_400(stage, value):
    answer = await stage.post(shapes.press(stage.connector.url, ACTION, value=value))
    assert answer.status == 400


async def test_shipped_a_malformed_action_is_not_400(shipped, identity, connector):
    asked = shapes.press(connector.url, ACTION, value={"action": 7})
    answer = await shipped.post("/api/messages", json=asked, headers=with_token(identity.token(connector.url)))
    assert answer.status >= 500


def forged(identity, connector, how: str) -> str:
    """A token that is not good, and how."""
    good = {"iss": "https://api.botframework.com", "aud": APP_ID, "serviceurl": connector.url, "exp": 4_000_000_000}
    match how:
        case "garbage":
            return "not.a.token"
        case "none":
            return jwt.encode(good, None, algorithm="none", headers={"kid": "one"})
        case "hs256":
            return jwt.encode(good, "a secret that is long enough for it", algorithm="HS256", headers={"kid": "one"})
        case "another key":
            return jwt.encode(good, new_key(), algorithm="RS256", headers={"kid": "one"})
        case "unknown kid":
            return jwt.encode(good, identity.keys["one"], algorithm="RS256", headers={"kid": "nobody"})
        case "no kid":
            return jwt.encode(good, identity.keys["one"], algorithm="RS256")
        case "expired":
            return identity.token(connector.url, lasts=-3600)
        case "without an end":
            return identity.token(connector.url, lasts=None)
        case "not yet":
            return identity.token(connector.url, nbf=4_000_000_000)
        case "another audience":
            return identity.token(connector.url, aud="22222222-2222-4333-8444-555555555555")
        case "no audience":
            return identity.token(connector.url, aud="")
        case "another issuer":
            return identity.token(connector.url, iss="https://stranger.example")
        case "an emulator":
            return identity.token(connector.url, iss="https://login.microsoftonline.com/d6d49420-f39b-4df7-a1dc-d59a935871db/v2.0")
        case "another service":
            return identity.token("https://smba.trafficmanager.net/emea/")
        case "a key for another channel":
            identity.add_key("web", ["webchat"])
        case "a key for no channel":
            identity.add_key("web", [])
    return identity.token(connector.url, key="web")


BAD = ("garbage", "none", "hs256", "another key", "unknown kid", "no kid", "expired", "without an end", "not yet", "another audience", "no audience", "another issuer", "an emulator", "another service", "a key for another channel", "a key for no channel")  # fmt: skip
SHIPPED_AS_500 = ("garbage", "none", "hs256", "another key", "unknown kid", "expired", "a key for another channel")


@pytest.mark.parametrize("how", BAD)
async def test_a_bad_token_is_401_and_nothing_happens(stage, identity, connector, how):
    before = connector.asked
    answer = await stage.post(shapes.message(connector.url, "hej"), forged(identity, connector, how))
    await stage.parts.delivery.drain()
    assert answer.status == 401
    assert connector.asked == before


@pytest.mark.parametrize("how", SHIPPED_AS_500)
async def test_shipped_a_bad_token_is_500(shipped, identity, connector, how):
    answer = await shipped.post("/api/messages", json=shapes.message(connector.url, "hej"), headers=with_token(forged(identity, connector, how)))
    assert answer.status == 500


async def test_shipped_a_key_for_no_channel_is_good_for_all(shipped, identity, connector):
    token = forged(identity, connector, "a key for no channel")
    answer = await shipped.post("/api/messages", json=shapes.message(connector.url, "hej"), headers=with_token(token))
    assert answer.status in (200, 201)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic eDp5", "Bearer  ", "bearer x"])
async def test_no_token_is_401(stage, authorization):
    headers = {"Authorization": authorization} if authorization is not None else {}
    assert stage.client
    answer = await stage.client.post("/api/messages", json=shapes.message(stage.connector.url, "hej"), headers=headers)
    assert answer.status == 401


async def test_a_good_token_is_let_in(stage, identity, connector):
    answer = await stage.post(shapes.message(connector.url, "hej"))
    await stage.parts.delivery.drain()
    assert answer.status == 200
    assert len(connector.taken) == 1


async def test_another_channel_is_403(stage, identity, connector):
    """In web chat everybody may say who they are; its tokens are signed by the same keys."""
    answer = await stage.post(shapes.message(connector.url, "hej", channelId="webchat"))
    assert answer.status == 403


async def test_another_tenant_is_403(stage, connector):
    answer = await stage.post(shapes.message(connector.url, "hej", tenant=OTHER_TENANT))
    await stage.parts.delivery.drain()
    assert answer.status == 403
    assert not connector.taken


# ---- keys ------------------------------------------------------------------------------------------------


async def test_a_key_that_was_rotated_is_found(identity, monkeypatch):
    keys = Keys(identity.metadata)
    assert await keys.get("one") is not None
    identity.add_key("rotated", ["msteams"])
    asked = len(identity.asked)
    assert await keys.get("rotated") is None  # looked just now: not again for every token that names a key
    assert len(identity.asked) == asked
    keys._looked -= 301
    assert (await keys.get("rotated")).endorsements == ("msteams",)


async def test_without_keys_teams_is_asked_to_send_it_again(stage, identity, connector):
    stage.teams.join(stage.parts.store, stage.parts.turns, stage.library, stage.clock, "stage")
    await stage.client.close()
    await stage.open()
    identity.is_away = True
    try:
        answer = await stage.post(shapes.message(connector.url, "hej"))
    finally:
        identity.is_away = False
    assert answer.status == 503


async def test_known_keys_are_used_while_microsoft_is_away(identity):
    keys = Keys(identity.metadata)
    known = await keys.get("one")
    keys._fetched -= 25 * 3600
    identity.is_away = True
    try:
        assert (await keys.get("one")) is known
    finally:
        identity.is_away = False


async def test_no_keys_at_all_is_said():
    with pytest.raises(KeysAway):
        await Keys("http://127.0.0.1:9/nowhere").get("one")


# ---- the house -------------------------------------------------------------------------------------------


def test_one_module_alone_imports_botbuilder():
    importers = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in ("botbuilder", "botframework", "msrest", "msal") for name in names):
                importers.add(path.relative_to(ROOT).as_posix())
    assert importers == {"bot/channels/teams/framework.py"}


def test_a_start_without_teams_does_not_pay_for_it():
    check = "import sys, bot.cli.serving, bot.cli.check; print([n for n in sys.modules if n.startswith(('botbuilder', 'botframework', 'msrest', 'msal'))])"
    said = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_framework_is_made_without_a_network(identity):
    asked = len(identity.asked)
    Framework(receiver=None, app_id=APP_ID, metadata=identity.metadata)
    assert len(identity.asked) == asked
