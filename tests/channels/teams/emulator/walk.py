"""Pejling in Microsoft's own client emulator, from the welcome to the question about what became of it, with a picture of each.

Started by hand (`make teams-emulator`), since the emulator is no part of the tests. It has no dialogs: pages are answered on the
web, by the personal link that Pejling gives a client without. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.running import ROOT, free_port

HERE = Path(__file__).parent
EMULATOR = HERE / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
PATIENCE = 20_000  # milliseconds
WORDS = {
    "da": {
        "language": "Danish (Dansk)",
        "read": "I have read this and want to begin",
        "help": "hjælp",
        "helped": "Det kan du skrive til mig",
        "next": "Videre",
        "save": "Gem i min logbog",
        "saved": "Gemt i din logbog",
        "open": "Åbn i browseren",
        "enter": "Gå ind",
        "begin": "Begynd",
        "agreed": "Jeg ringer rundt om søndagen",
        "soon": "Om en uge",
        "travel": "Til det næste",
        "week": "+ 1 uge",
        "asked": "Hvad blev der af det?",
        "show": "Vis",
        "later": "Senere",
        "tomorrow": "I morgen",
        "until_then": "Jeg kommer igen",
    },
    "en": {
        "language": "English",
        "read": "I have read this and want to begin",
        "help": "help",
        "helped": "What you can write to me",
        "next": "Next",
        "save": "Save in my log",
        "saved": "Saved in your log",
        "open": "Open in the browser",
        "enter": "Go in",
        "begin": "Begin",
        "agreed": "I call round on Sunday",
        "soon": "In a week",
        "travel": "To what comes next",
        "week": "+ 1 week",
        "asked": "What became of it?",
        "show": "Show",
        "later": "Later",
        "tomorrow": "Tomorrow",
        "until_then": "I will come back",
    },
}


@dataclass
class Walk:
    """One person's way. `teams` is the emulator's page, `said` the buttons' words in the person's language."""

    teams: Any
    said: dict[str, str]
    pictures: Path
    number: int = 0

    def picture(self, name: str, page: Any = None) -> None:
        self.number += 1
        path = self.pictures / f"{self.number:02}-{name}.png"
        (page or self.teams).screenshot(path=path, full_page=page is not None)
        print(path)

    def sees(self, text: str, role: Any = "") -> None:
        found = (self.teams.get_by_role(role, name=text, exact=True) if role else self.teams.get_by_text(text)).last
        found.wait_for(timeout=PATIENCE)
        found.scroll_into_view_if_needed()

    def presses(self, label: str) -> None:
        self.teams.get_by_role("button", name=label, exact=True).last.click()

    def writes(self, text: str) -> None:
        self.teams.get_by_role("textbox").last.click()
        self.teams.keyboard.type(text)
        self.teams.keyboard.press("Enter")

    def opens(self, link: str, enter: str) -> Any:
        """The page on the web to which the newest personal link leads."""
        self.sees(link)
        with self.teams.context.expect_page() as opened:
            self.teams.get_by_role("link", name=link, exact=True).last.click()
        opened.value.get_by_role("button", name=enter, exact=True).click()
        return opened.value

    # ---- the way ---------------------------------------------------------------------------------------------

    def arrives(self) -> Any:
        self.teams.get_by_title("Hide log panel").click()
        self.sees("Read and begin")
        self.picture("welcome")
        self.presses("Read and begin")
        web = self.opens("Open in the browser", "Go in")
        web.get_by_label(self.said["language"]).check()
        self.picture("notice", web)
        web.get_by_role("button", name=self.said["read"]).click()
        web.wait_for_load_state()
        self.writes(self.said["help"])
        self.sees(self.said["helped"])
        self.picture("help")
        return web

    def travels(self, web: Any, how: str = "travel") -> None:
        web.goto("/chat")
        web.get_by_role("button", name=self.said[how]).click()

    def puts_off(self, web: Any) -> None:
        """A press that is answered by another card in the same place."""
        self.travels(web)
        self.sees(self.said["later"], "button")
        self.picture("prompt")
        self.presses(self.said["later"])
        self.sees(self.said["tomorrow"], "button")
        self.picture("later")
        self.presses(self.said["tomorrow"])
        self.sees(self.said["until_then"])
        self.picture("put-off")

    def reflects(self, web: Any) -> None:
        before = self.teams.get_by_role("button", name=self.said["later"], exact=True).count()
        self.travels(web)
        self.teams.get_by_role("button", name=self.said["later"], exact=True).nth(before).wait_for(timeout=PATIENCE)
        self.sees(self.said["begin"], "button")
        self.presses(self.said["begin"])
        page = self.opens(self.said["open"], self.said["enter"])
        self.picture("page", page)
        while page.get_by_role("button", name=self.said["save"]).count() == 0:
            _send(page, self.said)
        self.picture("agreement", page)
        page.get_by_role("button", name=self.said["save"]).click()
        page.get_by_text(self.said["saved"]).first.wait_for()
        page.close()
        self.sees(self.said["saved"])
        self.picture("saved")

    def is_asked(self, web: Any) -> None:
        self.travels(web, "week")
        self.sees(self.said["asked"])
        self.picture("nudge")
        self.presses(self.said["show"])
        self.picture("what-was-agreed", self.opens(self.said["open"], self.said["enter"]))


def _send(page: Any, said: dict[str, str]) -> None:
    """Answer the page that is shown, and wait for the next: it opens over the first."""
    form = page.locator("dialog[open] form, #main form:has([name=page])").last
    here = form.locator("[name=page]").input_value()
    for group in form.locator("fieldset").all():
        soon = group.get_by_label(said["soon"])
        (soon if soon.count() else group.locator("input").first).check()
    for text in form.locator("textarea").all():
        text.fill(said["agreed"])
    form.get_by_role("button", name=said["next"], exact=True).click()
    page.locator(f"dialog[open] [name=page]:not([value='{here}'])").wait_for(state="attached")


# ---- what it takes ---------------------------------------------------------------------------------------


@contextmanager
def _process(command: list[str], ready: str, **more: Any) -> Iterator[None]:
    """Started; it is ready when it says so."""
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    assert running.stdout
    try:
        if not any(ready in line for line in running.stdout):
            sys.exit(f"{command[:4]} did not start")
        yield
    finally:
        running.terminate()
        running.wait(20)


def walk(language: str, scheme: str, width: int, pictures: Path) -> None:
    from playwright.sync_api import sync_playwright

    port, emulator = free_port(), free_port()
    with TemporaryDirectory() as folder:
        own = {"DATABASE_URL": f"sqlite:///{folder}/pejling.db", "PEJLING_KEY_FILE": f"{folder}/pejling.key"}
        own |= {"PEJLING_TEAMS_LOCAL": "yes", "PEJLING_PORT": str(port), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
        endpoint = f"http://127.0.0.1:{port}/api/messages"
        client = ["node", str(EMULATOR), "start", "-e", endpoint, "-c", "msteams", "--dt", "-p", str(emulator)]
        environment = os.environ | {"TEAMSAPPTESTER_BROWSER": "none"}
        with (
            _process([sys.executable, "-m", "bot", "run"], "Pejling: http", cwd=folder, env=own),
            _process(client, "Listening", cwd=folder, env=environment),
            sync_playwright() as playwright,
        ):
            chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=f"http://127.0.0.1:{port}"
            )
            teams = context.new_page()
            teams.goto(f"http://127.0.0.1:{emulator}/")
            one = Walk(teams, WORDS[language], pictures)
            web = one.arrives()
            one.puts_off(web)
            one.reflects(web)
            one.is_asked(web)
            chromium.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=WORDS, default="da")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light", help="of the pages; the emulator is always light")
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--pictures", type=Path, default=Path("var/teams-emulator"))
    given = parser.parse_args()
    given.pictures.mkdir(parents=True, exist_ok=True)
    walk(given.language, given.scheme, given.width, given.pictures.absolute())


if __name__ == "__main__":
    main()
