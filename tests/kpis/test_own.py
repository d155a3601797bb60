"""An installation adds KPIs of its own beside the hub's, without changing the hub."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.errors import Abort
from ioc.doctor import examine
from ioc.main import app
from tests.connectors import specs
from warehouse.kpis.definition import KPIS, load_definitions, use_own

HUBS = set(load_definitions())


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "kpis"
    folder.mkdir()
    monkeypatch.setenv("IOC_KPIS", str(folder))
    monkeypatch.setenv("IOC_LANG", "en")
    yield folder
    use_own(None)


def add(folder: Path, name: str, template: str = "gate_vehicles", **changed: str) -> None:
    text = (KPIS / f"{template}.toml").read_text("utf-8")
    for old, new in changed.items():
        text = text.replace(old, new)
    (folder / f"{name}.toml").write_text(text, "utf-8")


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
        use_own(own / "missing")


def test_a_part_must_be_part_of_something_that_exists(own: Path) -> None:
    add(own, "gate_vehicles", **{'unit = "vehicles"': 'unit = "vehicles"\npart_of = "all_vehicles.vehicles"'})
    use_own(own)
    with pytest.raises(Abort, match=r"part_of names 'all_vehicles\.vehicles', which does not exist"):
        load_definitions()
