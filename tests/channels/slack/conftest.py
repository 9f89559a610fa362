"""What the tests of Slack stand on: the stand-in for Slack, and a stage whose lines go through it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.library import load
from tests.channels.slack.stage import SlackStage

LIBRARY = load()


@pytest.fixture
async def slack_stage(tmp_path) -> AsyncIterator[SlackStage]:
    stage = await SlackStage(f"sqlite:///{tmp_path}/play.db", LIBRARY).open()
    yield stage
    await stage.close()
