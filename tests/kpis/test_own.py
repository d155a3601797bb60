"""An installation adds KPIs of its own beside the hub's, without changing the hub."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from hub.errors import Abort
from hub.installation import Installation
from ioc.doctor import examine
from ioc.main import app
from kpis.catalogue import Catalogue
from kpis.definition import KPIS, load_definitions
from tests.connectors import specs
from tests.installation import CATALOGUE
from warehouse import reference

HUBS = set(load_definitions())


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "kpis"
    folder.mkdir()
    monkeypatch.setenv("IOC_KPIS", str(folder))
    monkeypatch.setenv("IOC_LANG", "en")
    return folder


def add(folder: Path, name: str, template: str = "gate_vehicles", **changed: str) -> None:
    text = (KPIS / f"{template}.toml").read_text("utf-8")
    for old, new in changed.items():
        text = text.replace(old, new)
    (folder / f"{name}.toml").write_text(text, "utf-8")


def opened() -> tuple[Installation, Catalogue]:
    installation = Installation.open()
    return installation, Catalogue.of(installation)


def listed() -> dict[str, str]:
    shown = CliRunner().invoke(app, ["kpi", "list", "--json"])
    assert shown.exit_code == 0, shown.output
    return {one["kpi"]: one["owner"] for one in json.loads(shown.stdout)}


def test_own_kpis_are_listed_beside_the_hubs_and_one_of_the_same_id_wins(own: Path) -> None:
    hubs_owner = load_definitions()["feedback_resolved_rate"].owner
    add(own, "coal_trucks")
    add(own, "feedback_resolved_rate", "feedback_resolved_rate", **{f'"{hubs_owner}"': '"ubnd-tinh"'})
    assert set(listed()) == HUBS | {"coal_trucks"}
    assert listed()["feedback_resolved_rate"] == "ubnd-tinh"


def test_an_own_kpi_may_follow_an_own_source(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(own, "archived_documents", "signed_document_rate", **{"ioffice.documents": "archive.papers"})
    faults = {check.found for check in examine() if not check.good}
    assert any("archived_documents.toml: sources names 'archive.papers'" in fault for fault in faults)
    sources = tmp_path / "sources"
    sources.mkdir()
    specs.write(sources)
    monkeypatch.setenv("IOC_SOURCES", str(sources))
    assert "archived_documents" in listed()


def test_a_fault_in_an_own_file_and_a_missing_folder_are_told(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(own, "coal_trucks", unit="unti")
    assert any("coal_trucks.toml: unit: is missing" in check.found for check in examine())
    monkeypatch.setenv("IOC_KPIS", str(own / "missing"))
    assert any("IOC_KPIS=" in check.found and "no such folder" in check.found for check in examine())
    with pytest.raises(Abort, match="no such folder"):
        Installation.open()


def test_a_part_must_be_part_of_something_that_exists(own: Path) -> None:
    add(own, "gate_vehicles", **{'unit = "vehicles"': 'unit = "vehicles"\npart_of = "all_vehicles.vehicles"'})
    with pytest.raises(Abort, match=r"part_of names 'all_vehicles\.vehicles', which does not exist"):
        load_definitions(own)


TARGETS = "province,kpi,measure,breakdown,year,target,unit,note\n"
PLANS = "province,kpi,breakdown,year,plan,basis\n"


def test_own_kpis_may_have_targets_and_one_of_the_same_figure_wins(own: Path) -> None:
    add(own, "coal_trucks")
    lines = "H37,coal_trucks,vehicles,,2023,900,vehicles,\nH37,telecom_revenue,revenue,,2023,999,billion VND,\n"
    (own / "targets.csv").write_text(TARGETS + lines, "utf-8")
    _, catalogue = opened()
    trucks, revenue = (catalogue.find(kpi) for kpi in ("coal_trucks", "telecom_revenue"))
    assert catalogue.find_target("H37", trucks.id, trucks, "", 2023) == 900
    assert catalogue.find_target("H37", revenue.id, revenue, "", 2023) == 999
    assert catalogue.find_target("H37", revenue.id, revenue, "", 2024) == 970, "of the reference data"
    assert CATALOGUE.find_target("H37", revenue.id, revenue, "", 2023) == 950


def test_a_fault_in_own_targets_is_told(own: Path) -> None:
    (own / "targets.csv").write_text(TARGETS + "H37,coal_truck,vehicles,,2023,900,vehicles,\n", "utf-8")
    add(own, "coal_trucks")
    [fault] = [check.found for check in examine() if not check.good]
    assert fault == f"{own}/targets.csv, line 2, column kpi: there is no KPI 'coal_truck'; did you mean coal_trucks?"


def test_own_kpis_may_have_plans_and_one_of_the_same_slice_wins(
    own: Path, owner: psycopg.Connection[tuple[str, int]]
) -> None:
    add(own, "coal_trucks")
    ours = f"{PLANS}H37,coal_trucks,,2023,900,Kế hoạch\nH37,digital_account_plan_rate,account=payment,2023,7,Kế hoạch\n"
    (own / "plans.csv").write_text(ours, "utf-8")
    installation, catalogue = opened()
    reference.load(owner, installation, catalogue.fields)
    plans = dict(
        owner.execute("select kpi || ' ' || breakdown, plan from serving.kpi_plans where year = 2023").fetchall()
    )
    assert plans["coal_trucks "] == 900
    assert plans["digital_account_plan_rate account=payment"] == 7
    assert plans["digital_account_plan_rate account=citizen_app"] == 159357, "the hub's"
    (own / "plans.csv").write_text(ours.replace("coal_trucks", "coal_truck"), "utf-8")
    with pytest.raises(Abort, match=r"plans\.csv, line 2, column kpi: there is no such KPI; did you mean coal_trucks?"):
        reference.load(owner, installation, catalogue.fields)
