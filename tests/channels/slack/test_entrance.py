"""The entrance: who is let in, what comes twice, and what is no request of Slack's at all."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.services import emails, installations, people
from bot.services.person_row import PERSON
from bot.store.tables import Conversation, DialogRun, Entry, InboxItem, Installation, OutboxItem
from tests.channels.slack.client import button, event_body, message, signed
from tests.channels.slack.stage import ORGANISATION, SlackStage
from tests.channels.slack.standin import SECRET, TEAM, Call, Failure

PLANTED = "hemmeligt-skilt-1972"


async def counted(stage: SlackStage) -> dict[str, int]:
    tables = (PERSON, InboxItem.__table__, OutboxItem.__table__, DialogRun.__table__, Entry.__table__, Installation.__table__)
    return await stage.parts.store.read(lambda db: {t.name: db.scalar(select(func.count()).select_from(t)) for t in tables})


async def cast(stage: SlackStage, name: str = "ana", language: str = "da", **more: Any):
    from bot.rehearsal.script import Cast

    await stage.cast(Cast(0, "", name, language, **more))
    await stage.running.workspaces.own()
    return stage.person(name)


async def settled(stage: SlackStage) -> None:
    assert stage.running.talking
    await stage.running.talking.settle()
    await stage.parts.delivery.drain()
    assert stage.slack.broken == []


def texts_to(person: Any) -> list[str]:
    return [one["text"] for one in person.messages()]


# ---- signatures ------------------------------------------------------------------------------------------


async def test_a_wrong_signature_is_refused_and_nothing_is_kept(slack_stage):
    person = await cast(slack_stage)
    before = await counted(slack_stage)
    body = json.dumps(event_body(message(person.user, person.direct, "hej"))).encode()
    for headers in (
        signed(body, int(slack_stage.entrance.now()), secret="another"),
        signed(body + b" ", int(slack_stage.entrance.now())),
        {},
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=0"},
    ):
        given = {"Content-Type": "application/json", **headers}
        async with slack_stage.entrance.session.post(f"{slack_stage.entrance.url}/slack/events", data=body, headers=given) as answer:
            assert answer.status == 401
            assert "Traceback" not in await answer.text()
    assert await counted(slack_stage) == before


@pytest.mark.parametrize("off", [-301, 301])
async def test_a_request_more_than_five_minutes_old_is_refused(slack_stage, off):
    person = await cast(slack_stage)
    now = slack_stage.entrance.now
    slack_stage.entrance.now = lambda: now() + off
    assert (await person.writes("hej")).status == 401


async def test_the_address_is_verified_as_slack_does_it(slack_stage):
    body = json.dumps({"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "type": "url_verification"})
    answer = await slack_stage.entrance.post(body.encode(), "application/json")
    assert answer.status == 200 and "3eZbrw1aBm" in answer.text


# ---- twice -----------------------------------------------------------------------------------------------


async def test_an_event_that_is_delivered_again_is_answered_once(slack_stage):
    person = await cast(slack_stage)
    event = message(person.user, person.direct, "tak")
    for retry in range(4):
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        assert (await slack_stage.entrance.event(event, id="Ev0TWICE", **headers)).status == 200
    await settled(slack_stage)
    assert texts_to(person) == ["Selv tak."]


async def test_an_event_whose_first_delivery_failed_is_handled_when_it_comes_again(slack_stage, monkeypatch):
    person = await cast(slack_stage)
    event = message(person.user, person.direct, "tak")
    store = slack_stage.parts.store
    run = store.run

    async def fails(work: Any, **more: Any) -> Any:
        raise OSError(PLANTED)

    monkeypatch.setattr(store, "run", fails)
    answer = await slack_stage.entrance.event(event, id="Ev0LATER")
    assert (answer.status, answer.text) == (500, "")
    monkeypatch.setattr(store, "run", run)
    assert (await slack_stage.entrance.event(event, id="Ev0LATER", **{"X-Slack-Retry-Num": "1"})).status == 200
    await settled(slack_stage)
    assert texts_to(person) == ["Selv tak."]


async def test_a_double_click_is_one_press(slack_stage):
    person = await cast(slack_stage)
    await person.writes("pause")
    await settled(slack_stage)
    shown = person.messages()[-1]
    pressed = button(shown["blocks"], "En uge")
    for _ in range(3):
        assert (await slack_stage.entrance.interaction(person.press_on_message(shown, *pressed))).status == 200
    await settled(slack_stage)
    assert len(person.messages()) == 2


# ---- who may speak ---------------------------------------------------------------------------------------


async def test_a_workspace_that_is_not_known_gets_nothing(slack_stage):
    person = await cast(slack_stage)
    before = await counted(slack_stage)
    answer = await slack_stage.entrance.event(message(person.user, person.direct, "hej"), team="T0STRANGER")
    assert answer.status == 200
    command = {"team_id": "T0STRANGER", "user_id": person.user, "command": "/pejling", "text": "hjælp", "trigger_id": "1.2.3"}
    answer = await slack_stage.entrance.form(command)
    assert answer.status == 200 and "ikke sat op" in answer.text and "not set up" in answer.text
    payload = {**person.payload("block_actions"), "team": {"id": "T0STRANGER"}, "user": {"id": person.user, "team_id": "T0STRANGER"}}
    payload["actions"] = [{"type": "button", "action_id": "press:0", "block_id": "x", "value": '{"a":"help","v":"","s":""}', "action_ts": "1"}]
    assert (await slack_stage.entrance.interaction(payload)).status == 200
    await settled(slack_stage)
    assert await counted(slack_stage) == before and person.messages() == []


async def test_people_of_another_workspace_in_a_shared_channel_are_not_met(slack_stage):
    person = await cast(slack_stage)
    before = await counted(slack_stage)
    event = {**message("U0STRANGER", "D0STRANGER", "hej"), "user_team": "T0STRANGER", "source_team": "T0STRANGER"}
    assert (await slack_stage.entrance.event(event)).status == 200
    payload = {**person.payload("block_actions"), "user": {"id": "U0STRANGER", "team_id": "T0STRANGER"}}
    payload["actions"] = [{"type": "button", "action_id": "press:0", "block_id": "x", "value": '{"a":"help","v":"","s":""}', "action_ts": "1"}]
    assert (await slack_stage.entrance.interaction(payload)).status == 200
    await settled(slack_stage)
    assert await counted(slack_stage) == before


async def test_bots_and_our_own_messages_are_not_answered(slack_stage):
    person = await cast(slack_stage)
    slack_stage.slack.add_user("U0ROBOT0000", "Robot", is_bot=True)
    for more in ({"bot_id": "B0OTHER"}, {"subtype": "message_changed"}, {"subtype": "message_deleted"}, {"user": "U0ROBOT0000"}, {"channel_type": "channel"}):
        assert (await slack_stage.entrance.event({**message(person.user, person.direct, "hej"), **more})).status == 200
    await settled(slack_stage)
    assert person.messages() == []


async def test_somebody_new_is_welcomed_once_in_the_language_of_their_profile(slack_stage):
    slack_stage.slack.add_user("U0NEW000000", "Nina Ny", locale="en-US", tz="Europe/London")
    slack_stage.languages["nina"] = "en"
    slack_stage.by_user["U0NEW000000"] = "nina"
    from tests.channels.slack.client import Person

    nina = slack_stage.users["nina"] = Person("U0NEW000000", slack_stage.slack, slack_stage.entrance)
    for tab in ("home", "messages", "home"):
        assert (await nina.opens_home(tab)).status == 200
    await settled(slack_stage)
    assert texts_to(nina) == ["Welcome to Pejling"]
    assert "Read and begin" in json.dumps(slack_stage.slack.homes[nina.user])
    person = await slack_stage.parts.store.read(lambda db: people.find(db, ORGANISATION, "slack", nina.user))
    assert (person.name, person.language, person.timezone, person.state) == ("Nina Ny", "en", "Europe/London", "new")
    asked = [call for call in slack_stage.slack.calls if call.method == "users.info"]
    assert len(asked) == 1  # Slack is asked about somebody once


async def test_somebody_is_met_also_while_slack_cannot_say_who_they_are(slack_stage):
    slack_stage.slack.fail("users.info", Failure("internal_error", 500))
    person = slack_stage.person("ana")
    await person.writes("hej")
    await settled(slack_stage)
    assert texts_to(person) == ["Velkommen til Pejling"]


# ---- what is no request of Slack's -----------------------------------------------------------------------

ACTION = {"type": "button", "action_id": "press:0", "block_id": "x", "action_ts": "1.1"}


@pytest.mark.parametrize(
    "change",
    [
        {"actions": []},
        {"actions": None},
        {"actions": ["press"]},
        {"actions": [{**ACTION}]},
        {"actions": [{**ACTION, "value": "not json"}]},
        {"actions": [{**ACTION, "value": "[1,2]"}]},
        {"actions": [{**ACTION, "value": '{"a":"fly_to_the_moon","v":"","s":""}'}]},
        {"actions": [{**ACTION, "value": '{"a":7,"v":{},"s":[]}'}]},
        {"actions": [{**ACTION, "value": '{"a":"begin","v":"F99","s":"occurrence:nothing"}'}]},
        {"actions": [{**ACTION, "value": '{"a":"edit","v":"somebody-elses","s":""}'}]},
        {"actions": [{**ACTION, "value": '{"go":{"at":"nowhere"}}'}]},
        {"actions": [{**ACTION, "value": '{"go":{"at":"entry","i":["x"]}}'}]},
        {"actions": [{**ACTION, "value": '{"do":"format_disk"}'}]},
        {"actions": [{**ACTION, "value": '{"do":"share","i":"x","to":"everybody"}'}]},
        {"actions": [{**ACTION, "value": '{"b":"next"}'}]},
        {"user": None},
        {"user": {}},
        {"team": None},
        {"view": "no view"},
        {"trigger_id": None, "container": None, "channel": None, "message": None},
        {"extra": {"deep": [[[]]] * 50}},
    ],
)
async def test_a_press_of_any_shape_is_answered_and_breaks_nothing(slack_stage, change):
    person = await cast(slack_stage)
    payload = {**person.payload("block_actions"), "actions": [{**ACTION, "value": '{"a":"help","v":"","s":""}'}], **change}
    answer = await slack_stage.entrance.interaction(payload)
    assert answer.status in (200, 400, 404), answer
    assert "Traceback" not in answer.text
    await settled(slack_stage)
    assert slack_stage.slack.broken == []


@pytest.mark.parametrize(
    "view",
    [
        {"callback_id": ""},
        {"callback_id": "form"},
        {"callback_id": "form", "private_metadata": "not json", "state": {"values": {}}},
        {"callback_id": "form", "private_metadata": "[]", "state": None},
        {"callback_id": "form", "private_metadata": '{"r":"gone","p":"s1","b":"next"}', "state": {"values": {"f:s1:00000000": {"text": None}}}},
        {"callback_id": "form", "private_metadata": '{"r":7,"p":{},"h":"x","b":[]}', "state": {"values": []}},
        {"callback_id": "of_an_old_release", "private_metadata": "1:2:3", "state": {"values": {"q1": {"a": {"type": "x"}}}}},
        {"callback_id": "form", "private_metadata": '{"r":"","p":"arrival","b":"accept"}', "state": {"values": {"f:level:00000000": {"one": {"type": "radio_buttons", "selected_option": {"value": "emperor"}}}}}},
    ],
)  # fmt: skip
async def test_a_page_of_any_shape_gets_a_kind_answer(slack_stage, view):
    person = await cast(slack_stage)
    answer = await slack_stage.entrance.interaction({**person.payload("view_submission"), "view": {"id": "V1", "hash": "h", "type": "modal", "blocks": [], **view}})
    assert answer.status == 200 and "Traceback" not in answer.text
    given = answer.json
    assert given["response_action"] in ("update", "clear", "errors")
    if given["response_action"] == "update":
        from tests.channels.slack.rules import broken_view

        assert broken_view(given["view"]) == []


async def test_a_page_of_an_old_release_says_so(slack_stage):
    person = await cast(slack_stage)
    view = {"id": "V1", "hash": "h", "type": "modal", "callback_id": "reflection_v1", "private_metadata": "", "state": {"values": {}}, "blocks": []}
    answer = await slack_stage.entrance.interaction({**person.payload("view_submission"), "view": view})
    assert "passer ikke mere" in answer.json["view"]["blocks"][0]["text"]["text"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"payload=%7B", b"payload=[]", b"payload=null", b"\xff\xfe", b"a=b", b'{"type":"event_callback"}', b'{"event":7}'])
async def test_what_is_no_payload_at_all_is_a_bad_request(slack_stage, body):
    kind = "application/json" if body[:1] in (b"{", b"[", b"n", b'"') else "application/x-www-form-urlencoded"
    answer = await slack_stage.entrance.post(body, kind)
    assert answer.status in (200, 400, 401, 404) and "Traceback" not in answer.text


async def test_more_than_a_megabyte_is_too_much(slack_stage):
    answer = await slack_stage.entrance.post(b"a" * 1_000_001, "application/json")
    assert answer.status == 413


async def test_a_command_with_eight_thousand_signs_is_answered_like_any_line(slack_stage):
    person = await cast(slack_stage)
    answer = await person.commands("Det var en lang dag. " * 400)
    assert answer.status == 200 and "vores samtale" in answer.text
    await settled(slack_stage)
    assert len(person.messages()) == 1 and "gemmer ikke noget" in person.messages()[0]["text"]


async def test_four_byte_signs_go_all_the_way(slack_stage):
    person = await cast(slack_stage)
    await slack_stage._send(person, slack_stage._beginning(person, "F11"))
    block = next(one for one in person.modal.inputs if one["element"]["type"] == "plain_text_input")
    person.modal.fill(block, "Vi fejrede det 🎉🧭👩‍👩‍👧")
    await slack_stage._send(person, person.submission())
    run = await slack_stage.parts.store.read(lambda db: db.execute(select(DialogRun.sealed, DialogRun.person)).first())
    from bot.store.secrets import unsealed

    state = await slack_stage.parts.store.read(lambda db: unsealed(db, run.sealed, run.person))
    assert "🎉🧭👩‍👩‍👧" in json.dumps(state, ensure_ascii=False)


# ---- commands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "language", "answer"),
    [
        ("", "da", ("help_title", "da")),
        ("help", "da", ("help_title", "da")),
        ("hjælp", "en", ("help_title", "en")),
        ("start", "da", ("start_card", "da")),
        ("log", "da", ("log", "da")),
        ("logbog", "en", ("log", "en")),
        ("actions", "da", ("actions", "da")),
        ("pause 2 uger", "da", ("paused", "da")),
        ("language English", "da", ("language_set", "en")),
        ("sprog dansk", "en", ("language_set", "da")),
        ("link", "da", ("link", "da")),
    ],
)
async def test_the_command_understands_both_languages(slack_stage, said, language, answer):
    person = await cast(slack_stage, language=language)
    told = await person.commands(said, channel=person.direct, name="directmessage")
    assert (told.status, told.text) == (200, "")
    await settled(slack_stage)
    [shown] = person.messages()
    key, speaks = answer
    beginning = getattr(slack_stage.library.texts[f"desk.{key}"], speaks).partition("{")[0].partition('"')[0]
    assert beginning in json.dumps(shown, ensure_ascii=False)


# ---- people who change, leave, or take the app away ------------------------------------------------------


async def changed(stage: SlackStage, person: Any, **user: Any) -> None:
    event = {"type": "user_change", "user": {**stage.slack.users[person.user], **user}, "event_ts": "1"}
    assert (await stage.entrance.event(event)).status == 200


async def person_row(stage: SlackStage, person: Any):
    return await stage.parts.store.read(lambda db: people.find(db, ORGANISATION, "slack", person.user))


async def test_a_new_name_and_time_zone_are_followed_and_the_rhythm_keeps_its_hour(slack_stage):
    from bot.services import schedules

    person = await cast(slack_stage)
    row = await person_row(slack_stage, person)
    now = slack_stage.clock.now()
    rhythm = {"weekday": 2, "time": "08:30", "every": 1, "timezone": row.timezone, "now": now}
    await slack_stage.parts.store.run(lambda db: schedules.set_rhythm(db, organisation=ORGANISATION, person=row.id, **rhythm))
    await changed(slack_stage, person, tz="America/New_York", profile={"real_name": "Ana Ny"})
    after = await person_row(slack_stage, person)
    kept = await slack_stage.parts.store.read(lambda db: schedules.rhythm_of(db, after))
    assert (after.name, after.timezone, kept.time) == ("Ana Ny", "America/New_York", "08:30")
    assert kept.next_run_at.hour == 13  # 08.30 in New York, in winter
    await changed(slack_stage, person, tz="Nowhere/At_all", locale="xx")
    assert (await person_row(slack_stage, person)).timezone == "America/New_York"


async def test_what_slack_says_again_moves_nobody(slack_stage):
    person = await cast(slack_stage)
    await changed(slack_stage, person, tz="Europe/London")
    row = await person_row(slack_stage, person)
    elsewhere = {"timezone": "America/Nuuk"}  # as another channel said
    await slack_stage.parts.store.run(lambda db: people.set_person(db, row, elsewhere, slack_stage.clock.now()))
    await changed(slack_stage, person, tz="Europe/London", profile={"real_name": "Ana Ny"})
    await person.writes("hjælp")
    assert (await person_row(slack_stage, person)).timezone == "America/Nuuk"


async def test_the_language_of_the_profile_is_followed_until_somebody_has_chosen(slack_stage):
    person = await cast(slack_stage, is_new=True)
    await person.writes("hej")
    await changed(slack_stage, person, locale="en-GB")
    assert (await person_row(slack_stage, person)).language == "en"
    await person.commands("sprog dansk")
    await changed(slack_stage, person, locale="fr-FR")
    assert (await person_row(slack_stage, person)).language == "da"


async def test_changes_of_people_we_do_not_know_are_not_our_business(slack_stage):
    before = await counted(slack_stage)
    event = {"type": "user_change", "user": {"id": "U0UNKNOWN", "deleted": True, "profile": {}}, "event_ts": "1"}
    assert (await slack_stage.entrance.event(event)).status == 200
    assert (await counted(slack_stage))["person"] == before["person"]


async def reachable(stage: SlackStage) -> list[bool]:
    return await stage.parts.store.read(lambda db: list(db.scalars(select(Conversation.reachable).where(Conversation.person.is_not(None)))))


async def test_somebody_deactivated_is_not_written_to_and_being_heard_again_mends_it(slack_stage):
    person = await cast(slack_stage)
    await changed(slack_stage, person, deleted=True)
    assert await reachable(slack_stage) == [False]
    await person.writes("tak")
    await settled(slack_stage)
    assert await reachable(slack_stage) == [True] and texts_to(person) == ["Selv tak."]


@pytest.mark.parametrize("event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BOT00000"]}}])
async def test_an_uninstalled_workspace_is_not_written_to(slack_stage, event):
    await cast(slack_stage)
    await slack_stage.running.workspaces.own()
    assert (await slack_stage.entrance.event(event)).status == 200
    assert await reachable(slack_stage) == [False]
    found = await slack_stage.parts.store.read(lambda db: installations.find(db, "slack", TEAM))
    assert found.secret == {} and found.organisation == ORGANISATION


async def test_a_press_by_somebody_who_deleted_everything_is_met_kindly_and_keeps_nothing(slack_stage):
    person = await cast(slack_stage)
    await person.writes("start")
    await settled(slack_stage)
    old = person.messages()[-1]
    await slack_stage._send(person, slack_stage._beginning(person, "F11"))
    page = person.submission()
    await slack_stage._send(person, slack_stage._press_with(person, "erase"))
    await slack_stage._send(person, slack_stage._in_modal(person, "Ja, slet alt"))
    assert await person_row(slack_stage, person) is None
    assert "ikke med lige nu" in json.dumps(slack_stage.slack.homes.get(person.user, {"x": "ikke med lige nu"}), ensure_ascii=False)
    slack_stage.channel.said.clear()

    answer = await slack_stage.entrance.interaction({**page, "trigger_id": slack_stage.slack.trigger(person.user)})
    assert answer.status == 200 and answer.json["response_action"] == "update"
    await slack_stage.entrance.interaction(person.press_on_message(old, *button(old["blocks"], "Vælg en refleksion")))
    await settled(slack_stage)
    row = await person_row(slack_stage, person)
    shown = json.dumps([person.modal.view if person.modal else {}, person.messages()[-1]], ensure_ascii=False)
    assert row.state == "declined" and ("Du har sagt nej tak" in shown or "Før du begynder" in shown)
    assert (await counted(slack_stage))["entry"] == 0


# ---- what leaves no trace --------------------------------------------------------------------------------


async def test_what_is_written_reaches_no_log_and_no_message(slack_stage, caplog):
    caplog.set_level(logging.DEBUG)
    person = await cast(slack_stage)
    await slack_stage._send(person, slack_stage._beginning(person, "F11"))
    block = next(one for one in person.modal.inputs if one["element"]["type"] == "plain_text_input")
    person.modal.fill(block, f"Vi talte om {PLANTED}")
    await slack_stage._send(person, person.submission())
    await slack_stage._send(person, message(person.user, person.direct, f"mere om {PLANTED}"))
    for shown in person.messages():
        assert PLANTED not in json.dumps(shown)
    sent = [call for call in slack_stage.slack.calls if call.method.startswith("chat.")]
    assert sent and PLANTED not in json.dumps([call.given for call in sent])
    assert PLANTED not in caplog.text and SECRET not in caplog.text


def views(calls: list[Call]) -> list[dict[str, Any]]:
    return [call.given["view"] for call in calls if call.method.startswith("views.")]


async def test_a_route_card_in_the_chat_is_posted_at_once_and_again_where_it_could_not_be(slack_stage):
    person = await cast(slack_stage)
    before = await counted(slack_stage)
    event = message(person.user, person.direct, "Jeg orker ikke at leve længere")
    slack_stage.slack.fail("chat.postMessage", Failure("service_unavailable", 503))
    assert (await slack_stage.entrance.event(event, id="Ev0CARE")).status == 500
    assert (await slack_stage.entrance.event(event, id="Ev0CARE", **{"X-Slack-Retry-Num": "1"})).status == 200
    [shown] = person.messages()
    assert "70 201 201" in json.dumps(shown) and "orker" not in json.dumps(shown)
    assert shown["text"].startswith("Godt at se dig")
    assert await counted(slack_stage) == before
    await slack_stage.entrance.interaction(person.press_on_message(shown, *button(shown["blocks"], "Jeg har læst det")))
    await settled(slack_stage)
    [shown] = person.messages()
    assert "70 201" not in json.dumps(shown["blocks"]) and await counted(slack_stage) == before


# ---- recognised ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "is_recognised"),
    [
        ({"is_email_confirmed": True}, True),
        ({"is_email_confirmed": False}, False),
        ({}, False),
        ({"is_email_confirmed": True, "is_stranger": True}, False),
        ({"is_email_confirmed": True, "team_id": "T0THER"}, False),
    ],
)
async def test_who_was_imported_is_recognised_by_an_address_slack_has_confirmed(slack_stage, user, is_recognised):
    store, now = slack_stage.parts.store, slack_stage.clock.now()
    await slack_stage.running.workspaces.own()

    def imported(db):
        one = people.make_person(db, ORGANISATION, now, name="Ana fra listen")
        emails.keep(db, ORGANISATION, one.id, ["ana@by.dk"], now)
        return one

    one = await store.run(imported)
    ana = slack_stage.person("ana")
    slack_stage.slack.users[ana.user] |= user
    slack_stage.slack.users[ana.user]["profile"] |= {"email": "Ana@by.dk"}
    await ana.writes("hej")
    await settled(slack_stage)
    met = await store.read(lambda db: people.find(db, ORGANISATION, "slack", ana.user))
    assert (met.id == one.id) == is_recognised
