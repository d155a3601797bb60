"""A row of totals among the rows that it adds up is no record, whatever it is called: it would count twice."""

from datetime import date
from typing import Any

import pytest

from tests.pipeline.hub import Hub

JUNE = (date(2023, 6, 1), date(2023, 6, 30))
DISTRICTS = {"178": ["05971", "05974", "05977"], "180": ["05998", "06001"]}


def subscribers(area: str, number: int, kind: str = "di_dong") -> dict[str, str]:
    return {"ky": "2023-06", "ma_dia_ban": area, "loai": kind, "smartphone": "1", "so_thue_bao": str(number)}


COMMUNES = [
    subscribers(area, number, kind)
    for kind in ("di_dong", "co_dinh")
    for number, area in enumerate([area for areas in DISTRICTS.values() for area in areas], 1000)
]


def totals(*areas: str) -> list[dict[str, str]]:
    """Rows that add up the communes, by kind, each for one of these codes."""
    return [
        subscribers(area, sum(int(r["so_thue_bao"]) for r in COMMUNES if r["loai"] == kind and _is_in(r, area)), kind)
        for area in areas
        for kind in ("di_dong", "co_dinh")
    ]


def _is_in(record: dict[str, str], area: str) -> bool:
    return record["ma_dia_ban"] in DISTRICTS.get(area, [record["ma_dia_ban"]])


def take(hub: Hub, records: list[dict[str, str]], feed: str = "telecom.subscribers", **stated: Any) -> list[str]:
    """The rules by which records are refused."""
    source, name = feed.split(".")
    days = (JUNE[1], JUNE[1]) if source == "ecommerce" else JUNE
    hub.take(source, name, records, days=days, **(stated or {"doanh_nghiep": "VNPT", "lan_nop": 1}))
    rows = hub.rows("select rules from quality.quarantine order by quarantine_id")
    return [rule for (rules,) in rows for rule in rules]


@pytest.mark.parametrize("areas", [[""], ["20"], ["178"], ["", "20", "178", "180"]], ids=",".join)
def test_the_sum_of_areas_beside_them_is_refused(hub: Hub, areas: list[str]) -> None:
    assert take(hub, [*COMMUNES, *totals(*areas)]) == ["totals:apart"] * 2 * len(areas)
    assert hub.one("select sum(subscribers)::int from warehouse.fact_subscriber") == 2 * (5 * 1000 + 10)


@pytest.mark.parametrize("called", ["Toàn tỉnh", "Tỉnh Lạng Sơn", "00000", "99999"])
def test_the_sum_of_areas_is_refused_by_whatever_name_it_has_in_place_of_a_code(hub: Hub, called: str) -> None:
    assert take(hub, [*COMMUNES, *({**total, "ma_dia_ban": called} for total in totals("20"))]) == ["totals:apart"] * 2
    assert hub.one("select sum(subscribers)::int from warehouse.fact_subscriber") == 2 * (5 * 1000 + 10)


def test_subscribers_of_no_known_commune_or_of_a_district_whose_communes_are_not_told_count(hub: Hub) -> None:
    others = [
        subscribers("Khác", 12),
        subscribers("", 1003),
        subscribers("", 7, "co_dinh"),
        subscribers("183", 5010),
        subscribers("20", 0),
    ]
    assert take(hub, [*COMMUNES, *others]) == []


def revenue(*amounts: int) -> list[dict[str, str]]:
    return [{"ky": "2023-06", "dich_vu": f"s{n}", "doanh_thu_dong": str(a)} for n, a in enumerate(amounts)]


def test_the_sum_of_services_beside_them_is_refused_by_whatever_name(hub: Hub) -> None:
    total = {**revenue(60_000)[0], "dich_vu": "Doanh thu dịch vụ viễn thông"}
    assert take(hub, [*revenue(10_000, 20_000, 30_000), total], "telecom.revenue") == ["totals:apart"]
    assert hub.one("select sum(revenue_vnd)::int from warehouse.fact_revenue") == 60_000


@pytest.mark.parametrize("amounts", [(5, 5), (0, 0, 0), (1, 2, 4), (7,)], ids=str)
def test_services_of_which_none_is_the_sum_of_others_count(hub: Hub, amounts: tuple[int, ...]) -> None:
    assert take(hub, revenue(*amounts), "telecom.revenue") == []


def platform(name: str, number: int) -> dict[str, str]:
    counts = ("so_san_pham", "so_giao_dich_thanh_cong", "so_don_hang", "doanh_thu_vnd")
    return {"ten_san": name, **dict.fromkeys(counts, str(number))}


def test_a_total_is_known_by_its_label_where_it_is_no_sum(hub: Hub) -> None:
    platforms = [platform("Postmart", 10), platform("Voso", 20), platform("Tổng cộng", 31)]
    assert take(hub, platforms, "ecommerce.platforms", ngay="30/06/2023") == ["platform_code:required", "types"]


def test_a_platform_that_equals_the_others_in_one_figure_alone_counts(hub: Hub) -> None:
    platforms = [platform("Postmart", 10), platform("Voso", 20), {**platform("Sendo", 30), "so_don_hang": "31"}]
    assert take(hub, platforms, "ecommerce.platforms", ngay="30/06/2023") == []


def test_a_refused_total_is_not_loaded_again_where_it_stands_alone(hub: Hub) -> None:
    take(hub, [*COMMUNES, *totals("20"), subscribers("178", -1)])
    replayed = hub.replay(1).account
    assert (replayed.fetched, replayed.quarantined) == (1, 1)
    assert hub.one("select sum(subscribers)::int from warehouse.fact_subscriber") == 2 * (5 * 1000 + 10)
    open_ones = hub.rows("select rules from quality.quarantine where batch_id = 1 and replay_batch_id is null")
    assert len(open_ones) == 3
