"""The bundled content and what dialogs have at hand, read once for every test in a process: reading it is dear, nothing changes it."""

from __future__ import annotations

from functools import cache

from bot.dialogs.house import House
from bot.library import Library
from bot.library import load as read_anew
from bot.rehearsal.stage import furnished as furnish_anew


FORKED = ["tests.forked"]
"""What the process has loaded that other processes are forked from: Python has one such process for all that fork, so all name the same."""


@cache
def load() -> Library:
    return read_anew()


@cache
def _house() -> House:
    return furnish_anew(load())


def furnished(library: Library | None = None) -> House:
    """The bundled library's house; another library is furnished anew."""
    return _house() if library is None or library is load() else furnish_anew(library)
