"""Where requests of ours may go: to Microsoft's own services, and nowhere else. Pure.

An incoming activity names the address to answer to. Its token proves that Microsoft named it; this is the second lock.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import quote, urlsplit

HOSTS = frozenset({"smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"})
"""https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages"""
DOMAINS = (".teams.microsoft.com", ".botframework.com")
"""Under these only Microsoft makes names; under trafficmanager.net anybody may."""
GLOBAL = "https://smba.trafficmanager.net/teams/"
"""Where a person is written to who was never heard."""

IsAllowed = Callable[[str], bool]


def is_microsofts(service: str) -> bool:
    try:
        parts = urlsplit(service)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    is_plain = parts.scheme == "https" and not parts.username and port in (None, 443) and not parts.query and not parts.fragment
    return is_plain and (host in HOSTS or host.endswith(DOMAINS))


def is_this_machine(service: str) -> bool:
    """Of the emulator, in the anonymous local mode."""
    try:
        parts = urlsplit(service)
        return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def conversations(service: str) -> str:
    return f"{service.rstrip('/')}/v3/conversations"


def activities(service: str, conversation: str) -> str:
    return f"{conversations(service)}/{quote(conversation, safe='')}/activities"


def member(service: str, conversation: str, user: str) -> str:
    return f"{conversations(service)}/{quote(conversation, safe='')}/members/{quote(user, safe='')}"


def activity(service: str, conversation: str, id: str) -> str:
    return f"{activities(service, conversation)}/{quote(id, safe='')}"
