"""Tables in files: what is read, how faults are told, and that nothing that is written runs in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from hub.errors import Abort
from hub.sheets import Cell, Sheet, Value, write_csv, write_workbook
from hub.tables import CsvRow, Day, Positive, Whole, Word, read


class Count(CsvRow):
    """What tests read."""

    code: Word
    day: Day
    count: Whole
    share: Positive
    note: str = ""


HEADER = "code,day,count,share,note\n"
GOOD = "a,2023-06-30,5,1.5,\n"


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "counts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(folder: Path, text: str | bytes) -> list[Count]:
    return [line.row for line in read(file(folder, text), Count, ("code",))]


def test_values_are_what_their_columns_say(tmp_path: Path) -> None:
    [row] = rows(tmp_path, HEADER + GOOD)
    assert (row.code, row.day, row.count, row.share, row.note) == ("a", date(2023, 6, 30), 5, Decimal("1.5"), "")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n"),
        HEADER + "\n" + GOOD + "\n",
        HEADER + " a , 2023-06-30 ,5,1.5,\n",
        "day,code,share,count\n2023-06-30,a,1.5,5\n",
    ],
)
def test_a_mark_line_ends_blank_lines_spaces_and_the_order_of_columns_do_not_matter(tmp_path: Path, text: str) -> None:
    assert rows(tmp_path, text) == [
        Count.model_validate({"code": "a", "day": "2023-06-30", "count": "5", "share": "1.5"})
    ]


def test_a_quoted_value_may_hold_what_ends_lines_elsewhere(tmp_path: Path) -> None:
    found = read(file(tmp_path, HEADER + 'a,2023-06-30,5,1.5,"x\ny\u2028z"\n' + GOOD.replace("a", "b", 1)), Count)
    assert [(line.number, line.row.note) for line in found] == [(2, "x y z"), (4, "")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEADER + ",2023-06-30,5,1.5,\n", "line 2, column code: '' is empty"),
        (HEADER + "a,30/06/2023,5,1.5,\n", "line 2, column day: '30/06/2023' is no day such as 2023-06-30"),
        (HEADER + "a,2023-06-30,1.000,1.5,\n", "line 2, column count: '1.000' is no whole number; write digits only"),
        (HEADER + 'a,2023-06-30,5,"1,5",\n', "line 2, column share: '1,5' is no number; write 8310 or 8310.5"),
        (HEADER + "a,2023-06-30,5,nan,\n", "line 2, column share: 'nan' is no number"),
        (HEADER + "a,2023-06-30,5,8.310,\n", "'8.310' may mean 8310 or a fraction; write 8310, or 8.3100"),
        (HEADER + "a,2023-W26,5,1,\n", "'2023-W26' is no day such as 2023-06-30"),
        (HEADER + "a,2023-06-30,5,0,\n", "line 2, column share: must be a number above 0"),
        (
            HEADER + "a,2023-06-30,5,1,5,\n",
            "line 2: 6 values instead of 5; quote values that",
        ),
        (HEADER + "a,2023-06-30\n", "line 2: 2 values instead of 5"),
        (HEADER + GOOD + GOOD, "line 3, column code: a is on line 2 already; keep one"),
        (HEADER + 'a,"2023', "line 2: a quote is opened and never closed"),
        ("", "line 1: columns are '', must be 'code,day,count,share,note'"),
        ("code,day,count\n", "line 1: columns are 'code,day,count', must be"),
        (HEADER.replace("note", "notes") + GOOD, "line 1: columns are 'code,day,count,share,notes', must be"),
        (HEADER.replace("note", "code") + GOOD, "line 1: columns are 'code,day,count,share,code', must be"),
        ((HEADER + GOOD).encode("utf-16"), "counts.csv: not UTF-8 at byte 0; save it as UTF-8"),
    ],
)
def test_a_fault_names_file_line_column_and_what_to_write(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(Abort) as error:
        rows(tmp_path, text)
    assert told in error.value.en
    assert "counts.csv" in error.value.en
    assert error.value.vi != error.value.en


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Abort) as error:
        rows(tmp_path, HEADER + ",30/06,5,1.5,\n" + GOOD + "b,2023-06-30,many,1.5,\n")
    assert [line.split("counts.csv, ")[1].split(":")[0] for line in error.value.en.splitlines()] == [
        "line 2, column code",
        "line 2, column day",
        "line 4, column count",
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Abort, match=r"counts\.csv cannot be read: No such file"):
        read(tmp_path / "counts.csv", Count)


FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    assert write_csv(["x"], [[text]]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")
    sheet = load_workbook(io.BytesIO(write_workbook([Sheet("x", ["x"], [[text]])])))["x"]
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].quotePrefix
    assert not load_workbook(io.BytesIO(write_workbook([Sheet("x", ["x"], [["plain"]])])))["x"]["A2"].quotePrefix


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_no_part_of_a_text_is_a_formula_where_a_program_parts_columns_at_another_character(
    text: str, separator: str
) -> None:
    [_, (written,)] = csv.reader(io.StringIO(write_csv(["x"], [[f"a{separator}{text}"]]).decode("utf-8-sig")))
    assert written.startswith(f"a{separator}'")


@pytest.mark.parametrize("before", ['"', '""', " ", '\u00a0" '])
@pytest.mark.parametrize("begin", ["", "a;", "a\t", "a|"])
def test_no_text_is_a_formula_behind_blanks_and_quotation_marks(begin: str, before: str) -> None:
    [_, (written,)] = csv.reader(io.StringIO(write_csv(["x"], [[f"{begin}{before}=1+1"]]).decode("utf-8-sig")))
    assert written == f"{begin}{before}'=1+1"


def test_a_program_that_parts_columns_at_semicolons_finds_no_formula_behind_a_quotation_mark() -> None:
    made = write_csv(["x", "y"], [["a", 'b;"=HYPERLINK("http://elsewhere.example")']]).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(made), delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith("=")]


@pytest.mark.parametrize("before", ["", " ", '"'])
def test_a_program_that_parts_columns_at_semicolons_finds_no_formula_in_a_later_line_of_a_text(before: str) -> None:
    made = write_csv(["x", "y"], [["a", f'b\n{before}=HYPERLINK("http://elsewhere.example")']]).decode("utf-8-sig")
    cells = [cell.lstrip(' "') for row in csv.reader(io.StringIO(made), delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith("=")]


@pytest.mark.parametrize("title", ["Hồ sơ/Dịch vụ", "[a]: *b*?", "'đất đai'", "a\\b"])
def test_a_title_that_no_sheet_may_have_loses_its_signs(title: str) -> None:
    [name] = load_workbook(io.BytesIO(write_workbook([Sheet(title, ["x"], [])]))).sheetnames
    assert not set("[]:*?/\\'") & set(name)


def test_what_cannot_be_written_is_shown_as_such() -> None:
    assert "a�b" in write_csv(["x"], [["a\x00b"]]).decode()
    assert load_workbook(io.BytesIO(write_workbook([Sheet("x", ["x"], [["a\x00b"]])])))["x"]["A2"].value == "a�b"


UNPRINTABLE = [*(chr(code) for code in (0, 1, 8, 0xB, 0xC, 0x1F, 0x7F, 0x80, 0x9F, 0xD800, 0xDBFF, 0xDFFF, 0xFDD0))]
UNPRINTABLE += "\r\x85\u200b\u202e\u2028\u2066\ufeff"
UNPRINTABLE += [chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)]


@pytest.mark.parametrize("character", UNPRINTABLE, ids=ascii)
def test_a_character_that_files_cannot_hold_is_replaced_wherever_it_stands(character: str) -> None:
    text = f"a{character}b"
    assert write_csv([text], [[text], [f"={text}"]]).decode("utf-8-sig").splitlines() == ["a�b", "a�b", "'=a�b"]
    book = load_workbook(io.BytesIO(write_workbook([Sheet(text, [text], [[text], [Cell(text, is_bold=True)]])])))
    assert [[cell.value for cell in row] for row in book["a�b"].iter_rows()] == [["a�b"]] * 3


@pytest.mark.parametrize("text", ["Đất đai; môi trường", "a\tb", "x\ny", "x\n\n y", "\U0001f600", "a\u0300"])
def test_any_other_character_stays(text: str) -> None:
    assert next(csv.reader(io.StringIO(write_csv([text], []).decode("utf-8-sig"), newline=""))) == [text]
    book = load_workbook(io.BytesIO(write_workbook([Sheet("x", ["x"], [[text]])])))
    assert book["x"]["A2"].value == text


def test_csv_has_numbers_days_and_moments_as_machines_read_them() -> None:
    moment = datetime(2023, 6, 30, 17, tzinfo=UTC)
    row: list[Value] = [Decimal("1.50"), Decimal("0.000"), -3, True, None, date(2023, 6, 30), moment]
    assert write_csv("abcdefg", [row]).decode("utf-8-sig").splitlines()[1] == (
        "1.5,0,-3,true,,2023-06-30,2023-07-01T00:00:00+07:00"
    )


def test_a_sheet_has_titles_filters_formats_and_colours() -> None:
    rows: list[list[Value | Cell]] = [
        [Cell(Decimal("1.5"), "0.00"), date(2023, 6, 30), Cell("differs", colour="FFC7CE")]
    ]
    book = load_workbook(io.BytesIO(write_workbook([Sheet("x", ["a", "b", "c"], rows), Sheet("y", (), [["k", "v"]])])))
    sheet = book["x"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet["A1"].font.bold) == ("A2", "A1:C2", True)
    assert (sheet["A2"].number_format, sheet["B2"].number_format) == ("0.00", "dd/mm/yyyy")
    assert sheet["C2"].fill.fgColor.rgb == "FFFFC7CE"
    assert [[cell.value for cell in row] for row in book["y"].iter_rows()] == [["k", "v"]]


def test_a_cell_that_is_computed_holds_its_formula_and_the_value_it_had() -> None:
    made = write_workbook([Sheet("x", ["a", "b"], [[2, 3], [Cell(5, formula="=A2+B2"), None]])])
    read = {only: load_workbook(io.BytesIO(made), data_only=only)["x"]["A3"].value for only in (False, True)}
    assert read == {False: "=A2+B2", True: 5}


def test_a_text_is_no_formula_whatever_it_begins_with_and_what_is_too_long_is_cut() -> None:
    made = write_workbook(
        [
            Sheet(
                "a sheet whose title is longer than a workbook takes",
                ["a"],
                [["=1+1"], ["x" * 40_000], ["😀" * 20_000]],
            )
        ]
    )
    sheet = load_workbook(io.BytesIO(made)).worksheets[0]
    assert (sheet["A2"].data_type, sheet["A2"].value, len(sheet["A3"].value)) == ("s", "=1+1", 32_767)
    assert len(sheet["A4"].value) == 32_767 // 2
    assert len(sheet.title) == 31
