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


def dropped(flow: Flow, ctx: Context, say: Say) -> Card:
    return Card(text=(say("flow.dropped"),), title=flow.title, subject=subject(ctx), notice=say("flow.dropped"))


def saved(flow: Flow, ctx: Context, say: Say, effects: Iterable[Effect], visibility: str) -> Card:
    """Says that it was saved, not what."""
    edit = Button("edit", say("flow.edit"), ctx.edits or ctx.run, does="form")
    log = Button("logbook", say("flow.see_log"), "logbook", does="page")
    has_entry = any(isinstance(effect, SaveEntry) for effect in effects)
    return Card(
        text=(_saved_words(ctx, say, effects, visibility),),
        buttons=(log, edit) if has_entry else (log,),
        title=flow.title,
        subject=subject(ctx),
        notice=say("flow.saved_notice"),
    )


def _saved_words(ctx: Context, say: Say, effects: Iterable[Effect], visibility: str) -> Words:
    asked = [e.ask_in for e in effects if isinstance(e, (AddAction, ChangeAction)) and e.ask_in]
    if asked:
        return say("flow.saved_asked", date=words_of_date(ctx.today + timedelta(days=asked[0])))
    if visibility == "leader_group":
        return say("flow.saved_shared")
    return say("flow.saved_shared_leader") if visibility == "my_leader" else say("flow.saved")


def ask_on_page(flow: Flow, ctx: Context, say: Say) -> Card:
    """A line that could belong to several fields: the bot asks, and keeps nothing of it."""
    buttons = (
        Button("continue", say("flow.continue"), does="form", style="primary"),
        Button("start", say("desk.start_new")),
        Button("help", say("desk.help_button")),
    )
    return Card(text=(say("desk.line_which_field", flow=flow.title),), buttons=buttons, subject=subject(ctx))


def line_kept(flow: Flow, ctx: Context, say: Say, *, changed: bool, first: bool, notes: tuple[Words, ...]) -> Card:
    changed_words = (say("flow.line_role", role=say("flow.someone")),) if changed else ()
    told = (say("flow.chat_is_kept"),) if first else ()
    onward = Button("continue", say("flow.continue"), does="form", style="primary")
    return Card((say("flow.line_kept"), *notes, *changed_words, *told), (onward,), flow.title, subject(ctx))


def line_not_kept(flow: Flow, ctx: Context, say: Say, reason: Words) -> Card:
    onward = Button("continue", say("flow.continue"), does="form", style="primary")
    return Card((say("flow.line_not_kept", reason=reason),), (onward,), flow.title, subject(ctx))


def agreement_words(agreement: Agreement, closing: ClosingPages, say: Say) -> dict[str, Words]:
    """An agreed action as words, for a private page."""
    return {
        "what": plain(agreement.what),
        "who": closing.role(WHO, agreement.who),
        "by": words_of_date(agreement.by) if isinstance(agreement.by, date) else say("closing.no_date"),
        "evaluator": closing.role(EVALUATOR, agreement.evaluator),
    }
