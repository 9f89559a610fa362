"""The ways to connect: Socket Mode, installation in several workspaces, and setting it up."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from bot.__main__ import main
from bot.app import About, assemble, furnish
from bot.channels.slack.checking import look
from bot.channels.slack.running import Slack
from bot.channels.slack.scopes import BOT_SCOPES
from bot.channels.slack.settings import SlackSettings, missing
from bot.clock import FixedClock
from bot.delivery import Delivery
from bot.services import departments, installations, people
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests.channels.slack.client import command_body, event_body, message
from tests.channels.slack.standin import APP_TOKEN, SECRET, TEAM, TOKEN, Failure, StandIn
from tests.furniture import load

LIBRARY = load()
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ORGANISATION = "here"
KEY = "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3Q="


@pytest.fixture
async def slack():
    standin = StandIn()
    standin.add_user("U0ANA00000", "Ana")
    await standin.start()
    yield standin
    await standin.stop()


@cache
def furnished() -> Any:
    return furnish(LIBRARY, frozenset(), About())


class House:
    """A Pejling with Slack, and nothing else."""

    def __init__(self, folder: Any, given: SlackSettings):
        self.store = open_store(f"sqlite:///{folder}/pejling.db", secrets=Secrets([KEY]))
        from bot.store import schema

        schema.upgrade(self.store)
        if not self.store.read_now(departments.organisations):
            self.store.run_now(lambda db: departments.make_organisation(db, "Here", NOW, id=ORGANISATION))
        self.clock = FixedClock(NOW)
        self.slack = Slack(given, self.store, LIBRARY, self.clock, ORGANISATION)
        house = furnished()
        channels = {"slack": self.slack.channel}
        parts = assemble(store=self.store, library=LIBRARY, clock=self.clock, house=house, channels=channels)
        self.delivery = Delivery(self.store, channels, self.clock, pacing={})
        self.slack.join(parts.turns)
        self.runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(self.slack.routes())
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        self.slack.start()

    async def stop(self) -> None:
        await self.slack.stop()
        if self.runner:
            await self.runner.cleanup()
        await self.slack.close()
        await self.store.close()


@pytest.fixture
async def socket_house(tmp_path, slack):
    house = House(tmp_path, SlackSettings(bot_token=TOKEN, app_token=APP_TOKEN, api_url=slack.url))
    await house.start()
    async with asyncio.timeout(5):
        await slack.connected.wait()
    yield house
    await house.stop()


# ---- Socket Mode -----------------------------------------------------------------------------------------


async def test_by_socket_an_event_is_acknowledged_after_the_commit(socket_house, slack):
    body = event_body(message("U0ANA00000", "D0ANA00000", "hej"))
    assert await slack.envelope("events_api", body) is None
    assert socket_house.store.read_now(lambda db: people.find(db, ORGANISATION, "slack", "U0ANA00000"))
    await slack.envelope("events_api", body)  # delivered again, as after a lost acknowledgement
    await socket_house.delivery.drain()
    assert len(slack.messages["D0ANA00000"]) == 1


async def test_by_socket_a_command_and_a_page_are_answered_in_the_acknowledgement(socket_house, slack):
    said = await slack.envelope("slash_commands", command_body("U0ANA00000", "hjælp", slack.trigger("U0ANA00000")))
    assert "vores samtale" in said["text"]
    payload = {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": "U0ANA00000", "team_id": TEAM},
        "trigger_id": "1.2",
        "view": {"id": "V1", "hash": "h", "type": "modal", "callback_id": "form", "blocks": [], "private_metadata": '{"r":"","p":"arrival","b":"decline"}', "state": {"values": {}}},
    }
    answer = await slack.envelope("interactive", payload)
    assert answer["response_action"] == "update"


async def test_by_socket_what_failed_is_not_acknowledged_so_that_slack_sends_it_again(socket_house, slack, monkeypatch):
    run = socket_house.store.run

    async def fails(work: Any, **more: Any) -> Any:
        raise OSError("the database is away")

    monkeypatch.setattr(socket_house.store, "run", fails)
    body = event_body(message("U0ANA00000", "D0ANA00000", "hej"))
    with pytest.raises(TimeoutError):
        await slack.envelope("events_api", body, waits=0.3)
    monkeypatch.setattr(socket_house.store, "run", run)
    await slack.envelope("events_api", body)
    await socket_house.delivery.drain()
    assert len(slack.messages["D0ANA00000"]) == 1


async def test_by_socket_a_wrong_token_is_said_and_pejling_goes_on(tmp_path, slack, caplog):
    house = House(tmp_path, SlackSettings(bot_token=TOKEN, app_token="xapp-wrong", api_url=slack.url))
    await house.start()
    async with asyncio.timeout(5):
        while "invalid_auth" not in caplog.text:
            await asyncio.sleep(0)
    assert not house.slack.socket.is_connected
    await house.stop()


# ---- installing ------------------------------------------------------------------------------------------


@pytest.fixture
async def open_house(tmp_path, slack):
    given = SlackSettings(signing_secret=SECRET, client_id="1.2", client_secret="client-secret", api_url=slack.url, public_url="http://127.0.0.1")
    house = House(tmp_path, given)
    await house.start()
    yield house
    await house.stop()


async def begun(house: House, session: aiohttp.ClientSession) -> str:
    async with session.get(f"{house.url}/slack/install", allow_redirects=False) as answer:
        assert answer.status == 302
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert set(asked["scope"][0].split(",")) == set(BOT_SCOPES) and asked["client_id"] == ["1.2"]
    return asked["state"][0]


async def finished(house: House, session: aiohttp.ClientSession, **query: str) -> int:
    async with session.get(f"{house.url}/slack/oauth_redirect", params=query) as answer:
        text = await answer.text()
        assert "Traceback" not in text and "xoxb" not in text
        return answer.status


def given_to(team: str) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/oauth.v2.access"""
    return {"access_token": f"xoxb-{team}", "token_type": "bot", "bot_user_id": "U0BOT00000", "app_id": "A1", "team": {"id": team, "name": team.title()}, "is_enterprise_install": False}


