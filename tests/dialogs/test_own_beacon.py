"""What a centre writes itself: the rules of the files, ids that last, and what is said of a mistake."""

from __future__ import annotations

import pytest

from bot.cards import Words
from bot.dialogs.beacons.own import in_use, new_own, own_flow, question_of, resting_flow, with_question, without_question
from bot.errors import ContentError
from tests.furniture import load

TEXTS = load().own
OWN = new_own({"da": "Ro på gangen", "en": ""}, {"da": "At der er ro, når døren åbnes.", "en": "Calm when the door opens."})


def typed(text="Hvad så du?", kind="text", options="", english="", translated=""):
    return {"text_da": text, "text_en": english, "kind": kind, "options_da": options, "options_en": translated}


def asked(*questions):
    own = OWN
    for one in questions:
        own = with_question(own, "", one, TEXTS)
    return own


def test_what_was_written_is_a_flow_and_what_is_not_translated_is_marked():
    flow = own_flow("own-1", asked(typed(), typed("Hvor tit?", "single", "Ofte\nSjældent", translated="Often\nSeldom")), TEXTS)
    assert flow.title == Words("Ro på gangen", "Ro på gangen (in Danish)")
    assert flow.purpose.en == "Calm when the door opens."
    assert [(step.id, step.kind) for step in flow.steps] == [("q1", "text"), ("q2", "single")]
    assert [option.text for option in flow.steps[1].options] == [Words("Ofte", "Often"), Words("Sjældent", "Seldom")]
    assert (flow.beacon, flow.visibility) == ("own-1", "private")


MISTAKES = {
    "nothing in Danish": (typed(" ", english="What?"), "text_da", "missing"),
    "too long": (typed("x" * 601), "text_da", "too_long"),
    "too long in English": (typed(english="x" * 601), "text_en", "too_long"),
    "a brace": (typed("Hvad med {navn}?"), "text_da", "brace"),
    "half a brace": (typed("Hvad } så?"), "text_da", "brace"),
    "no kind": (typed(kind="essay"), "kind", "missing"),
    "one option": (typed(kind="multi", options="Ja"), "options_da", "few_options"),
    "no options": (typed(kind="single"), "options_da", "few_options"),
    "the same option twice": (typed(kind="single", options="Ja\nja"), "options_da", "doubles"),
    "a long option": (typed(kind="single", options="x" * 76 + "\nnej"), "options_da", "too_long"),
    "a brace in an option": (typed(kind="single", options="{a}\nnej"), "options_da", "brace"),
    "an English answer too few": (typed(kind="single", options="Ja\nNej", translated="Yes"), "options_en", "uneven"),
    "too many options": (typed(kind="single", options="\n".join(map(str, range(26)))), "options_da", "many_options"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_the_field_and_what_it_is(name):
    wrong, field, code = MISTAKES[name]
    with pytest.raises(ContentError) as refusal:
        with_question(OWN, "", wrong, TEXTS)
    assert (refusal.value.where, refusal.value.code) == (field, code)


def test_nine_questions_are_too_many():
    with pytest.raises(ContentError) as refusal:
        asked(*[typed()] * 9)
    assert refusal.value.code == "many_questions"


def test_without_questions_it_is_no_flow():
    with pytest.raises(ContentError) as refusal:
        own_flow("own-1", OWN, TEXTS)
    assert refusal.value.code == "asks_nothing"


def test_ids_are_given_once_and_what_was_in_use_never_vanishes_silently():
    own = in_use(asked(typed(), typed("Hvor tit?", "single", "Ofte\nSjældent")))
    own = with_question(own, "q2", typed("Hvor ofte?", "single", "Ofte\nAldrig"), TEXTS)
    kept, new = question_of(own, "q2")["options"]
    assert (kept["id"], kept["da"]) == ("a3", "Ofte") and new["id"] not in ("a3", "a4")
    assert own["moved"] == {"q2.a4": ""}
    own = without_question(own, "q1")
    assert own["moved"] == {"q2.a4": "", "q1": ""}
    own = with_question(own, "", typed("Og så?"), TEXTS)
    assert question_of(own, "q1") is None and own["questions"][-1]["id"] not in ("q1", "q2")
    assert own_flow("own-1", own, TEXTS).carried({"q1": "et svar", "q2": "a4"}) == {"q2": None}


def test_a_question_of_another_kind_is_another_question():
    own = in_use(asked(typed()))
    own = with_question(own, "q1", typed(kind="scale"), TEXTS)
    assert [one["id"] for one in own["questions"]] == ["q2"] and own["moved"] == {"q1": ""}


def test_a_document_in_which_an_id_vanished_is_refused():
    own = in_use(asked(typed(), typed("Og så?")))
    with pytest.raises(ContentError, match="q1 has been released and is gone"):
        own_flow("own-1", own | {"questions": own["questions"][1:]}, TEXTS)


def test_before_it_was_in_use_nothing_has_to_be_remembered():
    assert without_question(asked(typed(), typed()), "q1")["moved"] == {}


def test_a_closed_beacon_is_asked_about_with_one_light_question():
    flow = resting_flow("b1", Words("Ro", "Calm"), TEXTS)
    assert flow.title.spoken("da") == "Holder det stadig? Ro" and len(flow.steps) == 1 and flow.minutes == 1
