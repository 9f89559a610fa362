"""A small dialog with a group, for tests of what carries such dialogs: everybody says yes or no in secret, and why; then it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from bot.cards import Bar, Button, Card, Choice, Field, Form, plain
from bot.dialogs.group.turn import (
    GROUP,
    Agree,
    GroupContext,
    GroupTurn,
    HandOver,
    KeepForMember,
    KeepNote,
    Over,
    Rest,
    SayThere,
    Tell,
    WakeIn,
)
from bot.dialogs.turn import Answered
from bot.events import Chose, Event, Submitted, Woke

LONGEST = 300
MOST = 80
OPEN_FOR = timedelta(hours=1)


class Ballot:
    """State: {"phase": voting or shown, "votes": {member: {"choice", "why"}}, "round": how often somebody asked for another}."""

    name = "dilemma"
    label = plain("begin")

    def begin(self, ctx: GroupContext) -> GroupTurn:
        return GroupTurn({"phase": "voting", "votes": {}}, (WakeIn(OPEN_FOR),))

    def resume(self, state: dict[str, Any], event: Event, ctx: GroupContext) -> GroupTurn:
        match event:
            case Woke():
                return self._shown(state)
            case Chose(action="vote") if state["phase"] == "voting":
                return GroupTurn(form=self._form(state, ctx))
            case Submitted(page="vote", values=values) if state["phase"] == "voting":
                return self._voted(state, values, ctx)
            case Chose(action="show"):
                return self._shown(state)
            case Chose(action="round"):
                return GroupTurn(state | {"phase": "voting", "round": state.get("round", 0) + 1})
            case Chose(action="rest", value=rest):
                return GroupTurn(state | {"rest": rest})
            case Chose(action="leave"):
                return GroupTurn(state | {"votes": {who: vote for who, vote in state["votes"].items() if who != ctx.actor.id}})
            case Chose(action="take_over"):
                return GroupTurn(None, (HandOver(ctx.actor.id),))
            case Chose(action="agree"):
                return self._agreed(state, ctx)
            case Chose(action="break"):
                raise LookupError("planted")
        return GroupTurn()

    def _form(self, state: dict[str, Any], ctx: GroupContext) -> Form:
        mine: Mapping[str, str] = state["votes"].get(ctx.actor.id, {})
        choices = tuple(Choice(id, plain(id)) for id in ("yes", "no"))
        fields = (
            Field("choice", "single", plain("?"), choices=choices, value=mine.get("choice"), required=True),
            Field("why", "text", plain("…"), value=mine.get("why"), max=LONGEST),
        )
        return Form(f"{GROUP}{ctx.run}", "vote", plain("?"), fields, (Button("next", plain("OK")),))

    def _voted(self, state: dict[str, Any], values: Mapping[str, Any], ctx: GroupContext) -> GroupTurn:
        if values.get("why") == "leave no trace":
            return GroupTurn(card=Card((plain("112"),)), leaves_no_trace=True)
        vote = {"choice": values.get("choice") or "", "why": (values.get("why") or "")[:LONGEST]}
        return GroupTurn(state | {"votes": state["votes"] | {ctx.actor.id: vote}}, form=self._thanks())

    def _thanks(self) -> Form:
        return Form("", "", plain("✓"), closed=True)

    def _shown(self, state: dict[str, Any]) -> GroupTurn:
        return GroupTurn(state | {"phase": "shown"}, (WakeIn(None), SayThere(Card((plain("→"),)))))

    def _agreed(self, state: dict[str, Any], ctx: GroupContext) -> GroupTurn:
        answered = Answered("choice", "text", {"da": "?", "en": "?"}, "yes", {"da": "ja", "en": "yes"})
        who = ctx.actor
        agreed = Agree("1", who.id, "ringe i morgen", date(2026, 12, 1), ask_in=3, name=who.name)
        kept = KeepForMember(who.id, "F01", "", (answered,))
        note = KeepNote("played", {"title": "x"})
        return GroupTurn(state, (agreed, kept, note, Tell(who.id, Card((plain("✓"),), (Button("vote", plain("vote")),))), Over()))

    def post(self, state: dict[str, Any], ctx: GroupContext) -> Card:
        if state["phase"] == "voting":
            return Card((plain("?" * (1 + state.get("round", 0))),), (Button("vote", plain("vote"), does="form"), Button("show", plain("show"))), plain(ctx.place or "-"))
        votes = [vote["choice"] for vote in state["votes"].values()]
        spread = tuple(Bar(plain(id), votes.count(id)) for id in ("yes", "no"))
        return Card((plain("="),), (Button("agree", plain("agree")),), plain(ctx.place or "-"), spread=spread)

    def rest(self, state: dict[str, Any]) -> Rest:
        return state.get("rest", "")

    def page(self, state: dict[str, Any], ctx: GroupContext) -> Form | None:
        if state["phase"] != "voting":
            return None
        return self._thanks() if ctx.actor.id in state["votes"] else self._form(state, ctx)

    def load(self, state: dict[str, Any]) -> int:
        return MOST * (LONGEST * 4 + 60)
