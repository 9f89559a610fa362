"""A resident conference in a room: one leads it by the clock, the other follows on a telephone and writes what was agreed."""

from __future__ import annotations

from tests.browser.conftest import become
from tests.browser.test_accessibility import look_at
from tests.browser.test_rooms import Player, come_in, open_room


def test_a_conference_is_led_by_the_clock(server, open_browser):
    leads = open_browser(server, width=390)
    become(leads, "Eva Demo")
    link = open_room(leads)
    eva = Player(leads)
    iris = come_in(open_browser(server, width=360, language="en-GB", scheme="dark"), link, "Iris", english=True)

    eva.press("Forbered og led en beboerkonference")
    eva.send("Begynd mødet")
    eva.form.get_by_text("Trin 0 af 4").wait_for()
    eva.send("5 min. mere")
    eva.form.get_by_text("10 min. tilbage").wait_for()
    look_at(leads)
    iris.sees("", "▸ 0. Follow-up")
    iris.page.locator("#stream").get_by_text("minutes left").wait_for()
    eva.send("Slut mødet")
    eva.form.get_by_text("Konferencen er slut").wait_for()

    iris.sees("", "The conference is over")
    iris.press("", "Write an agreement")
    iris.form.locator("textarea, input[type=text]").first.fill("We meet at the door")
    iris.form.get_by_label("Eva").check()
    iris.send("", "Save the agreement")
    iris.form.get_by_text("Saved", exact=True).wait_for()
    look_at(iris.page)
    iris.close()
    eva.send("Afslut")
    iris.sees("", "The resident conference is closed")
    leads.goto("/actions")
    leads.get_by_text("We meet at the door").wait_for()
    assert "Iris" not in server.log and "at the door" not in server.log
