"""What the desk for programmes is told, and how a programme reads: for whom, when, and its next dates. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from bot.cards import LANGUAGES, Words, plain
from bot.dialogs.dates import words_of_date, words_of_moment
from bot.recurrence import Rule

Say = Callable[..., Words]
Named = tuple[tuple[str, str], ...]
"""(id, name) of each."""

NAMES_AT_ONCE = 6


@dataclass(frozen=True)
class DateSeen:
    """One of the next dates. `reason`: why it does not come as planned, None where it does; `to`: when it comes instead (aware
    UTC); `closed`: the centres that are closed that day, where not all are."""

    day: date
    at: str
    reason: Words | None = None
    to: datetime | None = None
    closed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A programme as it is kept. `plan`: the fields of `bot.services.programmes.Plan`. `trouble`: the text that says why it could
    not be started as it is, with its values; then there are no `dates`, and nobody was counted (`size` None)."""

    id: str
    plan: Mapping[str, Any]
    state: str
    revision: int
    started_on: date | None = None
    ended_on: date | None = None
    next_at: datetime | None = None
    days: tuple[int, ...] = ()
    size: int | None = None
    receivers: tuple[str, ...] = ()
    minutes: int = 0
    dates: tuple[DateSeen, ...] = ()
    trouble: tuple[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class ProgrammeFacts:
    """`own`: the centres somebody coordinates; None: all of them. `centres`, `groups`, `names`: what a plan may name or does name.
    `flows`, `beacons`: what can be sent. `series`: the flows that are one, with their days. `found`: for each name that was typed, who is
    called that. `new_id`: of the programme that would be made now."""

    language: str
    timezone: str
    now: datetime
    today: date
    is_coordinator: bool = False
    own: Named | None = ()
    centres: Named = ()
    groups: Named = ()
    names: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[tuple[str, Words], ...] = ()
    flows: Mapping[str, Words] = field(default_factory=dict)
    beacons: Mapping[str, Words] = field(default_factory=dict)
    series: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    listed: tuple[Seen, ...] = ()
    about: Seen | None = None
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    new_id: str = ""

    def naming(self, names: Mapping[str, str]) -> ProgrammeFacts:
        return replace(self, names=names)


@dataclass(frozen=True)
class Wording:
    """Says plans in words."""

    say: Say

    def what(self, plan: Mapping[str, Any], facts: ProgrammeFacts) -> Words:
        gone = self.say("planning.gone")
        if plan["kind"] in ("flow", "series"):
            return facts.flows.get(next(iter(plan["flows"]), ""), gone)
        if plan["flows"]:
            return self.say("planning.what_picked", flows=listed(facts.flows.get(id, gone) for id in plan["flows"]))
        if plan["beacon"]:
            return self.say("planning.what_beacon", beacon=facts.beacons.get(plan["beacon"], gone))
        return self.say("planning.what_all")

    def who(self, plan: Mapping[str, Any], facts: ProgrammeFacts) -> Words:
        audience, centre = plan["audience"], dict(facts.centres).get(plan["centre"] or "", "")
        said = self._group(audience, facts)
        if audience.get("everyone"):
            said = self.say("planning.everyone_here", centre=centre) if plan["centre"] else self.say("planning.everyone")
        elif plan["centre"]:
            said = self.say("planning.in_centre", who=said, centre=centre)
        but = audience.get("except") or {}
        return self.say("planning.except", who=said, but=self._group(but, facts)) if any(but.values()) else said

    def _group(self, group: Mapping[str, Any], facts: ProgrammeFacts) -> Words:
        levels, gone = dict(facts.levels), self.say("planning.gone")
        parts = [levels.get(one, gone) for one in group.get("levels", ())]
        for kind, known in (("centres", dict(facts.centres)), ("groups", dict(facts.groups)), ("people", facts.names)):
            parts += [plain(known[one]) if one in known else gone for one in group.get(kind, ())]
        return listed(parts) if parts else self.say("planning.nobody")

    def receivers(self, names: tuple[str, ...]) -> Words:
        shown = plain(", ".join(names[:NAMES_AT_ONCE]))
        more = len(names) - NAMES_AT_ONCE
        if more > 0:
            return self.say("planning.more_people", names=shown, count=more)
        return self.say("planning.some_people", names=shown)

    def when(self, raw: Mapping[str, Any], days: tuple[int, ...] = ()) -> Words:
        rule = Rule.from_json(raw)
        said = {"time": time_words(rule.at.strftime("%H:%M"))}
        match rule.kind:
            case "once" if any(days):
                return self.say("planning.rule_series", date=words_of_date(rule.on), days=self._counted(days), **said)
            case "once":
                return self.say("planning.rule_once", date=words_of_date(rule.on), **said)
            case "weekly" if rule.every > 1:
                words = self.say("planning.rule_every", every=rule.every, weekday=self._weekday(rule), **said)
            case "weekly":
                words = self.say("planning.rule_weekly", weekday=self._weekday(rule), **said)
            case "monthly_date":
                words = self.say("planning.rule_monthly_date", day=rule.day, **said)
            case "monthly_weekday":
                nth = self.say(f"planning.nth_{rule.nth if rule.nth > 0 else 'last'}")
                words = self.say("planning.rule_monthly_weekday", nth=nth, weekday=self._weekday(rule), **said)
            case "quarterly":
                words = self.say("planning.rule_quarterly", **said)
            case _:
                words = self.say("planning.rule_yearly", **said)
        words = self.say("planning.rule_from", rule=words, date=words_of_date(rule.from_)) if rule.from_ else words
        return self.say("planning.rule_until", rule=words, date=words_of_date(rule.until)) if rule.until else words

    def _counted(self, days: tuple[int, ...]) -> Words:
        """ "7", "7 og 28", "3, 10 og 30": the days that come after the first."""
        *before, last = (str(day) for day in days if day)
        return self.say("planning.and_last", before=", ".join(before), last=last) if before else plain(last)

    def _weekday(self, rule: Rule) -> Words:
        return self.say(f"prompts.weekday_{rule.weekdays[0]}")

    def date_line(self, one: DateSeen, way: str, timezone: str) -> Words:
        said: dict[str, Any] = {"date": words_of_date(one.day)}
        if one.reason is not None and one.to is not None:
            key = "planning.date_early" if way == "early" else "planning.date_moved"
            return self.say(key, reason=one.reason, to=words_of_moment(one.to, timezone), **said)
        if one.reason is not None:
            return self.say("planning.date_dropped", reason=one.reason, **said)
        said["time"] = time_words(one.at)
        if one.closed:
            key = {"move": "planning.date_closed", "early": "planning.date_closed_early"}.get(way, "planning.date_closed_dropped")
            return self.say(key, centres=", ".join(one.closed), **said)
        return self.say("planning.date_as_planned", **said)


def time_words(at: str) -> Words:
    """ "09:00" as it is read: 09.00, 09:00."""
    return Words(at.replace(":", "."), at)


def listed(parts: Iterable[Words]) -> Words:
    all_parts = list(parts)
    return Words(*(", ".join(one.spoken(language) for one in all_parts) for language in LANGUAGES))
