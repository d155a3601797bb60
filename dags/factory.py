"""Makes a DAG of each source of each province, the DAG that refreshes the KPIs, the one that tells them to the
Government, the one that signs the audit trail, and the one that writes reports. Of one province's tasks none waits for
another province's.

Airflow reads DAG files every few seconds, so nothing here touches network or database, and what tasks need is
imported when they run.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    AssetAny,
    AssetOrTimeSchedule,
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    Param,
    XComArg,
    get_current_context,
    task,
)
from airflow.sdk.configuration import conf
from croniter import croniter

from connectors.specification import Source
from dags.documentation import audit_page, feed_page, government_page, kpi_page, report_page, source_page
from dags.tasks import (
    ByRecovery,
    load_feed,
    make_checkpoint,
    refresh_kpis,
    send_to_government,
    tell_blocked,
    write_quality_report,
    write_report,
)
from hub.periods import VIETNAM

_TIMEZONE = VIETNAM.key
VERDICT = "verdict"
"""Task with an instance, which fails, for each feed whose load held back slices."""
ACCOUNT = "account"
"""What a load leaves beside the blocked batches that it returns: its account."""
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


def source_dag_id(source: Source, province: str) -> str:
    """The id of the DAG of a province's source."""
    return f"source_{source.name}_{province.lower()}"


def source_dag(source: Source, province: str) -> DAG:
    """The DAG of a province's source: its feeds side by side, on its cadence, for the days of the run's interval or
    parameters."""
    dag = DAG(
        dag_id=source_dag_id(source, province),
        dag_display_name=f"{source.title} · {province}",
        description=f"{source.title}: {', '.join(feed.title for feed in source.feeds.values())}",
        doc_md=source_page(source, province, scheduled=conf.getboolean("scheduler", "use_job_schedule")),
        schedule=CronDataIntervalTimetable(source.cadence, timezone=_TIMEZONE),
        start_date=_BEGIN,
        catchup=False,
        max_active_runs=1,  # a run that begins later loads the days of those that were left out
        tags={"ioc", "source", source.owner, province},
        default_args={"owner": source.owner, **_PATIENCE, "retries": _retries(source.cadence)},
        params={
            "from": Param(
                None,
                **_DAY_FORM,
                title="Từ ngày / from",
                description="Để trống cả hai: kỳ của lượt chạy / leave both empty for the run's own days",
            ),
            "to": Param(None, **_DAY_FORM, title="Đến hết ngày / to", description="Tính cả ngày này / inclusive"),
        },
    )
    with dag:
        loads = [_feed_task(source, name, province) for name in source.feeds]
        _verdict_task(loads)
    return dag


def kpi_dag(provinces: Mapping[str, Mapping[str, Source]]) -> DAG:
    """The DAG that refreshes the KPIs after publishes, and each morning in case an event was lost: a task a province.

    `provinces` are the sources of each, by its code.
    """
    published = [
        feed_asset(source, feed, province)
        for province, sources in provinces.items()
        for source in sources.values()
        for feed in source.feeds
    ]
    dag = _following(
        "kpis", "Tính lại chỉ tiêu", "Tính lại các chỉ tiêu sau mỗi lần công bố dữ liệu mới", "30 6 * * *", published
    )
    dag.doc_md = kpi_page(provinces)
    with dag:
        for province in provinces:
            _refresh_task(province)
    return dag


def government_dag(provinces: Collection[str]) -> DAG:
    """The DAG that sends the marked KPIs to the Government after each refresh, and each morning: a task a province."""
    dag = _following(
        "government",
        "Gửi chỉ tiêu cho Chính phủ",
        "Gửi các chỉ tiêu cho hệ thống của Chính phủ sau mỗi lần tính lại",
        "0 7 * * *",
        [kpi_asset(province) for province in provinces],
    )
    dag.doc_md = government_page()
    with dag:
        for province in provinces:
            task(task_id=f"send_{province.lower()}", task_display_name=f"Gửi chỉ tiêu · {province}")(
                send_to_government
            )(province)
    return dag


def audit_dag() -> DAG:
    """The DAG that makes a checkpoint of the audit trail each hour: one task, for the whole hub."""
    dag = DAG(
        dag_id="audit",
        dag_display_name="Chốt nhật ký kiểm toán",
        description="Ký nhật ký kiểm toán và lưu bản chốt ra ngoài cơ sở dữ liệu",
        doc_md=audit_page(),
        schedule=CronTriggerTimetable("40 * * * *", timezone=_TIMEZONE),
        start_date=_BEGIN,
        catchup=False,
        max_active_runs=1,
        tags={"ioc", "audit"},
        default_args={"owner": "ioc", **_PATIENCE},
    )
    with dag:
        task(task_id="checkpoint", task_display_name="Ký và lưu bản chốt")(make_checkpoint)()
    return dag


