"""Alembic's way in. It gets an open connection from `schema.py`, in a transaction that is not its own."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TypeDecorator

from bot.store.tables import Base


def render_type(kind: str, thing: Any, autogen: AutogenContext) -> str | bool:
    """Write our own types as what they are in the database: a migration must not change when the code does."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot change a column; Alembic then rebuilds the table
    render_item=render_type,
    transactional_ddl=True,  # true of SQLite too, since we begin transactions ourselves
    compare_type=True,
)

with context.begin_transaction():
    context.run_migrations()
