"""Every page, looked at by axe-core, at the size of a telephone and of a desk, in light and dark."""

from __future__ import annotations

import pytest

from tests.browser.conftest import become

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OPEN = ["/", "/who", "/help", "/privacy", "/beacons", "/gone", "/nothing", f"/in/{'A' * 43}"]
OWN = ["/chat", "/logbook", "/actions", "/shared", "/rooms", "/me", "/help", "/beacons", "/nothing"]
LOOKS = [pytest.param(360, "light", id="telephone"), pytest.param(360, "dark", id="telephone-dark", marks=pytest.mark.full), pytest.param(1100, "light", id="desk", marks=pytest.mark.full)]


def findings(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def look_at(page) -> None:
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")  # what fades in is pale
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    assert page.locator("h1").count() == 1
    small = page.evaluate(
        """[...document.querySelectorAll('button, .button, summary.button, nav a, .choice')]
           .filter(e => e.checkVisibility() && !e.closest('.unseen') && !e.classList.contains('unseen'))
           .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == [], "too small for a thumb"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_that_everybody_may_read(looked_at, open_browser, width, scheme):
    page = open_browser(looked_at, width=width, scheme=scheme)
    for path in OPEN:
        page.goto(path)
        look_at(page)


WHO_LOOKS_HOW = [
    ("Eva Demo", 360, "light"),
    ("David Demo", 360, "dark"),
    pytest.param("Eva Demo", 1100, "light", marks=pytest.mark.full),
    pytest.param("Eva Demo", 360, "dark", marks=pytest.mark.full),
    pytest.param("David Demo", 360, "light", marks=pytest.mark.full),
    pytest.param("David Demo", 1100, "light", marks=pytest.mark.full),
]


@pytest.mark.parametrize(("who", "width", "scheme"), WHO_LOOKS_HOW)
def test_pages_of_ones_own(looked_at, open_browser, who, width, scheme):
    page = open_browser(looked_at, width=width, scheme=scheme)
    become(page, who)
    for path in OWN if scheme == "light" else OWN[:6]:  # in the dark, those that are drawn in ways of their own
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == ("da" if who == "Eva Demo" else "en")
        look_at(page)


COORDINATED = {
    "Ida Demo": ["", "/programmes", "/numbers", "/beacons", "/status", "/closed"],
    "Jens Demo": ["", "/people", "/import"],
}


@pytest.mark.parametrize(("who", "scheme"), [("Ida Demo", "light"), ("Jens Demo", "dark")])
def test_pages_of_who_coordinates(looked_at, open_browser, who, scheme):
    page = open_browser(looked_at, width=360, scheme=scheme)
    become(page, who)
    for path in COORDINATED[who]:
        assert page.goto(f"/coordinate{path}").status == 200
        look_at(page)


def test_an_entry_an_agreement_and_what_is_shared(looked_at, open_browser):
    page = open_browser(looked_at, width=360)
    become(page, "Eva Demo")
    page.goto("/logbook")
    page.locator(".rows a").first.click()
    page.locator("summary", has_text="Slet").click()
    look_at(page)
    page.goto("/actions")
    for summary in page.locator("details.sure > summary").all():
        summary.click()
    look_at(page)
    become(page, "Carla Demo")
    for kind in ("action", "entry"):
        page.goto("/shared")
        page.locator(f'a[href^="/shared/{kind}/"]').first.click()
        look_at(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_form_pages_over_the_chat(looked_at, open_browser, width, scheme):
    page = open_browser(looked_at, width=width, scheme=scheme)
    become(page, "Hassan Demo")
    page.locator("#stream button.primary").first.click()
    page.locator("dialog[open] #form-title").wait_for()
    look_at_dialog(page)


def look_at_dialog(page) -> None:
    assert findings(page) == []
    assert page.evaluate("document.querySelector('dialog').scrollWidth <= innerWidth")


def test_errors_and_hints_over_the_chat(looked_at, open_browser):
    page = open_browser(looked_at, width=360)
    become(page, "Eva Demo")
    page.get_by_role("button", name="Det, der står i vejen").click()
    page.locator("#f-s1").fill("x" * 301)
    page.locator("dialog").get_by_role("button", name="Videre").click()
    page.locator(".summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "summary"
    look_at_dialog(page)
    page.locator(".summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "f-s1"
    page.locator("#f-s1").fill("Jeg talte med Søren i går")
    page.locator("dialog").get_by_role("button", name="Videre").click()
    page.locator(".hint").first.wait_for()
    look_at_dialog(page)


def test_a_form_page_of_its_own(looked_at, chromium):
    context = chromium.new_context(java_script_enabled=False, base_url=looked_at.address, locale="da-DK", viewport={"width": 360, "height": 800})
    page = context.new_page()
    become(page, "Eva Demo")
    page.get_by_role("button", name="Tidlige tegn i teamet").click()
    assert page.locator("h1").inner_text() == "Tidlige tegn i teamet"
    page.get_by_role("button", name="Gem og fortsæt senere").click()
    page.get_by_role("link", name="Til samtalen").click()
    begun = page.locator("article", has_text="Tidlige tegn i teamet")
    assert begun.get_by_role("button", name="Fortsæt").count() == 1
    context.close()


def test_by_keyboard_alone(looked_at, open_browser):
    page = open_browser(looked_at)
    become(page, "Eva Demo")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    start = page.get_by_role("button", name="Får jeg dem med?")
    start.focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    assert page.evaluate("document.activeElement.id") == "form-title"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert start.evaluate("one => one === document.activeElement")


def test_less_motion_for_those_who_ask_for_it(looked_at, chromium):
    context = chromium.new_context(reduced_motion="reduce", base_url=looked_at.address, locale="da-DK")
    page = context.new_page()
    become(page, "Eva Demo")
    page.locator("#line").fill("tak")
    page.keyboard.press("Enter")
    page.get_by_text("Selv tak").wait_for()
    moving = "getComputedStyle(document.querySelector('#stream article:last-of-type')).animationName"
    assert page.evaluate(moving) == "none"
    context.close()
