"""The logbook, the agreements, what is shared, and what is about oneself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.services import actions, logbook, people, schedules, sharing
from bot.store.tables import Person

OWN_WORDS = "Den blå cykel står ved skuret"


async def entries_of(site, name):
    person = await site.person(name)
    return await site.store.read(lambda db: logbook.entries(db, person, limit=100))


async def actions_of(site, name):
    person = await site.person(name)
    return await site.store.read(lambda db: actions.all_actions(db, person))


async def write(site, name, text, *, flow="F11", beacon="implementeringsledelse", visibility="private", days_ago=0):
    person, now = await site.person(name), site.clock.now() - timedelta(days=days_ago)
    answer = {"step": "s1", "kind": "text", "question": {"da": "Hvad?", "en": "What?"}, "answer": text, "shown": {"da": text, "en": text}}
    return await site.store.run(
        lambda db: logbook.save_entry(
            db, person, f"run-{text}-{days_ago}", flow=flow, release="", beacon=beacon, visibility=visibility, answers=[answer], now=now
        )
    )


# ---- the logbook -----------------------------------------------------------------------------------------


async def test_the_newest_stands_first(site, eva):
    await write(site, "Eva", "det ældste", days_ago=300)
    await write(site, "Eva", "det nyeste")
    page = await eva.get("/logbook")
    assert page.text.index("det nyeste") < page.text.index("det ældste")


async def test_one_finds_ones_own_words_again(site, eva):
    await write(site, "Eva", OWN_WORDS)
    page = await eva.send((await eva.get("/logbook")).form("/logbook"), "Søg", q="BLÅ cykel")
    assert OWN_WORDS in page.text and page.text.count("Det her fandt jeg") == 1
    assert page.form("/logbook")["q"] == "BLÅ cykel"
    assert "cykel" not in page.path
    page = await eva.send(page.form("/logbook"), "Søg", q="girafskind")
    assert "Der er ikke noget, der passer" in page.text


async def test_an_address_with_a_search_is_worth_nothing_to_another(site, eva):
    page = await eva.send((await eva.get("/logbook")).form("/logbook"), "Søg", q="girafskind")
    carla = site.visitor()
    await carla.become("Carla")
    assert "girafskind" not in (await carla.get(page.path)).html
    assert (await carla.get("/logbook?s=%00nonsense")).status == 200


@pytest.mark.parametrize("month", ["2027-13", "x", "9999-99", "0000-00"])
async def test_a_month_that_is_none(eva, month):
    assert (await eva.get(f"/logbook?month={month}")).status == 200


async def test_narrowing_down_by_flow_and_beacon_and_month(site, eva):
    await write(site, "Eva", "noget om tegn", flow="F01", beacon="baeredygtigt_arbejdsmiljoe", days_ago=40)
    everything = await eva.get("/logbook")
    page = await eva.send(everything.form("/logbook"), "Søg", flow="F01")
    assert "noget om tegn" in page.text and "Alt det, der er på vej" not in " ".join(page.text.split("Det her fandt jeg")[1:])
    assert "noget om tegn" in (await eva.get("/logbook?beacon=baeredygtigt_arbejdsmiljoe")).text
    assert "noget om tegn" in (await eva.get("/logbook?month=2027-01")).text
    assert "noget om tegn" not in (await eva.get("/logbook?month=2027-02")).text


async def test_leafing_through_many_entries_shows_each_once(site, eva):
    for n in range(45):
        await write(site, "Eva", f"nummer {n:02}!", days_ago=n)
    page, seen = await eva.get("/logbook?flow=F11"), []
    while True:
        seen += [f"nummer {n:02}!" for n in range(45) if f"nummer {n:02}!" in page.text]
        older = [link for link in page.links if "before=" in link]
        if not older:
            break
        page = await eva.get(older[0].replace("&amp;", "&"))
    assert sorted(seen) == [f"nummer {n:02}!" for n in range(45)]


async def test_an_entry_stands_beside_what_was_written_before(eva):
    page = await eva.get("/logbook")
    newest = next(link for link in page.links if link.startswith("/logbook/"))
    page = await eva.get(newest)
    assert "Sidst, " in page.text
    assert "At vi begynder hver vagt med fem minutters overblik." in page.text


async def test_own_words_are_drawn_as_they_were_written(site, eva):
    id = await write(site, "Eva", "<b>fed</b> & {{ 7*7 }}")
    html = (await eva.get(f"/logbook/{id}")).html
    assert "&lt;b&gt;fed&lt;/b&gt; &amp; {{ 7*7 }}" in html


@pytest.mark.parametrize("do", ["delete", "withdraw", "nonsense", ""])
async def test_nothing_can_be_done_with_anothers_entry(site, eva, do):
    theirs = await write(site, "Carla", OWN_WORDS, visibility="leader_group")
    assert (await eva.get(f"/logbook/{theirs}")).status == 404
    mine = (await entries_of(site, "Eva"))[0].id
    form = (await eva.get(f"/logbook/{mine}")).form(button="Ja, slet")
    form.action = f"/logbook/{theirs}"
    assert (await eva.send(form, do=do)).status in (400, 404)
    assert [one.visibility for one in await entries_of(site, "Carla")] == ["leader_group"]


async def test_an_entry_is_edited_in_its_own_flow(site, eva):
    id = next(one.id for one in await entries_of(site, "Eva") if one.flow == "F11")
    page = await eva.send((await eva.get(f"/logbook/{id}")).form("/press", button="Ret"), "Ret")
    assert page.form("/form")["v.s1"] == "At overblikket ved vagtskifte holder, også i weekenden."


async def test_an_entry_is_deleted_once_asked(site, eva):
    id = await write(site, "Eva", OWN_WORDS)
    page = await eva.get(f"/logbook/{id}")
    assert "Så er det væk for altid" in page.text
    page = await eva.send(page.form(button="Ja, slet"), "Ja, slet")
    assert page.path == "/logbook" and OWN_WORDS not in page.text
    assert (await eva.get(f"/logbook/{id}")).status == 404


async def test_an_empty_logbook_says_how_to_fill_it(site):
    carla = site.visitor()
    await carla.become("Carla")
    assert "Her er tomt endnu" in (await carla.get("/logbook")).text


# ---- agreements and sharing ------------------------------------------------------------------------------


async def open_action(site, name="Eva"):
    return next(one for one in await actions_of(site, name) if one.state == "open")


async def test_agreements_say_how_they_stand(site, eva):
    page = await eva.get("/actions")
    one = await open_action(site)
    assert one.what in page.text and "Dig og Carla Demo" in page.text
    assert page.text.index("I gang") < page.text.index("Lukkede")


async def test_a_new_leader_sees_nothing_until_it_is_shared_again(site, eva):
    one, david = await open_action(site), await site.person("David")
    person = await site.person("Eva")
    await site.store.run(lambda db: people.set_person(db, person, {"leader": david.id}, site.clock.now()))
    visitor = site.visitor()
    await visitor.become("David")
    assert (await visitor.get(f"/shared/action/{one.id}")).status == 404
    page = await eva.get("/actions")
    assert "Dig og" not in page.text and "Må David Demo se denne ene aftale" in page.text


@pytest.mark.parametrize(("label", "state"), [("Gjort", "done"), ("Delvist gjort", "partly"), ("Givet videre", "passed_on"), ("Sluppet", "let_go")])
async def test_closing_an_agreement(site, eva, label, state):
    one = await open_action(site)
    await eva.send((await eva.get("/actions")).form(f"/actions/{one.id}", button=label), label)
    assert next(a.state for a in await actions_of(site, "Eva") if a.id == one.id) == state


async def test_withdrawing_empties_the_others_page_at_once(site, eva):
    one = await open_action(site)
    carla = site.visitor()
    await carla.become("Carla")
    page = await carla.get("/shared")
    assert "En aftale fra Eva" in page.text and one.what not in page.text
    assert one.what in (await carla.get(f"/shared/action/{one.id}")).text
    await eva.send((await eva.get("/actions")).form(f"/actions/{one.id}", button="Træk delingen tilbage"), "Træk delingen tilbage")
    assert "En aftale fra Eva" not in (await carla.get("/shared")).text
    page = await carla.get(f"/shared/action/{one.id}")
    assert page.status == 404 and one.what not in page.html


async def test_sharing_asks_first_and_no_is_as_easy_as_yes(site, eva):
    one = await open_action(site)
    await eva.send((await eva.get("/actions")).form(f"/actions/{one.id}", button="Træk delingen tilbage"), "Træk delingen tilbage")
    page = await eva.get("/actions")
    assert "Må Carla Demo se denne ene aftale" in page.text
    form = page.form(f"/actions/{one.id}", button="Nej tak, kun mig")
    await eva.send(form, "Nej tak, kun mig")
    assert (await open_action(site)).visibility == "private"
    await eva.send(form, "Ja, det er i orden")
    assert (await open_action(site)).visibility == "my_leader"


async def test_nobody_is_offered_to_share_with_somebody_not_known(site):
    hassan = await site.person("Hassan")
    await site.store.run(lambda db: people.set_person(db, hassan, {"state": "active"}, site.clock.now()))
    id = await site.store.run(
        lambda db: actions.add(
            db, hassan, run="r", entry=None, flow="F11", beacon="", what="x", who="mig", by=None, evaluator="mig",
            ask_in=None, visibility="private", now=site.clock.now(),
        )  # fmt: skip
    )
    visitor = site.visitor()
    await visitor.become("Hassan")
    page = await visitor.get("/actions")
    assert "Share with" not in page.text
    form = page.form(f"/actions/{id}", button="Done")
    assert (await visitor.send(form, do="share:my_leader")).status == 404
    assert (await open_action(site, "Hassan")).visibility == "private"


async def test_nothing_can_be_done_with_anothers_agreement(site, eva):
    one = await open_action(site)
    carla = site.visitor()
    await carla.become("Carla")
    page = await carla.get("/actions")
    form = page.form("/out")
    form.action = f"/actions/{one.id}"
    for do in ("delete", "close", "share:leader_group", "withdraw", "keep"):
        assert (await carla.send(form, do=do, state="done")).status == 404
    assert (await open_action(site)).visibility == "my_leader"


async def test_the_owner_sees_who_opened_what(site, eva):
    one = await open_action(site)
    assert "Ingen har åbnet noget" in (await eva.get("/me")).text
    carla, finn = site.visitor(), site.visitor()
    await carla.become("Carla")
    await carla.get(f"/shared/action/{one.id}")
    await finn.become("Finn")
    assert (await finn.get(f"/shared/action/{one.id}")).status == 404
    page = await eva.get("/me")
    assert 'Carla Demo åbnede en aftale fra "Det, der står i vejen"' in page.text
    assert "Finn Demo prøvede at åbne en aftale" in page.text


async def test_a_browser_that_looks_ahead_opens_nothing(site, eva):
    one = await open_action(site)
    carla = site.visitor()
    await carla.become("Carla")
    assert (await carla.get(f"/shared/action/{one.id}", Sec_Purpose="prefetch")).status == 403
    owner = await site.person("Eva")
    assert await site.store.read(lambda db: sharing.who_opened(db, owner)) == []


async def test_a_shared_reflection_is_read_by_the_group(site, eva):
    carla = site.visitor()
    await carla.become("Carla")
    page = await carla.get("/shared")
    link = next(one for one in page.links if one.startswith("/shared/entry/"))
    assert "Ny dokumentation" in (await carla.get(link)).text


# ---- about oneself ---------------------------------------------------------------------------------------


async def test_my_choices_stand_there_and_can_be_changed(site, eva):
    page = await eva.get("/me")
    assert "Funktionsleder" in page.text and "Carla Demo" in page.text and "mandag kl. 08.30" in page.text
    page = await eva.send(page.form(button="Ret mine valg"), "Ret mine valg")
    page = await eva.send(page.form("/form"), "Gem", v__weekday="3", v__time="10:15", v__every="2")
    eva_now = await site.person("Eva")
    rhythm = await site.store.read(lambda db: schedules.rhythm_of(db, eva_now))
    assert (rhythm.weekday, rhythm.time, rhythm.every) == (3, "10:15", 2)


async def test_changing_language_changes_the_pages(eva):
    page = await eva.send((await eva.get("/me")).form(button="Ret mine valg"), "Ret mine valg")
    page = await eva.send(page.form("/form"), "Gem", v__language="en")
    assert '<html lang="en">' in page.html
    assert "Hello Eva" in (await eva.get("/chat")).text


async def test_a_pause_and_its_end(site, eva):
    await eva.send((await eva.get("/me")).form(button="Pause to uger"), "Pause to uger")
    page = await eva.get("/me")
    assert "Til og med mandag den 15. marts 2027" in page.text
    await eva.send(page.form(button="Slut pausen"), "Slut pausen")
    assert (await site.person("Eva")).paused_until is None


async def test_who_does_not_want_to_be_counted_presses_once(site, eva):
    page = await eva.get("/me")
    await eva.send(page.form(button="Tæl mig ikke med"), "Tæl mig ikke med")
    page = await eva.get("/me")
    assert "Ingen kan se, at du har valgt det" in page.text and (await site.person("Eva")).counted is False
    await eva.send(page.form(button="Tæl mig med igen"), "Tæl mig med igen")
    assert (await site.person("Eva")).counted is True


async def test_not_being_counted_asks_for_no_notice_to_be_read(site):
    """Whoever has not begun, or said no, is among those a programme is for."""
    finn = site.visitor()
    await finn.become("Finn")
    page = await finn.get("/me")
    await finn.send(page.form(button="Tæl mig ikke med"), "Tæl mig ikke med")
    assert (await site.person("Finn")).counted is False


async def test_everything_about_me_as_files(eva):
    page = await eva.get("/me/pejling.json")
    assert page.headers["Content-Disposition"] == 'attachment; filename="pejling.json"'
    assert "overblikket" in json.dumps(json.loads(page.html), ensure_ascii=False)
    page = await eva.get("/me/pejling.html")
    assert "attachment" in page.headers["Content-Disposition"] and "overblikket" in page.html


async def test_deleting_everything_is_asked_once_and_leaves_nothing(site, eva):
    page = await eva.send((await eva.get("/me")).form(button="Se, hvad der bliver slettet"), "Se, hvad der bliver slettet")
    assert "i logbogen: 3" in page.text
    page = await eva.send(page.form("/form"), "Nej, behold det")
    assert await entries_of(site, "Eva")
    page = await eva.send((await eva.get("/me")).form(button="Se, hvad der bliver slettet"), "Se, hvad der bliver slettet")
    page = await eva.send(page.form("/form"), "Ja, slet alt")
    assert page.path == "/gone" and "Alt er slettet" in page.text
    names = await site.store.read(lambda db: [name for (name,) in db.execute(Person.__table__.select().with_only_columns(Person.name))])
    assert "Eva Demo" not in names
    assert (await eva.get("/chat")).path == "/"


# ---- what everybody may read -----------------------------------------------------------------------------


async def test_help_shows_112_and_the_routes(site):
    page = await site.visitor().get("/help")
    assert {"tel:112", "tel:114", "tel:70113131", "tel:70201201"} <= set(page.links)
    assert "Er nogen i fare, så ring 112" in page.text
    assert "1813" not in page.text


async def test_who_can_see_it_is_told_honestly(site):
    text = (await site.visitor().get("/who")).text
    assert "kommunen er ansvarlig for systemet" in text
    assert "medmindre du selv skriver under" in text  # in a dilemma
    assert "De andre, der er med: det, I skriver, uden navn" in text and "Koordinatoren ser, hvem det er til" in text
    assert "Only you can open what you write" in (await site.visitor().get("/who?lang=en")).text


async def test_the_privacy_page_says_how_long_and_whom_to_ask(site):
    text = (await site.visitor().get("/privacy")).text
    assert "Refleksioner slettes efter 12 måneder" in text and "Klage: Datatilsynet" in text


async def test_what_is_only_proposed_is_for_coordinators(site, eva):
    assert "Forslag, ikke godkendt endnu" not in (await eva.get("/beacons")).text
    ida = site.visitor()
    await ida.become("Ida")
    assert "Forslag, ikke godkendt endnu" in (await ida.get("/beacons")).text
