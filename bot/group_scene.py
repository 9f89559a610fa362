"""One event in a place where several read along, or about a dialog with a group: where it happened, who did it, what is known there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from bot.dialogs.group.desk import PLACE
from bot.dialogs.group.turn import GROUP, Note
from bot.events import Chose, Event, Submitted, Woke
from bot.services import group_notes, groups, inbox, people
from bot.services.group_notes import NoteRow
from bot.services.groups import GroupRow
from bot.services.person_row import PersonRow
from bot.services.places import PlaceRow


@dataclass
class Scene:
    """One event, where it happened, and who did it. `run` is locked, where the event is about one."""

    db: Connection
    event: Event
    now: datetime
    digest: Callable[[str], str]
    place: PlaceRow
    run: GroupRow | None = None
    is_new: bool = True
    proof: str = ""

    @cached_property
    def person(self) -> PersonRow | None:
        who = self.event.sender
        return people.find(self.db, who.organisation, who.channel, who.external) if who else None

    @cached_property
    def _kept(self) -> list[NoteRow]:
        return group_notes.notes(self.db, self.place.organisation, self.place.id)

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(Note(n.id, n.dialog, n.kind, n.at, group_notes.told(n)) for n in self._kept)

    @cached_property
    def states(self) -> dict[str, str]:
        return group_notes.states(self.db, self._kept)

    def look_again(self) -> None:
        """What the group keeps has changed."""
        for known in ("_kept", "states"):
            self.__dict__.pop(known, None)

    @property
    def language(self) -> str:
        """What whoever did it reads."""
        said = (self.person.language if self.person else "") or (self.event.sender.language if self.event.sender else "")
        return said or self.place.language

    @property
    def is_here(self) -> bool:
        """Whether it happened in the place itself, or on a page that was handed out there."""
        return self.event.sender.place == self.place.id or self.proof == self.pass_here

    @property
    def pass_here(self) -> str:
        who = self.event.sender
        return groups.pass_of(self.digest, self.place.id, f"{who.channel}:{who.external}")

    def member_of(self, run: GroupRow) -> str:
        """What whoever did it is called in this run: as a person of ours the same on every channel."""
        who = self.event.sender
        if self.person:
            known = next((name for name, person in run.members.items() if person == self.person.id), "")
            if known:
                return known
        return groups.member_id(self.digest, run.id, who.channel, who.external) if who else ""


def claim(db: Connection, digest: Callable[[str], str], event: Event, now: datetime) -> bool:
    """Whether the event is new. Neither its id, which may name somebody, nor its moment is written down."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return inbox.claim(db, f"{GROUP}{digest(f'event:{event.id}')}", day)


def named(event: Event) -> tuple[str, str, str]:
    """(`GROUP`, `PLACE` or nothing; the run or the place; what proves that it was given to them), as the event says."""
    about = event.subject if isinstance(event, Chose) else event.run if isinstance(event, Submitted) else ""
    for kind in (GROUP, PLACE):
        if about.startswith(kind):
            id, _, proof = about.removeprefix(kind).partition(":")
            return kind, id, proof
    return "", "", ""


def about_run(event: Event, run: str) -> Event:
    """The event as the dialog knows it: about its run."""
    if isinstance(event, Chose):
        return replace(event, subject=f"{GROUP}{run}")
    return replace(event, run=f"{GROUP}{run}") if isinstance(event, (Submitted, Woke)) else event


def is_enrolled(person: PersonRow | None) -> bool:
    return person is not None and person.state == "active"
