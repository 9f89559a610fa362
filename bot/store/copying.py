"""From a SQLite file to PostgreSQL: every row, checked, and begun again where it was cut off.

The file is opened for reading only, and nobody may serve from it meanwhile. Rows go over table by table, in batches that are a
transaction each; what is there already is left alone, so that copying may simply be begun again. At the end both sides are read
once more and compared: how many rows, what is in them, and whether the keys open what is sealed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, func, inspect, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError
from sqlalchemy.pool import NullPool

from ..errors import ConfigError
from . import schema
from .engine import Store
from .faults import refuse_sqlite
from .secrets import SALT, Secrets, Unreadable
from .shared_work import upgrade_jobs
from .sqlite import held
from .tables import Base, Fact

AT_ONCE = 500
OF_THE_MOMENT = ("replica", "spacing")
"""Tables about the processes that run right now; nothing of them is worth taking along."""
OWN_FACTS = (schema.COPYING, "procrastinate_version")
"""Facts about this one database."""

Progress = Callable[[str, int, int], None]
"""Told a table's name, how many of its rows are done, and how many there are."""


@dataclass(frozen=True)
class Copied:
    """`rows` in `tables`, the same on both sides; `unreadable`: sealed values that no key opens, on either side."""

    tables: int
    rows: int
    unreadable: int


def copy(path: Any, target: Store, secrets: Secrets, progress: Progress) -> Copied:
    """Copy the SQLite file at `path` to `target`. Raises ConfigError where one of them is not as it should be, or differs in
    the end; what was copied until then stays, and the next try goes on from there."""
    with held(path), _opened(path) as source:
        _refuse_source(source, path, secrets)
        _prepare(source, target)
        tables = [table for table in Base.metadata.sorted_tables if table.name not in OF_THE_MOMENT]
        for table in tables:
            _copy_table(source, target, table, progress)
        for table in tables:
            _link_rows(source, target, table)
        copied = _compare(source, target, tables, secrets, progress)
    target.run_now(lambda db: _finish(db, tables))
    return copied


# ---- the two sides -----------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Any) -> Iterator[Connection]:
    """The file, for reading only, in one transaction: what is seen does not change under us."""
    engine: Engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True), poolclass=NullPool, hide_parameters=True
    )
    try:
        with engine.connect() as db:
            db.execute(text("SELECT count(*) FROM sqlite_master"))
            yield db
    except sqlite3.Error as error:
        raise refuse_sqlite(path, error) from error
    finally:
        engine.dispose()


def _refuse_source(source: Connection, path: Any, secrets: Secrets) -> None:
    names = inspect(source).get_table_names()
    version = source.scalar(text(f"SELECT version_num FROM {schema.VERSION_TABLE}")) if schema.VERSION_TABLE in names else None
    if version is None:
        raise ConfigError(f"--from: {path} is no database of Pejling's – name the file in DATABASE_URL")
    if version != schema.HEAD:
        raise ConfigError(f"--from: {path} has version {version}, this Pejling {schema.HEAD} – start this Pejling on it once, then copy")
    salt = source.scalar(select(Fact.value).where(Fact.name == SALT))
    try:
        secrets.open(salt.encode() if salt else secrets.seal(""))
    except Unreadable as error:
        raise ConfigError(f"PEJLING_KEYS (or the key file): these keys do not open {path} – give those it was made with") from error


def _prepare(source: Connection, target: Store) -> None:
    """Tables, and a note that copying is under way. Raises ConfigError where somebody else's rows are there."""
    whose = sha256((source.scalar(select(Fact.value).where(Fact.name == SALT)) or "").encode()).hexdigest()[:32]
    schema.make_tables(target)
    upgrade_jobs(target)

    def note(db: Connection) -> str:
        found = db.scalar(select(Fact.value).where(Fact.name == schema.COPYING))
        if found is None and not _is_empty(db):
            return "holds rows already – name an empty database"
        if found is not None and found != whose:
            return "holds part of another copy – name an empty database"
        db.execute(insert(Fact).values(name=schema.COPYING, value=whose).on_conflict_do_nothing())
        return ""

    if refusal := target.run_now(note):
        raise ConfigError(f"--to: {target.name} {refusal}")


def _is_empty(db: Connection) -> bool:
    for table in Base.metadata.sorted_tables:
        rows = select(table).where(Fact.name.not_in(OWN_FACTS)) if table.name == "fact" else select(table)
        if db.execute(rows.limit(1)).first() is not None:
            return False
    return True


