"""Workbooks as departments send them, made for tests."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

SHEET = "BaoCao"
HEADER = ["Mã cơ sở", "Tên", "Mã xã", "Lượt khám", "Tỷ lệ"]
ROWS: list[list[Any]] = [
    ["20001", "Bệnh viện A", "06541", 512, 0.5],
    ["20002", "Trạm y tế B", "06542", "1.088", 0.25],
]
TOTAL = ["Tổng cộng", None, None, 1600]
Change = Callable[[Workbook, Worksheet], None]


def book(
    rows: Sequence[Sequence[Any]] = (*ROWS, TOTAL),
    header: Sequence[Any] = HEADER,
    titles: Sequence[Sequence[Any]] = (["SỞ Y TẾ"], ["BÁO CÁO THÁNG 6"], []),
    change: Change | None = None,
    **options: Any,
) -> bytes:
    """A sheet with titles, a header in row 4 unless they are others, and rows below; `change` does the rest."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, **options}) as made:
        sheet = made.add_worksheet(SHEET)
        for number, row in enumerate([*titles, header, *rows]):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif value is not None:
                    sheet.write(number, place, value)
        if change is not None:
            change(made, sheet)
    return file.getvalue()


def parts(body: bytes) -> dict[str, bytes]:
    """The parts of a workbook by name."""
    with ZipFile(io.BytesIO(body)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(contents: Mapping[str, bytes]) -> bytes:
    """A package of those parts."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for name, content in contents.items():
            package.writestr(name, content)
    return file.getvalue()


def changed(old: bytes, new: bytes, part: str = "xl/worksheets/sheet1.xml", body: bytes | None = None) -> bytes:
    """The usual workbook, or another one, with a piece of a part replaced."""
    contents = parts(body or book())
    assert old in contents[part], contents[part]
    return packed({**contents, part: contents[part].replace(old, new)})


def with_parts(**more: bytes) -> bytes:
    """The usual workbook with further parts; `__` stands for `/`, `_xml` at the end for `.xml`."""
    named = {name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): c for name, c in more.items()}
    return packed({**parts(book()), **named})
