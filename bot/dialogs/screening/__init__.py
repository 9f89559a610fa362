"""Looking through what somebody wrote, before it is saved: masks, hints and route cards, by rules alone.

    rules = load_rules(Path("bot/content/safety"))      # the only functions here that read files:
    care = load_care(Path("bot/content/safety"))        # load_rules and load_care
    screen = Screen(rules, first_names=frozenset({"karla"}))
    screened = screen.read("karla er på 4, 010136-4003")
    screened.text        # "karla er på 4, [CPR fjernet]"
    screened.suspects    # a name and a room, with their places in the masked text
    screened.routes      # ("A", "C", "B", …): most urgent first

Everything is a help and no guarantee: a text that passes may still hold a name, and a card may be a false alarm.
Nothing is kept, counted or logged here.
"""

from __future__ import annotations

from bot.dialogs.screening.care import Care, CareCard, load_care, read_care
from bot.dialogs.screening.rules import Rules, load_rules, read_rules
from bot.dialogs.screening.screen import ALWAYS, URGENCY, Screen, Screened, Suspect, replace_span
from bot.dialogs.screening.spelling import clean

__all__ = [
    "ALWAYS",
    "URGENCY",
    "Care",
    "CareCard",
    "Rules",
    "Screen",
    "Screened",
    "Suspect",
    "clean",
    "load_care",
    "load_rules",
    "read_care",
    "read_rules",
    "replace_span",
]
