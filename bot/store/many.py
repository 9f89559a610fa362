"""Many rows written without everybody else standing still.

The driver of SQLite lets go of the interpreter for each row it writes, but so briefly that whoever waits for it comes too late every
time, for as long as the call takes: 90 ms for 500 rows. So it is given some at a time, and between two calls others get their turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from time import sleep
from typing import Any

from sqlalchemy import Connection, Executable

AT_ONCE = 200
"""Rows written by one call of the driver."""
LET_GO = 0.0005
"""Seconds between two calls."""


def write_many(db: Connection, write: Executable, rows: Iterable[dict[str, Any]]) -> None:
    """Execute `write` for each of `rows`, which may be none."""
    given = iter(rows)
    while some := list(islice(given, AT_ONCE)):
        db.execute(write, some)
        sleep(LET_GO)
