"""What people share, who opened it, and that nobody gets at the rest."""

from __future__ import annotations

import pytest
from lives import NOW, agree, department, later, write
from sqlalchemy import func, select

from bot.services import actions, departments, logbook, people, roles, sharing
from bot.store.tables import Access


@pytest.fixture
def here(store):
    return store.run_now(department)


def seen_by(db, *readers):
    return [[(one.kind, one.owner_name) for one in sharing.shared_with(db, reader)] for reader in readers]


def test_a_new_leader_does_not_inherit_a_yes_given_to_the_old_one(store, here):
    def scenario(db):
        action = agree(db, here.per, "med Ea", visibility="my_leader")
        write(db, here.per, "med Ea", visibility="my_leader")
        agree(db, here.per, "kun mig")
        before = seen_by(db, here.ea, here.una, here.liv, here.per)
        per = people.set_person(db, here.per, {"leader": here.liv.id}, NOW)
        after = seen_by(db, here.ea, here.liv)
        opened = sharing.access_shared_action(db, here.liv, action, NOW)
        actions.set_visibility(db, per, action, "my_leader", NOW)
        return before, after, opened, seen_by(db, here.ea, here.liv)

    before, after, opened, shared_anew = store.run_now(scenario)
    assert before == [[("action", "Per"), ("entry", "Per")], [], [], []]
    assert after == [[], []] and opened is None
    assert shared_anew == [[], [("action", "Per")]]


def test_another_group_one_enters_later_sees_nothing_of_before(store, here):
    def scenario(db):
        write(db, here.per, "til gruppen", visibility="leader_group")
        other = departments.make_group(db, here.id, "En anden gruppe", here.centre)
        for one in (here.per, here.liv):
            departments.enter_group(db, one, other)
        departments.enter_group(db, here.ea, here.group)
        return seen_by(db, here.una, here.liv, here.ea)

    assert store.run_now(scenario) == [[("entry", "Per")], [], [("entry", "Per")]]


def test_saving_again_for_the_same_eyes_names_nobody_new(store, here):
    """Editing an entry, and agreeing anew in the same words, ask for no consent."""

    def scenario(db):
        same = {"who": "mig", "by": None, "evaluator": "mig", "ask_in": None, "visibility": "leader_group"}
        entry = write(db, here.per, "før", visibility="leader_group", run="r")
        action = agree(db, here.per, "noget", visibility="leader_group")
        other = departments.make_group(db, here.id, "En anden gruppe", here.centre)
        for one in (here.per, here.liv):
            departments.enter_group(db, one, other)
        write(db, here.per, "efter", visibility="leader_group", run="r")
        actions.change(db, here.per, action, what="noget", now=NOW, **same)
        unchanged = [{id for _, id in seen_ids(db, one)} for one in (here.una, here.liv)]
        actions.change(db, here.per, action, what="noget andet", now=NOW, **same)
        return entry, action, unchanged, seen_ids(db, here.liv)

    entry, action, unchanged, asked_anew = store.run_now(scenario)
    assert unchanged == [{entry, action}, set()] and asked_anew == [("action", action)]


def seen_ids(db, reader):
    return [(one.kind, one.id) for one in sharing.shared_with(db, reader)]


def test_an_agreement_does_not_say_which_flow_it_comes_from(store, here):
    def scenario(db):
        action = agree(db, here.per, "noget", flow="F15", beacon="alene", visibility="my_leader")
        entry = write(db, here.per, "andet", flow="F12", visibility="my_leader")
        return sharing.shared_with(db, here.ea), sharing.access_shared_action(db, here.ea, action, NOW), entry

    listed, opened, entry = store.run_now(scenario)
    assert "F15" not in repr((listed, opened)) and "alene" not in repr((listed, opened))
    assert [one.flow for one in listed if one.id == entry] == ["F12"]
    assert not {"flow", "beacon"} & opened.__dataclass_fields__.keys()


def test_asking_whether_it_is_still_shared_is_not_opening_it(store, here):
    def scenario(db):
        action = agree(db, here.per, "noget", visibility="my_leader")
        asked = [sharing.is_shared(db, one, "action", action) for one in (here.ea, here.una, here.max)]
        wrong_kind = sharing.is_shared(db, here.ea, "entry", action)
        actions.withdraw(db, here.per, action, NOW)
        after = sharing.is_shared(db, here.ea, "action", action)
        return asked, wrong_kind, after, db.scalar(select(func.count()).select_from(Access))

    assert store.run_now(scenario) == ([True, False, False], False, False, 0)


