"""Who somebody is in Slack: asked for when they are new, followed when they are renamed, move or leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from bot.channels.slack.asking import Asking
from bot.channels.slack.payloads import Who, text
from bot.channels.slack.workspaces import NAME, Workspace
from bot.errors import ChannelError
from bot.events import Sender
from bot.services import people, whereabouts
from bot.services.person_row import PersonRow
from bot.services.whereabouts import CONVERSATION
from bot.store.engine import Store

NORDIC = ("da", "nb", "nn", "no", "sv", "fo", "is", "kl")


@dataclass(frozen=True)
class Profile:
    """`is_there`: a human being who has not been deactivated. `language` and `timezone` empty where they do not say.

    `email`: only where Slack has seen the person confirm it and they are of this workspace; else empty. Only an app with
    `users:read.email` is told it.
    """

    name: str = ""
    language: str = ""
    timezone: str = ""
    is_there: bool = True
    email: str = ""


def read_profile(user: Mapping[str, Any]) -> Profile:
    """https://docs.slack.dev/reference/objects/user-object"""
    name = text(user, "profile", "real_name") or text(user, "real_name") or text(user, "name")
    is_there = not any(user.get(what) for what in ("deleted", "is_bot", "is_workflow_bot"))
    return Profile(name, language_of(text(user, "locale")), _zone(text(user, "tz")), is_there, _confirmed(user))


def _confirmed(user: Mapping[str, Any]) -> str:
    """An address nobody has confirmed, and that of somebody from another workspace (Slack Connect), proves nothing here."""
    is_ours = user.get("is_email_confirmed") is True and not user.get("is_stranger")
    return text(user, "profile", "email") if is_ours else ""


def language_of(locale: str) -> str:
    """The language we speak with somebody whose Slack speaks `locale` ("da-DK"); empty where it does not say."""
    code = locale.replace("_", "-").partition("-")[0].lower()
    if not code:
        return ""
    return "da" if code in NORDIC else "en"


def _zone(name: str) -> str:
    try:
        return str(ZoneInfo(name)) if name else ""
    except (ValueError, OSError, LookupError):
        return ""


class PeopleThere:
    """Finds the `Sender` of what comes in. `language`, `timezone`: where Slack does not say."""

    def __init__(self, store: Store, asking: Asking, *, language: str = "da", timezone: str = "Europe/Copenhagen"):
        self._store, self._asking = store, asking
        self.language, self._timezone = language, timezone

    async def known(self, place: Workspace, who: Who) -> PersonRow | None:
        return await self._store.read(lambda db: people.find(db, place.organisation, NAME, who.user))

    async def sender(self, place: Workspace, who: Who) -> Sender | None:
        """None: not a human being, or somebody who is not there any more. Slack is asked only about people who are new."""
        person = await self.known(place, who)
        if person is not None and person.name:
            return self._sender(place, who, person.language or self.language)
        profile = await self._profile(place, who)
        if not profile.is_there:
            return None
        if person is not None:
            return self._sender(place, who, person.language or self.language)
        known = replace(profile, timezone=profile.timezone or self._timezone)
        return self._sender(place, who, profile.language or self.language, known)

    def _sender(self, place: Workspace, who: Who, language: str, profile: Profile = Profile()) -> Sender:
        return Sender(
            channel=NAME,
            organisation=place.organisation,
            external=who.user,
            name=profile.name,
            language=language,
            timezone=profile.timezone,
            address={"team": who.team, "user": who.user, "language": language},
            emails=(profile.email,) if profile.email else (),
        )

    async def _profile(self, place: Workspace, who: Who) -> Profile:
        """What Slack says of somebody; where it cannot say now, they are met all the same."""
        try:
            answer = await self._asking.ask(place.token, "users.info", user=who.user, include_locale=1)
        except ChannelError:
            return Profile()
        user = answer.get("user") or {}
        profile = read_profile(user)
        return profile if text(user, "team_id") in ("", place.team) else replace(profile, email="")


def follow(db: Connection, organisation: str, user: str, profile: Profile, now: datetime) -> None:
    """Somebody was renamed, moved to another time zone, or uses Slack in another language. Who is not known stays so.

    The language is followed until the person has begun: then it is theirs. A rhythm keeps its time of day.
    """
    person = people.find(db, organisation, NAME, user)
    if person is None:
        return
    values: dict[str, Any] = {}
    there: dict[str, Any] = {}
    if profile.name and profile.name[:200] != person.name:
        values["name"] = profile.name[:200]
    if profile.timezone and profile.timezone != (said := _zone_before(db, person)):
        there["timezone"] = profile.timezone
        values |= {"timezone": profile.timezone} if said or profile.timezone != person.timezone else {}
    if profile.language and _follows_language(db, person) and profile.language != person.language:
        values["language"] = there["language"] = profile.language
    if there:
        mine = (CONVERSATION.c.person == person.id, CONVERSATION.c.channel == NAME)
        db.execute(update(CONVERSATION).where(*mine).values(**there))
    if values:
        people.set_person(db, person, values, now)


def _zone_before(db: Connection, person: PersonRow) -> str:
    """What Slack last said, so that what it only says again – with every change of a profile – overrides no other channel."""
    mine = (CONVERSATION.c.person == person.id, CONVERSATION.c.channel == NAME)
    return db.scalar(select(CONVERSATION.c.timezone).where(*mine)) or ""


def _follows_language(db: Connection, person: PersonRow) -> bool:
    """Nothing was chosen yet: they are new, and speak what their profile said."""
    theirs = [one.language for one in whereabouts.conversations(db, person) if one.channel == NAME]
    return person.state == "new" and person.language in ("", *theirs)
