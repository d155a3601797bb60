"""What the factory makes of a source's specification."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from airflow.sdk import (
    DAG,
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    RetryAction,
)
from airflow.sdk.definitions.context import _AIRFLOW_PARSING_CONTEXT_DAG_ID

from connectors.source_files import load_sources
from connectors.specification import Source
from dags.factory import VERDICT, audit_dag, government_dag, kpi_dag, report_dag, source_dag
from dags.tasks import ByRecovery
from hub.errors import Retry
from hub.translation import Text

ROOT = Path(__file__).resolve().parents[2]
SOURCES = load_sources()
PROVINCES = {"H37": SOURCES, "H59": {"dvc": SOURCES["dvc"]}}
"""Two, the second without most sources."""


@pytest.fixture(params=sorted(SOURCES))
def source(request: pytest.FixtureRequest) -> Source:
    return SOURCES[request.param]


@pytest.fixture
def dag(source: Source) -> DAG:
    return source_dag(source, "H37")


def test_every_source_has_a_dag_whose_tasks_are_its_feeds(source: Source, dag: DAG) -> None:
    assert dag.dag_id == f"source_{source.name}_h37"
    assert set(dag.task_ids) == {*source.feeds, VERDICT}


def test_feeds_wait_for_nobody(source: Source, dag: DAG) -> None:
    assert {task.task_id for task in dag.tasks if task.upstream_task_ids} == {VERDICT}
    assert dag.task_dict[VERDICT].upstream_task_ids == set(source.feeds)


def test_the_schedule_is_the_cadence_in_vietnam_with_intervals(source: Source, dag: DAG) -> None:
    assert isinstance(dag.timetable, CronDataIntervalTimetable)
    assert dag.timetable.expression == source.cadence
    assert str(dag.timetable.timezone) == "Asia/Ho_Chi_Minh"
    assert not dag.catchup


def test_a_feed_never_runs_beside_itself(dag: DAG) -> None:
    assert {task.max_active_tis_per_dag for task in dag.tasks if task.task_id != VERDICT} == {1}


def test_tasks_wait_longer_from_try_to_try(dag: DAG) -> None:
    for task in dag.tasks:
        if task.task_id == VERDICT:  # tells what became of the others; nothing about it is tried again
            continue
        assert task.retries is not None
        assert task.retries >= 3
        assert task.retry_exponential_backoff
        assert task.max_retry_delay == timedelta(hours=1)
        assert isinstance(task.retry_policy, ByRecovery)


def test_owner_tags_and_titles_come_from_the_specification(source: Source, dag: DAG) -> None:
    assert {task.owner for task in dag.tasks} == {source.owner}
    assert {"ioc", "source", source.owner, "H37"} <= set(dag.tags)
    assert dag.dag_display_name == f"{source.title} · H37"


def test_the_page_tells_every_column_with_its_label(source: Source, dag: DAG) -> None:
    assert dag.doc_md is not None
    for feed in source.feeds.values():
        assert feed.title in dag.doc_md
        for name, column in feed.kept.items():
            assert f"| `{name}` |" in dag.doc_md
            assert (column.label or "") in dag.doc_md


def test_the_page_tells_which_personal_fields_are_not_kept(source: Source, dag: DAG) -> None:
    for feed in source.feeds.values():
        for column in feed.columns.values():
            if column.personal == "drop":
                line = next(line for line in str(dag.doc_md).splitlines() if f"`{column.wire}`" in line)
                assert line.startswith("Không lưu")


def test_the_form_takes_days_and_refuses_anything_else(dag: DAG) -> None:
    form = dag.params
    assert {name: form[name] for name in ("from", "to")} == {"from": None, "to": None}
    form["from"] = "2023-01-01"
    with pytest.raises(ValueError, match="30/06/2023"):
        form["to"] = "30/06/2023"


@pytest.mark.parametrize(
    ("cadence", "retries"), [("* * * * *", 0), ("*/5 * * * *", 2), ("5 * * * *", 5), ("0 4 * * *", 6)]
)
def test_a_load_is_not_tried_again_beside_the_next_run(cadence: str, retries: int) -> None:
    source = SOURCES["gate"].model_copy(update={"cadence": cadence})
    dag = source_dag(source, "H37")
    assert dag.max_active_runs == 1
    assert {task.retries for task in dag.tasks} == {0, retries}  # the verdict never


def made(dag: DAG) -> set[str]:
    """Names of the assets that a DAG's tasks show as made."""
    return {asset.name for task in dag.tasks for asset in task.outlets}


def followed(dag: DAG) -> set[str]:
    """Names of the assets of which any makes a DAG run."""
    assert isinstance(dag.timetable, AssetOrTimeSchedule)
    assert isinstance(dag.timetable.asset_condition, AssetAny)
    return {asset.name for asset in dag.timetable.asset_condition.objects if isinstance(asset, Asset)}


def test_each_feed_of_each_province_is_shown_as_an_asset_and_the_kpis_follow_all_of_them() -> None:
    pairs = [(province, source) for province, sources in PROVINCES.items() for source in sources.values()]
    shown = set().union(*(made(source_dag(source, province)) for province, source in pairs))
    assert shown == {f"{province}.{source.name}.{feed}" for province, source in pairs for feed in source.feeds}
    assert followed(kpi_dag(PROVINCES)) == shown


