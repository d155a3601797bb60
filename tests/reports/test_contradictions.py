"""Each thing that a report can get wrong, beside the nearest one that is right."""

from dataclasses import replace

import pytest

from reports.references import CodeList
from tests.reports.reports import DAY, HALF_YEAR, REFERENCE, findings, said

RECEIVED = f"online_dossier_rate,received,{{}},{HALF_YEAR},{{}},dossiers"
GATE = f"gate_vehicles,vehicles,{{}},{HALF_YEAR},{{}},vehicles"
ACCOUNTS = f"digital_account_plan_rate,accounts,{{}},{DAY},{{}},accounts"
FILES = f"soil_samples,files,{{}},{DAY},{{}},files"
PRESS = f"positive_press_rate,{{}},{{}},{HALF_YEAR},{{}},{{}}"


def _each(form: str, *slices: tuple[str, float | str]) -> list[str]:
    return [form.format(breakdown, value) for breakdown, value in slices]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param(
            _each(ACCOUNTS, ("", 90), ("account=payment", 50), ("account=commerce", 41)),
            [("sum", "90 ≠ 50 + 41 = 91")],
            id="parts exceed their total, whatever is missing",
        ),
        pytest.param(
            _each(ACCOUNTS, ("", 92), ("account=payment", 50), ("account=commerce", 41)),
            [],
            id="parts that leave room for one that is not printed",
        ),
        pytest.param(
            _each(RECEIVED, ("", 100), ("channel=direct", 60), ("channel=online", 39)),
            [],
            id="what came by post is not printed",
        ),
        pytest.param(
            _each(RECEIVED, ("", 100), ("channel=direct", 60), ("channel=online", 38), ("channel=post", 1)),
            [("sum", "100 ≠ 60 + 38 + 1 = 99")],
            id="all values of a code list fall short",
        ),
        pytest.param(
            _each(RECEIVED, ("level=3|4", 100), ("level=3", 60), ("level=4", 39)),
            [("sum", "100 ≠ 60 + 39 = 99")],
            id="all values of the total's own slice fall short",
        ),
        pytest.param(
            _each(RECEIVED, ("", 100), ("level=3|4", 70), ("level=2", 29)),
            [("sum", "100 ≠ 70 + 29 = 99")],
            id="a part of several values",
        ),
        pytest.param(
            _each(RECEIVED, ("", 100), ("level=3|4", 70), ("level=2", 30), ("level=4", 40), ("level=3", 30)),
            [],
            id="parts that overlap are not added up",
        ),
        pytest.param(
            _each(GATE, ("", 10), *((f"gate={g};direction={d}", 1) for g in ("a", "b") for d in ("export", "import"))),
            [],
            id="some gates of several, by direction",
        ),
        pytest.param(
            _each(GATE, ("", 3), *((f"gate={g};direction={d}", 1) for g in ("a", "b") for d in ("export", "import"))),
            [("sum", "3 ≠ 1 + 1 + 1 + 1 = 4")],
            id="a combination of breakdowns exceeds",
        ),
        pytest.param(
            _each(GATE, ("gate=a", 5), ("gate=a;direction=export", 3), ("gate=a;direction=import", 1)),
            [("sum", "5 ≠ 3 + 1 = 4")],
            id="a whole that is a part itself",
        ),
        pytest.param(
            _each(ACCOUNTS, ("", 9), ("area=178", 6), ("area=05971", 5), ("area=05974", 1)),
            [],
            id="a district and the communes within it are not added up",
        ),
        pytest.param(
            _each(GATE, ("", 5), ("gate=a", 6)),
            [("part", "6 > 5 (gate_vehicles vehicles)")],
            id="one part that is larger than its whole",
        ),
    ],
)
def test_parts_add_up_to_their_total(rows: list[str], found: list[tuple[str, str]]) -> None:
    assert said(*rows) == found


