"""One event in, one transaction, all or nothing; then the answer.

Inside, in this order: claim the event's id, find the person, find what the event is about and lock it, decide, carry out.
Nothing in here waits for a network.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from bot import circumstances
from bot.answer import Answer
from bot.cards import Card
from bot.clock import Clock
from bot.desks import SideDesk
from bot.dialogs.flow import Flow
from bot.dialogs.flow_dialog import FlowDialog, ended
from bot.dialogs.group.turn import GroupDialog
from bot.dialogs.turn import Anew, Begin, Context, Turn
from bot.editions import Edition, Editions
from bot.effects import Effects
from bot.errors import PejlingError, Refused
from bot.events import Chose, Event, Left, Submitted, Woke
from bot.group_turns import GroupTurns
from bot.logs import about
from bot.services import followups, inbox, logbook, occurrences, people, runs, schedules, whereabouts
from bot.services.person_row import PersonRow
from bot.services.runs import RunRow
from bot.store.engine import Store, Undo
from bot.store.faults import is_away

log = logging.getLogger("pejling.turns")

ON_A_RUN = ("continue", "drop")
RUN, OCCURRENCE = "run:", "occurrence:"
IDS = ("id", "subject", "value", "run", "page")
"""What in an event is looked for in the database as it came."""


class Turns:
    """The one door in. `wake` is called after each commit, so that replies leave at once."""

    def __init__(
        self,
        store: Store,
        editions: Editions,
        clock: Clock,
        wake: Callable[[], None],
        side_desks: Sequence[SideDesk] = (),
        groups: Mapping[str, GroupDialog] = MappingProxyType({}),
    ):
        self.store, self.editions, self.clock, self.wake = store, editions, clock, wake
        self.side_desks = side_desks
        self.house, self.desk = editions.bundled.house, editions.bundled.desk
        self.groups = GroupTurns(self.house, groups, clock)

    async def handle(self, event: Event) -> Answer:
        """Handle the event once, however often it is delivered. Raises only when nothing was kept and the platform
        should send it again."""
        event = _with_plain_ids(event)
        with about(event=event.id, run=getattr(event, "run", "")):
            return await self._handle(event)

    async def _handle(self, event: Event) -> Answer:
        of_group = self.groups.concerns(event)
        try:
            answer = await self.store.run(partial(self.groups.turn if of_group else self._turn, event))
        except PejlingError:
            raise
        except Exception as bug:  # noqa: BLE001 - a bug: rolled back, told without words, and not sent again
            if is_away(bug):
                raise
            _log(event, bug)
            answer = await self.store.run(partial(self.groups.apologise if of_group else self._apologise, event))
        if answer.is_erased:
            await self.store.scrub()
        self.wake()
        log.debug("%s was handled", type(event).__name__)
        return answer

    # ---- one turn --------------------------------------------------------------------------------------------

    def _turn(self, event: Event, db: Connection) -> Answer:
        now = self.clock.now()
        if not inbox.claim(db, event.id, now):
            return self._again(db, event)
        if isinstance(event, Woke):
            return self._woke(db, event)
        person = people.meet(db, event.sender, now)
        if isinstance(event, Left):
            whereabouts.mark_unreachable(db, person.organisation, person.conversation)
            return Answer()
        try:
            return self._decided(db, person, event)
        except Refused as refusal:
            said = Card((self.house.say(refusal.text, **refusal.values_),))
            Effects(db, self.house, person, now).say(said)
            return Answer()

    def _woke(self, db: Connection, event: Woke) -> Answer:
        """A deadline passed; the run's person is found by the run, since nobody sent it."""
        found = runs.owner(db, event.run)
        person = people.person(db, *found) if found else None
        if person is None:
            return Answer()
        runs.wake_at(db, event.run, None)
        return self._in_run(db, person, event.run, event)

    def _decided(self, db: Connection, person: PersonRow, event: Event) -> Answer:
        if not isinstance(event, Submitted):
            schedules.answered(db, person, self.clock.now())
        answered = self._at_a_side_desk(db, person, event)
        if answered is not None:
            return answered
        if self._must_read_first(person, event):
            facts = circumstances.facts(db, person, event, self.clock.now())
            return self._carried_out(db, person, self.desk.asks_to_read(event, facts), event)
        edited = _edited(event)
        if edited is not None:
            return self._begin(db, person, self._editing(db, person, edited), event)
        run_id = self._run_of(db, person, event)
        if run_id:
            return self._in_run(db, person, run_id, event)
        turn = self._edition(db, person).desk.resume(event, circumstances.facts(db, person, event, self.clock.now()))
        return self._carried_out(db, person, turn, event)

    def _at_a_side_desk(self, db: Connection, person: PersonRow, event: Event) -> Answer | None:
        """What comes of it at a desk beside the first; None: it is for none of them. Coordinating asks for no notice to be read: who
        plans need not take part. What is refused is taken back whole, and explained by the desk, where it can."""
        found = self._side_desk(db, person, event)
        if found is None:
            return None
        desk, turn = found
        try:
            with db.begin_nested():
                return self._carried_out(db, person, turn, event)
        except Refused as refusal:
            explained = desk.refused(db, person, event, self.clock.now(), refusal)
            if explained is None:
                raise
            return self._carried_out(db, person, explained, event)

    def _side_desk(self, db: Connection, person: PersonRow, event: Event) -> tuple[SideDesk, Turn] | None:
        answers = ((one, one.answer(db, person, event, self.clock.now())) for one in self.side_desks)
        return next(((desk, turn) for desk, turn in answers if turn is not None), None)

    def _anew(self, db: Connection, person: PersonRow, event: Event, anew: Anew) -> Answer:
        """As if the person had pressed it: what was decided is done, so what must be known is gathered again."""
        pressed = Chose(id=event.id, sender=event.sender, subject="", action=anew.action, value=anew.value)
        return self._at_a_side_desk(db, person, pressed) or Answer()

    def _flows_of(self, db: Connection, person: PersonRow, centre: str | None) -> Mapping[str, Flow]:
        return self.editions.of(db, person.organisation, centre).library.flows

    def _edition(self, db: Connection, person: PersonRow) -> Edition:
        """What this person is asked, as it stands now."""
        return self.editions.of(db, person.organisation, person.centre)

    def _must_read_first(self, person: PersonRow, event: Event) -> bool:
        """Whether the event goes on with something, and the notice as it is now has not been read. A page that is open
        already may be finished by who read an earlier one: nothing typed is lost."""
        if self.desk.arrival.is_read_by(person.state, person.notice_version):
            return False
        if isinstance(event, Submitted) and event.run:
            return person.state != "active"
        return _edited(event) is not None or isinstance(event, Chose) and event.action == "continue"

    def _run_of(self, db: Connection, person: PersonRow, event: Event) -> str:
        """The run an event is about; empty: it is for the desk."""
        if isinstance(event, Submitted):
            return event.run
        if not isinstance(event, Chose) or event.action not in ON_A_RUN:
            return ""
        if event.subject.startswith(RUN):
            return event.subject.removeprefix(RUN)
        if event.subject.startswith(OCCURRENCE):
            return self._run_of_occurrence(db, person, event.subject.removeprefix(OCCURRENCE))
        return event.value

    def _run_of_occurrence(self, db: Connection, person: PersonRow, id: str) -> str:
        """What came of a prompt: the run it began, or the one that was half-way already."""
        found = occurrences.get(db, person.organisation, person.id, id)
        return (found.run if found else "") or runs.run_about(db, person, id) or ""

    def _in_run(self, db: Connection, person: PersonRow, run_id: str, event: Event) -> Answer:
        run = runs.load(db, person, run_id)
        dialog = self._edition(db, person).flows.get(run.dialog) if run is not None and run.is_open else None
        if run is None or dialog is None:
            return self._over(person, run, run_id)
        turn = dialog.resume(run.state, event, circumstances.context(db, person, run, self.clock.now()))
        return self._carried_out(db, person, turn, event, run, dialog.flow.release)

    def _over(self, person: PersonRow, run: RunRow | None, run_id: str) -> Answer:
        turn = ended(self.house, run_id, dropped=run is None or run.status == "dropped")
        return self._answer(person, turn)

    def _carried_out(
        self, db: Connection, person: PersonRow, turn: Turn, event: Event, run: RunRow | None = None, release: str = ""
    ) -> Answer:
        if turn.leaves_no_trace:
            raise Undo(self._answer(person, turn))
        now = self.clock.now()
        if turn.state is not None and run is not None:
            runs.save(db, person, run.id, turn.state, release, now)
            if turn.state.get("told") and not run.state.get("told"):
                self._remind(db, person, run)
        effects = Effects(db, self.house, person, now, run, event.sender, flows_of=partial(self._flows_of, db, person))
        effects.carry_out(turn.effects)
        if effects.anew:
            return self._anew(db, effects.person, event, effects.anew)
        if effects.begin:
            return self._begin(db, effects.person, effects.begin, event)
        if effects.fill:
            return self._in_run(db, effects.person, effects.fill, event)
        return replace(self._answer(effects.person, turn), is_erased=effects.is_erased, said=tuple(effects.said))

    def _answer(self, person: PersonRow, turn: Turn) -> Answer:
        return Answer(turn.form, turn.card, person.language or "da")

    # ---- beginning -------------------------------------------------------------------------------------------

    def _editing(self, db: Connection, person: PersonRow, value: str) -> Begin:
        """[Edit]: the entry is named by itself, or by the run it came of."""
        entry = logbook.entry(db, person, value) or logbook.entry_of_run(db, person, value)
        dialog = self._edition(db, person).flows.get(entry.flow) if entry is not None else None
        if entry is None or dialog is None:
            raise Refused("desk.not_yours")
        flow = dialog.flow
        asked = [step for answer in entry.answers if (step := flow.step(answer["step"]))]
        touch = next((step.touch for step in asked if step.touch is not None), None)
        came_of = runs.look_at(db, person, entry.run)
        return Begin(entry.flow, edits=entry.id, touch=touch, action=came_of.action if came_of else "")

    def _begin(self, db: Connection, person: PersonRow, begin: Begin, event: Event) -> Answer:
        """The first page of a flow, or the page where one left it."""
        runs.lock_person(db, person)
        dialog = self._edition(db, person).flows.get(begin.flow)
        if dialog is None:  # a prompt for something that is asked no more, or no more of this person
            raise Refused("desk.old_card")
        begin = _on_its_day(begin, dialog.flow)
        half_way = self._half_way(db, person, begin)
        if half_way:
            if begin.occurrence:
                occurrences.begun(db, begin.occurrence, half_way)
            return self._in_run(db, person, half_way, Chose(id=event.id, subject=f"{RUN}{half_way}", action="continue"))
        run = self._new_run(dialog, begin)
        ctx = circumstances.context(db, person, run, self.clock.now())
        if dialog.flow.about_action and ctx.agreement is None and not begin.edits:
            raise Refused("desk.not_yours")
        turn = dialog.begin(ctx, self._answers_edited(db, person, begin))
        self._keep_new(db, person, run, turn)
        return self._answer(person, turn)

    def _half_way(self, db: Connection, person: PersonRow, begin: Begin) -> str:
        about = {name: getattr(begin, name) for name in ("edits", "action", "series", "touch")}
        found = runs.open_run(db, person, dialog=begin.flow, **about)
        return found[0] if found else ""

    def _new_run(self, dialog: FlowDialog, begin: Begin) -> RunRow:
        return RunRow(
            id=runs.new_id(),
            dialog=begin.flow,
            release=dialog.flow.release,
            status="open",
            occurrence=begin.occurrence,
            action=begin.action,
            edits=begin.edits,
            series=begin.series,
            touch=begin.touch,
            state=None,
        )

    def _answers_edited(self, db: Connection, person: PersonRow, begin: Begin) -> Mapping[str, Any]:
        entry = logbook.entry(db, person, begin.edits) if begin.edits else None
        return {a["step"]: a["answer"] for a in entry.answers} if entry else {}

    def _keep_new(self, db: Connection, person: PersonRow, run: RunRow, turn: Turn) -> None:
        now = self.clock.now()
        about = {name: getattr(run, name) for name in ("occurrence", "action", "edits", "series", "touch")}
        runs.start(db, person, now, dialog=run.dialog, release=run.release, state=turn.state, id=run.id, **about)
        if run.occurrence:
            occurrences.begun(db, run.occurrence, run.id)

    def _remind(self, db: Connection, person: PersonRow, run: RunRow) -> None:
        """Something stands on the page now: it is a draft, and is mentioned once if it is left."""
        followups.plan_draft_reminder(
            db,
            organisation=person.organisation,
            person=person.id,
            run=run.id,
            flow=run.dialog,
            now=self.clock.now(),
            timezone=person.timezone,
        )

    # ---- what was handled before, and what went wrong --------------------------------------------------------

    def _again(self, db: Connection, event: Event) -> Answer:
        """The same event once more: nothing happens, but an answer that was lost is drawn again."""
        person = people.find(db, event.sender.organisation, event.sender.channel, event.sender.external) if event.sender else None
        if person is None:
            return Answer()
        found = self._side_desk(db, person, event)
        if found is not None:
            anew = next((effect for effect in found[1].effects if isinstance(effect, Anew)), None)
            return self._anew(db, person, event, anew) if anew else self._answer(person, Turn(form=found[1].form))
        run = self._shown_again(db, person, event)
        if run is None:
            facts = circumstances.facts(db, person, event, self.clock.now())
            return self._answer(person, Turn(form=self._edition(db, person).desk.resume(event, facts).form))
        dialog = self._edition(db, person).flows.get(run.dialog) if run.is_open else None
        if dialog is None:
            return self._over(person, run, run.id)
        ctx: Context = circumstances.context(db, person, run, self.clock.now())
        return self._answer(person, dialog.page(run.state, ctx))

    def _shown_again(self, db: Connection, person: PersonRow, event: Event) -> RunRow | None:
        """The run whose page was the answer to this event."""
        run_id = self._run_of(db, person, event)
        if isinstance(event, Submitted) and (event.page == "start" or _edited(event) is not None):
            run_id = (runs.open_run(db, person) or ("",))[0]
        if not run_id and isinstance(event, Chose) and event.action in ("begin", "edit"):
            about = event.subject.removeprefix(OCCURRENCE) if event.subject.startswith(OCCURRENCE) else ""
            run_id = runs.run_about(db, person, about) if about else (runs.open_run(db, person) or ("",))[0]
        return runs.look_at(db, person, run_id) if run_id else None

    def _apologise(self, event: Event, db: Connection) -> Answer:
        """Told kindly, in a transaction of its own; the event counts as handled."""
        now = self.clock.now()
        inbox.claim(db, event.id, now)
        if event.sender is None:
            return Answer()
        person = people.meet(db, event.sender, now)
        Effects(db, self.house, person, now).say(Card((self.house.say("desk.sorry"),)))
        return Answer(language=person.language or "da")


def _edited(event: Event) -> str | None:
    """What [Edit] names, on a card or on the page that says thanks; None: something else was pressed."""
    if isinstance(event, Chose) and event.action == "edit":
        return event.value
    pressed = event.button.partition(":") if isinstance(event, Submitted) else ("", "", "")
    return pressed[2] if pressed[0] == "edit" else None


def _on_its_day(begin: Begin, flow: Flow) -> Begin:
    """The day of a series; one begun by oneself begins at its first."""
    return replace(begin, touch=0) if begin.touch is None and flow.series else begin


def _with_plain_ids(event: Event) -> Event:
    """Signs that a database refuses (a NUL, half a character) are taken out of ids: whoever sends such means nothing of ours."""
    ids = {name: value for name in IDS if isinstance(value := getattr(event, name, None), str) and not value.isprintable()}
    plain = {name: "".join(filter(str.isprintable, value)) for name, value in ids.items()}
    return replace(event, **plain) if plain else event


def _log(event: Event, bug: BaseException) -> None:
    """The event's id, the kind of error and where: never its message, which may hold what somebody wrote."""
    where = "".join(traceback.format_tb(bug.__traceback__))
    log.error("event %s failed: %s\n%s", event.id, type(bug).__name__, where)
