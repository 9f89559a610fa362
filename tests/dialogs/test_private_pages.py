"""A private page outside a flow: drawn, read, and screened like everything people write."""

from __future__ import annotations

from datetime import date

import pytest

from bot.cards import Button, Words
from bot.dialogs.private_pages import Private, PrivatePages
from bot.dialogs.steps import Option, Step
from bot.events import Submitted

TODAY = date(2026, 3, 2)
WAYS = (Option("a", Words("Den ene", "The one")), Option("b", Words("Den anden", "The other")))
CHOICE = Step("choice", "single", Words("Hvad?", "What?"), options=WAYS, required=True)
WHY = Step("why", "text", Words("Hvorfor?", "Why?"), short=True)
PAGE = Private("choose", Words("Vælg", "Choose"), (CHOICE, WHY), (Button("send", Words("Send", "Send")),))


@pytest.fixture
def pages(house):
    return PrivatePages(house)


def sent(button="send", held=None, **values):
    return Submitted(id="e", run="group:1", page="choose", button=button, values=values, held=held or {})


def take(pages, event, page=PAGE):
    return pages.take(page, event, run="group:1", today=TODAY, language="da")


def test_what_is_given_is_kept(pages):
    taken = take(pages, sent(choice="a", why=" Fordi det haster "))
    assert (taken.form, dict(taken.values), taken.button) == (None, {"choice": "a", "why": "Fordi det haster"}, "send")


def test_a_button_the_page_does_not_have_counts_as_its_main_one(pages):
    assert take(pages, sent(button="nonsense", choice="b")).button == "send"


def test_what_is_missing_or_gone_is_asked_for_with_what_was_typed(pages):
    form = take(pages, sent(choice="z", why="Fordi")).form
    choice, why = form.fields
    assert choice.error and why.value == "Fordi" and form.run == "group:1" and form.page == "choose"
    assert take(pages, sent(why="Fordi")).form.fields[0].error


def test_too_long_is_said(pages):
    assert take(pages, sent(choice="a", why="x" * 5000)).form.fields[1].error


def test_a_number_is_taken_out_and_said(pages):
    taken = take(pages, sent(choice="a", why="Hun hedder 010136-4000"))
    assert "4000" not in taken.values["why"] and taken.notes


def test_a_name_is_pointed_out_and_changed_with_one_tap(pages):
    shown = take(pages, sent(choice="a", why="Det er Karla")).form
    [hint] = shown.fields[1].hints
    role = hint.buttons[0]
    changed = take(pages, sent(f"role:{role.value}", shown.held, choice="a", why="Det er Karla")).form
    assert "Karla" not in changed.fields[1].value and not changed.fields[1].hints
    assert take(pages, sent(held=changed.held, choice="a", why=changed.fields[1].value)).form is None


def test_going_on_is_the_decision_to_keep(pages):
    shown = take(pages, sent(choice="a", why="Det er Karla")).form
    assert take(pages, sent(held=shown.held, choice="a", why="Det er Karla")).values["why"] == "Det er Karla"


class TestRouteCard:
    TEXT = "Jeg orker ikke at leve længere"

    @pytest.fixture
    def shown(self, pages):
        return take(pages, sent(choice="a", why=self.TEXT))

    def test_it_comes_first_and_leaves_no_trace(self, shown):
        assert shown.form.care and shown.leaves_no_trace and not shown.values

    def test_going_on_keeps_what_was_written(self, pages, shown):
        assert take(pages, sent("care_continue", shown.form.held)).values["why"] == self.TEXT

    def test_it_offers_only_what_can_be_done_here(self, pages, shown):
        """Neither a pause nor a draft for later: what is sent here is read by others."""
        assert [one.action for one in shown.form.buttons if one.does != "call"] == ["care_stop", "care_continue"]
        assert "til senere" not in shown.form.lead[-1].da and "pause" not in shown.form.lead[-1].da
        assert take(pages, sent("care_later", shown.form.held)).form.fields[1].value is None

    def test_stopping_keeps_nothing(self, pages, shown):
        taken = take(pages, sent("care_stop", shown.form.held))
        assert taken.is_stopped and taken.form.closed and not taken.values

    def test_taking_it_out_keeps_the_rest(self, pages, shown):
        form = take(pages, sent("care_delete", shown.form.held)).form
        assert [one.value for one in form.fields] == ["a", None]
