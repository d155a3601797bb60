"""OpenLineage events: what the ledger says of loads and refreshes, and nothing of what records say."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openlineage.client.event_v2 import RunState
from openlineage.client.serde import Serde
from typer.testing import CliRunner

from dictionary.lineage_events import events
from hub.periods import VIETNAM
from ioc import docs
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect

JUNE = (date(2023, 6, 1), date(2023, 6, 30))
NOW = datetime.now(VIETNAM).date()
AROUND = (NOW - timedelta(days=1), NOW + timedelta(days=1))
CODE = "000.00.11.H37-230601-0001"


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    """A published batch with one broken rule, a blocked one, and a KPI that counts the first."""
    made = postgres.database()
    with connect(made, "owner") as owner:
        facts = Facts(owner)
        batch = facts.publish("dvc.dossiers", JUNE)
        facts.add("fact_dossier", [{"dossier_code": CODE, "received_at": "2023-06-01T08:00:00+07:00"}])
        blocked = facts.publish("dvc.dossiers", JUNE, status="blocked")
        owner.execute(
            "update ledger.batch set reason_vi = 'trang dịch chuyển', reason_en = 'pages shifted' where batch_id = %s",
            [blocked],
        )
        for rule, passed in (("level:range", False), ("fetched", True)):
            owner.execute(
                "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed,"
                " evaluated, failed, description_vi, description_en)"
                " values (%s, %s, 'warn', 'x', true, %s, 1, 0, 'quy tắc', 'rule')",
                [batch, rule, passed],
            )
        owner.execute(
            "insert into quality.column_profile (batch_id, column_name, records, nulls) values (%s, 'level', 10, 7)",
            [batch],
        )
        owner.commit()
    refresh(made, "H37", ["online_dossier_rate"])
    return made


@pytest.fixture(scope="module")
def written(url: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    file = tmp_path_factory.mktemp("lineage") / "events.ndjson"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IOC_WAREHOUSE_URL", url)
        days = ("--from", str(AROUND[0]), "--to", str(AROUND[1]), "--province", "H37")
        result = CliRunner().invoke(docs.app, ["lineage", str(file), *days, "--json"])
    assert result.exit_code == 0, result.output
    made = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert json.loads(result.stdout)["events"] == len(made)
    return made


def of(written: list[dict[str, Any]], job: str, kind: str) -> list[dict[str, Any]]:
    return [one for one in written if one["job"]["name"] == job and one["eventType"] == kind]


def test_every_event_is_whole_by_the_standard(written: list[dict[str, Any]]) -> None:
    for event in written:
        assert {"eventType", "eventTime", "run", "job", "inputs", "outputs", "producer", "schemaURL"} <= set(event)
        UUID(event["run"]["runId"])
        assert event["schemaURL"].startswith("https://openlineage.io/spec/")
        held = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
        facets = [
            facet for one in held for kind in one if kind.lower().endswith("facets") for facet in one[kind].values()
        ]
        assert facets
        for facet in facets:
            assert facet["_producer"] == event["producer"]
            assert facet["_schemaURL"].startswith("https://openlineage.io/spec/")


def test_each_run_starts_and_ends_once(written: list[dict[str, Any]]) -> None:
    starts = [one["run"]["runId"] for one in written if one["eventType"] == "START"]
    ends = [one["run"]["runId"] for one in written if one["eventType"] != "START"]
    assert sorted(starts) == sorted(ends)
    assert len(set(starts)) == len(starts) == 3


def test_a_load_tells_its_rules_its_columns_and_the_fact(written: list[dict[str, Any]]) -> None:
    [event] = of(written, "load.dvc.dossiers", "COMPLETE")
    [read], [fact] = event["inputs"], event["outputs"]
    rules = {one["name"]: one for one in read["inputFacets"]["dataQualityAssertions"]["assertions"]}
    assert (rules["level:range"]["success"], rules["level:range"]["column"]) == (False, "level")
    assert rules["fetched"]["success"]
    assert read["facets"]["dataQualityMetrics"]["columnMetrics"]["level"]["nullCount"] == 7
    assert "applicant_name" not in {one["name"] for one in read["facets"]["schema"]["fields"]}
    assert fact["name"] == "warehouse.fact_dossier"
    assert event["job"]["facets"]["ownership"]["owners"][0]["name"] == "so-thong-tin-va-truyen-thong"
    assert event["job"]["facets"]["sourceCodeLocation"]["version"]


def test_a_blocked_batch_fails_and_says_why(written: list[dict[str, Any]]) -> None:
    [event] = of(written, "load.dvc.dossiers", "FAIL")
    assert event["run"]["facets"]["errorMessage"]["message"] == "pages shifted"


def test_a_refresh_reads_the_fact_that_the_load_wrote(written: list[dict[str, Any]]) -> None:
    [event] = of(written, "refresh.online_dossier_rate", "COMPLETE")
    [load] = of(written, "load.dvc.dossiers", "COMPLETE")
    same = [(one["namespace"], one["name"]) for one in load["outputs"]]
    assert [(one["namespace"], one["name"]) for one in event["inputs"]] == same
    assert event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] > 0


def test_small_counts_about_persons_are_not_told(postgres: Postgres) -> None:
    """Of a load that refused two records neither these nor what they are counted from; of one that refused ten all
    but the counts by column."""
    with connect(postgres.database(), "owner") as owner:
        facts = Facts(owner)
        for refused, status in ((2, "blocked"), (10, "published")):
            batch = facts.publish("dvc.dossiers", JUNE, status=status)
            owner.execute(
                "update ledger.batch set fetched = 100, loaded = 100 - %(refused)s, quarantined = %(refused)s,"
                " reason_en = 'level:range: 2 rows (of 1 to 4)', reason_vi = '-' where batch_id = %(batch)s",
                {"refused": refused, "batch": batch},
            )
            owner.execute(
                "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed,"
                " evaluated, failed, observed, description_vi, description_en)"
                " values (%s, 'level:range', 'block', 'x', true, false, 100, %s, 'level × 2', 'quy tắc', 'rule')",
                [batch, refused],
            )
            owner.execute(
                "insert into quality.column_profile (batch_id, column_name, records, nulls)"
                " values (%s, 'level', 100, %s)",
                [batch, refused],
            )
        told = [one for one in events(owner, CATALOGUE, "H37", *AROUND) if one.eventType != RunState.START]
    few, many = (json.loads(Serde.to_json(one)) for one in told)
    assert "outputStatistics" not in few["outputs"][0].get("outputFacets", {})
    assert few["run"]["facets"]["errorMessage"]["message"] == "broken: level:range"
    for event in (few, many):
        [assertion] = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert (assertion["success"], "actual" in assertion) == (False, False)
    nulls = [one["inputs"][0]["facets"]["dataQualityMetrics"]["columnMetrics"]["level"] for one in (few, many)]
    assert ["nullCount" in one for one in nulls] == [False, True]
    assert many["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 90


def test_no_record_and_no_figure_is_told(written: list[dict[str, Any]]) -> None:
    assert CODE not in json.dumps(written)
    for event in written:
        assert not {"value", "numerator", "denominator"} & set(json.dumps(event).replace('"', " ").split())


def test_days_on_which_nothing_ended_have_no_event(url: str) -> None:
    with connect(url, "loader") as connection:
        assert list(events(connection, CATALOGUE, "H37", *JUNE)) == []
        assert {one.eventType for one in events(connection, CATALOGUE, "H37", *AROUND)} == {
            RunState.START,
            RunState.COMPLETE,
            RunState.FAIL,
        }


def test_a_reversed_range_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", url)
    file = tmp_path / "events.ndjson"
    days = ("--from", "2023-06-30", "--to", "2023-06-01", "--province", "H37")
    assert CliRunner().invoke(docs.app, ["lineage", str(file), *days]).exit_code == 2
    assert not file.exists()
