"""Asking Slack for something: one shared session, no repeating behind our back, and what its errors mean for us.

Errors: https://docs.slack.dev/reference/methods/chat.postMessage and the pages of the other methods.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.punctual import punctual
from bot.errors import ChannelError, GaveUp, TryAgain

PATIENCE = 20.0
"""Seconds for one request: less than delivery's own patience, much less than its settling time."""
UNTIL_MENDED = 60.0
"""Seconds between tries while a token or a scope is wrong: an administrator can mend it, and nothing is lost meanwhile."""

UNREACHABLE = frozenset(
    "account_inactive token_revoked channel_not_found is_archived user_not_found user_disabled cannot_dm_bot not_in_channel "
    "messages_tab_disabled restricted_action restricted_action_read_only_channel team_access_not_granted access_denied "
    "user_is_restricted is_inactive".split()
)
"""Nothing can be sent there any more, until the person is heard again."""
MENDABLE = frozenset(
    "invalid_auth not_authed missing_scope token_expired no_permission not_allowed_token_type ekm_access_denied "
    "accesslimited org_login_required two_factor_setup_required".split()
)
PASSING = frozenset("ratelimited rate_limited request_timeout service_unavailable team_added_to_org".split())
MAYBE_DONE = frozenset("fatal_error internal_error".split())
""""It's possible some aspect of the operation succeeded before the error was raised." """

log = logging.getLogger("pejling.slack")
quiet = logging.getLogger("pejling.slack.sdk")
quiet.setLevel(logging.ERROR)  # at DEBUG the SDK logs what is sent and received, words and all


class Asking:
    """`base_url`: where the Web API is. `close` when done."""

    def __init__(self, base_url: str):
        self.base_url = base_url
        self._session: aiohttp.ClientSession | None = None

    def client(self, token: str | None) -> AsyncWebClient:
        """A client of the Web API. It never repeats a request by itself: a message would be sent twice."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), trace_configs=[punctual()])
        client = AsyncWebClient(
            token=token, base_url=self.base_url, session=self._session, timeout=int(PATIENCE), retry_handlers=[], logger=quiet
        )
        if urlsplit(self.base_url).hostname in ("127.0.0.1", "localhost", "::1"):
            client.proxy = None
        return client

    async def ask(self, token: str | None, method: str, **values: Any) -> dict[str, Any]:
        """What Slack answers. Raises TryAgain and GaveUp; their text is the error's name, never words."""
        try:
            body = {"data": {k: str(v) for k, v in values.items()}} if method in FORM_ENCODED else {"json": values}
            answer = await self.client(token).api_call(method, **body)
        except SlackApiError as error:
            raise meaning(error) from error
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise TryAgain(type(error).__name__) from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
            raise TryAgain(type(error).__name__, maybe_sent=True) from error
        return answer.data if isinstance(answer.data, dict) else {}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


FORM_ENCODED = frozenset({"auth.test", "users.info", "conversations.history", "conversations.info", "conversations.open", "oauth.v2.access"})
"""Methods that do not all take JSON; in the body, so that no secret stands in an address: https://docs.slack.dev/apis/web-api/#post_bodies"""


def meaning(error: SlackApiError) -> ChannelError:
    """What an error of the Web API means for a message."""
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return TryAgain("ratelimited", after=_after(response))
    if code in UNREACHABLE:
        return GaveUp(code)
    if code in MENDABLE:
        log.warning("Slack refuses: %s; see `pejling check`", code)
        return TryAgain(code, after=UNTIL_MENDED)
    if code in PASSING:
        return TryAgain(code)
    if code in MAYBE_DONE or status >= 500 or not code:
        return TryAgain(code or f"status {status}", maybe_sent=True)
    return GaveUp(code, unreachable=False)


def _after(response: Any) -> float | None:
    """https://docs.slack.dev/apis/web-api/rate-limits: Retry-After, in seconds."""
    headers = getattr(response, "headers", None) or {}
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    given = given[0] if isinstance(given, (list, tuple)) and given else given
    try:
        return max(0.0, float(given))
    except (TypeError, ValueError):
        return None
