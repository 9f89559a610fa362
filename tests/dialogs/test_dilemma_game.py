"""The dilemma game, turn by turn: from a proposal to agreements, and everything ordinary that comes in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards import spoken
from bot.dialogs.dilemma.content import OWN
from bot.dialogs.dilemma.game import DilemmaGame
from bot.dialogs.dilemma.state import PHASES
from bot.dialogs.group.turn import Agree, HandOver, KeepForMember, KeepNote, Member, Over, SayThere, Tell
from bot.events import Submitted, Woke
from bot.library import Library
from tests.dialogs.gaming import MONDAY, Table, members
from tests.furniture import furnished, load

LIBRARY: Library = load()
GAME = DilemmaGame(LIBRARY.dilemmas, furnished(LIBRARY))
LEO = Member("leo", "Leo")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def table() -> Table:
    return Table(GAME)


def choosing(table: Table, ways: str, pace: str = "room_20", dilemma: str = "D03", **values: Any) -> list[Member]:
    """A game where as many as there are letters have chosen in the first round."""
    table.set_up(LEO, dilemma, pace)
    table.to("first")
    players = members(len(ways), **values)
    for me, way in zip(players, ways, strict=True):
        choose(table, me, way)
    return players


def choose(table: Table, me: Member, way: str, page: str = "first", **values: Any) -> None:
    table.press(me, "choose")
    given = {"why": f"Fordi {me.id}", "signed": "no"} if page == "first" else {}
    table.send(me, page, **({"choice": way} | given | values))


def said(table: Table, language: str = "") -> str:
    return "\n".join(table.post(language)["text"])


def on_form(table: Table, me: Member, action: str, value: str = "") -> str:
    return "\n".join(table.form(me, action, value)["lead"])


# ---- from end to end ---------------------------------------------------------------------------------------------


def test_from_a_proposal_to_agreements(table: Table):
    players = choosing(table, "aabcc")
    dilemma = LIBRARY.dilemmas["D03"]
    assert dilemma.situation.da in said(table) and dilemma.ways[3].text.da in said(table)
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [2, 1, 2, 0]
    assert "A 2; B 1; C 2; D 0" in said(table) and "Færrest valgte B" in said(table)
    assert "Fordi m03" in on_form(table, LEO, "reasons")
    table.next()
    assert "Fra borgerens stol: " in said(table)
    table.next()
    assert dilemma.questions[0].da in said(table)
    table.next()
    assert "Byt plads" in said(table)
    table.next()
    reason = next(one["id"] for one in table.state["told"] if one["way"] == "b")
    for me, way in zip(players, "bbbcc", strict=True):
        choose(table, me, way, "second", strong=[reason])
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [2, 3]
    assert on_form(table, LEO, "struck") == '"Fordi m03"'
    table.next()
    assert dilemma.duty and dilemma.duty.da in said(table)
    table.next()
    table.press(players[0], "agree")
    table.send(players[0], "agree", what="Vi spørger nattevagten", who="m02", by="2026-03-20", evaluator="trio")
    assert "Vi spørger" not in table.public() and "én aftale" in said(table)
    table.next()
    assert table.is_over
    [agreed] = table.told(Agree)
    assert (agreed.member, agreed.what, agreed.by.isoformat(), agreed.beacon) == ("m02", "Vi spørger nattevagten", "2026-03-20", dilemma.beacon)
    [note] = table.told(KeepNote)
    assert note.data == {"dilemma": "D03", "agreed": 1}
    assert [tell.member for tell in table.told(Tell)] == ["m02"]
    assert table.told(Over) == [Over(dropped=False)] and not table.post()["buttons"]


@pytest.mark.parametrize("id", ["D01", "D04"])
def test_the_duty_is_said_where_there_is_one(table: Table, id: str):
    choosing(table, "ab", dilemma=id)
    phases = []
    while not table.is_over:
        for me in members(2) if table.state["phase"] == "second" else []:
            choose(table, me, "a", "second")
        table.next()
        phases.append(table.state["phase"])
    assert ("duty" in phases) == (LIBRARY.dilemmas[id].duty is not None)
    assert phases[-1] == "over" and not table.wake


# ---- who leads ---------------------------------------------------------------------------------------------------


def test_anyone_may_propose_and_another_leads(table: Table):
    [ana] = members(1)
    table.begin(ana)
    assert table.press(LEO, "take").form.page == "setup"
    table.send(LEO, "setup", "start", dilemma="D01", pace="room_10")
    assert table.facilitator == "leo" and "Leo styrer." in said(table)
    late = table.send(ana, "setup", "start", dilemma="D02", pace="room_10")
    assert "Leo styrer lige nu" in spoken(late.form, "da")["lead"][0] and table.state["dilemma"]["id"] == "D01"


def test_the_one_who_leads_is_no_player_unless_they_choose(table: Table):
    choosing(table, "ab")
    page = table.form(LEO, "choose")
    assert any("Du styrer" in note for note in page["notes"])
    assert not table.state["seats"]["leo"]["plays"], "looking is not choosing"
    choose(table, LEO, "c")
    assert table.state["seats"]["leo"]["plays"]


def test_only_the_one_who_leads_goes_on(table: Table):
    players = choosing(table, "ab")
    for action in ("next", "back", "time", "hand", "stop", "remove"):
        shown = table.form(players[0], action, "first.0")
        assert "Leo styrer lige nu" in shown["lead"][0] and not shown["buttons"]
    assert table.state["phase"] == "first" and not table.is_over


def test_another_takes_over_after_a_pause(table: Table):
    players = choosing(table, "ab")
    table.press(players[0], "take")
    assert table.facilitator == "leo"
    table.now += 11 * MINUTE
    assert [b["action"] for b in table.form(players[0], "more")["buttons"]] == ["leave", "take"]
    table.press(players[0], "take")
    assert table.facilitator == "m01"
    table.press(players[1], "take")
    assert table.facilitator == "m01", "two at once: the first leads"


def test_the_lead_is_handed_over_and_left(table: Table):
    players = choosing(table, "ab")
    table.press(LEO, "hand")
    table.send(LEO, "hand", to="m02")
    assert table.facilitator == "m02" and table.told(Tell)[-1].member == "m02"
    table.send(players[1], "hand", to="all")
    assert table.facilitator == "" and "styrer ingen" in said(table)
    assert table.form(players[0], "next", "first.0")["buttons"][0]["action"] == "take_over"
    table.press(players[0], "take_over")
    assert table.facilitator == "m01"


def test_a_step_back_opens_a_phase_and_loses_nothing(table: Table):
    players = choosing(table, "aabcc")
    table.to("talk")
    given = {id: seat for id, seat in table.state["seats"].items() if id != "leo"}
    table.press(LEO, "back", "talk.0")
    table.press(LEO, "back", "talk.0")
    assert table.state["phase"] == "reveal", "pressed twice it is one step"
    table.press(LEO, "back", "reveal.0")
    assert table.state["phase"] == "first" and {id: table.state["seats"][id] for id in given} == given
    shown = table.form(players[0], "choose")
    assert {f["id"]: f["value"] for f in shown["fields"]}["why"] == "Fordi m01"


def test_a_double_click_goes_one_step(table: Table):
    choosing(table, "aabcc")
    table.press(LEO, "next", "first.0")
    table.press(LEO, "next", "first.0")
    assert table.state["phase"] == "reveal"


def test_nothing_is_shown_before_somebody_has_chosen(table: Table):
    choosing(table, "")
    assert "Ingen har valgt" in spoken(table.next().form, "da")["lead"][0] and table.state["phase"] == "first"


# ---- time --------------------------------------------------------------------------------------------------------


def test_in_the_room_the_deadline_shows_the_choices_and_more_time_is_given_once(table: Table):
    choosing(table, "aabcc")
    until = table.post()["until"]
    table.press(LEO, "time", until_value := table.state["until"])
    table.press(LEO, "time", until_value)
    assert table.post()["until"] > until and table.state["until"] == (MONDAY + 8 * MINUTE).isoformat()
    table.wait(7 * MINUTE)
    assert table.state["phase"] == "first"
    table.wait(2 * MINUTE)
    assert table.state["phase"] == "reveal"
    table.wait(10 * MINUTE)
    assert table.state["phase"] == "reveal" and "Tiden er gået" in said(table), "in the room people go on at their own pace"


def test_a_game_left_in_the_room_ends_by_itself_with_what_was_agreed(table: Table):
    players = choosing(table, "ab")
    table.next()
    table.to("second")
    choose(table, players[0], "a", "second")
    table.to("actions")
    table.press(players[0], "agree")
    table.send(players[0], "agree", what="Vi prøver i to uger", who="not_here")
    table.wait(3 * DAY)
    assert table.is_over and [one.what for one in table.told(Agree)] == ["Vi prøver i to uger"]


@pytest.mark.parametrize("pace", ["room_10", "days_2"])
def test_a_game_nobody_comes_to_ends(table: Table, pace: str):
    table.set_up(LEO, pace=pace)
    table.wait(30 * DAY)
    assert table.is_over and table.told(Over) == [Over(dropped=True)] and not table.told(KeepNote)


def test_a_proposal_nobody_takes_up_ends(table: Table):
    table.begin(LEO)
    table.wait(8 * DAY)
    assert table.is_over


def test_over_days_deadlines_lead_through_and_only_those_missing_are_reminded(table: Table):
    table.set_up(LEO, pace="days_2")
    assert table.state["phase"] == "first"
    players = members(3)
    choose(table, players[0], "a")
    table.press(players[1], "choose")
    table.press(Member("gast", "Gast", is_guest=True, is_reachable=False), "choose")
    table.wait(DAY + MINUTE)
    assert [(one.member, one.kind) for one in table.told(Tell)] == [("m02", "nudge")]
    assert "Navn" not in table.public().replace("Leo styrer", "")
    table.wait(DAY)
    assert table.state["phase"] == "reveal" and len(table.told(SayThere)) == 1
    table.wait(30 * DAY)
    assert table.is_over


def test_a_clock_that_jumps_shows_nothing_early_and_ends_all_the_same(table: Table):
    choosing(table, "aabcc")
    table.now -= timedelta(days=400)
    table.do(None, _woke(), "woke")
    assert table.state["phase"] == "first" and table.wake - table.now <= 20 * MINUTE, "woken too soon, it is set anew"
    table.now += timedelta(days=800)
    table.do(None, _woke(), "woke")
    assert table.state["phase"] == "reveal"


def _woke() -> Woke:
    return Woke(id="w", run="group:r1")


# ---- coming and going --------------------------------------------------------------------------------------------


def test_late_comers_join_and_are_told_what_they_are_in_for(table: Table):
    choosing(table, "aabcc")
    table.next()
    new = Member("ny", "Ny")
    assert "næste runde" in on_form(table, new, "join")
    assert "bliver ikke valgt" in on_form(table, new, "choose")
    table.to("second")
    table.press(new, "choose")
    assert "tæller ikke med" in spoken(table.send(new, "second", choice="d").form, "da")["lead"][0]
    for me in members(5):
        choose(table, me, "a", "second")
    table.next()
    assert sum(table.state["moved"]["counts"]) == 5


def test_whoever_leaves_takes_their_choice_along(table: Table):
    players = choosing(table, "aabccd")
    assert "slettet" in on_form(table, players[5], "leave")
    assert "m06" not in str(table.state)
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [2, 1, 2, 0]


def test_a_choice_that_comes_after_the_reveal_is_not_kept(table: Table):
    players = choosing(table, "aabcc")
    table.press(players[0], "choose")
    table.next()
    before = table.state
    late = table.send(players[0], "first", choice="d", why="For sent")
    lead = spoken(late.form, "da")["lead"]
    assert "lige før dit kom" in lead[0] and "For sent" in lead[1] and table.state == before


def test_one_player_is_a_game_too(table: Table):
    [me] = choosing(table, "a")
    table.to("second")
    choose(table, me, "b", "second")
    table.to("actions")
    table.next()
    assert table.is_over


def test_sixty_play(table: Table):
    players = choosing(table, "abcd" * 15)
    table.next()
    assert [bar["count"] for bar in table.post()["spread"]] == [15, 15, 15, 15]
    assert len(table.form(players[0], "reasons")["lead"]) == 60 + 4
    table.to("second")
    for me in players:
        choose(table, me, "a", "second")
    table.next()
    assert table.state["moved"]["counts"] == [45, 15]


def test_a_dilemma_that_is_removed_is_played_to_its_end(table: Table):
    players = choosing(table, "aabcc")
    table.game = DilemmaGame({}, GAME.house)
    table.next()
    assert table.post()["title"] == LIBRARY.dilemmas["D03"].title.da
    table.to("second")
    choose(table, players[0], "b", "second")
    table.to("actions")
    table.next()
    assert table.is_over and table.told(KeepNote)[0].data["dilemma"] == "D03"


def test_last_weeks_post_and_nonsense_are_answered_kindly(table: Table):
    players = choosing(table, "ab")
    before = table.state
    for action in ("struck", "sent_first", "", "__init__", "_next", "agree", "keep", "nonsense", "stepped"):
        assert table.press(players[0], action, "moved.3").form is not None
    for page in PHASES:
        table.send(players[0], page, "nonsense", choice={"a": 1}, what=7)
    assert table.state == before
    table.press(LEO, "stop")
    assert table.is_over
    assert GAME.resume(table.state, Submitted(id="e", run="group:r1", page="first", button="save"), table.context(LEO)).state is None


# ---- what people write -------------------------------------------------------------------------------------------


def test_5000_signs_are_said_kindly_and_kept_on_the_page(table: Table):
    players = choosing(table, "a")
    form = spoken(table.send(players[0], "first", choice="b", why="x" * 5000).form, "da")
    why = next(f for f in form["fields"] if f["id"] == "why")
    assert "5000" in why["error"] and why["value"] == "x" * 5000
    form = spoken(table.send(players[0], "first", choice="b", why="y" * 250).form, "da")
    assert "200" in next(f for f in form["fields"] if f["id"] == "why")["error"]
    assert table.state["seats"]["m01"]["first"] == "a"


def test_a_citizens_name_is_asked_about_and_a_number_is_taken_out(table: Table):
    [me] = choosing(table, "a")
    shown = table.send(me, "first", choice="b", why="Karla skal have ro").form
    field = next(f for f in shown.fields if f.id == "why")
    assert field.hints and table.state["seats"]["m01"]["first"] == "a"
    role = field.hints[0].buttons[0]
    changed = table.send(me, "first", f"role:{role.value}", shown.held, choice="b", why="Karla skal have ro").form
    text = next(f for f in changed.fields if f.id == "why").value
    assert "Karla" not in text
    table.send(me, "first", held=changed.held, choice="b", why=text)
    assert table.state["seats"]["m01"]["why"] == text
    table.send(me, "first", choice="b", why="Hun er 010136-4003")
    assert "4003" not in str(table.state)


def test_a_route_card_comes_first_and_leaves_no_trace(table: Table):
    [me] = choosing(table, "a")
    turn = table.send(me, "first", choice="b", why="Jeg orker ikke at leve længere")
    assert turn.leaves_no_trace and turn.form.care and turn.state is None
    table.send(me, "first", "care_continue", turn.form.held)
    assert table.state["seats"]["m01"]["first"] == "b"


OWN_TEXT = {"situation": "Der er for få på arbejde, og en kollega beder om fri.", "question": "", "way_a": "Sige ja", "way_b": "Sige nej", "way_c": "Spørge holdet", "way_d": "Finde en afløser"}


def test_a_groups_own_dilemma_is_read_on_private_pages_only(table: Table):
    table.begin(LEO)
    page = table.send(LEO, "setup", "start", dilemma=OWN, pace="days_4").form
    assert page.page == "own"
    table.send(LEO, "own", "start", page.held, **OWN_TEXT)
    assert (table.state["dilemma"]["id"], table.state["pace"], table.state["amount"]) == (OWN, "days", 4)
    [me] = members(1)
    choose(table, me, "a")
    for shown in ("da", "en"):
        assert OWN_TEXT["situation"] in str(table.form(Member("x", "X", shown), "read"))
    table.wait(60 * DAY)
    assert table.is_over
    for words in OWN_TEXT.values():
        assert not words or words not in table.public()


def test_back_to_the_list_loses_nothing_that_was_typed(table: Table):
    table.begin(LEO)
    page = table.send(LEO, "setup", "start", dilemma=OWN, pace="days_2").form
    typed = {"situation": "En beboer på 010136-4003 vil ikke i bad.", "way_b": "Vente"}
    back = table.send(LEO, "own", "setup", page.held, **typed)
    assert back.form.page == "setup" and "010136" not in str(table.state) and not table.told(SayThere)
    again = table.send(LEO, "setup", "start", dilemma=OWN, pace="days_2").form
    values = {one.id: one.value for one in again.fields}
    assert values["situation"].startswith("En beboer på") and (values["way_b"], values["way_a"]) == ("Vente", None)
    table.send(LEO, "own", "start", again.held, **OWN_TEXT)
    assert not table.state["drafts"] and table.state["pace"] == "days"


def test_a_groups_own_dilemma_is_screened_before_anybody_sees_it(table: Table):
    table.begin(LEO)
    page = table.send(LEO, "setup", "start", dilemma=OWN, pace="room_10").form
    named = table.send(LEO, "own", "start", page.held, **OWN_TEXT | {"situation": "Karla, 010136-4003, vil ikke i bad."})
    assert named.form.page == "own" and any(f.hints for f in named.form.fields) and table.state["phase"] == "proposed"
    kept = table.send(LEO, "own", "start", named.form.held, **OWN_TEXT | {"situation": "Karla, 010136-4003, vil ikke i bad."})
    assert kept.state and "4003" not in str(table.state) and table.state["amount"] == 10
    other = Table(GAME)
    other.begin(LEO)
    too_long = other.send(LEO, "own", "start", page.held, **OWN_TEXT | {"way_a": "x" * 61})
    assert next(f for f in too_long.form.fields if f.id == "way_a").error and too_long.form.held["pace"] == "room_10"


# ---- languages, and what is kept ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "other"), [("da", "en"), ("en", "da")])
def test_each_reads_their_own_language_and_the_post_can_be_read_in_the_other(place: str, other: str):
    table = Table(GAME, place)
    choosing(table, "ab")
    dilemma = LIBRARY.dilemmas["D03"]
    assert dilemma.question.spoken(place) in said(table)
    for reader in ("da", "en"):
        form = table.form(Member("x", "X", reader), "other_language")
        assert dilemma.question.spoken(other) in form["lead"], "whoever reads it"
        assert form["title"] == dilemma.title.spoken(other)
        assert table.form(Member("y", "Y", reader), "choose")["fields"][0]["label"] == dilemma.question.spoken(reader)


def test_a_players_own_choice_goes_into_their_logbook_if_they_say_so(table: Table):
    players = choosing(table, "aabcc")
    table.to("second")
    choose(table, players[0], "b", "second")
    table.next()
    shown = table.form(players[0], "keep")
    assert any("A · Ophæve" in line for line in shown["lead"]) and any("B · Tage" in line for line in shown["lead"])
    table.send(players[0], "keep", learnt="Spørg natten først")
    [kept] = table.told(KeepForMember)
    assert (kept.member, kept.flow) == ("m01", "D03")
    assert [(one.step, one.answer) for one in kept.answers] == [("choice", "a"), ("why", "Fordi m01"), ("again", "b"), ("learnt", "Spørg natten først")]
    steps = LIBRARY.alone["D03"]
    assert all(steps.step(one.step).kind == one.kind for one in kept.answers), "as the dilemma alone would keep them"


def test_a_guest_is_told_that_nothing_is_kept(table: Table):
    players = choosing(table, "aabcc", is_guest=True)
    table.to("second")
    choose(table, players[0], "b", "second")
    table.next()
    assert "gæst" in on_form(table, players[0], "keep")
    table.send(players[0], "keep", learnt="x")
    assert not table.told(KeepForMember)


def test_the_one_played_longest_ago_comes_first(table: Table):
    for id in ("D01", "D02"):
        table.state, table.is_over = {}, False
        table.set_up(LEO, id)
        table.to("first")
        choose(table, LEO, "a")
        table.next()
        table.press(LEO, "stop")
        table.now += DAY
    table.is_over = False
    page = table.begin(LEO).form
    offered = [choice.id for choice in next(f for f in page.fields if f.id == "dilemma").choices]
    assert offered == [f"D{n:02}" for n in (*range(3, 13), 1, 2)] + [OWN]
    narrowed = table.send(LEO, "setup", "narrow", beacon="implementeringsledelse").form
    assert [c.id for c in next(f for f in narrowed.fields if f.id == "dilemma").choices] == ["D09", "D10", "D11", "D12", OWN]


def test_agreements_can_be_taken_out_again_by_the_one_who_leads(table: Table):
    players = choosing(table, "ab")
    table.to("second")
    choose(table, players[0], "a", "second")
    table.to("actions")
    for what in ("Den ene", "Den anden"):
        table.press(players[0], "agree")
        table.send(players[0], "agree", what=what, who="m01")
    assert not table.form(players[0], "agreements")["buttons"]
    assert [b["action"] for b in table.form(LEO, "agreements")["buttons"]] == ["remove", "remove"]
    table.press(LEO, "remove", "1")
    table.next()
    assert [one.what for one in table.told(Agree)] == ["Den anden"] and HandOver not in map(type, table.effects)
