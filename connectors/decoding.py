"""Turns a page's bytes into redacted records. A personal field that is dropped has no place to be put: the type
into which a page is decoded has no such field, so nothing after this module can hold it.

A *record* is a msgspec Struct with one attribute a kept wire field; a field that did not come is UNSET, one that
came empty is None or "".
"""

import csv
import hmac
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from connectors.specification import Feed
from hub.errors import Retry, Text

_SCALAR = str | int | float | bool | None
_MAX_UNKNOWN = 50
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_UNREADABLE = "\ufffd"

Struct = msgspec.Struct


@dataclass
class Decoded:
    """A page: its records, those that have no readable shape, and what the page states for all of them."""

    records: list[Any]
    envelope: dict[str, Any]
    unknown_fields: list[str]
    seen_fields: set[str]


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path of decoded JSON; None where there is none."""
    for part in path.split(".") if path else []:
        value = value.get(part) if isinstance(value, dict) else None
    return value


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
        self.record: type[Struct] = msgspec.defstruct(
            "Record",
            [(f"f{i}", _SCALAR | msgspec.UnsetType, msgspec.UNSET) for i in range(len(self.fields))],
            rename={f"f{i}": name for i, name in enumerate(self.fields)},
            gc=False,  # holds scalars only
        )
        self.attributes = {name: f"f{i}" for i, name in enumerate(self.fields)}
        self._page_fields = [str(c.page) for c in feed.columns.values() if c.page]
        stated = {"slice"} if feed.format == "json" else set(self._page_fields)
        paging = feed.paging
        paths = [p for p in (paging.total, paging.pages, paging.next, paging.has_more) if p]
        paths += [p for p in self._page_fields if p not in stated]
        self._envelope: Any = None
        if feed.format == "json" and paging.records:
            self._envelope = msgspec.json.Decoder(_nested(paths, {paging.records: list[self.record]}))  # type: ignore[name-defined]
            self._raw_envelope = msgspec.json.Decoder(_nested(paths, {paging.records: list[msgspec.Raw]}))
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
            records = _reach(page, self._feed.paging.records)
        except msgspec.ValidationError:
            page = self._decode(self._raw_envelope, body)
            records = [self._one(raw) for raw in _reach(page, self._feed.paging.records)]
        return records, {path: _reach(page, path) for path in self._paths}

    def _decode(self, decoder: Any, body: bytes) -> Any:
        try:
            return read_json(decoder.decode, body)
        except msgspec.ValidationError as error:
            raise Retry(
                f"Câu trả lời không có dạng như đặc tả mô tả: {error}",
                f"The answer has not the form that the specification describes: {error}",
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
            text = body.decode("utf-8-sig").replace("\0", _UNREADABLE)
            rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
            records = [
                self.record(**{a: row[n] for n, a in self.attributes.items() if row.get(n) is not None}) for row in rows
            ]
        except (UnicodeDecodeError, csv.Error) as error:
            raise Retry(
                f"Tệp không phải CSV mã UTF-8 phân cách bằng ';': {error}",
                f"The file is no UTF-8 CSV with ';': {error}",
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


Read = TypeVar("Read")


def read_json(decode: Callable[[bytes], Read], body: bytes) -> Read:
    """What `decode` makes of JSON, and of JSON with characters that no database keeps (NUL, half an emoji, bytes that
    are no UTF-8) after these were replaced: one such text must not stop its page. Raises Retry when it is no JSON,
    msgspec.ValidationError when it has another form."""
    try:
        if b"\\" not in body or b"\\u0000" not in body:
            return decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
        return decode(_NUL.sub(rf"\1{_UNREADABLE}", text).encode(errors="replace"))
    except msgspec.ValidationError:
        raise
    except (ValueError, RecursionError):
        raise Retry(
            "Câu trả lời không phải JSON; gateway đã cắt ngang hoặc trả về một trang lỗi",
            "The answer is no JSON; the gateway cut it off or answered an error page",
        ) from None


def _storable(text: str) -> str:
    return text.replace("\0", _UNREADABLE).encode(errors="replace").decode()


def _nested(paths: list[str], leaves: Mapping[str, Any]) -> type[Struct]:
    """A Struct type with a place for each dotted path, so that nothing else of an answer is read."""
    tree: dict[str, Any] = {}
    for path in [*paths, *leaves]:
        node = tree
        *branch, leaf = path.split(".")
        for part in branch:
            node = node.setdefault(part, {})
        node[leaf] = leaves.get(path, _SCALAR)
    return _struct(tree, set(leaves))


def _struct(tree: Mapping[str, Any], required: set[str], prefix: str = "") -> type[Struct]:
    fields: list[Any] = []
    names: dict[str, str] = {}
    for i, (name, kind) in enumerate(tree.items()):
        path = prefix + name
        names[f"f{i}"] = name
        if isinstance(kind, dict):
            fields.append((f"f{i}", _struct(kind, required, f"{path}.")))
        elif path in required:
            fields.append((f"f{i}", kind))
        else:
            fields.append((f"f{i}", kind, None))
    built: type[Struct] = msgspec.defstruct("Envelope", sorted(fields, key=len), rename=names)
    built.__wire_names__ = {wire: attribute for attribute, wire in names.items()}  # type: ignore[attr-defined]
    return built


def _reach(page: Any, path: str) -> Any:
    for part in path.split("."):
        page = getattr(page, type(page).__wire_names__[part])
    return page


def body_check(feed: Feed) -> "Callable[[bytes], tuple[str, Text]] | None":
    """A function that sorts an answer's body by recovery: ("ok" | "token" | "retry" | "abort", the code)."""
    errors = feed.errors
    if errors is None:
        return None
    decoder = msgspec.json.Decoder(_nested([errors.path], {}))

    def look(body: bytes) -> tuple[str, Text]:
        try:
            code = _reach(read_json(decoder.decode, body), errors.path)
        except (Retry, msgspec.ValidationError):
            return "retry", Text("câu trả lời không phải JSON", "an answer that is no JSON")
        sorts = {"ok": errors.ok, "token": errors.token, "retry": errors.retry}
        told = f"{errors.path} {code}"
        return next((sort for sort, codes in sorts.items() if code in codes), "abort"), Text(told, told)

    return look
