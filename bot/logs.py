"""What is written while Pejling runs: one line for each thing, with the ids of the event, the run and the outbox row it is about.

Never words: ids only. `PEJLING_LOG_FORMAT=json` writes each line as a JSON object, for a collector.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_ids: ContextVar[dict[str, str]] = ContextVar("ids", default={})


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Whatever is logged in this block carries these ids (event, run, row)."""
    token = _ids.set(_ids.get() | {name: str(id) for name, id in ids.items() if id})
    try:
        yield
    finally:
        _ids.reset(token)


class ReadableLines(logging.Formatter):
    """For people: time, level, logger, message, and the ids in brackets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={id}" for name, id in _ids.get().items())
        return f"{super().format(record)} [{ids}]" if ids else super().format(record)


class JsonLines(logging.Formatter):
    """For machines: {"at", "level", "logger", "message"} and the ids, one object a line. `at` is UTC."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage(), **_ids.get()}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # its text may hold anything
        return json.dumps(line, ensure_ascii=False)


def write_logs(level: str, form: str) -> None:
    """Write everything from `level` on to stderr. `form`: text or json."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else ReadableLines())
    logging.basicConfig(level=level, handlers=[handler])


def kind_of(error: BaseException) -> str:
    """What went wrong, without what it said: an error's text may hold somebody's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where
