"""When a person may be disturbed: their hours, their days, how often, and their leave – by word, and on one page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.cards import Button, Card, Choice, Field, Form, Words
from bot.dialogs.dates import words_of_date
from bot.dialogs.facts import Facts, LeaveFacts
from bot.dialogs.group.turn import ZONE
from bot.dialogs.house import House
from bot.dialogs.periods import read_period
from bot.dialogs.time_of_day import read_clock
from bot.dialogs.turn import CancelLeave, Effect, Say, SetPerson, TakeLeave, Turn, answer
from bot.events import Submitted

PAGE = "times"
MOST = range(1, 6)
WEEK = range(7)
LONGEST_NIGHT = 16
"""Hours of a working day that goes over midnight."""
HELPED = ("day_until", "working_days", "timezone", "leave")
BUTTONS = 4
"""Leave that can be cancelled from a card; the page has all of it."""


class OwnTimes:
    def __init__(self, house: House):
        self.house, self.say = house, house.say

    # ---- leave by word ---------------------------------------------------------------------------------------

    def leave(self, said: str, facts: Facts) -> Turn:
        """ "ferie 6.–24. juli"; without a period: the leave there is."""
        if not said:
            return answer(Say(self._list(facts)))
        period = read_period(said, facts.today)
        if period is None:
            return answer(Say(Card((self.say("times.leave_unclear"),), (self.button(),))))
        starts, ends = period
        if starts <= ends < facts.today:
            return answer(Say(Card((self.say("times.leave_past"),), (self.button(),))))
        undo = Button("leave_cancel", self.say("times.leave_undo"), _named(starts, ends))
        return answer(TakeLeave(starts, ends), Say(Card((self._taken(starts, ends),), (undo,))))

    def cancel(self, value: str, facts: Facts) -> Turn:
        """[Cancel] on a card; what is cancelled already stays so."""
        found = next((one for one in facts.leaves if _named(one.starts, one.ends) == value), None)
        if found is None:
            return answer(Say(Card((self.say("times.leave_gone"),), (self.button(),))))
        said = self.say("times.leave_cancelled", period=self.period(found.starts, found.ends))
        return answer(CancelLeave(found.starts, found.ends), Say(Card((said,))))

    def _list(self, facts: Facts) -> Card:
        if not facts.leaves:
            return Card((self.say("times.leave_none"),), (self.button(),))
        cancel = tuple(self._cancel(one) for one in facts.leaves[:BUTTONS])
        lines = tuple(self.say("times.leave_line", period=self.period(one.starts, one.ends)) for one in facts.leaves)
        return Card((self.say("times.leave_list"), *lines), (*cancel, self.button()))

    def _cancel(self, one: LeaveFacts) -> Button:
        label = self.say("times.leave_cancel", date=words_of_date(one.starts))
        return Button("leave_cancel", label, _named(one.starts, one.ends))

    def _taken(self, starts: date, ends: date) -> Words:
        return self.say("times.leave_taken", period=self.period(starts, ends))

    def period(self, starts: date, ends: date) -> Words:
        if starts == ends:
            return words_of_date(starts)
        return self.say("times.period", starts=words_of_date(starts), ends=words_of_date(ends))

    # ---- the page --------------------------------------------------------------------------------------------

    def button(self) -> Button:
        return Button(PAGE, self.say("times.button"), does="form")

    def card(self) -> Card:
        return Card((self.say("times.card"),), (self.button(),))

    def form(self, facts: Facts, typed: Mapping[str, Any] | None = None, errors: Mapping[str, Words] | None = None) -> Form:
        now, errors = facts.times, errors or {}
        shown: dict[str, Any] = {
            "day_from": now.day_from,
            "day_until": now.day_until,
            "working_days": list(now.working_days),
            "most_per_week": str(now.most_per_week),
            "timezone": facts.person.timezone,
            "leave": None,
            "leaves": [_named(one.starts, one.ends) for one in facts.leaves],
        } | dict(typed or {})
        days = tuple(Choice(str(day), self.say(f"times.day_{day}")) for day in WEEK)
        most = tuple(Choice(str(number), self.say(f"times.most_{number}")) for number in MOST)
        leaves = tuple(Choice(_named(one.starts, one.ends), self.period(one.starts, one.ends)) for one in facts.leaves)
        kinds: dict[str, tuple[Any, tuple[Choice, ...]]] = {
            "day_from": ("time", ()),
            "day_until": ("time", ()),
            "working_days": ("multi", days),
            "most_per_week": ("single", most),
            "timezone": ("single", self._clocks(facts)),
            "leave": ("text", ()),
            "leaves": ("multi", leaves),
        }
        fields = tuple(
            Field(
                key,
                kind,
                self.say(f"times.{key}"),
                help=self.say(f"times.{key}_help") if key in HELPED else None,
                choices=choices,
                value=shown[key],
                short=key == "leave",
                error=errors.get(key),
            )
            for key, (kind, choices) in kinds.items()
            if choices or key not in ("leaves", "timezone")
        )
        save = Button("save", self.say("desk.save"), style="primary")
        return Form("", PAGE, self.say("times.title"), fields, (save,), (self.say("times.lead"),))

    def _clocks(self, facts: Facts) -> tuple[Choice, ...]:
        """Whoever is away, or is thought to be, may choose the clock at home; at home nothing is asked."""
        zone = facts.person.timezone
        if zone == ZONE:
            return ()
        there = self.say("times.timezone_there", city=zone.rpartition("/")[2].replace("_", " "))
        return Choice(zone, there), Choice(ZONE, self.say("times.timezone_home"))

    def submitted(self, event: Submitted, facts: Facts) -> Turn:
        values, errors = self._read(event.values, facts)
        if errors:
            return Turn(form=self.form(facts, event.values, errors))
        leave = values.pop("leave")
        if event.values.get("timezone") == ZONE != facts.person.timezone:
            values["timezone"] = ZONE
        kept = set(_list_of(event.values.get("leaves", [])))
        gone = [one for one in facts.leaves if _named(one.starts, one.ends) not in kept] if "leaves" in event.values else []
        effects: tuple[Effect, ...] = (SetPerson(values), *(CancelLeave(one.starts, one.ends) for one in gone))
        kept = "times.saved" if values["day_from"] < values["day_until"] else "times.saved_night"
        said = [self.say(kept, start=_clock(values["day_from"]), end=_clock(values["day_until"]))]
        if leave:
            effects = (*effects, TakeLeave(*leave))
            said.append(self._taken(*leave))
        return Turn(None, effects, Form("", "", self.say("times.title"), lead=tuple(said), closed=True))

    def _read(self, typed: Mapping[str, Any], facts: Facts) -> tuple[dict[str, Any], dict[str, Words]]:
        values: dict[str, Any] = {
            "day_from": read_clock(str(typed.get("day_from") or facts.times.day_from)),
            "day_until": read_clock(str(typed.get("day_until") or facts.times.day_until)),
            "working_days": "".join(sorted(set(_list_of(typed.get("working_days"))) & set(map(str, WEEK)))),
            "most_per_week": _most(typed.get("most_per_week"), facts.times.most_per_week),
            "leave": None,
        }
        errors: dict[str, Words] = {}
        for key in ("day_from", "day_until"):
            if not values[key]:
                errors[key] = self.say("arrival.time_unclear")
        if not errors and not _is_a_day(values["day_from"], values["day_until"]):
            errors["day_until"] = self.say("times.backwards")
        if not values["working_days"]:
            errors["working_days"] = self.say("times.no_days")
        errors |= self._against_rhythm(values, facts) if not errors else {}
        said = str(typed.get("leave") or "").strip()
        values["leave"] = read_period(said, facts.today) if said else None
        if said and (values["leave"] is None or not facts.today <= values["leave"][1] or values["leave"][0] > values["leave"][1]):
            errors["leave"] = self.say("times.leave_unclear")
        return values, errors

    def _against_rhythm(self, values: dict[str, Any], facts: Facts) -> dict[str, Words]:
        """A rhythm that could never come is not kept in silence."""
        rhythm = facts.rhythm
        if rhythm is None:
            return {}
        start, end = values["day_from"], values["day_until"]
        is_morning_after = rhythm.time < end < start
        if not (is_morning_after or start <= rhythm.time and (rhythm.time < end or end < start)):
            return {"day_until": self.say("times.rhythm_outside", time=_clock(rhythm.time))}
        day = (rhythm.weekday - is_morning_after) % 7
        if str(day) not in values["working_days"]:
            return {"working_days": self.say("times.rhythm_day", day=self.say(f"times.day_{day}"))}
        return {}


def _named(starts: date, ends: date) -> str:
    return f"{starts.isoformat()}/{ends.isoformat()}"


def _list_of(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, (list, tuple)) else [str(given)] if given else []


def _most(given: Any, now: int) -> int:
    said = str(given)
    return int(said) if said in map(str, MOST) else now


def _is_a_day(start: str, end: str) -> bool:
    """Whether a working day may go from the one time ("HH:MM") to the other, over midnight too; one longer than `LONGEST_NIGHT` is
    two times that were swapped."""
    minutes = [int(at[:2]) * 60 + int(at[3:]) for at in (start, end)]
    return start < end or 0 < (minutes[1] - minutes[0]) % (24 * 60) <= LONGEST_NIGHT * 60


def _clock(time: str) -> Words:
    return Words(time.replace(":", "."), time)
