"""The dilemmas: all twelve are whole, and one mistake in one is refused in one line that says where and how to mend it."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.cards import spoken
from bot.dialogs.dilemma.alone import AGAIN, CHOICE, flow_alone
from bot.dialogs.dilemma.content import OWN, PERSPECTIVES, WAYS, as_data, kept_dilemma, own_dilemma, read_dilemma
from bot.dialogs.flow_dialog import FlowDialog
from bot.dialogs.house import House
from bot.errors import ContentError
from bot.library import BUNDLED, content_report, load
from bot.yamlfile import read_yaml
from tests.walking import Walk, context

LIBRARY = load()
D03 = "dilemmas/D03_rule_nobody_decided.yaml"
RAW = read_yaml(BUNDLED / D03)


# ---- what is there ---------------------------------------------------------------------------------------


def test_all_twelve_are_there_and_none_is_approved_yet():
    assert sorted(LIBRARY.dilemmas) == [f"D{n:02}" for n in range(1, 13)]
    reported = {proposal.where for proposal in content_report()}
    assert {f"dilemma {id}" for id in LIBRARY.dilemmas} <= reported


def test_those_that_touch_a_duty_say_so():
    assert {one.id for one in LIBRARY.dilemmas.values() if one.duty} == {"D03", "D04", "D05", "D08"}


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_situation_can_be_read_aloud_in_a_minute(language: str):
    for one in LIBRARY.dilemmas.values():
        assert 60 <= len(one.situation.spoken(language).split()) <= 120, one.id


def test_no_dilemma_says_which_way_is_right():
    for one in LIBRARY.dilemmas.values():
        assert all(way.protects and way.risks for way in one.ways), f"{one.id}: every way protects something and risks something"
        assert len({way.label.da for way in one.ways}) == len({way.label.en for way in one.ways}) == 4


def test_every_beacon_of_a_dilemma_is_in_use():
    assert {one.beacon for one in LIBRARY.dilemmas.values()} == {beacon.id for beacon in LIBRARY.active_beacons()}


# ---- what is refused -------------------------------------------------------------------------------------


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
        for part in way:
            raw = raw[part]
        raw[last] = value

    return change


MISTAKES: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
    "three options": (lambda raw: raw["options"].pop(), "D", "it has 3 options"),
    "five options": (lambda raw: raw["options"].append(raw["options"][0]), "D", "it has 5 options"),
    "options out of order": (lambda raw: raw["options"].reverse(), "D", "its options are d, c, b, a"),
    "an option twice": (_set("options.1.id", "a"), "D", "its options are a, a, c, d"),
    "an option with a boolean id": (_set("options.1.id", True), "option True", "by YAML as true"),
    "an option that protects nothing": (lambda raw: raw["options"][2].pop("protects"), "option c", "`protects` is missing"),
    "an option without a label": (lambda raw: raw["options"][0].pop("label"), "option a", "`label` is missing"),
    "a label too long for a menu": (_set("options.0.label.en", "x" * 61), "option a, label", "61 characters"),
    "an option too long to be read aloud": (_set("options.3.da", "x" * 201), "option d", "201 characters"),
    "a situation too long for a card": (_set("situation.da", "x" * 1201), "situation", "1201 characters"),
    "a title too long for a menu": (_set("title.da", "x" * 61), "title", "61 characters"),
    "a title and a line too long together": (lambda raw: (_set("title.en", "x" * 40)(raw), _set("about.en", "x" * 40)(raw)), "D", "too long together"),
    "two questions": (lambda raw: raw["questions"].pop(), "D", "it has 2 questions"),
    "a question in one language": (_set("questions.1", {"da": "Hvad?"}), "question 2", "`en` is missing"),
    "a chair left out": (lambda raw: raw["perspectives"].pop("trio"), "perspectives", "`trio` is missing"),
    "a chair too many": (_set("perspectives.boss", {"da": "x", "en": "x"}), "perspectives", "unknown key 'boss'"),
    "an unknown key": (_set("answer", "a"), "D", "unknown key 'answer'"),
    "no source": (lambda raw: raw.pop("source"), "D", "`source` is missing"),
    "an empty duty": (_set("duty", {"da": " ", "en": "x"}), "duty", "`da` is empty"),
    "a brace": (_set("situation.da", "Du {kommer ind"), "situation", "a brace that is not a placeholder"),
    "a placeholder": (_set("question", {"da": "{x}?", "en": "{x}?"}), "question", "nothing fills the placeholder x"),
    "a number for a text": (_set("title.en", 7), "title", "is 7, not a text"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_refused_in_one_line(name: str):
    change, where, reason = MISTAKES[name]
    raw = copy.deepcopy(RAW)
    change(raw)
    with pytest.raises(ContentError) as refusal:
        read_dilemma(raw, D03)
    said = refusal.value
    assert said.where.startswith(D03) and where in said.where and reason in said.reason, str(said)
    assert said.mend and "\n" not in str(said)


FOLDER_MISTAKES = {
    "a file with another dilemma": (lambda f: (f / D03).rename(f / "dilemmas/D13_x.yaml"), "D13_x.yaml", "holds the dilemma D03"),
    "a dilemma twice": (lambda f: shutil.copy(f / D03, f / "dilemmas/D03_again.yaml"), D03, "stands in two files"),
    "the name of what groups write": (lambda f: _rewrite(f, "id: D03", f"id: {OWN}"), D03, "what a group writes itself"),
    "the wrong ending": (lambda f: (f / D03).rename(f / "dilemmas/D03.yml"), "D03.yml", "not a .yaml file"),
    "an unknown beacon": (lambda f: _rewrite(f, "beacon: baere", "beacon: uhaere"), "D03", "is not known"),
    "an unknown source": (lambda f: _rewrite(f, "000§Impl-2", "000§Impl-9"), "D03", "'000§Impl-9' is not known"),
    "the id of a flow": (
        lambda f: (_rewrite(f, "id: D03", "id: F01"), (f / D03).rename(f / "dilemmas/F01_x.yaml")), "dilemma F01", "a flow has the same id"),
}  # fmt: skip


def _rewrite(folder: Path, old: str, new: str) -> None:
    text = (folder / D03).read_text("utf-8")
    assert old in text
    (folder / D03).write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "content"))


@pytest.mark.parametrize("name", FOLDER_MISTAKES)
def test_a_folder_with_one_mistake_does_not_load(name: str, folder: Path):
    change, where, reason = FOLDER_MISTAKES[name]
    change(folder)
    with pytest.raises(ContentError) as refusal:
        load(folder)
    assert where in refusal.value.where and reason in refusal.value.reason, str(refusal.value)


def test_a_folder_without_dilemmas_loads(folder: Path):
    shutil.rmtree(folder / "dilemmas")
    library = load(folder)
    assert not library.dilemmas and not library.alone


# ---- kept, and written by people -------------------------------------------------------------------------


@pytest.mark.parametrize("id", LIBRARY.dilemmas)
def test_what_a_game_keeps_is_the_dilemma_again(id: str):
    kept = kept_dilemma(as_data(LIBRARY.dilemmas[id]))
    assert kept == LIBRARY.dilemmas[id]


FOUR = ("Spørge først", "Vente", "Sige fra", "Tage det i TRIO")


def test_what_a_group_writes_goes_through_the_same_door():
    own = own_dilemma("Der er for få på arbejde {i dag}.", "Hvad nu?", FOUR, LIBRARY.say)
    assert own.is_own and [way.label.en for way in own.ways] == list(FOUR) and set(own.perspectives) == set(PERSPECTIVES)
    assert kept_dilemma(as_data(own)) == own
    assert spoken(own.situation, "en") == "Der er for få på arbejde (i dag)."


@pytest.mark.parametrize(
    ("situation", "ways", "reason"),
    [("", FOUR, "empty"), ("x" * 1201, FOUR, "1201"), ("Kort", FOUR[:3], "3 options"), ("Kort", (*FOUR[:3], "x" * 61), "61")],
)
def test_what_does_not_fit_is_refused(situation: str, ways: tuple[str, ...], reason: str):
    with pytest.raises(ContentError, match=reason):
        own_dilemma(situation, "Hvad nu?", ways, LIBRARY.say)


# ---- alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("id", LIBRARY.dilemmas)
def test_alone_one_chooses_weighs_and_chooses_again(id: str, language: str, house: House):
    dilemma, flow = LIBRARY.dilemmas[id], LIBRARY.alone[id]
    walk = Walk(FlowDialog(flow, house), context(flow), {CHOICE: "b", AGAIN: "c"}, language).go()
    first, second, third, *_ = walk.seen
    on_first, on_second = _said(first), _said(second)
    assert all(way.text.spoken(language) in on_first for way in dilemma.ways)
    assert not any(way.risks.spoken(language) in on_first for way in dilemma.ways), "what is weighed comes after the choice"
    for way in dilemma.ways:
        assert way.protects.spoken(language) in on_second and way.risks.spoken(language) in on_second
    if dilemma.duty:
        assert dilemma.duty.spoken(language) in _said(third) and dilemma.duty.spoken(language) not in on_first + on_second
    assert walk.is_finished and walk.saved[CHOICE].answer == "b" and walk.saved[AGAIN].answer == "c"


def _said(page: dict[str, Any]) -> str:
    return "\n".join(str(field["label"]) for field in page["fields"])


def test_what_is_written_alone_stays_private():
    for id in LIBRARY.dilemmas:
        flow = LIBRARY.alone[id]
        assert flow.visibility == "private" and flow.visibility_locked
        assert [way.id for way in LIBRARY.dilemmas[id].ways] == [option.id for option in flow.step(CHOICE).options] == list(WAYS)


def test_a_dilemma_too_long_for_a_page_is_refused_when_it_is_read():
    raw = copy.deepcopy(RAW)
    for option in raw["options"]:
        option["protects"] = option["risks"] = {"da": "x" * 200, "en": "x" * 200}
        option["label"] = {"da": "x" * 60, "en": "x" * 60}
    assert flow_alone(read_dilemma(raw, D03), LIBRARY.say)  # as long as each may be, it still fits
