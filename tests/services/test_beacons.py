"""Beacons as rows: who may change them, what history says, and that nobody writes over another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from bot.errors import Refused
from bot.services import beacons, departments, roles
from bot.services.beacons import Bundled
from tests.services.lives import NOW, department, later

OWN = {"name": {"da": "Ro på gangen", "en": ""}, "one_line": {"da": "Ro.", "en": ""}, "questions": []}
COMMON = Bundled("implementeringsledelse", "active", date(2023, 6, 1), None)


@pytest.fixture
def here(store):
    return store.run_now(department)


@pytest.fixture
def do(store):
    return store.run_now


def coordinator(do, person, centre=None, role="coordinator"):
    do(lambda db: roles.give_role(db, person, role, by="cli", now=NOW, centre=centre))


def propose(do, person, centre, why="Fordi"):
    return do(lambda db: beacons.propose(db, person, centre=centre, own=OWN, why=why, now=NOW))


def change(do, person, beacon, what, **more):
    more = {"why": "Derfor", "now": later(days=1), **more}
    do(lambda db: beacons.change(db, person, beacon, what, **more))


def refused(work):
    with pytest.raises(Refused) as refusal:
        work()
    return refusal.value.text


def test_the_life_of_a_beacon_is_remembered(do, here):
    coordinator(do, here.ea, here.centre)
    id = propose(do, here.ea, here.centre)
    change(do, here.ea, id, "designate", own=OWN | {"in_use": {}})
    change(do, here.ea, id, "extend", until=date(2027, 6, 1), now=later(days=2))
    change(do, here.ea, id, "close", why="Det er hverdag nu", now=later(days=3))
    row = do(lambda db: beacons.beacon(db, here.id, id))
    assert (row.state, row.closed, row.until, row.centre) == ("closed", date(2026, 11, 26), None, here.centre)
    lines = do(lambda db: beacons.history(db, here.id, id))
    assert [(one.what, one.by) for one in lines] == [(w, "Ea") for w in ("closed", "extended", "designated", "proposed")]
    assert lines[0].why == "Det er hverdag nu" and lines[1].until == date(2027, 6, 1)


def test_every_change_gives_the_edition_another_name(do, here):
    coordinator(do, here.ea)
    names = {do(lambda db: beacons.edition(db, here.id))}
    id = propose(do, here.ea, here.centre)
    names.add(do(lambda db: beacons.edition(db, here.id)))
    change(do, here.ea, id, "designate")
    names.add(do(lambda db: beacons.edition(db, here.id)))
    assert len(names) == 3 and do(lambda db: beacons.edition(db, here.max.organisation)) == ""


def test_what_came_with_pejling_gets_a_row_when_something_becomes_of_it(do, here):
    coordinator(do, here.ea)
    change(do, here.ea, COMMON.beacon, "close", bundled=COMMON)
    [row] = do(lambda db: beacons.beacons(db, here.id))
    assert (row.beacon, row.state, row.since, row.own) == (COMMON.beacon, "closed", date(2023, 6, 1), None)
    change(do, here.ea, COMMON.beacon, "designate", bundled=COMMON)
    assert do(lambda db: beacons.beacons(db, here.max.organisation)) == []


def test_only_who_coordinates_the_centre_may(do, here):
    other = do(lambda db: departments.make_centre(db, here.id, "Center Syd"))
    coordinator(do, here.liv, other)
    coordinator(do, here.ea, here.centre)
    coordinator(do, here.una, role="administrator")
    coordinator(do, here.max)
    id = propose(do, here.ea, here.centre)
    for one in (here.liv, here.per, here.una, here.max):
        assert refused(lambda one=one: propose(do, one, here.centre)) == "roles.other_centre"
        assert refused(lambda one=one: change(do, one, id, "designate")) == "roles.other_centre"
        assert refused(lambda one=one: do(lambda db: beacons.write(db, one, id, OWN, 1, NOW))) == "roles.other_centre"
    assert refused(lambda: propose(do, here.ea, "")) == "roles.other_centre"
    assert refused(lambda: change(do, here.ea, COMMON.beacon, "close", bundled=COMMON)) == "roles.other_centre"
    assert propose(do, here.una, "")
    assert do(lambda db: beacons.beacon(db, here.id, id)).state == "proposed"


def test_a_role_taken_back_counts_at_once(do, here):
    coordinator(do, here.ea, here.centre)
    id = propose(do, here.ea, here.centre)
    do(lambda db: roles.take_role(db, here.ea, "coordinator", by="cli", now=NOW, centre=here.centre))
    assert refused(lambda: change(do, here.ea, id, "designate")) == "roles.other_centre"
    assert do(lambda db: beacons.scopes(db, here.ea)) == []


def test_what_may_be_changed_is_said(do, here):
    coordinator(do, here.ea)
    assert do(lambda db: beacons.scopes(db, here.ea)) == [("", ""), (here.centre, "Center Nord")]
    coordinator(do, here.per, here.centre)
    assert do(lambda db: beacons.scopes(db, here.per)) == [(here.centre, "Center Nord")]


@pytest.mark.parametrize("what", ["extend", "close"])
def test_a_proposal_cannot_be_extended_or_closed(do, here, what):
    coordinator(do, here.ea)
    id = propose(do, here.ea, here.centre)
    assert refused(lambda: change(do, here.ea, id, what)) == "beacons.changed_meanwhile"


def test_nobody_writes_over_what_another_wrote_meanwhile(do, here):
    coordinator(do, here.ea)
    id = propose(do, here.ea, here.centre)
    do(lambda db: beacons.write(db, here.ea, id, OWN | {"next": 2}, 1, NOW))
    assert refused(lambda: do(lambda db: beacons.write(db, here.ea, id, OWN | {"next": 9}, 1, NOW))) == "beacons.changed_meanwhile"
    assert do(lambda db: beacons.beacon(db, here.id, id)).own["next"] == 2


def test_two_who_close_at_once_close_it_once(do, here):
    coordinator(do, here.ea)

    def close(_):
        try:
            change(do, here.ea, COMMON.beacon, "close", bundled=COMMON)
        except Refused as refusal:
            return refusal.text
        return "closed"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(close, range(2))) == ["beacons.changed_meanwhile", "closed"]
    assert len(do(lambda db: beacons.history(db, here.id, COMMON.beacon))) == 1
