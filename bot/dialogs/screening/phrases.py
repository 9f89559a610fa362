"""Phrases to listen for: words in a row, with up to three words between where the phrase says so.

    "orker … ikke … leve"        three words; "…" is none to three others
    "slog|slår|slå* @person"     one of several words; a stem; one of a named set
    "giver … op ."               "." is the end of a sentence

Words are compared folded (see `spelling`). A pattern is found from its rarest word, so that a text without any of the
rarest words costs one look-up per word, and the work grows with the length of the text and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from bot.dialogs.screening.spelling import fold, words_of

KEY = 4  # letters of a word that it is looked up by
SHORTEST = 3  # letters of a stem; one shorter than KEY cannot be what a phrase is found from
BETWEEN = 3  # words that "…" may stand for
NEAR = 12  # words within which something that must stand beside a phrase is looked for
CLOSE = 4  # … and something that takes a phrase its meaning

BLANK = "_"  # what was taken out
ENDS = frozenset([".", "!", "?", "\n"])
_STOPS = ENDS | {BLANK}  # these are no words

# Words so common that a phrase is better found from another of its words, if it has one.
_COMMON = frozenset(
    "aldrig alle alt altid andre at blev blive bliver da de dem den der deres det dig din du efter en end er et fik for fordi fra få får før"
    " gik gør gøre går gå ham han hans har hav have havde hele hen hende hendes her hvad hver hvis hvor hvordan igen ikke ind ingen jeg jer kan"
    " kom komme kommer kun kunne lidt med meget men mere mig min mod må mærke måtte ned nogen noget nu nye når og også om op os over på ret se selv ser"
    " sig sige siger skal skulle som svarer så tage tager taler talte tid til time to tog ud uden under var ved vi vil ville vores være"
    " borger borgeren borgere kollega leder medarbejder medarbejdere medarbejderne personalet teamet arbejde møde mødet vagt"
    " a about after all always am an and any anyone are as at be because been before but by can could day did do does dont for from get go going good got"
    " had has have he help her him his how i if im in into is it its just know leader like made make me more my need never no not nothing now of off"
    " on one or our out over people resident residents said say says see she so some someone staff take talk team tell than that the their them then there they thing"
    " think this time to told too up us very want was way we well went were what when where which who will with work would you your citizen colleague".split()
)
_COMMON_FOLDED = frozenset(map(fold, _COMMON))
_COMMON_COSTS = 300


class PhraseError(ValueError):
    """A phrase cannot be understood; the message says why."""


@dataclass(frozen=True, eq=False)
class Atom:
    """One word of a phrase: any of `exact`, or anything that begins with one of `stems`. `gap`: others may precede it."""

    exact: frozenset[str]
    stems: tuple[str, ...]
    gap: bool = False

    def cost(self) -> float:
        """How much work it is to search from this word: smaller is rarer."""
        if any(len(stem) < KEY for stem in self.stems):
            return inf
        return sum(_COMMON_COSTS if word in _COMMON_FOLDED else 1 for word in self.exact) + 2 * len(self.stems)


@dataclass(frozen=True, eq=False)
class Phrase:
    """Words in a row. `anchor`: the one it is found from. `across`: it may reach into the next sentence."""

    atoms: tuple[Atom, ...]
    anchor: int
    across: bool = False

    def reaching_across(self) -> Phrase:
        return replace(self, across=True)

    def span(self, words: Sequence[str], at: int) -> tuple[int, int] | None:
        """First and last word of this phrase in `words`, when its anchor is the word `at`; None where it is not there."""
        first = self._reach(words, at, -1)
        if first is None:
            return None
        last = self._reach(words, at, 1)
        return None if last is None else (first, last)

    def _reach(self, words: Sequence[str], at: int, step: int) -> int | None:
        """How far the phrase goes from its anchor at `at`, forwards (`step` 1) or backwards (-1)."""
        reached = [at]
        number = self.anchor + step
        while 0 <= number < len(self.atoms):
            atom = self.atoms[number]
            gap = atom.gap if step > 0 else self.atoms[number + 1].gap
            reached = _next(words, reached, atom, step, BETWEEN + 1 if gap else 1, self.across)
            if not reached:
                return None
            number += step
        return reached[0]


def _next(words: Sequence[str], reached: list[int], atom: Atom, step: int, most: int, across: bool) -> list[int]:
    """Places of `atom`, nearest first, up to `most` words on from any of `reached`."""
    exact, stems, end = atom.exact, atom.stems, len(words)
    found: list[int] = []
    for start in reached:
        i, left = start + step, most
        while left and 0 <= i < end:
            word = words[i]
            if word in exact or word.startswith(stems):
                if i not in found:
                    found.append(i)
            elif word in _STOPS:
                if not across or word == BLANK:
                    break
                left += 1
            i += step
            left -= 1
    return found


def read_phrase(text: str, sets: dict[str, frozenset[str]]) -> Phrase:
    """The phrase written as `text`. `sets`: folded words by name, for "@name"; a stem in them ends with "*".

    Raises PhraseError.
    """
    atoms: list[Atom] = []
    gap = False
    for part in text.split():
        if part == "…":
            gap = True
            continue
        atoms.append(_read_atom(part, sets, gap and bool(atoms)))
        gap = False
    if not atoms:
        raise PhraseError("a phrase without words")
    if gap:
        raise PhraseError("a phrase cannot end with …")
    anchor = min(range(len(atoms)), key=lambda i: atoms[i].cost())
    if atoms[anchor].cost() == inf:
        raise PhraseError(f"every stem in it has fewer than {KEY} letters, so that it cannot be found")
    return Phrase(tuple(atoms), anchor)


def _read_atom(part: str, sets: dict[str, frozenset[str]], gap: bool) -> Atom:
    exact: set[str] = set()
    stems: set[str] = set()
    for choice in part.split("|"):
        for word in _meant(choice, sets):
            if word.endswith("*"):
                stems.add(_checked(word[:-1], choice))
            else:
                exact |= ENDS if word == "." else {_checked(word, choice)}
    short = sorted(s for s in stems if len(s) < SHORTEST)
    if short:
        raise PhraseError(f"the stem “{short[0]}*” has fewer than {SHORTEST} letters")
    return Atom(frozenset(exact), tuple(sorted(stems)), gap)


def _meant(choice: str, sets: dict[str, frozenset[str]]) -> Iterable[str]:
    if not choice.startswith("@"):
        return (fold(choice),)
    if choice[1:] not in sets:
        raise PhraseError(f"“{choice}” names no set")
    return sets[choice[1:]]


def _checked(word: str, choice: str) -> str:
    if words_of(word) != [word]:
        raise PhraseError(f"“{choice}” is not one word")
    return word


class Finder:
    """Finds many phrases at once. `owner` is whatever the caller wants to have back."""

    def __init__(self, phrases: Iterable[tuple[Phrase, Any]]):
        self._by_word: dict[str, list[tuple[Phrase, Any]]] = defaultdict(list)
        self._by_stem: dict[str, list[tuple[str, Phrase, Any]]] = defaultdict(list)
        for phrase, owner in phrases:
            anchor = phrase.atoms[phrase.anchor]
            for word in anchor.exact:
                self._by_word[word].append((phrase, owner))
            for stem in anchor.stems:
                self._by_stem[stem[:KEY]].append((stem, phrase, owner))

    def may_be_in(self, said: Said) -> bool:
        return not (self._by_word.keys().isdisjoint(said.words) and self._by_stem.keys().isdisjoint(said.keys))

    def find(self, words: Sequence[str], skip: Container[Any] = ()) -> Iterator[tuple[Any, int, int]]:
        """(owner, first word, last word) of every phrase found. `skip` is looked at as it goes: owners not asked for."""
        by_word, by_stem = self._by_word.get, self._by_stem.get
        for at, word in enumerate(words):
            for phrase, owner in by_word(word, ()):
                if owner not in skip and (span := phrase.span(words, at)):
                    yield owner, *span
            for stem, phrase, owner in by_stem(word[:KEY], ()):
                if word.startswith(stem) and owner not in skip and (span := phrase.span(words, at)):
                    yield owner, *span


@dataclass(frozen=True, slots=True)
class Said:
    """What a text is looked up by: its different words, and their beginnings."""

    words: frozenset[str]
    keys: frozenset[str]


def said_in(words: Iterable[str]) -> Said:
    different = frozenset(words)
    return Said(different, frozenset([w[:KEY] for w in different]))
