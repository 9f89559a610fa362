"""The demo is made once, holds together, and keeps away from real people."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from lives import NOW, department
from sqlalchemy import func, select

from bot.errors import ConfigError
from bot.library import load
from bot.services import (
    actions,
    beacons,
    demo,
    departments,
    handovers,
    logbook,
    participation,
    people,
    previews,
    programmes,
    roles,
    schedules,
    sharing,
    whereabouts,
)
from bot.store.tables import Person
from bot.yamlfile import read_yaml


@pytest.fixture
def organisation(store):
    return store.run_now(lambda db: demo.make_demo(db, NOW, notice_version="2026-11"))


@pytest.fixture
def everybody(store, organisation):
    """Those one can become, by first name."""

    def on_the_web(db):
        return [one for one in people.people(db, organisation) if whereabouts.identities(db, one)]

    return {one.name.split()[0]: one for one in store.read_now(on_the_web)}


def test_it_is_made_once(store, organisation):
    assert store.run_now(lambda db: demo.make_demo(db, NOW, notice_version="2026-11")) == organisation
    assert store.read_now(lambda db: db.scalar(select(func.count()).select_from(Person))) == 57
    assert store.read_now(demo.is_demo) and store.read_now(demo.demo_allowed) is None


def test_four_centres_eight_leaders_on_every_level_somebody_with_each_role_two_languages(store, organisation, everybody):
    assert Counter(one.level for one in everybody.values()) == {"dir": 1, "chef": 1, "ll": 2, "lm": 4, "": 2}
    assert {one.language for one in everybody.values()} == {"da", "en"}
    assert all(one.name.endswith(" Demo") for one in everybody.values())
    centres = store.read_now(lambda db: departments.centres(db, organisation))
    assert len(centres) == 4 and all(one.name.startswith("Demo – ") for one in centres)
    assert store.read_now(lambda db: roles.has_role(db, everybody["Ida"], "coordinator"))
    assert store.read_now(lambda db: roles.has_role(db, everybody["Jens"], "administrator"))


def test_leader_and_group_are_known_for_most_and_neither_for_one(store, everybody):
    known = {name: store.read_now(lambda db, one=one: people.known(db, one)) for name, one in everybody.items()}
    assert known["Eva"]["leader"] == "Carla Demo" and known["Eva"]["groups"] == ("Demo – Ledergruppen i Center Nord",)
    assert len(known["Carla"]["groups"]) == 2
    assert (known["Hassan"]["leader"], known["Hassan"]["groups"]) == ("", ())


def test_two_have_read_the_notice_and_have_a_history(store, everybody):
    begun = {name for name, one in everybody.items() if one.state == "active"}
    assert begun == {"Eva", "Grace"} and everybody["Eva"].notice_version == "2026-11"
    entries = store.read_now(lambda db: logbook.entries(db, everybody["Eva"]))
    assert [one.flow for one in entries] == ["F11", "F10", "F11"] and entries[0].created_at == NOW - timedelta(days=7)
    earlier = store.read_now(lambda db: logbook.earlier_answers(db, everybody["Eva"], "F11", entries[0].created_at))
    assert earlier["s3"].on == date(2026, 10, 26)
    assert store.read_now(lambda db: schedules.rhythm_of(db, everybody["Eva"])).next_run_at > NOW


def test_an_action_is_asked_about_soon_and_one_is_done(store, everybody):
    done, waiting = sorted(
        store.read_now(lambda db: actions.all_actions(db, everybody["Eva"])), key=lambda one: one.created_at
    )
    assert done.state == "done" and waiting.state == "open"
    assert waiting.ask_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_something_is_shared_so_that_it_can_be_seen(store, everybody):
    seen = {
        name: [(one.kind, one.owner_name) for one in store.read_now(lambda db: sharing.shared_with(db, everybody[name]))]
        for name in ("Carla", "Finn", "David")
    }
    assert seen["Carla"] == [("action", "Eva Demo"), ("entry", "Eva Demo")]
    assert seen["Finn"] == [("entry", "Eva Demo")] and seen["David"] == [("entry", "Grace Demo")]


def test_everybody_is_reached_on_the_web(store, organisation, everybody):
    for one in everybody.values():
        assert store.read_now(lambda db, one=one: people.find(db, organisation, "web", one.id)) == one
        assert store.read_now(lambda db, one=one: whereabouts.conversation_of(db, one)).channel == "web"


def test_nothing_goes_out_to_the_crowd(store, organisation, everybody):
    crowd = [one for one in store.read_now(lambda db: people.people(db, organisation)) if one.name.split()[0] not in everybody]
    assert len(crowd) == 47 and all(one.name.endswith(" Demo") for one in crowd)
    assert not [one for one in crowd if store.read_now(lambda db, one=one: whereabouts.conversations(db, one))]


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 6, 30), date(2027, 12, 31), date(2028, 2, 29)])
def test_a_number_can_be_seen_and_one_is_hidden_whatever_the_day(store, day):
    now = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)

    def scenario(db):
        here = demo.make_demo(db, now, notice_version="1")
        ida = next(one for one in people.people(db, here) if one.name == "Ida Demo")
        *running, one = participation.participation(db, ida, now)
        assert not any(taken.shows() for it in running for taken in it.quarters)
        return [
            {cell.name.split()[-1] if cell else "all": {m: taken.number(m, cell.id if cell else "") for m in ("begun", "finished")} for cell in (None, *taken.cells)}
            for taken in one.quarters
        ]

    last, before = store.run_now(scenario)
    few = {"begun": None, "finished": None}
    assert last == {"all": {"begun": 33, "finished": 17}, "Nord": {"begun": 11, "finished": 6}, "Syd": {"begun": 10, "finished": 5}, "Vest": few, "Øst": few}
    assert before == {"all": {"begun": 31, "finished": 16}, "Nord": {"begun": 11, "finished": 6}, "Syd": {"begun": 10, "finished": 5}, "Vest": few, "Øst": few}


def test_one_programme_runs_and_a_reminder_is_to_come(store, everybody):
    ida = everybody["Ida"]
    rows = store.read_now(lambda db: programmes.list_for(db, ida))
    assert sorted((one.kind, one.state) for one in rows) == [("flow", "ended"), ("reminder", "active"), ("rotation", "active")]
    assert all(one.next_run_at >= NOW for one in rows if one.state == "active")
    seen = [store.read_now(lambda db, one=one: previews.preview(db, ida, one, NOW, flows={})) for one in rows if one.state == "active"]
    assert sorted((found.size, len(found.dates)) for found in seen) == [(3, 1), (16, 5)]


def test_it_keeps_away_from_real_people(store):
    store.run_now(department)
    assert "real person" in store.read_now(demo.demo_allowed)
    with pytest.raises(ConfigError, match="--no-demo"):
        store.run_now(lambda db: demo.make_demo(db, NOW, notice_version="1"))


def test_its_clock_is_remembered_and_exists_nowhere_else(store):
    with pytest.raises(ConfigError):
        store.run_now(lambda db: demo.set_demo_offset(db, timedelta(days=1)))
    store.run_now(lambda db: demo.make_demo(db, NOW, notice_version="1"))
    assert store.read_now(demo.demo_offset) == timedelta(0)
    for offset in (timedelta(days=1), timedelta(days=8, microseconds=5)):
        store.run_now(lambda db, offset=offset: demo.set_demo_offset(db, offset))
        assert store.read_now(demo.demo_offset) == offset


def test_its_questions_and_answers_are_worded_as_in_the_flows():
    library = load()
    for past in read_yaml(demo.CONTENT)["history"]:
        flow = library.flows[past["flow"]]
        steps = {step.id: step for step in flow.steps}
        assert past["beacon"] == flow.beacon
        for one in past["answers"]:
            step, question = steps[one["step"]], one["question"]
            assert (question["da"], question["en"], one["kind"]) == (step.text.da, step.text.en, step.kind)
            given = one.get("answer", [])
            options = {option.id: option.text for option in step.options}
            chosen = [options[id] for id in ([given] if isinstance(given, str) else given)]
            if chosen:
                assert one["shown"] == {"da": ", ".join(o.da for o in chosen), "en": ", ".join(o.en for o in chosen)}


def test_a_centre_has_a_beacon_of_its_own_and_a_group_has_handed_a_status_over(store, everybody):
    ida, david = everybody["Ida"], everybody["David"]
    [own] = store.read_now(lambda db: beacons.beacons(db, ida.organisation))
    assert own.centre == david.centre and own.state == "active"
    [line] = store.read_now(lambda db: handovers.of_groups(db, david))
    assert line.by == "Grace Demo"
    told = store.run_now(lambda db: handovers.statuses(db, ida, NOW - timedelta(days=90), NOW))
    step = load().flows["F18"].step
    assert all(one["question"]["da"] == step(one["step"]).text.da for one in told[0].answers)
