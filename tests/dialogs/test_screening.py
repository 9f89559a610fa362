"""What screening hears, masks and points out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.dialogs.screening import ALWAYS, URGENCY, Screen, Screened, load_rules, replace_span

SAFETY = Path(__file__).parents[2] / "bot" / "content" / "safety"
SENTENCES = yaml.safe_load((Path(__file__).parent / "screening_sentences.yaml").read_text(encoding="utf-8"))
EVERY = [(group, item) for group, items in SENTENCES.items() for item in items]

# How many sentences may come out wrong. Those that do are `known_miss` in the file; where card A or C is missed, with `why`.
MOST_KNOWN_MISSES = 7


@pytest.fixture(scope="module")
def screen() -> Screen:
    return Screen(load_rules(SAFETY), frozenset({"yrsa", "Karla"}))


def kinds(screened: Screened) -> list[tuple[str, str]]:
    return [(s.kind, s.word) for s in screened.suspects]


# -- route cards ------------------------------------------------------------------------------------------------------


def test_every_sentence_brings_its_cards(screen):
    wrong = []
    for group, item in EVERY:
        wanted = item["now"] if item.get("known_miss") else item["routes"]
        heard = list(screen.read(item["text"]).routes)
        if heard != wanted:
            wrong.append(f"{group:9} wanted {''.join(wanted) or '-':3} heard {''.join(heard) or '-':3} {item['text']}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_misses_are_few_and_where_danger_or_despair_is_missed_the_reason_is_given():
    misses = [item for _, item in EVERY if item.get("known_miss")]
    assert len(misses) <= MOST_KNOWN_MISSES
    for item in misses:
        assert item.get("why") or not {"A", "C"} & set(item["routes"]), item["text"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_there_are_enough_sentences_and_half_are_innocent(language):
    items = SENTENCES[language]
    innocent = [item for item in items if not item["routes"]]
    assert len(items) >= 80
    assert len(innocent) >= 0.4 * len(items)


@pytest.mark.parametrize("item", [i for _, i in EVERY if i["routes"] and not i.get("known_miss")], ids=lambda i: i["text"][:40])
def test_cards_come_however_it_is_typed(screen, item):
    typed = item["text"].replace("æ", "ae").replace("ø", "oe").replace("å", "aa").replace("Å", "Aa").replace("Ø", "Oe")
    assert screen.read(typed).routes == tuple(item["routes"])
    if "P" not in item["routes"]:
        assert screen.read(item["text"].upper()).routes == tuple(item["routes"])
        assert screen.read(item["text"].replace(" ", "\n", 1)).routes[:1] == tuple(item["routes"][:1]) or item["routes"][0] not in "AC"


def test_only_what_is_listened_for_is_heard(screen):
    text = "Jeg er udbrændt og orker ikke at leve længere"
    assert screen.read(text).routes == ("C",)
    assert screen.read(text, listen=ALWAYS | {"S"}).routes == ("C", "S")
    assert screen.read(text, listen=frozenset()).routes == ()


def test_the_most_urgent_card_comes_first(screen):
    text = "Karla drikker. Ledelsen dækker over det. Han slog en borger. Jeg vil ikke leve mere. Det brænder i kælderen. Jeg er udbrændt."
    assert screen.read(text, listen=frozenset(URGENCY)).routes == URGENCY


def test_despair_is_heard_across_sentences_but_violence_is_not(screen):
    assert screen.read("Jeg orker ikke. At leve mere.").routes == ("C",)
    assert screen.read("Klokken slog. Borgeren sov.").routes == ()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Han slog mig ned på gangen", "B"),
        ("Han slog borgeren mod døren", "B"),
        ("Hun blev skubbet i trappen", "B"),
        ("De bruger hårde hænder og råber", "B"),
        ("Han skyder på en kollega", "A"),
        ("På arbejde slog han ham ihjel", "A"),
        ("He was pushed to the floor", "B"),
        ("He hit me when I said no", "B"),
        ("He will kill the resident", "A"),
        ("The fire alarm is ringing", "A"),
        ("Jeg kan ikke mere nu", "C"),
        ("Jeg ønsker ikke at være her mere, jeg sad til mødet og græd", "C"),
    ],
)
def test_an_idiom_hides_nothing_that_is_meant(screen, text, first):
    assert screen.read(text).routes[:1] == (first,)


def test_negation_is_not_understood_on_purpose(screen):
    assert screen.read("Han har aldrig slået en borger").routes == ("B",)


def test_the_card_on_a_person_needs_something_like_a_name(screen):
    assert screen.read("En kollega er sygemeldt med stress").routes == ()
    assert screen.read("Vi talte om, at Torben er sygemeldt").routes == ("P",)
    assert screen.read("Torben holdt ferie. Mange er sygemeldte").routes == ()


# -- names and other hints --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("vi talte med karla i dag", "karla"),
        ("Karlas vagt var lang", "Karlas"),
        ("Karla's shift was long", "Karla"),
        ("I går sagde Thyra fra", "Thyra"),
        ("Jeg spurgte Thyra Testesen om det", "Thyra Testesen"),
        ("Jeg mødte Anne-Thyra på gangen", "Anne-Thyra"),
        ("Jeg hørte det fra fru testesen", "testesen"),
        ("Vi ringede til hr. Testesen", "Testesen"),
        ("Vi skrev til moren til thyra", "thyra"),
        ("I talked to the father of Thyra", "Thyra"),
        ("Mrs. Testesen asked, and I said yes", "Testesen"),
        ("Jeg talte med Bo om vagten", "Bo"),
        ("Hans er ikke enig", "Hans"),
        ("Vi talte med borgeren April om det", "April"),
        ("fx Thyra var glad", "Thyra"),
        ("Så kom 😀Karla😀 forbi", "Karla"),
    ],
)
def test_names_are_pointed_out(screen, text, word):
    assert ("name", word) in kinds(screen.read(text))


@pytest.mark.parametrize(
    "text",
    [
        "Teamet holdt møde. Derefter gik vi hjem.",
        "Jeg taler med TRIO og AMR på Tirsdag",
        "Jeg brugte VIPS og Nexus i April",
        "I think I will ask HR on Monday in English",
        "Vi var i Danmark til Jul – og i Aarhus",
        "Jeg spurgte: Hvad har vi brug for?",
        "Hun sagde: \"Kan vi vente?\"",
        "Det er hans ansvar, per dag, så bo der er tom",
        "HR eller coach",
        "Vi mødtes kl. 14. Der var kaffe",
        "The citizen must miss it when the father has to know",
        "- Første punkt\n- Andet punkt\n1. Tredje",
        "Mit liv, min mark og det store will",
        "Pejlemærket om Bæredygtigt arbejdsmiljø og Forråelse",
        "Han er far til to og mor til en anden",
        "😀 Super 🎉 dag",
        "",
    ],
)
def test_ordinary_words_are_no_names(screen, text):
    assert kinds(screen.read(text)) == []


def test_without_the_municipalitys_list_small_letters_hide_a_rare_name():
    bare = Screen(load_rules(SAFETY))
    assert kinds(bare.read("vi talte med yrsa i dag")) == []
    assert kinds(bare.read("vi talte med mette i dag")) == [("name", "mette")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vi mødtes på værelse 12", [("room", "værelse 12")]),
        ("Det var ham på 4, der ringede", [("room", "ham på 4")]),
        ("She told him in 12 about it", [("room", "him in 12")]),
        ("Jeg arbejdede med hende i 2 timer", []),
        ("Vi talte om pejlemærke nr. 2", []),
        ("Hun er født 1.2.36", [("birth", "1.2.36")]),
        ("She was born 3 March 1936", [("birth", "3 March 1936")]),
        ("Mødet er flyttet til 1.2.26", []),
        ("Borgeren er skizofren", [("health", "skizofren")]),
        ("Jeg talte med Thyra om hendes demens", [("name", "Thyra"), ("health", "demens")]),
        ("Min kollega er sygemeldt", [("health", "sygemeldt")]),
        ("My colleague is off sick", [("health", "off sick")]),
        ("Vi lærte om demens på kurset", []),
        ("En borger med demens fik besøg", []),
        ("Borgeren var glad. Vi lærte om demens", []),
    ],
)
def test_rooms_births_and_health_are_asked_about(screen, text, expected):
    assert kinds(screen.read(text)) == expected


def test_a_hint_can_be_changed_to_a_role(screen):
    screened = screen.read("I går ringede Thyra Testesen til karla")
    text = screened.text
    for suspect in reversed(screened.suspects):
        text = replace_span(text, suspect.start, suspect.end, "[en kollega]")
    assert text == "I går ringede [en kollega] til [en kollega]"
    assert screen.read(text).suspects == ()
