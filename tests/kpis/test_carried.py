"""Figures of old communes in the areas of today. Kiên Mộc (06625) was split, and its code now means a new commune,
made of one half of it, one half of Bính Xá (06622) and all of Bắc Xa (06619)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hub.errors import WrongQuestion
from kpis.figure import Figure
from tests.kpis.asking import compute
from tests.kpis.facts import Facts

YEARS = (date(2022, 12, 31), date(2026, 6, 30))
HALF = (date(2023, 1, 1), date(2023, 6, 30))
KIEN_MOC, BINH_XA, BAC_XA, DINH_LAP = "06625", "06622", "06619", "06628"


@pytest.fixture
def dossiers(facts: Facts) -> Facts:
    """Ten dossiers of old Kiên Mộc, four of Bính Xá, one of Bắc Xa, two of the province itself."""
    facts.publish("dvc.dossiers", YEARS)
    moment = {"received_at": "2023-03-01T08:00:00+07:00", "channel_code": "online"}
    facts.add(
        "fact_dossier",
        [
            moment | {"area": area}
            for area, count in ((KIEN_MOC, 10), (BINH_XA, 4), (BAC_XA, 1), ("20", 2))
            for _ in range(count)
        ],
    )
    return facts


def _received(facts: Facts, **asked: Any) -> Figure:
    first, last = asked.pop("days", HALF)
    return compute(facts.connection, "online_dossier_rate", first, last, "H37", measure="received", **asked)


def test_old_communes_are_carried_to_their_successors_with_their_shares(dossiers: Facts) -> None:
    figure = _received(dossiers, by=("area",), areas="today")
    assert [[row.breakdown["area"], row.value, row.is_estimated] for row in figure.rows] == [
        ["06613", 2, True],  # Đình Lập: half of Bính Xá
        ["06625", 5 + 2 + 1, True],
        ["06637", 5, True],  # Châu Sơn: half of Kiên Mộc
        ["20", 2, False],
    ]
    assert sum(row.value or 0 for row in figure.rows) == figure.value == 17
    assert not figure.is_estimated
    assert figure == _replaced_rows(_received(dossiers, by=("area",)), figure)


def _replaced_rows(then: Figure, today: Figure) -> Figure:
    return replace(then, question=today.question, rows=today.rows, loaded_at=today.loaded_at)


def test_an_area_of_today_sums_what_came_from_those_of_before(dossiers: Facts) -> None:
    today = _received(dossiers, area=KIEN_MOC, areas="today")
    assert [today.value, today.is_estimated] == [8, True]
    rate = compute(dossiers.connection, "online_dossier_rate", *HALF, "H37", area=KIEN_MOC, areas="today")
    assert [rate.value, rate.numerator, rate.denominator] == [100, 8, 8]


def test_a_code_that_is_used_again_means_the_area_of_the_time_that_is_asked(dossiers: Facts) -> None:
    assert _received(dossiers, area=KIEN_MOC).value == 10
    assert _received(dossiers, area=KIEN_MOC, days=(date(2025, 7, 1), date(2025, 12, 31))).value == 0
    dossiers.connection.execute(
        "update warehouse.fact_dossier set received_at = '2025-08-01T08:00:00+07:00', area_id ="
        " (select area_id from warehouse.dim_area where code = '06625' and valid_to is null)"
        " where dossier_code = (select min(dossier_code) from warehouse.fact_dossier join warehouse.dim_area"
        " using (area_id) where code = '06619')"
    )
    both = (date(2023, 1, 1), date(2025, 12, 31))
    rows = _received(dossiers, days=both, by=("area",)).rows
    same = [row for row in rows if row.breakdown["area"] == KIEN_MOC]
    assert sorted(row.value or 0 for row in same) == [1, 10]
    assert len({row.area_id for row in same}) == 2
    assert _received(dossiers, days=both, area=KIEN_MOC, areas="today").value == 5 + 2 + 1


def test_a_whole_successor_is_no_estimate(dossiers: Facts) -> None:
    dossiers.connection.execute("delete from warehouse.fact_dossier")
    dossiers.add("fact_dossier", [{"received_at": "2023-03-01T08:00:00+07:00", "area": BAC_XA}])
    figure = _received(dossiers, area=KIEN_MOC, areas="today")
    assert [figure.value, figure.is_estimated] == [1, False]


def test_districts_ended_and_cannot_be_asked_in_the_areas_of_today(dossiers: Facts) -> None:
    assert _received(dossiers, area="189").value == 15
    with pytest.raises(WrongQuestion, match="Province H37 has no area '189' on 2025-07-01"):
        _received(dossiers, area="189", areas="today")
    with pytest.raises(WrongQuestion, match="Province H37 has no area '06628' on 2025-07-01; did you mean"):
        _received(dossiers, area=DINH_LAP, areas="today")


def test_other_breakdowns_stay_beside_a_carried_area(dossiers: Facts) -> None:
    rows = _received(dossiers, by=("channel", "area"), areas="today").rows
    assert [[*row.breakdown.values(), row.value] for row in rows] == [
        ["online", "06613", 2],
        ["online", "06625", 8],
        ["online", "06637", 5],
        ["online", "20", 2],
    ]
    by_channel = _received(dossiers, by=("channel",), area=KIEN_MOC, areas="today")
    assert [[*row.breakdown.values(), row.value] for row in by_channel.rows] == [["online", 8]]


@pytest.mark.parametrize(
    ("kpi", "measure", "asked"),
    [
        ("base_stations", "sites", {"by": ("area",)}),
        ("postal_points", "communes", {"area": KIEN_MOC}),
        ("base_stations", "sites", {"area": KIEN_MOC}),
    ],
)
def test_different_things_cannot_be_counted_in_parts(
    facts: Facts, kpi: str, measure: str, asked: dict[str, Any]
) -> None:
    facts.publish("telecom.stations", YEARS)
    facts.publish("post.points", YEARS)
    day = date(2023, 6, 30)
    with pytest.raises(WrongQuestion, match="counts different things, which cannot be carried from area to area"):
        compute(facts.connection, kpi, day, day, "H37", measure=measure, areas="today", **asked)
    after = compute(
        facts.connection, kpi, date(2026, 1, 1), date(2026, 1, 1), "H37", measure=measure, areas="today", **asked
    )
    assert after.value is None  # asked in earnest: there is no snapshot yet
    whole = compute(facts.connection, kpi, day, day, "H37", measure=measure, areas="today")
    assert whole.reason is not None


def test_the_newest_stock_of_before_the_reform_is_carried_or_missing_but_never_zero(facts: Facts) -> None:
    facts.publish("telecom.subscribers", YEARS)
    count = {"month_end_day": "2025-06-30", "kind": "fixed_phone", "subscribers": 7, "area": BAC_XA}
    facts.add("fact_subscriber", [count])
    day = date(2025, 7, 15)
    ask: dict[str, Any] = {"measure": "subscribers", "area": KIEN_MOC}
    then = compute(facts.connection, "phone_density", day, day, "H37", **ask)
    assert then.value is None
    assert then.reason is not None
    assert (
        then.reason.en == "the newest figures are of 2025-06-30, before this area was made; ask in the areas of today"
    )
    assert compute(facts.connection, "phone_density", day, day, "H37", areas="today", **ask).value == 7


def test_a_province_that_was_merged_is_carried_to_its_new_province(facts: Facts) -> None:
    """Trà Vinh (84) went into Vĩnh Long (86); the hub still serves what was Trà Vinh."""
    other = Facts(facts.connection, "H59")
    other.publish("telecom.subscribers", YEARS)
    commune = other.connection.execute(
        "select a.code from warehouse.dim_area as a join warehouse.dim_area as p on p.area_id = any(a.ancestor_ids)"
        " where p.code = '84' and p.level = 'province' and a.level = 'commune' order by 1 limit 1"
    ).fetchone()
    assert commune is not None
    counts = {"month_end_day": "2023-05-31", "kind": "fixed_phone"}
    other.add("fact_subscriber", [counts | {"subscribers": 5, "area": commune[0]}])
    day = date(2023, 6, 30)
    ask: dict[str, Any] = {"measure": "subscribers", "areas": "today"}
    assert compute(facts.connection, "phone_density", day, day, "H59", area="86", **ask).value == 5
    assert compute(facts.connection, "phone_density", day, day, "H59", area="84", **ask).value == 5
    [row] = compute(facts.connection, "phone_density", day, day, "H59", by=("area",), **ask).rows
    assert row.value == 5
    with pytest.raises(WrongQuestion, match="H59 has no area '05977' on 2025-07-01"):
        compute(facts.connection, "phone_density", day, day, "H59", area="05977", **ask)


def test_records_of_a_merged_province_since_then_lie_in_communes_of_the_new_one(facts: Facts) -> None:
    other = Facts(facts.connection, "H59")
    other.publish("telecom.subscribers", YEARS)
    heir = other.connection.execute(
        "select n.area_id, n.code from warehouse.area_successor join warehouse.dim_area as a using (area_id)"
        " join warehouse.dim_area as p on p.area_id = any(a.ancestor_ids) join warehouse.dim_area as n"
        " on n.area_id = successor_id where p.code = '84' and p.level = 'province' and a.level = 'commune' limit 1"
    ).fetchone()
    assert heir is not None
    other.add("fact_subscriber", [{"month_end_day": "2025-08-31", "kind": "fixed_phone", "subscribers": 3}])
    other.connection.execute("update warehouse.fact_subscriber set area_id = %s", [heir[0]])
    day = date(2025, 9, 30)
    for areas in ("then", "today"):
        for code in (heir[1], "86"):
            ask: dict[str, Any] = {"area": code, "measure": "subscribers", "areas": areas}
            assert compute(facts.connection, "phone_density", day, day, "H59", **ask).value == 3


def test_people_of_an_area_of_today_are_those_of_the_areas_that_it_was_made_of(facts: Facts) -> None:
    facts.publish("telecom.subscribers", YEARS)
    counts = {"month_end_day": "2023-05-31", "kind": "fixed_phone"}
    facts.add("fact_subscriber", [counts | {"subscribers": 50, "area": KIEN_MOC}])
    day = date(2023, 6, 30)

    def density() -> Figure:
        return compute(facts.connection, "phone_density", day, day, "H37", area=KIEN_MOC, areas="today")

    for area, people in ((KIEN_MOC, 1000), (BINH_XA, 600)):
        _populate(facts, area, people)
    unknown = density()
    assert unknown.value is None  # of Bắc Xa nothing is known
    assert unknown.reason is not None
    assert unknown.reason.en == "no population of 2023 is known"
    _populate(facts, BAC_XA, 200)
    known = density()
    assert [known.numerator, known.denominator, known.value] == [25, 500 + 300 + 200, Decimal("2.5")]


def _populate(facts: Facts, area: str, people: int) -> None:
    facts.connection.execute(
        "insert into warehouse.area_population (area_id, year, population, basis)"
        " select area_id, 2023, %s, 'test' from warehouse.dim_area where code = %s and valid_to is not null",
        (people, area),
    )
