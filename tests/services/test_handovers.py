"""Handing over: only by one of the group, only what was shown, and never more than one copy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.errors import Refused
from bot.services import beacons, departments, erasing, handovers, logbook, roles, sharing
from bot.services.retention import expire
from bot.store.tables import Handover
from tests.services.lives import NOW, department, later, write

TITLE = {"da": "Status", "en": "Status"}
SINCE, UNTIL = NOW - timedelta(days=1), NOW + timedelta(days=300)
HANDOVER = Handover.__table__


@pytest.fixture
def here(store):
    return store.run_now(department)


@pytest.fixture
def do(store):
    return store.run_now


@pytest.fixture
def entry(do, here):
    """Per's status, shared with the group Una is in too."""
    return do(lambda db: write(db, here.per, "tavlemøder", flow="F18", beacon="b1", visibility="leader_group"))


def give(do, person, entry, id="h1", digest="", now=NOW):
    def work(db):
        shown = digest or handovers.goes(db, person, entry, now).digest
        handovers.hand_over(db, person, id, entry, shown, TITLE, now)

    do(work)


def coordinate(do, person, centre=None):
    do(lambda db: roles.give_role(db, person, "coordinator", by="cli", now=NOW, centre=centre))


def read(do, reader):
    return do(lambda db: handovers.statuses(db, reader, SINCE, UNTIL))


def refused(work):
    with pytest.raises(Refused) as refusal:
        work()
    return refusal.value.text


def test_nothing_reaches_the_department_before_somebody_presses(do, here, entry):
    coordinate(do, here.ea)
    do(lambda db: handovers.goes(db, here.per, entry, NOW))
    assert read(do, here.ea) == []


@pytest.mark.parametrize("who", ["per", "una"])
def test_any_of_the_group_hands_over_what_was_shown_signed_by_the_group(do, here, entry, who):
    coordinate(do, here.ea)
    give(do, getattr(here, who), entry)
    [status] = read(do, here.ea)
    assert (status.group_name, status.centre_name, status.beacon) == ("Ledergruppen", "Center Nord", "b1")
    assert [one["answer"] for one in status.answers] == ["tavlemøder"]
    assert "Per" not in repr(status) and "Una" not in repr(status)
    [row] = do(lambda db: handovers.of_groups(db, here.una))
    assert row.by.lower() == who


@pytest.mark.parametrize("who", ["ea", "liv", "max"])
def test_nobody_outside_the_group_can(do, here, entry, who):
    stranger = getattr(here, who)
    coordinate(do, stranger)
    assert refused(lambda: give(do, stranger, entry)) == "handover.not_yours"
    assert refused(lambda: do(lambda db: handovers.hand_over(db, stranger, "h1", entry, "x", TITLE, NOW))) == "handover.not_yours"
    give(do, here.per, entry)
    assert refused(lambda: do(lambda db: handovers.take_back(db, stranger, "h1", NOW))) == "handover.not_yours"
    assert do(lambda db: handovers.of_groups(db, stranger)) == []


def test_who_left_the_group_can_no_more(do, here, entry):
    do(lambda db: departments.leave_group(db, here.una, here.group))
    assert refused(lambda: give(do, here.una, entry)) == "handover.not_yours"
    do(lambda db: departments.leave_group(db, here.per, here.group))
    assert refused(lambda: give(do, here.per, entry)) == "handover.not_yours"


def test_what_is_private_stays_with_its_owner(do, here):
    entry = do(lambda db: write(db, here.per, "mit eget", flow="F18"))
    assert refused(lambda: give(do, here.per, entry)) == "handover.not_yours"


def test_a_group_without_a_centre_is_told_so(do, here):
    def work(db):
        group = departments.make_group(db, here.id, "Uden center")
        departments.enter_group(db, here.liv, group)
        return write(db, here.liv, "noget", flow="F18", visibility="leader_group")

    assert refused(lambda entry=do(work): give(do, here.liv, entry)) == "handover.no_centre"


def test_what_was_changed_since_it_was_shown_does_not_go(do, here, entry):
    shown = do(lambda db: handovers.goes(db, here.una, entry, NOW)).digest
    rewrite(do, here, entry, "noget andet")
    assert refused(lambda: give(do, here.una, entry, digest=shown)) == "handover.changed"


def rewrite(do, here, entry, text):
    run = do(lambda db: logbook.entry(db, here.per, entry)).run
    do(lambda db: write(db, here.per, text, run=run, flow="F18", beacon="b1", visibility="leader_group"))


