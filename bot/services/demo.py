"""The demo: an invented department in `bot/content/demo.yaml`, so that everything can be tried on one machine.

A demo and real people never share a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from bot.clock import local
from bot.errors import ConfigError
from bot.services import (
    actions,
    beacons,
    departments,
    handovers,
    logbook,
    people,
    programmes,
    roles,
    schedules,
    whereabouts,
)
from bot.services.demo_crowd import make_crowd, make_past_programme
from bot.services.departments import ORGANISATION, CentreRow, GroupRow
from bot.services.person_row import PERSON, PersonRow
from bot.store.tables import Fact
from bot.yamlfile import read_yaml

FACT = Fact.__table__
CONTENT = Path(__file__).parent.parent / "content" / "demo.yaml"
CLOCK = "demo_clock_seconds"
WEB = "web"


def is_demo(db: Connection) -> bool:
    """Whether a demo lives in this database."""
    return _organisation(db) is not None


def demo_allowed(db: Connection) -> str | None:
    """Why no demo may be made or served here (for the administrator); None where it may."""
    real = select(PERSON.c.id).join(ORGANISATION).where(ORGANISATION.c.is_demo.is_(False)).limit(1)
    if db.scalar(real) is not None:
        return "the database holds a real person – give another DATABASE_URL, or start with --no-demo"
    return None


def make_demo(db: Connection, now: datetime, *, notice_version: str, timezone: str = "Europe/Copenhagen") -> str:
    """Make the demo, once; returns its organisation. `notice_version`: what those with a history have read.

    Raises ConfigError where a real person is in the database.
    """
    if refusal := demo_allowed(db):
        raise ConfigError(refusal)
    if existing := _organisation(db):
        return existing
    content = read_yaml(CONTENT, "demo.yaml")
    organisation = departments.make_organisation(db, content["organisation"], now, is_demo=True)
    centres = {key: departments.make_centre(db, organisation, name) for key, name in content["centres"].items()}
    everybody = _make_people(db, organisation, content, centres, now, timezone)
    with_history = {one["person"] for one in content["history"]}
    for name in with_history:
        read = {"state": "active", "notice_version": notice_version, "welcomed_at": now}
        everybody[name] = people.set_person(db, everybody[name], read, now)
    for one in content["people"]:
        if rhythm := one.get("rhythm"):
            who = everybody[one["id"]]
            schedules.set_rhythm(
                db, organisation=organisation, person=who.id, timezone=timezone, now=now, **rhythm
            )
    for one in content["beacons"]:
        _make_beacon(db, everybody[one["by"]], content["centres"][one["centre"]], one, now)
    for one in content["statuses"]:
        _make_status(db, everybody[one["by"]], one, now)
    for one in content["history"]:
        _make_past(db, everybody[one["person"]], one, now)
    read = {"state": "active", "notice_version": notice_version, "noticed_at": now, "welcomed_at": now}
    crowd = make_crowd(db, organisation, content["crowd"], centres, now, **read, language="da", level="lm", timezone=timezone)
    for one in content["programmes"]:
        make_past_programme(db, everybody[one["by"]], one, crowd, now)
    known = {"centres": centres, "groups": {key: _named(departments.groups(db, organisation), name) for key, name in content["groups"].items()}}
    for one in content["planned"]:
        _make_planned(db, everybody[one["by"]], one, known, now)
    return organisation


def demo_offset(db: Connection) -> timedelta:
    """How far the demo's clock is ahead."""
    seconds = db.scalar(select(FACT.c.value).where(FACT.c.name == CLOCK))
    return timedelta(seconds=float(seconds or 0))


def set_demo_offset(db: Connection, offset: timedelta) -> None:
    """Remember how far the demo's clock is ahead, so that a restart does not turn it back.

    Raises ConfigError outside a demo: there time only passes.
    """
    if not is_demo(db):
        raise ConfigError("there is no demo in this database, so its clock cannot be moved")
    value = str(offset.total_seconds())
    if db.execute(update(FACT).where(FACT.c.name == CLOCK).values(value=value)).rowcount == 0:
        db.execute(insert(FACT).values(name=CLOCK, value=value))


# ---- inside ----------------------------------------------------------------------------------------------


def _organisation(db: Connection) -> str | None:
    return db.scalar(select(ORGANISATION.c.id).where(ORGANISATION.c.is_demo.is_(True)).limit(1))


