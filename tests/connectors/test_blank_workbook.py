"""The workbook that people fill in: it explains and checks itself, and the feed reads what is filled in."""

import io
from datetime import date, datetime
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import get_column_letter

from connectors.blank_workbook import blank_workbook
from connectors.columns import UNREAD, typed_table, wire_table
from connectors.decoding import Decoder
from connectors.source_files import load_sources
from connectors.specification import Feed
from hub.errors import Abort
from tests.connectors import specs

TASKS = load_sources()["tasks"].feeds["tasks"]
STATED = {"file": "a.xlsx", "modified_at": "2023-06-30T08:00:00+07:00"}
FEEDS = {
    f"{source.name}.{name}": feed
    for source in load_sources().values()
    for name, feed in source.feeds.items()
    if feed.format == "xlsx"
}


def filled(feed: Feed, *rows: dict[str, Any]) -> bytes:
    """The template with these rows below its header, as a spreadsheet program saves it."""
    book = load_workbook(io.BytesIO(blank_workbook(feed)))
    sheet = book[str(feed.sheet)]
    places = {cell.value: cell.column for cell in sheet[4]}
    for number, row in enumerate(rows, 5):
        for name, value in row.items():
            sheet.cell(number, int(places[name] or 0), value)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def read(feed: Feed, body: bytes) -> pa.Table:
    decoder = Decoder(feed, "key")
    page = decoder.decode(body, STATED, look=True)
    assert page.unknown_fields == []
    assert page.faults == []
    return typed_table(feed, wire_table(decoder, feed, page, 1, 1))


def test_what_is_filled_in_is_read_as_it_was_meant() -> None:
    task = {
        "Mã": "NV-001",
        "Loại": "Nhiệm vụ",
        "Nội dung": "Nguyễn Văn Hiếm trình đề án",
        "Ngày giao": date(2023, 1, 3),
        "Hạn hoàn thành": datetime(2023, 3, 31),
        "Trạng thái": "Đang thực hiện",
    }
    project = {
        "Mã": "007",
        "Loại": "Dự án",
        "Lĩnh vực": "Kinh tế số",
        "Mã đơn vị chủ trì": "000.00.11.H37",
        "Ngày giao": "05/02/2023",
        "Số tiền (đồng)": 1_500_000_000,
        "Trạng thái": "Huỷ",
    }
    table = read(TASKS, filled(TASKS, task, project))
    assert table.num_rows == 2
    assert table[UNREAD].null_count == 2
    first, second = table.to_pylist()
    assert (first["case_code"], first["kind"], first["status"]) == ("NV-001", "task", "open")
    assert [str(first[name])[:10] for name in ("received_at", "due_at")] == ["2023-01-02", "2023-03-30"]  # in UTC
    assert (second["case_code"], second["class"], second["amount_vnd"]) == ("007", "digital_economy", 1_500_000_000)
    assert "content" not in table.column_names


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_an_empty_template_of_every_feed_of_workbooks_holds_no_record(feed: Feed) -> None:
    decoder = Decoder(feed, "key")
    page = decoder.decode(blank_workbook(feed), STATED, look=True)
    assert (page.records, page.unknown_fields) == ([], [])
    assert page.seen_fields == {column.wire for column in feed.columns.values() if column.wire} | (
        {feed.total_row.column} if feed.total_row else set()
    )


def test_a_row_of_totals_stands_below_the_rows_to_fill_in() -> None:
    feed = specs.feed(
        request={"path": "/a"},
        paging={"style": "single"},
        errors=None,
        format="xlsx",
        sheet="Danh mục",
        total_row={"column": "Tên", "text": "Tổng cộng", "sums": ["pages"]},
        columns={"pages": {"wire": "so_trang", "type": "integer", "label": "Số trang", "fact": False}},
    )
    book = load_workbook(io.BytesIO(blank_workbook(feed)))
    assert len(book.sheetnames) == len({name.casefold() for name in book.sheetnames}) == 2
    page = Decoder(feed, "key").decode(filled(feed, {"ma": "1", "so_trang": 7}), STATED, look=False)
    assert len(page.records) == 1
    sheet = book["Danh mục"]
    header = {cell.value: cell.column for cell in sheet[4]}
    last = list(sheet.iter_rows())[-1]
    assert last[int(header["Tên"] or 0) - 1].value == "Tổng cộng"
    assert str(last[int(header["so_trang"] or 0) - 1].value).startswith("=SUM(")


def test_the_program_that_opens_it_checks_codes_days_and_numbers() -> None:
    book = load_workbook(io.BytesIO(blank_workbook(TASKS)))
    sheet = book["Nhiệm vụ"]
    checks = {str(one.sqref).split(":")[0][0]: one for one in sheet.data_validations.dataValidation}
    places = {cell.value: get_column_letter(int(cell.column or 0)) for cell in sheet[4]}
    assert checks[places["Ngày giao"]].type == "date"
    assert (checks[places["Số tiền (đồng)"]].type, checks[places["Số tiền (đồng)"]].formula1) == ("whole", "0.0")
    listed = checks[places["Loại"]]
    assert listed.type == "list"
    name, _, cells = listed.formula1.replace("$", "").partition("!")
    values = [cell.value for (cell,) in book[name.strip("'")][cells]]
    assert values == list(TASKS.columns["kind"].codes)
    states = checks[places["Trạng thái"]].formula1.replace("$", "").partition("!")[2]
    assert [cell.value for (cell,) in book[name.strip("'")][states]] == [
        "Dự kiến", "Đang thực hiện", "Hoàn thành", "Từ chối", "Huỷ",
    ]  # fmt: skip
    assert all(cell.comment for cell in sheet[4])


def test_nothing_of_a_specification_becomes_a_formula() -> None:
    feed = specs.feed(
        request={"path": "/a"},
        paging={"style": "single"},
        errors=None,
        format="xlsx",
        sheet="BaoCao",
        title='=cmd|"/c calc"!A0',
        columns={"organisation_code": {"wire": "=1+1", "label": "@SUM(1)", "codes": {"=2": "x", "+3": "y"}}},
    )
    with ZipFile(io.BytesIO(blank_workbook(feed))) as package:
        assert not [name for name in package.namelist() if b"<f>" in package.read(name)]


def test_a_feed_of_another_format_has_no_template() -> None:
    with pytest.raises(Abort, match=r"this one is json"):
        blank_workbook(specs.feed())
