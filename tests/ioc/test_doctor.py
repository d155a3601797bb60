"""Each fault of a machine is found, and said how to mend."""

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from accounts import bi_logins
from connectors.source_files import SOURCES
from gateway.server import CLIENT_ID, CLIENT_SECRET, running
from hub.errors import Abort
from hub.installation import Installation
from ioc import doctor
from ioc.machine import Check
from ioc.main import app
from kpis.catalogue import Catalogue
from kpis.refresh import refresh
from tests.installation import FOLDER
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect

LANG_SON = {"province": "H37", "area": "20"}


class Usage(NamedTuple):
    """Bytes."""

    total: int
    used: int
    free: int


class Version(NamedTuple):
    """Of Python."""

    major: int
    minor: int
    micro: int


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("IOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IOC_LANG", "en")


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    with running() as url:
        yield url


def faults() -> dict[str, Check]:
    return {check.name: check for check in doctor.examine() if not check.good}


def configure(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IOC_{name.upper()}", value)


def test_a_machine_without_settings_can_run_the_demo() -> None:
    assert faults() == {}


def test_a_misspelt_setting_of_the_screens_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").write_text("[serve]\nprot = 8000\n")
    assert "prot: there is no such setting" in faults()["Settings"].found


def test_an_identity_provider_needs_the_address_to_which_it_sends_people_back(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, serve_oidc_issuer="https://sso.example")
    assert "public_address is missing" in faults()["Settings"].found
    configure(monkeypatch, serve_public_address="https://ioc.example")
    assert faults() == {}


@pytest.mark.parametrize(
    "address", ["http://ioc.example", "https://ioc.example/x", "ioc.example", "https://", "https://a#b"]
)
def test_where_browsers_reach_the_screens_is_a_host_over_https(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    configure(monkeypatch, serve_public_address=address)
    assert "public_address: must be https:// and a host" in faults()["Settings"].found


def test_a_wall_of_a_kpi_that_there_is_not_is_a_fault_that_names_the_place(tmp_path: Path) -> None:
    board = '[[boards]]\ntitle = { vi = "a", en = "a" }\nkpis = ["gate_vehicle"]\n'
    (tmp_path / "wall.toml").write_text(board, "utf-8")
    (found,) = (check for check in doctor.examine() if not check.good and "wall.toml" in check.found)
    assert "boards.0" in found.found and "gate_vehicles" in found.found


def test_a_variable_that_nobody_reads_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_GATWAY_URL", "https://lgsp.example")
    monkeypatch.setenv("IOC_SERVE_PORT", "8001")
    monkeypatch.setenv("IOC_ALERTS_SENDER", "ioc@example.vn")
    assert faults()["Variables"].found == "nobody reads IOC_GATWAY_URL"


def test_too_little_disk_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.machine.shutil.disk_usage", lambda _: Usage(10**12, 10**12 - 10**8, 10**8))
    assert "IOC_STATE" in faults()["Free disk"].mend


def test_too_little_memory_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: Usage(2 * 10**9, 0, 0))
    assert "3 GB" in faults()["Memory"].mend


def test_a_wrong_python_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.machine.sys.version_info", Version(3, 13, 0))
    assert "3.11" in faults()["Python"].mend


def test_a_state_folder_that_cannot_be_made_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_STATE", "/proc/ioc")
    assert "IOC_STATE" in faults()["State folder"].mend


def test_the_demo_names_every_fault_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ioc.machine.shutil.disk_usage", lambda _: Usage(10**12, 10**12 - 10**8, 10**8))
    monkeypatch.setattr("psutil.virtual_memory", lambda: Usage(2 * 10**9, 0, 0))
    with pytest.raises(Abort, match=r"Memory.*Free disk"):
        doctor.require_for_demo(tmp_path)


def test_half_configured_is_a_fault_that_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, gateway: str) -> None:
    configure(monkeypatch, gateway_url=gateway, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert "IOC_PROVINCE and IOC_AREA are not set" in faults()["Settings"].found
    configure(monkeypatch, **LANG_SON)
    assert "IOC_HMAC_KEY" in faults()["Settings"].found


def test_a_gateway_that_answers_is_good_and_wrong_credentials_are_not(
    monkeypatch: pytest.MonkeyPatch, gateway: str
) -> None:
    configure(
        monkeypatch,
        gateway_url=gateway,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        hmac_key="5a" * 32,
        **LANG_SON,
    )
    assert faults() == {}
    configure(monkeypatch, client_secret="not-the-secret")
    assert "IOC_CLIENT_SECRET" in faults()["Gateway"].mend


def test_a_gateway_that_is_not_there_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(
        monkeypatch, gateway_url="http://127.0.0.1:9", client_id="x", client_secret="x", hmac_key="5a" * 32, **LANG_SON
    )
    assert "IOC_GATEWAY_URL" in faults()["Gateway"].mend


def test_a_database_that_is_not_migrated_is_a_fault(monkeypatch: pytest.MonkeyPatch, postgres: Postgres) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", postgres.database(migrated=False))
    assert "ioc db migrate" in faults()["Database"].mend


def test_a_migrated_database_is_good(monkeypatch: pytest.MonkeyPatch, warehouse_url: str) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", warehouse_url)
    assert faults() == {}


def test_the_command_says_how_to_mend_and_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_STATE", "/proc/ioc")
    answer = CliRunner().invoke(app, ["doctor"])
    assert answer.exit_code == 3
    assert "→ Set IOC_STATE" in answer.stdout
    assert '"good": false' in CliRunner().invoke(app, ["doctor", "--json"]).stdout


def test_a_bi_login_that_changed_its_own_settings_is_named_and_set_back_by_a_migration(
    monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    url = postgres.database()
    with connect(url, "owner") as owner:
        name = f"tool_{owner.info.dbname}"
        bi_logins.prepare(owner, name, None)
        owner.commit()
        try:
            monkeypatch.setenv("IOC_WAREHOUSE_URL", url)
            assert "BI logins" not in faults()
            owner.execute(f"set role {name}; alter role current_user set statement_timeout = 0; reset role".encode())
            owner.commit()
            assert faults()["BI logins"].found == f"not set up as a BI login is to be: {name}"
            monkeypatch.setenv("IOC_INSTALLATION", str(FOLDER))
            done = CliRunner().invoke(app, ["db", "migrate"])
            assert done.exit_code == 0, done.output
            assert f"Settings of BI logins were set back: {name}" in done.output
            assert "BI logins" not in faults()
        finally:
            owner.rollback()
            owner.execute(f"drop owned by {name}; drop role {name}".encode())


def test_a_province_that_the_database_does_not_have_yet_is_found(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, warehouse_url=warehouse_url, province="H05", area="27")
    assert "H05" in faults()["Database"].found
    assert "ioc db migrate" in faults()["Database"].mend


@pytest.mark.parametrize(
    ("values", "check", "found"),
    [
        ({"province": "H05", "area": "99"}, "Settings", "there is no province 99; there are 01 (Thành phố Hà Nội), 02"),
        ({"province": "H99", "area": "27"}, "Settings", "there is no province code 'H99'; did you mean H"),
        ({"province": "H5", "area": "27"}, "Settings", "province: String should match pattern"),
        ({"hmac_key": "5a" * 15}, "IOC_HMAC_KEY", "has 30 characters only"),
        ({"installation": "/nowhere"}, "Settings", "IOC_INSTALLATION=/nowhere: there is no such folder"),
    ],
)
def test_a_setting_that_cannot_be_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], check: str, found: str
) -> None:
    configure(monkeypatch, **values)
    assert found in faults()[check].found


