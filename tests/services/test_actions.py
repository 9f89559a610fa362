"""Agreed actions, and when somebody asks what became of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from lives import NOW, agree, department, later
from sqlalchemy import select

from bot.services import actions, people
from bot.store.tables import Occurrence

CHANGED = {"what": "mindre", "who": "team", "by": date(2026, 12, 1), "evaluator": "trio", "visibility": "private"}


@pytest.fixture
def here(store):
    return store.run_now(department)


def planned(db):
    """When people will be asked, from what is not settled."""
    o = Occurrence
    rows = db.execute(select(o.due_at).where(o.kind == "followup", o.state == "planned").order_by(o.due_at))
    return list(rows.scalars())


def test_asking_is_planned_for_the_morning_of_the_day_where_the_person_is(store, here):
    def scenario(db):
        tokyo = people.set_person(db, here.liv, {"timezone": "Asia/Tokyo"}, NOW)
        agree(db, here.per, "her", ask_in=7)
        agree(db, tokyo, "der", ask_in=7)
        agree(db, here.per, "aldrig")
        return planned(db)

    tokyo, copenhagen = store.run_now(scenario)
    assert tokyo == datetime(2026, 11, 30, 0, tzinfo=UTC)
    assert copenhagen == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_summer_time_does_not_move_the_morning(store, here):
    assert actions.asked_at(here.per, 120, datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2027, 3, 31, 7, tzinfo=UTC)


def test_nobody_is_asked_in_the_past(here):
    assert actions.asked_at(here.per, 0, NOW) == NOW


def test_agreeing_twice_in_one_run_is_one_action(store, here):
    def scenario(db):
        first = agree(db, here.per, "en", run="r1", ask_in=7)
        second = agree(db, here.per, "to", run="r1", ask_in=7)
        return first == second, [one.what for one in actions.all_actions(db, here.per)], planned(db)

    is_same, whats, asked = store.run_now(scenario)
    assert is_same and whats == ["to"] and len(asked) == 1


def test_agreeing_anew_moves_the_question_and_opens_it_again(store, here):
    def scenario(db):
        id = agree(db, here.per, "stort", ask_in=7, visibility="my_leader")
        actions.close(db, here.per, id, "partly", later(days=1))
        assert planned(db) == []
        assert actions.change(db, here.per, id, ask_in=14, now=later(days=2), **CHANGED)
        moved = planned(db)
        assert actions.change(db, here.per, id, ask_in=None, now=later(days=3), **CHANGED)
        return actions.action(db, here.per, id), moved, planned(db)

    one, moved, left = store.run_now(scenario)
    assert (one.what, one.state, one.closed_at, one.visibility) == ("mindre", "open", None, "private")
    assert moved == [datetime(2026, 12, 9, 8, tzinfo=UTC)] and left == []


def test_closing_and_deleting_drop_what_was_planned(store, here):
    def scenario(db):
        closed, deleted = (agree(db, here.per, "x", ask_in=7) for _ in range(2))
        assert actions.close(db, here.per, closed, "done", later(days=1))
        after_closing = len(planned(db))
        assert actions.delete_action(db, here.per, deleted)
        assert not actions.delete_action(db, here.per, deleted)
        return actions.action(db, here.per, closed), after_closing, planned(db)

    one, after_closing, left = store.run_now(scenario)
    assert (one.state, one.closed_at, one.ask_at) == ("done", later(days=1), None)
    assert after_closing == 1 and left == []
    with pytest.raises(ValueError):
        store.run_now(lambda db: actions.close(db, here.per, one.id, "open", NOW))


def test_nobody_elses_action_is_touched(store, here):
    def scenario(db):
        id = agree(db, here.per, "mit", ask_in=7)
        for other in (here.liv, here.ea, here.max):
            assert actions.action(db, other, id) is None
            assert not actions.close(db, other, id, "done", NOW)
            assert not actions.withdraw(db, other, id, NOW)
            assert not actions.delete_action(db, other, id)
            assert not actions.change(db, other, id, ask_in=1, now=NOW, **CHANGED)
        return actions.action(db, here.per, id), planned(db)

    one, asked = store.run_now(scenario)
    assert (one.what, one.state) == ("mit", "open") and asked == [datetime(2026, 11, 30, 8, tzinfo=UTC)]


def test_the_one_that_waited_longest_is_asked_about_before_a_new_one(store, here):
    def scenario(db):
        agree(db, here.per, "i dag", by=date(2026, 11, 1))
        agree(db, here.per, "senere", by=date(2026, 12, 24), now=later(days=-9))
        agree(db, here.per, "uden dato")
        for_today = actions.oldest_due(db, here.per, date(2026, 11, 23))
        agree(db, here.per, "næste", ask_in=9, now=later(days=-9))
        agree(db, here.per, "ældst", by=date(2026, 11, 20), now=later(days=-8))
        done = agree(db, here.per, "færdig", by=date(2026, 11, 2), now=later(days=-30))
        actions.close(db, here.per, done, "done", NOW)
        agree(db, here.liv, "en andens", by=date(2026, 11, 2), now=later(days=-30))
        return for_today, actions.oldest_due(db, here.per, date(2026, 11, 23)).what, actions.open_actions(db, here.per)

    for_today, oldest, waiting = store.run_now(scenario)
    assert for_today is None and oldest == "ældst"
    assert [one.what for one in waiting] == ["i dag", "ældst", "næste", "senere", "uden dato"]


def test_the_day_it_should_be_done_by_has_not_passed(store, here):
    def scenario(db):
        agree(db, here.per, "til i dag", by=date(2026, 11, 23), now=later(days=-3))
        return [actions.oldest_due(db, here.per, date(2026, 11, 23) + timedelta(days=n)) for n in (0, 1)]

    today, tomorrow = store.run_now(scenario)
    assert today is None and tomorrow.what == "til i dag"


def test_one_without_any_date_is_asked_about_from_the_day_after(store, here):
    def scenario(db):
        id = agree(db, here.per, "uden dato")
        days = [actions.oldest_due(db, here.per, date(2026, 11, 23) + timedelta(days=n)) for n in (0, 1)]
        agree(db, here.per, "med dato", by=date(2026, 11, 26))
        longest = actions.oldest_due(db, here.per, date(2026, 11, 28))
        again = {**CHANGED, "what": "uden dato", "by": None}
        actions.change(db, here.per, id, ask_in=None, now=later(days=5), **again)
        return days, longest, actions.oldest_due(db, here.per, date(2026, 11, 28))

    (today, tomorrow), longest, after_agreeing_anew = store.run_now(scenario)
    assert today is None and tomorrow.what == "uden dato" and longest.what == "uden dato"
    assert after_agreeing_anew.what == "med dato"


def test_actions_are_searched_like_the_logbook(store, here):
    def scenario(db):
        agree(db, here.per, "Ring til caféen")
        agree(db, here.per, "Skriv til TRIO", now=later(days=1))
        found = [one.what for one in actions.all_actions(db, here.per, search="CAFE ring")]
        return found, [one.what for one in actions.all_actions(db, here.per)]

    assert store.run_now(scenario) == (["Ring til caféen"], ["Skriv til TRIO", "Ring til caféen"])
