"""The personal page: what stands in the Home tab, and what can be done there. Pressed as a person presses, through the entrance."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.slack.places import ACTIONS_AT_ONCE, ENTRIES_AT_ONCE
from bot.services import actions, links, logbook, people, schedules
from tests.channels.slack.client import Modal, button, buttons_of
from tests.channels.slack.stage import ORGANISATION, SlackStage
from tests.channels.slack.standin import Failure
from tests.channels.slack.test_entrance import cast, settled

SECRET_WORDS = "Vi talte om vagten og mødet"


async def row_of(stage: SlackStage, person: Any):
    return await stage.parts.store.read(lambda db: people.find(db, ORGANISATION, "slack", person.user))


async def write_entries(stage: SlackStage, person: Any, count: int, words: str = SECRET_WORDS) -> None:
    row, now = await row_of(stage, person), stage.clock.now()
    question = {"da": "Hvad skete der?", "en": "What happened?"}

    def work(db: Any) -> None:
        for n in range(count):
            text = f"{words} nummer {n}"
            answers = [{"step": "s1", "kind": "text", "question": question, "answer": text, "shown": {"da": text, "en": text}}]
            about = {"flow": "F11" if n % 2 else "F01", "release": "1", "beacon": "", "visibility": "private"}
            logbook.save_entry(db, row, f"run{n}", answers=answers, now=now, **about)

    await stage.parts.store.run(work)


async def agree(stage: SlackStage, person: Any, count: int = 1, visibility: str = "private") -> None:
    row, now = await row_of(stage, person), stage.clock.now()
    about = {"flow": "F11", "beacon": "", "who": "mig", "by": now.date(), "evaluator": "trio", "ask_in": 14}

    def work(db: Any) -> None:
        for n in range(count):
            actions.add(db, row, run=f"agree{n}", entry=None, what=f"Jeg spørger nummer {n}", visibility=visibility, now=now, **about)

    await stage.parts.store.run(work)


async def opened(stage: SlackStage, person: Any) -> dict[str, Any]:
    assert (await person.opens_home()).status == 200
    await settled(stage)
    return stage.slack.homes[person.user]


async def press(stage: SlackStage, person: Any, label: str, view: dict[str, Any] | None = None) -> dict[str, Any]:
    """Press in the Home tab (or in `view`); the Home tab afterwards."""
    view = view or stage.slack.homes[person.user]
    found = button(view["blocks"], label)
    assert found, f"no [{label}], only {[one['text']['text'] for one, _ in buttons_of(view['blocks']) if 'text' in one]}"
    assert (await stage.entrance.interaction(person.press_in_view(view, *found))).status == 200
    await settled(stage)
    assert stage.slack.broken == []
    stage.channel.said.clear()
    return stage.slack.homes[person.user]


def read(view: dict[str, Any]) -> str:
    return json.dumps(view, ensure_ascii=False)


async def test_the_first_page_shows_what_waits_what_is_agreed_and_the_rhythm(slack_stage):
    person = await cast(slack_stage)
    row, now = await row_of(slack_stage, person), slack_stage.clock.now()
    rhythm = {"weekday": 1, "time": "09:00", "every": 2, "timezone": row.timezone, "now": now}
    await slack_stage.parts.store.run(lambda db: schedules.set_rhythm(db, organisation=ORGANISATION, person=row.id, **rhythm))
    await slack_stage._send(person, slack_stage._beginning(person, "F11"))
    person.modal.fill(next(one for one in person.modal.inputs if one["element"]["type"] == "plain_text_input"), "Morgenmøder")
    await slack_stage._send(person, person.submission())
    await agree(slack_stage, person, ACTIONS_AT_ONCE + 1)
    view = await opened(slack_stage, person)
    for words in ("Begynd en refleksion", "Det, der står i vejen", "Fortsæt", "Jeg spørger nummer 0", "Se alle aftaler", "hver anden tirsdag", "112"):
        assert words in read(view), words
    assert f"nummer {ACTIONS_AT_ONCE}" not in read(view)


@pytest.mark.parametrize("language", ["da", "en"])
async def test_every_page_is_one_that_slack_takes(slack_stage, language):
    person = await cast(slack_stage, language=language)
    await write_entries(slack_stage, person, 25, "En lang tanke & <mere> " * 100)
    await agree(slack_stage, person, 15)
    view = await opened(slack_stage, person)
    seen, waiting = set(), [view]
    while waiting and len(seen) < 60:
        view = waiting.pop()
        for element, block in buttons_of(view["blocks"]):
            value = element.get("value", "")
            if not value.startswith('{"go"') or value in seen or '"chat"' in value:
                continue
            seen.add(value)
            answer = await slack_stage.entrance.interaction(person.press_in_view(view, element, block))
            assert answer.status == 200
            await settled(slack_stage)
            assert slack_stage.slack.broken == [], value
            waiting.append(slack_stage.slack.homes[person.user])
    assert len(seen) > 20


async def test_the_logbook_is_read_page_by_page_and_searched(slack_stage):
    person = await cast(slack_stage)
    await write_entries(slack_stage, person, ENTRIES_AT_ONCE + 3)
    await opened(slack_stage, person)
    first = await press(slack_stage, person, "Logbog")
    assert len([1 for one, _ in buttons_of(first["blocks"]) if (one.get("text") or {}).get("text") == "Åbn"]) == ENTRIES_AT_ONCE
    older = await press(slack_stage, person, "Ældre")
    assert len([1 for one, _ in buttons_of(older["blocks"]) if (one.get("text") or {}).get("text") == "Åbn"]) == 3
    newest = await press(slack_stage, person, "Til de nyeste")
    search = next(block for block in newest["blocks"] if block.get("block_id") == "search")
    element = {**search["element"], "value": "VAGTEN nummer 7"}
    await slack_stage.entrance.interaction(person.press_in_view(newest, element, search))
    await settled(slack_stage)
    found = slack_stage.slack.homes[person.user]
    assert "nummer 7" in read(found) and "nummer 6" not in read(found)
    everything = await press(slack_stage, person, "Vis det hele")
    narrow = next(block for block in everything["blocks"] if block.get("block_id") == "narrow")
    chosen = next(one for one in narrow["elements"][0]["options"] if one["value"] == "F11")
    await slack_stage.entrance.interaction(person.press_in_view(everything, {**narrow["elements"][0], "chosen": chosen}, narrow))
    await settled(slack_stage)
    assert "Tidlige tegn" not in read({**slack_stage.slack.homes[person.user], "blocks": [b for b in slack_stage.slack.homes[person.user]["blocks"] if b.get("block_id") != "narrow"]})


async def test_an_entry_is_opened_edited_and_deleted(slack_stage):
    person = await cast(slack_stage)
    await write_entries(slack_stage, person, 1)
    await opened(slack_stage, person)
    await press(slack_stage, person, "Logbog")
    entry = await press(slack_stage, person, "Åbn")
    assert SECRET_WORDS in read(entry)
    await press(slack_stage, person, "Ret")
    assert person.modal and "Tidlige tegn" in read(person.modal.view)
    element, block = button(entry["blocks"], "Slet")
    assert element["style"] == "danger" and element["confirm"]["text"]["text"]
    for _ in range(2):
        await slack_stage.entrance.interaction(person.press_in_view(entry, element, block))
    await settled(slack_stage)
    row = await row_of(slack_stage, person)
    assert await slack_stage.parts.store.read(lambda db: logbook.entries(db, row)) == []
    assert SECRET_WORDS not in read(slack_stage.slack.homes[person.user])


async def test_nobody_reaches_what_is_another_persons(slack_stage):
    ana, bo = await cast(slack_stage, "ana"), await cast(slack_stage, "bo")
    await write_entries(slack_stage, ana, 1)
    await agree(slack_stage, ana)
    row = await row_of(slack_stage, ana)
    [entry] = await slack_stage.parts.store.read(lambda db: logbook.entries(db, row))
    [action] = await slack_stage.parts.store.read(lambda db: actions.open_actions(db, row))
    await opened(slack_stage, bo)
    for value in (
        {"go": {"at": "entry", "i": entry.id}},
        {"go": {"at": "opened", "k": "entry", "i": entry.id}},
        {"go": {"at": "opened", "k": "action", "i": action.id}},
        {"do": "delete_entry", "i": entry.id},
        {"do": "delete_action", "i": action.id},
        {"do": "share", "i": action.id, "to": "my_leader"},
        {"do": "close", "i": action.id, "to": "done"},
    ):
        element = {"type": "button", "action_id": "press:0", "value": json.dumps(value)}
        await slack_stage.entrance.interaction(bo.press_in_view(slack_stage.slack.homes[bo.user], element, {"block_id": "x"}))
        await settled(slack_stage)
        assert SECRET_WORDS not in read(slack_stage.slack.homes[bo.user])
    assert len(await slack_stage.parts.store.read(lambda db: logbook.entries(db, row))) == 1
    [after] = await slack_stage.parts.store.read(lambda db: actions.open_actions(db, row))
    assert (after.visibility, after.state) == ("private", "open")


async def test_an_agreement_is_shared_with_consent_opened_seen_withdrawn_and_closed(slack_stage):
    bent = await cast(slack_stage, "bent", level="ll")
    ana = await cast(slack_stage, "ana", leader="bent", groups=("Ledergruppen",))
    await agree(slack_stage, ana)
    await opened(slack_stage, ana)
    view = await press(slack_stage, ana, "Aftaler")
    element, _ = button(view["blocks"], "Del med min leder")
    assert "Må Bent se" in element["confirm"]["text"]["text"]
    await press(slack_stage, ana, "Del med min leder")

    await opened(slack_stage, bent)
    await press(slack_stage, bent, "Delt med mig")
    assert "nummer 0" in read(await press(slack_stage, bent, "Åbn"))
    await opened(slack_stage, ana)
    assert "Bent åbnede en aftale" in read(await press(slack_stage, ana, "Mig"))

    await opened(slack_stage, ana)
    await press(slack_stage, ana, "Aftaler")
    view = await press(slack_stage, ana, "Træk delingen tilbage")
    element, block = next((one, block) for one, block in buttons_of(view["blocks"]) if one["action_id"].startswith("close:"))
    chosen = next(one for one in element["options"] if one["text"]["text"] == "Gjort")
    await slack_stage.entrance.interaction(ana.press_in_view(view, {**element, "chosen": chosen}, block))
    await settled(slack_stage)
    row = await row_of(slack_stage, ana)
    [action] = await slack_stage.parts.store.read(lambda db: actions.all_actions(db, row))
    assert (action.visibility, action.state) == ("private", "done")


async def test_pause_language_and_choices_are_made_here(slack_stage):
    person = await cast(slack_stage)
    await opened(slack_stage, person)
    await press(slack_stage, person, "Pause to uger")
    row = await row_of(slack_stage, person)
    assert row.paused_until is not None
    assert "Slut pausen" in read(slack_stage.slack.homes[person.user])  # published again after the change
    await press(slack_stage, person, "Slut pausen")
    assert (await row_of(slack_stage, person)).paused_until is None
    view = await press(slack_stage, person, "Skift til engelsk")
    assert (await row_of(slack_stage, person)).language == "en" and "Begin a reflection" in read(view)
    await press(slack_stage, person, "Change my choices")
    assert person.modal and "Which day" in read(person.modal.view)


async def test_the_way_to_the_web_stands_in_a_modal_only_and_signs_in_once(slack_stage):
    person = await cast(slack_stage)
    slack_stage.running.talking.home._public_url = "https://pejling.example.dk"
    await opened(slack_stage, person)
    await press(slack_stage, person, "Åbn på nettet")
    element = next(one for one, _ in buttons_of(person.modal.view["blocks"]) if one.get("url"))
    token = element["url"].removeprefix("https://pejling.example.dk/in/")
    now = slack_stage.clock.now()
    used = await slack_stage.parts.store.run(lambda db: (links.use(db, token, now), links.use(db, token, now)))
    assert used[0].person.id == slack_stage.people["ana"] and used[1] is None
    assert token not in json.dumps(slack_stage.slack.messages)

    await person.commands("link")
    await settled(slack_stage)
    shown = person.messages()[-1]
    assert "https://pejling" not in json.dumps(shown)
    await slack_stage.entrance.interaction(person.press_on_message(shown, *button(shown["blocks"], "Åbn min side")))
    await settled(slack_stage)
    assert "https://pejling.example.dk/in/" in read(person.modal.view)


async def test_pages_behind_a_messages_button_open_in_a_modal(slack_stage):
    person = await cast(slack_stage)
    await write_entries(slack_stage, person, 2)
    await person.commands("logbog")
    await settled(slack_stage)
    shown = person.messages()[-1]
    await slack_stage.entrance.interaction(person.press_on_message(shown, *button(shown["blocks"], "Åbn logbogen")))
    await settled(slack_stage)
    assert person.modal and SECRET_WORDS in read(person.modal.view) and SECRET_WORDS not in json.dumps(shown)
    person.modal.fill(person.modal.inputs[0], "nummer 1")
    await person.sends(person.submission())
    assert "nummer 1" in read(person.modal.view) and "nummer 0" not in read(person.modal.view)
    await slack_stage.entrance.interaction(person.press_in_view(person.modal.view, *button(person.modal.view["blocks"], "Åbn")))
    await settled(slack_stage)
    assert slack_stage.slack.broken == []
    assert "Hvad skete der?" in read(person.modal.view)


async def test_my_data_can_be_read_and_everything_deleted(slack_stage):
    person = await cast(slack_stage)
    await write_entries(slack_stage, person, 3)
    await opened(slack_stage, person)
    await press(slack_stage, person, "Alt om mig")
    assert SECRET_WORDS in read(await press(slack_stage, person, "Læs det hele her"))
    await opened(slack_stage, person)
    await press(slack_stage, person, "Alt om mig")
    await press(slack_stage, person, "Se, hvad der bliver slettet")
    assert "logbogen" in read(person.modal.view)
    view = person.modal.view
    await slack_stage.entrance.interaction(person.press_in_view(view, *button(view["blocks"], "Ja, slet alt")))
    await settled(slack_stage)
    assert await row_of(slack_stage, person) is None
    assert "Alt er slettet" in read(person.modal.view)
    assert SECRET_WORDS not in read(slack_stage.slack.homes[person.user])
    await opened(slack_stage, person)
    assert "Læs og begynd" in read(slack_stage.slack.homes[person.user])


async def test_somebody_new_sees_the_notice_first_and_nothing_else(slack_stage):
    person = await cast(slack_stage, is_new=True)
    view = await opened(slack_stage, person)
    assert "Læs og begynd" in read(view)
    element = {"type": "button", "action_id": "press:0", "value": '{"go":{"at":"logbook"}}'}
    await slack_stage.entrance.interaction(person.press_in_view(view, element, {"block_id": "x"}))
    await settled(slack_stage)
    assert "Læs og begynd" in read(slack_stage.slack.homes[person.user])
    for place in ("who", "privacy"):
        element = {"type": "button", "action_id": "press:0", "value": json.dumps({"go": {"at": place}})}
        await slack_stage.entrance.interaction(person.press_in_view(view, element, {"block_id": "x"}))
        await settled(slack_stage)
        assert slack_stage.slack.broken == []


async def test_a_home_tab_that_cannot_be_published_costs_nothing(slack_stage):
    person = await cast(slack_stage)
    await opened(slack_stage, person)
    slack_stage.slack.fail("views.publish", Failure("ratelimited", 429, after=5), Failure("internal_error", 500))
    await press(slack_stage, person, "Pause en uge")
    assert (await row_of(slack_stage, person)).paused_until is not None


async def test_closing_a_page_loses_nothing_that_was_on_an_earlier_one(slack_stage):
    person = await cast(slack_stage)
    await slack_stage._send(person, slack_stage._beginning(person, "F11"))
    block = next(one for one in person.modal.inputs if one["element"]["type"] == "plain_text_input")
    person.modal.fill(block, "Fælles morgenmøder")
    await slack_stage._send(person, person.submission())
    closed = {**person.payload("view_closed"), "view": person.modal.view, "is_cleared": False}
    assert (await slack_stage.entrance.interaction(closed)).status == 200
    person.modal = None
    shown = person.messages()[-1]
    await slack_stage._send(person, person.press_on_message(shown, *button(shown["blocks"], "Fortsæt")))
    await slack_stage._send(person, slack_stage._in_modal(person, "Tilbage"))
    assert isinstance(person.modal, Modal) and "Fælles morgenmøder" in read(person.modal.view)


async def test_the_coordinators_pages_are_reached_by_a_link_of_ones_own(slack_stage):
    person = await cast(slack_stage, role="coordinator")
    slack_stage.running.talking.home._public_url = "https://pejling.example.dk"
    await person.commands("koordinator")
    await settled(slack_stage)
    shown = person.messages()[-1]
    assert "https://pejling" not in json.dumps(shown)
    await slack_stage.entrance.interaction(person.press_on_message(shown, *button(shown["blocks"], "Åbn siden")))
    await settled(slack_stage)
    element = next(one for one, _ in buttons_of(person.modal.view["blocks"]) if one.get("url"))
    token, now = element["url"].removeprefix("https://pejling.example.dk/in/"), slack_stage.clock.now()
    link = await slack_stage.parts.store.read(lambda db: links.look_at(db, token, now))
    assert link.goes_to == "/coordinate"
