"""What the process does first that other processes are forked from: it reads the content and plays each scene once, so that nothing of it
is read, or compiled to SQL, in each of the hundreds that are killed.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from bot.store import schema
from bot.store.opening import open_store
from bot.store.secrets import Secrets
from tests import compiling
from tests.chaos import replica
from tests.crashing import SCENES, live, settled

KEY = Fernet.generate_key().decode()


def rehearse(folder: Path) -> None:
    before = folder / "before"
    before.mkdir()
    store = open_store(f"sqlite:///{before}/pejling.db", secrets=Secrets([KEY]))
    schema.upgrade(store)
    store.close_now()
    asyncio.run(settled(before, KEY))
    for scene in SCENES:
        shutil.copytree(before, folder / scene)
        live(folder / scene, KEY, scene, 0)


compiling.share()
replica.warm()
with tempfile.TemporaryDirectory() as folder:
    rehearse(Path(folder))
