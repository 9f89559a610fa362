"""Everything there is to show, drawn for Slack in both languages: within Slack's limits, nothing cut, nothing reworded."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot import prompts
from bot.app import About, furnish
from bot.cards import Button, Card, Choice, Field, Form, Hint, plain, spoken
from bot.channels.slack.fields import letter
from bot.channels.slack.limits import TooLong
from bot.channels.slack.messages import draw_message
from bot.channels.slack.modals import draw_form
from bot.channels.slack.submitted import read_form
from bot.channels.slack.writing import as_read, marked, pieces
from bot.dialogs import care, flow_cards
from bot.dialogs.arrival import Arrival
from bot.dialogs.desk import Desk
from bot.dialogs.facts import Facts, RhythmFacts
from bot.dialogs.flow_dialog import FlowDialog
from bot.dialogs.turn import Agreement, Context, Known, Say, Turn
from bot.events import Chose, Submitted, Wrote
from tests.channels.slack.client import Modal
from tests.channels.slack.rules import broken_message, broken_view
from tests.furniture import load

LIBRARY = load()
HOUSE = furnish(LIBRARY, frozenset({"karla"}), About("Kommunen", "https://kommunen.example.dk/privatliv", "dpo@example.dk"))
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
KNOWN = Known("ana", "da", "lm", "c1", leader="Bent Bo", groups=("Ledergruppen",))
LANGUAGES = ("da", "en")
COMMANDS = ("hjælp", "start", "logbog", "aftaler", "delt med mig", "pause", "sprog", "hent mine data", "slet mine data", "hvem kan se", "rytme", "link", "privatliv", "tid", "hej", "tak", "farvel", "noget andet")  # fmt: skip


def texts(language: str) -> Any:
    return lambda key, **values: LIBRARY.say(f"slack.{key}", **values).spoken(language)


def facts(**more: Any) -> Facts:
    version = LIBRARY.say("arrival.version").da
    given = {"notice_version": version, "welcomed": True, "rhythm": RhythmFacts(1, "09:00", 2), "centres": (("c1", "Center Nord"),)}
    given |= {"counts": {"entries": 12, "actions": 3, "drafts": 1}, "open_run": "r1", "open_flow": "F01", **more}
    return Facts(person=KNOWN, now=NOW, today=NOW.date(), waiting=None, **given)


def context(touch: int | None = None, **more: Any) -> Context:
    agreed = Agreement("a1", "Jeg spørger én i aftenvagten & lytter <længe>", "mig", date(2026, 12, 1), "trio", "my_leader", date(2026, 11, 3), "F01")
    return Context("r1", KNOWN, NOW, NOW.date(), agreement=agreed, open_agreement=agreed, touch=touch, **more)


# ---- everything there is ---------------------------------------------------------------------------------


def cards() -> Iterator[tuple[str, Card]]:
    """Every card that can be sent."""
    desk, when = Desk(HOUSE), date(2026, 11, 3)
    for flow in LIBRARY.flows.values():
        why = prompts.why_again if hasattr(prompts, "why_again") else LIBRARY.say("prompts.why_again")
        yield f"prompt {flow.id}", prompts.prompt_card(LIBRARY, flow, "o1", why)
        yield f"touch {flow.id}", prompts.touch_card(LIBRARY, flow, "o1")
        yield f"draft {flow.id}", prompts.draft_card(LIBRARY, flow, "run:r1")
        yield f"followup {flow.id}", prompts.followup_card(LIBRARY, "o1", when, flow, is_last=True)
        for name in ("halfway", "dropped", "ask_on_page"):
            yield f"{name} {flow.id}", getattr(flow_cards, name)(flow, context(), HOUSE.say)
    yield "less", prompts.less_card(LIBRARY, "o1", 1)
    yield "less_planned", prompts.planned_less_card(LIBRARY, "o1", True)
    for category in HOUSE.care.cards:
        yield f"care {category}", care.message(HOUSE, category)
    yield "neutral", care.neutral(HOUSE)
    for state in ("new", "declined", "active"):
        yield f"arrival {state}", Arrival(HOUSE).card(replace(facts(), person=replace(KNOWN, state=state), notice_version=""))
    for line in COMMANDS:
        yield from said(f"wrote {line}", desk.resume(Wrote(id="1", text=line), facts()))
    for action in ("who", "less", "help", "start", "language"):
        yield from said(f"chose {action}", desk.resume(Chose(id="1", subject="", action=action), facts()))


def said(name: str, turn: Turn) -> Iterator[tuple[str, Card]]:
    yield from ((f"{name} {n}", effect.card) for n, effect in enumerate(turn.effects) if isinstance(effect, Say))
    if turn.card:
        yield name, turn.card


def forms() -> Iterator[tuple[str, Form]]:
    """Every page of every flow, answered with the longest there is, with hints, errors and route cards; and the desk's pages."""
    for flow in LIBRARY.flows.values():
        dialog = FlowDialog(flow, HOUSE)
        for touch in flow.series or (None,):
            yield from walked(flow.id, dialog, context(touch))
    for category in HOUSE.care.cards:
        held = {"typed": {"s1": "Han slog " * 300, "s2": ["a", "b"]}, "button": "next", "seen": [category], "kept": ["karla"], "flagged": ["s1"]}
        yield f"care {category}", care.form(HOUSE, category, "r1", "s1", held)
    desk = Desk(HOUSE)
    yield "arrival", desk.arrival.form(facts())
    yield "settings", desk.arrival.settings(facts())
    for action in ("pick", "erase", "settings", "arrive"):
        turn = desk.resume(Chose(id="1", subject="", action=action), facts())
        if turn.form:
            yield f"desk {action}", turn.form
    for page, button in (("erase", "erase"), ("erase", "keep"), ("start", "next")):
        turn = desk.resume(Submitted(id="1", run="", page=page, button=button), facts())
        if turn.form:
            yield f"desk {page} {button}", turn.form


