"""The plays of the web and of every other channel, performed in Teams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal import read_script
from tests.channels.teams.stage import TeamsPerformer, TeamsStage

PLAYS = sorted((Path(__file__).parents[2] / "plays").glob("*.play"))


def spoken(path: Path) -> Any:
    """In English; the same plays in Danish too with the full set (in Slack it is the other way round)."""
    return pytest.param(path, id=path.stem, marks=[pytest.mark.full] if path.stem.endswith("_da") else [])


@pytest.mark.parametrize("path", [spoken(path) for path in PLAYS])
async def test_a_play_is_performed_in_teams(path: Path, stage: TeamsStage):
    await TeamsPerformer(stage).perform(read_script(path.read_text(encoding="utf-8")))
