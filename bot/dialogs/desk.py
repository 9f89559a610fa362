"""The desk: what a person may ask for outside a flow – words, buttons on cards, the first meeting, settings.

It keeps no state of its own: everything it needs stands in the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.cards import Button, Card, Choice, Field, Form, Words
from bot.dialogs import care
from bot.dialogs.agreement import AGREEMENT
from bot.dialogs.arrival import Arrival
from bot.dialogs.commands import Command, read_command
from bot.dialogs.coordinating import closed as closed_desk
from bot.dialogs.coordinating import numbers
from bot.dialogs.coordinating.entrance import COMMAND
from bot.dialogs.counting import COUNT_IN, COUNT_OUT, counting_card, set_counting
from bot.dialogs.dates import read_date, read_days, words_of_date, words_of_moment
from bot.dialogs.dilemma.desk import DILEMMAS
from bot.dialogs.facts import Facts, RhythmFacts
from bot.dialogs.house import House
from bot.dialogs.later import later_moment
from bot.dialogs.own_times import OwnTimes
from bot.dialogs.turn import (
    Begin,
    Erase,
    Fill,
    Join,
    Later,
    Pause,
    Say,
    SetPerson,
    SetRhythm,
    Settle,
    Turn,
    answer,
)
from bot.events import Chose, Event, Joined, Submitted, Wrote

LONGEST_PAUSE = 366  # days
SELDOM = 8  # weeks; more seldom than that is a pause
HELP_ROUTES = ("r112", "r114", "laegevagt_midt", "egen_laege", "livslinien", "amr", "hr", "whistle_kommune", "whistle_dt")
OPEN_TO_ALL = frozenset({"arrive", "decline", "who", "notice", "language", "help", "delete", "erase", "care_seen", "download", "counting", COUNT_IN, COUNT_OUT})
PAGES_TO_ALL = frozenset({"arrival", "erase"})
ASK_FOR_PAGE = frozenset({"begin", "continue", "edit", "edit_action", "pick", "settings", "less_time", "times", DILEMMAS})
PAGES = {"log": "logbook", "actions": "actions", "shared": "shared", "link": "chat", "download": "data", "notice": "privacy"}


class Desk:
    """Answers everything that is not part of a run."""

    def __init__(self, house: House):
        self.house, self.say = house, house.say
        self.arrival = Arrival(house)
        self.times = OwnTimes(house)

    def resume(self, event: Event, facts: Facts) -> Turn:
        match event:
            case Joined():
                return self._joined(facts)
            case Wrote(text=text):
                return self._wrote(text, facts)
            case Submitted(page=page) if page not in PAGES_TO_ALL and not self.arrival.is_over(facts):
                return self.asks_to_read(event, facts)
            case Submitted():
                return self._submitted(event, facts)
            case Chose(action=action) if action not in OPEN_TO_ALL and not self.arrival.is_over(facts):
                return self.asks_to_read(event, facts)
            case Chose():
                return self._chose(event, facts)
        return Turn()

    def asks_to_read(self, event: Event, facts: Facts) -> Turn:
        """The notice comes first, also when it has changed since it was read."""
        wants_page = isinstance(event, Submitted) or isinstance(event, Chose) and event.action in ASK_FOR_PAGE
        if wants_page:
            return Turn(form=self.arrival.form(facts))
        return answer(Say(self.arrival.card(facts)))

    def _joined(self, facts: Facts) -> Turn:
        """One welcome per person, never repeated."""
        if facts.welcomed:
            return Turn()
        return answer(SetPerson({"welcomed_at": facts.now}), Say(self.arrival.card(facts)))

    # ---- what was written ------------------------------------------------------------------------------------

    def _wrote(self, text: str, facts: Facts) -> Turn:
        """An exact command wins; a route card comes before everything; else a line fills the open page, or we ask."""
        command = read_command(text)
        if command and command.name in (COMMAND, numbers.COMMAND, closed_desk.COMMAND):
            command = None  # somebody who has no role: a word like any other
        if command is None:
            urgent = self.house.screen.read(text).routes
            if urgent:
                return Turn(card=care.message(self.house, urgent[0]), leaves_no_trace=True)
        if command and (self.arrival.is_over(facts) or command.name in OPEN_TO_ALL | {"who_can_see", "link"}):
            return self._command(command, facts)
        if not self.arrival.is_over(facts):
            return answer(SetPerson({"welcomed_at": facts.now}), Say(self.arrival.card(facts)))
        if facts.open_run:
            return answer(Fill(facts.open_run))
        return answer(Say(self._what_now()))

    def _what_now(self) -> Card:
        return Card((self.say("desk.line_what_now"),), (self._start_button(), self._help_button()))

    def _command(self, command: Command, facts: Facts) -> Turn:
        match command.name:
            case "pause":
                return self._pause(command.argument, facts)
            case "leave":
                return self.times.leave(command.argument, facts)
            case "language" if command.argument:
                return self._language(command.argument)
            case "link" if command.argument:
                return answer(Join(command.argument))
        return self._asked(command.name, facts)

    def _asked(self, name: str, facts: Facts) -> Turn:
        """What is asked for by name, by word or by button."""
        asked: dict[str, Callable[[Facts], Turn]] = {
            "help": self._help,
            "start": lambda f: answer(Say(self._start_card(f))),
            "who_can_see": self._who,
            "who": self._who,
            "resume": self._resume,
            "language": lambda f: answer(Say(self._language_card())),
            "delete": self._delete,
            "settings": self._settings,
            "times": lambda f: answer(Say(self.times.card())),
            "counting": lambda f: answer(Say(counting_card(self.house, f.person.counted))),
            COUNT_IN: lambda f: set_counting(self.house, True),
            COUNT_OUT: lambda f: set_counting(self.house, False),
            "greeting": self._greeting,
            "time": self._time,
            "thanks": lambda f: answer(Say(Card((self.say("desk.thanks"),)))),
            "bye": lambda f: answer(Say(Card((self.say("desk.bye"),)))),
        }
        if name in PAGES:
            return answer(Say(self._page_card(name)))
        return asked[name](facts) if name in asked else self._out_of_date(facts)

    # ---- what was pressed ------------------------------------------------------------------------------------

    def _chose(self, event: Chose, facts: Facts) -> Turn:
        match event.action:
            case "arrive":
                return Turn(form=self.arrival.form(facts))
            case "decline":
                return self.arrival.decline(facts)
            case "begin":
                return self._begin(event, facts)
            case "edit_action":
                return answer(Begin(AGREEMENT, action=event.value))
            case "pick":
                return Turn(form=self._start_form(facts))
            case "later":
                return self._later(facts)
            case "later_to":
                return self._later_to(event.value, facts)
            case "less":
                return answer(Say(self._less_card(facts), "update"))
            case "less_every":
                return self._less_often(event.value, facts)
            case "less_keep":
                return answer(*self._settled(facts), Say(self._short(facts, "desk.less_kept"), "update"))
            case "less_time" | "settings":
                return Turn(form=self.arrival.settings(facts))
            case "times":
                return Turn(form=self.times.form(facts))
            case "leave_cancel":
                return self.times.cancel(event.value, facts)
            case "less_week":
                return answer(SetPerson({"most_per_week": 1}), *self._settled(facts), Say(self._short(facts, "times.once_a_week"), "update"))
            case "pause_days":
                return self._pause_days(_number(event.value), facts)
            case "language" if event.value in ("da", "en"):
                return self._language(event.value)
            case "erase":
                return Turn(form=self._erase_form(facts))
            case "care_seen":
                return Turn(card=care.neutral(self.house), leaves_no_trace=True)
        return self._asked(event.action, facts)

    def _submitted(self, event: Submitted, facts: Facts) -> Turn:
        if event.page in ("start", "settings", "times") and not self.arrival.is_over(facts):
            return answer(Say(self.arrival.card(facts)))
        match event.page, event.button:
            case "arrival" | "settings", _:
                return self.arrival.submitted(event, facts)
            case "times", _:
                return self.times.submitted(event, facts)
            case "start", "next":
                flow = event.values.get("flow")
                known = flow in [offered.id for offered in self.offered(facts)]
                return answer(Begin(flow)) if known else Turn(form=self._start_form(facts, missed=True))
            case "erase", "erase":
                return Turn(None, (Erase(),), self._closed("desk.erased_title", self.say("desk.erased")))
            case "erase", _:
                return Turn(form=self._closed("desk.kept_title", self.say("desk.kept")))
        return self._out_of_date(facts)

    def _begin(self, event: Chose, facts: Facts) -> Turn:
        """[Begin] on a prompt, or on a flow of one's own choice. An old prompt still opens what it offered."""
        waiting = facts.waiting
        if waiting and waiting.state in ("done",):
            return Turn(form=self._closed("flow.over_title", self.say("flow.over")))
        if waiting:
            return answer(
                Begin(
                    waiting.flow,
                    occurrence=waiting.id,
                    action=waiting.action,
                    series=waiting.series,
                    touch=waiting.touch,
                )
            )
        flow = self.house.flows.get(event.value)
        if flow is not None and flow.is_offered and not flow.about_action:
            return answer(Begin(flow.id))
        return self._out_of_date(facts)

    def _out_of_date(self, facts: Facts) -> Turn:
        buttons = (self._start_button(), self._help_button())
        return answer(Say(Card((self.say("desk.old_card"),), buttons)))

    # ---- starting --------------------------------------------------------------------------------------------

    def offered(self, facts: Facts) -> tuple[Any, ...]:
        """The flows one can begin oneself: those of one's level first, F17 only by its agreement."""
        flows = [flow for flow in self.house.flows.values() if flow.is_offered and not flow.about_action]
        return tuple(sorted(flows, key=lambda f: (facts.person.level not in f.levels, f.beacon, f.id)))

    def _start_card(self, facts: Facts) -> Card:
        first = (self._continue_button(facts),) if facts.open_run else ()
        pick = Button("pick", self.say("desk.start_open"), does="form", style="" if first else "primary")
        text = self.say("desk.hello_open", flow=self._flow_title(facts)) if first else self.say("desk.start_card")
        return Card((text,), (*first, pick, *self._dilemma_button()))

    def _start_form(self, facts: Facts, *, missed: bool = False) -> Form:
        flows = (Choice(flow.id, self._flow_words(flow)) for flow in self.offered(facts))
        choices = (*flows, *self._dilemmas_listed())
        error = self.say("flow.required") if missed else None
        field = Field("flow", "single", self.say("desk.start_choice"), choices=choices, required=True, error=error)
        begin = Button("next", self.say("desk.start_begin"), style="primary")
        return Form("", "start", self.say("desk.start_title"), (field,), (begin,))

    def _dilemmas_listed(self) -> tuple[Choice, ...]:
        """All of them in one line, which leads to a page of their own (`DilemmaDesk`)."""
        many = len(self.house.dilemmas)
        return (Choice(DILEMMAS, self.say("dilemma.alone_in_list", n=many)),) if many else ()

    def _dilemma_button(self) -> tuple[Button, ...]:
        return (Button(DILEMMAS, self.say("dilemma.alone_title"), does="form"),) if self.house.dilemmas else ()

    def _flow_words(self, flow: Any) -> Words:
        return self.say("desk.start_choice_text", title=flow.title, minutes=flow.minutes)

    def _flow_title(self, facts: Facts) -> Words:
        flow = self.house.flow(facts.open_flow)
        return flow.title if flow else Words("", "")

    def _continue_button(self, facts: Facts) -> Button:
        return Button("continue", self.say("desk.continue"), facts.open_run, does="form", style="primary")

    def _start_button(self) -> Button:
        return Button("pick", self.say("desk.start_new"), does="form", style="primary")

    def _help_button(self) -> Button:
        return Button("help", self.say("desk.help_button"))

    def _greeting(self, facts: Facts) -> Turn:
        if facts.open_run:
            return answer(Say(self._start_card(facts)))
        return answer(Say(Card((self.say("desk.hello"),), (self._start_button(), self._help_button()))))

    # ---- later, less, pause ----------------------------------------------------------------------------------

    def _later(self, facts: Facts) -> Turn:
        if facts.waiting is None or facts.waiting.state not in ("open", "planned"):
            return self._out_of_date(facts)
        local = facts.now.astimezone(ZoneInfo(facts.person.timezone))
        choices = ("hour", *(("afternoon",) if local.hour < 14 else ()), "tomorrow", "week")
        buttons = tuple(Button("later_to", self.say(f"later.{one}"), one) for one in choices)
        return answer(Say(self._about(facts, self.say("later.ask"), buttons), "update"))

    def _later_to(self, choice: str, facts: Facts) -> Turn:
        at = later_moment(choice, facts.now, facts.person.timezone)
        if facts.waiting is None or at is None:
            return self._out_of_date(facts)
        if facts.waiting.state not in ("open", "planned"):
            return answer(Say(self._short(facts, "desk.later_gone")))
        said = self.say("desk.later_set", when=words_of_moment(at, facts.person.timezone))
        begin = Button("begin", self.say("desk.begin_short"), does="form")
        return answer(Later(facts.waiting.id, at), Say(self._about(facts, said, (begin,)), "update"))

    def _less_card(self, facts: Facts) -> Card:
        buttons = (
            *self._rarer(facts),
            Button("pause_days", self.say("prompts.less_pause_14"), "14"),
            Button("pause_days", self.say("prompts.less_pause_30"), "30"),
            Button("less_keep", self.say("later.less_keep")),
        )
        return self._about(facts, self.say("later.less_ask"), buttons)

    def _rarer(self, facts: Facts) -> tuple[Button, ...]:
        """What a coordinator has planned cannot be moved by one person; how much they get of it all can."""
        if facts.waiting and facts.waiting.is_planned:
            fewer = (Button("less_week", self.say("times.less_week")),) if facts.times.most_per_week > 1 else ()
            return (*fewer, self.times.button())
        return (*self._slower(facts.rhythm), Button("less_time", self.say("later.less_time"), does="form"))

    def _slower(self, rhythm: RhythmFacts | None) -> tuple[Button, ...]:
        """Half as often, where there is a rhythm and it is not seldom already."""
        if rhythm is None or rhythm.every * 2 > SELDOM:
            return ()
        weeks = rhythm.every * 2
        return (Button("less_every", self.arrival.every_words(weeks), str(weeks)),)

    def _less_often(self, weeks: str, facts: Facts) -> Turn:
        if facts.rhythm is None or not 1 <= _number(weeks) <= SELDOM:
            return self._out_of_date(facts)
        slower = SetRhythm(facts.rhythm.weekday, facts.rhythm.time, _number(weeks))
        said = self.say("desk.less_done", rhythm=self.arrival.rhythm_sentence(slower))
        return answer(slower, *self._settled(facts), Say(self._about(facts, said), "update"))

    def _settled(self, facts: Facts) -> tuple[Settle, ...]:
        """The question "less often?" is answered by any of its buttons."""
        asked = facts.waiting is not None and facts.waiting.kind == "less"
        return (Settle(facts.waiting.id),) if asked else ()

    def _resume(self, facts: Facts) -> Turn:
        """The pause is over; where there was none, "go on" means what was left half-way."""
        if facts.person.paused_until is None and facts.open_run:
            return answer(Say(self._start_card(facts)))
        return answer(Pause(None), Say(Card((self.say("desk.resumed"), self._rhythm_now(facts)), (self._start_button(),))))

    def _pause(self, said: str, facts: Facts) -> Turn:
        if not said:
            lengths = (7, 14, 30)
            buttons = tuple(Button("pause_days", self.say(f"desk.pause_{n}"), str(n)) for n in lengths)
            return answer(Say(Card((self.say("desk.pause_ask"),), buttons)))
        days = read_days(said)
        until = facts.today + timedelta(days=days) if days else read_date(said, facts.today)
        return self._pause_until(until, facts)

    def _pause_days(self, days: int, facts: Facts) -> Turn:
        return self._pause_until(facts.today + timedelta(days=days) if days else None, facts)

    def _pause_until(self, until: date | None, facts: Facts) -> Turn:
        if until is None or until < facts.today:
            return self._out_of_date(facts)
        if until > facts.today + timedelta(days=LONGEST_PAUSE):
            return answer(Say(Card((self.say("desk.pause_too_long"),), (self._settings_button(),))))
        resume = Button("resume", self.say("desk.resume_button"))
        said = self.say("desk.paused", date=words_of_date(until))
        return answer(Pause(until), *self._settled(facts), Say(self._about(facts, said, (resume,))))

    def _about(self, facts: Facts, text: Words, buttons: tuple[Button, ...] = ()) -> Card:
        """A card in the place of the one that was pressed."""
        if facts.waiting is None:
            return Card((text,), buttons)
        flow = self.house.flows.get(facts.waiting.flow)
        title = flow.title if flow else None
        return Card((text,), buttons, title, f"occurrence:{facts.waiting.id}", title)

    def _short(self, facts: Facts, key: str) -> Card:
        return self._about(facts, self.say(key))

    # ---- everything else -------------------------------------------------------------------------------------

    def _help(self, facts: Facts) -> Turn:
        lines = tuple(self.say(f"desk.help_{n}") for n in (1, 2, 3, 4))
        routes = care.routes(self.house, HELP_ROUTES)
        buttons = (self._start_button(), self._settings_button(), *care.calls(self.house, HELP_ROUTES[:1]))
        text = (*lines, self.say("desk.help_care"), *routes)
        return answer(Say(Card(text, buttons, self.say("desk.help_title"))))

    def _who(self, facts: Facts) -> Turn:
        text = tuple(self.say(f"desk.who_{n}") for n in (1, 2, 3, 4))
        more = Button("who", self.say("desk.who_button"), "who", does="page")
        return answer(Say(Card((*text, self.say("arrival.notice_honest")), (more,), self.say("desk.who_title"))))

    def _page_card(self, name: str) -> Card:
        button = Button("page", self.say(f"desk.{name}_button"), PAGES[name], does="page", style="primary")
        return Card((self.say(f"desk.{name}"),), (button,))

    def _language(self, language: str) -> Turn:
        return answer(SetPerson({"language": language}), Say(Card((self.say("desk.language_set"),))))

    def _language_card(self) -> Card:
        buttons = (
            Button("language", self.say("desk.danish"), "da"),
            Button("language", self.say("desk.english"), "en"),
        )
        return Card((self.say("desk.language_ask"),), buttons)

    def _settings_button(self) -> Button:
        return Button("settings", self.say("desk.settings_button"), does="form")

    def _settings(self, facts: Facts) -> Turn:
        buttons = (self._settings_button(), self.times.button())
        return answer(Say(Card((self.say("desk.settings_card"), self._rhythm_now(facts)), buttons)))

    def _rhythm_now(self, facts: Facts) -> Words:
        known = facts.rhythm
        return self.arrival.rhythm_sentence(SetRhythm(known.weekday, known.time, known.every) if known else SetRhythm(None))

    def _time(self, facts: Facts) -> Turn:
        moment: datetime = facts.now
        said = self.say("desk.time_now", moment=words_of_moment(moment, facts.person.timezone))
        return answer(Say(Card((said, self._rhythm_now(facts)), (self._settings_button(),))))

    def _delete(self, facts: Facts) -> Turn:
        show = Button("erase", self.say("desk.delete_button"), does="form", style="danger")
        return answer(Say(Card((self.say("desk.delete"),), (show,))))

    def _erase_form(self, facts: Facts) -> Form:
        lines = tuple(
            self.say(f"desk.erase_{what}", n=facts.counts[what])
            for what in ("entries", "actions", "drafts")
            if facts.counts.get(what)
        )
        buttons = (
            Button("erase", self.say("desk.erase_yes"), style="danger"),
            Button("keep", self.say("desk.erase_no"), style="primary"),
        )
        alone = (self.say("desk.erase_administrator"),) if facts.counts.get("only_administrator") else ()
        planned = facts.counts.get("programmes")
        stays = (self.say("desk.erase_programmes", n=planned),) if planned else ()
        lead = (*alone, self.say("desk.erase_lead"), *lines, self.say("desk.erase_rest"), *stays)
        return Form("", "erase", self.say("desk.erase_title"), (), buttons, lead)

    def _closed(self, title: str, *text: Words) -> Form:
        return Form("", "", self.say(title), lead=text, closed=True)


def _number(said: str) -> int:
    """A small number; 0 where it is none ("²" is a digit to Python, and 10²⁰ is no number of days)."""
    return int(said) if said.isdecimal() and len(said) < 5 else 0