def _make_people(
    db: Connection, organisation: str, content: dict[str, Any], centres: Mapping[str, str], now: datetime, timezone: str
) -> dict[str, PersonRow]:
    """Everybody, by the name they have in the file. A leader stands before those they lead."""
    groups = {
        key: departments.make_group(db, organisation, name, centres.get(key)) for key, name in content["groups"].items()
    }
    made: dict[str, PersonRow] = {}
    for one in content["people"]:
        values = {key: one[key] for key in ("name", "language", "level") if key in one}
        if "centre" in one:
            values["centre"] = centres[one["centre"]]
        if "leader" in one:
            values["leader"] = made[one["leader"]].id
        person = people.make_person(db, organisation, now, timezone=timezone, **values)
        whereabouts.add_identity(db, person, WEB, person.id)
        whereabouts.make_conversation(db, person, WEB, {"person": person.id})
        for group in one.get("groups", ()):
            departments.enter_group(db, person, groups[group])
        if "role" in one:
            roles.give_role(db, person, one["role"], by="demo", now=now)
        made[one["id"]] = person
    return made


def _make_beacon(db: Connection, person: PersonRow, centre: str, one: dict[str, Any], now: datetime) -> None:
    """A centre's own beacon, proposed and designated some days ago."""
    there = _named(departments.centres(db, person.organisation), centre)
    then = now - timedelta(days=one["days_ago"])
    id = beacons.propose(db, person, centre=there, own=one["own"], why=one["why"], now=then - timedelta(days=14))
    beacons.change(db, person, id, "designate", why="", own=one["own"], now=then)


def _named(rows: Iterable[CentreRow | GroupRow], name: str) -> str:
    return next(row.id for row in rows if row.name == name)


def _make_planned(db: Connection, person: PersonRow, one: dict[str, Any], known: Mapping[str, Mapping[str, str]], now: datetime) -> None:
    """What a coordinator has going on, or has planned."""
    then, today = now - timedelta(days=one.get("started", 0)), local(now, person.timezone).date()
    begins = {"from": local(then, person.timezone).date()} if "started" in one else {"on": _thursday(today + timedelta(days=one["ahead"]))}
    plan = programmes.Plan(
        kind=one["kind"],
        title=one["title"],
        why=one.get("why", ""),
        text=one.get("text", ""),
        beacon=one.get("beacon", ""),
        audience={what: [known[what][id] for id in one[what]] for what in known if what in one},
        rule=one["rule"] | {what: day.isoformat() for what, day in begins.items()},
    )
    id = programmes.make_draft(db, person, plan, then, flows={})
    programmes.start(db, person, id, then, flows={})
    if then < now:  # what has come and gone since is behind us
        programmes.pause(db, person, id, then)
        programmes.resume(db, person, id, now, flows={})


def _thursday(day: date) -> date:
    """The first one from `day` on: not one of those days on which nobody meets, whenever the demo is made."""
    return day + timedelta(days=(3 - day.weekday()) % 7)


def _make_status(db: Connection, person: PersonRow, one: dict[str, Any], now: datetime) -> None:
    """What somebody wrote with their leader group, and handed over."""
    then = now - timedelta(days=one["days_ago"])
    values = {"flow": one["flow"], "release": "", "beacon": one["beacon"], "visibility": "leader_group"}
    answers = [_answer(answer) for answer in one["answers"]]
    entry = logbook.save_entry(db, person, uuid4().hex, answers=answers, now=then, **values)
    goes = handovers.goes(db, person, entry, then)
    handovers.hand_over(db, person, uuid4().hex, entry, goes.digest, {"da": "", "en": ""}, then)


def _make_past(db: Connection, person: PersonRow, one: dict[str, Any], now: datetime) -> None:
    """A reflection some days ago and what was agreed in it, as the services would have kept it then."""
    then, run = now - timedelta(days=one["days_ago"]), uuid4().hex
    entry = logbook.save_entry(
        db,
        person,
        run,
        flow=one["flow"],
        release="",
        beacon=one["beacon"],
        visibility=one["visibility"],
        answers=[_answer(answer) for answer in one["answers"]],
        now=then,
    )
    if agreed := one.get("action"):
        made = actions.add(
            db,
            person,
            run=run,
            entry=entry,
            flow=one["flow"],
            beacon=one["beacon"],
            by=local(then, person.timezone).date() + timedelta(days=agreed["by_in"]),
            now=then,
            **{key: agreed[key] for key in ("what", "who", "evaluator", "ask_in", "visibility")},
        )
        if "ended" in agreed:
            actions.close(db, person, made, agreed["ended"], then + timedelta(days=agreed["ended_in"]))


def _answer(one: dict[str, Any]) -> dict[str, Any]:
    """One answer as an entry keeps it; what somebody said is the same in both languages."""
    kept = {"step": one["step"], "kind": one["kind"], "question": one["question"]}
    if "said" in one:
        return {**kept, "answer": one["said"], "shown": {"da": one["said"], "en": one["said"]}}
    return {**kept, "answer": one["answer"], "shown": one["shown"]}
