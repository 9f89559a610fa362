"""The public keys with which Microsoft signs its tokens, fetched when they are needed and kept for a day.

botbuilder fetches them with a blocking client in the event loop, and never looks again when it meets a key it does not know;
so a rotated key would stay unknown for up to a day. Here a key that is not known is looked for again, at most every five minutes.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp
import jwt
from jwt.algorithms import RSAAlgorithm

from bot.errors import TryAgain

KEPT = 24 * 3600.0
LOOKED_AGAIN = 300.0
PATIENCE = aiohttp.ClientTimeout(total=10)


class KeysAway(TryAgain):
    """Microsoft's keys cannot be had just now, so nobody can be recognised."""


@dataclass(frozen=True)
class Key:
    """The names botbuilder reads it by."""

    public_key: Any
    endorsements: tuple[str, ...]


class Keys:
    """`metadata`: the address of the OpenID configuration that names them."""

    def __init__(self, metadata: str):
        self._metadata = metadata
        self._keys: dict[str, Key] = {}
        self._fetched = self._looked = float("-inf")
        self._fetching = asyncio.Lock()

    async def get(self, id: str | None) -> Key | None:
        """The key of that name. Raises KeysAway where none is known and none can be fetched."""
        async with self._fetching:
            now = monotonic()
            if now - self._fetched > KEPT or (id not in self._keys and now - self._looked > LOOKED_AGAIN):
                await self._look()
            return self._keys.get(id or "")

    async def _look(self) -> None:
        try:
            async with aiohttp.ClientSession(timeout=PATIENCE) as client:
                where = (await _json(client, self._metadata))["jwks_uri"]
                keys = (await _json(client, where))["keys"]
            self._keys = {one["kid"]: _key(one) for one in keys if one.get("kty") == "RSA" and one.get("kid")}
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError, jwt.InvalidKeyError) as error:
            if not self._keys:
                raise KeysAway("Microsoft's keys cannot be had") from error
        else:
            self._fetched = monotonic()
        self._looked = monotonic()


async def _json(client: aiohttp.ClientSession, url: str) -> Any:
    async with client.get(url) as answer:
        answer.raise_for_status()
        return json.loads(await answer.read())


def _key(jwk: dict[str, Any]) -> Key:
    return Key(RSAAlgorithm.from_jwk(json.dumps(jwk)), tuple(jwk.get("endorsements") or ()))
