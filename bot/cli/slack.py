"""The settings of Slack, as the channel wants them. Loads nothing of Slack's own library."""

from __future__ import annotations

from bot.channels.slack.settings import SlackSettings, missing
from bot.config import Settings
from bot.errors import ConfigError


def slack_settings(settings: Settings) -> SlackSettings | None:
    """The settings of Slack; None where it is off. Raises ConfigError where they do not make a whole."""
    if not settings.has_slack:
        return None
    given = SlackSettings(
        bot_token=settings.slack_bot_token.get_secret_value().strip(),
        app_token=settings.slack_app_token.get_secret_value().strip(),
        signing_secret=settings.slack_signing_secret.get_secret_value().strip(),
        client_id=settings.slack_client_id.strip(),
        client_secret=settings.slack_client_secret.get_secret_value().strip(),
        api_url=settings.slack_api_url,
        public_url=settings.public_url,
    )
    wrong = missing(given)
    if wrong:
        raise ConfigError("\n".join(wrong))
    return given
