"""The same plays as everywhere, performed in Slack: each line is a signed request, each answer what Slack was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.channels.slack.stage import play_in_slack

PLAYS = sorted((Path(__file__).parents[2] / "plays").glob("*.play"))


def spoken(path: Path) -> Any:
    """In Danish; the same plays in English too with the full set (in Teams it is the other way round)."""
    return pytest.param(path, id=path.stem, marks=[pytest.mark.full] if path.stem.endswith("_en") else [])


@pytest.mark.parametrize("path", [spoken(path) for path in PLAYS])
async def test_it_goes_as_written_in_slack(path: Path, slack_stage):
    await play_in_slack(path.read_text(encoding="utf-8"), slack_stage)
    assert slack_stage.slack.broken == []
