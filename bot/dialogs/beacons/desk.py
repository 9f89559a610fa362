"""The desk for beacons: what everybody may ask about them, and the private pages on which they are proposed, written and changed.

A page is named by what it does, the beacon, and what it was made from: "beacon:question:own-…:3:q2". Whether somebody may
change anything is decided again where it is changed; here only what is theirs is offered at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2s
from typing import Any

from bot.cards import Button, Card, Form, Words
from bot.dialogs.beacons.pages import DOES, BeaconPages, may
from bot.dialogs.beacons.view import BeaconFacts, Seen
from bot.dialogs.commands import is_command
from bot.dialogs.held import Held
from bot.dialogs.house import House
from bot.dialogs.beacons.own import (
    LONGEST_OWN_LINE,
    LONGEST_OWN_NAME,
    Own,
    OwnTexts,
    checked_words,
    in_use,
    new_own,
    own_flow,
    own_words,
    with_question,
    without_question,
)
from bot.dialogs.private_pages import Private, PrivatePages, Taken
from bot.dialogs.reading import Reading
from bot.dialogs.turn import ChangeBeacon, Effect, ProposeBeacon, Say, Turn, WriteBeacon, answer
from bot.errors import ContentError, Refused
from bot.events import Chose, Event, Submitted, Wrote

COMMAND = "beacons"
OPEN = "beacons"
PAGE = "beacon:"
NEW = "new"


@dataclass(frozen=True)
class Sent:
    """A page that was sent in. `about`: the beacon on it, where there is one."""

    event: Submitted
    facts: BeaconFacts
    about: Seen | None
    rest: tuple[str, ...]


class BeaconDesk:
    def __init__(self, house: House, texts: OwnTexts):
        self.house, self.say, self.texts = house, house.say, texts
        self.draw = BeaconPages(house, texts)
        self.pages = PrivatePages(house)

    def concerns(self, event: Event) -> bool:
        match event:
            case Wrote(text=text):
                return is_command(text, COMMAND)
            case Chose(action=action):
                return action == OPEN
            case Submitted(run=run, page=page):
                return not run and page.startswith(PAGE)
        return False

    def resume(self, event: Event, facts: BeaconFacts) -> Turn | None:
        if isinstance(event, Wrote):
            return answer(Say(self._card(facts)))
        if not facts.scopes:
            return Turn(form=self._closed(self.say("roles.gone")))
        if isinstance(event, Chose):
            about = facts.beacon(event.value)
            return Turn(form=self._form(self.draw.one(about) if about else self.draw.choose(facts)))
        assert isinstance(event, Submitted)
        _, does, *rest = event.page.split(":")
        found = facts.beacon(rest[0]) if rest else None
        if does not in ("list", "new") and found is None:
            return Turn(form=self._closed(self.say("beacons.gone")))
        return self._handlers()[does](Sent(event, facts, found, tuple(rest[1:]))) if does in self._handlers() else None

    def refused(self, event: Event, facts: BeaconFacts, refusal: Refused) -> Turn:
        """Nothing was changed: said where one is, on the page."""
        return Turn(form=self._closed(self.say(refusal.text, **refusal.values_)))

    def _handlers(self) -> dict[str, Callable[[Sent], Turn]]:
        changes = {does: self._changed for does in DOES}
        writing = {"words": self._words, "questions": self._questions, "question": self._question}
        return {"list": self._chosen, "one": self._pressed, "new": self._proposed, **changes, **writing}

    # ---- for everybody ---------------------------------------------------------------------------------------

    def _card(self, facts: BeaconFacts) -> Card:
        names = tuple(one.name for one in facts.active)
        listed = Words(*(", ".join(name.spoken(language) for name in names) for language in ("da", "en")))
        text = self.say("beacons.now", names=listed) if names else self.say("beacons.none")
        status = (Button("begin", self.say("beacons.write_status"), facts.status, does="form"),) if facts.status else ()
        change = (Button(OPEN, self.say("beacons.change_them"), does="form"),) if facts.scopes else ()
        more = Button("page", self.say("beacons.read_more"), "beacons", does="page")
        return Card((text,), (*status, *change, more), self.say("beacons.title"), OPEN)

    # ---- choosing --------------------------------------------------------------------------------------------

    def _chosen(self, sent: Sent) -> Turn:
        taken = self._take(self.draw.choose(sent.facts), sent)
        if taken.form:
            return Turn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        if taken.values["beacon"] == NEW:
            return Turn(form=self._form(self.draw.new(sent.facts)))
        found = sent.facts.beacon(str(taken.values["beacon"]))
        return Turn(form=self._form(self.draw.one(found)) if found else self._closed(self.say("beacons.gone")))

    def _pressed(self, sent: Sent) -> Turn:
        assert sent.about
        return Turn(form=self._form(self._page_of(sent.event.button, sent.about, sent.facts)))

    def _page_of(self, button: str, about: Seen, facts: BeaconFacts) -> Private:
        if button not in may(about):
            return self.draw.choose(facts) if button == "back" else self.draw.one(about)
        match button:
            case "words":
                return self.draw.words(about)
            case "questions":
                return self.draw.questions(about) if about.own and about.own["questions"] else self.draw.question(about, "")
        return self.draw.change(button, about)

    # ---- changing what becomes of it -------------------------------------------------------------------------

    def _changed(self, sent: Sent) -> Turn:
        about, does = sent.about, sent.event.page.split(":")[1]
        assert about
        if sent.event.button == "back" or does not in may(about):
            return Turn(form=self._form(self.draw.one(about)))
        page = self.draw.change(does, about)
        taken = self._take(page, sent)
        if taken.form:
            return Turn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        own = about.own
        if own is not None and does == "designate":
            try:
                own_flow(about.id, own, self.texts)
            except ContentError as error:
                return self._mended(page, sent, error, "why")
            own = in_use(own)
        until = taken.values.get("until")
        change = ChangeBeacon(about.id, does, taken.values["why"], date.fromisoformat(until) if until else None, own, about.bundled)
        return self._done(self.say(f"beacons.done_{does}"), change, *taken.notes)

    # ---- writing ---------------------------------------------------------------------------------------------

    def _proposed(self, sent: Sent) -> Turn:
        if sent.event.button == "back":
            return Turn(form=self._form(self.draw.choose(sent.facts)))
        page = self.draw.new(sent.facts)
        taken = self._take(page, sent)
        if taken.form:
            return Turn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        values = taken.values
        try:
            own = new_own(self._name(values), self._line(values))
        except ContentError as error:
            return self._mended(page, sent, error)
        scopes = [id for id, _ in sent.facts.scopes]
        centre = "" if values.get("scope") == "common" else values.get("scope") or scopes[0]
        id = f"{'own' if centre else 'common'}-{blake2s(sent.event.id.encode(), digest_size=6).hexdigest()}"
        proposal = ProposeBeacon(id, centre, own, values["why"])
        seen = Seen(id, own_words(own["name"], self.texts), "proposed", sent.facts.today, centre=centre, own=own, revision=1)
        form = self._form(replace(self.draw.question(seen, ""), notes=(self.say("beacons.proposed"), *taken.notes)))
        return Turn(None, (proposal,), form)

    def _name(self, values: Any) -> dict[str, str]:
        return checked_words(values, "name", LONGEST_OWN_NAME)

    def _line(self, values: Any) -> dict[str, str]:
        return checked_words(values, "line", LONGEST_OWN_LINE)

    def _words(self, sent: Sent) -> Turn:
        about = self._written(sent)
        if about is None:
            return self._form_of(sent)
        page = self.draw.words(about)
        taken = self._take(page, sent)
        if taken.form:
            return Turn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        try:
            own = {**(about.own or {}), "name": self._name(taken.values), "one_line": self._line(taken.values)}
        except ContentError as error:
            return self._mended(page, sent, error)
        return self._kept(about, own, "beacons.words_done", *taken.notes)

    def _questions(self, sent: Sent) -> Turn:
        about = self._written(sent)
        if about is None or about.own is None:
            return self._form_of(sent)
        if sent.event.button == "add":
            return Turn(form=self._form(self.draw.question(about, "")))
        page = self.draw.questions(about)
        taken = self._take(page, sent)
        if taken.form:
            return Turn(form=taken.form)
        if taken.button == "drop":
            return self._kept(about, without_question(about.own, taken.values["question"]), "beacons.question_gone")
        return Turn(form=self._form(self.draw.question(about, taken.values["question"])))

    def _question(self, sent: Sent) -> Turn:
        about = self._written(sent)
        if about is None or about.own is None:
            return self._form_of(sent)
        id = sent.rest[1] if len(sent.rest) > 1 else ""
        page = self.draw.question(about, id)
        taken = self._take(page, sent)
        if taken.form:
            return Turn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        try:
            own = with_question(about.own, id, taken.values, self.texts)
        except ContentError as error:
            return self._mended(page, sent, error)
        if taken.button != "add":
            return self._kept(about, own, "beacons.question_done", *taken.notes)
        own = self._as_used(about, own)
        after = replace(about, own=own, revision=about.revision + 1)
        form = self._form(replace(self.draw.question(after, ""), notes=(self.say("beacons.question_done"), *taken.notes)))
        return Turn(None, (WriteBeacon(about.id, own, about.revision),), form)

    def _written(self, sent: Sent) -> Seen | None:
        """The beacon whose text is being written; None: one goes back to it, or it has been written anew meanwhile."""
        about = sent.about
        is_old = about is None or about.own is None or sent.rest[:1] != (str(about.revision),)
        return None if sent.event.button == "back" or is_old else about

    def _form_of(self, sent: Sent) -> Turn:
        assert sent.about
        page = self.draw.one(sent.about)
        note = () if sent.event.button == "back" else (self.say("beacons.changed_meanwhile"),)
        return Turn(form=self._form(replace(page, notes=note)))

    def _kept(self, about: Seen, own: Own, said: str, *notes: Words) -> Turn:
        own = self._as_used(about, own)
        after = replace(about, own=own, revision=about.revision + 1, name=own_words(own["name"], self.texts))
        page = replace(self.draw.one(after), notes=(self.say(said), *notes))
        return Turn(None, (WriteBeacon(about.id, own, about.revision),), self._form(page))

    def _as_used(self, about: Seen, own: Own) -> Own:
        """What stands in a beacon in use has been asked from now on."""
        return in_use(own) if about.state in ("active", "extended") else own

    # ---- shared ----------------------------------------------------------------------------------------------

    def _take(self, page: Private, sent: Sent) -> Taken:
        return self.pages.take(page, sent.event, run="", today=sent.facts.today, language=sent.facts.language)

    def _form(self, page: Private) -> Form:
        return self.pages.form(page, "")

    def _mended(self, page: Private, sent: Sent, error: ContentError, field: str = "") -> Turn:
        """The page again as it was typed, with what is wrong and how to mend it at the field where it is."""
        known = f"own.{error.code or 'other'}"
        reading = Reading(errors={field or error.where: self.say(known, **error.values_)})
        return Turn(form=self.pages.form(page, "", typed=sent.event.values, reading=reading, held=Held.read(sent.event.held)))

    def _done(self, said: Words, effect: Effect, *notes: Words) -> Turn:
        return Turn(None, (effect,), self._closed(said, *notes))

    def _closed(self, *text: Words) -> Form:
        to_page = Button("page", self.say("beacons.to_page"), "beacons", does="page")
        return self.pages.closed("", self.say("beacons.list_title"), *text, buttons=(to_page,))
