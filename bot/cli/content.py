"""`pejling content check`: read a content folder as the start does, and list what is not approved yet."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.library import Library


def add_to(commands: Any) -> None:
    parser = commands.add_parser("content", help="what the bot says and asks")
    parts = parser.add_subparsers(metavar="PART", required=True)
    check = parts.add_parser("check", help="refuse what is wrong; list what is a proposal still")
    check.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="another content folder than Pejling's own")
    check.set_defaults(perform=perform_check)
    release = parts.add_parser("release", help="lock the step and option ids in use now, so that none vanishes silently")
    release.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="another content folder than Pejling's own")
    release.set_defaults(perform=perform_release)


def perform_check(arguments: argparse.Namespace) -> int:
    """List the proposals. Raises ContentError with file, step, reason and mend."""
    from bot.library import BUNDLED, proposals

    library = read_all(arguments.folder or BUNDLED)
    waiting = proposals(library)
    for proposal in waiting:
        print(f"not approved: {proposal.where}: {proposal.text.da} ({proposal.source})")
    counts = f"{len(library.flows)} flows, {len(library.dilemmas)} dilemmas, {len(library.beacons)} beacons"
    print(f"The content is right: {counts}; {len(waiting)} not approved yet.")
    return 0


def perform_release(arguments: argparse.Namespace) -> int:
    """Add what is new to the lock file. Raises ContentError where something locked is gone."""
    from bot.library import BUNDLED
    from bot.released import FILE, write_released

    folder = arguments.folder or BUNDLED
    library = read_all(folder)
    write_released(folder, library.flows | library.alone, library.common, library.released)
    print(f"{folder / FILE} holds every step and option id in use.")
    return 0


def read_all(folder: Path) -> Library:
    """The library of a content folder, when everything else in the folder is right too. Raises ContentError."""
    from bot.dialogs.screening import load_care, load_rules
    from bot.library import load

    library = load(folder)
    load_rules(folder / "safety")
    load_care(folder / "safety")
    _check_words(folder, library)
    return library


def _check_words(folder: Path, library: Library) -> None:
    """The words that are listened for, the demo, and the page of everything about a person."""
    from bot.cli.demo_content import FILE, check_demo
    from bot.dialogs.commands import load_commands
    from bot.dialogs.date_words import load_date_words
    from bot.services.exporting import read_words
    from bot.services.people_file import read_import_words
    from bot.yamlfile import read_yaml

    load_commands(folder / "commands.yaml")
    load_date_words(folder / "dates.yaml")
    check_demo(read_yaml(folder / FILE), library)
    read_words(folder / "export" / "words.yaml")
    read_import_words(folder / "import.yaml")
