"""Real activities to the HTTP entrance, and what comes of them."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.channels.teams.cards import buttons_of
from bot.channels.teams.running import Teams
from bot.channels.teams.settings import TeamsSettings
from bot.recurrence import instant
from bot.rehearsal.stage import ORGANISATION
from bot.services import departments, emails, people, schedules, whereabouts
from bot.services.whereabouts import CONVERSATION
from bot.store.tables import DialogRun, Entry, InboxItem, LoginLink, OutboxItem
from tests.channels.teams import shapes
from tests.channels.teams.microsoft import APP_ID, BOT, OTHER_TENANT, TENANT, new_key
from tests.channels.teams.stage import ADDRESS, TeamsStage, read_message, the_token

SECRET = "Karla fra nr. 3 sover ikke"
TZ = "Europe/Copenhagen"


async def said_to(stage: TeamsStage, activity: dict[str, Any], status: int = 200) -> list[dict[str, Any]]:
    """What the connector takes in answer to an activity, as cards."""
    answer = await stage.post(activity)
    assert answer.status == status
    await stage.parts.delivery.drain()
    taken = list(stage.connector.taken)
    stage.connector.taken.clear()
    return [read_message(one) | {"to": one.conversation, "edits": one.edits} for one in taken]


async def settled(stage: TeamsStage, name: str = "ana", **values: Any) -> people.PersonRow:
    """Somebody who has read the notice."""
    version = stage.library.say("arrival.version").da
    given = {"state": "active", "notice_version": version, "welcomed_at": stage.clock.now(), "language": "da"} | values

    def work(db: Any) -> people.PersonRow:
        return people.set_person(db, people.meet(db, stage.sender(name), stage.clock.now()), given, stage.clock.now())

    return await stage.parts.store.run(work)


def count(stage: TeamsStage, table: Any) -> int:
    return len(stage.parts.store.read_now(lambda db: db.execute(select(table)).all()))


# ---- coming and going ------------------------------------------------------------------------------------


async def test_one_welcome_however_the_installation_is_told(stage):
    url = stage.connector.url
    (welcome,) = await said_to(stage, shapes.installed(url))
    assert welcome["title"] == "Velkommen til Pejling" and welcome["to"] == "a:ana"
    assert await said_to(stage, shapes.members_added(url)) == []
    assert await said_to(stage, shapes.installed(url)) == []


async def test_somebody_else_who_was_added_is_no_reason_to_speak(stage):
    assert await said_to(stage, shapes.members_added(stage.connector.url, "29:bent")) == []


async def test_the_language_is_the_clients(stage):
    (welcome,) = await said_to(stage, shapes.installed(stage.connector.url, locale="en-US"))
    assert welcome["title"] == "Welcome to Pejling"


async def test_the_language_is_the_clients_until_one_has_chosen(stage):
    url = stage.connector.url
    await said_to(stage, shapes.installed(url, locale=""))
    (help,) = await said_to(stage, shapes.message(url, "help", locale="en-US"))
    assert help["title"] == "What you can write to me"
    await settled(stage, language="da")
    (help,) = await said_to(stage, shapes.message(url, "help", locale="en-US"))
    assert help["title"] == "Det kan du skrive til mig"


async def test_uninstalled_nothing_more_is_sent(stage):
    url = stage.connector.url
    person = await settled(stage)
    assert await said_to(stage, shapes.installed(url, "remove")) == []
    there = stage.parts.store.read_now(lambda db: whereabouts.conversations(db, person))
    assert [one.reachable for one in there] == [False]
    (welcome_back,) = await said_to(stage, shapes.message(url, "hej"))
    assert "Begynd en refleksion" in [one["label"] for one in welcome_back["buttons"]]


async def test_blocked_once_is_never_tried_again(stage):
    person = await settled(stage)
    stage.connector.fail(403, "MessageWritesBlocked")
    assert await said_to(stage, shapes.message(stage.connector.url, "hej")) == []
    await stage._travel(stage.clock.now() + timedelta(hours=2))
    assert stage.connector.asked == 1
    assert not stage.parts.store.read_now(lambda db: whereabouts.conversations(db, person))[0].reachable


async def test_the_address_follows_where_teams_moves_to(stage):
    person = await settled(stage)
    await said_to(stage, shapes.message(stage.connector.url, "hej"))
    before = stage.parts.store.read_now(lambda db: whereabouts.conversations(db, person))[0].address
    moved = shapes.message(stage.connector.url, "hej", conversation={"conversationType": "personal", "tenantId": TENANT, "id": "a:moved"})
    (there,) = await said_to(stage, moved)
    after = stage.parts.store.read_now(lambda db: whereabouts.conversations(db, person))[0].address
    assert (before["conversation"], after["conversation"], there["to"]) == ("a:ana", "a:moved", "a:moved")


async def test_whoever_travels_is_followed_and_the_rhythm_keeps_its_day_and_hour(stage):
    person = await settled(stage)
    url, now = stage.connector.url, stage.clock.now()
    await said_to(stage, shapes.message(url, "hjælp"))
    rhythm = {"weekday": 2, "time": "08:30", "every": 1, "timezone": person.timezone, "now": now}
    stage.parts.store.run_now(lambda db: schedules.set_rhythm(db, organisation=person.organisation, person=person.id, **rhythm))

    async def after(zone):
        await said_to(stage, shapes.message(url, "hjælp", localTimezone=zone))
        moved = stage.parts.store.read_now(lambda db: people.person(db, person.organisation, person.id))
        return moved.timezone, stage.parts.store.read_now(lambda db: schedules.rhythm_of(db, moved)).next_run_at

    there = datetime(2026, 3, 4, 8, 30)
    assert await after("") == await after("Nowhere/At_all") == await after("../../etc/passwd") == (TZ, instant(there.date(), there.time(), TZ))
    assert await after("America/Nuuk") == ("America/Nuuk", instant(there.date(), there.time(), "America/Nuuk"))
    stage.parts.store.run_now(lambda db: people.set_person(db, person, {"timezone": "Europe/London"}, now))  # as a list says
    assert (await after("America/Nuuk"))[0] == "Europe/London"
    assert (await after(TZ))[0] == TZ


# ---- messages --------------------------------------------------------------------------------------------


async def test_a_mention_is_no_part_of_the_line(stage):
    await settled(stage)
    mention = {"type": "mention", "text": "<at>Pejling</at>", "mentioned": {"id": BOT, "name": "Pejling"}}
    (help,) = await said_to(stage, shapes.message(stage.connector.url, "<at>Pejling</at>&nbsp;hjælp\n", entities=[mention]))
    assert help["title"] == "Det kan du skrive til mig"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<p>hej <b>du</b></p>", "&lt;i&gt;", "[x](javascript:alert(1))", "\x00\x07", "a" * 11_000])
async def test_anything_written_gets_a_way_forward(stage, text):
    await settled(stage)
    (card,) = await said_to(stage, shapes.message(stage.connector.url, text))
    assert card["buttons"]
    assert text not in json.dumps(card)


async def test_a_picture_alone_gets_help(stage):
    await settled(stage)
    attached = [{"contentType": "image/png", "contentUrl": "https://stranger.example/x.png"}]
    (help,) = await said_to(stage, shapes.message(stage.connector.url, "", attachments=attached))
    assert help["title"] == "Det kan du skrive til mig"


async def test_a_line_for_a_route_card_is_answered_at_once_and_kept_nowhere(stage):
    await settled(stage)
    before = count(stage, InboxItem), count(stage, OutboxItem)
    (card,) = await said_to(stage, shapes.message(stage.connector.url, "jeg vil ikke leve mere"))
    assert any(one["type"] == "Action.OpenUrl" and one["url"] == "tel:112" for one in card["actions"])
    assert (count(stage, InboxItem), count(stage, OutboxItem)) == before
    neutral = await (await stage.post(shapes.press(stage.connector.url, card["actions"][-1], card["id"]))).json()
    assert neutral["type"] == "application/vnd.microsoft.card.adaptive" and "actions" not in neutral["value"]
    edit = stage.connector.taken.pop()
    assert edit.edits == card["id"] and edit.card == neutral["value"] | {"body": edit.card["body"]}


async def test_a_route_card_that_cannot_be_sent_is_asked_for_again(stage):
    await settled(stage)
    stage.connector.fail(502)
    line = shapes.message(stage.connector.url, "jeg vil ikke leve mere")
    assert await said_to(stage, line, status=503) == []
    assert len(await said_to(stage, line)) == 1


# ---- presses and pages -----------------------------------------------------------------------------------


async def prompt(stage: TeamsStage) -> dict[str, Any]:
    """A card with a button to begin."""
    (card,) = await said_to(stage, shapes.message(stage.connector.url, "start"))
    return card


async def opened(stage: TeamsStage, flow: str = "F10", who: str = "ana") -> dict[str, Any]:
    begin = {"title": "", "data": {"msteams": {"type": "task/fetch"}, "pejling": {"action": "begin", "value": flow, "key": "k"}}}
    answer = await stage.post(shapes.fetch(stage.connector.url, begin, who=who))
    return (await answer.json())["task"]["value"]["card"]["content"]


async def test_what_was_typed_is_kept_page_by_page_and_never_said_in_the_chat(stage):
    await settled(stage)
    page = await opened(stage)
    inputs = {one["id"]: "Vi venter lidt med mødet" for c in page["body"] for one in c.get("items", []) if one["type"] == "Input.Text"}
    answer = await stage.post(shapes.submit(stage.connector.url, buttons_of(page)[0], inputs))
    assert (await answer.json())["task"]["type"] == "continue"
    await stage.parts.delivery.drain()
    assert "venter" not in json.dumps([one.activity for one in stage.connector.taken], ensure_ascii=False)
    again = await opened(stage)
    back = next(one for one in buttons_of(again) if one["title"] == "Tilbage")
    shown = (await (await stage.post(shapes.submit(stage.connector.url, back, {}))).json())["task"]["value"]["card"]["content"]
    assert "venter lidt" in json.dumps(shown, ensure_ascii=False)


async def test_the_same_page_sent_twice_at_once_is_kept_once(stage):
    await settled(stage)
    page = await opened(stage)
    sent = [shapes.submit(stage.connector.url, buttons_of(page)[0], {}) for _ in range(4)]
    answers = await asyncio.gather(*(stage.post(one) for one in sent))
    shown = [(await one.json())["task"]["value"]["card"]["content"] for one in answers]
    assert {len(one["body"]) for one in shown} == {len(shown[0]["body"])}
    assert count(stage, DialogRun) == 1


async def test_two_presses_of_one_button_begin_one_reflection(stage):
    await settled(stage)
    await asyncio.gather(*(opened(stage) for _ in range(4)))
    assert count(stage, DialogRun) == 1


async def test_a_page_of_somebody_elses_run_shows_nothing_of_it(stage):
    await settled(stage)
    await settled(stage, "bent")
    page = await opened(stage)
    run = buttons_of(page)[0]["data"]["pejling"]["run"]
    theirs = {"title": "", "data": {"pejling": {"action": "continue", "value": run, "subject": f"run:{run}", "key": "x"}}}
    fetched = await (await stage.post(shapes.fetch(stage.connector.url, theirs, who="bent"))).json()
    submitted = await (await stage.post(shapes.submit(stage.connector.url, buttons_of(page)[0], {"s1": "x"}, who="bent"))).json()
    for answer in (fetched, submitted):
        assert not any("items" in one for one in answer["task"]["value"]["card"]["content"]["body"])
    assert count(stage, DialogRun) == 1 and count(stage, Entry) == 0


async def test_a_verb_nobody_knows_gets_a_kind_card(stage):
    await settled(stage)
    unknown = {"title": "x", "verb": "nope", "data": {"pejling": {"action": "nope", "value": "", "subject": "", "key": "k"}}}
    (card,) = await said_to(stage, shapes.press(stage.connector.url, unknown))
    assert card["buttons"]


@pytest.mark.parametrize("data", [None, 7, "x", [], {}, {"pejling": 7}, {"pejling": {"action": 7, "value": [], "subject": None}}, {"pejling": {"button": {}, "run": 7, "page": [], "fields": 7, "held": 7}}, {"pejling": {"go": "https://stranger.example"}}])
@pytest.mark.parametrize("name", ["task/fetch", "task/submit", "adaptiveCard/action"])
async def test_data_of_the_wrong_kind_is_answered_kindly(stage, name, data):
    await settled(stage)
    value = {"action": {"type": "Action.Execute", "verb": "x", "data": data}} if name == "adaptiveCard/action" else {"data": data}
    answer = await stage.post(shapes.activity("invoke", stage.connector.url, name=name, value=value))
    await stage.parts.delivery.drain()
    assert answer.status == 200
    assert "stranger" not in json.dumps(await answer.json())


async def test_our_own_pages_open_by_a_link_that_stands_in_no_chat(stage):
    await settled(stage)
    (card,) = await said_to(stage, shapes.message(stage.connector.url, "logbog"))
    answer = await (await stage.post(shapes.fetch(stage.connector.url, card["actions"][0]))).json()
    link = answer["task"]["value"]["card"]["content"]["actions"][0]
    assert link["type"] == "Action.OpenUrl" and link["url"].startswith(f"{ADDRESS}/in/")
    assert not stage.connector.taken


async def test_a_client_without_dialogs_gets_a_link_to_the_same_page(stage):
    """Such a client sends the press as a message with a value (task-modules-bots; Microsoft's own emulator does)."""
    await settled(stage)
    card = await prompt(stage)
    begin = {"msteams": {"type": "task/fetch"}, "pejling": {"action": "begin", "value": "F10", "key": "k"}}
    (link,) = await said_to(stage, shapes.activity("message", stage.connector.url, value=begin, replyToId=card["id"]))
    assert link["actions"][0]["url"].startswith(f"{ADDRESS}/in/")
    (page,) = await said_to(stage, shapes.activity("message", stage.connector.url, value={"pejling": {"go": "logbook", "key": "k"}}))
    assert page["actions"][0]["url"].startswith(f"{ADDRESS}/in/")


@pytest.mark.parametrize(("action", "leads_to"), [("arrive", "/open/arrival"), ("pick", "/open/start"), ("settings", "/open/settings"), ("erase", "/open/erase")])
async def test_the_link_leads_to_the_page_itself(stage, action, leads_to):
    await settled(stage)
    await said_to(stage, shapes.activity("message", stage.connector.url, value={"pejling": {"action": action, "value": "", "key": "k"}}))
    assert stage.parts.store.read_now(lambda db: db.scalars(select(LoginLink.goes_to)).all()) == [leads_to]


async def test_a_client_without_universal_actions_is_answered_too(stage):
    await settled(stage)
    card = await prompt(stage)
    assert card
    fallback = {"pejling": {"action": "help", "value": "", "subject": "", "key": "k"}}
    (help,) = await said_to(stage, shapes.activity("message", stage.connector.url, value=fallback))
    assert help["title"] == "Det kan du skrive til mig"


async def test_the_typing_indicator_comes_when_it_takes_long(tmp_path, stage):
    await settled(stage)
    slow, release = stage.parts.turns.handle, asyncio.Event()

    async def handle(event: Any) -> Any:
        await release.wait()
        return await slow(event)

    stage.parts.turns.handle = handle
    stage.teams.join(stage.parts.store, stage.parts.turns, stage.library, stage.clock, ORGANISATION, types_after=0.01)
    await stage.client.close()
    await stage.open()
    asking = asyncio.create_task(stage.post(shapes.message(stage.connector.url, "hej")))
    async with asyncio.timeout(5):
        while not stage.connector.typing:
            await asyncio.sleep(0)
    release.set()
    assert (await asking).status == 200
    assert stage.connector.typing == ["a:ana"]


# ---- what comes twice, late or broken --------------------------------------------------------------------


async def test_the_same_activity_twice_is_one(stage):
    await settled(stage)
    line = shapes.message(stage.connector.url, "hej")
    assert len(await said_to(stage, line)) == 1
    assert await said_to(stage, line) == []


async def test_one_press_that_comes_under_two_ids_is_one(stage):
    await settled(stage)
    card = await prompt(stage)
    press = {"title": "x", "verb": "help", "data": {"pejling": {"action": "help", "value": "", "subject": "", "key": card["id"]}}}
    first, second = shapes.press(stage.connector.url, press), shapes.press(stage.connector.url, press)
    assert first["id"] != second["id"]
    assert [len(await said_to(stage, one)) for one in (first, second)] == [1, 0]


@pytest.mark.parametrize("kind", ["messageReaction", "messageDelete", "messageUpdate", "typing", "event", "endOfConversation", "somethingNew", "conversationUpdate"])
async def test_what_needs_no_answer_gets_none(stage, kind):
    assert await said_to(stage, shapes.activity(kind, stage.connector.url, reactionsAdded=[{"type": "like"}])) == []


async def test_an_invoke_nobody_knows_is_not_implemented(stage):
    assert await said_to(stage, shapes.activity("invoke", stage.connector.url, name="composeExtension/query", value={}), status=501) == []


WITHOUT = ["from", "conversation", "channelData"]


@pytest.mark.parametrize("without", WITHOUT)
async def test_an_activity_that_does_not_say_who_is_400(stage, without):
    activity = shapes.message(stage.connector.url, "hej")
    activity.pop(without)
    if without == "channelData":
        activity["conversation"].pop("tenantId")
    assert await said_to(stage, activity, status=400) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"type": 7}', b'{"type": null}', b"{}"])
