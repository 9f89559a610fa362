"""What is replaced before it is saved: CPR numbers, telephone numbers, addresses, …

The built-in ones are code, because a pattern alone cannot tell a telephone number from a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.dialogs.screening.rules import Mask
from bot.dialogs.screening.spelling import even, fold, words_of

Span = tuple[int, int]

# Day 01–31 or 61–91 (administrative and replacement numbers), month 01–12. Modulus 11 is never asked: valid numbers
# break it since 2007 (cpr.dk).
_DAY = r"(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DATE = rf"(?<![0-9]){_DAY}[ ./-]{{0,2}}{_MONTH}[ ./-]{{0,2}}[0-9]{{2}}"
_CPR = re.compile(
    rf"{_DATE}[ \n./_-]{{0,5}}[0-9]{{4}}(?![0-9])"
    rf"|{_DATE}[ -]{{1,3}}[0-9]{{2}}[ -][0-9]{{2}}(?![0-9])"
    # Replacement numbers have letters among the last four; a year and an abbreviation ("010124 TRIO") do not count.
    rf"|{_DATE}[ ]?-?[ ]?(?=[A-Za-z]{{0,3}}[0-9])[0-9A-Za-z]{{4}}(?![0-9A-Za-zæøåÆØÅ])"
    rf"|{_DATE}-[A-Z]{{4}}(?![0-9A-Za-zæøåÆØÅ])"
)

_PHONE = re.compile(
    r"(?<![0-9+])(?P<abroad>(?:\+|00)45[ -]?)?"
    r"(?:[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{2}|[0-9]{2} [0-9]{3} [0-9]{3}|[0-9]{3} [0-9]{2} [0-9]{3})"
    r"(?![0-9])(?! ?(?:kr|mio|kroner|dkk|%))"
    r"|(?<![0-9+])\+[1-9][0-9]{0,2}[ -]?(?:[0-9][ -]?){6,11}[0-9](?![0-9])",
    re.IGNORECASE,
)
_PAIRS = re.compile(r"[0-9]{2}[ .-][0-9]{2}[ .-][0-9]{2}[ .-][0-9]{2}")
_YEAR = r"(?:19|20)[0-9]{2}"
_DATE_OR_YEARS = re.compile(
    rf"{_YEAR}[ .-]?{_YEAR}"
    rf"|(?:0[1-9]|[12][0-9]|3[01])[ .-]?{_MONTH}[ .-]?{_YEAR}"
    rf"|{_YEAR}[ .-]?{_MONTH}[ .-]?(?:0[1-9]|[12][0-9]|3[01])"
)

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"\]]++", re.IGNORECASE)
_PROFILE = re.compile(r"(?:linkedin\.[a-z]+/in|facebook\.com|instagram\.com|x\.com|twitter\.com|tiktok\.com)/[^/\s]", re.IGNORECASE)

_HINT = re.compile(r"[0-9@/]|[wW]{3}\.")
_DIGIT = re.compile(r"[0-9]")
_TIMES = 5  # a mask can bring to light what stood beside it; more often than this has not been seen


class Masker:
    """Replaces what the masks say. `names`: folded first names, for links that name somebody."""

    def __init__(self, masks: tuple[Mask, ...], names: frozenset[str]):
        self._masks = masks
        self._names = names
        self._built_in: dict[str, Callable[[str], Iterable[Span]]] = {
            "cpr": _cpr_numbers,
            "phone": _telephones,
            "url": self._telling_links,
        }

    def mask(self, text: str, language: str) -> tuple[str, str, tuple[str, ...]]:
        """(the masked text, its even shadow, ids of the masks that fired). What was masked is not kept."""
        shadow = even(text)
        if not _HINT.search(shadow):
            return text, shadow, ()
        fired: dict[str, None] = {}
        low = shadow.lower()
        masks = [mask for mask in self._masks if not mask.needs or any(need in low for need in mask.needs)]
        for _ in range(_TIMES):
            before = text
            for mask in masks:
                text, shadow = self._apply(mask, text, shadow, language, fired)
            if text == before:
                break
        return text, shadow, tuple(fired)

    def _apply(self, mask: Mask, text: str, shadow: str, language: str, fired: dict[str, None]) -> tuple[str, str]:
        replacement = mask.replacement.spoken(language)
        unsaid = f"[{'-' * (len(replacement) - 2)}]"  # "[CPR removed]" is no word of the person's: nothing is heard in it
        for find in self._finders(mask):
            spans = list(find(shadow))
            if spans:
                fired[mask.id] = None
                text, shadow = _replace(text, spans, replacement), _replace(shadow, spans, unsaid)
        return text, shadow

    def _finders(self, mask: Mask) -> list[Callable[[str], Iterable[Span]]]:
        if mask.id in self._built_in:
            return [self._built_in[mask.id]]
        return [_searching(pattern) for pattern in mask.patterns]

    def _telling_links(self, shadow: str) -> Iterable[Span]:
        if "://" not in shadow and "www." not in shadow.lower():
            return
        for found in _URL.finditer(shadow):
            if _PROFILE.search(found[0]) or not self._names.isdisjoint(words_of(fold(found[0]))):
                yield found.span()


def _searching(pattern: re.Pattern[str]) -> Callable[[str], Iterable[Span]]:
    return lambda shadow: (found.span() for found in pattern.finditer(shadow))


def _cpr_numbers(shadow: str) -> Iterable[Span]:
    if len(_DIGIT.findall(shadow)) < 6:
        return ()
    return (found.span() for found in _CPR.finditer(shadow))


def _telephones(shadow: str) -> Iterable[Span]:
    if len(_DIGIT.findall(shadow)) < 8:
        return
    for found in _PHONE.finditer(shadow):
        if found["abroad"] or found[0].startswith("+") or _is_telephone(found[0]):
            yield found.span()


def _is_telephone(number: str) -> bool:
    """Whether eight digits are a Danish number: it begins with 2–9 and is not written as a date or as two years."""
    if number[0] in "01":
        return False
    return bool(_PAIRS.fullmatch(number)) or not _DATE_OR_YEARS.fullmatch(number)


def _replace(text: str, spans: list[Span], replacement: str) -> str:
    parts, end = [], 0
    for start, stop in spans:
        parts += (text[end:start], replacement)
        end = stop
    return "".join((*parts, text[end:]))
