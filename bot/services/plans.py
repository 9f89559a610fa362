"""A plan: what a coordinator decides about a programme, and whether it can be followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, select

from bot.calendars import known_zone
from bot.clock import local
from bot.errors import Refused
from bot.recurrence import Rule, RuleError
from bot.services.audiences import Audience, check_known, is_in, read_audience
from bot.services.person_row import PERSON, PersonRow
from bot.services.rounds import Rounds

KINDS = ("flow", "rotation", "reminder", "series")
HOLIDAYS = {"flow": ("move", "drop"), "rotation": ("move", "drop"), "series": ("move", "drop"), "reminder": ("early", "drop")}
"""What may become of a round whose day is no good, what fits most first. What reminds of something must not come after it; what
one thinks about, or a visit after something hard, may come later, but not sooner."""
LONGEST_TITLE, LONGEST_WHY, LONGEST_TEXT = 100, 300, 1500
LONGEST_CATCH_UP = 14 * 24
"""Hours. What is older than two weeks is better left than sent."""


class FlowFacts(Protocol):
    """What is asked of a flow here; the library's flows have it. `series`: days, where it is one."""

    @property
    def series(self) -> tuple[int, ...]: ...

    @property
    def about_action(self) -> bool: ...


Flows = Mapping[str, FlowFacts]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a coordinator decides; see `bot.store.tables.Programme`. `rule` and `audience` are plain JSON. `holidays`: one of
    `HOLIDAYS`; empty: what fits most."""

    kind: str
    title: str
    audience: Mapping[str, Any]
    rule: Mapping[str, Any]
    why: str = ""
    text: str = ""
    centre: str | None = None
    flows: tuple[str, ...] = ()
    beacon: str = ""
    holidays: str = ""
    catch_up: int = 24


def rounds_of(plan: Any, flows: Flows) -> Rounds:
    """The rounds of a plan, or of a row of the table. Raises `RuleError`."""
    days = flows[plan.flows[0]].series if plan.kind == "series" and plan.flows and plan.flows[0] in flows else ()
    return Rounds(Rule.from_json(plan.rule), tuple(days), way_of(plan) == "early")


def way_of(plan: Any) -> str:
    """What becomes of a round whose day is no good: move, early, drop."""
    return str(plan.holidays or HOLIDAYS[plan.kind][0])


def check_plan(
    db: Connection, by: PersonRow, plan: Plan, now: datetime, flows: Flows, started: datetime | None = None
) -> Rounds:
    """What a plan must be, whoever makes it; returns its rounds. `started`: when it was, if it was.

    Raises `Refused`, programmes.…: kind_unclear, title_missing, text_missing, too_long, flow_missing, flow_unknown,
    flow_alone (about an agreed action), series_apart, not_a_series, series_once, rule_unclear, end_before_start, never, past,
    audience_unclear, not_addressable, nobody, catch_up_unclear.
    """
    if plan.kind not in KINDS or way_of(plan) not in HOLIDAYS[plan.kind]:
        raise Refused("programmes.kind_unclear")
    _check_words(plan)
    _check_flows(plan, flows)
    if not 1 <= plan.catch_up <= LONGEST_CATCH_UP:
        raise Refused("programmes.catch_up_unclear", most=LONGEST_CATCH_UP)
    rounds = _check_rule(plan, flows, by, now, started)
    audience = read_audience(plan.audience)
    check_known(db, audience, by.organisation, plan.centre)
    if not _is_for_anybody(db, audience, by.organisation, plan.centre):
        raise Refused("programmes.nobody")
    return rounds


def _check_words(plan: Plan) -> None:
    if not plan.title.strip():
        raise Refused("programmes.title_missing")
    if plan.kind == "reminder" and not plan.text.strip():
        raise Refused("programmes.text_missing")
    if len(plan.title) > LONGEST_TITLE or len(plan.why) > LONGEST_WHY or len(plan.text) > LONGEST_TEXT:
        raise Refused("programmes.too_long", title=LONGEST_TITLE, why=LONGEST_WHY, message=LONGEST_TEXT)


def _check_flows(plan: Plan, flows: Flows) -> None:
    wanted = {"flow": len(plan.flows) == 1, "series": len(plan.flows) == 1, "reminder": not plan.flows, "rotation": True}
    if not wanted[plan.kind]:
        raise Refused("programmes.flow_missing")
    for id in plan.flows:
        if id not in flows:
            raise Refused("programmes.flow_unknown")
        if flows[id].about_action:
            raise Refused("programmes.flow_alone")
        if bool(flows[id].series) != (plan.kind == "series"):
            raise Refused("programmes.not_a_series" if plan.kind == "series" else "programmes.series_apart")


def _check_rule(plan: Plan, flows: Flows, by: PersonRow, now: datetime, started: datetime | None) -> Rounds:
    try:
        rounds = rounds_of(plan, flows)
    except RuleError as error:
        raise Refused(_REASONS.get(error.reason, "programmes.rule_unclear")) from error
    rule = rounds.rule
    if plan.kind == "series" and rule.kind != "once":
        raise Refused("programmes.series_once")
    today = local(now, known_zone(by.timezone)).date()
    began = local(started, known_zone(by.timezone)).date() if started else today
    if rule.from_ is not None and rule.from_ < min(today, began):
        raise Refused("programmes.past")
    if rounds.first_after(now, [known_zone(by.timezone)]) is None:
        raise Refused("programmes.past")
    return rounds


_REASONS = {"never": "programmes.never", "until": "programmes.end_before_start", "timezone": "programmes.unknown_zone"}


def _is_for_anybody(db: Connection, audience: Audience, organisation: str, centre: str | None) -> bool:
    return db.scalar(select(PERSON.c.id).where(is_in(audience, organisation, centre)).limit(1)) is not None