async def test_a_body_that_is_no_activity(stage, body):
    token = stage.identity.token(stage.connector.url)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = await stage.client.post("/api/messages", data=body, headers=headers)
    assert answer.status in (400, 401)


async def test_a_body_of_ten_megabytes_is_refused(stage):
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    answer = await stage.client.post("/api/messages", data=b"x" * 10_000_000, headers=headers)
    assert answer.status == 413


async def test_a_form_from_a_browser_is_refused(stage):
    answer = await stage.client.post("/api/messages", data={"type": "message"}, headers={"Authorization": "Bearer x"})
    assert answer.status == 415


@pytest.mark.parametrize("service", ["https://stranger.example/", "http://127.0.0.1:9/", "https://smba.trafficmanager.net.stranger.example/"])
async def test_a_service_that_is_not_microsofts_is_403_and_never_asked(stage, service):
    activity = shapes.message(service, "hej")
    answer = await stage.post(activity, stage.identity.token(service))
    await stage.parts.delivery.drain()
    assert answer.status == 403
    assert count(stage, CONVERSATION) == 0 and count(stage, OutboxItem) == 0


# ---- tenants ---------------------------------------------------------------------------------------------


async def test_people_of_two_tenants_never_meet(stage):
    given = TeamsSettings(app_id=APP_ID, password="x", kind="MultiTenant", address=ADDRESS)
    many = Teams(given, is_allowed=lambda service: service == stage.connector.url, metadata=stage.identity.metadata, token=the_token)
    many.join(stage.parts.store, stage.parts.turns, stage.library, stage.clock, ORGANISATION)
    app = web.Application()
    app.add_routes(many.routes())
    client = TestClient(TestServer(app))
    await client.start_server()
    headers = {"Authorization": f"Bearer {stage.identity.token(stage.connector.url)}"}
    try:
        for tenant in (TENANT, OTHER_TENANT):
            answer = await client.post("/api/messages", json=shapes.installed(stage.connector.url, tenant=tenant), headers=headers)
            assert answer.status == 200
    finally:
        await client.close()
        await many.close()
    organisations = stage.parts.store.read_now(departments.organisations)
    everybody = [[one.name for one in stage.parts.store.read_now(lambda db, o=o: people.people(db, o))] for o, _ in organisations]
    assert everybody == [["Ana"], ["Ana"]]


