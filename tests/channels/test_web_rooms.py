"""Rooms: made, shared by a link, entered with and without a profile, and closed; what stands there is drawn for each from the rows."""

from __future__ import annotations

import asyncio
import json
import logging
import re

import pytest
from sqlalchemy import select

from bot.channels.web import glances
from bot.services import groups
from bot.services.rooms import TICKET_LASTS
from bot.store.tables import Base, GroupRun
from tests.groups.ballot import Ballot
from tests.running import PATIENCE

GUEST = "Gunnar Gæst"


@pytest.fixture
def group_dialogs():
    return (Ballot(),)


@pytest.fixture
async def room(site, eva):
    """A room that Eva made; its page, and the link to it."""
    page = await eva.get("/rooms")
    page = await eva.send(page.form("/rooms"), "Lav rummet", name="Ledergruppen Nord", language="da")
    assert page.path.startswith("/room/")
    link = re.search(r'value="http[^"]*(/room/in/[^"]+)"', page.html)[1]
    return page.path, link


async def come_in(site, link, name=GUEST, language="da"):
    guest = site.visitor()
    door = await guest.get(f"{link}?lang={language}")
    await guest.send(door.forms[0], "Kom ind" if language == "da" else "Come in", name=name)
    return guest


async def begun(visitor, room):
    page = await visitor.get(room)
    await visitor.send(page.form(f"{room}/press", button="begin"), "begin")
    return await visitor.get(room)


async def vote(visitor, room, choice):
    page = await visitor.get(room)
    page = await visitor.send(page.form(f"{room}/press", button="vote"), "vote")
    return await visitor.send(page.form(f"{room}/form"), "OK", v__choice=choice)


async def rows(site):
    def work(db):
        return {t.name: [tuple(row) for row in db.execute(select(t)).all()] for t in Base.metadata.sorted_tables}

    return await site.store.read(work)


async def test_a_room_is_made_with_a_name_and_found_again(eva, room):
    page = await eva.get("/rooms")
    assert "Ledergruppen Nord" in page.text and room[0] in page.links
    assert "Det kan vi gøre sammen" in (await eva.get(room[0])).text
    page = await eva.send((await eva.get("/rooms")).form("/rooms"), "Lav rummet", name="  ")
    assert "Rummet mangler et navn" in page.text


async def test_people_with_and_without_a_profile_do_something_together(site, eva, room):
    room, link = room
    grace, guest = site.visitor(), await come_in(site, link)
    await grace.become("Grace")
    door = await grace.get(link)
    assert "with your own name" in door.text
    assert (await grace.send(door.form(button="Come in"), "Come in")).path == room
    assert "vote" in (await begun(eva, room)).text
    assert "gæst" in (await guest.get(room)).text.lower()
    for visitor, choice in ((eva, "yes"), (grace, "yes"), (guest, "no")):
        assert "✓" in (await vote(visitor, room, choice)).text
    page = await guest.get(room)
    await guest.send(page.form(f"{room}/press", button="show"), "show")
    page = await guest.get(room)
    assert "yes 2" in page.text and "no 1" in page.text and '<rect width="50.0"' in page.html
    await eva.send((await eva.get(room)).form(f"{room}/press", button="agree"), "agree")
    ended = await guest.get(room)
    assert "yes 2" in ended.text and "agree" not in ended.text and "begin" in ended.text


async def test_the_chat_shows_the_way_to_what_goes_on_in_ones_rooms(site, eva, room):
    room, _ = room
    assert "Gå til rummet" not in (await eva.get("/chat")).text
    await begun(eva, room)
    chat = await eva.get("/chat")
    assert 'I er i gang i rummet "Ledergruppen Nord"' in chat.text and f'href="{room}"' in chat.html
    carla = site.visitor()
    await carla.become("Carla")
    assert "Ledergruppen" not in (await carla.get("/chat")).text
    await eva.send((await eva.get(room)).form(f"{room}/press", button="show"), "show")
    await eva.send((await eva.get(room)).form(f"{room}/press", button="agree"), "agree")
    assert "Ledergruppen" not in (await eva.get("/chat")).text


