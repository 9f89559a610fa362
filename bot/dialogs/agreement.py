"""Changing an agreed action by itself: the closing alone, filled with what was agreed."""

from __future__ import annotations

from bot.dialogs.answers import Say
from bot.dialogs.flow import Closing, Flow

AGREEMENT = "agreement"
ASK_AGAIN_IN = 14  # days, unless another choice is made


def agreement_flow(say: Say) -> Flow:
    """A flow without questions of its own."""
    frame = say("closing.change")
    closing = Closing(
        frame=frame,
        suggestions=(),
        evaluator_default="mig",
        followup_days=ASK_AGAIN_IN,
        show_if=None,
        at_touch=None,
    )
    return Flow(
        id=AGREEMENT,
        title=say("closing.title"),
        beacon="any",
        theme="",
        source="",
        levels=(),
        minutes=1,
        visibility="private",
        visibility_locked=True,
        safety_listen=(),
        purpose=frame,
        steps=(),
        closing=closing,
        about_action=True,
    )
