"""Values that sources count themselves: each once, for whole days of its grain, replaced with its month."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub

MAY, JUNE = (date(2023, 5, 1), date(2023, 5, 31)), (date(2023, 6, 1), date(2023, 6, 30))
SOURCE = """
title = "Bến phà"
owner = "so-giao-thong"
field = "socio_economic"
cadence = "0 5 3 * *"
lateness = "P10D"

[feeds.statistics]
title = "Chỉ tiêu bến phà"
form = "statistics"
max_shrink = 1

[feeds.statistics.columns]
kind.codes = { nguoi = "people", xe = "vehicles" }
unit = { wire = "don_vi", codes = { luot = "crossings", chiec = "boats" }, fact = false, label = "Đơn vị tính" }

[feeds.statistics.indicators.crossings]
wire = "LUOT"
name = { vi = "Lượt qua phà", en = "Crossings" }
unit = "crossings"
counts = "flow"
grain = "month"
adds_over = ["area", "organisation", "kind"]

[feeds.statistics.indicators.boats]
wire = "PHA"
name = { vi = "Số phà", en = "Boats" }
unit = "boats"
counts = "stock"
grain = "month"
adds_over = ["area"]

[feeds.statistics.indicators.passengers]
wire = "KHACH"
name = { vi = "Khách qua phà", en = "Passengers" }
unit = "people"
counts = "flow"
grain = "month"

