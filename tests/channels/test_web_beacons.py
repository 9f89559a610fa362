"""The pages about beacons: the public one, the coordinators', the yearly status and what a group has handed over."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from bot.dialogs.beacons.own import in_use, new_own, with_question
from bot.services import beacons, departments, handovers, logbook, people, roles

QUESTION = {"text_da": "Hvad så du på gangen?", "text_en": "", "kind": "text"}
TEXT = "Vi har talt om, hvem der åbner døren"


@pytest.fixture
async def own(site):
    """A beacon of Center Nord's own, in use, and a proposal nobody but coordinators sees."""
    document = with_question(new_own({"da": "Ro på gangen", "en": ""}, {"da": "Der er ro.", "en": ""}), "", QUESTION, site.library.own)
    proposal = new_own({"da": "Kun et forslag", "en": ""}, {"da": "Måske.", "en": ""})

    def work(db):
        [ida] = people.called(db, site.organisation, "Ida", 1)
        nord = next(one.id for one in departments.centres(db, site.organisation) if "Nord" in one.name)
        id = beacons.propose(db, ida, centre=nord, own=document, why="fordi det fylder", now=site.clock.now())
        beacons.change(db, ida, id, "designate", why="", own=in_use(document), now=site.clock.now())
        beacons.propose(db, ida, centre=nord, own=proposal, why="", now=site.clock.now())
        return id

    return await site.store.run(work)


async def as_somebody(site, name):
    visitor = site.visitor()
    await visitor.become(name)
    return visitor


@pytest.mark.parametrize("name, sees", [("Eva", True), ("Grace", False), ("Bo", False)])
async def test_only_the_centre_sees_its_own_on_the_public_page(site, own, name, sees):
    page = await (await as_somebody(site, name)).get("/beacons")
    assert ("Ro på gangen" in page.text) == sees and "Kun et forslag" not in page.text


async def test_a_visitor_sees_the_common_ones_as_they_stand_here(site, own):
    page = await site.visitor().get("/beacons?lang=da")
    assert "Implementeringsledelse" in page.text and "Ro på gangen" not in page.text


async def test_a_coordinator_sees_the_history_with_its_why(site, own):
    page = await (await as_somebody(site, "Ida")).get("/coordinate/beacons")
    assert "Ro på gangen" in page.text and "Kun et forslag" in page.text and "fordi det fylder" in page.text
    assert (await (await as_somebody(site, "Eva")).get("/coordinate/beacons")).status == 404


async def handed(site):
    """Eva's status, handed over by Finn."""

    def work(db):
        eva, finn = (people.called(db, site.organisation, name, 1)[0] for name in ("Eva", "Finn"))
        answer = {"step": "s2", "kind": "text", "question": {"da": "Hvad har I gjort?", "en": "What have you done?"}}
        answers = [answer | {"answer": TEXT, "shown": {"da": TEXT, "en": TEXT}}]
        values = {"flow": "F18", "release": "", "beacon": "implementeringsledelse", "visibility": "leader_group"}
        now = site.clock.now()
        entry = logbook.save_entry(db, eva, "run", answers=answers, now=now, **values)
        handovers.hand_over(db, finn, "h1", entry, handovers.goes(db, finn, entry, now).digest, {"da": "", "en": ""}, now)
        return entry

    return await site.store.run(work)


async def test_the_status_is_shown_printed_and_fetched_and_the_group_sees_that_it_was(site):
    await handed(site)
    ida, eva = await as_somebody(site, "Ida"), await as_somebody(site, "Eva")
    before = await eva.get("/handed-over")
    assert "Finn" in before.text and "Brugt i et dokument" not in before.text
    assert TEXT in (await ida.get("/coordinate/status")).text
    year = site.clock.now().year
    answer = await ida.client.get(f"/coordinate/status/pejling.pdf?year={year}&document=en")
    assert answer.content_type == "application/pdf" and "the-beacons" in answer.headers["Content-Disposition"]
    pages = PdfReader(io.BytesIO(await answer.read())).pages
    assert TEXT in " ".join(page.extract_text().replace("\n", " ") for page in pages)
    word = await ida.client.get(f"/coordinate/status/pejling.docx?year={year}")
    assert (await word.read())[:2] == b"PK"
    assert "Brugt i et dokument" in (await eva.get("/handed-over")).text


@pytest.mark.parametrize("path", ["/coordinate/status", "/coordinate/status/pejling.pdf", "/coordinate/status/pejling.docx"])
async def test_the_status_is_not_there_for_others(site, path):
    await handed(site)
    for name in ("Eva", "Grace"):
        answer = await (await as_somebody(site, name)).client.get(path)
        assert answer.status == 404 and TEXT.encode() not in await answer.read()


async def test_who_is_in_no_such_group_sees_nothing_handed_over(site):
    entry = await handed(site)
    grace = await as_somebody(site, "Grace")
    assert "Finn" not in (await grace.get("/handed-over")).text
    assert (await grace.get(f"/shared/entry/{entry}")).status == 404


async def test_one_of_the_group_can_hand_over_from_what_is_shared(site):
    entry = await handed(site)
    finn = await as_somebody(site, "Finn")
    page = await finn.get(f"/shared/entry/{entry}")
    assert 'value="handover"' in page.html


async def test_a_role_taken_back_closes_the_document(site):
    await handed(site)
    ida = await as_somebody(site, "Ida")
    page = await ida.get("/coordinate/status")
    assert page.status == 200 and page.html.count("<figure") == page.html.count('<figure class="drawn" tabindex="0">') > 0  # it scrolls on a telephone

    def work(db):
        [person] = people.called(db, site.organisation, "Ida", 1)
        roles.take_role(db, person, "coordinator", by="cli", now=site.clock.now())

    await site.store.run(work)
    assert (await ida.get("/coordinate/status")).status == 404
