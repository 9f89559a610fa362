"""The pages of planning that are sent in: each is read, and saved by itself, as a draft or as a change. Pure.

Each is a whole plan: what is not asked yet stands at a default that fits most. What cannot be planned so (`Refused` by the service)
is said on its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.cards import Form, Words
from bot.dialogs.answers import read_value
from bot.dialogs.coordinating.programme_names import name_lines
from bot.dialogs.coordinating.programme_pages import KINDS, ORDER, PAGE, ProgrammePages
from bot.dialogs.coordinating.programme_rule import When, is_skipped, read_when, suggested
from bot.dialogs.coordinating.programme_view import ProgrammeFacts, Seen, time_words
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, PrivatePages
from bot.dialogs.reading import Reading
from bot.dialogs.time_of_day import read_clock
from bot.dialogs.turn import Anew, Effect, SaveProgramme, Turn
from bot.events import Submitted

GO = "programme_page"
MOST_NAMES = 50

ON_A_FIELD = {
    "title_missing": "title", "too_long": "title", "text_missing": "text", "flow_missing": "what", "flow_unknown": "what",
    "flow_alone": "what", "series_apart": "what", "not_a_series": "what", "series_once": "first", "rule_unclear": "first",
    "end_before_start": "until", "never": "until", "past": "first", "nobody": "levels", "not_addressable": "people",
}  # fmt: skip
"""Where on a page it is said why something cannot be planned so."""


@dataclass(frozen=True)
class Sent:
    """A page that was sent in. `page`: what it asks; `id`: the programme; `about`: how it stands, if it does."""

    event: Submitted
    facts: ProgrammeFacts
    page: str
    id: str
    revision: int
    kind: str
    about: Seen | None


def read_sent(event: Submitted, facts: ProgrammeFacts) -> Sent | None:
    """A page of ours, by its name; None: it is none."""
    page, *rest = event.page.removeprefix(PAGE).split(":")
    if page == "list":
        return Sent(event, facts, page, "", 0, "", None)
    if page not in (*ORDER, "which", "people") or len(rest) != 3 or rest[2] not in KINDS or not rest[1].isdecimal():
        return None
    about = facts.about if facts.about is not None and facts.about.id == rest[0] else None
    return Sent(event, facts, page, rest[0], int(rest[1]), rest[2], about)


class SentPages:
    def __init__(self, house: House):
        self.say, self.draw, self.pages = house.say, ProgrammePages(house), PrivatePages(house)

    def explained(self, sent: Sent, page: Private, refusal: str, why: Words) -> Form:
        """The page as it was sent, with what was refused on the field it is about."""
        field, ids = ON_A_FIELD.get(refusal.removeprefix("programmes."), ""), [step.id for step in page.steps]
        reading = Reading(errors={field if field in ids else ids[0]: why})
        return self.pages.form(page, "", typed=sent.event.values, reading=reading)

    # ---- pages -----------------------------------------------------------------------------------------------

    def page(self, page: str, sent: Sent) -> Private | None:
        about = sent.about
        if page == "what":
            kind = "rotation" if sent.kind == "flow" else sent.kind
            return self.draw.what(sent.id, kind, sent.facts, about)
        if about is None or about.state == "ended":
            return None
        pages = {
            "which": lambda: self.draw.which(about, sent.facts),
            "who": lambda: self.draw.who(about, sent.facts),
            "people": lambda: self.draw.people(about, sent.facts),
            "when": lambda: self.draw.when(about),
        }
        return pages[page]() if page in pages else None

    def form(self, page: Private) -> Form:
        return self.pages.form(page, "")

    def what(self, sent: Sent) -> Turn:
        page = self.page("what", sent)
        assert page
        if sent.event.button == "back":
            return Turn(effects=(Anew(GO, f"look:{sent.id}"),))
        taken = self.pages.take(page, sent.event, run="", today=sent.facts.today, language=sent.facts.language)
        if taken.form:
            return Turn(form=self._in_own_words(taken.form), leaves_no_trace=taken.leaves_no_trace)
        values = taken.values
        begun, what = self._begun(sent), str(values.get("what") or "")
        plan = {**begun, **self._sending(sent.kind, what, begun)}
        plan |= {name: values.get(name) or "" for name in ("title", "why", "text") if name in values}
        return self._saved(sent, plan, "which" if what == "some" else "who")

    def _in_own_words(self, form: Form) -> Form:
        """A title or a message that is missing is asked for by its name."""
        missing = {id: self.say(f"programmes.{id}_missing") for id in ("title", "text")}
        is_empty = lambda field: field.error is not None and not str(field.value or "").strip()  # noqa: E731
        fields = (replace(one, error=missing[one.id]) if one.id in missing and is_empty(one) else one for one in form.fields)
        return replace(form, fields=tuple(fields))

    def _begun(self, sent: Sent) -> dict[str, Any]:
        """The plan so far, or one that fits most."""
        if sent.about is not None:
            return dict(sent.about.plan)
        facts = sent.facts
        local_now = facts.now.astimezone(ZoneInfo(facts.timezone))
        centre = facts.own[0][0] if facts.own else None
        when = suggested(sent.kind, facts.today, local_now)
        return {"audience": {"everyone": True}, "rule": when.rule(), "centre": centre, "holidays": "", "catch_up": 24, "why": "", "text": ""}

    def which(self, sent: Sent) -> Turn:
        assert sent.about
        if sent.event.button == "back":
            return self._back(sent, "what")
        page = self.draw.which(sent.about, sent.facts)
        values, errors = self._read(page, sent)
        if errors:
            return self._mended(page, sent, {"which": self.say("planning.which_none")})
        flows = tuple(values["which"])
        return self._saved(sent, {**sent.about.plan, "kind": "flow" if len(flows) == 1 else "rotation", "flows": flows, "beacon": ""}, "who")

    def _sending(self, kind: str, what: str, begun: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent: one flow, some in turn, a series, or a message. Which ones, where they are picked one by one, is asked on the
        next page; until then it stays at those there were."""
        sort, _, id = what.partition(":")
        if kind == "reminder":
            return {"kind": "reminder", "flows": (), "beacon": ""}
        if kind == "series":
            return {"kind": "series", "flows": (id,), "beacon": ""}
        if sort == "flow":
            return {"kind": "flow", "flows": (id,), "beacon": ""}
        picked = tuple(begun.get("flows", ())) if sort == "some" else ()
        return {"kind": "rotation", "flows": picked, "beacon": id if sort == "beacon" else ""}

    def who(self, sent: Sent) -> Turn:
        assert sent.about
        if sent.event.button == "back":
            return self._back(sent, "what")
        page = self.draw.who(sent.about, sent.facts)
        values, errors = self._read(page, sent)
        if errors:
            return self._mended(page, sent, errors)
        old = sent.about.plan["audience"]
        chosen = {name: values.get(name) or () for name in ("levels", "centres", "groups")}
        some = {name: list(ids) for name, ids in (*chosen.items(), ("people", old.get("people", ()))) if ids}
        audience = {**(some or {"everyone": True}), **({"except": old["except"]} if old.get("except") else {})}
        centre = values.get("centre") or sent.about.plan["centre"]
        after = "people" if sent.event.button == "people" else "when"
        return self._saved(sent, {**sent.about.plan, "audience": audience, "centre": centre}, after)

    def people(self, sent: Sent) -> Turn:
        assert sent.about
        if sent.event.button == "back":
            return self._back(sent, "who")
        page = self.draw.people(sent.about, sent.facts)
        values, errors = self._read(page, sent)
        named: dict[str, list[str]] = {}
        for field in ("people", "but"):
            named[field], wrong = self._named(str(values.get(field) or ""), sent.facts)
            errors |= {field: wrong} if wrong else {}
        if errors:
            return self._mended(page, sent, errors)
        old = sent.about.plan["audience"]
        some = {name: list(old[name]) for name in ("levels", "centres", "groups") if old.get(name)}
        some |= {"people": named["people"]} if named["people"] else {}
        but = {"people": named["but"]} if named["but"] else {}
        but |= {"levels": values["but_levels"]} if values.get("but_levels") else {}
        audience = {**(some or {"everyone": True}), **({"except": but} if but else {})}
        return self._saved(sent, {**sent.about.plan, "audience": audience}, "when")

    def _named(self, said: str, facts: ProgrammeFacts) -> tuple[list[str], Words | None]:
        """The ids of those whose names were typed, or what is wrong with the first that is no name of one person."""
        lines = name_lines(said)
        if len(lines) > MOST_NAMES:
            return [], self.say("planning.names_too_many", most=MOST_NAMES)
        ids: list[str] = []
        for line in lines:
            found = facts.found.get(line.casefold(), ())
            if len(found) != 1:
                return [], self.say("planning.name_several" if found else "planning.name_unknown", name=line[:60])
            ids += [one for one in found if one not in ids]
        return ids, None

    def when(self, sent: Sent) -> Turn:
        about = sent.about
        assert about
        if sent.event.button == "back":
            return self._back(sent, "who")
        page, old = self.draw.when(about), read_when(about.plan["rule"])
        values, errors = self._read(page, sent, unchanged={"first": old.first.isoformat(), "until": old.until.isoformat() if old.until else ""})
        at = read_clock(str(values.get("at") or ""))
        if values.get("at") and not at:
            errors["at"] = self.say("planning.at_unclear")
        if not values.get("first") and "first" not in errors:
            errors["first"] = self.say("planning.first_missing")
        if errors:
            return self._mended(page, sent, errors)
        first, until = date.fromisoformat(values["first"]), values.get("until")
        when = When(str(values.get("how") or "once"), first, at, date.fromisoformat(until) if until else None)
        if when.until and when.until < first:
            return self._mended(page, sent, {"until": self.say("programmes.end_before_start")})
        if is_skipped(first, at, sent.facts.timezone):
            return self._mended(page, sent, {"at": self.say("planning.at_skipped", time=time_words(at))})
        plan = {**about.plan, "rule": when.rule(), "holidays": values.get("holidays") or about.plan["holidays"]}
        return self._saved(sent, plan, "look")

    # ---- reading and saving ----------------------------------------------------------------------------------

    def _read(self, page: Private, sent: Sent, unchanged: Mapping[str, str] = {}) -> tuple[dict[str, Any], dict[str, Words]]:
        """What stands in the fields, and what is wrong. Nothing here is prose: names, dates and choices are not screened. A date that
        stands as it did may lie behind us."""
        values: dict[str, Any] = {}
        errors: dict[str, Words] = {}
        for step in page.steps:
            raw = sent.event.values.get(step.id)
            if step.id in unchanged and raw and raw == unchanged[step.id]:
                values[step.id] = raw
                continue
            read = read_value(step, raw, sent.facts.today, self.say)
            values[step.id] = read.value
            errors |= {step.id: read.error} if read.error else {}
        return values, errors

    def _mended(self, page: Private, sent: Sent, errors: dict[str, Words]) -> Turn:
        return Turn(form=self.pages.form(page, "", typed=sent.event.values, reading=Reading(errors=errors)))

    def _back(self, sent: Sent, before: str) -> Turn:
        """Nothing of this page is kept; of something under way one goes back to how it looks."""
        assert sent.about
        return Turn(effects=(Anew(GO, f"{before if sent.about.state == 'draft' else 'look'}:{sent.id}"),))

    def _saved(self, sent: Sent, plan: Mapping[str, Any], after: str) -> Turn:
        revision = sent.revision if sent.about is not None else None
        saving: Effect = SaveProgramme(sent.id, dict(plan), revision)
        is_draft = sent.about is None or sent.about.state == "draft"
        if sent.event.button == "keep":
            after = "done_keep"
        elif not is_draft and after not in ("which", "people"):
            after = "look"
        return Turn(effects=(saving, Anew(GO, f"{after}:{sent.id}")))
