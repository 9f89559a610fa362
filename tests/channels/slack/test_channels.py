"""A group in a channel: the bot comes and goes, is spoken to, and everything it hears there is what was meant for it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.outlet import UNKNOWN
from bot.rehearsal.script import Cast, PlaceCast, read_script
from bot.services import places
from bot.store.tables import Conversation, GroupRun, Person
from tests.channels.slack.client import button, buttons_of, mention
from tests.channels.slack.stage import SlackPerformer, SlackStage, play_in_slack
from tests.channels.slack.standin import BOT_USER, TEAM, Channel, Failure

NORTH = "C0NORD0000"
PLANTED = "hemmeligt-skilt-1972"
WORDS = {
    "da": {"answer": "Svar", "first": "Svar først", "begin": "Efter mødet", "work": "Hvordan arbejdede vi?", "room": "Var noget af det her i rummet?"},
    "en": {"answer": "Answer", "first": "Answer first", "begin": "After the meeting", "work": "How did we work?", "room": "Was any of this in the room?"},
}


@pytest.fixture
async def north(slack_stage) -> SlackStage:
    """A channel we are in, with Ana, who takes part, and Gunnar, who does not."""
    await slack_stage.cast(Cast(0, "", "ana"))
    await slack_stage.open_place(PlaceCast(0, "", "Nord", ("ana", "gunnar")))
    slack_stage.person("gunnar")
    return slack_stage


async def settled(stage: SlackStage) -> None:
    assert stage.running.talking
    await stage.running.talking.settle()
    await stage.parts.delivery.drain()
    assert stage.slack.broken == []


async def performed(stage: SlackStage, *lines: str) -> None:
    """Lines of a script, whatever is said to them."""
    for line in read_script("\n".join(lines)):
        await SlackPerformer(stage).perform_line(line)


async def heard(stage: SlackStage, event: dict[str, Any], **more: Any) -> None:
    assert (await stage.entrance.event(event, **more)).status == 200
    await settled(stage)


def posts(stage: SlackStage, channel: str = NORTH) -> list[dict[str, Any]]:
    return stage.slack.messages.get(channel, [])


def rows(stage: SlackStage, table: Any) -> Any:
    return stage.parts.store.run(lambda db: db.execute(select(table.__table__)).all())


# ---- many voices -----------------------------------------------------------------------------------------


def voice(name: str, speaks: str, place: str, work: str, room: str) -> str:
    """One round of an answer; the post is in the language of the place, the page in that of whoever opens it."""
    says, word = WORDS[speaks], WORDS[place]["answer"]
    return f"{name} in Nord: [{word}]\npage to {name}: …\n{name}: {says['work']} = {work}\n{name}: {says['room']} = {room}\n{name}: [Send]\npage to {name}: T…"


@pytest.mark.parametrize("place", ["da", "en"])
async def test_a_group_of_both_languages_and_guests_answers_after_a_meeting(slack_stage, place):
    says = WORDS[place]
    voices = [("bo", "en"), ("carl", "en"), ("dea", "da"), ("eva", place), ("finn", place)]
    script = [
        "cast ana: da\ncast bo: en\ncast carl: en\ncast dea: da",
        f'place "Nord", {place}: ana, bo, carl, dea, eva, finn',
        f"ana in Nord: {'gruppe' if place == 'da' else 'group'}",
        f"bot in Nord: … [{says['begin']}]",
        f"ana in Nord: [{says['begin']}]\npage to ana: Efter mødet…",
        f"bot in Nord: {says['begin']}: Ana … [{says['first']}] …",
        f"ana: {WORDS['da']['work']} = koncentreret\nana: {WORDS['da']['room']} = none\nana: [Send]\npage to ana: Tak…",
        f"post in Nord: {says['begin']}: 45 … [{says['answer']}] …",
        *(voice(name, speaks, place, "koncentreret; rationelt", "none") for name, speaks in voices),
        f"ana in Nord: [{'For den, der fører runden' if place == 'da' else 'For whoever runs the round'}]",
        "page to ana: Du fører runden…\nana: [Luk runden]\npage to ana: …",
        f"post in Nord: {says['begin']}: 5 …",
        f"bot in Nord: {'Runden er lukket' if place == 'da' else 'The round is closed'}…",
    ]
    await play_in_slack("\n".join(script), slack_stage)
    desk, post, beside = posts(slack_stage)
    assert beside["thread_ts"] == post["ts"] and "thread_ts" not in post and "edited" in post
    assert slack_stage.slack.whispers == []


# ---- coming and going ------------------------------------------------------------------------------------


def joined(user: str = BOT_USER, inviter: str = "") -> dict[str, Any]:
    """https://docs.slack.dev/reference/events/member_joined_channel"""
    return {"type": "member_joined_channel", "user": user, "channel": NORTH, "channel_type": "C", "team": TEAM, "inviter": inviter}


