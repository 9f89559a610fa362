"""For those who run Pejling: is it alive (`/health`), can it work (`/ready`), how does it do (`/metrics`, for Prometheus).

`/health` and `/ready` say nothing about anybody and are open to all. `/metrics` holds only what `bot/services/measures.py` lets out,
and is still nobody else's business: with `PEJLING_METRICS_TOKEN` set whoever names it may read; without, only this machine, and
only while Pejling is served to nobody else (behind a proxy every visitor seems to come from this machine).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.visit import PARTS
from bot.services.measures import Measures, in_fives, measure

PATHS = ("/health", "/ready", "/metrics")
NOT_READY = 503


@dataclass(frozen=True)
class Vitals:
    """What there is to ask. `trouble` names what does not work, by part; `outcomes` counts what became of messages, by
    (channel, outcome); `dead_after` as in `measure`. `token`: of `/metrics`; `is_private`: only this machine can reach us."""

    trouble: Callable[[], list[str]] = list
    outcomes: Callable[[], Mapping[tuple[str, str], int]] = dict
    dead_after: timedelta | None = None
    token: str = ""
    is_private: bool = True


VITALS: web.AppKey[Vitals] = web.AppKey("vitals", Vitals)


async def show_health(request: web.Request) -> web.Response:
    """Pejling answers. A database that is away is no reason to start it anew."""
    return web.json_response({"status": "ok"})


async def show_ready(request: web.Request) -> web.Response:
    """Whether it can do its work: the database answers, the clock ticks, delivery runs."""
    trouble = request.app[VITALS].trouble()
    try:
        await request.app[PARTS].store.read(lambda db: db.exec_driver_sql("SELECT 1"))
    except Exception as error:  # whatever it is, it is not ready, and a probe wants an answer
        trouble = [*trouble, f"database: {type(error).__name__}"]
    if trouble:
        return web.json_response({"status": "not ready", "trouble": trouble}, status=NOT_READY)
    return web.json_response({"status": "ready"})


async def show_metrics(request: web.Request) -> web.Response:
    vitals, parts = request.app[VITALS], request.app[PARTS]
    if not _may_read(request, vitals):
        raise web.HTTPNotFound
    now = parts.clock.now()
    found = await parts.store.read(lambda db: _measured(db, now, vitals))
    return web.Response(body=drawn(found, vitals.outcomes()), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def _measured(db: Connection, now: Any, vitals: Vitals) -> Measures:
    return measure(db, now, vitals.dead_after)


def _may_read(request: web.Request, vitals: Vitals) -> bool:
    if vitals.token:
        return hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {vitals.token}")
    try:
        return vitals.is_private and ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def drawn(found: Measures, outcomes: Mapping[tuple[str, str], int]) -> bytes:
    """In Prometheus' text format."""
    from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
    from prometheus_client.core import CounterMetricFamily

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    Gauge("pejling_due_lag_seconds", "How long the oldest thing that is due has waited for the clock", registry=registry).set(found.lag)
    waiting = Gauge("pejling_outbox_messages", "Messages on their way, rounded down to fives", ["channel", "state"], registry=registry)
    for (channel, state), many in found.waiting.items():
        waiting.labels(channel, state).set(many)
    oldest = Gauge("pejling_outbox_oldest_seconds", "How long the oldest message that may go has waited", ["channel"], registry=registry)
    for channel, seconds in found.oldest.items():
        oldest.labels(channel).set(seconds)
    Gauge("pejling_replicas", "Pejlings that live on this database (PostgreSQL)", registry=registry).set(found.replicas)
    family = CounterMetricFamily(
        "pejling_messages", "What became of messages in this process, rounded down to fives", labels=["channel", "outcome"]
    )
    for (channel, outcome), many in sorted(outcomes.items()):
        family.add_metric([channel, outcome], in_fives(many))
    registry.register(_Given(family))
    return generate_latest(registry)


class _Given:
    """A family that is there already, as a collector."""

    def __init__(self, family: Any):
        self._family = family

    def collect(self) -> list[Any]:
        return [self._family]


ROUTES = [web.get("/health", show_health), web.get("/ready", show_ready), web.get("/metrics", show_metrics)]
