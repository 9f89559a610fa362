"""Units of work: nothing is lost, nothing is half done, nobody is told too early."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.errors import ConfigError
from bot.store.engine import Undo
from bot.store.opening import open_store
from bot.store.faults import StoreBusy, StoreFull
from bot.store.postgresql import TRIES
from bot.store.tables import Fact

ROOT = Path(__file__).parents[2]
PLANTED = "blåmejse-i-køkkenet-7731"


def note(db: Connection, name: str, value: str = "1") -> str:
    db.execute(insert(Fact).values(name=name, value=value))
    return name


def names(db: Connection) -> set[str]:
    return set(db.scalars(select(Fact.name).where(Fact.name != "salt")))


class Gate:
    """Holds a unit of work (and so the one writing thread) until it is opened."""

    def __init__(self):
        self.is_reached, self._opened = threading.Event(), threading.Event()

    def hold(self, db: Connection) -> None:
        self.is_reached.set()
        assert self._opened.wait(10)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.is_reached.wait, 10)

    def open(self) -> None:
        self._opened.set()


async def in_one_batch(store, works):
    """Run `works` so that they wait together for the writing thread; results and errors in order."""
    gate = Gate()
    first = asyncio.ensure_future(store.run(gate.hold))
    await gate.reached()
    rest = [asyncio.ensure_future(store.run(work)) for work in works]
    await asyncio.sleep(0)
    gate.open()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


async def test_ten_at_once_lose_nothing(store):
    await store.run(lambda db: note(db, "votes", "0"))

    def vote(db):
        row = db.execute(select(Fact).where(Fact.name == "votes").with_for_update()).one()
        db.execute(update(Fact).where(Fact.name == "votes").values(value=str(int(row.value) + 1)))

    await asyncio.gather(*(store.run(vote) for _ in range(10)))
    assert await store.read(lambda db: db.scalar(select(Fact.value).where(Fact.name == "votes"))) == "10"


async def test_a_unit_that_fails_takes_only_itself_back(store):
    def fail(db):
        note(db, "half")
        raise LookupError("no such step")

    def regret(db):
        note(db, "regretted")
        raise Undo("what it would have been")

    def twice(db):
        note(db, "a")

    works = [lambda db: note(db, "a"), fail, regret, twice, lambda db: note(db, "b")]
    if store.kind == "sqlite":
        a, failed, regretted, doubled, b = await in_one_batch(store, works)
    else:
        a, failed, regretted, doubled, b = [(await asyncio.gather(store.run(w), return_exceptions=True))[0] for w in works]
    assert (a, b, regretted) == ("a", "b", "what it would have been")
    assert isinstance(failed, LookupError) and isinstance(doubled, IntegrityError)
    assert await store.read(names) == {"a", "b"}


async def test_nobody_is_told_before_the_commit(sqlite_store):
    gate, last = Gate(), Gate()
    holding = asyncio.ensure_future(sqlite_store.run(gate.hold))
    await gate.reached()
    early = asyncio.ensure_future(sqlite_store.run(lambda db: note(db, "early")))
    late = asyncio.ensure_future(sqlite_store.run(last.hold))
    await asyncio.sleep(0)
    gate.open()
    await holding
    await last.reached()  # `early` has run and shares a commit with the one that still holds

    assert not early.done()
    assert _seen_from_outside(sqlite_store.path) == set()
    last.open()
    assert await early == "early"
    assert _seen_from_outside(sqlite_store.path) == {"early"}
    await late


async def test_alone_means_a_commit_of_its_own(sqlite_store):
    gate, last = Gate(), Gate()
    holding = asyncio.ensure_future(sqlite_store.run(gate.hold))
    await gate.reached()
    mine = asyncio.ensure_future(sqlite_store.run(lambda db: note(db, "mine"), alone=True))
    late = asyncio.ensure_future(sqlite_store.run(last.hold))
    await asyncio.sleep(0)
    gate.open()
    await holding
    assert await mine == "mine"  # though the one after it still holds
    last.open()
    await late


async def test_a_hundred_waiting_units_share_few_commits_and_all_are_kept(sqlite_store):
    before = _commits(sqlite_store)
    await in_one_batch(sqlite_store, [lambda db, n=n: note(db, f"n{n}") for n in range(100)])
    assert len(await sqlite_store.read(names)) == 100
    assert _commits(sqlite_store) - before < 15


async def test_work_runs_in_another_thread_and_the_loop_goes_on(store):
    gate = Gate()
    held = asyncio.ensure_future(store.run(lambda db: (gate.hold(db), threading.get_ident())[1]))
    await gate.reached()
    for _ in range(100):
        await asyncio.sleep(0)  # a hundred rounds of the loop while the unit is held
    assert not held.done()
    gate.open()
    assert await held != threading.get_ident()


async def test_read_sees_what_is_committed_and_may_not_write(store):
    await store.run(lambda db: note(db, "kept"))
    assert await store.read(names) == {"kept"}
    with pytest.raises(DBAPIError):
        await store.read(lambda db: note(db, "smuggled"))
    assert await store.read(names) == {"kept"}
    assert await store.run(lambda db: note(db, "after")) == "after"


async def test_readers_do_not_wait_for_the_writer(store):
    await store.run(lambda db: note(db, "kept"))
    gate = Gate()
    writing = asyncio.ensure_future(store.run(lambda db: (note(db, "new"), gate.hold(db))))
    await gate.reached()
    assert await store.read(names) == {"kept"}
    gate.open()
    await writing


async def test_one_who_no_longer_waits_does_no_harm(store):
    gate = Gate()
    gone = asyncio.ensure_future(store.run(gate.hold))
    await gate.reached()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    gate.open()
    assert await store.run(lambda db: note(db, "next")) == "next"


async def test_even_odd_errors_reach_the_one_who_waits(store):
    def stop(db):
        raise StopIteration

    for verb in (store.run, store.read):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await verb(stop)
    assert await store.run(lambda db: note(db, "next")) == "next"


async def test_a_closed_store_refuses(url, secrets):
    store = open_store(url, secrets=secrets)
    await store.close()
    with pytest.raises(RuntimeError):
        await store.run(names)


async def test_what_was_queued_before_the_end_is_done(sqlite_url, secrets):
    store = open_store(sqlite_url, secrets=secrets)
    gate = Gate()
    holding = asyncio.ensure_future(store.run(gate.hold))
    await gate.reached()
    queued = [asyncio.ensure_future(store.run(lambda db, n=n: note(db, f"n{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(store.close())
    gate.open()
    await closing
    await holding
    assert len(await asyncio.gather(*queued)) == 20
    assert len(_seen_from_outside(store.path)) == 20
    assert sorted(file.name for file in store.path.parent.iterdir()) == ["pejling.db", "pejling.db-lock"]


@pytest.mark.parametrize("big_first", [True, False])
async def test_a_full_disk_fails_whom_it_must_and_loses_nothing(sqlite_store, big_first):
    await sqlite_store.run(lambda db: note(db, "before"))
    await sqlite_store.run(lambda db: _limit_pages(db, spare=4))

    def too_much(db):
        db.execute(insert(Fact), [{"name": f"much{n}", "value": "x" * 400} for n in range(500)])

    works = [lambda db: note(db, "beside"), lambda db: note(db, "next to")]
    works.insert(0 if big_first else 2, too_much)
    results = await in_one_batch(sqlite_store, works)
    assert [type(r) for r in results if not isinstance(r, str)] == [StoreFull]
    assert await sqlite_store.read(names) == {"before", "beside", "next to"}

    await sqlite_store.run(lambda db: _limit_pages(db, spare=4000))
    await sqlite_store.run(too_much)
    assert len(await sqlite_store.read(names)) == 503


def test_killed_between_work_and_commit(sqlite_url, sqlite_template):
    """What was acknowledged is there, the unit under way is not, and the file is whole."""
    script = """
