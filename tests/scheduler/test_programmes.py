"""What a coordinator has planned reaches each person at the right local moment, exactly as often as planned."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, update

from bot.errors import Refused
from bot.services import erasing, occurrences, people, planning, programmes, roles, schedules, times
from bot.services.programmes import Plan
from bot.store.tables import Conversation
from scheduler.due import Done
from scheduler.tick import tick
from tests.scheduler.test_tick import DAY, EDITIONS, LIBRARY, WEEK, Stage
from tests.services.lives import NOW, person

TUESDAY = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)  # 08:30 in Copenhagen
HOUR = timedelta(hours=1)
WEEKLY = {"kind": "weekly", "weekdays": [1], "at": "08:30"}
PLAN = Plan(kind="flow", title="Efterår", why="Vi øver os sammen.", flows=("F01",), audience={"everyone": True}, rule=WEEKLY)
FLOWS = LIBRARY.flows


def flows_of(*_):
    return FLOWS


class Planned(Stage):
    """A department where Ea coordinates; nobody is on a rhythm."""

    def __init__(self, store):
        super().__init__(store)
        self.do(lambda db: roles.give_role(db, self.ea, "coordinator", by="cli", now=NOW))

    def start(self, plan=PLAN, **changed):
        def work(db):
            id = programmes.make_draft(db, self.ea, replace(plan, **changed), self.clock.now(), flows=FLOWS)
            programmes.start(db, self.ea, id, self.clock.now(), flows=FLOWS)
            return id

        return self.do(work)

    def act(self, deed, id, *more, **named):
        return self.do(lambda db: getattr(programmes, deed)(db, self.ea, id, *more, self.clock.now(), **named))

    def plan_of(self, id, **changed):
        return replace(self.do(lambda db: programmes.get(db, self.ea, id)).plan, **changed)

    def for_per(self, **changed):
        return self.start(audience={"people": [self.per.id]}, **changed)

    def hear_from(self, who):
        """What `turns` does of whatever somebody says."""
        here = {"last_heard_at": self.clock.now()}
        self.do(lambda db: db.execute(update(Conversation).where(Conversation.person == who.id).values(**here)))
        self.do(lambda db: schedules.answered(db, who, self.clock.now()))

    async def heard_at(self, *moments):
        """How many cards went out at each of these moments."""
        return [len(await self.at(moment)) for moment in moments]


@pytest.fixture
def stage(store):
    return Planned(store)


async def test_everybody_gets_it_once_and_reads_what_why_and_from_whom(stage):
    stage.set(stage.per, language="en")
    stage.start()
    assert await stage.at(TUESDAY - timedelta(seconds=1)) == []
    said = await stage.at(TUESDAY)
    assert len(said) == 4 and {title for _, _, title, _ in said} == {"Tidlige tegn i teamet", "Early signs in the team"}
    texts = {text for *_, text in said}
    assert texts == {
        "Det tager cirka 5 min. Efterår: Vi øver os sammen. Ea har planlagt den for dig og andre. "
        "Det er frivilligt, og ingen får at vide, om du svarer.",
        "It takes about 5 min. Efterår: Vi øver os sammen. Ea planned it for you and others. "
        "It is voluntary, and nobody is told whether you answer.",
    }
    assert await stage.at(TUESDAY + HOUR) == []
    assert len(await stage.at(TUESDAY + WEEK)) == 4
    assert len(stage.all()) == 8


async def test_each_in_their_own_time(stage):
    stage.set(stage.per, timezone="America/Nuuk")  # three hours behind
    stage.set(stage.here.liv, timezone="Not/AZone")
    stage.start()
    assert await stage.heard_at(TUESDAY, TUESDAY + 3 * HOUR, TUESDAY + 4 * HOUR) == [3, 1, 0]


async def test_ten_clocks_and_small_batches_record_everybody_once(stage, monkeypatch):
    monkeypatch.setattr("scheduler.tick.RECORDED_AT_ONCE", 7)
    stage.do(lambda db: [person(db, stage.here.id, f"p{n:02}") for n in range(30)])
    stage.start()
    stage.clock.set(TUESDAY)
    await asyncio.gather(*(tick(stage.store, stage.turns, EDITIONS, stage.clock) for _ in range(10)))
    asked = [one.person for one in stage.all(sent=1)]
    assert len(asked) == 34 == len(set(asked))


def test_a_batch_sorts_nobody_but_itself(sqlite_store):
    stage = Planned(sqlite_store)
    stage.start()
    asked = []

    def work(db):
        event.listen(db, "before_cursor_execute", lambda _db, _cursor, statement, values, *_: asked.append((statement, values)))
        planning.record_due(db, flows_of, TUESDAY, 2)
        [(statement, values)] = [one for one in asked if "FROM person" in one[0] and "LIMIT" in one[0]]
        return [row[-1] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]

    plan = stage.do(work)
    assert "USING INDEX person_of_organisation (organisation=? AND id>?)" in plan[0] and "TEMP B-TREE" not in " ".join(plan)


async def test_a_crash_between_two_batches_loses_nobody(stage):
    stage.start()
    assert stage.do(lambda db: planning.record_due(db, flows_of, TUESDAY, 2)) == 2
    assert len(await stage.at(TUESDAY + timedelta(minutes=5))) == 4
    assert len(await stage.at(TUESDAY + WEEK)) == 4


async def test_many_are_let_go_over_minutes(stage, monkeypatch):
    monkeypatch.setattr("bot.services.planning.PER_MINUTE", 3)
    stage.start()
    assert await stage.heard_at(TUESDAY, TUESDAY + timedelta(seconds=59), TUESDAY + timedelta(minutes=1)) == [3, 0, 1]


async def test_who_comes_into_the_audience_is_included_and_who_leaves_it_falls_out(stage):
    stage.start(centre=stage.here.centre)
    assert len(await stage.at(TUESDAY)) == 1
    stage.set(stage.here.liv, centre=stage.here.centre)
    assert await stage.at(TUESDAY + DAY) == []  # the next round, not the last
    assert len(await stage.at(TUESDAY + WEEK)) == 2
    stage.set(stage.per, centre=None)
    assert len(await stage.at(TUESDAY + 2 * WEEK)) == 1


async def test_who_left_the_audience_while_it_was_on_its_way_gets_nothing(stage, monkeypatch):
    monkeypatch.setattr("bot.services.planning.PER_MINUTE", 1)
    stage.start(audience={"people": [stage.per.id, stage.here.liv.id], "levels": []})
    assert len(await stage.at(TUESDAY)) == 1
    for one in (stage.per, stage.here.liv):
        stage.set(one, state="left")
    assert await stage.at(TUESDAY + timedelta(minutes=2)) == []


@pytest.mark.parametrize("values", [{"state": "declined"}, {"state": "new"}, {"state": "left"}, {"paused_until": date(2026, 12, 1)}])
async def test_declined_new_and_paused_people_get_nothing(stage, values):
    stage.for_per()
    stage.set(stage.per, **values)
    assert await stage.heard_at(TUESDAY, TUESDAY + 3 * DAY) == [0, 0]
    assert stage.all() == []


# ---- days that are no good -------------------------------------------------------------------------------


@pytest.mark.parametrize(("holidays", "heard"), [("move", [0, 1]), ("drop", [0, 0])])
async def test_a_holiday_moves_it_or_it_falls_out(stage, holidays, heard):
    stage.for_per(rule=WEEKLY | {"weekdays": [3], "from": "2026-12-24"}, holidays=holidays)
    christmas = datetime(2026, 12, 24, 7, 30, tzinfo=UTC)
    assert await stage.heard_at(christmas, christmas + 4 * DAY) == heard


async def test_leave_moves_it_and_what_would_come_with_the_next_one_falls_out(stage):
    stage.for_per()
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 11, 23), date(2026, 11, 25), NOW))
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 12, 1), date(2026, 12, 8), NOW))
    assert await stage.heard_at(TUESDAY, TUESDAY + DAY, TUESDAY + 2 * DAY) == [0, 0, 1]
    assert await stage.heard_at(TUESDAY + WEEK, TUESDAY + 2 * WEEK, TUESDAY + 2 * WEEK + DAY) == [0, 0, 1]
    assert len(stage.all()) == 2


async def test_leave_taken_while_it_is_on_its_way_counts_too(stage, monkeypatch):
    monkeypatch.setattr("bot.services.planning.PER_MINUTE", 1)
    stage.start(audience={"people": [stage.per.id, stage.here.liv.id]})
    await stage.at(TUESDAY)
    waiting = {one.person for one in stage.all(sent=0)}
    for one in (stage.per, stage.here.liv):
        stage.do(lambda db, one=one: times.take_leave(db, one, date(2026, 11, 24), date(2026, 11, 24), NOW))
    assert await stage.heard_at(TUESDAY + timedelta(minutes=1), TUESDAY + DAY) == [0, 1]
    assert len(waiting) == 1


async def test_quiet_hours_hold_it_until_the_morning(stage):
    stage.set(stage.per, day_from="10:00", day_until="15:00")
    stage.for_per()
    assert await stage.heard_at(TUESDAY, TUESDAY + 1.5 * HOUR) == [0, 1]
    stage.set(stage.per, day_until="08:15", day_from="07:00")
    assert await stage.heard_at(TUESDAY + WEEK, TUESDAY + WEEK + 21 * HOUR, TUESDAY + WEEK + 22.5 * HOUR) == [0, 0, 1]


async def test_who_works_at_night_is_reached_then_and_once_a_night(stage):
    stage.set(stage.per, day_from="21:00", day_until="06:00", working_days="123")
    stage.for_per()
    stage.for_per(flows=("F02",), rule=WEEKLY | {"weekdays": [2], "at": "02:00"})  # Tuesday's night as well
    evening = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert await stage.heard_at(TUESDAY, evening - HOUR / 60, evening) == [0, 0, 1]
    assert await stage.heard_at(evening + 5 * HOUR, evening + 28 * HOUR, evening + 29 * HOUR) == [0, 0, 1]
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 12, 1), date(2026, 12, 1), NOW))
    assert await stage.heard_at(evening + WEEK, evening + WEEK + DAY, evening + WEEK + DAY + 5 * HOUR) == [0, 1, 0]


async def test_a_rhythm_in_the_small_hours_gives_way_to_what_came_in_the_evening_of_that_night(stage):
    stage.set(stage.per, day_from="21:00", day_until="06:00", working_days="0123456")
    stage.rhythm(stage.per, weekday=3, time="02:00")
    stage.for_per(rule=WEEKLY | {"weekdays": [2], "at": "22:00"})
    evening = datetime(2026, 11, 25, 21, tzinfo=UTC)
    assert await stage.heard_at(evening, evening + 4 * HOUR, evening + 27 * HOUR, evening + 28 * HOUR) == [1, 0, 0, 1]


async def test_never_two_on_one_day_and_the_rhythm_gives_way(stage):
    stage.rhythm(stage.per, weekday=1, time="08:30")
    stage.for_per()
    stage.for_per(rule=WEEKLY | {"at": "10:00"}, flows=("F02",))
    assert await stage.heard_at(*(TUESDAY + n * HOUR for n in range(10))) == [1, *[0] * 9]
    wednesday = [TUESDAY + DAY, TUESDAY + DAY + 1.5 * HOUR]
    assert await stage.heard_at(*wednesday) == [0, 1]
    assert len(stage.all(sent=1)) == 2


async def test_no_more_in_a_week_than_somebody_wants(stage):
    stage.set(stage.per, most_per_week=1)
    stage.for_per()
    stage.for_per(rule=WEEKLY | {"weekdays": [2]}, flows=("F02",))
    assert await stage.heard_at(TUESDAY, TUESDAY + DAY, TUESDAY + 2 * DAY) == [1, 0, 0]
    monday = TUESDAY + 6 * DAY
    assert await stage.heard_at(monday, monday + DAY, monday + 2 * DAY) == [1, 0, 0]


# ---- what goes wrong -------------------------------------------------------------------------------------


async def test_what_was_missed_while_down_is_caught_up_once_within_its_time(stage):
    stage.for_per(catch_up=24)
    assert len(await stage.at(TUESDAY + 3 * WEEK + 20 * HOUR + 3 * HOUR)) == 1
    assert len(stage.all()) == 1
    assert await stage.at(TUESDAY + 4 * WEEK + 25 * HOUR) == []
    assert await stage.heard_at(TUESDAY + 5 * WEEK) == [1]


async def test_down_between_recording_and_sending(stage):
    stage.for_per(catch_up=2)
    stage.do(lambda db: planning.record_due(db, flows_of, TUESDAY, 100))
    assert await stage.at(TUESDAY + 3 * HOUR) == []
    assert [one.state for one in stage.all()] == ["dropped"]


async def test_a_clock_that_jumps_forward_and_back_again(stage):
    stage.for_per()
    await stage.at(NOW)
    assert await stage.heard_at(TUESDAY + 52 * WEEK) == [1]
    assert await stage.heard_at(TUESDAY, TUESDAY + WEEK, TUESDAY + 2 * WEEK) == [1, 1, 1]


async def test_a_traveller_is_asked_once_whichever_way_they_go(stage):
    stage.start(audience={"people": [stage.per.id, stage.here.liv.id]})
    await stage.at(TUESDAY - timedelta(minutes=30))
    stage.set(stage.per, timezone="Europe/Helsinki")  # 08:30 there was half an hour ago
    assert len(await stage.at(TUESDAY)) == 2
    stage.set(stage.per, timezone="America/Nuuk")
    assert await stage.heard_at(TUESDAY + 3 * HOUR, TUESDAY + 5 * HOUR) == [0, 0]
    assert len(await stage.at(TUESDAY + WEEK)) == 1 and len(await stage.at(TUESDAY + WEEK + 3 * HOUR)) == 1


async def test_somebody_in_a_zone_that_is_earlier_than_all_others(stage):
    stage.for_per()
    auckland = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)  # Tuesday 08:30 there
    stage.set(stage.per, timezone="Pacific/Auckland")
    stage.do(lambda db: planning.look_again(db, flows_of, stage.clock.now(), has_jumped=False))
    assert await stage.heard_at(auckland - timedelta(minutes=1), auckland, TUESDAY) == [0, 1, 0]


# ---- changing it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed_at", "to", "heard"),
    [
        (-1 * HOUR, "06:45", [1, 0, 0]),  # an hour that has passed already: it comes now, since it was still to come
        (-1 * HOUR, "09:00", [0, 1, 0]),
        (1 * HOUR, "11:00", [0, 0, 0]),  # today's has come: not again
        (1 * HOUR, "08:00", [0, 0, 0]),
    ],
)
async def test_a_change_of_time_neither_loses_nor_doubles_todays(stage, changed_at, to, heard):
    id = stage.for_per()
    came = len(await stage.at(TUESDAY)) if changed_at > timedelta(0) else 0
    stage.clock.set(TUESDAY + changed_at)
    stage.act("change", id, stage.plan_of(id, rule=WEEKLY | {"at": to}), flows=FLOWS)
    now = max(TUESDAY + changed_at, datetime(2026, 11, 24, 6, tzinfo=UTC))
    assert await stage.heard_at(now, TUESDAY + 0.5 * HOUR + (2 * HOUR if came else 0 * HOUR), TUESDAY + 8 * HOUR) == heard
    next_week = TUESDAY + WEEK
    assert sum(await stage.heard_at(*(next_week + n * 0.25 * HOUR for n in range(-8, 12)))) == 1


async def test_a_change_leaves_what_is_on_its_way(stage, monkeypatch):
    monkeypatch.setattr("bot.services.planning.PER_MINUTE", 2)
    id = stage.start()
    assert len(await stage.at(TUESDAY)) == 2
    stage.act("change", id, stage.plan_of(id, rule=WEEKLY | {"weekdays": [2]}, title="Nyt"), flows=FLOWS)
    said = await stage.at(TUESDAY + timedelta(minutes=1))
    assert len(said) == 2 and all("Nyt" in text for *_, text in said)
    assert len(await stage.at(TUESDAY + DAY)) == 2  # the new day, those first who are first in turn


async def test_paused_it_holds_and_resumed_it_goes_on(stage, monkeypatch):
    monkeypatch.setattr("bot.services.planning.PER_MINUTE", 2)
    id = stage.start()
    assert len(await stage.at(TUESDAY)) == 2
    stage.act("pause", id)
    assert await stage.heard_at(TUESDAY + HOUR) == [0]
    stage.act("resume", id, flows=FLOWS)
    assert await stage.heard_at(TUESDAY + HOUR) == [2]
    stage.act("pause", id)
    assert await stage.heard_at(TUESDAY + WEEK) == [0]
    stage.clock.set(TUESDAY + WEEK + HOUR)
    stage.act("resume", id, flows=FLOWS)
    assert await stage.heard_at(TUESDAY + WEEK + HOUR, TUESDAY + 2 * WEEK) == [0, 2]


async def test_a_pause_loses_nothing_that_was_put_off(stage):
    """Neither a round that waits for the end of a leave, whether the pause is over before that or just after, nor a reminder."""
    id = stage.for_per(rule={"kind": "once", "on": "2026-11-24", "at": "08:30"})
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 11, 24), date(2026, 11, 26), NOW))
    assert await stage.heard_at(TUESDAY, TUESDAY + 2 * DAY) == [0, 0]
    stage.act("pause", id)
    stage.act("resume", id, flows=FLOWS)
    stage.act("pause", id)
    assert await stage.heard_at(TUESDAY + 2 * DAY, TUESDAY + 3 * DAY) == [0, 0]
    stage.clock.set(TUESDAY + 3 * DAY + HOUR)
    stage.act("resume", id, flows=FLOWS)
    assert await stage.heard_at(TUESDAY + 3 * DAY + HOUR) == [1]
    stage.clock.set(TUESDAY + 3 * DAY + 12 * HOUR)  # in the evening
    stage.act("remind", id)
    stage.act("pause", id)
    assert await stage.heard_at(TUESDAY + 6 * DAY) == [0]
    stage.act("resume", id, flows=FLOWS)
    assert await stage.heard_at(TUESDAY + 6 * DAY) == [1]


async def test_ended_nothing_more_goes_out_but_what_is_begun_can_be_finished(stage, monkeypatch):
    monkeypatch.setattr("bot.services.planning.PER_MINUTE", 2)
    id = stage.start()
    await stage.at(TUESDAY)
    stage.act("end", id)
    assert await stage.heard_at(TUESDAY + HOUR, TUESDAY + WEEK) == [0, 0]
    assert sorted(one.state for one in stage.all()) == ["dropped", "dropped", "open", "open"]


async def test_what_has_no_more_dates_ends_by_itself_when_nothing_is_on_its_way(stage):
    id = stage.for_per(rule={"kind": "once", "on": "2026-11-24", "at": "08:30"})
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 11, 24), date(2026, 12, 3), NOW))

    def state():
        return stage.do(lambda db: programmes.get(db, stage.ea, id).state)

    assert await stage.heard_at(TUESDAY, TUESDAY + 8 * DAY) == [0, 0] and state() == "active"
    assert await stage.heard_at(TUESDAY + 10 * DAY, TUESDAY + 11 * DAY) == [1, 0] and state() == "ended"


# ---- kinds -----------------------------------------------------------------------------------------------


async def test_a_rotation_asks_about_what_was_asked_about_longest_ago(stage):
    stage.for_per(kind="rotation", flows=("F03", "F02", "F01"))
    titles = []
    for n in range(4):
        titles += [title for _, _, title, _ in await stage.at(TUESDAY + n * WEEK)]
        stage.hear_from(stage.per)
    assert titles == [FLOWS[id].title.da for id in ("F01", "F02", "F03", "F01")]


async def test_a_rotation_by_beacon(stage):
    beacon = FLOWS["F11"].beacon
    stage.for_per(kind="rotation", flows=(), beacon=beacon)
    await stage.at(TUESDAY)
    [one] = stage.all()
    assert FLOWS[one.flow].beacon == beacon


async def test_a_plain_reminder_is_signed_and_obeys_the_same_times(stage):
    stage.rhythm(stage.per, weekday=1, time="08:30")
    once = {"kind": "once", "on": "2026-11-24", "at": "08:30"}
    stage.for_per(kind="reminder", flows=(), title="Lederforum torsdag", text="Vi ses i salen kl. 9.", rule=once)
    said = await stage.at(TUESDAY)
    assert ("prompt", "Lederforum torsdag", "Vi ses i salen kl. 9. Sendt af Ea til dig og andre.") in [(k, t, x) for k, _, t, x in said]
    assert len(said) == 2  # a reminder is no prompt: the rhythm comes as well
    await stage.at(TUESDAY + 7 * DAY)
    assert stage.all(kind="reminder")[0].state == "done"


THURSDAY = datetime(2026, 12, 3, 7, 30, tzinfo=UTC)  # 08:30 in Copenhagen
FORUM = {"kind": "reminder", "flows": (), "text": "Lederforum i dag kl. 13.", "rule": {"kind": "once", "on": "2026-12-03", "at": "08:30"}}


def closed(stage, first, last):
    stage.do(lambda db: times.close_days(db, stage.ea, None, date(2026, 12, first), date(2026, 12, last), NOW))


@pytest.mark.parametrize(
    ("life", "comes"),
    [
        ({"day_from": "07:00"}, THURSDAY),
        ({"day_from": "10:00"}, THURSDAY + 1.5 * HOUR),  # the day begins later
        ({"day_until": "08:00"}, THURSDAY - 1.5 * HOUR),  # it is over by then: when it begins
        ({"working_days": "01"}, THURSDAY - 2 * DAY),
        ({"day_from": "21:00", "day_until": "06:00"}, THURSDAY - 11.5 * HOUR),  # the night before
        ({"timezone": "America/Nuuk"}, THURSDAY + 3 * HOUR),
    ],
)
async def test_what_reminds_of_something_comes_on_its_day_or_on_the_last_good_one_before(stage, life, comes):
    stage.set(stage.per, **life)
    stage.for_per(**FORUM)
    assert await stage.heard_at(THURSDAY - 5 * DAY, comes - HOUR / 60, comes, comes + HOUR, THURSDAY + 2 * DAY) == [0, 0, 1, 0, 0]


async def test_a_closed_day_and_leave_bring_it_earlier_and_each_gets_it_once(stage):
    closed(stage, 2, 3)
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 11, 30), date(2026, 12, 1), NOW))
    stage.start(audience={"people": [stage.per.id, stage.here.liv.id]}, **FORUM)
    friday = datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
    assert await stage.heard_at(friday - HOUR, friday, THURSDAY - 2 * DAY, THURSDAY, THURSDAY + DAY) == [0, 1, 1, 0, 0]


@pytest.mark.parametrize(("hour", "heard"), [(9, [1, 0, 0]), (17, [0, 0, 0])])
async def test_started_late_it_comes_at_once_while_the_last_good_day_lasts(stage, hour, heard):
    closed(stage, 3, 3)
    stage.clock.set(datetime(2026, 12, 2, hour, tzinfo=UTC))
    stage.for_per(**FORUM)
    assert await stage.heard_at(stage.clock.now(), THURSDAY, THURSDAY + DAY) == heard


async def test_after_its_day_it_never_comes(stage, monkeypatch):
    stage.for_per(**FORUM)
    assert await stage.heard_at(THURSDAY + DAY) == [0]  # down all Thursday
    stage.for_per(**FORUM | {"rule": {"kind": "once", "on": "2026-12-08", "at": "08:30"}})
    monkeypatch.setattr("scheduler.tick.send_due", lambda *_: Done())
    await stage.at(THURSDAY + 5 * DAY)
    monkeypatch.undo()
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 12, 8), date(2026, 12, 8), NOW))
    assert await stage.heard_at(THURSDAY + 5 * DAY, THURSDAY + 6 * DAY) == [0, 0]


async def test_what_comes_early_stays_apart_from_the_time_before(stage):
    closed(stage, 3, 3)
    stage.for_per(**FORUM | {"rule": {"kind": "weekly", "weekdays": [2, 3], "at": "08:30"}})
    assert await stage.heard_at(*(THURSDAY + n * DAY for n in (-1, 0, 1, 6, 7))) == [1, 0, 0, 1, 1]


async def test_a_reminder_put_to_another_day_is_not_doubled_by_what_was_recorded(stage):
    stage.set(stage.per, day_until="08:00")
    id = stage.for_per(**FORUM)
    assert await stage.heard_at(THURSDAY - DAY) == [0]  # recorded for Thursday 07:00
    stage.act("change", id, stage.plan_of(id, rule=FORUM["rule"] | {"on": "2026-12-10"}), flows=FLOWS)
    assert await stage.heard_at(THURSDAY - 1.5 * HOUR, THURSDAY + WEEK - DAY, THURSDAY + WEEK - 1.5 * HOUR) == [0, 0, 1]


async def test_a_pause_between_recording_and_the_morning_loses_no_reminder(stage):
    stage.set(stage.per, day_until="08:00")
    id = stage.for_per(**FORUM)
    assert await stage.heard_at(THURSDAY - DAY) == [0]  # recorded for Thursday 07:00
    stage.act("pause", id)
    stage.clock.set(THURSDAY - DAY + HOUR)
    stage.act("resume", id, flows=FLOWS)
    assert await stage.heard_at(THURSDAY - DAY + HOUR, THURSDAY - 1.5 * HOUR, THURSDAY) == [0, 1, 0]


async def test_who_planned_it_and_has_been_deleted_is_named_no_more(stage):
    stage.start(audience={"people": [stage.per.id, stage.ea.id]})
    stage.do(lambda db: erasing.erase(db, stage.ea, NOW))
    [(_, _, _, text)] = await stage.at(TUESDAY)
    assert "Jeres koordinator har planlagt den" in text and "Ea" not in text


async def test_a_series_comes_on_its_days_also_to_who_has_not_begun(stage):
    once = {"kind": "once", "on": "2026-11-24", "at": "14:00"}
    stage.rhythm(stage.per, weekday=1, time="08:30")
    stage.for_per(kind="series", flows=("F16",), rule=once)
    two = TUESDAY + 5.5 * HOUR
    assert len(await stage.at(TUESDAY)) == 1
    days = [two, two + 3 * DAY, two + 10 * DAY]
    assert await stage.heard_at(*days) == [1, 1, 1]  # the same day, though there has been a prompt
    assert [one.touch for one in stage.all(kind="touch")] == [0, 3, 10]


# ---- reminding -------------------------------------------------------------------------------------------


async def test_those_who_have_not_begun_are_reminded_once_and_nobody_learns_who(stage):
    id = stage.start()
    with pytest.raises(Refused, match=r"programmes\.nothing_to_remind"):
        stage.act("remind", id)
    await stage.at(TUESDAY)
    begun = stage.all(person=stage.per.id)[0]
    stage.do(lambda db: occurrences.begun(db, begun.id, "run"))
    stage.clock.set(TUESDAY + 2 * DAY)
    assert stage.act("remind", id) is None
    said = await stage.at(TUESDAY + 2 * DAY)
    assert len(said) == 3 and all("Ea har bedt mig minde dem, der ikke er begyndt" in text for *_, text in said)
    with pytest.raises(Refused, match=r"programmes\.reminded"):
        stage.act("remind", id)
    assert await stage.heard_at(TUESDAY + 3 * DAY) == [0]


async def test_a_reminder_waits_for_a_day_without_a_prompt(stage):
    id = stage.for_per()
    await stage.at(TUESDAY)
    stage.act("remind", id)
    assert await stage.heard_at(TUESDAY + HOUR, TUESDAY + DAY) == [0, 1]


async def test_three_unanswered_are_asked_about_once_and_then_reflections_rest(stage):
    id = stage.for_per()
    said = [await stage.at(TUESDAY + n * WEEK) for n in (0, 1, 2, 3, 6, 7)]
    assert [[title for _, _, title, _ in cards] for cards in said] == [["Tidlige tegn i teamet"]] * 3 + [["Passer det dig?"], [], []]
    assert "heller ikke den, der har planlagt" in said[3][0][3]
    stage.act("remind", id)
    assert await stage.at(stage.clock.now() + HOUR) == []  # nor what a coordinator has the silent reminded of
    stage.for_per(kind="reminder", flows=(), text="Hej.", rule={"kind": "once", "on": "2027-01-13", "at": "09:00"})
    stage.for_per(kind="series", flows=("F19",), rule={"kind": "once", "on": "2027-01-14", "at": "09:00"})
    assert await stage.heard_at(TUESDAY + 7 * WEEK + DAY + HOUR, TUESDAY + 7 * WEEK + 2 * DAY + HOUR) == [1, 1]
    stage.hear_from(stage.per)
    assert stage.all(kind="less")[0].state == "done"
    assert await stage.heard_at(TUESDAY + 8 * WEEK, TUESDAY + 9 * WEEK, TUESDAY + 10 * WEEK, TUESDAY + 11 * WEEK) == [1, 1, 1, 1]
    assert len(stage.all(kind="less")) == 2


async def test_who_has_begun_or_been_heard_is_not_asked(stage):
    stage.for_per()
    for n in range(5):
        assert len(await stage.at(TUESDAY + n * WEEK)) == 1
        if n == 1:
            stage.do(lambda db: occurrences.begun(db, stage.all(kind="prompt")[-1].id, "run"))
        if n == 2:
            stage.hear_from(stage.per)
    assert stage.all(kind="less") == []


async def test_to_be_reminded_is_not_to_be_asked_a_fourth_time(stage):
    id = stage.for_per()
    assert await stage.heard_at(*(TUESDAY + n * WEEK for n in range(3))) == [1, 1, 1]
    stage.act("remind", id)
    [(_, _, title, _)] = await stage.at(TUESDAY + 2 * WEEK + DAY)
    assert title == "Tidlige tegn i teamet"


async def test_one_question_is_enough_whoever_asks_it(stage):
    stage.for_per()
    stage.rhythm(stage.per, weekday=3, time="09:00")
    said = [title for n in range(40) for _, _, title, _ in await stage.at(TUESDAY + n * DAY)]
    assert len(said) == 7 and said[6].startswith("Passer") and not [one for one in said[:6] if one.startswith("Passer")]
    stage.hear_from(stage.per)
    assert len([1 for n in range(41, 48) for _ in await stage.at(TUESDAY + n * DAY)]) == 2


async def test_later_is_the_person_s_own_and_comes_when_they_said(stage):
    stage.for_per()
    await stage.at(TUESDAY)
    [one] = stage.all()
    evening = TUESDAY + 12 * HOUR
    stage.do(lambda db: occurrences.later(db, one.id, evening))
    [(_, _, _, text)] = await stage.at(evening)
    assert text.endswith("Du bad mig komme igen nu.")


# ---- rhythms ---------------------------------------------------------------------------------------------


async def test_a_rhythm_obeys_leave_holidays_and_hours_too(stage):
    stage.rhythm(stage.per, weekday=1, time="08:30")
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 11, 24), date(2026, 11, 25), NOW))
    assert await stage.heard_at(TUESDAY, TUESDAY + DAY, TUESDAY + 2 * DAY) == [0, 0, 1]
    stage.do(lambda db: times.take_leave(db, stage.per, date(2026, 12, 1), date(2026, 12, 20), NOW))
    assert await stage.heard_at(*(TUESDAY + n * DAY for n in range(7, 28))) == [0] * 21
    assert await stage.heard_at(TUESDAY + 28 * DAY) == [1]


async def test_a_rhythm_in_the_evening_is_asked_for(stage):
    stage.rhythm(stage.per, weekday=5, time="20:00")
    saturday = datetime(2026, 11, 28, 19, tzinfo=UTC)
    assert await stage.heard_at(saturday) == [1]
    found = stage.do(lambda db: people.person(db, stage.here.id, stage.per.id))
    assert (found.day_until, found.working_days) == ("21:00", "012345")
