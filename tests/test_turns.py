"""One event, one transaction, all or nothing: what happens twice, at once, wrongly, or to somebody else."""

from __future__ import annotations

import itertools
import logging
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, create_engine, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.events import Joined, Left, Sender, Submitted, Woke, Wrote
from bot.services import logbook, runs, schedules, whereabouts
from bot.store.faults import StoreBusy
from bot.store.tables import Utc
from tests.application import NOW, ORGANISATION, Application, sender

SECRET = "blåmejsen bor i skuret"
DANGER = "Jeg kan ikke leve mere."


@pytest.fixture
def app(store):
    app = Application(store)
    app.open_organisation()
    app.settle("ana", "bent")
    return app


async def begun(app, name="ana", flow="F10"):
    """A run on its first page; its id."""
    return (await app.begin(name, flow)).form.run


# ---- twice -----------------------------------------------------------------------------------------------


async def test_the_same_page_twice_is_kept_once_and_the_answer_drawn_again(app):
    run = await begun(app)
    event = app.submitted("ana", run, "s1", s1="Tre ting", s2="faa", s3="ingen")
    first = await app.handle(event)
    before = app.rows()
    again = await app.handle(event)
    assert app.rows() == before
    assert (again.form.page, again.form.fields) == (first.form.page, first.form.fields)
    assert app.count("outbox") == 1


async def test_the_same_beginning_twice_is_one_run_and_the_same_page(app):
    event = app.chose("ana", "begin", "F01")
    first, again = await app.handle(event), await app.handle(event)
    assert first.form == again.form
    assert app.count("dialog_run") == 1


async def test_the_same_last_page_twice_is_one_entry_and_one_card(app):
    run = await begun(app)
    await app.submit("ana", run, "s1", s1=SECRET)
    event = app.submitted("ana", run, "s1", "later", s1=SECRET)
    await app.handle(event)
    for page in ("s4", "s7", "s8"):
        await app.submit("ana", run, page)
    last = app.submitted("ana", run, "closing_what", closing_suggestion="ingen")
    assert (await app.handle(last)).form.closed
    before = app.rows()
    again = await app.handle(last)
    assert again.form.closed and app.rows() == before
    assert app.count("entry") == 1


async def test_a_line_twice_is_answered_once(app):
    line = Wrote(id="line", sender=sender("ana"), text="hjælp")
    for _ in range(3):
        await app.handle(line)
    assert len(await app.deliver()) == 1


async def test_two_clicks_on_one_card_open_one_page(app):
    [ana] = app.settle("ana")
    rhythm = {"weekday": 1, "time": "09:00", "every": 1, "timezone": ana.timezone, "now": NOW}
    app.store.run_now(lambda db: schedules.set_rhythm(db, organisation=ORGANISATION, person=ana.id, **rhythm))
    app.clock.pass_(timedelta(days=2))
    await app.tick()
    [prompt] = await app.deliver()
    first, second = await app.together(
        app.chose("ana", "begin", subject=prompt["subject"]), app.chose("ana", "begin", subject=prompt["subject"])
    )
    assert first.form.run == second.form.run and first.form.fields == second.form.fields
    assert app.count("dialog_run") == 1 and app.count("occurrence", kind="prompt", state="begun") == 1


async def test_a_card_that_is_answered_elsewhere_stops_asking_where_it_stands(app):
    """By a personal link somebody answers on the web what was asked in Teams."""
    [ana] = app.settle("ana")
    app.store.run_now(lambda db: whereabouts.add_identity(db, ana, "web", ana.id))
    run = await begun(app)
    await app.submit("ana", run, "s1", "later", s1=SECRET)
    [halfway] = await app.deliver()
    elsewhere = Sender(channel="web", organisation=ORGANISATION, external=ana.id, address={"person": ana.id})
    await app.handle(Submitted(id="web:1", sender=elsewhere, run=run, page="s1", button="drop", values={}))
    [gone] = await app.deliver()  # the web's own waits for its page
    assert gone["subject"] == halfway["subject"] and gone["buttons"] != halfway["buttons"]


# ---- at once ---------------------------------------------------------------------------------------------


