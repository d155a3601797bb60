"""Errors that only a body tells under HTTP 200, and bodies that cannot be read: both are sorted by recovery."""

from collections.abc import Callable

import msgspec

from connectors.client import Answer
from connectors.json_places import nested, reach, read_json
from connectors.personal import masked
from connectors.specification import Feed
from connectors.values import as_text
from hub.errors import Abort, ExpiredToken, Retry
from hub.translation import msg

_ANY_JSON = msgspec.json.Decoder(msgspec.Raw)


def checked(feed: Feed) -> Callable[[Answer], None]:
    """A check of a feed's answers. Raises ExpiredToken, Retry or Abort as the specification sorts the body's code."""
    errors = feed.errors
    if errors is None:
        return check_json
    decoder = msgspec.json.Decoder(nested([errors.path], {}))
    ok, token, retry = ({as_text(code) for code in codes} for codes in (errors.ok, errors.token, errors.retry))

    def check(answer: Answer) -> None:
        where = f"[{answer.correlation_id}]"
        try:
            code = reach(read_json(decoder.decode, answer.body), errors.path)
        except (Retry, msgspec.ValidationError) as error:
            raise _no_json(answer, error) from None
        told = as_text(code) if code is not msgspec.UNSET else ""
        if told in ok:
            return
        if told in token:
            raise ExpiredToken(
                msg("{request}: the session was not valid; asked for a new token", request=answer.request),
            )
        if told in retry:
            raise Retry(
                msg(
                    "{request}: {path} {code} {where}",
                    request=answer.request,
                    path=errors.path,
                    code=masked(told) or "—",
                    where=where,
                ),
            )
        raise Abort(
            msg(
                "{request}: the gateway refuses the call ({path} {code}) {where}",
                request=answer.request,
                path=errors.path,
                code=masked(told) or "—",
                where=where,
            ),
        )

    return check


def check_json(answer: Answer) -> None:
    """Raises Retry when the body is no JSON."""
    try:
        read_json(_ANY_JSON.decode, answer.body)
    except Retry as error:
        raise _no_json(answer, error) from None


def _no_json(answer: Answer, error: Exception) -> Retry:
    """What is wrong with a body; one that is JSON of another form has not the place of the code."""
    if isinstance(error, Retry):
        problem = error.message
    else:
        problem = msg("The answer has not the form that the specification describes: {error}", error=error)
    return Retry(
        msg(
            "{request}: {problem} [{correlation_id}]",
            request=answer.request,
            problem=problem,
            correlation_id=answer.correlation_id,
        ),
    )
