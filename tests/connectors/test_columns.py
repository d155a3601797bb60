"""A value of the wire is read right, or its column is named as unread; nothing is guessed and no record is lost."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.columns import PAGE, ROW, UNREAD, typed_table, wire_table
from connectors.decoding import Decoder
from connectors.source_files import find_feed
from connectors.specification import Feed
from hub.periods import VIETNAM
from hub.texts import clean
from tests.connectors import specs

MOMENT = {"type": "datetime", "format": "%Y%m%d%H%M%S"}
ISO = {"type": "datetime"}
DAY = {"type": "date", "format": "%d/%m/%Y"}
MONTH = {"type": "month", "format": "%Y-%m"}
COUNT = {"type": "integer", "thousands": "."}
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}
AMOUNT = {"type": "number", "thousands": "."}
YES_NO = {"type": "boolean"}
CHANNEL = {"codes": {"": "direct", "1": "direct", "2": "online"}}
SMARTPHONE = {"type": "boolean", "codes": {"": False, "0": False, "1": True}}


def read(feed: Feed, records: list[dict[str, Any]]) -> pa.Table:
    """Records as the pipeline reads them: decoded from JSON, as one page of a batch that begins at row 11."""
    decoder = Decoder(feed, "key")
    page = decoder.decode(json.dumps({"du_lieu": records}).encode(), {}, look=False)
    return typed_table(feed, wire_table(decoder, feed, page, 3, 11))


def read_one(column: dict[str, Any], *values: Any) -> list[Any]:
    """What becomes of values of one column that come together; "?" for one that could not be read."""
    feed = specs.only(value=column)
    table = read(feed, [{"ma": str(number), "value": value} for number, value in enumerate(values)])
    unread = table[UNREAD].to_pylist()
    assert {None, "value"} >= set(unread)
    found = table["value"].to_pylist()
    assert all(value is None for value, name in zip(found, unread, strict=True) if name)
    return ["?" if name else value for value, name in zip(found, unread, strict=True)]


def vietnam(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=VIETNAM)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("column", "wire", "value"),
    [
        (COUNT, "10.915.692.416", 10_915_692_416),
        (COUNT, "20.984", 20_984),
        (COUNT, "984", 984),
        (COUNT, 984, 984),
        (COUNT, "-1.234", -1234),
        (COUNT, "20.98", "?"),
        (COUNT, "2098.4", "?"),
        (COUNT, "1..234", "?"),
        (COUNT, ".123", "?"),
        (COUNT, "20,984", "?"),
        (COUNT, 20.98, "?"),
        (WHOLE, 7, 7),
        (WHOLE, "007", 7),
        (WHOLE, "", None),
        (WHOLE, None, None),
        (WHOLE, "0x1f", "?"),
        (WHOLE, "1_000", "?"),
        (WHOLE, " 7", 7),
        (WHOLE, "7.0", 7),
        (WHOLE, "7.000", "?"),
        (WHOLE, 7.0, 7),
        (WHOLE, 1e3, 1000),
        (WHOLE, "+5", 5),
        (WHOLE, "−5", -5),
        (WHOLE, "１２３", 123),
        (WHOLE, "1²", "?"),
        (WHOLE, "-", "?"),
        (WHOLE, "1e3", "?"),
        (WHOLE, "1 234", "?"),
        (COUNT, "1.234.567", 1_234_567),
        (COUNT, "0.984", "?"),
        (COUNT, "01.500", "?"),
        (COUNT, "-0.984", "?"),
        (COUNT, "000.984", "?"),
        (COUNT, "1.23", "?"),
        (COUNT, "1.234.5", "?"),
        (COUNT, "1,234", "?"),
        (COUNT, "1.234,56", "?"),
        (COUNT, "1.234,00", 1234),
        (COUNT, "1 234", 1234),
        (COUNT, "1\u00a0234", 1234),
        (COUNT, "1\u202f234\u202f567", 1_234_567),
        (COUNT, "1'234", 1234),
        (COUNT, "1.234 567", "?"),
        (COUNT, "(1.234)", "?"),
        (COUNT, "-", "?"),
        (COUNT, "–", "?"),
        (COUNT, "5-", "?"),
        (COUNT, "+5", 5),
        (COUNT, "1.234 ", 1234),
        (COUNT, "１.２３４", 1234),
        (COUNT, "1e3", "?"),
        (COUNT, "1.234đ", "?"),
        (COUNT, 20.984, "?"),
        (COUNT, 3.0, 3),
        (AMOUNT, "1.234,56", 1234.56),
        (AMOUNT, "1234,5", 1234.5),
        (AMOUNT, "1,234", "?"),
        (AMOUNT, "0,984", "?"),
        (AMOUNT, "0,98", 0.98),
        (AMOUNT, "1.234", 1234.0),
        (AMOUNT, 1.234, "?"),
        (WHOLE, "٣", "?"),
        (WHOLE, 7.5, "?"),
        (WHOLE, [7], "?"),
        ({}, {"la": 1}, "?"),
        (NUMBER, "1E3", 1000.0),
        (NUMBER, 1e-7, 1e-7),
        (YES_NO, 1.0, True),
        (YES_NO, "TRUE", True),
        ({}, 12.0, "12"),
        ({}, "PA-1\n", "PA-1"),
        ({}, "\u200bPA-1\u00a0", "PA-1"),
        ({}, "Pho\u0302\u0301", "Phố"),
        ({}, "a\uffffb", "a�b"),
        ({}, "a \t b", "a b"),
        ({}, " \u200b", None),
        (CHANNEL, "2 ", "online"),
        (CHANNEL, 2, "online"),
        (CHANNEL, 2.0, "online"),
        (CHANNEL, " ", "direct"),
        (WHOLE, 2**63 - 1, 2**63 - 1),
        (WHOLE, 2**63, "?"),
        (WHOLE, 10**30, "?"),
        (WHOLE, True, "?"),
        (NUMBER, 93.37, 93.37),
        (NUMBER, "93.37", 93.37),
        (NUMBER, "1e3", 1000.0),
        (NUMBER, "nan", "?"),
        (NUMBER, "1e999", "?"),
        (NUMBER, "0x1f", "?"),
        (YES_NO, True, True),
        (YES_NO, False, False),
        (YES_NO, "1", True),
        (YES_NO, 0, False),
        (YES_NO, "true", True),
        (YES_NO, "có", "?"),
        (YES_NO, 2, "?"),
        (DAY, "15/05/2023", date(2023, 5, 15)),
        (DAY, "01/03/2023", date(2023, 3, 1)),
        (DAY, "31/02/2023", "?"),
        (DAY, "29/02/2023", "?"),
        (DAY, "29/02/2024", date(2024, 2, 29)),
        (DAY, "5/15/2023", "?"),
        (DAY, "15/5/2023", "?"),
        (DAY, "2023-05-15", "?"),
        (DAY, "15/05/0023", "?"),
        ({"type": "date"}, "2023-05-15", date(2023, 5, 15)),
        ({"type": "date"}, "2023-02-31", "?"),
        ({"type": "date"}, "20230515", date(2023, 5, 15)),
        ({"type": "date"}, "2023-05-15T00:00:00", date(2023, 5, 15)),
        ({"type": "date"}, "2023-05-15 00:00:00.0", date(2023, 5, 15)),
        ({"type": "date"}, "2023-05-15T00:00:00+07:00", date(2023, 5, 15)),
        ({"type": "date"}, "2023-05-15T00:00:00Z", date(2023, 5, 15)),
        ({"type": "date"}, "2023-05-14T17:00:00.000Z", date(2023, 5, 15)),
        ({"type": "date"}, "2023-05-15T00:00:00+14:00", "?"),
        ({"type": "date"}, "2023-05-15T08:30:00", "?"),
        ({"type": "date"}, "2023-05-14T17:00:01Z", "?"),
        ({"type": "date"}, "2023-W20", "?"),
        ({"type": "date"}, "9999-12-31T23:59:59-14:00", "?"),
        ({"type": "date"}, "0001-01-01", "?"),
        (MONTH, "2023-06", date(2023, 6, 30)),
        (MONTH, "2023-12", date(2023, 12, 31)),
        (MONTH, "2023-02", date(2023, 2, 28)),
        (MONTH, "2024-02", date(2024, 2, 29)),
        (MONTH, "2023-13", "?"),
        (MONTH, "2023-6", "?"),
        (MOMENT, "20230115103000", vietnam(2023, 1, 15, 10, 30)),
        (MOMENT, "20230301000000", vietnam(2023, 3, 1)),
        (MOMENT, "20230231000000", "?"),
        (MOMENT, "20230431101500", "?"),
        (MOMENT, "20230115235960", "?"),
        (MOMENT, "20230115250000", "?"),
        (MOMENT, "2023115103000", "?"),
        (MOMENT, " 20230115103000", vietnam(2023, 1, 15, 10, 30)),
        (MOMENT, "20230115", "?"),
        (MOMENT, "00010101000000", "?"),
        (MOMENT, "00000101000000", "?"),
        (MOMENT, "99990101000000", "?"),
        (MOMENT, "", None),
        (ISO, "2023-01-15T10:30:00", vietnam(2023, 1, 15, 10, 30)),
        (ISO, "2023-01-15T10:30:00+07:00", vietnam(2023, 1, 15, 10, 30)),
        (ISO, "2023-01-15T03:30:00+00:00", vietnam(2023, 1, 15, 10, 30)),
        (ISO, "2023-01-15T03:30:00Z", vietnam(2023, 1, 15, 10, 30)),
        (ISO, "2023-02-31T10:30:00", "?"),
        (ISO, "2023-W20", "?"),
        (ISO, "2023-W20-1T10:30:00", "?"),
        (ISO, "0001-01-01T00:00:00", "?"),
        (ISO, "0001-01-01T00:00:00+14:00", "?"),
        (ISO, "hôm qua", "?"),
        (CHANNEL, "2", "online"),
        (CHANNEL, "", "direct"),
        (CHANNEL, None, "direct"),
        (SMARTPHONE, "", False),
        (SMARTPHONE, "1", True),
        (SMARTPHONE, "2", "?"),
        ({}, 12, "12"),
        ({}, 12.5, "12.5"),
        ({}, True, "true"),
        ({}, "Xã Đồng Đăng", "Xã Đồng Đăng"),
        ({}, "", None),
        ({"lower": True}, "HUU_NGHI", "huu_nghi"),
        ({"lower": True}, "Đồng Đăng", "đồng đăng"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_is_read_right_or_named(column: dict[str, Any], wire: Any, value: Any) -> None:
    assert read_one(column, wire) == [value]
    assert read_one(column, wire, "@ no value @", wire)[::2] == [value, value], "another reading beside a bad neighbour"


@pytest.mark.parametrize(
    "label",
    [
        *("Tổng cộng", "TỔNG SỐ:", " Cộng ", "Tổng cộng (I + II)", "To\u0302\u0309ng", "total", "Tổng (I+II)"),
        *("Cộng huyện Lộc Bình", "Tổng số toàn tỉnh", "TONG CONG", "Sub-total", "∑"),
    ],
)
def test_a_record_that_is_a_row_of_totals_is_no_record_though_its_area_may_be_unknown(label: str) -> None:
    area = {"wire": "xa", "known": "area", "label": "Xã"}
    feed = specs.feed(columns={"area_code": area}, paging={"style": "single", "records": "du_lieu"})
    records = [{"ma": label}, {"ma": "VB-1", "xa": label}, {"ma": "Tổng công ty", "xa": "178"}]
    table = read(feed, records)
    assert table[UNREAD].to_pylist() == ["document_code", "area_code", None]


def test_an_absent_field_is_no_value() -> None:
    feed = specs.only(value=WHOLE)
    assert read(feed, [{"ma": "1"}])["value"].to_pylist() == [None]


def test_a_code_that_only_looks_like_the_hubs_own_is_marked() -> None:
    assert read_one(CHANNEL, "online", "9") == ["?online", "?9"]


def test_mixed_offsets_are_each_read_by_their_own() -> None:
    same = ["2023-05-15T08:00:00+07:00", "2023-05-15T01:00:00+00:00", "2023-05-15T01:00:00Z", "2023-05-15T08:00:00"]
    assert read_one(ISO, *same) == [vietnam(2023, 5, 15, 8)] * 4


def test_hours_that_the_clock_skipped_or_repeated_stop_nothing() -> None:
    assert "?" not in read_one(MOMENT, "19591231233000", "19550701003000", "19750613000000")


def test_every_unread_column_of_a_record_is_named() -> None:
    feed = specs.only(seen_at=ISO, count=WHOLE, share=NUMBER)
    table = read(feed, [{"ma": "1", "seen_at": "?", "count": 3, "share": "?"}, {"ma": "2", "count": "?"}])
    assert table[UNREAD].to_pylist() == ["seen_at, share", "count"]


def test_values_that_the_page_states_hold_for_all_its_records() -> None:
    day = {"wire": None, "page": "slice", "type": "date", "label": "Ngày"}
    feed = specs.only().model_copy(update={"columns": specs.feed(columns={"day": day}).columns})
    decoder = Decoder(feed, "key")
    page = decoder.decode(b'{"du_lieu":[{"ma":"1"},{"ma":"2"}]}', {"slice": "2023-05-15"}, look=False)
    table = typed_table(feed, wire_table(decoder, feed, page, 1, 1))
    assert table["day"].to_pylist() == [date(2023, 5, 15)] * 2


@pytest.mark.parametrize(("source", "name"), [("health", "visits"), ("ioc", "accounts")])
def test_no_records_have_the_columns_of_records(source: str, name: str) -> None:
    feed = find_feed(source, name)
    decoder = Decoder(feed, "key")
    empty = typed_table(feed, wire_table(decoder, feed, decoder.nothing({}), 1, 1))
    assert (empty.num_rows, set(empty.column_names) >= set(feed.kept)) == (0, True)
    assert empty.schema.field("indicator").type == pa.string()


def test_constants_are_columns_of_their_own() -> None:
    feed = specs.feed(constants={"sector": "telecom"})
    table = read(feed.model_copy(update={"paging": specs.only().paging}), [{"ma": "1"}, {"ma": "2"}])
    assert table["sector"].to_pylist() == ["telecom", "telecom"]


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)
)
ALL_TYPES = {
    "moment": MOMENT,
    "iso": ISO,
    "day": DAY,
    "month": MONTH,
    "count": COUNT,
    "whole": WHOLE,
    "number": NUMBER,
    "yes_no": YES_NO,
    "channel": CHANNEL,
    "smartphone": SMARTPHONE,
    "text": {},
    "lower": {"lower": True},
}
RECORDS = st.lists(
    st.fixed_dictionaries({"ma": st.text(max_size=5)}, optional=dict.fromkeys(ALL_TYPES, SCALARS)), max_size=8
)


@given(RECORDS)
def test_no_record_is_lost_or_moved_whatever_it_holds(records: list[dict[str, Any]]) -> None:
    feed = specs.only(**ALL_TYPES)
    table = read(feed, records)
    assert table[ROW].to_pylist() == list(range(11, 11 + len(records)))
    assert table[PAGE].to_pylist() == [3] * len(records)
    kept = [clean(record["ma"].replace("\0", "�")) or None for record in records]
    assert table["document_code"].to_pylist() == kept


@given(RECORDS)
def test_a_value_that_came_is_there_or_its_column_is_named(records: list[dict[str, Any]]) -> None:
    table = read(specs.only(**ALL_TYPES), records)
    for record, row in zip(records, table.to_pylist(), strict=True):
        unread = (row[UNREAD] or "").split(", ")
        for name in ALL_TYPES:
            if clean(str(record.get(name) or "").replace("\0", "�")):
                assert (row[name] is None) == (name in unread), name


@given(st.lists(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)), min_size=1, max_size=5))
def test_every_moment_comes_back(moments: list[datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    for column, written in ((MOMENT, "%Y%m%d%H%M%S"), (ISO, "%Y-%m-%dT%H:%M:%S")):
        wire = [moment.strftime(written).zfill(14) for moment in moments]
        for moment, found in zip(moments, read_one(column, *wire), strict=True):
            local = found.astimezone(VIETNAM).replace(tzinfo=None)
            assert abs(local - moment) <= timedelta(hours=1)  # an hour that the clock skipped has no time of its own
            if moment.year >= 1976:
                assert local == moment


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=5))
def test_every_number_comes_back_from_its_vietnamese_form(numbers: list[int]) -> None:
    assert read_one(COUNT, *(f"{number:,}".replace(",", ".") for number in numbers)) == numbers


@given(st.lists(st.integers(0, 99_999_999_999_999).map(lambda number: f"{number:014}"), min_size=1, max_size=5))
def test_fourteen_digits_are_that_moment_or_none(texts: list[str]) -> None:
    for text, found in zip(texts, read_one(MOMENT, *texts), strict=True):
        try:
            moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
            right = 1901 <= moment.year < 2199 and int(text[-2:]) < 60
        except ValueError:
            right = False
        if right:
            assert found == moment or abs(found - moment.astimezone(UTC)) <= timedelta(hours=1)
        elif not 1899 <= int(text[:4]) <= 2200:
            assert found == "?"


def test_numbers_as_texts_and_as_numbers_may_come_together() -> None:
    assert read_one(WHOLE, 5, "6", "", None, 7.0, True) == [5, 6, None, None, 7, "?"]


def test_whole_pages_are_typed_by_column_and_not_by_chance() -> None:
    feed = specs.only(count=WHOLE, seen_at=ISO)
    schema = read(feed, [{"ma": "1"}]).schema
    assert schema == read(feed, [{"ma": "1", "count": 5, "seen_at": "2023-05-15T01:00:00Z"}]).schema
    assert schema.field("count").type == pa.int64()
    assert schema.field("seen_at").type == pa.timestamp("us", "UTC")


def test_absent_is_not_empty_but_both_are_no_value() -> None:
    decoder = Decoder(specs.only(), "key")
    page = decoder.decode(b'{"du_lieu":[{},{"ma":""}]}', {}, look=False)
    assert [decoder.plain(record) for record in page.records] == [{}, {"ma": ""}]
    assert getattr(page.records[0], decoder.attributes["ma"]) is msgspec.UNSET