def test_what_is_written_later_stays_inside_until_it_is_handed_over_anew(do, here, entry):
    coordinate(do, here.ea)
    give(do, here.per, entry)
    rewrite(do, here, entry, "den nye tekst")
    assert [one["answer"] for one in read(do, here.ea)[0].answers] == ["tavlemøder"]
    assert do(lambda db: handovers.goes(db, here.per, entry, NOW)).is_newer
    give(do, here.una, entry, id="h2", now=later(hours=1))
    [status] = read(do, here.ea)
    assert [one["answer"] for one in status.answers] == ["den nye tekst"]
    assert [one.taken_back_at is None for one in do(lambda db: handovers.of_groups(db, here.per))] == [True, False]


def test_taking_back_deletes_the_words_and_keeps_the_line(do, here, entry):
    coordinate(do, here.ea)
    give(do, here.per, entry)
    assert do(lambda db: handovers.take_back(db, here.una, "h1", later(days=1)))
    assert do(lambda db: handovers.take_back(db, here.una, "h1", later(days=2)))
    assert read(do, here.ea) == [] and do(lambda db: db.scalar(select(HANDOVER.c.sealed))) is None
    [row] = do(lambda db: handovers.of_groups(db, here.per))
    assert row.taken_back_at == later(days=1)


def test_twice_is_once_and_two_at_once_too(do, here, entry):
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda pair: give(do, pair[0], entry, id=pair[1]), ((here.per, "h1"), (here.una, "h2"))))
    give(do, here.per, entry, id="h3")
    assert len(do(lambda db: handovers.of_groups(db, here.per))) == 1


def test_the_department_reads_only_what_is_its_own(do, here, entry):
    other = do(lambda db: departments.make_centre(db, here.id, "Center Syd"))
    give(do, here.per, entry)
    coordinate(do, here.liv, other)
    coordinate(do, here.una, here.centre)
    coordinate(do, here.max)
    assert read(do, here.liv) == [] and read(do, here.max) == []
    assert len(read(do, here.una)) == 1
    assert refused(lambda: read(do, here.per)) == "roles.not_coordinator"
    do(lambda db: roles.take_role(db, here.una, "coordinator", by="cli", now=NOW, centre=here.centre))
    assert refused(lambda: read(do, here.una)) == "roles.not_coordinator"


def test_the_group_sees_that_a_document_was_fetched(do, here, entry):
    give(do, here.per, entry)
    do(lambda db: handovers.mark_used(db, here.max, ["h1"], NOW))
    do(lambda db: handovers.mark_used(db, here.ea, ["h1"], later(days=1)))
    do(lambda db: handovers.mark_used(db, here.ea, ["h1"], later(days=2)))
    assert do(lambda db: handovers.of_groups(db, here.una))[0].used_at == later(days=1)


def test_opening_it_to_hand_it_over_is_in_the_access_log(do, here, entry):
    do(lambda db: handovers.goes(db, here.una, entry, NOW))
    assert [one.reader_name for one in do(lambda db: sharing.who_opened(db, here.per))] == ["Una"]


def test_who_deletes_everything_leaves_the_groups_text_signed_by_nobody(do, here, entry):
    give(do, here.per, entry)
    do(lambda db: erasing.erase(db, here.per, NOW))
    [row] = do(lambda db: handovers.of_groups(db, here.una))
    assert row.by == "" and not do(lambda db: db.scalar(select(HANDOVER.c.by))).startswith(here.per.id)


def test_what_was_handed_over_goes_two_years_after_its_beacon_was_closed(do, here):
    coordinate(do, here.ea)
    own = {"name": {"da": "Ro", "en": ""}, "one_line": {"da": "Ro.", "en": ""}, "questions": []}
    beacon = do(lambda db: beacons.propose(db, here.ea, centre=here.centre, own=own, why="", now=NOW))
    entry = do(lambda db: write(db, here.per, "ro", flow="F18", beacon=beacon, visibility="leader_group"))
    give(do, here.per, entry)
    for what, days in (("designate", 0), ("close", 1)):
        do(lambda db, what=what, days=days: beacons.change(db, here.ea, beacon, what, why="", now=later(days=days)))
    assert do(lambda db: expire(db, later(days=730))).statuses == 0
    assert do(lambda db: expire(db, later(days=733))).statuses == 1
    assert do(lambda db: handovers.of_groups(db, here.per)) == []
