"""The plays: each point of the main job, in Danish and English, performed on both databases through the real application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.dialogs.house import House
from bot.library import Library
from bot.rehearsal import Difference, Stage, play, read_script
from bot.rehearsal.performer import Performer
from bot.rehearsal.script import Cast, Deed, Expected, PlaceCast, Plans
from tests.conftest import KEY

FOLDER = Path(__file__).parent / "plays"
PLAYS = sorted(FOLDER.glob("*.play"))

RIGHT = """
cast ana: da
ana: tak
bot to ana: Selv tak.
"""


def _performed() -> Iterator[Any]:
    """Danish on SQLite and English on PostgreSQL: line for line they are the same play. All four with the full set."""
    for path in PLAYS:
        for database in ("sqlite", "postgresql"):
            is_first = (database == "sqlite") == path.stem.endswith("_da")
            marks = [] if is_first else [pytest.mark.full]
            yield pytest.param(path, database, id=f"{database}-{path.stem}", marks=marks)


@pytest.mark.parametrize(("path", "database"), list(_performed()))
async def test_it_goes_as_written(path: Path, database: str, request: pytest.FixtureRequest, library: Library, house: House):
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[database])
    stage = Stage(url, library, KEY, house)
    try:
        await play(path.read_text(encoding="utf-8"), stage)
    finally:
        await stage.close()


@pytest.mark.parametrize("danish", [path for path in PLAYS if path.stem.endswith("_da")], ids=lambda path: path.stem)
def test_both_languages_have_the_same_play(danish: Path):
    """Line for line the same happens, whatever it is called; only the people are cast in the other language."""
    english = danish.with_stem(danish.stem.removesuffix("_da") + "_en")
    assert [_what(line) for line in _lines(danish)] == [_what(line) for line in _lines(english)]
    assert {line.language for line in _lines(english) if isinstance(line, Cast) and line.name == "ana"} == {"en"}


def _lines(path: Path):
    return read_script(path.read_text(encoding="utf-8"))


def _what(line):
    match line:
        case Deed():
            return (line.person, line.kind)
        case Expected():
            return (line.person, line.what)
        case Cast():
            return line.name
        case PlaceCast():
            return (line.place, line.people)
        case Plans():
            return (line.person, line.kind, line.flow, line.rule, line.at, line.drops)
    return line.text


# ---- a play that differs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "number", "named"),
    [
        ("cast ana\nana: tak\nbot to ana: Farvel.", 3, "Selv tak."),
        ("cast ana\nana: tak", 3, "Selv tak."),
        ("cast ana\nana: tak\nana: hej", 3, "Selv tak."),
        ("cast ana\n-- 1 day later\nbot to ana: Hej.", 3, "silent"),
        ("cast ana\nana: [Begynd]", 2, "[Begynd]"),
        ("cast ana\nana begins F11\npage to ana: …\nana: Findes ikke = x", 4, "Findes ikke"),
        ("cast ana\nana begins F11\npage to ana: …\nana: Hvor ligger nøglen? = På månen", 4, "På månen"),
        ("cast ana\nagreements of ana: noget", 2, "nothing"),
        ("cast ana: fransk", 1, "fransk"),
        ("cast ana\n\n# a comment\nbot says hello", 4, "bot says hello"),
    ],
)
async def test_the_first_line_that_differs_is_named(script: str, number: int, named: str, quick_stage: Stage):
    with pytest.raises(Difference, match=rf"^line {number}:") as difference:
        await play(script, quick_stage)
    assert named in str(difference.value)


async def test_what_is_written_may_be_shortened(quick_stage: Stage):
    await play("cast ana: en\nana: hello\nbot to ana: Hello. If you … short reflection. [Begin a reflection]…", quick_stage)


async def test_conversations_are_heard_in_any_order_and_each_in_its_own(quick_stage: Stage):
    """What is sent to several at once overtakes; nothing in one conversation does."""
    said = {"title": "", "buttons": [], "subject": ""}
    quick_stage.channel.said.extend(("bot", who, said | {"text": [text]}) for who, text in (("ana", "et"), ("ana", "to"), ("bo", "tre")))
    performer = Performer(quick_stage)
    [bo, ana] = read_script("bot to bo: tre\nbot to ana: to")
    await performer.perform_line(bo)
    with pytest.raises(Difference, match="et"):
        await performer.perform_line(ana)


# ---- pejling play ----------------------------------------------------------------------------------------


def test_a_right_play_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "right.play").write_text(RIGHT, encoding="utf-8")
    assert main(["play", str(tmp_path / "right.play")]) == 0
    assert "right.play: as written" in capsys.readouterr().out


def test_a_wrong_play_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "wrong.play").write_text(RIGHT.replace("Selv tak.", "Farvel."), encoding="utf-8")
    (tmp_path / "right.play").write_text(RIGHT, encoding="utf-8")
    assert main(["play", str(tmp_path / "wrong.play"), str(tmp_path / "right.play")]) == 1
    said = capsys.readouterr().out
    assert "wrong.play: line 4: the script says" in said
    assert "bot to ana: Selv tak." in said
    assert "right.play: as written" in said
