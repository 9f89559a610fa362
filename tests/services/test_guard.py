"""The one guard: what is asked through it, and what its ledger lets out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from lives import NOW, person
from sqlalchemy import delete, select

from bot.services import departments, erasing, guard, people, retention
from bot.services.guard import Answer, Counted, Question
from bot.store.tables import Base

MEASURES = {"begun": 3, "finished": 4, "delivered": 2, "sent": 1}
OVER = NOW - timedelta(days=1)


class Place:
    """A department of centres, each with so many people; `reached[name]` is how far everybody there has come."""

    def __init__(self, db, sizes):
        self.db = db
        self.id = departments.make_organisation(db, "Afdelingen", NOW)
        self.centres = [departments.make_centre(db, self.id, f"Center {n}") for n in range(len(sizes))]
        self.people = [
            [person(db, self.id, f"P{centre}.{n}", centre=self.centres[centre]) for n in range(size)] for centre, size in enumerate(sizes)
        ]

    def counted(self, *reached):
        """`reached`: per centre, how far its people came, in order; the rest came nowhere."""
        steps = [[*theirs, *[0] * len(here)] for theirs, here in zip(reached, self.people, strict=True)]
        return [
            Counted(one.id, self.centres[at], steps[at][n]) for at, here in enumerate(self.people) for n, one in enumerate(here)
        ]

    def question(self, **more):
        asked = {"organisation": self.id, "subject": "programme:x", "period": "2026-3", "over_at": OVER}
        return Question(**asked | {"measures": {"begun": 3}, "cells": self.centres} | more)

    def ask(self, counted, now=NOW, **more):
        return guard.ask(self.db, self.question(**more), lambda: counted, now)

    def shown(self, counted, **more):
        """Centre number or "all" → measure → people, without what is hidden."""
        names = {"": "all"} | {id: n for n, id in enumerate(self.centres)}
        numbers = self.ask(counted, **more).numbers
        return {(names[cell], measure): count for (cell, measure), count in numbers.items() if count is not None}


def begun(count):
    return [3] * count


def test_before_it_is_over_there_is_no_number(store):
    def scenario(db):
        place = Place(db, [30])
        early = place.ask(place.counted(begun(12)), over_at=NOW + timedelta(seconds=1))
        return early, place.ask(place.counted(begun(12)), over_at=NOW, cells=())

    assert store.run_now(scenario) == (None, Answer(NOW, {("", "begun"): 12}))


def test_a_centre_with_three_is_too_few(store):
    """Privacy §12.5."""

    def scenario(db):
        place = Place(db, [3])
        return place.shown(place.counted(begun(3)))

    assert store.run_now(scenario) == {}


def test_the_centre_that_could_be_reckoned_out_is_hidden_with_one_more(store):
    """Privacy §12.6: all centres are asked for, one has three, and the total is shown."""

    def scenario(db):
        place = Place(db, [12, 12, 3])
        return place.shown(place.counted(begun(6), begun(6), begun(2)))

    assert store.run_now(scenario) == {("all", "begun"): 14, (0, "begun"): 6}


def test_nothing_is_shown_of_a_centre_where_the_total_is_hidden(store):
    def scenario(db):
        place = Place(db, [12, 12])
        return place.shown(place.counted(begun(12), begun(11)))

    assert store.run_now(scenario) == {}


def test_what_lies_between_two_measures_is_guarded_too(store):
    """Sixteen began and thirteen finished: that would say of three that they did not."""

    def scenario(db):
        place, other = Place(db, [30]), Place(db, [40])
        near = place.shown(place.counted([4] * 13 + [3] * 3), measures=MEASURES)
        far = other.shown(other.counted([4] * 8 + [3] * 8 + [2] * 8 + [1] * 8), measures=MEASURES)
        return near, far

    near, far = store.run_now(scenario)
    assert near == {("all", "begun"): 16}
    assert far == {("all", "begun"): 16, ("all", "finished"): 8, ("all", "delivered"): 24, ("all", "sent"): 32}


def test_the_same_question_gets_the_same_answer(store):
    """Also when more have come since; the people are not even looked up again."""

    def scenario(db):
        place = Place(db, [30])
        first = place.ask(place.counted(begun(12)))
        later = place.ask(None, NOW + timedelta(days=9))
        return first, later, guard.answered(db, place.id, "programme:x", "2026-3"), guard.periods_answered(db, place.id, "programme:x")

    first, again, kept, periods = store.run_now(scenario)
    assert first == again == kept and first.numbers["", "begun"] == 12
    assert periods == ["2026-3"]


def test_who_does_not_want_to_be_counted_is_not(store):
    def scenario(db):
        place = Place(db, [30])
        for one in place.people[0][:3]:
            people.set_person(db, one, {"counted": False}, NOW)
        return place.shown(place.counted(begun(12)))

    assert store.run_now(scenario) == {("all", "begun"): 9}


@pytest.mark.parametrize("how", ["says no to being counted", "deletes everything"])
def test_nobody_is_found_out_by_going(store, how):
    """The next quarter's number would be one less, and everybody knows who it was."""

    def scenario(db):
        place = Place(db, [30])
        counted = place.counted(begun(12))
        first = place.shown(counted)
        gone = place.people[0][4]
        if how == "deletes everything":
            erasing.erase(db, gone, NOW)
        else:
            people.set_person(db, gone, {"counted": False}, NOW)
        return first, place.shown(counted, period="2026-4"), place.shown(counted, period="2026-3")

    first, then, first_again = store.run_now(scenario)
    assert first == first_again == {("all", "begun"): 12}
    assert then == {}


