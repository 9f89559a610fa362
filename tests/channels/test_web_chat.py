"""The conversation on the web, by a browser that runs no script, and the stream for one that does."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

from bot.channels.web.forms import PAGES
from bot.store.tables import Base, DialogRun, InboxItem, Person
from tests.channels.visitor import Visitor

FLOW = "F11"
OWN_WORDS = "Bladet på blåbærbusken er blevet rødt"


def begin(page, flow=FLOW):
    return page.form("/press", action="begin", value=flow)


async def count(site, table, *where):
    return await site.store.read(lambda db: db.scalar(select(func.count()).select_from(table).where(*where)))


async def test_choosing_a_person_leads_to_their_chat(site):
    page = await site.visitor().become("Eva")
    assert page.path == "/chat"
    assert "Hej Eva" in page.text
    assert "Det, der står i vejen" in page.text


async def test_the_chat_speaks_the_persons_language(site):
    page = await site.visitor().become("Grace")
    assert '<html lang="en">' in page.html
    assert "Hello Grace" in page.text


async def test_somebody_new_is_welcomed_and_finds_the_welcome_again(site):
    finn = site.visitor()
    page = await finn.become("Finn")
    assert "Velkommen til Pejling" in page.text
    assert "Velkommen til Pejling" in (await finn.get("/chat")).text
    assert not [form for form in page.forms if form["action"] == "begin"]


async def test_a_browser_that_travels_is_followed(site, eva):
    async def after(zone):
        page = await eva.get("/chat")
        await eva.send(begin(page), headers={"X-Zone": zone, "X-Fragment": "1"})
        return await site.store.read(lambda db: db.scalar(select(Person.timezone).where(Person.name.startswith("Eva"))))

    ours, nuuk = "Europe/Copenhagen", "America/Nuuk"
    assert [await after(one) for one in ("Asia/Tokyo", "Asia/Tokyo", "", "<b>", nuuk, ours)] == [ours] * 4 + [nuuk, ours]


async def test_reading_the_notice_lets_one_begin(site):
    finn = site.visitor()
    page = await finn.become("Finn")
    page = await finn.send(page.form(button="Læs og begynd"), "Læs og begynd")
    assert "Før du begynder" in page.text
    page = await finn.send(page.form("/form"), "Jeg har læst det og vil gerne begynde")
    assert "Så er du i gang" in page.text
    page = await finn.get("/chat")
    assert "Velkommen til Pejling" not in page.text
    assert begin(page)


async def test_a_flow_is_begun_answered_put_off_and_taken_up_again(eva):
    page = await eva.send(begin(await eva.get("/chat")))
    form = page.form("/form")
    page = await eva.send(form, "Gem og fortsæt senere", v__s1=OWN_WORDS)
    assert "Gemt til senere" in page.text
    page = await eva.get("/chat")
    assert OWN_WORDS not in page.html
    page = await eva.send(page.form(button="Fortsæt"), "Fortsæt")
    assert page.form("/form")["v.s1"] == OWN_WORDS
    run = page.form("/form")["run"]
    page = await eva.get(f"/form/{run}")
    assert page.form("/form")["v.s1"] == OWN_WORDS


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_that_belongs_to_no_run_has_an_address_too(eva, page):
    """A personal link in Teams leads there."""
    shown = await eva.get(f"/open/{page}")
    assert shown.status == 200 and shown.form("/form")["page"] == page


async def test_a_double_click_begins_one_run(site, eva):
    form = begin(await eva.get("/chat"))
    first, second = await asyncio.gather(eva.send(form), eva.send(form))
    assert first.form("/form")["run"] == second.form("/form")["run"]
    assert await count(site, DialogRun.__table__) == 1


async def test_a_page_that_is_sent_twice_counts_once(site, eva):
    page = await eva.send(begin(await eva.get("/chat")))
    form = page.form("/form")
    first = await eva.send(form, "Videre", v__s1=OWN_WORDS)
    before = await count(site, InboxItem.__table__)
    again = await eva.send(form, "Videre", v__s1=OWN_WORDS)
    assert await count(site, InboxItem.__table__) == before
    assert again.status == 200
    assert again.form("/form")["page"] == first.form("/form")["page"]


async def test_what_cannot_be_taken_comes_back_with_what_was_typed(eva):
    page = await eva.send(begin(await eva.get("/chat")))
    page = await eva.send(page.form("/form"), "Videre", v__s1="x" * 400)
    assert page.form("/form")["v.s1"] == "x" * 400
    assert 'href="#f-s1"' in page.html and 'aria-invalid="true"' in page.html


async def test_a_name_is_pointed_out_and_changed_with_one_press(eva):
    page = await eva.send(begin(await eva.get("/chat")))
    page = await eva.send(page.form("/form"), "Videre", v__s1="Jeg talte med Karla om det")
    page = await eva.send(page.form("/form"), "en kollega", v__s1="Jeg talte med Karla om det")
    assert "Karla" not in page.html
    assert "en kollega" in page.form("/form")["v.s1"]


async def test_a_reply_is_shown_at_once_and_is_gone_on_reload(eva):
    page = await eva.send((await eva.get("/chat")).form("/say", button="Send"), "Send", text="hej")
    assert "Hej. Har du et par minutter" in page.text
    assert "Du skrev: hej" in page.text
    page = await eva.get("/chat")
    assert "Har du et par minutter, kan vi" not in page.text
    assert "Du skrev" not in page.text


async def test_a_route_card_is_shown_and_leaves_no_trace(site, eva):
    said = "jeg orker ikke at leve længere"
    before = {table.name: await count(site, table) for table in Base.metadata.sorted_tables}
    page = await eva.send((await eva.get("/chat")).form("/say", button="Send"), "Send", text=said)
    assert "tel:112" in page.links and "tel:70201201" in page.links
    assert {table.name: await count(site, table) for table in Base.metadata.sorted_tables} == before


async def test_an_empty_line_is_no_line(eva):
    page = await eva.send((await eva.get("/chat")).form("/say", button="Send"), "Send", text="   ")
    assert page.path == "/chat"


async def test_a_run_of_somebody_else_opens_nothing_of_theirs(site, eva):
    page = await eva.send(begin(await eva.get("/chat")))
    await eva.send(page.form("/form"), "Gem og fortsæt senere", v__s1=OWN_WORDS)
    run = page.form("/form")["run"]
    carla = site.visitor()
    await carla.become("Carla")
    assert OWN_WORDS not in (await carla.get(f"/form/{run}")).html


async def test_an_unknown_action_is_answered_kindly(eva):
    form = begin(await eva.get("/chat"))
    page = await eva.send(form, action="nonsense", value="nothing")
    assert page.status == 200
    assert "Den knap hører til noget, der er ovre" in page.text


async def test_a_prompt_of_a_journey_in_time_stands_in_the_chat(site, eva):
    page = await eva.get("/chat")
    page = await eva.send(page.form("/demo/time"), "+ 1 uge")
    assert "8. mar. 2027" in page.text
    assert page.form(button="Senere") and page.form(button="Begynd")
    page = await eva.send(page.form(button="Senere"), "Senere")
    page = await eva.send(page.form(button="I morgen"), "I morgen")
    assert "Jeg kommer igen" in page.text


# ---- with our script -------------------------------------------------------------------------------------


async def fragment(visitor: Visitor, form, **values):
    page = await visitor.send(form, headers={"X-Fragment": "1"}, **values)
    return json.loads(page.html)


async def test_our_script_gets_the_form_alone(eva):
    parts = await fragment(eva, begin(await eva.get("/chat")))
    assert "<html" not in parts["form"]
    assert 'id="form-title"' in parts["form"]


async def test_our_script_is_told_when_nobody_is_signed_in_any_more(site, eva):
    form = begin(await eva.get("/chat"))
    await eva.send(eva.page.form("/out"))
    page = await eva.send(form, headers={"X-Fragment": "1"})
    assert page.status in (401, 403)


async def next_card(response):
    """The data of the next event of a stream."""
    async with asyncio.timeout(10):
        while True:
            block = (await response.content.readuntil(b"\n\n")).decode()
            if found := re.search(r"^data: (.*)$", block, re.MULTILINE):
                return json.loads(found[1])


@asynccontextmanager
async def stream_of(visitor: Visitor):
    """What somebody's open page listens to."""
    async with visitor.client.get("/chat/stream") as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        await response.content.readuntil(b"\n\n")
        yield response


