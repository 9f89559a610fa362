"""Databases for tests. Their tables are made once by the migrations; after that SQLite's file is copied, and PostgreSQL's copies are
emptied and used again, since a copy there takes fifty milliseconds and emptying one takes five.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

FILE = "pejling.db"
NUMBERS = itertools.count(1)
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
EMPTY = """
    DO $$ DECLARE name text; BEGIN
        SET LOCAL lock_timeout = '1s';
        SET LOCAL session_replication_role = replica;  -- in whatever order
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE 'DELETE FROM ' || name;
        END LOOP;
        FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
            EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
        END LOOP;
    END $$"""


@dataclass
class Copies:
    """Copies of one database on a server. `server`: the address of any database there; `template`: the name of the one that is copied."""

    server: str
    template: str
    _free: list[str] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a copy that is as the template is."""
        url = self._free.pop() if self._free else new_database(self.server, self.template)
        yield url
        if self._is_as_before(url):
            self._free.append(url)

    @cached_property
    def _kept(self) -> tuple[list[str], dict[str, list[dict[str, Any]]]]:
        """The template's tables, and what stands in them."""
        with connected(in_database(self.server, self.template)) as db:
            tables = _tables(db)
            rows = {table: [dict(row) for row in db.execute(text(f"SELECT * FROM {table}")).mappings()] for table in tables}
        return tables, {table: found for table, found in rows.items() if found}

    def _is_as_before(self, url: str) -> bool:
        """Empty it; False where somebody is still connected, or a test has changed its tables: then it is not used again."""
        tables, kept = self._kept
        try:
            with connected(url) as db, db.begin():
                if db.scalar(text(OTHERS)) or _tables(db) != tables:
                    return False
                db.execute(text(EMPTY))
                for table, rows in kept.items():
                    columns = list(rows[0])
                    db.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{one}' for one in columns)})"), rows)
        except DBAPIError:
            return False
        return True


def copied(template: Path, folder: Path) -> str:
    """The address of a copy of SQLite's file in that folder."""
    shutil.copyfile(template, folder / FILE)
    return f"sqlite:///{folder}/{FILE}"


def _tables(db: Connection) -> list[str]:
    return list(db.scalars(text(TABLES)))


def new_database(server: str, template: str) -> str:
    """The address of a new copy."""
    name = f"test_{next(NUMBERS)}"
    create_database(server, name, template)
    return in_database(server, name)


def create_database(server: str, name: str, template: str) -> None:
    with administering(server).connect() as db:
        db.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))


def administering(server: str) -> Engine:
    """Outside transactions, and connected only while it is used."""
    return create_engine(_psycopg(server), isolation_level="AUTOCOMMIT", poolclass=NullPool)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    with create_engine(_psycopg(url), poolclass=NullPool).connect() as db:
        yield db


def in_database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _psycopg(url: str) -> Any:
    return make_url(url).set(drivername="postgresql+psycopg")
