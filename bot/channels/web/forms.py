"""Form pages: opened, drawn, and read back into a `Submitted`.

A form is answered with the next page itself and not with a redirect: what was typed and what the page holds are kept nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from bot.cards import spoken
from bot.channels.web import presses
from bot.channels.web.answering import answer, chosen, event_id, sender_of
from bot.channels.web.drawing import own_path
from bot.channels.web.visit import Visit, signed_in
from bot.dialogs.group.desk import OPENS
from bot.dialogs.group.turn import GROUP
from bot.events import Sender, Submitted

FIELDS_AT_MOST = 60
LONGEST_CHOICE = 400  # signs of a button, a choice, a date or a time
ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
PAGES = {"arrival": "arrive", "start": "pick", "settings": presses.SETTINGS, "times": presses.TIMES, "erase": presses.ERASE}
"""The pages that belong to no run, each with the press that opens it."""
CHOOSING = ("single", "scale", "yesno", "person")


def read_submitted(post: MultiMapping[Any], sender: Sender, id: str) -> Submitted:
    """What was posted, as an event. Anything at all may have been posted: what does not fit is left out."""
    fields = dict(_field(one) for one in post.getall("field", [])[:FIELDS_AT_MOST])
    return Submitted(
        id=id,
        sender=sender,
        run=_id(post.get("run")),
        page=_id(post.get("page")),
        button=str(post.get("button") or "next")[:LONGEST_CHOICE],
        values={id: read_value(post, id, kind) for id, kind in fields.items() if id},
        held=read_held(str(post.get("held", ""))),
    )


def read_value(post: MultiMapping[Any], id: str, kind: str) -> Any:
    """What stands in a field now; see `bot.cards.Field.value`."""
    given = [str(one) for one in post.getall(f"v.{id}", [])[:FIELDS_AT_MOST]]
    if kind == "multi":
        return [one[:LONGEST_CHOICE] for one in given]
    if kind in CHOOSING:
        value = given[0][:LONGEST_CHOICE] if given else None
        return int(value) if kind == "scale" and value in ("1", "2", "3", "4", "5") else value
    text = _lines(given[0]) if given else ""  # too long is said in its field: the whole body is bounded, nothing is cut off
    if kind == "date":
        return _date(text[:LONGEST_CHOICE], str(post.get(f"was.{id}", "")), str(post.get(f"picked.{id}", ""))[:LONGEST_CHOICE])
    return text[:LONGEST_CHOICE] if kind == "time" else text


def read_held(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def _field(posted: Any) -> tuple[str, str]:
    kind, _, id = str(posted).partition(":")
    return _id(id), kind


def _id(posted: Any) -> str:
    text = str(posted or "")
    return text if ID.fullmatch(text) else ""


def _date(said: str, was: str, picked: str) -> str:
    """What was written wins over the calendar, unless it stood there before and a day has been picked since."""
    is_news = said.strip() and said.strip() != was.strip()
    return said if is_news or not picked else picked


def _lines(text: str) -> str:
    """Browsers send line ends as CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def form_page(visit: Visit, form: Any, back: str = "/chat", replies: Any = ()) -> web.Response:
    shown: Mapping[str, Any] = spoken(form, visit.language)
    return visit.page("form.html", form=shown, replies=replies, back=back)


@signed_in
async def submit(visit: Visit) -> web.Response:
    post = await visit.request.post()
    event = read_submitted(post, sender_of(visit), event_id(visit, post))
    if not event.run and not event.page:
        raise web.HTTPBadRequest
    return await answer(visit, event, back=own_path(str(post.get("back", "chat"))))


@signed_in
async def open_form(visit: Visit) -> web.Response:
    """Go on with what is under way, also days later; one that is not the person's own leads to the chat."""
    run = visit.request.match_info["run"]
    given = await visit.parts.turns.handle(chosen(visit, presses.CONTINUE, subject=f"run:{run}"))
    if given.form is None:
        raise web.HTTPSeeOther("/chat")
    return form_page(visit, given.form)


@signed_in
async def open_together(visit: Visit) -> web.Response:
    """A page of something that a group is doing on another channel, where it cannot be shown: a personal link leads here."""
    run, proof, action = (visit.request.match_info[part] for part in ("run", "proof", "action"))
    if action not in OPENS:
        raise web.HTTPNotFound
    given = await visit.parts.turns.handle(chosen(visit, action, subject=f"{GROUP}{run}:{proof}"))
    if given.form is None:
        raise web.HTTPSeeOther("/chat")
    return form_page(visit, given.form)


@signed_in
async def open_page(visit: Visit) -> web.Response:
    """A page that belongs to no run, where a personal link from another channel leads to it."""
    given = await visit.parts.turns.handle(chosen(visit, PAGES[visit.request.match_info["page"]]))
    if given.form is None:
        raise web.HTTPSeeOther("/chat")
    return form_page(visit, given.form)


ROUTES = [
    web.post("/form", submit),
    web.get(f"/open/{{page:{'|'.join(PAGES)}}}", open_page),
    web.get("/together/{run:[a-f0-9]{32}}/{proof:[a-f0-9]{1,40}}/{action:[a-z_]{1,20}}", open_together),
    web.get("/form/{run:[A-Za-z0-9_-]{1,60}}", open_form),
]
