"""An installation is a folder: what lies in it is found, variables win, and two can be open side by side."""

from pathlib import Path

import pytest

from alerts.settings import AlertSettings
from connectors.catalogue import sources_of
from hub.errors import Abort
from hub.installation import Installation
from ioc.serve import serve_settings
from kpis.catalogue import Catalogue
from kpis.definition import KPIS
from tests.connectors import specs
from tests.installation import CATALOGUE, LANG_SON

TARGETS = "province,kpi,measure,breakdown,year,target,unit,note\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a source, a KPI and a target of its own, seen from elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    made = tmp_path / "bac-ninh"
    for name in ("sources", "kpis", "reference"):
        (made / name).mkdir(parents=True)
    (made / "ioc.toml").write_text('province = "H05"\narea = "27"\n', "utf-8")
    specs.write(made / "sources")
    text = (KPIS / "gate_vehicles.toml").read_text("utf-8")
    (made / "kpis" / "coal_trucks.toml").write_text(text, "utf-8")
    (made / "reference" / "targets.csv").write_text(f"{TARGETS}H05,coal_trucks,vehicles,,2023,9,vehicles,\n", "utf-8")
    monkeypatch.setenv("IOC_INSTALLATION", str(made))
    return made


def test_everything_is_found_in_the_folder(folder: Path) -> None:
    installation = Installation.open()
    catalogue = Catalogue.of(installation)
    assert installation.settings.areas == {"H05": "27"}
    assert installation.settings.state == folder / ".ioc"
    assert "archive" in sources_of(installation)
    assert catalogue.find("coal_trucks").id == "coal_trucks"
    assert catalogue.find_target("H05", "coal_trucks", catalogue.find("coal_trucks"), "", 2023) == 9


def test_a_folder_that_is_given_wins_over_the_variable(folder: Path) -> None:
    assert Installation.open(LANG_SON.settings.installation).settings.codes == ["H37"]


def test_two_installations_know_nothing_of_each_other(folder: Path) -> None:
    ours, other = Catalogue.of(Installation.open(folder)), Catalogue.of(LANG_SON)
    assert set(ours.definitions) - set(other.definitions) == {"coal_trucks"}
    assert other.targets == CATALOGUE.targets
    assert not set(ours.targets) & set(other.targets)


def test_paths_in_the_file_start_from_the_folder_those_in_variables_from_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "ioc.toml").open("a", encoding="utf-8") as file:
        file.write('state = "kept"\nkpis = "sources"\n[alerts]\nsmtp_ca = "ca.pem"\n')
    assert Installation.open().settings.state == folder / "kept"
    assert Installation.open().settings.kpis == folder / "sources"
    assert AlertSettings.of(Installation.open()).smtp_ca == folder / "ca.pem"
    monkeypatch.setenv("IOC_STATE", "kept")
    assert Installation.open().settings.state == Path("kept")


def test_the_file_needs_no_table_for_the_screens(folder: Path) -> None:
    assert serve_settings().port == 8080


def test_a_file_that_is_no_toml_is_named(folder: Path) -> None:
    (folder / "ioc.toml").write_text("province = H05\n", "utf-8")
    with pytest.raises(Abort, match=r"bac-ninh/ioc\.toml is no valid TOML"):
        Installation.open()
    with pytest.raises(Abort, match=r"bac-ninh/ioc\.toml is no valid TOML"):
        serve_settings()


def test_a_folder_that_there_is_not_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_INSTALLATION", str(folder / "missing"))
    with pytest.raises(Abort, match=r"IOC_INSTALLATION=.*missing: there is no such folder"):
        Installation.open()
