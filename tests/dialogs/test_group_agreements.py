"""What a group agrees on: one name on each, changed until the dialog is over, read on private pages only."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogs.group.agreements import NOT_HERE, GroupAgreements
from bot.dialogs.private_pages import PrivatePages
from bot.events import Submitted

NAMES = {"p1": "Ana", "p2": "Bo"}
WHAT = {"what": "Vi begynder mødet med en runde", "who": "p1", "by": "fredag", "evaluator": "team"}


@pytest.fixture
def agreements(house):
    return GroupAgreements(house)


@pytest.fixture
def written(house, agreements):
    def write(agreed=(), **values):
        event = Submitted(id="e", run="group:1", page="agree", button="save", values=WHAT | values)
        taken = PrivatePages(house).take(agreements.page(NAMES), event, run="group:1", today=date(2026, 3, 2), language="da")
        return taken.form or agreements.with_one(agreed, taken.values, NAMES)

    return write


def test_it_is_kept_with_one_name_and_a_date(agreements, written):
    [one] = written()
    assert (one["who"], one["by"]) == ("p1", "2026-03-06")
    [agree] = agreements.kept([one], "implementering")
    assert (agree.member, agree.by, agree.evaluator, agree.beacon) == ("p1", date(2026, 3, 6), "team", "implementering")


def test_the_same_sent_twice_is_one_and_a_number_is_never_used_again(agreements, written):
    two = written(written(), what="Vi ringer til hinanden")
    assert len(written(two)) == 2
    assert [one["id"] for one in written(agreements.without(two, "1"), what="En tredje")] == ["2", "3"]


def test_somebody_who_is_not_here_has_no_action_of_their_own(agreements, written):
    [one] = written(who=NOT_HERE)
    assert agreements.kept([one])[0].member == "" and "En, der ikke er her" in agreements.line(one, "").spoken("da")


def test_no_date_is_allowed_and_a_past_one_is_asked_about(agreements, written):
    [one] = written(by="")
    assert "uden dato" in agreements.line(one, "Ana").spoken("da")
    assert written(by="1. marts 2025").fields[2].error


def test_nothing_is_agreed_by_nobody(written):
    assert written(who="somebody else").fields[1].error and written(what=" ").fields[0].error


def test_the_post_counts_and_tells_no_words(agreements, written):
    two = written(written(), what="Noget andet")
    said = [agreements.counted(some).spoken("da") for some in ([], two[:1], two)]
    assert len(set(said)) == 3 and not any("runde" in one or "Noget" in one for one in said)


def test_each_can_be_taken_out_by_who_may(agreements, written):
    shown = agreements.shown(written(), NAMES, "group:1", may_remove=True)
    assert [(button.action, button.value) for button in shown.buttons] == [("remove", "1")]
    assert agreements.shown(written(), NAMES, "group:1", may_remove=False).closed