def _finish(db: Connection, tables: Sequence[Table]) -> None:
    """The next number of each table comes after the last one, and the copy is whole."""
    for table in tables:
        for column in table.primary_key:
            if column is table.autoincrement_column:
                last = select(func.max(column))
                name = func.pg_get_serial_sequence(table.name, column.name)
                db.execute(select(func.setval(name, func.coalesce(last.scalar_subquery(), 0) + 1, False)))
    db.execute(Fact.__table__.delete().where(Fact.name == schema.COPYING))


# ---- rows --------------------------------------------------------------------------------------------------


def _copy_table(source: Connection, target: Store, table: Table, progress: Progress) -> None:
    total = _count(source, table)
    if target.read_now(lambda db: _count(db, table)) >= total:  # of an earlier try
        progress(table.name, total, total)
        return
    put, later, done = insert(table).on_conflict_do_nothing(), {column.name for column in _to_itself(table)}, 0
    for batch in _batches(source, table):
        rows = [{name: None if name in later else value for name, value in row.items()} for row in batch]
        try:
            target.run_now(lambda db, rows=rows: db.execute(put, rows))
        except DataError as error:
            raise ConfigError(f"--to: table {table.name} holds something that PostgreSQL does not take ({error.orig})") from error
        done += len(batch)
        progress(table.name, done, total)


def _link_rows(source: Connection, target: Store, table: Table) -> None:
    """What points at rows of its own table (a person's leader) is filled in when all of them are there."""
    for column in _to_itself(table):
        (key,) = table.primary_key
        fill = update(table).where(key == bindparam("at")).values({column: bindparam("points_to")})
        linked = source.execute(select(key, column).where(column.is_not(None)).order_by(key)).partitions(AT_ONCE)
        for rows in linked:
            values = [{"at": at, "points_to": to} for at, to in rows]
            target.run_now(lambda db, values=values, fill=fill: db.execute(fill, values))


def _to_itself(table: Table) -> list[Any]:
    return [column for column in table.c if any(key.column.table is table for key in column.foreign_keys)]


def _count(db: Connection, table: Table) -> int:
    return db.scalar(_mine(select(func.count()).select_from(table), table)) or 0


def _mine(statement: Any, table: Table) -> Any:
    """Without the facts that are each database's own."""
    return statement.where(table.c.name.not_in(OWN_FACTS)) if table.name == "fact" else statement


def _batches(db: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = db.execute(_mine(select(table), table).order_by(*table.primary_key), execution_options={"yield_per": AT_ONCE})
    for rows in found.mappings().partitions(AT_ONCE):
        yield [dict(row) for row in rows]


# ---- checking ----------------------------------------------------------------------------------------------


@dataclass
class _Sum:
    """What is in a table, whatever the order: how many rows, and the sum of their digests."""

    rows: int = 0
    digest: int = 0
    unreadable: int = 0


def _compare(source: Connection, target: Store, tables: Sequence[Table], secrets: Secrets, progress: Progress) -> Copied:
    differ, rows, unreadable = [], 0, 0
    for n, table in enumerate(tables, 1):
        here = _summed(source, table, secrets)
        there = target.read_now(lambda db, table=table: _summed(db, table, secrets))
        rows, unreadable = rows + here.rows, unreadable + there.unreadable
        if here != there:
            differ.append(f"{table.name} ({here.rows} and {there.rows} rows)")
        progress("comparing", n, len(tables))
    if differ:
        raise ConfigError(f"--to: {target.name} differs in {', '.join(differ)} – empty it and copy again")
    return Copied(len(tables), rows, unreadable)


def _summed(db: Connection, table: Table, secrets: Secrets) -> _Sum:
    found = _Sum()
    for batch in _batches(db, table):
        for row in batch:
            plain = json.dumps([row[column.name] for column in table.c], default=_plain, sort_keys=True, ensure_ascii=False)
            found.rows += 1
            found.digest = (found.digest + int.from_bytes(sha256(plain.encode()).digest())) % 2**256
            found.unreadable += 0 if _opens(row.get("sealed"), secrets) else 1
    return found


def _plain(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value.isoformat()


def _opens(blob: bytes | None, secrets: Secrets) -> bool:
    try:
        return blob is None or bool(secrets.open(blob))
    except Unreadable:
        return False
