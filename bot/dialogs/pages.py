"""Pages: which steps of a flow are shown together, which are shown at all, and how far one has come.

A page ends where a later question, or a look-up, depends on an answer on it; what is left is shared out evenly,
so that eight questions are two or three pages and not eight messages. A page is named by its first step: a name
survives a deploy that adds a question, an index does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from bot.dialogs.conditions import holds
from bot.dialogs.steps import Step

FIELDS_PER_PAGE = 4

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """Steps that are shown together. `name` is the id of one of them that is always there: the first, if not said."""

    steps: tuple[Step, ...]
    name: str = ""

    @property
    def id(self) -> str:
        return self.name or self.steps[0].id


def pages_of(steps: Iterable[Step]) -> tuple[Page, ...]:
    """The steps in pages, the same whatever is answered."""
    return tuple(page for segment in _segments(steps) for page in _shared_out(segment))


def _segments(steps: Iterable[Step]) -> list[list[Step]]:
    segments: list[list[Step]] = []
    here: set[str] = set()
    for step in steps:
        if not segments or step.depends_on & here:
            segments.append([])
            here = set()
        segments[-1].append(step)
        here.add(step.id)
    return segments


def _shared_out(segment: Sequence[Step]) -> list[Page]:
    inputs = sum(step.is_input for step in segment)
    pages = max(1, ceil(inputs / FIELDS_PER_PAGE))
    size = ceil(inputs / pages)
    shared: list[list[Step]] = [[]]
    for step in segment:
        if step.is_input and sum(s.is_input for s in shared[-1]) >= max(size, 1):
            shared.append([])
        shared[-1].append(step)
    return [Page(tuple(steps)) for steps in shared]


def live(steps: Iterable[Step], answers: Answers) -> dict[str, Any]:
    """The answers that count: given, and to a step that is shown. An answer to a step that a later change of mind
    has hidden is left out, and so is what hangs on it."""
    counting: dict[str, Any] = {}
    for step in steps:
        value = answers.get(step.id)
        if value is not None and is_shown(step, counting):
            counting[step.id] = value
    return counting


def is_shown(step: Step, counting: Answers) -> bool:
    return step.show_if is None or holds(step.show_if, counting)


def shown_steps(page: Page, counting: Answers) -> tuple[Step, ...]:
    return tuple(step for step in page.steps if is_shown(step, counting))


def shown_page(page: Page, counting: Answers) -> Page | None:
    """The page with only what is shown of it; None where nothing is asked or said."""
    steps = shown_steps(page, counting)
    return replace(page, steps=steps, name=page.id) if steps else None


def following(pages: Sequence[Page], after: str | None, counting: Answers) -> Page | None:
    """The next page with something on it, after the page named `after` (None: the first); None at the end."""
    start = 0 if after is None else _place(pages, after) + 1
    return next((page for page in pages[start:] if shown_steps(page, counting)), None)


def preceding(pages: Sequence[Page], before: str, counting: Answers) -> Page | None:
    place = _place(pages, before)
    return next((page for page in reversed(pages[:place]) if shown_steps(page, counting)), None)


def page_with(pages: Sequence[Page], step: str) -> Page | None:
    """The page that holds a step: how a page's name is found again after a deploy has moved the borders."""
    return next((page for page in pages if any(s.id == step for s in page.steps)), None)


def progress(pages: Sequence[Page], here: str, counting: Answers) -> tuple[int, int]:
    """Where one is: this page's number, and how many there are at the most as far as one can know."""
    place = _place(pages, here)
    passed = [page for page in pages[:place] if shown_steps(page, counting)]
    to_come = _may_come(pages[place:], counting)
    return len(passed) + 1, len(passed) + to_come


def _may_come(pages: Sequence[Page], counting: Answers) -> int:
    """How many of these pages may be shown, the first of them being shown now. A step that hangs on an answer still to
    be given may come; one that hangs on a step that cannot come does not."""
    open_still = {step.id for step in pages[0].steps}
    count = 1
    for page in pages[1:]:
        coming = {s.id for s in page.steps if is_shown(s, counting) or s.depends_on & open_still}
        open_still |= coming
        count += bool(coming)
    return count


def _place(pages: Sequence[Page], name: str) -> int:
    return next((n for n, page in enumerate(pages) if any(step.id == name for step in page.steps)), 0)
