"""Errors that only a body tells under HTTP 200, and bodies that cannot be read: both are sorted by recovery."""

import re
from collections.abc import Callable, Collection
from itertools import chain
from typing import Any

import msgspec

from connectors.client import Answer
from connectors.json_places import nested, reach, read_json, read_value
from connectors.personal import masked
from connectors.specification import Feed
from connectors.values import as_text, flag, whole
from connectors.xml_places import XmlPlaces
from hub.errors import Abort, ExpiredToken, HubError, Reject, Retry
from hub.texts import without_marks
from hub.translation import msg

_ANY_JSON = msgspec.json.Decoder(msgspec.Raw)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ERROR = frozenset(
    {"error", "errors", "loi", "exception", "fault", "has_error", "is_error", "error_code", "err_code", "ma_loi"}
    | {"error_message", "error_msg", "error_description", "mo_ta_loi", "thong_bao_loi"}
)
"""Names that an answer gives to an error, where it has one, in any letter case and with or without lines between."""
_SUCCESS = frozenset({"success", "succeeded", "is_success", "successful", "thanh_cong", "ok"})
_STATUS = frozenset({"status", "status_code", "http_status", "code", "result", "result_code", "ket_qua", "trang_thai"})
"""Names of what is false, a status of HTTP, below 0 or a word for failure, of an answer that is an error."""
_NO_ERROR = frozenset({"0", "00", "000", "200", "false", "null", "none", "no", "n", "ok", "success", "thanh cong"})
_FAILED = frozenset(
    {"error", "err", "fail", "failed", "failure", "exception", "timeout", "nok", "loi", "that bai", "that_bai"}
    | {"khong thanh cong", "no", "n", "false"}
)
"""Words, without marks, for a thing that did not succeed."""


def checked(feed: Feed) -> Callable[[Answer], None]:
    """A check of the answers to a feed's own request. Raises ExpiredToken, Retry or Abort as the specification sorts
    the body's code, Reject where it cannot be read for good; a file has none."""
    errors = feed.errors
    if feed.is_file and feed.paging.style != "files":
        return _check_nothing
    is_xml = feed.format == "xml"
    if errors is None:
        stated = [column.page or "" for column in feed.columns.values()]
        places = (feed.paging.records, *feed.paging.stated(), *feed.repeats, *stated)
        own = {re.split("[./]", place)[0] for place in places}
        return _without_error_in_xml(own) if is_xml else _without_error(own)
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


def _without_error(own: Collection[str]) -> Callable[[Answer], None]:
    """A check of answers whose specification names no place of errors: an answer that calls itself one is none, even
    with a list, which may be empty or not whole. `own` are names that mean something else."""

    def check(answer: Answer) -> None:
        try:
            members = read_json(_MEMBERS.decode, answer.body)
        except Retry as error:
            raise _no_page(answer, error) from None
        except msgspec.ValidationError:  # a list, or nothing that could name an error
            check_json(answer)
            return
        for name, raw in members.items():
            if name not in own and (known := _plain(name)) in _TELLING and _is_error(known, read_value(raw)):
                raise _error(answer, name)

    return check


def _without_error_in_xml(own: Collection[str]) -> Callable[[Answer], None]:
    """The same of XML: attributes of the root, and elements in it."""
    names = [name for name in sorted(set(chain.from_iterable(map(_written, _ERROR | _SUCCESS)))) if name not in own]
    places = XmlPlaces([*names, *(f"@{name}" for name in names if f"@{name}" not in own)])

    def check(answer: Answer) -> None:
        try:
            told = places.read(answer.body).stated
        except (Retry, Reject) as error:
            raise _no_page(answer, error) from None
        for name, value in told.items():
            if _is_error(_plain(name.removeprefix("@")), value):
                raise _error(answer, name)

    return check


def _error(answer: Answer, name: str) -> Retry:
    return Retry(
        msg(
            "{request}: the answer itself says that it is an error, under HTTP 200 ({name}); if it means something"
            " else, name it in errors of the feed [{correlation_id}]",
            request=answer.request,
            name=name[:40],
            correlation_id=answer.correlation_id,
        )
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _written(name: str) -> set[str]:
    """A name as programs write it: ma_loi, maloi, maLoi, MaLoi."""
    large = "".join(map(str.capitalize, name.split("_")))
    return {name, _plain(name), large, large[0].lower() + large[1:]}


_ERRORS, _SUCCESSES, _STATUSES = (frozenset(map(_plain, names)) for names in (_ERROR, _SUCCESS, _STATUS))
_TELLING = _ERRORS | _SUCCESSES | _STATUSES


def _is_error(name: str, value: Any) -> bool:
    """Whether a value under a `plain` name says that there was an error; of an object its members say it."""
    if isinstance(value, dict) and name not in _ERRORS:
        return any(_is_error(_plain(own), said) for own, said in value.items() if _plain(own) in _TELLING)
    said = without_marks(as_text(value).lower())
    if name in _ERRORS:
        return bool(value) and said not in _NO_ERROR
    if name in _SUCCESSES:
        return flag(value) is False or said in _FAILED
    status = whole(value) or 0
    return name in _STATUSES and (said in _FAILED or status < 0 or 400 <= status < 600)


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
