"""How columns are filled is counted as records come, chunk by chunk, for each batch by itself."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connectors.columns import arrow_type
from connectors.specification import Feed
from expectations.column_counts import ColumnCounts
from tests.connectors import specs
from warehouse.column_profiles import ColumnProfile, profiled

COLUMNS: dict[str, dict[str, Any]] = {
    "at": {"wire": "luc", "type": "datetime", "fact": False, "label": "Lúc"},
    "open": {"wire": "mo", "type": "boolean", "fact": False, "label": "Mở"},
    "size": {"wire": "co", "type": "integer", "min": 1, "max": 4, "fact": False, "label": "Cỡ"},
    "area_code": {"wire": "xa", "known": "area", "label": "Xã"},
    "note": {"wire": "ghi_chu", "label": "Ghi chú"},
    "telephone": {"wire": "dt", "personal": "hmac", "fact": False, "label": "Điện thoại"},
}


def feed() -> Feed:
    return specs.feed(columns=COLUMNS)


def records(of: Feed, *rows: dict[str, Any]) -> pa.Table:
    kept = of.kept.items()
    return pa.table({name: pa.array([row.get(name) for row in rows], arrow_type(column)) for name, column in kept})


def counted(*rows: dict[str, Any]) -> dict[str, ColumnProfile]:
    counts = ColumnCounts(of := feed())
    counts.add(1, records(of, *rows))
    return dict(counts.profiles(1))


def test_a_moment_counts_by_its_day_in_vietnam() -> None:
    late, early = datetime(2023, 1, 1, 16, 59, tzinfo=UTC), datetime(2023, 1, 1, 17, 0, tzinfo=UTC)
    found = counted({"at": late}, {"at": early}, {"at": early})
    assert found["at"] == ColumnProfile(3, 0, common_value="2023-01-02", common_count=2)


def test_values_are_written_as_the_database_writes_them() -> None:
    found = counted({"open": True, "size": 3, "area_code": "05971"})
    assert [found[name].common_value for name in ("open", "size", "area_code")] == ["true", "3", "05971"]


def test_of_values_that_are_as_common_the_first_is_told() -> None:
    assert counted({"area_code": "06001"}, {"area_code": "05971"})["area_code"].common_value == "05971"


def test_of_free_text_only_what_is_missing_is_counted() -> None:
    assert counted({"note": "a"}, {"note": None})["note"] == ColumnProfile(2, 1)


def test_a_column_about_persons_is_not_counted() -> None:
    assert "telephone" not in counted({"telephone": "5a" * 32})


def test_a_batch_without_a_record_has_nothing_to_tell() -> None:
    counts = ColumnCounts(of := feed())
    counts.add(1, records(of))
    assert counts.profiles(1) == counts.profiles(2) == {}


@given(
    st.lists(st.tuples(st.integers(1, 2), st.sampled_from([None, "05971", "06001"])), max_size=12), st.integers(1, 5)
)
def test_however_records_are_cut_into_chunks_each_batch_has_its_own_counts(
    rows: list[tuple[int, str | None]], size: int
) -> None:
    counts = ColumnCounts(of := feed())
    for number in (1, 2):
        codes = [code for batch, code in rows if batch == number]
        for first in range(0, len(codes), size):
            counts.add(number, records(of, *({"area_code": code} for code in codes[first : first + size])))
    for number in (1, 2):
        codes = [code for batch, code in rows if batch == number]
        found = counts.profiles(number)
        assert bool(found) == bool(codes)
        if codes:
            own = found["area_code"]
            assert (own.records, own.nulls) == (len(codes), codes.count(None))
            given_codes = [code for code in codes if code]
            assert own.common_count == max(map(given_codes.count, given_codes), default=None)
            assert set(found) == set(profiled(of))


def test_records_that_came_again_can_be_taken_out() -> None:
    counts = ColumnCounts(of := feed())
    once, twice = {"area_code": "05971", "note": None}, {"area_code": "06001", "note": "a"}
    counts.add(1, records(of, once, twice, twice, twice))
    counts.take_out(1, records(of, twice, twice))
    alone = ColumnCounts(of)
    alone.add(1, records(of, once, twice))
    assert counts.profiles(1) == alone.profiles(1)
