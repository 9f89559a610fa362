"""Pejling in Microsoft Teams: the personal chat, dialogs, proactive messages and a personal tab.

`framework` alone knows botbuilder, and is imported only when Teams is on. What is drawn stands in pure modules: `cards`,
`dialogs`, `fields`, `presses`, `writing`; what is read in `activities`.
"""
