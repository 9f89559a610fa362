"""Killed between any two steps – of handling an event, committing it, answering, sending, marking – and started again:
nothing is lost, and nothing doubled except where the platform cannot tell whether a message arrived.
"""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from bot.services.outbox import SETTLE
from tests.application import NOW, Application
from tests.conftest import KEY
from tests.crashing import ANSWERED, SAID, SCENES, STEPS, Platform, ending, live, opened, settled, thanks
from tests.furniture import FORKED

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(FORKED)


@pytest.fixture
async def before(sqlite_url, tmp_path):
    """A folder with a run on its last page, and a rhythm."""
    await settled(tmp_path, KEY)
    return tmp_path


def killed_at(before: Path, folder: Path, scene: str, step: int) -> int:
    """Play the scene in a copy of the folder until that step; the exit code."""
    shutil.copytree(before, folder)
    process = processes.Process(target=live, args=(folder, KEY, scene, step))
    process.start()
    process.join()
    return process.exitcode


def number_of_steps(before: Path, folder: Path, scene: str) -> int:
    assert killed_at(before, folder, scene, 0) == 0
    return int((folder / STEPS).read_text())


async def after_a_restart(folder: Path, scene: str, *, can_tell: bool) -> Application:
    """Started again: the platform sends what was not answered once more, and everything that waits has its time."""
    app = opened(folder, KEY, can_tell=can_tell, at=NOW + timedelta(days=2) if scene == "a_prompt" else NOW)
    await app.parts.delivery.recover()
    if scene == "a_prompt":
        await app.tick()
    elif not (folder / ANSWERED).exists():
        await app.handle(ending(folder) if scene == "last_page" else thanks(app))
    await app.parts.delivery.drain()
    app.clock.pass_(SETTLE)
    await app.parts.delivery.drain()
    return app


def said_in(folder: Path) -> list[str]:
    return [one["key"] for one in Platform(folder, lambda: None, True).said()]


@pytest.mark.parametrize("scene", SCENES)
async def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(before, tmp_path_factory, scene):
    steps = number_of_steps(before, tmp_path_factory.mktemp("whole") / "x", scene)
    assert steps > 15
    for step in range(1, steps + 1):
        folder = tmp_path_factory.mktemp("killed") / "x"
        assert killed_at(before, folder, scene, step) == -signal.SIGKILL
        app = await after_a_restart(folder, scene, can_tell=True)
        assert len(said_in(folder)) == 1, f"{scene}, killed at step {step} of {steps}: {said_in(folder)}"
        assert kept(app) == KEPT[scene], f"{scene}, killed at step {step} of {steps}"
        assert app.count("outbox", state="sent") == app.count("outbox")
        app.store.close_now()
        shutil.rmtree(folder)


KEPT = {
    "last_page": {"entry": 1, "action": 1, "finished": 1, "followup": 1, "prompt": 0},
    "a_line": {"entry": 0, "action": 0, "finished": 0, "followup": 0, "prompt": 0},
    "a_prompt": {"entry": 0, "action": 0, "finished": 0, "followup": 0, "prompt": 1},
}


def kept(app: Application) -> dict[str, int]:
    return {
        "entry": app.count("entry"),
        "action": app.count("action"),
        "finished": app.count("dialog_run", status="finished"),
        "followup": app.count("occurrence", kind="followup"),
        "prompt": app.count("occurrence", kind="prompt"),
    }


@pytest.mark.parametrize("scene", ["a_line", *(pytest.param(scene, marks=pytest.mark.full) for scene in ("a_prompt", "last_page"))])
async def test_where_the_platform_cannot_tell_it_is_rather_said_twice(before, tmp_path_factory, scene):
    """Replies and prompts are rather seen twice than never, and a card is edited again: twice is once. Only a kill between the
    first byte and the mark leaves it open, and what is kept is kept once all the same."""
    steps = number_of_steps(before, tmp_path_factory.mktemp("whole") / "x", scene)
    counts = set()
    for step in range(1, steps + 1):
        folder = tmp_path_factory.mktemp("killed") / "x"
        killed_at(before, folder, scene, step)
        app = await after_a_restart(folder, scene, can_tell=False)
        counts.add(len(said_in(folder)))
        assert kept(app) == KEPT[scene], f"{scene}, killed at step {step} of {steps}"
        app.store.close_now()
        shutil.rmtree(folder)
    assert counts == {1, 2}
