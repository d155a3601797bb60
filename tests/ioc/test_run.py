"""`ioc run` tells what became of each feed, of a blocked one too."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hub.errors import Blocked
from hub.periods import VIETNAM
from hub.translation import Text
from ioc.main import app
from ioc.output import Terminal
from pipeline.batch import Outcome
from pipeline.publication import End
from warehouse.ledger import Batch, BatchAccount

BROKEN = [Text("missing_records: 1 (Nhận đủ)", "missing_records: 1 (All have come)"), Text("types: 2", "types: 2 rows")]
COUNTS = {"fetched": 10, "declared": 11, "loaded": 0, "unchanged": 0, "superseded": 0, "quarantined": 2, "removed": 0}


@pytest.fixture(autouse=True)
def _one_feed_is_blocked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of the source's feeds the services are blocked, the dossiers published."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setenv("IOC_WAREHOUSE_URL", "postgresql+psycopg://nowhere/ioc")
    monkeypatch.setenv("IOC_GATEWAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("IOC_CLIENT_ID", "hub")
    monkeypatch.setenv("IOC_CLIENT_SECRET", "secret")
    monkeypatch.setenv("IOC_HMAC_KEY", "5a" * 32)
    monkeypatch.setattr("ioc.output.out", Terminal(width=200))

    def run_feed(_settings: Any, source: str, feed: str, *_: Any) -> Outcome:
        if feed == "services":
            raise Blocked(Text("Lô 7 bị chặn", "Batch 7 is blocked"), 7, COUNTS, BROKEN)
        batch = Batch(8, 1, source, feed, date(2023, 6, 1), date(2023, 6, 1), 1)
        account, short = BatchAccount(fetched=5, loaded=5), [Text("2/5 bị cách ly", "2/5 were refused")]
        return Outcome(source, feed, [End(batch, account, (), short, short)], 1.0)

    monkeypatch.setattr("pipeline.fetch.run_feed", run_feed)


def run(*options: str) -> Result:
    return CliRunner().invoke(app, ["run", "dvc", "--from", "2023-06-01", "--to", "2023-06-30", *options])


def test_a_blocked_batch_is_in_the_table_with_the_rules_that_did_not_hold() -> None:
    said = run()
    assert said.exit_code == 3
    [line] = [line for line in said.stdout.splitlines() if "dvc.services" in line]
    assert "blocked" in line
    assert "Batch 7 is blocked" in said.stderr
    assert "- missing_records: 1 (All have come)\n  - types: 2 rows\n" in said.stderr


def test_a_slice_with_many_refused_records_is_told_with_the_reason() -> None:
    assert "! dvc.dossiers 2023-06-01: provisional, batch 8: 2/5 were refused" in run().stderr


def test_machines_are_told_the_same() -> None:
    said = run("--json")
    assert said.exit_code == 3
    blocked, published = json.loads(said.stdout)
    assert (blocked["batch_id"], blocked["status"], blocked["fetched"], blocked["quarantined"]) == (7, "blocked", 10, 2)
    assert blocked["broken_rules"] == ["missing_records: 1 (All have come)", "types: 2 rows"]
    assert (published["status"], published["loaded"]) == ("published", 5)
    assert [(row["published"], row["blocked"]) for row in (blocked, published)] == [(0, 1), (1, 0)]


def test_a_feed_that_is_published_ends_with_0() -> None:
    assert run("--feed", "dossiers").exit_code == 0


TODAY = datetime.now(VIETNAM).date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    "command",
    [
        ["run", "dvc"],
        ["reconcile", "source"],
        ["government", "resend"],
        ["kpi", "recompute", "gate_vehicles"],
        ["kpi", "show", "gate_vehicles"],
        ["kpi", "explain", "gate_vehicles"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("0001-01-01", "2023-06-30", "0001-01-01: the year must be from 1900 to 2200"),
        ("2023-06-01", "9999-12-31", "9999-12-31: the year must be from 1900 to 2200"),
        ("1899-12-31", "1900-01-01", "1899-12-31: the year must be from"),
        ("2023-06-30", "2023-06-01", "is reversed"),
        ("20230601", "2023-06-30", "'20230601' is no day; write YYYY-MM-DD"),
        ("2023-W01-1", "2023-06-30", "'2023-W01-1' is no day"),
        ("2023-06-31", "2023-06-30", "'2023-06-31' is no day"),
        ("２０２３-06-01", "2023-06-30", "is no day"),
    ],
)
def test_days_that_no_hub_can_know_are_wrong_usage(command: list[str], first: str, last: str, told: str) -> None:
    said = CliRunner().invoke(app, [*command, "--from", first, "--to", last], env={"COLUMNS": "300"})
    assert said.exit_code == 2
    assert told in said.output + str(said.exception or "")


@pytest.mark.parametrize(
    "command",
    [["run", "dvc"], ["reconcile", "source"], ["government", "resend"], ["kpi", "recompute", "gate_vehicles"]],
    ids=" ".join,
)
def test_days_that_have_not_come_are_wrong_usage_that_names_today(command: list[str]) -> None:
    asked = [*command, "--from", "2023-06-01", "--to", TOMORROW.isoformat()]
    said = CliRunner().invoke(app, asked, env={"COLUMNS": "300"})
    assert said.exit_code == 2
    assert f"{TOMORROW} has not come yet: today is {TODAY}" in said.output


def test_today_can_be_loaded() -> None:
    assert CliRunner().invoke(app, ["run", "dvc", "--from", "2023-06-01", "--to", TODAY.isoformat()]).exit_code == 3