import os, signal, sys
from sqlalchemy import insert
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from bot.store.postgresql import TRIES
from bot.store.tables import Fact
from cryptography.fernet import Fernet
store = open_store(sys.argv[1], secrets=Secrets([Fernet.generate_key().decode()]))
def work(db, n):
    db.execute(insert(Fact).values(name=f"n{n}", value="1"))
    if n == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return n
for n in range(100):
    print(store.run_now(lambda db: work(db, n)), flush=True)
"""
    done = subprocess.run([sys.executable, "-c", script, sqlite_url], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout.split() == [str(n) for n in range(40)]
    path = Path(make_url(sqlite_url).database)
    assert _seen_from_outside(path) == {f"n{n}" for n in range(40)}
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_only_one_pejling_serves_a_file(sqlite_url, secrets):
    store = open_store(sqlite_url, secrets=secrets)
    with pytest.raises(ConfigError, match=f"in use by another Pejling .process {os.getpid()}."):
        open_store(sqlite_url, secrets=secrets)
    beside = open_store(sqlite_url, secrets=secrets, exclusive=False)
    assert beside.run_now(lambda db: note(db, "from a command")) == "from a command"
    with pytest.raises(ConfigError, match="in use by another"):
        beside.migrate(names)
    beside.close_now()
    assert store.read_now(names) == {"from a command"}
    store.close_now()
    open_store(sqlite_url, secrets=secrets).close_now()


async def test_somebody_else_holding_the_file_is_said(sqlite_url, secrets, monkeypatch):
    monkeypatch.setattr("bot.store.sqlite.BUSY_SECONDS", 0.01)
    store = open_store(sqlite_url, secrets=secrets)
    other = sqlite3.connect(make_url(sqlite_url).database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for result in await asyncio.gather(*(store.run(names) for _ in range(3)), return_exceptions=True):
        assert isinstance(result, StoreBusy)
    with pytest.raises(ConfigError, match="held by another process"):
        open_store(sqlite_url, secrets=secrets, exclusive=False)
    other.execute("ROLLBACK")
    other.close()
    assert await store.run(names) == set()
    await store.close()


def test_files_are_for_this_user_only(tmp_path, secrets):
    store = open_store(f"sqlite:///{tmp_path}/new/pejling.db", secrets=secrets)
    store.run_now(lambda db: db.exec_driver_sql("CREATE TABLE t (a)").close())
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in (tmp_path / "new").iterdir()}
    assert set(modes.values()) == {"0o600"} and "pejling.db-wal" in modes, modes
    store.close_now()


@pytest.fixture
def open_folder():
    """A folder that everybody may reach; pytest's own are for its user only."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.mark.parametrize(
    ("closed", "mode"),
    [
        (".", 0o555),  # nothing can be made in the folder
        ("pejling.db", 0o444),  # the file can only be read
        ("pejling.db-lock", 0o444),
        (".", 0o000),  # nothing can even be looked at
    ],
)
def test_read_only_is_refused_with_the_mend(open_folder, secrets, closed, mode):
    url = f"sqlite:///{open_folder}/pejling.db"
    open_store(url, secrets=secrets).close_now()
    for file in open_folder.iterdir():
        file.chmod(0o666)
    (open_folder / closed).chmod(mode)
    said = _say_as_nobody(lambda: open_store(url, secrets=secrets))
    assert said.startswith("ConfigError: DATABASE_URL: ") and "write access" in said, said


