"""One text through everything: cleaned, masked, looked through for hints, listened to for route cards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.dialogs.screening.masks import Masker
from bot.dialogs.screening.people import Found, Watcher, sentences_with
from bot.dialogs.screening.phrases import BLANK, CLOSE, NEAR, Finder, Phrase, Said, said_in
from bot.dialogs.screening.rules import Rules, Trigger
from bot.dialogs.screening.spelling import clean, fold, words_of

URGENCY = ("A", "C", "B", "W", "P", "S")
ALWAYS = frozenset("ABCWP")

_Places = dict[Finder, list[int]]  # where in a text something was found
_DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class Suspect:
    """Something to decide before the text is saved. `start` and `end` are places in the masked text, `word` is what
    stands there. `kind`: "name", "health", or the id of a warning rule ("room", "birth", …)."""

    kind: str
    start: int
    end: int
    word: str


@dataclass(frozen=True)
class Screened:
    """A text that has been looked through. `text` is cleaned and masked; `masked` names the masks that fired, never what
    was masked; `routes` are the route cards to show, most urgent first."""

    text: str
    masked: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    routes: tuple[str, ...] = ()


class Screen:
    """Reads texts by the rules. `first_names`: the municipality's own list. Safe to share between threads."""

    def __init__(self, rules: Rules, first_names: frozenset[str] = frozenset()):
        self._watcher = Watcher(rules.people, first_names)
        self._masker = Masker(rules.masks, self._watcher.names)
        self._warnings = [(warn, _finder_of(warn.near)) for warn in rules.warnings]
        self._general = _Listener(rules, [t for t in rules.triggers if t.route != "P"])
        self._personal = _Listener(rules, [t for t in rules.triggers if t.route == "P"])

    def read(self, text: str, *, listen: frozenset[str] = ALWAYS, language: str = "da") -> Screened:
        """`text` cleaned and masked, with what to ask about and which route cards to show.

        Both languages' rules run whatever `language` is: it only chooses the words put in place of what is masked.
        `listen`: the routes listened for.
        """
        text, shadow, masked = self._masker.mask(clean(text), language)
        words = [*words_of(fold(shadow)), "."]
        said = said_in(words)
        names = self._watcher.look_for_names(shadow, said)
        people = self._people_in(shadow, said, names)
        suspects = [*self._suspects("name", names, text)]
        suspects += self._suspects("health", self._watcher.look_for_health(shadow, said, people), text)
        suspects += self._warned(shadow, text)
        suspects.sort(key=lambda s: (s.start, s.end))
        heard = self._general.hear(words, said, listen)
        if people and "P" in listen and self._speaks_of_somebody(shadow, said, people):
            heard.add("P")
        return Screened(text, masked, tuple(suspects), tuple(route for route in URGENCY if route in heard))

    def _people_in(self, shadow: str, said: Said, names: list[Found]) -> list[Found]:
        """Names, and where something personal is said also what may be a name."""
        if self._personal.may_hear(said):
            return [*names, *self._watcher.look_for_openings(shadow)]
        return names

    def _speaks_of_somebody(self, shadow: str, said: Said, people: list[Found]) -> bool:
        if not self._personal.may_hear(said):
            return False
        for sentence, named in sentences_with(shadow, people):
            words = words_of(fold(shadow[sentence.start : sentence.end])) if named else []
            if self._personal.hear(words, said_in(words), frozenset("P")):
                return True
        return False

    def _warned(self, shadow: str, text: str) -> Iterable[Suspect]:
        if not any(digit in shadow for digit in _DIGITS):
            return
        low = shadow.lower()
        for warn, near in self._warnings:
            if not any(need in low for need in warn.needs):
                continue
            found = [Found(*m.span()) for pattern in warn.patterns for m in pattern.finditer(shadow)]
            if found and near:
                found = _with(near, shadow, found)
            yield from self._suspects(warn.id, found, text)

    def _suspects(self, kind: str, found: Iterable[Found], text: str) -> Iterable[Suspect]:
        return (Suspect(kind, f.start, f.end, text[f.start : f.end]) for f in found)


class _Listener:
    """Hears triggers in words, after idioms have been taken out."""

    def __init__(self, rules: Rules, triggers: list[Trigger]):
        self._finder = Finder((phrase, trigger) for trigger in triggers for phrase in trigger.phrases)
        self._idioms = Finder((phrase, None) for phrase in rules.idioms)
        self._nearby = {t: (_finder_of(t.beside), _finder_of(t.unless)) for t in triggers}

    def may_hear(self, said: Said) -> bool:
        return self._finder.may_be_in(said)

    def hear(self, words: list[str], said: Said, listen: frozenset[str]) -> set[str]:
        """Routes heard in folded words."""
        if not self.may_hear(said):
            return set()
        if self._idioms.may_be_in(said):
            words = self._without_idioms(words)
        heard: set[str] = set()
        enough = {trigger for trigger in self._nearby if trigger.route not in listen}
        nearby: _Places = {}
        for trigger, first, last in self._finder.find(words, enough):
            if self._counts(trigger, first, last, words, nearby):
                heard.add(trigger.route)
                enough |= {t for t in self._nearby if t.route == trigger.route}
        return heard

    def _without_idioms(self, words: list[str]) -> list[str]:
        blanked = None
        for _, first, last in self._idioms.find(words):
            blanked = blanked or list(words)
            blanked[first : last + 1] = [BLANK] * (last + 1 - first)
        return blanked or words

    def _counts(self, trigger: Trigger, first: int, last: int, words: list[str], nearby: _Places) -> bool:
        beside, unless = self._nearby[trigger]
        if unless is not None and _stands_near(unless, first, last, CLOSE, words, nearby):
            return False
        return beside is None or _stands_near(beside, first, last, NEAR, words, nearby)


def _finder_of(phrases: tuple[Phrase, ...]) -> Finder | None:
    return Finder((phrase, None) for phrase in phrases) if phrases else None


def _stands_near(finder: Finder, first: int, last: int, within: int, words: Sequence[str], places: _Places) -> bool:
    """Whether `finder` finds something not more than `within` words from `first` to `last`. `places` keeps what it found."""
    if finder not in places:
        places[finder] = sorted(at for _, at, _ in finder.find(words))
    found = places[finder]
    i = bisect_left(found, first - within)
    return i < len(found) and found[i] <= last + within


def _with(near: Finder, shadow: str, found: list[Found]) -> list[Found]:
    """Those of `found` in whose sentence `near` finds something."""
    kept: list[Found] = []
    for sentence, inside in sentences_with(shadow, found):
        if inside and any(near.find(words_of(fold(shadow[sentence.start : sentence.end])))):
            kept += inside
    return kept


def replace_span(text: str, start: int, end: int, role: str) -> str:
    """`text` with what stands from `start` to `end` replaced by `role`. With several, begin from the last."""
    return text[:start] + role + text[end:]
