"""How other hands tell the same content: what a dialect makes of a finished answer.

``repeats`` and ``clamped_pages`` are about which records a page has; ``wire.page_of`` does these.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize

import msgspec

from gateway.moments import VIETNAM
from gateway.shelf import encode
from gateway.wire import FILE_TYPE, Answer, Call

_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d)?")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_BLANKS = ((" ", ""), ("", "\u00a0"), ("\u200b", " "), ("\ufeff", "\n"), ("\t", "\u2060"), ("", "\r\n"))
Object = dict[str, Any]


class Dialect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A habit; ``dialects.toml`` has them all."""

    explanation: str
    fields: frozenset[str] = frozenset()


DIALECTS = msgspec.convert(
    tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")), dict[str, Dialect]
)


def parse_dialects(text: str) -> frozenset[str]:
    """``all`` or ``name,…``. Raises ValueError with one line."""
    names = {name.strip() for name in text.split(",")} - {""}
    for name in names - DIALECTS.keys() - {"all"}:
        raise ValueError(f"unknown dialect {name!r}: --list-dialects shows them")
    return frozenset(DIALECTS if "all" in names else names)


def tell(answer: Answer, call: Call, content_of: Callable[[str], bytes]) -> Answer:
    """The same answer in the call's dialects; ``content_of`` gives a listed file by its path."""
    if not call.dialects or answer.status != 200:
        return answer
    if answer.content_type == FILE_TYPE:
        body = _file(answer.body, call.dialects)
        kind = "application/octet-stream" if "plain_types" in call.dialects else answer.content_type
        return replace(answer, body=body, content_type=kind, zipped=b"")
    if not answer.content_type.startswith("application/json"):
        return answer
    value = msgspec.json.decode(answer.body)
    if "no_content" in call.dialects and answer.records and not answer.records.of(value):
        return replace(answer, status=204, body=b"", zipped=b"")
    for record in _objects(value):
        if str(record.get("duong_dan", "")).endswith(".csv"):
            content = _file(content_of(record["duong_dan"]), call.dialects)
            record |= {"kich_thuoc": len(content), "sha256": sha256(content).hexdigest()}
    for name in DIALECTS:
        if name in call.dialects and name in _HABITS:
            value = _HABITS[name](value, call)
    body = json.dumps(value, indent=2).encode() if "pretty" in call.dialects else encode(value)
    if "bom" in call.dialects:
        body = b"\xef\xbb\xbf" + body
    kind = "text/plain" if "plain_types" in call.dialects else answer.content_type
    return replace(answer, body=body, content_type=kind, zipped=b"")


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _lists(part)


def _objects(value: Any) -> Iterator[Object]:
    """Every record and envelope, in order."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(part)


def _of_values(change: Callable[[str, Any, int], Any]) -> Callable[[Any, Call], Any]:
    """A habit of single values: ``change`` gets a field's name, its value and the number of its record."""

    def tell_values(value: Any, _: Call) -> Any:
        for number, record in enumerate(_objects(value)):
            for name, told in record.items():
                if not isinstance(told, dict | list):
                    record[name] = change(name, told, number)
        return value

    return tell_values


def _reordered(value: Any, _: Call) -> Any:
    for records in _lists(value):
        records.reverse()
    for record in list(_objects(value)):
        fields = list(record.items())
        record.clear()
        record.update(reversed(fields))
    return value


def _extra_fields(value: Any, _: Call) -> Any:
    for record in list(_objects(value)):
        record["ghi_chu_he_thong"] = {"nguon": "đồng bộ", "lan": [1, None]}
    return value


def _left_out(value: Any, _: Call) -> Any:
    for records in _lists(value):
        for record in filter(lambda record: isinstance(record, dict), records[::2]):
            for name in [name for name, told in record.items() if told == "" or told is None]:
                del record[name]
    return value