async def test_ten_pages_of_one_run_at_once_lose_nothing(app):
    """Each brings something of its own; with read–change–write and no lock, the last one would win."""
    run = await begun(app, flow="F07")
    pages = [("s1", "s1"), ("s5", "s5")] * 5
    events = [app.submitted("ana", run, page, **{step: f"{SECRET} {page} {n}"}) for n, (page, step) in enumerate(pages)]
    answers = await app.together(*events)
    assert all(answer.form for answer in answers)
    kept = app.answers(run)
    assert kept["s1"].startswith(f"{SECRET} s1") and kept["s5"].startswith(f"{SECRET} s5")
    assert app.count("outbox") == 1  # "under way" is said once
    assert app.count("inbox") == 11


async def test_ten_endings_of_one_run_at_once_are_one_entry_and_one_agreement(app):
    run = await begun(app)
    for page in ("s1", "s4", "s7", "s8"):
        await app.submit("ana", run, page, s1=SECRET)
    await app.submit("ana", run, "closing_what", closing_what=f"{SECRET}, igen")
    await app.submit("ana", run, "closing_who", closing_who="mig", closing_ask="d14", closing_sees="private")
    await app.deliver()
    answers = await app.together(*(app.submitted("ana", run, "closing_review") for _ in range(10)))
    assert all(answer.form.closed for answer in answers)
    assert (app.count("entry"), app.count("action"), app.count("occurrence", kind="followup")) == (1, 1, 1)
    assert len(await app.deliver()) == 1


async def test_ten_people_at_once_each_keep_their_own(app):
    names = [f"person{n}" for n in range(10)]
    app.settle(*names)
    runs_ = {name: await begun(app, name) for name in names}
    await app.together(*(app.submitted(name, run, "s1", s1=f"{SECRET} {name}") for name, run in runs_.items()))
    assert {name: app.answers(run)["s1"] for name, run in runs_.items()} == {name: f"{SECRET} {name}" for name in names}


async def test_ten_beginnings_at_once_make_one_run(app):
    answers = await app.together(*(app.chose("ana", "begin", "F01") for _ in range(10)))
    assert len({answer.form.run for answer in answers}) == 1
    assert app.count("dialog_run") == 1


async def test_somebody_new_who_arrives_ten_times_at_once_is_welcomed_once(app):
    await app.together(*(Joined(id=f"joined:{n}", sender=sender("nynne")) for n in range(10)))
    assert app.count("person", name="Nynne") == 1
    assert len(await app.deliver()) == 1


async def test_the_same_event_ten_times_at_once_is_handled_once(app):
    run = await begun(app)
    event = app.submitted("ana", run, "s1", s1=SECRET)
    answers = await app.together(*[event] * 10)
    assert {answer.form.page for answer in answers} == {"s4"}
    assert (app.count("inbox"), app.count("outbox")) == (2, 1)


# ---- a bug -----------------------------------------------------------------------------------------------


@pytest.fixture
def a_bug(monkeypatch):
    def broken(*args, **more):
        raise ValueError(f"cannot keep {SECRET}")

    monkeypatch.setattr(runs, "save", broken)
    return monkeypatch


async def test_a_bug_is_rolled_back_and_apologised_for(app, a_bug, caplog):
    caplog.set_level(logging.DEBUG)
    run = await begun(app)
    before = app.rows()
    event = app.submitted("ana", run, "s1", s1=SECRET)
    answer = await app.handle(event)
    after = app.rows()
    assert answer.form is None and after["dialog_run"] == before["dialog_run"]
    [card] = await app.deliver()
    assert card["text"] == [app.parts.library.say("desk.sorry").da]
    assert len(after["inbox"]) == len(before["inbox"]) + 1  # it counts as handled
    assert "ValueError" in caplog.text and event.id in caplog.text and SECRET not in caplog.text


async def test_after_a_bug_the_same_event_stays_handled_and_the_page_can_be_sent_again(app, a_bug):
    run = await begun(app)
    event = app.submitted("ana", run, "s1", s1=SECRET)
    await app.handle(event)
    a_bug.undo()
    await app.deliver()
    assert (await app.handle(event)).form.page == "s1" and await app.deliver() == []
    assert (await app.submit("ana", run, "s1", s1=SECRET)).form.page == "s4"
    assert app.answers(run)["s1"] == SECRET


