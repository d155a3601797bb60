"""Cursors: where the next page begins, opaque to clients, and good for the question that they came from only."""

import base64
import binascii
import hashlib
from typing import Any

import msgspec
from fastapi import Request

from hub.errors import RequestError
from hub.translation import msg
from screens.request_errors import invalid_parameter


def _question(request: Request) -> str:
    parameters = sorted(
        item for item in request.query_params.multi_items() if item[0] not in ("cursor", "limit", "lang")
    )
    return hashlib.sha256(repr((request.url.path, parameters)).encode()).hexdigest()[:12]


def after(request: Request, cursor: str | None, kinds: tuple[type, ...]) -> list[Any] | None:
    """Where to go on: as many values as `kinds`, of these types.

    Raises RequestError 422 for a cursor of another question.
    """
    if cursor is None:
        return None
    try:
        question, *place = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError, TypeError):
        raise _foreign() from None
    fits = len(place) == len(kinds) and all(type(own) is kind for own, kind in zip(place, kinds, strict=True))
    if question != _question(request) or not fits or any(type(own) is int and abs(own) >= 2**62 for own in place):
        raise _foreign()
    return list(place)


def following(request: Request, *place: int | str) -> str:
    """The cursor of what comes after `place`."""
    return base64.urlsafe_b64encode(msgspec.json.encode([_question(request), *place])).decode()


def _foreign() -> RequestError:
    return invalid_parameter(
        "cursor",
        msg("is no cursor of this question; leave it out to begin anew"),
    )