def browser() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def test_two_workspaces_are_two_organisations_and_their_people_never_meet(open_house, slack):
    for team in ("T0ONE", "T0TWO"):
        slack.codes[f"code-{team}"] = given_to(team)
        async with browser() as session:
            state = await begun(open_house, session)
            assert await finished(open_house, session, code=f"code-{team}", state=state) == 200
    kept = {team: open_house.store.read_now(lambda db: installations.find(db, "slack", team)) for team in ("T0ONE", "T0TWO")}  # noqa: B023
    assert kept["T0ONE"].organisation != kept["T0TWO"].organisation
    assert ORGANISATION not in {one.organisation for one in kept.values()}  # a stranger is not let in to those who are here
    talking = open_house.slack.talking
    for team in kept:
        await talking.on_event(event_body(message("U0ANA00000", "D0ANA00000", "hej"), team=team) | {"event": {**message("U0ANA00000", "D0ANA00000", "hej"), "team": team}})
    found = [open_house.store.read_now(lambda db: people.find(db, one.organisation, "slack", "U0ANA00000")) for one in kept.values()]  # noqa: B023
    assert found[0] and found[1] and found[0].id != found[1].id
    await open_house.delivery.drain()
    assert {call.token for call in slack.calls if call.method == "chat.postMessage"} == {"xoxb-T0ONE", "xoxb-T0TWO"}


async def test_tokens_lie_sealed_in_the_database(open_house, slack, tmp_path):
    slack.codes["code"] = given_to("T0ONE")
    async with browser() as session:
        assert await finished(open_house, session, code="code", state=await begun(open_house, session)) == 200
    [call] = [call for call in slack.calls if call.method == "oauth.v2.access"]
    assert call.given["client_secret"] == "client-secret" and "client-secret" not in call.address
    await open_house.store.scrub()
    for path in tmp_path.iterdir():
        assert b"xoxb-T0ONE" not in path.read_bytes()


async def test_installing_again_keeps_the_people_and_a_removed_app_is_silent(open_house, slack):
    for _ in range(2):
        slack.codes["code"] = given_to("T0ONE")
        async with browser() as session:
            await finished(open_house, session, code="code", state=await begun(open_house, session))
        kept = open_house.store.read_now(lambda db: installations.find(db, "slack", "T0ONE"))
        await open_house.slack.talking.on_event(event_body({"type": "app_uninstalled"}, team="T0ONE"))
        assert await open_house.slack.workspaces.of("T0ONE") is None
    assert kept.organisation == open_house.store.read_now(lambda db: installations.find(db, "slack", "T0ONE")).organisation
    assert len(open_house.store.read_now(departments.organisations)) == 2


async def test_a_state_works_once_in_the_browser_it_was_given_to_and_for_ten_minutes(open_house, slack):
    slack.codes["code"] = given_to("T0ONE")
    async with browser() as mine, browser() as other:
        state = await begun(open_house, mine)
        await begun(open_house, other)
        assert await finished(open_house, other, code="code", state=state) == 400
        assert await finished(open_house, mine, code="code", state="") == 400
        assert await finished(open_house, mine, code="code", state="made-up") == 400
    async with browser() as mine:
        state = await begun(open_house, mine)
        cookies = {one.key: one.value for one in mine.cookie_jar}
        assert await finished(open_house, mine, code="code", state=state) == 200
        mine.cookie_jar.update_cookies(cookies)
        assert await finished(open_house, mine, code="code", state=state) == 400
    async with browser() as mine:
        state = await begun(open_house, mine)
        open_house.clock.pass_(timedelta(minutes=11))
        assert await finished(open_house, mine, code="code", state=state) == 400


