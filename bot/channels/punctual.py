"""An HTTP client that sends no first byte after the last moment for it (`bot/leaving.py`)."""

from __future__ import annotations

from typing import Any

from aiohttp import TraceConfig

from bot.leaving import refuse_late


def punctual() -> TraceConfig:
    """For `aiohttp.ClientSession(trace_configs=[…])`: asks when the connection is there and before anything is written on it."""
    tracing = TraceConfig()
    tracing.on_connection_create_end.append(_ask)
    tracing.on_connection_reuseconn.append(_ask)
    return tracing


async def _ask(*_: Any) -> None:
    refuse_late()
