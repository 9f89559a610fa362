"""The whole main job in a browser: arrive, be prompted, answer, be looked after, agree, find it again, be asked.

One person, one month, one restart in the middle.
"""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import become

WORDS = "At morgenmødet begynder til tiden"
AGREED = "Jeg ringer rundt om søndagen"


@pytest.fixture
def page(looked_at, open_browser):
    page = open_browser(looked_at)
    become(page, "Eva Demo")
    return page


def dialog(page):
    return page.locator("dialog[open]")


def press(page, label: str) -> None:
    dialog(page).get_by_role("button", name=label, exact=True).click()


def title(page) -> str:
    heading = dialog(page).locator("#form-title")
    heading.wait_for()
    return heading.inner_text()


def arrive(page) -> None:
    page.get_by_role("button", name="Læs og begynd").click()
    assert title(page) == "Før du begynder"
    dialog(page).get_by_label("Torsdag").check()
    dialog(page).get_by_label("Hvornår på dagen?").fill("08:15")
    press(page, "Jeg har læst det og vil gerne begynde")
    dialog(page).get_by_text("Du hører fra mig").wait_for()
    dialog(page).get_by_role("link", name="Luk").click()


def begin(page, flow: str) -> None:
    page.locator(".starts").get_by_role("button", name=flow).click()
    dialog(page).wait_for()


def answer_rest(page) -> None:
    """Answer whatever is asked, page by page, until the agreement."""
    while title(page) != "Din aftale":
        here = dialog(page).locator("[name=page]").input_value()
        for fields in dialog(page).locator("fieldset").all():
            fields.locator("input").first.check()
        press(page, "Videre")
        page.locator(f"dialog [name=page]:not([value='{here}'])").wait_for(state="attached")


def test_the_main_job(server, open_browser):
    # 1 · arrive
    page = open_browser(server)
    become(page, "Finn Demo")
    arrive(page)
    page.locator(".quiet-now, #stream article").first.wait_for()

    # 2 · be prompted, without reloading; put it off, and be asked again
    page.get_by_role("button", name="Til det næste").click()
    prompt = page.locator("#stream article").filter(has=page.get_by_role("button", name="Senere"))
    prompt.wait_for()
    page.get_by_text(re.compile(r"tors\. .* kl\. 08\.15")).wait_for()
    prompt.get_by_role("button", name="Senere").click()
    page.get_by_role("button", name="I morgen", exact=True).click()
    page.get_by_text("Jeg kommer igen").wait_for()
    page.get_by_role("button", name="Til det næste").click()
    prompt.wait_for()

    # 3 and 4 · answer, be looked after
    begin(page, "Det, der står i vejen")
    dialog(page).locator("#f-s1").fill(WORDS)
    dialog(page).get_by_label("Tid og bemanding").check()
    text = dialog(page).locator("textarea").first
    text.fill("En kollega slog en borger i går")
    press(page, "Videre")
    dialog(page).get_by_role("link", name="Ring 112").wait_for()
    assert dialog(page).get_by_role("link", name="Ring 112").get_attribute("href") == "tel:112"
    press(page, "Fortsæt")
    page.locator("dialog form.care").wait_for(state="detached")

    # 3 · it is there again after a restart, days later
    if title(page) != "Din aftale" and dialog(page).get_by_role("button", name="Gem og fortsæt senere").count():
        press(page, "Gem og fortsæt senere")
        dialog(page).get_by_text("Kladden ligger her").wait_for()
    page.keyboard.press("Escape")
    server.stop()
    server.start()
    page.get_by_role("button", name="+ 1 dag").wait_for()
    page.reload()
    halfway = page.locator("#stream article", has_text="Det, der står i vejen")
    halfway.get_by_role("button", name="Fortsæt").click()
    dialog(page).wait_for()
    while dialog(page).get_by_role("button", name="Tilbage", exact=True).count():
        here = dialog(page).locator("[name=page]").input_value()
        press(page, "Tilbage")
        page.locator(f"dialog [name=page]:not([value='{here}'])").wait_for(state="attached")
    assert dialog(page).locator("#f-s1").input_value() == WORDS

    # 5 · agree
    answer_rest(page)
    own = dialog(page).locator("input[type=text]").last
    own.fill(AGREED)
    press(page, "Videre")
    dialog(page).get_by_text("Hvornår er det gjort?").first.wait_for()
    dialog(page).locator(".either input[type=text]").fill("om to uger")
    dialog(page).get_by_label("Om en uge").check()
    press(page, "Videre")
    dialog(page).get_by_text(re.compile("Du aftaler")).wait_for()
    assert AGREED in dialog(page).inner_text() and re.search(r"Senest: \w+dag den \d+\. \w+ \d{4}", dialog(page).inner_text())
    press(page, "Gem i min logbog")
    dialog(page).get_by_text("Gemt i din logbog").first.wait_for()
    dialog(page).get_by_role("link", name="Luk").click()
    page.locator("#stream").get_by_text("Gemt i din logbog").first.wait_for()
    assert WORDS not in page.locator("#stream").inner_text()

    # 6 · find it again
    page.goto("/logbook")
    page.get_by_label("Søg i dine egne ord").fill("MORGENMØDET")
    page.get_by_role("button", name="Søg").click()
    page.get_by_role("link", name="Det, der står i vejen").click()
    assert WORDS in page.locator("main").inner_text()
    page.goto("/actions")
    assert AGREED in page.locator("main").inner_text()

    # 7 · be asked what became of it
    page.goto("/chat")
    page.get_by_role("button", name="+ 1 uge").click()
    asked = page.locator("#stream article", has_text="Hvad blev der af det?")
    asked.wait_for()
    assert AGREED not in asked.inner_text()
    asked.get_by_role("button", name="Vis").click()
    dialog(page).get_by_text(AGREED).first.wait_for()
    assert "Traceback" not in server.log and "ERROR" not in server.log


