"""The cards that come unasked: prompts, what was agreed to be asked later, and "less often?".

Each says what it is, why it comes and how it stops. None holds a person's words, and `notice` is safe on a lock screen.
Pressing a button gives `Chose` with the card's subject and one of the actions named here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.cards import Button, Card, Words, plain
from bot.dialogs.dates import words_of_date
from bot.dialogs.flow import Flow
from bot.dialogs.flow_cards import halfway_card
from bot.library import Library
from bot.recurrence import Rule

MAX_EVERY = 8  # weeks; more seldom than that is a pause
PAUSES = (14, 30)  # days


def prompt_card(library: Library, flow: Flow, occurrence: str, why: Words) -> Card:
    """It is time for a reflection. Actions: begin (form), later, who, less."""
    return Card(
        text=(library.say("prompts.prompt", minutes=flow.minutes), why),
        buttons=(_begin(library), *_ways_out(library), _less(library)),
        title=flow.title,
        subject=about(occurrence),
        notice=library.say("prompts.prompt_notice"),
    )


def programme_card(library: Library, flow: Flow, occurrence: str, lines: Iterable[Words]) -> Card:
    """Somebody has planned a reflection for others. `lines`: what they say of it, and who they are. Actions as on a prompt."""
    return Card(
        text=(library.say("prompts.prompt", minutes=flow.minutes), *lines),
        buttons=(_begin(library), *_ways_out(library), _less(library)),
        title=flow.title,
        subject=about(occurrence),
        notice=library.say("prompts.prompt_notice"),
    )


def reminder_card(library: Library, occurrence: str, title: str, text: str, by: Words) -> Card:
    """A text somebody sends to a group, in their words; `by` says who. Actions: less."""
    return Card(
        text=(plain(text), by),
        buttons=(_less(library),),
        title=plain(title),
        subject=about(occurrence),
        notice=library.say("prompts.reminder_notice"),
    )


def followup_card(library: Library, occurrence: str, agreed_on: date, flow: Flow | None, *, is_last: bool) -> Card:
    """What became of an agreed action? Names flow and date, never what was agreed. Actions: begin (form), later, less."""
    if flow is None:
        what = library.say("prompts.followup_no_flow", date=words_of_date(agreed_on))
    else:
        what = library.say("prompts.followup", date=words_of_date(agreed_on), flow=flow.title)
    show = Button("begin", library.say("prompts.followup_show"), does="form", style="primary")
    return Card(
        text=(what, library.say("prompts.followup_last" if is_last else "prompts.followup_why")),
        buttons=(show, _later(library), _less(library)),
        title=library.say("prompts.followup_title"),
        subject=about(occurrence),
        notice=library.say("prompts.followup_notice"),
    )


def touch_card(library: Library, flow: Flow, occurrence: str) -> Card:
    """A later day of a series. Says no number of days: it may come later than planned. Actions: begin (form), later, who, less."""
    return Card(
        text=(library.say("prompts.touch", minutes=flow.minutes), library.say("prompts.touch_why")),
        buttons=(_begin(library), *_ways_out(library), _less(library)),
        title=flow.title,
        subject=about(occurrence),
        notice=library.say("prompts.prompt_notice"),
    )


def draft_card(library: Library, flow: Flow, subject: str) -> Card:
    """A page was left half-way. `subject` is that of the card which says so; actions as on that: continue (form), drop."""
    return Card(
        text=(library.say("prompts.draft"), library.say("prompts.draft_why")),
        buttons=halfway_card(flow, subject, library.say).buttons,
        title=flow.title,
        subject=subject,
        notice=library.say("prompts.draft_notice"),
    )


def less_card(library: Library, occurrence: str, every: int) -> Card:
    """The bot asks of its own accord, once: less often, another time, a pause? `every`: the weeks of the rhythm now.

    Actions: less_every (weeks), less_time (form), pause_days (days), less_keep.
    """
    slower = every * 2
    seldom = () if slower > MAX_EVERY else (Button("less_every", _every(library, slower), str(slower)),)
    other_time = Button("less_time", library.say("later.less_time"), does="form")
    text = (library.say("prompts.less_asked"), library.say("prompts.less_quiet"))
    return _less_asked(library, occurrence, library.say("prompts.less_title"), text, (*seldom, other_time))


def planned_less_card(library: Library, occurrence: str, can_be_rarer: bool) -> Card:
    """The same about what coordinators have planned, which one person cannot move: fewer a week, other hours, a pause?

    Actions: less_week, times (form), pause_days (days), less_keep.
    """
    fewer = (Button("less_week", library.say("times.less_week")),) if can_be_rarer else ()
    hours = Button("times", library.say("times.button"), does="form")
    text = (library.say("prompts.less_asked"), library.say("prompts.less_quiet_planned"), library.say("prompts.less_private"))
    return _less_asked(library, occurrence, library.say("prompts.less_title_planned"), text, (*fewer, hours))


def _less_asked(library: Library, occurrence: str, title: Words, text: tuple[Words, ...], rarer: tuple[Button, ...]) -> Card:
    pauses = (Button("pause_days", library.say(f"prompts.less_pause_{days}"), str(days)) for days in PAUSES)
    return Card(
        text=text,
        buttons=(*rarer, *pauses, Button("less_keep", library.say("later.less_keep"))),
        title=title,
        subject=about(occurrence),
        notice=library.say("prompts.less_notice"),
    )


def about(occurrence: str) -> str:
    """The subject of the cards about an occurrence."""
    return f"occurrence:{occurrence}"


def rhythm_words(library: Library, rule: Rule) -> Words:
    """A weekly rhythm as one says it: "mandag kl. 08.00", "every other Monday at 08:00"."""
    at = rule.at.strftime("%H:%M")
    said = {
        "weekday": library.say(f"prompts.weekday_{rule.weekdays[0]}"),
        "time": Words(at.replace(":", "."), at),
    }
    if rule.every == 1:
        return library.say("prompts.every_week", **said)
    if rule.every == 2:
        return library.say("prompts.every_other_week", **said)
    return library.say("prompts.every_weeks", every=rule.every, **said)


# ---- buttons ---------------------------------------------------------------------------------------------


def _begin(library: Library) -> Button:
    return Button("begin", library.say("prompts.begin"), does="form", style="primary")


def _later(library: Library) -> Button:
    return Button("later", library.say("prompts.later"))


def _ways_out(library: Library) -> tuple[Button, Button]:
    return _later(library), Button("who", library.say("prompts.who"))


def _less(library: Library) -> Button:
    return Button("less", library.say("prompts.less"))


def _every(library: Library, weeks: int) -> Words:
    if weeks == 2:
        return library.say("prompts.less_every_other")
    return library.say("arrival.every_4") if weeks == 4 else library.say("later.less_every", weeks=weeks)
