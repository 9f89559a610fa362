"""What a dialog with a group is given, and what it may decide.

A group dialog is a class with named phases and explicit JSON state: one method per phase, one `match` on what can happen in
it; a deadline is just another event (`Woke`). It is pure, like every dialog. Everything secret lives in its state, which is one
sealed row of even length; the shared post is drawn from the state by `post`, again after every turn, and edited in place.

    class GroupDialog:
        name: str      # also the command that offers it in a place: dilemma, conference, group_dynamics, workshop (commands.yaml, `groups`)
        label: Words   # the button that begins it
        def begin(self, ctx) -> GroupTurn                  # somebody wants to; `ctx.actor` becomes the facilitator
        def resume(self, state, event, ctx) -> GroupTurn   # Chose, Submitted (subject or run "group:<id>") or Woke
        def post(self, state, ctx) -> Card                 # the shared post as it stands: for everybody, so nothing secret
        def page(self, state, ctx) -> Form | None          # what `ctx.actor` had open: for an answer that was lost
        def rest(self, state) -> Rest                      # whether something else may be begun beside it
        def load(self, state) -> int                       # an upper bound of its length in bytes, from what is no secret

What keeps a secret choice secret, beside the state:
- The turn of a secret choice has a `state` and a `form`, and no effects: a `Tell`, a `KeepNote` or a `WakeIn` writes a row or a
  moment of its own. The post does not change by it (no count that moves one by one).
- `load` gives room for every member who could still choose, with the longest reason; it does not grow when somebody does.
- Everybody is known by `Member.id`, a name made for this run. What is a member's own stands under a key that is this id, or in a
  part of a list that has it as "member": when somebody deletes everything, the core takes such parts out between two turns.
- Nothing is ordered by when it came: sort what is shown (a dict keeps the order in which choices were made).

A form's run is `ctx.about`, and so is a card's subject: the core adds what proves that it was given to this member.
The core says to a guest, on a form with fields, that nothing is kept after the dialog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from bot.cards import Card, Form, Words
from bot.dialogs.turn import Answered, State
from bot.events import Event

GROUP = "group:"
"""How what is about a group dialog begins: a card's subject, a form's run."""
ZONE = "Europe/Copenhagen"
"""The zone of places: no platform says theirs."""


Rest = Literal["", "quiet", "done"]
"""How a dialog stands beside others: in the middle of something; waiting for a day to come, so that other things may be offered
beside it; or done, and only kept to be read, so that the same may be begun anew."""


@dataclass(frozen=True)
class Member:
    """Somebody in the group, as far as a dialog may know them. `is_guest`: nobody who takes part in Pejling otherwise; nothing
    is kept about them after the dialog. `is_reachable`: can be written to in private."""

    id: str
    name: str
    language: str = "da"
    is_guest: bool = False
    is_reachable: bool = True


@dataclass(frozen=True)
class Note:
    """Something the group itself keeps between its dialogs (which dilemma was played, bare counts); never who said what.
    `id` is what it is called here; `kind` is the dialog's own word.

    Every `Agree` is kept as a note of the kind "agreement", with `data` {"id": "<run>:<id>", "what", "by" (ISO date or ""),
    "evaluator", "name"}.
    """

    id: str
    dialog: str
    kind: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class GroupContext:
    """What a group dialog needs beside its state. `now` is aware UTC; `today`, `timezone`, `language` are the place's.

    `actor` is who did this; None where a deadline did. `place` names the place for people ("Ledergruppen Nord"), empty where
    the platform does not say. `has_threads`: talk can go on beside the post. `is_read_by_each`: everybody
    reads the post in their own language (a room on the web). `notes`: what the group keeps, the newest first.
    `states`: how agreements made before stand now, by "<run>:<Agree.id>": open, done, partly, passed_on, let_go; those that only the
    group keeps are not in it.
    """

    run: str
    now: datetime
    today: date
    actor: Member | None = None
    facilitator: str = ""
    place: str = ""
    language: str = "da"
    timezone: str = ZONE
    has_threads: bool = False
    is_read_by_each: bool = False
    notes: tuple[Note, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """The run of every form, the subject of every card."""
        return GROUP + self.run

    @property
    def is_led_by_actor(self) -> bool:
        """Whether whoever did this is the facilitator."""
        return self.actor is not None and self.actor.id == self.facilitator


# ---- what can be decided ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class SayThere:
    """A new message in the place, beside the post (in its thread, where there are any): only where people should look up.
    It is never edited."""

    card: Card


@dataclass(frozen=True)
class Tell:
    """A card to one member, in private. `kind`: reply, update, prompt, nudge. Dropped where they cannot be reached, or where it has
    not arrived after `lasts` (None: as long as its kind is worth something)."""

    member: str
    card: Card
    kind: str = "reply"
    lasts: timedelta | None = None


@dataclass(frozen=True)
class KeepForMember:
    """Something of their own goes into a member's own logbook, because they said so; never a guest's."""

    member: str
    flow: str
    beacon: str
    answers: tuple[Answered, ...]


@dataclass(frozen=True)
class Agree:
    """An agreed action with one name, which lives and is followed up as any action of that person.

    `id` is the dialog's own, unique within the run; the same id again makes it anew. Where `member` is a guest, or "" (somebody
    who is not here), only the group keeps it. `name`: what the group calls whoever does it; empty: as the member is called.
    """

    id: str
    member: str
    what: str
    by: date | None
    evaluator: str = "mig"
    ask_in: int | None = 14
    beacon: str = ""
    name: str = ""


@dataclass(frozen=True)
class KeepNote:
    """The group keeps this. `replaces` is the id of a note it takes the place of."""

    kind: str
    data: Mapping[str, Any]
    replaces: str = ""


@dataclass(frozen=True)
class HandOver:
    """Another member facilitates from now on; empty: nobody does, until somebody takes over."""

    member: str


@dataclass(frozen=True)
class WakeIn:
    """Wake this dialog after so long (`Woke`), unless it is woken anew before; None: not at all. The clock may be a little late,
    or jump: look at `ctx.now`."""

    after: timedelta | None


@dataclass(frozen=True)
class Over:
    """The dialog has ended: its state is wiped, and whoever was only a guest is forgotten."""

    dropped: bool = False


GroupEffect = SayThere | Tell | KeepForMember | Agree | KeepNote | HandOver | WakeIn | Over


@dataclass(frozen=True)
class GroupTurn:
    """`state` is what to remember (None: nothing changes); `form` is shown to whoever did it, at once; `card` goes the short way
    only where nothing about it may be stored (a route card). `leaves_no_trace`: nothing of this event is kept."""

    state: State | None = None
    effects: tuple[GroupEffect, ...] = ()
    form: Form | None = None
    card: Card | None = None
    leaves_no_trace: bool = False


class GroupDialog(Protocol):
    """See the top of this file. `resume` takes any event at any time: wrong, late or doubled input is a turn, never an exception."""

    name: str
    label: Words

    def begin(self, ctx: GroupContext) -> GroupTurn: ...

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn: ...

    def post(self, state: State, ctx: GroupContext) -> Card: ...

    def page(self, state: State, ctx: GroupContext) -> Form | None: ...

    def rest(self, state: State) -> Rest: ...

    def load(self, state: State) -> int: ...
