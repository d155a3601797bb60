"""Published figures beside computed ones, and a report that contradicts itself."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.errors import Abort
from tests.kpis.facts import Facts
from warehouse.kpis.definition import load_definitions
from warehouse.published import PUBLISHED, Comparison, compare, larger_than_its_whole, read_published

HEADER = "kpi,measure,breakdown,from,to,value,unit,note\n"
RANGE = "2023-01-01,2023-06-30"


def _compared(facts: Facts, tmp_path: Path, *rows: str) -> list[Comparison]:
    path = tmp_path / "report.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), "utf-8")
    return compare(facts.connection, read_published(path))


@pytest.fixture
def two_of_three_online(facts: Facts) -> Facts:
    facts.publish("dvc.dossiers")
    received = {"received_at": "2023-01-05T08:00:00+07:00"}
    facts.add("fact_dossier", [received | {"channel_code": channel} for channel in ("online", "online", "direct")])
    return facts


@pytest.mark.parametrize(
    ("row", "verdict", "difference"),
    [
        (f"online_dossier_rate,received,,{RANGE},3,dossiers,", "equal", 0),
        (f"online_dossier_rate,received,channel=online,{RANGE},2,dossiers,", "equal", 0),
        (f"online_dossier_rate,rate,,{RANGE},66.67,%,", "rounded", Decimal("-0.0033")),
        (f"online_dossier_rate,rate,,{RANGE},67,%,", "rounded", Decimal("-0.3333")),
        (f"online_dossier_rate,rate,,{RANGE},66.66,%,", "differs", Decimal("0.0067")),
        (f"online_dossier_rate,rate,,{RANGE},66.670,%,", "differs", Decimal("-0.0033")),
        (f"online_dossier_rate,received,,{RANGE},4,dossiers,", "differs", -1),
    ],
)
def test_a_figure_is_judged_by_the_digits_that_were_published(
    two_of_three_online: Facts, tmp_path: Path, row: str, verdict: str, difference: Decimal
) -> None:
    (comparison,) = _compared(two_of_three_online, tmp_path, row)
    assert comparison.verdict == verdict
    assert comparison.difference is not None
    assert round(comparison.difference, 4) == difference


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"personnel_files,files,,{RANGE},30237,files,", "KPI personnel_files is not defined"),
        (f"online_dossier_rate,recieved,,{RANGE},3,dossiers,", "has no measure 'recieved'; did you mean received"),
        (f"online_dossier_rate,received,colour=red,{RANGE},3,dossiers,", "has no breakdown 'colour'"),
        (f"online_dossier_rate,received,,{RANGE},3,cases,", "computed in dossiers, published in cases"),
        (f"gate_vehicles,vehicles,,{RANGE},3,vehicles,", "nothing of gate.vehicles was ever loaded"),
    ],
)
def test_what_cannot_be_computed_says_why(two_of_three_online: Facts, tmp_path: Path, row: str, why: str) -> None:
    (comparison,) = _compared(two_of_three_online, tmp_path, row)
    assert (comparison.verdict, comparison.computed) == ("not_computable", None)
    assert comparison.reason is not None
    assert why in comparison.reason.en


def test_more_services_on_the_portal_than_exist_contradict_the_report_and_not_the_hub(
    facts: Facts, tmp_path: Path
) -> None:
    facts.publish("dvc.services")
    levels = [3] * 2 + [4] * 3
    facts.add("fact_service", [{"day": "2023-06-30", "level": n, "on_national_portal": True} for n in levels])
    day = "2023-06-30,2023-06-30"
    comparisons = _compared(
        facts,
        tmp_path,
        f"full_online_service_rate,services,level=3,{day},2,services,",
        f"full_online_service_rate,services,level=4,{day},3,services,",
        f"national_portal_services,services,level=3,{day},4,services,",
        f"national_portal_services,services,level=4,{day},3,services,",
        f"national_portal_services,services,,{day},7,services,",
    )
    assert [c.verdict for c in comparisons] == ["equal", "equal", "contradictory", "equal", "contradictory"]
    part, total = comparisons[2].reason, comparisons[4].reason
    assert part is not None
    assert "4 > 2, the full_online_service_rate.services level=3" in part.en
    assert total is not None
    assert "7 = 4 + 3, of which level=3 cannot be" in total.en
    assert [comparisons[2].computed, comparisons[4].computed] == [2, 5]


def test_a_contradiction_elsewhere_excuses_no_other_figure(facts: Facts, tmp_path: Path) -> None:
    facts.publish("dvc.services")
    facts.add("fact_service", [{"day": "2023-06-30", "level": 3, "on_national_portal": True}])
    day = "2023-06-30,2023-06-30"
    comparisons = _compared(
        facts,
        tmp_path,
        f"full_online_service_rate,services,level=3,{day},1,services,",
        f"national_portal_services,services,level=3,{day},2,services,",
        f"national_portal_services,services,level=4,{day},9,services,",
        f"national_portal_services,services,,{day},10,services,",
    )
    assert [c.verdict for c in comparisons] == ["equal", "contradictory", "differs", "differs"]


def test_the_report_of_2023_contradicts_itself_in_two_of_the_eighteen_kpis_figures() -> None:
    figures = read_published(PUBLISHED / "langson-2023.csv")
    found = larger_than_its_whole(figures, load_definitions())
    assert {(figures[i].kpi, figures[i].breakdown, figures[i].value) for i in found} == {
        ("national_portal_services", "level=3", Decimal(462)),
        ("national_portal_services", "", Decimal(1344)),
    }


def test_every_published_figure_of_a_defined_kpi_can_be_asked(facts: Facts) -> None:
    """Whatever the data are, the names, breakdowns and units of the report are those of the definitions."""
    definitions = load_definitions()
    figures = [f for f in read_published(PUBLISHED / "langson-2023.csv") if f.kpi in definitions]
    for definition in definitions.values():
        facts.publish(definition)
    for comparison in compare(facts.connection, figures):
        reason = comparison.reason.en if comparison.reason else ""
        assert comparison.verdict != "not_computable" or reason.startswith(
            ("there ", "the denominator", "the first")
        ), reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kpi,measure\nx,y\n", "has no column breakdown, from, to, value, unit"),
        (HEADER + f"x,y,,{RANGE},many,%,\n", "line 2, column value: 'many' is no number"),
        (HEADER + f"x,y,,{RANGE},NaN,%,\n", "line 2, column value: 'NaN' is no number"),
        (HEADER + "x,y,,2023-02-30,2023-06-30,1,%,\n", "line 2, column from: '2023-02-30' is no day"),
        (HEADER + f"x,y,channel,{RANGE},1,%,\n", "line 2, column breakdown: Breakdown 'channel' is not of the form"),
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
    with pytest.raises(Abort, match=r"sheet\.csv cannot be read: it is no UTF-8 text"):
        read_published(tmp_path / "sheet.csv")


def test_a_reversed_published_range_is_not_computable(facts: Facts, tmp_path: Path) -> None:
    (comparison,) = _compared(facts, tmp_path, "gate_vehicles,vehicles,,2023-06-30,2023-01-01,1,vehicles,")
    assert comparison.verdict == "not_computable"
    assert comparison.published.first == date(2023, 6, 30)
