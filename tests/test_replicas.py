"""Several replicas on one PostgreSQL: each message once and in order, whoever of them dies, and no faster together than alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.clock import SystemClock
from bot.delivery import Delivery, Timing
from bot.errors import TryAgain
from bot.leaving import leave_within, refuse_late
from bot.pacing import LONGEST_WAIT, Limit, Limits
from bot.services import jobs, outbox, outgoing, replicas, spacing, whereabouts
from bot.store.opening import open_store
from bot.store.tables import OutboxItem, Replica
from tests.services.lives import NOW, department, person

OUTBOX = OutboxItem.__table__
SOON = timedelta(seconds=0.5)
QUICK = Timing(settle=SOON, look_again=0.2, beat=0.1, dead_after=timedelta(seconds=0.5), thorough=0.3)
DEAD = timedelta(seconds=3)


class Chat:
    """A platform that several replicas speak to. `act` is called with each text before it is taken."""

    def __init__(self, name: str = "slack"):
        self.name, self.sent, self.keys = name, [], {}
        self.act: Callable[[str], Awaitable[None]] | None = None
        self.arrived = asyncio.Event()

    async def send(self, address, card, *, key, replaces):
        if self.act:
            await self.act(card["text"])
        self.sent.append((address["person"], card["text"]))
        self.keys[key] = f"m{len(self.sent)}"
        self.arrived.set()
        return self.keys[key]

    async def was_sent(self, address, key, since):
        return self.keys.get(key)

    async def has(self, many: int) -> None:
        async with asyncio.timeout(20):
            while len(self.sent) < many:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
def stores(jobs_url, secrets):
    """Opens the database once more for each replica."""
    opened = []

    def open_one():
        opened.append(open_store(jobs_url, secrets=secrets))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close_now()


@pytest.fixture
def store(stores):
    return stores()


@pytest.fixture
def crowd(store):
    """People who are talked to in Slack."""

    def work(db):
        here = department(db)
        found = [person(db, here.id, f"p{n}") for n in range(12)]
        for one in found:
            whereabouts.make_conversation(db, one, "slack", {"person": one.id})
        return found

    return store.run_now(work)


def put(db, who, said, kind="reply", channel="slack", **more):
    place = db.scalar(
        text("SELECT id FROM conversation WHERE person = :person AND channel = :channel"), {"person": who.id, "channel": channel}
    )
    ids = {"organisation": who.organisation, "person": who.id, "conversation": place}
    return outbox.put(db, **ids, card={"text": said}, kind=kind, **{"subject": "", "now": NOW, **more})


def count_jobs(store, status="todo"):
    counted = text("SELECT count(*) FROM procrastinate_jobs WHERE status = CAST(:status AS procrastinate_job_status)")
    return store.read_now(lambda db: db.scalar(counted, {"status": status}))


def row(store, id):
    return store.read_now(lambda db: db.execute(select(OUTBOX).where(OUTBOX.c.id == id)).one())


@asynccontextmanager
async def replicas_of(stores, chat, many, **more):
    """Several deliveries on one database, in one process; each knows nothing of the others."""
    found = [Delivery(stores(), {chat.name: chat}, SystemClock(), **{"pacing": {}, "timing": QUICK, **more}) for _ in range(many)]
    running = [asyncio.create_task(one.run()) for one in found]
    try:
        yield found
    finally:
        await asyncio.gather(*(one.stop() for one in found))
        await asyncio.gather(*running)


def test_a_job_is_made_in_our_own_transaction_or_not_at_all(store, crowd):
    def undone(db):
        put(db, crowd[0], "never")
        raise KeyError

    with pytest.raises(KeyError):
        store.run_now(undone)
    assert count_jobs(store) == 0
    store.run_now(lambda db: put(db, crowd[0], "1"))
    store.run_now(lambda db: put(db, crowd[0], "on the web", channel="web"))
    assert count_jobs(store) == 1


async def test_three_replicas_say_everything_once_and_in_order(stores, store, crowd):
    chat = Chat()
    async with replicas_of(stores, chat, 3):
        for n in range(5):
            for who in crowd:
                await store.run(lambda db, who=who, n=n: put(db, who, f"{n} {who.id}"))
        await chat.has(60)
    assert len(chat.sent) == len(set(chat.sent)) == 60
    for who in crowd:
        assert [said for whom, said in chat.sent if whom == who.id] == [f"{n} {who.id}" for n in range(5)]
    assert store.read_now(lambda db: db.scalar(select(func.count()).where(OUTBOX.c.state != "sent"))) == 0


async def test_what_comes_due_later_is_sent_then(stores, store, crowd):
    chat, tries = Chat(), []

    async def busy_once(said):
        tries.append(said)
        if len(tries) == 1:
            raise TryAgain("busy", after=0.2)

    chat.act = busy_once
    async with replicas_of(stores, chat, 2):
        await store.run(lambda db: put(db, crowd[0], "1"))
        await store.run(lambda db: put(db, crowd[0], "2"))
        await chat.has(2)
    assert [said for _, said in chat.sent] == ["1", "2"]


class Pages(Chat):
    """The web chat of one replica, with these people's pages open."""

    def __init__(self, *present):
        super().__init__("web")
        self.who = present

    def present(self):
        return self.who