async def test_a_reply_comes_by_the_stream(eva):
    form = (await eva.get("/chat")).form("/say", button="Send")
    async with stream_of(eva) as stream:
        assert await fragment(eva, form, text="hej") == {}
        card = await next_card(stream)
    assert "Har du et par minutter" in card["html"]
    assert card["subject"] == ""


async def test_a_prompt_comes_by_the_stream_with_its_subject(eva):
    form = (await eva.get("/chat")).form("/demo/time")
    async with stream_of(eva) as stream:
        await fragment(eva, form, to="week")
        card = await next_card(stream)
    assert card["subject"].startswith("occurrence:")
    assert f'data-subject="{card["subject"]}"' in card["html"]


async def test_nobody_hears_the_cards_of_another(site, eva):
    carla = site.visitor()
    await carla.become("Carla")
    form, hers = [(await one.get("/chat")).form("/say", button="Send") for one in (eva, carla)]
    async with stream_of(carla) as carlas, stream_of(eva) as evas:
        await fragment(eva, form, text="hej")
        assert "Har du et par minutter" in (await next_card(evas))["html"]
        await fragment(carla, hers, text="hej")
        assert "Velkommen til Pejling" in (await next_card(carlas))["html"]


async def test_the_stream_is_for_those_who_are_signed_in(site):
    async with site.visitor().client.get("/chat/stream", allow_redirects=False) as response:
        assert response.status == 303
