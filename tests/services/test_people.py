"""People, where they can be reached, roles, and joining a second channel."""

from __future__ import annotations

import asyncio

import pytest
from lives import NOW, agree, department, later, person, sender, write
from sqlalchemy.exc import IntegrityError

from bot.dialogs.turn import Known
from bot.errors import Refused
from bot.services import departments, joining, people, roles, whereabouts
from bot.services.refusals import is_refused, remember_refusal
from scheduler.due import places_of


@pytest.fixture
def here(store):
    return store.run_now(department)


def test_first_contact_makes_a_person_who_is_found_again(store, here):
    who = sender(here.id, name="Ny", language="en", timezone="Europe/Berlin", address={"channel": "D1"})
    met = store.run_now(lambda db: people.meet(db, who, NOW))
    assert (met.name, met.language, met.timezone, met.state) == ("Ny", "en", "Europe/Berlin", "new")
    again = store.run_now(lambda db: people.meet(db, who, later(minutes=5)))
    assert (again.id, again.conversation) == (met.id, met.conversation)
    assert store.read_now(lambda db: people.find(db, here.id, "slack", "U0815")).id == met.id


def test_somebody_unknown_is_nobody_and_another_organisation_is_another_person(store, here):
    first = store.run_now(lambda db: people.meet(db, sender(here.id), NOW))
    other = store.run_now(lambda db: people.meet(db, sender(here.max.organisation), NOW))
    assert first.id != other.id
    assert store.read_now(lambda db: people.find(db, here.id, "teams", "U0815")) is None
    assert store.read_now(lambda db: people.person(db, here.id, other.id)) is None


async def test_ten_first_contacts_at_once_are_one_person(store, here):
    met = await asyncio.gather(
        *(store.run(lambda db: people.meet(db, sender(here.id), NOW)) for _ in range(10))
    )
    assert len({one.id for one in met}) == 1 and len({one.conversation for one in met}) == 1


def test_an_organisation_nobody_made_is_an_error(store):
    with pytest.raises(IntegrityError):
        store.run_now(lambda db: people.meet(db, sender("nowhere"), NOW))


def test_being_heard_again_mends_the_address_and_reachability(store, here):
    def scenario(db):
        met = people.meet(db, sender(here.id, address={"url": "old"}), NOW)
        whereabouts.mark_unreachable(db, here.id, met.conversation)
        assert whereabouts.conversation_of(db, met) is None
        people.meet(db, sender(here.id, address={"url": "new"}), NOW)
        return whereabouts.conversation_of(db, met)

    row = store.run_now(scenario)
    assert row.address == {"url": "new"} and row.last_heard_at == NOW


def test_unreachable_is_only_for_ones_own_organisation(store, here):
    def scenario(db):
        met = people.meet(db, sender(here.id), NOW)
        whereabouts.mark_unreachable(db, here.max.organisation, met.conversation)
        return whereabouts.conversation_of(db, met)

    assert store.run_now(scenario).reachable


def test_one_talks_where_preferred_else_where_last_heard(store, here):
    def scenario(db):
        whereabouts.add_identity(db, here.per, "slack", "U1")
        whereabouts.add_identity(db, here.per, "teams", "T1")
        people.meet(db, sender(here.id, "T1", "teams"), NOW)
        people.meet(db, sender(here.id, "U1", "slack"), later(hours=1))
        last_heard = whereabouts.conversation_of(db, here.per).channel
        per = people.set_person(db, here.per, {"preferred_channel": "teams"}, NOW)
        preferred = whereabouts.conversation_of(db, per)
        whereabouts.mark_unreachable(db, here.id, preferred.id)
        return last_heard, preferred.channel, whereabouts.conversation_of(db, per).channel

    assert store.run_now(scenario) == ("slack", "teams", "slack")


