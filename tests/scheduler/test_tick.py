"""What a tick does: whom it asks, what, when, and when it holds its tongue."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.clock import FixedClock
from bot.editions import Editions
from bot.events import Woke
from bot.open_cards import open_cards
from bot.services import actions, followups, occurrences, runs, schedules, whereabouts
from bot.store.secrets import unsealed
from bot.store.tables import Conversation, DialogRun, Fact, InboxItem, Occurrence, OutboxItem, Person, Schedule
from scheduler.due import look, next_moment
from scheduler.rotation import choose
from scheduler.tick import tick
from tests.furniture import furnished, load
from tests.services.lives import NOW, department, person

LIBRARY = load()
EDITIONS = Editions(LIBRARY, furnished(LIBRARY))
TZ = "Europe/Copenhagen"
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)  # 08:00 in Copenhagen
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
OCCURRENCE, SCHEDULE, OUTBOX = Occurrence.__table__, Schedule.__table__, OutboxItem.__table__


class Heard:
    """Stands where the turns are."""

    def __init__(self):
        self.events = []

    async def handle(self, event):
        self.events.append(event)


class Stage:
    """One department, one clock, and what the bot said."""

    def __init__(self, store):
        self.store, self.clock, self.turns = store, FixedClock(NOW), Heard()
        self.here = store.run_now(department)
        self.ea, self.per = self.here.ea, self.here.per
        self.heard = 0

    async def at(self, moment):
        """Tick at this moment; returns the cards that went out, as (kind, subject, title, text)."""
        self.clock.set(moment)
        report = await tick(self.store, self.turns, EDITIONS, self.clock)
        said = self.store.read_now(self._said)
        assert report.cards == len(said)
        return said

    def _said(self, db):
        rows = db.execute(select(OUTBOX).where(OUTBOX.c.id > self.heard).order_by(OUTBOX.c.id)).all()
        self.heard = max([self.heard, *(row.id for row in rows)])
        cards = [unsealed(db, row.sealed, row.person) for row in rows]
        both = zip(rows, cards, strict=True)
        return [(row.kind, row.subject, card["title"], " ".join(card["text"])) for row, card in both]

    def rhythm(self, who, **more):
        what = {"weekday": 0, "time": "08:00", "every": 1, "timezone": TZ, **more}
        ids = {"organisation": who.organisation, "person": who.id}
        self.do(lambda db: schedules.set_rhythm(db, **ids, **what, now=self.clock.now()))

    def do(self, work):
        return self.store.run_now(work)

    def set(self, who, **values):
        self.do(lambda db: db.execute(update(Person).where(Person.id == who.id).values(**values)))

    def schedule(self, who):
        return self.store.read_now(lambda db: schedules.rhythm_of(db, who))

    def all(self, **values):
        wanted = select(OCCURRENCE).where(*(OCCURRENCE.c[k] == v for k, v in values.items())).order_by(OCCURRENCE.c.moment)
        return self.store.read_now(lambda db: db.execute(wanted).all())

    def agree(self, who, ask_in=7):
        what = {"what": "tal med Ida", "who": "mig", "by": None, "evaluator": "mig", "visibility": "private"}
        about = {"run": "r", "entry": None, "flow": "F01", "beacon": "", "ask_in": ask_in, "now": self.clock.now()}
        return self.do(lambda db: actions.add(db, who, **what, **about))


@pytest.fixture
def stage(store):
    return Stage(store)


# ---- prompts ---------------------------------------------------------------------------------------------


async def test_a_prompt_comes_at_its_moment_once_and_says_why(stage):
    stage.rhythm(stage.ea)
    assert await stage.at(MONDAY - timedelta(seconds=1)) == []
    [(kind, subject, title, text)] = await stage.at(MONDAY)
    [asked] = stage.all()
    assert (kind, subject, title) == ("prompt", f"occurrence:{asked.id}", LIBRARY.flows[asked.flow].title.da)
    assert text == "Det tager cirka 5 min. Du får den, fordi du har valgt mandag kl. 08.00."
    assert await stage.at(MONDAY) == []
    assert stage.schedule(stage.ea).next_run_at == MONDAY + WEEK


async def test_each_reads_their_own_language(stage):
    stage.set(stage.ea, language="en")
    stage.rhythm(stage.ea)
    [(_, _, title, text)] = await stage.at(MONDAY)
    assert title == "Early signs in the team"
    assert text == "It takes about 5 min. You get it because you chose Mondays at 08:00."


async def test_ten_clocks_at_once_ask_each_person_once(stage):
    crowd = stage.do(lambda db: [person(db, stage.here.id, f"p{n}") for n in range(25)])
    for who in crowd:
        stage.rhythm(who)
    stage.clock.set(MONDAY)
    reports = await asyncio.gather(*(tick(stage.store, stage.turns, EDITIONS, stage.clock) for _ in range(10)))
    assert sum(report.cards for report in reports) == 25
    assert sorted(one.person for one in stage.all(kind="prompt")) == sorted(who.id for who in crowd)


async def test_the_rotation_asks_what_was_asked_longest_ago(stage):
    stage.rhythm(stage.ea)
    flows = []
    for n in range(3):
        await stage.at(MONDAY + n * WEEK)
        stage.do(lambda db: schedules.answered(db, stage.ea, stage.clock.now()))
        flows.append(stage.all(kind="prompt")[-1].flow)
    assert flows == ["F01", "F02", "F03"]


def test_the_rotation_fits_the_level_and_leaves_out_what_comes_by_itself():
    asked = {}
    for n in range(len(LIBRARY.flows) * 2):
        flow = choose(LIBRARY, "dir", asked, NOW, NOW)
        assert "dir" in flow.levels
        asked[flow.id] = NOW + n * DAY
    assert not {"F16", "F17", "F18"} & set(asked)
    assert min(asked.values()) >= NOW + len(asked) * DAY  # each came round again


def test_a_closed_beacon_is_asked_about_lightly_once_a_year_and_never_two_close_upon_each_other():
    library = EDITIONS.bundled.library
    asked, came = {"F01": NOW}, []
    for week in range(1, 160):
        now = NOW + week * WEEK
        flow = choose(library, "ll", asked, now, NOW)
        asked[flow.id] = now
        if flow.theme == "resting":
            came.append((week, flow.beacon))
    weeks = [week for week, _ in came]
    assert weeks[0] == 53 and min(b - a for a, b in zip(weeks, weeks[1:])) >= 13
    for beacon in ("dokumentationspraksis", "borgeren_som_erfaringsekspert"):
        own = [week for week, one in came if one == beacon]
        assert len(own) >= 2 and own[1] - own[0] >= 52


async def test_after_three_without_an_answer_the_bot_asks_once_and_then_keeps_quiet(stage):
    stage.rhythm(stage.ea)
    said = [await stage.at(MONDAY + n * WEEK) for n in range(8)]
    assert [[kind for kind, *_ in cards] for cards in said] == [["prompt"]] * 4 + [[]] * 4
    assert "tre gange uden svar" in said[3][0][3]
    assert len(stage.all(kind="prompt", state="dropped")) == 3
    assert stage.schedule(stage.ea).resting
    stage.do(lambda db: schedules.answered(db, stage.ea, stage.clock.now()))
    assert stage.all(kind="less")[0].state == "done"
    assert len(await stage.at(MONDAY + 8 * WEEK)) == 1


async def test_begun_prompts_are_answers(stage):
    stage.rhythm(stage.ea)
    for n in range(6):
        [card] = await stage.at(MONDAY + n * WEEK)
        stage.do(lambda db, id=stage.all()[-1].id: occurrences.begun(db, id, "run"))
    assert stage.schedule(stage.ea).unanswered == 0


@pytest.mark.parametrize("state", ["left", "declined", "new"])
async def test_who_has_left_declined_or_not_begun_hears_nothing(stage, state):
    stage.rhythm(stage.ea)
    stage.agree(stage.ea)
    stage.set(stage.ea, state=state)
    assert [await stage.at(MONDAY + n * DAY) for n in range(9)] == [[]] * 9
    assert stage.schedule(stage.ea).unanswered == 0


async def test_a_pause_is_kept_for_prompts_and_nudges_and_ends_by_itself(stage):
    stage.rhythm(stage.ea)
    stage.agree(stage.ea)
    stage.do(lambda db: schedules.pause(db, stage.ea, date(2026, 12, 9), stage.clock.now()))
    assert [await stage.at(MONDAY + n * DAY) for n in range(9)] == [[]] * 9
    wednesday = datetime(2026, 12, 9, 8, tzinfo=UTC)
    assert await stage.at(wednesday - timedelta(minutes=1)) == []
    assert [kind for kind, *_ in await stage.at(wednesday)] == ["nudge"]
    assert await stage.at(wednesday + 3 * DAY) == []  # a Saturday
    assert [kind for kind, *_ in await stage.at(MONDAY + 2 * WEEK)] == ["prompt"]
    assert [kind for kind, *_ in await stage.at(MONDAY + 2 * WEEK + timedelta(hours=1))] == ["nudge"]


async def test_a_pause_set_behind_the_clocks_back_is_kept_too(stage):
    stage.rhythm(stage.ea)
    stage.set(stage.ea, paused_until=date(2026, 12, 2))
    assert await stage.at(MONDAY) == []
    assert stage.schedule(stage.ea).next_run_at == MONDAY + WEEK


async def test_what_was_missed_while_down_is_caught_up_once(stage):
    stage.rhythm(stage.ea)
    thursday = MONDAY + 2 * WEEK + 3 * DAY
    assert len(await stage.at(thursday)) == 1
    assert await stage.at(thursday + timedelta(minutes=1)) == []
    assert stage.schedule(stage.ea).next_run_at == MONDAY + 3 * WEEK


async def test_a_clock_that_jumps_back_asks_nothing_twice(stage):
    stage.rhythm(stage.ea)
    await stage.at(MONDAY)
    assert await stage.at(MONDAY - 2 * DAY) == []
    stage.do(lambda db: db.execute(update(SCHEDULE).values(next_run_at=MONDAY)))
    assert await stage.at(MONDAY) == []
    stage.do(lambda db: db.execute(update(OCCURRENCE).values(moment=MONDAY - DAY)))
    stage.do(lambda db: db.execute(update(SCHEDULE).values(next_run_at=MONDAY)))
    assert await stage.at(MONDAY) == []


async def test_never_two_prompts_on_one_day(stage):
    stage.rhythm(stage.ea)
    await stage.at(MONDAY)
    stage.rhythm(stage.ea, time="16:00")
    assert await stage.at(MONDAY + timedelta(hours=8)) == []
    assert stage.schedule(stage.ea).next_run_at == MONDAY + DAY + timedelta(hours=8)
    assert len(await stage.at(MONDAY + DAY + timedelta(hours=8))) == 1
    assert stage.schedule(stage.ea).next_run_at == MONDAY + WEEK + timedelta(hours=8)


async def test_one_put_off_to_the_day_of_the_next_is_that_days_prompt(stage):
    stage.rhythm(stage.ea)
    await stage.at(MONDAY)
    [asked] = stage.all()
    nine = MONDAY + WEEK + timedelta(hours=1)
    stage.do(lambda db: occurrences.later(db, asked.id, nine))
    assert await stage.at(MONDAY + WEEK) == []
    [(_, subject, _, text)] = await stage.at(nine)
    assert subject == f"occurrence:{asked.id}" and text.endswith("Du bad mig komme igen nu.")
    assert len(await stage.at(MONDAY + WEEK + DAY)) == 1
    assert [one.state for one in stage.all(kind="prompt")] == ["dropped", "open"]


@pytest.mark.parametrize(
    ("when", "moments"),
    [
        ("08:00", [(2028, 3, 19, 7), (2028, 3, 26, 6), (2028, 4, 2, 6)]),
        ("02:30", [(2028, 3, 19, 1, 30), (2028, 3, 26, 1), (2028, 4, 2, 0, 30)]),
    ],
)
async def test_summer_time_in_copenhagen(stage, when, moments):
    stage.clock.set(datetime(2028, 3, 14, tzinfo=UTC))
    stage.rhythm(stage.ea, weekday=6, time=when)
    for parts in moments:
        due = datetime(*parts, tzinfo=UTC)
        assert await stage.at(due - timedelta(minutes=1)) == []
        assert len(await stage.at(due)) == 1


@pytest.mark.parametrize("hour", [1, -1])
async def test_eight_stays_eight_when_a_law_moves_the_clocks(stage, hour):
    """As if the next moment had been reckoned by the rules of before; one whose zone has no other rules is left alone."""
    stage.rhythm(stage.ea)
    stage.rhythm(stage.per, timezone="Europe/London")
    await stage.at(MONDAY - 2 * DAY)
    by_old_rules = update(SCHEDULE).values(next_run_at=MONDAY + timedelta(hours=hour))
    stage.do(lambda db: db.execute(by_old_rules))
    stage.do(lambda db: db.execute(update(Fact).where(Fact.name == f"zone:{TZ}").values(value="other rules")))
    await stage.at(MONDAY - DAY)
    assert stage.schedule(stage.ea).next_run_at == MONDAY
    assert stage.schedule(stage.per).next_run_at == MONDAY + timedelta(hours=hour)
    stage.set(stage.per, state="left")
    assert [len(await stage.at(MONDAY + timedelta(minutes=n))) for n in (-60, -1, 0, 60)] == [0, 0, 1, 0]


async def test_nowhere_to_reach_somebody_stops_nobody_else(stage):
    stage.rhythm(stage.ea)
    stage.rhythm(stage.per)
    gone = update(Conversation).where(Conversation.person == stage.ea.id).values(reachable=False)
    stage.do(lambda db: db.execute(gone))
    assert len(await stage.at(MONDAY)) == 1
    assert stage.schedule(stage.ea).next_run_at == MONDAY + WEEK


async def test_a_rule_nobody_can_follow_rests_and_the_others_go_on(stage):
    stage.rhythm(stage.ea)
    stage.rhythm(stage.per)
    broken = update(SCHEDULE).where(SCHEDULE.c.person == stage.ea.id).values(timezone="Mars/Olympus")
    stage.do(lambda db: db.execute(broken))
    assert len(await stage.at(MONDAY)) == 1
    assert stage.schedule(stage.ea).next_run_at is None


async def test_a_time_zone_nobody_knows_is_ours_and_the_others_go_on(stage):
    stage.agree(stage.ea)
    stage.agree(stage.per)
    stage.set(stage.ea, timezone="Mars/Olympus")
    assert len(await stage.at(datetime(2026, 11, 30, 8, tzinfo=UTC))) == 2


async def test_it_goes_to_the_channel_a_person_prefers(stage):
    slack = stage.do(lambda db: whereabouts.make_conversation(db, stage.ea, "slack", {}))
    stage.set(stage.ea, preferred_channel="slack")
    stage.rhythm(stage.ea)
    await stage.at(MONDAY)
    assert stage.store.read_now(lambda db: db.scalar(select(OUTBOX.c.conversation))) == slack


# ---- what was agreed to be asked -------------------------------------------------------------------------


async def test_a_followup_names_flow_and_date_and_comes_once_more_and_never_again(stage):
    stage.agree(stage.ea)
    due = datetime(2026, 11, 30, 8, tzinfo=UTC)
    said = [await stage.at(due + n * DAY) for n in range(20)]
    days = {n: cards[0] for n, cards in enumerate(said) if cards}
    assert sorted(days) == [0, 3]
    kind, _, title, text = days[0]
    assert (kind, title) == ("nudge", "Hvad blev der af det?")
    assert text.startswith('Det, du aftalte mandag den 23. november 2026 efter "Tidlige tegn i teamet".')
    assert "Ida" not in text and "sidste gang" in days[3][3]
    assert days[0][1] == days[3][1]


async def test_an_agreement_that_is_closed_is_not_asked_about(stage):
    id = stage.agree(stage.ea)
    stage.do(lambda db: actions.close(db, stage.ea, id, "done", NOW))
    assert [await stage.at(MONDAY + n * DAY) for n in range(5)] == [[]] * 5


async def test_what_was_agreed_is_asked_before_a_prompt(stage):
    stage.agree(stage.ea)
    stage.rhythm(stage.ea, time="09:00")
    assert [kind for kind, *_ in await stage.at(MONDAY + timedelta(hours=1))] == ["nudge", "prompt"]


async def test_a_series_comes_on_its_days(stage):
    what = {"flow": "F16", "days": (0, 3, 10), "series": "r", "now": NOW, "timezone": TZ}
    ids = {"organisation": stage.ea.organisation, "person": stage.ea.id}
    stage.do(lambda db: followups.plan_touches(db, **ids, **what))
    nine = datetime(2026, 11, 23, 8, tzinfo=UTC)
    said = [await stage.at(nine + n * DAY) for n in range(14)]
    assert [n for n, cards in enumerate(said) if cards] == [3, 10]
    assert said[10][0][3].startswith("Hvordan går det med det, du begyndte på?")


async def test_a_page_left_half_way_is_mentioned_once(stage):
    half_way = draft(stage)
    nine = datetime(2026, 11, 30, 8, tzinfo=UTC)
    said = [await stage.at(nine + n * DAY) for n in range(12)]
    assert [n for n, cards in enumerate(said) if cards] == [0]
    assert said[0][0][:3] == ("nudge", f"run:{half_way}", "Tidlige tegn i teamet")


async def test_a_page_that_was_finished_is_not_mentioned(stage):
    half_way = draft(stage)
    stage.do(lambda db: runs.finish(db, half_way, NOW, dropped=False))
    assert await stage.at(NOW + 2 * WEEK) == []


def draft(stage):
    def work(db):
        id = runs.new_id()
        state = {"page": "s1", "answers": {}}
        runs.start(db, stage.ea, NOW, dialog="F01", release="", state=state, id=id)
        ids = {"organisation": stage.ea.organisation, "person": stage.ea.id}
        followups.plan_draft_reminder(db, **ids, run=id, flow="F01", now=NOW, timezone=TZ)
        return id

    return stage.do(work)


# ---- deadlines, retention, and what is to come -----------------------------------------------------------


async def test_a_deadline_is_an_event_with_the_same_id_however_often_it_is_seen(stage):
    half_way = draft(stage)
    at = NOW + timedelta(hours=1)
    stage.do(lambda db: db.execute(update(DialogRun).values(wake_at=at)))
    await stage.at(NOW)
    assert stage.turns.events == []
    await stage.at(at)
    await stage.at(at)
    assert stage.turns.events == [Woke(id=f"woke:{half_way}:{at.isoformat()}", run=half_way)] * 2


async def test_once_a_day_what_was_kept_long_enough_goes(stage):
    old = {"event": "e", "at": NOW - timedelta(days=60)}
    count = select(func.count()).select_from(InboxItem)
    for moment, left in ((NOW, 0), (NOW + timedelta(hours=1), 1), (NOW + DAY, 0)):
        stage.do(lambda db: db.execute(InboxItem.__table__.insert(), old))
        await stage.at(moment)
        assert stage.store.read_now(lambda db: db.scalar(count)) == left
        stage.do(lambda db: db.execute(InboxItem.__table__.delete()))


async def test_the_next_moment_is_the_earliest_of_all(stage):
    def next_(person=""):
        return stage.store.read_now(lambda db: next_moment(db, stage.clock.now(), person))

    assert next_() is None
    stage.rhythm(stage.per)
    assert next_() == MONDAY
    stage.agree(stage.ea, ask_in=2)
    assert next_() == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert next_(stage.per.id) == MONDAY


def test_an_idle_look_reads_no_table_however_much_is_planned(postgres_store):
    """PostgreSQL plans what it has seen often without its values; that plan must go by the indexes, statistics or none."""
    here = postgres_store.run_now(department)
    many = text(
        "INSERT INTO schedule (id, organisation, person, rule, timezone, flow, next_run_at, unanswered, resting, created_at)"
        " SELECT 's' || n, :organisation, :person, '{}', 'UTC', '', :monday, 0, false, :monday FROM generate_series(1, 3000) n"
    )
    whole = text("SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname = 'schedule'")

    def work(db):
        db.execute(many, {"organisation": here.id, "person": here.ea.id, "monday": MONDAY})
        db.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        before = db.scalar(whole)
        assert look(db) == (MONDAY, "")
        return db.scalar(whole) - before

    assert postgres_store.run_now(work) == 0


# ---- what stands open ------------------------------------------------------------------------------------


async def test_the_page_redraws_what_stands_open_and_nothing_else(stage):
    stage.rhythm(stage.ea)
    stage.agree(stage.ea)
    await stage.at(MONDAY + timedelta(hours=1))
    half_way = draft(stage)
    stage.rhythm(stage.per)
    cards = stage.do(lambda db: open_cards(db, LIBRARY, stage.ea, stage.clock.now()))
    followup, prompt = stage.all(kind="followup")[0], stage.all(kind="prompt")[0]
    assert {card.subject for card in cards} == {
        f"occurrence:{followup.id}",
        f"occurrence:{prompt.id}",
        f"run:{half_way}",
    }
    assert stage.do(lambda db: open_cards(db, LIBRARY, stage.per, stage.clock.now())) == []


async def test_the_question_less_often_stands_until_it_is_answered(stage):
    stage.rhythm(stage.ea)
    for n in range(4):
        await stage.at(MONDAY + n * WEEK)
    [card] = stage.do(lambda db: open_cards(db, LIBRARY, stage.ea, stage.clock.now()))
    assert [b.action for b in card.buttons] == ["less_every", "less_time", "pause_days", "pause_days", "less_keep"]
    stage.rhythm(stage.ea, every=2)
    assert stage.do(lambda db: open_cards(db, LIBRARY, stage.ea, stage.clock.now())) == []