def test_rounded_parts_may_miss_their_total_by_what_rounding_explains() -> None:
    revenue = f"telecom_revenue,revenue,{{}},{HALF_YEAR},{{}},billion VND"
    operators = ("operator=vnpt", 200.4), ("operator=viettel", 300.4), ("operator=mobifone", 100.4)
    assert said(*_each(revenue, ("", "601.4"), *operators)) == []
    assert said(*_each(revenue, ("", "601.5"), *operators)) == [("sum", "601.5 ≠ 200.4 + 300.4 + 100.4 = 601.2")]


def test_parts_without_a_code_list_are_complete_where_another_total_shows_it() -> None:
    parts = ("kind=office", 5), ("kind=school", 3)
    provinces = [(f"tier=province;{part}", value) for part, value in parts]
    districts = [(f"tier=district;{part}", value) for part, value in parts]
    short = ("tier=province", 9)
    assert said(*_each(FILES, short, *provinces)) == []
    shown = _each(FILES, short, *provinces, ("tier=district", 8), *districts)
    assert said(*shown) == [("sum", "9 ≠ 5 + 3 = 8")]


def test_one_part_alone_shows_nothing_to_be_complete() -> None:
    pairs = ("level=3", 5), ("level=3;organisation=a", 5), ("level=4", 9), ("level=4;organisation=a", 8)
    assert said(*_each(RECEIVED, *pairs)) == []


def test_what_a_definition_leaves_out_is_no_missing_part() -> None:
    villages = f"villages_without_coverage,villages,{{}},{DAY},{{}},villages"
    parts = ("coverage=none", 122), ("coverage=weak", 218)
    assert said(*_each(villages, ("", 340), *parts)) == []
    assert said(*_each(villages, ("", 341), *parts)) == [("sum", "341 ≠ 122 + 218 = 340")]


def test_a_state_is_that_of_the_last_day_whatever_the_report_calls_its_period() -> None:
    assert said(
        f"phone_density,subscribers,,{HALF_YEAR},10,subscribers",
        *_each(f"phone_density,subscribers,{{}},{DAY},{{}},subscribers", ("kind=fixed", 3), ("kind=mobile", 6)),
    ) == [("sum", "10 ≠ 3 + 6 = 9")]


def test_figures_of_a_kpi_that_nobody_defined_are_added_up_too() -> None:
    assert said(*_each(FILES, ("", 8015), ("kind=a", 7853), ("kind=b", 118), ("kind=c", 45))) == [
        ("sum", "8,015 ≠ 7,853 + 118 + 45 = 8,016")
    ]


@pytest.mark.parametrize(("measure", "unit"), [("age", "years"), ("share", "%"), ("served", "per 100 people")])
def test_means_and_shares_that_nobody_defined_are_no_totals(measure: str, unit: str) -> None:
    form = f"staff,{measure},{{}},{DAY},{{}},{unit}"
    assert said(*_each(form, ("", 35), ("sex=f", 36), ("sex=m", 34))) == []


def test_different_sites_of_technologies_are_more_than_the_sites() -> None:
    sites = f"base_stations,sites,{{}},{DAY},{{}},sites"
    assert said(*_each(sites, ("", 10), ("technology=2G", 8), ("technology=4G", 9))) == []
    assert said(*_each(sites, ("", 10), ("technology=2G", 8), ("technology=4G", 11))) == [
        ("part", "11 > 10 (base_stations sites)")
    ]


@pytest.mark.parametrize(
    ("rate", "found"),
    [
        ("66.67", []),
        ("67", []),
        ("66.65", [("quotient", "66.65 ≠ 100 × 2 ÷ 3 = 66.6667")]),
        ("66.66", [("cut", "66.66 ≠ 100 × 2 ÷ 3 = 66.6667; cut instead of rounded, which gives 66.67")]),
    ],
)
def test_a_rate_is_its_quotient_as_it_was_rounded(rate: str, found: list[tuple[str, str]]) -> None:
    rows = _each(RECEIVED, ("", 3), ("channel=online", 2))
    assert said(*rows, f"online_dossier_rate,rate,,{HALF_YEAR},{rate},%") == found


