"""What stands before every page: who may ask, from where, and what the answer never gives away."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.web import health
from bot.channels.web.visit import DRAWING, PARTS, VISIT, Parts, Visit, visit_of
from bot.services import links, roles

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_BODY = 256 * 1024  # bytes; a page of long answers is under 40 KB
TOKEN_LENGTH = 100
FORM_TYPE = "application/x-www-form-urlencoded"
UPLOADS, UPLOAD_TYPE = ("/coordinate/import",), "multipart/form-data"
"""Where a form may hold a file."""
PLATFORMS = ("/slack/", "/api/messages", "/teams/")
"""Called by a platform, which signs what it sends; no page of ours."""
WITHOUT_VISIT = (*health.PATHS, "/static/", *PLATFORMS)

NOBODY_FRAMES = "frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; {NOBODY_FRAMES}; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Runs just before any answer begins, streams included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if NOBODY_FRAMES not in response.headers["Content-Security-Policy"]:
        del response.headers["X-Frame-Options"]  # it knows no "only these", and some clients go by it alone
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "Pejling"
    if request.app[PARTS].is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


@web.middleware
async def answer_kindly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong ends in a page in the visitor's language, and in a log line without a person's words."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _error(request, error.status)
    except Exception as error:  # the last one there is: behind it a stack trace would leave the house
        place = request.match_info.route.resource
        where = "".join(traceback.format_tb(error.__traceback__))  # without the message: it may hold words
        log.error("%s %s failed: %s\n%s", request.method, place and place.canonical, type(error).__name__, where)
        return _error(request, 500)


def _error(request: web.Request, status: int) -> web.Response:
    visit = request.get(VISIT) or Visit(request, request.app[PARTS], request.app[DRAWING])
    if visit.is_fragment:
        return web.json_response({"text": visit.text(f"error_{status}" if status in (403, 404, 413, 500) else "error_400")}, status=status)
    return visit.error(status)


@web.middleware
async def know_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only under our own names: a stranger's name that points to this machine (DNS rebinding) gets nothing."""
    if not request.path.startswith((*PLATFORMS, *health.PATHS)) and not is_own_host(request.host, request.app[PARTS]):
        log.warning("a request for another host than PEJLING_PUBLIC_URL (or this machine) was refused")
        raise web.HTTPForbidden
    return await handler(request)


def is_own_host(host: str, parts: Parts) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if parts.public_url and host.lower() == urlsplit(parts.public_url).netloc.lower():
        return True
    return name == "localhost" or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@web.middleware
async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who is signed in, by the cookie. A visitor without one gets one, so that the forms have something to be tied to."""
    if request.path.startswith(WITHOUT_VISIT):
        return await handler(request)
    parts = request.app[PARTS]
    visit = Visit(request, parts, request.app[DRAWING], token=request.cookies.get(parts.cookie, "")[:TOKEN_LENGTH])
    request[VISIT] = visit
    is_new = not visit.token
    if is_new:
        visit.token = secrets.token_urlsafe(24)
    else:
        await _recognise(visit)
    response = await handler(request)
    if is_new and not response.prepared and parts.cookie not in response.cookies:
        give_cookie(response, parts, visit.token)
    return response


async def _recognise(visit: Visit) -> None:
    store, token, now = visit.parts.store, visit.token, visit.now
    is_due = await store.read(lambda db: _look_up(db, visit, now))
    if visit.person and is_due:
        await store.run(lambda db: links.renew_session(db, token, now))


def _look_up(db: Connection, visit: Visit, now: datetime) -> bool:
    """Who it is, what they may do and what they are asked; whether their session is to be renewed."""
    visit.person = person = links.session_person(db, visit.token, now)
    if person is not None:
        visit.roles = frozenset(role.role for role in roles.roles_of(db, person))
        visit.edition = visit.parts.turns.editions.of(db, person.organisation, person.centre)
    return links.is_renewal_due(db, visit.token, now)


@web.middleware
async def know_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A form is taken only from our own pages."""
    if request.method in ("GET", "HEAD") or request.path.startswith(PLATFORMS):
        return await handler(request)
    if request.path in UPLOADS and request.content_type == UPLOAD_TYPE and not comes_from_elsewhere(request):
        return await handler(request)  # which reads the form's token before anything else (`uploads.read_upload`)
    if request.content_type != FORM_TYPE or comes_from_elsewhere(request):
        raise web.HTTPForbidden
    visit = visit_of(request)
    try:
        given = str((await request.post()).get("csrf", ""))
    except (UnicodeDecodeError, LookupError):
        raise web.HTTPBadRequest from None
    if not visit.csrf or not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise web.HTTPForbidden
    return await handler(request)


def comes_from_elsewhere(request: web.Request) -> bool:
    """Whether the browser says that another site sent the form.

    Our pages send no referrer, so browsers write "null" as the origin of their forms; `Sec-Fetch-Site` tells then. Where a
    browser says neither, the form's own token decides.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "null")
    if origin == "null":
        return False
    parts = request.app[PARTS]
    return origin.lower() not in (f"{request.scheme}://{request.host}".lower(), parts.public_url.lower())


def give_cookie(response: web.StreamResponse, parts: Parts, token: str, lasts: float | None = None) -> None:
    """`lasts`: seconds; None: until the browser is closed."""
    age = None if lasts is None else int(lasts)
    response.set_cookie(parts.cookie, token, max_age=age, httponly=True, samesite="Lax", secure=parts.is_https, path="/")
