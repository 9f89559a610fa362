"""The parts of a flow: steps and their options, read from data and checked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards import Words
from bot.dialogs.conditions import Condition, read_condition, steps_read
from bot.dialogs.data import Data, data, named, refuse_doubles

KINDS = ("info", "text", "single", "multi", "scale", "yesno", "date", "person")
CHOICES = ("single", "multi", "person")
INPUTS = KINDS[1:]
ROUTES = ("A", "B", "C", "S", "W", "P")  # the route cards of bot/content/safety
NEEDS = ("leader", "leader_group")
OUTCOMES = ("done", "partly", "passed_on", "let_go")  # the states of an action that is over
PREFILLS = ("profile.level",)
SCALE = (1, 2, 3, 4, 5)

MAX_OPTIONS = 25  # more is not read in a chat; Slack shows checkboxes up to 10 and a menu above that (up to 100)
MAX_OPTION = 75  # Slack: the text of an option in checkboxes, radio buttons and menus

BELONGS = {
    "options": CHOICES,
    "labels": ("scale",),
    "short": ("text",),
    "max": ("multi",),
    "exclusive": ("multi",),
    "prefill": ("single",),
    "optional": INPUTS,
    "required": INPUTS,
}


@dataclass(frozen=True)
class LookupRule:
    """What a lookup needs: the kinds of step it serves, how many earlier steps it reads, and what it gives:
    values for placeholders, or the options."""

    kinds: tuple[str, ...]
    reads: int = 0
    fills: tuple[str, ...] = ()
    options: bool = False


LOOKUPS = {
    "phenomena": LookupRule(("info",), reads=1, fills=("hypothesis", "grips")),
    "needs": LookupRule(("single", "multi"), options=True),
    "competences": LookupRule(("single",), options=True),
    "aspects": LookupRule(("single",), reads=1, options=True),
    "role_expectations": LookupRule(("info",), reads=2, fills=("expectation",)),
    "uncertainty_matrix": LookupRule(("info",), reads=2, fills=("cell", "grip")),
    "agreement": LookupRule(("info",), fills=("what", "who", "by", "evaluator")),
    "active_beacons": LookupRule(("single",), options=True),
}


@dataclass(frozen=True)
class Option:
    """A choice. `route`: a route card shown first; `needs`: offered only where the person's leader (group) is known.

    In a flow about an agreed action: `outcome` says what became of it, `closes` that it is over.
    """

    id: str
    text: Words
    route: str = ""
    needs: str = ""
    outcome: str = ""
    closes: bool = False


@dataclass(frozen=True)
class Step:
    """One question, or one thing said.

    `required`: decides the flow and cannot be left blank. `lookup` names what fills the text or gives the options
    (`lookups.fill`), from the answers to the steps in `reads`. `touch`: the day of a series it belongs to.
    """

    id: str
    kind: str
    text: Words
    help: Words | None = None
    options: tuple[Option, ...] = ()
    labels: dict[int, Words] = field(default_factory=dict)
    short: bool = False
    optional: bool = False
    required: bool = False
    max: int | None = None
    exclusive: tuple[str, ...] = ()
    lookup: str = ""
    reads: tuple[str, ...] = ()
    prefill: str = ""
    touch: int | None = None
    show_if: Condition | None = None

    @property
    def is_input(self) -> bool:
        return self.kind != "info"

    @property
    def depends_on(self) -> frozenset[str]:
        """The steps whose answers decide whether this one is shown, and what stands in it."""
        return steps_read(self.show_if) | frozenset(self.reads)

    @property
    def makes_options(self) -> bool:
        """Whether its options are made by its lookup when it is shown."""
        return bool(self.lookup) and LOOKUPS[self.lookup].options

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


def read_step(raw: Any, where: str) -> Step:
    """A step from data. ContentError names the step and what is wrong with it."""
    step = data(raw, named(raw, where, "step"), "id kind text", f"help show_if touch lookup {' '.join(BELONGS)}")
    kind = step.one_of("kind", KINDS)
    _refuse_what_does_not_belong(step, kind)
    lookup, reads = _read_lookup(step, kind)
    return Step(
        id=step.id(),
        kind=kind,
        text=step.words("text", known=LOOKUPS[lookup].fills if lookup else ()),
        help=step.maybe_words("help"),
        options=_read_options(step, kind, lookup),
        labels=_read_labels(step) if kind == "scale" else {},
        short=step.flag("short"),
        optional=step.flag("optional"),
        required=_read_required(step),
        max=step.maybe_number("max", 1, MAX_OPTIONS),
        exclusive=_read_exclusive(step),
        lookup=lookup,
        reads=reads,
        prefill=step.one_of("prefill", PREFILLS) if step.has("prefill") else "",
        touch=step.maybe_number("touch", 0, 365),
        show_if=read_condition(raw["show_if"], step.where) if step.has("show_if") else None,
    )


def _refuse_what_does_not_belong(step: Data, kind: str) -> None:
    for key, kinds in BELONGS.items():
        if step.has(key) and kind not in kinds:
            step.refuse(f"`{key}` does not belong on a step of kind {kind}", f"take it out, or make it {kinds[0]}")


def _read_required(step: Data) -> bool:
    if step.flag("required") and step.flag("optional"):
        step.refuse("it is both required and optional", "keep one of the two")
    return step.flag("required")


def _read_lookup(step: Data, kind: str) -> tuple[str, tuple[str, ...]]:
    if not step.has("lookup"):
        return "", ()
    lookup = step.inside("lookup", needs="name", may="from")
    name = lookup.one_of("name", LOOKUPS)
    rule, reads = LOOKUPS[name], lookup.ids("from")
    if kind not in rule.kinds:
        lookup.refuse(f"{name} does not fit a step of kind {kind}", f"make the step {' or '.join(rule.kinds)}")
    if len(reads) != rule.reads:
        lookup.refuse(f"{name} reads {rule.reads} earlier steps, not {len(reads)}", "name them in `from`, in order")
    return name, reads


def _read_options(step: Data, kind: str, lookup: str) -> tuple[Option, ...]:
    makes = bool(lookup) and LOOKUPS[lookup].options
    raw = step.each("options")
    if makes and raw:
        step.refuse(f"the lookup {lookup} makes the options", "take `options` out")
    if kind not in CHOICES or makes:
        return ()
    if len(raw) < 2:
        step.refuse(f"it has {len(raw)} options", "give it at least two", "few_options")
    if len(raw) > MAX_OPTIONS:
        mend = f"keep to {MAX_OPTIONS}, more cannot be shown well"
        step.refuse(f"it has {len(raw)} options", mend, "many_options", limit=MAX_OPTIONS)
    options = tuple(_read_option(one, step.where) for one in raw)
    refuse_doubles((option.id for option in options), "the option", step.where)
    return options


def _read_option(raw: Any, where: str) -> Option:
    option = data(raw, named(raw, where, "option"), "id da en", "route needs outcome closes")
    return Option(
        id=option.id(),
        text=option.own_words(MAX_OPTION),
        route=option.one_of("route", ROUTES) if option.has("route") else "",
        needs=option.one_of("needs", NEEDS) if option.has("needs") else "",
        outcome=option.one_of("outcome", OUTCOMES) if option.has("outcome") else "",
        closes=option.flag("closes"),
    )


def _read_labels(step: Data) -> dict[int, Words]:
    raw = step.raw.get("labels")
    if not isinstance(raw, Mapping) or not {1, 5} <= raw.keys():
        step.refuse("the scale has no labels for 1 and 5", "write labels: {1: {da: , en: }, 5: {da: , en: }}")
    for number in raw:
        if number not in SCALE:
            step.refuse(f"the scale has a label for {number!r}", "use the numbers 1 to 5")
    return {n: data(raw[n], f"{step.where}, label {n}", needs="da en").own_words(MAX_OPTION) for n in sorted(raw)}


def _read_exclusive(step: Data) -> tuple[str, ...]:
    exclusive = step.ids("exclusive")
    known = {option.get("id") for option in step.each("options") if isinstance(option, Mapping)}
    for one in exclusive:
        if one not in known:
            step.refuse(f"`exclusive` names {one!r}, which is not an option", "use the id of an option")
    return exclusive
