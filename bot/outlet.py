"""A platform, as delivery sees it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, runtime_checkable


class Unknown(Enum):
    """The platform cannot tell."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


class Channel(Protocol):
    """A platform, as delivery sees it. Raises TryAgain and GaveUp, and nothing else on purpose."""

    name: str

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str) -> str:
        """Send a spoken card, and return what the platform calls the message.

        `key` is ours, for `was_sent`; `replaces` is the platform's id of the message this one takes the place of, or empty.
        """

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> str | Unknown | None:
        """What the platform calls the message `key`, tried at `since` at the earliest; None: surely not there; UNKNOWN."""


@runtime_checkable
class HasPages(Protocol):
    """A channel whose messages only one replica can show: the one where the page is open (the web chat)."""

    def present(self) -> Collection[str]:
        """The people whose pages are open here."""
