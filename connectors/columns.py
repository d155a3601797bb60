"""From wire values to typed columns, a chunk at a time. What cannot be read becomes null and is named in `UNREAD`, so
that a rule can refuse the row and say why; what is too long or of the future is named likewise. A value that may be
missing is left out instead, and named in `LEFT_OUT`."""

import contextlib
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from connectors.column_specification import Column
from connectors.decoding import Decoded, Decoder
from connectors.json_places import NO_NUMBER, NO_SCALAR, NO_VALUE
from connectors.specification import Feed
from connectors.values import TOTAL_LABEL, as_text
from hub.periods import VIETNAM
from hub.texts import BLANK, INVISIBLE, LONG, MEANINGLESS, ODD_BLANK, OUTER, UNREADABLE, clean, composed
from hub.units import counts_things

UNREAD = "_unread"
"""Text column: names of the columns whose wire value has not the declared type; null when all could be read."""
TOO_LONG = "_too_long"
"""Likewise: the columns whose text has more characters than the specification allows."""
AHEAD = "_ahead"
"""Likewise: the columns whose moment or day lies after the time of reading and is not of the `future`."""
LEFT_OUT = "_left_out"
"""Likewise: the optional columns whose value cannot be read, or has not the form that `pattern` gives it. What means
nothing at all, such as NaN or a list, is never left out: it is `UNREAD`."""
UNFIT = "_unfit"
"""Likewise, of values of indicators: `first_day` where the days of the value are not of the indicator's grain, `unit`
where it is not the indicator's, and `value` where things are counted and it is not whole, or written as 12.000: to many
that is 12000."""
CLOCK_TOLERANCE = timedelta(minutes=10)
"""How far a source's clock may be ahead of the hub's."""
NO_TOTAL = f"{NO_VALUE}total"
"""Stands for the label of a row of totals where a record says what it is: such a row counts what others count."""
_EMPTY = (None, "", msgspec.UNSET)
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
_UNUSUAL = re.compile(rb"[^!-~]")
_UNCLEAN = f"{INVISIBLE}|{MEANINGLESS}|{ODD_BLANK}|^ | $|  "
"""What a text has that is not in its one form, but for composed characters."""
_DIGITS, _WIDE = "^[0-9]+$", "^[-+0-9０-９., '’]+$"
_BOOLEANS = {"1": True, "0": False, "true": True, "false": False}
_FIRST_YEAR, _END_YEAR = 1900, 2200
"""Times outside these years are mistakes such as year 1 for "none"."""
_SHAPES = {"%Y": r"\d{4}", "%S": r"[0-5]\d", **dict.fromkeys(("%m", "%d", "%H", "%M", "%y"), r"\d{2}")}


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
    given = dict(zip(decoder.fields, zip(*map(msgspec.structs.astuple, page.records), strict=True), strict=False))
    for name, column in feed.kept.items():
        values: Sequence[Any] = given.get(str(column.wire), ())
        if column.page:
            stated = page.envelope.get(column.page)
            values = [stated if v in _EMPTY else v for v in values] if column.wire else [stated] * count
        columns[name] = _wire_array(values, column)
    return pa.table(columns)


def typed_table(
    feed: Feed, wire: pa.Table, now: datetime | None = None, optional: Collection[str] = frozenset()
) -> pa.Table:
    """The chunk with every column in its type, codes mapped, constants added, and columns named whose value cannot be
    read, is too long, or lies after `now`, the moment of reading. Of `optional` columns a value that does not fit is
    left out."""
    count = wire.num_rows
    columns: dict[str, pa.Array] = {ROW: wire[ROW], PAGE: wire[PAGE]}
    unread, too_long, ahead, left_out = (_Names(count) for _ in range(4))
    latest = (now or datetime.now(UTC)) + CLOCK_TOLERANCE
    for name, column in feed.kept.items():
        raw = _cleaned(wire[name].combine_chunks())
        if column.type == "text" and not column.codes and (column.key or column.known):
            raw = pc.if_else(pc.match_substring_regex(raw, TOTAL_LABEL), pa.scalar(NO_TOTAL), raw)
        typed = _read(column, raw)
        if name in optional:
            typed = _formed(column, typed)
            meaningless = pc.starts_with(raw, NO_VALUE)
            left_out.add(name, pc.and_(pc.and_(pc.is_valid(raw), pc.is_null(typed)), pc.invert(meaningless)))
            unread.add(name, meaningless)
        else:
            unread.add(name, pc.and_(pc.is_valid(raw), pc.is_null(typed)))
        if name in feed.lengths:
            too_long.add(name, pc.greater(pc.utf8_length(typed), feed.lengths[name]))
        if name in feed.reported:
            ahead.add(name, pc.greater(typed, _latest(column, latest)))
        columns[name] = typed
    for name, value in feed.constants.items():
        columns[name] = pa.array([value] * count, pa.scalar(value).type)  # of no records, too
    unfit = _Names(count)
    if feed.indicators:
        unfit.add("first_day", pc.invert(_of_grain(feed, columns)))
        unfit.add("unit", pc.invert(_of_unit(feed, columns)))
        unfit.add("value", _part_of_a_thing(feed, columns, wire))
    named = {UNREAD: unread, TOO_LONG: too_long, AHEAD: ahead, LEFT_OUT: left_out, UNFIT: unfit}
    return pa.table(columns | {name: names.array() for name, names in named.items()})


