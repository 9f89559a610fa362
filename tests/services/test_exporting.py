"""Everything kept about a person is handed out, and nothing of anybody else's."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from lives import MORE_WORDS, NOW, WORDS, agree, department, live_fully, write
from sqlalchemy import select

from bot.services import exporting, occurrences, people, programmes, roles
from bot.services.erasing import LOOSE, pointing_at_people
from bot.services.programmes import Plan
from bot.store.tables import Base, Person

NAMES = {"person", "owner", "reader", "leader", "about", "shared_to"}
"""What columns that hold a person's id are called; `role_log.by` is looked at by itself."""

REPLICAS = {"outbox.owner"}
"""Columns that are called so and hold no person."""


def test_every_table_that_knows_people_is_handed_out():
    """A new table with a column for a person fails here until `exporting` and `erasing` know about it."""
    tables = Base.metadata.sorted_tables
    pointing = {f"{table.name}.{column.name}" for table, column in pointing_at_people()}
    named = {f"{table.name}.{column.name}" for table in tables for column in table.columns if column.name in NAMES} - REPLICAS
    assert named <= pointing | LOOSE.keys(), "an id of a person that is neither a foreign key nor in erasing.LOOSE"
    known = {name.partition(".")[0] for name in pointing | named}
    assert known <= exporting.SECTIONS.keys(), "a table about people that exporting.SECTIONS does not name"


@pytest.fixture
def exported(store):
    def scenario(db):
        here = department(db)
        per = live_fully(db, here)
        write(db, here.liv, "Livs eget")
        agree(db, here.liv, "Livs aftale")
        return exporting.everything(db, per, NOW)

    return store.run_now(scenario)


def test_every_section_has_something_and_all_tables_have_a_section(exported):
    assert set(exporting.SECTIONS.values()) <= exported.keys()
    assert [section for section, rows in exported.items() if not rows] == []


def test_the_words_are_readable_and_nobody_elses_are_there(exported):
    text = exporting.as_json(exported)
    assert text.count(WORDS) >= 3 and MORE_WORDS in text and "Har du fem minutter?" in text
    assert "Livs" not in text and "noget andet" not in text
    assert json.loads(text) == exported


def test_who_opened_what_is_told_both_ways(exported):
    assert [one["reader_name"] for one in exported["opened_by_others"]] == ["Una"]
    assert [one["what"] for one in exported["opened_by_me"]] == ["entry"]
    assert exported["profile"]["leader"] == "Ea" and exported["profile"]["centre"] == "Center Nord"


def test_whom_it_was_shared_with_is_said_by_name(exported):
    assert [one["shared_to"] for one in exported["entries"] + exported["actions"]] == ["Ledergruppen", "Ea"]


def test_no_digest_and_no_sealed_bytes_are_handed_out(exported):
    text = exporting.as_json(exported)
    assert "digest" not in text and '"sealed"' not in text


@pytest.mark.parametrize(("language", "heading"), [("da", "Alt om dig i Pejling"), ("en", "Everything about you in Pejling")])
def test_the_page_is_whole_and_asks_for_nothing_from_outside(sqlite_store, language, heading):
    def scenario(db):
        here = department(db)
        per = live_fully(db, here)
        write(db, per, "<script>alert('x')</script>")
        return exporting.everything(db, per, NOW)

    page = exporting.readable(sqlite_store.run_now(scenario), language, {"F01": "Tidlige tegn"})
    seen = Seen()
    seen.feed(page)
    assert heading in seen.text and WORDS in seen.text and MORE_WORDS in seen.text and "Tidlige tegn" in seen.text
    assert "<script>" not in page and "alert('x')" in seen.text
    assert not seen.sources and seen.stack == []
    assert "Una" in seen.text and "23" in seen.text and "None" not in seen.text


def test_the_page_of_somebody_with_nothing_says_so(sqlite_store):
    data = sqlite_store.run_now(lambda db: exporting.everything(db, department(db).liv, NOW))
    page = exporting.readable(data, "da")
    assert "Ikke noget." in page and "Liv" in page


def test_another_organisations_rows_are_not_handed_out(store):
    def scenario(db):
        here = department(db)
        write(db, here.per, WORDS)
        db.execute(Person.__table__.update().where(Person.id == here.per.id).values(organisation=here.max.organisation))
        stray = people.person(db, here.max.organisation, here.per.id)
        assert db.scalar(select(Person.organisation).where(Person.id == stray.id)) == here.max.organisation
        return exporting.everything(db, stray, NOW)["entries"]

    assert store.run_now(scenario) == []


class Seen(HTMLParser):
    """What a page says, what it fetches, and whether every tag is closed."""

    VOID = {"meta", "br", "hr"}

    def __init__(self):
        super().__init__()
        self.text, self.sources, self.stack = "", [], []

    def handle_starttag(self, tag, attrs):
        self.sources += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_what_others_planned_is_named_with_how_far_one_came(sqlite_store):
    def scenario(db):
        here = department(db)
        roles.give_role(db, here.ea, "coordinator", by="cli", now=NOW)
        rule = {"kind": "once", "on": "2026-11-24", "at": "08:00"}
        plan = Plan(kind="reminder", title="Lederforum", text="Kom.", audience={"everyone": True}, rule=rule)
        programme = programmes.make_draft(db, here.ea, plan, NOW, flows={})
        asked = {"organisation": here.id, "person": here.per.id, "kind": "reminder", "moment": NOW}
        occurrences.record(db, key="1", programme=programme, state="done", sent=1, **asked)
        return exporting.everything(db, here.per, NOW)

    data = sqlite_store.run_now(scenario)
    [planned] = data["asked"]
    assert (planned["planned_as"], planned["sent"], planned["state"]) == ("Lederforum", 1, "done")
    assert "Planlagt for dig og andre</dt><dd>Lederforum" in exporting.readable(data, "da") and "Kom." not in exporting.as_json(data)


def test_what_numbers_keep_is_told_and_not_handed_out(exported):
    told = exported["in_numbers"]
    assert told["counted"] is True and "to år" in told["told"]["da"] and "two years" in told["told"]["en"]
    assert "told" in exporting.as_json(exported) and "Tal til afdelingen" in exporting.readable(exported, "da")


def test_what_one_did_to_beacons_is_handed_out_with_ones_own_why_and_not_the_groups_words(exported):
    [proposed] = exported["beacon_changes"]
    assert (proposed["what"], proposed["why"]) == ("proposed", "fordi")
    [given] = exported["handed_over"]
    assert given["taken_back_at"] and "words" not in given
