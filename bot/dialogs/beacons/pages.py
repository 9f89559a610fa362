"""The private pages about beacons, as they stand now. Drawn only; `desk` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import Button, Words, plain
from bot.dialogs.beacons.own import QUESTION_KINDS, OwnTexts, own_words, question_of
from bot.dialogs.beacons.view import BeaconFacts, Line, Seen
from bot.dialogs.dates import words_of_date
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import MAX_OPTION, MAX_OPTIONS, Option, Step

DOES = ("designate", "extend", "close", "withdraw")
MAY = {
    "proposed": ("designate", "questions", "words", "withdraw"),
    "active": ("extend", "close", "questions", "words"),
    "extended": ("extend", "close", "questions", "words"),
    "closed": ("designate",),
}
WRITING = ("questions", "words")
HISTORY = 8
"""Lines of history on the page in the chat; all of it stands on the web page."""


def may(about: Seen) -> tuple[str, ...]:
    """What can be done to a beacon now; there is nothing to write in one that came with Pejling."""
    return tuple(one for one in MAY.get(about.state, ()) if about.own is not None or one not in WRITING)


@dataclass(frozen=True)
class BeaconPages:
    house: House
    texts: OwnTexts

    def say(self, key: str, **values: object) -> Words:
        return self.house.say(key, **values)

    def choose(self, facts: BeaconFacts) -> Private:
        """The newest first, as many as can be shown in a chat; the page on the web has them all."""
        known = sorted(facts.beacons, key=lambda one: one.since, reverse=True)[: MAX_OPTIONS - 1]
        options = (Option("new", self.say("beacons.new")), *(Option(one.id, self._named(one)) for one in known))
        which = Step("beacon", "single", self.say("beacons.which"), options=options, required=True)
        onward = Button("open", self.say("beacons.open"), style="primary")
        return Private("beacon:list", self.say("beacons.list_title"), (which,), (onward,), (self.say("beacons.list_lead"),))

    def _named(self, one: Seen) -> Words:
        state = self.say(f"beacons.state_{one.state}")
        whole = self.say("beacons.named", name=one.name, state=state)
        fits = max(len(whole.spoken(language)) for language in ("da", "en")) <= MAX_OPTION
        return whole if fits else _cut(one.name)

    # ---- one beacon ------------------------------------------------------------------------------------------

    def one(self, about: Seen) -> Private:
        main = "designate" if about.state == "proposed" and about.own and about.own["questions"] else ""
        buttons = [Button(does, self._verb(does, about), style="primary" if does == main else "") for does in may(about)]
        back = Button("back", self.say("beacons.back"))
        lead = (*self.stands(about), *self._asks(about), *(self.line(one) for one in about.history[:HISTORY]))
        return Private(f"beacon:one:{about.id}", about.name, (), (*buttons, back), lead)

    def _verb(self, does: str, about: Seen) -> Words:
        return self.say("beacons.do_again" if does == "designate" and about.state == "closed" else f"beacons.do_{does}")

    def stands(self, about: Seen) -> Iterator[Words]:
        scope = self.say("beacons.local", centre=about.centre_name) if about.centre else self.say("beacons.common")
        since = about.closed or about.since
        state = self.say(f"beacons.state_{about.state}")
        large = Words(state.da.capitalize(), state.en.capitalize())
        yield self.say("beacons.stands", scope=scope, state=large, since=words_of_date(since))
        if about.until:
            yield self.say("beacons.until", date=words_of_date(about.until))

    def _asks(self, about: Seen) -> Iterator[Words]:
        if about.own is None:
            return
        for n, question in enumerate(about.own["questions"], 1):
            yield self.say("beacons.asks", n=n, question=own_words(question["text"], self.texts))
        if not about.own["questions"]:
            yield self.say("beacons.asks_none")

    def line(self, one: Line) -> Words:
        said = {"date": words_of_date(one.on), "what": self.say(f"beacons.what_{one.what}")}
        by = plain(one.by) if one.by else self.say("beacons.somebody")
        return self.say("beacons.line_why", by=by, why=one.why, **said) if one.why else self.say("beacons.line", by=by, **said)

    def change(self, does: str, about: Seen) -> Private:
        why = Step("why", "text", self.say("beacons.why"), help=self.say("beacons.why_help"), required=True)
        until = (Step("until", "date", self.say("beacons.until_when")),) if does in ("designate", "extend") else ()
        buttons = (Button(does, self._verb(does, about), style="primary"), Button("back", self.say("beacons.back")))
        lead = (about.name, self.say(f"beacons.lead_{does}"))
        return Private(f"beacon:{does}:{about.id}", self.say(f"beacons.title_{does}"), (why, *until), buttons, lead)

    # ---- writing ---------------------------------------------------------------------------------------------

    def new(self, facts: BeaconFacts) -> Private:
        options = tuple(Option(id or "common", plain(name) if id else self.say("beacons.common")) for id, name in facts.scopes)
        scope = (Step("scope", "single", self.say("beacons.for_whom"), options=options[:MAX_OPTIONS], required=True),)
        why = Step("why", "text", self.say("beacons.why"), help=self.say("beacons.why_help"), required=True)
        steps = (*(scope if len(options) > 1 else ()), self._short("name_da", required=True), self._short("line_da", required=True), why)
        buttons = (Button("next", self.say("beacons.go_on"), style="primary"), Button("back", self.say("beacons.back")))
        return Private("beacon:new", self.say("beacons.new_title"), steps, buttons, (self.say("beacons.new_lead"),))

    def _short(self, id: str, *, required: bool = False) -> Step:
        help = self.say("beacons.english_help") if id == "name_en" else None
        return Step(id, "text", self.say(f"beacons.{id}"), short=True, required=required, help=help)

    def words(self, about: Seen) -> Private:
        own = about.own or {}
        steps = (
            self._short("name_da", required=True),
            self._short("line_da", required=True),
            self._short("name_en"),
            self._short("line_en"),
        )
        values = {f"{key}_{language}": own[part].get(language, "") for key, part in (("name", "name"), ("line", "one_line")) for language in ("da", "en")}
        buttons = (Button("save", self.say("beacons.save"), style="primary"), Button("back", self.say("beacons.back")))
        return Private(self._at("words", about), self.say("beacons.words_title"), steps, buttons, values=values)

    def questions(self, about: Seen) -> Private:
        options = tuple(
            Option(one["id"], _cut(own_words(one["text"], self.texts))) for one in (about.own or {})["questions"]
        )
        which = Step("question", "single", self.say("beacons.which_question"), options=options, required=True)
        buttons = (
            Button("edit", self.say("beacons.edit_question"), style="primary"),
            Button("add", self.say("beacons.add_question")),
            Button("drop", self.say("beacons.drop_question"), style="danger", confirm=self.say("beacons.drop_sure")),
            Button("back", self.say("beacons.back")),
        )
        return Private(self._at("questions", about), self.say("beacons.questions_title"), (which,), buttons)

    def question(self, about: Seen, id: str) -> Private:
        known = question_of(about.own, id) if about.own and id else None
        kinds = tuple(Option(kind, self.say(f"beacons.kind_{kind}")) for kind in QUESTION_KINDS)
        steps = (
            Step("text_da", "text", self.say("beacons.text_da"), required=True),
            Step("kind", "single", self.say("beacons.kind"), options=kinds, required=True),
            Step("options_da", "text", self.say("beacons.options_da"), help=self.say("beacons.options_help")),
            Step("text_en", "text", self.say("beacons.text_en"), help=self.say("beacons.english_help")),
            Step("options_en", "text", self.say("beacons.options_en")),
        )
        buttons = (
            Button("save", self.say("beacons.save"), style="primary"),
            Button("add", self.say("beacons.save_and_add")),
            Button("back", self.say("beacons.back")),
        )
        return Private(
            f"{self._at('question', about)}{f':{id}' if id else ''}",
            self.say("beacons.question_title"),
            steps,
            buttons,
            (about.name,),
            values=_values(known),
        )

    def _at(self, page: str, about: Seen) -> str:
        """Named with the revision it was made from, so that nobody writes over what another wrote meanwhile."""
        return f"beacon:{page}:{about.id}:{about.revision}"


def _values(question: Mapping[str, Any] | None) -> dict[str, Any]:
    if question is None:
        return {"kind": "text"}
    said = {"kind": question["kind"], "text_da": question["text"]["da"], "text_en": question["text"]["en"]}
    options = question.get("options", ())
    return said | {f"options_{language}": "\n".join(filter(None, (one[language] for one in options))) for language in ("da", "en")}


def _cut(words: Words) -> Words:
    """As much of a text as a choice can hold."""
    return Words(**{language: _shortened(words.spoken(language)) for language in ("da", "en")})


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_OPTION else f"{text[: MAX_OPTION - 1]}…"
