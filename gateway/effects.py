"""What a fault makes of an answer: another one in its place, other records in it, or half a body."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from itertools import groupby
from time import time
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.faults import FAULTS
from gateway.shelf import encode
from gateway.sources import cursor_gone, office_error
from gateway.tokens import Tokens, invalid_token
from gateway.wire import Answer, Call, Keys, failure

_TIME = re.compile(r"^(\d{4}-?)\d\d(?=\d{8}$|-\d\dT)")
OVERSIZE_BYTES = 200_000_000
_CHUNK = b"0" * 1_000_000


def refusal(name: str, call: Call, tokens: Tokens) -> Answer | None:
    """The answer of fault ``name``, or None when the fault spoils the right answer instead."""
    if name and FAULTS[name].revokes:
        tokens.revoke(call)
    match name:
        case "token_revoked":
            return invalid_token()
        case "busy_429":
            as_date = len(call.signature) % 2 == 0
            wait = formatdate(time() + 1, usegmt=True) if as_date else "1"
            return Answer(429, b'{"loi":"busy"}', headers={"Retry-After": wait}, keep=False)
        case "ioffice_code_500" | "ioffice_code_429" | "ioffice_code_401":
            return office_error(call, int(name[-3:]))
        case "cursor_gone":
            return cursor_gone()
        case "government_lost":
            return None
    return stated_answer(name)


def stated_answer(name: str) -> Answer | None:
    """The answer that ``faults.toml`` gives for the fault ``name``, if it gives one."""
    stated = FAULTS[name].answer if name else None
    if stated is None:
        return None
    return Answer(stated.status, stated.body.encode(), stated.content_type, stated.headers, keep=False)


def forbidden() -> Answer:
    """The client may not read this feed, or the province has none such."""
    return failure(403, "không có quyền đọc nguồn này")


def change_records(answer: Answer, name: str) -> Answer:
    """A harmless fault of the records; an answer without records, and another fault, leave it as it is."""
    if not answer.records or name not in ("extra_field", "missing_field", "null_field", "reordered_ties"):
        return answer
    value = msgspec.json.decode(answer.body)
    records = answer.records.of(value)
    match name:
        case "extra_field":
            for record in records:
                record["ghi_chu_he_thong"] = "đồng bộ"
        case "missing_field":
            for record, field in _empty_fields(records):
                del record[field]
        case "null_field":
            for record, field in _empty_fields(records):
                record[field] = None
        case "reordered_ties":
            runs = [list(run) for _, run in groupby(records, key=lambda record: record["NgayCapNhat"])]
            records[:] = [record for run in runs for record in reversed(run)]
    return replace(answer, body=encode(value), zipped=b"")


def break_batch(answer: Answer, active: Callable[[str, bytes], bool]) -> Answer:
    """Applies the active *batch* faults to an answer with records."""
    if not answer.records:
        return answer
    _, total, renamed, window = answer.records
    value = msgspec.json.decode(answer.body)
    records = answer.records.of(value)
    if active("empty", window):
        records.clear()
        _declare(value, total, lambda _: 0)
        if "has_more" in value:
            value["has_more"] = False
        if "paging" in value:
            value["paging"]["next"] = None
    if total and active("over_declared", window):
        _declare(value, total, lambda total: total + 1)
    if total and active("under_declared", window):
        _declare(value, total, lambda total: max(0, total - 1))
    if active("bad_rows", window):
        for number, record in enumerate(records[::25]):
            _spoil(record, number, renamed)
    if renamed and active("drift", window):
        for record in records:
            record[f"{renamed}_moi"] = record.pop(renamed)
    return replace(answer, body=encode(value), zipped=b"")


def _spoil(record: dict[str, Any], number: int, other: str) -> None:
    """Makes one number negative or one time impossible; a record without any gets a code that nobody knows."""
    numbers = [name for name, told in record.items() if type(told) is int]
    times = [name for name, told in record.items() if isinstance(told, str) and _TIME.match(told)]
    if not numbers and not times:
        record[other] = "KHONG_RO"
        return
    name = (numbers + times)[number % len(numbers + times)]
    record[name] = -1 - record[name] if name in numbers else _TIME.sub(r"\g<1>13", record[name])


def _at(value: Any, path: Keys) -> Any:
    for name in path:
        value = value[name]
    return value


def _declare(value: Any, path: Keys | None, change: Callable[[int], int]) -> None:
    """Changes the declared total, keeping its type: dvc writes it as text."""
    if path:
        holder = _at(value, path[:-1])
        before = holder[path[-1]]
        holder[path[-1]] = type(before)(change(int(before)))


def _empty_fields(records: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """The first empty field of every third record that has one."""
    for record in records[::3]:
        if empty := [name for name, value in record.items() if value == ""]:
            yield record, empty[0]


def zeros(zipped: bool) -> Iterator[bytes]:
    """An oversize body, in pieces."""
    chunks = (_CHUNK for _ in range(OVERSIZE_BYTES // len(_CHUNK)))
    if not zipped:
        yield from chunks
        return
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    yield from filter(None, map(packer.compress, chunks))
    yield packer.flush()


class _CutError(Exception):
    """Makes the server close the connection."""


class HalfResponse(Response):
    """Half of a body; then silence until the client goes away (``stalls``), and the connection closes."""

    def __init__(self, content: bytes, status_code: int, headers: dict[str, str], stalls: bool) -> None:
        super().__init__(content, status_code, headers)
        self._stalls = stalls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        while self._stalls and (await receive())["type"] != "http.disconnect":
            pass
        raise _CutError