def report_dag(provinces: Collection[str], named: Collection[str]) -> DAG:
    """The DAG that writes the reports on the fifth of each month, when most sources have delivered the month before: of
    each province that on data quality, and the periodic one where the settings say in whose name (`named`)."""
    dag = DAG(
        dag_id="reports",
        dag_display_name="Lập báo cáo",
        description="Lập báo cáo định kỳ từ đầu năm đến hết tháng trước và báo cáo chất lượng dữ liệu của tháng trước",
        schedule=CronTriggerTimetable("0 8 5 * *", timezone=_TIMEZONE),
        start_date=_BEGIN,
        catchup=False,
        max_active_runs=1,
        tags={"ioc", "report"},
        default_args={"owner": "ioc", **_PATIENCE},
        doc_md=report_page(),
    )
    with dag:
        for province in provinces:
            _quality_report_task(province)
        for province in named:
            _report_task(province)
    return dag


def feed_asset(source: Source, feed: str, province: str) -> Asset:
    """What Airflow's screen shows as made by a feed. What was really published is in the ledger."""
    return Asset(
        name=f"{province}.{source.name}.{feed}", uri=f"ioc://warehouse/{province}/{source.name}/{feed}", group="ioc"
    )


def kpi_asset(province: str) -> Asset:
    """What Airflow's screen shows as made by a refresh of a province's KPIs."""
    return Asset(name=f"{province}.kpis", uri=f"ioc://warehouse/{province}/kpis", group="ioc")


def _following(name: str, title: str, description: str, each_day: str, assets: Sequence[Asset]) -> DAG:
    """A DAG that runs after any of the assets and each morning, one run at a time."""
    return DAG(
        dag_id=name,
        dag_display_name=title,
        description=description,
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(each_day, timezone=_TIMEZONE), assets=AssetAny(*assets)
        ),
        start_date=_BEGIN,
        catchup=False,
        max_active_runs=1,
        tags={"ioc", "kpi"},
        default_args={"owner": "ioc", **_PATIENCE, "priority_weight": 10},  # figures before further loads
    )


def _feed_task(source: Source, name: str, province: str) -> XComArg:
    """The task of a feed, whose asset gets an event where the load had news."""
    asset = feed_asset(source, name, province)
    made = _made_at_times(asset)

    @task(
        task_id=name,
        task_display_name=source.feeds[name].title,
        doc_md=feed_page(source.feeds[name]),
        outlets=[made],
        max_active_tis_per_dag=1,
        priority_weight=1 if source.feeds[name].slice in ("day", "month") else 5,  # what changes by the minute first
        execution_timeout=timedelta(hours=6),
    )
    def load() -> list[str]:
        context = get_current_context()
        account, has_news = load_feed(province, source.name, name, context)
        if has_news:
            context["outlet_events"][made].add(asset, extra={**account})
        context["ti"].xcom_push(ACCOUNT, account)
        return [f"{name}: {account['blocked']}"] if account["blocked"] else []

    return load()


def _retries(cadence: str) -> int:
    """How often a load is tried again: as its waits double, the last attempt begins before the source's next run, which
    loads the same days."""
    fires = croniter(cadence, _BEGIN)
    first, second = fires.get_next(datetime), fires.get_next(datetime)
    minutes = int((second - first) / timedelta(minutes=1))
    return min(int(_PATIENCE["retries"]), minutes.bit_length() - 1)


def _refresh_task(province: str) -> XComArg:
    """The task of a province's KPIs, whose asset gets an event where figures got revisions."""
    asset = kpi_asset(province)
    made = _made_at_times(asset)

    @task(task_id=f"refresh_{province.lower()}", task_display_name=f"Tính lại chỉ tiêu · {province}", outlets=[made])
    def refresh() -> dict[str, int]:
        done = refresh_kpis(province)
        if done["revisions"]:
            get_current_context()["outlet_events"][made].add(asset)
        return done

    return refresh()


def _made_at_times(asset: Asset) -> AssetAlias:
    """The outlet of a task that says when it runs whether it made the asset: what follows it begins only then."""
    return AssetAlias(name=asset.name, group=asset.group)


def _report_task(province: str) -> XComArg:
    @task(task_id=f"write_{province.lower()}", task_display_name=f"Lập báo cáo · {province}")
    def write() -> dict[str, str | int]:
        return write_report(province, get_current_context())

    return write()


def _quality_report_task(province: str) -> XComArg:
    @task(task_id=f"write_quality_{province.lower()}", task_display_name=f"Lập báo cáo chất lượng · {province}")
    def write_quality() -> list[str]:
        return write_quality_report(province, get_current_context())

    return write_quality()


def _verdict_task(loads: Sequence[XComArg]) -> None:
    """A load that published good slices and held back bad ones succeeds, so that the KPIs follow; this task, and with
    it the run, fails then. Where nothing was held back it is skipped, and no process is started for it."""

    @task(
        task_id=VERDICT,
        task_display_name="Lô bị chặn",
        map_index_template="{{ task.op_kwargs['blocked'] }}",
        retries=0,
    )
    def verdict(blocked: str) -> None:
        tell_blocked(blocked)

    first, *others = loads
    verdict.expand(blocked=first.concat(*others) if others else first)
