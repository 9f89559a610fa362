"""Encryption at rest: what is written is not readable in the files, and stays readable when keys change."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select, update

from bot.errors import ConfigError
from bot.store import secrets as module
from bot.store.opening import open_store
from bot.store.schema import prepare
from bot.store.secrets import OR_MAKE, Secrets, Unreadable, add_key, keyed_hash, load_secrets, rotate, sealed, unsealed
from bot.store.tables import DialogRun, Entry, Fact, Organisation, Person

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
PLANTED = "jeg sover dårligt efter mødet med pårørende 9931"


def people(db):
    db.execute(insert(Organisation).values(id="org", name="Demo", created_at=NOW))
    for name in ("ana", "bo"):
        db.execute(insert(Person).values(id=name, organisation="org", name=name, created_at=NOW))


def write(db, entry, person, value):
    db.execute(
        insert(Entry).values(
            id=entry, organisation="org", person=person, run=entry, flow="f01", sealed=sealed(db, value, person),
            created_at=NOW, updated_at=NOW,
        )
    )


def read(db, entry, person):
    return unsealed(db, db.scalar(select(Entry.sealed).where(Entry.id == entry)), person)


@pytest.mark.parametrize("value", [PLANTED, "", None, 7, [1, "æøå", None], {"hvad": {"da": "🌱", "en": "x" * 10_000}}])
def test_what_is_sealed_comes_back_as_it_was(store, value):
    assert store.run_now(lambda db: unsealed(db, sealed(db, value, "ana"), "ana")) == value


def test_planted_words_are_in_no_file(sqlite_store):
    sqlite_store.run_now(people)
    sqlite_store.run_now(lambda db: [write(db, f"e{n}", "ana", {"svar": PLANTED}) for n in range(50)])
    assert sqlite_store.read_now(lambda db: read(db, "e7", "ana")) == {"svar": PLANTED}
    files = list(sqlite_store.path.parent.iterdir())
    everything = b"".join(file.read_bytes() for file in files)
    assert b"ana" in everything, "the log should have been looked at too"
    for form in (PLANTED, PLANTED.encode("unicode_escape").decode(), "pårørende", "mødet med"):
        assert form.encode() not in everything


def test_rows_swapped_between_people_are_noticed(store):
    store.run_now(people)
    store.run_now(lambda db: (write(db, "e1", "ana", PLANTED), write(db, "e2", "bo", "andet")))
    hers = store.read_now(lambda db: db.scalar(select(Entry.sealed).where(Entry.id == "e1")))
    store.run_now(lambda db: db.execute(update(Entry).where(Entry.id == "e2").values(sealed=hers)).close())
    with pytest.raises(Unreadable) as caught:
        store.read_now(lambda db: read(db, "e2", "bo"))
    assert PLANTED not in "".join(traceback.format_exception(caught.value))


def test_a_changed_byte_is_noticed(store):
    def change(db):
        blob = bytearray(sealed(db, PLANTED, "ana"))
        blob[20] ^= 1
        return unsealed(db, bytes(blob), "ana")

    with pytest.raises(Unreadable):
        store.run_now(change)


def test_rotation(url, secrets, monkeypatch):
    """Old key, then both, then only the new one: everything stays readable, hashes stay the same, the old key is worth nothing."""
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 7)
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    store = open_store(url, secrets=Secrets([old]))
    store.run_now(lambda db: (db.execute(Fact.__table__.delete()).close(), people(db)))
    store.run_now(lambda db: [write(db, f"e{n:02}", "ana", f"{PLANTED} {n}") for n in range(20)])
    store.run_now(lambda db: db.execute(insert(DialogRun).values(
        id="r", organisation="org", person="bo", dialog="f01", sealed=None, created_at=NOW, updated_at=NOW)).close())
    digest = store.run_now(lambda db: keyed_hash(db, "U123"))
    store.close_now()

    store = open_store(url, secrets=Secrets([new, old]))
    assert store.read_now(lambda db: read(db, "e03", "ana")) == f"{PLANTED} 3"
    store.run_now(lambda db: write(db, "e99", "bo", "nyt"))
    assert store.run_now(rotate) == 20 + 1  # the new entry is sealed with the new key already; one is the salt
    assert store.run_now(rotate) == 1
    store.close_now()

    store = open_store(url, secrets=Secrets([new]))
    prepare(store)
    assert [store.read_now(lambda db, n=n: read(db, f"e{n:02}", "ana")) for n in range(20)] == [f"{PLANTED} {n}" for n in range(20)]
    assert store.run_now(lambda db: keyed_hash(db, "U123")) == digest
    store.close_now()

    store = open_store(url, secrets=Secrets([old]))
    with pytest.raises(ConfigError, match="do not open this database"):
        prepare(store)
    with pytest.raises(Unreadable):
        store.read_now(lambda db: read(db, "e03", "ana"))
    store.close_now()


def test_keyed_hashes_are_steady_and_differ_between_databases(store, empty_url, secrets):
    one = store.run_now(lambda db: keyed_hash(db, "U123"))
    assert one == store.run_now(lambda db: keyed_hash(db, "U123")) != store.run_now(lambda db: keyed_hash(db, "U124"))
    store.run_now(lambda db: db.execute(Fact.__table__.delete()).close())
    assert one != store.run_now(lambda db: keyed_hash(db, "U123"))


def test_a_key_file_is_made_for_this_user_only_and_keeps_old_keys(tmp_path):
    path = tmp_path / "var" / "keys"
    assert add_key(path) == 1
    before = load_secrets("", path).seal(PLANTED)
    assert add_key(path) == 2
    assert path.stat().st_mode & 0o777 == 0o600 and [file.name for file in path.parent.iterdir()] == ["keys"]
    both = load_secrets("", path)
    assert both.open(before) == PLANTED and not both.is_sealed_by_newest(before)


def test_the_variable_goes_before_the_file_and_may_hold_several(tmp_path):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    blob = Secrets([old]).seal(PLANTED)
    assert load_secrets(f" {new}, {old} ,", tmp_path / "none").open(blob) == PLANTED


def _file(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "missing"),
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "cannot be read"),
        (lambda path: _file(path, Fernet.generate_key().decode(), 0o640), "chmod 600"),
        (lambda path: _file(path, Fernet.generate_key().decode(), 0o604), "chmod 600"),
        (lambda path: _file(path, "# nothing yet\n\n"), "no key"),
        (lambda path: _file(path, "hemmelig-nøgle"), "cannot be read"),
        (lambda path: _file(path, "hemmelig"), "not a key"),
    ],
)
def test_a_wrong_key_file_is_refused_with_the_mend(tmp_path, make, said):
    make(tmp_path / "keys")
    with pytest.raises(ConfigError, match=said) as caught:
        load_secrets("", tmp_path / "keys")
    assert "key new" not in str(caught.value)
    assert "hemmelig" not in str(caught.value)


def test_no_keys_at_all(tmp_path):
    with pytest.raises(ConfigError, match="put back the key the database was made with$"):
        load_secrets(" ", None)
    with pytest.raises(ConfigError, match="only for a new and empty one make a key with `pejling key new`"):
        load_secrets(" ", None, OR_MAKE)
    with pytest.raises(ConfigError, match="not a key"):
        load_secrets("hemmelig", None)