async def test_a_bug_after_the_entry_was_kept_takes_the_entry_back(app, monkeypatch):
    run = await begun(app)
    for page in ("s1", "s4", "s7", "s8"):
        await app.submit("ana", run, page, s1=SECRET)
    monkeypatch.setattr(runs, "finish", lambda *args, **more: {}["gone"])
    await app.submit("ana", run, "closing_what", closing_suggestion="ingen")
    assert app.count("entry") == 0 and app.count("dialog_run", status="open") == 1


async def test_a_bug_in_one_turn_leaves_those_that_share_its_commit_alone(app, monkeypatch):
    names = [f"person{n}" for n in range(8)]
    app.settle(*names)
    runs_ = {name: await begun(app, name) for name in names}
    save = runs.save

    def broken_for_one(db, person, *args):
        if person.name == "Person3":
            raise ValueError(SECRET)
        save(db, person, *args)

    monkeypatch.setattr(runs, "save", broken_for_one)
    await app.together(*(app.submitted(name, run, "s1", s1=SECRET) for name, run in runs_.items()))
    assert [name for name, run in runs_.items() if "s1" not in app.answers(run)] == ["person3"]


# ---- a database that is away -----------------------------------------------------------------------------


async def test_an_error_of_the_database_is_for_the_platform_to_send_again(app, monkeypatch):
    run = await begun(app)
    before = app.rows()
    event = app.submitted("ana", run, "s1", s1=SECRET)

    def away(*args):
        raise OperationalError("UPDATE …", {}, Exception("the disk is away"))

    monkeypatch.setattr(runs, "save", away)
    with pytest.raises(OperationalError):
        await app.handle(event)
    assert app.rows() == before
    monkeypatch.undo()
    assert (await app.handle(event)).form.page == "s4"


async def test_what_the_database_would_refuse_again_is_a_bug(app, monkeypatch):
    """Sent again it would fail again, for ever."""
    run = await begun(app)
    monkeypatch.setattr(runs, "save", lambda db, *args: db.execute(text("SELECT nothing FROM nowhere")))
    if app.store.kind == "sqlite":
        monkeypatch.setattr(runs, "save", lambda db, *args: db.execute(select(bindparam("at", NOW.replace(tzinfo=None), Utc()))))
    await app.submit("ana", run, "s1", s1=SECRET)
    [card] = await app.deliver()
    assert card["text"] == [app.parts.library.say("desk.sorry").da]


async def test_sqlite_held_by_somebody_else_is_for_the_platform_to_send_again(sqlite_store):
    app = Application(sqlite_store)
    app.open_organisation()
    app.settle("ana")
    run = await begun(app)
    before = app.rows()
    event = app.submitted("ana", run, "s1", s1=SECRET)
    sqlite_store._writer.call_now(lambda raw, db: raw.execute("PRAGMA busy_timeout = 1"))
    other = create_engine(f"sqlite:///{sqlite_store.path}", isolation_level="AUTOCOMMIT")
    with other.connect() as holding:
        holding.execute(text("BEGIN IMMEDIATE"))
        with pytest.raises(StoreBusy):
            await app.handle(event)
        holding.execute(text("ROLLBACK"))
    assert app.rows() == before
    assert (await app.handle(event)).form.page == "s4"


async def test_postgresql_that_is_away_is_for_the_platform_to_send_again(postgres_store, postgres, postgres_url):
    app = Application(postgres_store)
    app.open_organisation()
    app.settle("ana")
    run = await begun(app)
    before = app.rows()
    event = app.submitted("ana", run, "s1", s1=SECRET)
    name = make_url(postgres_url).database
    administrator = create_engine(make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with administrator.connect() as db:
        db.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        db.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name})
        with pytest.raises(DBAPIError):
            await app.handle(event)
        db.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    administrator.dispose()
    assert app.rows() == before
    assert (await app.handle(event)).form.page == "s4"


# ---- what is not one's own, and what makes no sense ------------------------------------------------------


async def test_an_unknown_run_is_over(app):
    answer = await app.submit("ana", "nothing", "s1", s1=SECRET)
    assert answer.form.closed and app.count("dialog_run") == 0


