"""The logbook: what a person wrote, found again by nobody but themselves.

What is searched for are a person's own words, so they never stand in an address: they are sent as a form, and go into the
address of what was found sealed like everything else.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web import presses
from bot.channels.web.visit import Visit, signed_in
from bot.clock import local
from bot.services import actions, logbook
from bot.services.logbook import Earlier, EntryRow
from bot.store.secrets import Unreadable, sealed, unsealed

AT_ONCE = 20
LONGEST_SEARCH = 200
LONGEST_ID = 60
FIRST_WORDS = 220  # signs of an entry's first own words shown in the list
ID = "{id:[A-Za-z0-9_-]{1,40}}"


@signed_in
async def show_logbook(visit: Visit) -> web.Response:
    """Entries newest first, narrowed down by flow, beacon, month and words."""
    asked = {name: visit.request.query.get(name, "")[:LONGEST_ID] for name in ("flow", "beacon", "month", "before")}
    asked["s"] = visit.request.query.get("s", "")[:4000]
    seen = await visit.parts.store.read(lambda db: _logbook(db, visit, asked))
    return visit.page("logbook.html", **seen)


@signed_in
async def search(visit: Visit) -> web.Response:
    """What was asked for, made into an address without its words."""
    post = await visit.request.post()
    words = " ".join(str(post.get("q", "")).split())[:LONGEST_SEARCH]
    asked = {name: str(post.get(name, ""))[:LONGEST_ID] for name in ("flow", "beacon", "month")}
    person = visit.person
    assert person
    if words:
        asked["s"] = (await visit.parts.store.read(lambda db: sealed(db, words, person.id))).decode()
    raise web.HTTPSeeOther(_address(asked))


def _address(asked: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/logbook?{query}" if query else "/logbook"


def _logbook(db: Connection, visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
    person = visit.person
    assert person
    narrow = logbook.filters(db, person)
    month = asked["month"] if asked["month"] in narrow.months else ""
    words = _words(db, asked["s"], person.id)
    rows = logbook.entries(
        db,
        person,
        flow=asked["flow"],
        beacon=asked["beacon"],
        month=month,
        search=words,
        before=asked["before"],
        limit=AT_ONCE + 1,
    )
    narrowed = {"flow": asked["flow"], "beacon": asked["beacon"], "month": month, "s": asked["s"] if words else ""}
    more = rows[AT_ONCE - 1].id if len(rows) > AT_ONCE else ""
    return {
        "rows": [_row(visit, row) for row in rows[:AT_ONCE]],
        "narrow": narrow,
        "flows": [(id, flow_title(visit, id)) for id in narrow.flows],
        "beacons": [(id, beacon_name(visit, id)) for id in narrow.beacons],
        "months": [(one, _month(visit, one)) for one in narrow.months],
        "chosen": {**narrowed, "search": words},
        "is_filtered": any(narrowed.values()),
        "older": _address({**narrowed, "before": more}) if more else "",
        "newest": _address(narrowed) if asked["before"] else "",
    }


def _words(db: Connection, blob: str, owner: str) -> str:
    """What is searched for; nothing where the address was made by somebody else."""
    try:
        return str(unsealed(db, blob.encode("ascii", "ignore"), owner)) if blob else ""
    except Unreadable:
        return ""


def _row(visit: Visit, row: EntryRow) -> dict[str, Any]:
    own = [one["shown"][visit.language] for one in row.answers if one["kind"] == "text" and one["shown"].get(visit.language)]
    said = own or [one["shown"].get(visit.language, "") for one in row.answers]
    return {
        "id": row.id,
        "title": flow_title(visit, row.flow),
        "beacon": beacon_name(visit, row.beacon),
        "date": _day(visit, row),
        "visibility": row.visibility,
        "first": _shortened(said[0]) if said else "",
    }


def _shortened(text: str) -> str:
    """The beginning of a text, cut between two words."""
    return text if len(text) <= FIRST_WORDS else text[:FIRST_WORDS].rsplit(" ", 1)[0].rstrip(" ,;.") + " …"


def _month(visit: Visit, month: str) -> str:
    return visit.drawing.month(date.fromisoformat(f"{month}-01"), visit.language)


def _day(visit: Visit, row: EntryRow) -> date:
    return local(row.created_at, visit.timezone).date()


def flow_title(visit: Visit, flow: str) -> str:
    return visit.library.title_of(flow).spoken(visit.language)


def hand_over(visit: Visit, flow: str) -> str:
    """What a press that shows what would be handed over asks for; empty where the flow is none that is handed over."""
    known = visit.library.flows.get(flow)
    return presses.HAND_OVER if known and known.hands_over else ""


def beacon_name(visit: Visit, beacon: str) -> str:
    known = visit.library.beacons.get(beacon)
    return known.name.spoken(visit.language) if known else ""


# ---- one entry -------------------------------------------------------------------------------------------


@signed_in
async def show_entry(visit: Visit) -> web.Response:
    """An entry, with what was written earlier to the same questions beside it."""
    seen = await visit.parts.store.read(lambda db: _entry(db, visit, visit.request.match_info["id"]))
    if seen is None:
        raise web.HTTPNotFound
    return visit.page("entry.html", **seen)


def _entry(db: Connection, visit: Visit, id: str) -> dict[str, Any] | None:
    person = visit.person
    assert person
    row = logbook.entry(db, person, id)
    if row is None:
        return None
    earlier = logbook.earlier_answers(db, person, row.flow, row.created_at)
    answers = [_answer(visit, one, earlier.get(one["step"])) for one in row.answers]
    return {
        "entry": row,
        "title": flow_title(visit, row.flow),
        "beacon": beacon_name(visit, row.beacon),
        "date": _day(visit, row),
        "answers": answers,
        "has_earlier": any(one["earlier"] for one in answers),
        "agreed": actions.actions_of_entry(db, person, row.id),
        "hand_over": hand_over(visit, row.flow) if row.visibility == "leader_group" else "",
        "edit_action": presses.EDIT,
        "edit_value": row.id,
    }


def _answer(visit: Visit, one: dict[str, Any], earlier: Earlier | None) -> dict[str, Any]:
    shown = one["shown"].get(visit.language, "")
    before = {"on": earlier.on, "text": earlier.shown.get(visit.language, "")} if earlier else None
    return {"question": one["question"].get(visit.language, ""), "shown": shown, "earlier": before}


@signed_in
async def change_entry(visit: Visit) -> web.Response:
    """Delete an entry, or share it with nobody any more. Doing it twice is doing it once."""
    id, person, now = visit.request.match_info["id"], visit.person, visit.now
    do = str((await visit.request.post()).get("do", ""))
    assert person
    match do:
        case "delete":
            done = await visit.parts.store.run(lambda db: logbook.delete_entry(db, person, id))
            raise web.HTTPSeeOther("/logbook") if done else web.HTTPNotFound
        case "withdraw":
            done = await visit.parts.store.run(lambda db: logbook.withdraw_entry(db, person, id, now))
            raise web.HTTPSeeOther(f"/logbook/{id}") if done else web.HTTPNotFound
    raise web.HTTPBadRequest


ROUTES = [
    web.get("/logbook", show_logbook),
    web.post("/logbook", search),
    web.get(f"/logbook/{ID}", show_entry),
    web.post(f"/logbook/{ID}", change_entry),
]
