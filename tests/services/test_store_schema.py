"""The tables: migrations and code agree, and a database we do not know is left alone."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text

from bot.errors import ConfigError
from bot.store import schema
from bot.store.opening import open_store
from bot.store.tables import Base, Identity, Organisation, Person

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)


def differences(db):
    return compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), Base.metadata)


@pytest.fixture
def empty(empty_url, secrets):
    store = open_store(empty_url, secrets=secrets)
    yield store
    store.close_now()


@pytest.fixture
def next_migration(monkeypatch, tmp_path):
    """Puts one more migration after the newest, for a database that has to be changed."""

    def add(body: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(schema.MIGRATIONS, folder)
        head = f"from alembic import op\nimport sqlalchemy as sa\nrevision = 'next'\ndown_revision = {schema.HEAD!r}\n"
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        (folder / "versions" / "next.py").write_text(f"{head}def upgrade():\n{lines}")
        monkeypatch.setattr(schema, "MIGRATIONS", folder)
        monkeypatch.setattr(schema, "HEAD", "next")

    return add


def test_migrations_make_the_tables_of_the_code(empty):
    assert schema.upgrade(empty) is None
    assert empty.read_now(differences) == []
    assert schema.upgrade(empty) == schema.HEAD


def test_the_newest_revision_is_the_one_named_in_code():
    assert ScriptDirectory.from_config(schema.alembic_config()).get_heads() == [schema.HEAD]


def test_at_start_sqlite_is_upgraded_and_postgresql_checked(empty):
    if empty.kind == "postgresql":
        with pytest.raises(ConfigError, match="is empty – run `pejling db upgrade`"):
            schema.prepare(empty)
        schema.upgrade(empty)
    schema.prepare(empty)
    assert "entry" in empty.read_now(lambda db: inspect(db).get_table_names())


def test_an_older_database_is_upgraded_or_said(store, next_migration):
    before = schema.HEAD
    next_migration("op.create_table('later', sa.Column('id', sa.Integer, primary_key=True))")
    if store.kind == "postgresql":
        with pytest.raises(ConfigError, match=f"older version .{before}. – run `pejling db upgrade`"):
            schema.prepare(store)
        assert schema.upgrade(store) == before
    else:
        schema.prepare(store)
    schema.check(store)
    assert "later" in store.read_now(lambda db: inspect(db).get_table_names())


def test_a_newer_database_is_refused(store):
    store.run_now(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")).close())
    for act in (schema.prepare, schema.upgrade, schema.check):
        with pytest.raises(ConfigError, match="newer version of Pejling .9999."):
            act(store)


def test_somebody_elses_database_is_refused(empty):
    empty.run_now(lambda db: db.execute(text("CREATE TABLE orders (id integer)")).close())
    for act in (schema.prepare, schema.upgrade):
        with pytest.raises(ConfigError, match="not Pejling's"):
            act(empty)
    assert empty.read_now(lambda db: inspect(db).get_table_names()) == ["orders"]


def test_a_migration_that_fails_leaves_everything_as_it_was(store, next_migration):
    before = schema.HEAD
    next_migration("op.create_table('half', sa.Column('id', sa.Integer))\nraise LookupError('half-way')")
    with pytest.raises(LookupError):
        schema.upgrade(store)
    assert "half" not in store.read_now(lambda db: inspect(db).get_table_names())
    assert store.read_now(lambda db: db.scalar(text("SELECT version_num FROM alembic_version"))) == before
    store.run_now(person_with_identity)
    assert store.read_now(lambda db: db.scalar(select(Identity.person))) == "ana"


def test_rebuilding_a_table_keeps_what_points_at_it(store, next_migration):
    store.run_now(person_with_identity)
    next_migration(
        "with op.batch_alter_table('person', recreate='auto') as table:\n"
        "    table.alter_column('name', type_=sa.String(300), existing_type=sa.String(200))"
    )
    schema.upgrade(store)
    assert store.read_now(lambda db: db.scalar(select(Identity.person))) == "ana"
    # and the keys are watched again afterwards
    store.run_now(lambda db: db.execute(text("DELETE FROM person")).close())
    assert store.read_now(lambda db: db.scalar(select(Identity.person))) is None


def person_with_identity(db):
    db.execute(insert(Organisation).values(id="org", name="Demo", created_at=NOW))
    db.execute(insert(Person).values(id="ana", organisation="org", created_at=NOW))
    db.execute(insert(Identity).values(channel="web", organisation="org", external="ana", person="ana"))
