"""What a coordinator may plan, for whom, and what is said to everything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.errors import Refused
from bot.services import people, previews, programmes, roles, times
from bot.services.programmes import Plan
from tests.furniture import load
from tests.services.lives import NOW, department, person

FLOWS = load().flows
WEEKLY = {"kind": "weekly", "weekdays": [1], "at": "08:30"}  # Tuesdays
TUESDAY = NOW.replace(day=24, hour=7, minute=30)
PLAN = Plan(kind="flow", title="Efterår", why="Vi øver os sammen.", flows=("F01",), audience={"everyone": True}, rule=WEEKLY)
SERIES = {"kind": "once", "on": "2026-11-24", "at": "14:00"}


class Office:
    """A coordinator of everything (Ea), one of Center Nord (Una), and a store."""

    def __init__(self, store):
        self.store, self.here = store, store.run_now(department)
        self.all, self.nord = self.here.ea, self.here.una
        self.do(lambda db: roles.give_role(db, self.all, "coordinator", by="cli", now=NOW))
        self.do(lambda db: roles.give_role(db, self.nord, "coordinator", by="cli", now=NOW, centre=self.here.centre))

    def do(self, work):
        return self.store.run_now(work)

    def draft(self, plan=PLAN, by=None, **changed):
        plan = replace(plan, **changed)
        return self.do(lambda db: programmes.make_draft(db, by or self.all, plan, NOW, flows=FLOWS))

    def act(self, deed, id, *more, by=None, now=NOW, **named):
        return self.do(lambda db: getattr(programmes, deed)(db, by or self.all, id, *more, now, **named))

    def get(self, id):
        return self.do(lambda db: programmes.get(db, self.all, id))

    def preview(self, id, by=None):
        return self.do(lambda db: previews.preview(db, by or self.all, programmes.get(db, by or self.all, id), NOW, flows=FLOWS))


@pytest.fixture
def office(store):
    return Office(store)


def test_from_draft_to_end(office):
    id = office.draft()
    assert office.get(id).state == "draft" and office.get(id).next_run_at is None
    office.act("start", id, flows=FLOWS)
    assert (office.get(id).state, office.get(id).next_run_at) == ("active", TUESDAY)
    office.act("pause", id)
    assert (office.get(id).state, office.get(id).next_run_at) == ("paused", None)
    office.act("resume", id, flows=FLOWS)
    assert office.get(id).next_run_at == TUESDAY
    office.act("end", id)
    assert (office.get(id).state, office.get(id).ended_at) == ("ended", NOW)
    office.act("end", id)
    for deed in ("pause", "start", "resume"):
        with pytest.raises(Refused):
            office.act(deed, id, **({"flows": FLOWS} if deed != "pause" else {}))
    copy = office.act("duplicate", id)
    assert office.get(copy).plan == office.get(id).plan and office.get(copy).state == "draft"


def test_a_draft_thrown_away_is_gone_and_one_that_ran_stays(office):
    draft, ran = office.draft(), office.draft()
    with pytest.raises(Refused, match=r"programmes\.not_started"):
        office.act("end", draft)
    office.do(lambda db: programmes.throw_away(db, office.all, draft))
    office.act("start", ran, flows=FLOWS)
    with pytest.raises(Refused, match=r"programmes\.not_draft"):
        office.do(lambda db: programmes.throw_away(db, office.all, ran))
    office.act("end", ran)
    assert [one.id for one in office.do(lambda db: programmes.list_for(db, office.all))] == [ran]


def test_the_words_are_sealed_and_read_back(office):
    one = office.get(office.draft(text="  til alle  "))
    assert (one.title, one.why, one.text) == ("Efterår", "Vi øver os sammen.", "til alle")


REFUSED = {
    "kind_unclear": {"kind": "dans"},
    "title_missing": {"title": " "},
    "text_missing": {"kind": "reminder", "flows": ()},
    "too_long": {"title": "x" * 101},
    "flow_missing": {"flows": ()},
    "flow_unknown": {"flows": ("F99",)},
    "flow_alone": {"flows": ("F17",)},
    "series_apart": {"flows": ("F16",)},
    "not_a_series": {"kind": "series", "rule": SERIES},
    "series_once": {"kind": "series", "flows": ("F16",)},
    "rule_unclear": {"rule": WEEKLY | {"weekdays": [9]}},
    "end_before_start": {"rule": WEEKLY | {"from": "2026-12-24", "until": "2026-12-01"}},
    "never": {"rule": WEEKLY | {"from": "2026-12-02", "until": "2026-12-03"}},
    "past": {"rule": {"kind": "once", "on": "2026-11-22", "at": "08:00"}},
    "audience_unclear": {"audience": {"alle": True}},
    "not_addressable": {"audience": {"people": ["nobody"]}},
    "nobody": {"audience": {"levels": ["dir"]}},
    "catch_up_unclear": {"catch_up": 0},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_is_said_plainly_and_nothing_is_kept(office, reason):
    with pytest.raises(Refused) as refused:
        office.draft(**REFUSED[reason])
    assert refused.value.text == f"programmes.{reason}" and refused.value.text in load().texts
    assert office.do(lambda db: programmes.list_for(db, office.all)) == []


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "once", "on": "2026-11-23", "at": "08:00"},  # today, and the hour has passed
        WEEKLY | {"until": "2026-11-20"},
        WEEKLY | {"from": "2026-11-20"},
    ],
)
def test_what_lies_behind_is_refused(office, rule):
    with pytest.raises(Refused, match=r"programmes\.past"):
        office.draft(rule=rule)


def test_a_centre_s_coordinator_stays_in_the_centre(office):
    theirs, common = office.draft(by=office.nord, centre=office.here.centre), office.draft()
    assert [one.id for one in office.do(lambda db: programmes.list_for(db, office.nord))] == [theirs]
    assert len(office.do(lambda db: programmes.list_for(db, office.all))) == 2
    assert [name for _, name in office.do(lambda db: programmes.audience_of(db, office.nord, theirs))] == ["Per"]
    for work in (lambda: office.draft(by=office.nord), lambda: office.act("start", common, by=office.nord, flows=FLOWS)):
        with pytest.raises(Refused, match=r"programmes\.not_yours"):
            work()
    with pytest.raises(Refused, match=r"programmes\.not_addressable"):
        office.draft(by=office.nord, centre=office.here.centre, audience={"people": [office.here.liv.id]})


def test_another_organisation_sees_nothing(office):
    id = office.draft()
    office.do(lambda db: roles.give_role(db, office.here.max, "coordinator", by="cli", now=NOW))
    with pytest.raises(Refused, match=r"programmes\.not_yours"):
        office.act("end", id, by=office.here.max)
    assert office.do(lambda db: programmes.list_for(db, office.here.max)) == []


def test_a_role_taken_away_while_a_draft_is_open(office):
    id = office.draft()
    office.do(lambda db: roles.take_role(db, office.all, "coordinator", by="cli", now=NOW))
    with pytest.raises(Refused, match=r"programmes\.not_a_coordinator"):
        office.act("start", id, flows=FLOWS)
    assert office.do(lambda db: programmes.list_for(db, office.all)) == []


def test_two_who_change_at_once(office):
    id = office.draft()
    office.act("change", id, replace(PLAN, title="Vinter"), flows=FLOWS, revision=1)
    with pytest.raises(Refused, match=r"programmes\.changed_meanwhile"):
        office.act("change", id, PLAN, flows=FLOWS, revision=1)
    assert (office.get(id).title, office.get(id).revision) == ("Vinter", 2)


# ---- the audience ----------------------------------------------------------------------------------------


def test_whom_it_is_for(office):
    here = office.here

    def named(**audience):
        return [name for _, name in office.preview(office.draft(audience=audience)).people]

    assert named(everyone=True) == ["Ea", "Liv", "Per", "Una"]
    assert named(levels=["ll"]) == ["Ea"]
    assert named(centres=[here.centre], people=[here.liv.id]) == ["Liv", "Per"]
    assert named(groups=[here.group]) == ["Per", "Una"]
    assert named(groups=[here.group], **{"except": {"levels": ["lm"]}}) == ["Una"]
    assert named(everyone=True, **{"except": {"groups": [here.group], "people": [here.ea.id]}}) == ["Liv"]


def test_declined_paused_and_silent_people_look_like_everybody_else(office):
    id = office.draft()
    before = office.preview(id)
    office.do(lambda db: people.set_person(db, office.here.liv, {"state": "declined"}, NOW))
    office.do(lambda db: people.set_person(db, office.here.per, {"paused_until": date(2027, 1, 1)}, NOW))
    office.do(lambda db: times.take_leave(db, office.here.ea, date(2026, 11, 1), date(2027, 1, 1), NOW))
    assert office.preview(id) == before
    office.do(lambda db: people.set_person(db, office.here.liv, {"state": "left"}, NOW))
    assert [name for _, name in office.preview(id).people] == ["Ea", "Per", "Una"]


# ---- the preview -----------------------------------------------------------------------------------------


def test_the_next_five_dates_and_what_moves(office):
    rule = {"kind": "weekly", "weekdays": [3], "at": "08:30", "from": "2026-12-10"}
    moved = office.preview(office.draft(rule=rule))
    assert [(one.day.isoformat()[5:], one.reason, one.to and one.to.isoformat()[5:16]) for one in moved.dates] == [
        ("12-10", "", None),
        ("12-17", "", None),
        ("12-24", "holiday", "12-28T07:30"),
        ("12-31", "holiday", "01-04T07:30"),
        ("01-07", "", None),
    ]
    dropped = office.preview(office.draft(rule=rule, holidays="drop"))
    assert [(one.reason, one.to) for one in dropped.dates][2:4] == [("holiday", None)] * 2


def test_closed_twice_is_closed_once(office):
    days = date(2026, 12, 24), date(2027, 1, 1)
    first, again = (office.do(lambda db: times.close_days(db, office.all, None, *days, NOW)) for _ in range(2))
    nord = office.do(lambda db: times.close_days(db, office.nord, office.here.centre, *days, NOW))
    assert first == again != nord
    assert office.do(lambda db: len(times.all_closed_days(db, office.here.id, NOW.date()))) == 2


def test_days_on_which_a_centre_is_closed(office):
    centre = office.here.centre
    office.do(lambda db: times.close_days(db, office.nord, centre, date(2026, 11, 24), date(2026, 11, 25), NOW))
    [first, *rest] = office.preview(office.draft()).dates
    assert (first.reason, first.closed) == ("", ("Center Nord",)) and all(one.closed == () for one in rest)
    [first, *_] = office.preview(office.draft(by=office.nord, centre=centre), by=office.nord).dates
    assert (first.reason, first.to.date()) == ("closed", date(2026, 11, 26))
    with pytest.raises(Refused, match=r"programmes\.not_yours"):
        office.do(lambda db: times.close_days(db, office.nord, None, date(2026, 11, 24), date(2026, 11, 25), NOW))


def test_a_reminder_is_seen_to_come_before_and_never_after(office):
    office.do(lambda db: times.close_days(db, office.all, None, date(2026, 12, 3), date(2026, 12, 4), NOW))
    reminder = {"kind": "reminder", "flows": (), "text": "Lederforum"}
    weekly = {"kind": "weekly", "weekdays": [3], "at": "08:30", "from": "2026-12-03", "until": "2026-12-24"}
    shown = [(one.reason, one.to and one.to.isoformat()[5:16]) for one in office.preview(office.draft(rule=weekly, **reminder)).dates]
    assert shown == [("closed", "12-02T07:30"), ("", None), ("", None), ("holiday", "12-23T07:30")]
    office.do(lambda db: times.close_days(db, office.all, None, date(2026, 11, 23), date(2026, 11, 24), NOW))
    [first] = office.preview(office.draft(rule={"kind": "once", "on": "2026-11-24", "at": "08:30"}, **reminder)).dates
    assert (first.reason, first.to) == ("closed", None)  # the last good moment has passed
    with pytest.raises(Refused, match=r"programmes\.kind_unclear"):
        office.draft(rule=weekly, holidays="move", **reminder)


def test_a_time_outside_ordinary_hours_is_said(office):
    [first, *_] = office.preview(office.draft(rule=WEEKLY | {"at": "18:00"})).dates
    assert (first.reason, first.to.isoformat()[5:16]) == ("late", "11-25T06:00")


def test_many_are_spread_over_minutes(office):
    from bot.pacing import SLACK

    assert previews.PER_MINUTE == SLACK.organisation[0].messages and SLACK.organisation[0].seconds == 60
    assert [previews.spread_minutes(size) for size in (0, 1, 300, 301, 10_000)] == [0, 0, 0, 1, 33]
    office.do(lambda db: [person(db, office.here.id, f"p{n:03}") for n in range(300)])
    assert office.preview(office.draft()).minutes == 1


def test_a_series_comes_on_its_days(office):
    rule = {"kind": "once", "on": "2026-11-24", "at": "14:00"}
    dates = office.preview(office.draft(kind="series", flows=("F16",), rule=rule)).dates
    assert [one.day.isoformat()[5:] for one in dates] == ["11-24", "11-27", "12-04", "12-24"]