# ---- the anonymous local mode ----------------------------------------------------------------------------


@pytest.fixture
async def local(stage):
    """Pejling for Microsoft's emulator: no tokens either way."""
    stage.connector.token = ""
    teams = Teams(TeamsSettings(is_local=True, address="http://127.0.0.1:8765"))
    teams.join(stage.parts.store, stage.parts.turns, stage.library, stage.clock, ORGANISATION)
    app = web.Application()
    app.add_routes(teams.routes())
    client = TestClient(TestServer(app))
    await client.start_server()
    yield client
    await client.close()
    await teams.close()


async def test_the_emulator_needs_no_token(local, stage):
    answer = await local.post("/api/messages", json=shapes.message(stage.connector.url, "hej", channelId="emulator"))
    assert answer.status == 200


async def test_the_local_mode_answers_only_this_machine(local, stage):
    line = shapes.message(stage.connector.url, "hej")
    assert (await local.post("/api/messages", json=line, headers={"Host": "stranger.example"})).status == 403
    assert (await local.post("/api/messages", json=shapes.message("https://smba.trafficmanager.net/emea/", "hej"))).status == 403
    assert (await local.post("/api/messages", json=shapes.message(stage.connector.url, "hej", channelId="webchat"))).status == 403


# ---- the personal tab ------------------------------------------------------------------------------------


