"""Running a flow: what a page keeps, what holds it back, a deploy in the middle, and anything at all that may be sent."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import spoken
from bot.dialogs.closing import BY, CONSENT, NONE, SEES, SUGGESTION, WHAT
from bot.dialogs.flow import Flow, read_flow
from bot.dialogs.flow_dialog import FlowDialog, ended
from bot.dialogs.house import House
from bot.dialogs.turn import AddAction, ChangeAction, CloseAction, Finish, Pause, Say, SaveEntry, SetPerson
from bot.events import Chose, Event, Submitted, Woke, Wrote
from bot.library import BUNDLED, Library
from bot.rehearsal import Stage, perform_line, play
from bot.yamlfile import read_yaml
from tests.furniture import furnished, load
from tests.walking import AGREED, Walk, answers_to, choices, context

LIBRARY = load()
HOUSE = furnished(LIBRARY)


def dialog(name: str) -> FlowDialog:
    return FlowDialog(LIBRARY.flows[name], HOUSE)


def submitted(page: str, button: str = "next", held: dict[str, Any] | None = None, **values: Any) -> Submitted:
    return Submitted(id="e", run="r1", page=page, button=button, values=values, held=held or {})


def state(page: str = "s1", **answers: Any) -> dict[str, Any]:
    return {"page": page, "answers": answers, "told": True}


# ---- what a page keeps -----------------------------------------------------------------------------------


def test_a_page_with_something_wrong_keeps_what_was_typed_and_saves_nothing():
    turn = dialog("F11").resume(state(), submitted("s1", s1="x" * 400, s2=["tid"], s3="Vi er få"), context(LIBRARY.flows["F11"]))
    assert turn.state is None
    fields = {field.id: field for field in turn.form.fields}
    assert fields["s1"].value == "x" * 400 and "400" in fields["s1"].error.spoken("da")
    assert fields["s3"].value == "Vi er få"


@pytest.mark.parametrize("sent", ["gone", ["gone"], 7, {"a": 1}])
def test_an_option_that_is_no_longer_there_is_asked_for_again(sent: Any):
    turn = dialog("F11").resume(state(), submitted("s1", s4=sent, s3="Vi er få"), context(LIBRARY.flows["F11"]))
    assert turn.state is None
    assert {f.id: f.error is not None for f in turn.form.fields} == {"s1": False, "s2": False, "s3": False, "s4": True}
    assert next(f.value for f in turn.form.fields if f.id == "s3") == "Vi er få"


def test_what_stands_alone_cannot_be_chosen_together_with_something_else():
    flow = LIBRARY.flows["F01"]
    page = dialog("F01").begin(context(flow)).form.page
    turn = dialog("F01").resume(state(page), submitted(page, s2=["kort", "ingen"]), context(flow))
    assert "Ikke noget særligt" in next(f.error.spoken("da") for f in turn.form.fields if f.error)


def test_a_change_of_mind_hides_answers_and_they_are_not_saved():
    """The answer on the branch left behind is kept for a second change of mind, but does not count."""
    flow, walk = LIBRARY.flows["F04"], Walk(dialog("F04"), context(LIBRARY.flows["F04"]), {SUGGESTION: NONE})
    first = walk._take(walk.dialog.begin(walk.ctx))
    close = walk.send(first, {"s2": 5})
    walk.send(close, {"s4": "Ro i stuen"}, "back")
    free = walk.send(first, {"s2": 3})
    assert [f["id"] for f in free["fields"]] == ["s6"]
    walk.chosen = {"s2": 3, "s6": "Vi var to", SUGGESTION: NONE}
    form = free
    while not form["closed"]:
        form = walk.send(form, answers_to(form, walk.chosen))
    assert set(walk.saved) == {"s2", "s6"}
    assert flow.step("s4") is not None


@pytest.mark.parametrize("button", ["skip", "next", "anything"])
def test_what_decides_the_flow_cannot_be_passed_by(button: str):
    turn = dialog("F03").resume(state(), submitted("s1", button), context(LIBRARY.flows["F03"]))
    assert turn.state is None
    assert turn.form.page == "s1" and turn.form.fields[0].error is not None


def test_a_level_is_filled_in_from_the_profile():
    steps = [step.id for step in LIBRARY.flows["F13"].steps if step.prefill]
    turn = dialog("F13").begin(context(LIBRARY.flows["F13"]))
    assert [turn.state["answers"][one] for one in steps] == ["lm"]


# ---- names, masks and cards ------------------------------------------------------------------------------


def test_one_name_decided_does_not_decide_the_next():
    flow = LIBRARY.flows["F11"]
    held = dialog("F11").resume(state(), submitted("s1", s3="Karla og Mette er uenige"), context(flow)).form
    assert len(next(f for f in held.fields if f.id == "s3").hints) == 2
    pressed = submitted("s1", "role:Karla|colleague", held.held, s3="Karla og Mette er uenige")
    again = dialog("F11").resume(state(), pressed, context(flow)).form
    field = next(f for f in again.fields if f.id == "s3")
    assert field.value == "[en kollega] og Mette er uenige"
    assert ["Mette" in hint.text.spoken("da") for hint in field.hints] == [True]
    kept = dialog("F11").resume(state(), submitted("s1", "next", again.held, s3=field.value), context(flow))
    assert kept.state["answers"]["s3"] == "[en kollega] og Mette er uenige"


def test_a_number_that_was_taken_out_sets_off_no_card():
    turn = dialog("F11").resume(state(), submitted("s1", s3="Nummeret var 010136-4000."), context(LIBRARY.flows["F11"]))
    assert turn.state["answers"]["s3"] == "Nummeret var [CPR fjernet]."


@pytest.mark.parametrize(
    ("button", "kept", "pauses"),
    [("care_continue", True, False), ("care_later", True, False), ("care_stop", False, False), ("care_pause", False, True)],
)
def test_a_card_comes_first_and_what_was_typed_is_kept_only_by_choice(button: str, kept: bool, pauses: bool):
    flow, typed = LIBRARY.flows["F11"], "Jeg orker ikke at leve længere"
    card = dialog("F11").resume(state(), submitted("s1", s3=typed), context(flow))
    assert card.leaves_no_trace and card.state is None and card.form.care and not card.effects
    after = dialog("F11").resume(state(), submitted("s1", button, card.form.held), context(flow))
    assert (after.state is not None and after.state["answers"]["s3"] == typed) is kept
    assert any(isinstance(effect, Pause) for effect in after.effects) is pauses
    assert (Finish(True) in after.effects) is not kept


def test_one_text_gets_one_card_and_another_field_its_own():
    """The example is heard as despair and as a wish for support: the card for despair is answer enough to both."""
    flow = LIBRARY.flows["F11"]
    typed = {"s1": "En kollega slog en borger", "s3": "Jeg orker ikke at leve længere"}
    assert HOUSE.screen.read(typed["s3"], listen=dialog("F11").listen).routes == ("C", "S")
    first = dialog("F11").resume(state(), submitted("s1", **typed), context(flow)).form
    second = dialog("F11").resume(state(), submitted("s1", "care_continue", first.held), context(flow)).form
    assert [form.title for form in (first, second)] == [HOUSE.care.cards["C"].title, HOUSE.care.cards["B"].title]
    after = dialog("F11").resume(state(), submitted("s1", "care_continue", second.held), context(flow))
    assert after.state["answers"] == typed


def test_what_was_flagged_can_be_taken_out_and_the_rest_stands():
    flow = LIBRARY.flows["F11"]
    card = dialog("F11").resume(state(), submitted("s1", s1="Møderne", s3="En kollega slog en borger"), context(flow)).form
    left = dialog("F11").resume(state(), submitted("s1", "care_delete", card.held), context(flow))
    assert left.state is None
    assert {f.id: f.value for f in left.form.fields if f.value} == {"s1": "Møderne"}


def test_words_one_has_gone_on_from_are_not_answered_with_the_card_again():
    flow, typed = LIBRARY.flows["F11"], "En kollega slog en borger"
    again = dialog("F11").resume(state("s1", s3=typed), submitted("s1", s3=typed), context(flow))
    assert again.state is not None and not again.form.care


# ---- the agreed action -----------------------------------------------------------------------------------


def closing_state(**answers: Any) -> dict[str, Any]:
    return state(WHAT, s1="Morgenmøder", **answers)


def test_a_suggestion_chosen_now_wins_over_words_that_stood_there():
    flow = LIBRARY.flows["F11"]
    suggestion = flow.closing.suggestions[0]
    before = closing_state(**{WHAT: "Mine ord"})
    turn = dialog("F11").resume(before, submitted(WHAT, **{WHAT: "Mine ord", SUGGESTION: suggestion.id}), context(flow))
    assert turn.state["answers"][WHAT] == suggestion.text.da
    changed = submitted(WHAT, **{WHAT: "Nye ord", SUGGESTION: suggestion.id})
    assert dialog("F11").resume(before, changed, context(flow)).state["answers"][WHAT] == "Nye ord"
    none = dialog("F11").resume(before, submitted(WHAT, **{WHAT: "Mine ord", SUGGESTION: NONE}), context(flow))
    assert not any(isinstance(effect, AddAction) for effect in none.effects)


def test_nothing_agreed_has_to_be_said():
    turn = dialog("F11").resume(closing_state(), submitted(WHAT), context(LIBRARY.flows["F11"]))
    assert turn.state is None and "Ingen aftale" in turn.form.fields[-1].error.spoken("da")


def test_a_yes_to_one_is_no_yes_to_another():
    flow = LIBRARY.flows["F11"]
    agreed = closing_state(**{WHAT: "Mine ord", SEES: "my_leader", CONSENT: "yes"})
    turn = dialog("F11").resume(agreed, submitted("closing_who", **{SEES: "leader_group"}), context(flow))
    assert CONSENT not in turn.state["answers"]
    asked = turn.form.fields[-1]
    assert asked.id == CONSENT and asked.value is None and "Ledergruppen" in asked.label.spoken("da")


def test_no_thanks_keeps_it_to_oneself():
    flow = LIBRARY.flows["F11"]
    agreed = closing_state(**{WHAT: "Mine ord", SEES: "my_leader"}) | {"page": "closing_review"}
    turn = dialog("F11").resume(agreed, submitted("closing_review", **{CONSENT: "no"}), context(flow))
    assert next(e for e in turn.effects if isinstance(e, AddAction)).visibility == "private"


def test_where_nobody_is_known_nobody_is_offered():
    flow = LIBRARY.flows["F11"]
    alone = replace(context(flow), person=replace(context(flow).person, leader="", groups=()))
    turn = dialog("F11").resume(closing_state(**{WHAT: "Mine ord"}), submitted(WHAT, **{WHAT: "Mine ord"}), alone)
    offered = {f.id: [c.id for c in f.choices] for f in turn.form.fields}
    assert offered[SEES] == ["private"]
    assert "leder" not in offered["closing_who"] and "ledergruppe" not in offered["closing_evaluator"]


@pytest.mark.parametrize(("said", "day"), [("fredag", "2026-03-06"), ("mandag", "2026-03-09"), ("om to uger", "2026-03-16")])
def test_a_date_is_kept_as_the_day_it_means(said: str, day: str):
    agreed = closing_state(**{WHAT: "Mine ord"})
    turn = dialog("F11").resume(agreed, submitted("closing_who", **{BY: said}), context(LIBRARY.flows["F11"]))
    assert turn.state["answers"][BY] == day


def test_an_open_agreement_is_asked_about_before_a_new_one():
    flow = LIBRARY.flows["F11"]
    ctx = context(flow, open_agreement=AGREED)
    sent = submitted(WHAT, closing_open="done", **{SUGGESTION: NONE})
    turn = dialog("F11").resume(closing_state(), sent, ctx)
    assert CloseAction(AGREED.id, "done") in turn.effects


@pytest.mark.parametrize(
    ("became", "now", "state_of_it"),
    [("gjort", "luk", "done"), ("delvist", "luk", "partly"), ("ikke", "luk", "let_go"), ("gjort", "slip", "let_go")],
)
def test_what_became_of_it_closes_the_agreement(became: str, now: str, state_of_it: str):
    walk = Walk(dialog("F17"), context(LIBRARY.flows["F17"]), {"s2": became, "s8": now}).go()
    assert [e for e in walk.effects if isinstance(e, CloseAction)] == [CloseAction(AGREED.id, state_of_it)]


def test_what_is_passed_on_is_somebody_elses():
    walk = Walk(dialog("F17"), context(LIBRARY.flows["F17"]), {"s2": "ikke", "s8": "videre", SUGGESTION: "own"}).go()
    who = next(f for page in walk.seen for f in page["fields"] if f["id"] == "closing_who")
    assert "mig" not in [choice["id"] for choice in who["choices"]] and who["value"] is None
    assert next(e for e in walk.effects if isinstance(e, ChangeAction)).who != "mig"


def test_nothing_given_is_nothing_saved_and_says_so():
    walk = Walk(dialog("F11"), context(LIBRARY.flows["F11"]), {SUGGESTION: NONE}).go()
    assert not walk.saved and Finish(True) in walk.effects
    assert "Intet er gemt" in walk.turns[-1].form.lead[0].da


# ---- a line in the chat ----------------------------------------------------------------------------------


def on_the_only_text(**answers: Any) -> dict[str, Any]:
    return state("s4", s2=5, **answers)


def test_a_second_line_comes_after_the_first():
    flow = LIBRARY.flows["F04"]
    turn = dialog("F04").resume(on_the_only_text(s4="Ro."), Wrote(id="e", text="Og en, der blev."), context(flow))
    assert turn.state["answers"]["s4"] == "Ro.\nOg en, der blev."


def test_a_line_with_a_name_is_kept_with_a_role():
    turn = dialog("F04").resume(on_the_only_text(), Wrote(id="e", text="Karla blev."), context(LIBRARY.flows["F04"]))
    assert turn.state["answers"]["s4"] == "[en person] blev."
    assert "[en person]" in "".join(words.spoken("da") for e in turn.effects if isinstance(e, Say) for words in e.card.text)


def test_that_the_chat_keeps_a_copy_is_told_once():
    flow, line = LIBRARY.flows["F04"], Wrote(id="e", text="Ro.")
    new = replace(context(flow), person=replace(context(flow).person, told_about_chat=False))
    assert SetPerson({"told_about_chat": True}) in dialog("F04").resume(on_the_only_text(), line, new).effects
    old = dialog("F04").resume(on_the_only_text(), line, context(flow))
    assert not any(isinstance(effect, SetPerson) for effect in old.effects)


def test_a_card_in_the_chat_leaves_no_trace():
    line = Wrote(id="e", text="En kollega slog en borger")
    turn = dialog("F04").resume(on_the_only_text(), line, context(LIBRARY.flows["F04"]))
    assert turn.leaves_no_trace and turn.state is None and not turn.effects and turn.card is not None


@pytest.mark.parametrize("name", LIBRARY.flows)
def test_no_card_holds_what_somebody_wrote(name: str):
    """A message never contains a person's own words, not even in a title or on a lock screen."""
    words = "blåmejsen bor i skuret"
    flow = LIBRARY.flows[name]
    chosen = {step.id: words if step.kind == "text" else choices(step)[-1] for step in flow.steps} | {SUGGESTION: "own"}
    walk = Walk(dialog(name), context(flow, 0 if flow.series else None, open_agreement=AGREED), chosen).go()
    said = [spoken(effect.card, "da") for effect in walk.effects if isinstance(effect, Say)]
    assert said and words not in json.dumps(said, ensure_ascii=False) and AGREED.what not in json.dumps(said, ensure_ascii=False)