def walked(name: str, dialog: FlowDialog, ctx: Context) -> Iterator[tuple[str, Form]]:
    """Through a flow, always on: each page as it comes, and as it looks with everything wrong."""
    turn, state, n = dialog.begin(ctx), None, 0
    while turn.form is not None and n < 30:
        n, form, state = n + 1, turn.form, turn.state or state
        yield f"{name} {ctx.touch} {n} {form.page}", form
        if form.closed:
            return
        if form.care:
            typed, button = {}, "care_continue"
        else:
            typed, button = {field.id: filled(field) for field in form.fields if field.kind != "info"}, "next"
            wrong = dialog.resume(state, sent(form, {**typed, **{f.id: "Karla fra nr. 3 ringede" for f in form.fields if f.kind == "text"}}, "next"), ctx)
            if wrong.form is not None:
                yield f"{name} {ctx.touch} {n} pointed out", wrong.form
        turn = dialog.resume(state, sent(form, typed, button), ctx)


def sent(form: Form, values: dict[str, Any], button: str) -> Submitted:
    return Submitted(id="1", run=form.run, page=form.page, button=button, values=values, held=form.held)


def filled(field: Field) -> Any:
    ids = [choice.id for choice in field.choices]
    match field.kind:
        case "multi":
            return [one for one in ids if one not in field.exclusive][: field.max or None]
        case "text":
            return ("Vi talte om det & blev <enige>. " * 200)[: 290 if field.short else 2990]
        case "date":
            return (NOW.date() + timedelta(days=9)).isoformat()
        case "time":
            return "08:30"
    return ids[-1] if ids else None


CARDS, FORMS = list(cards()), list(forms())


