"""Lists of words in content files: how they are read and checked, and how spelling variants are made equal."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from bot.cards import LANGUAGES
from bot.errors import ContentError
from bot.yamlfile import read_yaml

CONTENT = Path(__file__).parent.parent / "content"
SPELT = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "'": "", "’": "", "´": "", "`": ""})


def fold(text: str) -> str:
    """Lower case, æ/ø/å as ae/oe/aa, no accents or apostrophes, single spaces: spelling variants made equal."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(SPELT)
    bare = (c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return " ".join("".join(bare).split())


def read_mapping(path: Path) -> dict[str, Any]:
    """A content file that is a mapping. Raises ContentError."""
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise ContentError(path.name, "is not a mapping", "see the file that came with the program")
    return raw


class WordReader:
    """Reads the parts of one file; every refusal (ContentError) names where."""

    def __init__(self, name: str):
        self.name = name

    def refuse(self, where: str, reason: str, mend: str) -> ContentError:
        return ContentError(f"{self.name}: {where}" if where else self.name, reason, mend)

    def keys(self, raw: Any, expected: set[Any], where: str) -> None:
        if not isinstance(raw, dict):
            raise self.refuse(where, "is not a mapping", "write it as key: value")
        for key in raw.keys() - expected:
            raise self.refuse(where, f"unknown key {key!r}", f"use {', '.join(map(str, sorted(expected)))}")
        for key in expected - raw.keys():
            what = "language" if key in LANGUAGES else "key"
            raise self.refuse(where, f"missing {what} {key!r}", "add it")

    def in_both(self, raw: Any, where: str) -> list[str]:
        """The words of all languages, folded; the same word may stand in both, but not twice in one."""
        self.keys(raw, set(LANGUAGES), where)
        found: dict[str, None] = {}
        for language in LANGUAGES:
            words = raw[language]
            if not isinstance(words, list) or not all(isinstance(word, str) and fold(word) for word in words):
                mend = 'put "quotes" around on, no, yes and numbers'
                raise self.refuse(f"{where}.{language}", "is not a list of texts", mend)
            folded = [fold(word) for word in words]
            for word in folded:
                if folded.count(word) > 1:
                    raise self.refuse(f"{where}.{language}", f"{word!r} stands twice", "write it once")
            found |= dict.fromkeys(folded)
        return list(found)

    def once(self, by_value: dict[Any, list[str]], where: str) -> dict[str, Any]:
        """Turned round, word → value; a word that means two things is refused."""
        found: dict[str, Any] = {}
        for value, words in by_value.items():
            for word in words:
                if word in found:
                    raise self.refuse(where, f"{word!r} stands under both {found[word]} and {value}", "keep one of them")
                found[word] = value
        return found
