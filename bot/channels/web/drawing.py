"""Cards, forms and pages as HTML: Jinja with autoescape, and a few pure functions for what templates cannot say.

What a template gets of a card or form is its spoken dictionary (`bot.cards.spoken`).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.cards import LANGUAGES, Language, strip_of
from bot.clock import local
from bot.dialogs.answers import LONG_TEXT, SHORT_TEXT
from bot.dialogs.dates import show_date, show_moment, words_of_clock
from bot.documents.page import as_svg

FOLDER = Path(__file__).parent
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
STRONG = re.compile(r"\*\*(.+?)\*\*")
NUMBER = re.compile(r"\b\d{2,3}(?: \d{2,3}){2,3}\b")  # a telephone number is not broken over two lines
BULLET = re.compile(r"^\s*[–•*-]\s+")
OWN_PAGE = re.compile(r"/?([a-z]+(?:/[A-Za-z0-9_-]+)*)")


class StaticFile:
    """A file of ours that every page needs. Its address changes when it does, so that it may be kept for ever."""

    def __init__(self, path: Path):
        self.body = path.read_bytes()
        self.content_type = KINDS[path.suffix]
        self.address = f"/static/{path.name}?v={sha256(self.body).hexdigest()[:12]}"


class Drawing:
    """Draws templates. `say(key, **values)` gives the words of a text: `Library.say`."""

    def __init__(self, say: Callable[..., Any]):
        self._say = say
        self.files = static_files()

    def prepare(self) -> None:
        """Read what the first visitor would else wait for: templates, and how dates are written. Takes a moment; for a thread."""
        for name in _environment().list_templates():
            _environment().get_template(name)
        for language in LANGUAGES:
            self.clock(datetime.fromtimestamp(0, UTC), language, "UTC")

    def text(self, language: str, key: str, **values: Any) -> str:
        """A text of `texts/web.yaml`, or of another file where the key names it ("coordinate.title")."""
        return self._say(key if "." in key else f"web.{key}", **values).spoken(language)

    def moment(self, at: datetime, language: str, timezone: str) -> str:
        """A moment in full, as the clock shows it in `timezone`."""
        return show_moment(at, timezone, language)

    def clock(self, at: datetime, language: str, timezone: str) -> str:
        """A moment as a clock with a calendar shows it: "tir. 1. dec. 2026 kl. 09.00"."""
        from babel.dates import format_date, format_time  # here, because it is dear and not needed at start

        there, locale = local(at, timezone), "en_GB" if language == "en" else language
        pattern = "EEE d MMM y" if language == "en" else "EEE d. MMM y"
        return self.text(language, "clock", date=format_date(there, pattern, locale), time=format_time(there.time(), "short", locale=locale))

    def until(self, at: datetime, now: datetime, language: str, timezone: str) -> str:
        """When something ends: "Til kl. 14.30", or the day with it where that is not today."""
        if local(at, timezone).date() != local(now, timezone).date():
            return self.text(language, "until_day", moment=self.moment(at, language, timezone))
        return self.text(language, "until", time=words_of_clock(at, timezone).spoken(language))

    def brief(self, d: date, language: str) -> str:
        """A date without its weekday, for lists: "3. marts 2027"."""
        from babel.dates import format_date

        return format_date(d, "long", locale="en_GB" if language == "en" else language)

    def month(self, first: date, language: str) -> str:
        """A month with its year: "marts 2027"."""
        from babel.dates import format_skeleton

        return format_skeleton("yMMMM", first, locale=language)

    def draw(self, template: str, language: str, timezone: str, **values: Any) -> str:
        """The template as HTML. `t`, `day` and `moment` speak `language`, moments as the clock shows them in `timezone`."""
        return _environment().get_template(template).render(
            t=partial(self.text, language),
            say=lambda words: words.spoken(language),
            day=lambda d: show_date(d, language),
            brief=lambda d: self.brief(d, language),
            clock=lambda at: self.clock(at, language, timezone),
            moment=lambda at: self.moment(at, language, timezone),
            until=lambda at, now: self.until(datetime.fromisoformat(at), now, language, timezone),
            **{"here": "", **values},
        )


@cache
def static_files() -> dict[str, StaticFile]:
    return {path.name: StaticFile(path) for path in sorted((FOLDER / "static").iterdir()) if path.suffix in KINDS}


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    env.filters |= _FILTERS
    env.globals |= {
        "static": lambda name: static_files()[name].address,
        "nonce": new_nonce,
        "limits": {"long": LONG_TEXT, "short": SHORT_TEXT},
    }
    return env


def new_nonce() -> str:
    """What names one rendered button or form: pressing it twice is one event."""
    return secrets.token_urlsafe(12)


def prose(text: str) -> Markup:
    """A text of ours as HTML: paragraphs, lists of lines that begin with a dash, **strong**. Everything else is escaped."""
    html: list[Markup] = []
    items: list[Markup] = []
    for line in [*text.splitlines(), ""]:
        if BULLET.match(line):
            items.append(Markup("<li>%s</li>") % _strong(BULLET.sub("", line)))
            continue
        if items:
            html.append(Markup("<ul>%s</ul>") % Markup("").join(items))
            items = []
        if line.strip():
            html.append(Markup("<p>%s</p>") % _strong(line.strip()))
    return Markup("").join(html)


def _strong(line: str) -> Markup:
    kept = NUMBER.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), line)
    return Markup(STRONG.sub(r"<strong>\1</strong>", str(escape(kept))))


def choices_of(field: Mapping[str, Any], t: Callable[..., str]) -> list[dict[str, str]]:
    """What can be chosen: a scale's numbers without their number in the label, yes and no where none are given."""
    choices = field["choices"] or ([{"id": one, "text": t(one)} for one in ("yes", "no")] if field["kind"] == "yesno" else [])
    if field["kind"] != "scale":
        return choices
    return [{"id": c["id"], "text": c["text"].removeprefix(c["id"]).removeprefix(" – ").strip()} for c in choices]