async def test_a_card_on_the_web_reaches_the_replica_where_its_reader_looks(stores, store, crowd):
    mine, yours = Pages(crowd[0].id), Pages(crowd[1].id)
    async with replicas_of(stores, mine, 1), replicas_of(stores, yours, 1):
        for n in range(3):
            for who in crowd[:2]:
                await store.run(lambda db, who=who, n=n: put(db, who, f"{n}", channel="web", now=SystemClock().now()))
        await mine.has(3)
        await yours.has(3)
    assert mine.sent == [(crowd[0].id, f"{n}") for n in range(3)]
    assert yours.sent == [(crowd[1].id, f"{n}") for n in range(3)]


def test_what_nobody_looks_at_is_taken_when_it_is_drawn_from_rows_anyway(store, crowd):
    reply = store.run_now(lambda db: put(db, crowd[0], "reply", channel="web"))
    card = store.run_now(lambda db: put(db, crowd[1], "card", channel="web", subject="run:1"))

    def claimed(after):
        return [m.id for m in store.run_now(lambda db: outgoing.claim_heads(db, "web", NOW + after, 9, "me", ()))]

    assert claimed(timedelta(0)) == []
    assert claimed(outgoing.UNSEEN) == [card]
    assert claimed(outgoing.TOO_OLD) == [reply]


async def test_what_waits_without_a_job_is_found(stores, store, crowd):
    store.run_now(lambda db: put(db, crowd[0], "1"))
    store.run_now(lambda db: db.execute(text("DELETE FROM procrastinate_jobs")))
    chat = Chat()
    async with replicas_of(stores, chat, 1):
        await chat.has(1)


def test_only_the_dead_lose_what_they_held(store, crowd):
    ids = [store.run_now(lambda db, who=who: put(db, who, "x")) for who in crowd[:3]]
    now = SystemClock().now()
    for owner in ("alive", "frozen", "dead"):
        store.run_now(lambda db, owner=owner: outgoing.claim_heads(db, "slack", now, 1, owner))
    store.run_now(lambda db: replicas.beat(db, "alive"))
    store.run_now(lambda db: replicas.beat(db, "frozen"))
    old = func.clock_timestamp() - timedelta(seconds=4)
    store.run_now(lambda db: db.execute(update(Replica.__table__).where(Replica.id == "frozen").values(beat_at=old)))
    store.run_now(lambda db: outbox.mark_leaving(db, ids[1], 1, now))
    assert store.run_now(lambda db: outbox.take_over(db, "me", DEAD)) == 2
    assert [row(store, id).state for id in ids] == ["sending", "ambiguous", "queued"]
    with pytest.raises(outbox.Overtaken):
        store.run_now(lambda db: outbox.mark_sent(db, ids[1], 1, "too late"))
    store.run_now(lambda db: outbox.mark_sent(db, ids[0], 1, "in time"))


