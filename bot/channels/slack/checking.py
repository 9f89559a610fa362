"""`pejling check` asks Slack: which token, scope or switch is missing, in words an administrator understands."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.channels.slack.asking import Asking
from bot.channels.slack.scopes import BOT_SCOPES, CAN_DO_WITHOUT
from bot.channels.slack.settings import SlackSettings

FINE, NOTE, WRONG = "✓", "!", "✗"

Finding = tuple[str, str]

MENDS = {
    "invalid_auth": "it is not a token of any app – copy it again from api.slack.com/apps",
    "not_authed": "it is empty – copy it from api.slack.com/apps",
    "account_inactive": "the app was removed from the workspace – install it again, under Install App",
    "token_revoked": "it was revoked – install the app again, under Install App, and copy the new one",
    "token_expired": "it has run out – switch token rotation off, under OAuth & Permissions, and install again",
    "missing_scope": "it lacks a scope – add it under the app's settings, and install again",
    "not_allowed_token_type": "it is another kind of token – SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-",
}


def look(given: SlackSettings) -> list[Finding]:
    """Ask Slack, and say what is wrong. Changes nothing."""
    return asyncio.run(_look(given))


async def _look(given: SlackSettings) -> list[Finding]:
    asking = Asking(given.api_url)
    try:
        found = await _bot_token(asking, given) if given.bot_token else [(FINE, "Slack: more than one workspace, by /slack/install")]
        return [*found, *await _ways(asking, given)]
    finally:
        await asking.close()


async def _bot_token(asking: Asking, given: SlackSettings) -> list[Finding]:
    answer, why = await _asked(asking, given.bot_token, "auth.test", "SLACK_BOT_TOKEN")
    if answer is None:
        return [why]
    found = [(FINE, f"Slack: {answer.data.get('user')} in the workspace {answer.data.get('team')}")]
    header = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), None)
    if header is None:
        return found
    lacking = sorted(set(BOT_SCOPES) - {scope.strip() for scope in header.split(",")})
    reasons = "; ".join(f"{scope} ({BOT_SCOPES[scope]})" for scope in lacking)
    mend = "add under OAuth & Permissions, and install the app again"
    how_bad = NOTE if CAN_DO_WITHOUT.issuperset(lacking) else WRONG
    return [*found, (how_bad, f"Slack: SLACK_BOT_TOKEN lacks {reasons} – {mend}")] if lacking else found


async def _ways(asking: Asking, given: SlackSettings) -> list[Finding]:
    found: list[Finding] = []
    if given.app_token:
        answer, why = await _asked(asking, given.app_token, "apps.connections.open", "SLACK_APP_TOKEN")
        found.append(why if answer is None else (FINE, "Slack: Socket Mode is on"))
    if given.signing_secret:
        where = f"{given.public_url}/slack/events" if given.public_url else "/slack/events"
        found.append((FINE, f"Slack: requests are taken at {where}, signed"))
        if not given.public_url and not given.app_token:
            found.append((NOTE, "PEJLING_PUBLIC_URL is empty: Slack needs an address it can reach – give it, or use Socket Mode"))
    if not given.public_url:
        found.append((NOTE, "PEJLING_PUBLIC_URL is empty: there are no links from Slack to the web pages; all is read in Slack"))
    return found


async def _asked(asking: Asking, token: str, method: str, variable: str) -> tuple[Any, Finding]:
    """The answer, or None and what is wrong."""
    try:
        return await asking.client(token).api_call(method), (FINE, "")
    except SlackApiError as error:
        data = getattr(error.response, "data", None)
        code = str(data.get("error")) if isinstance(data, dict) else "no answer"
        if code in ("missing_scope", "not_allowed_token_type") and variable == "SLACK_APP_TOKEN":
            return None, (WRONG, "SLACK_APP_TOKEN lacks connections:write – make an app-level token with it, under Basic Information")
        if code in MENDS:
            return None, (WRONG, f"{variable}: Slack says {code}: {MENDS[code]}")
        return None, (NOTE, f"{variable}: Slack says {code} – try again in a while")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return None, (NOTE, f"Slack cannot be reached at {asking.base_url} ({type(error).__name__}) – see that this machine may call it")
