"""Turns a page's bytes into redacted records. A personal field that is dropped has no place to be put: the type
into which a page is decoded has no such field, so nothing after this module can hold it.

A *record* is a msgspec Struct with one attribute a kept wire field; a field that did not come is UNSET, one that
came empty is None or "".
"""

import contextlib
import hmac
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.json_places import (
    LONGEST_TEXT,
    MOST_RECORDS,
    NO_NUMBER,
    NO_RECORD,
    NO_SCALAR,
    NO_VALUE,
    SCALAR,
    check_size,
    nested,
    reach,
    read_json,
    read_value,
    too_many,
)
from connectors.json_places import twice as twice_in_json
from connectors.specification import Feed
from connectors.values import folded, reads_like_total, scale
from connectors.xml_places import NO_SINGLE, XmlPlaces
from hub.csv_lines import Csv, decoded, read_csv, twice
from hub.errors import Reject, Retry
from hub.texts import UNREADABLE, clean
from hub.translation import Wording, msg

if TYPE_CHECKING:
    from connectors.workbook_table import Table

_MAX_UNKNOWN = 50
_MAX_FAULTS = 20
_PROBE = 30
"""Records of a page that are looked at for fields that did not come."""
_SEPARATORS = ";,\t|"
_LARGE_UNIT = re.compile("thousand|million|billion")
_NO_FIELDS = re.compile(rb"\{\s*\}")
"""An object with nothing in it."""
_NOBODY = frozenset({None, "", msgspec.UNSET, NO_SCALAR, NO_NUMBER, NO_RECORD, NO_SINGLE})
"""What a personal field may hold without being about a person."""


@dataclass
class Decoded:
    """A page: its records, those that have no readable shape, and what the page states for all of them."""

    records: list[Any]
    envelope: dict[str, Any]
    unknown_fields: list[str]
    seen_fields: set[str]
    listed: bool = True
    """False where null or nothing stood in the place of the records."""
    faults: list[Wording] = field(default_factory=list)
    """What is wrong with single lines of a file, of the first ones; each of them is a record with nothing readable."""
    rows: Sequence[int] = ()
    """Rows of the sheet that the records are, by which a landed record is found in the workbook."""
    totals: Mapping[str, Any] | None = None
    """What the row of totals of a sheet says, by wire name."""


@dataclass
class WirePage:
    """A decoded and redacted page, with the evidence of how it came, from the wire or from quarantine."""

    decoded: Decoded
    wire_sha256: str
    wire_bytes: int
    correlation_id: str
    request: str
    fetched_at: datetime