@pytest.mark.parametrize("organisation", [ORGANISATION, "elsewhere"])
async def test_nobody_reaches_a_run_of_somebody_else(app, organisation):
    """Not by a page, not by a button, and they are told nothing about it."""
    if organisation != ORGANISATION:
        app.open_organisation(organisation)
        app.settle("mal", organisation=organisation)
    else:
        app.settle("mal")
    run = await begun(app)
    await app.submit("ana", run, "s1", s1=SECRET)
    before = app.rows()["dialog_run"]
    mal = sender("mal", organisation)
    for n, event in enumerate(
        (
            app.submitted("ana", run, "s1", s1="mine"),
            app.submitted("ana", run, "s1", "drop"),
            app.chose("ana", "continue", subject=f"run:{run}"),
            app.chose("ana", "drop", subject=f"run:{run}"),
            app.chose("ana", "edit", run),
        )
    ):
        theirs = type(event)(**{**vars(event), "id": f"mal:{n}", "sender": mal})
        answer = await app.handle(theirs)
        assert SECRET not in repr(answer)
    assert app.rows()["dialog_run"] == before


async def test_the_same_channel_id_in_another_organisation_is_somebody_else(app):
    app.open_organisation("elsewhere")
    app.settle("ana", organisation="elsewhere")
    run = await begun(app)
    event = app.submitted("ana", run, "s1", s1=SECRET)
    answer = await app.handle(Submitted(**{**vars(event), "sender": sender("ana", "elsewhere")}))
    assert answer.form.closed and "s1" not in app.answers(run)


@pytest.mark.parametrize(
    ("action", "value", "subject"),
    [
        ("", "", ""),
        ("no_such_thing", SECRET, "x"),
        ("begin", "F99", ""),
        ("begin", "F17", ""),
        ("begin", "", "occurrence:nothing"),
        ("continue", "", "run:"),
        ("continue", "", "occurrence:nothing"),
        ("drop", "nothing", ""),
        ("edit", "nothing", ""),
        ("later", "", "occurrence:nothing"),
        ("later_to", "never", "occurrence:nothing"),
        ("less_every", "0", "occurrence:nothing"),
        ("less_every", "²", ""),
        ("pause_days", "99999999999999999999", ""),
        ("pause_days", "²", ""),
        ("pause_days", "-1", ""),
        ("language", "fr", ""),
        ("later_to", "hour", "run:nothing"),
        ("begin\x00", "F01\x00", "run:\x00"),
        ("continue", "", "run:\x00"),
        ("continue", "\x00", ""),
        ("begin", "", "occurrence:\x00"),
        ("edit", "\x00", ""),
        ("continue", "", f"run:{'x' * 100_000}"),
        ("continue", "", "run:\ud800"),
    ],
)
async def test_a_click_that_makes_no_sense_is_answered_and_changes_nothing(app, caplog, action, value, subject):
    before = app.rows()
    await app.handle(app.chose("ana", action, value, subject))
    assert "failed" not in caplog.text
    after = app.rows()
    kept = {name for name in before if before[name] != after[name]}
    assert kept <= {"inbox", "outbox", "conversation"}


GARBAGE = (
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x" * 10_000,
    "\x00\x07\u202e",
    "👨‍👩‍👧" * 500,
    [],
    ["faa", "faa"],
    [[]],
    [None, {"a": 1}],
    {},
    {"da": "x"},
    "faa\ud800",
)


@pytest.mark.parametrize("flow", ["F10", "F01", "F05", "F15"])
async def test_garbage_in_the_fields_of_a_page_is_no_bug(app, caplog, flow):
    first = (await app.begin("ana", flow)).form
    for garbage in GARBAGE:
        everything = {field.id: garbage for field in first.fields} | {"no_such_field": garbage}
        answer = await app.submit("ana", first.run, first.page, **everything)
        assert answer.form is not None and answer.form.run == first.run, garbage
    assert "failed" not in caplog.text


BUTTONS = ("next", "care_continue", "care_later", "care_delete", "role:karla|colleague", "role:", "care_x", "nonsense")


async def test_garbage_in_what_travelled_with_a_page_is_no_bug(app, caplog):
    run = await begun(app)
    for button, garbage in itertools.product(BUTTONS, GARBAGE):
        held = dict.fromkeys(("typed", "seen", "kept", "button", "flagged", "x"), garbage)
        answer = await app.handle(app.submitted("ana", run, "s1", button, held=held, s1=SECRET))
        assert answer.form is not None, (button, garbage)
    assert "failed" not in caplog.text