async def test_a_guest_is_no_row_and_in_no_log(site, eva, room, caplog):
    room, link = room
    before = await rows(site)
    with caplog.at_level(logging.DEBUG):
        guest = await come_in(site, link)
        await begun(eva, room)
        page = await vote(guest, room, "no")
    after = await rows(site)
    assert {t: len(after[t]) for t in ("person", "identity", "conversation", "web_session")} == {
        t: len(before[t]) for t in ("person", "identity", "conversation", "web_session")
    }
    assert "Gunnar" not in str(after) + caplog.text and page.status == 200


async def test_a_guest_who_comes_again_is_the_same_guest(site, eva, room):
    """By the link once more, at once or the next day: nobody chooses twice. Another name is another guest."""
    room, link = room
    guest = await come_in(site, link)
    await begun(eva, room)
    await vote(guest, room, "yes")
    assert (await guest.get(link)).path == room
    site.clock.forward_to(site.clock.now() + TICKET_LASTS)
    assert (await guest.get(room)).status == 404
    await come_in_again(guest, link, GUEST.upper())
    await vote(guest, room, "no")
    site.clock.forward_to(site.clock.now() + TICKET_LASTS)
    await come_in_again(guest, link, "Gerda")
    page = await vote(guest, room, "no")
    await guest.send((await guest.get(room)).form(f"{room}/press", button="show"), "show")
    page = await guest.get(room)
    assert "no 2" in page.text and "yes 1" not in page.text


async def test_a_guest_who_leaves_the_room_takes_their_choice_along(site, eva, room):
    room, link = room
    guest = await come_in(site, link)
    await begun(eva, room)
    await vote(guest, room, "yes")
    await guest.send((await guest.get(room)).form(button="Gå ud af rummet"), "Gå ud af rummet")
    assert (await guest.get(room)).status == 404
    guest = await come_in(site, link)
    await vote(guest, room, "no")
    await eva.send((await eva.get(room)).form(f"{room}/press", button="show"), "show")
    text = (await eva.get(room)).text
    assert "no 1" in text and "yes 1" not in text


async def come_in_again(guest, link, name):
    door = await guest.get(link)
    await guest.send(door.form(button="Kom ind"), "Kom ind", name=name)


async def test_the_guests_page_says_that_nothing_is_kept(site, eva, room):
    room, link = room
    guest = await come_in(site, link, language="en")
    await begun(eva, room)
    page = await guest.get(room)
    assert "You are here as a guest" in page.text
    page = await guest.send(page.form(f"{room}/press", button="vote"), "vote")
    assert "I keep nothing about you" in page.text and f'action="{room}/form"' in page.html


async def test_nobody_comes_in_without_the_link(site, eva, room):
    room, link = room
    stranger, guest = site.visitor(), await come_in(site, link)
    for path in (room, f"{room}/cards", f"{room}/stream", f"/room/{'0' * 40}", f"{link[:-3]}xxx"):
        page = await stranger.get(path)
        assert page.status == 404 and "Ledergruppen" not in page.text
    other = await eva.send((await eva.get("/rooms")).form("/rooms"), "Lav rummet", name="Syd")
    assert (await guest.get(room)).status == 200 and (await guest.get(other.path)).status == 404
    stranger.client.session.cookie_jar.update_cookies({"pejling-room": "forged"})
    assert (await stranger.get(room)).status == 404


async def test_a_guest_needs_a_name(site, room):
    guest = site.visitor()
    door = await guest.get(room[1])
    page = await guest.send(door.forms[0], "Kom ind", name=" \u200b ")
    assert "Skriv et navn" in page.text


async def test_whoever_made_it_closes_it(site, eva, room):
    room, link = room
    guest = await come_in(site, link)
    await begun(eva, room)
    form = (await eva.get(room)).form(f"{room}/close")
    refused = await guest.client.post(f"{room}/close", data={"csrf": "x"})
    assert refused.status == 403
    assert (await eva.send(form, "Ja, luk rummet")).path == "/rooms"
    assert "Rummet er lukket" in (await guest.get(room)).text and (await site.visitor().get(link)).status == 404
    [run] = await site.store.read(lambda db: db.execute(select(GroupRun)).all())
    assert run.status == "dropped" and run.sealed is None


