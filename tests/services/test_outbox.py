"""Messages on their way: order, fences, and what a crash leaves behind."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from lives import NOW, WORDS, department, person
from sqlalchemy import delete, select, update

from bot.services import outbox, outgoing, whereabouts
from bot.services.inbox import claim
from bot.services.outbox import SETTLE, Overtaken
from bot.store.tables import OutboxItem, Person

SOON = NOW + timedelta(seconds=1)


@pytest.fixture
def here(store):
    return store.run_now(department)


def put(db, who, text="hej", kind="reply", subject="", place="", **more):
    return outbox.put(
        db,
        organisation=who.organisation,
        person=who.id,
        conversation=place or whereabouts.conversation_of(db, who).id,
        card={"text": [text]},
        subject=subject,
        kind=kind,
        now=NOW,
        **more,
    )


def heads(store, limit=10, now=NOW):
    return store.run_now(lambda db: outgoing.claim_heads(db, "web", now, limit))


def row(store, id):
    return store.read_now(lambda db: db.execute(select(OutboxItem.__table__).where(OutboxItem.id == id)).one())


def mark(store, how, message, *values):
    store.run_now(lambda db: how(db, message.id, message.attempt, *values))


def test_only_the_head_of_each_conversation_goes_and_the_next_when_it_has_arrived(store, here):
    store.run_now(lambda db: [put(db, here.ea, "1"), put(db, here.ea, "2"), put(db, here.per, "3")])
    first = heads(store)
    assert [m.card["text"] for m in first] == [["1"], ["3"]]
    assert heads(store) == []
    mark(store, outbox.mark_sent, first[0], "m1")
    assert [m.card["text"] for m in heads(store)] == [["2"]]


def test_a_message_on_another_channel_is_not_ours(store, here):
    store.run_now(lambda db: put(db, here.ea))
    assert store.run_now(lambda db: outgoing.claim_heads(db, "slack", NOW, 10)) == []


def test_who_waits_for_a_reply_goes_before_a_queue_of_prompts(store, here):
    def fill(db):
        for who in (here.ea, here.una, here.liv):
            put(db, who, "prompt", "prompt")
        put(db, here.per, "prompt to per", "prompt")
        put(db, here.per, "reply to per")

    store.run_now(fill)
    assert [m.card["text"] for m in heads(store, limit=1)] == [["prompt to per"]]
    assert len(heads(store, limit=10)) == 3


def test_words_lie_sealed_and_are_blanked_when_they_have_arrived(store, here):
    id = store.run_now(lambda db: put(db, here.ea, WORDS))
    assert WORDS.encode() not in row(store, id).sealed
    message = heads(store)[0]
    assert WORDS not in repr(message)
    mark(store, outbox.mark_sent, message, "m1")
    assert (row(store, id).sealed, row(store, id).state) == (None, "sent")


def test_a_message_is_not_sent_again_before_its_pause_is_over(store, here):
    store.run_now(lambda db: put(db, here.ea))
    message = heads(store)[0]
    mark(store, outbox.mark_retry, message, NOW + timedelta(seconds=30), "busy")
    assert heads(store, now=NOW + timedelta(seconds=29)) == []
    again = heads(store, now=NOW + timedelta(seconds=30))[0]
    assert (again.attempt, again.first_try, again.last_send) == (2, NOW, None)


def test_a_mark_of_an_attempt_that_was_overtaken_is_refused(store, here):
    store.run_now(lambda db: put(db, here.ea))
    mine = heads(store)[0]
    store.run_now(outbox.stuck)
    for how, values in ((outbox.mark_leaving, (NOW,)), (outbox.mark_sent, ("m",)), (outbox.mark_gave_up, ("gone",))):
        with pytest.raises(Overtaken):
            mark(store, how, mine, *values)
    assert row(store, mine.id).state == "queued"


def test_a_message_that_is_done_cannot_be_marked_again(store, here):
    store.run_now(lambda db: put(db, here.ea))
    message = heads(store)[0]
    mark(store, outbox.mark_sent, message, "m1")
    with pytest.raises(Overtaken):
        mark(store, outbox.mark_gave_up, message, "gone")


def test_a_person_who_was_erased_takes_the_message_along(store, here):
    store.run_now(lambda db: put(db, here.liv))
    message = heads(store)[0]
    store.run_now(lambda db: db.execute(delete(Person).where(Person.id == here.liv.id)))
    with pytest.raises(Overtaken):
        mark(store, outbox.mark_sent, message, "m1")


def test_after_a_crash_before_the_first_byte_it_is_simply_sent(store, here):
    store.run_now(lambda db: put(db, here.ea))
    lost = heads(store)[0]
    assert store.run_now(outbox.stuck) == 1
    assert heads(store)[0].attempt == lost.attempt + 2


def test_after_a_crash_between_sending_and_marking_it_settles_and_holds_back_the_rest(store, here):
    store.run_now(lambda db: [put(db, here.ea, "1"), put(db, here.ea, "2")])
    mark(store, outbox.mark_leaving, heads(store)[0], NOW)
    store.run_now(outbox.stuck)
    late = NOW + SETTLE
    assert heads(store, now=late) == []
    ask = lambda now: store.run_now(lambda db: outgoing.claim_ambiguous(db, "web", now, 10))  # noqa: E731
    assert ask(late - timedelta(seconds=1)) == []
    [message] = ask(late)
    assert (message.card["text"], message.last_send) == (["1"], NOW)
    assert ask(late) == []  # one asks at a time
    mark(store, outbox.mark_sent, message, "m1")
    assert [m.card["text"] for m in heads(store, now=late)] == [["2"]]


def test_a_reply_takes_the_place_of_the_last_card_on_its_subject_and_a_prompt_never_does(store, here):
    store.run_now(lambda db: put(db, here.ea, "first", "prompt", "occurrence:1"))
    mark(store, outbox.mark_sent, heads(store)[0], "m1")
    store.run_now(lambda db: put(db, here.ea, "about something else", "reply", "occurrence:2"))
    other = heads(store)[0]
    mark(store, outbox.mark_sent, other, "m2")
    store.run_now(lambda db: put(db, here.ea, "under way", "update", "occurrence:1"))
    update_ = heads(store)[0]
    mark(store, outbox.mark_sent, update_, "m1")
    store.run_now(lambda db: put(db, here.ea, "once more", "prompt", "occurrence:1"))
    assert (other.replaces, update_.replaces, heads(store)[0].replaces) == ("", "m1", "")


def test_a_card_stands_where_it_was_sent_and_nowhere_else(store, here):
    def scenario(db):
        on_teams = whereabouts.make_conversation(db, here.ea, "teams", {})
        on_slack = whereabouts.make_conversation(db, here.ea, "slack", {})
        for place, subject in ((on_teams, "run:1"), (on_slack, "run:2")):
            put(db, here.ea, kind="prompt", subject=subject, place=place)
        unsent = outbox.other_places(db, here.ea, on_slack, "run:1")
        for channel in ("teams", "slack"):
            for one in outgoing.claim_heads(db, channel, NOW, 10):
                outbox.mark_sent(db, one.id, one.attempt, "m")
        found = outbox.other_places(db, here.ea, on_slack, "run:1"), outbox.other_places(db, here.ea, on_teams, "run:1")
        theirs = outbox.other_places(db, here.per, on_slack, "run:1")
        whereabouts.mark_unreachable(db, here.id, on_teams)
        return unsent, found == ([on_teams], []), theirs, outbox.other_places(db, here.ea, on_slack, "run:1")

    assert store.run_now(scenario) == ([], True, [], [])


def test_one_that_no_key_opens_stands_in_nobodys_way(store, here):
    bad = store.run_now(lambda db: put(db, here.ea, "1"))
    store.run_now(lambda db: put(db, here.ea, "2"))
    store.run_now(lambda db: db.execute(update(OutboxItem).where(OutboxItem.id == bad).values(sealed=b"no")))
    assert heads(store) == []
    assert (row(store, bad).state, row(store, bad).reason) == ("gave_up", "unreadable")
    assert [m.card["text"] for m in heads(store)] == [["2"]]


async def test_ten_who_look_at_once_take_each_message_once(store):
    def crowd(db):
        here = department(db)
        for n in range(30):
            put(db, person(db, here.id, f"p{n}"), str(n), "prompt")

    store.run_now(crowd)
    taken = await asyncio.gather(
        *(store.run(lambda db: outgoing.claim_heads(db, "web", NOW, 5)) for _ in range(10))
    )
    taken += await asyncio.gather(
        *(store.run(lambda db: outgoing.claim_heads(db, "web", SOON, 30)) for _ in range(3))
    )
    ids = [message.id for batch in taken for message in batch]
    assert len(ids) == len(set(ids)) == 30


def test_the_same_key_is_put_once(store, here):
    store.run_now(lambda db: put(db, here.ea, key="k"))
    with pytest.raises(Exception, match="(?i)unique|integrity|duplicate"):
        store.run_now(lambda db: put(db, here.ea, key="k"))


async def test_of_ten_deliveries_of_one_event_one_is_handled(store):
    answers = await asyncio.gather(*(store.run(lambda db: claim(db, "e1", NOW)) for _ in range(10)))
    assert sorted(answers) == [False] * 9 + [True]
    assert await store.run(lambda db: claim(db, "e2", NOW))
