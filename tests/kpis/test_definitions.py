"""A KPI is one file; what is wrong in it is said with file, key and what is allowed there."""

import csv
import re
from pathlib import Path

import psycopg
import pytest

from connectors.source_files import load_sources
from hub.errors import Abort, WrongQuestion
from kpis.definition import KPIS, load_definition, load_definitions
from kpis.dependencies import check_feeds
from kpis.targets import read_targets
from reports.published import read_published
from tests.installation import CATALOGUE, PUBLISHED
from warehouse.serving_views import find_view, view_files

GATE = (KPIS / "gate_vehicles.toml").read_text("utf-8")


def test_the_twenty_five_kpis_are_defined_and_eight_go_to_the_government() -> None:
    definitions = load_definitions()
    assert len(definitions) >= 25
    assert {d.id for d in definitions.values() if d.government} == {
        "online_dossier_rate",
        "on_time_dossier_rate",
        "signed_document_rate",
        "phone_density",
        "internet_density",
        "telecom_revenue",
        "ecommerce_transactions",
        "gate_vehicles",
    }


def test_every_kpi_and_every_source_belongs_to_a_field_of_the_reports() -> None:
    assert all(definition.field for definition in load_definitions().values())
    assert all(source.field for source in load_sources().values())


def test_every_feed_is_named_by_a_kpi_that_depends_on_it() -> None:
    fed = {feed for definition in load_definitions().values() for feed in definition.sources}
    assert fed == {f"{source.name}.{feed}" for source in load_sources().values() for feed in source.feeds}


def _changed(tmp_path: Path, *changes: tuple[str, str]) -> str:
    text = GATE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "gate_vehicles.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Abort) as fault:
        load_definition(path)
    return str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("good =", "goood =", "gate_vehicles.toml: good: is missing; goood: unknown key; did you mean good"),
        ('unit = "%"', 'unit = "%"\nscope = 1', "measures.declared_online.scope: unknown key; did you mean scale"),
        ('good = "up"', 'good = "high"', "good: Input should be 'up', 'down' or 'none'"),
        ('kind = "flow"', 'kind = "flows"', "kind: Input should be 'flow', 'distinct', 'stock' or 'cumulative'"),
        ('reads = "vehicles"', 'reads = "vehicle"', "reads names 'vehicle'; there are accounts"),
        ('["gate", "direction"]', '["gates"]', "serving.vehicles has no column 'gates'; it has province_id"),
        ('"gate.vehicles"', '"gate"', "sources.0: String should match pattern"),
        ("good =", "root = true\nshare = { gate = 'huu_nghi' }\ngood =", "share splits a quotient of two SQL"),
        ("version = 1", "version = 0", "version: Input should be greater than or equal to 1"),
        ('day = "processed_day"', 'grain = "month"', "a flow needs day"),
        ('kind = "flow"', 'kind = "stock"\ngrain = "month"', "grain = 'month' is for a flow"),
        ('kind = "flow"', 'kind = "flow"\nper = ["gate"]', "per is for snapshots"),
        ("[measures.declared_online]", "[measures.vehicles]", "measures.vehicles is the name of a figure"),
        ("version = 1", "version =", "is no valid TOML"),
        ("is_processed", "is_procesed", "where: serving.vehicles has no column 'is_procesed'; it has province_id"),
        (
            "(where is_declared_online)",
            "(where is_declared)",
            "measures.declared_online.numerator: serving.vehicles has no column 'is_declared'",
        ),
        ('numerator = "count(*)"', 'numerator = "sum("', "numerator is no SQL expression: "),
        ('numerator = "count(*)"', 'numerator = "select 1"', "numerator is no SQL expression: "),
        ('numerator = "count(*)"', 'numerator = "1; drop table t"', "numerator is no SQL expression: "),
    ],
)
def test_a_fault_in_a_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in _changed(tmp_path, (old, new))


def test_a_feed_is_looked_for_among_the_sources_of_the_installation() -> None:
    kpis = load_definitions().values()
    check_feeds(kpis, load_sources())
    with pytest.raises(Abort, match=r"gate_vehicles\.toml: sources names 'gate\.vehicles'; there are dvc\.dossiers"):
        check_feeds([load_definitions()["gate_vehicles"]], {"dvc": load_sources()["dvc"]})


def test_an_unknown_measure_is_answered_with_the_nearest() -> None:
    with pytest.raises(WrongQuestion, match="did you mean declared_online"):
        load_definitions()["gate_vehicles"].formula("declared")


def test_a_stock_beside_a_monthly_flow_holds_on_any_day() -> None:
    hours = load_definitions()["radio_hours"]
    assert (hours.formula("hours").grain, hours.formula("household_rate").grain) == ("month", "day")


