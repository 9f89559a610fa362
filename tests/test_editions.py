"""What each centre is asked: its own and nobody else's, as it stands now, in every process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogs.beacons.own import in_use, new_own, with_question
from bot.editions import Editions
from bot.services import beacons, departments, people, roles
from bot.services.beacons import Bundled
from tests.application import NOW, ORGANISATION, Application, house, library, sender
from tests.services.lives import later

QUESTION = {"text_da": "Hvad så du på gangen?", "text_en": "", "kind": "text"}
OWN = with_question(new_own({"da": "Ro på gangen", "en": ""}, {"da": "Ro.", "en": ""}), "", QUESTION, library().own)


@pytest.fixture
def app(store):
    made = Application(store)
    made.open_organisation()
    made.open_organisation("elsewhere")
    return made


@pytest.fixture
def centres(app):
    def make(db):
        return [departments.make_centre(db, where, name) for where, name in ((ORGANISATION, "Nord"), (ORGANISATION, "Syd"), ("elsewhere", "Nord"))]

    return app.store.run_now(make)


@pytest.fixture
def own(app, centres):
    """The id of a beacon of Nord's own, in use."""
    [ea] = app.settle("ea", centre=centres[0])
    app.store.run_now(lambda db: roles.give_role(db, ea, "coordinator", by="cli", now=NOW))
    return app.store.run_now(lambda db: designated(db, ea, centres[0]))


def designated(db, person, centre, own=OWN):
    id = beacons.propose(db, person, centre=centre, own=own, why="", now=NOW)
    beacons.change(db, person, id, "designate", why="", own=in_use(own), now=NOW)
    return id


def seen(app, organisation, centre, editions=None):
    edition = app.store.read_now(lambda db: (editions or app.parts.editions).of(db, organisation, centre))
    return edition.flows.keys() | edition.library.beacons.keys() | {one.id for one in edition.house.beacons}


def test_only_that_centre_sees_its_own(app, centres, own):
    nord, syd, elsewhere = centres
    assert own in seen(app, ORGANISATION, nord)
    for organisation, centre in ((ORGANISATION, syd), (ORGANISATION, None), ("elsewhere", elsewhere), ("elsewhere", nord)):
        assert own not in seen(app, organisation, centre)


def test_another_process_asks_by_it_from_the_next_event_on(app, centres, own):
    another = Editions(library(), house())
    assert own in seen(app, ORGANISATION, centres[0], another)
    app.store.run_now(lambda db: beacons.change(db, _ea(db), own, "close", why="", now=NOW))
    edition = app.store.read_now(lambda db: another.of(db, ORGANISATION, centres[0]))
    assert own not in {one.id for one in edition.house.beacons}
    assert own in edition.flows and not edition.library.flows[own].is_offered
    assert f"resting.{own}" in edition.flows


def _ea(db):
    return people.find(db, ORGANISATION, "stage", "ea")


def test_what_was_undone_never_comes_back(app, centres, own):
    class Undone(Exception):
        pass

    def work(db):
        designated(db, _ea(db), centres[0], OWN | {"name": {"da": "Fortrudt", "en": ""}})
        names = {str(one.name.da) for one in app.parts.editions.of(db, ORGANISATION, centres[0]).house.beacons}
        assert "Fortrudt" in names
        raise Undone

    with pytest.raises(Undone):
        app.store.run_now(work)
    edition = app.store.read_now(lambda db: app.parts.editions.of(db, ORGANISATION, centres[0]))
    assert "Fortrudt" not in {one.name.da for one in edition.house.beacons}


def test_what_became_of_a_common_one_holds_for_that_organisation_only(app, own):
    common = library().beacons["implementeringsledelse"]
    bundled = Bundled(common.id, common.state, common.since, common.closed)
    app.store.run_now(lambda db: beacons.change(db, _ea(db), common.id, "close", why="", bundled=bundled, now=NOW))
    assert f"resting.{common.id}" in seen(app, ORGANISATION, None)
    assert f"resting.{common.id}" not in seen(app, "elsewhere", None)


def test_what_the_rules_refuse_today_is_left_out_and_the_rest_stands(app, centres, own, caplog):
    app.store.run_now(lambda db: designated(db, _ea(db), centres[0], OWN | {"questions": []}))
    assert own in seen(app, ORGANISATION, centres[0])
    assert "cannot be used: asks_nothing" in caplog.text and "Ro" not in caplog.text


# ---- the way through the turns -----------------------------------------------------------------------------


async def test_a_leader_of_the_centre_answers_it_and_the_entry_carries_the_beacon(app, centres, own):
    app.settle("bo", centre=centres[0])
    page = (await app.begin("bo", own)).form
    assert [field.label.da for field in page.fields] == ["Hvad så du på gangen?"]
    await app.submit("bo", page.run, page.page, q1="en dør, der stod åben")
    await app.submit("bo", page.run, "closing_what", closing_suggestion="ingen")
    assert app.count("entry", flow=own, beacon=own) == 1


@pytest.mark.parametrize("where", ["another centre", "no centre", "another organisation"])
async def test_nobody_else_can_begin_it_however_they_ask(app, centres, own, where):
    centre = {"another centre": centres[1], "no centre": None, "another organisation": centres[2]}[where]
    organisation = "elsewhere" if where == "another organisation" else ORGANISATION
    app.settle("mia", centre=centre, organisation=organisation)
    mia = sender("mia", organisation)
    offered = (await app.handle(replace(app.chose("mia", "pick"), sender=mia))).form
    assert own not in {one.id for one in offered.fields[0].choices} and len(offered.fields[0].choices) > 9
    assert (await app.handle(replace(app.chose("mia", "begin", own), sender=mia))).form is None
    await app.handle(replace(app.submitted("mia", "", "start", flow=own), sender=mia))
    assert app.count("dialog_run") == 0


async def test_who_changes_centre_goes_on_with_nothing_of_the_old_ones(app, centres, own):
    [bo] = app.settle("bo", centre=centres[0])
    page = (await app.begin("bo", own)).form
    app.store.run_now(lambda db: people.set_person(db, bo, {"centre": centres[1]}, NOW))
    answer = await app.submit("bo", page.run, page.page, q1="noget")
    assert answer.form.closed and app.count("entry") == 0


async def test_a_question_taken_out_while_somebody_answers_does_not_lose_the_rest(app, centres, own):
    more = with_question(in_use(OWN), "", QUESTION | {"text_da": "Og hvad gjorde I?"}, library().own)
    app.store.run_now(lambda db: beacons.write(db, _ea(db), own, more, 2, NOW))
    app.settle("bo", centre=centres[0])
    page = (await app.begin("bo", own)).form
    app.store.run_now(lambda db: beacons.write(db, _ea(db), own, OWN | {"in_use": {"q1": []}}, 3, later(days=1)))
    answer = await app.submit("bo", page.run, page.page, q1="en åben dør", q2="lukkede den")
    assert answer.form.page == "closing_what" and app.answers(page.run) == {"q1": "en åben dør"}