def test_a_half_is_rounded_up() -> None:
    rows = _each(RECEIVED, ("", 200), ("channel=online", 1))
    assert said(*rows, f"online_dossier_rate,rate,,{HALF_YEAR},1,%") == []
    assert [kind for kind, _ in said(*rows, f"online_dossier_rate,rate,,{HALF_YEAR},0,%")] == ["cut"]


def test_the_complement_of_a_rate_is_a_quotient_of_its_own() -> None:
    level4 = f"level4_online_dossier_rate,{{}},{{}},{HALF_YEAR},{{}},{{}}"
    rows = [
        level4.format("received", "level=4", 50582, "dossiers"),
        level4.format("received", "level=4;channel=direct", 23256, "dossiers"),
        level4.format("received", "level=4;channel=online", 27326, "dossiers"),
        level4.format("rate", "", "54.02", "%"),
    ]
    assert said(*rows, level4.format("direct_rate", "", "45.98", "%")) == []
    assert said(*rows, level4.format("direct_rate", "", "45.97", "%")) == [
        ("cut", "45.97 ≠ 100 × 23,256 ÷ 50,582 = 45.9768; cut instead of rounded, which gives 45.98")
    ]


def test_a_rate_of_a_slice_takes_that_slice_of_both() -> None:
    rows = _each(RECEIVED, ("level=3|4", 4), ("level=3|4;channel=online", 1), ("", 10), ("channel=online", 9))
    assert said(*rows, f"online_dossier_rate,rate,level=3|4,{HALF_YEAR},25,%") == []
    assert said(*rows, f"online_dossier_rate,rate,level=3|4,{HALF_YEAR},90,%") == [
        ("quotient", "90 ≠ 100 × 1 ÷ 4 = 25")
    ]


def test_on_time_is_a_column_and_a_breakdown() -> None:
    form = f"on_time_dossier_rate,{{}},{{}},{HALF_YEAR},{{}},{{}}"
    rows = [form.format("resolved", "", 4, "dossiers"), form.format("resolved", "timeliness=on_time", 3, "dossiers")]
    assert said(*rows, form.format("rate", "", 75, "%")) == []
    assert said(*rows, form.format("rate", "", 76, "%")) == [("quotient", "76 ≠ 100 × 3 ÷ 4 = 75")]


def test_a_total_that_is_not_printed_is_the_sum_of_its_complete_parts() -> None:
    form = f"on_time_dossier_rate,{{}},{{}},{HALF_YEAR},{{}},{{}}"
    rows = [
        form.format("resolved", "timeliness=late", 1, "dossiers"),
        form.format("resolved", "timeliness=on_time", 3, "dossiers"),
    ]
    assert said(*rows, form.format("rate", "", 75, "%")) == []
    assert said(*rows, form.format("rate", "", 70, "%")) == [("quotient", "70 ≠ 100 × 3 ÷ (1 + 3) = 75")]


def _press(total: int, *shares: float) -> list[str]:
    names = ("sentiment=positive", "sentiment=negative", "sentiment=neutral")
    counts = zip(names, (990, 352, 792), strict=True)
    return [
        PRESS.format("articles", "", total, "articles"),
        *(PRESS.format("articles", name, value, "articles") for name, value in counts),
        *(PRESS.format("rate", name, value, "%") for name, value in zip(names, shares, strict=False)),
    ]


def test_a_share_is_a_part_of_the_whole_and_of_the_sum_of_its_parts() -> None:
    assert said(*_press(2134, 46, 16, 37)) == []
    assert said(*_press(2200, 46)) == [
        ("sum", "2,200 ≠ 990 + 352 + 792 = 2,134"),
        ("quotient", "46 ≠ 100 × 990 ÷ 2,200 = 45; by the sum of the parts: 46.39"),
    ]


