"""The private pages of a dilemma game: setting it up, choosing in secret, keeping for oneself, and what a facilitator can do.

What is only read stands in `reading`. People's own words stand on these pages alone, and each page is one person's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.cards import Button, Form, Words, plain
from bot.dialogs.dilemma.alone import LEARNT, line_of, way_in_full
from bot.dialogs.dilemma.content import MAX_LABEL, MAX_SITUATION, OWN, WAYS, Dilemma
from bot.dialogs.dilemma.state import (
    CHOOSING,
    DAYS,
    MAX_PROTECTS,
    MAX_WHY,
    MINUTES,
    STRONGEST,
    chose,
    may_take_over,
    missing,
    names,
)
from bot.dialogs.group.members import to_choose_from
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext, Note
from bot.dialogs.held import Held
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, Taken
from bot.dialogs.reading import Reading
from bot.dialogs.steps import MAX_OPTION, Option, Step
from bot.dialogs.turn import State
from bot.events import Submitted

PLAYED = "played"
"""The note a game leaves: {"dilemma": id, "agreed": how many}."""
ALL = "all"
MOST_MARKED = 25  # steps.MAX_OPTIONS

LIMITS = {"why": MAX_WHY, "protects": MAX_PROTECTS, "situation": MAX_SITUATION, "question": MAX_WHY} | dict.fromkeys(
    (f"way_{way}" for way in WAYS), MAX_LABEL
)
"""The longest each text may be, where that is shorter than a field takes."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def pace_of(chosen: str) -> tuple[str, int]:
    """("room", 20) of "room_20"."""
    pace, _, amount = chosen.partition("_")
    return pace, int(amount)