def test_following_a_link_to_the_web_does_not_move_the_prompts_there(store, here):
    """A one-time link makes somebody heard on the web, where nothing rings: a prompt there is one nobody sees."""

    def scenario(db):
        whereabouts.add_identity(db, here.per, "teams", "T1")
        people.meet(db, sender(here.id, "T1", "teams"), NOW)
        people.meet(db, sender(here.id, here.per.id, "web"), later(hours=1))
        rings = whereabouts.conversation_of(db, here.per)
        for_many = places_of(db, [here.per.id])[here.per.id].conversation == rings.id
        per = people.set_person(db, here.per, {"preferred_channel": "web"}, NOW)
        preferred = whereabouts.conversation_of(db, per).channel
        same = places_of(db, [here.per.id])[here.per.id].conversation == whereabouts.conversation_of(db, per).id
        return rings.channel, for_many, preferred, same

    assert store.run_now(scenario) == ("teams", True, "web", True)


def test_what_a_dialog_may_know(store, here):
    known = Known(**store.read_now(lambda db: people.known(db, here.per)))
    assert (known.leader, known.groups, known.level, known.centre) == ("Ea", ("Ledergruppen",), "lm", here.centre)
    alone = Known(**store.read_now(lambda db: people.known(db, here.liv)))
    assert (alone.leader, alone.groups, alone.language) == ("", (), "da")


def test_a_leader_who_left_is_not_known(store, here):
    store.run_now(lambda db: people.set_person(db, here.ea, {"state": "left"}, NOW))
    assert store.read_now(lambda db: people.known(db, here.per))["leader"] == ""


def test_reading_the_notice_is_dated_and_what_cannot_be_set_is_refused(store, here):
    read = store.run_now(lambda db: people.set_person(db, here.per, {"notice_version": "2"}, later(hours=2)))
    kept = store.read_now(lambda db: people.person(db, here.id, here.per.id))
    assert read == kept and kept.noticed_at == later(hours=2)
    foreign = store.run_now(lambda db: departments.make_centre(db, here.max.organisation, "Andet"))
    for wrong in ({"organisation": "x"}, {"state": "asleep"}, {"centre": foreign}, {"leader": here.max.id}):
        with pytest.raises(ValueError):
            store.run_now(lambda db, wrong=wrong: people.set_person(db, here.per, wrong, NOW))


def test_a_refusal_is_remembered_until_one_comes_back(store, here):
    store.run_now(lambda db: remember_refusal(db, here.id, "slack", "U0815", NOW))
    met = store.run_now(lambda db: people.meet(db, sender(here.id), NOW))
    assert met.state == "declined"
    store.run_now(lambda db: people.set_person(db, met, {"state": "active"}, NOW))
    assert not store.read_now(lambda db: is_refused(db, here.id, "slack", "U0815"))


# ---- roles -----------------------------------------------------------------------------------------------


def test_roles_are_given_once_taken_and_logged(store, here):
    def scenario(db):
        assert roles.give_role(db, here.per, "coordinator", by="cli", now=NOW, centre=here.centre)
        assert not roles.give_role(db, here.per, "coordinator", by="cli", now=NOW, centre=here.centre)
        assert roles.has_role(db, here.per, "coordinator", here.centre)
        assert not roles.has_role(db, here.per, "coordinator")
        assert not roles.take_role(db, here.per, "coordinator", by="cli", now=NOW)
        assert roles.take_role(db, here.per, "coordinator", by="cli", now=later(days=1), centre=here.centre)
        assert roles.roles_of(db, here.per) == []
        return roles.role_log(db, here.id)

    taken, given = store.run_now(scenario)
    assert taken.what.startswith("taken: coordinator") and given.what.startswith("given: coordinator")
    assert (given.about, given.by, given.at) == (here.per.id, "cli", NOW)


def test_there_is_a_first_administrator_and_never_none_again(store, here):
    store.run_now(lambda db: roles.first_administrator(db, here.ea, NOW))
    with pytest.raises(Refused, match="has_administrator"):
        store.run_now(lambda db: roles.first_administrator(db, here.liv, NOW))
    with pytest.raises(Refused, match="last_administrator"):
        store.run_now(lambda db: roles.take_role(db, here.ea, "administrator", by="cli", now=NOW))


