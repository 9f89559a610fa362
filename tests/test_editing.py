"""Changing what is kept: an entry, a later day of a series, an agreed action; and who may go on with anything at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import actions, logbook, people
from tests.application import NOW, Application, sender


@pytest.fixture
def app(store):
    app = Application(store)
    app.open_organisation()
    app.settle("ana", "bent")
    return app


def entries(app, name="ana"):
    def work(db):
        person = people.find(db, sender(name).organisation, "stage", name)
        return logbook.entries(db, person)

    return app.store.read_now(work)


def agreed(app, name="ana"):
    def work(db):
        person = people.find(db, sender(name).organisation, "stage", name)
        return actions.all_actions(db, person)

    return app.store.read_now(work)


async def with_agreement(app):
    """An agreed action; its id."""
    run = (await app.begin("ana", "F11")).form.run
    await app.submit("ana", run, "s1", s1="Ro", s3="Sådan")
    await app.submit("ana", run, "closing_what", closing_what="Spørge nattevagten")
    await app.submit("ana", run, "closing_who", closing_who="team", closing_by="fredag", closing_ask="d14")
    await app.submit("ana", run, "closing_review")
    return agreed(app)[0].id


async def test_a_later_day_of_a_series_is_edited_with_its_own_questions(app):
    run = (await app.begin("ana", "F16")).form.run
    await app.submit("ana", run, "s1", s1="Kurset", s2="Et greb")
    app.clock.pass_(timedelta(days=3))
    await app.tick()
    [card] = [c for c in await app.deliver() if any(b["action"] == "begin" for b in c["buttons"])]
    day_3 = (await app.handle(app.chose("ana", "begin", subject=card["subject"]))).form
    await app.submit("ana", day_3.run, "s4", s4="yes")
    await app.submit("ana", day_3.run, "s5", s5="Det gik godt")
    newest = entries(app)[0]
    edit = (await app.handle(app.chose("ana", "edit", newest.id))).form
    assert [(f.id, f.value) for f in edit.fields] == [("s4", "yes")]
    await app.submit("ana", edit.run, "s4", s4="yes")
    await app.submit("ana", edit.run, "s5", s5="Det gik rigtig godt")
    assert [a["answer"] for a in entries(app)[0].answers] == ["yes", "Det gik rigtig godt"]
    assert [a["step"] for a in entries(app)[1].answers] == ["s1", "s2"]


async def test_an_agreement_is_changed_by_itself_with_what_was_agreed_filled_in(app):
    action = await with_agreement(app)
    page = (await app.handle(app.chose("ana", "edit_action", action))).form
    assert [(f.id, f.value) for f in page.fields] == [("closing_what", "Spørge nattevagten")]
    page = (await app.submit("ana", page.run, "closing_what", closing_what="Spørge aftenvagten")).form
    filled = {f.id: f.value for f in page.fields}
    assert (filled["closing_who"], filled["closing_by"]) == ("team", "2026-11-27")
    await app.submit("ana", page.run, "closing_who", **filled | {"closing_by": "om to uger"})
    done = await app.submit("ana", page.run, "closing_review")
    assert done.form.closed
    [kept] = agreed(app)
    assert (kept.id, kept.what, kept.who, kept.by.isoformat()) == (action, "Spørge aftenvagten", "team", "2026-12-07")


async def test_nobody_changes_the_agreement_of_another(app):
    action = await with_agreement(app)
    before = agreed(app)
    answer = await app.handle(app.chose("bent", "edit_action", action))
    assert answer.form is None and agreed(app) == before
    assert app.count("dialog_run", status="open") == 0


async def test_a_page_that_was_only_looked_at_is_no_draft(app):
    await app.begin("ana", "F11")
    app.clock.pass_(timedelta(days=8))
    await app.tick()
    assert await app.deliver() == []
    assert app.count("occurrence", kind="draft") == 0


@pytest.mark.parametrize("state", ["declined", "new"])
async def test_who_has_not_said_yes_goes_on_with_nothing(app, state):
    """Also where a page of old is sent in by hand: the notice comes first."""
    run = (await app.begin("ana", "F11")).form.run
    app.settle("ana", state=state)
    for event in (
        app.submitted("ana", "", "start", flow="F01"),
        app.submitted("ana", "", "settings", "save", weekday="1", time="09:00"),
        app.submitted("ana", run, "s1", s1="Ro"),
        app.chose("ana", "continue", run),
    ):
        assert (await app.handle(event)).form.page == "arrival"
    assert app.count("schedule") == 0 and app.count("dialog_run") == 1
    assert app.state(run)["answers"] == {}


async def test_a_page_open_when_the_notice_changes_loses_nothing_and_then_it_is_read(app):
    run = (await app.begin("ana", "F11")).form.run
    app.settle("ana", notice_version="of old")
    page = (await app.submit("ana", run, "s1", s1="Ro")).form
    assert page.run == run and app.state(run)["answers"] == {"s1": "Ro"}
    assert (await app.handle(app.chose("ana", "continue", run))).form.page == "arrival"


async def test_an_old_prompt_goes_on_with_the_page_left_half_way(app):
    run = (await app.begin("ana", "F11")).form.run
    assert (await app.begin("ana", "F11")).form.run == run
    assert NOW == app.clock.now()
