"""`pejling manifest slack`: write what Slack has to know about the app."""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import urlsplit

from bot.cli import manifest_teams
from bot.errors import ConfigError


def add_to(commands: Any) -> None:
    parser = commands.add_parser("manifest", help="write the app manifest of a platform, to paste in where the app is made")
    platforms = parser.add_subparsers(metavar="PLATFORM", required=True)
    slack = platforms.add_parser("slack", help="for https://api.slack.com/apps (Create New App, From a manifest)")
    way = slack.add_mutually_exclusive_group(required=True)
    way.add_argument("--url", help="Slack calls Pejling at this address, such as https://pejling.example.dk")
    way.add_argument("--socket", action="store_true", help="Pejling calls Slack (Socket Mode); no address is needed")
    slack.add_argument("--install", action="store_true", help="with --url: for more than one workspace, by /slack/install")
    slack.add_argument("--language", choices=("da", "en"), default="da", help="of what people read about the app in Slack (da)")
    slack.set_defaults(perform=perform_slack)
    manifest_teams.add_to(platforms)


def perform_slack(arguments: argparse.Namespace) -> int:
    """Print the manifest as JSON. Raises ConfigError where the address is none that Slack can reach."""
    from bot.channels.slack.manifest import manifest
    from bot.library import load

    if arguments.socket and arguments.install:
        raise ConfigError("--install needs --url: Slack sends the browser back there")
    url = (arguments.url or "").rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment):
        raise ConfigError(f"--url {arguments.url}: Slack only calls addresses that begin with https:// – give the one people open")
    library = load()
    say = lambda key: library.say(f"slack.{key}").spoken(arguments.language)  # noqa: E731
    print(json.dumps(manifest(say, url, uses_socket=arguments.socket, installs=arguments.install), ensure_ascii=False, indent=2))
    return 0
