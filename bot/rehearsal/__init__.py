"""Plays: scripts performed against the real application, with a database and a clock of their own.

    cast ana: da, lm, in Ledergruppen, led by bent
    cast bent: da, ll
    -- it is 2026-03-02 08:00
    ana begins F01
    page to ana: Tidlige tegn i teamet (1 af 5) Tag et par minutter…
    ana: Hvilken gruppe… = Mit team
    ana: [Videre]
    bot to ana: Tidlige tegn i teamet: Du er i gang… [Fortsæt] [Slet kladden]
    ana: tak
    bot to ana: Selv tak.
    -- 7 days later
    -- to the next thing that happens
    -- the bot restarts
    -- that arrives twice

Everything the bot says has to stand in the script, in that order; so has silence. `…` stands for anything.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.rehearsal.script import Difference, read_script
from bot.rehearsal.stage import Stage

__all__ = ["Difference", "Stage", "perform", "play", "read_script"]


async def play(text: str, stage: Stage) -> None:
    """Perform a script on a stage. Raises Difference at the first line that differs."""
    await stage.perform(read_script(text))


def perform(path: Path, url: str = "") -> str | None:
    """Perform one file; the first line that differs, or None. `url`: a database to use instead of a temporary one."""
    return asyncio.run(_perform(path.read_text(encoding="utf-8"), url))


async def _perform(text: str, url: str) -> str | None:
    with tempfile.TemporaryDirectory(prefix="pejling-play-") as folder:
        stage = Stage(url or f"sqlite:///{folder}/play.db")
        try:
            await play(text, stage)
        except Difference as difference:
            return str(difference)
        finally:
            await stage.close()
    return None
