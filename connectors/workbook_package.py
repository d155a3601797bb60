"""The parts of a workbook (XLSX), looked at before they are read.

openpyxl keeps styles, names and merged areas as objects, passes over rows that are out of order, and takes the last of
cells that are given twice. So every part that it reads goes through the guarded parser first, and what could cost
memory or be read in two ways is refused.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import error as StructError  # noqa: N812 - an exception
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 - an exception

from openpyxl.utils.cell import column_index_from_string, range_boundaries

from connectors.xml_parser import parse
from hub.errors import HubError, Reject, Retry
from hub.translation import Wording, msg

_MOST_PARTS = 500
_LARGEST = {"worksheet": 128 * 2**20, "sst": 32 * 2**20}
_LARGEST_OTHER = 8 * 2**20
"""Bytes of a part, unpacked, by the name of its root element."""
_LARGEST_TOGETHER = 192 * 2**20
_MOST_PACKED, _SMALL = 200, 2**20
"""How many times its packed size a part may have, unless it is small."""
_MOST_ELEMENTS = 50_000
"""Elements of a part that become objects: of all but the rows of a sheet and its texts."""
_MOST_TEXTS = 250_000
_MOST_CELLS = 5_000_000
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_MOST_OF_A_ROW = 200_000
_MOST_AREAS = 10_000
_LONGEST = 2**22
"""Characters of a row, of a text of the list of texts, and of all else together."""
_PIECE = 2**16
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_OLD = b"\xd0\xcf\x11\xe0"
_ENTRY = b"PK\x01\x02"
_XML = (".xml", ".rels")
_UNREAD = re.compile(r"(^|/)(charts|drawings|media|pivot\w*|printerSettings|customXml)/")
"""Folders of parts that are never read."""
_READ = re.compile(r"spreadsheetml\.(sheet|worksheet|sharedStrings|styles)|/(worksheet|sharedStrings|styles|theme)$")
"""Kinds of parts that are."""
_BROKEN = (BadZipFile, ZlibError, StructError, EOFError, OSError, RuntimeError, ValueError)


class Area(NamedTuple):
    """Merged cells: the first and last column and row, from 1."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass
class SheetLayout:
    """What openpyxl does not tell of a sheet."""

    areas: list[Area] = field(default_factory=list)
    last_row: int = 0
    """The last one with a value; those below it hold nothing."""


def look_through(body: bytes) -> dict[str, SheetLayout]:
    """The sheets of a workbook, by the name of their part. Raises Retry when the file is no whole workbook, Reject when
    it is one that is never read."""
    if body.startswith(_OLD):
        raise Reject(msg("The file is encrypted, or an old workbook (.xls); save it as .xlsx, without a password"))
    if not body.startswith(b"PK"):
        raise Retry(msg("The file is no workbook (.xlsx)"))
    if body.count(_ENTRY) > _MOST_PARTS:
        raise Reject(msg("The workbook has more than {most} parts", most=_MOST_PARTS))
    try:
        with ZipFile(io.BytesIO(body)) as package:
            entries = package.infolist()
            _check_entries(entries)
            sheets = {}
            for entry in entries:
                if _is_looked_at(entry.filename):
                    scan = _scan(package, entry)
                    if scan.root == "worksheet":
                        sheets[entry.filename] = scan.layout
    except HubError:
        raise
    except _BROKEN:
        raise Retry(msg("The file is no whole workbook (.xlsx)")) from None
    if not sheets:
        raise Reject(msg("The file is no workbook (.xlsx): it has no sheet"))
    return sheets


def _is_looked_at(name: str) -> bool:
    return name.endswith(_XML) and not _UNREAD.search(name)


def _check_entries(entries: Sequence[ZipInfo]) -> None:
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise Reject(msg("The workbook has a part twice"))
    if any("vbaproject" in name for name in names):
        raise Reject(msg("The workbook has macros; save it as .xlsx, which has none"))
    if any("externallink" in name for name in names):
        raise Reject(msg("The workbook has links to other workbooks; save it with values instead"))
    if any("chartsheet" in name for name in names):
        raise Reject(msg("The workbook has a sheet that is a chart; save it without"))
    for entry in entries:
        if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Reject(msg("The workbook has a part that is encrypted or packed in an unusual way"))
        if entry.file_size > max(_SMALL, _MOST_PACKED * entry.compress_size):
            raise Reject(msg("The workbook has a part that is packed more than {most} times", most=_MOST_PACKED))
    if sum(entry.file_size for entry in entries) > _LARGEST_TOGETHER:
        raise _too_large(_LARGEST_TOGETHER)


def _scan(package: ZipFile, entry: ZipInfo) -> "_Scan":
    scan = _Scan()
    try:
        with package.open(entry) as part:
            parse(_pieces(part, scan), scan)
    except (Retry, Reject) as error:
        raise type(error)(
            msg("The workbook's {part}: {problem}", part=entry.filename[:80], problem=error.message)
        ) from None
    return scan


def _pieces(part: IO[bytes], scan: "_Scan") -> Iterator[bytes]:
    read = 0
    while piece := part.read(_PIECE):
        yield piece
        read += len(piece)
        if read > _LARGEST.get(scan.root, _LARGEST_OTHER):
            raise _too_large(_LARGEST.get(scan.root, _LARGEST_OTHER))


