"""What the channels draw from."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from bot.cards import Bar, Card, bar_lines, plain, spoken


def test_a_card_has_a_spread_and_a_deadline_only_where_there_is_one():
    assert {"spread", "until"} & spoken(Card((plain("x"),)), "da").keys() == set()
    at = datetime(2026, 3, 2, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    card = spoken(Card((plain("x"),), spread=(Bar(plain("ja"), 2),), until=at), "da")
    assert card["until"] == "2026-03-02T09:30:00+00:00" and card["spread"] == [{"label": "ja", "count": 2, "note": None}]


def test_bars_in_text_keep_their_proportions_and_never_vanish():
    bars = [Bar(plain("ja"), 40), Bar(plain("nej"), 20, plain("hør dem først")), Bar(plain("ved ikke"), 1), Bar(plain("andet"), 0)]
    lines = bar_lines(spoken(tuple(bars), "da"))
    assert lines == ["▇▇▇▇▇▇▇▇▇▇ 40  ja", "▇▇▇▇▇ 20  nej (hør dem først)", "▇ 1  ved ikke", "▁ 0  andet"]
    assert bar_lines(()) == [] and bar_lines(spoken((Bar(plain("ja"), 3),), "da")) == ["▇▇▇ 3  ja"]
