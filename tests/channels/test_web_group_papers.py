"""Papers of a group: for who takes part, and with nothing of whom it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from docx import Document
from icalendar import Calendar
from pypdf import PdfReader

from bot.events import Chose, Sender, Submitted
from bot.services import groups, places


@pytest.fixture
async def sender(site):
    """Eva, who takes part, in a place."""
    await site.visitor().become("Eva")
    eva = await site.person("Eva")

    def place(db):
        return places.meet_place(db, eva.organisation, "web", "room", {"name": "Team Nord"}, site.clock.now())[0]

    here = await site.store.run(place)
    return Sender(channel="web", organisation=eva.organisation, external=eva.id, name="Eva", place=here)


@pytest.fixture
async def conference(site, sender):
    """A conference that Eva prepares in a place, and its run."""
    turns, here = site.turns, sender.place
    begun = await turns.handle(Chose(id="c1", sender=sender, subject=f"place:{here}", action="begin", value="conference"))
    plan = {"day": "12. marts 2027", "clock": "13.30", "every": "4", "why": "new"}
    await turns.handle(Submitted(id="c2", sender=sender, run=begun.form.run, page="plan", button="save", values=plan))
    [run] = await site.store.run(lambda db: groups.open_here(db, here))
    return run


async def test_the_day_goes_into_the_calendar_and_says_nothing_of_whom(site, conference):
    eva = site.visitor()
    await eva.become("Eva")
    file = await eva.client.get(f"/papers/{conference.id}/calendar")
    body = await file.read()
    assert file.status == 200 and "attachment" in file.headers["Content-Disposition"]
    [event] = Calendar.from_ical(body).walk("VEVENT")
    assert event.decoded("dtstart").astimezone(UTC) == datetime(2027, 3, 12, 12, 30, tzinfo=UTC)
    assert event["rrule"]["INTERVAL"] == [4] and str(event["summary"]) == "Beboerkonference"
    assert "Vedkommende er ny" not in body.decode()


async def test_only_for_who_takes_part(site, conference):
    carla = site.visitor()
    await carla.become("Carla")
    assert (await carla.get(f"/papers/{conference.id}/calendar")).status == 404
    eva = site.visitor()
    await eva.become("Eva")
    assert (await eva.get(f"/papers/{conference.id}/word")).status == 404


async def test_the_boards_are_empty_and_for_everybody(site):
    page = await site.visitor().get("/boards?lang=en")
    assert page.status == 200 and "Board A" in page.text and "Life story and personality" in page.text


async def test_what_a_workshop_wrote_together_is_a_document_of_the_groups_own(site, sender):
    ids = iter(range(100))

    async def send(run, page, button, **values):
        event = Submitted(id=f"w{next(ids)}", sender=sender, run=run, page=page, button=button, values=values)
        return (await site.turns.handle(event)).form

    begin = Chose(id="w", sender=sender, subject=f"place:{sender.place}", action="begin", value="workshop")
    run = (await site.turns.handle(begin)).form.run
    await send(run, "alone_q1", "save", text="Mit eget")
    await send(run, "steer", "show")
    page = (await send(run, "steer", "read")).page
    await send(run, page, "save", shared="Vi mødes på gulvet")
    for button in ("onward", "show", "onward", "show", "onward"):
        await send(run, "steer", button)
    await send(run, "agree", "save", what="Faste tider", who="not_here", by="2. april 2027")
    [paper, *_] = [one.value for one in (await send(run, "steer", "end")).buttons]
    eva = site.visitor()
    await eva.become("Eva")
    word = await (await eva.client.get(f"/{paper}")).read()
    said = "\n".join(one.text for one in Document(BytesIO(word)).paragraphs)
    assert "Vi mødes på gulvet" in said and "Faste tider" in said and "Mit eget" not in said
    pdf = await (await eva.client.get(f"/{paper.replace('word', 'pdf')}")).read()
    assert "Vi mødes på gulvet" in PdfReader(BytesIO(pdf)).pages[0].extract_text()


async def test_a_page_of_a_group_on_another_channel_opens_by_a_personal_link_and_only_for_whom_it_is(site, sender):
    """For a client that cannot show it. Opened twice, it changes nothing."""
    begin = Chose(id="t1", sender=sender, subject=f"place:{sender.place}", action="begin", value="workshop")
    _, run, proof = (await site.turns.handle(begin)).form.run.split(":")
    eva, carla = site.visitor(), site.visitor()
    await eva.become("Eva")
    await carla.become("Carla")
    for _ in range(2):
        page = await eva.get(f"/together/{run}/{proof}/write")
    done = await eva.send(page.form("/form"), "Gem", v__text="Faste tider")
    assert "Gemt." in done.text
    assert "Faste tider" in (await eva.get(f"/together/{run}/{proof}/write")).html
    stranger = await carla.get(f"/together/{run}/{proof}/write")
    assert "Faste tider" not in stranger.html and "ikke er med" in stranger.text
    assert (await eva.get(f"/together/{run}/{proof}/drop")).status == 404
