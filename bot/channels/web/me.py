"""About oneself: choices, channels, who has opened something, everything as a file, and deleting it all."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web import presses
from bot.channels.web.logbook import flow_title
from bot.channels.web.signing_in import level_name
from bot.channels.web.visit import Visit, signed_in
from bot.clock import local
from bot.prompts import rhythm_words
from bot.recurrence import Rule
from bot.services import departments, exporting, joining, people, schedules, sharing, times, whereabouts
from bot.services.schedules import Rhythm

PRESSES = {
    "settings": presses.SETTINGS,
    "times": presses.TIMES,
    "leave_cancel": presses.LEAVE_CANCEL,
    "pause": presses.PAUSE,
    "resume": presses.RESUME,
    "delete": presses.ERASE,
    "count_in": presses.COUNT_IN,
    "count_out": presses.COUNT_OUT,
}


@signed_in
async def show_me(visit: Visit) -> web.Response:
    return await _page(visit)


async def _page(visit: Visit, code: str = "") -> web.Response:
    return visit.page("me.html", presses=PRESSES, code=code, **await visit.parts.store.read(lambda db: _me(db, visit)))


def _me(db: Connection, visit: Visit) -> dict[str, Any]:
    person = visit.person
    assert person
    known = people.known(db, person)
    rhythm = schedules.rhythm_of(db, person)
    return {
        "level": level_name(visit, person),
        "centre": next((one.name for one in departments.centres(db, person.organisation) if one.id == person.centre), ""),
        "leader": known["leader"],
        "groups": known["groups"],
        "rhythm": _rhythm(visit, rhythm) if rhythm else "",
        "next_at": rhythm.next_run_at if rhythm else None,
        "hours": visit.text("hours_between", start=_clock(visit, person.day_from), end=_clock(visit, person.day_until)),
        "leaves": times.leaves(db, person, local(visit.now, person.timezone).date()),
        "paused_until": person.paused_until if _is_paused(visit) else None,
        "channels": [one.channel for one in whereabouts.identities(db, person)],
        "preferred": person.preferred_channel,
        "opened": [{**vars(one), "title": flow_title(visit, one.flow)} for one in sharing.who_opened(db, person)],
    }


def _rhythm(visit: Visit, rhythm: Rhythm) -> str:
    anchor = local(visit.now, visit.timezone).date().isoformat()  # any week: it is only said, not reckoned with
    every = {"every": rhythm.every, "anchor": anchor} if rhythm.every > 1 else {}
    rule = Rule.from_json({"kind": "weekly", "weekdays": [rhythm.weekday], "at": rhythm.time, **every})
    return rhythm_words(visit.library, rule).spoken(visit.language)


def _clock(visit: Visit, time: str) -> str:
    return time if visit.language == "en" else time.replace(":", ".")


def _is_paused(visit: Visit) -> bool:
    person = visit.person
    assert person
    return person.paused_until is not None and person.paused_until > local(visit.now, person.timezone).date()


@signed_in
async def prefer_channel(visit: Visit) -> web.Response:
    """Where prompts come, of the channels this person is known on."""
    channel, person, now = str((await visit.request.post()).get("channel", "")), visit.person, visit.now
    assert person

    def work(db: Connection) -> None:
        if channel in {one.channel for one in whereabouts.identities(db, person)}:
            people.set_person(db, person, {"preferred_channel": channel}, now)

    await visit.parts.store.run(work)
    raise web.HTTPSeeOther("/me")


@signed_in
async def make_code(visit: Visit) -> web.Response:
    """A one-time code that joins another channel to this person, shown once."""
    person, now = visit.person, visit.now
    assert person
    return await _page(visit, await visit.parts.store.run(lambda db: joining.join_code(db, person, now)))


@signed_in
async def download(visit: Visit) -> web.Response:
    """Everything kept about this person, as a page that opens anywhere or as data."""
    person, now = visit.person, visit.now
    assert person
    data = await visit.parts.store.read(lambda db: exporting.everything(db, person, now))
    kind = visit.request.match_info["kind"]
    if kind == "json":
        return _file(exporting.as_json(data), "application/json", "pejling.json")
    titles = {id: flow.title.spoken(visit.language) for id, flow in (visit.library.flows | visit.library.alone).items()}
    return _file(exporting.readable(data, visit.language, titles), "text/html", "pejling.html")


def _file(text: str, content_type: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=content_type, charset="utf-8", headers=headers)


@signed_in
async def to_my_data(visit: Visit) -> web.Response:
    raise web.HTTPSeeOther("/me#data")


ROUTES = [
    web.get("/me", show_me),
    web.get("/data", to_my_data),
    web.get("/me/pejling.{kind:json|html}", download),
    web.post("/me/channel", prefer_channel),
    web.post("/me/code", make_code),
]
