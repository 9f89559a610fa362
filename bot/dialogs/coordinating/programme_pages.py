"""The pages on which a programme is planned: what, for whom, when; and how it looks. Each is saved by itself.

A page is named by what it asks, the programme, the revision it was made from and its kind: "programme:who:…:3:rotation".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import Button, Choice, Field, Form, Words, plain
from bot.dialogs.coordinating.programme_rule import HOW, read_when
from bot.dialogs.coordinating.programme_view import ProgrammeFacts, Seen, Wording
from bot.dialogs.dates import words_of_date
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private
from bot.dialogs.steps import Option, Step

PAGE = "programme:"
ORDER = ("what", "who", "when", "look")
KINDS = ("rotation", "reminder", "series")
"""What a coordinator chooses between; "flow" is a rotation over one."""
MOST_CHOICES = 100  # Slack: options of a menu


@dataclass(frozen=True)
class ProgrammePages:
    house: House

    @property
    def say(self) -> Any:
        return self.house.say

    # ---- what ------------------------------------------------------------------------------------------------

    def what(self, id: str, kind: str, facts: ProgrammeFacts, about: Seen | None) -> Private:
        plan = about.plan if about else {}
        steps = [self._line("title", required=True, help=self.say("planning.title_help"))]
        if kind == "reminder":
            steps.append(Step("text", "text", self.say("planning.text"), self.say("planning.text_help"), required=True))
        else:
            steps.append(self._line("why"))
            steps.append(Step("what", "single", self.say("planning.what"), options=self._offered(kind, facts), required=True))
        values = {name: plan.get(name) for name in ("title", "why", "text")} | {"what": self._chosen(kind, plan, facts)}
        lead = (self.say(f"planning.what_lead_{kind}"),) if about is None or about.state == "draft" else ()
        title = self.say(f"planning.what_title_{kind}") if about is None else plain(plan["title"])
        return Private(self.name("what", id, about, kind), title, tuple(steps), self._buttons(about, "what"), lead, (), values, *self._place("what", about))

    def _line(self, id: str, *, required: bool = False, help: Words | None = None) -> Step:
        return Step(id, "text", self.say(f"planning.{id}"), help, short=True, required=required)

    def _offered(self, kind: str, facts: ProgrammeFacts) -> tuple[Option, ...]:
        if kind == "series":
            return tuple(Option(f"flow:{id}", facts.flows[id]) for id in facts.series)
        beacons = (Option(f"beacon:{id}", self.say("planning.what_beacon", beacon=name)) for id, name in facts.beacons.items())
        alone = (Option(f"flow:{id}", self.say("planning.what_one", flow=name)) for id, name in facts.flows.items() if id not in facts.series)
        every, some = Option("all", self.say("planning.what_all")), Option("some", self.say("planning.what_some"))
        return (every, *beacons, some, *alone)[:MOST_CHOICES]

    def _chosen(self, kind: str, plan: Mapping[str, Any], facts: ProgrammeFacts) -> str:
        if plan.get("beacon"):
            return f"beacon:{plan['beacon']}"
        if plan.get("flows"):
            return f"flow:{plan['flows'][0]}" if len(plan["flows"]) == 1 else "some"
        return f"flow:{next(iter(facts.series), '')}" if kind == "series" else "all"

    def which(self, about: Seen, facts: ProgrammeFacts) -> Private:
        """The reflections that take turns, where a coordinator picks them one by one."""
        options = tuple(Option(id, name) for id, name in facts.flows.items() if id not in facts.series)
        step = Step("which", "multi", self.say("planning.which"), options=options[:MOST_CHOICES], required=True)
        name, title = self.name("which", about.id, about, about.plan["kind"]), self.say("planning.which_title")
        values = {"which": list(about.plan["flows"])}
        return Private(name, title, (step,), self._buttons(about, "which"), (self.say("planning.which_lead"),), (), values)

    # ---- who -------------------------------------------------------------------------------------------------

    def who(self, about: Seen, facts: ProgrammeFacts) -> Private:
        audience, kind = about.plan["audience"], about.plan["kind"]
        steps = []
        if facts.own is not None and len(facts.own) > 1:
            steps.append(Step("centre", "single", self.say("planning.centre"), options=_options(facts.own), required=True))
        steps.append(self._choice("levels", tuple(Option(id, name) for id, name in facts.levels)))
        if facts.own is None and facts.centres:
            steps.append(self._choice("centres", _options(facts.centres)))
        if facts.groups:
            steps.append(self._choice("groups", _options(facts.groups)))
        values = {name: list(audience.get(name, ())) for name in ("levels", "centres", "groups")} | {"centre": about.plan["centre"]}
        main, *others = self._buttons(about, "who")
        buttons = (main, Button("people", self.say("planning.to_people")), *others)
        name = self.name("who", about.id, about, kind)
        return Private(name, self.say("planning.who_title"), tuple(steps), buttons, (self.say("planning.who_lead"),), (), values, *self._place("who", about))

    def people(self, about: Seen, facts: ProgrammeFacts) -> Private:
        audience = about.plan["audience"]
        but = audience.get("except") or {}
        steps = (
            Step("people", "text", self.say("planning.people"), self.say("planning.people_help")),
            Step("but", "text", self.say("planning.but")),
            self._choice("but_levels", tuple(Option(id, name) for id, name in facts.levels)),
        )
        values = {
            "people": "\n".join(facts.names[one] for one in audience.get("people", ()) if one in facts.names),
            "but": "\n".join(facts.names[one] for one in but.get("people", ()) if one in facts.names),
            "but_levels": list(but.get("levels", ())),
        }
        name = self.name("people", about.id, about, about.plan["kind"])
        return Private(name, self.say("planning.people_title"), steps, self._buttons(about, "people"), (self.say("planning.people_lead"),), (), values)

    def _choice(self, id: str, options: tuple[Option, ...]) -> Step:
        return Step(id, "multi", self.say(f"planning.{id}"), options=options[:MOST_CHOICES])

    # ---- when ------------------------------------------------------------------------------------------------

    def when(self, about: Seen) -> Private:
        now, plan = read_when(about.plan["rule"]), about.plan
        first = Step("first", "date", self.say("planning.first"), self.say("planning.first_help"), required=True)
        at = Step("at", "text", self.say("planning.at"), short=True, required=True)
        how = Step("how", "single", self.say("planning.how"), options=tuple(Option(one, self.say(f"planning.how_{one}")) for one in HOW), required=True)
        until = Step("until", "date", self.say("planning.until"))
        ways = ("early", "drop") if plan["kind"] == "reminder" else ("move", "drop")
        moves = tuple(Option(one, self.say(f"planning.holidays_{one}")) for one in ways)
        holidays = Step("holidays", "single", self.say("planning.holidays"), options=moves)
        steps = (first, at, holidays) if plan["kind"] == "series" else (how, first, at, until, holidays)
        values = {
            "how": now.how,
            "first": now.first.isoformat(),
            "at": now.at.replace(":", "."),
            "until": now.until.isoformat() if now.until else None,
            "holidays": plan["holidays"],
        }
        leads = {"series": ("planning.when_lead_series",), "reminder": ("planning.when_lead", "planning.when_lead_reminder")}
        lead = tuple(map(self.say, leads.get(plan["kind"], ("planning.when_lead",))))
        name = self.name("when", about.id, about, plan["kind"])
        return Private(name, self.say("planning.when_title"), steps, self._buttons(about, "when"), lead, (), values, *self._place("when", about))

    # ---- how it looks ----------------------------------------------------------------------------------------

    def look(self, about: Seen, facts: ProgrammeFacts, *notes: Words) -> Form:
        """Everything about a programme, and what can be done with it now."""
        buttons = tuple(self._may(about))
        trouble = (self.say(about.trouble[0], **about.trouble[1]),) if about.trouble and about.state in ("draft", "paused") else ()
        name, title = self.name("look", about.id, about, about.plan["kind"]), plain(about.plan["title"])
        return Form("", name, title, (), buttons, self._described(about, facts), (*notes, *trouble), *self._place("look", about))

    def _described(self, about: Seen, facts: ProgrammeFacts) -> tuple[Words, ...]:
        plan, words = about.plan, Wording(self.say)
        lines = [self._state(about)]
        if plan["kind"] == "reminder":
            lines.append(self.say("planning.shown_text", text=plan["text"]))
        else:
            lines.append(self.say("planning.shown_what", what=words.what(plan, facts)))
        if plan["why"]:
            lines.append(self.say("planning.shown_why", why=plan["why"]))
        who = words.who(plan, facts)
        lines.append(self.say("planning.shown_who", size=about.size, who=who) if about.size is not None else self.say("planning.shown_who_unknown", who=who))
        if about.receivers:
            lines.append(words.receivers(about.receivers))
        lines.append(self.say("planning.shown_when", when=words.when(plan["rule"], about.days)))
        return (*lines, *self._dates(about, facts))

    def _dates(self, about: Seen, facts: ProgrammeFacts) -> tuple[Words, ...]:
        if about.trouble or about.state == "ended":
            return ()
        lines = [self.say("planning.shown_dates" if about.dates else "planning.shown_none")]
        lines += [Wording(self.say).date_line(one, about.plan["holidays"], facts.timezone) for one in about.dates]
        if about.minutes:
            lines.append(self.say("planning.spread", minutes=about.minutes))
        note = "planning.private_note_reminder" if about.plan["kind"] == "reminder" else "planning.private_note"
        return (*lines, self.say(note))

    def _state(self, about: Seen) -> Words:
        if about.state == "active" and about.next_at and about.plan["kind"] == "reminder" and about.plan["rule"]["kind"] == "once":
            return self.say("planning.is_waiting")
        if about.state == "active" and about.started_on:
            return self.say("planning.is_active", date=words_of_date(about.started_on))
        if about.state == "ended" and about.ended_on:
            return self.say("planning.is_ended", date=words_of_date(about.ended_on))
        return self.say("planning.is_paused" if about.state == "paused" else "planning.is_draft")

    def _may(self, about: Seen) -> list[Button]:
        """At most six, which is what Teams shows."""
        button = lambda name, **more: Button(name, self.say(f"planning.{name}"), **more)  # noqa: E731
        copy, changes = button("copy"), [button(f"change_{one}") for one in ("what", "who", "when")]
        match about.state:
            case "draft":
                start = [] if about.trouble else [button("start", style="primary")]
                return [*start, *changes, button("throw", confirm=self.say("planning.throw_sure"))]
            case "active":
                remind = [button("remind", confirm=self.say("planning.remind_sure"))] if about.plan["kind"] != "reminder" else []
                return [button("pause"), *remind, button("change"), copy, button("end", style="danger", confirm=self.say("planning.end_sure"))]
            case "paused":
                return [button("resume", style="primary"), button("change"), copy, button("end", style="danger", confirm=self.say("planning.end_sure"))]
        return [copy]

    def changing(self, about: Seen) -> Form:
        buttons = tuple(Button(f"change_{one}", self.say(f"planning.change_{one}")) for one in ("what", "who", "when"))
        back = Button("back", self.say("planning.back"))
        name = self.name("look", about.id, about, about.plan["kind"])
        return Form("", name, self.say("planning.change_title"), (), (*buttons, back), (self.say("planning.change_lead"),))

    # ---- lists and ends --------------------------------------------------------------------------------------

    def list(self, facts: ProgrammeFacts, *, is_missed: bool = False) -> Form:
        if not facts.listed:
            return self.closed("planning.list_title", self.say("planning.list_empty"))
        choices = tuple(Choice(one.id, self._listed(one)) for one in facts.listed[:MOST_CHOICES])
        error = self.say("flow.required") if is_missed else None
        field = Field("programme", "single", self.say("planning.list_choose"), choices=choices, required=True, error=error)
        opens = Button("next", self.say("planning.list_open"), style="primary")
        return Form("", f"{PAGE}list", self.say("planning.list_title"), (field,), (opens,))

    def _listed(self, one: Seen) -> Words:
        return self.say("planning.list_line", title=one.plan["title"][:50], state=self.say(f"planning.state_{one.state}"))

    def closed(self, title: str, *text: Words) -> Form:
        return Form("", "", self.say(title), lead=text, closed=True)

    # ---- names, buttons, places ------------------------------------------------------------------------------

    def name(self, page: str, id: str, about: Seen | None, kind: str) -> str:
        shown = "rotation" if kind == "flow" else kind
        return f"{PAGE}{page}:{id}:{about.revision if about else 0}:{shown}"

    def _buttons(self, about: Seen | None, page: str) -> tuple[Button, ...]:
        """A draft goes from page to page; of something under way one page is changed at a time."""
        if about is not None and about.state != "draft":
            return (Button("save", self.say("planning.save"), style="primary"), Button("back", self.say("planning.back")))
        onward = Button("next", self.say("planning.next"), style="primary")
        back = (Button("back", self.say("planning.back")),) if page != "what" else ()
        return (onward, *back, Button("keep", self.say("planning.keep")))

    def _place(self, page: str, about: Seen | None) -> tuple[int, int]:
        is_draft = about is None or about.state == "draft"
        return (ORDER.index(page) + 1, len(ORDER)) if is_draft else (0, 0)


def _options(named: tuple[tuple[str, str], ...]) -> tuple[Option, ...]:
    return tuple(Option(id, plain(name[:75])) for id, name in named)
