"""A dilemma played alone, as an ordinary flow made from it: choose → why → what each way protects and risks → choose again →
what must be done in any case → the agreed action → the logbook."""

from __future__ import annotations

from typing import Any

from bot.cards import Words
from bot.dialogs.answers import Say
from bot.dialogs.dilemma.content import OWN, PERSPECTIVES, WAYS, Dilemma, Way
from bot.dialogs.flow import LEVELS, Flow, read_flow

CHOICE, WHY, AGAIN, LEARNT = "choice", "why", "again", "learnt"
MINUTES = 5
ASKED_AGAIN_IN = 14  # days


def flow_alone(dilemma: Dilemma, say: Say) -> Flow:
    """The flow of one dilemma, read by the same rules as any. Raises ContentError where a part is too long for a page."""
    chosen, chosen_again = ({"step": step, "includes": list(WAYS)} for step in (CHOICE, AGAIN))
    duty = [_info("duty", dilemma.duty, shown=chosen_again)] if dilemma.duty else []
    steps = [
        _info("situation", dilemma.situation),
        _info("ways", *(way_in_full(way, say) for way in dilemma.ways)),
        _single(CHOICE, dilemma.question, dilemma, say),
        _text(WHY, say("dilemma.why")),
        _info("weighed", *(weighed(way, say) for way in dilemma.ways), shown=chosen),
        _info("perspectives", *perspectives(dilemma, say), shown=chosen),
        _single(AGAIN, say("dilemma.again"), dilemma, say, shown=chosen),
        *duty,
        _text(LEARNT, say("dilemma.learnt"), shown=chosen_again),
    ]
    return read_flow(_raw(dilemma, say, steps), f"dilemma {dilemma.id}")


def flow_of_own(say: Say) -> Flow:
    """What an entry from a group's own dilemma is filed under: the questions, and the chosen ways in words. Never begun."""
    title = {"da": say("dilemma.own_title").da, "en": say("dilemma.own_title").en}
    steps = [_text(step, say(f"dilemma.{step}")) for step in (CHOICE, WHY, AGAIN, LEARNT)]
    return read_flow(_frame(OWN, title, "any", say) | {"steps": steps}, OWN)


def _raw(dilemma: Dilemma, say: Say, steps: list[dict[str, Any]]) -> dict[str, Any]:
    frame = _frame(dilemma.id, _both(dilemma.title), dilemma.beacon, say)
    return frame | {"theme": dilemma.theme, "source": dilemma.source, "approved": dilemma.approved, "steps": steps}


def _frame(flow: str, title: dict[str, str], beacon: str, say: Say) -> dict[str, Any]:
    closing = {"frame": _both(say("dilemma.closing")), "evaluator": "mig", "followup_days": ASKED_AGAIN_IN}
    return {
        "id": flow,
        "title": title,
        "beacon": beacon,
        "theme": "own",
        "source": "EF",
        "levels": list(LEVELS),
        "minutes": MINUTES,
        "visibility": "private",
        "visibility_locked": True,
        "purpose": _both(say("dilemma.purpose")),
        "closing": closing,
    }


# ---- a dilemma in words ----------------------------------------------------------------------------------


def line_of(way: Way, say: Say) -> Words:
    """A way in one line: "A · Say it at once"."""
    return say("dilemma.line", letter=way.letter, way=way.label)


def way_in_full(way: Way, say: Say) -> Words:
    return say("dilemma.line", letter=way.letter, way=way.text)


def weighed(way: Way, say: Say) -> Words:
    """What a way protects and what it risks; only its name where that is not known."""
    if way.protects is None or way.risks is None:
        return line_of(way, say)
    return say("dilemma.weighed", line=line_of(way, say), protects=way.protects, risks=way.risks)


def perspectives(dilemma: Dilemma, say: Say) -> tuple[Words, ...]:
    """The question from each chair, the chair named first."""
    chairs = ((say(f"dilemma.chair_{name}"), dilemma.perspectives[name]) for name in PERSPECTIVES)
    return tuple(say("dilemma.chair", chair=chair, question=question) for chair, question in chairs)


# ---- steps as data ---------------------------------------------------------------------------------------


def _info(step: str, *lines: Words, shown: dict[str, Any] | None = None) -> dict[str, Any]:
    text = {language: "\n\n".join(line.spoken(language) for line in lines) for language in ("da", "en")}
    return _step(step, "info", text, shown)


def _text(step: str, asked: Words, shown: dict[str, Any] | None = None) -> dict[str, Any]:
    return _step(step, "text", _both(asked), shown) | {"short": True}


def _single(step: str, asked: Words, dilemma: Dilemma, say: Say, shown: dict[str, Any] | None = None) -> dict[str, Any]:
    options = [{"id": way.id, **_both(line_of(way, say))} for way in dilemma.ways]
    return _step(step, "single", _both(asked), shown) | {"options": options, "required": True}


def _step(step: str, kind: str, text: dict[str, str], shown: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": step, "kind": kind, "text": text, **({"show_if": shown} if shown else {})}


def _both(words: Words) -> dict[str, str]:
    return {"da": words.spoken("da"), "en": words.spoken("en")}
