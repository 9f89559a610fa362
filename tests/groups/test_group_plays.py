"""The language of plays, where several read along."""

from __future__ import annotations

import pytest

from bot.rehearsal import Difference, Stage, play
from tests.conftest import KEY
from tests.groups.ballot import Ballot

SCRIPT = """
cast ana: da
cast bo: en
place "Nord": ana, bo, gunnar
ana in Nord: dilemma
bot in Nord: Det kan vi gøre sammen: … [begin]
ana in Nord: [begin]
bot in Nord: Nord: ? [vote] [show]
bo in Nord: [vote]
page to bo: ?
bo: ? = yes
bo: [OK]
page to bo: ✓
-- that arrives twice
page to bo: ✓
gunnar in Nord: [vote]
page to gunnar: ? … gemmer jeg intet om dig.
gunnar: ? = no
-- the bot restarts
gunnar: [OK]
page to gunnar: ✓
-- 1 hour later
post in Nord: Nord: = yes = 1 no = 1 [agree]
bot in Nord: →
gunnar in Nord: [vote] on an old card
ana in Nord: [agree]
bot to ana: ✓ [vote]
ana: [vote]
page to ana: Det er slut…
agreements of ana: ringe i morgen (open, mig, 2026-12-01, mig, private)
ana in Nord: hvad nu?
bot in Nord: Det kan vi gøre sammen: Jeg gemmer ikke…
bo in Nord: [begin]
bot in Nord: Nord: ? [vote] [show]
-- Nord is closed to the bot
bo in Nord: [show]
-- 1 minute later
bot to bo: I cannot write in Nord right now…
-- Nord is open again
gunnar in Nord: [vote]
bot in Nord: Nord: = yes = 0 no = 0 [agree]
"""


@pytest.fixture
async def ballots(sqlite_url, library, house):
    stage = Stage(sqlite_url, library, KEY, house, groups=(Ballot(),))
    yield stage
    await stage.close()


async def test_it_goes_as_written(ballots):
    await play(SCRIPT, ballots)


@pytest.mark.parametrize(
    ("script", "number", "named"),
    [
        ("cast ana\nana in Syd: hej", 2, "Syd"),
        ('place "Nord": ana\nana in Nord: [vote]', 2, "[vote]"),
        ('place "Nord": ana\nana in Nord: hjælp\nbot in Nord: Farvel', 3, "bot in Nord: Det kan vi"),
        ('place "Nord": ana\nana in Nord: hjælp', 3, "in Nord"),
        ('cast ana\nplace "Nord": ana\nana in Nord: hjælp\npost in Nord: …', 4, "Det kan vi"),
    ],
)
async def test_the_first_line_that_differs_is_named(ballots, script, number, named):
    with pytest.raises(Difference, match=rf"^line {number}:") as difference:
        await play(script, ballots)
    assert named in str(difference.value)
