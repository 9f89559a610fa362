"""For operators: alive, ready, and numbers that are about nobody."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from bot.channels.web.health import ROUTES, VITALS, Vitals, drawn
from bot.channels.web.visit import PARTS
from bot.logs import JsonLines, ReadableLines, about
from bot.services import outbox, outgoing, whereabouts
from bot.services.measures import in_fives, measure
from bot.store.tables import Schedule
from tests.services.lives import NOW, WORDS, department, live_fully, person

MINUTE = timedelta(minutes=1)


class Here:
    """What the pages for operators need of the rest."""

    def __init__(self, store):
        self.store, self.clock = store, self

    def now(self):
        return NOW


async def asked(store, vitals, path, **headers):
    app = web.Application()
    app[PARTS], app[VITALS] = Here(store), vitals
    app.add_routes(ROUTES)
    async with TestClient(TestServer(app)) as client, client.get(path, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_alive_and_ready_are_two_things(sqlite_store):
    ill = Vitals(trouble=lambda: ["clock: it has not ticked for a while"])
    assert await asked(sqlite_store, Vitals(), "/ready") == (200, '{"status": "ready"}')
    status, said = await asked(sqlite_store, ill, "/ready")
    assert status == 503 and "clock" in said
    assert (await asked(sqlite_store, ill, "/health"))[0] == 200


async def test_without_its_database_it_is_alive_and_not_ready(sqlite_url, secrets):
    class Away(Here):
        async def read(self, work):
            raise OSError(WORDS)

    away = Away(None)
    away.store = away
    app = web.Application()
    app[PARTS], app[VITALS] = away, Vitals()
    app.add_routes(ROUTES)
    async with TestClient(TestServer(app)) as client:
        async with client.get("/ready") as answer:
            assert answer.status == 503 and WORDS not in await answer.text()
        async with client.get("/health") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("vitals", "headers", "status"),
    [
        (Vitals(), {}, 200),
        (Vitals(is_private=False), {}, 404),
        (Vitals(token="secret"), {}, 404),
        (Vitals(token="secret"), {"Authorization": "Bearer wrong"}, 404),
        (Vitals(token="secret", is_private=False), {"Authorization": "Bearer secret"}, 200),
    ],
)
async def test_who_may_read_the_metrics(sqlite_store, vitals, headers, status):
    assert (await asked(sqlite_store, vitals, "/metrics", **headers))[0] == status


def put(db, who, kind="prompt"):
    ids = {"organisation": who.organisation, "person": who.id, "conversation": whereabouts.conversation_of(db, who).id}
    return outbox.put(db, **ids, card={"text": WORDS}, subject="", kind=kind, now=NOW)


def test_counts_come_in_fives_and_ages_are_exact(store):
    def fill(db):
        here = department(db)
        crowd = [person(db, here.id, f"p{n}") for n in range(7)]
        for one in crowd:
            put(db, one)
        for held in outgoing.claim_heads(db, "web", NOW, 1):
            outbox.mark_ambiguous(db, held.id, held.attempt, NOW + MINUTE, "lost")

    store.run_now(fill)
    found = store.read_now(lambda db: measure(db, NOW + MINUTE, timedelta(seconds=3) if store.is_shared else None))
    assert found.waiting == {("web", "queued"): 5, ("web", "ambiguous"): 0}
    assert found.oldest == {"web": 60.0} and found.lag == 0 and found.replicas == 0
    assert [in_fives(many) for many in (0, 4, 5, 9, 10)] == [0, 0, 5, 5, 10]


def test_the_lag_is_that_of_the_oldest_thing_that_is_due(store):
    def fill(db):
        live_fully(db, department(db))
        db.execute(update(Schedule).values(next_run_at=NOW - 3 * MINUTE))

    store.run_now(fill)
    assert store.read_now(lambda db: measure(db, NOW, None)).lag >= 180


def test_nothing_in_the_metrics_names_anybody(store):
    here = store.run_now(department)
    store.run_now(lambda db: put(db, here.ea))
    found = store.read_now(lambda db: measure(db, NOW, None))
    text = drawn(found, {("slack", "sent"): 12, ("slack", "unreachable"): 1}).decode()
    assert 'pejling_messages_total{channel="slack",outcome="sent"} 10.0' in text
    assert 'pejling_messages_total{channel="slack",outcome="unreachable"} 0.0' in text
    for secret in (here.id, here.ea.id, here.ea.name, here.centre, WORDS):
        assert secret not in text
    labels = {part.split("=")[0] for line in text.splitlines() if "{" in line for part in line.split("{")[1].split("}")[0].split(",")}
    assert labels <= {"channel", "state", "outcome"}


def test_a_log_line_carries_ids_and_never_what_an_error_says():
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        record = logging.LogRecord("pejling", logging.ERROR, __file__, 1, "row %d failed", (7,), (ValueError, error, None))
    with about(event="e1", run="r1"), about(row=7):
        line = json.loads(JsonLines().format(record))
    assert (line["event"], line["run"]) == ("e1", "r1")
    assert (line["row"], line["message"], line["error"], line["level"]) == ("7", "row 7 failed", "ValueError", "ERROR")
    assert WORDS not in json.dumps(line, ensure_ascii=False)
    record.exc_info = None
    with about(event="e1", run=""):
        assert ReadableLines().format(record).endswith("row 7 failed [event=e1]")
    assert ReadableLines().format(record).endswith("row 7 failed")
