"""Errors that only a body tells under HTTP 200, and bodies that cannot be read: both are sorted by recovery."""

from collections.abc import Callable
from typing import Any

import msgspec

from connectors.client import Answer
from connectors.json_places import nested, reach, read_json
from connectors.personal import masked
from connectors.specification import Feed
from connectors.values import as_text
from connectors.xml_places import XmlPlaces
from hub.errors import Abort, ExpiredToken, HubError, Reject, Retry
from hub.translation import msg

_ANY_JSON = msgspec.json.Decoder(msgspec.Raw)


def checked(feed: Feed) -> Callable[[Answer], None]:
    """A check of the answers to a feed's own request. Raises ExpiredToken, Retry or Abort as the specification sorts
    the body's code, Reject where it cannot be read for good; a file has none."""
    errors = feed.errors
    if feed.is_file and feed.paging.style != "files":
        return _check_nothing
    is_xml = feed.format == "xml"
    if errors is None:
        return _check_xml if is_xml else check_json
    find = _in_xml(errors.path) if is_xml else _in_json(errors.path)
    ok, token, retry = ({as_text(code) for code in codes} for codes in (errors.ok, errors.token, errors.retry))

    def check(answer: Answer) -> None:
        where = f"[{answer.correlation_id}]"
        try:
            code = find(answer.body)
        except (Retry, Reject, msgspec.ValidationError) as error:
            raise _no_page(answer, error) from None
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
        raise _no_page(answer, error) from None


def _check_xml(answer: Answer) -> None:
    try:
        XmlPlaces(()).read(answer.body)
    except (Retry, Reject) as error:
        raise _no_page(answer, error) from None


def _check_nothing(_answer: Answer) -> None:
    """A file is looked at when it is read."""


def _in_json(place: str) -> Callable[[bytes], Any]:
    decoder = msgspec.json.Decoder(nested([place], {}))
    return lambda body: reach(read_json(decoder.decode, body), place)


def _in_xml(place: str) -> Callable[[bytes], Any]:
    places = XmlPlaces([place])
    return lambda body: places.read(body).stated.get(place)


def _no_page(answer: Answer, error: Exception) -> HubError:
    """What is wrong with a body; one that is JSON of another form has not the place of the code."""
    if isinstance(error, Retry | Reject):
        problem = error.message
    else:
        problem = msg("The answer has not the form that the specification describes: {error}", error=error)
    kind = Reject if isinstance(error, Reject) else Retry
    return kind(
        msg(
            "{request}: {problem} [{correlation_id}]",
            request=answer.request,
            problem=problem,
            correlation_id=answer.correlation_id,
        ),
    )
