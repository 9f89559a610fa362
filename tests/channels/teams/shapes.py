"""Activities as Teams sends them: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-basics"""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.channels.teams.microsoft import BOT, TENANT

TEAM, CHANNEL = "19:team@thread.tacv2", "19:chosen@thread.tacv2"

_numbers = count(1)


def activity(kind: str, service: str, *, who: str = "ana", tenant: str = TENANT, locale: str = "da-DK", **parts: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": f"1{next(_numbers):012}",
        "timestamp": "2026-03-02T07:00:00.000Z",
        "localTimestamp": "2026-03-02T08:00:00.000+01:00",
        "localTimezone": "Europe/Copenhagen",
        "locale": locale,
        "channelId": "msteams",
        "serviceUrl": service,
        "from": {"id": f"29:{who}", "name": who.title(), "aadObjectId": f"oid-{who}"},
        "conversation": {"conversationType": "personal", "tenantId": tenant, "id": f"a:{who}"},
        "recipient": {"id": BOT, "name": "Pejling"},
        "channelData": {"tenant": {"id": tenant}},
    } | parts


def message(service: str, text: str, **parts: Any) -> dict[str, Any]:
    entities = [{"type": "clientInfo", "locale": "da-DK", "country": "DK", "platform": "Web", "timezone": "Europe/Copenhagen"}]
    return activity("message", service, **({"text": text, "textFormat": "plain", "entities": entities} | parts))


def installed(service: str, action: str = "add", **parts: Any) -> dict[str, Any]:
    return activity("installationUpdate", service, **({"action": action} | parts))


def members_added(service: str, who_added: str = BOT, **parts: Any) -> dict[str, Any]:
    return activity("conversationUpdate", service, **({"membersAdded": [{"id": who_added}]} | parts))


def press(service: str, action: dict[str, Any], reply_to: str = "m1", **parts: Any) -> dict[str, Any]:
    """A click on an Action.Execute, as it stands on the card."""
    carried = {"type": "Action.Execute", "title": action["title"], "verb": action["verb"], "data": action["data"]}
    value = {"action": carried, "trigger": "manual"}
    return activity("invoke", service, **({"name": "adaptiveCard/action", "value": value, "replyToId": reply_to} | parts))


def fetch(service: str, action: dict[str, Any], reply_to: str = "m1", **parts: Any) -> dict[str, Any]:
    """A click on an Action.Submit that opens a dialog."""
    value = {"data": action["data"] | {"type": "task/fetch"}, "context": {"theme": "default"}}
    return activity("invoke", service, **({"name": "task/fetch", "value": value, "replyToId": reply_to} | parts))


def submit(service: str, action: dict[str, Any], inputs: dict[str, str], **parts: Any) -> dict[str, Any]:
    """A click on an Action.Submit in a dialog; Teams adds what stands in the inputs."""
    value = {"data": action["data"] | inputs, "context": {"theme": "default"}}
    return activity("invoke", service, **({"name": "task/submit", "value": value} | parts))


def mention(service: str, text: str, **parts: Any) -> dict[str, Any]:
    """A line that begins with the bot's name, as Teams sends one from where others read along."""
    entity = {"type": "mention", "text": "<at>Pejling</at>", "mentioned": {"id": BOT, "name": "Pejling"}}
    return message(service, f"<at>Pejling</at> {text}", **({"entities": [entity]} | parts))


def in_channel(team: str = TEAM, channel: str = CHANNEL, thread: str = "", tenant: str = TENANT) -> dict[str, Any]:
    """`thread`: the message at its root, which the conversation's id ends with."""
    return {
        "conversation": {
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": tenant,
            "id": f"{channel};messageid={thread}" if thread else channel,
        },
        "channelData": {
            "tenant": {"id": tenant},
            "team": {"id": team, "name": "Ledere"},
            "channel": {"id": channel},
            "settings": {"selectedChannel": {"id": channel}},
        },
    }


def in_chat(chat: str = "19:chat@thread.v2") -> dict[str, Any]:
    conversation = {"conversationType": "groupChat", "isGroup": True, "tenantId": TENANT, "id": chat}
    return {"conversation": conversation, "channelData": {"tenant": {"id": TENANT}}}


def changed(service: str, event: str, team: str = TEAM, **about: Any) -> dict[str, Any]:
    """Something became of a team or a channel (`channel`)."""
    data = {"eventType": event, "team": {"id": team, "name": "Ledere"}, "tenant": {"id": TENANT}}
    conversation = {"conversationType": "channel", "isGroup": True, "tenantId": TENANT, "id": team}
    return activity("conversationUpdate", service, conversation=conversation, channelData=data | about)