@pytest.mark.parametrize("page", ["", "s99", "closing_review", "arrival", "erase", "x" * 300])
async def test_a_page_that_is_not_there_shows_the_one_that_is(app, page):
    run = await begun(app)
    answer = await app.submit("ana", run, page, s99=SECRET)
    assert answer.form.page == "s1" and app.answers(run) == {}


async def test_an_event_of_a_run_that_is_over_says_so_and_keeps_nothing(app):
    run = await begun(app)
    await app.submit("ana", run, "s1", "drop")
    before = app.rows()["dialog_run"]
    assert (await app.submit("ana", run, "s1", s1=SECRET)).form.closed
    assert (await app.handle(app.chose("ana", "continue", subject=f"run:{run}"))).form.closed
    assert app.rows()["dialog_run"] == before


async def test_a_deadline_of_nothing_is_no_bug(app, caplog):
    await app.handle(Woke(id="woke:nothing", run="nothing"))
    assert "failed" not in caplog.text


async def test_who_has_left_is_not_spoken_to_until_they_are_heard_again(app):
    [ana] = app.settle("ana")
    await app.handle(Left(id="left", sender=sender("ana")))
    assert app.store.read_now(lambda db: whereabouts.conversation_of(db, ana)) is None
    await app.write("ana", "hej")
    assert app.store.read_now(lambda db: whereabouts.conversation_of(db, ana)) is not None


# ---- no trace --------------------------------------------------------------------------------------------


async def test_a_route_card_on_a_page_leaves_no_trace_at_all(app):
    run = await begun(app)
    before = app.rows()
    answer = await app.submit("ana", run, "s1", s1=DANGER)
    assert answer.form.care and app.rows() == before
    assert DANGER in str(answer.form.held)  # it travels with the page, and only there
    assert await app.deliver() == []


async def test_a_route_card_for_a_line_leaves_no_trace_at_all(app):
    before = app.rows()
    answer = await app.write("ana", DANGER)
    assert answer.card is not None and app.rows() == before
    seen = await app.handle(app.chose("ana", "care_seen"))
    assert seen.card is not None and app.rows() == before


async def test_a_route_card_beside_other_turns_leaves_no_trace_and_the_others_theirs(app):
    """On SQLite they share one commit."""
    mine, theirs = await begun(app), await begun(app, "bent")
    event = app.submitted("ana", mine, "s1", s1=DANGER)
    answers = await app.together(event, app.submitted("bent", theirs, "s1", s1=SECRET), event)
    assert answers[0].form.care and answers[2].form.care
    assert app.answers(mine) == {} and app.answers(theirs)["s1"] == SECRET
    assert app.count("inbox", event=event.id) == 0


async def test_going_on_after_a_route_card_keeps_the_text_and_nothing_about_the_card(app):
    run = await begun(app)
    card = (await app.submit("ana", run, "s1", s1=DANGER)).form
    onward = await app.handle(app.submitted("ana", run, "s1", "care_continue", held=dict(card.held)))
    assert onward.form.page == "s4"
    assert app.state(run) == {"page": "s4", "answers": {"s1": DANGER}, "told": True}


async def test_deleting_after_a_route_card_keeps_nothing(app):
    run = await begun(app)
    card = (await app.submit("ana", run, "s1", s1=DANGER)).form
    await app.handle(app.submitted("ana", run, "s1", "care_delete", held=dict(card.held)))
    assert app.answers(run) == {}


async def test_an_entry_is_edited_by_its_owner_only(app):
    run = await begun(app)
    for page in ("s1", "s4", "s7", "s8"):
        await app.submit("ana", run, page, s1=SECRET)
    await app.submit("ana", run, "closing_what", closing_suggestion="ingen")
    [ana] = app.settle("ana")
    [entry] = app.store.read_now(lambda db: logbook.entries(db, ana))
    await app.deliver()
    mine = (await app.handle(app.chose("ana", "edit", entry.id))).form
    assert SECRET in [field.value for field in mine.fields]
    answer = await app.handle(app.chose("bent", "edit", entry.id))
    [refusal] = await app.deliver()
    assert answer.form is None and refusal["text"] == [app.parts.library.say("desk.not_yours").da]