def has_two_ends(field: Mapping[str, Any]) -> bool:
    """Whether only the ends of a scale are labelled, so that it can lie in one row."""
    between = field["choices"][1:-1]
    return all(c["text"] in ("", c["id"]) for c in between)


def chosen(field: Mapping[str, Any]) -> set[str]:
    """The ids of the choices that are made."""
    value = field["value"]
    if value is None:
        return set()
    return {str(one) for one in value} if isinstance(value, (list, tuple)) else {str(value)}


def said_date(value: Any) -> str:
    """A date as somebody wrote it; empty for one that the calendar field can show."""
    return "" if picked_date(value) else str(value or "")


def picked_date(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return ""


def own_path(value: str) -> str:
    """One of our own pages: "logbook" → "/logbook". Anything else leads to the chat."""
    found = OWN_PAGE.fullmatch(value or "")
    return f"/{found[1]}" if found else "/chat"


def web_address(value: str) -> str:
    """An address on the web that may be linked to; anything else is no link."""
    return value if urlsplit(value).scheme in ("https", "http") else "#"


def telephone(value: str) -> str:
    return quote(re.sub(r"[^0-9+]", "", value), safe="+")


def sentence(text: str) -> str:
    """With a capital at the beginning, also where a date stands there."""
    return text[:1].upper() + text[1:]


def pressed(button: Mapping[str, Any]) -> str:
    """What a form page's button posts: its action, and its value after a colon (`Submitted.button`)."""
    return f"{button['action']}:{button['value']}" if button["value"] else button["action"]


def tojson_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def language_of(accepted: str, default: Language) -> str:
    """The language a browser asks for, of those we speak."""
    for one in accepted.lower().split(","):
        code = one.split(";")[0].strip().split("-")[0]
        if code in ("da", "en"):
            return code
        if code in ("nb", "nn", "no", "sv", "fo"):
            return "da"
    return default


_FILTERS: dict[str, Callable[..., Any]] = {
    "svg": lambda chart: Markup(as_svg(chart)),
    "kind": lambda block: (type(block).__name__, block),
    "prose": prose,
    "strip_of": strip_of,
    "choices_of": choices_of,
    "has_two_ends": has_two_ends,
    "chosen": chosen,
    "said_date": said_date,
    "picked_date": picked_date,
    "own_path": own_path,
    "web_address": web_address,
    "telephone": telephone,
    "pressed": pressed,
    "sentence": sentence,
    "tojson_text": tojson_text,
}