def test_shares_of_all_values_are_100_percent() -> None:
    def shares(*values: float) -> list[tuple[str, str]]:
        names = ("positive", "negative", "neutral")[: len(values)]
        pairs = zip(names, values, strict=True)
        return said(*(PRESS.format("rate", f"sentiment={name}", value, "%") for name, value in pairs))

    assert shares(46.4, 16.5, 37.1) == shares(46, 16, 37) == shares(46.4, 16.5) == []
    assert shares(46.4, 16.5, 38.1) == [("sum", "100 ≠ 46.4 + 16.5 + 38.1 = 101.0")]
    assert shares(46.4, 16.5, 36.1) == [("sum", "100 ≠ 46.4 + 16.5 + 36.1 = 99.0")]
    assert shares(60, 50) == [("sum", "100 ≠ 60 + 50 = 110")]
    overlapping = ("sentiment=positive", 60), ("sentiment=positive|neutral", 80)
    assert said(*(PRESS.format("rate", name, value, "%") for name, value in overlapping)) == []


@pytest.mark.parametrize(
    ("growth", "found"),
    [
        ("55.51", []),
        ("56", []),
        ("57", [("growth", "57 ≠ 100 × (18,488 − 11,889) ÷ 11,889 = 55.51")]),
        (
            "55",
            [("cut", "55 ≠ 100 × (18,488 − 11,889) ÷ 11,889 = 55.51; cut instead of rounded, which gives 56")],
        ),
        (
            "156",
            [
                (
                    "ratio",
                    "156 ≠ 100 × (18,488 − 11,889) ÷ 11,889 = 55.51;"
                    " stated is the ratio: 100 × 18,488 ÷ 11,889 = 155.51",
                )
            ],
        ),
    ],
)
def test_a_growth_is_what_its_two_figures_give(growth: str, found: list[tuple[str, str]]) -> None:
    form = "ecommerce_listings,{},,{},2022-08-08,{},{}"
    rows = [
        form.format("listings", "2022-08-08", 18488, "products"),
        "ecommerce_listings,listings,,2021-12-31,2021-12-31,11889,products",
    ]
    assert said(*rows, form.format("growth", "2021-12-31", growth, "%")) == found


def test_what_was_added_to_a_running_total_is_a_difference() -> None:
    def orders(added: int) -> list[tuple[str, str]]:
        form = "ecommerce_order_revenue,orders,,{},{},{},orders"
        return said(
            form.format("2022-12-31", "2022-12-31", 45534),
            form.format("2023-05-15", "2023-05-15", 48016),
            form.format("2023-01-01", "2023-05-15", added),
        )

    assert orders(2482) == []
    assert orders(2483) == [("difference", "2,483 ≠ 48,016 − 45,534 = 2,482")]


def test_no_more_was_added_than_there_is() -> None:
    form = "ecommerce_order_revenue,orders,,{},2023-05-15,{},orders"
    rows = [form.format("2023-05-15", 100), form.format("2023-01-01", 101)]
    assert said(*rows) == [("part", "101 > 100")]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("people_per_point,,{},2526,people", []),
        ("people_per_point,,{},2527,people", [("quotient", "2,527 ≠ 805,794 people ÷ 319 = 2,526")]),
        ("radius,,{},2.88,km", []),
        ("radius,,{},2.9,km", []),
        ("radius,,{},3.1,km", [("quotient", "3.1 ≠ √(1/π × 8,310 km² ÷ 319) = 2.88")]),
    ],
)
def test_people_per_point_and_radius_against_points_and_reference_data(row: str, found: list[tuple[str, str]]) -> None:
    points = f"postal_points,points,,{DAY},319,points"
    assert said(points, "postal_points," + row.format(DAY)) == found


