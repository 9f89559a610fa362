"""Every flow, from the first page to the last: the shortest and the longest path through the real application on both
databases, each pair of choices once through the dialog alone, and back from every page.

`make test-all` walks the full product as well, as far as `MOST` combinations of a flow; where there are more, so many are taken
evenly from all of it. Of several choices at once each alone and as many as may be count, not every set of them.
"""

from __future__ import annotations

import itertools
from math import prod
from typing import Any

import pytest

from bot.dialogs.answers import shown_answer
from bot.dialogs.closing import AGREEMENT_STEPS, NONE, SUGGESTION, WHAT
from bot.dialogs.flow import Flow
from bot.dialogs.flow_dialog import VISIBILITY, FlowDialog
from bot.dialogs.house import House
from bot.dialogs.pages import pages_of
from bot.dialogs.turn import AddAction, ChangeAction, Finish
from bot.library import Library
from bot.rehearsal import Stage, perform_line, play
from bot.rehearsal.stage import ORGANISATION
from bot.services import actions, logbook, people
from tests.furniture import load
from tests.walking import Pairs, Walk, answers_to, choices, closing_choices, context, each_way, shown_with

LIBRARY = load()
PARTS = [(flow.id, touch) for flow in LIBRARY.flows.values() for touch in (flow.series or (None,))]
NAMES = [name if touch is None else f"{name}-day{touch}" for name, touch in PARTS]
MOST = 3000
NOT_IN_THE_ENTRY = AGREEMENT_STEPS | {VISIBILITY}


@pytest.fixture(scope="module")
def dialogs(library: Library, house: House) -> dict[str, FlowDialog]:
    return {flow.id: FlowDialog(flow, house) for flow in library.flows.values()}


def walked(dialog: FlowDialog, chosen: dict[str, Any], touch: int | None, language: str = "da") -> Walk:
    """One walk from end to end, and everything that must be true of every walk."""
    walk = Walk(dialog, context(dialog.flow, touch), chosen, language).go()
    check_progress(walk)
    check_kept(walk, dialog.flow, touch, language)
    return walk


def check_progress(walk: Walk) -> None:
    places = [(page["number"], page["of"]) for page in walk.seen]
    assert [number for number, _ in places] == list(range(1, len(places) + 1)), places
    assert all(number <= of for number, of in places), places
    assert all(later <= sooner for (_, sooner), (_, later) in itertools.pairwise(places)), f"{places}: it grew"
    assert all(page["title"] for page in walk.seen)


def check_kept(walk: Walk, flow: Flow, touch: int | None, language: str) -> None:
    """What was answered stands in the entry as it was worded, and nothing else does."""
    answered = {k: v for k, v in walk.given.items() if v not in (None, []) and k not in NOT_IN_THE_ENTRY}
    is_agreed = any(isinstance(effect, AddAction | ChangeAction) for effect in walk.effects)
    assert is_agreed == ("closing_who" in walk.given)
    assert walk.is_finished
    if Finish(dropped=True) in walk.effects:
        assert not walk.saved and not is_agreed
        assert not answered or flow.id == "F03"
        return
    assert {step: one.answer for step, one in walk.saved.items()} == answered
    asked = {field["id"]: field for page in walk.seen for field in page["fields"]}
    for step, one in walk.saved.items():
        assert one.question[language] == asked[step]["label"]
        texts = {choice["id"]: choice["text"] for choice in asked[step]["choices"]}
        if asked[step]["kind"] in ("single", "person", "yesno"):
            assert one.shown[language] == texts[one.answer]
        if asked[step]["kind"] == "multi":
            assert one.shown[language] == "; ".join(texts[each] for each in one.answer)


# ---- each pair of choices --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "touch"), PARTS, ids=NAMES)
def test_each_pair_of_choices(name: str, touch: int | None, dialogs: dict[str, FlowDialog]):
    pairs = Pairs(LIBRARY.flows[name], touch)
    for count, chosen in enumerate(pairs):
        walked(dialogs[name], chosen, touch, ("da", "en")[count % 2])
    assert pairs.covered


