"""`pejling play FILE…`: perform scripts against the real application, with a database and a clock of their own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    parser = commands.add_parser("play", help="perform a script and stop at the first line that differs")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.set_defaults(perform=perform)


def perform(arguments: argparse.Namespace) -> int:
    """Perform each script; 1 when one of them differs, after all have been tried. Raises PejlingError."""
    from bot.rehearsal import perform as rehearse

    differences = 0
    for path in arguments.files:
        difference = rehearse(path)
        differences += difference is not None
        print(f"{path}: {'as written' if difference is None else difference}")
    return 1 if differences else 0
