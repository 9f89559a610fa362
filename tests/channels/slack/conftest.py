"""What the tests of Slack stand on: the stand-in for Slack, and a stage whose lines go through it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.dialogs.house import House
from bot.library import Library
from tests.channels.slack.stage import SlackStage
from tests.conftest import KEY


@pytest.fixture
async def slack_stage(sqlite_url: str, library: Library, house: House) -> AsyncIterator[SlackStage]:
    """On a database with its tables, and with the words read once: that is most of what a test would wait for."""
    stage = await SlackStage(sqlite_url, library, key=KEY, house=house).open()
    yield stage
    await stage.close()
