"""The coordinators' pages: who sees them, and what becomes of a role that is taken away while one is open."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.services import people, roles


async def as_(site, name):
    visitor = site.visitor()
    await visitor.become(name)
    return visitor


@pytest.mark.parametrize("name", ["Ida", "Jens"])
async def test_who_has_a_role_finds_the_section_in_the_menu(site, name):
    visitor = await as_(site, name)
    assert 'href="/coordinate"' in (await visitor.get("/chat")).html
    page = await visitor.get("/coordinate")
    assert page.status == 200 and "Koordinering" in page.text


async def test_for_everybody_else_there_is_no_such_section(site, eva):
    assert 'href="/coordinate"' not in (await eva.get("/chat")).html
    assert (await eva.get("/coordinate")).status == 404
    assert (await site.visitor().get("/coordinate")).path == "/"


async def test_a_role_that_is_taken_is_gone_with_the_next_page(site):
    ida = await as_(site, "Ida")
    person, now = await site.person("Ida"), site.clock.now()
    await site.store.run(lambda db: roles.take_role(db, person, "coordinator", by="cli", now=now))
    assert (await ida.get("/coordinate")).status == 404


# ---- roles -----------------------------------------------------------------------------------------------


async def found(jens, name):
    page = await jens.get("/coordinate/people")
    return await jens.send(page.form("/coordinate/people"), "Søg", q=name)


async def roles_of(site, name):
    person = await site.person(name)
    return [(one.role, one.centre) for one in await site.store.read(lambda db: roles.roles_of(db, person))]


async def test_an_administrator_gives_a_role_for_one_centre_and_it_is_logged(site):
    jens, eva = await as_(site, "Jens"), await site.person("Eva")
    page = await found(jens, "eva")
    centre = eva.centre
    page = await jens.send(page.form("/coordinate/people/role", button="Giv rollen"), "Giv rollen", role="coordinator", centre=centre)
    assert await roles_of(site, "Eva") == [("coordinator", centre)]
    assert "fik rollen koordinator for Demo – Center Nord" in page.text and "Jens Demo" in page.text
    assert "eva" not in page.path


async def test_it_is_taken_back_with_one_more_press(site):
    jens = await as_(site, "Jens")
    page = await jens.get("/coordinate/people")
    ida = await site.person("Ida")
    form = next(one for one in page.forms if one.action == "/coordinate/people/role" and one["person"] == ida.id)
    page = await jens.send(form, "Ja, gør det")
    assert await roles_of(site, "Ida") == [] and "mistede rollen koordinator" in page.text


async def test_the_last_administrator_keeps_the_role(site):
    jens = await as_(site, "Jens")
    page = await jens.get("/coordinate/people")
    me = await site.person("Jens")
    form = next(one for one in page.forms if one.action == "/coordinate/people/role" and one["person"] == me.id)
    page = await jens.send(form, "Ja, gør det")
    assert page.status == 403 and "ingen tilbage, der kan give roller" in page.text
    assert await roles_of(site, "Jens") == [("administrator", None)]


async def test_what_is_sent_after_the_role_is_gone_is_refused_and_changes_nothing(site):
    jens, eva = await as_(site, "Jens"), await site.person("Eva")
    me, now = await site.person("Jens"), site.clock.now()
    page = await found(jens, "eva")

    def work(db):
        roles.give_role(db, eva, "administrator", by="cli", now=now)
        roles.take_role(db, me, "administrator", by="cli", now=now)

    await site.store.run(work)
    page = await jens.send(page.form("/coordinate/people/role", button="Giv rollen"), "Giv rollen", role="coordinator", centre="all")
    assert page.status == 403 and "Intet er ændret" in page.text
    assert await roles_of(site, "Eva") == [("administrator", None)]


async def test_a_coordinator_gives_no_roles(site):
    ida = await as_(site, "Ida")
    assert (await ida.get("/coordinate/people")).status == 404


async def test_an_unknown_role_or_centre_is_refused(site):
    jens = await as_(site, "Jens")
    form = (await found(jens, "eva")).form("/coordinate/people/role", button="Giv rollen")
    assert (await jens.send(form, "Giv rollen", role="king")).status == 400
    assert (await jens.send(form, "Giv rollen", role="coordinator", centre="nowhere")).status == 403
    assert await roles_of(site, "Eva") == []


# ---- numbers ---------------------------------------------------------------------------------------------


async def test_a_coordinator_sees_how_many_and_never_who(site):
    ida = await as_(site, "Ida")
    page = await ida.get("/coordinate/numbers")
    assert "Tidlige tegn i teamet" in page.text and "4. kvartal 2026" in page.text
    assert "For få" in page.text and "33" in page.text
    everybody = await site.store.read(lambda db: people.people(db, site.organisation))
    assert not [one.name for one in everybody if one.name in page.text and one.name != "Ida Demo"]
    assert (await ida.get("/coordinate/numbers")).text == page.text


async def test_the_chart_says_in_words_what_it_shows(site):
    ida = await as_(site, "Ida")
    page = await ida.get("/coordinate/numbers")
    (label,) = re.findall(r'<svg[^>]*role="img" aria-label="([^"]+)"', page.html)
    assert "3. kvartal 2026: 31 er begyndt, 16 er blevet færdige." in label and "4. kvartal 2026: 33 er begyndt" in label


@pytest.mark.parametrize("name", ["Jens", "Eva"])
async def test_numbers_are_for_coordinators(site, name):
    assert (await (await as_(site, name)).get("/coordinate/numbers")).status == 404


async def test_who_objects_is_not_found_out_by_the_numbers(site):
    """Nothing on the page, nor on the list of programmes, changes when somebody asks not to be counted."""
    ida = await as_(site, "Ida")
    page = await ida.get("/coordinate/numbers")
    agnes, now = await site.person("Agnes"), site.clock.now()
    await site.store.run(lambda db: people.set_person(db, agnes, {"counted": False}, now))
    assert (await ida.get("/coordinate/numbers")).text == page.text


# ---- programmes ------------------------------------------------------------------------------------------


async def test_a_programme_is_planned_on_pages_without_script_and_listed(site):
    ida = await as_(site, "Ida")
    site.clock.forward_to(site.clock.now() + timedelta(minutes=1))  # after the demo's own, so that it stands first
    page = await ida.get("/coordinate/programmes")
    page = await ida.send(page.form("/press", button="Nyt program"), "Nyt program")
    page = await ida.send(page.form("/form"), "Videre", v__title="Tidlige tegn <b>", v__why="Fordi")
    page = await ida.send(page.form("/form"), "Videre", v__levels=["lm", "ll"])
    page = await ida.send(page.form("/form"), "Videre")
    assert "Det er en kladde. Ingen har fået noget." in page.text and "Leder af medarbejdere" in page.text
    listed = await ida.get("/coordinate/programmes")
    assert "Kladder" in listed.text and "Tidlige tegn &lt;b&gt;" in listed.html
    page = await ida.send(page.form("/form"), "Sæt i gang")
    assert "Det er sat i gang" in page.text
    listed = await ida.get("/coordinate/programmes")
    assert "I gang" in listed.text and "næste gang" in listed.text
    page = await ida.send(listed.form("/press", button="Se det"), "Se det")
    assert "Hold pause" in page.text
    assert re.search(r"Demo, .* og \d+ til", page.text), "they may see whom they write to"


async def test_pressed_twice_is_one_programme(site):
    ida = await as_(site, "Ida")
    page = await ida.get("/coordinate/programmes")
    page = await ida.send(page.form("/press", button="Nyt program"), "Nyt program")
    form = page.form("/form")
    for _ in range(2):
        page = await ida.send(form, "Videre", v__title="Én gang")
        assert "Hvem er det til?" in page.text
    assert (await ida.get("/coordinate/programmes")).text.count("Én gang") == 1


async def test_two_coordinators_who_change_the_same_do_not_undo_each_other(site):
    ida = await as_(site, "Ida")
    page = await ida.get("/coordinate/programmes")
    page = await ida.send(page.form("/press", button="Nyt program"), "Nyt program")
    page = await ida.send(page.form("/form"), "Videre", v__title="Fælles")
    old = page.form("/form")
    await ida.send(old, "Videre", v__levels=["lm"])
    page = await ida.send(old, "Videre", v__levels=["ll"])
    assert "En anden har ændret det imens" in page.text


async def test_the_next_time_says_nothing_of_where_people_are(site):
    """Somebody on a journey is ahead of us, so the clock looks hours earlier; the list says when it comes here."""
    ida, agnes, now = await as_(site, "Ida"), await site.person("Agnes"), site.clock.now() + timedelta(minutes=1)
    await site.store.run(lambda db: people.set_person(db, agnes, {"timezone": "Pacific/Auckland"}, now))
    site.clock.forward_to(now)
    page = await ida.get("/coordinate/programmes")
    page = await ida.send(page.form("/press", button="Nyt program"), "Nyt program")
    for values in ({"v__title": "Rejsen"}, {}, {}):
        page = await ida.send(page.form("/form"), "Videre", **values)
    await ida.send(page.form("/form"), "Sæt i gang")
    listed = (await ida.get("/coordinate/programmes")).text
    assert re.search(r"Rejsen Program næste gang tirsdag den [\w. ]+ kl\. 09\.00", listed), listed


# ---- closed days -----------------------------------------------------------------------------------------


async def test_a_centre_closes_for_some_days_and_opens_again(site):
    ida, eva = await as_(site, "Ida"), await site.person("Eva")
    page = await ida.get("/coordinate/closed")
    page = await ida.send(page.form("/coordinate/closed"), "Hold lukket", centre=eva.centre, starts="12. april", ends="16. april")
    assert "Mandag den 12. april 2027 – fredag den 16. april 2027" in page.text and "Center Nord" in page.text
    page = await ida.send(page.form("/coordinate/closed/open"), "Det er en almindelig dag alligevel")
    assert "Der er ingen lukkedage forude" in page.text


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [("snart", "", "Den dato kan jeg ikke læse"), ("12. april", "10. april", "Byt dem om"), ("1. februar 2027", "", "Datoen er passeret")],
)
async def test_days_that_make_no_sense_are_said_on_their_field(site, starts, ends, said):
    ida = await as_(site, "Ida")
    page = await ida.get("/coordinate/closed")
    page = await ida.send(page.form("/coordinate/closed"), "Hold lukket", centre="all", starts=starts, ends=ends)
    assert page.status == 400 and said in page.text and page.form("/coordinate/closed")["starts"] == starts


async def test_nobody_closes_anothers_centre(site):
    jens = await as_(site, "Jens")
    eva, david, now = await site.person("Eva"), await site.person("David"), site.clock.now()
    assert (await jens.get("/coordinate/closed")).status == 404
    await site.store.run(lambda db: roles.give_role(db, eva, "coordinator", by="cli", now=now, centre=eva.centre))
    visitor = await as_(site, "Eva")
    form = (await visitor.get("/coordinate/closed")).form("/coordinate/closed")
    for centre in ("all", david.centre):
        page = await visitor.send(form, "Hold lukket", centre=centre, starts="12. april")
        assert page.status == 403 and "Intet er ændret" in page.text
