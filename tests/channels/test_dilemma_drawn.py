"""A dilemma game drawn for Slack and Teams: every post and every private page, in both languages, with sixty players and the longest
that anybody may write; and the dilemmas alone."""

from __future__ import annotations

from functools import cache

import pytest

from bot.cards import Card, Form, spoken
from bot.channels.slack.messages import draw_message
from bot.channels.slack.modals import draw_form
from bot.channels.teams import cards, dialogs
from bot.channels.teams.conversations import texts as teams_texts
from bot.dialogs.dilemma.content import OWN
from bot.dialogs.dilemma.game import DilemmaGame
from bot.dialogs.flow_dialog import FlowDialog
from bot.dialogs.group.turn import Member
from tests.channels.slack.rules import broken_message, broken_view
from tests.channels.slack.test_drawing import HOUSE, LIBRARY, texts
from tests.channels.teams.judging import broken
from tests.dialogs.gaming import Table, members
from tests.walking import context

LEO = Member("leo", "Leo" * 20)
OWN_VALUES = {"situation": "ø" * 1200, "question": "ø" * 200, **{f"way_{way}": "ø" * 60 for way in "abcd"}}
READ = ("reasons", "struck", "other_language", "more", "agreements", "read", "seat", "choose", "hand", "agree", "keep")


@cache
def shown(dilemma: str) -> tuple[list[Card], list[Form]]:
    """Every post and page of one game."""
    table, posts, pages = Table(DilemmaGame(LIBRARY.dilemmas, HOUSE)), [], []
    first = table.begin(LEO).form
    setup = table.send(LEO, "setup", "start", dilemma=dilemma, pace="days_7").form
    if dilemma == OWN:
        table.send(LEO, "own", "start", setup.held, **OWN_VALUES)
    pages += [first, setup]
    players = members(60)
    while not table.is_over:
        posts.append(table.game.post(table.state, table.context(None)))
        for n, me in enumerate(players if table.state["phase"] in ("first", "second") else []):
            table.press(me, "choose")
            why = f"{n} {'æ' * 190}"
            table.send(me, table.state["phase"], choice="abcd"[n % 4], why=why, protects="å" * 100, strong=[], signed="yes" if n > 30 else "no")
        for n in range(12 if table.state["phase"] == "actions" else 0):
            table.send(LEO, "agree", what=f"{n} {'ø' * 290}", who="m01", by="2026-04-01")
        for me in (LEO, players[0]):
            pages += [form for action in READ if (form := table.press(me, action, "").form)]
        table.next()
    return posts, pages


@cache
def alone() -> list[Form]:
    turns = (FlowDialog(flow, HOUSE).begin(context(flow)) for flow in LIBRARY.alone.values())
    return [turn.form for turn in turns if turn.form]


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("dilemma", ["D08", OWN])
class TestTogether:
    def test_every_post_is_one_that_slack_and_teams_take(self, dilemma: str, language: str):
        for card in shown(dilemma)[0]:
            said = spoken(card, language)
            assert broken_message(draw_message(said, texts(language))) == [], card.title
            assert broken(cards.card(said, "key"), in_chat=True) == [], card.title

    def test_every_page_is_one_that_slack_and_teams_take(self, dilemma: str, language: str):
        for form in shown(dilemma)[1]:
            said = spoken(form, language)
            assert broken_view(draw_form(said, texts(language))) == [], form.title
            drawn = dialogs.form_card(said, "key", teams_texts(LIBRARY, language))
            assert broken(drawn, in_chat=False, most=dialogs.MOST_BYTES) == [], form.title


@pytest.mark.parametrize("language", ["da", "en"])
def test_alone_every_first_page_is_one_that_slack_and_teams_take(language: str):
    for form in alone():
        said = spoken(form, language)
        assert broken_view(draw_form(said, texts(language))) == []
        assert broken(dialogs.form_card(said, "key", teams_texts(LIBRARY, language)), in_chat=False) == []
