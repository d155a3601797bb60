"""Why a request has another answer than the asked one, with the HTTP status that tells machines.

A thing that the caller may not see is not found: nobody learns from an answer whether it exists.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from itertools import islice

from starlette.datastructures import QueryParams

from hub.errors import RequestError
from hub.periods import year_fault
from hub.translation import Wording, join, msg


def unauthenticated() -> RequestError:
    """No known caller. Never says which part of the credentials is wrong."""
    error = RequestError(
        msg("Sign in, or send an API key: Authorization: Bearer <key>. An expired or revoked key is not valid"),
        401,
        "unauthenticated",
    )
    error.headers["WWW-Authenticate"] = 'Bearer realm="ioc"'
    return error


def forbidden(scope: str) -> RequestError:
    """The caller is known, but has no such right at all."""
    return RequestError(
        msg("this account or key does not have the scope {scope}; ask an administrator", scope=scope),
        403,
        "forbidden",
        scope=scope,
    )


def not_found(what: Wording, given: object, known: Sequence[str] = ()) -> RequestError:
    """There is no such thing for this caller; the nearest names among those that there are."""
    given = str(given)[:_LONGEST_TOLD]
    near = ", ".join(get_close_matches(given, known, n=3))
    message = msg("there is no {what} {given!r} within your rights", what=what, given=given)
    if near:
        message = msg(
            "there is no {what} {given!r} within your rights; similar: {near}", what=what, given=given, near=near
        )
    return RequestError(message, 404, "not-found")


_LONGEST_TOLD, _MOST_TOLD = 60, 10
"""Characters of a name that somebody sent, and problems, that an answer repeats: it is not much larger than its
request."""
_CONTROL = re.compile("[\x00-\x1f\ud800-\udfff]")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""What not even a value of a breakdown holds, which may have several lines."""


def control_characters(query: QueryParams) -> dict[str, Wording]:
    """Names of the parameters with control characters, which the database does not take and no value of ours has."""
    return {
        name: msg("holds a control character")
        for name, value in query.multi_items()
        if _CONTROL.search(name) or (_CONTROL if name != "where" else _NO_TEXT).search(value)
    }


def read_day(parameter: str, text: str | None) -> date | None:
    """The day that a page's address names, None where it names none. Raises RequestError 422 for what is no day, and
    for one of a year that no hub can know."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise invalid_parameter(parameter, msg("{value!r} is no day; write 2023-06-30", value=text[:40])) from None
    if fault := year_fault(day.year):
        raise invalid_parameter(parameter, fault)
    return day


def invalid_parameter(parameter: str, problem: Wording) -> RequestError:
    """A parameter with a value that it cannot have."""
    return invalid_parameters({parameter: problem})


def invalid_parameters(problems: Mapping[str, Wording]) -> RequestError:
    """Several of them in one answer, by their names; the first ones of many."""
    told = {name[:_LONGEST_TOLD]: problem for name, problem in islice(problems.items(), _MOST_TOLD)}
    found = [msg("{parameter}: {problem}", parameter=name, problem=problem) for name, problem in told.items()]
    if len(problems) > _MOST_TOLD:
        found.append(msg("and {count} more", count=len(problems) - _MOST_TOLD))
    return RequestError(join(found), 422, "invalid-parameters", errors=told)


def too_many_requests(after: int = 5) -> RequestError:
    """The caller, or its address, has as many requests under way as one may have."""
    error = RequestError(
        msg("too many requests of this account or address are under way; try again in {after} s", after=after),
        429,
        "too-many-requests",
    )
    error.headers["Retry-After"] = str(after)
    return error


def unavailable(after: int = 5) -> RequestError:
    """The database does not answer now."""
    error = RequestError(
        msg("the database does not answer now; try again in {after} s", after=after),
        503,
        "unavailable",
    )
    error.headers["Retry-After"] = str(after)
    return error


def unfit() -> RequestError:
    """The database answers, and cannot do what is asked until a person has mended it."""
    return RequestError(
        msg("the database cannot do this now, and not by itself later; tell an administrator"), 503, "unavailable"
    )
