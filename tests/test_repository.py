"""The repository itself: its shape, its pins, and what must never stand in it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FIXED = {"pyproject.toml", "bot", "bot/dialogs", "bot/content", "scheduler", "tests", "Dockerfile", "README.md"}
BESIDE = {".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "compose.yaml", "constraints.txt", "docs"}
"""What tools demand beside what is fixed."""

# Written in pieces, so that this file does not hold what it looks for.
NEVER = {
    "something left to do": re.compile("TO" + r"DO\b|FIX" + r"ME\b|NotImplemented" + "Error"),
    "an index address": re.compile(r"^\s*--(extra-)?index-" + "url|^--find-" + "links|trusted-" + "host", re.M),
    "a place on somebody's machine": re.compile("/(ho" + r"me|Us" + r"ers|ro" + r"ot|wo" + r"rk)/[a-z.]"),
}


def _files() -> list[str]:
    """What is or would be in the repository."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git repository: its files cannot be listed")
    return [name for name in names if name and (ROOT / name).is_file()]


def _texts() -> dict[str, str]:
    found = {}
    for name in _files():
        try:
            found[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
    return found


def test_the_top_level_has_the_shape_it_was_given():
    assert not [name for name in FIXED if not (ROOT / name).exists()]
    top = {name.partition("/")[0] for name in _files()}
    assert top - {name.partition("/")[0] for name in FIXED} <= BESIDE


@pytest.mark.parametrize("what", NEVER)
def test_nothing_is_there_that_must_never_be(what: str):
    hits = [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group()}"
        for name, text in _texts().items()
        for hit in NEVER[what].finditer(text)
    ]
    assert not hits


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, exact, version = line.partition("==")
            assert exact and re.fullmatch(r"[A-Za-z0-9._-]+", name) and re.fullmatch(r"[0-9][A-Za-z0-9.+!]*", version), line
            assert _plain(name) not in pins, f"{name} is pinned twice"
            pins[_plain(name)] = version
    return pins


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needed() -> dict[str, str]:
    """Every distribution that pyproject names, and what those need here, as far as it is installed: name → version."""
    from packaging.requirements import Requirement

    extras = PROJECT["optional-dependencies"].values()
    waiting = [Requirement(line) for line in PROJECT["dependencies"] + [line for extra in extras for line in extra]]
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        here = (_plain(requirement.name), frozenset(requirement.extras))
        if here in seen:
            continue
        seen.add(here)
        try:
            installed = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # an extra that is not installed here
        found[here[0]] = installed.version
        for line in installed.requires or []:
            needed = Requirement(line)
            asked_for = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in asked_for):
                waiting.append(needed)
    return found


def test_everything_needed_is_pinned_to_what_was_tried():
    pins, needed = _pins(), _needed()
    assert len(needed) > 20
    assert {name: version for name, version in needed.items() if pins.get(name) != version} == {}


def test_every_dependency_named_allows_what_is_pinned():
    from packaging.requirements import Requirement

    pins = _pins()
    extras = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    for line in PROJECT["dependencies"] + extras:
        requirement = Requirement(line)
        assert requirement.specifier.contains(pins[_plain(requirement.name)]), line


def test_pins_hold_no_address():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|@|--|\bfile:|/", text)
