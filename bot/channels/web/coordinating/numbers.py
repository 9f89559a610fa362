"""How many took part, programme by programme and quarter by quarter: only numbers the guard has let out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.channels.web.coordinating.frame import COORDINATOR, for_roles, page
from bot.channels.web.visit import Visit
from bot.services.participation import Participation, Taken, participation

CHARTED = ("begun", "finished")
WIDTH, HEIGHT, FOOT = 340, 120, 34
"""Of a chart, in its own units: it grows and shrinks with the page."""
BAR = 22


@dataclass(frozen=True)
class Bar:
    """A bar of a chart. `kind` is the measure; `count` stands on top of it."""

    kind: str
    count: int
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """`labels`: (middle, quarter) under the bars."""

    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, Taken], ...]
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    base: int = HEIGHT
    bar: int = BAR

    @property
    def has_gaps(self) -> bool:
        return len(self.bars) < len(CHARTED) * len(self.labels)


@for_roles(COORDINATOR)
async def show_numbers(visit: Visit) -> web.StreamResponse:
    """Looking is what releases a number the first time, so this is a unit of work that writes."""
    person, now = visit.person, visit.now
    assert person
    shown = await visit.parts.store.run(lambda db: participation(db, person, now))
    return page(visit, "numbers", shown=shown, charts={one.programme.id: chart_of(one) for one in shown})


def chart_of(one: Participation) -> Chart | None:
    """Bars over the quarters, where there are at least two with a number in them: else the table says it all."""
    answered = [taken for taken in reversed(one.quarters) if taken.answer]
    counts = [count for taken in answered for kind in CHARTED if (count := taken.number(kind)) is not None]
    with_number = [taken for taken in answered if any(taken.number(kind) is not None for kind in CHARTED)]
    if len(with_number) < 2:
        return None
    room = WIDTH / len(answered)
    labels = tuple((room * (at + 0.5), taken) for at, taken in enumerate(answered))
    bars = (bar for middle, taken in labels for bar in _bars(taken, middle, max(counts)))
    return Chart(tuple(bars), labels)


def _bars(taken: Taken, middle: float, most: int) -> Sequence[Bar]:
    found = []
    for place, kind in enumerate(CHARTED):
        if (count := taken.number(kind)) is not None:
            height = round((HEIGHT - 20) * count / most, 1)
            found.append(Bar(kind, count, round(middle + (place - 1) * (BAR + 2), 1), round(HEIGHT - height, 1), height))
    return found


ROUTES = [web.get("/coordinate/numbers", show_numbers)]
