"""The app package, by Microsoft's published schemas and by what those do not say."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import pytest

from bot.__main__ import main
from bot.channels.teams.package import COMMANDS, OLDEST, SCHEMA, TOGETHER, About, manifest, package, texts
from bot.dialogs.commands import read_command, read_group_command
from tests.channels.teams.microsoft import APP_ID
from tests.channels.teams.node import judged
from tests.furniture import load

LIBRARY = load()
ABOUT = About("https://pejling.example.dk", APP_ID, signs_in=True)


def say(key: str, language: str) -> str:
    return LIBRARY.say(f"teams.{key}").spoken(language)


def opened(zipped: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_the_same_words_make_the_same_package():
    assert package(ABOUT, say) == package(ABOUT, say)
    assert set(opened(package(ABOUT, say))) == {"manifest.json", "en.json", "color.png", "outline.png"}


@pytest.mark.parametrize(("name", "side", "kind"), [("color.png", 192, 2), ("outline.png", 32, 6)])
def test_icons_have_the_sizes_teams_asks_for(name, side, kind):
    """`kind`: 2 colours without transparency, 6 with (https://www.w3.org/TR/png/#11IHDR)."""
    picture = opened(package(ABOUT, say))[name]
    width, height, _, colour = struct.unpack(">IIBB", picture[16:26])
    assert picture.startswith(b"\x89PNG") and (width, height, colour) == (side, side, kind)


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_command_of_the_menu_is_understood(language):
    assert len(COMMANDS) <= 10
    for one in COMMANDS:
        title, means = say(f"command_{one}", language), say(f"command_{one}_means", language)
        assert read_command(title) is not None and len(title) <= 32 and len(means) <= 128


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_command_of_a_groups_menu_is_understood_where_others_read_along(language):
    assert [one["scopes"] for one in manifest(ABOUT, say)["bots"][0]["commandLists"]] == [["personal"], ["team", "groupChat"]]
    for one in TOGETHER:
        title, means = say(f"command_{one}", language), say(f"command_{one}_means", language)
        assert read_group_command(title) == one and len(title) <= 32 and len(means) <= 128


def test_texts_fit_and_stand_at_places_of_the_manifest():
    said = manifest(ABOUT, say)
    english = texts(ABOUT, say, "en")
    for about in (said["description"], {"short": english["description.short"], "full": english["description.full"]}):
        assert len(about["short"]) <= 80 and len(about["full"]) <= 4000
    assert {key.partition("[")[0].partition(".")[0] for key in english} == {"$schema", "name", "description", "staticTabs", "bots"}
    assert all(place_of(said, key) for key in english if key != "$schema")


def test_microsofts_published_schemas_have_nothing_to_say():
    def sent(version: str, signs_in: bool, change: Any = None) -> dict[str, Any]:
        about = About("https://pejling.example.dk", APP_ID, schema=version, signs_in=signs_in)
        return {"version": version, "manifest": manifest(about, say) | (change or {}), "texts": texts(about, say, "en")}

    good = {f"{version} {signs_in}": sent(version, signs_in) for version in (OLDEST, "1.19", SCHEMA) for signs_in in (True, False)}
    bad = {"misspelt": sent(SCHEMA, True, {"validDomain": []}), "no colour": sent(SCHEMA, True, {"accentColor": "teal"})}
    assert judged("manifest.js", good | bad).keys() == bad.keys()


def place_of(said: Any, key: str) -> Any:
    for step in key.replace("[", ".").replace("]", "").split("."):
        said = said[int(step)] if step.isdigit() else said[step]
    return said


def test_the_command_writes_it(tmp_path, capsys):
    out = tmp_path / "teams.zip"
    assert main(["manifest", "teams", "--url", "https://pejling.example.dk/", "--app-id", APP_ID, "--out", str(out)]) == 0
    said = json.loads(opened(out.read_bytes())["manifest.json"])
    assert said["validDomains"] == ["pejling.example.dk"] and "webApplicationInfo" not in said
    assert str(out) in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--url", "http://pejling.example.dk"], ["--url", "https://pejling.example.dk/x"], ["--url", "https://x.dk", "--terms", "x"]])
def test_what_teams_would_not_take_is_refused(wrong, tmp_path, capsys):
    assert main(["manifest", "teams", *wrong, "--app-id", APP_ID, "--out", str(tmp_path / "x.zip")]) == 2
    assert "https://" in capsys.readouterr().err


@pytest.mark.parametrize("schema", ["1.8", "1.31", "2.0", "newest", "../1.19"])
def test_a_schema_that_was_not_tried_is_refused(schema, tmp_path, capsys):
    out = tmp_path / "x.zip"
    assert main(["manifest", "teams", "--url", "https://x.dk", "--schema", schema, "--app-id", APP_ID, "--out", str(out)]) == 2
    assert "1.9 to 1.30" in capsys.readouterr().err and not out.exists()