# ---- a deploy while a conversation waits -----------------------------------------------------------------

RAW = read_yaml(BUNDLED / "flows" / "F11_obstacles.yaml")


def released(change: Callable[[dict[str, Any]], Any]) -> Library:
    """The library of the next release, in which F11 has been changed."""
    raw = copy.deepcopy(RAW)
    change(raw)
    flow: Flow = read_flow(raw, "F11")
    return replace(LIBRARY, flows=LIBRARY.flows | {"F11": flow})


def step(raw: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in raw["steps"] if one["id"] == name)


def ask_more(raw: dict[str, Any]) -> None:
    words = {"da": "Hvor længe har det stået på?", "en": "How long has it been so?"}
    raw["steps"].insert(1, {"id": "s1b", "kind": "text", "short": True, "text": words})


def move(raw: dict[str, Any]) -> None:
    step(raw, "s3")["id"] = "heaviest"
    step(raw, "s1")["id"] = "aim"
    step(raw, "s4")["options"][0]["id"] = "myself"
    for name in ("s5",):
        step(raw, name)["show_if"]["includes"][0] = "myself"
    raw["moved"] = {"s3": "heaviest", "s1": "aim", "s4.mig": "myself"}


def take_out(raw: dict[str, Any]) -> None:
    raw["steps"] = [one for one in raw["steps"] if one["id"] not in ("s1", "s3")]
    raw["moved"] = {"s1": "", "s3": ""}