def test_a_read_only_folder_without_a_database(open_folder, secrets):
    open_folder.chmod(0o555)
    said = _say_as_nobody(lambda: open_store(f"sqlite:///{open_folder}/var/pejling.db", secrets=secrets))
    assert said.startswith("ConfigError: DATABASE_URL: ") and "write access" in said, said


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"these are not the bytes of a database" * 100), "is not a database"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
)
def test_what_is_no_database_is_refused(tmp_path, secrets, make, said):
    make(tmp_path / "it")
    with pytest.raises(ConfigError, match=said):
        open_store(f"sqlite:///{tmp_path}/it", secrets=secrets)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("mysql://here/there", "mysql is not supported"),
        ("no address at all", "not an address"),
    ],
)
def test_an_address_we_cannot_use_is_refused(secrets, url, said):
    with pytest.raises(ConfigError, match=said):
        open_store(url, secrets=secrets)


async def test_erased_means_gone_from_the_files(sqlite_store):
    folder = sqlite_store.path.parent
    await sqlite_store.run(lambda db: [note(db, f"n{n}", f"{PLANTED} {n}") for n in range(200)])
    assert _files_with(folder, PLANTED)
    await sqlite_store.run(lambda db: db.execute(delete(Fact).where(Fact.name.like("n%"))).rowcount)
    assert await sqlite_store.scrub() is True
    assert not _files_with(folder, PLANTED)
    assert await sqlite_store.run(lambda db: note(db, "on we go")) == "on we go"


async def test_scrubbing_says_when_a_reader_was_in_the_way(sqlite_url, secrets, monkeypatch):
    monkeypatch.setattr("bot.store.sqlite.BUSY_SECONDS", 0.01)
    store = open_store(sqlite_url, secrets=secrets)
    gate = Gate()
    reading = asyncio.ensure_future(store.read(lambda db: (names(db), gate.hold(db))))
    await gate.reached()
    await store.run(lambda db: note(db, "new"))
    assert await store.scrub() is False
    gate.open()
    await reading
    assert await store.scrub() is True
    await store.close()


async def test_values_stay_out_of_errors(store):
    await store.run(lambda db: note(db, PLANTED))
    with pytest.raises(IntegrityError) as caught:
        await store.run(lambda db: note(db, PLANTED, PLANTED))
    # `-1` would be this test's own source line; the words may stand nowhere else
    told = "".join(traceback.format_exception(caught.value))
    assert PLANTED not in told and "fact" in told