def _of_grain(feed: Feed, columns: dict[str, pa.Array]) -> pa.Array:
    """Whether the days of each value are of its indicator's grain: a flow's are a whole day, month or year, a stock's
    lie in one. Null where one of the days, or the indicator, is unknown."""
    first, last = columns["first_day"], columns["last_day"]
    fits = pc.equal(first, last)
    for unit in ("month", "year"):
        begins, ends = (pc.floor_temporal(day, unit=unit).cast(pa.date32()) for day in (first, last))
        after = pc.add(last.cast(pa.timestamp("s")), _ONE_DAY)
        inside = pc.equal(begins, ends)
        whole = pc.and_(inside, pc.and_(pc.equal(first, begins), pc.equal(after, pc.floor_temporal(after, unit=unit))))
        for counts, right in (("flow", whole), ("stock", inside)):
            own = {n for n, one in feed.indicators.items() if (one.grain, one.counts) == (unit, counts)}
            fits = pc.if_else(_names_one_of(columns, own), right, fits)
    return _only(fits, _names_one_of(columns, set(feed.indicators)))


def _of_unit(feed: Feed, columns: dict[str, pa.Array]) -> pa.Array:
    """Whether each value is in its indicator's unit, where the source says in which it is."""
    if "unit" not in columns:
        return pa.array([True] * len(columns["indicator"]), pa.bool_())
    units = {one.unit for one in feed.indicators.values()}
    fits = pc.is_null(columns["unit"])
    for unit in units:
        own = _names_one_of(columns, {n for n, i in feed.indicators.items() if i.unit == unit})
        fits = pc.or_(fits, pc.and_(own, pc.fill_null(pc.equal(columns["unit"], unit), False)))
    return fits


def _part_of_a_thing(feed: Feed, columns: dict[str, pa.Array], wire: pa.Table) -> pa.Array:
    """Whether a value has a fraction although its indicator counts things, or was written with one of three zeros."""
    counting = _names_one_of(columns, {name for name, one in feed.indicators.items() if counts_things(one.unit)})
    parts = pc.not_equal(columns["value"], pc.round(columns["value"]))
    if "value" in feed.kept and not feed.columns["value"].thousands:
        written = pc.match_substring_regex(_cleaned(wire["value"].combine_chunks()), r"\.000$")
        parts = pc.or_(parts, pc.fill_null(written, False))
    return pc.and_(counting, parts)


def _names_one_of(columns: dict[str, pa.Array], indicators: set[str]) -> pa.Array:
    return pc.is_in(columns["indicator"], pa.array(sorted(indicators), pa.string()))


def read_values(column: Column, values: Sequence[Any]) -> pa.Array:
    """Wire values in the column's type, null where they cannot be read."""
    return _read(column, _cleaned(_wire_array(values, column)))


def differing_sums(feed: Feed, wire: pa.Table | None, totals: Mapping[str, Any]) -> list[str]:
    """The columns whose sum over a sheet's records (None: there are none) is not what its row of totals says, each with
    both; a total that is missing or no number differs from any sum."""
    found = []
    for name in feed.total_row.sums if feed.total_row else ():
        column = feed.columns[name]
        total = _read(column, _cleaned(_wire_array([totals.get(str(column.wire))], column)))[0].as_py()
        values = [] if wire is None else _read(column, _cleaned(wire[name].combine_chunks())).drop_null().to_pylist()
        added = sum(values) if column.type == "integer" else math.fsum(values)
        if total is None or (added != total and not _is_near(added, total)):
            found.append(f"{name}: {added:.15g} ≠ {'—' if total is None else format(total, '.15g')}")
    return found


def _is_near(added: float, total: float) -> bool:
    """Whether fractions differ by no more than a spreadsheet's adding does."""
    return isinstance(total, float) and math.isclose(added, total, rel_tol=1e-12, abs_tol=1e-9)


