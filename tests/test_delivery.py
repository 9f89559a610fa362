"""Delivery against a platform that does everything a platform may do."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.clock import FixedClock
from bot.delivery import UNKNOWN, Delivery
from bot.errors import GaveUp, TryAgain
from bot.pacing import LONGEST_WAIT, Limit, Limits, Pace
from bot.services import outbox, outgoing, whereabouts
from bot.services.outbox import SETTLE
from bot.store.tables import Conversation, OutboxItem
from tests.services.lives import NOW, WORDS, department, person

SECOND = timedelta(seconds=1)


class Platform:
    """A chat. What `answers` holds is raised, or called, one for each message; what `to` holds, for the message with that
    text (different conversations come in any order); `arrived` is what it says to `was_sent`."""

    name = "web"

    def __init__(self):
        self.sent: list[tuple[str, str, str]] = []
        self.answers: list = []
        self.to: dict[str, object] = {}
        self.arrived: dict[str, object] = {}
        self.asked: list[str] = []
        self.known: object = "look"

    async def send(self, address, card, *, key, replaces):
        answer = self.to.pop(card["text"], None) or (self.answers.pop(0) if self.answers else None)
        if callable(answer):
            answer = await answer()
        if isinstance(answer, TryAgain) and answer.maybe_sent:
            self._take(address, card, key, replaces)
        if isinstance(answer, BaseException):
            raise answer
        return self._take(address, card, key, replaces)

    def _take(self, address, card, key, replaces):
        self.sent.append((address["person"], card["text"], replaces))
        self.arrived[key] = f"m{len(self.sent)}"
        return self.arrived[key]

    async def was_sent(self, address, key, since):
        self.asked.append(key)
        if isinstance(self.known, BaseException):
            raise self.known
        return self.arrived.get(key) if self.known == "look" else self.known

    @property
    def texts(self):
        return [text for _, text, _ in self.sent]


@pytest.fixture
def clock():
    return FixedClock(NOW)


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def delivery(store, platform, clock):
    return made(store, platform, clock)


@pytest.fixture
def here(store):
    return store.run_now(department)


def made(store, platform, clock, **more):
    async def sleep(seconds):
        clock.pass_(timedelta(seconds=seconds))

    return Delivery(store, {"web": platform}, clock, random=lambda: 0.0, sleep=sleep, **more)


def put(store, who, text, kind="reply", subject="", **more):
    def work(db):
        place = whereabouts.conversation_of(db, who)
        ids = {"organisation": who.organisation, "person": who.id, "conversation": place.id}
        return outbox.put(db, **ids, card={"text": text}, subject=subject, kind=kind, now=NOW, **more)

    return store.run_now(work)


def row(store, id):
    return store.read_now(lambda db: db.execute(select(OutboxItem.__table__).where(OutboxItem.id == id)).one())


async def test_messages_arrive_in_order_and_a_later_card_takes_the_place_of_the_first(store, here, delivery, platform):
    put(store, here.ea, "1", "prompt", "occurrence:1")
    put(store, here.ea, "2", "update", "occurrence:1")
    put(store, here.ea, "3")
    assert await delivery.drain() == 3
    assert platform.sent == [(here.ea.id, "1", ""), (here.ea.id, "2", "m1"), (here.ea.id, "3", "")]


async def test_a_busy_platform_is_asked_again_when_it_says_and_order_is_kept(store, here, delivery, platform, clock):
    platform.to = {"1": TryAgain("busy", after=20)}
    first = put(store, here.ea, "1")
    put(store, here.ea, "2")
    put(store, here.per, "to somebody else")
    await delivery.drain()
    assert platform.texts == ["to somebody else"]
    assert row(store, first).next_try == NOW + 20 * SECOND
    clock.pass_(20 * SECOND)
    await delivery.drain()
    assert platform.texts == ["to somebody else", "1", "2"]


async def test_pauses_grow_and_a_reply_is_given_up_after_an_hour(store, here, delivery, platform, clock):
    id = put(store, here.ea, "1")
    platform.answers = [TryAgain("away") for _ in range(40)]
    pauses = []
    while row(store, id).state == "queued":
        await delivery.drain()
        if row(store, id).next_try:
            pauses.append((row(store, id).next_try - clock.now()).total_seconds())
            clock.set(max(clock.now(), row(store, id).next_try))
    assert pauses[:5] == [0.5, 1, 2, 4, 8] and max(pauses) == 150
    assert row(store, id).state == "gave_up" and row(store, id).sealed is None
    assert timedelta(minutes=50) < clock.now() - NOW <= timedelta(hours=1)
    put(store, here.ea, "2")
    platform.answers.clear()
    await delivery.drain()
    assert platform.texts == ["2"]


async def test_what_has_expired_is_not_sent(store, here, delivery, platform, clock):
    id = put(store, here.ea, "1", expires_at=NOW + SECOND)
    clock.pass_(SECOND)
    await delivery.drain()
    assert (platform.sent, row(store, id).reason) == ([], "expired")


async def test_somebody_who_blocked_the_bot_is_not_spoken_to_again(store, here, delivery, platform):
    platform.to = {"1": GaveUp("blocked")}
    ids = [put(store, here.ea, "1"), put(store, here.ea, "2")]
    put(store, here.per, "3")
    await delivery.drain()
    assert platform.texts == ["3"]
    assert [row(store, id).state for id in ids] == ["gave_up", "gave_up"]
    assert [row(store, id).reason for id in ids] == ["blocked", "unreachable"]
    reachable = select(Conversation.reachable).where(Conversation.person == here.ea.id)
    assert store.read_now(lambda db: db.scalar(reachable)) is False


async def test_one_card_a_platform_refuses_does_not_close_the_conversation(store, here, delivery, platform):
    platform.answers = [GaveUp("too long", unreachable=False)]
    put(store, here.ea, "1")
    put(store, here.ea, "2")
    await delivery.drain()
    assert platform.texts == ["2"]


async def test_an_answer_that_was_lost_is_asked_after_and_not_doubled(store, here, delivery, platform, clock):
    platform.answers = [TryAgain("cut off", maybe_sent=True)]
    id = put(store, here.ea, "1")
    put(store, here.ea, "2")
    await delivery.drain()
    clock.pass_(SETTLE - SECOND)
    await delivery.drain()
    assert (platform.asked, row(store, id).state) == ([], "ambiguous")
    clock.pass_(SECOND)
    await delivery.drain()
    assert platform.texts == ["1", "2"] and row(store, id).reference == "m1"


async def test_one_that_surely_did_not_arrive_is_sent_again(store, here, delivery, platform, clock):
    platform.answers = [TimeoutError()]
    put(store, here.ea, "1")
    await delivery.drain()
    clock.pass_(SETTLE)
    await delivery.drain()
    assert platform.texts == ["1"] and len(platform.asked) == 1


@pytest.mark.parametrize(("kind", "times"), [("prompt", 2), ("reply", 2), ("nudge", 1), ("update", 1)])
async def test_where_the_platform_cannot_tell_the_kind_decides(store, here, delivery, platform, clock, kind, times):
    platform.answers, platform.known = [TryAgain("cut off", maybe_sent=True)], UNKNOWN
    put(store, here.ea, "1", kind)
    await delivery.drain()
    clock.pass_(SETTLE)
    await delivery.drain()
    assert platform.texts == ["1"] * times


async def test_a_platform_that_never_tells_is_not_asked_for_ever(store, here, delivery, platform, clock):
    platform.answers, platform.known = [TryAgain("cut off", maybe_sent=True)], TryAgain("away")
    id = put(store, here.ea, "1")
    await delivery.drain()
    while row(store, id).state == "ambiguous":
        clock.set(row(store, id).next_try)
        await delivery.drain()
    assert row(store, id).reason == "may have arrived; not repeated"
    assert timedelta(hours=1) <= clock.now() - NOW < timedelta(hours=2)


async def test_a_bug_in_a_channel_stops_nobody_and_words_stay_out_of_the_log(
    store, here, delivery, platform, clock, caplog
):
    caplog.set_level(logging.DEBUG)
    platform.to = {WORDS: ValueError(WORDS)}
    put(store, here.ea, WORDS)
    put(store, here.per, "2")
    await delivery.drain()
    assert platform.texts == ["2"]
    assert "ValueError" in caplog.text and WORDS not in caplog.text
    clock.pass_(SETTLE)
    await delivery.drain()
    assert platform.texts == ["2", WORDS]


@pytest.mark.parametrize("arrived", [True, False])
async def test_killed_between_sending_and_marking_nothing_is_lost_or_doubled(store, here, platform, clock, arrived):
    put(store, here.ea, "1")
    put(store, here.ea, "2")
    first = store.run_now(lambda db: outgoing.claim_heads(db, "web", NOW, 5))[0]
    store.run_now(lambda db: outbox.mark_leaving(db, first.id, first.attempt, NOW))
    if arrived:
        await platform.send(first.address, first.card, key=first.key, replaces="")
    restarted = made(store, platform, clock)
    await restarted.recover()
    await restarted.drain()
    clock.pass_(SETTLE)
    await restarted.drain()
    assert platform.texts == ["1", "2"]


async def test_killed_before_the_first_byte_it_is_sent_at_once(store, here, platform, clock):
    put(store, here.ea, "1")
    store.run_now(lambda db: outgoing.claim_heads(db, "web", NOW, 5))
    restarted = made(store, platform, clock)
    await restarted.recover()
    await restarted.drain()
    assert (platform.texts, platform.asked) == (["1"], [])


async def test_a_mark_the_database_refused_is_found_again(store, here, delivery, platform, clock, monkeypatch):
    put(store, here.ea, "1")
    mark = outbox.mark_sent
    monkeypatch.setattr(outbox, "mark_sent", broken_once(mark))
    await delivery.drain()
    await delivery.drain()
    clock.pass_(SETTLE)
    await delivery.drain()
    assert platform.texts == ["1"] and platform.asked


def broken_once(act):
    def broken(*args):
        if not broken.done:
            broken.done = True
            raise OSError("the disk is away")
        return act(*args)

    broken.done = False
    return broken


async def test_conversations_do_not_wait_for_each_other(store, here, delivery, platform):
    """The first is answered only when the second has arrived."""
    second = asyncio.Event()

    async def slow():
        await second.wait()

    async def quick():
        second.set()

    platform.answers = [slow, quick]
    put(store, here.ea, "1")
    put(store, here.per, "2")
    async with asyncio.timeout(5):
        await delivery.drain()
    assert sorted(platform.texts) == ["1", "2"]


async def test_forty_conversations_get_theirs_each_once(store, here, delivery, platform):
    crowd = store.run_now(lambda db: [person(db, here.id, f"p{n}") for n in range(40)])
    for who in crowd:
        put(store, who, f"1 {who.id}", "prompt")
        put(store, who, f"2 {who.id}", "nudge")
    await asyncio.gather(delivery.drain(), delivery.drain())
    assert len(platform.sent) == len(set(platform.texts)) == 80
    for who in crowd:
        assert platform.texts.index(f"1 {who.id}") < platform.texts.index(f"2 {who.id}")


async def test_it_runs_until_it_is_stopped_and_is_woken_by_a_commit(store, here, delivery, platform):
    arrived = asyncio.Event()

    async def told():
        arrived.set()

    running = asyncio.create_task(delivery.run())
    await asyncio.wait([running], timeout=0)
    platform.answers = [told]
    put(store, here.ea, "1")
    delivery.wake()
    async with asyncio.timeout(4):
        await arrived.wait()
        await delivery.stop()
    assert running.done() and platform.texts == ["1"]


async def test_stopping_gives_back_what_hangs(store, here, platform, clock):
    begun = asyncio.Event()

    async def hangs():
        begun.set()
        await asyncio.Event().wait()

    delivery = made(store, platform, clock, grace=0.01)
    platform.answers = [hangs]
    id = put(store, here.ea, "1")
    running = asyncio.create_task(delivery.run())
    async with asyncio.timeout(5):
        await begun.wait()
        await delivery.stop()
        await running
    assert row(store, id).state == "ambiguous"
    assert row(store, id).next_try == NOW + SETTLE


# ---- pacing ----------------------------------------------------------------------------------------------


async def test_no_window_ever_holds_more_than_its_limit():
    now = [0.0]
    limits = (Limit(7, 1), Limit(8, 2), Limit(60, 30))
    pace = Pace(Limits(conversation=limits), lambda: now[0])
    times = []
    for _ in range(150):
        while (wait := await pace.reserve("o", "c")) > LONGEST_WAIT:
            now[0] += wait  # no place was kept for it
        now[0] += wait
        times.append(now[0])
    for limit in limits:
        spans = [b - a for a, b in zip(times, times[limit.messages :], strict=False)]
        assert min(spans) >= limit.seconds


async def test_a_workspace_is_paced_as_a_whole_and_another_is_not_held_up():
    pace = Pace(Limits(organisation=(Limit(2, 10),)), lambda: 0.0)
    assert [await pace.reserve("o", f"c{n}") for n in range(5)] == [0, 0, 10, 10, 20]
    assert await pace.reserve("elsewhere", "c9") == 0


async def test_delivery_waits_between_two_messages_to_one_person(store, here, platform, clock):
    delivery = made(store, platform, clock, pacing={"web": Limits(conversation=(Limit(1, 5),))})
    put(store, here.ea, "1")
    put(store, here.ea, "2")
    await delivery.drain()
    assert platform.texts == ["1", "2"] and clock.now() - NOW > 4 * SECOND
