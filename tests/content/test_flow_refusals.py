"""Every single mistake in a flow is refused in one line: file, step, reason, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bot.dialogs.flow import read_flow
from bot.dialogs.steps import MAX_OPTIONS
from bot.errors import ContentError

FLOW: dict[str, Any] = {
    "id": "X01",
    "title": {"da": "Et tegn", "en": "A sign"},
    "beacon": "any",
    "theme": "test",
    "source": "EF",
    "levels": ["lm", "ll"],
    "minutes": 3,
    "visibility": "private",
    "purpose": {"da": "At se.", "en": "To see."},
    "steps": [
        {
            "id": "s1",
            "kind": "multi",
            "max": 2,
            "exclusive": ["ingen"],
            "text": {"da": "Hvad så du?", "en": "What did you see?"},
            "options": [
                {"id": "suk", "da": "Suk", "en": "Sighs"},
                {"id": "vrede", "da": "Vrede", "en": "Anger", "route": "B"},
                {"id": "ingen", "da": "Intet", "en": "Nothing"},
            ],
        },
        {
            "id": "s2",
            "kind": "scale",
            "text": {"da": "Hvor meget?", "en": "How much?"},
            "labels": {1: {"da": "Lidt", "en": "A little"}, 5: {"da": "Meget", "en": "A lot"}},
            "show_if": {"step": "s1", "other_than": "ingen"},
        },
        {"id": "s3", "kind": "yesno", "text": {"da": "Var det nyt?", "en": "Was it new?"}},
        {
            "id": "s4",
            "kind": "text",
            "text": {"da": "Fortæl", "en": "Tell"},
            "show_if": {"any": [{"step": "s2", "at_least": 4}, {"step": "s3", "is": "yes"}]},
        },
        {
            "id": "s5",
            "kind": "single",
            "text": {"da": "Er rammen klar?", "en": "Is the frame clear?"},
            "required": True,
            "options": [{"id": "klar", "da": "Ja", "en": "Yes"}, {"id": "uklar", "da": "Nej", "en": "No"}],
        },
        {
            "id": "s6",
            "kind": "info",
            "lookup": {"name": "uncertainty_matrix", "from": ["s5", "s5b"]},
            "text": {"da": "{cell}. Greb: {grip}", "en": "{cell}. Grip: {grip}"},
        },
    ],
    "closing": {
        "frame": {"da": "Hvad gør du?", "en": "What will you do?"},
        "suggestions": [
            {"id": "ask", "da": "Spørg én", "en": "Ask one"},
            {"id": "wait", "da": "Vent", "en": "Wait", "show_if": {"step": "s1", "is": "ingen"}},
        ],
        "evaluator": "team",
        "followup_days": 14,
    },
}
FLOW["steps"].insert(5, {**deepcopy(FLOW["steps"][4]), "id": "s5b"})

Edit = Callable[[dict[str, Any]], None]


def step(flow: dict[str, Any], step_id: str) -> dict[str, Any]:
    return next(one for one in flow["steps"] if one["id"] == step_id)


def put(place: str, value: Any) -> Edit:
    """An edit that puts `value` at "s1.text.da", "closing.frame", "minutes" …; `...` takes what is there away."""

    def edit(flow: dict[str, Any]) -> None:
        *path, key = place.split(".")
        target: Any = flow
        for name in path:
            target = step(flow, name) if target is flow and name[0] == "s" and name[1:2].isdigit() else target[name]
        if value is ...:
            del target[key]
        else:
            target[key] = value

    return edit


def option(step_id: str, number: int, **values: Any) -> Edit:
    return lambda flow: step(flow, step_id)["options"][number].update(values)


def shown_if(step_id: str, condition: Any) -> Edit:
    return put(f"{step_id}.show_if", condition)


def add_step(**values: Any) -> Edit:
    return lambda flow: flow["steps"].append({"text": {"da": "Ja?", "en": "Yes?"}, **values})


def a_series(**touches: int) -> Edit:
    def edit(flow: dict[str, Any]) -> None:
        flow["series"] = [0, 3]
        flow["closing"]["at_touch"] = 3
        for number, one in enumerate(flow["steps"]):
            one["touch"] = touches.get(one["id"], 0 if number < 3 else 3)

    return edit


MANY = [{"id": f"o{n}", "da": "Valg", "en": "Choice"} for n in range(MAX_OPTIONS + 1)]
S1_IS_NONE = {"step": "s1", "is": "ingen"}

MISTAKES: dict[str, tuple[Edit, str, str]] = {
    # name: what is done to the flow, where it must be said to be, what must be said
    "unknown key": (put("colour", "red"), "", "unknown key 'colour'"),
    "unknown key in a step": (put("s3.next", "s4"), "step s3", "unknown key 'next'"),
    "unknown key in the closing": (put("closing.shape", "x"), "closing", "unknown key 'shape'"),
    "unknown key in an option": (option("s1", 0, next="s2"), "step s1, option suk", "unknown key 'next'"),
    "a key that YAML made a boolean": (lambda flow: flow.update({True: "x"}), "", "unknown key True"),
    "missing key": (put("purpose", ...), "", "`purpose` is missing"),
    "missing step kind": (put("s3.kind", ...), "step s3", "`kind` is missing"),
    "missing closing": (put("closing", ...), "", "`closing` is missing"),
    "missing language": (put("s3.text.en", ...), "step s3", "`en` is missing"),
    "missing language in an option": (lambda f: step(f, "s1")["options"][0].pop("en"), "option suk", "`en` is missing"),
    "missing language in a label": (lambda f: step(f, "s2")["labels"][5].pop("da"), "step s2", "`da` is missing"),
    "empty language": (put("s3.text.da", "  "), "step s3", "`da` is empty"),
    "a third language": (put("s3.text.de", "Was?"), "step s3", "unknown key 'de'"),
    "text as a number": (put("s3.text.da", 7), "step s3", "`da` is 7"),
    "text as a boolean": (option("s5", 1, en=False), "step s5, option uklar", "read by YAML as false"),
    "text as a list": (put("title.da", ["x"]), "title", "`da` is not a text"),
    "step without an id": (add_step(kind="text"), "step None", "`id` is missing"),
    "boolean step id": (add_step(id=True, kind="text"), "step True", "read by YAML as true"),
    "number as step id": (add_step(id=7, kind="text"), "step 7", "is 7"),
    "boolean option id": (option("s5", 0, id=True), "step s5, option True", "read by YAML as true"),
    "boolean in a condition": (shown_if("s4", {"step": "s3", "is": True}), "step s4", "read by YAML as true"),
    "id with a space": (option("s5", 0, id="kl ar"), "step s5", "not an id"),
    "step twice": (add_step(id="s3", kind="text"), "", "the step 's3' stands twice"),
    "option twice": (option("s1", 1, id="suk"), "step s1", "'suk' stands twice"),
    "suggestion twice": (lambda f: f["closing"]["suggestions"][1].update(id="ask"), "closing", "'ask' stands twice"),
    "unknown kind": (put("s3.kind", "essay"), "step s3", "`kind` is 'essay'"),
    "unknown level": (put("levels", ["boss"]), "", "'boss', which is not known"),
    "level twice": (put("levels", ["lm", "lm"]), "", "'lm' stands twice"),
    "no level": (put("levels", []), "", "`levels` is empty"),
    "unknown visibility": (put("visibility", "everyone"), "", "`visibility` is 'everyone'"),
    "unknown route": (option("s1", 1, route="Q"), "step s1, option vrede", "`route` is 'Q'"),
    "unknown need": (option("s1", 1, needs="boss"), "step s1, option vrede", "`needs` is 'boss'"),
    "unknown category to listen for": (put("safety_listen", ["Q"]), "", "'Q', which is not known"),
    "unknown lookup": (put("s6.lookup", {"name": "weather"}), "step s6", "`name` is 'weather'"),
    "unknown prefill": (put("s5.prefill", "profile.age"), "step s5", "`prefill` is 'profile.age'"),
    "unknown operator": (shown_if("s4", {"step": "s3", "like": "yes"}), "step s4", "unknown key 'like'"),
    "two operators": (shown_if("s4", {"step": "s2", "at_least": 2, "at_most": 4}), "step s4", "2 operators"),
    "no operator": (shown_if("s4", {"step": "s2"}), "step s4", "0 operators"),
    "a condition as text": (shown_if("s4", "eq(s3, yes)"), "step s4", "is not a mapping"),
    "an empty any": (shown_if("s4", {"any": []}), "step s4", "no list of conditions"),
    "any beside all": (shown_if("s4", {"any": [S1_IS_NONE], "all": [S1_IS_NONE]}), "step s4", "several things at once"),
    "any beside a test": (shown_if("s4", {"any": [S1_IS_NONE], "step": "s3"}), "step s4", "several things at once"),
    "an empty includes": (shown_if("s4", {"step": "s1", "includes": []}), "step s4", "`includes` is empty"),
    "includes without a list": (shown_if("s4", {"step": "s1", "includes": "suk"}), "step s4", "is not a list"),
    "at_least a word": (shown_if("s4", {"step": "s2", "at_least": "four"}), "step s4", "`at_least` is 'four'"),
    "at_least beyond the scale": (shown_if("s4", {"step": "s2", "at_least": 6}), "step s4", "looks for 6"),
    "at_least on a yesno": (shown_if("s4", {"step": "s3", "at_least": 3}), "step s4", "does not fit s3"),
    "includes on a scale": (shown_if("s4", {"step": "s2", "includes": ["a"]}), "step s4", "does not fit s2"),
    "a condition on a text": (
        lambda f: (add_step(id="s8", kind="text", show_if={"step": "s4", "is": "x"})(f)),
        "step s8",
        "does not fit s4, which is a text",
    ),
    "dangling step": (shown_if("s4", {"step": "s99", "is": "yes"}), "step s4", "reads 's99'"),
    "a step that comes later": (shown_if("s3", {"step": "s5", "is": "klar"}), "step s3", "no step before it"),
    "itself": (shown_if("s5", {"step": "s5", "is": "klar"}), "step s5", "no step before it"),
    "dangling step in the closing": (put("closing.show_if", {"step": "s99", "is": "a"}), "closing", "reads 's99'"),
    "dangling step in a suggestion": (
        lambda f: f["closing"]["suggestions"][0].update(show_if={"step": "s99", "is": "a"}),
        "suggestion ask",
        "reads 's99'",
    ),
    "an option that is not there": (shown_if("s4", {"step": "s1", "is": "sved"}), "step s4", "looks for 'sved'"),
    "unreachable: contradiction": (
        shown_if("s4", {"all": [{"step": "s3", "is": "yes"}, {"step": "s3", "is": "no"}]}),
        "step s4",
        "never be shown",
    ),
    "unreachable: empty range": (
        shown_if("s4", {"all": [{"step": "s2", "at_least": 4}, {"step": "s2", "at_most": 3}]}),
        "step s4",
        "never be shown",
    ),
    "unreachable: exclusive and another": (
        shown_if("s4", {"all": [{"step": "s1", "includes": ["suk"]}, {"step": "s1", "includes": ["ingen"]}]}),
        "step s4",
        "never be shown",
    ),
    "unreachable: more than may be chosen": (
        lambda f: (
            step(f, "s1").update(max=1, exclusive=[]),
            shown_if(
                "s4", {"all": [{"step": "s1", "includes": ["suk"]}, {"step": "s1", "includes": ["vrede"]}]}
            )(f),
        ),
        "step s4",
        "never be shown",
    ),
    "unreachable: through a step that is hidden then": (
        shown_if("s4", {"all": [{"step": "s2", "at_least": 1}, S1_IS_NONE]}),
        "step s4",
        "never be shown",
    ),
    "unreachable: required but unanswered": (
        shown_if("s6", {"not": {"step": "s5", "includes": ["klar", "uklar"]}}),
        "step s6",
        "never be shown",
    ),
    "a closing that can never be": (
        put("closing.show_if", {"all": [S1_IS_NONE, {"step": "s2", "is": 3}]}),
        "closing",
        "never be shown",
    ),
    "too many options": (put("s5.options", MANY), "step s5", f"it has {MAX_OPTIONS + 1} options"),
    "one option": (put("s5.options", MANY[:1]), "step s5", "it has 1 options"),
    "no options": (put("s5.options", ...), "step s5", "it has 0 options"),
    "options that are no list": (put("s5.options", {"a": "b"}), "step s5", "is not a list"),
    "option too long": (option("s5", 0, da="x" * 76), "step s5, option klar", "has 76 characters"),
    "question too long": (put("s3.text.da", "x" * 2001), "step s3", "has 2001 characters"),
    "title too long": (put("title.en", "x" * 101), "title", "has 101 characters"),
    "suggestion too long": (
        lambda f: f["closing"]["suggestions"][0].update(da="x" * 76),
        "suggestion ask",
        "has 76 characters",
    ),
    "placeholder in one language only": (put("s6.text.en", "{cell}"), "step s6", "grip stands in one language only"),
    "placeholder under two names": (put("s6.text.da", "{felt}. {grip}"), "step s6", "in one language only"),
    "placeholder that nothing fills": (
        put("s3.text", {"da": "{navn}?", "en": "{navn}?"}),
        "step s3",
        "nothing fills the placeholder navn",
    ),
    "a lone brace": (put("s3.text.da", "Var det {nyt?"), "step s3", "a brace that is not a placeholder"),
    "a formatted placeholder": (put("s6.text.da", "{cell!r} {grip}"), "step s6", "a brace"),
    "options on a text": (put("s4.options", MANY[:2]), "step s4", "`options` does not belong"),
    "labels on a yesno": (put("s3.labels", {1: {}, 5: {}}), "step s3", "`labels` does not belong"),
    "max on a single": (put("s5.max", 2), "step s5", "`max` does not belong"),
    "short on a scale": (put("s2.short", True), "step s2", "`short` does not belong"),
    "required on an info": (put("s6.required", True), "step s6", "`required` does not belong"),
    "required and optional": (put("s5.optional", True), "step s5", "both required and optional"),
    "required as a word": (put("s5.required", "yes"), "step s5", "`required` is 'yes'"),
    "exclusive that is no option": (put("s1.exclusive", ["intet"]), "step s1", "names 'intet'"),
    "max of nothing": (put("s1.max", 0), "step s1", "`max` is 0"),
    "scale without a label for 5": (lambda f: step(f, "s2")["labels"].pop(5), "step s2", "no labels for 1 and 5"),
    "scale without labels": (put("s2.labels", ...), "step s2", "no labels for 1 and 5"),
    "scale with a label for 6": (
        lambda f: step(f, "s2")["labels"].update({6: {"da": "x", "en": "x"}}),
        "step s2",
        "a label for 6",
    ),
    "lookup as a word": (put("s6.lookup", "uncertainty_matrix"), "step s6", "is not a mapping"),
    "lookup that reads too little": (
        put("s6.lookup", {"name": "uncertainty_matrix", "from": ["s5"]}),
        "step s6",
        "reads 2 earlier steps, not 1",
    ),
    "lookup that reads what is not there": (
        put("s6.lookup", {"name": "uncertainty_matrix", "from": ["s5", "s99"]}),
        "step s6",
        "reads 's99'",
    ),
    "lookup that reads what may be blank": (put("s5b.required", False), "step s6", "reads s5b, which can be blank"),
    "lookup on the wrong kind": (
        add_step(id="s8", kind="text", lookup={"name": "phenomena", "from": ["s1"]}),
        "step s8",
        "does not fit a step of kind text",
    ),
    "options beside a lookup that makes them": (
        add_step(id="s8", kind="multi", lookup={"name": "needs"}, options=MANY[:2]),
        "step s8",
        "the lookup needs makes the options",
    ),
    "a condition on options that a lookup makes": (
        lambda f: (
            add_step(id="s8", kind="multi", lookup={"name": "needs"})(f),
            add_step(id="s9", kind="text", show_if={"step": "s8", "includes": ["mening"]})(f),
        ),
        "step s9",
        "options are made when it is shown",
    ),
    "the agreement, but not about an action": (
        add_step(id="s8", kind="info", lookup={"name": "agreement"}),
        "",
        "looks up the agreement",
    ),
    "inherits from nothing": (put("visibility", "inherit"), "", "it inherits its visibility"),
    "locked but shared": (
        lambda f: f.update(visibility="leader_group", visibility_locked=True),
        "",
        "locked but not private",
    ),
    "minutes as text": (put("minutes", "five"), "", "`minutes` is 'five'"),
    "minutes as a boolean": (put("minutes", True), "", "`minutes` is True"),
    "follow-up never": (put("closing.followup_days", 0), "closing", "`followup_days` is 0"),
    "asks nothing": (lambda f: f.update(steps=[]), "", "it asks nothing"),
    "steps as a mapping": (lambda f: f.update(steps={"s1": {}}), "", "`steps` is not a list"),
    "a step that is a word": (lambda f: f["steps"].append("s8"), "step None", "is not a mapping"),
    "touch without a series": (put("s3.touch", 3), "", "step s3 has a touch"),
    "at_touch without a series": (put("closing.at_touch", 3), "", "the closing has at_touch"),
    "series that does not begin today": (
        lambda f: (a_series()(f), f.update(series=[3, 10])),
        "",
        "`series` is [3, 10]",
    ),
    "series with a word": (lambda f: (a_series()(f), f.update(series=[0, "x"])), "", "`series` is [0, 'x']"),
    "a step without a day": (lambda f: (a_series()(f), step(f, "s3").pop("touch")), "", "step s3 has no day"),
    "a day without steps": (lambda f: (a_series()(f), f.update(series=[0, 3, 10])), "", "do not follow the days"),
    "steps out of their days": (a_series(s1=3), "", "do not follow the days"),
    "a closing without a day": (
        lambda f: (a_series()(f), f["closing"].pop("at_touch")),
        "",
        "the closing has no day",
    ),
    "moved to nowhere": (put("moved", {"s0": "s99"}), "", "`moved` leads to 's99'"),
    "moved while it is there": (put("moved", {"s1": "s3"}), "", "which is still a step"),
    "an option moved to nowhere": (put("moved", {"s1.gab": "sved"}), "", "'sved', which is not an option"),
    "moved by number": (put("moved", {1: "s3"}), "", "`moved` has 1"),
    "moved as a list": (put("moved", ["s0"]), "", "`moved` is not a mapping"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_single_mistake_is_refused_in_one_line(name: str):
    edit, where, reason = MISTAKES[name]
    flow = deepcopy(FLOW)
    edit(flow)
    with pytest.raises(ContentError) as refusal:
        read_flow(flow, "flows/X01.yaml")
    said = refusal.value
    assert said.where.startswith("flows/X01.yaml") and where in said.where
    assert reason in said.reason
    assert said.mend
    assert "\n" not in str(said) and len(str(said)) < 400


def test_the_flow_is_right_before_the_mistakes():
    flow = read_flow(deepcopy(FLOW), "flows/X01.yaml")
    assert [one.id for one in flow.steps] == ["s1", "s2", "s3", "s4", "s5", "s5b", "s6"]
    assert flow.step("s4").depends_on == {"s2", "s3"}
    assert flow.step("s6").depends_on == {"s5", "s5b"}


def test_a_series_is_read_by_its_days():
    raw = deepcopy(FLOW)
    a_series()(raw)
    flow = read_flow(raw, "flows/X01.yaml")
    assert [one.id for one in flow.steps_of(0)] == ["s1", "s2", "s3"]
    assert [one.id for one in flow.steps_of(3)] == ["s4", "s5", "s5b", "s6"]


@pytest.mark.parametrize("raw", [None, [], "flow", 7, {}, {"id": None}])
def test_what_is_no_flow_at_all_is_refused(raw: Any):
    with pytest.raises(ContentError):
        read_flow(raw, "flows/X01.yaml")


def test_a_new_wording_is_a_new_release_and_the_same_wording_the_same():
    reworded = deepcopy(FLOW)
    put("s3.text.da", "Var det helt nyt?")(reworded)
    same = dict(reversed(deepcopy(FLOW).items()))
    release = read_flow(deepcopy(FLOW), "x").release
    assert read_flow(same, "x").release == release
    assert read_flow(reworded, "x").release != release


def test_answers_are_carried_over_to_a_release_that_moved_their_steps():
    moved = deepcopy(FLOW)
    moved["moved"] = {"old": "s5", "gone": "", "s1.gab": "suk", "s1.gone": ""}
    flow = read_flow(moved, "x")
    assert flow.step("old") is flow.step("s5")
    assert flow.step("gone") is None
    before = {"old": "klar", "gone": "a text", "s1": ["gab", "gone", "vrede"], "never": "x", "s4": "mine", "s2": 3}
    assert flow.carried(before) == {"s5": "klar", "s1": ["suk", "vrede"], "s4": "mine", "s2": 3}
