"""A table to play the dilemma game at, in memory: every turn goes through JSON and back, as a restart would, and everything that
anybody is shown is kept – what the place sees, and what each member sees alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cards import Card, Form, spoken
from bot.dialogs.dilemma.game import DilemmaGame
from bot.dialogs.group.turn import (
    GROUP,
    Agree,
    GroupContext,
    GroupTurn,
    HandOver,
    KeepForMember,
    KeepNote,
    Member,
    Note,
    Over,
    SayThere,
    Tell,
    WakeIn,
)
from bot.events import Chose, Event, Submitted, Woke

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
SECRET = {"choose", "first", "second"}
"""Pages and buttons of a secret choice."""
MOST_BUTTONS = 6
LONGEST_LINE, LONGEST_POST = 3000, 12_000


@dataclass
class Table:
    """`seen`: the post after each turn, in the place's language, and what was said beside it. `private`: member's id → what
    they alone were shown."""

    game: DilemmaGame
    language: str = "da"
    run: str = "r1"
    now: datetime = MONDAY
    state: dict[str, Any] = field(default_factory=dict)
    facilitator: str = ""
    wake: datetime | None = None
    is_over: bool = False
    seen: list[Any] = field(default_factory=list)
    private: dict[str, list[Any]] = field(default_factory=dict)
    effects: list[Any] = field(default_factory=list)
    notes: tuple[Note, ...] = ()
    loads: list[int] = field(default_factory=list)

    # ---- doing -----------------------------------------------------------------------------------------------

    def begin(self, me: Member) -> GroupTurn:
        self.facilitator = me.id
        return self._after(self.game.begin(self.context(me)), me, "begin")

    def press(self, me: Member, action: str, value: str | None = None) -> GroupTurn:
        """A button of the post, with the value it has there."""
        shown = {one["action"]: one["value"] for one in self.post()["buttons"]} if value is None else {}
        return self.do(me, Chose(id="e", subject=GROUP + self.run, action=action, value=value if value is not None else shown.get(action, "")), action)

    def send(self, me: Member, page: str, button: str = "save", held: Mapping[str, Any] | None = None, **values: Any) -> GroupTurn:
        event = Submitted(id="e", run=GROUP + self.run, page=page, button=button, values=values, held=dict(held or {}))
        return self.do(me, event, page)

    def do(self, me: Member | None, event: Event, what: str) -> GroupTurn:
        if self.is_over:
            return GroupTurn()
        return self._after(self.game.resume(self.state, event, self.context(me)), me, what)

    def wait(self, length: timedelta) -> None:
        """Time passes, and deadlines come."""
        until = self.now + length
        while not self.is_over and self.wake is not None and self.wake <= until:
            self.now, self.wake = max(self.now, self.wake), None
            self.do(None, Woke(id="w", run=GROUP + self.run), "woke")
        self.now = until

    def set_up(self, me: Member, dilemma: str = "D03", pace: str = "room_20") -> None:
        self.begin(me)
        self.send(me, "setup", "start", dilemma=dilemma, pace=pace)

    def next(self) -> GroupTurn:
        """Whoever leads goes on."""
        return self.press(self.leader, "next")

    def to(self, phase: str) -> None:
        """On until this phase; each step counts."""
        for _ in range(20):
            if self.state["phase"] == phase:
                return
            self.next()
        raise AssertionError(f"never came to {phase}")

    @property
    def leader(self) -> Member:
        return Member(self.facilitator, self.facilitator.title())

    # ---- looking ---------------------------------------------------------------------------------------------

    def post(self, language: str = "") -> dict[str, Any]:
        return spoken(self.game.post(self.state, self.context(None)), language or self.language)

    def form(self, me: Member, action: str, value: str = "") -> dict[str, Any]:
        turn = self.press(me, action, value)
        assert turn.form is not None
        return spoken(turn.form, me.language)

    def told(self, kind: type) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def public(self) -> str:
        return json.dumps(self.seen, ensure_ascii=False)

    def context(self, me: Member | None) -> GroupContext:
        return GroupContext(
            self.run, self.now, self.now.date(), me, self.facilitator, "Nord", self.language, has_threads=True, notes=self.notes
        )

    # ---- what must always be so ------------------------------------------------------------------------------

    def _after(self, turn: GroupTurn, me: Member | None, what: str) -> GroupTurn:
        is_secret = what in SECRET and bool(self.state)
        before = self._seen_now() if is_secret else None
        load_before = self.game.load(self.state) if is_secret else 0
        known_before = set(self.state.get("seats", {}))
        if turn.leaves_no_trace:
            assert turn.state is None and not turn.effects
        if turn.state is not None:
            self.state = json.loads(json.dumps(turn.state, ensure_ascii=False))
        self._carry_out(turn)
        self._check_length()
        if is_secret:
            assert not turn.effects, "a secret choice has no effect"
            assert self._seen_now() == before, "a secret choice is not seen on the post"
            if set(self.state["seats"]) == known_before:
                assert self.game.load(self.state) == load_before, "a secret choice does not change the length"
        else:
            self._look()
        if turn.form is not None and me is not None:
            self._check_form(turn.form)
            self.private.setdefault(me.id, []).append(spoken(turn.form, me.language))
        return turn

    def _carry_out(self, turn: GroupTurn) -> None:
        self.effects += turn.effects
        for effect in turn.effects:
            match effect:
                case HandOver(member):
                    self.facilitator = member
                case WakeIn(after):
                    self.wake = self.now + after if after is not None else None
                case Over():
                    self.is_over = True
                case SayThere(card):
                    self.seen.append(spoken(card, self.language))
                case Tell(member, card):
                    self.private.setdefault(member, []).append(spoken(card, self.language))
                case KeepNote(kind, data):
                    self.notes = (Note(f"n{len(self.notes)}", self.game.name, kind, self.now, data), *self.notes)
                case Agree() | KeepForMember():
                    pass
                case _:
                    raise AssertionError(effect)

    def _check_length(self) -> None:
        length = len(json.dumps(self.state, ensure_ascii=False, separators=(",", ":")).encode())
        assert length <= self.game.load(self.state), "the row is longer than it was said to be"
        self.loads.append(self.game.load(self.state))

    def _seen_now(self) -> list[Any]:
        return [self.post("da"), self.post("en")]

    def _look(self) -> None:
        shown = {language: self.post(language) for language in ("da", "en")}
        for card in shown.values():
            self._check_card(card)
        self.seen.append(shown[self.language])

    def _check_card(self, card: dict[str, Any]) -> None:
        assert len(card["buttons"]) <= MOST_BUTTONS and all(len(one["label"]) <= 75 for one in card["buttons"])
        assert all(0 < len(line) <= LONGEST_LINE for line in card["text"]) and sum(map(len, card["text"])) <= LONGEST_POST
        assert card["title"] and card["notice"]

    def _check_form(self, form: Form) -> None:
        assert form.title.da and form.title.en
        for shown in (spoken(form, language) for language in ("da", "en")):
            assert len(shown["lead"]) + len(shown["fields"]) < 90, "a platform's page holds a hundred blocks"
            assert all(len(line) <= LONGEST_LINE for line in shown["lead"])
            assert all(len(choice["text"]) <= 75 for one in shown["fields"] for choice in one["choices"])


def members(count: int, **values: Any) -> list[Member]:
    return [Member(f"m{n:02}", f"Navn{n}", **values) for n in range(1, count + 1)]


def lines(shown: Card | Form, language: str = "da") -> str:
    parts = spoken(shown, language)
    return "\n".join(parts.get("text") or parts.get("lead") or [])
