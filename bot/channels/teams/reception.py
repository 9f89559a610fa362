"""Receives what `framework` has recognised, and hands it to whom it is for: the personal conversation, or the company of others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.channels.teams import activities
from bot.channels.teams.activities import Activity, Heard, part, text
from bot.channels.teams.company import Company
from bot.channels.teams.conversations import Conversations, is_fitting
from bot.channels.teams.framework import Malformed, Refused, Reply
from bot.channels.teams.presses import Press, read_press
from bot.channels.teams.tenants import Stranger

Door = Conversations | Company
Doing = Callable[[Heard, Press], Awaitable[dict[str, Any]]]

UNKNOWN_INVOKE = 501
ERROR = "application/vnd.microsoft.error"


class Reception:
    """`is_allowed`: which service addresses may be answered to; anything else is refused before anything is done."""

    def __init__(self, conversations: Conversations, company: Company, is_allowed: Any):
        self._conversations, self._company, self._is_allowed = conversations, company, is_allowed

    async def wrote(self, activity: Activity) -> None:
        heard = self._heard(activity)
        if heard.is_personal:
            await self._served(self._conversations.wrote(heard))
        elif press := read_press(activity.get("value")):
            await self._served(self._company.pressed_in_words(heard, press))
        elif activities.mentions_us(activity):
            await self._served(self._company.mentioned(heard))

    async def members_changed(self, activity: Activity) -> None:
        if activities.adds_us(activity):
            await self._added(self._heard(activity))
        elif activities.removes_us(activity):
            await self._removed(self._heard(activity))
        elif event := text(part(activity, "channelData"), "eventType"):
            await self._served(self._company.changed(self._heard(activity), event))

    async def installed(self, activity: Activity) -> None:
        """https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events"""
        if text(activity, "action").startswith("add"):
            await self._added(self._heard(activity))
        elif text(activity, "action").startswith("remove"):
            await self._removed(self._heard(activity))

    async def invoked(self, activity: Activity) -> Reply:
        match text(activity, "name"):
            case "adaptiveCard/action":
                if not is_fitting(activity):
                    return _malformed()
                data = part(part(part(activity, "value"), "action"), "data")
                return await self._answered(activity, lambda door: door.pressed, data)
            case "task/fetch":
                return await self._answered(activity, lambda door: door.opened, part(part(activity, "value"), "data"))
            case "task/submit":
                return await self._answered(activity, lambda door: door.submitted, part(part(activity, "value"), "data"))
        return Reply(UNKNOWN_INVOKE)

    async def _answered(self, activity: Activity, which: Callable[[Door], Doing], data: Mapping[str, Any]) -> Reply:
        """A press on something of ours: on a card of one's own, or on what a group shares."""
        heard = self._heard(activity)
        do = which(self._conversations if heard.is_personal else self._company)
        return Reply(200, await self._served(do(heard, read_press(data))))

    async def _added(self, heard: Heard) -> None:
        await self._served(self._conversations.joined(heard) if heard.is_personal else self._company.added(heard))

    async def _removed(self, heard: Heard) -> None:
        await self._served(self._conversations.left(heard) if heard.is_personal else self._company.removed(heard))

    def _heard(self, activity: Activity) -> Heard:
        heard = activities.read(activity)
        if heard is None:
            raise Malformed
        if not self._is_allowed(heard.service):
            raise Refused(403)
        if not heard.is_personal and activities.is_of_another(activity):
            raise Refused(403)  # in a channel that two tenants share, people of the other are nobody here
        return heard

    async def _served(self, doing: Any) -> Any:
        try:
            return await doing
        except Stranger as stranger:
            raise Refused(403) from stranger


def _malformed() -> Reply:
    said = {"code": "BadRequest", "message": "not an action of this app"}
    return Reply(400, {"statusCode": 400, "type": ERROR, "value": said})
