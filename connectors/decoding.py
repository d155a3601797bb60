"""Turns a page's bytes into redacted records. A personal field that is dropped has no place to be put: the type
into which a page is decoded has no such field, so nothing after this module can hold it.

A *record* is a msgspec Struct with one attribute a kept wire field; a field that did not come is UNSET, one that
came empty is None or "".
"""

import csv
import hmac
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.json_places import SCALAR, UNREADABLE, dig, nested, reach, read_json
from connectors.specification import Feed
from hub.errors import Retry
from hub.translation import msg

_MAX_UNKNOWN = 50


@dataclass
class Decoded:
    """A page: its records, those that have no readable shape, and what the page states for all of them."""

    records: list[Any]
    envelope: dict[str, Any]
    unknown_fields: list[str]
    seen_fields: set[str]


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
        self._all_fields = {column.wire for column in feed.columns.values() if column.wire}
        self._hashed = [str(column.wire) for column in kept if column.personal == "hmac"]
        self._key = hmac_key.encode()
        self.record: type[msgspec.Struct] = msgspec.defstruct(
            "Record",
            [(f"f{i}", SCALAR | msgspec.UnsetType, msgspec.UNSET) for i in range(len(self.fields))],
            rename={f"f{i}": name for i, name in enumerate(self.fields)},
            gc=False,  # holds scalars only
        )
        self.attributes = {name: f"f{i}" for i, name in enumerate(self.fields)}
        self._page_fields = [str(c.page) for c in feed.columns.values() if c.page]
        stated = {"slice"} if feed.format == "json" else set(self._page_fields)
        paging = feed.paging
        paths = paging.stated() + [p for p in self._page_fields if p not in stated]
        self._envelope: Any = None
        if feed.format == "json" and paging.records:
            self._envelope = msgspec.json.Decoder(nested(paths, {paging.records: list[self.record]}))  # type: ignore[name-defined]
            self._raw_envelope = msgspec.json.Decoder(nested(paths, {paging.records: list[msgspec.Raw]}))
        self._paths = paths

    def decode(self, body: bytes, stated: Mapping[str, Any], *, look: bool) -> Decoded:
        """The page's records. `stated` holds values known from elsewhere (a file list); `look` asks for the names
        of fields that the specification does not know, which costs a second reading.

        Raises Retry when the body is no page at all (cut off, an HTML error).
        """
        if self._feed.format == "csv":
            records, envelope = self._csv(body)
        else:
            records, envelope = self._json(body)
        unknown, seen = self._names(body) if look else ([], set())
        for field in self._hashed:
            self._hash(records, self.attributes[field])
        return Decoded(records, {**envelope, **stated}, unknown, seen)

    def encode(self, decoded: Decoded) -> bytes:
        """The redacted page as it is landed: what the page states, and its records, as JSON."""
        page = {path: decoded.envelope[path] for path in self._page_fields if path in decoded.envelope}
        return msgspec.json.encode({"page": page, "records": decoded.records})

    def plain(self, record: Any) -> dict[str, Any]:
        """A record as JSON-able values under its wire names; absent fields are left out."""
        return {name: v for name, a in self.attributes.items() if (v := getattr(record, a)) is not msgspec.UNSET}

    def revive(self, plain: Mapping[str, Any]) -> Any:
        """The record that `plain` came from."""
        return self.record(**{self.attributes[name]: v for name, v in plain.items() if name in self.attributes})

    def reread(self, landed: bytes) -> Decoded:
        """A landed page back to records."""
        kind = msgspec.defstruct("Landed", [("page", dict[str, Any]), ("records", list[self.record])])  # type: ignore[name-defined]
        page: Any = msgspec.json.decode(landed, type=kind)
        return Decoded(page.records, page.page, [], set())

    def _json(self, body: bytes) -> tuple[list[Any], dict[str, Any]]:
        try:
            page = read_json(self._envelope.decode, body)
            records = reach(page, self._feed.paging.records)
        except msgspec.ValidationError:
            page = self._decode(self._raw_envelope, body)
            records = [self._one(raw) for raw in reach(page, self._feed.paging.records)]
        return records, {path: reach(page, path) for path in self._paths}

    def _decode(self, decoder: Any, body: bytes) -> Any:
        try:
            return read_json(decoder.decode, body)
        except msgspec.ValidationError as error:
            raise Retry(
                msg("The answer has not the form that the specification describes: {error}", error=error),
            ) from None

    def _one(self, raw: msgspec.Raw) -> Any:
        """A record whose fields may be anything: nested values and non-objects are kept as absent, and so refused
        by the rules, but never stop the page."""
        try:
            return msgspec.json.decode(raw, type=self.record)
        except msgspec.ValidationError:
            pass
        try:
            value = msgspec.json.decode(raw)
        except msgspec.DecodeError:  # a number that no type holds
            value = None
        fields = value if isinstance(value, dict) else {}
        scalars = {
            self.attributes[name]: fields[name]
            for name in self.fields
            if isinstance(fields.get(name), (str, int, float, bool))
        }
        return self.record(**scalars)

    def _csv(self, body: bytes) -> tuple[list[Any], dict[str, Any]]:
        try:
            text = body.decode("utf-8-sig").replace("\0", UNREADABLE)
            rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
            records = [
                self.record(**{a: row[n] for n, a in self.attributes.items() if row.get(n) is not None}) for row in rows
            ]
        except (UnicodeDecodeError, csv.Error) as error:
            raise Retry(
                msg("The file is no UTF-8 CSV with ';': {error}", error=error),
            ) from None
        return records, {}

    def _names(self, body: bytes) -> tuple[list[str], set[str]]:
        """Names of unknown fields, and of all fields that the page's records have. Values are not kept."""
        if self._feed.format == "csv":
            header = body.decode("utf-8-sig").split("\n", 1)[0].strip().split(";")
            seen = {_storable(name) for name in header}
        else:
            rows = dig(json.loads(body.decode(errors="replace")), self._feed.paging.records)
            seen = {_storable(name) for row in rows if isinstance(row, dict) for name in row}
        return sorted(seen - self._all_fields)[:_MAX_UNKNOWN], seen

    def _hash(self, records: Iterable[Any], attribute: str) -> None:
        for record in records:
            value = getattr(record, attribute)
            if value is not msgspec.UNSET and value not in (None, ""):
                setattr(record, attribute, hmac.digest(self._key, str(value).encode(), "sha256").hex())


def _storable(text: str) -> str:
    return text.replace("\0", UNREADABLE).encode(errors="replace").decode()
