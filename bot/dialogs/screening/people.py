"""What looks like a name, and where the sentences are that speak of somebody in particular."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.dialogs.screening.phrases import Finder, Said
from bot.dialogs.screening.rules import People
from bot.dialogs.screening.spelling import fold

_TOKEN = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+")
# A word inside a sentence that does not begin with a small letter; only then is it worth looking closer.
_INSIDE = re.compile(r" (?<=[^.!?:…] )[\[('\"]?(?![a-zæøå])[^\W\d_]")
_SENTENCE = re.compile(r"[.!?](?=\s|$)|\n")
_ENDS_SENTENCE = re.compile(r"[.!?:;…\n\"»“(\-*•]")


class Found(NamedTuple):
    """A span of a text."""

    start: int
    end: int


class _Tokens:
    """The words of a text with their places. Folding and the beginnings of sentences are found out when asked for: most
    words are never asked about."""

    def __init__(self, shadow: str):
        self.shadow = shadow
        self.found = list(_TOKEN.finditer(shadow))
        self._folded: dict[int, str] = {-1: "", len(self.found): ""}

    def folded(self, i: int) -> str:
        """The word folded; nothing before the first and after the last."""
        if i not in self._folded:
            self._folded[i] = fold(self.found[i][0])
        return self._folded[i]

    def is_capital(self, i: int) -> bool:
        """Written as a name is: a capital and then small letters. Abbreviations (TRIO) and model names (McD) are not."""
        text = self.found[i][0]
        return text[0].isupper() and text[1:].islower()

    def span(self, i: int) -> Found:
        return Found(*self.found[i].span())

    def begins(self, i: int, abbreviations: frozenset[str]) -> bool:
        """Whether the word begins a sentence, a line, a quotation or a point of a list."""
        if i == 0:
            return True
        between = self.shadow[self.found[i - 1].end() : self.found[i].start()]
        if between in (" ", "-") or (between == ". " and self.folded(i - 1) in abbreviations):
            return False
        return bool(_ENDS_SENTENCE.search(between))


class Watcher:
    """Finds names, roles and health in a text. `first_names`: the municipality's own list."""

    def __init__(self, people: People, first_names: frozenset[str]):
        self._people = people
        given = people.first_names | {fold(name) for name in first_names}
        self._ambiguous = people.ambiguous | {f"{name}s" for name in people.ambiguous}
        self.names = frozenset(given | {f"{name}s" for name in given}) - self._ambiguous
        self._calling = self.names | self._ambiguous | people.courtesies | people.kin
        self._roles = Finder((phrase, None) for phrase in people.roles)
        self._health = Finder((phrase, None) for phrase in people.health)

    def look_for_names(self, shadow: str, said: Said) -> list[Found]:
        """What looks like a name."""
        if self._calling.isdisjoint(said.words) and not _INSIDE.search(shadow):
            return []
        tokens = _Tokens(shadow)
        spans = [tokens.span(i) for i in self._worth_asking(tokens, said) if self._is_name(tokens, i)]
        return list(_joined(spans, shadow))

    def look_for_openings(self, shadow: str) -> list[Found]:
        """What may be a name at the beginning of a sentence ("Thyra er …"). Too uncertain for a hint."""
        tokens = _Tokens(shadow)
        return [tokens.span(i) for i, m in enumerate(tokens.found) if m[0][0].isupper() and self._may_open(tokens, i)]

    def _worth_asking(self, tokens: _Tokens, said: Said) -> Iterable[int]:
        if self._calling.isdisjoint(said.words):
            return (i for i, m in enumerate(tokens.found) if m[0][0].isupper())
        return range(len(tokens.found))

    def look_for_health(self, shadow: str, said: Said, people: list[Found]) -> list[Found]:
        """Words of health in sentences with a name or a role that points to one person."""
        if not self._health.may_be_in(said):
            return []
        found: list[Found] = []
        for sentence, named in sentences_with(shadow, people):
            found += self._health_in(shadow, sentence, bool(named))
        return found

    def _health_in(self, shadow: str, sentence: Found, is_named: bool) -> Iterable[Found]:
        cut = list(_WORD.finditer(shadow, sentence.start, sentence.end))
        words = [fold(m[0]) or "_" for m in cut]
        hits = list(self._health.find(words))
        if not hits or not (is_named or any(self._roles.find(words))):
            return
        ends: dict[int, int] = {}
        for _, first, last in hits:
            ends[first] = max(last, ends.get(first, last))
        for first, last in sorted(ends.items()):
            yield Found(cut[first].start(), cut[last].end())

    def _is_name(self, tokens: _Tokens, i: int) -> bool:
        word = tokens.folded(i)
        if word in self.names or self._follows_courtesy(tokens, i, word):
            return True
        if not tokens.is_capital(i):
            return False
        if tokens.begins(i, self._people.abbreviations):
            return word in self._ambiguous and tokens.folded(i + 1) in self._people.name_verbs
        return not self._is_no_name(word) or tokens.folded(i - 1) in self._people.titles

    def _follows_courtesy(self, tokens: _Tokens, i: int, word: str) -> bool:
        people, before = self._people, tokens.folded(i - 1)
        if before in people.courtesies:
            could_be = not tokens.found[i - 1][0].isupper()  # HR is not hr.
        elif before in people.kin_links:
            could_be = i > 1 and tokens.folded(i - 2) in people.kin and not self._is_no_name(word)
        else:
            return False
        return could_be and len(word) > 1 and word not in people.not_after_kin and not tokens.begins(i, people.abbreviations)

    def _is_no_name(self, folded: str) -> bool:
        people = self._people
        return folded in people.not_names or folded.removesuffix("s") in people.not_names or folded.startswith(people.not_name_stems)

    def _may_open(self, tokens: _Tokens, i: int) -> bool:
        people = self._people
        if not tokens.is_capital(i) or not tokens.begins(i, people.abbreviations) or tokens.folded(i + 1) not in people.name_verbs:
            return False
        word = tokens.folded(i)
        return word not in people.not_first and not word.endswith(people.not_first_endings) and not self._is_no_name(word)


def sentences_of(shadow: str) -> list[Found]:
    """Where the sentences of a text are."""
    spans, start = [], 0
    for end in _SENTENCE.finditer(shadow):
        spans.append(Found(start, end.start()))
        start = end.end()
    return [span for span in (*spans, Found(start, len(shadow))) if span.start < span.end]


def sentences_with(shadow: str, spans: list[Found]) -> Iterator[tuple[Found, list[Found]]]:
    """Every sentence with those of `spans` that begin in it."""
    waiting = deque(sorted(spans, key=lambda s: s.start))
    for sentence in sentences_of(shadow):
        inside = []
        while waiting and waiting[0].start < sentence.end:
            inside.append(waiting.popleft())
        yield sentence, inside


def _joined(spans: list[Found], shadow: str) -> Iterator[Found]:
    """First name and surname are one name."""
    i = 0
    while i < len(spans):
        start, end = spans[i].start, spans[i].end
        while i + 1 < len(spans) and shadow[end : spans[i + 1].start] in (" ", "-"):
            i += 1
            end = spans[i].end
        yield Found(start, end)
        i += 1
