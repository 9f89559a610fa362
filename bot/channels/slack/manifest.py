"""The app manifest: everything Slack has to know about the app, to be pasted in at api.slack.com/apps. Pure.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.channels.slack.scopes import BOT_SCOPES, COMMAND, EVENTS, EVENTS_PATH, REDIRECT_PATH

NAME = "Pejling"
COLOUR = "#1f4e4a"

Say = Callable[[str], str]
"""The words of one of our texts; what people read in Slack about the app is said as the municipality speaks."""


def manifest(say: Say, url: str = "", *, uses_socket: bool = False, installs: bool = False) -> dict[str, Any]:
    """`url`: the address people open; `installs`: with a way to install it in more than one workspace (OAuth)."""
    events = f"{url}{EVENTS_PATH}"
    command: dict[str, Any] = {"command": COMMAND, "description": say("manifest_command"), "usage_hint": say("manifest_hint"), "should_escape": False}
    address = {} if uses_socket else {"request_url": events}
    if not uses_socket:
        command["url"] = events
    oauth: dict[str, Any] = {"scopes": {"bot": sorted(BOT_SCOPES)}}
    if installs:
        oauth["redirect_urls"] = [f"{url}{REDIRECT_PATH}"]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {"name": NAME, "description": say("manifest_short"), "long_description": say("manifest_long"), "background_color": COLOUR},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**address, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": uses_socket,
            "token_rotation_enabled": False,
        },
    }