def test_a_cadence_that_is_no_cron_expression_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gate = (SOURCES / "gate.toml").read_text("utf-8")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "gate.toml").write_text(
        re.sub("(?m)^cadence = .*", 'cadence = "61 * * * *"', gate), "utf-8"
    )
    assert "gate.toml: cadence '61 * * * *' is no cron expression" in faults()["Source files"].found


def test_a_faulty_file_of_a_source_is_a_fault_beside_which_everything_else_is_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sources").mkdir()
    configure(monkeypatch, sources=str(tmp_path / "sources"))
    (tmp_path / "sources" / "archive.toml").write_text("titel = 1", "utf-8")
    (tmp_path / "sources" / "folder.toml").mkdir()
    checks = {check.name: check for check in doctor.examine()}
    assert "titel: unknown key" in checks["Source files"].found
    assert "folder.toml cannot be read" in checks["Source files"].found
    assert checks["Reference data"].good


def test_running_a_source_whose_file_is_faulty_says_what_is_wrong_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, **LANG_SON, sources=str(tmp_path / "sources"))
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "archive.toml").write_text("titel = 1", "utf-8")
    for command in (["run", "archive", "--from", "2023-06-01", "--to", "2023-06-01"], ["source", "check", "archive"]):
        said = CliRunner().invoke(app, command)
        told = str(said.exception) if isinstance(said.exception, Abort) else said.output
        assert said.exit_code == 1
        assert "archive.toml: " in told
        assert "titel: unknown key" in told


