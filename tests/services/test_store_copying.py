"""From SQLite to PostgreSQL: everything, once, checked; begun again where it was cut off."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from bot.errors import ConfigError
from bot.services import outbox, people, whereabouts
from bot.store import copying, schema
from bot.store.copying import copy
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.store.tables import Base, OutboxItem, Person
from tests.conftest import KEY
from tests.databases import FILE, copied, new_database
from tests.services.lives import NOW, WORDS, department, live_fully, person


@pytest.fixture(scope="session")
def lived_in(sqlite_template, tmp_path_factory) -> Path:
    """A department with a life in every table, and more people than go over at once."""
    folder = tmp_path_factory.mktemp("lived_in")
    store = open_store(copied(sqlite_template, folder), secrets=Secrets([KEY]))
    schema.prepare(store)

    def fill(db):
        here = department(db)
        live_fully(db, here)
        for n in range(1200):
            person(db, here.id, f"p{n}", leader=here.ea.id)

    store.run_now(fill)
    store.close_now()
    return folder / FILE


@pytest.fixture
def file(lived_in, tmp_path) -> Path:
    return Path(copied(lived_in, tmp_path).removeprefix("sqlite:///"))


@pytest.fixture
def target(postgres, secrets):
    store = open_store(new_database(postgres, "template0"), secrets=secrets)
    yield store
    store.close_now()


def silent(*_):
    pass


def rows_of(store, table):
    return sorted(map(repr, store.read_now(lambda db: db.execute(select(table)).all())))


def test_everything_goes_over_and_the_file_stays_as_it_was(file, target, secrets):
    before = file.read_bytes()
    told = []
    copied = copy(file, target, secrets, lambda *step: told.append(step))
    assert file.read_bytes() == before
    assert copied.unreadable == 0 and copied.rows > 2400
    source = open_store(f"sqlite:///{file}", secrets=secrets)
    for table in Base.metadata.sorted_tables:
        if table.name != "fact":
            assert rows_of(source, table) == rows_of(target, table), table.name
    source.close_now()
    assert ("person", 1205, 1205) in told
    schema.prepare(target)  # it may be served now: whole, with keys that open it


def test_what_comes_after_gets_numbers_of_its_own(file, target, secrets):
    copy(file, target, secrets, silent)
    last = target.read_now(lambda db: db.scalar(select(func.max(OutboxItem.id)))) or 0

    def put(db):
        who = db.execute(select(Person).where(Person.name == "p1")).one()
        place = whereabouts.conversation_of(db, people.person(db, who.organisation, who.id))
        ids = {"organisation": who.organisation, "person": who.id, "conversation": place.id}
        return outbox.put(db, **ids, card={"text": WORDS}, subject="", kind="reply", now=NOW)

    assert target.run_now(put) > last


def test_cut_off_in_the_middle_it_goes_on(file, target, secrets):
    def cut_off(name, done, total):
        if name == "person" and done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(file, target, secrets, cut_off)
    assert 0 < target.read_now(lambda db: db.scalar(select(func.count()).select_from(Person))) < 1200
    with pytest.raises(ConfigError, match="half a copy"):
        schema.prepare(target)
    copied = copy(file, target, secrets, silent)
    assert copied.rows > 2400
    schema.prepare(target)


def test_a_target_that_is_in_use_is_left_alone(file, target, secrets):
    schema.upgrade(target)
    target.run_now(department)
    with pytest.raises(ConfigError, match="holds rows already"):
        copy(file, target, secrets, silent)


def test_a_finished_copy_is_not_copied_over(file, target, secrets):
    copy(file, target, secrets, silent)
    with pytest.raises(ConfigError, match="holds rows already"):
        copy(file, target, secrets, silent)


def test_a_difference_is_said_and_the_copy_stays_half(file, target, secrets, monkeypatch):
    def change(source, store, table):
        if table.name == "person":
            store.run_now(lambda db: db.execute(table.update().where(table.c.name == "p7").values(name="p8")))

    monkeypatch.setattr(copying, "_link_rows", change)
    with pytest.raises(ConfigError, match="differs in person"):
        copy(file, target, secrets, silent)
    with pytest.raises(ConfigError, match="half a copy"):
        schema.prepare(target)


def test_other_keys_copy_nothing(file, target):
    with pytest.raises(ConfigError, match="do not open"):
        copy(file, target, Secrets([Fernet.generate_key().decode()]), silent)
    assert target.read_now(schema._version) is None


def test_a_file_that_is_served_from_or_is_none_of_ours_is_refused(file, target, secrets, tmp_path):
    serving = open_store(f"sqlite:///{file}", secrets=secrets)
    with pytest.raises(ConfigError, match="in use by another Pejling"):
        copy(file, target, secrets, silent)
    serving.close_now()
    stranger = tmp_path / "other.db"
    sqlite3.connect(stranger).execute("CREATE TABLE x (y)").connection.commit()
    with pytest.raises(ConfigError, match="no database of Pejling's"):
        copy(stranger, target, secrets, silent)