async def test_the_jobs_of_a_dead_worker_are_taken_back(store, crowd):
    store.run_now(lambda db: put(db, crowd[0], "1"))
    dead = text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id")
    alive = text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
    fetch = text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)")
    store.run_now(lambda db: db.execute(fetch, {"worker": db.scalar(alive)}))
    assert store.run_now(lambda db: jobs.sweep(db, NOW, DEAD)) == 0
    store.run_now(lambda db: db.execute(text("UPDATE procrastinate_jobs SET worker_id = :dead"), {"dead": db.scalar(dead)}))
    assert store.run_now(lambda db: jobs.sweep(db, NOW, DEAD)) == 1
    assert (count_jobs(store), count_jobs(store, "doing")) == (1, 0)


async def test_stopping_gives_back_what_hangs_and_another_takes_it(stores, store, crowd):
    hanging, chat = Chat(), Chat()
    begun = asyncio.Event()

    async def hangs(_):
        begun.set()
        await asyncio.Event().wait()

    hanging.act = hangs
    async with replicas_of(stores, hanging, 1, grace=0.05):
        await store.run(lambda db: put(db, crowd[0], "1"))
        async with asyncio.timeout(10):
            await begun.wait()
    assert store.read_now(lambda db: db.scalar(select(func.count()).select_from(Replica))) == 0
    async with replicas_of(stores, chat, 1):
        await chat.has(1)
    assert chat.sent == [(crowd[0].id, "1")]


def test_two_replicas_keep_one_pace(store, stores, crowd):
    limits = Limits(conversation=(Limit(1, 1),), organisation=(Limit(3, 60),))
    other, here = stores(), crowd[0].organisation
    waits = [one.run_now(lambda db, n=n: spacing.reserve(db, "slack", limits, here, f"c{n}")) for n, one in enumerate((store, other, store))]
    assert waits == [0, 0, 0]
    assert 59 < other.run_now(lambda db: spacing.reserve(db, "slack", limits, here, "c9")) <= 60
    assert other.run_now(lambda db: spacing.reserve(db, "teams", limits, here, "c8")) == 0
    assert 0.5 < store.run_now(lambda db: spacing.reserve(db, "teams", limits, here, "c8")) <= 1


def test_a_platform_that_wants_to_rest_is_left_alone_by_all(store, stores, crowd):
    limits, here, other = Limits(organisation=(Limit(100, 1),), busy_holds_all=True), crowd[0].organisation, stores()
    store.run_now(lambda db: spacing.hold(db, "slack", here, 30))
    assert 29 < other.run_now(lambda db: spacing.reserve(db, "slack", limits, here, "c1")) <= 30
    assert 29 < other.read_now(lambda db: spacing.held(db, "slack", here)) <= 30 > LONGEST_WAIT
    assert other.read_now(lambda db: spacing.held(db, "teams", here)) == 0


async def test_ten_at_once_never_exceed_the_pace(store, crowd):
    limits, here = Limits(organisation=(Limit(5, 2),)), crowd[0].organisation
    waits = sorted(await asyncio.gather(*(store.run(lambda db: spacing.reserve(db, "slack", limits, here, "c")) for _ in range(20))))
    assert [round(wait / 2) for wait in waits] == [n // 5 for n in range(20)]


def test_a_first_byte_that_is_late_does_not_leave():
    with leave_within(60):
        refuse_late()
    with leave_within(-1), pytest.raises(TryAgain) as late:
        refuse_late()
    assert not late.value.maybe_sent
    refuse_late()
