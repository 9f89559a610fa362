"""Two presses of one drawn button within a moment are one press.

Remembered by this process only, and only for that moment: where another process takes the second press, the turns make it
harmless (a page is opened twice, nothing is kept twice).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOMENT = 2.0  # seconds
REMEMBERED = 10_000


class DoubleClicks:
    """`now` gives seconds and never goes back."""

    def __init__(self, now: Callable[[], float] = monotonic):
        self._now = now
        self._last: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def first_of(self, button: str, id: str) -> str:
        """The id of the press that came a moment before on the same button; else this one's own."""
        at = self._now()
        before, first = self._last.pop(button, (at - 2 * MOMENT, id))
        kept = (before, first) if at - before < MOMENT else (at, id)
        self._last[button] = kept
        while len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        return kept[1]
