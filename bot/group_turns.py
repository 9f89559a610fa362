"""What happens in a place where several read along, or about a dialog with a group: part of the one door in (`turns.py`).

In this order: claim the event (by a keyed hash and the day, so that nothing says when somebody chose), find the place, lock the
run, find who it was, decide, carry out, keep, draw the shared post anew. Nobody is made known by it: a guest is no row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.answer import Answer
from bot.cards import LANGUAGES, Card, Form, spoken
from bot.clock import Clock, local
from bot.dialogs.group.desk import PLACE, GroupDesk
from bot.dialogs.group.turn import GROUP, ZONE, GroupContext, GroupDialog, GroupTurn, Member
from bot.dialogs.house import House
from bot.errors import Refused
from bot.events import Chose, Event, Sender, Submitted, Woke, Wrote
from bot.group_effects import GroupEffects
from bot.group_scene import Scene, about_run, claim, is_enrolled, named
from bot.services import groups, outbox, places, whereabouts
from bot.services.groups import SILENT, GroupRow
from bot.store.engine import Undo
from bot.store.secrets import digest_of

WEB = "web"
"""Where a post is drawn from the state for each reader, and its last state is nowhere else."""
LAST_SHOWN = timedelta(hours=12)
HELP = "help"


class GroupTurns:
    """Beginnings, turns and deadlines of dialogs with groups."""

    def __init__(self, house: House, dialogs: Mapping[str, GroupDialog], clock: Clock):
        self.dialogs, self.clock = dialogs, clock
        self.desk = GroupDesk(house, dialogs)

    def concerns(self, event: Event) -> bool:
        """Whether an event is about a group: it happened in a place, or says so."""
        about = event.subject if isinstance(event, Chose) else event.run if isinstance(event, (Submitted, Woke)) else ""
        return about.startswith((GROUP, PLACE)) or bool(event.sender and event.sender.place)

    def turn(self, event: Event, db: Connection) -> Answer:
        now, digest = self.clock.now(), digest_of(db)
        is_new = claim(db, digest, event, now)
        if isinstance(event, Woke):
            return self._woke(db, event, now, digest) if is_new else Answer()
        kind, about, proof = named(event)
        run = groups.load(db, event.sender.organisation, about) if kind == GROUP else None
        where = run.place if run else about if kind == PLACE else event.sender.place
        place = places.place(db, event.sender.organisation, where)
        if place is None:
            return Answer(self.desk.over(event) if kind else None, language=event.sender.language or "da")
        scene = Scene(db, event, now, digest, place, run, is_new, proof)
        try:
            return self._in_run(scene) if kind == GROUP else self._at_desk(scene)
        except Refused as refusal:
            why = self.desk.say(refusal.text, **refusal.values_)
            raise Undo(Answer(self.desk.refused(why), language=scene.language)) from None

    def apologise(self, event: Event, db: Connection) -> Answer:
        """Told kindly to whoever did it, in a transaction of its own; the event counts as handled."""
        claim(db, digest_of(db), event, self.clock.now())
        return Answer(self.desk.sorry() if event.sender else None, language=event.sender.language or "da" if event.sender else "da")

    # ---- the desk ------------------------------------------------------------------------------------------------

    def _at_desk(self, scene: Scene) -> Answer:
        match scene.event:
            case Wrote(text=text) if scene.is_new:
                return self._wrote(scene, text)
            case Chose(action="begin", value=name) if name in self.dialogs:
                return self._begin(scene, self.dialogs[name])
            case Chose(action="care_seen"):
                raise Undo(Answer())
            case Submitted(page="running", button=button):
                return self._running(scene, button)
            case Chose() if scene.is_new:
                return Answer(self.desk.over(scene.event), language=scene.language)
        return Answer(language=scene.language)

    def _wrote(self, scene: Scene, text: str) -> Answer:
        urgent = self.desk.urgent(text)
        if urgent:
            raise Undo(Answer(card=urgent, language=scene.language))
        card = self.desk.asked(scene.place.id, text)
        shown = spoken(card, scene.place.language)
        places.say_there(scene.db, scene.place.organisation, scene.place.id, shown, scene.now, scene.now + places.REPLY_LIVES)
        return Answer(language=scene.language, said=(card,))

    def _begin(self, scene: Scene, dialog: GroupDialog) -> Answer:
        """One of a kind goes on in a place at a time; a double click begins one."""
        if not scene.is_here:
            return Answer(self.desk.not_here(), language=scene.language)
        places.lock_place(scene.db, scene.place.id)
        going_on = self._going_on(scene.db, scene.place.id, dialog.name)
        if going_on:
            return self._begun_already(scene, dialog, going_on[0])
        run = GroupRow(groups.new_id(), scene.place.organisation, scene.place.id, dialog.name, "open", "", {})
        actor = self._actor(scene, run)
        run.facilitator = actor.id
        turn = dialog.begin(self._context(scene, run, actor))
        if turn.leaves_no_trace or turn.state is None:
            raise Undo(self._answer(scene, run, actor, turn))
        run.state = turn.state
        groups.start(scene.db, run, dialog.load(turn.state), scene.now)
        return self._carried_out(scene, run, dialog, actor, turn)

    def _going_on(self, db: Connection, place: str, name: str = "") -> list[GroupRow]:
        """What a group is in the middle of, or waits for; not what is only kept to be read."""
        here = groups.open_here(db, place, name)
        return [run for run in here if run.dialog in self.dialogs and self.dialogs[run.dialog].rest(run.state) != "done"]

    def _begun_already(self, scene: Scene, dialog: GroupDialog, run: GroupRow) -> Answer:
        """A double click, or somebody who did not see that it goes on: what they had open, else where it is."""
        answer = self._page(scene, run, dialog)
        if answer.form is not None or not scene.is_new:
            return answer
        about = f"{PLACE}{scene.place.id}:{scene.pass_here}"
        return Answer(self.desk.running(about, dialog.name), language=scene.language)

    def _running(self, scene: Scene, button: str) -> Answer:
        action, _, name = button.partition(":")
        found = self._going_on(scene.db, scene.place.id, name) if action == "show" and name in self.dialogs else []
        if not found:
            return Answer(self.desk.left_alone(), language=scene.language)
        if scene.is_new and scene.is_here:
            self._post(scene, found[0], self.dialogs[name], again=True)
        return Answer(self.desk.shown_again(), language=scene.language)

    # ---- in a run ------------------------------------------------------------------------------------------------

    def _in_run(self, scene: Scene) -> Answer:
        run = scene.run
        if run is None or not run.is_open or run.dialog not in self.dialogs:
            return Answer(self.desk.over(scene.event), language=scene.language)
        member = scene.member_of(run)
        if scene.event.sender.place != run.place and scene.proof != groups.pass_of(scene.digest, run.id, member):
            return Answer(self.desk.not_here(), language=scene.language)
        dialog = self.dialogs[run.dialog]
        if not scene.is_new:
            return self._page(scene, run, dialog)
        actor = self._actor(scene, run)
        turn = dialog.resume(run.state, about_run(scene.event, run.id), self._context(scene, run, actor))
        return self._carried_out(scene, run, dialog, actor, turn)

    def _page(self, scene: Scene, run: GroupRow, dialog: GroupDialog) -> Answer:
        """The same event once more: nothing happens, but an answer that was lost is drawn again."""
        actor = self._actor(scene, run)
        form = dialog.page(run.state, self._context(scene, run, actor))
        return Answer(self._given(scene, run, actor.id, form), language=scene.language)

    def _woke(self, db: Connection, event: Woke, now: datetime, digest: Callable[[str], str]) -> Answer:
        id = event.run.removeprefix(GROUP).removesuffix(SILENT)
        run = groups.load(db, groups.organisation_of(db, id), id)
        is_silent = event.run.endswith(SILENT)
        if not groups.passed(db, id, now, is_silent=is_silent):
            return Answer()
        place = places.place(db, run.organisation, run.place) if run else None
        if run is None or place is None or not run.is_open or run.dialog not in self.dialogs:
            return Answer()
        scene = Scene(db, event, now, digest, place, run)
        if is_silent:
            effects, told = GroupEffects(db, run, place, now, digest), self.desk.cannot_post(place.name)
            for member in (run.facilitator, *sorted(run.members)):  # a guest cannot be written to
                if effects.tell(member, told):
                    break
            return Answer()
        dialog = self.dialogs[run.dialog]
        turn = dialog.resume(run.state, about_run(event, id), self._context(scene, run, None))
        return self._carried_out(scene, run, dialog, None, turn)

    def _carried_out(self, scene: Scene, run: GroupRow, dialog: GroupDialog, actor: Member | None, turn: GroupTurn) -> Answer:
        answer = self._answer(scene, run, actor, turn)
        if turn.leaves_no_trace:
            raise Undo(answer)
        if turn.state is not None:
            run.state = turn.state
        effects = GroupEffects(scene.db, run, scene.place, scene.now, scene.digest)
        effects.carry_out(turn.effects)
        if turn.effects:
            scene.look_again()
        groups.save(scene.db, run, dialog.load(run.state))
        self._post(scene, run, dialog)
        effects.speak(turn.effects)
        if effects.is_over:
            last = self._last(scene, run, dialog) if scene.place.channel == WEB else None
            groups.finish(scene.db, run, scene.now, dropped=effects.is_dropped, last=last)
        return answer

    def _answer(self, scene: Scene, run: GroupRow, actor: Member | None, turn: GroupTurn) -> Answer:
        form = self._given(scene, run, actor.id, turn.form) if actor else None
        return Answer(form, turn.card, scene.language)

    def _given(self, scene: Scene, run: GroupRow, member: str, form: Form | None) -> Form | None:
        """A page as it is handed to this member: with what proves that it is theirs, and what a guest must know."""
        if form is None:
            return None
        notice = None if is_enrolled(scene.person) else self.desk.for_guest(form)
        lead = (*form.lead, notice) if notice else form.lead
        proven = f"{GROUP}{run.id}:{groups.pass_of(scene.digest, run.id, member)}" if form.run.startswith(GROUP) else form.run
        return replace(form, run=proven, lead=lead)

    # ---- what is known and shown ---------------------------------------------------------------------------------

    def _actor(self, scene: Scene, run: GroupRow) -> Member:
        """Whoever did it, entered among those who take part."""
        sender: Sender = scene.event.sender
        person, member = scene.person, scene.member_of(run)
        run.members[member] = person.id if person else ""
        name = (person.name if person else "") or sender.name
        is_guest = not is_enrolled(person)
        is_reachable = not is_guest and whereabouts.conversation_of(scene.db, person) is not None
        return Member(member, name, scene.language, is_guest, is_reachable)

    def _context(self, scene: Scene, run: GroupRow, actor: Member | None) -> GroupContext:
        place = scene.place
        return GroupContext(
            run=run.id,
            now=scene.now,
            today=local(scene.now, ZONE).date(),
            actor=actor,
            facilitator=run.facilitator,
            place=place.name,
            language=place.language,
            timezone=ZONE,
            has_threads=place.has_threads,
            is_read_by_each=place.channel == WEB,
            notes=scene.notes,
            states=scene.states,
        )

    def _last(self, scene: Scene, run: GroupRow, dialog: GroupDialog) -> dict[str, Any]:
        card = replace(self._as_posted(scene, run, dialog), buttons=(), until=None)
        return {language: spoken(card, language) for language in LANGUAGES}

    def standing(self, db: Connection, organisation: str, place_id: str, language: str) -> list[dict[str, Any]]:
        """What stands in a place now, spoken in one reader's language: the posts of what goes on, or how the last one ended; and
        what can be begun, where the group is not in the middle of something. Reads only; for the web, where nothing but this is
        shown."""
        place = places.place(db, organisation, place_id)
        if place is None or not place.reachable:
            return []
        now = self.clock.now()
        going_on = [run for run in groups.open_here(db, place.id) if run.dialog in self.dialogs]
        scene = Scene(db, Event(id=""), now, str, place)
        posts = [self._as_posted(scene, run, self.dialogs[run.dialog]) for run in going_on]
        desk = () if any(not self.dialogs[run.dialog].rest(run.state) for run in going_on) else (self.desk.asked(place.id, HELP),)
        last = None if posts else groups.last_post(db, place.id, now - LAST_SHOWN)
        return [*([last[language]] if last else []), *(spoken(card, language) for card in (*posts, *desk))]

    def titles(self, db: Connection, organisation: str, place_id: str, language: str) -> list[str]:
        """What a group is in the middle of there, or waits for: the titles of the posts. Reads only."""
        place = places.place(db, organisation, place_id)
        if place is None or not place.reachable:
            return []
        scene = Scene(db, Event(id=""), self.clock.now(), str, place)
        posts = [self._as_posted(scene, run, self.dialogs[run.dialog]) for run in self._going_on(db, place.id)]
        return [post.title.spoken(language) for post in posts if post.title]

    def _as_posted(self, scene: Scene, run: GroupRow, dialog: GroupDialog) -> Card:
        card = dialog.post(run.state, self._context(scene, run, None))
        return replace(card, subject=f"{GROUP}{run.id}")

    def _post(self, scene: Scene, run: GroupRow, dialog: GroupDialog, *, again: bool = False) -> None:
        """Draw the shared post; where it differs from the last, it is put in the outbox. `again`: as a new message at the bottom."""
        card = self._as_posted(scene, run, dialog)
        if card.until and scene.place.channel != WEB:  # there it counts down; elsewhere it is said
            until = self.desk.until(card.until, scene.now, ZONE)
            card = replace(card, text=(*card.text, until), until=None)
        shown = spoken(card, scene.place.language)
        digest = scene.digest(f"post:{json.dumps(shown, sort_keys=True)}")
        if not scene.place.reachable or digest == run.posted and not again:
            return
        where = {"organisation": run.organisation, "conversation": run.place, "subject": shown["subject"], "now": scene.now}
        outbox.put_latest(scene.db, **where, card=shown, is_first=again or not run.posted)
        groups.mark_posted(scene.db, run, digest)