async def test_invited_it_introduces_itself_once_in_the_language_of_whoever_invited_it(slack_stage):
    await slack_stage.cast(Cast(0, "", "bo", "en"))
    slack_stage.channels["Nord"] = NORTH
    slack_stage.slack.channels[NORTH] = Channel("ledere-nord", private=True)
    await heard(slack_stage, joined(user="U0SOMEBODY"))
    assert posts(slack_stage) == []
    for _ in range(2):
        await heard(slack_stage, joined(inviter=slack_stage.person("bo").user))
    [hello] = posts(slack_stage)
    assert "I am Pejling" in json.dumps(hello) and len(buttons_of(hello["blocks"])) >= 3
    place = await slack_stage.parts.store.read(lambda db: places.place(db, "stage", places.place_id("slack", "stage", NORTH)))
    assert (place.name, place.language, place.has_threads) == ("ledere-nord", "en", True)
    await heard(slack_stage, {"type": "group_rename", "channel": {"id": NORTH, "name": "nord", "created": 1}})
    renamed = await slack_stage.parts.store.read(lambda db: places.place(db, "stage", place.id))
    assert renamed.name == "nord"
    await heard(slack_stage, {"type": "group_left", "channel": NORTH})
    assert await slack_stage.parts.store.read(lambda db: places.place(db, "stage", place.id)) is None


@pytest.mark.parametrize("kind", ["channel_archive", "group_deleted", "channel_left", "channel_shared"])
async def test_whoever_leads_is_told_alone_when_the_channel_goes_and_it_goes_on_when_it_is_back(north, kind):
    await performed(north, "ana in Nord: gruppe", "ana in Nord: [Efter mødet]")
    before = len(posts(north))
    north.slack.archived.add(NORTH)
    await heard(north, {"type": kind, "channel": NORTH, "user": "U0ADMIN"})
    await performed(north, "-- 1 minute later")
    told = north.person("ana").messages()
    assert "Nord" in json.dumps(told) and "Intet er tabt" in json.dumps(told) and len(posts(north)) == before
    north.slack.archived.discard(NORTH)
    await performed(north, "gunnar in Nord: gruppe", "ana in Nord: [For den, der fører runden]")
    assert "Ana svarer først" in json.dumps(posts(north)[-1], ensure_ascii=False)


# ---- being spoken to -------------------------------------------------------------------------------------


async def test_what_is_said_to_it_is_read_for_a_command_and_nobody_is_known_by_it(north):
    people = len(await rows(north, Person))
    gunnar = north.person("gunnar")
    for _ in range(2):
        await heard(north, mention(gunnar.user, NORTH, f"{PLANTED} hvad siger du?"), id="Ev0ONCE")
    [shown] = posts(north)
    assert PLANTED not in json.dumps(shown) and "thread_ts" not in shown
    assert len(await rows(north, Person)) == people and gunnar.messages() == []


async def test_who_writes_in_distress_is_answered_alone(north):
    await heard(north, mention(north.person("gunnar").user, NORTH, "Jeg kan ikke leve mere."))
    assert posts(north) == [] and len(north.person("gunnar").messages()) == 1


async def test_a_command_begins_something_for_the_group_where_it_is(north):
    answer = await north.person("gunnar").commands("dilemma", channel=NORTH, name="nord")
    await settled(north)
    assert (answer.status, answer.text) == (200, "")
    [(shown, _)] = buttons_of(posts(north)[-1]["blocks"])
    assert shown["text"]["text"] == "Et dilemma"


