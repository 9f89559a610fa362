"""Sending to Teams: what each of its answers means to delivery, and that nothing ever goes to a stranger."""

from __future__ import annotations

import pytest

from bot.cards import Button, Card, plain, spoken
from bot.channels.teams import addresses
from bot.channels.teams.channel import TeamsChannel
from bot.channels.teams.connector import Connector
from bot.errors import GaveUp, TryAgain
from bot.leaving import leave_within
from bot.outlet import UNKNOWN
from tests.channels.teams.microsoft import BOT, TENANT, TOKEN

CARD = spoken(Card((plain("Tekst"),), (Button("help", plain("Hjælp")),), plain("Titel"), "run:r1", plain("Nyt")), "da")


class Tokens:
    """Counts how often a token is asked for."""

    def __init__(self, *said: str):
        self.said, self.asked = list(said), 0

    async def __call__(self) -> str:
        self.asked += 1
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]


@pytest.fixture
async def channel(connector):
    speaking = Connector(Tokens(TOKEN), lambda service: service == connector.url)
    yield TeamsChannel(speaking, BOT)
    await speaking.close()


@pytest.fixture
def address(connector):
    return {"service": connector.url, "conversation": "a:1/2?x", "tenant": TENANT, "bot": BOT, "user": "29:ana"}


async def test_a_message_arrives_and_is_edited_in_place(channel, address, connector):
    id = await channel.send(address, CARD, key="k1", replaces="")
    again = await channel.send(address, CARD | {"text": ["Andet"]}, key="k2", replaces=id)
    assert again == id
    first, second = connector.taken
    assert (first.conversation, first.edits, second.edits) == ("a:1/2?x", "", id)
    assert first.activity["summary"] == "Nyt" and first.activity["from"] == {"id": BOT}


async def test_a_process_that_was_frozen_too_long_sends_no_first_byte(channel, address, connector):
    with leave_within(-1), pytest.raises(TryAgain) as late:
        await channel.send(address, CARD, key="k", replaces="")
    assert not late.value.maybe_sent and connector.asked == 0
    await channel.send(address, CARD, key="k", replaces="")


async def test_a_message_that_somebody_deleted_is_said_anew(channel, address, connector):
    id = await channel.send(address, CARD, key="k1", replaces="gone")
    assert [one.edits for one in connector.taken] == [""] and id == connector.taken[0].id


async def test_in_a_channel_what_is_beside_a_post_stands_in_its_thread(channel, address, connector):
    beside = address | {"conversation": "19:c@thread.tacv2", "under": "m1", "asked": "m0"}
    for there in (beside | {"threads": True}, beside | {"threads": False}):
        await channel.send(there, CARD, key="k", replaces="")
    assert [one.conversation for one in connector.taken] == ["19:c@thread.tacv2;messageid=m1", "19:c@thread.tacv2"]


async def test_a_post_begins_a_thread_of_its_own_and_only_an_answer_goes_under_the_line(channel, address, connector):
    there = address | {"conversation": "19:c@thread.tacv2", "asked": "m0", "threads": True}
    for subject in ("group:x", "place:y"):
        await channel.send(there, CARD | {"subject": subject}, key="k", replaces="")
    assert [one.conversation for one in connector.taken] == ["19:c@thread.tacv2", "19:c@thread.tacv2;messageid=m0"]


async def test_words_alone_are_a_line(channel, address, connector):
    await channel.send(address, spoken(Card((plain("Selv tak."),)), "da"), key="k", replaces="")
    assert connector.taken[0].activity["text"] == "Selv tak." and connector.taken[0].card is None


BLOCKED = [(403, "MessageWritesBlocked"), (403, "BotNotInConversationRoster"), (404, "ConversationNotFound")]


@pytest.mark.parametrize(("status", "code"), BLOCKED)
async def test_blocked_or_gone_is_given_up_for_good(channel, address, connector, status, code):
    connector.fail(status, code)
    with pytest.raises(GaveUp) as gave_up:
        await channel.send(address, CARD, key="k", replaces="")
    assert gave_up.value.unreachable and code in gave_up.value.reason


@pytest.mark.parametrize("status", [400, 413])
async def test_one_message_that_is_refused_says_nothing_about_the_next(channel, address, connector, status):
    connector.fail(status, "BadSyntax")
    with pytest.raises(GaveUp) as gave_up:
        await channel.send(address, CARD, key="k", replaces="")
    assert not gave_up.value.unreachable


@pytest.mark.parametrize(("status", "said", "after"), [(429, "7", 7.0), (429, "soon", None), (429, "-3", 0.0), (429, "999999", 3600.0), (412, "", None)])
async def test_too_fast_is_tried_later_and_was_not_sent(channel, address, connector, status, said, after):
    connector.fail(status, **({"Retry_After": said} if said else {}))
    with pytest.raises(TryAgain) as later:
        await channel.send(address, CARD, key="k", replaces="")
    assert (later.value.after, later.value.maybe_sent) == (after, False)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_server_that_fails_may_have_taken_it(channel, address, connector, status):
    connector.fail(status)
    with pytest.raises(TryAgain) as later:
        await channel.send(address, CARD, key="k", replaces="")
    assert later.value.maybe_sent


