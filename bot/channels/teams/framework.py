"""Everything of botbuilder that is used, and the only module that imports it. Its support ended on 2025-12-31; what it would take to
replace it stands in `bot/README.md`.

It recognises who is asking (tokens of the Bot Connector), reads activities into its schema and hands each to the one method that
is for it. Everything we say leaves by delivery, so its own clients, which block and do not try again, are never used.

Defects of 4.17.1 cured here; a test shows each (`tests/channels/teams/test_framework.py`):
- `CloudAdapter` answers every Universal Action with 500, since it serialises the answer twice: our adapter gives it back as it is.
- What is wrong with an `adaptiveCard/action` is 500 or 501, not 400: our handler reads the invoke itself.
- A bad token is 500 unless the library says `PermissionError`: whatever it raises is a 401.
- Keys are fetched by a client that blocks, and a new one stays unknown for a day: `keys.Keys` takes the place of its cache.
- A token without an end, or signed by a key that is not endorsed for Teams at all, is taken: refused.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botbuilder.core import ActivityHandler, BotAdapter, InvokeResponse, TurnContext
from botbuilder.schema import Activity, ResourceResponse
from botframework.connector.auth import (
    AuthenticationConfiguration,
    CertificateAppCredentials,
    ChannelValidation,
    JwtTokenExtractor,
    MicrosoftAppCredentials,
    SimpleCredentialProvider,
)
from botframework.connector.auth.managedidentity_app_credentials import ManagedIdentityAppCredentials
from msrest.exceptions import DeserializationError

from bot.channels.teams.keys import Key, Keys, KeysAway
from bot.errors import TryAgain

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
TEAMS = "msteams"
EMULATORS = (TEAMS, "emulator")
TOKEN_SECONDS = 15.0
"""Well under what delivery gives a platform (`bot.timing.SEND_SECONDS`)."""
BODY, ANSWER = "pejling body", "pejling answer"


class Refused(Exception):
    """Who asks is not who they say. `status`: 401 not recognised, 403 recognised but not welcome."""

    def __init__(self, status: int):
        self.status = status
        super().__init__(str(status))


class Malformed(Exception):
    """Not an activity."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any] | None = None


class Receiver(Protocol):
    """What is done about an activity; each gets it as it came."""

    async def wrote(self, activity: Mapping[str, Any]) -> None: ...
    async def members_changed(self, activity: Mapping[str, Any]) -> None: ...
    async def installed(self, activity: Mapping[str, Any]) -> None: ...
    async def invoked(self, activity: Mapping[str, Any]) -> Reply: ...


class Framework:
    """`app_id` empty: nobody is recognised, everybody taken as they say (the emulator, on this machine alone)."""

    def __init__(self, receiver: Receiver, app_id: str, metadata: str = METADATA):
        self._app_id, self._handler, self._adapter = app_id, _Handler(receiver), _Adapter()
        self._credentials = SimpleCredentialProvider(app_id, "")
        self._configuration = AuthenticationConfiguration()
        self._metadata = metadata
        JwtTokenExtractor.metadataCache[metadata] = _EndorsedKeys(metadata)

    async def receive(self, body: Mapping[str, Any], authorization: str) -> Reply:
        """Recognise the sender and do what the activity asks for.

        Raises Refused, Malformed, and KeysAway where nobody can be recognised just now.
        """
        activity = _read(body)
        await self.recognise(activity, authorization)
        context = TurnContext(self._adapter, activity)
        context.turn_state[BODY] = body
        await self._adapter.run_pipeline(context, self._handler.on_turn)
        return context.turn_state.get(ANSWER) or Reply(200)

    async def recognise(self, activity: Activity, authorization: str) -> None:
        if not self._app_id:
            if activity.channel_id not in EMULATORS:
                raise Refused(403)
            return
        if not authorization or not activity.service_url:
            raise Refused(401)
        ChannelValidation.open_id_metadata_endpoint = self._metadata  # the library keeps it for the whole process
        try:
            identity = await ChannelValidation.authenticate_channel_token_with_service_url(
                authorization, self._credentials, activity.service_url, activity.channel_id, self._configuration
            )
        except KeysAway:
            raise
        except Exception as error:  # the library raises anything at all for a token that is not good
            raise Refused(401) from error
        if not identity.get_claim_value("exp"):
            raise Refused(401)
        if activity.channel_id != TEAMS:
            raise Refused(403)  # in other channels people may call themselves what they like


class _EndorsedKeys(Keys):
    """Only keys that are endorsed for Teams: the library takes a key without endorsements for any channel."""

    async def get(self, id: str | None) -> Key | None:
        key = await super().get(id)
        return key if key and key.endorsements else None


class _Adapter(BotAdapter):
    """Carries the answer to an invoke back; nothing is sent from here."""

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        for activity in activities:
            answer: InvokeResponse = activity.value
            context.turn_state[ANSWER] = Reply(int(answer.status), answer.body)
        return [ResourceResponse() for _ in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        """Messages are edited by delivery."""

    async def delete_activity(self, context: TurnContext, reference: Any) -> None:
        """Nothing is taken back."""


class _Handler(ActivityHandler):
    """Reactions, deleted and edited messages, and whatever Teams may think of next are heard and left alone."""

    def __init__(self, receiver: Receiver):
        self._receiver = receiver

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await self._receiver.wrote(turn_context.turn_state[BODY])

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        await self._receiver.members_changed(turn_context.turn_state[BODY])

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        await self._receiver.installed(turn_context.turn_state[BODY])

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        reply = await self._receiver.invoked(turn_context.turn_state[BODY])
        return InvokeResponse(status=reply.status, body=reply.body)


def _read(body: Mapping[str, Any]) -> Activity:
    try:
        activity = Activity.deserialize(dict(body))
    except (DeserializationError, AttributeError, TypeError, ValueError) as error:
        raise Malformed from error
    if not isinstance(activity, Activity) or not isinstance(activity.type, str):
        raise Malformed
    return activity


# ---- the token we speak with -----------------------------------------------------------------------------


def password_credentials(app_id: str, password: str, tenant: str) -> Any:
    """`tenant`: where the app lives; empty for a bot of many tenants."""
    return MicrosoftAppCredentials(app_id, password, channel_auth_tenant=tenant or None)


def certificate_credentials(app_id: str, thumbprint: str, private_key: str, tenant: str) -> Any:
    return CertificateAppCredentials(app_id, thumbprint, private_key, channel_auth_tenant=tenant or None)


def managed_identity(app_id: str) -> Any:
    return ManagedIdentityAppCredentials(app_id)


def token_from(credentials: Any) -> Any:
    """How the connector gets its token: the library blocks while it asks for one, so it asks in a thread of its own."""

    async def token() -> str:
        try:
            async with asyncio.timeout(TOKEN_SECONDS):  # the library itself would wait for ever
                return await asyncio.to_thread(credentials.get_access_token)
        except (OSError, ValueError, KeyError) as error:
            raise TryAgain("no token could be had") from error

    return token


def why_not(error: TryAgain) -> str:
    """Why no token was given: Microsoft's own number (https://learn.microsoft.com/entra/identity-platform/reference-error-codes), or
    the kind of what went wrong."""
    number = re.search(r"AADSTS\d+", str(error.__cause__))
    return number[0] if number else type(error.__cause__).__name__


async def no_token() -> str:
    """For the emulator."""
    return ""
