"""XML read piece by piece with flat memory, whatever it holds.

The parser is the standard library's expat: it keeps no tree, and its handlers refuse a document type declaration, and
with it all entities, nested or external, and attributes by default. lxml's iterparse keeps a tree that somebody has to
clear, and defusedxml wraps parsers that build one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn, Protocol
from xml.parsers import expat

from connectors.json_places import too_deep
from hub.errors import Reject, Retry
from hub.translation import msg

DEEPEST = 64
"""Elements within each other."""
MOST_NAMES = 10_000
"""Different names of elements and attributes: expat keeps each of them."""
LONGEST_TAG = 2**20
"""Bytes of the longest tag or comment; text may be longer, as it comes in parts."""
_PIECE = 2**16
"""Bytes that are read at once; after a refusal expat still goes through the rest of them."""
_ENCODINGS = ("utf-8", "utf-16", "us-ascii")


class Elements(Protocol):
    """What is done with the parts of a document, in their order."""

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """An element begins. `name` is without its prefix; `attributes` are names, as written, and values in turn."""

    def end(self) -> None:
        """The element that began last and has not ended ends."""

    def text(self, text: str) -> None:
        """A part of the text of that element."""


def parse(pieces: Iterable[bytes], elements: Elements) -> None:
    """Reads a document in UTF-8 or UTF-16. Raises Retry when it is no whole one, Reject when it has what no source
    needs to send; else what `elements` raises."""
    names: dict[str, str] = {}
    parser = expat.ParserCreate(None, None, names)
    parser.ordered_attributes = True
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise too_deep()
        if len(names) > MOST_NAMES:
            raise Retry(msg("The XML has more than {most} different names of elements and attributes", most=MOST_NAMES))
        elements.start(local(name) if ":" in name else name, attributes)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1
        elements.end()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = elements.text
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.XmlDeclHandler = _check_encoding
    try:
        read = 0
        for piece in pieces:
            parser.Parse(piece, False)
            read += len(piece)
            if read - parser.CurrentByteIndex > LONGEST_TAG:
                raise Retry(msg("The XML has a tag or comment of more than {most} bytes", most=LONGEST_TAG))
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Retry(
            msg(
                "The XML is not whole: line {line}, column {column}: {problem}",
                line=error.lineno,
                column=error.offset + 1,
                problem=expat.ErrorString(error.code),
            )
        ) from None


def cut(content: bytes) -> Iterator[bytes]:
    """The content in pieces."""
    view = memoryview(content)
    return (bytes(view[place : place + _PIECE]) for place in range(0, len(content), _PIECE))


def local(name: str) -> str:
    """A name without its prefix. The prefix says of which vocabulary the name is, which the specification of a feed
    knows, and each source may choose another one for it."""
    return name.rpartition(":")[2]


def _refuse_declaration(name: str, *_: object) -> NoReturn:
    if name.lower() == "html":
        raise Retry(msg("The answer is a web page, no XML"))
    raise Reject(
        msg("The XML has a document type declaration (DTD), which could make it any size; it must be sent without one")
    )


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding and encoding.lower() not in _ENCODINGS:
        raise Reject(msg("The XML says that it is written in {encoding!r}; UTF-8 is needed", encoding=encoding[:40]))
