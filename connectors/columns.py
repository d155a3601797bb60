"""From wire values to typed columns, a chunk at a time. What cannot be read becomes null and is named in
`UNREAD`, so that a rule can refuse the row and say why."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from connectors.decoding import Decoded, Decoder
from connectors.slices import VIETNAM
from connectors.spec import Column, Feed

UNREAD = "_unread"
"""Text column: names of the columns whose wire value has not the declared type; null when all could be read."""
ROW = "_row"
PAGE = "_page"
"""Place of the record in the batch and number of its page, both from 1."""

_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "month": pa.date32(),
    "datetime": pa.timestamp("us", "UTC"),
}
_BOOLEANS = {"1": True, "0": False, "true": True, "false": False}


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column after reading; a coded text column holds the hub's codes."""
    return _TYPES[column.type]


def wire_table(decoder: Decoder, feed: Feed, page: Decoded, page_number: int, first_row: int) -> pa.Table:
    """A page's kept fields as Arrow columns of wire values, with their place in the batch."""
    count = len(page.records)
    columns: dict[str, pa.Array] = {
        ROW: pa.array(range(first_row, first_row + count), pa.int64()),
        PAGE: pa.array([page_number] * count, pa.int32()),
    }
    for name, column in feed.kept.items():
        if column.page:
            values: Sequence[Any] = [page.envelope.get(column.page)] * count
        else:
            attribute = decoder.attributes[str(column.wire)]
            values = [getattr(record, attribute) for record in page.records]
        columns[name] = _wire_array(values)
    return pa.table(columns)


def typed_table(feed: Feed, wire: pa.Table) -> pa.Table:
    """The chunk with every column in its type, codes mapped, constants added, unreadable values named."""
    count = wire.num_rows
    columns: dict[str, pa.Array] = {ROW: wire[ROW], PAGE: wire[PAGE]}
    unread = pa.nulls(count, pa.string())
    for name, column in feed.kept.items():
        raw = wire[name].combine_chunks()
        typed = _read(column, raw)
        if typed.null_count != raw.null_count:
            broken = pc.and_(pc.is_valid(raw), pc.is_null(typed))
            named = pc.coalesce(pc.binary_join_element_wise(unread, name, ", "), pa.scalar(name))
            unread = pc.if_else(broken, named, unread)
        columns[name] = typed
    for name, value in feed.constants.items():
        columns[name] = pa.array([value] * count)
    columns[UNREAD] = unread
    return pa.table(columns)


def _wire_array(values: Sequence[Any]) -> pa.Array:
    """Text, as the wire gave it; absent and empty are null."""
    try:
        array = pa.array([None if v is msgspec.UNSET else v for v in values], pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        array = pa.array([_text(v) for v in values], pa.string())
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)


def _text(value: Any) -> str | None:
    if value is None or value is msgspec.UNSET:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _read(column: Column, raw: pa.Array) -> pa.Array:
    if column.codes:
        raw = _map_codes(column, raw)
    if column.lower:
        raw = pc.utf8_lower(raw)
    if column.thousands and column.type in ("integer", "number"):
        raw = pc.replace_substring(raw, column.thousands, "")
    if column.type == "text":
        return raw
    reader: Callable[[Column, pa.Array], pa.Array] = {
        "datetime": _datetimes,
        "date": _dates,
        "month": _dates,
    }.get(column.type, _cast)
    return reader(column, raw)


def _map_codes(column: Column, raw: pa.Array) -> pa.Array:
    """Known codes become the hub's; an unknown one stays as it came, for the rule to refuse."""
    codes = {wire: _text(code) for wire, code in column.codes.items()}
    empty = codes.pop("", None)
    place = pc.index_in(raw, pa.array(list(codes), pa.string()))
    mapped = pc.coalesce(pc.take(pa.array(list(codes.values()), pa.string()), place), raw)
    return mapped if empty is None else pc.fill_null(mapped, empty)


def _cast(column: Column, raw: pa.Array) -> pa.Array:
    target = arrow_type(column)
    if column.type != "boolean":
        with contextlib.suppress(pa.ArrowInvalid):
            return raw.cast(target)
    one = _BOOLEANS.get if column.type == "boolean" else int if column.type == "integer" else float
    return _each(raw, one, target)


def _each(raw: pa.Array, read: Callable[[str], Any], target: pa.DataType) -> pa.Array:
    """Value by value, null for what cannot be read; distinct values only, as there are few."""
    encoded = raw.dictionary_encode()

    def attempt(value: str) -> Any:
        try:
            return pa.scalar(read(value), target)
        except (ValueError, OverflowError, pa.ArrowInvalid):
            return None

    readings = [attempt(value) for value in encoded.dictionary.to_pylist()]
    values = pa.array([r.as_py() if r is not None else None for r in readings], target)
    return pc.take(values, encoded.indices)


def _datetimes(column: Column, raw: pa.Array) -> pa.Array:
    target = arrow_type(column)
    if column.format:
        return pc.assume_timezone(_parsed(raw, column.format), str(VIETNAM)).cast(target)
    with contextlib.suppress(pa.ArrowInvalid):
        return raw.cast(target)
    with contextlib.suppress(pa.ArrowInvalid):
        return pc.assume_timezone(raw.cast(pa.timestamp("us")), str(VIETNAM)).cast(target)
    return _each(raw, _moment, target)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _dates(column: Column, raw: pa.Array) -> pa.Array:
    if column.format:
        days = _parsed(raw, column.format).cast(pa.date32())
    else:
        try:
            days = raw.cast(pa.date32())
        except pa.ArrowInvalid:
            days = _each(raw, date.fromisoformat, pa.date32())
    if column.type == "month":
        days = pc.subtract(pc.ceil_temporal(days, unit="month", ceil_is_strictly_greater=True), _ONE_DAY)
        days = days.cast(pa.date32())
    return days


def _parsed(raw: pa.Array, pattern: str) -> pa.Array:
    """Times by pattern. The parser carries days that a month does not have into the next one, always to its first
    three, so these are written again and compared."""
    times = pc.strptime(raw, pattern, "s", error_is_null=True)
    carried = pc.fill_null(pc.less_equal(pc.day(times), 3), False)
    if not pc.any(carried).as_py():
        return times
    same = pc.equal(pc.strftime(times.filter(carried), pattern), raw.filter(carried))
    if pc.all(same).as_py():
        return times
    true = pc.replace_with_mask(pa.array([True] * len(raw)), carried, same)
    return pc.if_else(true, times, pa.scalar(None, times.type))


_ONE_DAY = pa.scalar(86400, pa.duration("s")).cast(pa.duration("s"))
