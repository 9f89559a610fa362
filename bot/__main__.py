"""The front door: `pejling …`, or `python -m bot …`.

What a person did wrong is one line on stderr and exit code 2; a traceback is a bug.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from bot.cli import check, content, db, importing, key, manifest, person, play, run
from bot.errors import PejlingError, Refused

COMMANDS = (run, check, content, play, db, key, person, importing, manifest)
WRONG = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Perform one command; return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal that cannot show ✓ is no reason to stop
    arguments = _parser().parse_args(_with_command(sys.argv[1:] if argv is None else argv))
    try:
        return arguments.perform(arguments) or 0
    except Refused as error:
        return _wrong(_said(error))
    except PejlingError as error:
        return _wrong(str(error))
    except PermissionError as error:
        if error.filename is None:
            raise
        return _wrong(f"{error.filename} cannot be opened – give this user access to it and its folder, or name another")
    except KeyboardInterrupt:
        return INTERRUPTED


def _wrong(text: str) -> int:
    print("\n".join(f"pejling: {line}" for line in text.splitlines()), file=sys.stderr)
    return WRONG


def _said(refusal: Refused) -> str:
    """Why not, in words: a refusal itself names only the text."""
    from bot.library import load

    return load().say(refusal.text, **refusal.values_).spoken("en")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pejling", description="A chatbot for reflective practice. Without a command it runs."
    )
    parser.add_argument("--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="show the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def _with_command(argv: Sequence[str]) -> Sequence[str]:
    """`pejling` and `pejling --no-demo` run."""
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help", "--version")):
        return ["run", *argv]
    return argv


class _Version(argparse.Action):
    """Looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            print(f"pejling {version('pejling')}")
        except PackageNotFoundError:
            print("pejling, not installed")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
