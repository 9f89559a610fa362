"""The first meeting and the settings: the notice, language, level, centre and rhythm, all on one page."""

from __future__ import annotations

from typing import Any

from bot.cards import Button, Card, Choice, Field, Form, Words, plain
from bot.dialogs.facts import Facts, RhythmFacts
from bot.dialogs.house import House
from bot.dialogs.time_of_day import read_clock
from bot.dialogs.turn import Effect, Say, SetPerson, SetRhythm, Turn, answer
from bot.events import Submitted

NOTICE_LINES = 7
WORKING_DAYS = range(5)
DEFAULT_RHYTHM = RhythmFacts(1, "09:00", 1)  # Tuesday: Mondays are full, Fridays are short-staffed
EVERY = ("1", "2", "4")
SUBJECT = "arrival"


class Arrival:
    def __init__(self, house: House):
        self.house, self.say = house, house.say

    @property
    def version(self) -> str:
        """The version of the notice that is in force."""
        return self.say("arrival.version").spoken("da")

    def is_over(self, facts: Facts) -> bool:
        """Whether the person has read the notice as it is now, and wants to take part."""
        return self.is_read_by(facts.person.state, facts.notice_version)

    def is_read_by(self, state: str, notice_version: str) -> bool:
        return state == "active" and notice_version == self.version

    # ---- cards -----------------------------------------------------------------------------------------------

    def card(self, facts: Facts) -> Card:
        begin = Button("arrive", self.say("arrival.begin"), does="form", style="primary")
        who = Button("who", self.say("arrival.who"))
        if facts.person.state == "declined":
            return Card((self.say("arrival.declined"),), (begin, who), subject=SUBJECT)
        no = Button("decline", self.say("arrival.no_thanks"))
        if facts.person.state == "active":
            return Card((self.say("arrival.changed"),), (begin, who), subject=SUBJECT)
        text = (self.say("arrival.welcome"), self.say("arrival.why_you"))
        return Card(
            text,
            (begin, who, no),
            self.say("arrival.welcome_title"),
            SUBJECT,
            self.say("arrival.welcome_notice"),
        )

    def decline(self, facts: Facts) -> Turn:
        said = Card((self.say("arrival.declined_now"),), subject=SUBJECT, title=self.say("arrival.declined_title"))
        return answer(SetPerson({"state": "declined"}), SetRhythm(None), Say(said, "update"))

    def notice(self) -> tuple[Words, ...]:
        lines = [self.say(f"arrival.notice_{n}") for n in range(1, NOTICE_LINES)]
        return (*lines, self.say("arrival.notice_7", **self.house.about), self.say("arrival.notice_honest"))

    # ---- pages -----------------------------------------------------------------------------------------------

    def form(self, facts: Facts, typed: dict[str, Any] | None = None, errors: dict[str, Words] | None = None) -> Form:
        """The notice and everything to choose, with defaults that fit most."""
        buttons = (
            Button("accept", self.say("arrival.accept"), style="primary"),
            Button("decline", self.say("arrival.no_thanks")),
        )
        fields = self._fields(facts, facts.rhythm or DEFAULT_RHYTHM, typed, errors or {})
        return Form("", "arrival", self.say("arrival.page_title"), fields, buttons, self.notice())

    def settings(
        self, facts: Facts, typed: dict[str, Any] | None = None, errors: dict[str, Words] | None = None
    ) -> Form:
        fields = self._fields(facts, facts.rhythm, typed, errors or {})
        save = Button("save", self.say("desk.save"), style="primary")
        return Form("", "settings", self.say("desk.settings_title"), fields, (save,))

    def _fields(
        self, facts: Facts, rhythm: RhythmFacts | None, typed: dict[str, Any] | None, errors: dict[str, Words]
    ) -> tuple[Field, ...]:
        shown = {
            "language": facts.person.language,
            "level": facts.person.level or None,
            "centre": facts.person.centre or ("none" if facts.centres else None),
            "weekday": str(rhythm.weekday) if rhythm else "none",
            "time": (rhythm or DEFAULT_RHYTHM).time,
            "every": str(rhythm.every) if rhythm and str(rhythm.every) in EVERY else "1",
        } | (typed or {})
        choices = self._choices(facts)
        labels = {key: self.say(f"arrival.{key}") for key in shown}
        return tuple(
            Field(key, "time" if key == "time" else "single", labels[key], choices=choices.get(key, ()), value=shown[key], error=errors.get(key))
            for key in shown
            if key == "time" or choices.get(key)
        )  # fmt: skip

    def _choices(self, facts: Facts) -> dict[str, tuple[Choice, ...]]:
        no_centre = Choice("none", self.say("arrival.no_centre"))
        centres = tuple(Choice(id_, plain(name)) for id_, name in facts.centres)
        days = tuple(Choice(str(n), self.say(f"arrival.day_{n}")) for n in WORKING_DAYS)
        return {
            "language": (Choice("da", self.say("arrival.danish")), Choice("en", self.say("arrival.english"))),
            "level": tuple(Choice(level.id, level.name) for level in self.house.levels),
            "centre": (*centres, no_centre) if centres else (),
            "weekday": (*days, Choice("none", self.say("arrival.no_rhythm"))),
            "every": tuple(Choice(n, self.say(f"arrival.every_{n}")) for n in EVERY),
        }

    # ---- what was sent in ------------------------------------------------------------------------------------

    def submitted(self, event: Submitted, facts: Facts) -> Turn:
        if event.button == "decline":
            declined = self.decline(facts)
            form = self._closed("arrival.declined_title", self.say("arrival.declined_now"))
            return Turn(None, declined.effects, form)
        values, errors = self._read(event.values, facts)
        if errors:
            draw = self.form if event.page == "arrival" else self.settings
            return Turn(form=draw(facts, dict(event.values), errors))
        chosen = {key: values[key] for key in ("language", "level", "centre") if key in values}
        rhythm = SetRhythm(values["weekday"], values["time"], values["every"])
        if event.page == "settings":
            saved = self.say("desk.settings_saved", rhythm=self.rhythm_sentence(rhythm))
            return Turn(None, (SetPerson(chosen), rhythm), self._closed("desk.settings_title", saved))
        return self._accepted(chosen, rhythm)

    def _accepted(self, chosen: dict[str, Any], rhythm: SetRhythm) -> Turn:
        accepted = SetPerson({**chosen, "state": "active", "notice_version": self.version})
        is_on_one = rhythm.weekday is not None
        done = self.say("arrival.done", when=self.rhythm_words(rhythm)) if is_on_one else self.say("arrival.done_no_rhythm")
        begin = Button("pick", self.say("desk.start_new"), does="form", style="primary")
        card = Card((done,), (begin,), self.say("arrival.done_title"), SUBJECT)
        effects: tuple[Effect, ...] = (accepted, rhythm, Say(card, "update"))
        return Turn(None, effects, self._closed("arrival.done_title", done))

    def _read(self, typed: dict[str, Any], facts: Facts) -> tuple[dict[str, Any], dict[str, Words]]:
        """What was chosen. A choice that is no longer there, or a time nobody can read, is asked for again."""
        values: dict[str, Any] = {}
        errors: dict[str, Words] = {}
        for key, choices in self._choices(facts).items():
            given = typed.get(key)
            given = given[0] if isinstance(given, list) and given else given
            if not given:
                continue
            given = str(given)
            if given not in {choice.id for choice in choices}:
                errors[key] = self.say("flow.option_gone")
                continue
            values[key] = given
        values["centre"] = None if values.get("centre") == "none" else values.get("centre", facts.person.centre or None)
        day = values.get("weekday", "none")
        values["weekday"] = None if day == "none" else int(day)
        values["every"] = int(values.get("every", 1))
        values["time"] = read_clock(str(typed.get("time") or DEFAULT_RHYTHM.time))
        if not values["time"]:
            errors["time"] = self.say("arrival.time_unclear")
        return values, errors

    def rhythm_words(self, rhythm: SetRhythm) -> Words:
        every = self.every_words(rhythm.every)
        time = Words(rhythm.time.replace(":", "."), rhythm.time)
        day = self.say(f"arrival.day_{rhythm.weekday}")
        lowered = Words(day.da[0].lower() + day.da[1:], day.en)
        every = Words(every.spoken("da").lower(), every.spoken("en").lower())
        return self.say("arrival.rhythm_words", day=lowered, time=time, every=every)

    def rhythm_sentence(self, rhythm: SetRhythm) -> Words:
        if rhythm.weekday is None:
            return self.say("desk.rhythm_none")
        return self.say("desk.rhythm_now", rhythm=self.rhythm_words(rhythm))

    def every_words(self, weeks: int) -> Words:
        """ "Every other week"; where there is no word for it, the number."""
        return self.say(f"arrival.every_{weeks}" if str(weeks) in EVERY else "later.less_every", weeks=weeks)

    def _closed(self, title: str, *text: Words) -> Form:
        return Form("", "", self.say(title), lead=text, closed=True)
