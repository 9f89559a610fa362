"""procrastinate's tables, beside ours: made by `pejling db upgrade` on PostgreSQL where procrastinate is installed.

Its own migrations bring them from one version to the next; which version they have is a fact of this database.
"""

from __future__ import annotations

from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import Connection, text

from ..errors import ConfigError
from .engine import Store

PACKAGE = "procrastinate"
VERSION = "procrastinate_version"
"""The fact that says which version of its tables is there."""
INSTALL = "run `pip install -c constraints.txt '.[replicas]'` where Pejling's source is"

_FOUND = text("SELECT value FROM fact WHERE name = :name")
_KEPT = text("INSERT INTO fact (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value")


def installed() -> str | None:
    """The version of procrastinate that is installed; looked up without loading it."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None


def upgrade_jobs(store: Store) -> str | None:
    """Make procrastinate's tables, or bring them to the version that is installed; returns that version.

    None: nothing to do, because the database is SQLite or procrastinate is not installed.
    """
    here = installed()
    if not store.is_shared or here is None:
        return None
    store.migrate(lambda db: _upgrade(db, here))
    return here


def check_jobs(store: Store) -> None:
    """Raise ConfigError where the database shares its work by jobs and this Pejling cannot."""
    if not store.has_jobs:
        return
    here = installed()
    if here is None:
        raise ConfigError(f"DATABASE_URL: {store.name} is served by several Pejlings, and {PACKAGE} is missing here – {INSTALL}")
    there = store.read_now(lambda db: db.scalar(_FOUND, {"name": VERSION}))
    if _number(there or "0") < _number(here):
        raise ConfigError(f"DATABASE_URL: {store.name} has tables of an older {PACKAGE} ({there}) – run `pejling db upgrade`")


def _upgrade(db: Connection, here: str) -> None:
    there = db.scalar(_FOUND, {"name": VERSION})
    if there is None:
        _run(db, (resources.files(PACKAGE) / "sql" / "schema.sql").read_text("utf-8"))
    else:
        for name, script in _migrations():
            if _number(there) < _number(name) <= _number(here):
                _run(db, script)
    db.execute(_KEPT, {"name": VERSION, "value": here})


def _migrations() -> list[tuple[str, str]]:
    """procrastinate's own scripts, as (version, script), in order: "03.04.00_01_pre_….sql"."""
    folder = resources.files(PACKAGE) / "sql" / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name.partition("_")[0], file.read_text("utf-8")) for file in files]


def _run(db: Connection, script: str) -> None:
    """Several statements at once, as they stand."""
    raw = db.connection.driver_connection
    assert raw is not None
    raw.execute(script, prepare=False)


def _number(version: str) -> tuple[int, ...]:
    """"3.10.0" and "03.10.00" alike."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
