"""The jobs that wake whichever replica is free: procrastinate's, on PostgreSQL, where `pejling db upgrade` has made its tables.

A job says only that something waits in a conversation. The outbox is the truth: a job that is lost is made anew by `sweep`, and
one too many finds nothing to do. The future stays in our own tables, because jobs for later slow down every look for the next.
This module makes and mends jobs; `bot/engine.py` runs them. The web chat's messages have none: only the replica whose page is
open can show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from bot.store.engine import HAS_JOBS

TASK = "attend"
WITHOUT_JOBS = "web"
LEFT_LYING = 60
"""Seconds after which a job in which nothing is being sent was left lying: its worker lives, but could not say that it was done."""

_JOB = f"""(c.channel, '{TASK}', CASE WHEN o.kind IN ('reply', 'update') THEN 1 ELSE 0 END, c.id, NULL,
    jsonb_build_object('conversation', c.id), NULL)::procrastinate_job_to_defer_v1"""
_ENQUEUE = text(f"""
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW{_JOB} ORDER BY o.id)) FROM outbox o JOIN conversation c ON c.id = o.conversation
    WHERE o.id = ANY(:ids) AND c.channel <> '{WITHOUT_JOBS}' HAVING count(*) > 0
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))
_NO_JOB = "NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.lock = o.conversation AND j.status IN ('todo', 'doing'))"
_DUE = f"""
    WITH due AS (SELECT min(o.id) AS id FROM outbox o WHERE {{which}} AND {_NO_JOB} GROUP BY o.conversation LIMIT 1000)
    SELECT array_agg(id) FROM due
"""
_COME_DUE = text(_DUE.format(which="o.state IN ('queued', 'ambiguous') AND o.next_try <= :now"))
_FORGOTTEN = text(_DUE.format(which="o.state = 'queued' AND o.next_try IS NULL"))
_AGAIN = """
    UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, abort_requested = false WHERE id IN (
        SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
        WHERE j.status = 'doing' AND {which} ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
    ) RETURNING pg_notify('procrastinate_queue_v1#' || queue_name, json_build_object('type', 'job_inserted', 'job_id', id)::text)
"""
_TAKE_BACK = text(_AGAIN.format(which="(w.id IS NULL OR w.last_heartbeat < clock_timestamp() - :dead_after)"))
_LEFT_LYING = text(
    _AGAIN.format(
        which=f"""(SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started')
        < clock_timestamp() - interval '{LEFT_LYING} seconds'
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.conversation = j.lock AND o.state = 'sending')"""
    )
)


def enqueue(db: Connection, ids: Sequence[int]) -> None:
    """A job for each of these rows of the outbox, in our own transaction; nothing where the database has no jobs."""
    if db.get_execution_options().get(HAS_JOBS):
        db.execute(_ENQUEUE, {"ids": list(ids)})


def sweep(db: Connection, now: datetime, dead_after: timedelta, *, thoroughly: bool = False) -> int:
    """Take back the jobs of dead workers, and make one where something waits without any; returns how many.

    What has just come due is looked for each time, what was forgotten only `thoroughly`: that looks at everything that waits.
    """
    if not db.get_execution_options().get(HAS_JOBS):
        return 0
    count = db.execute(_TAKE_BACK, {"dead_after": dead_after}).rowcount
    if thoroughly:
        count += db.execute(_LEFT_LYING).rowcount
    for statement in (_COME_DUE, _FORGOTTEN) if thoroughly else (_COME_DUE,):
        ids = db.scalar(statement, {"now": now} if statement is _COME_DUE else {}) or []
        if ids:
            enqueue(db, ids)
        count += len(ids)
    return count