def test_a_serve_setting_that_is_no_table_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").write_text("serve = 8080\n", "utf-8")
    assert any("ioc.toml: serve must be a table: [serve]" in check.found for check in faults().values())


def test_reference_data_that_cannot_be_loaded_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "gates.csv").write_text("code,name_vi,name_en\nx,,Gate\n", "utf-8")
    assert "gates.csv, line 2, column name_vi: '' is empty" in faults()["Reference data"].found


def test_a_province_without_organisations_is_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, province="H05", area="27")
    [note] = [check for check in doctor.examine() if check.name == "Reference data"]
    assert (note.good, note.is_note, note.found) == (True, True, "no organisation of H05 yet")
    assert "organisations.csv" in note.mend


def test_secrets_that_everybody_may_read_are_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "ioc.toml"
    file.write_text(f'hmac_key = "{"5a" * 32}"\n', "utf-8")
    file.chmod(0o644)
    assert faults()["Secrets"].mend.startswith("chmod 600 ")
    file.chmod(0o600)
    assert faults() == {}


# Small cells of an installation's own KPIs

OWN = """
name = { vi = "Hồ sơ tiếp nhận", en = "Dossiers received" }
measure = "received"
unit = "dossiers"
good = "none"
kind = "flow"
reads = "dossiers"
day = "received_day"
numerator = "count(*)"
breakdowns = ["area"]
sources = ["dvc.dossiers"]
about_persons = true
owner = "van-phong"
version = 1

[basis]
vi = "Riêng của tỉnh"
en = "The province's own"
"""


@pytest.fixture
def own_kpi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: Postgres) -> str:
    """A database with figures of an own KPI: two communes, one of them with two dossiers."""
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis" / "own_dossiers.toml").write_text(OWN, "utf-8")
    url = postgres.database()
    configure(monkeypatch, installation=str(tmp_path), warehouse_url=url, **LANG_SON)
    installation = Installation.open()
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        moment = {"received_at": "2023-03-01T08:00:00+07:00"}
        facts.add(
            "fact_dossier",
            [moment | {"area": area} for area, count in (("05971", 9), ("06001", 2)) for _ in range(count)],
        )
        facts.publish("dvc.dossiers", (date(2022, 12, 31), date(2023, 6, 30)))
    refresh(url, "H37", ["own_dossiers"], catalogue=Catalogue.of(installation))
    return url


def small_cells() -> list[Check]:
    return [check for check in doctor.examine() if check.name == "Small cells"]


def test_an_own_kpi_whose_small_cells_are_not_told_is_good(own_kpi: str) -> None:
    [check] = small_cells()
    assert check.good
    assert "none is told by others" in check.found
    assert not check.found.startswith("0 ")


def test_an_own_kpi_whose_small_cells_are_told_is_a_fault(own_kpi: str) -> None:
    with connect(own_kpi, "owner") as owner:
        owner.execute(
            "delete from kpi.withheld_count as w using warehouse.dim_area as a where a.area_id = w.area_id"
            " and a.code <> '06001'"
        )
        owner.commit()
    [check] = small_cells()
    assert (check.good, check.found) == (False, "own_dossiers 2023")


def test_an_own_kpi_over_persons_records_that_does_not_say_so_is_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis" / "own_dossiers.toml").write_text(OWN.replace("about_persons = true\n", ""), "utf-8")
    configure(monkeypatch, installation=str(tmp_path), **LANG_SON)
    [check] = small_cells()
    assert (check.good, check.is_note) == (True, True)
    assert "own_dossiers" in check.found
