"""Papers of a group: for who takes part, and with nothing of whom it is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from bot.events import Chose, Sender, Submitted
from bot.services import groups, places


@pytest.fixture
async def conference(site):
    """A conference that Carla prepares in a place, and its run."""
    carla = await site.person("Carla")
    where = {"organisation": carla.organisation, "channel": "web"}

    def place(db):
        return places.meet_place(db, carla.organisation, "web", "room", {"name": "Team Nord"}, site.clock.now())[0]

    here = await site.store.run(place)
    sender = Sender(**where, external=carla.id, name="Carla", place=here)
    turns = site.turns
    begun = await turns.handle(Chose(id="c1", sender=sender, subject=f"place:{here}", action="begin", value="conference"))
    plan = {"day": "12. marts 2027", "clock": "13.30", "every": "4", "why": "new"}
    await turns.handle(Submitted(id="c2", sender=sender, run=begun.form.run, page="plan", button="save", values=plan))
    [run] = await site.store.run(lambda db: groups.open_here(db, here))
    return run


async def test_the_day_goes_into_the_calendar_and_says_nothing_of_whom(site, conference):
    carla = site.visitor()
    await carla.become("Carla")
    file = await carla.client.get(f"/papers/{conference.id}/calendar")
    body = await file.read()
    assert file.status == 200 and "attachment" in file.headers["Content-Disposition"]
    [event] = Calendar.from_ical(body).walk("VEVENT")
    assert event.decoded("dtstart").astimezone(UTC) == datetime(2027, 3, 12, 12, 30, tzinfo=UTC)
    assert event["rrule"]["INTERVAL"] == [4] and str(event["summary"]) == "Beboerkonference"
    assert "Vedkommende er ny" not in body.decode()


async def test_only_for_who_takes_part(site, conference):
    eva = site.visitor()
    await eva.become("Eva")
    assert (await eva.get(f"/papers/{conference.id}/calendar")).status == 404
    carla = site.visitor()
    await carla.become("Carla")
    assert (await carla.get(f"/papers/{conference.id}/word")).status == 404


async def test_the_boards_are_empty_and_for_everybody(site):
    page = await site.visitor().get("/boards?lang=en")
    assert page.status == 200 and "Board A" in page.text and "Life story and personality" in page.text
