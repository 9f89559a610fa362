"""A form with a file in it, read as it comes: the form's token first, and nothing of the file before it is right."""

from __future__ import annotations

import hmac
from typing import Any

from aiohttp import BodyPartReader, web

from bot.channels.web.visit import Visit

LONGEST_FIELD = 4 * 1024
"""Bytes of a field that is no file."""
MOST_FIELDS = 10
PATIENCE = 4
"""How many times as much as may be sent is still taken in and thrown away, so that the answer reaches whoever sent it."""


async def read_upload(visit: Visit, most: int) -> tuple[dict[str, str], bytes]:
    """The fields and the file. Of a file that is larger than `most` bytes one byte more than that is given back.

    Raises HTTPForbidden where the token of our own form does not stand first, HTTPBadRequest where it is no such form.
    """
    fields: dict[str, str] = {}
    file = b""
    try:
        reader = await visit.request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or len(fields) > MOST_FIELDS:
                raise web.HTTPBadRequest
            if part.filename is not None and _is_ours(visit, fields):
                file = await _read(part, most)
            else:
                fields[part.name or ""] = (await _read(part, LONGEST_FIELD)).decode("utf-8", "replace")
                if not _is_ours(visit, fields):
                    raise web.HTTPForbidden
    except ValueError as error:
        raise web.HTTPBadRequest from error
    if not _is_ours(visit, fields):
        raise web.HTTPForbidden
    return fields, file


def _is_ours(visit: Visit, fields: dict[str, str]) -> bool:
    given = fields.get("csrf", "")
    return bool(visit.csrf) and hmac.compare_digest(given.encode(), visit.csrf.encode())


async def _read(part: Any, most: int) -> bytes:
    taken, size = bytearray(), 0
    while chunk := await part.read_chunk(64 * 1024):
        size += len(chunk)
        if size > most * PATIENCE:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=size)
        taken += chunk[: max(0, most + 1 - len(taken))]
    return bytes(taken)
