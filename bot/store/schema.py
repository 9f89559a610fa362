"""The shape of the database: which version it has, and bringing it to ours.

SQLite is upgraded at start. PostgreSQL may have several Pejlings on it, so there `pejling db upgrade` does it, when the
administrator says so, and the start only checks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text

from ..errors import ConfigError
from .engine import Store
from .secrets import prove_keys
from .shared_work import check_jobs
from .tables import Fact

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
COPYING = "copying"
"""The fact that says that `pejling db copy` is not done yet."""
VERSION_TABLE = "alembic_version"
HEAD = "0016"
"""The newest revision in `migrations/versions`. Kept here so that a start with nothing to do need not load Alembic."""


def prepare(store: Store) -> None:
    """Make the database ready at start: upgrade SQLite, check PostgreSQL, and see that the keys fit.

    Raises ConfigError with the mend.
    """
    if store.kind == "sqlite":
        upgrade(store)
    else:
        check(store)
        check_jobs(store)
        store.run_now(prove_keys)


def upgrade(store: Store) -> str | None:
    """Bring the tables to our version in one transaction; return the version before (None: it was empty).

    Raises ConfigError: the database is newer than this Pejling, or holds something else.
    """
    before = make_tables(store)
    store.run_now(prove_keys)
    return before


def make_tables(store: Store) -> str | None:
    """The same, before there is anything that keys could open."""
    before = store.read_now(_version)
    if before != HEAD:
        _refuse_stranger(store, before)
        store.migrate(_upgrade)
    return before


def check(store: Store) -> None:
    """Raise ConfigError unless the tables have our version."""
    version = store.read_now(_version)
    if version == HEAD:
        if store.read_now(lambda db: db.scalar(select(Fact.value).where(Fact.name == COPYING))):
            raise ConfigError(f"DATABASE_URL: {store.name} is half a copy – run `pejling db copy` again, until it says that both are the same")
        return
    _refuse_stranger(store, version)
    reason = "is empty" if version is None else f"has tables from an older version ({version})"
    raise ConfigError(f"DATABASE_URL: {store.name} {reason} – run `pejling db upgrade`")


def alembic_config() -> Config:
    """Alembic's settings, made here: an installed Pejling has no alembic.ini."""
    from alembic.config import Config  # slow to load, and seldom needed

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _version(db: Connection) -> str | None:
    """The version of the tables; "" when there are tables, but none of ours."""
    names = inspect(db).get_table_names()
    if VERSION_TABLE not in names:
        return "" if names else None
    return db.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))


def _refuse_stranger(store: Store, version: str | None) -> None:
    if version == "":
        raise ConfigError(f"DATABASE_URL: {store.name} holds something that is not Pejling's – use a database of its own")
    if version is not None and version not in _known_versions():
        raise ConfigError(
            f"DATABASE_URL: {store.name} is from a newer version of Pejling ({version}) – install that version, or use another database"
        )


def _known_versions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def _upgrade(db: Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = db
    command.upgrade(config, "head")
