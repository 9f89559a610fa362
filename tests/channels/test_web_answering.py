"""What makes two posts one event, and that nothing that was posted gets into its id."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.store.tables import InboxItem

WORDS = "blåmejsen bor i skuret"


async def events(site):
    return set(await site.store.read(lambda db: db.scalars(select(InboxItem.event)).all()))


async def say(eva, form, text, **more):
    return await eva.send(form, "Send", text=text, **more)


async def test_the_same_words_sent_twice_are_one_event_and_other_words_another(site, eva):
    form = (await eva.get("/chat")).form("/say", button="Send")
    before = await events(site)
    await say(eva, form, WORDS)
    once = await events(site) - before
    await say(eva, form, WORDS)
    assert await events(site) - before == once and len(once) == 1
    page = await say(eva, form, "hjælp")
    assert len(await events(site) - before) == 2
    assert "logbog" in page.text


async def test_the_id_tells_nothing_of_what_was_written(site, eva):
    ids = []
    for name in ("Eva", "Finn"):
        visitor = site.visitor()
        await visitor.become(name)
        before = await events(site)
        await say(visitor, (await visitor.get("/chat")).form("/say", button="Send"), WORDS, nonce="same", csrf=visitor.page.form("/say")["csrf"])
        ids += await events(site) - before
    assert len(set(ids)) == 2, "the digest is the visitor's own"
    assert all(re.fullmatch(r"web:same:[0-9a-f]{32}", one) for one in ids)


@pytest.mark.parametrize("nonce", ["", "a\nERROR event forged", "x" * 61, "a b", "å", "web:1"])
async def test_a_nonce_that_is_not_ours_is_not_taken(site, eva, nonce):
    form = (await eva.get("/chat")).form("/say", button="Send")
    before = await events(site)
    await say(eva, form, WORDS, nonce=nonce)
    (id,) = await events(site) - before
    assert re.fullmatch(r"web:[A-Za-z0-9_-]{16}", id)


@pytest.mark.parametrize("name", ["action", "value", "subject"])
async def test_what_a_button_says_is_bounded(site, eva, name):
    form = (await eva.get("/chat")).form("/say", button="Send")
    form.action = "/press"
    values = {"action": "pause_days", "value": "7", "subject": "", name: "9" * 100_000}
    assert (await eva.send(form, "Send", **values)).status < 500