def test_the_hash_of_a_definition_is_of_what_it_says_and_not_of_its_layout(tmp_path: Path) -> None:
    path = tmp_path / "gate_vehicles.toml"
    path.write_text("# a comment\n" + GATE, "utf-8")
    assert load_definition(path).sha256 == load_definitions()["gate_vehicles"].sha256
    path.write_text(GATE.replace("about_persons = true", "about_persons = false"), "utf-8")
    assert load_definition(path).sha256 == load_definitions()["gate_vehicles"].sha256, "it computes the same"
    path.write_text(GATE.replace('good = "up"', 'good = "down"'), "utf-8")
    assert load_definition(path).sha256 != load_definitions()["gate_vehicles"].sha256


def test_the_columns_of_the_serving_views_are_read_from_their_files(owner: psycopg.Connection) -> None:
    """Definitions are checked against these, so they must be the truth."""
    rows = owner.execute(
        "select c.relname, array_agg(a.attname::text order by a.attnum),"
        " bool_and(coalesce(col_description(c.oid, a.attnum), '') <> ''),"
        " obj_description(c.oid, 'pg_class') from pg_class as c join pg_attribute as a on a.attrelid = c.oid"
        " where c.relnamespace = 'serving'::regnamespace and c.relname not like 'refused%' and a.attnum > 0"
        " group by c.oid, c.relname"
    ).fetchall()
    assert {name: columns for name, columns, _, _ in rows} == {name: find_view(name).columns for name in view_files()}
    assert all(commented and described for _, _, commented, described in rows)


def test_the_demos_targets_are_of_figures_that_there_are() -> None:
    assert len(CATALOGUE.targets) == 32


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "H37,gate_vehicle,vehicles,,2023,9,vehicles,",
            "column kpi: there is no KPI 'gate_vehicle'; did you mean gate_vehicles?",
        ),
        (
            "H37,gate_vehicles,vehicle,,2023,9,vehicles,",
            "column measure: KPI gate_vehicles has no measure 'vehicle'; did you mean",
        ),
        (
            "H37,gate_vehicles,vehicles,gates=x,2023,9,vehicles,",
            "column breakdown: there is no breakdown 'gates'; did you mean gate?",
        ),
        (
            "H37,gate_vehicles,vehicles,gate,2023,9,vehicles,",
            "column breakdown: Breakdown 'gate' is not of the form channel=online",
        ),
        ("H37,gate_vehicles,vehicles,,2023,9,lorries,", "column unit: unit is 'lorries', the measure is in 'vehicles'"),
        ("H37,gate_vehicles,vehicles,,2023,many,vehicles,", "column target: 'many' is no number"),
        ("H37,gate_vehicles,vehicles,,2023,9", "6 values instead of 8"),
        ("H37,gate_vehicles,vehicles,,next,9,vehicles,", "column year: 'next' is no whole number"),
        ("H37,gate_vehicles,vehicles,,0,9,vehicles,", "column year: the year must be from 1900 to 2200"),
        ("H37,gate_vehicles,vehicles,,2023,0,vehicles,", "column target: must be a number above 0"),
    ],
)
def test_a_fault_in_the_targets_names_file_line_and_what_is_wrong(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(f"province,kpi,measure,breakdown,year,target,unit,note\n{line}\n", "utf-8")
    with pytest.raises(Abort, match=r"targets\.csv, line 2[,:] " + re.escape(said)):
        read_targets(path, load_definitions())


def test_a_target_is_set_once(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    line = "H37,gate_vehicles,vehicles,direction=export;gate=huu_nghi,2023,9,vehicles,\n"
    again = line.replace("direction=export;gate=huu_nghi", "gate=huu_nghi;direction=export")
    path.write_text(f"province,kpi,measure,breakdown,year,target,unit,note\n{line}{again}", "utf-8")
    with pytest.raises(Abort, match="line 3, column year: a line above says it; keep one"):
        read_targets(path, load_definitions())


def test_published_files_in_the_house_can_be_read() -> None:
    files = sorted(PUBLISHED.glob("*.csv"))
    assert files
    assert all(read_published(file) for file in files)


def test_a_definition_that_was_released_means_the_same_under_its_version() -> None:
    """A hub that has used it refuses to go on with another one: its figures would no longer be explained."""
    definitions = load_definitions()
    with Path(__file__).with_name("released_definitions.csv").open(encoding="utf-8", newline="") as file:
        released = {(row["kpi"], int(row["version"])): row["sha256"] for row in csv.DictReader(file)}
    assert len(released) >= 25
    now = {(one.id, one.version): one.sha256 for one in definitions.values()}
    assert {key: now[key] for key in now.keys() & released.keys()} == {
        key: released[key] for key in now.keys() & released.keys()
    }
    for kpi, version in released:
        assert definitions[kpi].version >= version