async def asked_for_log(stage: TeamsStage, token: str) -> Any:
    return await stage.client.post("/teams/tab/log", headers={"Authorization": f"Bearer {token}"})


async def test_the_tab_shows_ones_own_log_to_a_token_of_ones_own(stage):
    await settled(stage)
    await stage.post(shapes.message(stage.connector.url, "hej"))
    answer = await asked_for_log(stage, stage.identity.tab_token(TENANT, "oid-ana"))
    assert answer.status == 200 and (await answer.json())["entries"] == []
    unknown = await (await asked_for_log(stage, stage.identity.tab_token(TENANT, "oid-nobody"))).json()
    assert unknown["entries"] == [] and "kender dig ikke" in unknown["said"]


BAD_TAB_TOKENS = {
    "another audience": {"aud": "22222222-2222-4333-8444-555555555555"},
    "another issuer": {"iss": "https://stranger.example"},
    "another tenant": {"tid": OTHER_TENANT},
    "no tenant": {"tid": "../../x"},
    "expired": {"exp": 1_000_000_000},
    "no scope": {"scp": "User.Read"},
    "a key of nobody's": {"key": "unnamed"},
    "nobody": {"oid": ""},
}


@pytest.mark.parametrize("how", BAD_TAB_TOKENS)
async def test_a_bad_token_opens_no_tab(stage, how):
    await settled(stage)
    await stage.post(shapes.message(stage.connector.url, "hej"))
    stage.identity.keys["unnamed"] = stage.identity.keys.get("unnamed") or new_key()  # signs, and stands in no list
    assert (await asked_for_log(stage, stage.identity.tab_token(TENANT, "oid-ana", **BAD_TAB_TOKENS[how]))).status == 401
    assert (await asked_for_log(stage, "garbage")).status == 401