def test_a_density_against_the_population_of_its_year() -> None:
    form = "phone_density,{},kind=mobile,2022-08-08,2022-08-08,{},{}"
    subscribers = form.format("subscribers", 842000, "subscribers")
    assert said(subscribers, form.format("density", 104, "per 100 people")) == []
    assert said(subscribers, form.format("density", 103, "per 100 people")) == [
        ("cut", "103 ≠ 100 × 842,000 ÷ 810,700 people = 103.86; cut instead of rounded, which gives 104")
    ]
    area = [
        row.replace("kind=mobile", "area=178") for row in (subscribers, form.format("density", 9, "per 100 people"))
    ]
    assert said(*area) == []
    nobody_counted = "phone_density,{},kind=mobile,2020-08-08,2020-08-08,{},{}"
    rows = [
        nobody_counted.format("subscribers", 1, "subscribers"),
        nobody_counted.format("density", 9, "per 100 people"),
    ]
    assert said(*rows) == []


def test_a_rate_against_the_plan_of_its_slice() -> None:
    rate = f"digital_account_plan_rate,rate,{{}},{DAY},{{}},%"
    rows = _each(ACCOUNTS, ("", 900), ("account=payment", 250), ("account=citizen_app", 500))
    assert said(*rows, rate.format("", 60), rate.format("account=payment", 50)) == []
    assert said(*rows, rate.format("account=payment", 51)) == [("quotient", "51 ≠ 100 × 250 ÷ 500 planned = 50")]
    platform = _each(ACCOUNTS, ("account=payment;platform=voso", 10))
    assert said(*platform, rate.format("account=payment;platform=voso", 51)) == []


def test_more_on_the_national_portal_than_there_are_and_the_total_built_on_it() -> None:
    catalogue = f"full_online_service_rate,services,{{}},{DAY},{{}},services"
    portal = f"national_portal_services,services,{{}},{DAY},{{}},services"
    rows = [
        *_each(catalogue, ("level=3", 420), ("level=4", 999)),
        *_each(portal, ("level=3", 462), ("level=4", 882), ("", 1344)),
    ]
    (finding,) = findings(*rows)
    assert (finding.kind, finding.arithmetic.en) == ("part", "462 > 420 (full_online_service_rate services level=3)")
    assert (finding.derived, finding.in_doubt) == ((2,), (2, 4))
    assert said(*rows[:2], portal.format("level=3", 420)) == []
    assert said(catalogue.format("", 1810), rows[0], portal.format("level=3", 2000)) == [
        ("part", "2,000 > 420 (full_online_service_rate services level=3)")
    ]


def test_no_more_are_on_the_portal_outside_of_a_level_than_there_are() -> None:
    form = f"{{}},{{}},{{}},{DAY},{{}},{{}}"
    rows = [
        form.format("full_online_service_rate", "services", "", 1810, "services"),
        form.format("full_online_service_rate", "services", "level=4", 999, "services"),
        form.format("national_portal_services", "services", "level=4", 882, "services"),
    ]
    procedures = form.format("national_portal_services", "procedures", "", "{}", "procedures")
    assert said(*rows, procedures.format(1693)) == []
    (finding,) = findings(*rows, procedures.format(1694))
    assert (finding.kind, finding.arithmetic.en) == ("part", "1,694 − 882 = 812 > 1,810 − 999 = 811")
    assert (finding.figures, finding.in_doubt) == ((0, 1, 2, 3), (3,))


def test_no_more_systems_are_live_than_are_required() -> None:
    form = f"lgsp_connection_rate,{{}},,{DAY},{{}},systems"
    assert said(form.format("required", 17), form.format("live", 17)) == []
    assert said(form.format("required", 17), form.format("live", 18)) == [
        ("part", "18 > 17 (lgsp_connection_rate required)")
    ]


