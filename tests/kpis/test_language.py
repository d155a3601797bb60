"""What a definition can say besides SQL: people, surface and plan, a root, a share; and since when it governs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from connectors.source_files import SOURCES, load_sources
from hub.errors import Abort
from kpis.definition import KPIS, Definition, load_definition, load_definitions
from kpis.dependencies import check_feeds
from kpis.figure import Figure
from kpis.memo import Once
from kpis.targets import attainment
from kpis.versions import definition_in_force, kept_definition
from tests.installation import CATALOGUE, with_changes
from tests.kpis.asking import compute
from tests.kpis.facts import Facts

DAY = date(2023, 6, 30)
HALF = (date(2023, 1, 1), DAY)


def _ask(facts: Facts, kpi: str, *days: date, **asked: Any) -> Figure:
    first, last = days or (DAY, DAY)
    return compute(facts.connection, kpi, first, last, "H37", **asked)


@pytest.fixture
def points(facts: Facts) -> Facts:
    """Three post offices and a culture post in two communes."""
    facts.publish("post.points")
    kinds = (("post_office", "05971"), ("post_office", "05971"), ("post_office", "05977"), ("culture_post", "05977"))
    facts.add("fact_post_point", [{"kind": kind, "area": area, "month_end_day": "2023-05-31"} for kind, area in kinds])
    return facts


def test_people_and_surface_are_those_of_the_province_and_of_the_year_of_the_last_day(points: Facts) -> None:
    people = _ask(points, "postal_points", measure="people_per_point")
    assert [people.value, people.numerator, people.denominator] == [Decimal(805794) / 4, 805794, 4]
    radius = _ask(points, "postal_points", measure="radius")
    assert radius.value is not None
    assert round(radius.value, 2) == Decimal("25.72")  # √(8310 ÷ 4 ÷ π)
    next_year = _ask(points, "postal_points", date(2024, 1, 1), date(2024, 1, 1), measure="people_per_point")
    assert next_year.value is None
    assert next_year.reason is not None
    assert next_year.reason.en == "no population of 2024 is known"


def test_a_breakdown_by_kind_divides_all_people_and_one_by_area_those_of_each(points: Facts) -> None:
    by_kind = _ask(points, "postal_points", measure="people_per_point", by=("kind",))
    assert [[*row.breakdown.values(), row.denominator, row.numerator] for row in by_kind.rows] == [
        ["culture_post", 1, 805794],
        ["post_office", 3, 805794],
    ]
    points.connection.execute(
        "insert into warehouse.area_population select area_id, 2023, 6000, 'test' from warehouse.dim_area"
        " where code = '05971' and valid_to is not null"
    )
    by_area = _ask(points, "postal_points", measure="people_per_point", by=("area",))
    known, unknown = by_area.rows
    assert [known.value, unknown.value] == [3000, None]
    assert unknown.reason is not None
    assert unknown.reason.en == "no population of 2023 is known"
    assert _ask(points, "postal_points", measure="people_per_point", area="05971").value == 3000
    radius = _ask(points, "postal_points", measure="radius", area="05971")
    assert radius.reason is not None
    assert (radius.value, radius.reason.en) == (None, "the surface of the area is not known")


@pytest.fixture
def accounts(facts: Facts) -> Facts:
    """Accounts of two types, of which commerce is on two platforms."""
    facts.publish("citizen_app.accounts")
    day = {"day": "2023-05-15", "area": "05971"}
    facts.add(
        "fact_account",
        [
            day | {"account": "citizen_app", "platform": "none", "accounts": 159357},
            day | {"account": "commerce", "platform": "postmart", "accounts": 100000},
            day | {"account": "commerce", "platform": "voso", "accounts": 59184},
        ],
    )
    return facts


def test_accounts_are_set_against_the_plan_of_the_slice(accounts: Facts) -> None:
    def rate(**asked: Any) -> Figure:
        return _ask(accounts, "digital_account_plan_rate", **asked)

    whole = rate()
    assert whole.denominator == 159357 + 158922 + 159184  # the plan of payment accounts too, of which there are none
    assert rate(where={"account": ["citizen_app"]}).value == 100
    two = rate(where={"account": ["citizen_app", "commerce"]})
    assert [two.value, two.denominator] == [100, 159357 + 159184]
    assert [
        [row.breakdown["account"], row.value]
        for row in rate(
            by=[
                "account",
            ]
        ).rows
    ] == [
        ["citizen_app", 100],
        ["commerce", 100],
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"area": "05971"},
        {"where": {"platform": ["voso"]}},
        {"where": {"account": ["commerce"], "platform": ["voso"]}},
    ],
)
def test_a_slice_without_a_plan_has_no_rate(accounts: Facts, asked: dict[str, Any]) -> None:
    figure = _ask(accounts, "digital_account_plan_rate", **asked)
    assert (figure.value, figure.denominator, figure.status) == (None, None, "missing")
    assert figure.numerator
    assert figure.reason is not None
    assert figure.reason.en == "there is no plan of 2023 for this slice"
    for by in ("area", "platform"):
        rows = _ask(accounts, "digital_account_plan_rate", by=(by,)).rows
        assert rows
        assert all(row.value is None for row in rows)


def test_another_year_or_province_has_its_own_plan_or_none(accounts: Facts) -> None:
    later = _ask(accounts, "digital_account_plan_rate", date(2024, 1, 1), date(2024, 1, 1))
    assert later.reason is not None
    assert later.reason.vi == "Không có kế hoạch năm 2024 cho lát cắt này"
    other = Facts(accounts.connection, "H59")
    other.publish("citizen_app.accounts")
    other.add("fact_account", [{"day": "2023-05-15", "area": "05971", "account": "payment", "accounts": 1}])
    assert compute(other.connection, "digital_account_plan_rate", DAY, DAY, "H59").denominator is None


def test_a_share_splits_the_numerator_and_never_the_denominator(facts: Facts) -> None:
    facts.publish("press.articles")
    facts.add(
        "fact_article",
        [
            {"published_at": "2023-03-01T08:00:00+07:00", "sentiment": sentiment, "outlet": outlet}
            for sentiment, outlet, count in (
                ("positive", "A", 5),
                ("positive", "B", 1),
                ("negative", "A", 1),
                ("neutral", "B", 3),
            )
            for _ in range(count)
        ],
    )

    def rate(**asked: Any) -> Figure:
        return _ask(facts, "positive_press_rate", *HALF, **asked)

    assert [rate().value, rate().numerator, rate().denominator] == [60, 6, 10]
    assert rate(where={"sentiment": ["negative"]}).value == 10
    assert rate(where={"sentiment": ["negative", "neutral"]}).value == 40
    both = rate(where={"sentiment": ["negative", "neutral"]}, by=("sentiment",))
    assert [both.value, [row.value for row in both.rows]] == [40, [10, 30]]
    split = rate(by=("sentiment",))
    assert split.value == 60
    assert [[row.breakdown["sentiment"], row.value, row.denominator] for row in split.rows] == [
        ["negative", 10, 10],
        ["neutral", 30, 10],
        ["positive", 60, 10],
    ]
    own = CATALOGUE.find("positive_press_rate")
    wider = Definition.model_validate(own.body | {"breakdowns": ["sentiment", "outlet"]})
    by_outlet = rate(by=("outlet",), definition=wider)
    assert [[*row.breakdown.values(), row.numerator, row.denominator] for row in by_outlet.rows] == [
        ["A", 5, 6],
        ["B", 1, 4],
    ]
    crossed = rate(by=("sentiment", "outlet"), definition=wider, where={"outlet": ["B"]})
    assert [[*row.breakdown.values(), row.numerator, row.denominator] for row in crossed.rows] == [
        ["neutral", "B", 3, 4],
        ["positive", "B", 1, 4],
    ]
    assert [crossed.numerator, crossed.denominator] == [1, 4]


def test_rows_of_areas_with_all_below_them_hold_the_district_and_the_province(points: Facts) -> None:
    rows = _ask(points, "postal_points", by=("area",), subtrees=True)
    assert [[row.breakdown["area"], row.value] for row in rows.rows] == [
        ["05971", 2],
        ["05977", 2],
        ["178", 4],
        ["20", 4],
    ]
    assert rows.value == 4
    communes = _ask(points, "postal_points", by=("area",), subtrees=True, measure="communes")
    assert [row.value for row in communes.rows] == [1, 1, 2, 2]


def _keep(facts: Facts, version: int, valid_from: str, **changed: Any) -> None:
    body = CATALOGUE.find("online_dossier_rate").body | {"version": version, "valid_from": valid_from} | changed
    facts.connection.execute(
        "insert into kpi.definition (kpi_id, version, sha256, body, valid_from) values (%s, %s, %s, %s, %s)",
        ("online_dossier_rate", version, f"test {version}", Jsonb(body), valid_from),
    )


def test_the_version_that_governs_the_last_day_of_the_range_computes_it(facts: Facts) -> None:
    _keep(facts, 2, "2023-04-01", scale="1")
    facts.publish("dvc.dossiers")
    facts.add(
        "fact_dossier",
        [{"received_at": f"2023-0{month}-10T08:00:00+07:00", "channel_code": "online"} for month in (3, 5)],
    )
    march = _ask(facts, "online_dossier_rate", date(2023, 3, 1), date(2023, 3, 31))
    half = _ask(facts, "online_dossier_rate", *HALF)
    assert [march.value, march.definition_version] == [100, 1]
    assert [half.value, half.definition_version] == [1, 2]
    by_the_old = _ask(facts, "online_dossier_rate", *HALF, definition=CATALOGUE.find("online_dossier_rate"))
    assert [by_the_old.value, by_the_old.definition_version] == [100, 1]


def test_a_figure_is_not_compared_with_one_of_another_unit(facts: Facts) -> None:
    _keep(facts, 2, "2023-04-01", scale="1", unit="parts")
    facts.publish("dvc.dossiers")
    facts.add(
        "fact_dossier",
        [{"received_at": f"2023-0{month}-10T08:00:00+07:00", "channel_code": "online"} for month in (3, 4)],
    )
    april = with_changes(facts.connection, _ask(facts, "online_dossier_rate", date(2023, 4, 1), date(2023, 4, 30)))
    assert [april.value, april.unit] == [1, "parts"]
    assert april.previous is not None
    assert [april.previous.value, april.previous.difference] == [None, None]
    assert april.previous.reason is not None
    assert april.previous.reason.en == "another measure was published then"


def test_a_target_is_for_figures_in_its_unit(facts: Facts) -> None:
    kpi = CATALOGUE.find("online_dossier_rate")
    catalogue = replace(CATALOGUE, targets={("H37", kpi.id, kpi.measure, "", 2023): Decimal(90)})
    _keep(facts, 2, "2023-04-01", scale="1", unit="parts")
    facts.publish("dvc.dossiers")
    facts.add(
        "fact_dossier",
        [{"received_at": f"2023-0{month}-10T08:00:00+07:00", "channel_code": "online"} for month in (3, 4)],
    )
    march, april = (
        _ask(facts, kpi.id, date(2023, month, 1), date(2023, month, 30), catalogue=catalogue) for month in (3, 4)
    )
    assert [march.unit, march.target] == ["%", 90]
    assert march.attainment is not None
    assert [april.unit, april.target, april.attainment] == ["parts", None, None]


def test_before_all_versions_the_oldest_governs_and_a_newer_one_from_the_same_day_replaces_it(facts: Facts) -> None:
    newest = CATALOGUE.find("online_dossier_rate")
    assert definition_in_force(Once(facts.connection), newest, date(2019, 1, 1)).version == 1
    _keep(facts, 2, "2020-01-01")
    assert definition_in_force(Once(facts.connection), newest, date(2021, 1, 1)).version == 2


def test_a_kept_version_that_can_no_longer_be_computed_says_why(facts: Facts) -> None:
    _keep(facts, 2, "2020-01-01", reads="folders")
    with pytest.raises(Abort, match=r"Version 2 of KPI online_dossier_rate, .* reads names 'folders'"):
        _ask(facts, "online_dossier_rate", *HALF)
    with pytest.raises(Abort, match="keeps no version 7 of KPI online_dossier_rate"):
        kept_definition(facts.connection, "online_dossier_rate", 7)


def test_a_kept_definition_says_what_its_file_said(tmp_path: Path, facts: Facts) -> None:
    for kpi in ("positive_press_rate", "postal_points", "telecom_revenue"):
        path = tmp_path / f"{kpi}.toml"
        path.write_text("valid_from = 2022-01-01\n" + (KPIS / path.name).read_text("utf-8"), "utf-8")
        definition = load_definition(path)
        kept = Definition.model_validate(definition.body)
        assert kept.sha256 == definition.sha256 != CATALOGUE.find(kpi).sha256
        assert kept.valid_from == date(2022, 1, 1)


def test_a_definition_means_the_same_whatever_it_is_called(tmp_path: Path) -> None:
    path, text = tmp_path / "gate_vehicles.toml", (KPIS / "gate_vehicles.toml").read_text("utf-8")
    path.write_text(text.replace("Vehicles", "Lorries").replace("Border-gate", "Gate"), "utf-8")
    assert load_definition(path) != CATALOGUE.find("gate_vehicles")
    assert load_definition(path).sha256 == CATALOGUE.find("gate_vehicles").sha256


def test_every_measure_has_a_name_in_both_languages() -> None:
    for definition in load_definitions().values():
        assert all(measure.name for measure in definition.measures.values()), definition.id
        names = [definition.name_of(measure) for measure in definition.measure_names]
        assert len({name.vi for name in names}) == len({name.en for name in names}) == len(names)


@pytest.mark.parametrize(
    ("kpi", "old", "new", "said"),
    [
        (
            "positive_press_rate",
            "share = { sentiment",
            "share = { outlet",
            "share names 'outlet', which is none of its",
        ),
        ("positive_press_rate", 'denominator = "count(*)"\nshare', "share", "share splits a quotient of two SQL"),
        ("positive_press_rate", 'denominator = "count(*)"', 'denominator = "plan"', "share splits a quotient of two"),
        ("positive_press_rate", 'positive" }', 'positive", outlet = "A" }', "share: .* at most 1 item"),
        ("ecommerce_transactions", "per =", "root = true\nper =", "a cumulative figure is a running total from SQL"),
        (
            "ecommerce_transactions",
            '"sum(transactions)"',
            '"population"',
            "a cumulative figure is a running total from SQL",
        ),
        (
            "gate_vehicles",
            "version = 1",
            'version = 1\nvalid_from = "soon"',
            "valid_from: Input should be a valid date",
        ),
    ],
)
def test_a_wrong_use_of_the_language_is_named(tmp_path: Path, kpi: str, old: str, new: str, said: str) -> None:
    text = (KPIS / f"{kpi}.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / f"{kpi}.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Abort, match=said):
        load_definition(path)


@pytest.mark.parametrize(
    ("good", "value", "target", "attained"),
    [
        ("up", 50, 200, 25),
        ("up", 0, 200, 0),
        ("up", 3, 0, 100),
        ("down", 50, 100, 200),
        ("down", 200, 100, 50),
        ("down", 0, 100, 100),
        ("down", 5, 0, 0),
        ("down", 0, 0, 100),
        ("none", 50, 100, None),
        ("up", None, 100, None),
        ("up", 50, None, None),
    ],
)
def test_attainment_is_100_and_more_when_the_target_is_reached_whichever_way_is_good(
    good: Any, value: int | None, target: int | None, attained: int | None
) -> None:
    numbers = [None if number is None else Decimal(number) for number in (value, target)]
    assert attainment(good, *numbers) == attained


def test_a_flow_of_half_a_year_attains_its_part_of_the_years_target(facts: Facts) -> None:
    facts.publish("telecom.revenue")
    facts.add("fact_revenue", [{"month_end_day": "2023-03-31", "revenue_vnd": 475 * 10**9}])
    whole = _ask(facts, "telecom_revenue", *HALF)
    assert [whole.target, whole.attainment] == [950, 50]
    operator = _ask(facts, "telecom_revenue", *HALF, where={"operator": ["vnpt"]})
    assert [operator.value, operator.target, operator.attainment] == [475, None, None]
    other = Facts(facts.connection, "H59")
    other.publish("telecom.revenue")
    other.add("fact_revenue", [{"month_end_day": "2023-03-31", "revenue_vnd": 10**9}])
    assert compute(facts.connection, "telecom_revenue", *HALF, "H59").target is None


def test_an_installations_own_sources_can_feed_a_kpi_and_say_how_late_they_are(tmp_path: Path, facts: Facts) -> None:
    gate = (SOURCES / "gate.toml").read_text("utf-8")
    (tmp_path / "crossings.toml").write_text(gate, "utf-8")
    sources = load_sources(tmp_path)
    own = CATALOGUE.find("gate_vehicles")
    definition = Definition.model_validate(own.body | {"sources": ["crossings.vehicles"]})
    check_feeds([definition], sources)
    facts.publish("crossings.vehicles")
    here = _ask(facts, "gate_vehicles", *HALF, definition=definition, catalogue=replace(CATALOGUE, sources=sources))
    assert [here.value, here.status] == [0, "official"]
    elsewhere = _ask(facts, "gate_vehicles", *HALF, definition=definition)
    assert elsewhere.reason is not None
    assert [elsewhere.value, elsewhere.status] == [0, "provisional"]
    assert elsewhere.reason.en == "source crossings is not described in this installation"
