"""Deleting leaves nothing; keeping has an end."""

from __future__ import annotations

import re
from dataclasses import astuple
from datetime import timedelta
from uuid import uuid4

import pytest
from lives import MORE_WORDS, NOW, WORDS, agree, department, later, live_fully, person, write
from sqlalchemy import insert, select

from bot.services import actions, erasing, exporting, logbook, people, refusals, retention, roles, sharing, whereabouts
from bot.store.tables import Base, DialogRun, Entry, InboxItem, Occurrence, OutboxItem, Refusal, RoleLog


def rows_of(db):
    """Every value in every table, with where it stands."""
    for table in Base.metadata.sorted_tables:
        for row in db.execute(select(table)).mappings():
            yield from ((f"{table.name}.{name}", value) for name, value in row.items())


def traces(db, *marks):
    """Where they stand. By chance sealed bytes may spell a short name, so they are left out, and a short name is looked for as a word."""
    found = re.compile("|".join(mark if len(mark) > 6 else rf"(?<![\w/+-]){mark}(?![\w/+-])" for mark in marks))
    seen = [(place, str(value)) for place, value in rows_of(db) if not isinstance(value, bytes)]
    return {place for place, value in seen if found.search(value)}


def test_what_goes_is_counted_before(store):
    def scenario(db):
        here = department(db)
        return erasing.what_goes(db, live_fully(db, here)), erasing.what_goes(db, here.liv)

    counts, nothing = store.run_now(scenario)
    assert counts == erasing.WhatGoes(entries=1, actions=1, shared=2, drafts=1, rhythms=1, planned=1, waiting=1)
    assert set(astuple(nothing)) == {0}


def test_nothing_of_the_person_is_left_in_any_table(store):
    def scenario(db):
        here = department(db)
        per = live_fully(db, here)
        before = {place.partition(".")[0] for place in traces(db, per.id)}
        erasing.erase(db, per, NOW)
        return before, traces(db, per.id, "Per", "U08154711", "blåmejse"), db.scalars(select(RoleLog.what)).all()

    before, after, log = store.run_now(scenario)
    assert before >= exporting.SECTIONS.keys() - {"person"} | {"inbox"}, "live_fully does not fill every table"
    assert after == set() and log.count("erased") == 1


async def test_nothing_of_the_person_is_left_in_the_files(sqlite_store, secrets):
    store = sqlite_store
    here = store.run_now(department)
    per = store.run_now(lambda db: live_fully(db, here))
    blobs = store.read_now(lambda db: [bytes(blob) for blob in db.scalars(select(Entry.sealed))])
    assert any(blob[:40] in files(store) for blob in blobs)
    gone = next(blob for blob in blobs if WORDS in secrets.open(blob))
    store.run_now(lambda db: erasing.erase(db, per, NOW))
    assert await store.scrub()
    for mark in (per.id.encode(), b"U08154711", WORDS.encode(), MORE_WORDS.encode(), gone[-40:]):
        assert mark not in files(store)


def files(store):
    return b"".join(path.read_bytes() for path in store.path.parent.glob(store.path.name + "*"))


def test_the_export_is_empty_and_the_others_see_nothing_any_more(store):
    def scenario(db):
        here = department(db)
        per = live_fully(db, here)
        entry = sharing.shared_with(db, here.una)[0].id
        erasing.erase(db, per, NOW)
        data = exporting.everything(db, per, NOW)
        kept = [section for section, rows in data.items() if isinstance(rows, list) and rows]
        una = people.person(db, here.id, here.una.id)
        return kept, sharing.shared_with(db, here.una), sharing.access_shared_entry(db, here.una, entry, NOW), una

    kept, shared, opened, una = store.run_now(scenario)
    assert kept == [] and shared == [] and opened is None and una.leader is None


def test_the_refusal_is_remembered_by_a_hash_on_every_channel(store):
    def scenario(db):
        here = department(db)
        per = live_fully(db, here)
        erasing.erase(db, per, NOW)
        return (
            [refusals.is_refused(db, here.id, channel, id) for channel, id in (("web", per.id), ("slack", "U08154711"))],
            refusals.is_refused(db, here.max.organisation, "slack", "U08154711"),
            [len(digest) for digest in db.scalars(select(Refusal.digest))],
        )

    assert store.run_now(scenario) == ([True, True], False, [64, 64, 64])


def test_the_others_keep_everything(store):
    def scenario(db):
        here = department(db)
        write(db, here.liv, "Livs")
        agree(db, here.liv, "Livs aftale", ask_in=3)
        before = exporting.everything(db, here.liv, NOW)
        erasing.erase(db, live_fully(db, here), NOW)
        after = exporting.everything(db, here.liv, NOW)
        return {section: (before[section], after[section]) for section in ("entries", "actions", "asked", "identities")}

    for before, after in store.run_now(scenario).values():
        assert before == after


def test_the_owner_still_sees_that_somebody_opened_it(store):
    def scenario(db):
        here = department(db)
        erasing.erase(db, live_fully(db, here), NOW)
        return sharing.who_opened(db, here.una)

    (opened,) = store.run_now(scenario)
    assert (opened.reader_name, opened.kind) == ("", "entry")


# ---- nothing is kept longer than it is said to be -----------------------------------------------------------


def expire(store, **span):
    return store.run_now(lambda db: retention.expire(db, later(**span)))


@pytest.fixture
def here(store):
    return store.run_now(department)


def test_nothing_goes_before_its_time(store, here):
    per = store.run_now(lambda db: live_fully(db, here))
    assert not expire(store, minutes=5)
    assert store.read_now(lambda db: erasing.what_goes(db, per)).entries == 1


