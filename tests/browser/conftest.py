"""A real Pejling, started by its own command, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tests.running import free_port

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STARTS_WITHIN = 30  # seconds

if CHROMIUM is None:
    NO_CHROMIUM = "no Chromium is installed, so the pages are not looked at in a browser (Debian: apt install chromium)"
else:
    NO_CHROMIUM = ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if NO_CHROMIUM and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


class Server:
    """`pejling run` in a folder of its own; it can be stopped and started again on the same database."""

    def __init__(self, folder: Path):
        self.folder, self.port, self.process = folder, free_port(), None
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PEJLING_PORT": str(self.port)}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "bot", "run"]
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=log)
            late = Timer(STARTS_WITHIN, self.process.kill)
            late.start()
            while not (line := self.process.stdout.readline()).startswith(b"Pejling: "):  # it says where it is
                if not line:
                    pytest.fail(f"Pejling did not start within {STARTS_WITHIN} s:\n{self.log}")
            late.cancel()

    def stop(self) -> None:
        assert self.process
        self.process.terminate()
        self.process.communicate(timeout=20)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory) -> Iterator[Server]:
    """A server for tests that change nothing that another would miss."""
    with serving(tmp_path_factory.mktemp("looked_at")) as server:
        yield server


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    """A server of a test's own."""
    with serving(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One for each module, not longer: for as long as it lives an event loop runs in this thread, and other tests want their own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium) -> Iterator[Callable[..., Any]]:
    """Opens a page in a browser of its own. Whatever it complains about fails the test in the end."""
    contexts, complaints = [], []

    def opened(server: Server, *, width: int = 1100, scheme: str = "light", language: str = "da-DK") -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language, base_url=server.address
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" and not _is_meant(said.text) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_meant(complaint: str) -> bool:
    """What tests bring about themselves: a page that is not there, a network that is not, a server that restarts."""
    return any(one in complaint for one in ("404", "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "ERR_INCOMPLETE"))


def become(page: Any, name: str) -> None:
    """Choose one of the demo's people."""
    page.goto("/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/chat")
