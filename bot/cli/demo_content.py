"""Whether a folder's `demo.yaml` holds together: who leads whom, who is where, and what stands in the demo's past."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from bot.dialogs.beacons.own import own_flow
from bot.dialogs.data import Data, data, named
from bot.errors import ContentError
from bot.recurrence import Rule, RuleError
from bot.services.actions import ENDS
from bot.services.roles import ROLES

if TYPE_CHECKING:
    from bot.library import Library

FILE = "demo.yaml"
EYES = ("private", "my_leader", "leader_group")
LONGEST_PAST = 365  # days


def check_demo(raw: Any, library: Library) -> None:
    """Raises ContentError with where, reason and mend."""
    demo = data(raw, FILE, needs="organisation centres groups people crowd programmes planned beacons statuses history")
    demo.text("organisation", limit=200)
    centres, groups = _names(demo, "centres"), _names(demo, "groups")
    seen: set[str] = set()
    for one in demo.each("people"):
        _check_person(one, seen, centres, groups, library)
    crowd = _check_crowd(demo.inside("crowd", needs="", may=" ".join(centres)))
    for one in demo.each("programmes"):
        _check_programme(one, seen, crowd, library)
    for one in demo.each("planned"):
        _check_planned(one, seen, {"centres": centres, "groups": groups}, library)
    for one in demo.each("beacons"):
        _check_beacon(one, seen, centres, library)
    for one in demo.each("statuses"):
        _check_status(one, seen, library)
    for one in demo.each("history"):
        _check_past(one, seen, library)


def _names(demo: Data, key: str) -> Collection[str]:
    ids = demo.raw[key]
    if not isinstance(ids, Mapping):
        demo.refuse(f"`{key}` is not a mapping", "write id: name lines")
    inner = Data(ids, f"{FILE}, {key}")
    for id in ids:
        inner.text(id, limit=200)
    return ids


def _check_person(one: Any, seen: set[str], centres: Collection[str], groups: Collection[str], library: Library) -> None:
    may = "level centre leader groups role rhythm"
    person = data(one, named(one, FILE, "person"), needs="id name language", may=may)
    if person.id() in seen:
        person.refuse("the id stands twice", "give everybody an id of their own")
    person.text("name", limit=200)
    person.one_of("language", ("da", "en"))
    person.one_of("level", library.levels, "")
    person.one_of("centre", centres, "")
    person.one_of("leader", seen, "")  # a leader stands before those they lead
    person.some_of("groups", groups)
    person.one_of("role", ROLES, "")
    if person.has("rhythm"):
        _check_rhythm(person.inside("rhythm", needs="weekday time every"))
    seen.add(person.id())


def _check_rhythm(rhythm: Data) -> None:
    rhythm.number("weekday", 0, 6)
    rhythm.number("every", 1, 8)
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", rhythm.text("time")):
        rhythm.refuse(f"`time` is {rhythm.text('time')!r}", 'write it as "08:30"')


def _check_crowd(crowd: Data) -> dict[str, int]:
    """How many there are in each centre."""
    found = {}
    for centre, names in crowd.raw.items():
        if not (isinstance(names, list) and names and all(isinstance(name, str) and name.endswith(" Demo") for name in names)):
            crowd.refuse(f"`{centre}` is not a list of names that end in Demo", "write them as [\"Agnes Demo\", …]")
        found[centre] = len(names)
    return found


def _check_programme(one: Any, people: Collection[str], crowd: Mapping[str, int], library: Library) -> None:
    programme = data(one, f"{FILE}, a programme", needs="by title why flow rule quarters")
    programme.one_of("by", people)
    programme.text("title", limit=100)
    programme.text("why", limit=300)
    programme.one_of("flow", library.flows)
    try:
        Rule.from_json(programme.raw["rule"])
    except RuleError as error:
        programme.refuse(f"`rule` makes no sense ({error})", "write it as `bot.recurrence.Rule` is kept")
    for past in programme.each("quarters"):
        _check_quarter(data(past, f"{FILE}, a quarter", needs="ago reached"), crowd)


def _check_planned(one: Any, people: Collection[str], known: Mapping[str, Collection[str]], library: Library) -> None:
    planned = data(one, f"{FILE}, something planned", needs="by kind title rule", may="why text beacon centres groups started ahead")
    planned.one_of("by", people)
    planned.one_of("kind", ("rotation", "reminder"))
    planned.text("title", limit=100)
    planned.text("why", "", limit=300)
    planned.text("text", "", limit=1500)
    planned.one_of("beacon", library.beacons, "")
    for what, ids in known.items():
        planned.some_of(what, ids)
    if planned.has("started") == planned.has("ahead"):
        planned.refuse("it neither goes on nor is to come", "write `started` (days ago) or `ahead` (days)")
    planned.number("started" if planned.has("started") else "ahead", 1, LONGEST_PAST)
    try:
        Rule.from_json(planned.raw["rule"] | {"from" if planned.has("started") else "on": "2027-03-01"})
    except RuleError as error:
        planned.refuse(f"`rule` makes no sense ({error})", "write it as `bot.recurrence.Rule` is kept, without its first day")


def _check_quarter(quarter: Data, crowd: Mapping[str, int]) -> None:
    quarter.number("ago", 1, 3)
    for centre, counts in quarter.inside("reached", needs="", may=" ".join(crowd)).raw.items():
        is_fine = isinstance(counts, list) and len(counts) == 4 and all(isinstance(count, int) and count >= 0 for count in counts)
        if not is_fine or sum(counts) > crowd[centre]:
            quarter.refuse(f"`{centre}` is {counts!r}", "write four numbers, together no more than there are people")


def _check_beacon(one: Any, people: Collection[str], centres: Collection[str], library: Library) -> None:
    beacon = data(one, f"{FILE}, a beacon", needs="by centre days_ago why own")
    beacon.one_of("by", people)
    beacon.one_of("centre", centres)
    beacon.number("days_ago", 0, LONGEST_PAST)
    beacon.text("why")
    own = dict(beacon.inside("own", "name one_line questions next moved in_use").raw)
    try:
        own_flow("demo", own, library.own)
    except ContentError as error:
        raise ContentError(f"{FILE}, {error.where}", error.reason, error.mend) from error


def _check_status(one: Any, people: Collection[str], library: Library) -> None:
    where = f"{FILE}, a status"
    status = data(one, where, needs="by days_ago flow beacon answers")
    status.one_of("by", people)
    status.number("days_ago", 0, LONGEST_PAST)
    status.one_of("beacon", library.beacons)
    flow = library.flows[status.one_of("flow", [flow.id for flow in library.flows.values() if flow.hands_over])]
    for answer in status.each("answers"):
        _check_answer(answer, where, {step.id: step.kind for step in flow.steps})


def _check_past(one: Any, people: Collection[str], library: Library) -> None:
    where = f"{FILE}, history of {one.get('person') if isinstance(one, Mapping) else one!r}"
    past = data(one, where, needs="person days_ago flow beacon visibility answers", may="action")
    past.one_of("person", people)
    past.number("days_ago", 0, LONGEST_PAST)
    flow = library.flows[past.one_of("flow", library.flows)]
    past.one_of("beacon", (flow.beacon,))
    past.one_of("visibility", EYES)
    for answer in past.each("answers"):
        _check_answer(answer, where, {step.id: step.kind for step in flow.steps})
    if past.has("action"):
        _check_action(past.inside("action", "what who by_in evaluator ask_in visibility", "ended ended_in"), library)


def _check_answer(one: Any, where: str, kinds: Mapping[str, str]) -> None:
    answer = data(one, f"{where}, an answer", needs="step kind question", may="said answer shown")
    step = answer.one_of("step", kinds)
    answer.one_of("kind", (kinds[step],))
    answer.words("question")
    if answer.has("said"):
        answer.text("said")
    elif not answer.has("answer"):
        answer.refuse("neither `said` nor `answer` is there", "write what was said, or what was chosen")
    else:
        answer.words("shown")


def _check_action(action: Data, library: Library) -> None:
    action.text("what")
    action.one_of("who", [option.id for option in library.common.who.options])
    action.one_of("evaluator", [option.id for option in library.common.evaluator.options])
    action.one_of("visibility", EYES)
    for days in ("by_in", "ask_in"):
        action.number(days, 0, LONGEST_PAST)
    if action.has("ended"):
        action.one_of("ended", ENDS)
        action.number("ended_in", 0, LONGEST_PAST)