class Decoder:
    """Decodes and redacts the pages of one feed.

    `hmac_key` turns personal fields that a count needs into keyed hashes.
    """

    def __init__(self, feed: Feed, hmac_key: str) -> None:
        self._feed = feed
        kept = [column for column in feed.kept.values() if column.wire]
        self.fields = [str(column.wire) for column in kept]
        self._all_fields = {*feed.unread, *(column.wire for column in feed.columns.values() if column.wire)}
        self._hashed = [str(column.wire) for column in kept if column.personal == "hmac"]
        self._key = hmac_key.encode()
        self.record: type[msgspec.Struct] = msgspec.defstruct(
            "Record",
            [(f"f{i}", SCALAR | msgspec.UnsetType, msgspec.UNSET) for i in range(len(self.fields))],
            rename={f"f{i}": name for i, name in enumerate(self.fields)},
            gc=False,  # holds scalars only
        )
        self.attributes = {name: f"f{i}" for i, name in enumerate(self.fields)}
        self._rows: Any = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._page_fields = [str(c.page) for c in feed.columns.values() if c.page]
        stated = set(self._page_fields) if feed.is_file else {"slice", "slice_start"}
        paging = feed.paging
        own = [path for path in [*self._page_fields, *feed.repeats] if path not in stated]
        paths = list(dict.fromkeys([*paging.stated(), *own]))
        self._envelope: Any = None
        if feed.format == "json" and paging.records:
            self._envelope = msgspec.json.Decoder(nested(paths, {paging.records: list[self.record]}))  # type: ignore[name-defined]
            self._raw_envelope = msgspec.json.Decoder(nested(paths, {paging.records: list[msgspec.Raw]}))
        if feed.format == "xml":
            dropped = self._all_fields.difference(self.fields)
            self._places = XmlPlaces(paths, paging.records, self._all_fields, dropped)
        self._inner = {str(name).partition(".")[0] for name in self._all_fields if "." in str(name)}
        self._paths = paths
        self._counts = [path for path in paging.counts() if path in paths]

    def decode(self, body: bytes, stated: Mapping[str, Any], *, look: bool) -> Decoded:
        """The page's records. `stated` holds values known from elsewhere (a file list); `look` asks for the names
        of fields that the specification does not know, which costs a second reading.

        Raises Retry when the body is no page at all (cut off, an HTML error) or larger than a page may be, Reject when
        a file is ambiguous or of a kind that is never read.
        """
        page = self._read(body, look=look)
        if len(page.records) > MOST_RECORDS:
            raise too_many()
        for name in self._hashed:
            self._hash(page.records, self.attributes[name])
        page.envelope.update(stated)
        return page

    def whole_records(self, body: bytes, most: int) -> list[dict[str, Any]]:
        """The first records of a page that `decode` has read with all their fields, personal ones as they came: for
        whoever tries out a specification. Nothing of them may be kept or shown."""
        if self._feed.format in ("xml", "xlsx"):  # of these without the personal ones, which nothing reads
            return [self.plain(record) for record in self._read(body, look=False).records[:most]]
        if self._feed.format == "csv":
            table = self._table(body)
            named = (dict(zip(table.header, line.values, strict=True)) for line in table.lines if line.fault is None)
            return list(itertools.islice(named, most))
        records = reach(self._decode(self._raw_envelope, body), self._feed.paging.records)
        some = records[:most] if isinstance(records, list) else []
        return [value for raw in some if isinstance(value := read_value(raw), dict)]

    def table(self, body: bytes) -> tuple[list[str], Iterator[tuple[int, Mapping[str, Any]]]]:
        """The header of a file that `decode` has read, and its lines in the order of its records: the number of each in
        the file, and its values, personal ones as they came. Nothing of these may be kept or shown."""
        if self._feed.format == "csv":
            csv = self._table(body)
            lines = ((n, {} if fault else dict(zip(csv.header, vs, strict=True))) for n, vs, fault in csv.lines)
            return csv.header, lines
        sheet = self._sheet(body)
        names = {clean(str(name)): str(name) for name in self._all_fields}
        return [names.get(name, name) for name in sheet.header], ((line.number, line.values) for line in sheet.lines)

    def nothing(self, stated: Mapping[str, Any]) -> Decoded:
        """The page that an answer without content is."""
        return Decoded([], {**dict.fromkeys(self._paths), **dict.fromkeys(self._counts, 0), **stated}, [], set())

    def encode(self, decoded: Decoded) -> bytes:
        """The redacted page as it is landed: what the page states, and its records, as JSON; of a sheet also their rows
        and totals."""
        page = {path: decoded.envelope[path] for path in self._page_fields if path in decoded.envelope}
        landed = {"page": page, "records": decoded.records}
        if decoded.totals is not None:
            landed |= {"rows": decoded.rows, "totals": decoded.totals}
        return msgspec.json.encode(landed)

    def plain(self, record: Any) -> dict[str, Any]:
        """A record as JSON-able values under its wire names; absent fields are left out."""
        return {name: v for name, a in self.attributes.items() if (v := getattr(record, a)) is not msgspec.UNSET}

    def absent(self, records: Sequence[Any]) -> dict[str, int]:
        """By wired field on how many of a page's records it did not come. One that none of some thirty records lacks is
        taken to be on all, so that looking costs next to nothing."""
        some = records[:: max(1, len(records) // _PROBE)]
        counts = {}
        for name, attribute in self.attributes.items():
            if any(getattr(record, attribute) is msgspec.UNSET for record in some):
                counts[name] = sum(getattr(record, attribute) is msgspec.UNSET for record in records)
        return counts

    def revive(self, plain: Mapping[str, Any]) -> Any:
        """The record that `plain` came from."""
        return self.record(**{self.attributes[name]: v for name, v in plain.items() if name in self.attributes})

    def reread(self, landed: bytes) -> Decoded:
        """A landed page back to records."""
        kind = msgspec.defstruct("Landed", [("page", dict[str, Any]), ("records", list[self.record])])  # type: ignore[name-defined]
        try:
            page: Any = msgspec.json.decode(landed, type=kind)
            return Decoded(page.records, page.page, [], set())
        except msgspec.ValidationError:  # landed when longer texts were kept
            plain = msgspec.json.decode(landed, type=dict[str, msgspec.Raw])
            records = map(self._one, msgspec.json.decode(plain["records"], type=list[msgspec.Raw]))
            return Decoded(list(records), msgspec.json.decode(plain["page"]), [], set())

    def _read(self, body: bytes, *, look: bool) -> Decoded:
        read = {"json": self._json, "xml": self._xml, "csv": self._csv, "xlsx": self._workbook}
        return read[self._feed.format](body, look=look)

    def _json(self, body: bytes, *, look: bool) -> Decoded:
        check_size(body)
        place = self._feed.paging.records
        try:
            page = read_json((self._raw_envelope if self._inner else self._envelope).decode, body)
            records = reach(page, place)
            if self._inner and records:
                records = [self._one(raw) for raw in records]
        except msgspec.ValidationError:
            page = self._decode(self._raw_envelope, body)
            records = reach(page, place)
            if records:
                if len(records) > MOST_RECORDS:
                    raise too_many() from None
                records = [self._one(raw) for raw in records]
        envelope = {path: None if (value := reach(page, path)) is msgspec.UNSET else value for path in self._paths}
        listed = isinstance(records, list)
        if not listed:
            self._without_list(envelope, is_there=records is not msgspec.UNSET)
            records = []
        if look:
            self._check_names(body, len(records))
        unknown, seen = self._names(body) if look and listed else ([], set())
        return Decoded(records, envelope, unknown, seen, listed)

    def _check_names(self, body: bytes, records: int) -> None:
        """Raises Reject where an object of the answer has a name twice that is read, and says two things of it."""
        named = {part for name in self._all_fields for part in str(name).split(".")}
        above = {part for path in [*self._paths, self._feed.paging.records] for part in path.split(".")}
        seen = {name: body.count(f'"{name}"'.encode()) for name in named | above}
        if all(count <= (records if name in named else 1) for name, count in seen.items()):
            return
        if found := twice_in_json(body) & seen.keys():
            raise Reject(
                msg(
                    "the answer names {names} twice in one place, with different values, and nobody can know which one"
                    " counts; its sender must mend it",
                    names=", ".join(sorted(found)),
                )
            )

    def _xml(self, body: bytes, *, look: bool) -> Decoded:
        page = self._places.read(body, self.revive, look=look)
        envelope = {path: page.stated.get(path) for path in self._paths}
        if not page.listed:
            self._without_list(envelope, is_there=False)
        seen = set(map(_storable, page.names))
        return Decoded(page.records, envelope, self._strange(seen), seen, page.listed)

    def _without_list(self, envelope: dict[str, Any], *, is_there: bool) -> None:
        """What a page states that has no list: of what it does not count there is nothing. Raises Retry when it is not
        even known as a page of the feed."""
        if not is_there and all(value is None for value in envelope.values()):
            place = self._feed.paging.records
            raise Retry(msg("The answer has no {place}, and nothing else that the specification names", place=place))
        envelope |= {path: 0 for path in self._counts if envelope[path] is None}

    def _decode(self, decoder: Any, body: bytes) -> Any:
        try:
            return read_json(decoder.decode, body)
        except msgspec.ValidationError as error:
            raise Retry(
                msg("The answer has not the form that the specification describes: {error}", error=error),
            ) from None

    def _one(self, raw: msgspec.Raw) -> Any:
        """A record whose fields may be anything: what is no single value is marked as such, and so refused by the
        rules, but never stops the page."""
        try:
            if not self._inner:
                return msgspec.json.decode(raw, type=self.record)
        except msgspec.ValidationError:
            pass
        value = read_value(raw)
        if not isinstance(value, dict):
            return self._unreadable(NO_RECORD)
        found = ((attribute, _within(value, name)) for name, attribute in self.attributes.items())
        return self.record(**{attribute: _scalar(one) for attribute, one in found if one is not msgspec.UNSET})

    def _unreadable(self, why: str) -> Any:
        """A record with nothing readable."""
        return self.record(**{a: NO_RECORD if name in self._hashed else why for name, a in self.attributes.items()})

    def _csv(self, body: bytes, *, look: bool) -> Decoded:
        names = {clean(name): a for name, a in self.attributes.items()}
        table = self._table(body)
        if repeated := [name for name in twice(table.header) if name in names]:
            raise Reject(
                msg(
                    "line {line}: the header names {names} twice, and nobody can know which one counts; ask for the"
                    " file again",
                    line=table.header_line,
                    names=", ".join(repeated),
                )
            )
        self._check_scale(table.titles)
        places = [(names[name], place) for place, name in enumerate(table.header) if name in names]
        codes = {folded(code) for column in self._feed.columns.values() for code in column.codes}
        records: list[Any] = []
        faults: list[Wording] = []
        for number, values, wrong in table.lines:
            fault = wrong
            if fault is None and any(reads_like_total(value, codes) for value in values):
                fault = msg("looks like a row of totals, which would count twice; leave it out")
            if fault is None:
                records.append(self.record(**{a: values[place][:LONGEST_TEXT] for a, place in places}))
                continue
            records.append(self._unreadable(f"{NO_VALUE}line {number}"))
            if len(faults) < _MAX_FAULTS:
                faults.append(msg("line {line}: {problem}", line=number, problem=fault))
        seen = {_storable(name) for name in table.header if name} if look else set()
        return Decoded(records, {}, self._strange(seen), seen, faults=faults)

    def _table(self, body: bytes) -> Csv:
        """A file's header and lines. Raises Retry when it is none."""
        if body.count(b"\n") + body.count(b"\r") > 2 * MOST_RECORDS:
            raise too_many()
        known = {clean(str(name)) for name in self._all_fields}
        table = read_csv(decoded(body).replace("\0", UNREADABLE), known, _SEPARATORS)
        if table is None:
            raise Retry(msg("The file is no UTF-8 CSV with ';' and a header"))
        if known.isdisjoint(table.header):
            raise Retry(msg("The file has no header with {wanted}", wanted=", ".join(sorted(known))))
        return table

    def _workbook(self, body: bytes, *, look: bool) -> Decoded:
        feed, table = self._feed, self._sheet(body)
        self._check_scale(table.titles)
        there = set(table.header)
        names = {name: a for name, a in self.attributes.items() if clean(name) in there}
        decoded = Decoded([], {}, [], there - {""} if look else set(), rows=[], totals={})
        rows: list[int] = []
        for line in table.lines:
            rows.append(line.number)
            if line.fault is None:
                values = {a: self._cell(name, line.values.get(name)) for name, a in names.items()}
                decoded.records.append(self.record(**values))
                continue
            decoded.records.append(self._unreadable(f"{NO_VALUE}row {line.number}"))
            if len(decoded.faults) < _MAX_FAULTS:
                decoded.faults.append(msg("row {row}: {problem}", row=line.number, problem=line.fault))
        sums = {feed.columns[name].wire for name in feed.total_row.sums} if feed.total_row else set()
        decoded.rows = rows
        decoded.totals = {name: self._cell(name, value) for name, value in table.totals.items() if name in sums}
        known = {clean(str(name)) for name in self._all_fields} | {clean(t.column) for t in [feed.total_row] if t}
        decoded.unknown_fields = sorted(map(_storable, decoded.seen_fields - known))[:_MAX_UNKNOWN]
        return decoded

    def _check_scale(self, titles: Sequence[str]) -> None:
        """Raises Reject where a title says that numbers are in thousands or more, and no unit of the feed is."""
        units = {column.unit or "" for column in self._feed.columns.values()}
        units.update(one.unit for one in self._feed.indicators.values())
        if (said := scale(titles)) and not any(_LARGE_UNIT.search(unit) for unit in units):
            raise Reject(
                msg(
                    "above the header stands {said!r}, and the feed reads single units: its figures would be too small;"
                    " ask for the file in units",
                    said=said,
                )
            )

    def _sheet(self, body: bytes) -> "Table":
        from connectors.workbook_table import Workbook  # noqa: PLC0415 - openpyxl takes long to import

        feed = self._feed
        required = [str(column.wire) for column in feed.kept.values() if column.required and column.wire]
        codes = [code for column in feed.columns.values() for code in column.codes]
        return Workbook(body).table(str(feed.sheet), self._all_fields, feed.total_row, required, codes)

    def _cell(self, name: str, value: Any) -> Any:
        """A cell's value as a record holds it. A fraction, a day or a moment is written as its column reads it; a day
        in another column is what a spreadsheet has made of something else."""
        if isinstance(value, str) and value.startswith(NO_VALUE) and name in self._hashed:
            return NO_RECORD
        column = next(c for c in self._feed.columns.values() if c.wire == name)
        if isinstance(value, float) and column.type == "number":
            return column.written(value)
        if not isinstance(value, date):
            return value
        if column.type not in ("date", "datetime", "month"):
            return f"{NO_VALUE}day"
        if column.format:
            return value.strftime(column.format)
        is_day = isinstance(value, datetime) and value.time() == time() and column.type != "datetime"
        return (value.date() if isinstance(value, datetime) and is_day else value).isoformat()

    def _names(self, body: bytes) -> tuple[list[str], set[str]]:
        """Names of unknown fields, and of all fields that the page's records have. Values are not kept."""
        seen: set[str] = set()
        for raw in reach(self._decode(self._raw_envelope, body), self._feed.paging.records):
            with contextlib.suppress(msgspec.DecodeError):
                for name, value in self._rows.decode(raw).items():
                    if name not in self._all_fields and _NO_FIELDS.fullmatch(value):
                        continue
                    inner = read_value(value) if name in self._inner else None
                    names = [f"{name}.{own}" for own in inner] if isinstance(inner, dict) else [name]
                    seen.update(map(_storable, names))
        return self._strange(seen), seen

    def _strange(self, seen: set[str]) -> list[str]:
        return sorted(seen - self._all_fields)[:_MAX_UNKNOWN]

    def _hash(self, records: Iterable[Any], attribute: str) -> None:
        """The same person is the same text: what is hashed is the one form of it."""
        for record in records:
            value = getattr(record, attribute)
            if value not in _NOBODY:
                person = clean(str(value))
                hashed = hmac.digest(self._key, person.encode(), "sha256").hex() if person else ""
                setattr(record, attribute, hashed)


def _within(record: dict[str, Any], name: str) -> Any:
    """A field's value; UNSET where it did not come. A name with dots is a place within."""
    if name in record:
        return record[name]
    first, _, rest = name.partition(".")
    inner = record.get(first) if rest else None
    return _within(inner, rest) if isinstance(inner, dict) else msgspec.UNSET


def _scalar(value: Any) -> Any:
    """A field's value as a record holds it."""
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    return value if value is None or isinstance(value, int | float) else NO_SCALAR


def _storable(text: str) -> str:
    return text.replace("\0", UNREADABLE).encode(errors="replace").decode()