class _Names:
    """A text column that names other columns, for the rows where something holds of these; null for the others."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._named: pa.Array | None = None

    def add(self, name: str, where: pa.Array) -> None:
        """Names a column where `where` is true."""
        if not pc.any(where).as_py():
            return
        before = self.array()
        named = pc.coalesce(pc.binary_join_element_wise(before, name, ", "), pa.scalar(name))
        self._named = pc.if_else(pc.fill_null(where, False), named, before)

    def array(self) -> pa.Array:
        return pa.nulls(self._count, pa.string()) if self._named is None else self._named


def _latest(column: Column, latest: datetime) -> pa.Scalar:
    """The last moment, day, or end of a month that a record may name."""
    if column.type == "datetime":
        return pa.scalar(latest, arrow_type(column))
    day = latest.astimezone(VIETNAM).date()
    if column.type == "month":
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return pa.scalar(day, arrow_type(column))


def _wire_array(values: Sequence[Any], column: Column) -> pa.Array:
    """Text, as the wire gave it; absent is null."""
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_text(v, column) for v in values], pa.string())


def _cleaned(raw: pa.Array) -> pa.Array:
    """The values in the one form of each text (hub.texts) and without empty ones, which mean the same as absent ones.
    Whether there is anything to do is seen from the bytes of all of them at once."""
    content = raw.buffers()[2]
    if content is not None and _UNUSUAL.search(content):
        if pc.any(pc.match_substring_regex(raw, _UNCLEAN)).as_py():
            marked = pc.starts_with(raw, NO_VALUE)
            text = pc.replace_substring_regex(raw, INVISIBLE, "")
            text = pc.replace_substring_regex(text, OUTER, "")
            text = pc.replace_substring_regex(text, f"{BLANK}+", " ")
            text = pc.replace_substring_regex(text, MEANINGLESS, UNREADABLE)
            raw = pc.if_else(marked, raw, text)
        if (pc.max(pc.utf8_length(raw)).as_py() or 0) > LONG:
            raw = pa.array([text and composed(text) for text in raw.to_pylist()], pa.string())
        elif not pc.all(pc.string_is_ascii(raw)).as_py():
            raw = pc.utf8_normalize(raw, "NFC")
    return _only(raw, pc.not_equal(raw, ""))


def _text(value: Any, column: Column) -> str | None:
    """A value that is no text as one. A number that is whole has no fraction; another one has no meaning in a column of
    whole numbers, nor where a point stands between groups."""
    if value is None or value is msgspec.UNSET:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    elif isinstance(value, float) and (column.type == "integer" or column.thousands):
        return NO_NUMBER
    return str(value) if isinstance(value, str | int | float) else NO_SCALAR


def _read(column: Column, raw: pa.Array) -> pa.Array:
    raw = _only(raw, pc.invert(pc.starts_with(raw, NO_VALUE)))
    if column.codes:
        raw = _map_codes(column, raw)
    if column.lower:
        raw = pc.utf8_lower(raw)
    if column.type == "text":
        return raw
    reader: Callable[[Column, pa.Array], pa.Array] = {
        "datetime": _datetimes,
        "date": _dates,
        "month": _dates,
        "boolean": _booleans,
    }.get(column.type, _numbers)
    return reader(column, raw)


def _formed(column: Column, values: pa.Array) -> pa.Array:
    """The texts that have the column's form, null elsewhere."""
    if not column.pattern:
        return values
    form = re.compile(column.pattern)
    return _each(values, lambda text: text if form.fullmatch(text) else None, values.type)


def _only(values: pa.Array, wanted: pa.Array) -> pa.Array:
    """The values where `wanted` holds, null elsewhere."""
    return pc.if_else(wanted, values, pa.scalar(None, values.type))


def _map_codes(column: Column, raw: pa.Array) -> pa.Array:
    """Known codes become the hub's; an unknown one is marked, for the rule to refuse it even where it reads like one
    of the hub's. A code of a dimension stays as it is unless it reads so: it may be listed later."""
    codes = {clean(wire): as_text(code) for wire, code in column.codes.items()}
    empty = codes.pop("", None)
    place = pc.index_in(raw, pa.array(list(codes), pa.string()))
    unknown = pc.binary_join_element_wise("?", raw, "")
    if column.known:
        reads_so = pc.is_in(raw, pa.array([*codes.values(), empty], pa.string()), skip_nulls=True)
        unknown = pc.if_else(reads_so, unknown, raw)
    mapped = pc.coalesce(pc.take(pa.array(list(codes.values()), pa.string()), place), unknown)
    return mapped if empty is None else pc.fill_null(mapped, empty)


def _booleans(column: Column, raw: pa.Array) -> pa.Array:
    return _each(raw, lambda text: _BOOLEANS.get(text.lower()), arrow_type(column))


