"""Ids that have been in use never vanish silently: answers are kept under them, and runs wait at them for days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.dialogs.flow import Flow
from bot.errors import ContentError


def check_released(flow: Flow, released: Mapping[str, Iterable[str]]) -> None:
    """Refuse a flow in which a released step or option is gone, and `moved` does not say where."""
    for step_id, options in released.items():
        step = flow.step(step_id)
        if step is None and step_id not in flow.moved:
            refuse_vanished(f"flow {flow.id}", f"the step {step_id}", f'moved: {{{step_id}: new id, or ""}}')
        for option in options if step is not None and not step.makes_options else ():
            name = f"{step_id}.{option}"
            if step.option(option) is None and name not in flow.moved:
                refuse_vanished(f"flow {flow.id}", f"the option {name}", f'moved: {{{name}: new id, or ""}}')


def refuse_vanished(where: str, what: str, mend: str) -> None:
    raise ContentError(where, f"{what} has been released and is gone", f"say what became of it: {mend}")
