"""The personal pages, read from the rows: what a page of the Home tab or a modal shows. `places_blocks` draws it.

A place is a small dictionary that a button carries: {"at": "logbook", "q": words, "b": the last entry seen}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from bot import circumstances
from bot.cards import spoken
from bot.clock import local
from bot.dialogs.arrival import Arrival
from bot.dialogs.dates import show_date, show_moment
from bot.dialogs.house import House
from bot.events import Event
from bot.library import Library
from bot.open_cards import open_cards
from bot.prompts import rhythm_words
from bot.recurrence import Rule
from bot.services import actions, departments, exporting, logbook, people, schedules, sharing, whereabouts
from bot.services.actions import ActionRow
from bot.services.logbook import EntryRow
from bot.services.person_row import PersonRow
from bot.services.schedules import Rhythm

Place = Mapping[str, Any]
Seen = dict[str, Any]

ENTRIES_AT_ONCE = 8
ACTIONS_AT_ONCE = 6
OPENED_AT_ONCE = 15
SHARED_AT_ONCE = 20
FIRST_WORDS = 220  # signs of an entry's first own words shown in the list
DATA_PIECE = 2800  # signs of the data shown in one block
DATA_PIECES = 8  # blocks of data shown at once
SHARES = ("my_leader", "leader_group")


@dataclass(frozen=True)
class Look:
    """Who looks, when, and whether there are pages on the web to go to."""

    library: Library
    house: House
    person: PersonRow
    now: datetime
    has_web: bool = True

    @property
    def language(self) -> str:
        return self.person.language or "da"

    def say(self, key: str, **values: Any) -> str:
        return self.library.say(key, **values).spoken(self.language)

    def day(self, on: date | None) -> str:
        return show_date(on, self.language) if on else ""

    def day_of(self, at: datetime | None) -> str:
        return self.day(local(at, self.person.timezone).date()) if at else ""

    def flow(self, id: str) -> str:
        return self.library.title_of(id).spoken(self.language)

    def hands_over(self, id: str) -> bool:
        """Whether what is written in that flow may be handed over to the department."""
        known = self.library.flows.get(id)
        return known is not None and known.hands_over


def see(db: Connection, look: Look, place: Place) -> Seen:
    """What is to be seen at a place; one that is not known shows the first page. Reads only."""
    at = str(place.get("at", ""))
    if look.person.state != "active" and at not in OPEN_TO_ALL:
        at = "home"
    kind = at if at in _SEEN else "home"
    return {"at": kind, "has_web": look.has_web, **_SEEN[kind](db, look, place)}


# ---- the first page --------------------------------------------------------------------------------------


def _home(db: Connection, look: Look, place: Place) -> Seen:
    person = look.person
    arrival, facts = Arrival(look.house), circumstances.facts(db, person, Event(id=""), look.now)
    if not arrival.is_over(facts):
        return {"arrival": spoken(arrival.card(facts), look.language), "state": person.state}
    cards = [spoken(card, look.language) for card in open_cards(db, look.library, person, look.now)]
    still_open = actions.open_actions(db, person)
    return {
        "arrival": None,
        "cards": cards,
        "agreed": [{"id": one.id, "what": one.what, "by": look.day(one.by)} for one in still_open[:ACTIONS_AT_ONCE]],
        "more_agreed": len(still_open) > ACTIONS_AT_ONCE,
        "has_shared": bool(sharing.shared_with(db, person)),
        **_rhythm(db, look),
    }


def _rhythm(db: Connection, look: Look) -> Seen:
    rhythm = schedules.rhythm_of(db, look.person)
    until = look.person.paused_until
    is_paused = until is not None and until > local(look.now, look.person.timezone).date()
    at = rhythm.next_run_at if rhythm else None
    return {
        "rhythm": _rhythm_words(look, rhythm) if rhythm else "",
        "next_at": show_moment(at, look.person.timezone, look.language) if at else "",
        "paused_until": look.day(until) if is_paused else "",
    }


def _rhythm_words(look: Look, rhythm: Rhythm) -> str:
    anchor = local(look.now, look.person.timezone).date().isoformat()  # any week: it is only said, not reckoned with
    every = {"every": rhythm.every, "anchor": anchor} if rhythm.every > 1 else {}
    rule = Rule.from_json({"kind": "weekly", "weekdays": [rhythm.weekday], "at": rhythm.time, **every})
    return rhythm_words(look.library, rule).spoken(look.language)


# ---- the logbook -----------------------------------------------------------------------------------------


def _logbook(db: Connection, look: Look, place: Place) -> Seen:
    words = " ".join(str(place.get("q", "")).split())[:200]
    flow, before = str(place.get("f", "")), str(place.get("b", ""))
    rows = logbook.entries(db, look.person, flow=flow, search=words, before=before, limit=ENTRIES_AT_ONCE + 1)
    shown = rows[:ENTRIES_AT_ONCE]
    narrow = logbook.filters(db, look.person)
    return {
        "rows": [_row(look, row) for row in shown],
        "flows": [(id, look.flow(id)) for id in narrow.flows],
        "flow": flow if flow in narrow.flows else "",
        "words": words,
        "is_first": not before,
        "more": shown[-1].id if len(rows) > len(shown) else "",
    }


def _row(look: Look, row: EntryRow) -> Seen:
    own = [one["shown"].get(look.language, "") for one in row.answers if one["kind"] == "text"]
    said = [text for text in own if text] or [one["shown"].get(look.language, "") for one in row.answers]
    return {
        "id": row.id,
        "title": look.flow(row.flow),
        "date": look.day_of(row.created_at),
        "visibility": row.visibility,
        "first": _shortened(said[0]) if said else "",
    }


def _shortened(text: str) -> str:
    """The beginning of a text, cut between two words; the whole of it is one press away."""
    return text if len(text) <= FIRST_WORDS else text[:FIRST_WORDS].rsplit(" ", 1)[0].rstrip(" ,;.") + " …"


def _entry(db: Connection, look: Look, place: Place) -> Seen:
    row = logbook.entry(db, look.person, str(place.get("i", "")))
    if row is None:
        return {"is_gone": True}
    earlier = logbook.earlier_answers(db, look.person, row.flow, row.created_at)
    beacon = look.library.beacons.get(row.beacon)
    return {
        "is_gone": False,
        "id": row.id,
        "title": look.flow(row.flow),
        "beacon": beacon.name.spoken(look.language) if beacon else "",
        "date": look.day_of(row.created_at),
        "visibility": row.visibility,
        "hand_over": row.visibility == "leader_group" and look.hands_over(row.flow),
        "answers": [_answer(look, one, earlier.get(one["step"])) for one in row.answers],
        "agreed": [{"what": one.what, "state": one.state} for one in actions.actions_of_entry(db, look.person, row.id)],
    }


def _answer(look: Look, one: Mapping[str, Any], before: Any) -> Seen:
    return {
        "question": one["question"].get(look.language, ""),
        "shown": one["shown"].get(look.language, ""),
        "earlier_on": look.day(before.on) if before else "",
        "earlier": before.shown.get(look.language, "") if before else "",
    }


# ---- agreements and what is shared -----------------------------------------------------------------------


def _actions(db: Connection, look: Look, place: Place) -> Seen:
    rows = actions.open_actions(db, look.person)
    rows += [row for row in actions.all_actions(db, look.person) if row.state != "open"]
    first = place["n"] if isinstance(place.get("n"), int) and 0 <= place["n"] < len(rows) else 0
    return {
        "rows": [_agreement(look, row) for row in rows[first : first + ACTIONS_AT_ONCE]],
        "may_share": may_share(db, look),
        "first": first,
        "more": first + ACTIONS_AT_ONCE if len(rows) > first + ACTIONS_AT_ONCE else 0,
    }


def _agreement(look: Look, row: ActionRow) -> Seen:
    return {
        "id": row.id,
        "what": row.what,
        "state": row.state,
        "who": role_name(look, "who", row.who),
        "evaluator": role_name(look, "evaluator", row.evaluator),
        "by": look.day(row.by),
        "ask_on": look.day_of(row.ask_at),
        "visibility": row.visibility,
        "flow": look.flow(row.flow) if row.flow else "",
        "made_on": look.day_of(row.created_at),
        "entry": row.entry or "",
    }


def role_name(look: Look, step: str, role: str) -> str:
    """A role as the closing calls it: "Min leder"."""
    option = getattr(look.library.common, step).option(role)
    return option.text.spoken(look.language) if option else role


def may_share(db: Connection, look: Look) -> list[tuple[str, str]]:
    """With whom one can share, and what they are called; nobody is offered who is not known."""
    known = people.known(db, look.person)
    found = [("my_leader", known["leader"])] if known["leader"] else []
    groups = ", ".join(known["groups"])
    return [*found, ("leader_group", look.say("web.the_group", name=groups))] if groups else found


def _shared(db: Connection, look: Look, place: Place) -> Seen:
    rows = sharing.shared_with(db, look.person)[:SHARED_AT_ONCE]
    return {
        "rows": [
            {
                "kind": one.kind,
                "id": one.id,
                "owner": one.owner_name,
                "title": look.flow(one.flow) if one.flow else "",
                "date": look.day_of(one.created_at),
                "visibility": one.visibility,
            }
            for one in rows
        ]
    }


def opened(db: Connection, look: Look, place: Place) -> Seen:
    """Somebody else's action or entry, if it is shared with this person now. Writes: that it was opened is recorded."""
    kind, id = str(place.get("k", "")), str(place.get("i", ""))
    access = {"action": sharing.access_shared_action, "entry": sharing.access_shared_entry}.get(kind)
    found: Any = access(db, look.person, id, look.now) if access else None
    if found is None:
        return {"at": "opened", "is_gone": True, "has_web": look.has_web}
    seen = {"at": "opened", "is_gone": False, "has_web": look.has_web, "kind": kind, "owner": found.owner_name}
    seen |= {"title": "", "date": look.day_of(found.created_at), "answers": [], "agreement": None, "id": id, "hand_over": False}
    if kind == "action":
        roles = {"who": role_name(look, "who", found.who), "evaluator": role_name(look, "evaluator", found.evaluator)}
        return seen | {"agreement": {"what": found.what, "state": found.state, "by": look.day(found.by), **roles}}
    asked = [(one["question"].get(look.language, ""), one["shown"].get(look.language, "")) for one in found.answers]
    answers = [{"question": q, "shown": a, "earlier_on": "", "earlier": ""} for q, a in asked]
    return seen | {"title": look.flow(found.flow), "answers": answers, "hand_over": look.hands_over(found.flow)}


