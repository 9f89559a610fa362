"""Slack beside the web pages, in the Pejling that people start: one port, and nothing of Slack's library without its settings."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from cryptography.fernet import Fernet

from bot.cli.serving import serving
from bot.config import Settings
from bot.errors import ConfigError
from tests.channels.slack.client import Entrance, Person, event_body, message, signed
from tests.channels.slack.standin import APP_TOKEN, SECRET, TOKEN, StandIn

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def settings(folder: Path, slack: StandIn, **more: str) -> Settings:
    given = {"slack_bot_token": TOKEN, "slack_signing_secret": SECRET, "slack_api_url": slack.url, **more}
    return Settings(_env_file=None, keys=Fernet.generate_key().decode(), database_url=f"sqlite:///{folder}/pejling.db", port=free_port(), demo=False, **given)  # fmt: skip


@pytest.fixture
async def slack():
    standin = StandIn()
    standin.add_user("U0ANA00000", "Ana")
    await standin.start()
    yield standin
    await standin.stop()


async def arrived(slack: StandIn, channel: str, count: int = 1) -> list[dict]:
    async with asyncio.timeout(15):
        while len(slack.messages.get(channel, [])) < count:
            await asyncio.sleep(0.02)
    return slack.messages[channel]


async def test_events_come_in_beside_the_pages_and_answers_leave_by_themselves(tmp_path, slack):
    async with serving(settings(tmp_path, slack), demo=False) as address, aiohttp.ClientSession() as session:
        person = Person("U0ANA00000", slack, Entrance(address, session, time.time))
        assert (await person.writes("hej")).status == 200
        [welcome] = await arrived(slack, person.direct)
        assert welcome["text"] == "Velkommen til Pejling"
        async with session.get(f"{address}/health") as answer:
            assert answer.status == 200
        async with session.post(f"{address}/press", data={"action": "x"}) as answer:
            assert answer.status == 403  # our own forms are as they were
        async with session.get(f"{address}/slack/nowhere") as answer:
            assert answer.status == 404


async def test_socket_mode_alone_opens_no_address_for_slack(tmp_path, slack):
    given = settings(tmp_path, slack, slack_signing_secret="", slack_app_token=APP_TOKEN)
    async with serving(given, demo=False) as address, aiohttp.ClientSession() as session:
        async with asyncio.timeout(5):
            await slack.connected.wait()
        await slack.envelope("events_api", event_body(message("U0ANA00000", "D0ANA00000", "hej")))
        await arrived(slack, "D0ANA00000")
        async with session.post(f"{address}/slack/events", data=b"{}") as answer:
            assert answer.status == 404


async def test_half_a_set_of_settings_stops_the_start_with_the_mend(tmp_path, slack):
    with pytest.raises(ConfigError, match="Slack cannot reach Pejling – give SLACK_APP_TOKEN"):
        async with serving(settings(tmp_path, slack, slack_signing_secret=""), demo=False):
            pass


async def test_without_settings_slack_is_off_and_says_so_once(tmp_path, slack, caplog):
    caplog.set_level("INFO")
    async with serving(settings(tmp_path, slack, slack_bot_token="", slack_signing_secret=""), demo=False):
        pass
    assert caplog.text.count("Slack is off") == 1


async def test_bolt_changes_nothing_about_our_own_log(tmp_path, slack):
    async with serving(settings(tmp_path, slack), demo=False):
        assert logging.getLogger("pejling").level == logging.NOTSET


def test_bolt_is_not_loaded_until_slack_is_on():
    code = "import bot.cli.serving, sys; sys.exit(any(name.startswith(('slack_bolt', 'slack_sdk')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.full
async def test_the_process_is_killed_after_receiving_and_the_next_one_answers(tmp_path, slack):
    """kill -9, for real: what was acknowledged is kept, and what was queued is sent by the next process, once."""
    port, arrives = free_port(), asyncio.Event()
    given = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": slack.url, "PEJLING_PORT": str(port), "PEJLING_DEMO": "no"}
    given |= {"DATABASE_URL": f"sqlite:///{tmp_path}/pejling.db", "PEJLING_KEYS": Fernet.generate_key().decode()}
    slack.said = lambda *_: arrives.set()
    hold = asyncio.Event()
    call = slack._answer

    def held(method, token, values):
        if method == "chat.postMessage" and not hold.is_set():
            raise ConnectionResetError  # the platform is away while the first process lives
        return call(method, token, values)

    slack._answer = held
    body = json.dumps(event_body(message("U0ANA00000", "D0ANA00000", "hej"), id="Ev0KILL")).encode()
    async with aiohttp.ClientSession() as session:
        first = await started(given, tmp_path, port, session)
        assert await posted(session, port, body) == 200
        os.kill(first.pid, signal.SIGKILL)
        await asyncio.to_thread(first.wait)
        hold.set()
        second = await started(given, tmp_path, port, session)
        try:
            assert await posted(session, port, body) == 200  # Slack had no answer, and sends it again
            async with asyncio.timeout(150):
                await arrives.wait()
        finally:
            second.terminate()  # it finishes what it has in hand
            await asyncio.to_thread(second.wait)
        assert len(slack.messages["D0ANA00000"]) == 1


async def started(given: dict[str, str], folder: Path, port: int, session: aiohttp.ClientSession) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "PEJLING_"))}
    process = subprocess.Popen([sys.executable, "-m", "bot", "run", "--no-demo"], cwd=ROOT, env={**environment, **given}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    async with asyncio.timeout(30):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                    if answer.status == 200:
                        return process
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


async def posted(session: aiohttp.ClientSession, port: int, body: bytes) -> int:
    headers = {**signed(body, int(time.time())), "Content-Type": "application/json"}
    async with session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as answer:
        return answer.status
