"""Errors that only a body tells under HTTP 200, and bodies that cannot be read: both are sorted by recovery."""

from collections.abc import Callable

import msgspec

from connectors.client import Answer
from connectors.json_places import nested, reach, read_json
from connectors.specification import Feed
from hub.errors import Abort, ExpiredToken, Retry
from hub.translation import msg

_ANY_JSON = msgspec.json.Decoder(msgspec.Raw)


def checked(feed: Feed) -> Callable[[Answer], None]:
    """A check of a feed's answers. Raises ExpiredToken, Retry or Abort as the specification sorts the body's code."""
    errors = feed.errors
    if errors is None:
        return check_json
    decoder = msgspec.json.Decoder(nested([errors.path], {}))

    def check(answer: Answer) -> None:
        where = f"[{answer.correlation_id}]"
        try:
            code = reach(read_json(decoder.decode, answer.body), errors.path)
        except (Retry, msgspec.ValidationError):
            raise _no_json(answer) from None
        if code in errors.ok:
            return
        if code in errors.token:
            raise ExpiredToken(
                msg("{request}: the session was not valid; asked for a new token", request=answer.request),
            )
        if code in errors.retry:
            raise Retry(
                msg(
                    "{request}: {path} {code} {where}", request=answer.request, path=errors.path, code=code, where=where
                ),
            )
        raise Abort(
            msg(
                "{request}: the gateway refuses the call ({path} {code}) {where}",
                request=answer.request,
                path=errors.path,
                code=code,
                where=where,
            ),
        )

    return check


def check_json(answer: Answer) -> None:
    """Raises Retry when the body is no JSON."""
    try:
        read_json(_ANY_JSON.decode, answer.body)
    except Retry:
        raise _no_json(answer) from None


def _no_json(answer: Answer) -> Retry:
    return Retry(
        msg(
            "{request}: the answer is no JSON [{correlation_id}]",
            request=answer.request,
            correlation_id=answer.correlation_id,
        ),
    )
