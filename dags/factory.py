"""Makes a DAG of each source's specification, and the DAG that refreshes the KPIs.

Airflow reads DAG files every few seconds, so nothing here touches network or database, and what tasks need is
imported when they run.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    Param,
    get_current_context,
    task,
)

from connectors.slices import VIETNAM
from connectors.spec import Source
from dags.documentation import feed_page, kpi_page, source_page
from dags.load import ByRecovery, load_feed, refresh_kpis

_TIMEZONE = VIETNAM.key
_BEGIN = datetime(2020, 1, 1, tzinfo=VIETNAM)
"""First day that a backfill can ask for."""
_PATIENCE: dict[str, Any] = {
    "retries": 6,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(hours=1),
    "retry_policy": ByRecovery(),
}
_DAY_FORM: dict[str, Any] = {"type": ["null", "string"], "format": "date"}


def source_dag(source: Source) -> DAG:
    """The DAG of a source: its feeds side by side, on its cadence, for the days of the run's interval or parameters."""
    dag = DAG(
        dag_id=f"source_{source.name}",
        dag_display_name=source.title,
        description=f"{source.title}: {', '.join(feed.title for feed in source.feeds.values())}",
        doc_md=source_page(source),
        schedule=CronDataIntervalTimetable(source.cadence, timezone=_TIMEZONE),
        start_date=_BEGIN,
        catchup=False,
        tags={"ioc", "source", source.owner},
        default_args={"owner": source.owner, **_PATIENCE},
        params={
            "from": Param(None, **_DAY_FORM, title="Từ ngày", description="Để trống cả hai để lấy kỳ của lượt chạy"),
            "to": Param(None, **_DAY_FORM, title="Đến hết ngày", description="Tính cả ngày này"),
        },
    )
    with dag:
        for name in source.feeds:
            _feed_task(source, name)
    return dag


def kpi_dag(sources: dict[str, Source]) -> DAG:
    """The DAG that refreshes the KPIs after publishes, and each morning in case an event was lost."""
    published = AssetAny(*(feed_asset(source, feed) for source in sources.values() for feed in source.feeds))
    dag = DAG(
        dag_id="kpis",
        dag_display_name="Tính lại chỉ tiêu",
        description="Tính lại các chỉ tiêu sau mỗi lần công bố dữ liệu",
        doc_md=kpi_page(sources),
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("30 6 * * *", timezone=_TIMEZONE), assets=published
        ),
        start_date=_BEGIN,
        catchup=False,
        max_active_runs=1,
        tags={"ioc", "kpi"},
        default_args={"owner": "ioc", **_PATIENCE},
    )
    with dag:
        task(task_id="refresh")(refresh_kpis)()
    return dag


def feed_asset(source: Source, feed: str) -> Asset:
    """What Airflow's screen shows as made by a feed. What was really published is in the ledger."""
    return Asset(name=f"{source.name}.{feed}", uri=f"ioc://warehouse/{source.name}/{feed}", group="ioc")


def _feed_task(source: Source, name: str) -> None:
    asset = feed_asset(source, name)

    @task(
        task_id=name,
        task_display_name=source.feeds[name].title,
        doc_md=feed_page(source.feeds[name]),
        outlets=[asset],
        max_active_tis_per_dag=1,
        execution_timeout=timedelta(hours=6),
    )
    def load() -> dict[str, int | str | None]:
        context = get_current_context()
        account = load_feed(source.name, name, context)
        context["outlet_events"][asset].extra.update(account)
        return account

    load()
