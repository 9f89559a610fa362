from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogs.commands import NAMES, Command, load_commands, read_command
from bot.dialogs.word_lists import CONTENT
from bot.errors import ContentError

RAW = yaml.safe_load((CONTENT / "commands.yaml").read_text(encoding="utf-8"))
WORDS = [(name, word) for name in NAMES for lang in ("da", "en") for word in RAW["commands"][name][lang]]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("hjælp", "help"), ("hjaelp", "help"), ("HELP!", "help"), ("?", "help"), ("/help", "help"), (" hjælp ? ", "help"),
        ("start", "start"), ("Logbog", "log"), ("log", "log"), ("aftaler", "actions"), ("actions.", "actions"),
        ("delt med mig", "shared"), ("Pause", "pause"), ("stop", "pause"), ("genoptag", "resume"), ("sprog", "language"),
        ("language", "language"), ("hent mine data", "download"), ("slet  mine\tdata", "delete"), ("hvem kan se", "who_can_see"),
        ("Hvem kan se det?", "who_can_see"), ("rytme", "settings"), ("settings", "settings"), ("link", "link"),
        ("privatliv", "notice"), ("time", "time"), ("Hej", "greeting"), ("godmorgen!", "greeting"), ("tak 😊", "thanks"),
        ("👍", "thanks"), ("Thank you.", "thanks"), ("hej hej!", "bye"), ("bye", "bye"),
    ],
)  # fmt: skip
def test_a_command_is_the_whole_line(line: str, name: str) -> None:
    assert read_command(line) == Command(name)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("pause 2 uger", Command("pause", "2 uger")),
        ("/PAUSE 2 uger.", Command("pause", "2 uger")),
        ("Pause til 5. januar", Command("pause", "til 5. januar")),
        ("hold pause i to uger", Command("pause", "i to uger")),
        ("pause for 3 weeks", Command("pause", "for 3 weeks")),
        ("take a break until Monday", Command("pause", "until Monday")),
        ("pause til fredag den 3. marts", Command("pause", "til fredag den 3. marts")),
        ("sprog dansk", Command("language", "da")),
        ("language: en", Command("language", "en")),
        ("på dansk", Command("language", "da")),
        ("Switch to English", Command("language", "en")),
        ("link AB12-9x", Command("link", "AB12-9x")),
    ],
)
def test_some_commands_take_an_argument(line: str, command: Command) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize(
    "line",
    ["", " ", "...", "hjælp mig med at forstå mit team", "pause er godt for sjælen", "pause i mødet var nødvendig", "pause 2",
     "sprog er svært", "sprog klingon", "på tysk", "link til min side", "start med det samme", "tak for i dag, det var hårdt",
     "logbog 2", "dansk", "en", "min leder skal starte", "slet", "hjælp\nmig med det her", "x" * 10_000, "pause " * 2_000],
)  # fmt: skip
def test_anything_more_is_no_command(line: str) -> None:
    assert read_command(line) is None


@pytest.mark.parametrize(("name", "word"), WORDS)
def test_every_listed_word_works_in_any_spelling(name: str, word: str) -> None:
    ascii_only = word.replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
    for spelt in (word, word.upper(), f"  {word} ", ascii_only):
        assert read_command(spelt) == Command(name)
    if word[0].isalnum():
        assert read_command(f"/{word}!") == Command(name)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=130))
def test_any_line_is_a_command_or_none(line: str) -> None:
    assert read_command(line) is None or read_command(line).name in NAMES


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  help:", "  hepl:", "unknown key 'hepl'"),
        ("  bye:", "  help:", "'help' stands twice"),
        ("    da: [farvel,", "    da: [tak,", "'tak' stands under both thanks and bye"),
        ("    da: [farvel,", "    da: [farvel, Farvel,", "'farvel' stands twice"),
        ("    da: [farvel,", "    da: [no, farvel,", "is not a list of texts"),
        ("    da: [farvel,", "    dk: [farvel,", "unknown key 'dk'"),
        ("    takes: when", "    takes: whenever", "takes 'whenever'"),
        ("    takes: language\n", "", "has `with` but takes nothing"),
        ("languages:", "languages", "mend the YAML"),
        ("{da: [engelsk], en: [english, en]}", "{da: [engelsk]}", "missing language 'en'"),
        ("[engelsk], en: [english, en]", "[engelsk, dansk], en: [english, en]", "'dansk' stands under both da and en"),
    ],
)
def test_a_wrong_list_of_commands_is_refused(tmp_path, old: str, new: str, complaint: str) -> None:
    text = (CONTENT / "commands.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "commands.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        load_commands(tmp_path / "commands.yaml")
    assert complaint in str(refused.value) and str(refused.value).startswith("commands.yaml")
    assert "\n" not in str(refused.value)
