"""Sending: what Slack's errors mean, and what becomes of a message when the process is killed around it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import GaveUp, TryAgain
from bot.leaving import leave_within
from bot.services import outbox, people
from bot.store.tables import Conversation, OutboxItem
from tests.channels.slack.client import message
from tests.channels.slack.stage import ORGANISATION, SlackStage
from tests.channels.slack.standin import TEAM, Failure
from tests.channels.slack.test_entrance import cast, settled, texts_to

CARD = {"text": ["Hej"], "buttons": [], "title": "Pejling", "subject": "", "notice": None}


def address(person: Any) -> dict[str, Any]:
    return {"team": TEAM, "user": person.user, "language": "da"}


async def send(stage: SlackStage, person: Any, *, key: str = "k1", replaces: str = "", **card: Any) -> str:
    return await stage.running.channel.send(address(person), {**CARD, **card}, key=key, replaces=replaces)


# ---- what errors mean ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "means"),
    [
        (Failure("ratelimited", 429, after=7), {"after": 7.0, "maybe_sent": False}),
        (Failure("ratelimited", 200, after=3), {"after": 3.0}),
        (Failure("internal_error", 200), {"maybe_sent": True}),
        (Failure("fatal_error", 200), {"maybe_sent": True}),
        (Failure("", 503), {"maybe_sent": True}),
        (Failure(drops=True), {"maybe_sent": True}),
        (Failure("service_unavailable", 200), {"maybe_sent": False}),
        (Failure("invalid_auth", 200), {"after": 60.0}),
        (Failure("missing_scope", 200), {"after": 60.0}),
    ],
)
async def test_what_passes_is_tried_again(slack_stage, failure, means):
    person = slack_stage.person("ana")
    await slack_stage.running.workspaces.own()
    slack_stage.slack.fail("chat.postMessage", failure)
    with pytest.raises(TryAgain) as raised:
        await send(slack_stage, person)
    assert {name: getattr(raised.value, name) for name in means} == means


@pytest.mark.parametrize("error", ["account_inactive", "is_archived", "channel_not_found", "user_not_found", "token_revoked", "cannot_dm_bot", "messages_tab_disabled"])
async def test_who_is_gone_is_given_up(slack_stage, error):
    person = slack_stage.person("ana")
    slack_stage.slack.fail("chat.postMessage", Failure(error))
    with pytest.raises(GaveUp) as raised:
        await send(slack_stage, person)
    assert (raised.value.reason, raised.value.unreachable) == (error, True)


async def test_a_message_slack_will_not_take_is_given_up_and_the_person_is_not(slack_stage):
    person = slack_stage.person("ana")
    slack_stage.slack.fail("chat.postMessage", Failure("invalid_blocks"))
    with pytest.raises(GaveUp) as raised:
        await send(slack_stage, person)
    assert not raised.value.unreachable
    with pytest.raises(GaveUp) as raised:
        await send(slack_stage, person, text=["x"] * 60)
    assert not raised.value.unreachable


async def test_no_server_there_at_all_means_nothing_was_sent(slack_stage):
    person = slack_stage.person("ana")
    await slack_stage.running.workspaces.own()
    await slack_stage.slack.stop()
    await slack_stage.running.asking.close()  # a connection that was open already may have taken something in
    with pytest.raises(TryAgain) as raised:
        await send(slack_stage, person)
    assert not raised.value.maybe_sent


async def test_a_request_is_never_repeated_behind_our_back(slack_stage):
    person = slack_stage.person("ana")
    await slack_stage.running.workspaces.own()
    before = len(slack_stage.slack.calls)
    slack_stage.slack.fail("chat.postMessage", Failure(drops=True, happens=True))
    slack_stage.slack.said = lambda *_: None
    with pytest.raises(TryAgain):
        await send(slack_stage, person)
    assert len(slack_stage.slack.calls) == before + 1


@pytest.mark.parametrize("is_connected", [False, True])
async def test_a_process_that_was_frozen_too_long_sends_no_first_byte(slack_stage, is_connected):
    person = slack_stage.person("ana")
    if is_connected:
        await send(slack_stage, person, key="before")
    before = len(slack_stage.slack.calls)
    with leave_within(-1), pytest.raises(TryAgain) as late:
        await send(slack_stage, person)
    assert not late.value.maybe_sent and len(slack_stage.slack.calls) == before
    await send(slack_stage, person)


async def test_an_edit_of_a_message_that_is_gone_is_a_new_message(slack_stage):
    person = slack_stage.person("ana")
    slack_stage.slack.said = lambda *_: None
    first = await send(slack_stage, person)
    again = await send(slack_stage, person, replaces=first, text=["Hej igen"])
    assert again == first and len(person.messages()) == 1
    slack_stage.slack.messages.clear()
    assert await send(slack_stage, person, replaces=first) != first


async def test_an_address_of_an_unknown_workspace_is_given_up(slack_stage):
    with pytest.raises(GaveUp):
        await slack_stage.running.channel.send({"team": "T0OTHER", "user": "U1"}, CARD, key="k", replaces="")
    with pytest.raises(GaveUp):
        await slack_stage.running.channel.send({}, CARD, key="k", replaces="")


# ---- did it arrive? --------------------------------------------------------------------------------------


async def test_our_key_is_found_among_many_and_only_since_then(slack_stage):
    person = slack_stage.person("ana")
    slack_stage.slack.said = lambda *_: None
    names = {key: await send(slack_stage, person, key=key) for key in [f"k{n}" for n in range(250)]}
    now, channel = slack_stage.clock.now(), slack_stage.running.channel
    assert await channel.was_sent(address(person), "k3", now) == names["k3"]
    assert await channel.was_sent(address(person), "never", now) is None
    assert await channel.was_sent(address(person), "k3", now + timedelta(hours=1)) is None


async def test_where_history_may_be_read_only_once_a_minute_we_wait(slack_stage):
    person = slack_stage.person("ana")
    slack_stage.slack.fail("conversations.history", Failure("ratelimited", 429, after=60))
    with pytest.raises(TryAgain) as raised:
        await slack_stage.running.channel.was_sent(address(person), "k", slack_stage.clock.now())
    assert raised.value.after == 60


# ---- killed ----------------------------------------------------------------------------------------------


async def rows(stage: SlackStage) -> list[tuple[str, Any]]:
    return await stage.parts.store.read(lambda db: [tuple(row) for row in db.execute(select(OutboxItem.state, OutboxItem.last_send).order_by(OutboxItem.id))])


async def killed(stage: SlackStage) -> None:
    """The process is gone: nothing in hand is finished, nothing is given back; then another starts."""
    delivery = stage.parts.delivery
    for lane in delivery._lanes:
        for task in list(lane.in_hand):
            task.cancel()
        await asyncio.gather(*lane.in_hand, return_exceptions=True)
        lane.left.clear()
    await stage.restart()
    await stage.parts.delivery.recover()


async def test_killed_between_receiving_and_answering_nothing_is_lost_or_doubled(slack_stage):
    """The turn is committed, the acknowledgement never leaves: Slack sends the event again to the next process."""
    person = await cast(slack_stage)
    event = message(person.user, person.direct, "tak")
    await slack_stage.entrance.event(event, id="Ev0KILL")
    await killed(slack_stage)
    await slack_stage.entrance.event(event, id="Ev0KILL", **{"X-Slack-Retry-Num": "1"})
    await settled(slack_stage)
    assert texts_to(person) == ["Selv tak."]


async def test_killed_before_a_message_leaves_it_is_sent_by_the_next_process(slack_stage, monkeypatch):
    person = await cast(slack_stage)
    await person.writes("tak")

    def dies(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(outbox, "mark_leaving", dies)
    await slack_stage.parts.delivery._lanes[0].begin()
    await asyncio.gather(*slack_stage.parts.delivery._lanes[0].in_hand, return_exceptions=True)
    monkeypatch.undo()
    assert person.messages() == []
    await killed(slack_stage)
    await settled(slack_stage)
    assert texts_to(person) == ["Selv tak."]


async def test_a_message_whose_answer_was_lost_is_looked_up_and_not_repeated(slack_stage):
    person = await cast(slack_stage)
    await person.writes("tak")
    slack_stage.slack.fail("chat.postMessage", Failure(drops=True, happens=True))
    await slack_stage.parts.delivery.drain()
    assert [state for state, _ in await rows(slack_stage)] == ["ambiguous"]
    await killed(slack_stage)
    await slack_stage.parts.delivery.drain()
    assert len(person.messages()) == 1  # it has not settled: nobody asks yet, and nothing is sent
    slack_stage.clock.forward_to(slack_stage.clock.now() + timedelta(minutes=2))
    await slack_stage.parts.delivery.drain()
    assert [state for state, _ in await rows(slack_stage)] == ["sent"]
    assert texts_to(person) == ["Selv tak."]


async def test_a_message_that_never_arrived_is_sent_after_it_was_looked_for(slack_stage):
    person = await cast(slack_stage)
    await person.writes("tak")
    slack_stage.slack.fail("chat.postMessage", Failure(drops=True))
    await slack_stage.parts.delivery.drain()
    await killed(slack_stage)
    slack_stage.clock.forward_to(slack_stage.clock.now() + timedelta(minutes=2))
    await slack_stage.parts.delivery.drain()
    await slack_stage.parts.delivery.drain()
    assert texts_to(person) == ["Selv tak."]


async def test_killed_while_slack_holds_its_answer(slack_stage):
    """The bytes have left, Slack has the message, and we are gone before it says so."""
    person = await cast(slack_stage)
    await person.writes("tak")
    arrived, goes_on = asyncio.Event(), asyncio.Event()
    slack_stage.slack.said = lambda *_: arrived.set()
    real = slack_stage.running.asking.ask

    async def held(token: str, method: str, **values: Any) -> Any:
        answer = await real(token, method, **values)
        if method == "chat.postMessage":
            await goes_on.wait()
        return answer

    slack_stage.running.channel._asking.ask = held
    drained = asyncio.create_task(slack_stage.parts.delivery.drain())
    await arrived.wait()
    await killed(slack_stage)
    drained.cancel()
    assert [state for state, _ in await rows(slack_stage)] == ["ambiguous"]
    slack_stage.clock.forward_to(slack_stage.clock.now() + timedelta(minutes=2))
    await slack_stage.parts.delivery.drain()
    assert [state for state, _ in await rows(slack_stage)] == ["sent"]
    assert texts_to(person) == ["Selv tak."]


# ---- through the whole house -----------------------------------------------------------------------------


async def test_rate_limited_is_waited_for_as_long_as_slack_says(slack_stage):
    person = await cast(slack_stage)
    await person.writes("tak")
    slack_stage.slack.fail("chat.postMessage", Failure("ratelimited", 429, after=30))
    await slack_stage.parts.delivery.drain()
    slack_stage.clock.forward_to(slack_stage.clock.now() + timedelta(seconds=29))
    await slack_stage.parts.delivery.drain()
    assert person.messages() == []
    slack_stage.clock.forward_to(slack_stage.clock.now() + timedelta(seconds=2))
    await slack_stage.parts.delivery.drain()
    assert texts_to(person) == ["Selv tak."]


async def test_an_archived_conversation_is_not_written_to_until_the_person_is_heard_again(slack_stage):
    person = await cast(slack_stage)
    slack_stage.slack.archived.add(person.direct)
    await person.writes("tak")
    await settled(slack_stage)
    assert await slack_stage.parts.store.read(lambda db: db.scalars(select(Conversation.reachable)).all()) == [False]
    slack_stage.slack.archived.clear()
    await person.writes("tak")
    await settled(slack_stage)
    assert texts_to(person) == ["Selv tak."]


async def test_what_is_sent_names_no_person_of_another_workspace(slack_stage):
    """Two workspaces with the same user id are two people, in two organisations."""
    from bot.events import Sender
    from bot.services import installations

    person = await cast(slack_stage)
    now = slack_stage.clock.now()

    def work(db: Any) -> tuple[str, str]:
        other = installations.keep(db, "slack", "T0OTHER", "Another", {"token": "xoxb-2"}, now, organisation=ORGANISATION)
        met = people.meet(db, Sender(channel="slack", organisation=other.organisation, external=person.user, name="Ana", address={}), now)
        return other.organisation, met.id

    organisation, id = await slack_stage.parts.store.run(work)
    assert organisation != ORGANISATION and id != slack_stage.people["ana"]
    assert json.dumps(address(person)).count("T0OTHER") == 0
