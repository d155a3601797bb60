"""XML is read with flat memory; what could make it any size is refused before it is."""

import time
import tracemalloc
from collections.abc import Iterator, Sequence

import pytest

from connectors import xml_places
from connectors.xml_parser import DEEPEST, MOST_NAMES, cut, parse
from connectors.xml_places import XmlPlaces
from hub.errors import HubError, Reject, Retry

LAUGHS = b'<!DOCTYPE a [<!ENTITY l0 "ha">%b]><a>&l9;</a>' % b"".join(
    b'<!ENTITY l%d "%b">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
)
FLAT = 3 * 2**20


class Nothing:
    """Looks at nothing."""

    def start(self, name: str, attributes: Sequence[str]) -> None: ...

    def end(self) -> None: ...

    def text(self, text: str) -> None: ...


def read(*pieces: bytes) -> None:
    parse(pieces, Nothing())


@pytest.mark.parametrize(
    ("document", "kind", "why"),
    [
        (LAUGHS, Reject, "DTD"),
        (b"<!DOCTYPE a><a/>", Reject, "DTD"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', Reject, "DTD"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', Reject, "DTD"),
        (b"<a>&x;</a>", Retry, "undefined entity"),
        (b"<a>" * (DEEPEST + 1), Retry, "nested too deeply"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, Retry, "nested too deeply"),
        (b'<?xml version="1.0" encoding="windows-1258"?><a/>', Reject, "'windows-1258'; UTF-8 is needed"),
        (b'<?xml version="1.0" encoding="khong-co"?><a/>', Reject, "'khong-co'; UTF-8 is needed"),
        (b'<?xml version="1.0" encoding="utf-16"?><a/>', Retry, "not whole: line 1, column"),
        (b"<a></a>more", Retry, "not whole: line 1, column 8: junk after document element"),
        (b"<a/><b/>", Retry, "junk after document element"),
        (b"<a><b>", Retry, "no element found"),
        (b"<a><b></a>", Retry, "mismatched tag"),
        (b'<a b="1" b="2"/>', Retry, "duplicate attribute"),
        (b"<a>\x00</a>", Retry, "not well-formed"),
        (b"<a>\xe3</a>", Retry, "not well-formed"),
        (b"", Retry, "no element found"),
        (b'{"error": 1}', Retry, "not whole: line 1, column 1"),
        (b"<html><br></html>", Retry, "mismatched tag"),
        (b"<!DOCTYPE html><html><body>loi</body></html>", Retry, "web page"),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_what_is_no_plain_document_is_refused_with_one_reason(document: bytes, kind: type[HubError], why: str) -> None:
    with pytest.raises(kind, match=why):
        read(document)


def endless(begin: bytes, part: bytes, megabytes: int) -> Iterator[bytes]:
    yield begin
    piece = part * (2**16 // len(part))
    for _ in range(megabytes * 2**20 // len(piece)):
        yield piece


def numbered(form: bytes) -> Iterator[bytes]:
    yield b"<a>"
    for first in range(0, 10**7, 1000):
        yield b"".join(form % number for number in range(first, first + 1000))


ENDLESS = dict(
    zip(
        [
            "depth",
            "attribute",
            "comment",
            "instruction",
            "name",
            "elements",
            "attributes",
            "prefixes",
            "one tag",
            "DTD",
        ],
        [
            (endless(b"<a>", b"<a>", 1024), "nested too deeply"),
            (endless(b'<a b="', b"x", 1024), "tag or comment of more than"),
            (endless(b"<a><!--", b"x", 1024), "tag or comment of more than"),
            (endless(b"<a><?x ", b"x", 1024), "tag or comment of more than"),
            (endless(b"<a><", b"x", 1024), "tag or comment of more than"),
            (numbered(b"<b%d/>"), f"more than {MOST_NAMES} different names"),
            (numbered(b'<b c%d="1"/>'), f"more than {MOST_NAMES} different names"),
            (numbered(b'<b xmlns:c%d="u"/>'), f"more than {MOST_NAMES} different names"),
            (cut(b"<a %b/>" % b"".join(b'c%d="1" ' % number for number in range(90_000))), "different names"),
            (iter([LAUGHS]), "DTD"),
        ],
        strict=True,
    )
)


@pytest.mark.parametrize(("pieces", "why"), ENDLESS.values(), ids=ENDLESS)
def test_endless_xml_ends_early_and_takes_no_memory(pieces: Iterator[bytes], why: str) -> None:
    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.raises(HubError, match=why):
            parse(pieces, Nothing())
        assert tracemalloc.get_traced_memory()[1] < 8 * FLAT
    finally:
        tracemalloc.stop()
    assert time.monotonic() - started < 5


def test_text_of_any_length_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        parse([*endless(b"<a>", "ấ".encode() * 4, 16), b"</a>"], Nothing())
        assert tracemalloc.get_traced_memory()[1] < 2**25  # the pieces themselves
    finally:
        tracemalloc.stop()


def test_more_records_or_tags_than_memory_should_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_places, "MOST_RECORDS", 3)
    assert len(XmlPlaces((), "b").read(b"<a><b/><b/><b/></a>").records) == 3
    with pytest.raises(Retry, match="more than 500000 records"):
        XmlPlaces((), "b").read(b"<a><b/><b/><b/><b/></a>")
    with pytest.raises(Retry, match="more than 10000000 tags"):
        XmlPlaces((), "b").read(b"<" * 10_000_001)
