"""Python's collector of what refers to itself, at rest while very much is held at once.

It goes through everything that is held, and meanwhile nothing in the process moves: 60 ms, again and again, where somebody has
sent in a list of 50,000 people. What does not refer to itself is let go of at once all the same.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_door = threading.Lock()
_resting: list[bool] = []
"""For each block under way, whether the collector was at work when it began."""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Until the last of all such blocks has ended. Hold nothing large at its end, or the next collection goes through that."""
    with _door:
        _resting.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _door:
            was_at_work = any(_resting)
            _resting.pop()
            if was_at_work and not _resting:
                gc.enable()
