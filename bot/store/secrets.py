"""Encryption at rest: what a person wrote lies in the database only as sealed bytes.

`cryptography`'s Fernet (AES-128-CBC with HMAC-SHA256). Several keys may be in use: the first seals, all of them open. The
owner's id lies inside the envelope, so that a row moved from one person to another in the database is noticed.

Keys come from `PEJLING_KEYS` (separated by commas) or from a key file that only this user may read (one key a line).
"""

from __future__ import annotations

import hmac
import json
import os
import secrets as randomness
import stat
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..errors import ConfigError, PejlingError
from .tables import Base, Fact

SALT = "salt"
"""The fact that keyed hashes are made with. It is random, sealed like everything else, and outlives every key."""

ROWS_AT_ONCE = 500

EVEN = 4096
"""Bytes: the steps in which the length of what is sealed evenly may grow."""

PUT_BACK = "put back the key the database was made with"
"""The mend for keys that are not there: a new key would open nothing, and hide that the old one is lost."""
OR_MAKE = "put back the key the database was made with; only for a new and empty one make a key with `pejling key new`"


class Unreadable(PejlingError):
    """A sealed value cannot be opened, or belongs to somebody else. Says nothing of what or whose."""


class Secrets:
    """The keys in use, the newest first."""

    def __init__(self, keys: Sequence[str], mend: str = PUT_BACK):
        """Raises ConfigError when there is no key, or one of them is not a key; `mend` is what to do about it."""
        if not keys:
            raise ConfigError(f"PEJLING_KEYS (or the key file): there is no key – {mend}")
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError as error:
            raise ConfigError(f"PEJLING_KEYS (or the key file): one of the keys is not a key – {mend}") from error
        self._newest, self._all = fernets[0], MultiFernet(fernets)

    def seal(self, text: str) -> bytes:
        """Encrypt `text` with the newest key."""
        return self._newest.encrypt(text.encode())

    def seal_evenly(self, text: str, length: int) -> bytes:
        """Encrypt JSON `text`, filled up with spaces to `length` bytes, and without the moment (Fernet writes it in the open)."""
        return self._newest.encrypt_at_time(text.encode().ljust(length), 0)

    def open(self, blob: bytes) -> str:
        """Decrypt what any of the keys sealed. Raises Unreadable."""
        try:
            return self._all.decrypt(bytes(blob)).decode()
        except InvalidToken:
            raise Unreadable("a sealed value cannot be opened by any of the keys") from None

    def is_sealed_by_newest(self, blob: bytes) -> bool:
        """Whether `blob` needs no sealing anew."""
        try:
            self._newest.decrypt(bytes(blob))
        except InvalidToken:
            return False
        return True


def load_secrets(keys: str, key_file: Path | None, mend: str = PUT_BACK) -> Secrets:
    """The keys from `PEJLING_KEYS`, or else from the key file. `mend`: `OR_MAKE` where there may be nothing to open yet.

    Raises ConfigError: none of them set, file missing, unreadable or readable by others, not a key in it.
    """
    if keys.strip():
        return Secrets([key.strip() for key in keys.split(",") if key.strip()], mend)
    if key_file is None:
        raise ConfigError(f"PEJLING_KEYS and PEJLING_KEY_FILE are both empty – {mend}")
    return Secrets(_read_key_file(key_file, mend), mend)


def add_key(key_file: Path) -> int:
    """Put a new key first in the key file, making the file where there is none, and return how many keys it holds.

    The old keys stay, because what they sealed is still there.
    """
    old = _read_key_file(key_file) if key_file.exists() else []
    lines = [Fernet.generate_key().decode(), *old]
    _write_private(key_file, "\n".join(lines) + "\n")
    return len(lines)


def sealed(db: Connection, value: Any, owner: str | None) -> bytes:
    """Seal a JSON value that belongs to the person (or conversation, or run) `owner`; None: to nobody in particular."""
    return _secrets(db).seal(json.dumps([owner, value], ensure_ascii=False, separators=(",", ":")))


def evened(db: Connection, blob: bytes) -> int:
    """The length that a value sealed evenly was filled up to: for sealing another in its place that looks the same."""
    return len(_secrets(db).open(blob).encode())


