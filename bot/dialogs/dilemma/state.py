"""What a dilemma game remembers: one JSON mapping, made anew at every change.

    phase, talk      where the game is; which part of the talk
    pace, amount     "room" and minutes, or "days" and days
    since, until     when the phase began, and when its time is up (ISO, UTC); `is_late` once it is
    led_at           when the facilitator last did something; never a player
    drafts           member's id → what they have typed of a dilemma of the group's own, while none is chosen
    dilemma          all of it as data, so that the game goes on when the file is gone; None until one is chosen
    seats            member's id → name, guest, reach, plays, and what they gave: first, why, protects, signed, second, strong
    reveals          how often the first round has been shown
    shown, told      the spread as it was shown, and the reasons shown with it (`reveal`)
    moved, struck    the same of the second round
    agreed           `GroupAgreements`

Nothing in it says when anybody chose, nor in which order: seats are sorted by id. Whatever is a member's own stands under a key
that is their id, or in a part of a list that has it as "member"; the core may take such parts out between two turns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.dialogs.dilemma.content import OWN, WAYS
from bot.dialogs.group.turn import GroupContext, Member
from bot.dialogs.turn import State

PHASES = ("proposed", "situation", "first", "reveal", "talk", "second", "moved", "duty", "actions", "over")
CHOOSING = ("first", "second")
TALK = {"room": ("perspectives", "questions", "seats"), "days": ("everything",)}
MINUTES, DAYS = (10, 15, 20, 30), (2, 4, 7)

SHARES = {"situation": 10, "first": 15, "reveal": 10, "talk": 35, "second": 10, "moved": 5, "duty": 5, "actions": 10}
"""How the minutes in the room are shared out, in hundredths."""
LONG = ("first", "talk", "second", "actions")
"""Phases that have all the days; the others are read in one."""

MORE_TIME = {"room": timedelta(minutes=5), "days": timedelta(days=1)}
TAKES_OVER_AFTER = {"room": timedelta(minutes=10), "days": timedelta(days=1)}
PROPOSED_FOR = timedelta(days=7)
LEFT_ALONE_FOR = timedelta(days=1)
"""So long after the last step a game in the room ends by itself."""
REMINDED_BEFORE = timedelta(days=1)

MAX_WHY, MAX_PROTECTS, MAX_NAME = 200, 100, 60
MOST_PLAYERS = 100
SEATS_AT_ONCE = 8
STRONGEST = 3
"""How many reasons one may point out."""

_SIGN = 4  # bytes of one sign in UTF-8; quotes and line breaks are two
_SEAT = _SIGN * (MAX_WHY + MAX_PROTECTS + MAX_NAME) + 400  # its keys, choices and the reasons pointed out
_TOLD = _SIGN * (MAX_WHY + MAX_PROTECTS + MAX_NAME) + 160
_REST = 2000
_OWN = _SIGN * (1200 + 200 + 8 * 60) * 2 + 6000


def new_game(ctx: GroupContext) -> State:
    return {
        "phase": "proposed",
        "talk": 0,
        "pace": "room",
        "amount": 0,
        "since": ctx.now.isoformat(),
        "until": (ctx.now + PROPOSED_FOR).isoformat(),
        "is_late": False,
        "reminded": False,
        "extended": False,
        "led_at": ctx.now.isoformat(),
        "drafts": {},
        "dilemma": None,
        "seats": {},
        "reveals": 0,
        "shown": None,
        "told": [],
        "moved": None,
        "struck": [],
        "agreed": [],
    }


def load(state: State) -> int:
    """An upper bound of its length in bytes. It grows by eight seats at a time when people join, never when they choose: each
    seat has room for the longest reason, here and among those shown."""
    steps = -(-(len(state["seats"]) + 1) // SEATS_AT_ONCE)
    seats = steps * SEATS_AT_ONCE * (_SEAT + _TOLD + 200)
    return seats + _REST + _dilemma_room(state) + sum(_length(state.get(part)) for part in ("agreed", "drafts"))


def _length(part: Any) -> int:
    return len(json.dumps(part, ensure_ascii=False).encode())


def _dilemma_room(state: State) -> int:
    raw = state["dilemma"]
    if raw is None:
        return 0
    return _OWN if raw["id"] == OWN else _length(raw)


# ---- time ------------------------------------------------------------------------------------------------


def moment(state: State, key: str) -> datetime | None:
    return datetime.fromisoformat(state[key]) if state[key] else None


def length(state: State, phase: str) -> timedelta:
    """How long a phase is meant to take."""
    if state["pace"] == "days":
        return timedelta(days=state["amount"] if phase in LONG else 1)
    return timedelta(minutes=max(1, round(state["amount"] * SHARES[phase] / 100)))


def entered(state: State, phase: str, now: datetime) -> State:
    """The game in another phase, its time counted from now."""
    timed = {"since": now.isoformat(), "is_late": False, "reminded": False, "extended": False}
    until = (now + length(state, phase)).isoformat() if phase in SHARES else None
    return state | timed | {"phase": phase, "talk": 0, "until": until}


def next_wake(state: State, now: datetime) -> timedelta | None:
    """When something is to happen by itself; never further off than the phase is long, whatever the clock did."""
    until, since = moment(state, "until"), moment(state, "since")
    if state["phase"] == "over" or until is None or since is None:
        return None
    if state["is_late"]:
        return _within(since + LEFT_ALONE_FOR - now, LEFT_ALONE_FOR)
    reminder = until - REMINDED_BEFORE
    waits = state["pace"] == "days" and state["phase"] in CHOOSING and not state["reminded"] and reminder > now
    return _within((reminder if waits else until) - now, until - since)


def _within(wait: timedelta, most: timedelta) -> timedelta:
    return min(max(wait, timedelta(seconds=1)), max(most, timedelta(seconds=1)))


def is_up(state: State, now: datetime) -> bool:
    until = moment(state, "until")
    return until is not None and now >= until


# ---- people ----------------------------------------------------------------------------------------------


def joined(state: State, member: Member, *, plays: bool = True) -> State:
    """With a seat for this member; their name and reach as they are now. A full game stays as it is."""
    seat = state["seats"].get(member.id)
    if seat is None and len(state["seats"]) >= MOST_PLAYERS:
        return state
    known = {"name": member.name[:MAX_NAME], "guest": member.is_guest, "reach": member.is_reachable}
    seat = {"plays": False, **(seat or {}), **known}
    return _with_seat(state, member.id, seat | {"plays": seat["plays"] or plays})


def gave(state: State, member: Member, given: Mapping[str, Any]) -> State:
    """With what a member gave, in their seat."""
    state = joined(state, member)
    seat = state["seats"].get(member.id)
    return _with_seat(state, member.id, seat | given) if seat else state


def left(state: State, member: str) -> State:
    """Without this member, what they chose, and what they put their name to. A spread that was shown stays as it was shown:
    one without them would be them."""
    seats = {id: seat for id, seat in state["seats"].items() if id != member}
    shown = {part: _without(state[part], member) for part in ("shown", "moved")}
    return state | shown | {"seats": seats, "told": [one for one in state["told"] if one.get("member") != member]}


def _without(shown: Mapping[str, Any] | None, member: str) -> dict[str, Any] | None:
    return {**shown, "people": {id: way for id, way in shown["people"].items() if id != member}} if shown else None


def _with_seat(state: State, member: str, seat: Mapping[str, Any]) -> State:
    return state | {"seats": dict(sorted({**state["seats"], member: dict(seat)}.items()))}


def names(state: State) -> dict[str, str]:
    """Who may be named on an agreement."""
    return {id: seat["name"] for id, seat in state["seats"].items() if seat["name"]}


def drafted(state: State, member: str) -> dict[str, str]:
    """What this member has typed of a dilemma of the group's own."""
    return dict(state.get("drafts", {}).get(member, {}))


def chose(state: State, round_: str) -> dict[str, str]:
    """Member's id → the way they chose in this round, of those who did."""
    return {id: seat[round_] for id, seat in state["seats"].items() if seat["plays"] and seat.get(round_) in WAYS}


def missing(state: State) -> tuple[str, ...]:
    """Those who are in the game and have not chosen in this round."""
    there = chose(state, state["phase"])
    return tuple(id for id, seat in state["seats"].items() if seat["plays"] and id not in there)


def may_take_over(state: State, ctx: GroupContext) -> bool:
    """Whether somebody else may lead: nobody does, or whoever does has been silent for a while (or the clock has jumped)."""
    led_at = moment(state, "led_at")
    if not ctx.facilitator or led_at is None or state["phase"] == "proposed":
        return True
    return abs(ctx.now - led_at) >= TAKES_OVER_AFTER[state["pace"]]