async def test_an_edit_is_safe_to_do_twice(channel, address, connector):
    id = await channel.send(address, CARD, key="k1", replaces="")
    connector.fail(502)
    with pytest.raises(TryAgain) as later:
        await channel.send(address, CARD, key="k2", replaces=id)
    assert not later.value.maybe_sent


async def test_teams_cannot_say_what_stands_in_a_chat(channel, address):
    assert await channel.was_sent(address, "k", None) is UNKNOWN


async def test_nobody_listens_there():
    speaking = Connector(Tokens(TOKEN), lambda service: True)
    try:
        with pytest.raises(TryAgain) as later:
            await speaking.post("http://127.0.0.1:9/", "a:1", {"type": "message", "text": "x"})
        assert not later.value.maybe_sent
    finally:
        await speaking.close()


async def test_a_token_is_kept_and_asked_for_anew_when_it_is_refused(connector):
    tokens = Tokens("an old one", TOKEN)
    speaking = Connector(tokens, lambda service: True)
    try:
        with pytest.raises(TryAgain):
            await speaking.post(connector.url, "a:1", {"type": "message", "text": "x"})
        for _ in range(3):
            await speaking.post(connector.url, "a:1", {"type": "message", "text": "x"})
        assert tokens.asked == 2
    finally:
        await speaking.close()


async def test_the_conversation_is_opened_where_only_the_person_is_known(channel, connector):
    known = {"service": connector.url, "tenant": TENANT, "user": "29:ana"}
    await channel.send(known, CARD, key="k1", replaces="")
    await channel.send(known, CARD, key="k2", replaces="")
    assert [one.conversation for one in connector.taken] == ["a:29:ana", "a:29:ana"]
    assert len(connector.opened) == 1
    assert connector.opened[0]["members"] == [{"id": "29:ana"}] and connector.opened[0]["tenantId"] == TENANT


async def test_an_address_of_nobody(channel, connector):
    with pytest.raises(GaveUp):
        await channel.send({"service": connector.url}, CARD, key="k", replaces="")


async def test_a_redirect_is_not_followed(connector):
    speaking = Connector(Tokens(TOKEN), lambda service: True)
    connector.fail(307, Location="http://127.0.0.1:9/elsewhere")
    try:
        with pytest.raises(GaveUp):
            await speaking.post(connector.url, "a:1", {"type": "message", "text": "x"})
    finally:
        await speaking.close()
    assert connector.asked == 1


async def test_a_client_without_dialogs_is_asked_for_none(connector, address):
    speaking = Connector(Tokens(TOKEN), lambda service: True)
    opens = spoken(Card((plain("Tekst"),), (Button("begin", plain("Begynd"), does="form"),), plain("Titel")), "da")
    try:
        await TeamsChannel(speaking, BOT, has_dialogs=False).send(address, opens, key="k", replaces="")
        await TeamsChannel(speaking, BOT).send(address, opens, key="k", replaces="")
    finally:
        await speaking.close()
    without, with_one = (one.card["actions"][0]["data"] for one in connector.taken)
    assert set(without) == {"pejling"} and set(with_one) == {"pejling", "msteams"}


async def test_a_card_larger_than_teams_takes_is_not_sent(channel, address, connector):
    with pytest.raises(GaveUp) as gave_up:
        await channel.send(address, CARD | {"text": ["x" * 30_000]}, key="k", replaces="")
    assert not gave_up.value.unreachable and connector.asked == 0


STRANGERS = [
    "http://smba.trafficmanager.net/emea/",
    "https://stranger.trafficmanager.net/",
    "https://smba.trafficmanager.net.stranger.example/",
    "https://smba.trafficmanager.net@stranger.example/",
    "https://user@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net:8443/",
    "https://smba.trafficmanager.net:99999/",
    "https://botframework.com.stranger.example/",
    "https://stranger.example/?smba.trafficmanager.net",
    "https://[::1/",
    "http://127.0.0.1/",
    "https://169.254.169.254/",
    "file:///etc/passwd",
    "",
]


@pytest.mark.parametrize("service", STRANGERS)
async def test_a_stranger_is_never_spoken_to(service):
    assert not addresses.is_microsofts(service)
    tokens = Tokens(TOKEN)
    with pytest.raises(GaveUp):
        await Connector(tokens).post(service, "a:1", {"type": "message", "text": "x"})
    assert tokens.asked == 0


@pytest.mark.parametrize("service", ["https://smba.trafficmanager.net/emea/", "https://smba.trafficmanager.net/teams/", "https://europe.botframework.com", "https://smba.infra.gcc.teams.microsoft.com/teams"])
def test_microsoft_is(service):
    assert addresses.is_microsofts(service)


@pytest.mark.parametrize(("service", "is_here"), [("http://127.0.0.1:56150/_connector", True), ("http://localhost:1/", True), ("http://[::1]:1/", True), ("http://example.com/", False), ("http://127.0.0.1.example.com/", False), ("http://[", False)])
def test_the_emulator_is_on_this_machine(service, is_here):
    assert addresses.is_this_machine(service) == is_here
