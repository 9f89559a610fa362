"""`pejling run`: start Pejling."""

from __future__ import annotations

import argparse
import errno
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.errors import ConfigError


def add_to(commands: Any) -> None:
    parser = commands.add_parser("run", help="start Pejling (this is also what happens without a command)")
    parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
    parser.add_argument("--host", help="the address to listen on (PEJLING_HOST)")
    parser.add_argument("--port", type=int, help="the port to listen on (PEJLING_PORT)")
    parser.set_defaults(perform=perform)


def perform(arguments: argparse.Namespace) -> int:
    """Serve until told to stop. Raises ConfigError when something is in the way of a start."""
    import asyncio
    import gc
    import logging

    gc.disable()  # until it serves: what is read at start stays for good, and looking through it is a quarter of the start

    from bot.config import load_settings

    settings = load_settings(host=arguments.host, port=arguments.port)

    is_demo = settings.demo and not arguments.no_demo
    refuse_first_demo(settings, is_demo)

    from bot.cli.serving import serve  # after the settings: what is wrong with them is said at once
    from bot.cli.key import make_first_key
    from bot.logs import write_logs

    write_logs(settings.log_level, settings.log_format)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # which tables it makes is nobody's first impression
    make_first_key(settings)
    try:
        asyncio.run(serve(settings, demo=is_demo))
    except KeyboardInterrupt:
        return 0  # Ctrl-C is how one stops it
    except OSError as error:
        if refusal := explain_listening(error, settings):
            raise refusal from error
        raise
    return 0


def refuse_first_demo(settings: Settings, wants_demo: bool) -> None:
    """Refuse a demo that may not be, before key and database are made for it. Raises ConfigError.

    A database that is there already is looked into when it is open (`serving.py`).
    """
    from bot.cli.opening import is_to_be_made
    from bot.errors import ConfigError

    if wants_demo and is_to_be_made(settings) and (refusal := settings.demo_refusal()):
        raise ConfigError(refusal)


def explain_listening(error: OSError, settings: Settings) -> ConfigError | None:
    """Why the address could not be listened on; None when the error is about something else."""
    import socket

    from bot.errors import ConfigError

    place = f"{settings.host}:{settings.port}"
    if isinstance(error, socket.gaierror):
        return ConfigError(f"PEJLING_HOST: no machine is called {settings.host} – use 127.0.0.1, or 0.0.0.0 for every network")
    if "bind" not in str(error):
        return None
    match error.errno:
        case errno.EADDRINUSE:
            return ConfigError(
                f"PEJLING_PORT: {place} is taken; perhaps Pejling runs already – stop the other one, or choose another"
                f" port, such as --port {settings.port % 65535 + 1}"
            )
        case errno.EADDRNOTAVAIL:
            return ConfigError(f"PEJLING_HOST: {settings.host} is not an address of this machine – use 127.0.0.1 or 0.0.0.0")
        case errno.EACCES:
            return ConfigError(f"PEJLING_PORT: this user may not listen on {place} – choose a port above 1023, such as 8765")
    return None
