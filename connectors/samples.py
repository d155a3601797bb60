"""A recorded answer read without a specification, to draft one: which lists of records it has, and what it states
beside them.

A format is a function that reads it, or gives None where the content has another one, and a line in FORMATS under the
name that `format` of a feed has for it.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.json_places import read_any
from hub.csv_lines import decoded, read_csv
from hub.errors import Abort, Retry
from hub.texts import clean
from hub.translation import msg

MOST_BYTES = 16 * 2**20
"""The largest answer of which a specification is drafted: some pages say as much as all."""
MOST_RECORDS = 5_000
"""Records that are looked at."""
MOST_FIELDS = 300
_DEEPEST = 6
"""Levels of objects above a list of records."""
_HEADER_LINES = 30
_SEPARATORS = ";,\t|"
_LONGEST_NAME = 100

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """An answer: its lists of records by dotted place, "" in a format that has no places, and its single values by
    theirs."""

    format: str
    lists: Mapping[str, Sequence[Record]]
    stated: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where most records lie."""
        return max(self.lists, key=lambda place: len(self.lists[place]))

    @property
    def records(self) -> Sequence[Record]:
        """The most records, the first ones of them."""
        return self.lists[self.place][:MOST_RECORDS]


def read_sample(content: bytes, name: str) -> Sample:
    """The answer in a file of that name. Raises Abort when it has no format that the hub reads, or no records."""
    for read in FORMATS.values():
        try:
            sample = read(content)
        except Retry as error:
            raise Abort(msg("{path}: {problem}", path=name, problem=error.message)) from None
        if sample is None:
            continue
        if not any(sample.lists.values()):
            raise Abort(msg("{path}: there is no list of records in it, at a place that has a name", path=name))
        if (count := len(fields_in(sample.records))) > MOST_FIELDS:
            raise Abort(msg("{path}: its records have {count} fields, more than any source", path=name, count=count))
        return sample
    raise Abort(msg("{path}: it has none of the formats {formats}", path=name, formats=", ".join(FORMATS)))


def fields_in(records: Sequence[Record]) -> list[str]:
    """The names of the records' fields, in the order in which they come."""
    return list(dict.fromkeys(itertools.chain.from_iterable(records)))


def _json(content: bytes) -> Sample | None:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    lists: dict[str, list[Record]] = {}
    stated: dict[str, Any] = {}
    waiting: list[tuple[str, Any, int]] = [("", read_any(content), 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if isinstance(value, dict):
            if depth < _DEEPEST:
                inner = [(f"{place}.{name}" if place else name, part, depth + 1) for name, part in value.items()]
                waiting += inner[:MOST_FIELDS][::-1]
        elif not place:
            continue
        elif isinstance(value, list):
            lists[place] = [record for record in value if isinstance(record, dict)]
        else:
            stated[place] = value
    return Sample("json", lists, stated)


def _csv(content: bytes) -> Sample | None:
    text = decoded(content)
    if "\0" in text or (found := _header(text)) is None:
        return None
    names, separator = found
    table = read_csv(text, set(names), separator)
    if table is None:
        return None
    lines = (dict(zip(table.header, line.values, strict=True)) for line in table.lines if line.fault is None)
    return Sample("csv", {"": list(itertools.islice(lines, MOST_RECORDS))}, {})


def _header(text: str) -> tuple[list[str], str] | None:
    """The names in the first line that has most of them, and what separates them; None where no line has two."""
    best: tuple[int, list[str], str] | None = None
    for line in text[: MOST_FIELDS * _LONGEST_NAME].splitlines()[:_HEADER_LINES]:
        for separator in _SEPARATORS:
            names = [clean(part.strip().strip('"')) for part in line.split(separator)]
            given = [name for name in names if name and not name[0].isdigit()]
            is_header = all(len(name) <= _LONGEST_NAME and not set(name) & set("<>{}") for name in names)
            if len(given) > max(1, best[0] if best else 1) and is_header:
                best = len(given), given, separator
    return best and (best[1], best[2])


FORMATS: Mapping[str, Callable[[bytes], Sample | None]] = {"json": _json, "csv": _csv}