def _null_lists(value: Any, _: Call) -> Any:
    for record in _objects(value):
        record |= {name: None for name, told in record.items() if told == []}
    return None if value == [] else value


def _absolute_links(value: Any, call: Call) -> Any:
    for record in _objects(value):
        for name in ("next", "duong_dan"):
            if record.get(name):
                record[name] = f"{str(call.base_url).rstrip('/')}{record[name]}"
    return value


def _offset_time(told: Any, number: int) -> Any:
    if not isinstance(told, str) or not _ISO_TIME.fullmatch(told):
        return told
    try:
        when = datetime.fromisoformat(told)
    except ValueError:  # a day that does not exist stays as it is
        return told
    when = when.replace(tzinfo=when.tzinfo or VIETNAM)
    if number % 3 == 0:
        return when.astimezone(VIETNAM).isoformat()
    return when.astimezone(UTC).isoformat(timespec="seconds" if number % 3 == 1 else "milliseconds")[:-6] + "Z"


def _number_status(name: str, told: Any, _: int) -> Any:
    if name not in DIALECTS["number_status"].fields:
        return told
    if isinstance(told, int):
        return str(told)
    return int(told) if isinstance(told, str) and re.fullmatch(r"-?[1-9]\d*|0", told) else told


def _odd_blanks(name: str, told: Any, number: int) -> Any:
    if not isinstance(told, str) or name in DIALECTS["odd_blanks"].fields:
        return told
    before, after = _BLANKS[number % len(_BLANKS)]
    return f"{before}{told}{after}"


def _undotted(told: str) -> str:
    return told.replace(".", "") if _DOTTED.fullmatch(told) else told


_HABITS: dict[str, Callable[[Any, Call], Any]] = {
    "reordered": _reordered,
    "extra_fields": _extra_fields,
    "left_out": _left_out,
    "null_fields": _of_values(lambda _, told, __: None if told == "" else told),
    "empty_link": _of_values(lambda name, told, _: "" if name == "next" and told is None else told),
    "absolute_links": _absolute_links,
    "offset_times": _of_values(lambda _, told, number: _offset_time(told, number)),
    "whole_floats": _of_values(lambda _, told, number: float(told) if type(told) is int and number % 2 == 0 else told),
    "text_numbers": _of_values(lambda _, told, __: str(told) if type(told) is int else told),
    "number_status": _of_values(_number_status),
    "undotted": _of_values(lambda _, told, __: _undotted(told) if isinstance(told, str) else told),
    "odd_blanks": _of_values(_odd_blanks),
    "nfd": _of_values(lambda _, told, __: normalize("NFD", told) if isinstance(told, str) else told),
    "null_lists": _null_lists,
}


@lru_cache(maxsize=256)
def _file(content: bytes, dialects: frozenset[str]) -> bytes:
    """A file of semicolon-separated values, in the dialects."""
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    if "reordered" in dialects:
        header, rows = header[::-1], [row[::-1] for row in reversed(rows)]
    if "extra_fields" in dialects:
        header, rows = [*header, "ghi_chu_he_thong"], [[*row, "đồng bộ"] for row in rows]
    if "undotted" in dialects:
        rows = [[_undotted(told) for told in row] for row in rows]
    if "odd_blanks" in dialects:
        rows = [[_odd_blanks("", told, number).rstrip("\r\n") for told in row] for number, row in enumerate(rows)]
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if "quoted" in dialects else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=";", quoting=quoting, lineterminator="\r\n").writerows([header, *rows])
    told = text.getvalue()
    if "title_line" in dialects:
        told = f"BÁO CÁO SỐ LIỆU VIỄN THÔNG\r\n\r\n{told}\r\n\r\n"
    if "sep_line" in dialects:
        told = f"sep=;\r\n{told}"
    if "nfd" in dialects:
        told = normalize("NFD", told)
    if "line_feeds" in dialects:
        told = told.replace("\r\n", "\n").rstrip("\n")
    return told.encode("utf-8-sig")
