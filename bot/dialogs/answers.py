"""What was put into a field, read and checked: a value to keep, or a kind word about why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.cards import Words, plain
from bot.dialogs.dates import read_date, words_of_date
from bot.dialogs.screening import clean
from bot.dialogs.steps import Step

LONG_TEXT = 3000  # Slack: plain_text_input takes 3000 characters at the most
SHORT_TEXT = 300
FURTHEST_YEARS = 5

Say = Callable[..., Words]


@dataclass(frozen=True)
class Read:
    """`value` is None where nothing was given; `error` says why what was given could not be taken."""

    value: Any = None
    error: Words | None = None


def read_value(step: Step, raw: Any, today: date, say: Say) -> Read:
    """What stands in the field of `step`. Anything at all may have been sent: it never raises."""
    read = _READERS[step.kind](step, raw, today, say)
    if read.value is None and read.error is None and step.required:
        return Read(error=say("flow.required"))
    return read


def _read_text(step: Step, raw: Any, today: date, say: Say) -> Read:
    if not isinstance(raw, str):
        return Read()
    text = clean(raw).strip()
    limit = SHORT_TEXT if step.short else LONG_TEXT
    if len(text) > limit:
        return Read(error=say("flow.too_long", limit=limit, length=len(text)))
    return Read(text or None)


def _read_choice(step: Step, raw: Any, today: date, say: Say) -> Read:
    if raw in (None, "", []):
        return Read()
    chosen = raw[0] if isinstance(raw, list) else raw
    if step.option(str(chosen)) is None:
        return Read(error=say("flow.option_gone"))
    return Read(str(chosen))


def _read_multi(step: Step, raw: Any, today: date, say: Say) -> Read:
    given = raw if isinstance(raw, list) else [raw] if raw else []
    known = [option.id for option in step.options if option.id in set(map(str, given))]
    if len(known) < len(set(map(str, given))):
        return Read(error=say("flow.option_gone"))
    if step.max and len(known) > step.max:
        return Read(error=say("flow.too_many", max=step.max))
    alone = [one for one in known if one in step.exclusive]
    if alone and len(known) > 1:
        return Read(error=say("flow.stands_alone", option=step.option(alone[0]).text))
    return Read(known or None)


def _read_scale(step: Step, raw: Any, today: date, say: Say) -> Read:
    if raw in (None, ""):
        return Read()
    text = str(raw)
    return Read(int(text)) if text in ("1", "2", "3", "4", "5") else Read(error=say("flow.option_gone"))


def _read_yesno(step: Step, raw: Any, today: date, say: Say) -> Read:
    if raw in (None, ""):
        return Read()
    return Read(raw) if raw in ("yes", "no") else Read(error=say("flow.option_gone"))


def _read_date(step: Step, raw: Any, today: date, say: Say) -> Read:
    text = clean(raw).strip() if isinstance(raw, str) else ""
    if not text:
        return Read()
    day = read_date(text[:100], today)
    if day is None:
        return Read(error=say("flow.date_unclear"))
    if day < today:
        return Read(error=say("flow.date_past", date=words_of_date(day)))
    if day.year > today.year + FURTHEST_YEARS:
        return Read(error=say("flow.date_far", date=words_of_date(day)))
    return Read(day.isoformat())


def shown_answer(step: Step, value: Any, say: Say) -> Words:
    """An answer as it is read: the option's words, the date in full, the text itself."""
    match step.kind:
        case "single" | "person":
            option = step.option(str(value))
            return option.text if option else plain(str(value))
        case "multi":
            chosen = [step.option(str(one)) for one in value]
            return Words("; ".join(o.text.da for o in chosen if o), "; ".join(o.text.en for o in chosen if o))
        case "yesno":
            return say("flow.yes") if value == "yes" else say("flow.no")
        case "scale":
            label = step.labels.get(value)
            return say("flow.scale_answer", number=value, label=label) if label else say("flow.scale", number=value)
        case "date":
            return words_of_date(date.fromisoformat(value))
    return plain(str(value))


_READERS = {
    "text": _read_text,
    "single": _read_choice,
    "person": _read_choice,
    "multi": _read_multi,
    "scale": _read_scale,
    "yesno": _read_yesno,
    "date": _read_date,
}