def test_two_windows_of_one_person_show_the_same(page):
    other = page.context.new_page()
    other.goto("/chat")
    begin(page, "Får jeg dem med?")
    press(page, "Gem og fortsæt senere")
    other.locator("#stream article", has_text="Får jeg dem med?").wait_for()


def test_leaving_a_page_with_something_on_it_saves_it_for_later(page):
    begin(page, "Én forventning til mig")
    page.keyboard.press("Escape")
    dialog(page).wait_for(state="detached")
    begin(page, "Det, der står i vejen")
    dialog(page).locator("#f-s1").fill(WORDS)
    page.keyboard.press("Escape")
    dialog(page).get_by_text("Kladden ligger her").wait_for()
    page.keyboard.press("Escape")
    page.locator("#stream article", has_text="Det, der står i vejen").get_by_role("button", name="Fortsæt").click()
    assert dialog(page).locator("#f-s1").input_value() == WORDS


def test_none_of_it_stands_alone_and_the_most_is_respected(page):
    begin(page, "Tidlige tegn i teamet")
    heard = dialog(page).locator("fieldset", has_text="Hvad har du hørt i sproget")
    heard.get_by_label("Mørkere humor").check()
    heard.get_by_label("Ikke noget særligt").check()
    assert not heard.get_by_label("Mørkere humor").is_checked()
    heard.get_by_label("Mørkere humor").check()
    assert not heard.get_by_label("Ikke noget særligt").is_checked()
    page.keyboard.press("Escape")
    dialog(page).get_by_text("Kladden ligger her").wait_for()
    page.keyboard.press("Escape")
    dialog(page).wait_for(state="detached")
    begin(page, "Det, der står i vejen")
    stands = dialog(page).locator("fieldset", has_text="Hvad står i vejen?")
    for label in ("Tid og bemanding", "Uklar retning", "Mig selv"):
        stands.get_by_label(label).check()
    assert stands.get_by_label("Systemer og regler").is_disabled()
    assert "Valgt: 3" in stands.inner_text()


def test_what_could_not_be_sent_is_still_there(page):
    begin(page, "Det, der står i vejen")
    text = dialog(page).locator("#f-s1")
    text.fill(WORDS)
    page.context.set_offline(True)
    press(page, "Videre")
    dialog(page).get_by_text("Det gik ikke igennem").wait_for()
    assert text.input_value() == WORDS
    page.context.set_offline(False)
    press(page, "Videre")
    dialog(page).get_by_text("Det gik ikke igennem").wait_for(state="detached")


def test_a_card_about_help_gives_way_when_one_goes_on(page):
    page.locator("#line").fill("jeg orker ikke at leve længere")
    page.get_by_role("button", name="Send").click()
    page.locator(".card.care").wait_for()
    page.get_by_role("button", name="Jeg har læst det").click()
    page.locator(".card.care").wait_for(state="detached")
    assert "leve længere" not in page.locator("#stream").inner_text()


def test_a_line_is_nowhere_in_the_log_or_on_the_page_afterwards(looked_at, page):
    page.locator("#line").fill(WORDS)
    page.get_by_role("button", name="Send").click()
    page.locator("#stream article").last.wait_for()
    page.goto("/logbook")
    page.goto("/chat")
    assert WORDS not in page.content()
    assert WORDS not in looked_at.log


def test_what_is_taken_back_does_not_stay_on_the_others_screen(server, open_browser):
    eva, carla = open_browser(server), open_browser(server)
    become(carla, "Carla Demo")
    carla.clock.install()
    carla.goto("/shared")
    carla.get_by_role("link", name="En aftale fra Eva Demo").click()
    carla.get_by_text("Skriv en halv side om tavlen").wait_for()
    carla.clock.run_for(31_000)
    assert carla.get_by_text("Skriv en halv side om tavlen").is_visible()
    become(eva, "Eva Demo")
    eva.goto("/actions")
    eva.get_by_role("button", name="Træk delingen tilbage").click()
    eva.get_by_text("Træk delingen tilbage").wait_for(state="detached")
    carla.clock.run_for(31_000)
    carla.wait_for_url("**/shared")
    assert not carla.get_by_text("Skriv en halv side om tavlen").count()
    carla.go_back()
    assert not carla.get_by_text("Skriv en halv side om tavlen").count()
