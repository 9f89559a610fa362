"""Carries out what a dialog with a group decided, in the order it was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.cards import LANGUAGES, Card, spoken
from bot.dialogs.group import turn as decided
from bot.services import actions, group_notes, groups, logbook, outbox, people, whereabouts
from bot.services.groups import GROUP, GroupRow
from bot.services.outbox import BESIDE
from bot.services.person_row import PersonRow
from bot.services.places import PlaceRow


def in_place(card: Card, place: PlaceRow) -> dict[str, Any]:
    """The card in the language of the place; on the web, where everybody reads their own, in every language."""
    if place.channel != "web":
        return spoken(card, place.language)
    return spoken(card, place.language) | {"spoken": {language: spoken(card, language) for language in LANGUAGES}}


@dataclass
class GroupEffects:
    """One event's effects. `digest` makes keyed hashes. `is_over`, `is_dropped`: for `group_turns` to end the run."""

    db: Connection
    run: GroupRow
    place: PlaceRow
    now: datetime
    digest: Callable[[str], str]
    is_over: bool = False
    is_dropped: bool = False

    def carry_out(self, effects: tuple[decided.GroupEffect, ...]) -> None:
        """Everything but what is said beside the post: that comes after the post (`speak`)."""
        for effect in effects:
            self._carry_out(effect)

    def speak(self, effects: tuple[decided.GroupEffect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, decided.SayThere):
                self._say_there(effect.card)

    def _carry_out(self, effect: decided.GroupEffect) -> None:
        match effect:
            case decided.Tell(member, card, kind, lasts):
                self.tell(member, card, kind, self.now + lasts if lasts else None)
            case decided.KeepForMember():
                self._keep_for_member(effect)
            case decided.Agree():
                self._agree(effect)
            case decided.KeepNote(kind, data, replaces):
                self._note(kind, dict(data), replaces=replaces)
            case decided.HandOver(member):
                self.run.facilitator = member
            case decided.WakeIn(after):
                groups.wake_at(self.db, self.run.id, self.now + after if after is not None else None)
            case decided.Over(dropped):
                self.is_over, self.is_dropped = True, dropped

    # ---- talking -----------------------------------------------------------------------------------------

    def _say_there(self, card: Card) -> None:
        if not self.place.reachable:
            return
        subject = f"{GROUP}{self.run.id}{BESIDE}"
        shown = in_place(replace(card, subject=subject), self.place)
        here = {"organisation": self.place.organisation, "person": None, "conversation": self.place.id}
        outbox.put(self.db, **here, card=shown, subject=subject, kind="reply", now=self.now)

    def tell(self, member: str, card: Card, kind: str = "reply", expires_at: datetime | None = None) -> bool:
        """A card in the member's own conversation; its buttons prove that it was given to them. False: there is none."""
        person = self.person(member)
        where = whereabouts.conversation_of(self.db, person) if person else None
        if person is None or where is None:
            return False
        told = replace(card, subject=f"{GROUP}{self.run.id}:{groups.pass_of(self.digest, self.run.id, member)}")
        about = {"organisation": person.organisation, "person": person.id, "conversation": where.id, "now": self.now}
        shown = {"card": spoken(told, person.language or "da"), "subject": told.subject}
        if kind == "update":  # of many that nobody has looked at, the last one is enough
            outbox.put_latest(self.db, **about, **shown, is_first=False)
        else:
            outbox.put(self.db, **about, **shown, kind=kind, expires_at=expires_at)
        return True

    def person(self, member: str) -> PersonRow | None:
        """Who takes part in Pejling by this name; None for a guest."""
        id = self.run.members.get(member, "")
        found = people.person(self.db, self.run.organisation, id) if id else None
        return found if found and found.state == "active" else None

    # ---- keeping -----------------------------------------------------------------------------------------

    def _keep_for_member(self, effect: decided.KeepForMember) -> None:
        person = self.person(effect.member)
        if person is None:
            return
        logbook.save_entry(
            self.db,
            person,
            groups.own_id(self.digest, self.run.id, f"entry:{effect.member}"),
            flow=effect.flow,
            release="",
            beacon=effect.beacon,
            visibility="private",
            answers=[asdict(one) for one in effect.answers],
            now=self.now,
        )

    def _agree(self, effect: decided.Agree) -> None:
        """With a person it lives as any action of theirs; the group keeps it in any case."""
        person = self.person(effect.member) if effect.member else None
        id = groups.own_id(self.digest, self.run.id, f"agreement:{effect.id}")
        action = self._action(effect, person, id) if person else ""
        data = {
            "id": f"{self.run.id}:{effect.id}",
            "what": effect.what,
            "by": effect.by.isoformat() if effect.by else "",
            "evaluator": effect.evaluator,
            "name": effect.name or (person.name if person else ""),
            "person": person.id if person else "",
            "action": action,
        }
        self._note(group_notes.AGREEMENT, data, id=id)

    def _action(self, effect: decided.Agree, person: PersonRow, id: str) -> str:
        return actions.add(
            self.db,
            person,
            run=id,
            entry=None,
            flow=self.run.dialog,
            beacon=effect.beacon,
            what=effect.what,
            who="mig",
            by=effect.by,
            evaluator=effect.evaluator,
            ask_in=effect.ask_in,
            visibility="private",
            now=self.now,
        )

    def _note(self, kind: str, data: dict[str, object], *, id: str = "", replaces: str = "") -> None:
        about = {"run": self.run.id, "dialog": self.run.dialog, "kind": kind, "id": id, "replaces": replaces}
        group_notes.keep(self.db, self.place.organisation, self.place.id, data, self.now, **about)
