"""Write the next migration from what differs between the tables in code and the migrations so far."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from ..schema import alembic_config


def write_next(message: str) -> None:
    """Write `versions/NNNN_message.py`; the comparison is made on an empty SQLite brought to the newest migration."""
    config = alembic_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        with engine.begin() as db:
            config.attributes["connection"] = db
            command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=f"{int(head or 0) + 1:04}")
        engine.dispose()


if __name__ == "__main__":
    write_next(" ".join(sys.argv[1:]) or sys.exit("say in a few words what changes"))
