"""What is asked at a moment: recorded once, put off, repeated, dropped."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from lives import NOW, department
from sqlalchemy import select

from bot.services import actions, followups, occurrences
from bot.store.tables import Occurrence

TZ = "Europe/Copenhagen"


@pytest.fixture
def here(store):
    return store.run_now(department)


def ids(who):
    return {"organisation": who.organisation, "person": who.id}


def recorded(store, who, key="k", **values):
    values = {"kind": "prompt", "moment": NOW, **values}
    return store.run_now(lambda db: occurrences.record(db, key=key, **ids(who), **values))


def get(store, who, id):
    return store.read_now(lambda db: occurrences.get(db, who.organisation, who.id, id))


def all_of(store, kind):
    table = Occurrence.__table__
    return store.read_now(lambda db: db.execute(select(table).where(table.c.kind == kind).order_by(table.c.moment)).all())


def do(store, act, *values):
    return store.run_now(lambda db: act(db, *values))


async def test_ten_who_record_the_same_make_one(store, here):
    made = await asyncio.gather(
        *(
            store.run(lambda db: occurrences.record(db, key="k", **ids(here.ea), kind="prompt", moment=NOW))
            for _ in range(10)
        )
    )
    assert len([id for id in made if id]) == 1


def test_nobody_reaches_somebody_elses(store, here):
    id = recorded(store, here.ea)
    assert get(store, here.ea, id).kind == "prompt"
    assert get(store, here.per, id) is None


def test_later_sends_it_again_and_hides_it_until_then(store, here):
    id = recorded(store, here.ea, state="open", sent=1)
    assert [one.id for one in do(store, occurrences.open_of, here.ea, NOW)] == [id]
    at = NOW + timedelta(hours=1)
    assert do(store, occurrences.later, id, at)
    assert do(store, occurrences.open_of, here.ea, NOW) == []
    assert do(store, occurrences.due, at - timedelta(seconds=1), 10) == []
    assert [due.occurrence.id for due in do(store, occurrences.due, at, 10)] == [id]


def test_what_is_begun_or_over_is_not_put_off(store, here):
    id = recorded(store, here.ea, state="open", sent=1)
    assert do(store, occurrences.begun, id, "run1")
    assert not do(store, occurrences.later, id, NOW)
    assert (get(store, here.ea, id).state, get(store, here.ea, id).run) == ("begun", "run1")
    assert do(store, occurrences.settle, id)
    assert not do(store, occurrences.settle, id, "dropped")
    assert not do(store, occurrences.begun, id, "run2")
    assert get(store, here.ea, id).state == "done"


def test_last_weeks_card_can_still_be_begun(store, here):
    id = recorded(store, here.ea, state="dropped")
    assert do(store, occurrences.begun, id, "run1")


def test_a_series_comes_at_nine_on_its_days_whatever_summer_time_does(store, here):
    start = datetime(2027, 3, 26, 14, tzinfo=UTC)

    def plan(db):
        days = (0, 3, 10, 30)
        what = {"flow": "F16", "days": days, "series": "run1", "timezone": TZ}
        followups.plan_touches(db, **ids(here.ea), **what, now=start)
        followups.plan_touches(db, **ids(here.ea), **what, now=start)

    store.run_now(plan)
    touches = all_of(store, "touch")
    assert [(t.touch, t.due_at) for t in touches] == [
        (3, datetime(2027, 3, 29, 7, tzinfo=UTC)),
        (10, datetime(2027, 4, 5, 7, tzinfo=UTC)),
        (30, datetime(2027, 4, 25, 7, tzinfo=UTC)),
    ]


def test_agreeing_anew_moves_the_question_and_closing_drops_it(store, here):
    def agree(db):
        what = {"what": "x", "who": "mig", "by": None, "evaluator": "mig", "visibility": "private", "now": NOW}
        id = actions.add(db, here.ea, run="r", entry=None, flow="F01", beacon="", ask_in=7, **what)
        actions.change(db, here.ea, id, ask_in=14, **what)
        return id

    action = store.run_now(agree)
    waiting = [one for one in all_of(store, "followup") if one.due_at]
    assert [one.due_at for one in waiting] == [datetime(2026, 12, 7, 8, tzinfo=UTC)]
    do(store, followups.drop_followups, action)
    assert {(one.state, one.due_at) for one in all_of(store, "followup")} == {("dropped", None)}


def test_a_draft_is_mentioned_a_week_after_it_was_last_touched(store, here):
    def touched(now):
        what = {"run": "r", "flow": "F01", "timezone": TZ, "now": now}
        store.run_now(lambda db: followups.plan_draft_reminder(db, **ids(here.ea), **what))

    touched(NOW)
    touched(NOW + timedelta(days=2))
    [draft] = all_of(store, "draft")
    assert draft.due_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
    do(store, occurrences.sent, draft.id, None, draft.due_at)
    touched(NOW + timedelta(days=20))
    assert all_of(store, "draft")[0].due_at is None
    do(store, followups.drop_draft_reminder, "r")
    assert all_of(store, "draft")[0].state == "dropped"


def test_a_misspelt_column_is_not_silently_left_out(store, here):
    with pytest.raises(TypeError, match="fow"):
        recorded(store, here.ea, fow="F01")