# ---- oneself ---------------------------------------------------------------------------------------------


def _me(db: Connection, look: Look, place: Place) -> Seen:
    person = look.person
    known = people.known(db, person)
    level = look.library.levels.get(person.level)
    centre = next((one.name for one in departments.centres(db, person.organisation) if one.id == person.centre), "")
    return {
        "level": (level.text or level.name).spoken(look.language) if level else "",
        "centre": centre,
        "leader": known["leader"],
        "groups": ", ".join(known["groups"]),
        "channels": [one.channel for one in whereabouts.identities(db, person)],
        "preferred": person.preferred_channel,
        "opened": [
            {
                "name": one.reader_name,
                "kind": one.kind,
                "title": look.flow(one.flow),
                "is_refused": one.is_refused,
                "on": look.day_of(one.at),
            }
            for one in sharing.who_opened(db, person)[:OPENED_AT_ONCE]
        ],
        **_rhythm(db, look),
    }


def _data(db: Connection, look: Look, place: Place) -> Seen:
    """Everything kept, as data, in parts that Slack can show."""
    text = exporting.as_json(exporting.everything(db, look.person, look.now))
    size = DATA_PIECE * DATA_PIECES
    parts = [text[at : at + size] for at in range(0, len(text), size)] or [""]
    wanted = place.get("n")
    n = wanted if isinstance(wanted, int) and 0 <= wanted < len(parts) else None
    lines = [] if n is None else [parts[n][at : at + DATA_PIECE] for at in range(0, len(parts[n]), DATA_PIECE)]
    return {"lines": lines, "part": n, "of": len(parts)}


def _nothing(db: Connection, look: Look, place: Place) -> Seen:
    return {}


def _privacy(db: Connection, look: Look, place: Place) -> Seen:
    retention = [one.text.spoken(look.language) for one in look.library.retention.values() if one.text]
    return {"notice": [words.spoken(look.language) for words in Arrival(look.house).notice()], "retention": retention}


def _beacons(db: Connection, look: Look, place: Place) -> Seen:
    shown = [one for one in look.library.active_beacons() if one.approved]
    return {"beacons": [(one.name.spoken(look.language), one.one_line.spoken(look.language)) for one in shown]}


_SEEN: dict[str, Callable[[Connection, Look, Place], Seen]] = {
    "home": _home,
    "logbook": _logbook,
    "entry": _entry,
    "actions": _actions,
    "shared": _shared,
    "me": _me,
    "who": _nothing,
    "privacy": _privacy,
    "data": _data,
    "beacons": _beacons,
}
OPEN_TO_ALL = ("home", "who", "privacy", "data", "beacons")
