"""What a group takes with it on paper: a date for the calendar, empty boards to print, what a workshop wrote together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web.visit import Visit, open_to_all, signed_in
from bot.clock import local
from bot.dialogs.dates import words_of_date
from bot.dialogs.group.turn import ZONE
from bot.documents.calendar_file import calendar_file
from bot.documents.outline import Document, Heading, Paragraph, Said
from bot.services import groups
from bot.services.groups import GroupRow

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
STEPS = ("s0", "s1", "s2", "s3", "s4")
KNOWN = ("cognition", "health", "life", "social", "shift", "joy", "needs")


@open_to_all
async def show_boards(visit: Visit) -> web.Response:
    """The two layouts of the board for a resident conference, empty: what is written on it stays in the room."""
    return visit.page("boards.html", steps=STEPS, known=KNOWN)


@signed_in
async def give_paper(visit: Visit) -> web.Response:
    """A paper of something that goes on in a place, for who takes part in it."""
    run, what = visit.request.match_info["run"], visit.request.match_info["what"]
    found = await visit.parts.store.read(lambda db: _taking_part(db, visit, run))
    make = PAPERS.get((found.dialog, what)) if found else None
    if make is None:
        raise web.HTTPNotFound
    response = await make(visit, found)
    if response is None:
        raise web.HTTPNotFound
    return response


def _taking_part(db: Connection, visit: Visit, id: str) -> GroupRow | None:
    assert visit.person
    run = groups.look_at(db, visit.person.organisation, id)
    return run if run and run.is_open and visit.person.id in run.members.values() else None


async def _calendar(visit: Visit, run: GroupRow) -> web.Response | None:
    """The day of a resident conference. It says nothing of whom it is about."""
    state: dict[str, Any] = run.state or {}
    if not state.get("day") or not state.get("clock"):
        return None
    day, clock = date.fromisoformat(state["day"]), time.fromisoformat(state["clock"])
    say = visit.parts.library.say
    body = calendar_file(
        uid=run.id,
        title=say("conference.title").spoken(visit.language),
        text=say("conference.frame").spoken(visit.language),
        starts=datetime.combine(day, clock, ZoneInfo(ZONE)),
        minutes=sum(state["minutes"].values()),
        every=state["every"],
        now=visit.now,
    )
    return file_of(body, "text/calendar", f"pejling-{day}.ics")


def file_of(body: bytes, content_type: str, name: str) -> web.Response:
    """A file to keep: never shown in the page, never cached on the way."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=content_type, headers=headers)


# ---- what a workshop wrote together ------------------------------------------------------------------------------


async def _workshop(visit: Visit, run: GroupRow, kind: str) -> web.Response | None:
    """The group's own answers and agreements; nothing that anybody wrote alone is in it."""
    state: dict[str, Any] = run.state or {}
    if state.get("phase") != "kept":
        return None
    document = _written_together(visit, state)
    if kind == "pdf":
        from bot.documents.pdf import as_pdf  # the libraries are loaded by the first who asks

        body = await asyncio.to_thread(as_pdf, document)
        return file_of(body, "application/pdf", "pejling.pdf")
    from bot.documents.word import as_word

    body = await asyncio.to_thread(as_word, document, visit.now)
    return file_of(body, WORD, "pejling.docx")


def _written_together(visit: Visit, state: dict[str, Any]) -> Document:
    say, language = visit.parts.library.say, visit.language
    dialog = visit.parts.turns.groups.dialogs["workshop"]

    def spoken(key: str) -> str:
        return say(key).spoken(language)

    agreed = dialog.agreed(state) or (say("group.agreements_none"),)
    return Document(
        title=spoken("workshop.title"),
        subtitle=words_of_date(local(visit.now, ZONE).date()).spoken(language),
        language=language,
        blocks=(
            *(Said(question.spoken(language), answer.spoken(language)) for question, answer in dialog.answers(state)),
            Heading(spoken("group.agreements_title")),
            *(Paragraph(line.spoken(language)) for line in agreed),
        ),
        foot=spoken("workshop.foot"),
        page_of=say("document.page_of", page="{page}", pages="{pages}").spoken(language),
    )


async def _as_word(visit: Visit, run: GroupRow) -> web.Response | None:
    return await _workshop(visit, run, "word")


async def _as_pdf(visit: Visit, run: GroupRow) -> web.Response | None:
    return await _workshop(visit, run, "pdf")


PAPERS: dict[tuple[str, str], Callable[[Visit, GroupRow], Awaitable[web.Response | None]]] = {
    ("conference", "calendar"): _calendar,
    ("workshop", "word"): _as_word,
    ("workshop", "pdf"): _as_pdf,
}
"""By dialog, the papers there are."""

ROUTES = [
    web.get("/boards", show_boards),
    web.get("/papers/{run:[a-f0-9]{32}}/{what:[a-z]+}", give_paper),
]
