"""Taking in a list: all or nothing, nobody doubled, and recognised only by an address a channel has verified."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lives import NOW, department, sender
from sqlalchemy import func, select

from bot.errors import Refused
from bot.services import (
    demo,
    departments,
    emails,
    erasing,
    exporting,
    importing,
    joining,
    people,
    roles,
    schedules,
    uploads,
    whereabouts,
)
from bot.services.people_file import read_people
from bot.store.tables import Email, LeaderGroup, Person

HEADS = "navn;e-mail;niveau;center;leder;ledergruppe\n"
LIST = (
    "Asta Å;asta@by.dk;lm;Center Nord;BODIL@by.dk;Ledergruppen\n"
    "Bodil B;bodil@by.dk;ll;Center Nord;;Ledergruppen|Chefgruppen\n"
    "Carl C;carl@by.dk;lm;Center Syd;Bodil B;\n"
)


@pytest.fixture
def here(store):
    return store.run_now(department)


def look(store, organisation, text, makes_new=True, heads=HEADS):
    file = read_people((heads + text).encode())

    def work(db):
        return importing.look(db, organisation, file, importing.prepare(db, organisation, file), makes_new=makes_new)

    return store.read_now(work)


def take_in(store, organisation, text, makes_new=True, heads=HEADS):
    file = read_people((heads + text).encode())

    def work(db):
        prepared = importing.prepare(db, organisation, file)
        return importing.carry_out(db, organisation, file, prepared, makes_new=makes_new, by="cli", now=NOW)

    return store.run_now(work)


def known(store, organisation, name):
    return store.read_now(lambda db: next((one for one in people.people(db, organisation) if one.name == name), None))


def keys(outlook):
    return [(one.line, one.key) for one in outlook.mistakes]


def test_everybody_comes_with_centre_leader_and_groups(store, here):
    outlook = take_in(store, here.id, LIST)
    assert (outlook.new, outlook.changed, outlook.untouched) == (3, 0, 4)
    assert outlook.centres == ("Center Syd",) and outlook.groups == ("Chefgruppen",)
    asta, bodil, carl = (known(store, here.id, name) for name in ("Asta Å", "Bodil B", "Carl C"))
    assert (asta.level, asta.centre, asta.leader, asta.state) == ("lm", here.centre, bodil.id, "new")
    assert carl.leader == bodil.id and bodil.leader is None
    groups = store.read_now(lambda db: [name for _, name in departments.groups_of(db, bodil)])
    assert groups == ["Chefgruppen", "Ledergruppen"]
    centre = store.read_now(lambda db: db.scalar(select(LeaderGroup.centre).where(LeaderGroup.name == "Chefgruppen")))
    assert centre == here.centre


def test_looking_changes_nothing(store, here):
    before = store.read_now(lambda db: [db.scalar(select(func.count()).select_from(t)) for t in (Person, Email, LeaderGroup)])
    assert look(store, here.id, LIST).new == 3
    assert store.read_now(lambda db: [db.scalar(select(func.count()).select_from(t)) for t in (Person, Email, LeaderGroup)]) == before


def test_again_is_the_same_and_a_changed_line_changes_only_that(store, here):
    take_in(store, here.id, LIST)
    again = take_in(store, here.id, LIST)
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    carl = known(store, here.id, "Carl C")
    changed = take_in(store, here.id, "Carl Carlsen;CARL@by.dk;;;;Ledergruppen\n")
    assert (changed.new, changed.changed) == (0, 1)
    after = known(store, here.id, "Carl Carlsen")
    assert (after.id, after.level, after.centre, after.leader) == (carl.id, "lm", carl.centre, carl.leader)


def test_who_moves_by_a_list_takes_their_rhythm_along(store, here):
    take_in(store, here.id, LIST)
    carl = known(store, here.id, "Carl C")
    weekly = {"weekday": 0, "time": "08:00", "every": 1, "timezone": carl.timezone, "now": NOW}
    before = store.run_now(lambda db: schedules.set_rhythm(db, organisation=here.id, person=carl.id, **weekly))
    take_in(store, here.id, "Carl C;carl@by.dk;Europe/London\n", heads="navn;e-mail;tidszone\n")
    after = known(store, here.id, "Carl C")
    rhythm = store.read_now(lambda db: schedules.rhythm_of(db, after))
    assert (after.timezone, rhythm.next_run_at - before) == ("Europe/London", timedelta(hours=1))


def test_groups_are_those_of_the_list(store, here):
    take_in(store, here.id, LIST)
    take_in(store, here.id, "Bodil B;bodil@by.dk;;;;Chefgruppen\n")
    bodil = known(store, here.id, "Bodil B")
    assert store.read_now(lambda db: [name for _, name in departments.groups_of(db, bodil)]) == ["Chefgruppen"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A;a@by.dk;;Center Nrod;;\n", [(2, "centre_unknown_near")]),
        ("A;a@by.dk;;Månen;;\n", [(2, "centre_unknown")]),
        ("A;a@by.dk;;;;Lederguppen\n", [(2, "group_unknown_near")]),
        ("A;a@by.dk;;;nogen@by.dk;\n", [(2, "leader_unknown")]),
        ("A;a@by.dk;;;Per Nogen;\n", [(2, "leader_unknown")]),
        ("A;a@by.dk;;;A;\n", [(2, "leader_self")]),
        ("Per;a@by.dk;;;;\nB;b@by.dk;;;Per;\n", [(3, "leader_unclear")]),
        ("A;a@by.dk;;;b@by.dk;\nB;b@by.dk;;;c@by.dk;\nC;c@by.dk;;;a@by.dk;\n", [(2, "leader_circle")]),
        (";x;;;;\nB;b@by.dk;;;x;\n", [(2, "name_missing"), (2, "email_unclear")]),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_done(store, here, text, found):
    assert keys(look(store, here.id, text, makes_new=False)) == found
    before = store.read_now(lambda db: db.scalar(select(func.count()).select_from(Person)))
    with pytest.raises(Refused):
        take_in(store, here.id, f"Z;z@by.dk;;;;\n{text}", makes_new=False)
    assert store.read_now(lambda db: db.scalar(select(func.count()).select_from(Person))) == before


def test_two_addresses_of_one_person_are_one_person(store, here):
    store.run_now(lambda db: emails.keep(db, here.id, here.per.id, ["per@by.dk", "p.hansen@by.dk"], NOW))
    assert keys(look(store, here.id, "Per;per@by.dk;;;;\nPer;p.hansen@by.dk;;;;\n")) == [(3, "doubled")]


def test_who_left_and_comes_again_is_met_anew(store, here):
    take_in(store, here.id, LIST)
    carl = known(store, here.id, "Carl C")
    store.run_now(lambda db: people.set_person(db, carl, {"state": "left"}, NOW))
    assert take_in(store, here.id, LIST).changed == 1
    assert known(store, here.id, "Carl C").state == "new"


def test_another_organisation_knows_nothing_of_it(store, here):
    take_in(store, here.id, LIST)
    elsewhere = here.max.organisation
    assert take_in(store, elsewhere, LIST).new == 3
    asta = store.run_now(lambda db: people.meet(db, sender(elsewhere, emails=("asta@by.dk",)), NOW))
    assert asta.organisation == elsewhere


def test_in_a_demo_nobody_real_is_taken_in(store):
    organisation = store.run_now(lambda db: demo.make_demo(db, NOW, notice_version="1"))
    assert look(store, organisation, LIST).new == 3
    with pytest.raises(Refused, match="import.demo"):
        take_in(store, organisation, LIST)


def test_it_stands_in_the_log_without_names(store, here):
    take_in(store, here.id, LIST)
    newest = store.read_now(lambda db: roles.role_log(db, here.id, 1))[0]
    assert (newest.by, newest.what) == ("cli", "imported: 3 new, 0 changed")


def test_a_list_of_thousands_is_no_trouble(sqlite_store):
    organisation = sqlite_store.run_now(lambda db: departments.make_organisation(db, "Stor", NOW))
    text = "".join(f"Nummer {n};n{n}@by.dk;lm;Center {n % 9};{f'n{n // 50}@by.dk' if n >= 50 else ''};\n" for n in range(5_000))
    assert take_in(sqlite_store, organisation, text).new == 5_000
    assert take_in(sqlite_store, organisation, text).same == 5_000


# ---- recognised ------------------------------------------------------------------------------------------


def meet(store, here, external="U0815", channel="slack", **more):
    return store.run_now(lambda db: people.meet(db, sender(here.id, external, channel, **more), NOW))


def test_who_is_on_the_list_is_recognised_by_a_verified_address(store, here):
    take_in(store, here.id, LIST)
    asta = known(store, here.id, "Asta Å")
    met = meet(store, here, emails=("Asta@by.dk",), name="asta", language="en")
    assert (met.id, met.name, met.language) == (asta.id, "Asta Å", "en")
    assert meet(store, here, channel="teams", external="oid-1", emails=("asta@by.dk",)).id == asta.id
    channels = store.read_now(lambda db: {one.channel for one in whereabouts.identities(db, asta)})
    assert channels == {"slack", "teams"}


def test_a_name_or_no_address_at_all_proves_nothing(store, here):
    take_in(store, here.id, LIST)
    asta = known(store, here.id, "Asta Å")
    assert meet(store, here, name="Asta Å").id != asta.id
    assert meet(store, here, "U2", name="Asta Å", emails=("asta@gmail.com",)).id != asta.id


def test_a_second_account_with_the_same_address_is_somebody_else(store, here):
    take_in(store, here.id, LIST)
    first = meet(store, here, "U1", emails=("asta@by.dk",))
    second = meet(store, here, "U2", emails=("asta@by.dk",))
    assert first.id == known(store, here.id, "Asta Å").id != second.id


def test_addresses_of_two_people_join_neither(store, here):
    take_in(store, here.id, LIST)
    met = meet(store, here, emails=("asta@by.dk", "carl@by.dk"))
    assert met.id not in {known(store, here.id, name).id for name in ("Asta Å", "Carl C")}


def test_who_was_met_before_the_list_is_not_doubled_by_it(store, here):
    met = meet(store, here, emails=("asta@by.dk",))
    kept = store.read_now(lambda db: db.execute(select(Email.person, Email.sealed)).all())
    assert [tuple(one) for one in kept] == [(met.id, None)]
    outlook = take_in(store, here.id, LIST)
    assert (outlook.new, outlook.changed) == (2, 1) and known(store, here.id, "Asta Å").id == met.id
    data = store.read_now(lambda db: exporting.everything(db, known(store, here.id, "Asta Å"), NOW))
    assert [one["words"] for one in data["emails"]] == ["asta@by.dk"]


def test_who_is_joined_by_a_code_takes_the_address_along(store, here):
    met = meet(store, here, emails=("ny@by.dk",))

    def work(db):
        code = joining.join_code(db, here.liv, NOW)
        joined = joining.join(db, code, sender(here.id), NOW).person
        return joined.id, emails.whose(db, here.id, ["ny@by.dk"])

    assert store.run_now(work) == (here.liv.id, {here.liv.id}) and met.id != here.liv.id


def test_who_deleted_everything_is_not_asked_again_by_a_new_list(store, here):
    take_in(store, here.id, LIST)
    asta = meet(store, here, emails=("asta@by.dk",))
    store.run_now(lambda db: erasing.erase(db, asta, NOW))
    assert store.read_now(lambda db: emails.whose(db, here.id, ["asta@by.dk"])) == set()
    take_in(store, here.id, LIST)
    back = known(store, here.id, "Asta Å")
    assert back.id != asta.id and back.state == "declined"
    store.run_now(lambda db: people.set_person(db, back, {"state": "active"}, NOW))
    store.run_now(lambda db: erasing.erase(db, known(store, here.id, "Asta Å"), NOW, is_refusal=False))
    take_in(store, here.id, LIST)
    assert known(store, here.id, "Asta Å").state == "new"


def test_addresses_lie_sealed(store, here):
    take_in(store, here.id, LIST)
    rows = store.read_now(lambda db: db.execute(select(Email.digest, Email.sealed)).all())
    assert len(rows) == 3 and all(len(digest) == 64 and b"asta" not in bytes(blob) for digest, blob in rows)


def test_what_was_sent_in_waits_sealed_and_is_gone_once_taken(store, here):
    raw = (HEADS + LIST).encode("cp1252")
    id = store.run_now(lambda db: uploads.keep(db, here.id, raw, NOW))
    assert store.read_now(lambda db: uploads.read(db, here.id, id)) == raw
    assert store.read_now(lambda db: uploads.read(db, here.max.organisation, id)) is None
    assert [store.run_now(lambda db: uploads.forget(db, here.id, id)) for _ in range(2)] == [True, False]