async def test_the_stream_says_in_the_readers_language_how_the_room_stands(site, eva, room):
    room, link = room
    guest = await come_in(site, link, language="en")
    async with guest.client.get(f"{room}/stream", headers={"Accept-Language": "en"}) as stream:
        await stream.content.readuntil(b"\n\n")
        await begun(eva, room)
        gone, card = await event(stream), await event(stream)
        assert gone[0] == "gone" and card[0] == "card" and card[1]["subject"].startswith("group:")
        await vote(eva, room, "yes")  # changes nothing that is seen
        await eva.send((await eva.get(room)).form(f"{room}/press", button="show"), "show")
        kind, card = await event(stream)
        assert (kind, "yes" in card["html"]) == ("card", True)
        kind, said = await event(stream)
        assert said["subject"].endswith(":beside")
        await eva.send((await eva.get(room)).form(f"{room}/press", button="agree"), "agree", action="round")
        assert await event(stream) == ("gone", said["subject"]), "it stands until the room changes"
        assert "??" in (await event(stream))[1]["html"]


async def test_what_comes_after_something_said_beside_a_post_is_not_taken_for_it(site, eva, room):
    """A browser calls an event without an id by the last one it was given, and our script leaves what it knows."""
    room, _ = room
    async with eva.client.get(f"{room}/stream") as stream:
        await stream.content.readuntil(b"\n\n")
        await begun(eva, room)
        await eva.send((await eva.get(room)).form(f"{room}/press", button="show"), "show")
        await eva.send((await eva.get(room)).form(f"{room}/press", button="agree"), "agree", action="round")
        cards = []
        async with asyncio.timeout(10):
            while not any(b"??" in card for card in cards):
                raw = await stream.content.readuntil(b"\n\n")
                cards += [raw] if raw.startswith(b"event: card") else []
    assert all(b"\nid: " in card for card in cards) and any(b"\nid: \n" in card for card in cards)


async def test_what_can_be_begun_stays_below_what_goes_on(site, eva, room):
    room, _ = room
    here = room.rpartition("/")[2]
    waits = groups.GroupRow(groups.new_id(), site.organisation, here, "dilemma", "open", "", {"phase": "voting", "votes": {}, "rest": "quiet"})
    async with eva.client.get(f"{room}/stream") as stream:
        await stream.content.readuntil(b"\n\n")
        await site.store.run(lambda db: groups.start(db, waits, 9000, site.clock.now()))
        await site.channel.send({"room": here}, {"subject": f"group:{waits.id}"}, key="k")
        came = [await event(stream) for _ in range(3)]
    assert [(kind, str(one if kind == "gone" else one["subject"])[:6]) for kind, one in came] == [("gone", "place:"), ("card", "group:"), ("card", "place:")]


async def test_beside_other_processes_a_room_is_looked_at_every_second(site, eva, room, monkeypatch):
    """Another process draws the post anew and delivers it to its own pages; nothing arrives here."""
    room, _ = room
    await begun(eva, room)
    monkeypatch.setattr(type(site.store), "is_shared", True)
    monkeypatch.setattr(glances, "LOOKS_EVERY", 0.02)
    async with eva.client.get(f"{room}/stream") as stream:
        await stream.content.readuntil(b"\n\n")

        def elsewhere(db):
            [run] = groups.open_here(db, room.rpartition("/")[2])
            run.state |= {"phase": "shown"}
            groups.save(db, run, 9000)
            groups.mark_posted(db, run, "another")

        await site.store.run(elsewhere)
        kind, card = await event(stream)
    assert kind == "card" and "agree" in card["html"]


async def event(stream):
    """The next event that says something."""
    while True:
        async with asyncio.timeout(PATIENCE):
            raw = (await stream.content.readuntil(b"\n\n")).decode()
        if raw.startswith(("event: ", "id: ")):
            lines = dict(line.split(": ", 1) for line in raw.strip().split("\n"))
            return lines["event"], json.loads(lines["data"])