async def test_only_the_tab_may_be_framed_by_teams(stage):
    answer = await stage.client.get("/teams/tab?locale=en-us")
    assert "frame-ancestors https://teams.microsoft.com" in answer.headers["Content-Security-Policy"]
    assert "Your log" in await answer.text()


@pytest.mark.parametrize(("asked", "theme"), [("default", "light"), ("dark", "dark"), ("contrast", "contrast"), ("glass", ""), ('"><script>', ""), ("", "")])
async def test_the_tab_looks_like_teams_from_the_first(stage, asked, theme):
    """Also where it signs nobody in, so that no script asks Teams."""
    page = await (await stage.client.get("/teams/tab", params={"theme": asked})).text()
    assert f'data-theme="{theme}"' in page


async def test_the_tab_gives_out_nothing_else(stage):
    assert (await stage.client.get("/teams/tab/../secrets")).status == 404


# ---- recognised ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "is_recognised"),
    [
        ({"userPrincipalName": "Ana@by.dk", "userRole": "user", "tenantId": TENANT}, True),
        ({"userPrincipalName": "a1@by.dk", "email": "ana@by.dk"}, True),
        ({"userPrincipalName": "a1@andre.dk", "email": "ana@by.dk"}, False),
        ({"email": "ana@by.dk"}, False),
        ({"userPrincipalName": "ana_by.dk#EXT#@andre.dk", "email": "ana@by.dk"}, False),
        ({"userPrincipalName": "ana@by.dk", "userRole": "guest"}, False),
        ({"userPrincipalName": "ana@by.dk", "tenantId": OTHER_TENANT}, False),
        ({}, False),
        (None, False),
    ],
)
async def test_who_was_imported_is_recognised_by_what_their_tenant_vouches_for(stage, member, is_recognised):
    now = stage.clock.now()

    def imported(db):
        one = people.make_person(db, ORGANISATION, now, name="Ana fra listen")
        emails.keep(db, ORGANISATION, one.id, ["ana@by.dk"], now)
        return one

    one = await stage.parts.store.run(imported)
    stage.connector.members = {"29:ana": member} if member is not None else {}
    await said_to(stage, shapes.installed(stage.connector.url))
    met = await stage.parts.store.read(lambda db: people.find(db, ORGANISATION, "teams", "oid-ana"))
    assert (met.id == one.id) == is_recognised
