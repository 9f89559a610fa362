"""`pejling content check`: one mistake anywhere in a content folder is refused, also in what is not part of the library."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.cli.content import read_all
from bot.errors import ContentError
from bot.library import BUNDLED

MISTAKES = {
    "a command that is no command": ("commands.yaml", "  help:", "  halp:", "commands.yaml"),
    "a month that is missing": ("dates.yaml", "phrases:", "phrase:", "dates.yaml"),
    "a leader who is nobody": ("demo.yaml", "leader: anna", "leader: anne", "`leader` is 'anne'"),
    "a level there is not": ("demo.yaml", "level: dir", "level: boss", "`level` is 'boss'"),
    "a name that YAML reads as something else": ("demo.yaml", 'name: "Anna Demo"', "name: 7", "`name` is 7"),
    "a group there is not": ("demo.yaml", "groups: [syd]", "groups: [vest]", "'vest'"),
    "a rhythm at no time": ("demo.yaml", 'time: "08:30"', 'time: "8.30"', "`time` is '8.30'"),
    "a past of nobody": ("demo.yaml", "- person: eva", "- person: ewa", "`person` is 'ewa'"),
    "a past in a flow there is not": ("demo.yaml", "flow: F11", "flow: F99", "`flow` is 'F99'"),
    "an answer to no step": ("demo.yaml", "- step: s1", "- step: s99", "`step` is 's99'"),
    "an answer of another kind": ("demo.yaml", "kind: multi", "kind: single", "`kind` is 'single'"),
    "an agreement with no day": ("demo.yaml", "by_in: 7", "by_in: soon", "`by_in` is 'soon'"),
    "an end there is not": ("demo.yaml", "ended: done", "ended: gone", "`ended` is 'gone'"),
    "a word in one language": ("export/words.yaml", 'en: "Everything about you in Pejling"', 'de: "Alles"', "both languages"),
    "a word the page needs": ("export/words.yaml", "  nothing:", "  nothin:", "nothing is missing"),
    "a section without a name": ("export/words.yaml", "  join_codes:", "  join_kodes:", "join_codes is missing"),
    "a page that does not say when": ("export/words.yaml", "som det så ud {when}", "som det så ud", "does not say {when}"),
    "a beacon that asks in no known way": ("demo.yaml", "kind: single\n          text", "kind: essay\n          text", "`kind` is 'essay'"),
    "a beacon of a centre there is not": ("demo.yaml", "    centre: syd\n    days_ago", "    centre: nowhere\n    days_ago", "'nowhere'"),
    "a status in a flow that is not handed over": ("demo.yaml", "flow: F18", "flow: F01", "`flow` is 'F01'"),
    "care for people": ("safety/cards.yaml", "cards:", "cart:", "cards.yaml"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "content"))


def test_a_folder_like_ours_is_right(folder: Path):
    assert len(read_all(folder).flows) == 19


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_refused_in_one_line(name: str, folder: Path):
    file, old, new, said = MISTAKES[name]
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ContentError) as refusal:
        read_all(folder)
    line = str(refusal.value)
    assert said in line and "\n" not in line and refusal.value.mend
    assert file.rpartition("/")[2] in line


@pytest.mark.parametrize("file", ["commands.yaml", "dates.yaml", "demo.yaml", "export/words.yaml"])
def test_a_file_that_is_missing_is_refused(file: str, folder: Path):
    (folder / file).unlink()
    with pytest.raises(ContentError, match="cannot be read"):
        read_all(folder)
