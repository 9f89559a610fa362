"""What the bundled content must be: complete, in both languages, honest about what is a proposal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from bot.dialogs.conditions import holds
from bot.dialogs.flow import LEVELS
from bot.dialogs.lookups import UNKNOWN, LookupFacts, fill
from bot.dialogs.paths import values_of
from bot.dialogs.steps import CHOICES, Step
from bot.library import BUNDLED, content_report, source_codes
from bot.released import released_ids
from tests.furniture import load

LIBRARY = load()
FACTS = LookupFacts(LIBRARY.concepts, beacons=LIBRARY.active_beacons())
FLOWS = sorted(LIBRARY.flows)
ACTION_STEPS = ("agreement", "who", "by", "evaluator", "ask_again", "visible_to")


def test_all_nineteen_flows_are_there():
    assert FLOWS == [f"F{n:02}" for n in range(1, 20)]


def test_what_each_flow_is_about():
    beacons = Counter(flow.beacon for flow in LIBRARY.flows.values())
    assert beacons == {"baeredygtigt_arbejdsmiljoe": 8, "implementeringsledelse": 9, "any": 1, "choose": 1}
    assert {id for id, flow in LIBRARY.flows.items() if flow.visibility_locked} == {"F02", "F09", "F15"}
    assert {id for id, flow in LIBRARY.flows.items() if flow.about_action} == {"F17"}
    assert LIBRARY.flows["F16"].series == (0, 3, 10, 30)
    assert LIBRARY.flows["F16"].closing.at_touch == 30
    assert (LIBRARY.flows["F19"].series, LIBRARY.flows["F19"].closing.at_touch) == ((0, 7, 28), 28)
    assert LIBRARY.flows["F07"].template_slot == "five_model"
    assert LIBRARY.flows["F17"].visibility == LIBRARY.flows["F17"].closing.evaluator_default == "inherit"


@pytest.mark.parametrize(
    ("flow", "steps"),
    {"F03": ["s1"], "F06": ["s6"], "F13": ["s1", "s2", "s3"], "F14": ["s2", "s3"], "F16": ["s4", "s8", "s12"],
     "F17": ["s2", "s8"], "F18": ["s1"]}.items(),
)  # fmt: skip
def test_what_decides_a_flow_cannot_be_left_blank(flow: str, steps: list[str]):
    assert [step.id for step in LIBRARY.flows[flow].steps if step.required] == steps


def test_everything_else_may_be_left_blank():
    deciding = {"F03", "F06", "F13", "F14", "F16", "F17", "F18"}
    for flow in LIBRARY.flows.values():
        assert flow.id in deciding or not any(step.required for step in flow.steps), flow.id


def test_the_choices_that_need_a_leader_say_so():
    common = LIBRARY.common
    needs = {(step, option.id): option.needs for step in ACTION_STEPS for option in getattr(common, step).options}
    assert {key for key, need in needs.items() if need == "leader"} == {
        ("who", "leder"),
        ("evaluator", "leder"),
        ("visible_to", "my_leader"),
    }
    assert {key for key, need in needs.items() if need == "leader_group"} == {
        ("evaluator", "ledergruppe"),
        ("visible_to", "leader_group"),
    }


def test_every_follow_up_can_be_chosen_in_the_closing():
    offered = {option.id for option in LIBRARY.common.ask_again.options}
    for flow in LIBRARY.flows.values():
        assert f"d{flow.closing.followup_days}" in offered, flow.id


def test_every_flow_can_be_begun_by_somebody_and_is_found_in_the_list():
    for level in LEVELS:
        listed = LIBRARY.flow_list(level)
        assert "F17" not in {flow.id for flow in listed}
        assert all(level in flow.levels for flow in listed)
    assert {flow.id for level in LEVELS for flow in LIBRARY.flow_list(level)} == set(FLOWS) - {"F17"}
    assert {flow.id for flow in LIBRARY.flow_list("ll", "baeredygtigt_arbejdsmiljoe")} >= {"F01", "F02", "F18"}
    assert [flow.id for flow in LIBRARY.flow_list(theme="transfer")] == ["F16"]


def test_ninety_six_expectations_one_for_each_aspect_and_level():
    aspects, expectations = LIBRARY.concepts["aspects"].items, LIBRARY.concepts["role_expectations"].items
    assert len(expectations) == 96
    assert set(expectations) == {f"{aspect}.{level}" for aspect in aspects for level in LEVELS}
    assert len({item.text.da for item in expectations.values()}) == 96


@pytest.mark.parametrize(
    ("group", "count"),
    {"phenomena": 10, "grips": 7, "needs": 7, "competences": 8, "aspects": 24, "uncertainty_matrix": 4,
     "five_fields": 5, "recommendations": 10, "vips": 4, "triangle": 3, "three_steps": 3, "corner_flags": 4,
     "seven_intentions": 7, "signs": 15, "definitions": 10, "terms": 7, "beacon_states": 4}.items(),
)  # fmt: skip
def test_the_concepts_are_complete(group: str, count: int):
    assert len(LIBRARY.concepts[group].items) == count


def test_each_competence_has_three_aspects_and_one_corner_flag():
    of_aspects = Counter(one for item in LIBRARY.concepts["aspects"].items.values() for one in item.linked("competence"))
    of_flags = Counter(one for i in LIBRARY.concepts["corner_flags"].items.values() for one in i.linked("competence"))
    assert set(of_aspects.values()) == {3} and set(of_flags.values()) == {1}
    assert set(of_aspects) == set(of_flags) == set(LIBRARY.concepts["competences"].items)


def test_every_phenomenon_of_the_flow_has_a_hypothesis_grips_and_a_sentence():
    chosen = {option.id for option in LIBRARY.flows["F06"].step("s6").options} - {"ingen"}
    phenomena = LIBRARY.concepts["phenomena"].items
    assert set(phenomena) == chosen
    assert {option.id for option in LIBRARY.flows["F06"].step("s11").options} == set(LIBRARY.concepts["grips"].items)
    for item in phenomena.values():
        assert item.linked("points_to") and item.linked("grips") and item.question, item.id


def test_the_matrix_has_a_cell_for_each_answer_of_the_flow():
    flow = LIBRARY.flows["F14"]
    cells = {f"{x.id}.{y.id}" for x, y in product(flow.step("s2").options, flow.step("s3").options)}
    assert cells == set(LIBRARY.concepts["uncertainty_matrix"].items)


def test_two_beacons_are_active_and_two_rest():
    assert {b.id for b in LIBRARY.active_beacons()} == {"implementeringsledelse", "baeredygtigt_arbejdsmiljoe"}
    assert all(beacon.closed for beacon in LIBRARY.beacons.values() if not beacon.is_active)


def test_own_proposals_are_reported_as_not_approved():
    reported = {proposal.where for proposal in content_report(BUNDLED)}
    assert {f"flow {flow}" for flow in FLOWS} <= reported
    for group in LIBRARY.concepts.values():
        for item in group.items.values():
            is_own = "EF" in {code for code, _ in source_codes(item.source)}
            assert (f"{group.id} {item.id}" in reported) == is_own, item
    assert not any(flow.approved for flow in LIBRARY.flows.values())


def test_the_seven_needs_are_called_a_proposal_wherever_they_are_shown():
    title = LIBRARY.concepts["needs"].title
    assert "forslag" in title.da and "proposal" in title.en


def test_emergency_numbers_are_there_and_unknown_ones_are_left_out():
    assert LIBRARY.routes["r112"].number == "112"
    assert LIBRARY.routes["r1813"].regions == ("hovedstaden",)
    for route in LIBRARY.routes.values():
        assert not (route.number and route.status == "N"), f"{route.id} has a number that nobody verified"
    assert "HR" in LIBRARY.route_missing.da


def test_nothing_is_kept_that_must_never_be_stored():
    assert LIBRARY.retention["masked_original"].days is None
    assert LIBRARY.retention["trigger"].days is None
    assert LIBRARY.retention["draft"].days == 30
    assert LIBRARY.retention["reflection"].days == 365


def test_the_tone_no_rows_of_exclamation_marks_and_no_diagnosis():
    diagnosis = re.compile(r"\b(du har|du lider af|you have|you suffer from) (omsorgstræthed|udbrændthed|stress|burnout)", re.I)
    for text in every_text():
        assert "!!" not in text and not diagnosis.search(text), text


def every_text() -> list[str]:
    """All that a leader may be shown from the flows and the concepts, in both languages."""
    words = [w for flow in LIBRARY.flows.values() for w in (flow.title, flow.purpose, flow.closing.frame)]
    for flow in LIBRARY.flows.values():
        words += [suggestion.text for suggestion in flow.closing.suggestions]
        for step in flow.steps:
            words += [step.text, *([step.help] if step.help else []), *(option.text for option in step.options)]
    for group in LIBRARY.concepts.values():
        for item in group.items.values():
            words += [w for w in (item.title, item.text, item.question, item.move) if w]
    return [text for w in words for text in (w.da, w.en)]


def test_danish_and_english_are_not_mixed_up():
    danish = re.compile(r"[æøåÆØÅ]")
    texts = every_text()
    assert not [text for text in texts[1::2] if danish.search(text)], "Danish letters in an English text"
    assert sum(bool(danish.search(text)) for text in texts[::2]) > len(texts) / 4


def test_the_lock_file_holds_every_id_in_use():
    expected = released_ids(LIBRARY.flows | LIBRARY.alone, LIBRARY.common, LIBRARY.released)
    held = {flow: {step: list(ids) for step, ids in steps.items()} for flow, steps in LIBRARY.released.items()}
    assert held == expected, "a new step or option: run `pejling content release`"


# --- the ways through each flow -------------------------------------------------------------------------------------


def ways(steps: tuple[Step, ...], touch: int | None) -> Iterator[dict[str, Any]]:
    """The answers of every path: each step that decides anything in every way, all others once."""
    deciding = {one for step in steps for one in step.depends_on}

    def walk(left: tuple[Step, ...], answers: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not left:
            yield answers
            return
        step, *rest = left
        if not holds(step.show_if, answers):
            yield from walk(tuple(rest), answers)
            return
        filled = fill(step, answers, FACTS)
        check_shown(filled)
        given = answers_to(filled)
        for answer in given if step.id in deciding else given[:1]:
            yield from walk(tuple(rest), {**answers, step.id: answer} if step.is_input else answers)

    yield from walk(tuple(step for step in steps if step.touch == touch), {})


def check_shown(step: Step) -> None:
    """What is put before a person is whole: no placeholder, no "…" but where an action is looked up, no empty choice."""
    for language in ("da", "en"):
        spoken = step.text.spoken(language)
        assert "{" not in spoken and len(spoken) < 2000, (step.id, spoken)
        assert step.lookup == "agreement" or UNKNOWN.da not in spoken, (step.id, spoken)
    assert step.options or step.kind not in CHOICES, step.id


def answers_to(step: Step) -> list[Any]:
    match step.kind:
        case "text":
            return ["…"]
        case "date":
            return ["2025-03-01"]
        case "info":
            return [None]
        case "multi":
            ordinary = [o.id for o in step.options if o.id not in step.exclusive]
            return [ordinary[: step.max or len(ordinary)], *([one] for one in (*ordinary, *step.exclusive))]
    return list(values_of(step))


SPAN = {
    # fewest and most questions on a way through, as each flow was written
    "F01": (5, 8), "F02": (6, 7), "F03": (1, 9), "F04": (5, 6), "F05": (7, 7), "F06": (7, 10), "F07": (7, 8),
    "F08": (7, 8), "F09": (5, 7), "F10": (6, 8), "F11": (5, 5), "F12": (7, 7), "F13": (6, 7), "F14": (6, 6),
    "F15": (4, 6), "F17": (3, 7), "F18": (6, 8),
}  # fmt: skip


@pytest.mark.parametrize("flow", SPAN)
def test_every_way_through_a_flow_comes_to_its_end(flow: str):
    lengths = [len(answers) for answers in ways(LIBRARY.flows[flow].steps, None)]
    assert (min(lengths), max(lengths)) == SPAN[flow]


@pytest.mark.parametrize(("touch", "span"), {0: (3, 3), 3: (2, 3), 10: (2, 3), 30: (2, 2)}.items())
def test_every_way_through_a_touch_of_the_series_comes_to_its_end(touch: int, span: tuple[int, int]):
    lengths = [len(answers) for answers in ways(LIBRARY.flows["F16"].steps, touch)]
    assert (min(lengths), max(lengths)) == span


@pytest.mark.parametrize("flow", FLOWS)
def test_every_step_is_on_some_way(flow: str):
    steps = LIBRARY.flows[flow].steps
    answered = {one for touch in {step.touch for step in steps} for way in ways(steps, touch) for one in way}
    assert answered == {step.id for step in steps if step.is_input}


def test_a_gut_feeling_of_present_danger_ends_the_flow_at_once():
    flow = LIBRARY.flows["F03"]
    assert flow.step("s1").option("ja").route == "B"
    assert not [step for step in flow.steps[1:] if holds(step.show_if, {"s1": "ja"})]
    assert not holds(flow.closing.show_if, {"s1": "ja"})
    assert holds(flow.closing.show_if, {"s1": "tvivl"})
