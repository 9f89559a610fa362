"""The app package that an administrator uploads: manifest, Danish and English texts, and two icons. Pure but for reading the icons.

https://learn.microsoft.com/microsoft-365/extensibility/schema/
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ICONS = Path(__file__).parent / "icons"
OLDEST, SCHEMA = "1.9", "1.30"
"""Of Microsoft's schemas: the oldest that knows all we say, and the newest we were tried with (`tests/channels/teams/test_package.py`)."""
ADDRESS = "https://developer.microsoft.com/json-schemas/teams/v{schema}/MicrosoftTeams.schema.json"
TEXTS = "https://developer.microsoft.com/json-schemas/teams/v{schema}/MicrosoftTeams.Localization.schema.json"
NAME = "Pejling"
ACCENT = "#2C6E77"
COMMANDS = ("help", "start", "log", "actions", "shared", "pause", "settings", "who", "download", "delete")
"""At most ten; the menu is not shown on phones, so each is also a button or stands in the help (ux-rules T2)."""
TOGETHER = ("dilemma", "conference", "group_dynamics", "workshop")
"""What a group can ask for by a mention."""
PERSONAL, SHARED = ["personal"], ["team", "groupChat"]
WRITTEN_AT = (2026, 1, 1, 0, 0, 0)
"""The same package for the same words, byte for byte."""

Say = Callable[[str, str], str]
"""(key, language) → the words of `teams.{key}`."""


@dataclass(frozen=True)
class About:
    """`url`: where people open Pejling. `privacy`, `terms`: empty where they are our own pages. `signs_in`: single sign-on in the tab."""

    url: str
    app_id: str
    version: str = "1.0.0"
    developer: str = NAME
    privacy: str = ""
    terms: str = ""
    signs_in: bool = False
    schema: str = SCHEMA

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


def is_known(schema: str) -> bool:
    """Whether the package can be written by that version of the schema."""
    found = re.fullmatch(r"1\.(\d{1,3})", schema)
    return bool(found) and int(OLDEST.partition(".")[2]) <= int(found[1]) <= int(SCHEMA.partition(".")[2])


def package(about: About, say: Say) -> bytes:
    """The zip."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as zipped:
        _put(zipped, "manifest.json", _json(manifest(about, say)))
        _put(zipped, "en.json", _json(texts(about, say, "en")))
        for name in ("color.png", "outline.png"):
            _put(zipped, name, (ICONS / name).read_bytes())
    return written.getvalue()


def manifest(about: About, say: Say) -> dict[str, Any]:
    """In Danish; `texts` has the rest."""
    said: dict[str, Any] = {
        "$schema": ADDRESS.format(schema=about.schema),
        "manifestVersion": about.schema,
        "version": about.version,
        "id": about.app_id,
        "developer": {
            "name": about.developer,
            "websiteUrl": about.url,
            "privacyUrl": about.privacy or f"{about.url}/privacy",
            "termsOfUseUrl": about.terms or f"{about.url}/help",
        },
        "name": {"short": NAME, "full": NAME},
        "description": {"short": say("app_short", "da"), "full": say("app_full", "da")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "localizationInfo": {"defaultLanguageTag": "da", "additionalLanguages": [{"languageTag": "en", "file": "en.json"}]},
        "bots": [{"botId": about.app_id, "scopes": [*PERSONAL, *SHARED], "supportsFiles": False, "isNotificationOnly": False, "commandLists": _commands(say)}],
        "staticTabs": [_tab(about, say)],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [about.host],
        "defaultInstallScope": "personal",
    }
    if about.signs_in:
        said["webApplicationInfo"] = {"id": about.app_id, "resource": f"api://{about.host}/botid-{about.app_id}"}
    return said


def texts(about: About, say: Say, language: str) -> dict[str, str]:
    """The same texts in another language, by their place in the manifest."""
    said = {
        "$schema": TEXTS.format(schema=about.schema),
        "name.short": NAME,
        "name.full": NAME,
        "description.short": say("app_short", language),
        "description.full": say("app_full", language),
        "staticTabs[0].name": say("app_tab", language),
    }
    for at, listed in enumerate(_commands(say, language)):
        for n, command in enumerate(listed["commands"]):
            said |= {f"bots[0].commandLists[{at}].commands[{n}].{part}": words for part, words in command.items()}
    return said


def _commands(say: Say, language: str = "da") -> list[dict[str, Any]]:
    """What is offered where one is alone with the bot, and where others read along."""

    def listed(scopes: list[str], names: tuple[str, ...]) -> dict[str, Any]:
        commands = [{"title": say(f"command_{one}", language), "description": say(f"command_{one}_means", language)} for one in names]
        return {"scopes": scopes, "commands": commands}

    return [listed(PERSONAL, COMMANDS), listed(SHARED, TOGETHER)]


def _tab(about: About, say: Say) -> dict[str, Any]:
    return {
        "entityId": "log",
        "name": say("app_tab", "da"),
        "contentUrl": f"{about.url}/teams/tab?locale={{locale}}&theme={{theme}}",
        "websiteUrl": f"{about.url}/logbook",
        "scopes": ["personal"],
    }


def _put(zipped: zipfile.ZipFile, name: str, body: bytes) -> None:
    entry = zipfile.ZipInfo(name, WRITTEN_AT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    zipped.writestr(entry, body)


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=2).encode()
