"""Whom a yes to sharing named, from when it is given until they are gone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from alembic import command
from lives import NOW, agree, department, write
from sqlalchemy import select, text

from bot import circumstances
from bot.services import actions, consents, erasing, people
from bot.store import schema
from bot.store.opening import open_store
from bot.store.tables import Action, Entry


@pytest.fixture
def here(store):
    return store.run_now(department)


def named(db):
    return {row.visibility: row.shared_to for row in db.execute(select(Action.visibility, Action.shared_to))}


def test_a_yes_names_the_leader_and_the_groups_of_that_day(store, here):
    def scenario(db):
        for visibility in ("private", "my_leader", "leader_group"):
            agree(db, here.per, "x", visibility=visibility)
        agree(db, here.liv, "ingen leder", visibility="my_leader")
        return db.execute(select(Action.person, Action.visibility, Action.shared_to)).all()

    found = {(person, visibility): ids for person, visibility, ids in store.run_now(scenario)}
    per = here.per.id
    assert found[per, "private"] == [] and found[here.liv.id, "my_leader"] == []
    assert found[per, "my_leader"] == [here.ea.id] and found[per, "leader_group"] == [here.group]


def test_withdrawing_names_nobody(store, here):
    def scenario(db):
        id = agree(db, here.per, "x", visibility="my_leader")
        actions.withdraw(db, here.per, id, NOW)
        return named(db)

    assert store.run_now(scenario) == {"private": []}


def test_what_was_shared_with_a_former_leader_is_asked_about_anew(store, here):
    """The closing asks for no consent where a yes was given to just this before; a new leader was given none."""

    def scenario(db):
        id = agree(db, here.per, "x", visibility="my_leader")
        run = SimpleNamespace(id="r", action=id, edits="", touch=None, occurrence="")
        before = circumstances.context(db, here.per, run, NOW).agreement.visibility
        per = people.set_person(db, here.per, {"leader": here.liv.id}, NOW)
        return before, circumstances.context(db, per, run, NOW).agreement.visibility

    assert store.run_now(scenario) == ("my_leader", "private")


def test_who_is_deleted_is_named_no_more_and_the_others_still_are(store, here):
    def scenario(db):
        entry = write(db, here.per, "x", visibility="my_leader")
        db.execute(Entry.__table__.update().values(shared_to=[here.ea.id, here.una.id]))
        erasing.erase(db, here.ea, NOW)
        return db.scalar(select(Entry.shared_to).where(Entry.id == entry))

    assert store.run_now(scenario) == [here.una.id]


def test_they_are_called_by_name_in_their_own_organisation_only(store, here):
    ids = [here.ea.id, here.group, "nobody"]
    assert store.read_now(lambda db: consents.named(db, here.id, ids)) == ["Ea", "Ledergruppen"]
    assert store.read_now(lambda db: consents.named(db, here.max.organisation, ids)) == []
    assert store.read_now(lambda db: consents.named(db, here.id, [])) == []


def test_what_was_shared_before_names_who_sees_it_now(empty_url, secrets):
    """The migration: nothing older was written down."""
    store = open_store(empty_url, secrets=secrets)
    schema.upgrade(store)
    here = store.run_now(department)

    def shared(db):
        agree(db, here.per, "x", visibility="my_leader")
        agree(db, here.per, "x", visibility="leader_group")
        agree(db, here.per, "x")

    store.run_now(shared)
    store.migrate(lambda db: _move(db, command.downgrade, "0002"))
    assert "shared_to" not in store.read_now(lambda db: db.execute(text("SELECT * FROM action")).mappings().first())
    store.migrate(lambda db: _move(db, command.upgrade, "0003"))
    assert store.read_now(named) == {"my_leader": [here.ea.id], "leader_group": [here.group], "private": []}
    store.close_now()


def _move(db, how, to):
    config = schema.alembic_config()
    config.attributes["connection"] = db
    how(config, to)
