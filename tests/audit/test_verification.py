"""What is verified on a database of an earlier version and while batches run, and how the command tells it.

Changes of every kind: tests/pipeline/test_evidence.py.
"""

import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from audit.findings import Verification
from audit.verification import NOT_CHECKED, remarks, verify
from hub.errors import Abort
from ioc import audit
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse import seals, trail
from warehouse.database import connect
from warehouse.landing import Landing
from warehouse.schema.everything import metadata

JUNE = (date(2023, 6, 1), date(2023, 6, 30))
CASE = {"case_code": "A", "received_at": "2023-06-01T08:00:00+07:00"}


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.database()


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(str(tmp_path / "landing"))


def verified(url: str, landing: Landing, province: str | None = None) -> Verification:
    with connect(url, "loader") as connection:
        return verify(connection, landing, province)


def publish_unsealed(url: str, status: str = "published") -> int:
    """A batch with a fact, as a hub wrote them that kept no seals."""
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        batch = facts.publish("feedback.cases", JUNE, status=status)
        facts.add("fact_feedback", [CASE])
        return batch


def upgrade(url: str) -> None:
    """As `ioc db migrate` does with a database that has no seal."""
    with connect(url, "owner") as owner:
        owner.execute("truncate ledger.seal, ledger.seal_part, ledger.entry, ledger.pending_entry cascade")
        seals.seal_all(owner)
        trail.write(owner, "migration", "schema")


def test_a_new_hub_is_sound(url: str, landing: Landing) -> None:
    found = verified(url, landing)
    assert found.sound
    assert found.rows == dict.fromkeys(seals.RELATIONS, 0)
    assert (found.seals, found.sealed_later) == (1, 0)


def test_what_an_earlier_version_wrote_is_sealed_as_it_is_and_told(url: str, landing: Landing) -> None:
    publish_unsealed(url)
    assert {finding.kind for finding in verified(url, landing).findings} == {"added"}
    upgrade(url)
    found = verified(url, landing)
    assert found.sound
    assert found.sealed_later == 1
    assert "1 batches had ended before seals were kept" in str(next(remarks(found)))
    with connect(url, "owner") as owner:
        owner.execute("update warehouse.fact_feedback set status_code = 'in_progress'")
    assert [finding.kind for finding in verified(url, landing).findings] == ["changed"]


def test_a_database_with_seals_is_not_sealed_again(url: str, landing: Landing) -> None:
    publish_unsealed(url)
    with connect(url, "owner") as owner:
        seals.seal_all(owner)
    assert not verified(url, landing).sound


def test_rows_of_a_running_batch_are_no_finding_but_its_facts_are(url: str, landing: Landing) -> None:
    with connect(url, "owner") as owner:
        batch = Facts(owner).publish("feedback.cases", JUNE, status="running")
        owner.execute(
            "insert into quality.verdict (batch_id, passed, declared_rules, executed_rules, reasons)"
            " values (%s, true, 1, 1, '[]')",
            [batch],
        )
    assert verified(url, landing).sound
    with connect(url, "owner") as owner:
        Facts(owner).add("fact_feedback", [CASE])
    assert [(finding.kind, finding.table) for finding in verified(url, landing).findings] == [
        ("added", "warehouse.fact_feedback")
    ]


def test_a_column_that_a_later_version_adds_changes_no_hash(url: str, landing: Landing) -> None:
    publish_unsealed(url)
    upgrade(url)
    with connect(url, "owner") as owner:
        owner.execute("alter table warehouse.fact_feedback add column later text")
        owner.execute("alter table ledger.batch add column later_day date")
    assert verified(url, landing).sound


@pytest.mark.parametrize("setting", ["datestyle = 'German'", "extra_float_digits = -3", "timezone = 'Asia/Tokyo'"])
def test_settings_of_the_database_change_no_hash(url: str, landing: Landing, setting: str) -> None:
    publish_unsealed(url)
    upgrade(url)
    with connect(url, "owner") as owner:
        owner.execute(
            f"do $$ begin execute format('alter database %I set {setting.replace(chr(39), chr(39) * 2)}',"
            " current_database()); end $$".encode()
        )
    assert verified(url, landing).sound


def test_another_province_has_rows_of_its_own_only(url: str, landing: Landing) -> None:
    publish_unsealed(url)
    upgrade(url)
    assert verified(url, landing, "H37").rows["warehouse.fact_feedback"] == 1
    assert verified(url, landing, "H59").rows["warehouse.fact_feedback"] == 0
    assert [verified(url, landing, province).sealed_later for province in ("H37", "H59")] == [1, 0]
    with pytest.raises(Abort, match="Province 'H99' is not in this hub's reference data"):
        verified(url, landing, "H99")


def test_every_table_is_compared_or_said_not_to_be() -> None:
    compared = {"quality.decision", "quality.month_total", "kpi.note"} | {
        f"ledger.{name}"
        for name in ("seal", "seal_part", "entry", "pending_entry", "leaf", "tree_node", "checkpoint", "anchor")
    }
    unchecked = [table for _, tables in NOT_CHECKED for table in tables]
    assert len(unchecked) == len(set(unchecked))
    assert set(metadata.tables) == compared | set(unchecked) | set(seals.RELATIONS)


def test_verifying_writes_nothing(url: str, landing: Landing) -> None:
    with connect(url, "loader") as connection:
        verify(connection, landing)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("insert into landing.removed_page values ('x', now())")


def test_the_command_names_findings_and_ends_with_another_code(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", url)
    monkeypatch.setenv("IOC_STATE", str(tmp_path))
    monkeypatch.setenv("IOC_LANG", "en")
    run = CliRunner().invoke
    sound = run(audit.app, ["verify"])
    assert sound.exit_code == 0, sound.output
    assert "0 rows, 1 seals, 0 accounts, 0 landed pages: 0 findings" in sound.stdout
    assert "; hash over all seals: " in sound.stdout
    assert "Not checked: reference data" in sound.stdout
    assert f"tables: {len(seals.RELATIONS)}/{len(seals.RELATIONS)}" in sound.stderr
    batch = publish_unsealed(url)
    unsound = run(audit.app, ["verify", "--json"])
    assert unsound.exit_code == 3
    said = json.loads(unsound.stdout)
    assert (said["sound"], said["found"]) == (False, 2)
    assert [one["text"] for one in said["findings"]] == [
        "warehouse.fact_feedback, province_id, case_code = 1,A, batch 1, page 1: was not written by the hub",
        f"ledger.batch, batch_id = {batch}, batch {batch}: was not written by the hub",
    ]
    assert "was not written by the hub" in unsound.stderr
