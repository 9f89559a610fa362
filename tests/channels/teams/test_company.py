"""Where others read along: real activities from a team's channel and a group chat to the HTTP entrance, and what comes of them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.teams.running import Teams
from bot.channels.teams.settings import TeamsSettings
from bot.rehearsal import read_script
from bot.rehearsal.stage import ORGANISATION
from bot.services import links, places
from bot.store.tables import GroupRun, InboxItem, OutboxItem, Person
from tests.channels.teams import shapes
from tests.channels.teams.microsoft import APP_ID, BOT, OTHER_TENANT
from tests.channels.teams.shapes import CHANNEL, TEAM
from tests.channels.teams.stage import ADDRESS, TeamsPerformer, TeamsStage, read_message, read_page, the_token
from tests.channels.teams.test_conversations import count, said_to, settled

ID = places.place_id("teams", ORGANISATION, CHANNEL)
URGENT = "Jeg kan ikke leve mere."


def mention(stage: TeamsStage, text: str, who: str = "ana", thread: str = "asked", **parts: Any) -> dict[str, Any]:
    return shapes.mention(stage.connector.url, text, who=who, **(shapes.in_channel(thread=thread) | parts))


def place(stage: TeamsStage) -> Any:
    return stage.parts.store.read_now(lambda db: places.place(db, ORGANISATION, ID))


async def press(stage: TeamsStage, card: dict[str, Any], label: str, who: str = "ana", **parts: Any) -> dict[str, Any]:
    """The page that opens for whoever presses."""
    action = next(one for one in card["actions"] if one["title"] == label)
    there = shapes.in_channel(thread=card["id"]) | parts
    answer = await stage.post(shapes.fetch(stage.connector.url, action, card["id"], who=who, **there))
    assert answer.status == 200
    value = (await answer.json())["task"]["value"]
    return read_page(value) if isinstance(value, dict) else {"title": value, "lead": [], "actions": []}


async def begun(stage: TeamsStage) -> dict[str, Any]:
    """A game that Ana, who takes part in Pejling, began in the channel; its post."""
    await settled(stage)
    (desk,) = await said_to(stage, mention(stage, "dilemma"))
    await press(stage, desk, "Et dilemma")
    await stage.parts.delivery.drain()
    return heard(stage)[-1]


def heard(stage: TeamsStage) -> list[dict[str, Any]]:
    taken = [read_message(one) | {"to": one.conversation, "edits": one.edits} for one in stage.connector.taken]
    stage.connector.taken.clear()
    return taken


async def told(stage: TeamsStage, activity: dict[str, Any]) -> Any:
    """What is answered at once."""
    answer = await stage.post(activity)
    assert answer.status == 200
    return await answer.json()


@asynccontextmanager
async def serving(routes: Any) -> AsyncIterator[TestClient]:
    app = web.Application()
    app.add_routes(routes)
    async with TestClient(TestServer(app)) as client:
        yield client


# ---- coming and going ------------------------------------------------------------------------------------


async def test_added_to_a_team_it_introduces_itself_once_with_what_a_group_can_do(stage):
    url = stage.connector.url
    (card,) = await said_to(stage, shapes.members_added(url, **shapes.in_channel()))
    assert card["to"] == CHANNEL and card["title"] == "Pejling er her nu"
    assert [one["title"] for one in card["actions"]][0] == "Et dilemma"
    assert card["actions"][-1]["url"] == f"https://teams.microsoft.com/l/chat/0/0?users=28%3A{APP_ID}"
    assert await said_to(stage, shapes.installed(url, **shapes.in_channel())) == []


@pytest.mark.parametrize(
    "gone",
    [
        lambda url: shapes.activity("conversationUpdate", url, membersRemoved=[{"id": BOT}], **shapes.in_channel(channel=TEAM)),
        lambda url: shapes.installed(url, "remove", **shapes.in_channel()),
        lambda url: shapes.changed(url, "channelDeleted", channel={"id": CHANNEL, "name": "Nord"}),
        lambda url: shapes.changed(url, "teamArchived"),
        lambda url: shapes.changed(url, "teamdeleted"),
    ],
)
async def test_a_place_that_is_gone_is_forgotten(stage, gone):
    url = stage.connector.url
    await said_to(stage, shapes.members_added(url, **shapes.in_channel()))
    assert place(stage).reachable
    assert await said_to(stage, gone(url)) == []
    assert place(stage) is None


async def test_what_becomes_of_another_team_is_nothing_to_us(stage):
    url = stage.connector.url
    await said_to(stage, shapes.members_added(url, **shapes.in_channel()))
    await said_to(stage, shapes.changed(url, "teamDeleted", team="19:other@thread.tacv2"))
    await said_to(stage, shapes.changed(url, "channelDeleted", channel={"id": "19:other@thread.tacv2"}))
    assert place(stage).reachable


async def test_a_channel_is_called_what_people_call_it(stage):
    url = stage.connector.url
    await said_to(stage, shapes.members_added(url, **shapes.in_channel()))
    assert place(stage).name == "Ledere"
    await said_to(stage, shapes.changed(url, "channelRenamed", channel={"id": CHANNEL, "name": "Nord"}))
    await said_to(stage, shapes.changed(url, "channelRenamed", channel={"id": "19:unknown@thread.tacv2", "name": "Syd"}))
    await said_to(stage, mention(stage, "dilemma"))
    assert place(stage).name == "Nord"
    assert len(stage.parts.store.read_now(lambda db: places.addresses(db, ORGANISATION, "teams"))) == 1


async def test_removed_in_the_middle_the_facilitator_is_told_alone_and_nothing_is_lost(stage):
    url = stage.connector.url
    await begun(stage)
    await said_to(stage, shapes.changed(url, "teamArchived"))
    await stage._travel(stage.clock.now() + timedelta(minutes=2))
    (alone,) = [said for kind, who, said in stage.channel.said if who == "ana"]
    assert "Jeg kan ikke skrive i Ledere lige nu" in " ".join(alone["text"])
    assert not place(stage).reachable
    await said_to(stage, shapes.changed(url, "teamUnarchived", channel={"id": TEAM, "name": "General"}))
    assert place(stage).name == "Ledere"
    assert place(stage).reachable and count(stage, GroupRun) == 1


async def test_a_channel_that_takes_nothing_more_makes_the_place_silent(stage):
    post = await begun(stage)
    stage.connector.closed.add("chosen")
    action = next(one for one in post["actions"] if one["title"] == "Mere")
    await said_to(stage, mention(stage, "dilemma"))
    assert not place(stage).reachable
    stage.connector.closed.clear()
    assert "task" in await told(stage, shapes.fetch(stage.connector.url, action, **shapes.in_channel()))
    assert place(stage).reachable


# ---- what is said ----------------------------------------------------------------------------------------


async def test_only_what_is_said_to_us_is_read_and_answered_in_its_thread(stage):
    assert await said_to(stage, shapes.message(stage.connector.url, "dilemma", **shapes.in_channel())) == []
    assert place(stage) is None
    (desk,) = await said_to(stage, mention(stage, "dilemma"))
    assert desk["to"] == f"{CHANNEL};messageid=asked"
    assert [one["title"] for one in desk["actions"]] == ["Et dilemma"]
    (desk,) = await said_to(stage, mention(stage, ""))
    assert len(desk["actions"]) > 1


async def test_a_line_that_is_repeated_is_answered_once(stage):
    asked = mention(stage, "Karla fra nr. 3 sover ikke")
    (desk,) = await said_to(stage, asked)
    assert "Karla" not in json.dumps(desk)
    assert await said_to(stage, asked) == []
    assert count(stage, Person) == 0


async def test_a_thread_that_was_deleted_is_answered_beside_it(stage):
    stage.connector.fail(404, "ActivityNotFoundInConversation")
    (desk,) = await said_to(stage, mention(stage, "dilemma"))
    assert desk["to"] == CHANNEL and place(stage).reachable


async def test_help_for_somebody_in_need_is_never_seen_by_others(stage):
    await said_to(stage, mention(stage, "dilemma"))
    before = count(stage, InboxItem), count(stage, OutboxItem)
    (card,) = await said_to(stage, mention(stage, URGENT))
    assert card["to"] == "a:29:ana" and "70 201 201" in json.dumps(card)
    assert (count(stage, InboxItem), count(stage, OutboxItem)) == before


async def test_where_nobody_can_be_written_to_alone_others_see_only_where_to_go(stage):
    await said_to(stage, mention(stage, "dilemma"))
    stage.connector.fail(403, "BotNotInConversationRoster")
    (card,) = await said_to(stage, mention(stage, URGENT))
    assert card["to"].startswith(CHANNEL) and card["text"] == [stage.library.say("teams.team_mention").da]


async def test_nobody_is_seen_to_be_writing(stage):
    await begun(stage)
    assert stage.connector.typing == []


# ---- presses ---------------------------------------------------------------------------------------------


async def test_a_game_is_a_post_of_its_own_that_is_edited(stage):
    post = await begun(stage)
    assert post["to"] == CHANNEL and not post["edits"]
    sent = stage.connector.messages[(CHANNEL, post["id"])]
    assert sent["summary"] == "Et dilemma er foreslået." and "refresh" not in sent["attachments"][0]["content"]


async def test_in_a_group_chat_a_game_is_a_message(stage):
    chat = shapes.in_chat()
    (desk,) = await said_to(stage, mention(stage, "dilemma", **chat))
    await press(stage, desk, "Et dilemma", **chat)
    await stage.parts.delivery.drain()
    (post,) = heard(stage)
    assert (desk["to"], post["to"]) == ("19:chat@thread.v2", "19:chat@thread.v2")


async def test_two_who_press_at_once_begin_one_game_and_each_gets_a_page(stage):
    (desk,) = await said_to(stage, mention(stage, "dilemma"))
    one, other = await asyncio.gather(press(stage, desk, "Et dilemma"), press(stage, desk, "Et dilemma", who="bo"))
    assert count(stage, GroupRun) == 1
    assert {one["title"], other["title"]} == {"Et dilemma til gruppen", "Der er allerede gang i et"}
    assert count(stage, Person) == 0


async def test_a_press_leaves_no_trace_on_a_place_that_is_known(stage):
    post = await begun(stage)
    before = stage.parts.store.read_now(lambda db: places.addresses(db, ORGANISATION, "teams"))
    await press(stage, post, "Mere", who="bo")
    assert stage.parts.store.read_now(lambda db: places.addresses(db, ORGANISATION, "teams")) == before
    assert before[0]["asked"] == "asked"


async def test_what_ended_long_ago_says_so_to_whoever_presses(stage):
    post = await begun(stage)
    await stage.parts.store.run(lambda db: db.execute(GroupRun.__table__.update().values(status="dropped", sealed=None)))
    page = await press(stage, post, "Mere", who="bo")
    assert page["title"] == "Det er slut"
    assert heard(stage) == []


async def test_a_page_is_no_key_to_a_game_somewhere_else(stage):
    """Neither a page that was given to somebody else, nor a press from another place."""
    post = await begun(stage)
    elsewhere = shapes.in_channel(channel="19:other@thread.tacv2")
    page = await press(stage, post, "Mere", who="bo", **elsewhere)
    assert page["title"] == "Ikke her, ikke nu"
    given = await press(stage, post, "Jeg vil gerne styre")
    action = next(one for one in given["actions"] if one["data"]["pejling"].get("run"))
    stolen = shapes.submit(stage.connector.url, action, {}, who="bo", **elsewhere)
    assert read_page((await told(stage, stolen))["task"]["value"])["title"] == "Ikke her, ikke nu"


async def test_a_press_that_opens_nothing_is_told_to_one_alone(stage):
    action = {"title": "x", "verb": "log", "data": {"pejling": {"action": "log", "value": "", "subject": "", "key": "k"}}}
    await said_to(stage, mention(stage, "dilemma"))
    answer = await told(stage, shapes.press(stage.connector.url, action, **shapes.in_channel()))
    assert answer["type"].endswith("activity.message") and answer["value"].startswith("Det er slut")
    assert heard(stage) == []


async def test_a_client_without_dialogs_hears_of_it_alone(stage):
    post = await begun(stage)
    data = next(one for one in post["actions"] if one["title"] == "Mere")["data"]
    said = shapes.message(stage.connector.url, "", value={"pejling": data["pejling"]}, who="bo", **shapes.in_channel(thread=post["id"]))
    (alone,) = await said_to(stage, said)
    assert alone["to"] == "a:29:bo" and alone["text"] == [stage.library.say("teams.no_dialogs").da], "a guest has no pages"


async def test_a_client_without_dialogs_gets_the_page_by_a_link_of_its_own(stage):
    post = await begun(stage)
    data = next(one for one in post["actions"] if one["title"] == "Mere")["data"]
    said = shapes.message(stage.connector.url, "", value={"pejling": data["pejling"]}, **shapes.in_channel(thread=post["id"]))
    (alone,) = await said_to(stage, said)
    [link] = alone["actions"]
    assert alone["to"] == "a:29:ana" and link["url"].startswith(f"{ADDRESS}/in/")
    token = link["url"].rpartition("/")[2]
    found = await stage.parts.store.run(lambda db: links.use(db, token, stage.clock.now()))
    assert re.search(r"/together/[0-9a-f]{32}/[0-9a-f]{16}/more", str(found))


@pytest.mark.parametrize(("page", "is_for_all"), [("boards", True), ("logbook", False)])
async def test_a_page_outside_teams_opens_for_whoever_may_see_it(stage, page, is_for_all):
    action = {"title": "x", "data": {"pejling": {"go": page, "key": "k"}}}
    asked = shapes.fetch(stage.connector.url, action, **shapes.in_channel())
    task = (await told(stage, asked))["task"]
    assert (task["type"] == "continue") is is_for_all
    await settled(stage)
    said = json.dumps((await told(stage, asked))["task"]["value"]["card"])
    assert f'"{ADDRESS}/{"boards" if is_for_all else "in/"}' in said
    assert heard(stage) == [] and count(stage, Person) == 1


# ---- others ----------------------------------------------------------------------------------------------


async def test_a_person_of_another_tenant_is_nobody_here(stage):
    post = await begun(stage)
    action = next(one for one in post["actions"] if one["title"] == "Mere")
    stranger = shapes.fetch(stage.connector.url, action, who="eve", **shapes.in_channel(thread=post["id"]))
    stranger["from"]["tenantId"] = OTHER_TENANT
    assert (await stage.post(stranger)).status == 403
    foreign = shapes.fetch(stage.connector.url, action, who="eve", **shapes.in_channel(tenant=OTHER_TENANT))
    assert (await stage.post(foreign)).status == 403


async def test_two_tenants_that_are_served_never_meet_in_one_game(stage):
    post = await begun(stage)
    given = TeamsSettings(app_id=APP_ID, password="x", kind="MultiTenant", address=ADDRESS)
    allowed = lambda service: service == stage.connector.url  # noqa: E731
    many = Teams(given, is_allowed=allowed, metadata=stage.identity.metadata, token=the_token)
    many.join(stage.parts.store, stage.parts.turns, stage.library, stage.clock, ORGANISATION)
    there = shapes.in_channel(thread=post["id"], tenant=OTHER_TENANT) | {"channelData": {"tenant": {"id": OTHER_TENANT}}}
    action = next(one for one in post["actions"] if one["title"] == "Mere")
    async with serving(many.routes()) as client:
        headers = {"Authorization": f"Bearer {stage.identity.token(stage.connector.url)}"}
        pressed = shapes.fetch(stage.connector.url, action, who="eve", **there)
        answer = await client.post("/api/messages", json=pressed, headers=headers)
        page = read_page((await answer.json())["task"]["value"])
    await many.close()
    assert page["title"] == "Det er slut"


# ---- many voices -----------------------------------------------------------------------------------------

GAME = """
cast ana: da
cast bo: en
place "Nord": ana, bo, gunnar
ana in Nord: dilemma
bot in Nord: Det kan vi gøre sammen: … [Et dilemma]
bo in Nord: [Et dilemma]
page to bo: A dilemma for the group …
bot in Nord: Et dilemma: … [Jeg vil gerne styre] [Mere]
ana in Nord: [Jeg vil gerne styre]
page to ana: Et dilemma til gruppen …
ana: Hvilket dilemma? = Vikaren, der undrede sig…
ana: Hvor lang tid har I? = 30 minutter…
ana: [Begynd]
page to ana: Det kan du sige nu …
post in Nord: Vikaren, der undrede sig: …[Jeg er med] [Videre til valget] …
ana in Nord: [Videre til valget]
page to ana: Det kan du sige nu …
post in Nord: Vikaren, der undrede sig: …[Vælg i fred] [Vis, hvordan vi valgte] …
bo in Nord: [Vælg i fred]
page to bo: Choose in private …
bo: What is your first step? = A · …
bo: [Save my choice]
page to bo: Your choice is saved …
-- the bot restarts
-- that arrives twice
page to bo: …
gunnar in Nord: [Vælg i fred]
page to gunnar: Vælg i fred … Når det her er slut, gemmer jeg intet om dig.…
gunnar: Hvad er dit første skridt? = B · …
gunnar: Hvorfor – i én linje? = Jeg kan ikke leve mere.
gunnar: [Gem mit valg]
page to gunnar: … 70 201 201…
gunnar in Nord: [Vælg i fred]
page to gunnar: Vælg i fred …
gunnar: Hvad er dit første skridt? = B · …
gunnar: [Gem mit valg]
page to gunnar: Dit valg er gemt …
ana in Nord: [Vis, hvordan vi valgte]
page to ana: Det kan du sige nu …
post in Nord: Vikaren, der undrede sig: …[Se begrundelserne] …
bo in Nord: [Vælg i fred] on an old card
page to bo: The dilemma …
"""


async def test_danes_and_english_speakers_and_a_guest_in_one_game(stage):
    """What is chosen stands in dialogs alone: between the choices the channel hears nothing."""
    await TeamsPerformer(stage).perform(read_script(GAME))
    assert count(stage, Person) == 2
