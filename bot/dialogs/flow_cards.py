"""The cards a flow leaves in the chat: only where things stand, never what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.cards import Button, Card, Words, plain
from bot.dialogs.answers import Say
from bot.dialogs.closing import EVALUATOR, WHO, ClosingPages
from bot.dialogs.dates import words_of_date
from bot.dialogs.flow import Flow
from bot.dialogs.turn import AddAction, Agreement, ChangeAction, Context, Effect, SaveEntry


SAVED_AS = {"private": "saved", "my_leader": "saved_shared_leader", "leader_group": "saved_shared"}


def subject(ctx: Context) -> str:
    """What the cards of a run are about: the prompt it came from, or the run itself."""
    return f"occurrence:{ctx.occurrence}" if ctx.occurrence else f"run:{ctx.run}"


def halfway(flow: Flow, ctx: Context, say: Say) -> Card:
    return halfway_card(flow, subject(ctx), say)


def halfway_card(flow: Flow, about: str, say: Say) -> Card:
    """Under way: [Continue], [Delete the draft]."""
    drop = Button("drop", say("flow.drop"), style="danger", confirm=say("flow.drop_confirm"))
    return Card(
        text=(say("flow.halfway"),),
        buttons=(Button("continue", say("flow.continue"), does="form", style="primary"), drop),
        title=flow.title,
        subject=about,
        notice=say("flow.halfway_notice"),
    )


def dropped(flow: Flow, ctx: Context, say: Say, why: str = "flow.dropped") -> Card:
    return Card(text=(say(why),), title=flow.title, subject=subject(ctx), notice=say(why))


def saved(flow: Flow, ctx: Context, say: Say, effects: Iterable[Effect], visibility: str) -> Card:
    """Says that it was saved, not what."""
    edit = Button("edit", say("flow.edit"), ctx.edits or ctx.run, does="form")
    log = Button("logbook", say("flow.see_log"), "logbook", does="page")
    agreements = Button("actions", say("desk.actions_button"), "actions", does="page")
    has_entry = any(isinstance(effect, SaveEntry) for effect in effects)
    kept = say(f"flow.{SAVED_AS[visibility]}" if has_entry else "flow.saved_agreement")
    goes = flow.hands_over and has_entry and visibility == "leader_group"
    hand_over = (Button("handover", say("handover.button"), ctx.edits or ctx.run, does="form"),) if goes else ()
    return Card(
        text=(kept, *_asked_words(ctx, say, effects)),
        buttons=(log, edit, *hand_over) if has_entry else (agreements,),
        title=flow.title,
        subject=subject(ctx),
        notice=say("flow.saved_notice"),
    )


def _asked_words(ctx: Context, say: Say, effects: Iterable[Effect]) -> tuple[Words, ...]:
    asked = (e.ask_in for e in effects if isinstance(e, (AddAction, ChangeAction)) and e.ask_in)
    return tuple(say("flow.asked_on", date=words_of_date(ctx.today + timedelta(days=days))) for days in asked)


def ask_on_page(flow: Flow, ctx: Context, say: Say) -> Card:
    """A line that could belong to several fields: the bot asks, and keeps nothing of it."""
    buttons = (
        _onward(ctx, say),
        Button("start", say("desk.start_new")),
        Button("help", say("desk.help_button")),
    )
    return Card(text=(say("desk.line_which_field", flow=flow.title),), buttons=buttons)


def line_kept(flow: Flow, ctx: Context, say: Say, *, changed: bool, first: bool, notes: tuple[Words, ...]) -> Card:
    changed_words = (say("flow.line_role", role=say("flow.someone")),) if changed else ()
    told = (say("flow.chat_is_kept"),) if first else ()
    return Card((say("flow.line_kept"), *notes, *changed_words, *told), (_onward(ctx, say),), flow.title)


def line_not_kept(flow: Flow, ctx: Context, say: Say, reason: Words) -> Card:
    return Card((say("flow.line_not_kept", reason=reason),), (_onward(ctx, say),), flow.title)


def _onward(ctx: Context, say: Say) -> Button:
    """A line is answered below it, not in the card further up that says where things stand."""
    return Button("continue", say("flow.continue"), ctx.run, does="form", style="primary")


def agreement_words(agreement: Agreement, closing: ClosingPages, say: Say) -> dict[str, Words]:
    """An agreed action as words, for a private page."""
    return {
        "what": plain(agreement.what),
        "who": closing.role(WHO, agreement.who),
        "by": words_of_date(agreement.by) if isinstance(agreement.by, date) else say("closing.no_date"),
        "evaluator": closing.role(EVALUATOR, agreement.evaluator),
    }