@pytest.mark.full
@pytest.mark.parametrize(("name", "touch"), PARTS, ids=NAMES)
def test_the_full_product(name: str, touch: int | None, dialogs: dict[str, FlowDialog]):
    flow = LIBRARY.flows[name]
    variables = {step.id: choices(step) for step in flow.steps_of(touch) if step.is_input}
    if flow.closing.at_touch in (None, touch):
        variables |= closing_choices(flow)
    stride = max(1, prod(len(offered) for offered in variables.values()) // MOST)
    stride += stride % 2 == 0 and stride > 1  # an odd stride does not fall into step with the choices
    for count, combination in enumerate(_every(stride, list(variables.values()))):
        walked(dialogs[name], dict(zip(variables, combination, strict=True)), touch, ("da", "en")[count % 2])


def _every(stride: int, offered: list[list[Any]]):
    """Every so-many-th combination of the product, without making those in between."""
    for n in range(0, prod(len(one) for one in offered), stride):
        combination = []
        for one in reversed(offered):
            n, place = divmod(n, len(one))
            combination.append(one[place])
        yield reversed(combination)


# ---- back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "touch"), PARTS, ids=NAMES)
def test_back_from_any_page_shows_what_was_written_on_the_one_before(
    name: str, touch: int | None, dialogs: dict[str, FlowDialog]
):
    _, longest = shortest_and_longest(dialogs[name], touch)
    walk = Walk(dialogs[name], context(dialogs[name].flow, touch), longest)
    form = walk._take(walk.dialog.begin(walk.ctx))
    while True:
        here = answers_to(form, longest)
        after = walk.send(form, here)
        if after["closed"]:
            return
        there = answers_to(after, longest)
        back = walk.send(after, there, "back")
        assert back["page"] == form["page"]
        assert _values(back) == _given(here)
        again = walk.send(back, here)
        assert again["page"] == after["page"]
        assert _values(again).items() >= _given(there).items()
        form = again


def _values(form: dict[str, Any]) -> dict[str, Any]:
    return _given({one["id"]: one["value"] for one in form["fields"] if one["kind"] != "info"})


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {step: value for step, value in values.items() if value not in (None, [])}


# ---- the shortest and the longest, on the stage ----------------------------------------------------------


def shortest_and_longest(dialog: FlowDialog, touch: int | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """By pages, then by questions: nothing where nothing is needed; everything, with an agreement that is shared."""
    ways = list(each_way(dialog.flow, touch))
    least = {step.id: choices(step)[0] for step in dialog.flow.steps} | {SUGGESTION: _least_agreed(dialog.flow)}
    most = {step.id: choices(step)[-1] for step in dialog.flow.steps}
    most |= {key: offered[-1] for key, offered in closing_choices(dialog.flow).items()}
    most |= {SUGGESTION: "own", "closing_ask": "d7", "closing_consent": "yes"}
    shortest = min((least | way for way in ways), key=lambda one: _length(dialog, one, touch))
    longest = max((most | way for way in ways), key=lambda one: _length(dialog, one, touch))
    return shortest, longest


def _least_agreed(flow: Flow) -> str:
    return "own" if flow.about_action else NONE


def _length(dialog: FlowDialog, chosen: dict[str, Any], touch: int | None) -> tuple[int, int]:
    shown = shown_with(dialog.flow, chosen, touch)
    pages = [page for page in pages_of(dialog.flow.steps_of(touch)) if any(step.id in shown for step in page.steps)]
    return len(pages) + (WHAT in shown) + ("closing_who" in shown) * 2, len(shown)


CAST = """
cast bent: da, ll
cast ana: da, lm, in Ledergruppen, led by bent
cast ida: en, lm, in Ledergruppen, led by bent
"""


@pytest.mark.parametrize("name", LIBRARY.flows)
async def test_the_shortest_and_the_longest_path(name: str, quick_stage: Stage, dialogs: dict[str, FlowDialog]):
    stage = quick_stage
    await play(CAST, stage)
    flow = LIBRARY.flows[name]
    for touch in flow.series or (None,):
        for length in (1, 0):  # the longest first: it is what plans the later days of a series
            for person in ("ana", "ida"):
                if touch and not length:
                    continue
                chosen = shortest_and_longest(dialogs[name], touch)[length]
                await _walk_on_stage(stage, flow, person, touch, chosen)
        if flow.series:
            await _days_pass(stage, flow, touch)


async def _walk_on_stage(stage: Stage, flow: Flow, person: str, touch: int | None, chosen: dict[str, Any]) -> None:
    if flow.about_action:
        await _agree_on_something(stage, person)
    form = await _opened(stage, flow, person, touch)
    given: dict[str, Any] = {}
    while not form["closed"]:
        form = await _sent(stage, person, answers_to(form, chosen, given))
    answered = {k: v for k, v in given.items() if v not in (None, []) and k not in NOT_IN_THE_ENTRY}
    entry, agreed = await _kept(stage, person, flow)
    if answered and not (flow.id == "F03" and list(answered.values()) == ["ja"]):
        assert {one["step"]: one["answer"] for one in entry.answers} == answered
        _check_wording(stage, flow, entry)
    assert (WHAT in given and given[WHAT] in [one.what for one in agreed]) or not given.get(WHAT)
    await perform_line("-- 1 minute later", stage)  # what was kept first is not the newest any more


def _check_wording(stage: Stage, flow: Flow, entry: Any) -> None:
    for one in entry.answers:
        step = flow.step(one["step"])
        assert one["question"] == {"da": step.text.da, "en": step.text.en}
        if step.options and not step.makes_options:
            shown = shown_answer(step, one["answer"], stage.library.say)
            assert one["shown"] == {"da": shown.spoken("da"), "en": shown.spoken("en")}


async def _opened(stage: Stage, flow: Flow, person: str, touch: int | None) -> dict[str, Any]:
    if touch or flow.about_action:
        return await _pressed(stage, person, "begin")
    await play(f"{person} begins {flow.id}\npage to {person}: …", stage)
    return stage.pages[person]


async def _pressed(stage: Stage, person: str, action: str) -> dict[str, Any]:
    card = next(c for c in reversed(stage.cards[person]) if any(b["action"] == action for b in c["buttons"]))
    label = next(b["label"] for b in card["buttons"] if b["action"] == action)
    await play(f"{person}: [{label}] on {card['title']}\npage to {person}: …", stage)
    return stage.pages[person]


async def _sent(stage: Stage, person: str, values: dict[str, Any]) -> dict[str, Any]:
    """The page sent in; a route card is gone on from. What is said in the chat beside it is let be."""
    stage.filled[person] = {k: v for k, v in values.items() if v is not None}
    for _ in range(6):
        page = stage.pages[person]
        wanted = "care_continue" if page["care"] else "next"
        label = next(b["label"] for b in page["buttons"] if b["action"] == wanted)
        await perform_line(f"{person}: [{label}]", stage)
        while stage.channel.said:
            stage.heard()
        if not stage.pages[person]["care"]:
            break
    wrong = [(f["id"], f["error"], f["hints"]) for f in stage.pages[person]["fields"] if f["error"] or f["hints"]]
    assert not wrong
    return stage.pages[person]


async def _kept(stage: Stage, name: str, flow: Flow) -> tuple[Any, Any]:
    def work(db: Any) -> tuple[Any, Any]:
        person = people.find(db, ORGANISATION, "stage", name)
        found = logbook.entries(db, person, flow=flow.id, limit=1)
        return (found[0] if found else None), actions.all_actions(db, person)

    return await stage.parts.store.run(work)


async def _agree_on_something(stage: Stage, person: str) -> None:
    """An agreement whose day has come, with the card that asks about it."""
    await play(f"{person} begins F11\npage to {person}: …", stage)
    chosen = {"s4": "mig", SUGGESTION: "own", "closing_ask": "d7"}
    form = stage.pages[person]
    while not form["closed"]:
        form = await _sent(stage, person, answers_to(form, chosen))
    await perform_line("-- 8 days later", stage)
    while stage.channel.said:
        stage.heard()


async def _days_pass(stage: Stage, flow: Flow, touch: int) -> None:
    later = [day for day in flow.series if day > touch]
    if later:
        await perform_line(f"-- {(later[0] - touch) * 24 + 2} hours later", stage)
        while stage.channel.said:
            stage.heard()
