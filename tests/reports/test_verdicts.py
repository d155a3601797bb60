"""Published figures beside computed ones, and how a file of them is read."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from hub.errors import Abort, WrongQuestion
from kpis.definition import load_definitions
from reports.comparison import Comparison, Reconciliation
from reports.published import Bound, read_published
from tests.installation import PUBLISHED, reconcile
from tests.kpis.facts import Facts
from tests.reports.reports import DAY, HALF_YEAR, HEADER, figures


def _reconciled(facts: Facts, tmp_path: Path, *rows: str) -> Reconciliation:
    path = tmp_path / "report.csv"
    path.write_text(HEADER + "".join(f"{row},\n" for row in rows), "utf-8")
    return reconcile(facts.connection, read_published(path), "H37")


@pytest.fixture
def two_of_three_online(facts: Facts) -> Facts:
    facts.publish("dvc.dossiers")
    received = {"received_at": "2023-01-05T08:00:00+07:00", "area": "05971"}
    facts.add("fact_dossier", [received | {"channel_code": channel} for channel in ("online", "online", "direct")])
    return facts


@pytest.mark.parametrize(
    ("row", "verdict", "difference", "percent"),
    [
        (f"online_dossier_rate,received,,{HALF_YEAR},3,dossiers", "equal", 0, 0),
        (f"online_dossier_rate,received,channel=online,{HALF_YEAR},2,dossiers", "equal", 0, 0),
        (f"online_dossier_rate,received,area=05971,{HALF_YEAR},3,dossiers", "equal", 0, 0),
        (f"online_dossier_rate,rate,,{HALF_YEAR},66.67,%", "rounded", Decimal("-0.0033"), Decimal("-0.005")),
        (f"online_dossier_rate,rate,,{HALF_YEAR},67,%", "rounded", Decimal("-0.3333"), Decimal("-0.4975")),
        (f"online_dossier_rate,rate,,{HALF_YEAR},66.66,%", "differs", Decimal("0.0067"), Decimal("0.01")),
        (f"online_dossier_rate,rate,,{HALF_YEAR},66.670,%", "differs", Decimal("-0.0033"), Decimal("-0.005")),
        (f"online_dossier_rate,received,,{HALF_YEAR},4,dossiers", "differs", -1, -25),
        (f"online_dossier_rate,received,,{HALF_YEAR},0,dossiers", "differs", 3, None),
    ],
)
def test_a_figure_is_judged_by_the_digits_that_were_published(
    two_of_three_online: Facts, tmp_path: Path, row: str, verdict: str, difference: Decimal, percent: Decimal | None
) -> None:
    (comparison,) = _reconciled(two_of_three_online, tmp_path, row).comparisons
    assert comparison.verdict == verdict
    assert comparison.difference is not None
    assert round(comparison.difference, 4) == difference
    assert (comparison.difference_pct and round(comparison.difference_pct, 4)) == percent


@pytest.mark.parametrize(
    ("bound", "within"),
    [
        ("more", ["1420.5", "1423", "1562"]),
        ("nearly", ["1278", "1419"]),
        ("about", ["1278", "1419", "1420", "1420.5", "1423", "1562"]),
    ],
)
def test_a_bound_is_met_by_figures_on_its_side_up_to_a_tenth(bound: Bound, within: list[str]) -> None:
    (published,) = figures(f"gate_vehicles,vehicles,,{HALF_YEAR},1420,vehicles")
    published = replace(published, bound=bound)
    tried = ["1277", "1278", "1419", "1420", "1420.5", "1423", "1562", "1563"]
    assert [value for value in tried if published.meets(Decimal(value))] == within


def test_a_growth_above_a_fall_is_a_positive_difference() -> None:
    (fall,) = figures("ecommerce_listings,growth,,2022-12-31,2023-06-30,-10,%")
    assert Comparison(fall, "differs", Decimal(-9)).difference_pct == 10


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"soil_samples,files,,{HALF_YEAR},30237,files", "KPI soil_samples is not defined"),
        (f"online_dossier_rate,recieved,,{HALF_YEAR},3,dossiers", "has no measure 'recieved'; did you mean received"),
        (f"online_dossier_rate,received,colour=red,{HALF_YEAR},3,dossiers", "has no breakdown 'colour'"),
        (f"online_dossier_rate,received,area=99999,{HALF_YEAR},3,dossiers", "has no area '99999'"),
        (f"online_dossier_rate,received,area=05971|05974,{HALF_YEAR},3,dossiers", "only one area can be asked"),
        (f"online_dossier_rate,received,,{HALF_YEAR},3,cases", "computed in dossiers, published in cases"),
        (f"gate_vehicles,vehicles,,{HALF_YEAR},3,vehicles", "nothing of gate.vehicles was ever loaded"),
        ("gate_vehicles,vehicles,,2023-06-30,2023-01-01,1,vehicles", "reversed"),
    ],
)
def test_what_cannot_be_computed_says_why(two_of_three_online: Facts, tmp_path: Path, row: str, why: str) -> None:
    (comparison,) = _reconciled(two_of_three_online, tmp_path, row).comparisons
    assert (comparison.verdict, comparison.computed) == ("not_computable", None)
    assert comparison.reason is not None
    assert why in comparison.reason.en


PORTAL = (
    f"full_online_service_rate,services,level=3,{DAY},2,services",
    f"national_portal_services,services,level=3,{DAY},4,services",
    f"national_portal_services,services,level=4,{DAY},3,services",
    f"national_portal_services,services,,{DAY},7,services",
)


def test_a_contradiction_explains_the_figures_that_it_leaves_in_doubt(facts: Facts, tmp_path: Path) -> None:
    facts.publish("dvc.services")
    levels = [3] * 2 + [4] * 3
    facts.add("fact_service", [{"day": "2023-06-30", "level": n, "on_national_portal": True} for n in levels])
    reconciled = _reconciled(facts, tmp_path, *PORTAL)
    assert [c.verdict for c in reconciled.comparisons] == ["equal", "differs", "equal", "differs"]
    assert reconciled.in_doubt == {1, 3}
    assert reconciled.unexplained == []


def test_a_contradiction_explains_no_other_figure(facts: Facts, tmp_path: Path) -> None:
    facts.publish("dvc.services")
    facts.add("fact_service", [{"day": "2023-06-30", "level": 3, "on_national_portal": True}] * 2)
    reconciled = _reconciled(facts, tmp_path, *PORTAL)
    assert reconciled.in_doubt == {1, 3}
    assert [c.published.breakdown for c in reconciled.unexplained] == ["level=4"]


@pytest.mark.parametrize("report", ["langson-2022.csv", "langson-2023.csv"])
def test_every_published_figure_of_a_defined_kpi_can_be_asked(facts: Facts, report: str) -> None:
    """Whatever the data are, the names, breakdowns and units of the reports are those of the definitions."""
    definitions = load_definitions()
    published = [f for f in read_published(PUBLISHED / report) if f.kpi in definitions]
    for definition in definitions.values():
        facts.publish(definition, (date(2021, 1, 1), date(2023, 6, 30)))
    for comparison in reconcile(facts.connection, published, "H37").comparisons:
        reason = comparison.reason.en if comparison.reason else ""
        assert comparison.verdict != "not_computable" or reason.startswith(
            ("there ", "the denominator", "the first", "it was 0", "the source does not say")
        ), reason


def test_a_province_that_the_hub_does_not_have_is_a_wrong_question(facts: Facts) -> None:
    with pytest.raises(WrongQuestion, match="has no province 'H99'"):
        reconcile(facts.connection, [], "H99")


WIDE = HEADER.strip() + ",reported,parts,base_from,base_to\n"


def test_the_report_day_of_one_line_is_that_of_all(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    rows = f"x,y,,{HALF_YEAR},1,%,,,all,2022-01-01,2022-06-30\n", f"x,z,,{HALF_YEAR},1,%,,2023-05-15,,,\n"
    path.write_text(WIDE + "".join(rows), "utf-8")
    one, other = read_published(path)
    assert one.reported == other.reported == date(2023, 5, 15)
    assert (one.parts, other.parts) == ("all", None)
    assert (one.base, other.base) == ((date(2022, 1, 1), date(2022, 6, 30)), None)


@pytest.fixture
def full_online(facts: Facts) -> Facts:
    """Four dossiers of full online services of each year, three of them online."""
    facts.publish("dvc.dossiers", (date(2021, 1, 1), date(2023, 6, 30)))
    channels = ("online", "online", "online", "direct")
    facts.add(
        "fact_dossier",
        [
            {"received_at": f"{year}-01-05T08:00:00+07:00", "level": 4, "channel_code": channel}
            for year in (2021, 2022, 2023)
            for channel in channels
        ],
    )
    return facts


@pytest.mark.parametrize(
    ("year", "value", "unit", "verdict", "computed"),
    [
        (2023, "15", "percentage points", "equal", 15),
        (2022, "45.0", "percentage points", "equal", 45),
        (2022, "44.9", "percentage points", "differs", 45),
        (2022, "45", "%", "not_computable", None),
        (2021, "45", "percentage points", "not_computable", None),
    ],
)
def test_a_distance_from_a_target_is_that_from_the_target_of_its_year(
    full_online: Facts, tmp_path: Path, year: int, value: str, unit: str, verdict: str, computed: int | None
) -> None:
    path = tmp_path / "report.csv"
    row = f"level4_online_dossier_rate,rate,,{year}-01-01,{year}-06-30,{value},{unit},,target\n"
    path.write_text(HEADER.strip() + ",over\n" + row, "utf-8")
    found = reconcile(full_online.connection, read_published(path), "H37")
    assert [(one.verdict, one.computed) for one in found.comparisons] == [(verdict, computed)]
    assert found.findings == []


OVER = HEADER.strip() + ",base_from,base_to,over\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OVER + f"x,y,,{HALF_YEAR},1,%,,,,plan\n", "line 2, column over: 'plan' is not target"),
        (
            OVER + f"x,y,,{HALF_YEAR},1,%,,2022-01-01,2022-06-30,target\n",
            "line 2, column over: must be empty where the value is a change",
        ),
        (
            "kpi,measure\nx,y\n",
            "line 1: columns are 'kpi,measure', must be 'kpi,measure,breakdown,from,to,val",
        ),
        (HEADER + f"x,y,,{HALF_YEAR},many,%,\n", "line 2, column value: 'many' is no number"),
        (HEADER + f"x,y,,{HALF_YEAR},NaN,%,\n", "line 2, column value: 'NaN' is no number"),
        (HEADER + "x,y,,2023-02-30,2023-06-30,1,%,\n", "line 2, column from: '2023-02-30' is no day"),
        (
            HEADER + f"x,y,channel,{HALF_YEAR},1,%,\n",
            "line 2, column breakdown: Breakdown 'channel' is not of the form",
        ),
        (WIDE + f"x,y,,{HALF_YEAR},1,%,,15/05/2023,,,\n", "line 2, column reported: '15/05/2023' is no day"),
        (WIDE + f"x,y,,{HALF_YEAR},1,%,,,most,,\n", "line 2, column parts: 'most' is neither all nor some"),
        (WIDE + f"x,y,,{HALF_YEAR},1,%,,,,2022-01-01,\n", "line 2, column base_to: is empty; a base needs"),
        (WIDE + f"x,y,,{HALF_YEAR},1,%,,,,,2022-06-30\n", "line 2, column base_from: is empty; a base needs"),
        (
            WIDE + f"x,y,,{HALF_YEAR},1,%,,,,2022-06-30,2022-01-01\n",
            "line 2, column base_to: must not be before base_from",
        ),
        (
            WIDE + f"x,y,,{HALF_YEAR},1,%,,,,2024-01-01,2024-06-30\n",
            "line 2, column base_to: must not be before base_from nor after to",
        ),
        (
            WIDE + f"x,y,,{HALF_YEAR},1,%,,2023-05-15,,,\nx,z,,{HALF_YEAR},1,%,,2023-05-16,,,\n",
            "line 3, column reported: the report is of 2023-05-15 on a line above",
        ),
    ],
)
def test_a_fault_in_a_file_names_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "report.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(Abort) as fault:
        read_published(path)
    assert said in str(fault.value)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(Abort, match=r"none\.csv cannot be read: No such file"):
        read_published(tmp_path / "none.csv")
    (tmp_path / "sheet.csv").write_bytes(b"kpi\xff\xfe")
    with pytest.raises(Abort, match=r"sheet\.csv: not UTF-8 at byte 3"):
        read_published(tmp_path / "sheet.csv")
