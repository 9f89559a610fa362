"""The web chat and the pages: the third channel, beside Slack and Teams."""

from bot.channels.web.app import web_app
from bot.channels.web.channel import WebChannel
from bot.channels.web.visit import Parts

__all__ = ["Parts", "WebChannel", "web_app"]
