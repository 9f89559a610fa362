"""Carries out what a dialog decided, in the order it was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.cards import Card, spoken
from bot.dialogs import turn as decided
from bot.dialogs.house import House
from bot.events import Sender
from bot.services import (
    actions,
    beacons,
    erasing,
    followups,
    handovers,
    joining,
    logbook,
    occurrences,
    outbox,
    people,
    programmes,
    runs,
    schedules,
    times,
    whereabouts,
)
from bot.services.beacons import Bundled
from bot.services.person_row import PersonRow
from bot.services.plans import Flows, Plan
from bot.services.runs import RunRow

REPLY_LIVES = timedelta(hours=1)
"""A reply that could not be delivered for so long answers nothing any more."""


@dataclass
class Effects:
    """One event's effects. `person` is kept as they change; `begin`, `fill` and `anew` are for `turns` to go on with.
    `flows_of` gives what people of a centre (None: of none) are asked."""

    db: Connection
    house: House
    person: PersonRow
    now: datetime
    run: RunRow | None = None
    sender: Sender | None = None
    begin: decided.Begin | None = None
    fill: str = ""
    anew: decided.Anew | None = None
    is_erased: bool = False
    flows_of: Callable[[str | None], Flows] = lambda centre: {}
    entry: str | None = field(default=None, init=False)
    said: list[Card] = field(default_factory=list, init=False)

    def carry_out(self, effects: tuple[decided.Effect, ...]) -> None:
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: decided.Effect) -> None:
        match effect:
            case decided.Say(card, kind):
                self.say(card, kind)
            case decided.SaveEntry():
                self._save_entry(effect)
            case decided.AddAction():
                self._add_action(effect)
            case decided.ChangeAction(id=id):
                actions.change(self.db, self.person, id, now=self.now, **_without(effect, "id"))
            case decided.CloseAction(id, state):
                actions.close(self.db, self.person, id, state, self.now)
            case decided.Finish(dropped):
                self._finish(dropped)
            case decided.PlanTouches(flow, days):
                self._plan_touches(flow, days)
            case decided.WakeIn(after):
                runs.wake_at(self.db, self.run.id, self.now + after)
            case decided.SetPerson(values):
                self.person = people.set_person(self.db, self.person, values, self.now)
            case decided.SetRhythm(weekday, time, every):
                self._set_rhythm(weekday, time, every)
            case decided.Pause(until):
                schedules.pause(self.db, self.person, until, self.now)
            case decided.TakeLeave(starts, ends):
                times.take_leave(self.db, self.person, starts, ends, self.now)
            case decided.CancelLeave(starts, ends):
                times.cancel_leave(self.db, self.person, starts, ends)
            case decided.CloseDays(centre, starts, ends):
                times.close_days(self.db, self.person, centre, starts, ends, self.now)
            case decided.OpenDays(id):
                times.open_days(self.db, self.person, id)
            case decided.Later(occurrence, at):
                occurrences.later(self.db, occurrence, at)
            case decided.Settle(occurrence, state):
                occurrences.settle(self.db, occurrence, state)
            case decided.Erase():
                erasing.erase(self.db, self.person, self.now)
                self.is_erased = True
            case decided.Join(code):
                self._join(code)
            case decided.HandOver(id, entry, digest, title):
                handovers.hand_over(self.db, self.person, id, entry, digest, title, self.now)
            case decided.TakeBack(id):
                handovers.take_back(self.db, self.person, id, self.now)
            case decided.ProposeBeacon():
                beacons.propose(self.db, self.person, now=self.now, **_without(effect))
            case decided.WriteBeacon(id, own, revision):
                beacons.write(self.db, self.person, id, own, revision, self.now)
            case decided.ChangeBeacon(id=id, what=what, bundled=bundled):
                more = _without(effect, "id", "what", "bundled")
                as_bundled = Bundled(id, bundled.state, bundled.since, bundled.closed) if bundled else None
                beacons.change(self.db, self.person, id, what, now=self.now, bundled=as_bundled, **more)
            case decided.Begin():
                self.begin = effect
            case decided.Fill(run):
                self.fill = run
            case decided.SaveProgramme():
                self._save_programme(effect)
            case decided.ChangeProgramme(id, what):
                self._change_programme(id, what)
            case decided.CopyProgramme(id, new_id):
                programmes.duplicate(self.db, self.person, id, self.now, new_id=new_id)
            case decided.Anew():
                self.anew = effect

    # ---- talking -----------------------------------------------------------------------------------------

    def say(self, card: Card, kind: str = "reply") -> None:
        """Put a card in the outbox, in the reader's language, where the person just was (or where they can be reached)."""
        conversation = self.person.conversation or self._reachable()
        if not conversation:
            return
        self.said.append(card)
        self._put(card, kind, conversation)
        if kind == "update" and card.subject:  # a card that was answered elsewhere must not go on asking
            for other in outbox.other_places(self.db, self.person, conversation, card.subject):
                self._put(card, kind, other)

    def _put(self, card: Card, kind: str, conversation: str) -> None:
        outbox.put(
            self.db,
            organisation=self.person.organisation,
            person=self.person.id,
            conversation=conversation,
            card=spoken(card, self.person.language or "da"),
            subject=card.subject,
            kind=kind,
            now=self.now,
            expires_at=self.now + REPLY_LIVES if kind == "reply" else None,
        )

    def _reachable(self) -> str:
        found = whereabouts.conversation_of(self.db, self.person)
        return found.id if found else ""

    # ---- keeping -----------------------------------------------------------------------------------------

    def _save_entry(self, effect: decided.SaveEntry) -> None:
        run = self.run
        values = _without(effect, "answers")
        answers = [asdict(one) for one in effect.answers]
        into = logbook.entry(self.db, self.person, run.edits) if run.edits else None
        self.entry = logbook.save_entry(
            self.db, self.person, into.run if into else run.id, answers=answers, now=self.now, **values
        )

    def _add_action(self, effect: decided.AddAction) -> None:
        actions.add(self.db, self.person, run=self.run.id, entry=self.entry, now=self.now, **_without(effect))

    def _finish(self, dropped: bool) -> None:
        runs.finish(self.db, self.run.id, self.now, dropped=dropped)
        followups.drop_draft_reminder(self.db, self.run.id)
        if self.run.occurrence:
            occurrences.settle(self.db, self.run.occurrence, "dropped" if dropped else "done")

    def _plan_touches(self, flow: str, days: tuple[int, ...]) -> None:
        """The later days of a series somebody began by themselves; those of a programme's come from the programme."""
        asked = occurrences.get(self.db, self.person.organisation, self.person.id, self.run.occurrence) if self.run.occurrence else None
        if asked is not None and asked.programme:
            return
        followups.plan_touches(
            self.db,
            organisation=self.person.organisation,
            person=self.person.id,
            flow=flow,
            days=days,
            series=self.run.id,
            now=self.now,
            timezone=self.person.timezone,
        )

    def _set_rhythm(self, weekday: int | None, time: str, every: int) -> None:
        schedules.set_rhythm(
            self.db,
            organisation=self.person.organisation,
            person=self.person.id,
            weekday=weekday,
            time=time,
            every=every,
            timezone=self.person.timezone,
            now=self.now,
        )

    # ---- planning for others ---------------------------------------------------------------------------------

    def _save_programme(self, effect: decided.SaveProgramme) -> None:
        plan = Plan(**effect.plan)
        about: dict[str, Any] = {"now": self.now, "flows": self.flows_of(plan.centre)}
        if programmes.is_there(self.db, self.person.organisation, effect.id):
            programmes.change(self.db, self.person, effect.id, plan, revision=effect.revision, **about)
        else:
            programmes.make_draft(self.db, self.person, plan, id=effect.id, **about)

    def _change_programme(self, id: str, what: str) -> None:
        flows = self.flows_of(programmes.get(self.db, self.person, id).centre)
        match what:
            case "start":
                programmes.start(self.db, self.person, id, self.now, flows=flows)
            case "pause":
                programmes.pause(self.db, self.person, id, self.now)
            case "resume":
                programmes.resume(self.db, self.person, id, self.now, flows=flows)
            case "end":
                programmes.end(self.db, self.person, id, self.now)
            case "throw":
                programmes.throw_away(self.db, self.person, id)
            case "remind":
                programmes.remind(self.db, self.person, id, self.now)

    def _join(self, code: str) -> None:
        joined = joining.join(self.db, code, self.sender, self.now)
        if joined.person is not None:
            self.person = people.meet(self.db, self.sender, self.now)
        self.say(Card((self.house.say("desk.joined" if joined.person else "desk.join_failed"),)))


def _without(effect: Any, *names: str) -> dict[str, Any]:
    """The fields of an effect as keyword arguments, but for these."""
    return {name: getattr(effect, name) for name in effect.__dataclass_fields__ if name not in names}