BEGUN = """
cast ana
ana begins F11
page to ana: …
ana: Hvad er du ved… = Morgenmøder
ana: Tag den tungeste… = Alle er trætte
ana: Hvor ligger nøglen? = Hos mig
"""
REST = """
ana: Et forslag… = Ingen aftale…
ana: [Videre]
page to ana: Tak…
bot to ana: Det, der står i vejen…
log of ana: """


async def test_a_question_added_while_a_conversation_waits(quick_stage: Stage):
    await play(BEGUN + "ana: [Gem og fortsæt senere]\npage to ana: …\nbot to ana: …", quick_stage)
    await quick_stage.restart(released(ask_more))
    await play(
        """
        ana: [Fortsæt]
        page to ana: Det, der står i vejen (1/6) Velkommen tilbage…
        ana: Hvor længe… = Siden jul
        ana: [Videre]
        page to ana: Det, der står i vejen (2/6)
        ana: [Videre]
        page to ana: Det, der står i vejen (3/6)
        ana: [Spring over]
        page to ana: Din aftale (4/6)…
        """
        + REST
        + "Det, der står i vejen (private): Hvad er du ved at få til at ske? = Morgenmøder; "
        "Hvor længe har det stået på? = Siden jul; Tag den tungeste… = Alle er trætte; Hvor ligger nøglen? = Hos mig",
        quick_stage,
    )


