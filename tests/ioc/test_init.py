"""`ioc init` makes a folder that runs, and nothing over anything."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.installation import Installation
from ioc.main import app
from kpis.catalogue import Catalogue
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.migrate import migrate


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("IOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IOC_LANG", "en")


def init(folder: Path, province: str = "H05", area: str = "27") -> Result:
    return CliRunner().invoke(app, ["init", str(folder), "--province", province, "--area", area])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_doctor_passes_what_was_made_and_notes_what_is_still_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    assert init(tmp_path / "bac-ninh").exit_code == 0
    monkeypatch.setenv("IOC_INSTALLATION", str(tmp_path / "bac-ninh"))
    answer = CliRunner().invoke(app, ["doctor"])
    assert answer.exit_code == 0, answer.stdout
    notes = [line for line in answer.stdout.splitlines() if line.startswith("!")]
    assert len(notes) == 3, "the gateway, the organisations, and who is told of incidents"
    assert "reference/organisations.csv" in answer.stdout
    assert "gateway_url" in answer.stdout


def test_its_secrets_are_the_owners_alone_and_differ_from_folder_to_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        init(tmp_path / name)
        assert (tmp_path / name / "ioc.toml").stat().st_mode & 0o777 == 0o600
    keys = {Installation.open(tmp_path / name).settings.hmac_key.get_secret_value() for name in ("a", "b")}
    assert {len(key) for key in keys} == {64}
    assert len(keys) == 2


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "ioc.toml").write_text("# mine\n")
    answer = init(tmp_path / "there")
    assert answer.exit_code == 1
    assert "holds something, which stays as it is" in str(answer.exception)
    assert [file.name for file in (tmp_path / "there").iterdir()] == ["ioc.toml"]


@pytest.mark.parametrize(
    ("province", "area", "told"),
    [
        ("H05", "99", "there is no province 99; there are 01 (Thành phố Hà Nội), 02"),
        ("H99", "27", "there is no province code 'H99'; did you mean H"),
        ("bac-ninh", "27", "there is no province code 'bac-ninh'; there are H01, H02"),
    ],
)
def test_a_province_that_there_is_not_is_refused(tmp_path: Path, province: str, area: str, told: str) -> None:
    answer = init(tmp_path / "new", province, area)
    assert answer.exit_code == 1
    assert told in str(answer.exception)
    assert not (tmp_path / "new").exists()


def test_a_hub_of_that_folder_knows_its_province_by_name(tmp_path: Path, postgres: Postgres) -> None:
    init(tmp_path / "new")
    installation = Installation.open(tmp_path / "new")
    url = postgres.database(migrated=False)
    migrate(url, installation, Catalogue.of(installation).fields)
    with connect(url, "reader") as connection:
        assert connection.execute("select province, area, name from serving.provinces").fetchall() == [
            ("H05", "27", "Bắc Ninh")
        ]
        assert connection.execute("select count(*) from serving.organisations").fetchone() == (0,)
