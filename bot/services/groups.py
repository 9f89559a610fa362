"""Dialogs going on with a group in a place: begun, read, kept, ended. `load` locks the row, so that votes follow each other.

What may be seen of a secret choice by somebody with the database and without the keys: that the row's bytes were written anew.
They are as long as before (`secrets.sealed_evenly`), carry no moment, and nothing else is written.

Nobody stands in the state by who they are. A member is known by a name made for this run (`member_id`), the sealed part beside
the state says which person that is, and a guest is no row anywhere. `forget` takes somebody out of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.services.outbox import BESIDE
from bot.store.secrets import evened, sealed_evenly, unsealed
from bot.store.tables import GroupRun

RUN = GroupRun.__table__

GROUP = "group:"
SILENT = ":silent"
"""How the deadline is called at which somebody is told that the post could not be delivered."""

MARKED = 8
"""Of how many runs, the newest, `mark_of` tells a change: more than go on in a place at once."""
MEMBER_ROOM = 80
"""Bytes that one member takes beside the state."""
OWN_ROOM = 400

Digest = Callable[[str], str]


@dataclass
class GroupRow:
    """A run, opened. `members`: this run's name for somebody → the person's id, empty for a guest. `facilitator`: such a name."""

    id: str
    organisation: str
    place: str
    dialog: str
    status: str
    posted: str
    state: dict[str, Any] | None
    members: dict[str, str] = field(default_factory=dict)
    facilitator: str = ""

    @property
    def is_open(self) -> bool:
        return self.status == "open"


_COLUMNS = tuple(RUN.c[name] for name in ("id", "organisation", "place", "dialog", "status", "posted"))
_ANY = select(*_COLUMNS, RUN.c.sealed).where(RUN.c.id == bindparam("id"))
_LOAD = _ANY.with_for_update()
_SAVE = update(RUN).where(RUN.c.id == bindparam("run")).values(sealed=bindparam("blob"))


def new_id() -> str:
    return uuid4().hex


def member_id(digest: Digest, run: str, channel: str, external: str) -> str:
    """What somebody is called in this run, and in no other."""
    return digest(f"member:{run}:{channel}:{external}")[:16]


def pass_of(digest: Digest, run: str, member: str) -> str:
    """What proves that a page or a card in private was given to this member."""
    return digest(f"pass:{run}:{member}")[:16]


def start(db: Connection, run: GroupRow, load: int, now: datetime) -> None:
    row = {"id": run.id, "organisation": run.organisation, "place": run.place, "dialog": run.dialog, "created_at": now}
    db.execute(insert(RUN).values(**row, status="open", posted="", sealed=_sealed(db, run, load)))


def load(db: Connection, organisation: str, id: str) -> GroupRow | None:
    """A run, locked until the commit. None: there is no such run in this organisation."""
    return _read(db, organisation, id, _LOAD)


def look_at(db: Connection, organisation: str, id: str) -> GroupRow | None:
    """The same, without the lock: for reading only."""
    return _read(db, organisation, id, _ANY)


def organisation_of(db: Connection, id: str) -> str:
    """For a deadline, which comes from nobody."""
    return db.scalar(select(RUN.c.organisation).where(RUN.c.id == id)) or ""


def _read(db: Connection, organisation: str, id: str, statement: Any) -> GroupRow | None:
    row = db.execute(statement, {"id": id}).first()
    if row is None or row.organisation != organisation:
        return None
    *values, blob = row
    return _opened(db, GroupRow(*values, state=None), blob)


def last_post(db: Connection, place: str, since: datetime) -> dict[str, Any] | None:
    """How what was over last stood in the end, by language; None: nothing ended here since then."""
    ended = select(RUN.c.id, RUN.c.sealed).where(RUN.c.place == place, RUN.c.ended_at > since, RUN.c.sealed.is_not(None))
    row = db.execute(ended.order_by(RUN.c.ended_at.desc()).limit(1)).first()
    return unsealed(db, row.sealed, row.id) if row else None


def _opened(db: Connection, run: GroupRow, blob: bytes | None) -> GroupRow:
    if blob is not None and run.is_open:
        kept = unsealed(db, blob, run.id)
        run.state, run.members, run.facilitator = kept["state"], kept["members"], kept["facilitator"]
    return run


def save(db: Connection, run: GroupRow, load: int) -> None:
    """Keep the state. `load`: an upper bound of its length in bytes."""
    db.execute(_SAVE, {"run": run.id, "blob": _sealed(db, run, load)})


def _sealed(db: Connection, run: GroupRow, load: int) -> bytes:
    return sealed_evenly(db, _kept_together(run), run.id, load + OWN_ROOM + MEMBER_ROOM * len(run.members))


def _kept_together(run: GroupRow) -> dict[str, Any]:
    return {"state": run.state, "members": run.members, "facilitator": run.facilitator}


def finish(db: Connection, run: GroupRow, now: datetime, *, dropped: bool, last: dict[str, Any] | None = None) -> None:
    """It is over: who took part and what they said is wiped. `last`: the post as it stood in the end, by language, where no platform
    keeps it; it holds nobody's words."""
    status = "dropped" if dropped else "finished"
    blob = sealed_evenly(db, last, run.id, 0) if last else None
    ended = {"status": status, "sealed": blob, "wake_at": None, "silent_at": None, "ended_at": now}
    db.execute(update(RUN).where(RUN.c.id == run.id).values(**ended))
    run.status, run.state, run.members, run.facilitator = status, None, {}, ""