async def test_a_page_drawn_before_the_deploy_loses_nothing_when_it_is_sent_after(quick_stage: Stage):
    """The new question moves the page's border: what was typed below it stands on the next page."""
    await play(BEGUN, quick_stage)
    await quick_stage.restart(released(ask_more))
    await play("ana: [Videre]\npage to ana: Det, der står i vejen (2/6)\nbot to ana: …", quick_stage)
    assert quick_stage.filled["ana"] == {"s3": "Alle er trætte", "s4": "mig"}


@pytest.mark.parametrize("when", ["ana: [Gem og fortsæt senere]\npage to ana: …\nbot to ana: …", ""])
async def test_moved_ids_carry_their_answers(when: str, quick_stage: Stage):
    """Whether the page had been sent when the new release came, or lay open."""
    await play(BEGUN + when, quick_stage)
    await quick_stage.restart(released(move))
    await play("ana: [Fortsæt]\npage to ana: …" if when else "ana: [Videre]\npage to ana: …\nbot to ana: …", quick_stage)
    await _see_to_the_end(quick_stage)
    kept = "Hvad er du ved… = Morgenmøder; Tag den… = Alle er trætte; Hvor ligger… = Hos mig"
    await play(f"{REST}Det, der står i vejen (private): {kept}", quick_stage)