def test_a_figure_that_stands_twice_must_be_the_same() -> None:
    rate = f"online_dossier_rate,rate,,{HALF_YEAR},{{}},%"
    assert said(rate.format("93.4"), rate.format("93.37")) == []
    (finding,) = findings(rate.format("93.4"), rate.format("93.34"))
    assert (finding.kind, finding.arithmetic.en, finding.in_doubt) == ("twice", "93.4 ≠ 93.34", (0, 1))


def test_one_quantity_under_the_names_of_two_kpis_must_be_the_same() -> None:
    rows = [
        f"online_dossier_rate,received,level=4,{HALF_YEAR},10,dossiers",
        f"level4_online_dossier_rate,received,,{HALF_YEAR},11,dossiers",
    ]
    assert said(*rows) == [("twice", "10 ≠ 11")]


def test_what_is_built_on_a_doubtful_figure_is_in_doubt() -> None:
    rows = [
        *_each(RECEIVED, ("", 100), ("level=3|4", 60), ("level=3", 20), ("level=4", 41), ("level=2", 40)),
        *_each(RECEIVED, ("level=3|4;channel=online", 30)),
        f"online_dossier_rate,rate,level=3|4,{HALF_YEAR},50,%",
    ]
    first, second = findings(*rows)
    assert (first.derived, second.derived) == ((0,), (1,))
    assert first.in_doubt == (0,)
    assert second.in_doubt == (0, 1, 6)


def test_the_arithmetic_is_written_as_vietnamese_readers_write_it() -> None:
    (finding,) = findings(*_each(FILES, ("", 8015), ("kind=a", 7853), ("kind=b", 118), ("kind=c", 45)))
    assert finding.arithmetic.vi == "8.015 ≠ 7.853 + 118 + 45 = 8.016"


def test_of_many_parts_the_first_are_written_out() -> None:
    parts = [(f"kind=k{n}", 10) for n in range(9)]
    assert said(*_each(FILES, ("", 80), *parts)) == [("sum", "80 ≠ 10 + 10 + 10 + 10 + 10 + 10 + … (3 more) = 90")]


def test_months_add_up_to_their_quarter() -> None:
    def vehicles(quarter: int, *months: int) -> list[tuple[str, str]]:
        form = "gate_vehicles,vehicles,,2023-{:02}-01,2023-{:02}-{},{},vehicles"
        days = (31, 28, 31)
        rows = [form.format(n, n, days[n - 1], value) for n, value in enumerate(months, 1)]
        return said(form.format(1, 3, 31, quarter), *rows)

    assert vehicles(6, 1, 2, 3) == vehicles(7, 1, 2) == []
    assert vehicles(7, 1, 2, 3) == [("sum", "7 ≠ 1 + 2 + 3 = 6")]


def test_running_totals_of_days_are_not_added_up() -> None:
    form = "ecommerce_order_revenue,orders,,{},{},{},orders"
    days = [form.format(f"2023-01-0{n}", f"2023-01-0{n}", 100 + n) for n in (1, 2, 3)]
    assert said(*days, form.format("2023-01-02", "2023-01-03", 2)) == []


def test_months_that_leave_days_out_are_no_more_than_their_quarter() -> None:
    form = "gate_vehicles,vehicles,,2023-{}-01,2023-{},{},vehicles"
    quarter = form.format("01", "03-31", 6)
    assert said(quarter, form.format("01", "01-31", 2), form.format("03", "03-31", 4)) == []
    assert said(quarter, form.format("01", "01-31", 3), form.format("03", "03-31", 4)) == [("sum", "6 ≠ 3 + 4 = 7")]
    assert said(quarter, form.format("02", "02-28", 7)) == [("part", "7 > 6 (gate_vehicles vehicles)")]