def test_who_has_left_is_no_administrator_to_rely_on(store, here):
    def scenario(db):
        for one in (here.ea, here.liv):
            roles.give_role(db, one, "administrator", by="cli", now=NOW)
        people.set_person(db, here.liv, {"state": "left"}, NOW)
        assert roles.administrators(db, here.id) == {here.ea.id}
        roles.take_role(db, here.ea, "administrator", by="cli", now=NOW)

    with pytest.raises(Refused, match="last_administrator"):
        store.run_now(scenario)


# ---- a second channel ------------------------------------------------------------------------------------


def test_a_code_joins_a_second_channel_and_works_once(store, here):
    def scenario(db):
        newcomer = people.meet(db, sender(here.id, address={"c": 1}), NOW)
        people.set_person(db, here.una, {"leader": newcomer.id}, NOW)
        code = joining.join_code(db, here.per, NOW)
        assert joining.is_code(code) and not joining.is_code("pause 2 uger")
        joined = joining.join(db, f" {code.lower()} ", sender(here.id), later(minutes=14))
        again = joining.join(db, code, sender(here.id), later(minutes=14))
        assert people.person(db, here.id, newcomer.id) is None
        assert people.person(db, here.id, here.una.id).leader == here.per.id
        return joined, again, [one.channel for one in whereabouts.conversations(db, here.per)]

    joined, again, channels = store.run_now(scenario)
    assert joined.person.id == here.per.id and again.why == "unknown"
    assert channels == ["slack", "web"]
    assert store.read_now(lambda db: people.find(db, here.id, "slack", "U0815")).id == here.per.id


def test_a_code_is_too_old_after_a_quarter_of_an_hour_or_after_a_newer_one(store, here):
    def scenario(db):
        people.meet(db, sender(here.id), NOW)
        first = joining.join_code(db, here.per, NOW)
        second = joining.join_code(db, here.per, NOW)
        return (
            joining.join(db, first, sender(here.id), NOW).why,
            joining.join(db, second, sender(here.id), later(minutes=15)).why,
        )

    assert store.run_now(scenario) == ("unknown", "unknown")


def test_guessing_stops_after_five(store, here):
    def scenario(db):
        people.meet(db, sender(here.id), NOW)
        code = joining.join_code(db, here.per, NOW)
        for _ in range(joining.MISSES):
            assert joining.join(db, "AAAA-AAAA", sender(here.id), NOW).why == "unknown"
        stopped = joining.join(db, code, sender(here.id), NOW).why
        code = joining.join_code(db, here.per, later(minutes=16))
        return stopped, joining.join(db, code, sender(here.id), later(minutes=16)).person.id

    assert store.run_now(scenario) == ("too_many", here.per.id)


def test_nobody_with_things_of_their_own_is_joined_to_another(store, here):
    def scenario(db):
        newcomer = people.meet(db, sender(here.id), NOW)
        code = joining.join_code(db, here.per, NOW)
        write(db, newcomer, "mit eget")
        return joining.join(db, code, sender(here.id), NOW).why, people.find(db, here.id, "slack", "U0815").id == newcomer.id

    assert store.run_now(scenario) == ("has_own", True)


def test_a_code_is_no_use_on_the_same_channel_or_in_another_organisation(store, here):
    def scenario(db):
        code = joining.join_code(db, here.per, NOW)
        people.meet(db, sender(here.max.organisation), NOW)
        agree(db, here.per, "noget")
        return (
            joining.join(db, code, sender(here.id, here.per.id, "web"), NOW).why,
            joining.join(db, code, sender(here.id, here.liv.id, "web"), NOW).why,
            joining.join(db, code, sender(here.max.organisation), NOW).why,
        )

    assert store.run_now(scenario) == ("same", "has_channel", "unknown")


def test_everybody_is_listed_by_name_within_their_organisation(store, here):
    store.run_now(lambda db: person(db, here.id, "Abel"))
    names = [one.name for one in store.read_now(lambda db: people.people(db, here.id))]
    assert names == ["Abel", "Ea", "Liv", "Per", "Una"]
