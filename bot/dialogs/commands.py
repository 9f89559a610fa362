"""What one says to the bot in so many words: "hjælp", "pause 2 uger", "slet mine data", "tak".

A command is the whole line, or it is no command: "hjælp mig med at forstå mit team" is something else. The words stand
in `bot/content/commands.yaml`; both languages are always listened for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from bot.cards import LANGUAGES
from bot.dialogs.dates import is_date, read_days
from bot.dialogs.periods import is_period
from bot.dialogs.word_lists import CONTENT, WordReader, fold, read_mapping

Name = Literal[
    "help", "start", "log", "actions", "shared", "pause", "resume", "leave", "times", "language", "download", "delete", "who_can_see",
    "settings", "link", "notice", "time", "greeting", "thanks", "bye", "coordinate", "counting", "numbers", "beacons",
    "dilemma", "closed",
]  # fmt: skip
NAMES: tuple[Name, ...] = get_args(Name)
GROUP_NAMES = ("help", "dilemma", "conference", "group_dynamics", "workshop")
"""What a group may ask for in a place."""
TAKES = ("when", "period", "language", "code")
LONGEST = 120

CODE = re.compile(r"(?=.*[0-9])[a-z0-9]{3,}(?:-?[a-z0-9]+)*", re.IGNORECASE)


@dataclass(frozen=True)
class Command:
    """`argument`: for pause and leave what was said of time, as written ("2 uger", "6.–24. juli"); for language "da" or "en";
    for link a one-time code, as written; else, and where nothing followed, ""."""

    name: Name
    argument: str = ""


@dataclass(frozen=True)
class Commands:
    """The words for commands, by their folded spelling. `beginnings` say which command follows, and what it takes."""

    words: dict[str, Name]
    beginnings: dict[str, tuple[Name, str]]
    languages: dict[str, str]
    groups: dict[str, str]

    def read(self, text: str) -> Command | None:
        """The command that the whole line is, or None."""
        if len(text) > LONGEST:
            return None
        line = " ".join(text.split())
        for said in (fold(line), fold(_bare(line))):
            if said in self.words:
                return Command(self.words[said])
        return self._read_with_argument(_bare(line))

    def _read_with_argument(self, line: str) -> Command | None:
        """The longest beginning whose argument makes sense; "pause er godt" is no command."""
        parts = line.split()
        for cut in range(len(parts) - 1, 0, -1):
            name, takes = self.beginnings.get(fold(_bare(" ".join(parts[:cut]))), (None, ""))
            if name is None:
                continue
            argument = self._argument(takes, " ".join(parts[cut:]))
            if argument:
                return Command(name, argument)
        return None

    def _argument(self, takes: str, said: str) -> str:
        match takes:
            case "when":
                return said if read_days(said) is not None or is_date(said) else ""
            case "period":
                return said if is_period(said) else ""
            case "language":
                return self.languages.get(fold(said), "")
            case _:
                return said if CODE.fullmatch(said) else ""


def read_group_command(text: str) -> str:
    """What a group asks for in a place by the whole of `text`: one of `GROUP_NAMES`, or empty."""
    line = " ".join(text.split())[: LONGEST + 1]
    return _commands().groups.get(fold(_bare(line)), "")


def read_command(text: str) -> Command | None:
    """The command that the whole of `text` is, or None. Uses the words that came with the program."""
    return _commands().read(text)


def is_command(text: str, name: str) -> bool:
    """Whether the whole of `text` is the command of that name."""
    command = read_command(text)
    return command is not None and command.name == name


@lru_cache(maxsize=1)
def _commands() -> Commands:
    return load_commands(CONTENT / "commands.yaml")


def load_commands(path: Path) -> Commands:
    """Read and check the file. Raises ContentError, also where a word stands under two commands."""
    raw = read_mapping(path)
    reader = WordReader(path.name)
    reader.keys(raw, {"commands", "languages", "groups"}, "")
    reader.keys(raw["groups"], set(GROUP_NAMES), "groups")
    reader.keys(raw["commands"], set(NAMES), "commands")
    reader.keys(raw["languages"], set(LANGUAGES), "languages")
    languages = {code: reader.in_both(words, f"languages.{code}") for code, words in raw["languages"].items()}
    words: dict[Any, list[str]] = {}
    beginnings: dict[Any, list[str]] = {}
    for name in NAMES:
        where = f"commands.{name}"
        takes, lists, followed = _parts(reader, raw["commands"][name], where)
        words[name] = reader.in_both(lists, where)
        if takes:
            beginnings[(name, takes)] = list(dict.fromkeys([*words[name], *followed]))
    return Commands(
        words=reader.once(words, "commands"),
        beginnings=reader.once(beginnings, "commands"),
        languages=reader.once(languages, "languages"),
        groups=reader.once({name: reader.in_both(raw["groups"][name], f"groups.{name}") for name in GROUP_NAMES}, "groups"),
    )


def _parts(reader: WordReader, body: Any, where: str) -> tuple[str, Any, list[str]]:
    """What a command takes, its own words, and the beginnings that only count when an argument follows."""
    lists = dict(body) if isinstance(body, dict) else body
    if not isinstance(lists, dict):
        return "", lists, []
    takes, followed = lists.pop("takes", ""), lists.pop("with", None)
    if takes and takes not in TAKES:
        raise reader.refuse(where, f"takes {takes!r}", f"use {', '.join(TAKES)}")
    if followed is not None and not takes:
        raise reader.refuse(where, "has `with` but takes nothing", "say what it takes")
    return takes, lists, reader.in_both(followed, f"{where}.with") if followed is not None else []


def _bare(line: str) -> str:
    """Without slash, punctuation and emoji around it."""
    kept = [place for place, sign in enumerate(line) if sign.isalnum()]
    return line[kept[0] : kept[-1] + 1] if kept else ""