def _too_large(most: int) -> Reject:
    return Reject(msg("The workbook is too large: more than {most} MiB unpacked", most=most >> 20))


class _Scan:
    """Counts what a part holds, and looks at the order of the rows and cells of a sheet."""

    def __init__(self) -> None:
        self.root = ""
        self.layout = SheetLayout()
        self._depth = self._row_depth = 0
        self._elements = self._cells = self._texts = 0
        self._weight = self._weight_in_row = self._in_row = 0
        self._row = self._column = 0
        self._has_value = False

    def start(self, name: str, attributes: Sequence[str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self.root = name
        if self._row_depth:
            self._in_row += 1
            if self._in_row > _MOST_OF_A_ROW or name == "row":
                raise _unusual(msg("row {row} holds too much", row=self._row))
            if attributes:
                self._weight_in_row += sum(map(len, attributes))
            if self._depth == self._row_depth + 1:
                self._begin_cell(_said(attributes, "r"))
            elif name in ("v", "is", "f"):
                self._note_value(name)
        elif name == "row" and self.root == "worksheet":
            self._begin_row(_said(attributes, "r"))
        else:
            self._weight += sum(map(len, attributes))
            self._count(name, dict(zip(attributes[::2], attributes[1::2], strict=True)))

    def end(self) -> None:
        if self._depth == self._row_depth:
            self._row_depth = 0
        self._depth -= 1

    def text(self, text: str) -> None:
        if self._row_depth:
            self._weight_in_row += len(text)
        elif self.root != "sst":
            self._weight += len(text)
        if self._weight > _LONGEST or self._weight_in_row > _LONGEST:
            raise _unusual(msg("it holds texts of more than {most} characters", most=_LONGEST))

    def _begin_row(self, said: str | None) -> None:
        number = str(self._row + 1) if said is None else said
        if not number.isascii() or not number.isdigit() or not self._row < int(number[:9]) <= MOST_ROWS:
            raise _unusual(msg("after row {row} comes row {next!r}", row=self._row, next=number[:20]))
        self._row, self._column, self._row_depth = int(number), 0, self._depth
        self._weight_in_row = self._in_row = 0

    def _begin_cell(self, said: str | None) -> None:
        self._has_value = False
        column, row = self._column + 1, self._row
        if said is not None:
            found = _CELL.fullmatch(said)
            column, row = (column_index_from_string(found[1]), int(found[2])) if found else (0, 0)
        if row != self._row or not self._column < column <= MOST_COLUMNS:
            raise _unusual(msg("in row {row} cell {cell!r} is out of order", row=self._row, cell=(said or "")[:20]))
        self._cells += column - self._column  # a reader fills in those that are left out
        self._column = column
        if self._cells > _MOST_CELLS:
            raise _unusual(msg("it has more than {most} cells", most=_MOST_CELLS))

    def _note_value(self, name: str) -> None:
        self.layout.last_row = self._row
        if name != "f":
            if self._has_value:
                raise _unusual(msg("a cell of row {row} has two values", row=self._row))
            self._has_value = True

    def _count(self, name: str, said: dict[str, str]) -> None:
        if self.root == "sst":
            self._texts += name == "si"
            self._elements = 0 if name == "si" else self._elements + 1
            if self._texts > _MOST_TEXTS:
                raise _unusual(msg("it has more than {most} texts", most=_MOST_TEXTS))
        else:
            self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise _unusual(msg("it has more than {most} elements", most=_MOST_ELEMENTS))
        if name == "mergeCell":
            self._add_area(said.get("ref", ""))
        elif name == "Override":
            self._check_name(said.get("PartName", ""), said.get("ContentType", ""))
        elif name == "Relationship":
            self._check_name(said.get("Target", ""), said.get("Type", ""))
        if "macroEnabled" in said.get("ContentType", ""):
            raise Reject(msg("The workbook has macros; save it as .xlsx, which has none"))

    def _add_area(self, reference: str) -> None:
        try:
            area = Area(*range_boundaries(reference[:40]))
            if area.left > area.right or area.top > area.bottom:
                raise ValueError
        except (ValueError, TypeError):
            raise _unusual(msg("the merged area {area!r} is none", area=reference[:20])) from None
        self.layout.areas.append(area)
        if len(self.layout.areas) > _MOST_AREAS:
            raise _unusual(msg("it has more than {most} merged areas", most=_MOST_AREAS))

    @staticmethod
    def _check_name(name: str, kind: str) -> None:
        """A part that is read is one that was looked at."""
        if _READ.search(kind) and not _is_looked_at(name):
            raise _unusual(msg("it names a part {name!r}, which no program does", name=name[:80]))


def _said(attributes: Sequence[str], name: str) -> str | None:
    """The value of an attribute."""
    return next((attributes[at + 1] for at in range(0, len(attributes), 2) if attributes[at] == name), None)


def _unusual(problem: Wording) -> Reject:
    return Reject(msg("{problem}; write the workbook anew and send it again", problem=problem))
