"""Pejling in Slack: direct messages, App Home and one slash command.

Nothing here imports Bolt until Slack is switched on: `bot.channels.slack.running` does, the drawing never.
"""
