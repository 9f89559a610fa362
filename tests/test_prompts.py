"""The cards that come unasked: what each says, in both languages."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from bot.cards import LANGUAGES, spoken
from bot.prompts import draft_card, followup_card, less_card, planned_less_card, prompt_card, rhythm_words, touch_card
from bot.recurrence import Rule
from tests.furniture import load

LIBRARY = load()
FLOW = LIBRARY.flows["F01"]
MOST_ACTIONS = 6  # Teams, ux-rules T5


def rule(every=1):
    anchor = {"anchor": date(2026, 1, 7)} if every > 1 else {}
    return Rule(kind="weekly", weekdays=(2,), at=time(8, 30), every=every, **anchor)


def all_cards():
    return [
        prompt_card(LIBRARY, FLOW, "o", rhythm_words(LIBRARY, rule())),
        followup_card(LIBRARY, "o", date(2026, 3, 3), FLOW, is_last=False),
        followup_card(LIBRARY, "o", date(2026, 3, 3), None, is_last=True),
        touch_card(LIBRARY, LIBRARY.flows["F16"], "o"),
        draft_card(LIBRARY, FLOW, "run:r"),
        less_card(LIBRARY, "o", 1),
        planned_less_card(LIBRARY, "o", True),
    ]


@pytest.mark.parametrize("card", all_cards(), ids=lambda card: card.title.en)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_is_whole_in_both_languages_and_safe_on_a_lock_screen(card, language):
    drawn = spoken(card, language)
    assert drawn["title"] and all(drawn["text"]) and drawn["notice"] and drawn["subject"]
    assert drawn["title"] not in drawn["notice"]
    assert 2 <= len(drawn["buttons"]) <= MOST_ACTIONS
    assert "{" not in str(drawn["text"])


@pytest.mark.parametrize("card", all_cards()[:4], ids=lambda card: card.title.en)
def test_every_question_can_be_begun_put_off_and_stopped(card):
    actions = {button.action: button.does for button in card.buttons}
    assert actions["begin"] == "form"
    assert {"later", "less"} <= actions.keys()


@pytest.mark.parametrize(
    ("every", "da", "en"),
    [
        (1, "onsdag kl. 08.30", "Wednesdays at 08:30"),
        (2, "hver anden onsdag kl. 08.30", "every other Wednesday at 08:30"),
        (4, "onsdag kl. 08.30 hver 4. uge", "Wednesdays at 08:30, every 4 weeks"),
    ],
)
def test_a_rhythm_is_said_as_one_says_it(every, da, en):
    words = rhythm_words(LIBRARY, rule(every))
    assert (words.spoken("da"), words.spoken("en")) == (da, en)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_later_day_of_a_series_does_not_say_which_day_it_is(language):
    """After a pause it comes later than planned."""
    said = " ".join(spoken(touch_card(LIBRARY, LIBRARY.flows["F16"], "o"), language)["text"])
    assert re.findall(r"\d+", said) == [str(LIBRARY.flows["F16"].minutes)]


def test_somebody_on_the_slowest_rhythm_is_not_offered_a_slower_one():
    assert "less_every" not in {button.action for button in less_card(LIBRARY, "o", 8).buttons}