def test_a_running_total_is_the_one_before_and_its_months() -> None:
    def orders(march: int) -> list[tuple[str, str]]:
        form = "ecommerce_order_revenue,orders,,{},{},{},orders"
        return said(
            form.format("2022-12-31", "2022-12-31", 100),
            form.format("2023-01-01", "2023-01-31", 5),
            form.format("2023-02-01", "2023-02-28", 6),
            form.format("2023-03-01", "2023-03-31", march),
            form.format("2023-03-31", "2023-03-31", 118),
        )

    assert orders(7) == []
    assert orders(8) == [("sum", "118 ≠ 100 + 5 + 6 + 8 = 119")]


PRESS_2022 = "positive_press_rate,{},sentiment=positive,2022-01-01,2022-06-30,{},{},,,{}"
SAME_DAYS_OF_2021 = "2021-01-01,2021-06-30"


def _positive(change: str, unit: str) -> list[tuple[str, str]]:
    return said(
        f"positive_press_rate,rate,sentiment=positive,{SAME_DAYS_OF_2021},16,%",
        PRESS_2022.format("rate", 46, "%", ","),
        PRESS_2022.format("rate", change, unit, SAME_DAYS_OF_2021),
    )


def test_a_growth_since_another_period_is_what_the_two_figures_give() -> None:
    growth = "100 × (46 − 16) ÷ 16 = 187.5"
    assert _positive("187.5", "%") == _positive("30", "percentage points") == []
    assert _positive("250", "%") == [("growth", f"250 ≠ {growth}")]
    for ratio in ("287.5", "290", "300"):
        assert _positive(ratio, "%") == [
            ("ratio", f"{ratio} ≠ {growth}; stated is the ratio: 100 × 46 ÷ 16 = 287.5"),
        ]
    assert _positive("30", "%") == [("points", f"30 ≠ {growth}; percentage points called percent: 46 − 16 = 30")]
    assert _positive("187.5", "percentage points") == [
        ("points", f"187.5 ≠ 46 − 16 = 30; a growth in percent called percentage points: {growth}")
    ]
    assert _positive("34", "percentage points") == [("difference", "34 ≠ 46 − 16 = 30")]


def test_a_growth_to_just_as_much_is_none_and_a_fall_is_negative() -> None:
    def vehicles(now: int, change: str) -> list[str]:
        form = "gate_vehicles,vehicles,,2022-01-01,2022-06-30,{},{},,,{}"
        before = f"gate_vehicles,vehicles,,{SAME_DAYS_OF_2021},50,vehicles"
        rows = before, form.format(now, "vehicles", ","), form.format(change, "%", SAME_DAYS_OF_2021)
        return [kind for kind, _ in said(*rows)]

    assert vehicles(50, "0") == vehicles(40, "-20") == []
    assert vehicles(50, "100") == vehicles(40, "80") == ["ratio"]
    assert vehicles(40, "20") == ["growth"]


def test_an_increase_in_the_figures_own_unit_is_their_difference() -> None:
    def villages(increase: int, kpi: str = "base_stations", unit: str = "stations") -> list[tuple[str, str]]:
        form = f"{kpi},stations,,{{0}},{{0}},{{1}},{unit},,,{{2}}"
        return said(
            form.format("2021-08-08", 2848, ","),
            form.format("2022-08-08", 3056, ","),
            form.format("2022-08-08", increase, "2021-08-08,2021-08-08"),
        )

    assert villages(208) == villages(208, "masts", "masts") == []
    assert villages(209) == villages(209, "masts", "masts") == [("difference", "209 ≠ 3,056 − 2,848 = 208")]


def test_a_figure_that_is_known_before_its_period_ends() -> None:
    row = "gate_vehicles,vehicles,,{},{},5,vehicles,2023-05-15"
    assert said(row.format("2023-01-01", "2023-05-15")) == []
    assert said(row.format("2023-01-01", "2023-06-30")) == [
        ("period", "2023-06-30 is 46 days after the report's day, 2023-05-15")
    ]
    (finding,) = findings(row.format("2023-06-01", "2023-06-30"))
    assert finding.in_doubt == (0,)
    assert finding.arithmetic.vi == "30/06/2023 là 46 ngày sau ngày báo cáo, 15/05/2023"


