"""Being part of the numbers that coordinators get, or not: as easy one way as the other, no reason asked, nobody told."""

from __future__ import annotations

from bot.cards import Button, Card
from bot.dialogs.house import House
from bot.dialogs.turn import Say, SetPerson, Turn, answer

COUNT_IN, COUNT_OUT = "count_in", "count_out"
SUBJECT = "counting"


def counting_card(house: House, is_counted: bool) -> Card:
    """How it stands, and the button for the other."""
    now, other = ("in", COUNT_OUT) if is_counted else ("out", COUNT_IN)
    button = Button(other, house.say(f"desk.{other}"))
    return Card((house.say(f"desk.counting_{now}"), house.say("desk.counting_how")), (button,), house.say("desk.counting_title"), SUBJECT)


def set_counting(house: House, is_counted: bool) -> Turn:
    return answer(SetPerson({"counted": is_counted}), Say(counting_card(house, is_counted), "update"))