def wake_at(db: Connection, id: str, at: datetime | None) -> None:
    db.execute(update(RUN).where(RUN.c.id == id).values(wake_at=at))


def mark_posted(db: Connection, run: GroupRow, digest: str) -> None:
    db.execute(update(RUN).where(RUN.c.id == run.id).values(posted=digest))
    run.posted = digest


def open_here(db: Connection, place: str, dialog: str = "") -> list[GroupRow]:
    """What is going on in a place (one dialog, or all), the oldest first."""
    here = select(*_COLUMNS, RUN.c.sealed).where(RUN.c.place == place, RUN.c.status == "open")
    if dialog:
        here = here.where(RUN.c.dialog == dialog)
    rows = db.execute(here.order_by(RUN.c.created_at, RUN.c.id)).all()
    return [_opened(db, GroupRow(*row[:-1], state=None), row.sealed) for row in rows]


def mark_of(db: Connection, place: str) -> str:
    """How the posts of a place stand, in a few signs: the same for as long as none is drawn anew, begins or ends."""
    runs = select(RUN.c.id, RUN.c.status, RUN.c.posted).where(RUN.c.place == place)
    rows = db.execute(runs.order_by(RUN.c.created_at.desc(), RUN.c.id).limit(MARKED)).all()
    return " ".join(f"{row.id[:8]}{row.status[:1]}{row.posted[:8]}" for row in rows)


# ---- a post that could not be delivered ------------------------------------------------------------------


def post_failed(db: Connection, subject: str, now: datetime) -> None:
    """A message about a run could not be delivered in its place: it will be put anew, and whoever facilitates is told."""
    id = subject.removeprefix(GROUP).removesuffix(BESIDE)
    if subject.startswith(GROUP) and ":" not in id:
        db.execute(update(RUN).where(RUN.c.id == id, RUN.c.status == "open").values(silent_at=now, posted=""))


def passed(db: Connection, id: str, now: datetime, *, is_silent: bool) -> bool:
    """Whether a deadline has passed, and is one no more; False: it was put off meanwhile, or somebody else has seen to it."""
    due = RUN.c.silent_at if is_silent else RUN.c.wake_at
    return db.execute(update(RUN).where(RUN.c.id == id, due <= now).values({due: None})).rowcount == 1


def due_wakes(db: Connection, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """(run, moment) of deadlines that have passed, as `Woke` names them, earliest first."""
    return [*_passed(db, RUN.c.wake_at, now, limit, ""), *_passed(db, RUN.c.silent_at, now, limit, SILENT)]


def _passed(db: Connection, column: Any, now: datetime, limit: int, ending: str) -> list[tuple[str, datetime]]:
    due = select(RUN.c.id, column.label("at")).where(column <= now, RUN.c.status == "open")
    rows = db.execute(due.order_by(column, RUN.c.id).limit(limit))
    return [(f"{GROUP}{row.id}{ending}", row.at) for row in rows]


# ---- forgetting somebody ---------------------------------------------------------------------------------


def forget(db: Connection, organisation: str, person: str) -> None:
    """Take a person out of every run that goes on: their choices, what they signed, and that they took part.

    What is a member's own stands under a key that is their name in the run, or in a part of a list that has it as "member"
    (`bot/dialogs/group/turn.py`).
    """
    for run, member in _runs_with(db, organisation, person):
        run.state = _without(run.state, member)
        del run.members[member]
        run.facilitator = "" if run.facilitator == member else run.facilitator
        _save_as_long(db, run)


def now_as(db: Connection, organisation: str, before: str, person: str) -> None:
    """Somebody turned out to be a person known already: they stay in what they take part in."""
    for run, member in _runs_with(db, organisation, before):
        run.members[member] = person
        _save_as_long(db, run)


def _save_as_long(db: Connection, run: GroupRow) -> None:
    """Keep the state in as many bytes as it had: here nobody knows how long it may become."""
    before = db.scalar(select(RUN.c.sealed).where(RUN.c.id == run.id))
    db.execute(_SAVE, {"run": run.id, "blob": sealed_evenly(db, _kept_together(run), run.id, evened(db, before))})


def _runs_with(db: Connection, organisation: str, person: str) -> Iterator[tuple[GroupRow, str]]:
    """The open runs a person takes part in, locked, each with what they are called in it."""
    going_on = select(RUN.c.id).where(RUN.c.organisation == organisation, RUN.c.status == "open").order_by(RUN.c.id)
    for (id,) in db.execute(going_on).all():
        run = load(db, organisation, id)
        member = next((name for name, who in run.members.items() if who == person), "") if run else ""
        if run and member:
            yield run, member


def _without(part: Any, member: str) -> Any:
    if isinstance(part, dict):
        return {key: _without(value, member) for key, value in _kept(part, member)}
    if isinstance(part, list):
        return [_without(one, member) for one in part if not _is_of(one, member)]
    return part


def _kept(part: dict[str, Any], member: str) -> Iterator[tuple[str, Any]]:
    return ((key, "" if value == member else value) for key, value in part.items() if key != member)


def _is_of(one: Any, member: str) -> bool:
    return one == member or isinstance(one, dict) and one.get("member") == member


def own_id(digest: Digest, run: str, what: str) -> str:
    """An id of something that came of a run, the same however often it comes."""
    return digest(f"of:{run}:{what}")[:40]
