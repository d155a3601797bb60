"""A sheet is read as people mean it; what could mean two things has no value."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook as Written
from xlsxwriter.worksheet import Worksheet

from connectors.json_places import NO_NUMBER, NO_VALUE
from connectors.specification import TotalRow
from connectors.workbook_table import Line, Workbook
from hub.errors import Reject, Retry
from tests.connectors.workbooks import HEADER, ROWS, SHEET, TOTAL, book, changed

KNOWN = HEADER
TOTALS = TotalRow(column="Mã cơ sở", text="Tổng cộng", sums=["visits"])


def read(body: bytes, total: TotalRow | None = TOTALS, known: Sequence[str] = KNOWN, **more: Any) -> list[Line]:
    return list(Workbook(body).table(SHEET, known, total, **{"required": ["Mã cơ sở"], **more}).lines)


def values(body: bytes, total: TotalRow | None = TOTALS, **more: Any) -> list[dict[str, Any]]:
    return [dict(line.values) for line in read(body, total, **more)]


def marks(body: bytes, column: str = "Lượt khám", total: TotalRow | None = TOTALS, **more: Any) -> list[Any]:
    """Of each line the value of a column, without the mark of what has none."""
    return [str(line.get(column)).replace(NO_VALUE, "!") for line in values(body, total, **more)]


def test_titles_are_passed_over_and_the_total_is_no_record() -> None:
    table = Workbook(book()).table(SHEET, KNOWN, TOTALS)
    first, second = table.lines
    assert first == Line(5, dict(zip(HEADER, ROWS[0], strict=True)))
    assert second == Line(6, dict(zip(HEADER, ROWS[1], strict=True)))
    assert table.header_row == 4
    assert table.totals == {"Mã cơ sở": "Tổng cộng", "Lượt khám": 1600}


def test_an_empty_last_column_empty_rows_and_columns_nobody_asked_for_say_nothing() -> None:
    rows = [[], ROWS[0], [], [None, " ", "\u200b"], ROWS[1], [None] * 5 + ["ghi chú"], TOTAL]
    body = book(rows, [*HEADER, "Ghi chú", None, ""])
    assert [line.number for line in read(body)] == [6, 9]


def test_names_are_compared_in_the_one_form_of_a_text() -> None:
    body = book(header=["Mã\ncơ  sở ", "Tên", "Mã xã", "Lượt\u00a0khám", "Tỷ lệ"])
    assert values(body)[0]["Lượt khám"] == 512


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("1.234", "1.234"),
        (1234, 1234),
        (1234.0, 1234),
        (1.234, 1.234),
        (True, True),
        (1e15, NO_NUMBER),
        (123456789012345678, NO_NUMBER),
        (-3, -3),
        ("06541", "06541"),
        ("=1+1", f"{NO_VALUE}formula, D5"),
    ],
)
def test_numbers_are_numbers_and_texts_are_texts(value: Any, read_as: Any) -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        sheet.write(4, 3, value)

    (found,) = values(book([["1", "x"], TOTAL], change=change))
    assert found["Lượt khám"] == read_as
    assert type(found["Lượt khám"]) is type(read_as)


@pytest.mark.parametrize(
    ("form", "value", "read_as"),
    [
        ("0%", 0.98, f"{NO_VALUE}percentage, D5"),
        ("0.00 %", 1, f"{NO_VALUE}percentage, D5"),
        ("00000", 6541, "06541"),
        ("000", 6541, "6541"),
        ("0", 6541, 6541),
        ("#,##0", 6541, 6541),
        ("0.00", 0.5, 0.5),
    ],
)
def test_what_a_cell_shows_is_what_its_number_means(form: str, value: float, read_as: Any) -> None:
    def change(made: Written, sheet: Worksheet) -> None:
        sheet.write_number(4, 3, value, made.add_format({"num_format": form}))

    (found,) = values(book([["1", "x"], TOTAL], change=change))
    assert found["Lượt khám"] == read_as


def test_errors_are_no_values() -> None:
    body = changed(b'<c r="D5"><v>512</v></c>', b'<c r="D5" t="e"><v>#N/A</v></c>')
    assert marks(body)[0] == "!error value, D5"


@pytest.mark.parametrize("epoch", [False, True], ids=["1900", "1904"])
def test_days_are_those_that_people_see(epoch: bool) -> None:
    moment = datetime(2023, 6, 30, 8, 30)

    def change(made: Written, sheet: Worksheet) -> None:
        day, hour = made.add_format({"num_format": "dd/mm/yyyy"}), made.add_format({"num_format": "hh:mm"})
        sheet.write_datetime(4, 1, datetime(2023, 6, 30), day)
        sheet.write_datetime(4, 2, moment, made.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
        sheet.write(4, 3, 0.5, hour)
        sheet.write(4, 4, 45107)

    (found,) = values(book([["1"], TOTAL], change=change, date_1904=epoch))
    assert found["Tên"] == datetime(2023, 6, 30)
    assert found["Mã xã"] == moment
    assert found["Lượt khám"] == f"{NO_VALUE}time of day, D5"
    assert found["Tỷ lệ"] == 45107  # no day: nobody sees one


def merged(*areas: str) -> bytes:
    def change(_: Written, sheet: Worksheet) -> None:
        for area in areas:
            sheet.merge_range(area, "gộp")

    return book(change=change)


@pytest.mark.parametrize(
    ("area", "found"),
    [
        ("A1:E2", ["512", "1.088"]),
        ("D5:D6", ["!merged cell, D5", "!merged cell, D6"]),
        ("C5:D5", ["!merged cell, D5", "1.088"]),
        ("D5:E5", ["!merged cell, D5", "1.088"]),
        ("D5:F5", ["!merged cell, D5", "1.088"]),
        ("E5:G5", ["512", "1.088"]),
    ],
)
def test_a_merged_cell_stands_for_one_value_or_for_none(area: str, found: list[str]) -> None:
    assert marks(merged(area)) == found


def test_a_merged_cell_of_one_known_column_is_its_value() -> None:
    assert marks(merged("E5:G5"), "Tỷ lệ") == ["gộp", "0.25"]
    assert marks(merged("F5:G5"), "Tỷ lệ") == ["0.5", "0.25"]


def test_a_header_over_several_columns_has_a_value_only_where_the_others_are_empty() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        sheet.merge_range("D4:E4", "Lượt khám")

    body = book([["1", "A", "06541", 5], ["2", "B", "06541", 5, 6], TOTAL], HEADER[:4], change=change)
    assert marks(body) == ["5", "!several columns under one header, D6"]


def test_a_header_of_two_rows_is_named_by_the_lower_and_what_reaches_down_to_it() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        for column, name in zip("ABC", HEADER, strict=False):
            sheet.merge_range(f"{column}3:{column}4", name)
        sheet.merge_range("D3:E3", "Trong đó")

    body = book(header=[None, None, None, "Lượt khám", "Tỷ lệ"], change=change)
    assert values(body) == [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def test_the_rest_of_a_header_is_no_record() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        for column, name in zip("ABCDE", HEADER, strict=True):
            sheet.merge_range(f"{column}4:{column}6", name)

    body = book([[], [], *ROWS, TOTAL], change=change)
    assert [line.number for line in read(body)] == [7, 8]


@pytest.mark.parametrize(
    "row", [["A", "B", 1, 2, 3], [1, 2, 3, 4, 5], ["(1)", "(2)", "(3)", "(4)", "(5)"]], ids=["A", "1", "(1)"]
)
def test_a_row_that_numbers_the_columns_is_no_record(row: list[Any]) -> None:
    assert [line.number for line in read(book([row, *ROWS, TOTAL]))] == [6, 7]
    assert len(read(book([ROWS[0], row, TOTAL]))) == 2


@pytest.mark.parametrize("row", [["B", "A", 1, 2, 3], [2, 3, 4, 5, 6], ["1", "x", "3", 4, 5], [1, 2, 3]], ids=range(4))
def test_a_row_that_could_be_a_record_is_one(row: list[Any]) -> None:
    assert [line.number for line in read(book([row, *ROWS, TOTAL]))] == [5, 6, 7]


def test_texts_in_the_sheet_itself_are_read_like_those_in_the_list_of_texts() -> None:
    cell = '<c r="D5" t="inlineStr"><is><r><t>1.</t></r><r><t>088</t></r></is></c>'
    assert marks(changed(b'<c r="D5"><v>512</v></c>', cell.encode()))[0] == "1.088"


def test_a_workbook_that_another_program_wrote_is_read_too() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = SHEET
    for row in [HEADER, *ROWS, [*TOTAL[:3], "=SUM(D2:D3)"]]:
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    table = Workbook(file.getvalue()).table(SHEET, KNOWN, TOTALS)
    assert [dict(line.values) for line in table.lines] == [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    assert "Lượt khám" not in table.totals  # it was never computed


def test_rows_that_are_hidden_count() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_column(3, 3, None, None, {"hidden": True})

    assert marks(book(change=change)) == ["512", "1.088"]


@pytest.mark.parametrize("said", ["Tổng cộng", "TỔNG CỘNG:", " tổng  cộng ", "Tổng cộng."])
def test_the_total_is_known_by_its_text(said: str) -> None:
    assert len(read(book([*ROWS, [said, None, None, 1600]]))) == 2


def test_the_label_of_the_total_may_be_merged_over_its_column() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        sheet.merge_range("A7:C7", "Tổng cộng")

    total = TotalRow(column="Mã xã", text="Tổng cộng", sums=["visits"])
    assert len(read(book([*ROWS, [None, None, None, 1600]], change=change), total)) == 2


def test_of_a_total_by_formula_what_it_was_when_the_file_was_saved() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        sheet.write_formula("D7", "=SUM(D5:D6)", None, 1599)

    table = Workbook(book(change=change)).table(SHEET, KNOWN, TOTALS)
    assert len(list(table.lines)) == 2
    assert table.totals["Lượt khám"] == 1599


def test_a_sheet_without_its_total_is_not_whole() -> None:
    with pytest.raises(Reject, match=r"no row of totals \(Mã cơ sở: Tổng cộng\)"):
        read(book(ROWS))


def test_remarks_and_signatures_below_the_total_are_not_read() -> None:
    below = [[], ["Người lập biểu", None, None, "GIÁM ĐỐC"], ["Nguyễn Zzyvan", None, None, "Trần Zzyba"]]
    assert len(read(book([*ROWS, TOTAL, *below]))) == 2


@pytest.mark.parametrize("row", [ROWS[0], TOTAL, ["20003", None, None, "7"]], ids=["record", "total", "short"])
def test_what_counts_below_the_total_refuses_the_file(row: list[Any]) -> None:
    with pytest.raises(Reject, match="row 8 lies below the totals"):
        read(book([*ROWS, TOTAL, row]))


@pytest.mark.parametrize(
    "label", ["Tổng số", "Cộng", "TỔNG CỘNG", "Tổng:", "Tổng cộng huyện A", "Cộng (I)", "Cộng nhóm II"]
)
def test_a_total_that_nobody_named_is_a_record_with_nothing_readable(label: str) -> None:
    lines = read(book([ROWS[0], [label, None, None, 512], ROWS[1]]), None)
    assert [line.fault is None for line in lines] == [True, False, True]
    assert lines[1].values == {}
    assert "row of totals" in str(lines[1].fault and lines[1].fault.en)


@pytest.mark.parametrize(
    "name",
    [
        "Tổng công ty Viễn thông",
        "Tong cong ty Viettel",
        "Cộng đồng",
        "Tổng số trường",
        "Tổng cục Thuế",
        "Tống",
        "Totals Ltd",
    ],
)
def test_a_name_that_only_begins_alike_is_no_total(name: str) -> None:
    assert [line.fault for line in read(book([["1", name, "06541", 5]]), None)] == [None]


def test_a_code_of_the_feed_is_no_total() -> None:
    lines = read(book([["1", "Tổng số", "06541", 5]]), None, codes=["Tổng số"])
    assert [line.fault for line in lines] == [None]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (book(header=["Mã cơ sở", "Tên", "Tên", "Lượt khám"]), "row 4: the header names Tên twice"),
        (book(header=["a", "b"], rows=[["c"]]), "Sheet 'BaoCao' has no header with Mã cơ sở, Tên"),
        (book(header=["Tên", "Mã xã"]), "row 4: the header has no Mã cơ sở, by which totals are known"),
        (book([], [], []), "Sheet 'BaoCao' has no header"),
        (changed(b'name="BaoCao"', b'name="Khac"', "xl/workbook.xml"), "no sheet 'BaoCao', or several; it has Khac"),
        (changed(b'name="BaoCao"', b'name="BaoCao" state="hidden"', "xl/workbook.xml"), "Sheet 'BaoCao' is hidden"),
        (changed(b"<v>512</v>", b"<v>khong</v>"), r"The workbook cannot be read \(ValueError\)"),
        (changed(b'<c r="B5" t="s"><v>', b'<c r="B5" t="s"><v>9'), r"The workbook cannot be read \(IndexError\)"),
    ],
    ids=["twice", "no header", "no label", "empty", "other sheet", "hidden", "no number", "no text"],
)
def test_what_is_no_table_is_told_once_and_clearly(body: bytes, why: str) -> None:
    with pytest.raises(Reject, match=why):
        read(body)


def test_what_a_file_says_of_its_size_leaves_no_row_out() -> None:
    body = changed(b'<dimension ref="A1:E7"/>', b'<dimension ref="A1:B5"/>')
    assert marks(body) == ["512", "1.088"]


def test_a_million_empty_rows_cost_little() -> None:
    empty = b"".join(b'<row r="%d"/>' % number for number in range(8, 1_048_577))
    assert len(read(changed(b"</sheetData>", empty + b"</sheetData>"))) == 2


CELL = st.one_of(
    st.none(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4)),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20),
)


@given(st.lists(st.tuples(st.integers(0, 10**6).map(str), CELL, CELL, CELL, CELL), max_size=6))
def test_what_is_written_is_read(rows: list[tuple[Any, ...]]) -> None:
    from hub.texts import clean

    meant = [
        {n: v for n, v in zip(HEADER, row, strict=True) if v is not None and not (isinstance(v, str) and not clean(v))}
        for row in rows
    ]
    found = values(book([["0", "x"], *rows]), None)[1:]
    assert found == [pytest.approx(row) if not any(isinstance(v, str) for v in row.values()) else row for row in meant]


def test_what_is_no_workbook_is_asked_for_again() -> None:
    for body in (b"", b"<html>", b"PK\x03\x04", book()[:-30], book()[:2000]):
        with pytest.raises(Retry, match=r"no (whole )?workbook"):
            read(body)
