"""Walking through a flow from its first page to its last, with answers taken from what the pages themselves ask.

A choice is named by the step's id: an option's id, a list of them, a number, a text, None for nothing, or `Nth` where the
options are made when the page is shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from bot.cards import spoken
from bot.dialogs.closing import ASK, ASK_DAYS, BY, CONSENT, EVALUATOR, NONE, SEES, SUGGESTION, WHAT, WHO
from bot.dialogs.conditions import holds, steps_read
from bot.dialogs.flow import Flow
from bot.dialogs.flow_dialog import FlowDialog
from bot.dialogs.pages import is_shown, live
from bot.dialogs.steps import Step
from bot.dialogs.turn import Agreement, Context, Finish, Known, SaveEntry, Turn
from bot.events import Submitted

TODAY = date(2026, 3, 2)
ANA = Known(id="ana", level="lm", leader="Bent", groups=("Ledergruppen",))
AGREED = Agreement("a1", "Ti minutter om mandagen", "mig", None, "trio", "my_leader", date(2026, 2, 16), "F11")
MOST_PAGES = 15

Chosen = Mapping[str, Any]


@dataclass(frozen=True)
class Nth:
    """The n-th of the options made when the page is shown."""

    n: int


def context(flow: Flow, touch: int | None = None, **values: Any) -> Context:
    about = AGREED if flow.about_action else None
    now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    return Context(run="r1", person=ANA, now=now, today=TODAY, agreement=about, touch=touch, **values)


# ---- what can be chosen ----------------------------------------------------------------------------------


def choices(step: Step) -> list[Any]:
    """What can be answered: every option; of several at once each alone, and as many as there is room for."""
    nothing = [] if step.required else [None]
    match step.kind:
        case "scale":
            return [*nothing, 1, 2, 3, 4, 5]
        case "yesno":
            return [*nothing, "yes", "no"]
        case "text":
            return [*nothing, f"Noget om {step.id}"]
        case "date":
            return [*nothing, "2026-06-20"]
    if step.makes_options:
        made: list[Any] = [Nth(0), Nth(1)]
        return [*nothing, *([[one] for one in made] if step.kind == "multi" else made)]
    ids = [option.id for option in step.options]
    return [*nothing, *(_several(step, ids) if step.kind == "multi" else ids)]


def _several(step: Step, ids: list[str]) -> list[list[str]]:
    together = [one for one in ids if one not in step.exclusive][: step.max]
    return [*([one] for one in ids), *([together] if len(together) > 1 else [])]


def closing_choices(flow: Flow) -> dict[str, list[Any]]:
    """The same for the agreed action: none (where it may be none), a suggestion, or one's own words with all that follows."""
    ways = ["own", *[one.id for one in flow.closing.suggestions if one.show_if is None][:1]]
    return {
        SUGGESTION: ways if flow.about_action else [NONE, *ways],
        WHO: ["kollega", "team", "trio", "leder"],
        BY: [None, "2026-06-20"],
        EVALUATOR: ["mig", "ledergruppe"],
        ASK: list(ASK_DAYS),
        SEES: ["private", "my_leader", "leader_group"],
        CONSENT: ["yes", "no"],
    }


def deciding(flow: Flow, touch: int | None = None) -> tuple[Step, ...]:
    """The steps whose answers decide what comes."""
    read = set().union(*(step.depends_on for step in flow.steps), steps_read(flow.closing.show_if))
    return tuple(step for step in flow.steps_of(touch) if step.id in read)


def each_way(flow: Flow, touch: int | None = None) -> Iterator[dict[str, Any]]:
    """Every combination of the answers that decide what comes."""
    steps = deciding(flow, touch)
    for combination in itertools.product(*(choices(step) for step in steps)):
        yield dict(zip((step.id for step in steps), combination, strict=True))


def shown_with(flow: Flow, chosen: Chosen, touch: int | None = None) -> set[str]:
    """What is asked where these are the answers that decide: steps of the flow, and of the closing."""
    steps = flow.steps_of(touch)
    counting = live(steps, chosen)
    shown = {step.id for step in steps if step.is_input and is_shown(step, counting)}
    if holds(flow.closing.show_if, counting) and flow.closing.at_touch in (None, touch):
        shown |= _shown_closing(chosen)
    return shown


def _shown_closing(chosen: Chosen) -> set[str]:
    if chosen.get(SUGGESTION, NONE) == NONE:
        return {SUGGESTION}
    is_shared = chosen.get(SEES, "private") != "private"
    return {SUGGESTION, WHO, BY, EVALUATOR, ASK, SEES} | ({CONSENT} if is_shared else set())