def test_parts_that_the_report_calls_all_must_reach_the_whole() -> None:
    whole = f"online_dossier_rate,received,,{HALF_YEAR},200,dossiers,,{{}}"
    parts = _each(RECEIVED, ("field=land", 80), ("field=justice", 115))
    assert said(whole.format(""), *parts) == said(whole.format("some"), *parts) == []
    assert said(whole.format("all"), *parts) == [("sum", "200 ≠ 80 + 115 = 195")]


def test_parts_of_a_part_are_not_all_of_the_whole() -> None:
    whole = f"soil_samples,files,,{DAY},30,files,,all"
    tiers = _each(FILES, ("tier=province", 8), ("tier=district", 22))
    kinds = _each(FILES, ("tier=province;kind=office", 5), ("tier=province;kind=school", 3))
    assert said(whole, *tiers, *kinds) == []


HANDLED = f"security_threats,handled_rate,{{}},{DAY},{{}},%"
SEVERITIES = {**REFERENCE.code_lists, "severity": [CodeList(frozenset({"low", "high"}))]}


def _handled(*slices: tuple[str, float | str]) -> list[tuple[str, str]]:
    found = findings(*_each(HANDLED, *slices), reference=replace(REFERENCE, code_lists=SEVERITIES))
    return [(finding.kind, finding.arithmetic.en) for finding in found]


def test_a_rate_lies_between_those_of_its_parts_where_they_are_all() -> None:
    assert _handled(("", 60), ("severity=low", 50), ("severity=high", 70)) == []
    assert _handled(("", "70.4"), ("severity=low", 50), ("severity=high", 70)) == []
    assert _handled(("", 80), ("severity=low", 50)) == []
    for whole in (80, 48):
        assert _handled(("", whole), ("severity=low", 50), ("severity=high", 70)) == [
            ("average", f"{whole} is not between 50 and 70, the least and the greatest of its parts")
        ]


def test_a_rate_of_some_parts_may_be_outside_of_theirs() -> None:
    rate = f"online_dossier_rate,rate,{{}},{HALF_YEAR},{{}},%"
    fields = ("field=land", 50), ("field=justice", 60)
    assert said(*_each(rate, ("", 70), *fields)) == []
    assert [kind for kind, _ in said(rate.format("", 70) + ",,all", *_each(rate, *fields))] == ["average"]


def test_parts_of_one_population_are_no_average() -> None:
    density = f"phone_density,density,{{}},{DAY},{{}},per 100 people"
    assert said(*_each(density, ("", 110), ("kind=fixed", 10), ("kind=mobile", 100))) == []


def test_services_of_two_levels_are_no_average() -> None:
    active = f"active_online_service_rate,rate,{{}},{HALF_YEAR},{{}},%"
    assert said(*_each(active, ("", 90), ("level=3", 50), ("level=4", 60))) == []


def test_a_rate_that_its_quotient_contradicts_is_told_once() -> None:
    rows = _each(RECEIVED, ("", 100), ("channel=online", 50), ("level=2", 50), ("level=3|4", 50))
    rate = f"online_dossier_rate,rate,{{}},{HALF_YEAR},{{}},%"
    parts = _each(rate, ("level=2", 40), ("level=3|4", 60))
    assert [kind for kind, _ in said(*rows, *parts, rate.format("", 90))] == ["quotient"]


def test_the_cut_one_of_two_accounts() -> None:
    rate = f"online_dossier_rate,rate,,{HALF_YEAR},{{}},%"
    assert said(rate.format("93.3"), rate.format("93.37")) == [
        ("cut", "93.3 ≠ 93.37; cut instead of rounded, which gives 93.4")
    ]
    assert said(rate.format("93.4"), rate.format("93.37")) == []
