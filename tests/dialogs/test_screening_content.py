"""The rules and cards as data: what is refused, and that nothing of the cards is lost."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from bot.cards import LANGUAGES
from bot.dialogs.screening import URGENCY, load_care, load_rules, read_care, read_rules
from bot.dialogs.screening.rules import NOT_RULES, load_files
from bot.errors import ContentError

SAFETY = Path(__file__).parents[2] / "bot" / "content" / "safety"
RULES = load_files(p for p in SAFETY.glob("*.yaml") if p.name not in NOT_RULES)
CARE = load_files(SAFETY / name for name in NOT_RULES)


def put(*path):
    """A change of the data: sets the last of `path` at the place the others lead to; None takes it away."""
    *way, last, value = path

    def change(data):
        for step in way:
            data = data[step]
        if value is None:
            del data[last]
        else:
            data[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        (put("danger.yaml", "trigers", []), "safety/danger.yaml", "unknown key `trigers`"),
        (put("danger.yaml", "triggers", 0, "en", None), "danger.yaml, rule weapon_now", "`en` is missing"),
        (put("danger.yaml", "triggers", 0, "da", []), "danger.yaml, rule weapon_now", "`da` is not a list"),
        (put("danger.yaml", "triggers", 0, "da", [True]), "danger.yaml, rule weapon_now", "`da` holds True"),
        (put("danger.yaml", "triggers", 0, "da", ["@weapn"]), "danger.yaml, rule weapon_now", "names no set"),
        (put("danger.yaml", "triggers", 0, "da", ["kniv …"]), "danger.yaml, rule weapon_now", "cannot end with …"),
        (put("danger.yaml", "triggers", 0, "da", ["kn*"]), "danger.yaml, rule weapon_now", "fewer than 3 letters"),
        (put("danger.yaml", "triggers", 0, "da", ["kni*"]), "danger.yaml, rule weapon_now", "cannot be found"),
        (put("danger.yaml", "triggers", 0, "da", ["a,b"]), "danger.yaml, rule weapon_now", "not one word"),
        (put("danger.yaml", "triggers", 0, "route", "D"), "danger.yaml, rule weapon_now", "unknown route 'D'"),
        (put("danger.yaml", "triggers", 0, "id", "kill"), "safety", "`kill` is given twice"),
        (put("danger.yaml", "triggers", 0, "id", None), "danger.yaml, triggers 1", "without an id"),
        (put("support.yaml", None), "safety", "no rule for the route S"),
        (put("masks.yaml", "masks", 0, None), "safety", "no rule for the mask cpr"),
        (put("masks.yaml", "masks", 0, "replacement", "en", None), "masks.yaml, rule cpr, replacement", "`en` is missing"),
        (put("masks.yaml", "masks", 1, "patterns", ["(a"]), "masks.yaml, rule email", "regular expression"),
        (put("masks.yaml", "masks", 1, "patterns", ["a*"]), "masks.yaml, rule email", "matches nothing"),
        (put("masks.yaml", "warnings", 0, "needs", ["Stue"]), "masks.yaml, rule room", "small letters"),
        (put("people.yaml", None), "safety", "given 0 times"),
        (put("people.yaml", "people", "titles", None), "people.yaml, people", "`titles` is missing"),
    ],
)
def test_wrong_rules_are_refused_with_place_and_mend(change, where, reason):
    raw = copy.deepcopy(RULES)
    change(raw)
    with pytest.raises(ContentError) as refused:
        read_rules(raw, "safety")
    assert where in refused.value.where
    assert reason in refused.value.reason
    assert refused.value.mend and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        (put("cards.yaml", "cards", "B", None), "cards.yaml, cards", "`B` is missing"),
        (put("cards.yaml", "cards", "A", "lines", 0, "en", "Call now"), "cards.yaml, card A", "different places"),
        (put("cards.yaml", "cards", "A", "calls", ["r114"]), "cards.yaml, card A", "{r112} is not one of the card's calls"),
        (put("cards.yaml", "cards", "A", "lines", 0, "da", "Ring {r112"), "cards.yaml, card A", "Ring {r112"),
        (put("cards.yaml", "cards", "A", "lines", []), "cards.yaml, card A", "`lines` is not a list"),
        (put("cards.yaml", "cards", "A", "calls", [112]), "cards.yaml, card A, calls", "not a list of ids"),
        (put("hints.yaml", "notes", "cpr", "da", " "), "hints.yaml, notes, cpr", "`da` has no text"),
        (put("hints.yaml", "hints", "smell", {}), "hints.yaml, hints", "unknown key `smell`"),
    ],
)
def test_wrong_cards_are_refused_with_place_and_mend(change, where, reason):
    raw = copy.deepcopy(CARE)
    change(raw)
    with pytest.raises(ContentError) as refused:
        read_care(raw, "safety")
    assert where in refused.value.where
    assert reason in refused.value.reason


def test_wrong_yaml_is_refused_with_its_place(tmp_path):
    (tmp_path / "words.yaml").write_text("sets: [", encoding="utf-8")
    with pytest.raises(ContentError, match="words.yaml.*line"):
        load_rules(tmp_path)


def test_every_mask_and_hint_has_its_words():
    rules, care = load_rules(SAFETY), load_care(SAFETY)
    assert set(care.notes) == {mask.id for mask in rules.masks}
    assert set(care.hints) == {"name", "health", *(warn.id for warn in rules.warnings)}


def test_every_card_says_that_nobody_is_told():
    for card in load_care(SAFETY).cards.values():
        assert "ikke alarm" in card.lines[-1].da
        assert "no alarm" in card.lines[-1].en


# What the spec puts on each card, in its own words (numbers are filled in from the routes).
_CARDS = {
    "A": ["Stop her og handl først", "{r112} ved fare for liv eller helbred", "{r114}", "beredskab, og få en kollega med", "kan ikke tilkalde hjælp", "bagefter"],
    "B": ["andet sted end i refleksionen", "{r112} / jeres beredskab", "er tryg", "lederens leder", "registreres og indberettes", "under 18", "pligt til at underrette", "anmeld det, og tal med AMR", "whistleblowerordning og socialtilsynets", "Skriv ikke navne"],
    "C": ["for vigtigt til en bot", "ring {r112}", "egen læge (hverdage kl. 8–16)", "lægevagten {laegevagt_midt}", "Livslinien {livslinien}", "du skal ikke vente", "ét menneske", "gemmer jeg ikke"],
    "S": ["helt i orden", "en lederkollega", "AMR/TRIO", "psykologordning", "HR-coach", "egen læge", "sætte en dato"],
    "W": ["TR eller AMR", "lov nr. 1436 af 29/6 2021", "whistleblower.dk", "anonym ordning", "ikke en whistleblowerordning"],
    "P": ["personalesag", "mønstret og din egen rolle", "HR/Løn og Personale", "bede om at se det"],
}


@pytest.mark.parametrize("category", URGENCY)
def test_nothing_of_a_card_is_lost(category):
    card = load_care(SAFETY).cards[category]
    said = " ".join(words.da for words in (card.title, *card.lines))
    assert [part for part in _CARDS[category] if part not in said] == []
    filled = [line.fill(**{route: "70 00 00 00" for route in card.calls}).spoken(language) for line in card.lines for language in LANGUAGES]
    assert not any("{" in line for line in filled)
    assert len(card.lines) == len({line.en for line in card.lines})


def test_despair_is_never_shown_one_route_only():
    calls = load_care(SAFETY).cards["C"].calls
    assert {"r112", "laegevagt_midt", "egen_laege", "livslinien"} <= set(calls)