# ---- walking ---------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """`seen`: the pages in order, spoken; `given`: what was answered on them; `turns`: everything the dialog said."""

    dialog: FlowDialog
    ctx: Context
    chosen: Chosen
    language: str = "da"
    seen: list[dict[str, Any]] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    def go(self) -> Walk:
        """To the end. AssertionError where a page does not lead on."""
        form = self._take(self.dialog.begin(self.ctx))
        while not form["closed"]:
            assert len(self.seen) <= MOST_PAGES, "it never ends"
            self.seen.append(form)
            form = self.send(form, answers_to(form, self.chosen, self.given))
        return self

    def send(self, form: Mapping[str, Any], values: Mapping[str, Any], button: str = "next") -> dict[str, Any]:
        """One page sent in; a route card on the way is gone on from. The next page."""
        for _ in range(6):
            sent = Submitted(id="e", run="r1", page=form["page"], button=button, values=dict(values), held=form["held"])
            form = self._take(self.dialog.resume(self.state, sent, self.ctx))
            if not form["care"]:
                break
            button = "care_continue"
        wrong = {f["id"]: f["error"] for f in form["fields"] if f["error"] or f["hints"]}
        assert not wrong, f"{form['page']}: {wrong}"
        return form

    def _take(self, turn: Turn) -> dict[str, Any]:
        self.turns.append(turn)
        self.state = turn.state if turn.state is not None else self.state
        assert turn.form is not None
        return spoken(turn.form, self.language)

    @property
    def effects(self) -> list[Any]:
        return [effect for turn in self.turns for effect in turn.effects]

    @property
    def saved(self) -> dict[str, Any]:
        """What the entry says: step → Answered."""
        entries = [effect for effect in self.effects if isinstance(effect, SaveEntry)]
        return {one.step: one for entry in entries for one in entry.answers}

    @property
    def is_finished(self) -> bool:
        return any(isinstance(effect, Finish) for effect in self.effects)


def answers_to(form: Mapping[str, Any], chosen: Chosen, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """What to put in the fields of a page (spoken); noted in `given` as it will be kept."""
    values = {one["id"]: _answer(one, chosen) for one in form["fields"] if one["kind"] != "info"}
    if given is not None:
        given |= values
    return values


def _answer(asked: Mapping[str, Any], chosen: Chosen) -> Any:
    if asked["id"] == WHAT:
        return "Jeg spørger én i aftenvagten" if chosen.get(SUGGESTION, "own") == "own" else None
    wanted = chosen.get(asked["id"], asked["value"])
    if not asked["choices"] or asked["kind"] == "scale":
        return wanted
    ids = [choice["id"] for choice in asked["choices"]]
    if isinstance(wanted, list):
        return [one for one in ids if one in {_made(each, ids) for each in wanted}]
    wanted = _made(wanted, ids)
    return wanted if wanted in ids else (ids[0] if asked["required"] else None)


def _made(one: Any, ids: list[str]) -> Any:
    return ids[one.n % len(ids)] if isinstance(one, Nth) else one


# ---- pairs -----------------------------------------------------------------------------------------------

Choice = tuple[str, str]  # a step, and a choice as text: lists cannot be members of a set
Pair = tuple[Choice, Choice]


@dataclass
class Pairs:
    """Combinations in which every pair of choices that can stand together does so at least once.

    Greedy: each begins with a pair not covered yet, and takes along as many others as it can.
    """

    flow: Flow
    touch: int | None = None

    def __post_init__(self) -> None:
        steps = {step.id: choices(step) for step in self.flow.steps_of(self.touch) if step.is_input}
        closes = self.flow.closing.at_touch in (None, self.touch)
        self.variables = steps | (closing_choices(self.flow) if closes else {})
        self.ways = list(each_way(self.flow, self.touch))
        self.covered: set[Pair] = set()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for (one, ones), (other, others) in itertools.combinations(self.variables.items(), 2):
            for a, b in itertools.product(ones, others):
                if _pair(one, a, other, b) in self.covered:
                    continue
                chosen = self._with({one: a, other: b})
                if chosen is not None:
                    self.covered |= self._pairs_in(chosen)
                    yield chosen

    def _with(self, pair: dict[str, Any]) -> dict[str, Any] | None:
        """A combination where both are asked and answered so; None where they cannot stand together."""
        led = self._closing_that_asks(pair)
        for way in self.ways:
            fits = all(way.get(name, value) == value for name, value in pair.items())
            if fits and pair.keys() <= shown_with(self.flow, way | led | pair, self.touch):
                return self._filled(way | led | pair)
        return None

    def _closing_that_asks(self, pair: Chosen) -> dict[str, Any]:
        return {SUGGESTION: "own", SEES: "leader_group"} if pair.keys() & {WHO, BY, EVALUATOR, ASK, SEES, CONSENT} else {}

    def _filled(self, chosen: dict[str, Any]) -> dict[str, Any]:
        for name, offered in self.variables.items():
            if name not in chosen:
                chosen[name] = max(offered, key=lambda value: self._news(name, value, chosen))
        return chosen

    def _news(self, name: str, value: Any, chosen: Chosen) -> int:
        return sum(_pair(name, value, other, said) not in self.covered for other, said in chosen.items())

    def _pairs_in(self, chosen: Chosen) -> set[Pair]:
        shown = sorted(shown_with(self.flow, chosen, self.touch) & chosen.keys())
        return {_pair(a, chosen[a], b, chosen[b]) for a, b in itertools.combinations(shown, 2)}


def _pair(one: str, a: Any, other: str, b: Any) -> Pair:
    first, second = sorted(((one, repr(a)), (other, repr(b))))
    return first, second
