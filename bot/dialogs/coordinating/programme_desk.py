"""The desk for programmes: what coordinators press when they plan for others; what they send in is read in `programme_sent`. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bot.cards import Form, Words
from bot.dialogs.coordinating.programme_pages import KINDS, ORDER, PAGE, ProgrammePages
from bot.dialogs.coordinating.programme_sent import GO, Sent, SentPages, read_sent
from bot.dialogs.coordinating.programme_view import ProgrammeFacts, Seen
from bot.dialogs.dates import words_of_moment
from bot.dialogs.house import House
from bot.dialogs.turn import Anew, ChangeProgramme, CopyProgramme, Turn
from bot.errors import Refused
from bot.events import Chose, Event, Submitted

NEW, LIST, ONE = "programme_new", "programmes", "programme"
ACTIONS = (NEW, LIST, ONE, GO)
DOES = ("start", "pause", "resume", "end", "remind")


class ProgrammeDesk:
    def __init__(self, house: House):
        self.say, self.draw, self.sent = house.say, ProgrammePages(house), SentPages(house)

    def concerns(self, event: Event) -> bool:
        match event:
            case Chose(action=action):
                return action in ACTIONS
            case Submitted(run="", page=page):
                return page.startswith(PAGE)
        return False

    def resume(self, event: Event, facts: ProgrammeFacts) -> Turn:
        if not facts.is_coordinator:
            return Turn(form=self.draw.closed("planning.refused_title", self.say("roles.not_coordinator")))
        if isinstance(event, Chose):
            return self._chose(event, facts)
        assert isinstance(event, Submitted)
        sent = read_sent(event, facts)
        if sent is None:
            return Turn(form=self.draw.list(facts))
        is_new = sent.page == "what" and not sent.revision
        if sent.about is None and sent.page != "list" and not is_new:
            return self._refused("programmes.not_yours")
        handlers: dict[str, Callable[[Sent], Turn]] = {
            "list": self._chosen,
            "what": self.sent.what,
            "which": self.sent.which,
            "who": self.sent.who,
            "people": self.sent.people,
            "when": self.sent.when,
            "look": self._pressed,
        }
        return handlers[sent.page](sent)

    def refused(self, event: Event, facts: ProgrammeFacts, refusal: Refused) -> Turn:
        """What was decided could not be done, and nothing of it was: said on its field, where it has one on the page."""
        why = self.say(refusal.text, **refusal.values_)
        sent = read_sent(event, facts) if isinstance(event, Submitted) else None
        page = self.sent.page(sent.page, sent) if sent and (sent.about or sent.page == "what") else None
        if sent is None or page is None:
            about = sent.about if sent else facts.about
            return Turn(form=self.draw.look(about, facts, why) if about else self.draw.closed("planning.refused_title", why))
        return Turn(form=self.sent.explained(sent, page, refusal.text, why))

    def _refused(self, key: str) -> Turn:
        return Turn(form=self.draw.closed("planning.refused_title", self.say(key)))

    # ---- what was pressed ------------------------------------------------------------------------------------

    def _chose(self, event: Chose, facts: ProgrammeFacts) -> Turn:
        match event.action:
            case "programme_new":
                kind = event.value if event.value in KINDS else KINDS[0]
                return Turn(form=self.sent.form(self.draw.what(facts.new_id, kind, facts, None)))
            case "programmes":
                return Turn(form=self.draw.list(facts))
        if event.action == GO and event.value == "done_throw":
            return Turn(form=self.draw.closed("planning.done_throw_title", self.say("planning.done_throw")))
        if facts.about is None:
            return self._refused("programmes.not_yours")
        page = event.value.partition(":")[0] if event.action == GO else "look"
        done = page.removeprefix("done_") if page.startswith("done_") else ""
        if done:
            return Turn(form=self._done(done, facts.about, facts))
        found = self.sent.page(page, Sent(_nothing(event), facts, page, facts.about.id, 0, facts.about.plan["kind"], facts.about))
        return Turn(form=self.sent.form(found) if found else self.draw.look(facts.about, facts))

    def _done(self, what: str, about: Seen, facts: ProgrammeFacts) -> Form:
        said = self.say(f"planning.done_{what}") if what != "start" else self._first_time(about, facts)
        return self.draw.closed(f"planning.done_{what}_title", said)

    def _first_time(self, about: Seen, facts: ProgrammeFacts) -> Words:
        if about.next_at is None:
            return self.say("planning.done_resume")
        return self.say("planning.done_start", moment=words_of_moment(about.next_at, facts.timezone))

    def _chosen(self, sent: Sent) -> Turn:
        known = {one.id: one for one in sent.facts.listed}
        found = known.get(str(sent.event.values.get("programme")))
        if found is None:
            return Turn(form=self.draw.list(sent.facts, is_missed=True))
        return Turn(effects=(Anew(GO, f"look:{found.id}"),))

    def _pressed(self, sent: Sent) -> Turn:
        about, button = sent.about, sent.event.button
        assert about
        if button.startswith("change_") and button.removeprefix("change_") in ORDER[:3]:
            return Turn(effects=(Anew(GO, f"{button.removeprefix('change_')}:{about.id}"),))
        if button == "change" and about.state != "ended":
            return Turn(form=self.draw.changing(about))
        if button == "copy":
            return Turn(effects=(CopyProgramme(about.id, sent.facts.new_id), Anew(GO, f"look:{sent.facts.new_id}")))
        if button == "throw":
            return Turn(effects=(ChangeProgramme(about.id, "throw"), Anew(GO, "done_throw")))
        if button == "start" and about.state == "draft" and sent.revision != about.revision:
            return Turn(form=self.draw.look(about, sent.facts, self.say("planning.start_changed")))
        if button in DOES:
            return Turn(effects=(ChangeProgramme(about.id, button), Anew(GO, f"done_{button}:{about.id}")))
        return Turn(form=self.draw.look(about, sent.facts))


def _nothing(event: Chose) -> Submitted:
    return Submitted(id=event.id, sender=event.sender, run="", page="", button="")