@pytest.mark.parametrize(
    ("channel", "scopes", "said"),
    [
        (Channel("syd", bot_in=False), None, "/invite"),
        (Channel("syd", bot_in=False, private=True), None, "/invite"),
        (Channel("syd", shared=True), None, "deles med en anden organisation"),
        (Channel("syd"), "chat:write,commands,users:read", ""),
    ],
)
async def test_a_command_where_it_is_not_or_others_are_says_so_and_keeps_nothing(north, channel, scopes, said):
    north.slack.scopes = scopes or north.slack.scopes
    north.slack.channels["C0SYD"] = north.slack.channels.get("C0SYD", channel)
    north.channels["Syd"] = "C0SYD"
    answer = await north.person("gunnar").commands("værksted", channel="C0SYD", name="privategroup")
    await settled(north)
    assert said in answer.text and bool(said) == bool(answer.text)
    assert len(await rows(north, Conversation)) == (2 if said else 3) and len(posts(north, "C0SYD")) == (0 if said else 1)


async def test_a_channel_shared_with_another_organisation_is_none_of_ours(north):
    north.slack.channels["C0SYD"] = Channel("syd", shared=True)
    await heard(north, mention(north.person("ana").user, "C0SYD", "dilemma"))
    await heard(north, {**joined(inviter=north.person("ana").user), "channel": "C0SYD"})
    assert posts(north, "C0SYD") == [] and [said for _, _, said in north.slack.whispers if "deles" in said] != []
    await heard(north, {**mention("U0STRANGER", "C0SYD", "dilemma"), "user_team": "T0OTHER"})
    assert len(north.slack.whispers) == 2 and len(await rows(north, Conversation)) == 2


# ---- presses ---------------------------------------------------------------------------------------------


async def begun(stage: SlackStage) -> dict[str, Any]:
    """A round in which all can answer; its post."""
    ana = WORDS["da"]
    await performed(stage, "ana in Nord: gruppe", "ana in Nord: [Efter mødet]", f"ana: {ana['work']} = rationelt", f"ana: {ana['room']} = none", "ana: [Send]")
    return posts(stage)[-1]


async def pressed(stage: SlackStage, name: str, post: dict[str, Any], label: str, **other: Any) -> Any:
    found = button(post["blocks"], label)
    assert found, label
    person = stage.person(name)
    answer = await stage.entrance.interaction({**person.press_on_message(post, *found, channel=NORTH), **other})
    assert answer.status == 200
    assert stage.running.talking
    await stage.running.talking.settle()
    return person.modal


async def test_two_open_their_pages_at_once_and_each_answers_for_themselves(north):
    post = await begun(north)
    await north.cast(Cast(0, "", "bo", "en"))
    bo, gunnar = await pressed(north, "bo", post, "Svar"), await pressed(north, "gunnar", post, "Svar")
    assert "How did we work?" in json.dumps(bo.view) and "Hvordan arbejdede vi?" in json.dumps(gunnar.view)
    meta = [json.loads(one.view["private_metadata"])["r"] for one in (bo, gunnar)]
    assert meta[0] != meta[1] and meta[0].split(":")[:2] == meta[1].split(":")[:2]
    # bo's page sent in by gunnar is not his to send
    stolen = {**north.person("gunnar").payload("view_submission"), "view": {**bo.view, "state": bo.state()}, "response_urls": []}
    assert "Det hører til et sted" in str((await north.entrance.interaction(stolen)).json)
    await performed(north, "bo: How did we work? = rationelt", "bo: Was any of this in the room? = none", "bo: [Send]")
    await performed(north, "gunnar: Hvordan arbejdede vi? = none", "gunnar: Var noget af det her i rummet? = none", "gunnar: [Send]")
    [run] = await rows(north, GroupRun)
    state = await north.parts.store.read(lambda db: _state(db, run.id))
    assert sorted(map(str, (one["work"] for one in state["answers"].values()))) == ["['rationelt']", "['rationelt']", "[]"]
    assert posts(north)[-1] == post  # nothing in it moves while people answer


def _state(db: Any, run: str) -> Any:
    from bot.services import groups

    return groups.look_at(db, "stage", run).state