[feeds.statistics.indicators.fees]
wire = "PHI"
name = { vi = "Phí qua phà", en = "Fees" }
unit = "billion VND"
counts = "flow"
grain = "month"
"""


@pytest.fixture
def hub(new_hub: NewHub, tmp_path: Path) -> Hub:
    (tmp_path / "ferries.toml").write_text(SOURCE, encoding="utf-8")
    return new_hub(sources=tmp_path)


def value(indicator: str = "LUOT", number: Any = 5, days: tuple[date, date] = JUNE, **said: Any) -> dict[str, Any]:
    told = {"ma_chi_so": indicator, "tu": str(days[0]), "den": str(days[1]), "gia_tri": number}
    return told | said


def take(hub: Hub, *records: dict[str, Any], days: tuple[date, date] = JUNE) -> Any:
    return hub.take("ferries", "statistics", records, days=days, slice=str(days[1]), slice_start=str(days[0]))


def held(hub: Hub) -> list[tuple[Any, ...]]:
    return hub.rows("select indicator, kind, area, value::int, last_day from serving.statistics order by 1, 2, 3, 5")


def refused(hub: Hub) -> list[tuple[str, Any]]:
    rows = hub.rows("select rules, offences from quality.quarantine order by quarantine_id")
    return [(rules[0], offences[0]["value"] if offences else None) for rules, offences in rows]


def test_a_value_without_area_is_the_provinces_and_without_days_the_months(hub: Hub) -> None:
    outcome = take(hub, {"ma_chi_so": "LUOT", "gia_tri": 7})
    assert outcome.account.loaded == 1
    assert hub.rows("select first_day, last_day, area, organisation_id, kind, class from serving.statistics") == [
        (*JUNE, "20", 0, "none", "none")
    ]


def test_a_month_that_is_read_again_replaces_all_of_its_days_and_no_other_source(hub: Hub) -> None:
    hub.change(
        "insert into warehouse.fact_statistic select province_id, 'land', 'lookups', 'none', 'none', 1, 0, %s, %s, 3,"
        " null, null, null, 1, 1 from warehouse.dim_province limit 1",
        *JUNE,
    )
    take(hub, value(days=MAY), days=MAY)
    take(hub, value(ma_dia_ban="178"), value(ma_dia_ban="180"), value("PHA", 2))
    account = take(hub, value(ma_dia_ban="180", number=6), value("PHA", 2)).account
    assert (account.loaded, account.unchanged, account.removed) == (1, 1, 1)
    own = [row for row in held(hub) if row[0] != "lookups"]
    assert own == [
        ("boats", "none", "20", 2, JUNE[1]),
        ("crossings", "none", "180", 6, JUNE[1]),
        ("crossings", "none", "20", 5, MAY[1]),
    ]
    assert hub.one("select count(*) from warehouse.fact_statistic where source = 'land'") == 1


@pytest.mark.parametrize(
    ("record", "rule", "offender"),
    [
        (value("XE"), "indicator:codes", "XE"),
        (value(days=(date(2023, 6, 1), date(2023, 6, 8))), "indicator", "2023-06-01"),
        (value(days=(date(2023, 1, 1), date(2023, 6, 30))), "indicator", "2023-01-01"),
        (value("PHA", don_vi="luot"), "indicator", "luot"),
        (value(loai="hang"), "kind:codes", "hang"),
        (value(number=None), "value:required", None),
        (value(number=-1), "value:range", -1),
        (value(number="5 lượt"), "types", "5 lượt"),
        (value("KHACH", "1.234"), "indicator", "1.234"),
        (value("KHACH", "12.000"), "indicator", "12.000"),
        (value("KHACH", 1.5), "indicator", 1.5),
    ],
)
def test_a_value_of_which_it_is_not_known_what_it_is_is_refused(
    hub: Hub, record: dict[str, Any], rule: str, offender: Any
) -> None:
    take(hub, record, value("PHA", 2, loai="xe"))
    assert (rule, offender) in refused(hub)
    assert held(hub) == [("boats", "vehicles", "20", 2, JUNE[1])]


def test_a_value_in_its_indicators_unit_is_taken(hub: Hub) -> None:
    assert take(hub, value("PHA", don_vi="chiec"), value(don_vi="luot")).account.loaded == 2


def test_what_is_counted_is_whole_and_what_is_measured_may_have_a_fraction(hub: Hub) -> None:
    take(hub, value("KHACH", "1234.0"), value("PHI", "1.234"), value("PHI", "2.000", loai="xe"))
    assert refused(hub) == []
    assert hub.rows("select indicator, value::text from serving.statistics order by 1, 2") == [
        ("fees", "1.234"),
        ("fees", "2"),
        ("passengers", "1234"),
    ]


def test_a_total_beside_the_values_that_it_is_the_sum_of_is_refused(hub: Hub) -> None:
    parts = [value(ma_dia_ban="178", loai="nguoi"), value(ma_dia_ban="180", loai="xe", number=6)]
    take(hub, value(number=11), *parts, value(loai="nguoi"), value("PHA", 2), value("PHA", 1, loai="xe"))
    assert [rule for rule, _ in refused(hub)] == ["totals:apart"] * 2
    assert [row[:4] for row in held(hub)] == [
        ("boats", "none", "20", 2),  # kinds of boats do not add up
        ("boats", "vehicles", "20", 1),
        ("crossings", "people", "178", 5),
        ("crossings", "vehicles", "180", 6),
    ]


def test_values_of_a_district_beside_its_communes_are_refused(hub: Hub) -> None:
    take(hub, value(ma_dia_ban="178"), value(ma_dia_ban="05971", number=2))
    assert [row[2:4] for row in held(hub)] == [("05971", 2)]


def test_a_value_of_something_without_a_code_is_refused_beside_areas(hub: Hub) -> None:
    take(hub, value(ma_dia_ban="178"), value(ma_dia_ban="180", number=6), value(ma_dia_ban="Toàn tỉnh", number=11))
    assert [rule for rule, _ in refused(hub)] == ["totals:apart"]
    assert [row[2:4] for row in held(hub)] == [("178", 5), ("180", 6)]


def test_values_whose_days_overlap_are_refused(hub: Hub) -> None:
    take(hub, value("PHA", 2), value("PHA", 3, days=(date(2023, 6, 8), date(2023, 6, 30))), value())
    assert [rule for rule, _ in refused(hub)] == ["days:apart"] * 2
    assert [row[0] for row in held(hub)] == ["crossings"]


def test_a_month_that_tells_of_fewer_days_is_no_smaller_one(hub: Hub) -> None:
    source = hub.settings.sources
    assert source
    text = SOURCE.replace("max_shrink = 1", "max_shrink = 0.2").replace('grain = "month"', 'grain = "day"')
    (source / "ferries.toml").write_text(text, encoding="utf-8")
    days = [(date(2023, 5, day), date(2023, 5, day)) for day in range(1, 32)]
    take(hub, *(value("PHA", 2, days=day) for day in days), days=MAY)
    assert take(hub, value("PHA", 3, days=(JUNE[1], JUNE[1]))).status == "published"