async def _see_to_the_end(stage: Stage) -> None:
    while stage.pages["ana"]["page"] != WHAT:
        await perform_line("ana: [Videre]", stage)
        while stage.channel.said:
            stage.heard()


async def test_a_question_taken_out_takes_its_answer_along(quick_stage: Stage):
    await play(BEGUN + "ana: [Gem og fortsæt senere]\npage to ana: …\nbot to ana: …", quick_stage)
    await quick_stage.restart(released(take_out))
    await play("ana: [Fortsæt]\npage to ana: Det, der står i vejen (1/5)…\nana: [Videre]\npage to ana: …(2/5)", quick_stage)
    await _see_to_the_end(quick_stage)
    await play(f"{REST}Det, der står i vejen (private): Hvor ligger nøglen? = Hos mig", quick_stage)


async def test_a_page_whose_name_is_gone_is_still_taken(quick_stage: Stage):
    await play(BEGUN, quick_stage)
    await quick_stage.restart(released(take_out))
    await play("ana: [Videre]\npage to ana: Det, der står i vejen (2/5)\nbot to ana: …", quick_stage)


async def test_a_flow_that_is_taken_out_says_so(quick_stage: Stage):
    await play(BEGUN + "ana: [Gem og fortsæt senere]\npage to ana: …\nbot to ana: …", quick_stage)
    left = {name: flow for name, flow in LIBRARY.flows.items() if name != "F11"}
    await quick_stage.restart(replace(LIBRARY, flows=left))
    await play("ana: [Fortsæt]\npage to ana: Den er allerede lukket…\nana: hej\nbot to ana: Hej…", quick_stage)


