"""Performs a group dialog without a database: its state goes through JSON at every turn, as it does in the rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cards import Card, Form, spoken
from bot.dialogs.group.turn import GROUP, GroupContext, GroupDialog, GroupTurn, HandOver, Member, Note, Over, WakeIn
from bot.events import Chose, Event, Submitted, Woke

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Driver:
    """`did` is everything decided so far, in order; `form` the page shown last to each."""

    dialog: GroupDialog
    now: datetime = MORNING
    notes: list[Note] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    guests: set[str] = field(default_factory=set)
    english: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    is_read_by_each: bool = False
    state: Any = None
    facilitator: str = ""
    wakes: datetime | None = None
    is_over: bool = False
    did: list[Any] = field(default_factory=list)
    forms: dict[str, Form | None] = field(default_factory=dict)

    def ctx(self, who: str = "") -> GroupContext:
        language = "en" if who in self.english else "da"
        actor = Member(who, self.names.get(who, who.title()), language, is_guest=who in self.guests) if who else None
        return GroupContext(
            "r1",
            self.now,
            self.now.date(),
            actor,
            self.facilitator,
            is_read_by_each=self.is_read_by_each,
            notes=tuple(self.notes),
            states=self.states,
        )

    def begin(self, who: str) -> Form | None:
        self.facilitator = who
        return self._took(who, self.dialog.begin(self.ctx(who)))

    def press(self, who: str, action: str, value: str = "") -> Form | None:
        return self._event(who, Chose(id="e", subject=f"{GROUP}r1", action=action, value=value))

    def send(self, who: str, page: str, button: str, held: Any = None, /, **values: Any) -> Form | None:
        event = Submitted(id="e", run=f"{GROUP}r1", page=page, button=button, values=values, held=held or {})
        return self._event(who, event)

    def pass_(self, time: timedelta) -> None:
        """Let time go by, waking the dialog whenever it asked for it."""
        until = self.now + time
        while self.wakes and self.wakes <= until and not self.is_over:
            self.now, self.wakes = self.wakes, None
            self._event("", Woke(id="w", run=f"{GROUP}r1"))
        self.now = until

    def post(self) -> Card:
        return self.dialog.post(self.state, self.ctx())

    def told(self, language: str = "da") -> str:
        """Everything the post says."""
        card = spoken(self.post(), language)
        return "\n".join([*card["text"], *(button["label"] for button in card["buttons"])])

    def _event(self, who: str, event: Event) -> Form | None:
        if self.is_over:
            return None
        return self._took(who, self.dialog.resume(self.state, event, self.ctx(who)))

    def _took(self, who: str, turn: GroupTurn) -> Form | None:
        if turn.leaves_no_trace:
            return turn.form
        if turn.state is not None:
            self.state = json.loads(json.dumps(turn.state))
            length = len(json.dumps(self.state, ensure_ascii=False).encode())
            assert length <= self.dialog.load(self.state), "longer than its load"
        for effect in turn.effects:
            self._do(effect)
        self.forms[who] = turn.form
        return turn.form

    def _do(self, effect: Any) -> None:
        self.did.append(effect)
        match effect:
            case WakeIn(after):
                self.wakes = self.now + after if after is not None else None
            case HandOver(member):
                self.facilitator = member
            case Over():
                self.is_over, self.wakes = True, None


def words(form: Form | None, language: str = "da") -> str:
    """Everything a page says."""
    if form is None:
        return ""
    page = spoken(form, language)
    fields = [line for one in page["fields"] for line in (one["label"], str(one["value"] or ""))]
    return "\n".join([page["title"], *page["lead"], *page["notes"], *fields, *(b["label"] for b in page["buttons"])])
