"""The web as a channel: what counts as sent, and to whom it goes."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bot.channels.web import WebChannel
from bot.channels.web.channel import MOST_PAGES, WAITING
from bot.errors import GaveUp, TryAgain

EVA = {"person": "eva"}
REPLY = {"text": ["hej"], "subject": ""}
PROMPT = {"text": ["hej"], "subject": "occurrence:1"}


async def test_a_card_reaches_every_page_of_the_person_and_nobody_else():
    channel = WebChannel()
    with channel.listening("eva") as one, channel.listening("eva") as other, channel.listening("bo") as stranger:
        await channel.send(EVA, REPLY, key="k1")
        assert (await one.next(1)).card == (await other.next(1)).card == REPLY
        with pytest.raises(TimeoutError):
            await stranger.next(0.01)


async def test_a_reply_waits_until_somebody_looks():
    channel = WebChannel()
    with pytest.raises(TryAgain) as waits:
        await channel.send(EVA, REPLY, key="k1")
    assert waits.value.after == 1
    assert not waits.value.maybe_sent
    with channel.listening("eva"):
        assert await channel.send(EVA, REPLY, key="k1") == "k1"


async def test_a_card_with_a_subject_is_drawn_from_rows_so_it_need_not_wait():
    assert await WebChannel().send(EVA, PROMPT, key="k1") == "occurrence:1"


async def test_a_word_in_private_about_a_group_waits_and_its_post_does_not():
    channel, told = WebChannel(), {"text": ["hej"], "subject": "group:r1:proof"}
    with pytest.raises(TryAgain) as waits:
        await channel.send(EVA, told, key="k1")
    assert waits.value.after > 1
    with channel.listening("eva"):
        assert await channel.send(EVA, told, key="k1") == "group:r1:proof"
    assert await channel.send({"room": "north"}, told | {"subject": "group:r1"}, key="k2") == "group:r1"


async def test_a_page_that_was_closed_does_not_count():
    channel = WebChannel()
    with channel.listening("eva"):
        assert channel.has_listeners("eva")
    assert not channel.has_listeners("eva")
    with pytest.raises(TryAgain):
        await channel.send(EVA, REPLY, key="k1")


async def test_a_page_whose_browser_is_gone_does_not_count():
    channel, is_there = WebChannel(), [True]
    with channel.listening("eva", is_there=lambda: is_there[0]):
        assert await channel.send(EVA, REPLY, key="k1") == "k1"
        is_there[0] = False
        with pytest.raises(TryAgain):
            await channel.send(EVA, REPLY, key="k2")


async def test_a_page_that_is_far_behind_is_dropped_and_does_not_count():
    channel = WebChannel()
    with channel.listening("eva") as page:
        for n in range(WAITING):
            await channel.send(EVA, REPLY, key=str(n))
        with pytest.raises(TryAgain):
            await channel.send(EVA, REPLY, key="too many")
        for _ in range(WAITING):
            await page.next(1)
        assert await page.next(1) is None


async def test_the_oldest_of_too_many_pages_closes():
    channel = WebChannel()
    with ExitStack() as pages:
        opened = [pages.enter_context(channel.listening("eva")) for _ in range(MOST_PAGES + 1)]
        assert await opened[0].next(1) is None
        with pytest.raises(TimeoutError):
            await opened[1].next(0.01)


async def test_closing_tells_every_page():
    channel = WebChannel()
    with channel.listening("eva") as one, channel.listening("bo") as other:
        channel.close()
        assert await one.next(1) is None
        assert await other.next(1) is None


async def test_going_out_closes_ones_own_pages_only():
    channel = WebChannel()
    with channel.listening("eva") as one, channel.listening("bo") as other:
        channel.close_person("eva")
        assert await one.next(1) is None
        with pytest.raises(TimeoutError):
            await other.next(0.01)


async def test_an_address_without_a_person_is_given_up():
    with pytest.raises(GaveUp):
        await WebChannel().send({}, REPLY, key="k1")
