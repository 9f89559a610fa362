"""Who may ask, from where, and what an answer never gives away."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot.channels.web import security
from bot.channels.web.visit import PARTS
from bot.services import links, people, whereabouts

OWN_WORDS = "hemmeligheden om det blå skur"
MINE = ["/chat", "/logbook", "/actions", "/shared", "/me", "/data", "/me/pejling.json", "/me/pejling.html", "/form/abc", "/open/settings", "/chat/cards"]
OPEN = ["/", "/who", "/help", "/privacy", "/beacons", "/gone"]
PUBLIC_URL = "https://pejling.example.dk"


async def link_for(site, name="Eva", goes_to="/logbook"):
    person = await site.person(name)
    return await site.store.run(lambda db: links.make_link(db, person, goes_to, site.clock.now()))


# ---- what every answer carries ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/chat", "/nothing", "/health", "/help"])
async def test_every_answer_is_locked_down(site, path):
    headers = (await site.visitor().get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Python" not in headers["Server"]


async def test_no_page_has_script_or_style_of_its_own(eva):
    for path in [*MINE[:5], *OPEN]:
        html = (await eva.get(path)).html
        assert "<style" not in html and " style=" not in html and " onclick=" not in html
        assert html.count("<script") == html.count("<script src=")


async def test_the_files_every_page_needs_are_kept_by_the_browser(site):
    visitor = site.visitor()
    page = await visitor.get("/")
    style = next(link for link in page.links if link.startswith("/static/pejling.css"))
    assert "immutable" in (await visitor.get(style)).headers["Cache-Control"]
    assert (await visitor.get("/static/nothing.css")).status == 404
    assert (await visitor.get("/static/..%2fapp.py")).status == 404


async def test_health(site):
    assert (await site.visitor().get("/health")).html == '{"status": "ok"}'


# ---- who is it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MINE)
async def test_a_page_of_ones_own_shows_nothing_to_a_stranger(site, path):
    visitor = site.visitor()
    async with visitor.client.get(path, allow_redirects=False) as response:
        assert response.status == 303 and response.headers["Location"] == "/"


@pytest.mark.parametrize("path", OPEN)
async def test_pages_that_everybody_may_read(site, path):
    assert (await site.visitor().get(path)).status == 200


async def test_the_cookie_is_for_this_server_alone(site):
    async with site.visitor().client.get("/") as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


async def test_signing_in_gives_another_cookie(site):
    visitor = site.visitor()
    await visitor.get("/")
    before = {c.value for c in visitor.client.session.cookie_jar}
    await visitor.become("Eva")
    assert before.isdisjoint({c.value for c in visitor.client.session.cookie_jar})


async def test_going_out_ends_the_session_also_for_a_copy_of_the_cookie(site, eva):
    copy = {c.key: c.value for c in eva.client.session.cookie_jar}
    await eva.send((await eva.get("/chat")).form("/out"), "Skift person")
    async with site.visitor().client.get("/chat", cookies=copy, allow_redirects=False) as response:
        assert response.status == 303


async def test_nobody_is_signed_out_by_a_journey_in_time(eva):
    page = await eva.get("/chat")
    for _ in range(6):
        page = await eva.send(page.form("/demo/time"), "+ 1 uge")
    assert page.path == "/chat"


# ---- one-time links --------------------------------------------------------------------------------------


async def test_opening_a_link_shows_a_button_and_uses_nothing_up(site):
    token = await link_for(site)
    for _ in range(3):
        page = await site.visitor().get(f"/in/{token}")
        assert page.status == 200 and "Eva" not in page.text
    visitor = site.visitor()
    page = await visitor.get(f"/in/{token}")
    page = await visitor.send(page.form(button="Gå ind"), "Gå ind")
    assert page.path == "/logbook"


async def test_a_link_works_once(site):
    token = await link_for(site)
    one, other = site.visitor(), site.visitor()
    first, second = await one.get(f"/in/{token}"), await other.get(f"/in/{token}")
    await one.send(first.form(button="Gå ind"), "Gå ind")
    page = await other.send(second.form(button="Gå ind"), "Gå ind")
    assert page.status == 404 and "Linket er brugt" in page.text
    assert "Linket er brugt" in (await other.get(f"/in/{token}")).text


async def test_a_link_lasts_ten_minutes(site):
    token = await link_for(site)
    site.clock.forward_to(site.clock.now() + timedelta(minutes=10, seconds=1))
    assert (await site.visitor().get(f"/in/{token}")).status == 404


async def test_a_journey_in_time_signs_out_nobody_who_came_by_a_link(site):
    """As somebody does who writes in Teams while the demo runs."""
    visitor = site.visitor()
    await visitor.send((await visitor.get(f"/in/{await link_for(site)}")).form(button="Gå ind"), "Gå ind")
    site.clock.forward_to(site.clock.now() + timedelta(days=60))
    assert (await visitor.get("/chat")).path == "/chat"


async def test_a_made_up_link(site):
    assert (await site.visitor().get(f"/in/{'A' * 43}")).status == 404
    assert (await site.visitor().get("/in/x")).status == 404


async def test_somebody_from_elsewhere_is_the_same_person_on_the_web(site):
    person = await site.store.run(
        lambda db: people.make_person(db, site.organisation, site.clock.now(), name="Solveig", state="active", language="da")
    )
    await site.store.run(lambda db: whereabouts.add_identity(db, person, "slack", "U1"))
    token = await site.store.run(lambda db: links.make_link(db, person, "/", site.clock.now()))
    visitor = site.visitor()
    page = await visitor.send((await visitor.get(f"/in/{token}")).form(button="Gå ind"), "Gå ind")
    assert page.path == "/chat" and "Hej Solveig" in page.text
    everybody = await site.store.read(lambda db: people.people(db, site.organisation))
    assert [one.id for one in everybody if one.name == "Solveig"] == [person.id]


# ---- forms from elsewhere --------------------------------------------------------------------------------


@pytest.mark.parametrize("csrf", ["", "wrong", "æøå"])
async def test_a_form_without_our_token_is_refused(site, eva, csrf):
    form = (await eva.get("/chat")).form("/say", button="Send")
    page = await eva.send(form, "Send", text="hej", csrf=csrf)
    assert page.status == 403 and "Den dør er lukket" in page.text


async def test_a_token_of_another_session_is_refused(site, eva):
    carla = site.visitor()
    await carla.become("Carla")
    stolen = carla.page.form("/say", button="Send")["csrf"]
    page = await eva.send((await eva.get("/chat")).form("/say", button="Send"), "Send", text="hej", csrf=stolen)
    assert page.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json"},
    ],
    ids=str,
)
async def test_a_form_from_another_site_is_refused(eva, headers):
    form = (await eva.get("/chat")).form("/say", button="Send")
    assert (await eva.send(form, "Send", text="hej", headers=headers)).status == 403


async def test_a_form_from_our_own_page_is_taken(eva):
    form = (await eva.get("/chat")).form("/say", button="Send")
    origin = str(eva.client.make_url("/")).rstrip("/")
    assert (await eva.send(form, "Send", text="hej", headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})).status == 200
    assert (await eva.send(form, "Send", text="hej", headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"})).status == 200


async def test_a_body_that_is_too_large(eva):
    form = (await eva.get("/chat")).form("/say", button="Send")
    page = await eva.send(form, "Send", text="x" * (security.LARGEST_BODY + 1))
    assert page.status == 413 and "for meget på én gang" in page.text


async def test_a_body_that_is_no_text(eva):
    async with eva.client.post("/say", data=b"csrf=%ff&text=\xff\xfe", headers={"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}) as response:
        assert response.status == 400


# ---- other names for this machine ------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "", "[", "localhost.evil.example"])
async def test_a_strangers_name_for_this_machine_gets_nothing(site, host):
    async with site.visitor().client.get("/who", headers={"Host": host}) as response:
        assert response.status in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8765", "[::1]:8765", "127.0.0.2"])
async def test_this_machines_own_names(site, host):
    async with site.visitor().client.get("/who", headers={"Host": host}) as response:
        assert response.status == 200


class TestBehindAPublicAddress:
    @pytest.fixture
    def web_settings(self):
        return {"public_url": PUBLIC_URL, "is_demo": False, "travel": None}

    async def test_it_answers_to_its_name(self, site):
        async with site.visitor().client.get("/who", headers={"Host": "pejling.example.dk"}) as response:
            assert response.status == 200
            assert "max-age" in response.headers["Strict-Transport-Security"]
            cookie = response.headers["Set-Cookie"]
        assert cookie.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie

    async def test_there_is_no_demo(self, site):
        visitor = site.visitor()
        page = await visitor.get("/")
        assert "Din egen vej ind" in page.text and "Eva" not in page.text
        assert not page.forms
        for path in ("/demo/person", "/demo/time"):
            async with visitor.client.post(path) as response:
                assert response.status in (403, 404)

    async def test_the_form_of_a_link_is_taken_from_there(self, site):
        token = await link_for(site)
        visitor = site.visitor()
        host = {"Host": "pejling.example.dk"}
        async with visitor.client.get(f"/in/{token}", headers=host) as response:
            cookie = response.cookies["__Host-pejling"].value
            csrf = (await response.text()).split('name="csrf" value="')[1].split('"')[0]
        form = {**host, "Origin": PUBLIC_URL, "Cookie": f"__Host-pejling={cookie}"}
        async with visitor.client.post(f"/in/{token}", data={"csrf": csrf}, headers=form, allow_redirects=False) as response:
            assert response.status == 303 and response.headers["Location"] == "/logbook"


# ---- what goes wrong -------------------------------------------------------------------------------------


async def test_a_bug_says_nothing_of_itself_and_the_log_nothing_of_a_person(site, eva, caplog, monkeypatch):
    parts = eva.client.server.app[PARTS]

    async def fails(event):
        raise ValueError(f"cannot read {event.text}")

    monkeypatch.setattr(type(parts.turns), "handle", lambda self, event: fails(event))
    with caplog.at_level(logging.DEBUG):
        page = await eva.send((await eva.get("/chat")).form("/say", button="Send"), "Send", text=OWN_WORDS)
    assert page.status == 500 and "Noget gik galt hos os" in page.text
    assert "ValueError" not in page.html and "Traceback" not in page.html and OWN_WORDS not in page.html
    assert "ValueError" in caplog.text and OWN_WORDS not in caplog.text


async def test_an_unknown_page_is_kind_in_the_language_asked_for(site):
    visitor = site.visitor()
    assert "Her er ikke noget" in (await visitor.get("/nothing")).text
    page = await visitor.get("/nothing?lang=en")
    assert page.status == 404 and "There is nothing here" in page.text


async def test_what_is_written_and_searched_for_is_in_no_log_and_no_address(site, eva, caplog):
    with caplog.at_level(logging.DEBUG):
        page = await eva.get("/logbook")
        page = await eva.send(page.form("/logbook"), "Søg", q=OWN_WORDS)
        await eva.send((await eva.get("/chat")).form("/say", button="Send"), "Send", text=OWN_WORDS)
    assert OWN_WORDS.split()[0] not in caplog.text
    assert "skur" not in page.path