def test_the_leader_group_sees_it_until_one_leaves(store, here):
    def scenario(db):
        write(db, here.per, "til gruppen", visibility="leader_group")
        before = seen_by(db, here.una, here.ea, here.liv)
        departments.leave_group(db, here.una, here.group)
        return before, seen_by(db, here.una)

    before, after = store.run_now(scenario)
    assert before == [[("entry", "Per")], [], []] and after == [[]]


def test_withdrawing_empties_it_at_once(store, here):
    def scenario(db):
        action = agree(db, here.per, "noget", visibility="my_leader")
        entry = write(db, here.per, "andet", visibility="my_leader")
        before = seen_by(db, here.ea)
        assert actions.withdraw(db, here.per, action, NOW) and logbook.withdraw_entry(db, here.per, entry, NOW)
        opened = sharing.access_shared_action(db, here.ea, action, NOW), sharing.access_shared_entry(db, here.ea, entry, NOW)
        return before, seen_by(db, here.ea), opened

    before, after, opened = store.run_now(scenario)
    assert len(before[0]) == 2 and after == [[]] and opened == (None, None)


def test_nobody_elses_sharing_is_withdrawn(store, here):
    def scenario(db):
        entry = write(db, here.per, "noget", visibility="leader_group")
        return logbook.withdraw_entry(db, here.una, entry, NOW), seen_by(db, here.una)

    assert store.run_now(scenario) == (False, [[("entry", "Per")]])


def test_opening_is_recorded_for_the_owner_to_read(store, here):
    def scenario(db):
        action = agree(db, here.per, "Ring til TRIO", visibility="my_leader")
        entry = write(db, here.per, "til gruppen", visibility="leader_group")
        one = sharing.access_shared_action(db, here.ea, action, NOW)
        two = sharing.access_shared_entry(db, here.una, entry, later(hours=1))
        return one, two, sharing.who_opened(db, here.per), sharing.who_opened(db, here.una)

    one, two, opened, others = store.run_now(scenario)
    assert (one.what, one.owner_name) == ("Ring til TRIO", "Per") and two.answers[0]["answer"] == "til gruppen"
    assert [(o.reader_name, o.kind, o.flow, o.is_refused) for o in opened] == [
        ("Una", "entry", "F01", False),
        ("Ea", "action", "F01", False),
    ]
    assert others == []


def test_an_administrator_gets_nowhere_and_the_attempt_is_recorded(store, here):
    def scenario(db):
        roles.first_administrator(db, here.liv, NOW)
        entry = write(db, here.per, "kun mit", flow="F02")
        action = agree(db, here.per, "kun mit", flow="F02")
        read = sharing.access_shared_entry(db, here.liv, entry, NOW), sharing.access_shared_action(db, here.liv, action, NOW)
        return read, sharing.who_opened(db, here.per)

    read, opened = store.run_now(scenario)
    assert read == (None, None)
    assert {(o.reader_name, o.kind, o.flow, o.is_refused) for o in opened} == {
        ("Liv", "entry", "F02", True),
        ("Liv", "action", "F02", True),
    }


def test_another_organisation_gets_nowhere_even_where_a_row_says_otherwise(store, here):
    def scenario(db):
        entry = write(db, here.per, "til lederen", visibility="my_leader")
        db.execute(people.PERSON.update().where(people.PERSON.c.id == here.per.id).values(leader=here.max.id))
        return seen_by(db, here.max), sharing.access_shared_entry(db, here.max, entry, NOW)

    assert store.run_now(scenario) == ([[]], None)


def test_who_has_left_neither_reads_nor_is_read(store, here):
    def scenario(db):
        entry = write(db, here.per, "til gruppen", visibility="leader_group")
        una = people.set_person(db, here.una, {"state": "left"}, NOW)
        refused = sharing.access_shared_entry(db, una, entry, NOW)
        people.set_person(db, here.una, {"state": "active"}, NOW)
        people.set_person(db, here.per, {"state": "left"}, NOW)
        return refused, seen_by(db, here.una)

    assert store.run_now(scenario) == (None, [[]])


def test_what_is_not_there_or_ones_own_is_not_recorded(store, here):
    def scenario(db):
        entry = write(db, here.per, "mit", visibility="leader_group")
        read = sharing.access_shared_entry(db, here.una, "nothing", NOW), sharing.access_shared_entry(db, here.per, entry, NOW)
        return read, db.scalar(select(func.count()).select_from(Access))

    assert store.run_now(scenario) == ((None, None), 0)


def test_the_list_is_newest_first_and_holds_no_words(store, here):
    def scenario(db):
        write(db, here.per, "hemmelighed", visibility="leader_group", now=later(days=-2))
        agree(db, here.per, "hemmelighed", visibility="leader_group")
        return sharing.shared_with(db, here.una)

    shared = store.run_now(scenario)
    assert [one.kind for one in shared] == ["action", "entry"] and "hemmelighed" not in repr(shared)
