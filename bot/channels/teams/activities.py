"""What Teams sends, read. Pure: an activity is the JSON as it came, and anything at all may stand in it.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-basics
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.teams.presses import digest
from bot.events import Sender

PERSONAL, CHANNEL = "personal", "channel"
DANISH_READERS = ("da", "nb", "nn", "no", "sv", "fo")
LONGEST_LINE = 12_000
IN_THREAD = ";messageid="
"""Where it was said in a thread of a channel, the conversation's id goes on with the message at its root."""
AT = re.compile(r"<at[^>]*>.*?</at>", re.DOTALL | re.IGNORECASE)

Activity = Mapping[str, Any]


@dataclass(frozen=True)
class Heard:
    """Who said something, and where. `kind` is the conversation's: personal, groupChat, channel."""

    activity: Activity
    tenant: str
    service: str
    conversation: str
    kind: str
    external: str
    user: str
    bot: str
    name: str
    language: str
    timezone: str

    @property
    def is_personal(self) -> bool:
        return self.kind == PERSONAL

    @property
    def place(self) -> str:
        """The channel, whichever of its threads it was said in; or the chat."""
        return self.conversation.partition(";")[0]

    @property
    def thread(self) -> str:
        """The message at the root of the thread it was said in; empty in a chat, which has none."""
        return self.conversation.partition(IN_THREAD)[2].partition(";")[0]

    @property
    def team(self) -> str:
        return text(part(part(self.activity, "channelData"), "team"), "id")

    @property
    def id(self) -> str:
        """The same when the activity is delivered twice."""
        return f"teams:{digest(self.tenant, self.conversation, text(self.activity, 'id'), text(self.activity, 'type'))}"

    @property
    def address(self) -> dict[str, Any]:
        """All that is needed to write to this person."""
        return {"service": self.service, "conversation": self.conversation, "tenant": self.tenant, "bot": self.bot, "user": self.user}

    @property
    def place_address(self) -> dict[str, Any]:
        """All that is needed to write there; by the team a place is found when the team goes."""
        here = {"service": self.service, "conversation": self.place, "tenant": self.tenant, "bot": self.bot, "team": self.team}
        return here | {"threads": self.kind == CHANNEL}

    def sender(self, organisation: str, emails: tuple[str, ...] = (), place: str = "") -> Sender:
        """`place`: our id of where others read along. Such a conversation is nobody's own, so it is no part of their address."""
        address = {name: value for name, value in self.address.items() if not (place and name == "conversation")}
        return Sender(
            channel="teams",
            organisation=organisation,
            external=self.external,
            name=self.name,
            language=self.language,
            timezone=self.timezone,
            address=address,
            emails=emails,
            place=place,
        )


def read(activity: Activity) -> Heard | None:
    """Who and where; None: it does not say."""
    conversation, sender = part(activity, "conversation"), part(activity, "from")
    heard = Heard(
        activity=activity,
        tenant=tenant_of(activity),
        service=text(activity, "serviceUrl"),
        conversation=text(conversation, "id"),
        kind=text(conversation, "conversationType") or ("groupChat" if conversation.get("isGroup") else PERSONAL),
        external=text(sender, "aadObjectId") or text(sender, "id"),
        user=text(sender, "id"),
        bot=text(part(activity, "recipient"), "id"),
        name=text(sender, "name"),
        language=language_of(locale_of(activity)),
        timezone=text(activity, "localTimezone"),
    )
    return heard if heard.tenant and heard.conversation and heard.external and heard.service else None


def proven_addresses(member: Mapping[str, Any], tenant: str) -> tuple[str, ...]:
    """The addresses of somebody in a conversation that their tenant vouches for; none for a guest.

    A sign-in name (UPN) stands in a domain the tenant has proven to be its own. The attribute `email` need not be theirs at all
    (https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization), unless it stands in that domain.
    """
    name, email = text(member, "userPrincipalName").casefold(), text(member, "email").casefold()
    is_guest = "#ext#" in name or text(member, "userRole").casefold() not in ("", "user")
    if is_guest or text(member, "tenantId").casefold() not in ("", tenant.casefold()) or "@" not in name:
        return ()
    is_ours = email.partition("@")[2] == name.partition("@")[2]
    return tuple(dict.fromkeys((name, email))) if is_ours else (name,)


def tenant_of(activity: Activity) -> str:
    return text(part(part(activity, "channelData"), "tenant"), "id") or text(part(activity, "conversation"), "tenantId")


def locale_of(activity: Activity) -> str:
    """The client's language: on a message it stands among the entities too."""
    infos = (one for one in sequence(activity, "entities") if text(one, "type") == "clientInfo")
    return text(activity, "locale") or next((text(one, "locale") for one in infos), "")


def language_of(locale: str) -> str:
    """Ours for a client's locale ("da-DK"); empty where it says nothing."""
    code = locale.lower().replace("_", "-").partition("-")[0]
    return "" if not code else "da" if code in DANISH_READERS else "en"


def said(activity: Activity) -> str:
    """The line somebody wrote: without mentions of the bot, and as they saw it."""
    line = text(activity, "text", LONGEST_LINE)
    for one in sequence(activity, "entities"):
        if text(one, "type") == "mention" and text(one, "text"):
            line = line.replace(text(one, "text"), " ")
    return html.unescape(AT.sub(" ", line)).replace("\N{NO-BREAK SPACE}", " ").strip()


def mentions_us(activity: Activity) -> bool:
    us = text(part(activity, "recipient"), "id")
    mentioned = (part(one, "mentioned") for one in sequence(activity, "entities") if text(one, "type") == "mention")
    return bool(us) and any(text(one, "id") == us for one in mentioned)


def adds_us(activity: Activity) -> bool:
    return _names_us(activity, "membersAdded")


def removes_us(activity: Activity) -> bool:
    return _names_us(activity, "membersRemoved")


def _names_us(activity: Activity, which: str) -> bool:
    us = text(part(activity, "recipient"), "id")
    return bool(us) and any(text(one, "id") == us for one in sequence(activity, which))


def chosen_channel(activity: Activity) -> str:
    """The channel of a team where the bot was added, where that is told."""
    data = part(activity, "channelData")
    return text(part(part(data, "settings"), "selectedChannel"), "id") or text(part(activity, "conversation"), "id").partition(";")[0]


def channel_id(activity: Activity) -> str:
    """The channel that something is told about; empty where it is about the team."""
    return text(part(part(activity, "channelData"), "channel"), "id")


def is_of_another(activity: Activity) -> bool:
    """Whether whoever did it belongs to another tenant than the conversation (in a channel that two share)."""
    here, theirs = text(part(activity, "conversation"), "tenantId"), text(part(activity, "from"), "tenantId")
    told = [one.casefold() for one in (here, theirs, tenant_of(activity)) if one]
    return len(set(told)) > 1


def place_name(activity: Activity) -> str:
    """What people call the channel or the chat, where that is told."""
    data = part(activity, "channelData")
    return text(part(data, "channel"), "name") or text(part(activity, "conversation"), "name")


def team_name(activity: Activity) -> str:
    return text(part(part(activity, "channelData"), "team"), "name")


def part(of: Any, name: str) -> Mapping[str, Any]:
    value = of.get(name) if isinstance(of, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def sequence(of: Any, name: str) -> list[Any]:
    value = of.get(name) if isinstance(of, Mapping) else None
    return value if isinstance(value, list) else []


def text(of: Any, name: str, most: int = 500) -> str:
    value = of.get(name) if isinstance(of, Mapping) else None
    return value[:most] if isinstance(value, str) else ""
