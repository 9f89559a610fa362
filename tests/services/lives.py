"""People for the tests: a small department, and one person with something in every table there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert

from bot.events import Sender
from bot.services import (
    actions,
    beacons,
    departments,
    emails,
    group_notes,
    handovers,
    joining,
    links,
    logbook,
    people,
    programmes,
    roles,
    rooms,
    schedules,
    sharing,
    times,
    whereabouts,
)
from bot.services.person_row import PersonRow
from bot.services.programmes import Plan
from bot.store.secrets import sealed
from bot.store.tables import DialogRun, InboxItem, OutboxItem

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # a Monday
WORDS = "blåmejsen bor i skuret"
MORE_WORDS = "så ringer jeg til en gartner"


@dataclass
class Department:
    """Ea leads Per; Per and Una are in one leader group; Liv stands alone; Max is from another organisation."""

    id: str
    centre: str
    group: str
    ea: PersonRow
    per: PersonRow
    una: PersonRow
    liv: PersonRow
    max: PersonRow


def department(db: Connection) -> Department:
    id = departments.make_organisation(db, "Afdelingen", NOW)
    elsewhere = departments.make_organisation(db, "En anden afdeling", NOW)
    centre = departments.make_centre(db, id, "Center Nord")
    group = departments.make_group(db, id, "Ledergruppen", centre)
    ea = person(db, id, "Ea", level="ll")
    per = person(db, id, "Per", leader=ea.id, level="lm", centre=centre, language="da")
    una, liv = person(db, id, "Una"), person(db, id, "Liv")
    for one in (per, una):
        departments.enter_group(db, one, group)
    return Department(id, centre, group, ea, per, una, liv, person(db, elsewhere, "Max"))


def person(db: Connection, organisation: str, name: str, **values: Any) -> PersonRow:
    made = people.make_person(db, organisation, NOW, name=name, state="active", **values)
    whereabouts.add_identity(db, made, "web", made.id)
    whereabouts.make_conversation(db, made, "web", {"person": made.id})
    return made


def sender(organisation: str, external: str = "U0815", channel: str = "slack", **more: Any) -> Sender:
    return Sender(channel=channel, organisation=organisation, external=external, **more)


def answer(text: str, step: str = "s1") -> dict[str, Any]:
    question = {"da": "Hvad så du?", "en": "What did you see?"}
    return {"step": step, "kind": "text", "question": question, "answer": text, "shown": {"da": text, "en": text}}


def write(db: Connection, person: PersonRow, *texts: str, now: datetime = NOW, **more: Any) -> str:
    """An entry of `person` with these texts as steps s1, s2, …; `more`: run, flow, beacon, visibility, edits."""
    values = {"flow": "F01", "release": "1", "beacon": "b1", "visibility": "private", **more}
    run = values.pop("run", uuid4().hex)
    answers = [answer(text, f"s{n}") for n, text in enumerate(texts, 1)]
    return logbook.save_entry(db, person, run, answers=answers, now=now, **values)


def agree(db: Connection, person: PersonRow, what: str, *, now: datetime = NOW, **more: Any) -> str:
    """An action of `person`; `more`: run, entry, by, ask_in, visibility …"""
    values = {"run": uuid4().hex, "entry": None, "flow": "F01", "beacon": "b1", "who": "mig", "by": None}
    values |= {"evaluator": "mig", "ask_in": None, "visibility": "private", **more}
    return actions.add(db, person, what=what, now=now, **values)


def live_fully(db: Connection, here: Department) -> PersonRow:
    """Give Per something in every table that knows people, also in the role log and in what others are told."""
    per = people.meet(db, sender(here.id, here.per.id, channel="web"), NOW)
    whereabouts.add_identity(db, per, "slack", "U08154711")
    una = people.set_person(db, here.una, {"leader": per.id}, NOW)
    write(db, una, "til min leder", visibility="my_leader")
    entry = write(db, per, WORDS, visibility="leader_group")
    agree(db, per, MORE_WORDS, entry=entry, ask_in=7, visibility="my_leader")
    schedules.set_rhythm(
        db, organisation=here.id, person=per.id, weekday=0, time="08:30", every=1, timezone=per.timezone, now=NOW
    )
    times.take_leave(db, per, date(2026, 12, 21), date(2027, 1, 3), NOW)
    _draft(db, per)
    _message(db, per)
    db.execute(insert(InboxItem.__table__).values(event=f"web:{per.id}:1", at=NOW))
    for role in ("coordinator", "administrator"):
        roles.give_role(db, per, role, by=here.ea.id, now=NOW)
    roles.give_role(db, here.liv, "coordinator", by=per.id, now=NOW)
    shown = handovers.goes(db, per, entry, NOW)
    handovers.hand_over(db, per, "handover", entry, shown.digest, {"da": "Status", "en": "Status"}, NOW)
    handovers.take_back(db, per, "handover", NOW)
    own = {"name": {"da": "Ro", "en": ""}, "one_line": {"da": "Ro.", "en": ""}, "questions": []}
    beacons.propose(db, per, centre=here.centre, own=own, why="fordi", now=NOW)
    sharing.access_shared_entry(db, here.una, entry, NOW)
    theirs = write(db, here.una, "noget andet", visibility="leader_group")
    sharing.access_shared_entry(db, per, theirs, NOW)
    _plan(db, here, per)
    links.open_session(db, per, NOW)
    links.make_link(db, per, "/log", NOW)
    joining.join_code(db, per, NOW)
    emails.keep(db, per.organisation, per.id, ["per@example.dk"], NOW)
    room = rooms.make(db, per, "Ledergruppens rum", "da", NOW)
    agreed = {"id": "r:1", "what": MORE_WORDS, "name": "Per", "person": per.id, "action": ""}
    group_notes.keep(db, here.id, room, agreed, NOW, run="r", dialog="conference", kind=group_notes.AGREEMENT)
    return per


def _plan(db: Connection, here: Department, per: PersonRow) -> None:
    """Per plans something for Una, and Liv something for Per by name."""
    rule = {"kind": "weekly", "weekdays": [0], "at": "08:00"}
    for by, whom in ((per, here.una), (here.liv, per)):
        plan = Plan(kind="rotation", title=WORDS, audience={"people": [whom.id]}, rule=rule)
        programmes.make_draft(db, by, plan, NOW, flows={})


def _draft(db: Connection, per: PersonRow) -> None:
    row = {"id": uuid4().hex, "organisation": per.organisation, "person": per.id, "dialog": "F02", "status": "open"}
    words = sealed(db, {"answers": {"s1": WORDS}}, per.id)
    db.execute(insert(DialogRun.__table__).values(**row, sealed=words, created_at=NOW, updated_at=NOW))


def _message(db: Connection, per: PersonRow) -> None:
    (conversation,) = (one.id for one in whereabouts.conversations(db, per))
    card = {"title": "Tid til at tænke", "text": ["Har du fem minutter?"], "buttons": []}
    row = {"key": f"{per.id}:1", "organisation": per.organisation, "person": per.id, "conversation": conversation}
    db.execute(insert(OutboxItem.__table__).values(**row, sealed=sealed(db, card, per.id), created_at=NOW))


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)