# ---- anything at all -------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
STEPS = sorted({step.id for flow in LIBRARY.flows.values() for step in flow.steps} | {WHAT, SUGGESTION, BY, SEES, CONSENT})
OPTIONS = sorted({o.id for flow in LIBRARY.flows.values() for s in flow.steps for o in s.options} | {"yes", "no", NONE, "own"})
LIKELY = st.sampled_from(OPTIONS) | st.lists(st.sampled_from(OPTIONS), max_size=3) | st.integers(0, 6) | st.just("fredag")
BUTTONS = st.sampled_from(
    ["next", "back", "skip", "later", "drop", "role:Karla|colleague", "role:|", "care_continue", "care_stop", "care_delete"]
) | st.text(max_size=8)
HELD = st.fixed_dictionaries({}, optional={name: ANYTHING for name in ("seen", "kept", "pointed", "typed", "button", "flagged")})
EVENTS = st.one_of(
    st.builds(
        Submitted,
        id=st.just("e"),
        run=st.just("r1"),
        page=st.sampled_from([*STEPS, "", "closing_review"]),
        button=BUTTONS,
        values=st.dictionaries(st.sampled_from(STEPS), LIKELY | ANYTHING | st.text(max_size=40), max_size=6),
        held=HELD,
    ),
    st.builds(Wrote, id=st.just("e"), text=st.text(max_size=60)),
    st.builds(Chose, id=st.just("e"), subject=st.just("run:r1"), action=st.sampled_from(["continue", "drop", "?"])),
    st.just(Woke(id="e", run="r1")),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(LIBRARY.flows)), st.lists(EVENTS, max_size=8), st.booleans(), st.booleans())
def test_nothing_that_is_sent_breaks_it(name: str, events: list[Event], edits: bool, is_open: bool):
    flow = LIBRARY.flows[name]
    ctx = context(flow, 0 if flow.series else None, edits="e1" if edits else "", open_agreement=AGREED if is_open else None)
    told = dialog(name)
    kept = told.begin(ctx).state
    for event in events:
        turn = told.resume(kept, event, ctx)
        _check_drawn(turn)
        if any(isinstance(effect, Finish) for effect in turn.effects):
            return
        assert not any(isinstance(effect, SaveEntry | AddAction | ChangeAction) for effect in turn.effects)
        kept = turn.state if turn.state is not None else kept
        assert json.loads(json.dumps(kept)) == kept


def _check_drawn(turn: Any) -> None:
    """Whatever is shown can be said in both languages."""
    for language in ("da", "en"):
        for shown in (turn.form, turn.card, *(e.card for e in turn.effects if isinstance(e, Say))):
            json.dumps(spoken(shown, language))
    if turn.form is not None and turn.form.number:
        assert turn.form.number <= turn.form.of


def test_what_is_over_says_where_to_find_it(house: House):
    assert "logbog" in ended(house, "r1", dropped=False).form.lead[0].da
    assert "slettet" in ended(house, "r1", dropped=True).form.lead[0].da
