"""A text made comparable: cleaned of what cannot be seen, folded, cut into words.

`clean` makes the text that may be saved. `even` makes a shadow of it in which every character keeps its place but odd
spaces, dashes and quotes are plain. `fold` makes the words comparable, so that "slår", "SLÅR" and "slaar" are one.
"""

from __future__ import annotations

import re
import unicodedata

# Anything outside these is looked at more closely; most texts need nothing done.
_ORDINARY = re.compile(r"[\n -~æøåÆØÅéÉüÜöÖäÄ–—…’‘“”»«]*")

_ORDINARY_LETTERS = re.compile(r"[\n -_a-~æøåÆØÅéÉ]*")
_ODD_DIGIT = re.compile(r"(?![0-9])\d")

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Joiners and variation selectors belong to an emoji; after anything else they only hide something.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]"
    "|(?<![\u2190-\U0010ffff])[\u200d\ufe00-\ufe0f]"
)

_EVEN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        "\uff0e": ".",
        "\uff20": "@",
    }
)

_ACCENT = re.compile("[\u0300-\u036f]")
# The stop is a mark of its own, so that a pattern does not reach into the next sentence.
_WORD_OR_STOP = re.compile(r"[^\W_]+|[.!?](?=\s|$)|\n")


def clean(text: str) -> str:
    """What may be saved of `text`: composed (NFC), without control and invisible characters. Newlines are kept, tabs
    become spaces. Doing it twice changes nothing."""
    if _ORDINARY.fullmatch(text):
        return text
    text = _LINE_END.sub("\n", text).replace("\t", " ")
    text = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def even(text: str) -> str:
    """`text` with odd spaces, dashes, quotes and digits made plain; as long as `text`, character for character."""
    if _ORDINARY_LETTERS.fullmatch(text):
        return text
    return _ODD_DIGIT.sub(lambda m: str(unicodedata.decimal(m[0])), text.translate(_EVEN))


def fold(text: str) -> str:
    """`text` for comparison: lower case, without æøå, accents and apostrophes ("can't" is "cant")."""
    text = text.lower()
    if not text.isascii():
        text = text.replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
        if not text.isascii():
            text = text.replace("’", "'").replace("ä", "ae").replace("ö", "oe")
            text = _ACCENT.sub("", unicodedata.normalize("NFD", text))
    return text.replace("'", "")


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in order, with the ends of sentences (".", "!", "?", newline) between them."""
    return _WORD_OR_STOP.findall(folded)
