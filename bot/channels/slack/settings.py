"""What Slack needs to be told, and what is missing, in words an administrator understands."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SlackSettings:
    """`public_url`: where people reach the web pages; empty where they cannot."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    public_url: str = ""


def missing(given: SlackSettings) -> list[str]:
    """What stands in the way, one line each, with the mend."""
    lines = []
    if given.bot_token and not given.bot_token.startswith(("xoxb-", "xoxe.xoxb-")):
        lines.append("SLACK_BOT_TOKEN is not a bot token – give the one that begins with xoxb-, under OAuth & Permissions")
    if given.app_token and not given.app_token.startswith("xapp-"):
        lines.append("SLACK_APP_TOKEN is not an app-level token – give the one that begins with xapp-, under Basic Information")
    if not given.app_token and not given.signing_secret:
        lines.append("Slack cannot reach Pejling – give SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET (an address of your own)")
    if bool(given.client_id) != bool(given.client_secret):
        lines.append("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET belong together – give both, or neither")
    if not given.bot_token and not given.client_id:
        lines.append("SLACK_BOT_TOKEN is empty – give the bot token, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for more than one workspace")
    if given.bot_token and given.client_id:
        lines.append("SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set – one token is for one workspace: remove one of them")
    if given.client_id and not given.public_url:
        lines.append("PEJLING_PUBLIC_URL is empty – Slack sends the browser back there after an installation: give the address people open")
    return lines
