"""`pejling run` as a process of its own, on a free port, in a folder of its own; everything it writes is kept."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, CookieJar

from tests.channels.visitor import Visitor

ROOT = Path(__file__).parent.parent
PATIENCE = 30  # seconds


class Running:
    """One Pejling. `output` is all it wrote to stdout and stderr, over all its starts. `strict`: in Python's development mode, which says
    more and is slower."""

    def __init__(self, folder: Path, *, strict: bool = False, **environment: str):
        self.folder, self.output, self.python = folder, b"", sys.executable
        self.flags = ("-X", "dev") if strict else ()
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PEJLING_", "DATABASE_URL"))},
            "PYTHONPATH": str(ROOT),
            "PEJLING_PORT": str(self.port),
            "PEJLING_LOG_LEVEL": "DEBUG",
            "DATABASE_URL": f"sqlite:///{folder}/pejling.db",
            "PEJLING_KEY_FILE": f"{folder}/pejling.key",
            **environment,
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *arguments: str) -> None:
        """Start it, and wait until it says where it is. Raises AssertionError with what it said where it does not."""
        self.process = await asyncio.create_subprocess_exec(
            *(self.python, *self.flags, "-m", "bot", "run", *arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = [asyncio.create_task(self._keep(stream)) for stream in (self.process.stdout, self.process.stderr)]
        self._ready = asyncio.Event()
        over = asyncio.create_task(self.process.wait())
        ready = asyncio.create_task(self._ready.wait())
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait([over, ready], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not self._ready.is_set():
            await asyncio.gather(*self._reading)
            raise AssertionError(self.output.decode())

    async def _keep(self, stream: asyncio.StreamReader | None) -> None:
        assert stream
        while line := await stream.readline():
            self.output += line
            if line.startswith(b"Pejling: "):
                self._ready.set()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and wait until it is gone; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(self.process.wait(), *self._reading)
        return self.process.returncode or 0

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[Visitor]:
        """Somebody's browser."""
        async with ClientSession(self.address, cookie_jar=CookieJar(unsafe=True)) as session:
            yield Visitor(session)

    def files(self) -> dict[str, bytes]:
        """Every file in the folder, and what was written to the terminal."""
        found = {str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return found | {"the terminal": self.output}


@asynccontextmanager
async def running(folder: Path, *arguments: str, strict: bool = False, **environment: str) -> AsyncIterator[Running]:
    """Started; stopped again at the end, whatever happens."""
    one = Running(folder, strict=strict, **environment)
    await one.start(*arguments)
    try:
        yield one
    finally:
        if one.process.returncode is None:
            await one.stop(signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
