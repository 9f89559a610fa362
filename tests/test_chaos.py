"""The short form of `make chaos`: a few seconds of the same storm. The long one is run by hand, with sizes and seed of one's own."""

from __future__ import annotations

import pytest

from tests.chaos.replica import HURRIED
from tests.chaos.run import Chaos, Size


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
async def test_every_message_is_accounted_for(kind):
    size = Size(messages=30, kills=2, freezes=1, crashes=1, replicas=3 if kind == "postgresql" else 1, people=20)
    account = await Chaos(size, seed=7, kind=kind, timing=HURRIED).run()
    assert account.wrong() == {}
    assert (account.messages, account.figures["kill"], account.figures["freeze"]) == (50, 2, 1)
    assert sum(account.faults.values()) - account.faults["none"] > 2