async def test_a_double_press_begins_one_and_last_weeks_is_over(north):
    await performed(north, "ana in Nord: gruppe")
    [desk] = posts(north)
    await pressed(north, "ana", desk, "Efter mødet")
    await pressed(north, "ana", desk, "Efter mødet")
    await settled(north)
    assert len(await rows(north, GroupRun)) == 1 and len(posts(north)) == 2
    old = dict(posts(north)[-1])
    await performed(north, "ana in Nord: [For den, der fører runden]", "ana: [Drop runden]", "-- 1 week later")
    modal = await pressed(north, "gunnar", old, "Svar først")
    assert "Det er slut" in json.dumps(modal.view) and len(await rows(north, GroupRun)) <= 1


async def test_somebody_of_another_workspace_is_turned_away_and_nothing_is_kept_of_them(north):
    post = await begun(north)
    stranger = {"id": "U0STRANGER", "username": "x", "name": "x", "team_id": "T0OTHER"}
    before = json.dumps([str(row) for row in await rows(north, GroupRun)])
    await pressed(north, "gunnar", post, "Svar", user=stranger)
    assert north.slack.whispers[0][:2] == (NORTH, "U0STRANGER") and north.person("gunnar").modal is None
    assert json.dumps([str(row) for row in await rows(north, GroupRun)]) == before


async def test_a_guest_slack_tells_nothing_about_is_called_what_the_press_calls_them(north):
    await performed(north, "ana in Nord: gruppe")
    north.slack.fail("users.info", Failure("ratelimited", 429, after=30))
    await pressed(north, "gunnar", posts(north)[-1], "Efter mødet")
    await settled(north)
    assert "somebody svarer først" in posts(north)[-1]["blocks"][1]["text"]["text"]


async def test_a_card_that_is_for_one_alone_never_takes_the_place_of_the_post(north):
    from bot.answer import Answer
    from bot.cards import Card, plain

    post = await begun(north)

    async def handle(event: Any) -> Answer:
        return Answer(card=Card((plain("Kun til dig"),)))

    north.running.talking._turns.handle = handle
    await pressed(north, "gunnar", post, "Svar")
    assert posts(north)[-1] == post and "Kun til dig" in north.person("gunnar").messages()[-1]["text"]


async def test_a_paper_is_on_the_web_for_who_takes_part_and_a_guest_is_told_who_can_fetch_it(north):
    await performed(north, "ana in Nord: konference", "ana in Nord: […]")
    post = posts(north)[-1]
    modal = await pressed(north, "gunnar", post, "Tomme tavler til at printe")
    assert "ikke sat op her" in json.dumps(modal.view)
    north.running.talking.home._public_url = "https://pejling.example.dk"
    north.moment += 60
    modal = await pressed(north, "gunnar", post, "Tomme tavler til at printe")
    assert "Bed en af de andre" in json.dumps(modal.view) and "example.dk" not in json.dumps(modal.view)
    modal = await pressed(north, "ana", post, "Tomme tavler til at printe")
    [(link, _)] = buttons_of(modal.view["blocks"])
    assert link["url"].startswith("https://pejling.example.dk/in/")


# ---- delivery --------------------------------------------------------------------------------------------


async def test_a_lost_answer_in_a_channel_is_not_looked_for_and_the_post_comes_again(north):
    address = {"team": TEAM, "channel": NORTH}
    assert await north.running.channel.was_sent(address, "k", north.clock.now()) is UNKNOWN
    north.slack.fail("chat.postMessage", Failure(happens=True, drops=True))
    await performed(north, "ana in Nord: gruppe")
    assert len(posts(north)) == 1
    north.clock.offset += timedelta(minutes=3)
    await north.parts.delivery.drain()
    assert len(posts(north)) == 2
    assert [call for call in north.slack.calls if call.method == "conversations.history"] == []


async def test_what_is_said_under_a_post_that_was_deleted_stands_by_itself(north):
    card = {"title": None, "text": ["Runden er lukket"], "buttons": [], "notice": None, "subject": "x"}
    under = {"team": TEAM, "channel": NORTH, "under": f"{NORTH}:1.000001"}
    await north.running.channel.send(under, card, key="k", replaces="")
    assert [one.get("thread_ts") for one in posts(north)] == [None]