def test_the_counts_fall_when_somebody_deletes_everything(store):
    """Privacy §12.4, where nothing was asked before."""

    def scenario(db):
        place = Place(db, [30])
        counted = place.counted(begun(12))
        erasing.erase(db, place.people[0][0], NOW)
        return place.shown(counted)

    assert store.run_now(scenario) == {("all", "begun"): 11}


def test_another_quarter_where_many_did_otherwise_has_its_own_number(store):
    def scenario(db):
        place = Place(db, [30])
        place.ask(place.counted(begun(12)))
        return place.shown(place.counted([0] * 8 + begun(15)), period="2026-4")

    assert store.run_now(scenario) == {("all", "begun"): 15}


def test_another_programme_for_all_but_one_has_none(store):
    def scenario(db):
        place = Place(db, [30])
        counted = place.counted(begun(12))
        return place.shown(counted), place.shown(counted[1:], subject="programme:y")

    assert store.run_now(scenario) == ({("all", "begun"): 12}, {})


def test_organisations_do_not_see_each_other(store):
    def scenario(db):
        one, other = Place(db, [30]), Place(db, [30])
        one.ask(one.counted(begun(12)))
        strangers = other.ask(one.counted(begun(12)), subject="programme:y")
        return guard.answered(db, other.id, "programme:x", "2026-3"), set(strangers.numbers.values())

    assert store.run_now(scenario) == (None, {None})


def test_an_unknown_organisation_gets_nothing(store):
    def scenario(db):
        place = Place(db, [30])
        with pytest.raises(LookupError):
            guard.ask(db, replace(place.question(), organisation="nowhere"), list, NOW)

    store.run_now(scenario)


def test_a_ledger_that_cannot_be_read_lets_nothing_out(store):
    """It fails closed: without knowing what was released, no new number."""

    def scenario(db):
        place = Place(db, [30])
        place.ask(place.counted(begun(12)))
        db.execute(guard.RELEASE.update().values(sealed=b"not ours"))
        with pytest.raises(Exception, match="cannot be opened"):
            place.ask(place.counted(begun(15)), period="2026-4")
        return guard.answered(db, place.id, "programme:x", "2026-4")

    assert store.run_now(scenario) is None


def test_the_ledger_names_nobody(store):
    def scenario(db):
        place = Place(db, [30])
        place.ask(place.counted(begun(12)))
        for one in place.people[0]:
            erasing.remove(db, one)
        ids = {one.id for one in place.people[0]}
        kept = [row for table in Base.metadata.sorted_tables for row in db.execute(select(table)).all()]
        (release,) = db.execute(select(guard.RELEASE)).all()
        inside = guard.unsealed(db, release.sealed, release.id)
        return ids, str(kept), inside

    ids, kept, inside = store.run_now(scenario)
    assert not [id for id in ids if id in kept or id in str(inside)]
    assert Counter(reached for _, reached in inside["counted"].values()) == {3: 12, 0: 18}


def test_after_two_years_it_is_forgotten(store):
    def scenario(db):
        place = Place(db, [30])
        place.ask(place.counted(begun(12)))
        early = retention.expire(db, NOW + timedelta(days=729)).numbers
        return early, retention.expire(db, NOW + timedelta(days=731)).numbers, db.execute(select(guard.NUMBER)).all()

    assert store.run_now(scenario) == (0, 1, [])


def test_what_was_answered_goes_with_its_answer(store):
    def scenario(db):
        place = Place(db, [30])
        place.ask(place.counted(begun(12)))
        db.execute(delete(guard.RELEASE))
        return db.execute(select(guard.NUMBER)).all()

    assert store.run_now(scenario) == []
