"""Five people in five browsers play a dilemma in a room: from the proposal to an agreed action, with a restart in the middle."""

from __future__ import annotations

import re

from tests.browser.conftest import become
from tests.browser.test_accessibility import look_at

ROOM = "Ledergruppen Nord"
SECRET = "Fordi beboeren selv har bedt om ro"


class Player:
    """One browser in the room."""

    def __init__(self, page, english: bool = False):
        self.page, self.english = page, english

    def press(self, danish: str, english: str = "") -> None:
        """A button of the shared post."""
        self.page.locator("#stream").get_by_role("button", name=english if self.english else danish, exact=True).click()

    @property
    def form(self):
        return self.page.locator("dialog[open]")

    def send(self, danish: str, english: str = "") -> None:
        self.form.get_by_role("button", name=english if self.english else danish, exact=True).click()

    def close(self) -> None:
        self.form.get_by_role("link", name="Close" if self.english else "Luk").click()
        self.form.wait_for(state="detached")

    def sees(self, danish: str, english: str = "") -> None:
        self.page.locator("#stream").get_by_text(english if self.english else danish).first.wait_for()

    def reads(self) -> str:
        """What the shared post says, but for the minutes that count down."""
        shown = self.page.locator("#stream").inner_text()
        return re.sub(r"(Until|Til kl\.) .*", "", shown)

    def lead(self, danish: str) -> None:
        """Go on, and read what one may say now."""
        self.press(danish)
        self.form.get_by_text("Det kan du sige nu").wait_for()
        self.close()

    def choose(self, way: int, why: str = "", label: tuple[str, str] = ("Vælg i fred", "Choose in private")) -> None:
        self.press(*label)
        self.form.locator("fieldset").first.locator("input").nth(way).check()
        if why:
            self.form.locator("textarea, input[type=text]").first.fill(why)
        self.send("Gem mit valg", "Save my choice")
        self.form.get_by_text("Your choice is saved" if self.english else "Dit valg er gemt").wait_for()
        self.close()


def open_room(page, name: str = ROOM) -> str:
    """Make a room; the link to it."""
    page.goto("/rooms")
    page.get_by_label("Hvad skal rummet hedde?").fill(name)
    page.get_by_role("button", name="Lav rummet").click()
    page.wait_for_url("**/room/*")
    return page.locator("#room-link").input_value()


def come_in(page, link: str, name: str, english: bool = False) -> Player:
    page.goto(link)
    page.get_by_label("Your name here" if english else "Dit navn her").fill(name)
    page.get_by_role("button", name="Come in" if english else "Kom ind").click()
    page.wait_for_url(re.compile(r"/room/[0-9a-f]{40}"))
    return Player(page, english)


def test_five_people_play_a_dilemma(server, open_browser):
    leads = open_browser(server, width=360)
    become(leads, "Eva Demo")
    link = open_room(leads)
    eva = Player(leads)
    grace = Player(open_browser(server, language="en-GB"), english=True)
    become(grace.page, "Grace Demo")
    grace.page.goto(link)
    grace.page.get_by_role("button", name="Come in").click()
    grace.page.wait_for_url(re.compile(r"/room/[0-9a-f]{40}"))
    guests = [come_in(open_browser(server, width=390), link, name) for name in ("Gry", "Hans")]
    guests.append(come_in(open_browser(server, width=360, language="en-GB", scheme="dark"), link, "Iris", english=True))
    everybody = [eva, grace, *guests]

    eva.press("Et dilemma")
    eva.form.locator("fieldset").nth(1).locator("input").first.check()
    eva.send("Begynd")
    eva.form.get_by_text("Det kan du sige nu").wait_for()
    eva.close()
    for player in everybody:
        player.sees("Læs det højt", "Read it aloud")
    look_at(leads)
    assert leads.get_by_role("button", name="Read in English").count() == 0
    eva.lead("Videre til valget")

    server.stop()
    server.start()
    for number, player in enumerate(everybody):
        player.sees("Vælg hver for sig", "Choose each by yourself")
        player.choose(0 if number < 3 else 1, SECRET if number == 0 else "")
    before = grace.reads()
    guests[0].choose(1)  # somebody changes their mind; nobody can see it
    assert grace.reads() == before and SECRET not in before
    look_at(guests[2].page)

    eva.lead("Vis, hvordan vi valgte")
    for player in everybody:
        player.sees("Sådan valgte I", "This is how you chose")
    assert guests[2].page.locator(".spread li").count() == 4
    look_at(guests[2].page)
    assert not any(SECRET in player.page.locator("#stream").inner_text() for player in everybody)

    eva.lead("Videre til samtalen")
    while eva.page.locator("#stream").get_by_role("button", name="Videre", exact=True).count():
        eva.lead("Videre")
    for number, player in enumerate(everybody):
        player.sees("Vælg igen, hver for sig", "Choose again, each by yourself")
        player.choose(number % 2, label=("Vælg igen", "Choose again"))
    eva.lead("Vis, hvad der flyttede sig")
    eva.sees("Hvad fik dig til at se anderledes på det")
    while not eva.page.locator("#stream").get_by_text("Hvad tager I med jer?").count():
        eva.lead("Videre")

    eva.press("Skriv en aftale")
    eva.form.locator("textarea, input[type=text]").first.fill("Ringe til pårørende inden fredag")
    eva.form.get_by_label("Eva").check()
    eva.send("Gem aftalen")
    eva.form.get_by_text("Gemt", exact=True).wait_for()
    eva.close()
    eva.press("Slut spillet")
    for player in everybody:
        player.sees("Tak for i dag", "Thank you")
    leads.goto("/actions")
    leads.get_by_text("Ringe til pårørende inden fredag").wait_for()
    assert SECRET not in server.log and "Iris" not in server.log
