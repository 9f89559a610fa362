"""The personal tab: the newest of one's log, inside Teams. Without sign-in it asks for the one-time link instead.

The page itself holds nothing; what a person wrote is asked for with the token Teams gives the page, and kept nowhere.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.teams.activities import language_of
from bot.channels.teams.conversations import Parts, texts
from bot.channels.teams.keys import KeysAway
from bot.channels.teams.settings import TeamsSettings
from bot.channels.teams.sign_in import SignIn, Visitor
from bot.clock import local
from bot.dialogs.dates import show_date
from bot.library import Library
from bot.services import logbook, people
from bot.services.person_row import PersonRow

FOLDER = Path(__file__).parent / "tab_page"
MICROSOFTS = FOLDER / "teams.js"
"""Put there by the package manager (`make teams-tab`); without it the tab asks for the one-time link."""
NEWEST = 20
THEMES = {"default": "light", "dark": "dark", "contrast": "contrast"}
"""Teams' name for its look and ours; any other follows the device: https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/access-teams-context"""
FRAMES = "https://teams.microsoft.com https://*.teams.microsoft.com https://teams.cloud.microsoft https://*.cloud.microsoft"
"""Who may show the tab: https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/tab-requirements"""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors {FRAMES}"
    )
}
SCRIPTS = '<script src="/teams/tab/teams.js" defer></script>\n<script src="/teams/tab/tab.js" defer></script>'


class Tab:
    def __init__(self, parts: Parts, settings: TeamsSettings, tenant_metadata: str = ""):
        self._parts, self._settings = parts, settings
        self._sign_in = SignIn(settings.app_id, settings.address, parts.tenants, tenant_metadata)
        self._page = (FOLDER / "tab.html").read_text(encoding="utf-8")
        self._files = {
            name: (path.read_bytes(), kind)
            for name, path, kind in (
                ("tab.css", FOLDER / "tab.css", "text/css"),
                ("tab.js", FOLDER / "tab.js", "text/javascript"),
                ("teams.js", MICROSOFTS, "text/javascript"),
            )
            if path.is_file()
        }

    @property
    def can_sign_in(self) -> bool:
        return "teams.js" in self._files and bool(self._settings.app_id)

    async def show(self, request: web.Request) -> web.Response:
        language = language_of(request.query.get("locale", "")) or self._settings.language
        say = texts(self._parts.library, language)
        words = {name: escape(say(name)) for name in ("tab_title", "tab_ask")}
        said = escape(say("tab_wait" if self.can_sign_in else "tab_ask"))
        theme = THEMES.get(request.query.get("theme", ""), "")
        html = self._page.format(language=language, theme=theme, said=said, scripts=SCRIPTS if self.can_sign_in else "", **words)
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    async def log(self, request: web.Request) -> web.Response:
        """The newest of the log of whoever the token names."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            visitor = await self._sign_in.visitor(token) if scheme == "Bearer" else None
        except KeysAway:
            return web.json_response({}, status=503)
        if visitor is None:
            return web.json_response({}, status=401)
        return web.json_response(await self._parts.store.read(lambda db: self._log(db, visitor)))

    def _log(self, db: Connection, visitor: Visitor) -> dict[str, Any]:
        person = people.find(db, visitor.organisation, "teams", visitor.external)
        language = (person.language if person else "") or self._settings.language
        say = texts(self._parts.library, language)
        if person is None or person.state == "left":
            return {"language": language, "said": say("tab_unknown"), "entries": []}
        library = self._parts.turns.editions.of(db, person.organisation, person.centre).library
        entries = [self._entry(one, person, language, library) for one in logbook.entries(db, person, limit=NEWEST)]
        said = f"{say('tab_private')} {say('tab_more')}" if entries else say("tab_nothing")
        return {"language": language, "said": said, "entries": entries}

    def _entry(self, entry: Any, person: PersonRow, language: str, library: Library) -> dict[str, Any]:
        answers = [{"question": a["question"][language], "answer": a["shown"][language]} for a in entry.answers]
        day = show_date(local(entry.created_at, person.timezone).date(), language)
        return {"title": library.title_of(entry.flow).spoken(language), "day": day, "answers": answers}

    async def give(self, request: web.Request) -> web.Response:
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type=found[1], charset="utf-8", headers={"Cache-Control": "no-cache"})

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/teams/tab", self.show),
            web.post("/teams/tab/log", self.log),
            web.get("/teams/tab/{name}", self.give),
        ]
