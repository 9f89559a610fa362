"""The closing that all flows share: what is offered, what stands in the fields, and what is read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.dialogs.closing import ASK, BY, CONSENT, EVALUATOR, NONE, OPEN, REVIEW, SEES, SUGGESTION, WHAT, WHO, ClosingPages
from bot.dialogs.turn import Context
from tests.furniture import load
from tests.walking import AGREED, context

LIBRARY = load()


def closing(flow: str) -> ClosingPages:
    return ClosingPages(LIBRARY.flows[flow], LIBRARY.common, LIBRARY.say)


def pages(flow: str, ctx: Context | None = None, counting: dict[str, Any] | None = None, **answers: Any) -> dict[str, list[str]]:
    told = closing(flow).pages((counting or {}) | answers, answers, ctx or context(LIBRARY.flows[flow]))
    return {page.id: [step.id for step in page.steps] for page in told}


def test_the_details_are_asked_only_where_something_is_agreed():
    assert pages("F11") == {WHAT: [SUGGESTION, WHAT]}
    assert pages("F11", **{WHAT: "Ti minutter"}) == {
        WHAT: [SUGGESTION, WHAT],
        WHO: [WHO, BY, EVALUATOR, ASK, SEES],
        REVIEW: [REVIEW],
    }


def test_sharing_is_asked_on_its_own():
    assert pages("F11", **{WHAT: "Ti minutter", SEES: "my_leader"})[REVIEW] == [REVIEW, CONSENT]
    anew = pages("F17", **{WHAT: "Noget andet", SEES: AGREED.visibility})
    assert anew[REVIEW] == [REVIEW, CONSENT]  # that yes was to other words
    same = pages("F17", **{WHAT: AGREED.what, SEES: AGREED.visibility})
    assert same[REVIEW] == [REVIEW]


def test_an_open_agreement_comes_first_but_not_where_the_flow_is_about_one():
    ctx = context(LIBRARY.flows["F11"], open_agreement=AGREED)
    assert pages("F11", ctx)[WHAT][0] == OPEN
    assert OPEN not in pages("F17", replace(context(LIBRARY.flows["F17"]), open_agreement=AGREED))[WHAT]


def test_none_is_offered_but_not_where_one_has_just_said_to_go_on():
    offered = {flow: next(closing(flow).pages({}, {}, context(LIBRARY.flows[flow]))).steps[0].options for flow in ("F11", "F17")}
    assert NONE in [option.id for option in offered["F11"]]
    assert NONE not in [option.id for option in offered["F17"]]


def test_a_suggestion_with_a_condition_is_offered_where_it_holds():
    def offered(**counting: Any) -> list[str]:
        return [o.id for o in next(closing("F03").pages(counting, {}, context(LIBRARY.flows["F03"]))).steps[0].options]

    assert "raise_condition" in offered(s9="rammer")
    assert "raise_condition" not in offered(s9="borger")


@pytest.mark.parametrize("flow", LIBRARY.flows)
def test_defaults_are_choices_that_are_offered_and_never_a_suggestion(flow: str):
    known = context(LIBRARY.flows[flow])
    alone = replace(known, person=replace(known.person, leader="", groups=()), agreement=None)
    for ctx in (known, alone):
        assert closing(flow).suggested_value(SUGGESTION, ctx) is None
        for page in closing(flow).pages({WHAT: "x"}, {WHAT: "x"}, ctx):
            for step in page.steps:
                value = closing(flow).suggested_value(step.id, ctx)
                assert value is None or not step.options or step.option(value), (step.id, value)


def test_everything_is_read_back_with_dates_in_full():
    answers = {WHAT: "Ti minutter", BY: "2026-03-06", EVALUATOR: "trio", ASK: "d14"}
    *_, review = closing("F11").pages(answers, answers, context(LIBRARY.flows["F11"]))
    assert review.steps[0].text.spoken("da") == (
        'Du aftaler: "Ti minutter"\nHvem: Jeg\nSenest: fredag den 6. marts 2026\nHvem ser på, om det virkede: TRIO\n'
        "Jeg spørger dig: mandag den 16. marts 2026"
    )
    assert "Friday 6 March 2026" in review.steps[0].text.spoken("en")


def test_braces_in_what_somebody_wrote_are_only_braces():
    answers = {WHAT: "{0} {what} {"}
    *_, review = closing("F11").pages(answers, answers, context(LIBRARY.flows["F11"]))
    assert '"{0} {what} {"' in review.steps[0].text.spoken("da")


def test_the_closing_comes_where_its_condition_holds_and_never_while_editing():
    flow = LIBRARY.flows["F17"]
    assert closing("F17").applies({"s8": "fortsaet"}, context(flow))
    assert not closing("F17").applies({"s8": "luk"}, context(flow))
    assert not closing("F17").applies({"s8": "fortsaet"}, context(flow, edits="e1"))
    series = LIBRARY.flows["F16"]
    assert [closing("F16").applies({}, context(series, day)) for day in series.series] == [False, False, False, True]
