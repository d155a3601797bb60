"""A draft is guessed from a recorded answer, and from what other sources call their fields."""

import json
from typing import Any

import pytest

from connectors.samples import Sample, read_sample
from connectors.source_files import load_sources
from pipeline.draft import Draft, draft

SOURCES = load_sources()


def sample(records: list[dict[str, Any]], **stated: Any) -> Sample:
    return read_sample(json.dumps({"ds": records, **stated}, ensure_ascii=False).encode(), "1.json")


def drafted(records: list[dict[str, Any]], **stated: Any) -> Draft:
    return draft([sample(records, **stated)], SOURCES)


SCHOOLS = [
    {"ma_truong": f"T{n}", "ten_truong": f"Trường {n}", "si_so": n * 7, "hieu_truong": "Nguyễn Văn An"}
    for n in range(9)
]


def test_the_fact_is_the_one_whose_fields_other_sources_call_so() -> None:
    cases = [
        {"ma_khai_bao": f"KB{n}", "seq": n, "cua_khau": "huu_nghi", "trang_thai": "HUY", "moi": "x"} for n in range(9)
    ]
    found = drafted(cases)
    assert found.fact is not None
    assert found.fact.name == "fact_vehicle"
    assert {column.name: column.is_fed for column in found.columns} == {
        "declaration_code": True,
        "seq": True,
        "gate_code": True,
        "status_code": True,
        "moi": False,
    }
    assert [column.name for column in found.columns if column.is_key] == ["declaration_code"]
    assert found.missing == []


def test_a_field_may_be_called_as_the_facts_own_column() -> None:
    found = drafted([{"month_end_day": "2023-01-31", "site_code": f"S{n}", "technology": "4G"} for n in range(9)])
    assert found.fact is not None
    assert found.fact.name == "fact_station"
    assert found.missing == ["area_code", "operator_code", "submission"]


def test_where_no_fact_has_clearly_most_fields_none_is_chosen() -> None:
    assert drafted(SCHOOLS).fact is None
    assert drafted([{"day": "2023-01-01", "ma": "x"}]).fact is None, "many facts have days"
    few = {"ma_khai_bao": "KB1", "seq": 1, **{f"khac_{n}": n for n in range(5)}}
    assert drafted([few]).fact is None, "two of seven fields"


def test_a_column_of_another_source_is_taken_only_where_it_reads_all_values() -> None:
    cases = [{"ma_khai_bao": f"KB{n}", "seq": n, "chieu": "XUAT", "trang_thai": "MOI"} for n in range(9)]
    known = {column.name: column.known for column in drafted(cases).columns}
    assert known["direction"] is not None
    assert known["status_code"] is None, "MOI is no code of the other source"


def test_without_a_fact_what_is_unique_identifies_a_record() -> None:
    assert [column.name for column in drafted(SCHOOLS).columns if column.is_key] == ["ma_truong"]
    assert not any(column.is_key for column in drafted([{"a": "x"}, {"a": "x"}]).columns)


def test_a_person_identifies_nothing() -> None:
    people = [{"so_cccd": f"02008001234{n}", "gia_tri": 5} for n in range(9)]
    assert not any(column.is_key for column in drafted(people).columns)


@pytest.mark.parametrize(
    ("stated", "style", "places"),
    [
        ({}, "single", (None, None)),
        ({"tong_so": 9}, "single", ("tong_so", None)),
        ({"tong_so": 90}, "pages", ("tong_so", None)),
        ({"total_pages": 90}, "single", (None, None)),
        ({"total": 90, "next": "/v1/x?page=2"}, "next_link", ("total", "next")),
        ({"next_cursor": "abc", "has_more": True}, "cursor", (None, "next_cursor")),
        ({"trang": {"tiep": "", "tong": 9}}, "next_link", ("trang.tong", "trang.tiep")),
    ],
)
def test_how_pages_go_on_is_guessed_from_what_stands_beside_the_records(
    stated: dict[str, Any], style: str, places: tuple[str | None, str | None]
) -> None:
    paging = drafted(SCHOOLS, **stated).paging
    assert (paging.style, (paging.total, paging.next)) == (style, places)


def test_names_of_columns_are_plain_and_different() -> None:
    found = drafted([{"Số lượng": 1, "so_luong": 2, "SoLuong": 3, "1": 4, "…": 5, "x" * 90: 6, "đ": 7}])
    names = [column.name for column in found.columns]
    assert names[:3] == ["so_luong", "so_luong_2", "so_luong_3"]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() and len(name) <= 41 for name in names)


def test_several_answers_are_pages_of_one_feed() -> None:
    found = draft([sample(SCHOOLS[:5]), sample(SCHOOLS[5:])], SOURCES)
    assert found.count == len(SCHOOLS)
