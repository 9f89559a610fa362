"""Time zones whose rules were changed by law: what was reckoned by the old ones is reckoned anew, so that eight stays eight.

The rules come with the system or the package tzdata; a process that has started since has the new ones. Programmes are looked at
every day anyway (`services/planning.py`), so this is about rhythms.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, text

from bot.calendars import known_zone
from bot.services import schedules
from bot.store.engine import Store
from bot.store.tables import Fact, Schedule

fact, schedule = Fact.__table__, Schedule.__table__

NAME = "zone:"
"""How the facts begin that say by which rules a zone's moments were reckoned."""
KEPT = text("INSERT INTO fact (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
FIRST, DAYS = datetime(2026, 1, 1, 12, tzinfo=UTC), 10 * 366
"""The days at whose noon a zone is looked at: a rule that changes shows on one of them."""


async def follow_laws(store: Store, now: datetime, at_once: int) -> None:
    """Reckon anew where a zone's rules are others than when it was last looked at. What is remembered is written last, so that
    whoever comes after a crash does it again, to the same end."""
    rules, before = await store.read(rules_in_use), await store.read(rules_before)
    changed = {zone: digest for zone, digest in sorted(rules.items()) if before.get(zone) != digest}
    for zone in changed.keys() & before.keys():
        await _reckon(store, zone, now, at_once)
    if changed:
        await store.run(lambda db: db.execute(KEPT, [{"name": f"{NAME}{zone}", "value": changed[zone]} for zone in changed]).close())


async def _reckon(store: Store, zone: str, now: datetime, at_once: int) -> None:
    last = ""
    while True:
        last = await store.run(lambda db, after=last: schedules.follow_law(db, zone, after, now, at_once))
        if not last:
            return


def rules_in_use(db: Connection) -> dict[str, str]:
    """The zones rhythms are in, each with a digest of its rules as they are now."""
    return {zone: digest_of(zone) for zone in db.scalars(select(schedule.c.timezone).distinct())}


def rules_before(db: Connection) -> dict[str, str]:
    rows = db.execute(select(fact.c.name, fact.c.value).where(fact.c.name.startswith(NAME)))
    return {name.removeprefix(NAME): digest for name, digest in rows}


def digest_of(zone: str) -> str:
    return _digest(ZoneInfo(known_zone(zone)))


@cache
def _digest(there: ZoneInfo) -> str:
    """The same for as long as the process lives, as its zones are."""
    offsets = (str((FIRST + timedelta(days=n)).astimezone(there).utcoffset()) for n in range(DAYS))
    return sha256(" ".join(offsets).encode()).hexdigest()