def test_there_is_a_lot_to_draw():
    assert len(CARDS) > 120 and len(FORMS) > 150
    shown = {name.split()[0] for name, _ in FORMS}
    assert set(LIBRARY.flows) <= shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_is_a_message_that_slack_takes(language):
    for name, card in CARDS:
        message = draw_message(spoken(card, language), texts(language))
        assert broken_message(message) == [], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_and_button_of_a_card_stands_in_its_message(language):
    for name, card in CARDS:
        message = draw_message(spoken(card, language), texts(language))
        there = html.unescape(json.dumps(message["blocks"], ensure_ascii=False))
        for words in (*card.text, *([card.title] if card.title else []), *(one.label for one in card.buttons)):
            for line in words.spoken(language).replace('"', '\\"').split("\n"):
                assert line.replace("**", "").replace("https://", "") in there.replace("*", "").replace("<https://", "").replace(">", ""), (name, line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_screen_shows_only_what_it_may(language):
    """Both `text` and the first block are the card's notice, where it has one."""
    for name, card in CARDS:
        if card.notice is None:
            continue
        message, notice = draw_message(spoken(card, language), texts(language)), card.notice.spoken(language)
        assert message["text"] == notice, name
        first = message["blocks"][0]
        assert (first["elements"][0]["text"] if first["type"] == "context" else first["text"]["text"]) == notice, name


def test_a_route_card_says_nothing_on_a_lock_screen():
    for category in HOUSE.care.cards:
        card = spoken(care.message(HOUSE, category), "da")
        message = draw_message(card, texts("da"))
        assert card["title"] not in (message["text"], json.dumps(message["blocks"][0], ensure_ascii=False))
        assert card["title"] not in json.dumps(message["blocks"][0], ensure_ascii=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_page_is_a_modal_that_slack_takes(language):
    for name, form in FORMS:
        view = draw_form(spoken(form, language), texts(language))
        assert broken_view(view) == [], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_a_form_page_stands_in_its_modal(language):
    for name, form in FORMS:
        view = draw_form(spoken(form, language), texts(language))
        there = html.unescape(json.dumps(view, ensure_ascii=False)).replace("*", "").replace("<https://", "").replace(">", "")
        options = [choice.text for field in form.fields for choice in field.choices]
        labels = [field.label for field in form.fields] + [field.help for field in form.fields if field.help]
        for words in (form.title, *form.lead, *form.notes, *options, *labels, *(one.label for one in form.buttons)):
            for line in words.spoken(language).replace('"', '\\"').split("\n"):
                assert line.replace("**", "").replace("https://", "").replace(">", "") in there, (name, line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_a_page_comes_back_when_it_is_sent(language):
    """Drawn, sent unchanged, read: the same values, the same place, and what it held."""
    for name, form in FORMS:
        view = draw_form(spoken(form, language), texts(language))
        read = read_form({**view, "state": Modal(view).state()})
        assert (read.run, read.page) == (form.run, form.page), name
        assert read.held == json.loads(json.dumps(form.held)), name
        for field in form.fields:
            if field.kind == "info":
                continue
            kept = field.value if field.kind == "multi" else ("" if field.value is None else str(field.value))
            back = read.values[field.id]
            assert (back or "") == kept or (not back and not kept), (name, field.id)


# ---- drawing itself --------------------------------------------------------------------------------------


def form_with(*fields: Field, **more: Any) -> Form:
    buttons = more.pop("buttons", (Button("next", plain("Videre"), style="primary"),))
    return Form("r1", "p1", plain("Titel"), fields, buttons, **more)


def drawn(form: Form) -> dict[str, Any]:
    return draw_form(spoken(form, "da"), texts("da"))


def test_over_ten_options_become_a_list_and_over_a_hundred_are_refused():
    def field(count: int, kind: Any) -> Field:
        return Field("f", kind, plain("Hvad?"), choices=tuple(Choice(str(n), plain(f"Valg {n}")) for n in range(count)))

    kinds = {(10, "multi"): "checkboxes", (11, "multi"): "multi_static_select", (10, "single"): "radio_buttons", (11, "single"): "static_select"}
    for (count, kind), element in kinds.items():
        view = drawn(form_with(field(count, kind)))
        assert view["blocks"][0]["element"]["type"] == element
        assert broken_view(view) == []
    with pytest.raises(TooLong):
        drawn(form_with(field(101, "single")))


def test_long_options_stand_in_full_beside_letters():
    long = tuple(Choice(str(n), plain(f"{n} " + "et langt valg " * 10)) for n in range(3))
    view = drawn(form_with(Field("f", "single", plain("Hvad?"), choices=long, value="1")))
    assert [one["text"]["text"] for one in view["blocks"][-1]["element"]["options"]] == ["A", "B", "C"]
    assert view["blocks"][-1]["element"]["initial_option"]["value"] == "1"
    told = [one["text"]["text"] for one in view["blocks"] if one["type"] == "section"]
    assert told[1] == "*B*  " + long[1].text.da and broken_view(view) == []


def test_letters_go_on_after_z():
    assert [letter(n) for n in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_a_label_too_long_for_slacks_own_button_stands_above_it():
    form = form_with(Field("f", "text", plain("Hvad?")), buttons=(Button("accept", plain("Jeg har læst det og vil gerne begynde"), style="primary"),))
    view = drawn(form)
    assert view["submit"]["text"] == "Videre"
    assert "Jeg har læst det og vil gerne begynde" in view["blocks"][-1]["text"]["text"]
    assert read_form({**view, "state": Modal(view).state()}).button == "accept"


def test_what_was_typed_before_a_route_card_stands_in_fields_and_not_in_the_metadata():
    form = spoken(care.form(HOUSE, "C", "r1", "s1", {"typed": {"s1": "Jeg orker ikke", "s2": ["a"]}, "button": "next", "seen": ["C"]}), "da")
    view = draw_form(form, texts("da"))
    assert "orker" not in view["private_metadata"]
    assert [one["element"]["initial_value"] for one in view["blocks"] if one["type"] == "input"] == ["Jeg orker ikke"]


def test_decisions_that_do_not_fit_the_metadata_are_asked_about_again():
    words = sorted(f"navn-nummer-{n:04}" for n in range(400))
    view = drawn(form_with(Field("f", "text", plain("Hvad?")), held={"seen": [], "kept": words}))
    assert broken_view(view) == []
    kept = read_form({**view, "state": Modal(view).state()}).held["kept"]
    assert kept == words[: len(kept)] and 100 < len(kept) < 400


def test_signs_of_formatting_in_what_people_write_stay_signs():
    hint = Hint(plain('"<Karla>": *et* navn & mere'), (Button("role", plain("en borger"), "<Karla>|citizen"),))
    form = form_with(Field("f", "text", plain("Hvad <!channel>?"), value="*a* <b> & :smile:", hints=(hint,)), lead=(plain("<@U1> & <!here>"),))
    view = drawn(form)
    assert view["blocks"][0]["text"]["text"] == "&lt;@U1&gt; &amp; &lt;!here&gt;"
    assert view["blocks"][1]["element"]["initial_value"] == "*a* <b> & :smile:"
    assert broken_view(view) == []


def test_four_byte_signs_are_counted_as_slack_counts_them():
    text = "😀" * 1600
    assert all(len(one) <= 1500 for one in pieces(text)) and "".join(pieces(text)) == text
    view = drawn(form_with(Field("f", "text", plain("Hvad?"), value="😀" * 1500)))
    assert broken_view(view) == []
    with pytest.raises(TooLong):
        drawn(form_with(Field("f", "text", plain("Hvad?"), value="😀" * 1501)))


def test_a_long_text_is_split_and_loses_nothing():
    text = "\n".join(f"Linje {n} & <mere> om det, der skete i går." for n in range(300))
    found = pieces(marked(text))
    assert all(len(one) <= 3000 for one in found) and len(found) > 4
    assert html.unescape("\n".join(found)) == text


def test_too_many_blocks_in_a_message_are_refused():
    with pytest.raises(TooLong):
        draw_message(spoken(Card(tuple(plain(f"Linje {n}") for n in range(60))), "da"), texts("da"))


@pytest.mark.parametrize(
    ("sent_", "reads"),
    [
        ("a &lt; b &amp; c", "a < b & c"),
        ("se <https://example.dk/a|example.dk/a> og <https://b.dk>", "se example.dk/a og https://b.dk"),
        ("ring <tel:+4520304050|20 30 40 50> eller <mailto:a@b.dk|a@b.dk>", "ring 20 30 40 50 eller a@b.dk"),
        ("<@U123ABC> og <#C1|kanal> og <!here>", "@ og kanal og @"),
        ("  hej  ", "hej"),
    ],
)
def test_what_slack_sends_is_read_as_it_was_written(sent_, reads):
    assert as_read(sent_) == reads


