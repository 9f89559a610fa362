"""How many took part: counted from what really happened, and only through the guard."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lives import NOW, person
from sqlalchemy import insert, update

from bot.recurrence import Rule
from bot.services import departments, participation, programmes, retention, roles, whereabouts
from bot.services.programmes import Plan
from bot.store.tables import Occurrence, OutboxItem, Person, Programme

NEXT_YEAR = NOW + timedelta(days=60)
ROUND = date(2026, 11, 24)


class Department:
    """A coordinator, and so many people in each of some centres, who are all meant by one programme."""

    def __init__(self, db, *sizes, kind="flow"):
        self.db = db
        self.id = departments.make_organisation(db, "Afdelingen", NOW)
        self.centres = [departments.make_centre(db, self.id, f"Center {n}") for n in range(len(sizes))]
        self.people = [person(db, self.id, f"P{at}.{n}", centre=self.centres[at]) for at, size in enumerate(sizes) for n in range(size)]
        self.ida = person(db, self.id, "Ida")
        roles.give_role(db, self.ida, "coordinator", by="cli", now=NOW)
        rule = Rule.from_json({"kind": "weekly", "weekdays": [1], "at": "09:00"})
        about = {"text": "Husk lederforum."} if kind == "reminder" else {"flows": ("F01",)}
        plan = Plan(kind=kind, title="Tidlige tegn", audience={"centres": self.centres}, rule=rule.to_json(), **about)
        self.programme = programmes.make_draft(db, self.ida, plan, NOW, flows=FLOWS)
        programmes.start(db, self.ida, self.programme, NOW, flows=FLOWS)

    def happened(self, who, state, *, run="", sent=1, on=ROUND):
        values = {"id": f"{who.id[:20]}{on}", "key": f"{self.programme}:{who.id}:{on}", "organisation": self.id, "person": who.id}
        more = {"kind": "prompt", "programme": self.programme, "round": on, "moment": NOW, "state": state, "run": run, "sent": sent}
        self.db.execute(insert(Occurrence).values(**values, **more))
        return values["id"]

    def message(self, who, occurrence, state):
        (place,) = whereabouts.conversations(self.db, who)
        values = {"key": occurrence, "organisation": self.id, "person": who.id, "conversation": place.id, "created_at": NOW}
        self.db.execute(insert(OutboxItem).values(**values, subject=f"occurrence:{occurrence}", kind="prompt", state=state))

    def all_of_it(self):
        """8 finished, 6 only began, 6 only got it, 6 were only written to, and the rest heard nothing."""
        steps = ["done"] * 8 + ["begun"] * 6 + ["sent"] * 6 + ["gave_up"] * 6
        for who, step in zip(self.people, steps, strict=False):
            is_run = step in ("done", "begun")
            id = self.happened(who, step if is_run else "open", run=f"run-{who.id}"[:40] if is_run else "")
            self.message(who, id, "sent" if is_run else step)

    def numbers(self, now=NEXT_YEAR, by=None):
        (one,) = participation.participation(self.db, by or self.ida, now)
        return {taken.quarter.key: {m: taken.number(m) for m in taken.measures} if taken.answer else None for taken in one.quarters}


class Flow:
    series = ()
    about_action = False


FLOWS = {"F01": Flow()}


def test_what_happened_is_counted_by_people(store):
    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        here.happened(here.people[0], "open", on=ROUND + timedelta(days=7))  # asked again, not answered: still one who finished
        return here.numbers()

    assert store.run_now(scenario)["2026-4"] == {"sent": 26, "delivered": 20, "begun": 14, "finished": 8}


def test_a_quarter_that_is_not_over_has_no_number(store):
    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        return here.numbers(NOW + timedelta(days=20)), here.numbers()

    early, later = store.run_now(scenario)
    assert early == {"2026-4": None}
    assert later["2027-1"] is None and later["2026-4"]["finished"] == 8


def test_a_quarter_in_which_nothing_was_to_come_is_left_out(sqlite_store):
    """A message of December ends by itself in January: the newest numbers are those of the quarter it came in."""
    once = {"kind": "once", "on": "2026-12-29", "at": "09:00"}

    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        db.execute(update(Programme).values(rule=once))
        before = here.numbers(NOW + timedelta(days=40))
        db.execute(update(Programme).values(state="ended", ended_at=NOW + timedelta(days=45)))
        return before, here.numbers()

    before, after = sqlite_store.run_now(scenario)
    assert before["2027-1"] is None and before["2026-4"]["begun"] == 14
    assert list(after) == ["2026-4"]


def test_the_day_it_comes_is_ours_not_the_day_before(sqlite_store):
    def scenario(db):
        here = Department(db, 5)
        (one,) = participation.participation(db, here.ida, NOW)
        return [taken.comes_on for taken in one.quarters]

    assert sqlite_store.run_now(scenario) == [date(2027, 1, 1)]


def test_a_programme_that_has_ended_need_not_wait(store):
    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        programmes.end(db, here.ida, here.programme, NOW + timedelta(days=2))
        return here.numbers(NOW + timedelta(days=3))

    assert store.run_now(scenario)["2026-4"]["begun"] == 14


def test_what_arrived_is_known_when_the_messages_are_long_deleted(store):
    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        assert retention.expire(db, NOW + timedelta(days=31)).messages == 26
        return here.numbers()

    assert store.run_now(scenario)["2026-4"]["delivered"] == 20


@pytest.mark.parametrize("state", ["declined", "new", "paused"])
def test_who_said_no_or_holds_a_pause_is_one_of_those_who_did_not(store, state):
    """The numbers are the same whether anybody declined, so nobody can tell."""

    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        values = {"paused_until": date(2027, 5, 1)} if state == "paused" else {"state": state}
        db.execute(update(Person).where(Person.id == here.people[-1].id).values(**values))
        return here.numbers()

    assert store.run_now(scenario)["2026-4"] == {"sent": 26, "delivered": 20, "begun": 14, "finished": 8}


def test_a_reminder_has_nothing_to_begin(store):
    def scenario(db):
        here = Department(db, 32, kind="reminder")
        here.all_of_it()
        return here.numbers()

    assert store.run_now(scenario)["2026-4"].keys() == {"sent", "delivered"}


def test_numbers_are_for_those_who_look_after_the_programme(store):
    def scenario(db):
        here = Department(db, 32)
        here.all_of_it()
        local, nobody = person(db, here.id, "Per"), here.people[0]
        roles.give_role(db, local, "coordinator", by="cli", now=NOW, centre=here.centres[0])
        return [participation.participation(db, one, NEXT_YEAR) for one in (local, nobody)]

    assert store.run_now(scenario) == [[], []]


def test_too_late_is_not_counted_from_what_is_left(store):
    """Long after, part of what happened is deleted; what was answered before stays."""

    def scenario(db):
        here, other = Department(db, 32), Department(db, 32)
        for one in (here, other):
            one.all_of_it()
        before = here.numbers()["2026-4"]
        late = NOW + timedelta(days=330)
        return before == here.numbers(late)["2026-4"], "2026-4" in other.numbers(late)

    assert store.run_now(scenario) == (True, False)


def test_a_programme_that_was_never_started_has_no_numbers(store):
    def scenario(db):
        here = Department(db, 32)
        db.execute(update(Programme).values(started_at=None))
        return participation.participation(db, here.ida, NEXT_YEAR)

    assert store.run_now(scenario) == []
