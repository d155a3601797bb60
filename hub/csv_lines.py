"""CSV as programs and people write it: what is harmless is read, what is ambiguous is a fault of its line, and the
other lines are kept.

Harmless: a byte-order mark, any line ends, blank lines, a line `sep=;` and title lines above the header, another
separator by which the header has known names, empty values behind the last column in the header or in every line,
blanks before a quote, a quoted value over several lines, a text as a formula (="06541").
Ambiguous: more or fewer values than columns, a quote within a quoted value, one that is never closed, bytes that are no
UTF-8, the header in the middle, and all lines below another header.
"""

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from hub.texts import clean
from hub.translation import Wording, msg

_LINE_END = re.compile(r"\r\n|\r|\n")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\s;,|]*', re.IGNORECASE)
_FORMULA = re.compile(r'^="([^"]*)"$')
_NO_UTF8 = re.compile("[\ud800-\udfff]")
_TITLE_LINES = 30
"""Lines among which the header is looked for."""
_LONGEST_VALUE = 50
"""Lines that a quoted value may have."""


class CsvLine(NamedTuple):
    """The values of a line as they are written, one a column, or what is wrong with it. The first line is 1."""

    number: int
    values: Sequence[str]
    fault: Wording | None = None


class Csv(NamedTuple):
    """A file's columns, where their names stand, its lines below them, and the titles above."""

    header: list[str]
    header_line: int
    lines: Iterator[CsvLine]
    titles: Sequence[str] = ()


def decoded(content: bytes) -> str:
    """The content as text; bytes that are no UTF-8 stay recognisable, for their line to be a fault."""
    return content.decode("utf-8-sig", errors="surrogateescape")


def read_csv(text: str, known: Collection[str], separators: str) -> Csv | None:
    """The table in a text; None when it has no line that could be a header.

    The header is the first line that has most of the `known` names; the first separator is the usual one.
    """
    physical = _LINE_END.split(text)
    start = next((place for place, line in enumerate(physical) if line.strip()), len(physical))
    if start < len(physical) and (said := _SEPARATOR_LINE.fullmatch(physical[start].strip())):
        separators, start = said[1], start + 1
    best: tuple[int, int, str, list[str]] | None = None
    for place in range(start, min(start + _TITLE_LINES, len(physical))):
        for separator in separators:
            fields = _split(physical[place], separator)
            if not isinstance(fields, list) or not any(map(str.strip, fields)):
                continue
            names = [clean(field) for field in fields]
            score = len(set(names) & set(known))
            if best is None or score > best[0]:
                best = score, place, separator, names
    if best is None or _NO_UTF8.search("".join(best[3])):
        return None
    _, place, separator, names = best
    width = max(index for index, name in enumerate(names, 1) if name)
    below = physical[place + 1 :]
    padded = len(names) > width or (
        separator != ","
        and all(line.count(separator) >= width and line.endswith(separator) for line in below if line.strip())
    )
    lines = _lines(below, place + 2, names[:width], separator, padded=padded)
    return Csv(names[:width], place + 1, lines, physical[start:place])


def twice(header: Sequence[str]) -> list[str]:
    """The names that a header has more than once."""
    return sorted({name for name in header if name and header.count(name) > 1})


def _lines(
    physical: Sequence[str], first: int, header: list[str], separator: str, *, padded: bool
) -> Iterator[CsvLine]:
    width, place, other = len(header), 0, 0
    while place < len(physical):
        line, number = physical[place], first + place
        place += 1
        values = _split(line, separator)
        if values is _OPEN:
            values, length = _over_lines(physical, place - 1, separator, width)
            place += length - 1
        if isinstance(values, str):
            yield CsvLine(number, (), _FAULTS[values])
            continue
        if not any(map(str.strip, values)):
            continue
        if padded and len(values) > width and not any(map(str.strip, values[width:])):
            values = values[:width]
        if _is_other_header(values, header):
            other = number
        below = msg("stands below another header, in line {line}; send a file for each", line=other)
        yield CsvLine(number, values, below if other else _fault(line, values, header))


def _is_other_header(values: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a line names columns, and not in the order of the header: values below would stand under wrong names."""
    names = [clean(value) for value in values]
    return names != header and len({name for name in names if name} & set(header)) > 1


def _fault(line: str, values: list[str], header: list[str]) -> Wording | None:
    if len(values) != len(header):
        count, needed = len(values), len(header)
        return msg("{count} values instead of {needed}; quote values that hold a separator", count=count, needed=needed)
    if not line.isascii() and _NO_UTF8.search("".join(values)):
        return msg("is not UTF-8")
    if len(header) > 1 and [clean(value) for value in values] == header:
        return msg("repeats the header")
    return None


_OPEN, _STRAY = "open", "stray"
_FAULTS = {
    _OPEN: msg("a quote is opened and never closed"),
    _STRAY: msg("a quote stands within a value; double it, or leave it out"),
}


def _split(line: str, separator: str) -> list[str] | str:
    """The values of a line, or which fault its quotes have."""
    if '"' not in line:
        return line.split(separator)
    try:
        values = next(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error as error:
        return _OPEN if "end of data" in str(error) else _STRAY
    return [_FORMULA.sub(r"\1", value) for value in values] if line.count('"') % 2 == 0 else _STRAY


def _over_lines(physical: Sequence[str], place: int, separator: str, width: int) -> tuple[list[str] | str, int]:
    """The values of a line whose quoted value goes on below, and how many lines they take. A line that has all columns
    by itself belongs to no other."""
    whole = physical[place]
    for length, line in enumerate(physical[place + 1 : place + _LONGEST_VALUE], 2):
        alone = _split(line, separator)
        if width == 1 or (isinstance(alone, list) and len(alone) >= width) or line.count(separator) >= width - 1:
            break
        whole = f"{whole}\n{line}"
        values = _joined(whole, separator)
        if values is not _OPEN:
            return (values, length) if isinstance(values, list) else (_OPEN, 1)
    return _OPEN, 1


def _joined(text: str, separator: str) -> list[str] | str:
    try:
        lines = list(csv.reader([text], delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error as error:
        return _OPEN if "end of data" in str(error) else _STRAY
    return lines[0] if text.count('"') % 2 == 0 else _STRAY
