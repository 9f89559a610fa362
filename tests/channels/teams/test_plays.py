"""The plays of the web and of every other channel, performed in Teams."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rehearsal import read_script
from tests.channels.teams.stage import TeamsPerformer, TeamsStage

PLAYS = sorted((Path(__file__).parents[2] / "plays").glob("*.play"))


@pytest.mark.parametrize("path", PLAYS, ids=lambda path: path.stem)
async def test_a_play_is_performed_in_teams(path: Path, stage: TeamsStage):
    await TeamsPerformer(stage).perform(read_script(path.read_text(encoding="utf-8")))