@dataclass(frozen=True)
class DilemmaForms:
    house: House
    dilemmas: Mapping[str, Dilemma]

    @property
    def pages(self) -> GroupPages:
        return GroupPages(self.house, "dilemma_game")

    def say(self, key: str, **values: Any) -> Words:
        return self.pages.say(key, **values)

    def drawn(self, page: Private, ctx: GroupContext) -> Form:
        return self.pages.form(page, ctx)

    def take(self, page: Private, sent: Submitted, ctx: GroupContext) -> Taken:
        """What was sent in, read and screened; what is too long for this page is said as well."""
        taken = self.pages.take(page, sent, ctx)
        too_long = {
            field: self.house.say("flow.too_long", limit=LIMITS[field], length=len(text))
            for field, text in taken.values.items()
            if field in LIMITS and isinstance(text, str) and len(text) > LIMITS[field]
        }
        if taken.form is not None or not too_long:
            return taken
        held = Held.read(sent.held)
        held = replace(held, kept=held.kept | held.pointed)
        return Taken(form=self.pages.private.form(page, ctx.about, typed=sent.values, reading=Reading(errors=too_long), held=held))

    # ---- setting it up -----------------------------------------------------------------------------------

    def setup(self, ctx: GroupContext, beacon: str = ALL) -> Private:
        """Which dilemma, and how long. `beacon`: only those of this one."""
        beacons = (Option(ALL, self.say("all_beacons")), *(Option(one.id, one.name) for one in self.house.beacons))
        fitting = [one for one in self._longest_ago_first(ctx.notes) if beacon in (ALL, one.beacon)]
        listed = (*(Option(one.id, self._listed(one)) for one in fitting), Option(OWN, self.say("write_own")))
        steps = (
            Step("beacon", "single", self.say("ask_beacon"), options=beacons),
            Step("dilemma", "single", self.say("ask_dilemma"), help=self.say("ask_dilemma_help"), options=listed, required=True),
            Step("pace", "single", self.say("ask_pace"), options=tuple(map(self._pace, self.paces())), required=True),
        )
        buttons = (Button("start", self.say("start"), style="primary"), Button("narrow", self.say("narrow")))
        values = {"beacon": beacon, "pace": "room_20"}
        return Private("setup", self.say("setup_title"), steps, buttons, (self.say("setup_lead"),), values=values)

    @staticmethod
    def paces() -> tuple[str, ...]:
        return (*(f"room_{n}" for n in MINUTES), *(f"days_{n}" for n in DAYS))

    def _listed(self, dilemma: Dilemma) -> Words:
        return self.house.say("dilemma.listed", title=dilemma.title, about=dilemma.about)

    def _pace(self, chosen: str) -> Option:
        pace, amount = pace_of(chosen)
        return Option(chosen, self.say(f"pace_{pace}", n=amount))

    def _longest_ago_first(self, notes: tuple[Note, ...]) -> list[Dilemma]:
        played: dict[str, datetime] = {}
        for note in notes:
            if note.kind == PLAYED:
                id = str(note.data.get("dilemma"))
                played[id] = max(note.at, played.get(id, _NEVER))
        return sorted(self.dilemmas.values(), key=lambda one: (played.get(one.id, _NEVER), one.id))

    def own(self, values: Mapping[str, str] | None = None, *, is_draft: bool = False) -> Private:
        """The group's own. `values`: what was typed before; `is_draft`: nothing has to be there yet."""
        needs = {"required": not is_draft}
        ways = (Step(f"way_{way}", "text", self.say("own_way", letter=way.upper()), short=True, **needs) for way in WAYS)
        steps = (
            Step("situation", "text", self.say("own_situation"), help=self.say("own_help", limit=MAX_SITUATION), **needs),
            Step("question", "text", self.say("own_question"), short=True),
            *ways,
        )
        buttons = (Button("start", self.say("start"), style="primary"), Button("setup", self.say("back_to_list")))
        return Private("own", self.say("own_title"), steps, buttons, (self.say("own_lead"),), values=values or {})

    # ---- choosing ----------------------------------------------------------------------------------------

    def choose(self, state: State, dilemma: Dilemma, ctx: GroupContext) -> Private:
        """The page of this round, with what the member gave so far."""
        seat = state["seats"].get(ctx.actor.id, {}) if ctx.actor else {}
        first = self._first() if state["phase"] == "first" else self._second(state, seat)
        choice = Step("choice", "single", dilemma.question, options=self._ways(dilemma), required=True)
        values = {one.id: seat[one.id] for one in first if seat.get(one.id)} | {"choice": seat.get(state["phase"]) or None}
        if state["phase"] == "first":
            values["signed"] = "yes" if seat.get("signed") else "no"
        ways = tuple(way_in_full(way, self.house.say) for way in dilemma.ways)
        is_far_off = state["pace"] == "days" or dilemma.is_own  # in the room it stands on the post behind the page
        lead = (dilemma.situation, *ways) if is_far_off else ways
        leads = ctx.actor is not None and ctx.actor.id == ctx.facilitator and not seat.get("plays")
        notes = (self.say("you_lead_too"),) if leads else ()
        button = Button("save", self.say("save_choice"), style="primary")
        return Private(
            state["phase"], self.say(f"choose_{state['phase']}"), (choice, *first), (button,), lead, notes, values
        )

    def _ways(self, dilemma: Dilemma) -> tuple[Option, ...]:
        return tuple(Option(way.id, line_of(way, self.house.say)) for way in dilemma.ways)

    def _first(self) -> tuple[Step, ...]:
        return (
            Step("why", "text", self.house.say("dilemma.why"), help=self.say("why_help"), short=True),
            Step("protects", "text", self.say("ask_protects"), short=True),
            Step("signed", "yesno", self.say("ask_signed"), help=self.say("signed_help")),
        )

    def _second(self, state: State, seat: Mapping[str, Any]) -> tuple[Step, ...]:
        reasons = tuple(Option(one["id"], plain(_clipped(one))) for one in state["told"][:MOST_MARKED])
        strong = Step("strong", "multi", self.say("ask_strong", most=STRONGEST), options=reasons, max=STRONGEST)
        return (strong,) if reasons else ()

    def saved(self, state: State, ctx: GroupContext, notes: tuple[Words, ...]) -> Form:
        change = Button("choose", self.say("change_choice"))
        late = state["phase"] == "second" and ctx.actor is not None and ctx.actor.id not in chose(state, "first")
        text = (self.say("saved_late" if late else "saved"), *notes)
        return self._closed(ctx, "saved_title", *text, buttons=(change,))

    # ---- keeping for oneself -----------------------------------------------------------------------------

    def keep(self, state: State, dilemma: Dilemma, ctx: GroupContext) -> Private:
        seat = state["seats"].get(ctx.actor.id, {}) if ctx.actor else {}
        chosen = [(round_, dilemma.way(str(seat.get(round_)))) for round_ in CHOOSING]
        lines = tuple(self.say(f"keep_{round_}", way=line_of(way, self.house.say)) for round_, way in chosen if way)
        step = Step(LEARNT, "text", self.house.say("dilemma.learnt"), short=True)
        button = Button("save", self.say("keep_save"), style="primary")
        return Private("keep", self.say("keep_title"), (step,), (button,), (self.say("keep_lead"), *lines))

    # ---- leading -----------------------------------------------------------------------------------------

    def more(self, state: State, ctx: GroupContext) -> Form:
        """What can be done beside the main thing: by the one who leads, or by anybody."""
        leads = ctx.actor is not None and ctx.actor.id == ctx.facilitator
        buttons = tuple(self._leading(state, ctx) if leads else self._others(state, ctx))
        lines = tuple(self._told_to_leader(state) if leads else self._told_to_all(state, ctx))
        return Form(ctx.about, "more", self.say("more_title"), lead=lines, buttons=buttons)

    def _leading(self, state: State, ctx: GroupContext) -> Iterator[Button]:
        at = state["phase"]
        if at != "proposed":
            yield Button("time", self.say(f"more_time_{state['pace']}"), state["until"] or "")
            yield Button("back", self.say("back"), f"{at}.{state['talk']}")
            yield Button("hand", self.say("hand"))
        if state["seats"].get(ctx.facilitator, {}).get("plays"):
            yield Button("leave", self.say("leave"))
        yield Button("stop", self.say("stop"), style="danger", confirm=self.say("stop_confirm"))

    def _others(self, state: State, ctx: GroupContext) -> Iterator[Button]:
        seat = state["seats"].get(ctx.actor.id) if ctx.actor else None
        if state["phase"] != "proposed":
            yield Button("leave", self.say("leave")) if seat else Button("join", self.say("join"))
        if may_take_over(state, ctx):
            yield Button("take", self.say("take_over"))

    def _told_to_leader(self, state: State) -> Iterator[Words]:
        if state["phase"] != "proposed":
            yield self.say(f"lead_{state['phase']}")
        if state["phase"] in CHOOSING:
            everybody = chose(state, state["phase"]) and not missing(state)
            yield self.say("all_chose" if everybody else "some_missing")
        yield self.say("secret")

    def _told_to_all(self, state: State, ctx: GroupContext) -> Iterator[Words]:
        name = names(state).get(ctx.facilitator)
        if name and state["phase"] != "proposed":
            yield self.say("led_by", name=name)
        yield self.say("secret")
        yield self.say("kept")

    def said_now(self, state: State, ctx: GroupContext) -> Form:
        """What the one who leads can say now, on a page of their own."""
        key = state["phase"]
        if key == "reveal" and not (state["shown"] and state["shown"]["counts"]):
            key = "reveal_words"
        if key == "talk":
            key = "talk_days" if state["pace"] == "days" else f"talk_{state['talk']}"
        return self._closed(ctx, "lead_title", self.say(f"lead_{key}"))

    def hand(self, state: State, ctx: GroupContext) -> Private:
        others = {id: name for id, name in names(state).items() if id != ctx.facilitator}
        options = (*to_choose_from(others), Option(ALL, self.say("hand_nobody")))
        step = Step("to", "single", self.say("hand_to"), options=options, required=True)
        return Private("hand", self.say("hand_title"), (step,), (Button("save", self.say("hand_save"), style="primary"),))

    def who_leads(self, state: State, ctx: GroupContext) -> Form:
        """What the one who leads decides was pressed by somebody else."""
        return self.pages.who_leads(ctx, names(state), may_take=may_take_over(state, ctx), title="more_title")

    def note(self, ctx: GroupContext, key: str, *notes: Words, **values: Any) -> Form:
        """One thing said, on a page of its own."""
        return self._closed(ctx, "note_title", self.say(key, **values), *notes)

    def _closed(self, ctx: GroupContext, title: str, *text: Words, buttons: tuple[Button, ...] = ()) -> Form:
        return self.pages.private.closed(ctx.about, self.say(title), *text, buttons=buttons)


def _clipped(one: Mapping[str, Any]) -> str:
    """A reason as an option: a platform's menu holds a line."""
    line = f"{one['way'].upper()} · {one['why']}"
    return line if len(line) <= MAX_OPTION - 5 else f"{line[: MAX_OPTION - 6].rstrip()}…"