def test_kpis_are_refreshed_and_sent_by_a_task_a_province_that_waits_for_no_other() -> None:
    for dag, verb in ((kpi_dag(PROVINCES), "refresh"), (government_dag(PROVINCES), "send")):
        assert set(dag.task_ids) == {f"{verb}_h37", f"{verb}_h59"}
        assert not any(task.upstream_task_ids for task in dag.tasks)


def test_the_audit_trail_is_signed_each_hour_by_one_run_at_a_time() -> None:
    dag = audit_dag()
    assert dag.task_ids == ["checkpoint"]
    assert dag.max_active_runs == 1


def test_the_government_is_told_after_any_refresh() -> None:
    assert followed(government_dag(PROVINCES)) == made(kpi_dag(PROVINCES)) == {"H37.kpis", "H59.kpis"}


def test_reports_are_written_each_month_by_a_task_a_province_the_periodic_one_where_somebody_signs_it() -> None:
    dag = report_dag(PROVINCES, ["H37"])
    assert set(dag.task_ids) == {"write_quality_h37", "write_quality_h59", "write_h37"}
    assert isinstance(dag.timetable, CronTriggerTimetable)
    assert dag.timetable.expression == "0 8 5 * *"


def test_kpis_are_refreshed_and_sent_by_one_run_at_a_time() -> None:
    assert kpi_dag(PROVINCES).max_active_runs == government_dag(PROVINCES).max_active_runs == 1


def test_what_may_pass_is_tried_again_after_the_time_that_was_asked_for() -> None:
    decision = ByRecovery().evaluate(Retry(Text("bận", "busy"), after=20), 1, 6)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=20)
    assert decision.reason == "bận / busy"


@pytest.mark.parametrize("error", [Retry(Text("bận", "busy")), ConnectionResetError()])
def test_without_a_time_the_task_backs_off_by_its_own_rule(error: Exception) -> None:
    assert ByRecovery().evaluate(error, 1, 6).action is RetryAction.DEFAULT


def test_reading_the_dag_files_loads_nothing_heavy_and_talks_to_nobody() -> None:
    """Airflow parses them every few seconds; what only tasks need must not be imported."""
    program = """
import sys
from airflow.sdk import DAG, Asset, AssetAny, AssetOrTimeSchedule, CronDataIntervalTimetable, CronTriggerTimetable
from airflow.sdk import Param, RetryDecision, RetryPolicy, get_current_context, task
before = set(sys.modules)
import socket
socket.socket.connect = lambda *_: sys.exit("a DAG file opens a connection")
import dags.source_dags, dags.kpi_dag, dags.government_dag, dags.audit_dag, dags.report_dag
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    loaded = set(answer.stdout.split())
    assert {"dags", "connectors"} <= loaded
    heavy = {
        "great_expectations",
        "pandas",
        "pyarrow",
        "numpy",
        "psycopg",
        "requests",
        "sqlglot",
        "warehouse",
        "gateway",
    }
    assert not loaded & heavy


def dag_files(**settings: str) -> subprocess.CompletedProcess[str]:
    """Ids of the DAGs that the files give under these settings."""
    program = """
from airflow.sdk import DAG
import dags.source_dags, dags.kpi_dag, dags.government_dag, dags.audit_dag, dags.report_dag
files = dags.source_dags, dags.kpi_dag, dags.government_dag, dags.audit_dag, dags.report_dag
print(*sorted({dag.dag_id for file in files for dag in vars(file).values() if isinstance(dag, DAG)}))
"""
    env = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")} | settings
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_a_province_is_added_by_a_setting_without_secrets() -> None:
    listed = [{"code": "H37", "area": "20"}, {"code": "H59", "area": "84", "sources": ["ioffice", "dvc"]}]
    made = dag_files(IOC_PROVINCES=json.dumps(listed)).stdout.split()
    every = {f"source_{name}_h37" for name in SOURCES}
    assert set(made) == every | {"source_dvc_h59", "source_ioffice_h59", "kpis", "government", "audit", "reports"}


def test_for_a_task_only_the_dag_that_it_belongs_to_is_made() -> None:
    listed = [{"code": "H37", "area": "20"}, {"code": "H59", "area": "84"}]
    made = dag_files(IOC_PROVINCES=json.dumps(listed), **{_AIRFLOW_PARSING_CONTEXT_DAG_ID: "source_dvc_h59"})
    assert {dag for dag in made.stdout.split() if dag.startswith("source_")} == {"source_dvc_h59"}


def test_a_wrong_setting_is_said_by_the_files() -> None:
    assert "province is H59, and area is not set" in dag_files(IOC_PROVINCE="H59").stderr


def test_a_faulty_file_of_a_source_is_an_import_error_of_its_own_and_stops_no_dag(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "archive.toml").write_text("titel = 1", "utf-8")
    said = {"IOC_SOURCES": str(folder), "IOC_PROVINCE": "H37", "IOC_AREA": "20"}
    run = partial(subprocess.run, cwd=ROOT, env={**os.environ, **said}, capture_output=True, text=True, check=False)
    good = run(
        [sys.executable, "-c", "import dags.source_dags as d; print(len([n for n in vars(d) if n[:7] == 'source_']))"]
    )
    assert int(good.stdout.split()[-1]) >= len(SOURCES), good.stderr
    faulty = run([sys.executable, "-c", "import dags.faulty_sources"])
    assert faulty.returncode != 0
    assert "archive.toml: " in faulty.stderr
    assert "titel: unknown key" in faulty.stderr
    said.pop("IOC_SOURCES")
    fine = run([sys.executable, "-c", "import dags.faulty_sources"], env={**os.environ, **said})
    assert fine.returncode == 0, fine.stderr
