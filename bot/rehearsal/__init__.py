"""Plays: scripts performed against the real application, with a database and a clock of their own. `pejling play FILE…`.

    # A comment; empty lines are left out too.
    cast bent: da, ll
    cast ana: da, lm, in Ledergruppen, led by bent
    -- it is 2026-03-03 08:00
    ana begins F01
    page to ana: Tidlige tegn i teamet (1/5) Tag et par minutter…
    ana: Hvilken gruppe… = Mit team
    ana: Hvad har du hørt… = Kortere…; Mørkere humor…
    ana: [Videre]
    page to ana: Tidlige tegn i teamet (2/5)
    bot to ana: Tidlige tegn i teamet: Du er i gang… [Fortsæt] [Slet kladden]
    ana: tak
    bot to ana: Selv tak.

Everything the bot says has to stand in the script, in each conversation in that order; so has silence. `…` stands for anything, also within a
line. The play begins on Monday 2 March 2026 at eight; time stands still but for the lines that let it pass.

Who takes part
    cast NAME: …                    any of: da, en; dir, chef, ll, lm; in GROUP; at CENTRE; led by NAME; coordinator (of
                                    CENTRE); administrator; new (has not met the bot)
    NAME joins                      opens the bot for the first time
    place "PLACE", da: ana, bo      where several read along (a channel, a room), and what is spoken there (left out: da); who is
                                    named here and not cast is a guest

What they do
    NAME begins F01                 a flow, from the list
    NAME: words                     a line in the chat
    NAME: [Label]                   a button: on the page that lies open, else on the newest card that has it
    NAME: [Label] on Title…         on the card with that title, although a page lies open
    NAME: [Label] on an old card    on a card that another has taken the place of
    NAME: [Label] on an old page    the page sent last, once more as it was
    NAME: Question… = answer        a field of the page; several choices: a; b; none: nothing after the =
                                    \\n is a new line, \\x07 the sign of that number, "a × 3000" three thousand a's

    NAME in PLACE: words            a line where others read along
    NAME in PLACE: [Label]          a button on the newest message there that has it (… on an old card)

What is expected
    bot in PLACE: Title: text …     a new message in a place
    post in PLACE: Title: text …    a message there that was edited
    bot to NAME: Title: text [Button]      a card
    page to NAME: Title (1/5) text         a page, what it says beside its questions, "! question why" where something is
                                           wrong, "? hint [Button]", and its buttons where it asks nothing
    log of NAME: Flow (who may see it): question = answer; …     the newest entry of the logbook, or "nothing"
    agreements of NAME: what (state, who, by, evaluator, who may see it); …
    shared of NAME: Owner: what; …         what others share with NAME now

What happens
    -- it is 2026-03-03 08:00       local time; what falls due on the way happens, in order
    -- 3 days later                 minutes, hours, days, weeks
    -- to the next thing that happens
    -- the bot restarts
    -- that arrives twice           the last thing done, delivered once more by the platform
    -- NAME is no longer coordinator    somebody took the role away (or: administrator)
    -- PLACE is closed to the bot   it may not post there any more; "-- PLACE is open again"
    -- the notice changes           a new version of it, by a deploy
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.rehearsal.performer import Performer
from bot.rehearsal.script import Difference, read_script
from bot.rehearsal.stage import Stage

__all__ = ["Difference", "Performer", "Stage", "perform", "perform_line", "play", "read_script"]


async def play(text: str, stage: Stage) -> None:
    """Perform a script on a stage. Raises Difference at the first line that differs."""
    await Performer(stage).perform(read_script(text))


async def perform_line(line: str, stage: Stage) -> None:
    """Perform one line, for tests that look for themselves at what is said to it (`Stage.heard`)."""
    for one in read_script(line):
        await Performer(stage).perform_line(one)


def perform(path: Path, url: str = "") -> str | None:
    """Perform one file; the first line that differs, or None. `url`: a database to use instead of a temporary one."""
    return asyncio.run(_perform(path.read_text(encoding="utf-8"), url))


async def _perform(text: str, url: str) -> str | None:
    with tempfile.TemporaryDirectory(prefix="pejling-play-") as folder:
        stage = Stage(url or f"sqlite:///{folder}/play.db")
        try:
            await play(text, stage)
        except Difference as difference:
            return str(difference)
        finally:
            await stage.close()
    return None