def _numbers(column: Column, raw: pa.Array) -> pa.Array:
    """Numbers as connectors.numbers says. Plain digits need no more than a look."""
    target, integer = arrow_type(column), column.type == "integer"
    if not pc.all(pc.match_substring_regex(raw, _DIGITS)).as_py():
        if not pc.all(pc.string_is_ascii(raw)).as_py():
            raw = pc.replace_substring(raw, "−", "-")
            raw = pc.if_else(pc.match_substring_regex(raw, _WIDE), pc.utf8_normalize(raw, "NFKC"), raw)
        form, replacements = column.plain(integer=integer)
        raw = _only(raw, pc.match_substring_regex(raw, form))
        for pattern, instead in replacements:
            raw = pc.replace_substring_regex(raw, pattern, instead)
    try:
        numbers = raw.cast(target)
    except pa.ArrowInvalid:
        numbers = _each(raw, int if integer else float, target)
    return numbers if integer else _only(numbers, pc.is_finite(numbers))


def _each(raw: pa.Array, read: Callable[[str], Any], target: pa.DataType) -> pa.Array:
    """Value by value, null for what cannot be read; distinct values only, as there are few."""
    encoded = raw.dictionary_encode()

    def attempt(value: str) -> Any:
        try:
            return pa.scalar(read(value), target).as_py()
        except (ValueError, OverflowError, pa.ArrowInvalid):
            return None

    values = pa.array([attempt(value) for value in encoded.dictionary.to_pylist()], target)
    return pc.take(values, encoded.indices)


def _datetimes(column: Column, raw: pa.Array) -> pa.Array:
    target = arrow_type(column)
    if column.format:
        return _plausible(_in_vietnam(_parsed(raw, column.format)).cast(target))
    with contextlib.suppress(pa.ArrowInvalid):
        return _plausible(raw.cast(target))
    with contextlib.suppress(pa.ArrowInvalid):
        return _plausible(_in_vietnam(raw.cast(pa.timestamp("us"))).cast(target))
    return _plausible(_each(raw, _moment, target))


def _in_vietnam(times: pa.Array) -> pa.Array:
    """Local times with their offset; hours that a change of the clock skipped or repeated count as the earlier."""
    return pc.assume_timezone(times, str(VIETNAM), ambiguous="earliest", nonexistent="earliest")


def _plausible(times: pa.Array) -> pa.Array:
    first, end = (
        pa.scalar(datetime(year, 1, 1, tzinfo=UTC), pa.timestamp("us", "UTC")).cast(times.type)
        if pa.types.is_timestamp(times.type)
        else pa.scalar(date(year, 1, 1), times.type)
        for year in (_FIRST_YEAR, _END_YEAR)
    )
    return _only(times, pc.and_(pc.greater_equal(times, first), pc.less(times, end)))


def _moment(text: str) -> datetime:
    """A moment as ISO 8601 writes it, local without an offset. A week is none: its Monday would be taken for it."""
    if "W" in text:
        raise ValueError
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _day(text: str) -> date:
    """A day as ISO 8601 writes it, or by its first moment, in Vietnam or wherever that is the same day here: programs
    that know no days write those. A later moment is no day."""
    moment = _moment(text)
    here = moment.astimezone(VIETNAM)
    if here.time() != time() and (moment.time() != time() or moment.date() != here.date()):
        raise ValueError
    return here.date()


def _dates(column: Column, raw: pa.Array) -> pa.Array:
    if column.format:
        days = _parsed(raw, column.format).cast(pa.date32())
    else:
        try:
            days = raw.cast(pa.date32())
        except pa.ArrowInvalid:
            days = _each(raw, _day, pa.date32())
    days = _plausible(days)
    if column.type == "month":
        days = pc.subtract(pc.ceil_temporal(days, unit="month", ceil_is_strictly_greater=True), _ONE_DAY)
        days = days.cast(pa.date32())
    return days


def _parsed(raw: pa.Array, pattern: str) -> pa.Array:
    """Times by pattern. The parser takes blanks, short numbers and the second 60, so the shape is looked at before.
    It also carries days that a month does not have into the next one, always to its first three, so these are
    written again and compared."""
    shaped = _only(raw, pc.match_substring_regex(raw, _shape(pattern)))
    times = pc.strptime(shaped, pattern, "s", error_is_null=True)
    carried = pc.fill_null(pc.less_equal(pc.day(times), 3), False)
    if not pc.any(carried).as_py():
        return times
    same = pc.equal(pc.strftime(times.filter(carried), pattern), raw.filter(carried))
    if pc.all(same).as_py():
        return times
    true = pc.replace_with_mask(pa.array([True] * len(raw)), carried, same)
    return _only(times, true)


@cache
def _shape(pattern: str) -> str:
    """The pattern as a regular expression; a directive of no fixed width may be anything."""
    parts = re.split(r"(%.)", pattern)
    return "^" + "".join(_SHAPES.get(p, ".+") if p.startswith("%") else re.escape(p) for p in parts) + "$"


_ONE_DAY = pa.scalar(86400, pa.duration("s")).cast(pa.duration("s"))
