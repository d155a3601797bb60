"""What the values of a field in a sample say of its column: type, how it is written, codes. A guess is one that reads
every value of the sample; where two readings differ it is none, and the doubt is told."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.column_specification import Column
from connectors.columns import read_values
from connectors.personal import FieldLook, Finding, plain_name
from connectors.values import as_text

Doubt = Literal["thousands", "day_first", "flag", "codes", "empty"]
_MOST_CODES = 12
"""Distinct values of a field that may be a list of codes."""
_FEWEST = 6
"""Values from which some that come again are taken for codes."""
_CODED = re.compile(r"(^|_)(ma|loai|trang_thai|tinh_trang|muc|kenh|cap|nhom|status|type|kind|code|state|level)(_|$)")
_ISO_DAY, _ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")
_COMPACT = re.compile(r"(19[5-9]|20\d)\d.*")
_DAYS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d")
_CLOCKS = ("%H:%M:%S", "%H:%M")
_MOMENTS = (*(f"{day} {clock}" for day in _DAYS for clock in _CLOCKS), *(f"{clock} %d/%m/%Y" for clock in _CLOCKS))
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_FORMATS = {"date": _DAYS, "datetime": _MOMENTS, "month": ("%m/%Y", "%Y-%m")}
Form = tuple[str, str | None, str | None]
"""Type, format and thousands of a column."""


@dataclass(frozen=True)
class FieldGuess:
    """What a field seems to be. `codes` are its few values, the most frequent first; `is_nested` is one whose values
    are objects or lists, which no column reads."""

    wire: str
    type: str = "text"
    format: str | None = None
    thousands: str | None = None
    codes: tuple[str, ...] = ()
    personal: Finding | None = None
    doubt: Doubt | None = None
    is_filled: bool = False
    is_unique: bool = False
    is_nested: bool = False


def guess(wire: str, values: Sequence[Any]) -> FieldGuess:
    """The guess about a field from its values, one a record, None where it did not come."""
    if any(isinstance(value, dict | list) for value in values):
        return FieldGuess(wire, is_nested=True)
    given = [text for text in map(as_text, values) if text]
    is_filled, distinct = len(given) == len(values), Counter(given)
    is_unique = is_filled and len(distinct) == len(given) > 1
    (kind, pattern, thousands), doubt = _form([v for v in values if as_text(v)], given) if given else (_TEXT, "empty")
    look = FieldLook()
    for value in values:
        look.note(value)
    personal = look.finding(wire, is_number=kind in ("integer", "number") and not isinstance(values[0], str))
    if personal is not None:
        return FieldGuess(wire, personal=personal, is_filled=is_filled, is_unique=is_unique)
    codes: tuple[str, ...] = ()
    may_be_codes = kind == "text" or (kind == "integer" and _CODED.search(plain_name(wire)))
    if may_be_codes and len(distinct) <= _MOST_CODES and len(given) >= max(_FEWEST, 2 * len(distinct)):
        codes = tuple(code for code, _ in distinct.most_common())
        kind, thousands, doubt = "text", None, "codes"
    return FieldGuess(wire, kind, pattern, thousands, codes, None, doubt, is_filled, is_unique)


_TEXT: Form = ("text", None, None)


def _form(values: Sequence[Any], given: Sequence[str]) -> tuple[Form, Doubt | None]:
    """The form in which all values can be read, and what is in doubt of it."""
    if all(isinstance(value, bool) for value in values) or set(map(str.lower, given)) <= {"true", "false"}:
        return ("boolean", None, None), None
    if set(given) == {"0", "1"}:
        return ("boolean", None, None), "flag"
    for form in _times(given):
        if reads_all(_column(form), given):
            kind, pattern, _ = form
            turned = (pattern or "").replace("%d", "%-").replace("%m", "%d").replace("%-", "%m")
            is_doubtful = "%d/%m" in (pattern or "").replace("-", "/").replace(".", "/") and reads_all(
                _column((kind, turned, None)), given
            )
            return form, "day_first" if is_doubtful else None
    form, doubt = _number(given)
    if any(isinstance(value, float) for value in values):  # JSON's own numbers have one reading
        form, doubt = ("integer" if all(map(_WHOLE.fullmatch, given)) else "number", None, None), None
    return (form, doubt) if reads_all(_column(form), values) else (_TEXT, "thousands")


def _times(given: Sequence[str]) -> list[Form]:
    """The forms of time in which the values may be written."""
    if all(map(_ISO_DAY.fullmatch, given)):
        return [("date", None, None)]
    if all(map(_ISO_MOMENT.fullmatch, given)):
        return [("datetime", None, None)]
    if all(text.isdigit() and _COMPACT.match(text) for text in given):
        lengths = {8: ("date", "%Y%m%d", None), 12: ("datetime", "%Y%m%d%H%M", None), 14: _SECONDS}
        return [form for length, form in lengths.items() if all(len(text) == length for text in given)]
    if any("/" in text or "-" in text or ":" in text or text.count(".") == 2 for text in given[:1]):
        return [(kind, pattern, None) for kind, patterns in _FORMATS.items() for pattern in patterns]
    return []


_SECONDS: Form = ("datetime", "%Y%m%d%H%M%S", None)


def _number(given: Sequence[str]) -> tuple[Form, Doubt | None]:
    """Numbers: 1.234.567 and 12,5 have one meaning; 1.234 has two, and where all are so the sign is in doubt. The hub's
    reader refuses some that are read here."""
    if all(map(_WHOLE.fullmatch, given)):
        return ("integer", None, None), None
    signs = ((".", ","), (",", "."))
    for thousands, _ in signs:
        grouped = re.compile(rf"[+-]?([1-9]\d{{0,2}}({re.escape(thousands)}\d{{3}})+|0|[1-9]\d*)")
        if all(map(grouped.fullmatch, given)):
            is_certain = any(text.count(thousands) > 1 for text in given)
            return ("integer", None, thousands), None if is_certain else "thousands"
    for thousands, decimal in signs:
        group = rf"[1-9]\d{{0,2}}({re.escape(thousands)}\d{{3}})+"
        fraction = re.compile(rf"[+-]?({group}|0|[1-9]\d*)({re.escape(decimal)}\d+)?")
        if any(decimal in text for text in given) and all(map(fraction.fullmatch, given)):
            is_plain = decimal == "." and not any(thousands in text for text in given)
            return ("number", None, None if is_plain else thousands), None
    return _TEXT, None


def _column(form: Form) -> Column:
    kind, pattern, thousands = form
    return Column.model_validate({"wire": "x", "label": "x", "type": kind, "format": pattern, "thousands": thousands})


def reads_all(column: Column, values: Sequence[Any]) -> bool:
    """Whether a column can read all of some wire values, and knows their codes."""
    given = [value for value in values if as_text(value)]
    if column.codes and not column.known and not {as_text(value) for value in given} <= set(column.codes):
        return False
    return bool(read_values(column, given).null_count == 0)