async def test_whoever_says_no_or_has_a_bad_code_is_told_kindly(open_house, slack):
    async with browser() as session:
        assert await finished(open_house, session, error="access_denied", state=await begun(open_house, session)) == 400
        assert await finished(open_house, session, code="unknown", state=await begun(open_house, session)) == 502


# ---- setting it up ---------------------------------------------------------------------------------------


def test_the_manifest_asks_for_no_more_than_is_used(capsys):
    assert main(["manifest", "slack", "--socket"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert set(made["oauth_config"]["scopes"]["bot"]) == set(BOT_SCOPES)
    assert made["settings"]["socket_mode_enabled"] and "request_url" not in made["settings"]["event_subscriptions"]
    assert made["features"]["app_home"] == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    # https://docs.slack.dev/reference/app-manifest#fields
    info, [command] = made["display_information"], made["features"]["slash_commands"]
    assert len(info["name"]) <= 35 and len(info["description"]) <= 140 and 174 < len(info["long_description"]) <= 4000
    assert len(command["command"]) <= 32 and len(command["description"]) <= 2000 and len(command["usage_hint"]) <= 1000


def test_the_manifest_names_the_address_slack_calls(capsys):
    assert main(["manifest", "slack", "--url", "https://pejling.example.dk/", "--install", "--language", "en"]) == 0
    made = json.loads(capsys.readouterr().out)
    events = "https://pejling.example.dk/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == made["settings"]["interactivity"]["request_url"] == events
    assert made["features"]["slash_commands"][0]["url"] == events
    assert made["oauth_config"]["redirect_urls"] == ["https://pejling.example.dk/slack/oauth_redirect"]


@pytest.mark.parametrize("arguments", [["--url", "http://pejling.example.dk"], ["--url", "pejling"], ["--socket", "--install"]])
def test_a_manifest_slack_could_not_use_is_not_written(arguments, capsys):
    assert main(["manifest", "slack", *arguments]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bot_token": "xoxp-1", "signing_secret": "s"}, "begins with xoxb-"),
        ({"bot_token": "xoxb-1", "app_token": "xoxb-1"}, "begins with xapp-"),
        ({"bot_token": "xoxb-1"}, "Slack cannot reach Pejling"),
        ({"app_token": "xapp-1"}, "SLACK_BOT_TOKEN is empty"),
        ({"signing_secret": "s", "client_id": "1.2", "public_url": "https://x.dk"}, "belong together"),
        ({"signing_secret": "s", "client_id": "1.2", "client_secret": "c"}, "PEJLING_PUBLIC_URL is empty"),
        ({"signing_secret": "s", "bot_token": "xoxb-1", "client_id": "1.2", "client_secret": "c", "public_url": "https://x.dk"}, "both set"),
    ],
)
def test_what_is_missing_is_said_with_the_mend(given, said):
    assert any(said in line and " – " in line for line in missing(SlackSettings(**given)))


def test_a_whole_set_of_settings_lacks_nothing():
    assert missing(SlackSettings(bot_token="xoxb-1", app_token="xapp-1")) == []
    assert missing(SlackSettings(bot_token="xoxb-1", signing_secret="s")) == []


async def checked(slack: StandIn, **given: str) -> list[tuple[str, str]]:
    return await asyncio.to_thread(look, SlackSettings(**{"bot_token": TOKEN, "api_url": slack.url, **given}))


async def test_the_check_asks_slack_and_says_all_is_well(slack):
    found = await checked(slack, app_token=APP_TOKEN, signing_secret=SECRET, public_url="https://x.dk")
    assert {sign for sign, _ in found} == {"✓"} and "Stand-in" in found[0][1]


@pytest.mark.parametrize(
    ("given", "scopes", "failure", "said"),
    [
        ({"bot_token": "xoxb-wrong", "signing_secret": "s"}, None, None, "✗ SLACK_BOT_TOKEN: Slack says invalid_auth"),
        ({"app_token": "xapp-wrong"}, None, None, "✗ SLACK_APP_TOKEN: Slack says invalid_auth"),
        ({"signing_secret": "s"}, "chat:write,commands", None, "✗ Slack: SLACK_BOT_TOKEN lacks app_mentions:read"),
        ({"signing_secret": "s"}, None, Failure("account_inactive"), "install it again"),
        ({"app_token": APP_TOKEN}, None, Failure("missing_scope"), "SLACK_BOT_TOKEN"),
        ({"signing_secret": "s"}, None, Failure("", 503), "! SLACK_BOT_TOKEN"),
    ],
)
async def test_the_check_says_what_is_wrong(slack, given, scopes, failure, said):
    slack.scopes = scopes or slack.scopes
    if failure:
        slack.fail("auth.test", failure)
    found = [f"{sign} {text}" for sign, text in await checked(slack, **given)]
    assert any(said in line for line in found), found


async def test_the_check_says_when_slack_cannot_be_reached(slack):
    await slack.stop()
    found = await checked(slack, signing_secret="s")
    assert any("cannot be reached" in text for _, text in found)