def sealed_evenly(db: Connection, value: Any, owner: str, length: int) -> bytes:
    """Seal like `sealed`, so that neither how long the value is nor when it was sealed can be seen: filled up to a multiple of
    `EVEN` bytes that holds `length`. A value longer than that is sealed all the same, in the next step."""
    text = json.dumps([owner, value], ensure_ascii=False, separators=(",", ":"))
    needed = max(length, len(text.encode()))
    return _secrets(db).seal_evenly(text, -(-needed // EVEN) * EVEN)


def unsealed(db: Connection, blob: bytes, owner: str | None) -> Any:
    """Open what `sealed` made for this `owner`. Raises Unreadable when no key opens it, or it was another's."""
    whose, value = json.loads(_secrets(db).open(blob))
    if whose != owner:
        raise Unreadable("a sealed value lies with somebody it does not belong to")
    return value


def keyed_hash(db: Connection, text: str) -> str:
    """A hash that is the same for the same text in this database, and that nobody without the keys can make or guess.

    64 hexadecimal digits (HMAC-SHA256). Stays the same when keys are rotated.
    """
    return keyed_hashes(db, [text])[0]


def digest_of(db: Connection) -> Callable[[str], str]:
    """`keyed_hash` for texts that are not known yet, in one unit of work."""
    salt = _salt(db)
    return lambda text: hmac.new(salt, text.encode(), sha256).hexdigest()


def keyed_hashes(db: Connection, texts: Iterable[str]) -> list[str]:
    """`keyed_hash` of many, which looks the salt up once."""
    return [*map(digest_of(db), texts)]


def prove_keys(db: Connection) -> None:
    """See at start that the keys belong to this database. Raises ConfigError."""
    try:
        _salt(db)
    except Unreadable as error:
        raise ConfigError(
            "PEJLING_KEYS (or the key file): these keys do not open this database – put back the key it was made with"
        ) from error


def rotate(db: Connection) -> int:
    """Seal everything anew with the newest key and return how many values that were; then older keys may be taken away.

    Walks every column named `sealed`. What is sealed with the newest key already is left, so it may be begun again.
    """
    keys = _secrets(db)
    count = _rotate_salt(db, keys)
    for table in Base.metadata.sorted_tables:
        if "sealed" in table.c:
            count += _rotate_table(db, keys, table)
    return count


def _rotate_table(db: Connection, keys: Secrets, table: Any) -> int:
    (key,) = table.primary_key.columns
    write = update(table).where(key == bindparam("at")).values(sealed=bindparam("blob"))
    count, last = 0, None
    while True:
        page = select(key, table.c.sealed).order_by(key).limit(ROWS_AT_ONCE).with_for_update()
        rows = db.execute(page if last is None else page.where(key > last)).all()
        if not rows:
            return count
        stale = [row for row in rows if row.sealed and not keys.is_sealed_by_newest(row.sealed)]
        if stale:
            db.execute(write, [{"at": row[0], "blob": keys.seal(keys.open(row.sealed))} for row in stale])
        count, last = count + len(stale), rows[-1][0]


def _rotate_salt(db: Connection, keys: Secrets) -> int:
    salt = _salt(db)
    db.execute(update(Fact).where(Fact.name == SALT).values(value=keys.seal(salt.decode()).decode()))
    return 1


def _salt(db: Connection) -> bytes:
    """The salt; made the first time somebody asks."""
    found = select(Fact.value).where(Fact.name == SALT)
    token = db.scalar(found)
    if token is None:
        new = _secrets(db).seal(randomness.token_hex(32)).decode()
        try:
            with db.begin_nested():
                db.execute(insert(Fact).values(name=SALT, value=new))
        except IntegrityError:
            pass  # somebody else was first, and theirs is the one
        token = db.scalar(found)
    return _secrets(db).open(token.encode()).encode()


def _secrets(db: Connection) -> Secrets:
    return db.get_execution_options()["secrets"]


def _read_key_file(path: Path, mend: str = PUT_BACK) -> list[str]:
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except FileNotFoundError as error:
        raise ConfigError(f"PEJLING_KEY_FILE: {path} is missing – {mend}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"PEJLING_KEY_FILE: {path} cannot be read – it should be a text file that this user may read") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"PEJLING_KEY_FILE: others may read {path} – run `chmod 600 {path}`")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _write_private(path: Path, text: str) -> None:
    """Write all of it or nothing, readable by this user only, and on the disk before we go on."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise ConfigError(f"PEJLING_KEY_FILE: {path} cannot be written ({error.strerror}) – choose another place") from error
