"""Installing in a workspace with a button (OAuth), for an app that is distributed to more than one.

https://docs.slack.dev/authentication/installing-with-oauth. The state is sealed by us, tied to the browser by a cookie, lasts
ten minutes and works once.
"""

from __future__ import annotations

import html
import json
import logging
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.slack.asking import Asking
from bot.channels.slack.scopes import BOT_SCOPES, INSTALL_PATH, REDIRECT_PATH
from bot.channels.slack.workspaces import Workspaces
from bot.clock import Clock
from bot.errors import ChannelError
from bot.library import Library
from bot.services import inbox
from bot.store.engine import Store
from bot.store.secrets import Unreadable, sealed, unsealed

AUTHORIZE = "https://slack.com/oauth/v2/authorize"
COOKIE = "pejling-slack-install"
LASTS = timedelta(minutes=10)
OWNER = "slack install"

log = logging.getLogger("pejling.slack")


class Installing:
    """`public_url`: where Slack sends the browser back to."""

    def __init__(
        self,
        store: Store,
        workspaces: Workspaces,
        asking: Asking,
        library: Library,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        public_url: str,
    ):
        self._store, self._workspaces, self._asking = store, workspaces, asking
        self._library, self._clock = library, clock
        self._client_id, self._client_secret, self._url = client_id, client_secret, public_url

    def routes(self) -> list[web.RouteDef]:
        return [web.get(INSTALL_PATH, self.begin), web.get(REDIRECT_PATH, self.finish)]

    async def begin(self, request: web.Request) -> web.Response:
        now, browser = self._clock.now(), secrets.token_urlsafe(24)
        made = {"browser": sha256(browser.encode()).hexdigest(), "at": now.isoformat()}
        state = (await self._store.read(lambda db: sealed(db, made, OWNER))).decode()
        asked = {"client_id": self._client_id, "scope": ",".join(BOT_SCOPES), "state": state, "redirect_uri": self._back}
        response = web.HTTPFound(f"{AUTHORIZE}?{urlencode(asked)}")
        secure = self._url.startswith("https://")
        response.set_cookie(COOKIE, browser, max_age=int(LASTS.total_seconds()), httponly=True, secure=secure, samesite="Lax", path="/slack")
        raise response

    async def finish(self, request: web.Request) -> web.Response:
        state, code = request.query.get("state", ""), request.query.get("code", "")
        browser, now = request.cookies.get(COOKIE, ""), self._clock.now()
        if not code or not await self._store.run(lambda db: _is_ours(db, state, browser, now)):
            return self._page("not_installed_title", "install_again", 400)
        try:
            given = await self._asking.ask(
                None,
                "oauth.v2.access",
                client_id=self._client_id,
                client_secret=self._client_secret,
                code=code,
                redirect_uri=self._back,
            )
        except ChannelError as error:
            log.warning("Slack did not give a token: %s", error)
            return self._page("not_installed_title", "install_again", 502)
        team = (given.get("team") or {}).get("id")
        if not team or not given.get("access_token") or given.get("is_enterprise_install"):
            return self._page("not_installed_title", "install_again", 400)
        secret = {"token": given["access_token"], "bot_user": given.get("bot_user_id", ""), "app": given.get("app_id", "")}
        await self._workspaces.keep(team, (given["team"].get("name") or team), secret)
        log.info("installed in a workspace")
        return self._page("installed_title", "installed", 200)

    @property
    def _back(self) -> str:
        return f"{self._url}{REDIRECT_PATH}"

    def _page(self, title: str, text: str, status: int) -> web.Response:
        """In both languages: nobody knows yet who is reading."""
        parts = []
        for language in ("da", "en"):
            said = [html.escape(self._library.say(f"slack.{key}").spoken(language)) for key in (title, text)]
            parts.append(f'<section lang="{language}"><h1>{said[0]}</h1><p>{said[1]}</p></section>')
        page = f'<!doctype html><html lang="da"><head><meta charset="utf-8"><title>Pejling</title></head><body>{"".join(parts)}</body></html>'
        response = web.Response(text=page, status=status, content_type="text/html")
        response.del_cookie(COOKIE, path="/slack")
        return response


def _is_ours(db: Connection, state: str, browser: str, now: datetime) -> bool:
    """Whether this browser began a moment ago, and has not finished yet."""
    try:
        made = unsealed(db, state.encode("ascii", "ignore"), OWNER) if state else {}
    except (Unreadable, json.JSONDecodeError):
        return False
    if not browser or made.get("browser") != sha256(browser.encode()).hexdigest():
        return False
    if not timedelta(0) <= now - datetime.fromisoformat(made["at"]) <= LASTS:
        return False
    return inbox.claim(db, f"slack:install:{sha256(state.encode()).hexdigest()[:40]}", now)
