"""procrastinate, which wakes whichever replica is free when something waits in a conversation. Its only importer.

It keeps the jobs of one conversation in order and one at a time; everything that must be right whatever fails is the outbox's.
What it does not do is done elsewhere: a dead worker's jobs are taken back by `bot/services/jobs.py`.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.logs import kind_of
from bot.services.jobs import TASK
from bot.timing import Timing

POLLING = 0.2
"""Seconds between looks for jobs nobody was told of. procrastinate forgets whom it was told of while it looked, about one in a
hundred, so this is how late the latest are; a look takes the database a millisecond."""
CONNECTIONS = 4
CONNECT_SECONDS = 3.0
"""Seconds to wait for one of them. After the database was away procrastinate's pool may keep everybody waiting though it is back;
then its sign of life fails too, its worker ends, and the next one gets a new pool."""
LEAVE_SECONDS = 1.0
"""Seconds that a worker which ends waits for its jobs. What is being sent is not theirs to interrupt: delivery waits for it."""
AGAIN_AFTER = 0.5

log = logging.getLogger(__name__)


class Engine:
    """Runs jobs until `stop`: `attend(channel, conversation)` for each. `at_once`: how many at the same time."""

    def __init__(
        self,
        address: str,
        channels: Sequence[str],
        attend: Callable[[str, str], Awaitable[None]],
        at_once: int,
        timing: Timing,
    ):
        self._address, self._channels, self._attend, self._at_once = address, list(channels), attend, at_once
        self._timing = timing
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """A worker, and another one whenever that one ends: procrastinate's stops when the database is away for a moment."""
        quieten()
        await asyncio.to_thread(importlib.import_module, "procrastinate")
        while not self._stopping.is_set():
            try:
                await self._work(self._app())
            except Exception as error:  # whatever ends a worker, the next one begins
                log.warning("the delivery worker ended: %s", kind_of(error))
            if not self._stopping.is_set():
                await self._rest()

    def stop(self) -> None:
        self._stopping.set()

    async def _work(self, app: Any) -> None:
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=self._channels,
                    concurrency=self._at_once,
                    fetch_job_polling_interval=POLLING,
                    abort_job_polling_interval=3600,
                    shutdown_graceful_timeout=LEAVE_SECONDS,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._timing.beat,
                )
            )
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not working.done():
                working.cancel()  # procrastinate's way to stop gracefully
            await asyncio.gather(working, return_exceptions=self._stopping.is_set())

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(AGAIN_AFTER):
                await self._stopping.wait()
        except TimeoutError:
            pass

    def _app(self) -> Any:
        import procrastinate

        connector = procrastinate.PsycopgConnector(
            conninfo=self._address, min_size=1, max_size=CONNECTIONS, timeout=CONNECT_SECONDS
        )
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK, pass_context=True)
        async def attend(context: Any, conversation: str) -> None:
            try:
                await self._attend(context.job.queue, conversation)
            except Exception as error:  # the job is only a wake-up: what waits is found again
                log.warning("conversation %s could not be attended: %s", conversation, kind_of(error))

        return app


class _WithoutWords(logging.Filter):
    """An error's text may hold anything, so only its kind is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.msg, record.args = "%s: %s", (str(record.name), kind_of(record.exc_info[1]))
            record.exc_info = record.exc_text = None
        return True


def quieten() -> None:
    """Its log: warnings only, and without what errors say."""
    for name in ("procrastinate", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
    for name in ("procrastinate.worker", "procrastinate.worker.worker", "procrastinate.psycopg_connector", "psycopg.pool", "asyncio"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, _WithoutWords) for one in logger.filters):
            logger.addFilter(_WithoutWords())