async def test_postgresql_deadlocks_are_tried_again(postgres_store):
    await postgres_store.run(lambda db: (note(db, "a"), note(db, "b")))
    both = threading.Barrier(2, timeout=10)
    tries = []

    def lock(db, *order):
        tries.append(order)
        db.execute(select(Fact).where(Fact.name == order[0]).with_for_update())
        if len(tries) <= 2:
            both.wait()
        db.execute(update(Fact).where(Fact.name == order[1]).values(value=order[0]))
        return order

    one, other = await asyncio.gather(
        postgres_store.run(lambda db: lock(db, "a", "b")), postgres_store.run(lambda db: lock(db, "b", "a"))
    )
    assert (one, other) == (("a", "b"), ("b", "a")) and 3 <= len(tries) <= TRIES


async def test_postgresql_connection_lost_before_the_commit_is_tried_again(postgres_store):
    tries = []

    def work(db):
        tries.append(1)
        note(db, "once")
        if len(tries) == 1:
            db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await postgres_store.run(work)
    assert len(tries) == 2 and await postgres_store.read(names) == {"once"}


async def test_postgresql_waiting_too_long_for_a_lock_is_said(postgres_store):
    await postgres_store.run(lambda db: note(db, "wanted"))
    gate = Gate()
    pick = select(Fact).where(Fact.name == "wanted").with_for_update()
    holding = asyncio.ensure_future(postgres_store.run(lambda db: (db.execute(pick).close(), gate.hold(db))))
    await gate.reached()
    with pytest.raises(StoreBusy):
        await postgres_store.run(lambda db: (db.execute(text("SET LOCAL lock_timeout = '10ms'")), db.execute(pick)))
    gate.open()
    await holding


async def test_postgresql_gives_up_after_a_few_tries(postgres_store):
    tries = []

    def work(db):
        tries.append(1)
        db.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(DBAPIError):
        await postgres_store.run(work)
    assert len(tries) == TRIES


async def test_postgresql_units_run_beside_each_other(postgres_store):
    both = threading.Barrier(2, timeout=10)
    assert len(await asyncio.gather(*(postgres_store.run(lambda db: both.wait()) for _ in range(2)))) == 2


def test_postgresql_refuses_with_the_mend(postgres, postgres_store, secrets):
    here = make_url(postgres)
    for url, said in (
        (here.set(database="nowhere"), "no such database"),
        (here.set(host="127.0.0.1", port=1, query={}), "nothing answers"),
        (here.set(host="no-such-host.invalid", query={}), "host is not known"),
        (here.set(username="nobody-we-know"), "user or the password"),
    ):
        with pytest.raises(ConfigError, match=said):
            open_store(url.render_as_string(hide_password=False), secrets=secrets)


def test_a_wrong_password_is_said_and_not_shown(postgres, postgres_store, secrets):
    hba = Path(postgres_store.run_now(lambda db: db.scalar(text("SHOW hba_file"))))
    hba.write_text("local all careful scram-sha-256\nhost all careful all scram-sha-256\n" + hba.read_text())
    postgres_store.run_now(lambda db: db.execute(text("CREATE ROLE careful LOGIN PASSWORD 'right'")).close())
    postgres_store.run_now(lambda db: db.scalar(text("SELECT pg_reload_conf()")))
    url = make_url(postgres).set(username="careful", password=PLANTED)
    with pytest.raises(ConfigError, match="user or the password is wrong") as caught:
        for _ in range(1000):  # the server takes a moment to read its new rule; until then it lets anybody in
            open_store(url.render_as_string(hide_password=False), secrets=secrets).close_now()
    assert PLANTED not in "".join(traceback.format_exception(caught.value))


def _limit_pages(db: Connection, spare: int) -> None:
    pages = db.exec_driver_sql("PRAGMA page_count").scalar()
    db.exec_driver_sql(f"PRAGMA max_page_count={pages + spare}").close()


def _seen_from_outside(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as raw:
        return {name for (name,) in raw.execute("SELECT name FROM fact WHERE name != 'salt'")}


def _commits(store) -> int:
    """SQLite adds one to the log's frames at least once a commit; the last frame of a commit names the size of the file."""
    log = store.path.with_name(store.path.name + "-wal").read_bytes()[32:]
    size = 24 + 4096
    return sum(1 for at in range(0, len(log), size) if int.from_bytes(log[at + 4 : at + 8], "big"))


def _files_with(folder: Path, words: str) -> list[str]:
    return [file.name for file in folder.iterdir() if file.is_file() and words.encode() in file.read_bytes()]


def _say_as_nobody(act) -> str:
    """What `act` raises in a child process without any rights of root, for whom nothing is read-only."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _drop_rights()
            act()
            os.write(into, b"it went well")
        except BaseException as error:
            os.write(into, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(into)
    with open(out, "rb") as told:
        said = told.read().decode()
    os.waitpid(child, 0)
    return said


def _drop_rights() -> None:
    if os.geteuid() == 0:
        os.chdir("/")
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
