"""What is kept of groups has an end, and what an agreement became is asked about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import exporting, retention, rooms
from bot.services.places import leave_place
from tests.application import NOW, ORGANISATION, library
from tests.groups.group import Group


@pytest.fixture
def group(sqlite_store):
    group = Group(sqlite_store)
    group.open_organisation()
    group.settle("ana", "bo")
    group.open_place()
    return group


def expire(group, days):
    return group.store.run_now(lambda db: retention.expire(db, NOW + timedelta(days=days))).groups


async def test_what_is_over_is_deleted_and_the_groups_agreement_lives_on(group):
    subject = await group.begun()
    await group.press("bo", "agree", subject)
    assert expire(group, 29) == 0 and expire(group, 31) == 1
    assert group.count("group_run") == 0 and group.count("group_note", kind="agreement") == 1
    group.open_place()
    expire(group, 366)
    assert group.count("group_note") == 0


async def test_what_waits_for_nothing_is_deleted_and_what_has_a_deadline_is_not(group):
    subject = await group.begun()
    assert expire(group, 40) == 0
    await group.press("ana", "show", subject)  # waits for nothing from now on
    assert expire(group, 40) == 1 and group.count("group_run") == 0


async def test_a_place_we_were_removed_from_is_forgotten_with_everything_in_it(group):
    await group.begun()
    group.store.run_now(lambda db: leave_place(db, ORGANISATION, "stage", "north", NOW))
    assert expire(group, 29) == 0
    expire(group, 31)
    assert group.count("conversation", id=group.here) == group.count("group_run") == group.count("group_note") == 0


async def test_a_room_that_is_closed_is_forgotten(group):
    [ana] = group.settle("ana")
    id = group.store.run_now(lambda db: rooms.make(db, ana, "Nord", "da", NOW))
    expire(group, 100)
    assert group.count("room") == 1
    group.store.run_now(lambda db: rooms.close(db, id, NOW + timedelta(days=100)))
    expire(group, 129)
    assert group.count("room") == 1
    expire(group, 131)
    assert group.count("room") == 0 == group.count("conversation", id=id)


async def test_an_agreement_is_asked_about_as_any_other(group):
    subject = await group.begun()
    await group.press("bo", "agree", subject)
    await group.deliver()
    group.clock.pass_(timedelta(days=3))
    await group.tick()
    [asked] = await group.deliver()
    assert asked["subject"].startswith("occurrence:") and "ringe" not in str(asked)


async def test_what_somebody_agreed_in_a_group_and_their_rooms_are_in_what_they_get(group):
    subject = await group.begun()
    await group.press("bo", "agree", subject)
    [bo] = group.settle("bo")
    group.store.run_now(lambda db: rooms.make(db, bo, "Nord", "da", NOW))
    data = group.store.read_now(lambda db: exporting.everything(db, bo, NOW))
    assert (data["rooms"], [one["words"] for one in data["agreed_in_groups"]]) == ([{"name": "Nord"}], [{"what": "ringe i morgen"}])
    page = exporting.readable(data, "da")
    assert "Rum, du er i" in page and page.count("ringe i morgen") >= 2


def test_what_came_of_a_dialog_with_a_group_is_called_by_its_title():
    assert library().title_of("group_dynamics").da == "Efter mødet" and library().title_of("F01").da and library().title_of("gone").da == "gone"
