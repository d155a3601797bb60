"""Feeds whose source hands out workbooks: redacted, checked and read like those in other forms."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook as Written
from xlsxwriter.worksheet import Worksheet

from connectors.columns import UNREAD, differing_sums, typed_table, wire_table
from connectors.decoding import Decoded, Decoder
from connectors.json_places import NO_RECORD, NO_VALUE
from connectors.paging.feed_reader import Declaration, FeedReader
from connectors.slices import Slice
from hub.errors import HubError, Invalid, Reject, Retry
from tests.connectors import specs
from tests.connectors.simulated import FIRST
from tests.connectors.stub import Asked, Reply, Stub, says, stub
from tests.connectors.test_every_feed import read_sample
from tests.connectors.workbooks import book

PAPERS = specs.workbook_feed()
HEADER = [*specs.WORKBOOK_WIRES.values(), "Số trang"]
FIRST_PAPER = ["VB-1", "D1", "2023-02-26T08:00:00", "0", "1", "Nguyễn Zzyvan", "V/v Zzytrich", 12]
SECOND_PAPER = ["VB-2", "D1", "2023-02-26T09:00:00", "0", "0", None, None, "1.030"]
TOTAL: list[Any] = [None, "Tổng cộng", None, None, None, None, None, 1042]
SLICE = {"page": "slice", "type": "datetime", "label": "Ngày"}
STATED = {"nop_luc": "2023-02-26T10:00:00", "kho": "TW"}


def papers(*rows: list[Any], total: list[Any] | None = TOTAL, **more: Any) -> bytes:
    return book([*(rows or (FIRST_PAPER, SECOND_PAPER)), *([total] if total else [])], HEADER, **more)


def decode(body: bytes, **changes: Any) -> tuple[Decoder, Decoded]:
    decoder = Decoder(specs.workbook_feed(**changes), "key")
    return decoder, decoder.decode(body, STATED, look=True)


def differing(body: bytes, **changes: Any) -> list[str]:
    decoder, page = decode(body, **changes)
    feed = specs.workbook_feed(**changes)
    wire = wire_table(decoder, feed, page, 1, 1) if page.records else None
    assert page.totals is not None
    return differing_sums(feed, wire, page.totals)


def entry(body: bytes, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        **STATED,
        "lan_nop": number,
        "duong_dan": f"/luutru/v1/tep/{number}.xlsx",
        "sha256": hashlib.sha256(body).hexdigest(),
        "kich_thuoc": len(body),
        **more,
    }


@contextmanager
def store(*bodies: bytes, **more: Any) -> Iterator[Stub]:
    """A gateway that lists workbooks, each a later submission of the same."""
    listed = [entry(body, number, **more) for number, body in enumerate(bodies, 1)]
    files = {str(one["duong_dan"]): body for one, body in zip(listed, bodies, strict=True)}

    def answer(asked: Asked) -> Reply:
        return Reply(files[asked.path]) if asked.path in files else says(listed)

    with stub(answer) as there:
        yield there


def read(there: Stub, **changes: Any) -> list[Decoded]:
    feed = specs.workbook_feed(**changes)
    reader = FeedReader(there.gateway(), feed, Decoder(feed, "key"), "H37", "20")
    return [page.decoded for page in reader.read([Slice(FIRST, FIRST)], Declaration())]


def test_a_feed_is_read_from_recorded_files(tmp_path: Path) -> None:
    body = papers()
    (tmp_path / "1.json").write_text(json.dumps([entry(body)]), "utf-8")
    (tmp_path / "2.xlsx").write_bytes(body)
    came = read_sample(tmp_path, PAPERS)
    assert came.table["document_code"].to_pylist() == ["VB-1", "VB-2"]
    assert came.table["pages"].to_pylist() == [12, 1030]
    assert came.table["signed"].to_pylist() == [True, False]
    assert came.table[UNREAD].null_count == 2
    assert len(set(came.table["signer"].to_pylist())) == 2
    assert came.pages[0].decoded.unknown_fields == []
    assert came.pages[0].decoded.seen_fields == set(HEADER)


def test_only_the_newest_submission_counts() -> None:
    with store(papers(FIRST_PAPER, total=None), papers(SECOND_PAPER, total=None)) as there:
        (page,) = read(there, total_row=None)
    assert [page.records[0].f0, len(page.records)] == ["VB-2", 1]


@pytest.mark.parametrize(
    ("more", "why"),
    [({"sha256": "0" * 64}, "SHA-256 is not the one of the list"), ({"kich_thuoc": 7}, "the list says 7")],
    ids=["hash", "length"],
)
def test_a_workbook_is_the_one_that_the_list_names(more: dict[str, Any], why: str, waits: list[float]) -> None:
    with store(papers(), **more) as there, pytest.raises(Retry, match=why):
        read(there)


def test_one_workbook_may_be_the_answer_itself() -> None:
    with stub(lambda _: Reply(papers())) as there:
        (page,) = read(there, paging={"style": "single"}, columns={"updated_at": SLICE})
    assert len(page.records) == 2
    assert page.envelope["slice"] == "2023-02-26"


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (b"<html>502</html>", Retry, r"The file is no workbook \(\.xlsx\)"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, Reject, "encrypted, or an old workbook"),
        (papers(total=None), Reject, "no row of totals"),
    ],
    ids=["error page", "encrypted", "no total"],
)
def test_what_is_no_workbook_is_told_with_the_call(
    body: bytes, kind: type[HubError], why: str, waits: list[float]
) -> None:
    with store(body) as there, pytest.raises(kind, match=why) as told:
        read(there)
    assert "GET /luutru/v1/tep/1.xlsx" in told.value.en


def test_what_is_landed_is_redacted_and_finds_its_row_again() -> None:
    decoder, page = decode(papers())
    landed = decoder.encode(page)
    assert "Zzy" not in landed.decode() + repr(page)
    said = json.loads(landed)
    assert said["rows"] == [5, 6]
    assert said["totals"] == {"Số trang": 1042}
    assert said["page"] == {"nop_luc": STATED["nop_luc"]}
    assert said["records"][1]["Số trang"] == "1.030"
    assert decoder.reread(landed).records == page.records


@given(name=st.text(st.characters(codec="ascii", categories=["L"]), min_size=4))
def test_no_personal_text_outlives_decoding(name: str) -> None:
    marked = f"Zz{name}zZ"
    paper = [marked if isinstance(cell, str) and "Zzy" in cell else cell for cell in FIRST_PAPER]
    below: list[list[Any]] = [[marked], [None, marked, None, None, None, None, None, "GIÁM ĐỐC"]]
    total: list[Any] = [None, "Tổng cộng", *[None] * 5, 12]
    body = book([paper, total, *below], HEADER, [[marked], [], []])
    decoder, page = decode(body)
    told = decoder.encode(page).decode() + repr(page) + str([decoder.plain(record) for record in page.records])
    assert marked not in told


def test_a_cell_without_a_value_refuses_its_record_by_the_rule_about_types() -> None:
    def change(_: Written, sheet: Worksheet) -> None:
        sheet.write_formula("E5", "=1+0", None, 1)
        sheet.write_formula("F5", '="Nguyễn Zzyvan"', None, "Nguyễn Zzyvan")

    decoder, page = decode(papers(change=change))
    table = typed_table(PAPERS, wire_table(decoder, PAPERS, page, 1, 1))
    assert table[UNREAD].to_pylist()[0] == "signed, signer"
    first = decoder.plain(page.records[0])
    assert first["Ký số"] == f"{NO_VALUE}formula, E5"
    assert first["Người ký"] == NO_RECORD


def test_a_day_is_read_as_its_column_reads_days_and_is_none_elsewhere() -> None:
    def change(made: Written, sheet: Worksheet) -> None:
        day = made.add_format({"num_format": "dd/mm/yyyy"})
        for cell in ("C5", "A6"):
            sheet.write_datetime(cell, datetime(2023, 2, 26), day)

    decoder, page = decode(papers(change=change))
    found = [decoder.plain(record) for record in page.records]
    assert found[0]["Ngày ban hành"] == "2023-02-26T00:00:00"
    assert found[1]["Mã văn bản"] == f"{NO_VALUE}day"
    columns = {"issued_at": {**PAPERS.columns["issued_at"].model_dump(), "type": "date", "format": "%d/%m/%Y"}}
    decoder, page = decode(papers(change=change), columns=columns)
    assert decoder.plain(page.records[0])["Ngày ban hành"] == "26/02/2023"


def test_a_line_that_looks_like_a_total_is_told_and_has_nothing_readable() -> None:
    decoder, page = decode(papers(FIRST_PAPER, [None, "Cộng", *[None] * 5, 12]))
    assert set(decoder.plain(page.records[1]).values()) == {f"{NO_VALUE}row 6", NO_RECORD}
    assert [fault.en for fault in page.faults] == [
        "row 6: looks like a row of totals; name it in total_row of the feed, or give it another text"
    ]


@pytest.mark.parametrize(
    ("rows", "total", "told"),
    [
        ([FIRST_PAPER, SECOND_PAPER], 1042, []),
        ([FIRST_PAPER, SECOND_PAPER], "1.042", []),
        ([FIRST_PAPER, SECOND_PAPER], 1043, ["pages: 1042 ≠ 1043"]),
        ([FIRST_PAPER], 1042, ["pages: 12 ≠ 1042"]),
        ([FIRST_PAPER, SECOND_PAPER], None, ["pages: 1042 ≠ —"]),
        ([FIRST_PAPER, SECOND_PAPER], "nhiều", ["pages: 1042 ≠ —"]),
        ([[*FIRST_PAPER[:7], "?"], SECOND_PAPER], 1042, ["pages: 1030 ≠ 1042"]),
        ([[None, *FIRST_PAPER[1:]], SECOND_PAPER], 1042, []),
        ([[]], 0, []),
        ([[]], 5, ["pages: 0 ≠ 5"]),
        ([[*FIRST_PAPER[:7], 10_915_692_416]], 10_915_692_417, ["pages: 10915692416 ≠ 10915692417"]),
    ],
    ids=range(11),
)
def test_totals_are_the_sums_of_all_records_the_refused_ones_too(rows: Any, total: Any, told: list[str]) -> None:
    assert differing(papers(*rows, total=[*TOTAL[:7], total])) == told


@given(st.lists(st.decimals(0, 10**6, places=2).map(float), min_size=1, max_size=20))
def test_fractions_add_up_as_a_spreadsheet_adds_them(numbers: list[float]) -> None:
    pages = {"wire": "Số trang", "type": "number", "fact": False, "label": "Số trang"}
    rows = [[f"VB-{place}", *FIRST_PAPER[1:7], number] for place, number in enumerate(numbers)]
    assert differing(papers(*rows, total=[*TOTAL[:7], sum(numbers)]), columns={"pages": pages}) == []
    assert differing(papers(*rows, total=[*TOTAL[:7], sum(numbers) + 0.01]), columns={"pages": pages}) != []


def test_a_fraction_of_a_cell_is_never_taken_for_a_number_with_groups() -> None:
    pages = {"wire": "Số trang", "type": "number", "thousands": ".", "fact": False, "label": "Số trang"}
    told = [0.5, 1.234, 1088.25, -2.5, 1e-7, "1.234", "1.234,5", "1,234"]
    rows = [[f"VB-{place}", *FIRST_PAPER[1:7], value] for place, value in enumerate(told)]
    feed = specs.workbook_feed(columns={"pages": pages}, total_row=None)
    decoder, page = decode(papers(*rows, total=None), columns={"pages": pages}, total_row=None)
    table = typed_table(feed, wire_table(decoder, feed, page, 1, 1))
    assert table["pages"].to_pylist() == [0.5, 1.234, 1088.25, -2.5, 1e-7, 1234, 1234.5, None]


def test_a_workbook_whose_title_says_thousands_is_refused() -> None:
    with pytest.raises(Reject, match="'ĐVT: nghìn', and the feed reads single units"):
        decode(papers(titles=[["SỞ Y TẾ"], [None, None, "ĐVT: nghìn lượt"]]))


def test_the_column_of_totals_is_no_unknown_field() -> None:
    rows: list[list[Any]] = [["1", *FIRST_PAPER], ["Tổng cộng", *[None] * 7, 12]]
    total_row = {"column": "STT", "text": "Tổng cộng", "sums": ["pages"]}
    _, page = decode(book(rows, ["STT", *HEADER]), total_row=total_row)
    assert page.unknown_fields == []
    assert len(page.records) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sheet": None}, "sheet names the sheet of a workbook"),
        ({"format": "csv", "total_row": None}, "sheet names the sheet of a workbook"),
        ({"format": "csv", "sheet": None}, "total_row is for workbooks"),
        ({"total_row": {"column": "x", "text": "y", "sums": ["signed"]}}, "'signed', which is no column of numbers"),
        ({"total_row": {"column": "x", "text": "y", "sums": []}}, "sums"),
        ({"paging": {"style": "single", "total": "tong"}}, "a file has no places"),
        ({"paging": {"style": "single", "records": "x"}}, "a file has no places"),
        ({"repeats": {"x": "{area}"}}, "a file states nothing of its request"),
    ],
    ids=range(8),
)
def test_a_specification_of_workbooks_is_checked(changes: dict[str, Any], why: str) -> None:
    with pytest.raises((Invalid, ValueError), match=why):
        specs.workbook_feed(**changes)
