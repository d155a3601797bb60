"""A closed month in the archive: what is in it, whether it gives the published figures, and what the trail says."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg
import pytest
from typer.testing import CliRunner, Result

from audit.verification import verify
from hub.errors import Abort
from hub.periods import VIETNAM, Period, parse_period
from hub.settings import Settings
from ioc.main import app
from kpis import archive as archiving
from kpis.archive import ArchivedMonth, write_month
from kpis.archived_figures import Figures, archived_figures, differing, published_figures
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.refresh import refresh
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from warehouse import trail
from warehouse.archive import Archive, differences, entries
from warehouse.database import connect
from warehouse.landing import Landing

JUNE = parse_period("2023-06")
DIVIDES, BY_A_NUMBER = "visits_per_doctor", "security_level_rate"
OWN = Catalogue(
    {
        one.id: one
        for one in CATALOGUE.definitions.values()
        if not one.further or one.id in (DIVIDES, BY_A_NUMBER, "overdue_documents", "inspections")
    },
    CATALOGUE.targets,
    CATALOGUE.sources,
)
"""The 25 KPIs, and further ones whose SQL is of other kinds."""
MONTHS = ("2023-01", "2023-03", "2023-06")
NOW = datetime(2026, 1, 1, tzinfo=VIETNAM)


@pytest.fixture(scope="module")
def url(warehouse_url: str) -> str:
    """A hub with records of each KPI from which its figures are published."""
    with connect(warehouse_url, "owner") as owner:
        facts = Facts(owner)
        for definition in OWN.definitions.values():
            facts.publish(definition)
            owner.execute("savepoint kpi")
            try:
                facts.add_csv(definition, Path(__file__).parent / definition.id / "given.csv")
            except psycopg.errors.UniqueViolation:  # the same records as another KPI's
                owner.execute("rollback to kpi")
        owner.commit()
    refresh(warehouse_url, "H37", catalogue=OWN)
    return warehouse_url


class Kept(NamedTuple):
    """An archive, and what was written to it by month."""

    folder: Path
    months: dict[str, ArchivedMonth]


@pytest.fixture(scope="module")
def kept(url: str, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("archive") / "kept"
    return Kept(folder, {month: write(url, folder, parse_period(month)) for month in MONTHS})


@pytest.fixture
def folder(url: str, kept: Kept, tmp_path: Path) -> Iterator[Path]:
    """A copy of the archive, to be changed; in the end the trail is again as the archive is."""
    yield Path(shutil.copytree(kept.folder, tmp_path / "archive"))
    last = max(month.entry_id for month in kept.months.values())
    with connect(url, "owner") as owner:
        owner.execute("delete from ledger.pending_entry where entry_id > %s", [last])
        owner.execute("delete from ledger.entry where entry_id > %s", [last])
        owner.commit()


def write(url: str, folder: Path, month: Period = JUNE, catalogue: Catalogue = OWN) -> ArchivedMonth:
    return write_month(url, folder, "H37", month, catalogue=catalogue, now=NOW)


def found(url: str, folder: Path) -> list[str]:
    """What of the archive is not as the trail says."""
    with Archive.open(folder) as archive, connect(url, "loader") as connection:
        return [text.en for _, text in differences(archive, entries(connection))]


def archived(kept: Kept, month: str = "2023-06") -> Figures:
    with Archive.open(kept.folder) as archive:
        return archived_figures(archive, kept.months[month].files, "H37", parse_period(month))


def published(url: str, month: str = "2023-06") -> Figures:
    with connect(url, "loader") as connection:
        return published_figures(connection, "H37", parse_period(month))


@pytest.mark.parametrize("month", MONTHS)
def test_every_published_figure_of_a_month_is_the_same_from_the_archive_alone(url: str, kept: Kept, month: str) -> None:
    found = archived(kept, month)
    assert differing(found, published(url, month)) == {}
    assert {key.kpi for key in found} | {*kept.months[month].without} == {*OWN.definitions}


def test_the_months_have_figures_of_every_kind(kept: Kept) -> None:
    found = {month: archived(kept, month) for month in MONTHS}
    valued = {key.kpi for figures in found.values() for key, said in figures.items() if said.value is not None}
    assert valued == {*OWN.definitions}
    assert sum(map(len, found.values())) > 200


def test_a_figure_that_was_published_otherwise_is_named(url: str, kept: Kept) -> None:
    ours, theirs = archived(kept), published(url)
    key = next(key for key in ours if key.kpi == "online_dossier_rate")
    assert [*differing(ours, theirs | {key: theirs[key]._replace(numerator=None)})] == [key]
    assert key in differing(ours, {})


def test_no_code_of_a_record_is_archived(kept: Kept) -> None:
    columns = set()
    for file in kept.folder.rglob("*.parquet"):
        columns |= {name for (name, *_) in duckdb.sql(f"describe from read_parquet('{file}')").fetchall()}
    assert "received_day" in columns
    assert not {one for one in columns if one.endswith("_code")} - {"province_code"}
    assert not columns & {"serial", "batch_id", "page_number"}


def test_a_kpi_that_counts_codes_which_may_be_erased_is_not_archived() -> None:
    definition = OWN.definitions["online_dossier_rate"]
    counting = Definition.model_validate(definition.body | {"numerator": "count(distinct dossier_code)"})
    with pytest.raises(Abort, match=r"online_dossier_rate reads dossier_code.*ioc forget"):
        [*archiving._columns(counting, archiving._codes("dossiers", OWN))]


def test_a_month_that_may_still_change_is_refused(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with pytest.raises(Abort, match=r"not closed.*data reach 2023-06-30"):
        write(url, folder, parse_period("2023-07"))
    with pytest.raises(Abort, match=r"not closed.*may still deliver"):
        write_month(url, folder, "H37", JUNE, catalogue=OWN, now=datetime(2023, 6, 30, tzinfo=VIETNAM))
    assert not folder.exists()


@pytest.fixture
def later_batch(url: str) -> Iterator[None]:
    with connect(url, "owner") as owner:
        batch = Facts(owner).publish("gate.vehicles", (date(2023, 6, 30), date(2023, 6, 30)))
        owner.commit()
        yield
        owner.execute("delete from ledger.batch where batch_id = %s", [batch])
        owner.commit()


@pytest.mark.usefixtures("later_batch")
def test_a_month_whose_figures_do_not_reflect_a_batch_is_refused(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with pytest.raises(Abort, match="gate_vehicles is not refreshed"):
        write(url, folder)


def test_the_entry_of_the_trail_names_each_file_with_its_hash(url: str, kept: Kept) -> None:
    with connect(url, "loader") as connection:
        named = entries(connection)
    assert named == {month.part: month.files for month in kept.months.values()}
    there = {str(one.relative_to(kept.folder)) for one in kept.folder.rglob("*.parquet")}
    assert there == {file for files in named.values() for file in files}
    assert found(url, kept.folder) == []


def test_a_changed_byte_is_found(url: str, kept: Kept, folder: Path) -> None:
    file = min(kept.months["2023-06"].files)
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    assert found(url, folder) == [f"{file} in the archive was changed since it was written"]
    with connect(url, "loader") as connection:
        verified = verify(connection, Landing(str(folder / "landing")), settings=Settings(archive=folder))
    assert [one.key for one in verified.findings if one.table == "archive"] == [file]
    (folder / file).unlink()
    assert found(url, folder) == [f"{file} in the archive is missing"]


def test_a_month_without_its_entry_is_none_until_it_is_written_again(
    url: str, kept: Kept, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(trail, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            write(url, folder)
    said = found(url, folder)
    assert all("month=2023-06" in one for one in said)
    assert any("does not name it" in one for one in said)
    again = write(url, folder)
    assert found(url, folder) == []
    there = {str(one.relative_to(folder)) for one in folder.rglob("*month=2023-06/*.parquet")}
    assert there == {*again.files}
    assert not there & {*kept.months["2023-06"].files}


def ioc(url: str, folder: Path, *arguments: str) -> Result:
    environment = {"IOC_WAREHOUSE_URL": url, "IOC_ARCHIVE": str(folder), "IOC_LANG": "en"}
    return CliRunner().invoke(app, ["archive", *arguments], env=environment)


def test_the_command_tells_figures_and_ends_with_3_where_one_differs(
    url: str, kept: Kept, owner: psycopg.Connection
) -> None:
    folder = kept.folder
    said = json.loads(ioc(url, folder, "kpis", "2023-06", "--compare", "--json").stdout)
    assert (said["figures"] > 100, said["differing"]) == (True, [])
    assert ioc(url, folder, "check").exit_code == 0
    owner.execute(
        "insert into kpi.observation select (jsonb_populate_record(o, jsonb_build_object('value', o.value + 1,"
        " 'revision', o.revision + 1, 'observation_id', -1))).* from kpi.observation as o where kpi_id ="
        " 'gate_vehicles' and first_day = '2023-06-01' and last_day = '2023-06-30' and breakdown = ''"
    )
    owner.commit()
    try:
        told = ioc(url, folder, "kpis", "2023-06", "--compare", "--json")
    finally:
        owner.execute("delete from kpi.observation where observation_id = -1")
        owner.commit()
    assert told.exit_code == 3
    assert [one["kpi"] for one in json.loads(told.stdout)["differing"]] == ["gate_vehicles"]


def test_figures_come_only_from_files_that_are_as_written(url: str, kept: Kept, folder: Path) -> None:
    (folder / min(kept.months["2023-06"].files)).write_bytes(b"")
    told = ioc(url, folder, "kpis", "2023-06")
    assert told.exit_code == 1
    assert isinstance(told.exception, Abort)
    assert ioc(url, folder, "check").exit_code == 3
