"""Lookups: what is put into a step when it is shown."""

from __future__ import annotations

import pytest

from bot.cards import Words, plain
from bot.dialogs.lookups import OPTIONS, VALUES, LookupFacts, fill
from bot.dialogs.steps import LOOKUPS, Step
from tests.furniture import load

LIBRARY = load()
FACTS = LookupFacts(LIBRARY.concepts, beacons=LIBRARY.active_beacons(), between=LIBRARY.say("flow.or"))


def step(flow: str, step_id: str) -> Step:
    return LIBRARY.flows[flow].step(step_id)


def ids(step: Step) -> list[str]:
    return [option.id for option in step.options]


def test_every_lookup_is_either_options_or_values():
    assert set(LOOKUPS) == OPTIONS.keys() | VALUES.keys()
    assert {name for name, rule in LOOKUPS.items() if rule.options} == OPTIONS.keys()
    used = {one.lookup for flow in LIBRARY.flows.values() for one in flow.steps if one.lookup}
    assert used == set(LOOKUPS)


def test_a_step_without_a_lookup_is_left_alone():
    assert fill(step("F06", "s7"), {}, FACTS) is step("F06", "s7")


def test_one_phenomenon_gives_its_hypothesis_and_grips():
    said = fill(step("F06", "s9"), {"s6": ["lederafh"]}, FACTS).text
    assert said.spoken("da") == (
        "Et bud – ikke en dom: gruppen venter på, at lederen løser det. Grupper gør det, når de er under pres. "
        "Greb, der ofte hjælper: sætte navn på ansvar; se den enkelte."
    )
    assert "the group waits for the leader to solve it" in said.spoken("en")


def test_several_phenomena_say_each_hypothesis_and_grip_once():
    said = fill(step("F06", "s9"), {"s6": ["kampflugt", "hyggeren", "moeder"]}, FACTS).text.spoken("en")
    assert said.count("fights something or runs from it") == 1
    assert said.count("say why and when") == 1
    assert said.count(" – or ") == 2


def test_the_side_of_a_competence_and_its_expectation_at_a_level():
    answers = {"s1": "lm", "s2": "implementeringsledelse", "s3": "im3"}
    assert ids(fill(step("F13", "s3"), answers, FACTS)) == ["im1", "im2", "im3"]
    said = fill(step("F13", "s4"), answers, FACTS).text.spoken("da")
    assert said.endswith("Taler med medarbejderne om deres konkrete del og vender tilbage til aftalen.")
    assert fill(step("F13", "s4"), {**answers, "s1": "dir"}, FACTS).text.spoken("da") != said


@pytest.mark.parametrize(
    ("rules", "knowledge", "cell"),
    [("klar", "klar", "Tame task"), ("uklar", "klar", "the frame is unclear"), ("klar", "uklar", "we lack knowledge"),
     ("uklar", "uklar", "Wild task")],
)  # fmt: skip
def test_the_cell_of_the_matrix_follows_the_two_answers(rules: str, knowledge: str, cell: str):
    said = fill(step("F14", "s4"), {"s2": rules, "s3": knowledge}, FACTS).text.spoken("en")
    assert cell in said and "A grip may be: " in said


def test_needs_and_competences_come_from_the_concepts():
    assert ids(fill(step("F08", "s5"), {}, FACTS)) == list(LIBRARY.concepts["needs"].items)
    assert ids(fill(step("F13", "s2"), {}, FACTS)) == list(LIBRARY.concepts["competences"].items)


def test_the_beacons_offered_are_those_in_use_here():
    local = LIBRARY.beacons["dokumentationspraksis"]
    facts = LookupFacts(LIBRARY.concepts, beacons=(*LIBRARY.active_beacons(), local))
    assert ids(fill(step("F18", "s1"), {}, facts)) == [
        "implementeringsledelse",
        "baeredygtigt_arbejdsmiljoe",
        "dokumentationspraksis",
    ]


def test_an_agreement_is_read_back_and_a_brace_in_it_is_only_a_brace():
    agreement = {
        "what": plain("Spørg {alle}"),
        "who": Words("Jeg", "I do"),
        "by": Words("3. marts", "3 March"),
        "evaluator": plain("TRIO"),
    }
    said = fill(step("F17", "s1"), {}, LookupFacts(LIBRARY.concepts, agreement)).text
    assert said.spoken("en") == (
        "You agreed: Spørg {alle}\nWho does it: I do\nBy: 3 March\nWho looks at whether it worked: TRIO"
    )


def test_what_is_not_known_is_shown_as_such_and_never_breaks():
    assert "{" not in fill(step("F17", "s1"), {}, FACTS).text.spoken("da")
    assert "…" in fill(step("F13", "s4"), {"s1": "lm", "s3": "gone"}, FACTS).text.spoken("da")
    assert "…" in fill(step("F06", "s9"), {"s6": ["gone"]}, FACTS).text.spoken("da")
