"""Everything started at once, as people meet it: `pejling run`, its pages over HTTP, and how it stops."""

from __future__ import annotations

import asyncio
import signal
import sqlite3

import pytest

from tests.conftest import KEY
from tests.running import Running, running


async def test_it_starts_on_an_empty_folder_and_says_where_it_is(tmp_path):
    async with running(tmp_path) as pejling, pejling.visitor() as eva:
        assert f"Pejling: {pejling.address}\n".encode() in pejling.output
        health = await eva.get("/health")
        assert health.status == 200
        page = await eva.become("Eva")
        assert page.status == 200 and page.path == "/chat"
        assert await pejling.stop() == 0
    assert b"alembic" not in pejling.output


async def test_it_serves_postgresql_too(postgres_url, tmp_path):
    async with running(tmp_path, DATABASE_URL=postgres_url, PEJLING_KEYS=KEY) as pejling, pejling.visitor() as eva:
        assert (await eva.become("Eva")).path == "/chat"
        assert await pejling.stop() == 0
    assert not list(tmp_path.glob("*.db"))


async def test_two_on_one_file_are_one_too_many(tmp_path):
    async with running(tmp_path) as first:
        second = Running(tmp_path)
        with pytest.raises(AssertionError, match="in use by another Pejling"):
            await second.start()
        assert second.process.returncode == 2
        assert first.process.returncode is None


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.full), signal.SIGKILL])
async def test_what_was_there_is_there_after_a_stop(tmp_path, how):
    async with running(tmp_path) as pejling, pejling.visitor() as eva:
        page = await eva.become("Eva")
        form = page.form("/press")
        opened = await eva.send(form, form.labels()[0])
        assert opened.status == 200
        await pejling.stop(how)
        await pejling.start()
        again = await eva.get("/chat")
        assert again.status == 200 and again.path == "/chat"  # still signed in
        await pejling.stop()
    assert b"Traceback" not in pejling.output


async def test_a_stop_does_not_wait_for_open_pages(tmp_path):
    """Browsers keep a stream open for as long as the page is."""
    async with running(tmp_path, strict=True) as pejling, pejling.visitor() as eva:
        await eva.become("Eva")
        async with eva.client.get("/chat/stream") as stream:
            assert (await stream.content.readline()).startswith(b"retry:")
            async with asyncio.timeout(10):
                assert await pejling.stop() == 0
            stream.close()  # the client would wait for more
    assert b"Traceback" not in pejling.output


async def test_the_files_are_nobody_elses_business_and_an_ordinary_stop_leaves_one_that_is_whole(tmp_path):
    async with running(tmp_path) as pejling, pejling.visitor() as eva:
        await eva.become("Eva")
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path.name
        await pejling.stop()
    assert not list(tmp_path.glob("*-wal"))
    with sqlite3.connect(tmp_path / "pejling.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
