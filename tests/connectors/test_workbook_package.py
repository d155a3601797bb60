"""A workbook is looked through before it is read: nothing in it costs more memory than rows do, or means two things."""

import io
import random
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from connectors.workbook_package import Area, look_through
from hub.errors import HubError, Reject, Retry
from tests.connectors.workbooks import book, changed, packed, parts, with_parts
from tests.memory import megabytes

SHEET = "xl/worksheets/sheet1.xml"
STYLES, STRINGS, BOOK = "xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
END = b"</sheetData>"
RANDOM = random.Random(1).randbytes(2**22).hex().encode()
"""Text of eight million characters that cannot be packed small."""
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha">]>'


def below(rows: bytes) -> bytes:
    """The usual sheet with rows added as they are written."""
    return changed(END, rows + END)


def numbered(form: bytes, count: int) -> bytes:
    return b"".join(form % number for number in range(count))


def stored(name: str, content: bytes, method: int = ZIP_DEFLATED) -> bytes:
    """The usual workbook with a part of that name beside it, which may be there already."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for other, inner in parts(book()).items():
            package.writestr(other, inner)
        package.writestr(name, content, method)
    return file.getvalue()


def encrypted() -> bytes:
    """The usual workbook whose central directory says that its parts are encrypted."""
    body = bytearray(book())
    at = body.find(b"PK\x01\x02")
    while at >= 0:
        body[at + 8] |= 1
        at = body.find(b"PK\x01\x02", at + 4)
    return bytes(body)


def damaged() -> bytes:
    """The usual workbook with another byte amid the sheet."""
    body = bytearray(book())
    body[body.find(SHEET.encode()) + len(SHEET) + 60] ^= 0xFF
    return bytes(body)


def declared_small() -> bytes:
    """A part that unpacks to more than the package says."""
    body = bytearray(stored("xl/more.xml", b"<a>" + b" " * 2**24 + b"</a>"))
    at = body.rfind(b"PK\x01\x02")
    body[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(body)


HOSTILE: dict[str, tuple[Callable[[], bytes], type[HubError], str]] = {
    "encrypted or old": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2048, Reject, r"encrypted, or an old"),
    "an error page": (lambda: b"<html>502</html>", Retry, "is no workbook"),
    "nothing": (lambda: b"", Retry, "is no workbook"),
    "cut off": (lambda: book()[:-40], Retry, "no whole workbook"),
    "a byte changed": (damaged, Retry, "no whole workbook"),
    "another package": (lambda: packed({"a.txt": b"x"}), Reject, "it has no sheet"),
    "macros": (lambda: with_parts(xl__vbaProject_bin=b"x"), Reject, "has macros"),
    "macros by name": (
        lambda: changed(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main", "[Content_Types].xml"),
        Reject,
        "has macros",
    ),
    "links elsewhere": (
        lambda: with_parts(xl__externalLinks__externalLink1_xml=b"<a/>"),
        Reject,
        "links to other workbooks",
    ),
    "a chart sheet": (lambda: with_parts(xl__chartsheets__sheet1_xml=b"<a/>"), Reject, "a sheet that is a chart"),
    "encrypted parts": (encrypted, Reject, "encrypted or packed in an unusual way"),
    "bzip2": (lambda: stored("xl/more.xml", b"<a/>", ZIP_BZIP2), Reject, "packed in an unusual way"),
    "a part twice": (lambda: stored("XL/workbook.xml", b"<a/>"), Reject, "has a part twice"),
    "many parts": (lambda: packed({f"{number}.xml": b"" for number in range(501)}), Reject, "more than 500 parts"),
    "a bomb": (lambda: stored("xl/media/a.png", b"\0" * 2**27), Reject, "packed more than 200 times"),
    "a bomb that says it is none": (declared_small, Retry, "no whole workbook"),
    "a DTD": (lambda: changed(b"<worksheet", LAUGHS + b"<worksheet", SHEET), Reject, rf"{SHEET}: .* \(DTD\)"),
    "a DTD of styles": (lambda: changed(b"<styleSheet", LAUGHS + b"<styleSheet", STYLES), Reject, r"styles.*DTD"),
    "a DTD of texts": (lambda: changed(b"<sst", LAUGHS + b"<sst", STRINGS), Reject, r"sharedStrings.*DTD"),
    "depth": (lambda: below(b"<a>" * 100_000), Retry, "nested too deeply"),
    "many styles": (lambda: changed(b"<cellXfs", b"<xf/>" * 50_001 + b"<cellXfs", STYLES), Reject, "50000 elements"),
    "many names": (lambda: changed(b"<sheets>", b"<b/>" * 50_001 + b"<sheets>", BOOK), Reject, "50000 elements"),
    "many texts": (
        lambda: changed(b"</sst>", numbered(b'<si n="%d"/>', 250_001) + b"</sst>", STRINGS),
        Reject,
        "250000 texts",
    ),
    "many areas": (
        lambda: (
            below(b"").replace(b"", b"")
            and changed(END, END + b"<mergeCells>" + b'<mergeCell ref="A1:B1"/>' * 10_001 + b"</mergeCells>")
        ),
        Reject,
        "10000 merged areas",
    ),
    "an area that is none": (
        lambda: changed(END, END + b'<mergeCell ref="?"/>'),
        Reject,
        r"the merged area '\?' is none",
    ),
    "an area backwards": (
        lambda: changed(END, END + b'<mergeCell ref="C5:A5"/>'),
        Reject,
        "merged area 'C5:A5' is none",
    ),
    "a row again": (lambda: below(b'<row r="6"/>'), Reject, "after row 7 comes row '6'"),
    "a row too many": (lambda: below(b'<row r="1048577"/>'), Reject, "comes row '1048577'"),
    "a row by letters": (lambda: below(b'<row r="VII"/>'), Reject, "comes row 'VII'"),
    "a row in a row": (lambda: below(b'<row r="8"><row r="9"/></row>'), Reject, "row 8 holds too much"),
    "a long row": (
        lambda: below(b'<row r="8"><c>' + b"<r/>" * 200_001 + b"</c></row>"),
        Reject,
        "too much",
    ),
    "a heavy row": (lambda: below(b'<row r="8"><c><v>' + RANDOM + b"</v></c></row>"), Reject, "4194304 char"),
    "a heavy remark": (lambda: changed(END, END + b"<o>" + RANDOM + b"</o>"), Reject, "4194304 char"),
    "a cell again": (lambda: below(b'<row r="8"><c r="B8"/><c r="B8"/></row>'), Reject, "cell 'B8' is out of order"),
    "a cell before": (lambda: below(b'<row r="8"><c r="B8"/><c r="A8"/></row>'), Reject, "cell 'A8' is out of order"),
    "a cell of another row": (lambda: below(b'<row r="8"><c r="A9"/></row>'), Reject, "cell 'A9' is out of order"),
    "cells far to the right": (
        lambda: below(b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(8, 320))),
        Reject,
        "more than 5000000 cells",
    ),
    "a cell nowhere": (lambda: below(b'<row r="8"><c r="XFE8"/></row>'), Reject, "cell 'XFE8' is out of order"),
    "two values": (
        lambda: below(b'<row r="8"><c><v>1</v><v>2</v></c></row>'),
        Reject,
        "a cell of row 8 has two values",
    ),
    "a part that no program names": (
        lambda: changed(b"worksheets/sheet1.xml", b"media/sheet1.png", "xl/_rels/workbook.xml.rels"),
        Reject,
        "names a part 'media/sheet1.png'",
    ),
}


@pytest.mark.parametrize(("made", "kind", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_workbook_that_could_cost_or_mean_anything_is_refused(
    made: Callable[[], bytes], kind: type[HubError], why: str
) -> None:
    with pytest.raises(kind, match=why):
        look_through(made())


def test_an_ordinary_workbook_is_none_of_these() -> None:
    body = changed(END, END + b'<mergeCells count="1"><mergeCell ref="A1:E2"/></mergeCells>')
    (layout,) = look_through(body).values()
    assert layout.areas == [Area(1, 1, 5, 2)]
    assert layout.last_row == 7


def test_rows_and_cells_without_a_place_follow_each_other() -> None:
    assert look_through(below(b"<row><c/><c><v>1</v></c></row>"))[SHEET].last_row == 8


def test_what_is_never_read_may_be_anything() -> None:
    body = with_parts(
        xl__charts__chart1_xml=b"<broken", xl__media__image1_bin=b"\0", customXml__item1_xml=b"<!DOCTYPE a>"
    )
    assert list(look_through(body)) == [SHEET]


IMPORTS = """
import random
from connectors.workbook_table import Workbook
from hub.errors import HubError
"""
READ_ALL = """
for file in Path(sys.argv[1]).iterdir():
    try:
        list(Workbook(file.read_bytes()).table("BaoCao", ["Tên"]).lines)
    except HubError:
        continue
    raise SystemExit(f"{file} was read to its end")
"""
READ_LARGE = """
assert sum(1 for _ in Workbook(Path(sys.argv[1]).read_bytes()).table("BaoCao", ["Tên"]).lines) == int(sys.argv[2])
"""


def test_the_whole_battery_takes_the_process_few_megabytes(tmp_path: Path) -> None:
    for name, (made, _, _) in HOSTILE.items():
        (tmp_path / name).write_bytes(made())
    assert megabytes(IMPORTS, READ_ALL, tmp_path) < 64


def test_the_widest_rows_and_the_most_styles_that_are_read_take_few_megabytes_too(tmp_path: Path) -> None:
    row = b"<row>%b</row>"
    rows = b"".join(row % numbered(b"<c><v>%d</v></c>", 16_000) for _ in range(5))
    styles = numbered(b'<xf numFmtId="14" fontId="%d"/>', 40_000)
    body = changed(b"</cellXfs>", styles + b"</cellXfs>", STYLES, below(rows))
    (tmp_path / "large").write_bytes(body)
    assert megabytes(IMPORTS, READ_LARGE, tmp_path / "large", 7) < 128