def test_a_reflection_goes_after_a_year_and_its_open_action_stays(store, here):
    def scenario(db):
        return agree(db, here.per, "bliver", entry=write(db, here.per, "går"))

    action = store.run_now(scenario)
    assert expire(store, days=365).reflections == 0
    gone = expire(store, days=366)
    assert (gone.reflections, gone.agreements) == (1, 0)
    one = store.read_now(lambda db: actions.action(db, here.per, action))
    assert (one.what, one.entry) == ("bliver", None)


def test_editing_does_not_prolong_a_reflection(store, here):
    def scenario(db):
        write(db, here.per, "rettet", edits=write(db, here.per, "går"), now=later(days=300))

    store.run_now(scenario)
    assert expire(store, days=366).reflections == 1


def test_an_action_goes_a_year_after_it_was_closed_with_what_was_planned(store, here):
    def scenario(db):
        actions.close(db, here.per, agree(db, here.per, "x", ask_in=3), "done", later(days=100))

    store.run_now(scenario)
    assert expire(store, days=400).agreements == 0
    assert expire(store, days=466).agreements == 1
    assert store.read_now(lambda db: db.scalar(select(Occurrence.id))) is None


def test_a_draft_goes_after_a_month_and_nobody_is_sent_back_to_it(store, here):
    def scenario(db):
        run = {"id": uuid4().hex, "organisation": here.id, "person": here.per.id, "created_at": NOW}
        db.execute(insert(DialogRun.__table__).values(**run, dialog="F01", sealed=b"x", updated_at=later(days=5)))
        asked = {"id": uuid4().hex, "key": "k", "organisation": here.id, "person": here.per.id, "kind": "prompt"}
        moment = {"moment": NOW, "state": "begun", "due_at": NOW, "run": run["id"]}
        db.execute(insert(Occurrence.__table__).values(**asked, **moment))

    store.run_now(scenario)
    assert expire(store, days=35).drafts == 0
    assert expire(store, days=36).drafts == 1
    state = store.read_now(lambda db: db.execute(select(Occurrence.state, Occurrence.due_at)).one())
    assert tuple(state) == ("dropped", None)


def test_the_access_log_goes_after_half_a_year(store, here):
    def scenario(db):
        sharing.access_shared_entry(db, here.una, write(db, here.per, "x", visibility="leader_group"), NOW)

    store.run_now(scenario)
    assert [expire(store, days=days).accesses for days in (183, 184)] == [0, 1]


def test_what_is_over_and_done_goes_and_what_waits_stays(store, here):
    def scenario(db):
        conversation = whereabouts.conversation_of(db, here.per).id
        for n, state in enumerate(("queued", "sending", "ambiguous", "sent", "gave_up")):
            row = {"key": str(n), "organisation": here.id, "person": here.per.id, "conversation": conversation}
            db.execute(insert(OutboxItem.__table__).values(**row, state=state, created_at=NOW))
        db.execute(insert(InboxItem.__table__).values(event="web:1", at=NOW))

    store.run_now(scenario)
    gone = expire(store, days=31)
    assert (gone.messages, gone.events) == (2, 1)


def test_links_codes_and_sessions_go_a_day_after_they_are_over(store, here):
    store.run_now(lambda db: live_fully(db, here))
    assert expire(store, hours=1).sign_ins == 0
    assert expire(store, days=2).sign_ins == 3


def test_leavers_go_after_a_month_and_may_come_again(store, here):
    def scenario(db):
        people.set_person(db, here.per, {"state": "left"}, NOW)
        write(db, here.per, WORDS)

    store.run_now(scenario)
    assert expire(store, days=30).leavers == 0
    assert expire(store, days=31).leavers == 1
    left = store.read_now(lambda db: (people.person(db, here.id, here.per.id), traces(db, here.per.id)))
    assert left == (None, set())
    assert not store.read_now(lambda db: refusals.is_refused(db, here.id, "web", here.per.id))


def test_who_left_without_a_date_counts_from_when_it_is_seen(store, here):
    def scenario(db):
        db.execute(people.PERSON.update().where(people.PERSON.c.id == here.per.id).values(state="left"))

    store.run_now(scenario)
    assert [expire(store, days=days).leavers for days in (100, 130, 131)] == [0, 0, 1]


def test_who_came_back_stays(store, here):
    def scenario(db):
        people.set_person(db, people.set_person(db, here.per, {"state": "left"}, NOW), {"state": "active"}, NOW)

    store.run_now(scenario)
    assert expire(store, days=100).leavers == 0


def test_periods_can_be_set_from_what_people_are_promised():
    periods = retention.Periods.of({"draft": 7, "reflection": 100, "beacon_status": 730, "trigger": None})
    assert (periods.draft, periods.reflection) == (timedelta(days=7), timedelta(days=100))
    assert periods.agreement == retention.Periods().agreement


def test_what_people_are_promised_is_what_is_kept():
    from bot.library import load

    promised = {one.id: one.days for one in load().retention.values()}
    assert retention.Periods.of(promised) == retention.Periods()
    for name in ("draft", "reflection", "agreement", "access_log", "leaver"):
        assert getattr(retention.Periods(), name) == timedelta(days=promised[name])


def test_erasing_many_who_left_goes_in_portions(store, here, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)

    def scenario(db):
        for n in range(3):
            people.set_person(db, person(db, here.id, f"P{n}"), {"state": "left"}, NOW)

    store.run_now(scenario)
    assert [expire(store, days=40).leavers for _ in range(3)] == [2, 1, 0]
    assert store.read_now(lambda db: logbook.entries(db, here.per)) == []
    assert store.read_now(lambda db: [row.what for row in roles.role_log(db, here.id)].count("erased")) == 3
