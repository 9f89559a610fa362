"""Importing on the page: looked at first, taken in once, refused as a whole."""

from __future__ import annotations

import gc

import pytest
from aiohttp import FormData
from sqlalchemy import func, select

from bot.channels.web.collector import collector_at_rest
from bot.services import importing, people, roles
from bot.store.tables import Organisation, Person, Upload

LIST = "navn;e-mail;center\nAsta Å;asta@by.dk;Center Ny\n".encode("cp1252")


@pytest.fixture
async def jens(site):
    """An administrator; the demo is made a real organisation, where people may be taken in."""
    visitor = site.visitor()
    await visitor.become("Jens")
    await site.store.run(lambda db: db.execute(Organisation.__table__.update().values(is_demo=False)))
    return visitor


async def sent(visitor, raw, *, token=None, **fields):
    """Send a file as a browser does: the fields in the order they stand in, the file last."""
    page = await visitor.get("/coordinate/import")
    form = FormData(quote_fields=False)
    form.add_field("csrf", token if token is not None else page.form("/coordinate/import")["csrf"])
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", raw, filename="liste.csv", content_type="text/csv")
    async with visitor.client.post("/coordinate/import", data=form, headers={"Accept-Language": "da"}) as response:
        return await visitor._read(response)


async def count(site, table):
    return await site.store.read(lambda db: db.scalar(select(func.count()).select_from(table)))


async def test_it_is_looked_at_and_taken_in_with_a_yes(site, jens):
    before = await count(site, Person)
    page = await sent(jens, LIST, new="yes")
    assert page.status == 200 and "Det her vil ske" in page.text and "Center Ny" in page.text and "Asta Å" in page.text
    assert (await count(site, Person), await count(site, Upload)) == (before, 1)
    yes = page.form("/coordinate/import/yes")
    page = await jens.send(yes, "Indlæs listen")
    assert "1 nye, 0 ændret." in page.text
    assert (await count(site, Person), await count(site, Upload)) == (before + 1, 0)
    page = await jens.send(yes, "Indlæs listen")
    assert page.status == 403 and "indlæst eller for gammel" in page.text
    assert await count(site, Person) == before + 1


async def test_nobody_waits_for_the_collector_while_a_list_is_taken_in(site, jens, monkeypatch):
    at_work, carry_out = [], importing.carry_out

    def watched(*args, **about):
        at_work.append(gc.isenabled())
        with collector_at_rest():  # somebody else's list
            pass
        at_work.append(gc.isenabled())
        return carry_out(*args, **about)

    monkeypatch.setattr(importing, "carry_out", watched)
    page = await sent(jens, LIST, new="yes")
    assert "1 nye, 0 ændret." in (await jens.send(page.form("/coordinate/import/yes"), "Indlæs listen")).text
    assert at_work == [False, False] and gc.isenabled()


async def test_mistakes_are_said_by_line_and_nothing_waits(site, jens):
    page = await sent(jens, LIST)
    assert "Linje 2: der er ikke noget center Center Ny" in page.text and "Intet er indlæst" in page.text
    assert await count(site, Upload) == 0 and not [one for one in page.forms if one.action.endswith("/yes")]


async def test_markup_in_a_list_stays_text(site, jens):
    page = await sent(jens, b"navn;e-mail;<b>x</b>\n<script>alert(1)</script>;a@by.dk;1\n")
    assert "<script>alert" not in page.html and "<b>x" not in page.html and "alert(1)" in page.text


async def test_in_the_demo_it_can_be_tried_and_nobody_is_taken_in(site):
    jens = site.visitor()
    await jens.become("Jens")
    before = await count(site, Person)
    page = await sent(jens, LIST, new="yes")
    page = await jens.send(page.form("/coordinate/import/yes"), "Indlæs listen")
    assert page.status == 403 and "demoen" in page.text and await count(site, Person) == before


async def test_only_our_own_form_may_send_a_file(site, jens):
    assert (await sent(jens, LIST, token="wrong")).status == 403
    form = FormData()
    form.add_field("file", LIST, filename="liste.csv")
    async with jens.client.post("/coordinate/import", data=form) as response:
        assert response.status == 403
    async with jens.client.post("/coordinate/people", data=form) as response:
        assert response.status == 403
    assert await count(site, Upload) == 0


async def test_a_role_taken_away_in_between_takes_nothing_in(site, jens):
    page = await sent(jens, LIST, new="yes")
    me, eva, now, before = await site.person("Jens"), await site.person("Eva"), site.clock.now(), await count(site, Person)

    def work(db):
        roles.give_role(db, eva, "administrator", by="cli", now=now)
        roles.take_role(db, me, "administrator", by="cli", now=now)

    await site.store.run(work)
    page = await jens.send(page.form("/coordinate/import/yes"), "Indlæs listen")
    assert page.status == 403 and await count(site, Person) == before
    assert (await sent_without_page(jens, LIST)).status == 403


async def sent_without_page(visitor, raw):
    form = FormData()
    form.add_field("file", raw, filename="liste.csv")
    return await visitor.client.post("/coordinate/import", data=form)


async def test_what_changed_since_it_was_looked_at_is_looked_at_anew(site, jens):
    eva = await site.person("Eva")
    raw = b"navn;e-mail;leder\nAsta;asta@by.dk;Eva Demo\n"
    page = await sent(jens, raw)
    await site.store.run(lambda db: people.set_person(db, eva, {"name": "Eva Nu"}, site.clock.now()))
    before = await count(site, Person)
    page = await jens.send(page.form("/coordinate/import/yes"), "Indlæs listen")
    assert page.status == 403 and "Noget er ændret" in page.text and await count(site, Person) == before
