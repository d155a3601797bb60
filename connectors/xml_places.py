"""Places in an answer's XML, and its records. A place is a path below the root, `ds.truong` or `ds/truong`; `@ma` at
its end is an attribute. Nothing but the named places is read.

Names count without their prefix. What stands twice in a record has no value, for nobody knows which one counts.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.json_places import LONGEST_TEXT, MOST_RECORDS, NO_SCALAR, NO_VALUE, too_many
from connectors.xml_parser import cut, local, parse
from hub.errors import Invalid, Reject, Retry
from hub.translation import msg

NO_SINGLE = NO_VALUE + "given twice"
"""Stands for a field that a record has more than once."""
_MOST_TAGS = 10_000_000
_MOST_UNKNOWN = 50
_NO_FIELDS = ("xmlns", "xml:", "xsi:")
"""How attributes begin that speak of the document itself."""


def steps(place: str) -> list[str]:
    """The names on the way to a place. Raises Invalid when it is none."""
    names = place.split("/" if "/" in place else ".")
    if not all(name.removeprefix("@") for name in names) or any(name.startswith("@") for name in names[:-1]):
        raise Invalid(
            msg(
                "{place!r} is no place in XML; use names with points between, @ before that of an attribute",
                place=place,
            )
        )
    return names


@dataclass
class XmlPage:
    """What was read: the records, what the document states once by its place, and the names of the records' fields,
    of those that nobody asked for only the first ones. `listed` is False where the place of the records is missing."""

    records: list[Any] = field(default_factory=list)
    stated: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    listed: bool = False


@dataclass
class _Node:
    """A step on the way to a place; `field` and `place` are the names of what stands there."""

    path: str = ""
    steps: dict[str, "_Node"] = field(default_factory=dict)
    field: str | None = None
    place: str | None = None
    is_record: bool = False
    is_list: bool = False
    in_record: bool = False

    def way(self, names: Iterable[str]) -> "_Node":
        node = self
        for name in names:
            if name not in node.steps:
                within = node.in_record or node.is_record
                path = f"{node.path}/{name}" if node.in_record else name
                node.steps[name] = _Node(path if within else "", in_record=within)
            node = node.steps[name]
        return node

    @property
    def is_leaf(self) -> bool:
        return self.field is not None or self.place is not None


class XmlPlaces:
    """What is looked for in a document: places that it states once, and the fields of its records. Values of `dropped`
    fields are not taken."""

    def __init__(
        self,
        stated: Collection[str],
        records: str | None = None,
        fields: Collection[str] = (),
        dropped: Collection[str] = (),
    ) -> None:
        self._root = _Node()
        self._dropped = frozenset(dropped)
        if records:
            *above, _ = names = steps(records)
            self._root.way(above).is_list = bool(above)
            record = self._root.way(names)
            record.is_record = True
            for wire in fields:
                record.way(steps(wire)).field = wire
        for place in stated:
            self._root.way(steps(place)).place = place

    def read(self, body: bytes, make: Callable[[dict[str, str]], Any] = dict, *, look: bool = False) -> XmlPage:
        """The places of a document; `make` makes a record of its fields, `look` asks for their names. Raises as
        xml_parser.parse, Retry when there is too much, Reject when a place is there twice that should be once."""
        if body.count(b"<") > _MOST_TAGS:
            raise Retry(msg("The XML has more than {most} tags", most=_MOST_TAGS))
        reader = _Reader(self._root, self._dropped, make, look=look)
        parse(cut(body), reader)
        return reader.page


class _Reader:
    """Takes a document apart while it is read."""

    def __init__(
        self, root: _Node, dropped: frozenset[str], make: Callable[[dict[str, str]], Any], *, look: bool
    ) -> None:
        self.page = XmlPage()
        self._root, self._dropped, self._make, self._look = root, dropped, make, look
        self._open: list[_Node | None] = []
        self._values: dict[str, str] = {}
        self._text: list[str] | None = None
        self._length = 0
        self._unknown: set[str] = set()

    def start(self, name: str, attributes: Sequence[str]) -> None:
        node: _Node | None = self._root
        if self._open:
            parent = self._open[-1]
            node = parent.steps.get(name) if parent is not None else None
            if parent is not None:
                self._leave_text(parent)
                if node is None:
                    self._note_unknown(parent, name)
        self._open.append(node)
        if node is None:
            return
        if node.is_record:
            self._values = {}
        if node.is_list:
            self.page.listed = True
        for said, value in zip(attributes[::2], attributes[1::2], strict=True):
            if not said.startswith(_NO_FIELDS):
                own = f"@{local(said)}"
                if own in node.steps:
                    self._take(node.steps[own], value)
                else:
                    self._note_unknown(node, own)
        if node.is_leaf:
            self._text, self._length = [], 0

    def end(self) -> None:
        node = self._open.pop()
        if node is None:
            return
        if node.is_leaf and self._text is not None:
            self._take(node, "".join(self._text))
            self._text = None
        if node.is_record:
            self._add_record()

    def text(self, text: str) -> None:
        if self._text is not None and self._length <= LONGEST_TEXT:
            self._text.append(text)
            self._length += len(text)

    def _add_record(self) -> None:
        page = self.page
        if len(page.records) >= MOST_RECORDS:
            raise too_many()
        page.records.append(self._make(self._values))
        page.listed = True
        if self._look:
            page.names.update(self._values)

    def _take(self, node: _Node, value: str) -> None:
        if node.field is not None:
            taken = "" if node.field in self._dropped else value[:LONGEST_TEXT]
            self._values[node.field] = NO_SINGLE if node.field in self._values else taken
        if node.place is not None:
            if node.place in self.page.stated:
                raise Reject(
                    msg("{place} stands twice in the XML, and nobody can know which one counts", place=node.place)
                )
            self.page.stated[node.place] = value[:LONGEST_TEXT]

    def _leave_text(self, parent: _Node) -> None:
        """An element that has others within it is no single value."""
        if parent.is_leaf and self._text is not None:
            self._take(parent, NO_SCALAR)
        self._text = None

    def _note_unknown(self, parent: _Node, name: str) -> None:
        if self._look and (parent.in_record or parent.is_record) and len(self._unknown) < _MOST_UNKNOWN:
            path = f"{parent.path}/{name}" if parent.in_record else name
            self._unknown.add(path)
            self.page.names.add(path)
