"""A conference, a workshop and a round after a meeting drawn for Slack and Teams: every post and every private page, in both languages,
with sixty people and the longest that anybody may write."""

from __future__ import annotations

from functools import cache

import pytest

from bot.cards import Card, Form, spoken
from bot.channels.slack.messages import draw_message
from bot.channels.slack.modals import draw_form
from bot.channels.teams import cards, dialogs
from bot.channels.teams.conversations import texts as teams_texts
from bot.dialogs.conference.meeting import Conference
from bot.dialogs.dynamics.round import GroupDynamics
from bot.dialogs.dynamics.view import WORK
from bot.dialogs.group.turn import Note, Tell
from bot.dialogs.workshop.questions import LONGEST_ALONE, LONGEST_SHARED, Workshop
from tests.channels.slack.rules import broken_message, broken_view
from tests.channels.slack.test_drawing import HOUSE, LIBRARY, texts
from tests.channels.teams.judging import broken
from tests.dialogs.group_driver import MORNING, Driver

PEOPLE = [f"m{n:015}" for n in range(60)]
NAMES = {who: f"{n} {'ø' * 57}" for n, who in enumerate(PEOPLE)}
BEGAN = "leder"

Shown = tuple[list[Card], list[Form]]


class Audience:
    """Presses everything there is to press, and remembers what it saw."""

    def __init__(self, driver: Driver):
        self.driver, self.posts, self.pages = driver, [], []
        self.keep(driver.begin(BEGAN))

    def keep(self, form: Form | None) -> Form | None:
        self.posts.append(self.driver.post())
        self.pages += [form] if form else []
        return form

    def look(self, *actions: str) -> None:
        for who in (BEGAN, PEOPLE[0]):
            for action in actions:
                self.keep(self.driver.press(who, action))

    def agree(self) -> None:
        for n in range(13):
            self.keep(self.driver.send(PEOPLE[0], "agree", "save", what=f"{n} {'ø' * 290}", who=PEOPLE[-n], by="om to uger", evaluator="trio"))
        self.look("agree", "agreements")

    def shown(self) -> Shown:
        told = [effect.card for effect in self.driver.did if isinstance(effect, Tell)]
        return [*self.posts, *told], self.pages


def conference() -> Shown:
    agreed = {"what": "ø" * 300, "by": "2026-02-01", "evaluator": "trio", "name": "ø" * 60}
    notes = [Note(f"n{n}", "conference", "agreement", MORNING, agreed | {"id": f"r0:{n}"}) for n in range(12)]
    seen = Audience(Driver(Conference(HOUSE), notes=notes, names=NAMES))
    for who in PEOPLE:
        seen.driver.press(who, "prepare")
    for n in range(1, 7):
        seen.keep(seen.driver.send(BEGAN, f"task_p{n}", "save", who=PEOPLE[n], by="fredag"))
    seen.look("prepare", "plan", "times", "calendar", "steer", "task_p6")
    seen.keep(seen.driver.send(BEGAN, "plan", "save", day="om to uger", clock="25.99", why="new"))
    seen.keep(seen.driver.send(BEGAN, "plan", "save", day="om to uger", clock="13.30", why="new", every="4"))
    seen.keep(seen.driver.send(BEGAN, "prepare", "begin"))
    seen.look("last", "hand", "steer")
    for _ in range(5):
        seen.keep(seen.driver.send(BEGAN, "steer", "next_step"))
    seen.agree()
    seen.look("reflect", "steer")
    return seen.shown()


def workshop() -> Shown:
    seen = Audience(Driver(Workshop(HOUSE), names=NAMES))
    for question in ("q1", "q2", "q3"):
        for n, who in enumerate(PEOPLE):
            seen.driver.send(who, f"alone_{question}", "save", text=f"{n} {'æ' * (LONGEST_ALONE - 5)}")
        seen.look("write", "steer")
        seen.driver.send(BEGAN, "steer", "show")
        page = seen.keep(seen.driver.press(BEGAN, "read"))
        seen.keep(seen.driver.send(BEGAN, page.page, "save", shared="å" * LONGEST_SHARED))
        seen.look("read", "steer", "hand")
        seen.driver.send(BEGAN, "steer", "onward")
    seen.agree()
    seen.look("steer")
    seen.keep(seen.driver.send(BEGAN, "steer", "end"))
    seen.look("document")
    return seen.shown()


def dynamics() -> Shown:
    phenomena = list(HOUSE.concepts["phenomena"].items)
    bands = {"work": dict.fromkeys(WORK, "most"), "room": dict.fromkeys(phenomena, "some")}
    days = [f"2026-{month:02}-{day:02}" for month in (1, 2) for day in (2, 9, 16, 23)]
    notes = [Note(day, "group_dynamics", "round", MORNING, {"day": day} | (bands if n % 3 else {})) for n, day in enumerate(days)]
    seen = Audience(Driver(GroupDynamics(HOUSE), notes=notes, names=NAMES))
    seen.look("answer", "steer")
    for who in (BEGAN, *PEOPLE):
        seen.driver.send(who, "answer", "send", work=list(WORK), room=phenomena, show="yes")
    seen.look("answer", "steer", "hand")
    seen.keep(seen.driver.send(BEGAN, "steer", "close"))
    seen.agree()
    seen.look("own", "over_time", "steer")
    return seen.shown()


@cache
def shown(name: str) -> Shown:
    return {"conference": conference, "workshop": workshop, "dynamics": dynamics}[name]()


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", ["conference", "workshop", "dynamics"])
class TestEachDialog:
    def test_every_post_is_one_that_slack_and_teams_take(self, name: str, language: str):
        for card in shown(name)[0]:
            said = spoken(card, language)
            assert broken_message(draw_message(said, texts(language))) == [], said["text"][:1]
            assert broken(cards.card(said, "key"), in_chat=True) == [], said["text"][:1]

    def test_every_page_is_one_that_slack_and_teams_take(self, name: str, language: str):
        for form in shown(name)[1]:
            said = spoken(form, language)
            assert broken_view(draw_form(said, texts(language))) == [], said["title"]
            drawn = dialogs.form_card(said, "key", teams_texts(LIBRARY, language))
            assert broken(drawn, in_chat=False, most=dialogs.MOST_BYTES) == [], said["title"]
