"""The lock file of released ids: `bot/content/released.yaml`.

Answers are kept under step and option ids, and runs wait at a step for days. So an id that has been in use never
vanishes silently: a flow says what became of it (`moved`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.dialogs.flow import Common, Flow
from bot.dialogs.ids_in_use import refuse_vanished
from bot.dialogs.steps import Step
from bot.errors import ContentError
from bot.yamlfile import read_yaml

FILE = "released.yaml"
COMMON = "common"  # the closing's steps, which every flow shares

Released = dict[str, dict[str, tuple[str, ...]]]


def read_released(folder: Path) -> Released:
    """Flow id → step id → option ids that have been in use; empty where there is no lock file."""
    if not (folder / FILE).exists():
        return {}
    raw = read_yaml(folder / FILE)
    if not isinstance(raw, Mapping) or not all(isinstance(steps, Mapping) for steps in raw.values()):
        raise ContentError(FILE, "it is not a mapping of flows to steps", "run `pejling content release`")
    return {flow: {step: tuple(options or ()) for step, options in steps.items()} for flow, steps in raw.items()}


def check_common(common: Common, released: Mapping[str, Iterable[str]]) -> None:
    """Refuse a common closing in which a released option is gone: agreed actions keep it."""
    steps = {step.id: step for step in _common_steps(common)}
    for step_id, options in released.items():
        known = {option.id for option in steps[step_id].options} if step_id in steps else set()
        for option in options:
            if option not in known:
                refuse_vanished("common.yaml", f"the option {step_id}.{option}", "keep it; actions already agreed name it")


def _common_steps(common: Common) -> tuple[Step, ...]:
    return (common.agreement, common.who, common.by, common.evaluator, common.ask_again, common.visible_to)


def released_ids(flows: Mapping[str, Flow], common: Common, released: Released) -> dict[str, dict[str, list[str]]]:
    """Every step and option id there is or has been."""
    kept = {flow: {step: list(ids) for step, ids in steps.items()} for flow, steps in released.items()}
    in_use = {COMMON: _common_steps(common), **{flow.id: flow.steps for flow in flows.values()}}
    for name, steps in in_use.items():
        for step in steps:
            known = kept.setdefault(name, {}).setdefault(step.id, [])
            known += [option.id for option in step.options if option.id not in known]
    return kept


def write_released(folder: Path, flows: Mapping[str, Flow], common: Common, released: Released) -> None:
    """Write the lock file anew: what is in use now is added, nothing is taken out."""
    lines = ["# Written by `pejling content release`: step and option ids that have been in use, and must not vanish."]
    for flow, steps in sorted(released_ids(flows, common, released).items()):
        lines.append(f"{flow}:")
        lines += [f"  {step}: [{', '.join(map(json.dumps, options))}]" for step, options in steps.items()]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
