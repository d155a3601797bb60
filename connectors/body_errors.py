"""Errors that only a body tells under HTTP 200, and bodies that cannot be read: both are sorted by recovery."""

from collections.abc import Callable

import msgspec

from connectors.client import Answer
from connectors.json_places import nested, reach, read_json
from connectors.specification import Feed
from hub.errors import Abort, ExpiredToken, Retry

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
                f"{answer.request}: phiên không còn hiệu lực; đã xin token mới",
                f"{answer.request}: the session was not valid; asked for a new token",
            )
        if code in errors.retry:
            raise Retry(
                f"{answer.request}: gateway báo lỗi: {errors.path} {code} {where}",
                f"{answer.request}: {errors.path} {code} {where}",
            )
        raise Abort(
            f"{answer.request}: gateway từ chối lời gọi ({errors.path} {code}) {where}",
            f"{answer.request}: the gateway refuses the call ({errors.path} {code}) {where}",
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
        f"{answer.request}: câu trả lời không phải JSON [{answer.correlation_id}]",
        f"{answer.request}: the answer is no JSON [{answer.correlation_id}]",
    )
