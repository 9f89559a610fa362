"""`pejling manifest teams`: write the app package that an administrator uploads to Teams."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.errors import ConfigError

FILE = "pejling-teams.zip"


def add_to(platforms: Any) -> None:
    teams = platforms.add_parser("teams", help="the app package for https://admin.teams.microsoft.com (Manage apps, Upload)")
    teams.add_argument("--url", required=True, help="where people open Pejling, such as https://pejling.example.dk")
    teams.add_argument("--app-id", help="the Application (client) ID of the app registration (MICROSOFT_APP_ID)")
    teams.add_argument("--out", type=Path, default=Path(FILE), help=f"the file to write ({FILE})")
    teams.add_argument("--version", default="1.0.0", help="raise it when you upload a changed package (1.0.0)")
    teams.add_argument("--developer", help="who is responsible, such as the municipality (PEJLING_MUNICIPALITY)")
    teams.add_argument("--privacy", default="", help="your own privacy notice (PEJLING_PRIVACY_LINK; else Pejling's page)")
    teams.add_argument("--terms", default="", help="your own terms of use (else Pejling's help page)")
    teams.add_argument("--sign-in", action="store_true", help="the tab signs people in; needs the set-up in docs/teams.md")
    teams.add_argument("--schema", default=None, help="another version of Microsoft's schema, where yours does not take the newest")
    teams.set_defaults(perform=perform_teams)


def perform_teams(arguments: argparse.Namespace) -> int:
    """Write the zip. Raises ConfigError where what is given makes no package."""
    from bot.channels.teams.package import OLDEST, SCHEMA, About, is_known, package
    from bot.channels.teams.settings import GUID
    from bot.config import load_settings
    from bot.library import load

    settings = load_settings()
    url = arguments.url.rstrip("/")
    for name, address in (("--url", url), ("--privacy", arguments.privacy), ("--terms", arguments.terms)):
        parts = urlsplit(address)
        if address and (parts.scheme != "https" or not parts.hostname or (name == "--url" and (parts.path or parts.query or parts.fragment))):
            raise ConfigError(f"{name} {address}: Teams only takes addresses that begin with https:// – give the one people open")
    app_id = (arguments.app_id or settings.microsoft_app_id).strip()
    if not GUID.fullmatch(app_id):
        raise ConfigError("--app-id is not an app id – give the Application (client) ID of the app registration, or set MICROSOFT_APP_ID")
    schema = arguments.schema or SCHEMA
    if not is_known(schema):
        raise ConfigError(f"--schema {schema}: Pejling writes {OLDEST} to {SCHEMA} – give one of those, such as 1.19")
    library = load()
    about = About(
        url=url,
        app_id=app_id.lower(),
        version=arguments.version,
        developer=(arguments.developer or settings.municipality or "Pejling")[:32],
        privacy=arguments.privacy or (settings.privacy_link if settings.privacy_link.startswith("https://") else ""),
        terms=arguments.terms,
        signs_in=arguments.sign_in,
        schema=schema,
    )
    zipped = package(about, lambda key, language: library.say(f"teams.{key}").spoken(language))
    try:
        arguments.out.write_bytes(zipped)
    except OSError as error:
        raise ConfigError(f"{arguments.out} cannot be written ({error.strerror}) – name another file with --out") from error
    print(f"{arguments.out}: upload it under Manage apps in the Teams admin center")
    return 0
