"""The least that Slack has to allow, and what each is for. The manifest, the installation and `pejling check` read it here."""

from __future__ import annotations

BOT_SCOPES = {
    "app_mentions:read": "be told when somebody mentions the app in a channel, to offer what a group can do there",
    "channels:read": "be told that it was invited to a public channel or removed from it, and what the channel is called",
    "chat:write": "send and edit its own messages",
    "commands": "the slash command",
    "groups:read": "the same for private channels it was invited to",
    "im:history": "receive what a person writes to it in private, and find its own message again after a crash",
    "im:write": "open the private conversation with a person, to find that message",
    "users:read": "a person's name, language and time zone, and when they are deactivated",
    "users:read.email": "recognise somebody who was imported by the address Slack has confirmed, the first time they write",
}
"""Bot token scopes: https://docs.slack.dev/reference/scopes"""

CAN_DO_WITHOUT = frozenset({"channels:read", "groups:read", "users:read.email"})
"""Without these everything else works: an app installed earlier need not be installed again. In a channel it then has to be mentioned first."""

APP_SCOPES = {"connections:write": "Socket Mode: let Pejling call Slack, so that it needs no address of its own"}
"""Scopes of the app-level token."""

EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "member_joined_channel",
    "message.im",
    "tokens_revoked",
    "user_change",
)
"""Bot events: https://docs.slack.dev/reference/events"""

COMMAND = "/pejling"
EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH = "/slack/events", "/slack/install", "/slack/oauth_redirect"
