"""What the ledger says of runs, as OpenLineage events: loads of batches and refreshes of figures, for a catalogue of
data or a lineage tool. One event is one JSON object; the datasets of both join in the facts.

The events hold accounts, rules and reasons as the ledger has them, and no record and no figure. Of feeds about persons
small counts, and what would tell them, are left out.
"""

import importlib.metadata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import psycopg
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState, set_producer
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset,
    data_quality_metrics_dataset,
    error_message_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    ownership_job,
    processing_engine_run,
    schema_dataset,
    source_code_location_job,
)
from openlineage.client.generated.base import JobFacet, RunFacet
from openlineage.client.serde import Serde
from psycopg.rows import dict_row

from connectors.specification import Feed
from dictionary.descriptions import of_column, tables
from hub.periods import VIETNAM
from hub.texts import shown_in_json
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.small_cells import FEWEST
from screens.quality import about_persons

Connection = psycopg.Connection[Any]
Row = dict[str, Any]
PRODUCER = "urn:ioc-data-hub"
AT_ONCE = 500
"""Batches whose rules are read with one query."""
_ENDS = {"published": RunState.COMPLETE, "blocked": RunState.FAIL, "failed": RunState.FAIL}
_BATCHES = """
select batch_id, source, feed, first_day, last_day, kind, status, fetched, loaded, quarantined, reason_en, spec_sha256,
    started_at, finished_at
from ledger.batch
where province_id = (select province_id from warehouse.dim_province where code = %(province)s)
    and finished_at >= %(first)s and finished_at < %(end)s and status = any(%(ended)s)
order by finished_at, batch_id
"""
_RULES = """
select batch_id, rule_id, severity, passed, observed, failed, description_en
from quality.rule_result where batch_id = any(%s) and passed is not null order by batch_id, rule_id
"""
_PROFILES = """
select batch_id, column_name, records, nulls from quality.column_profile where batch_id = any(%s)
order by batch_id, column_name
"""
_REFRESHES = """
select kpi_id as kpi, recorded_at, max(definition_version) as version, count(*) as revisions,
    min(first_day) as first_day, max(last_day) as last_day
from kpi.observation
where province_id = (select province_id from warehouse.dim_province where code = %(province)s)
    and recorded_at >= %(first)s and recorded_at < %(end)s
group by kpi_id, recorded_at order by recorded_at, kpi_id
"""


def lines(connection: Connection, catalogue: Catalogue, province: str, first: date, last: date) -> Iterator[str]:
    """The events of what ended in these days, Vietnam time, each as a line of JSON: first the loads, then the
    refreshes, each by its end."""
    for event in events(connection, catalogue, province, first, last):
        yield shown_in_json(Serde.to_json(event))


def events(connection: Connection, catalogue: Catalogue, province: str, first: date, last: date) -> Iterator[RunEvent]:
    """The same as objects of the library, which checks them."""
    set_producer(PRODUCER)
    maker = _Events(catalogue, province)
    values = {
        "province": province,
        "first": datetime.combine(first, datetime.min.time(), VIETNAM),
        "end": datetime.combine(last + timedelta(days=1), datetime.min.time(), VIETNAM),
        "ended": list(_ENDS),
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        batches = cursor.execute(_BATCHES, values).fetchall()
    for start in range(0, len(batches), AT_ONCE):
        some = batches[start : start + AT_ONCE]
        rules, profiles = (_by_batch(connection, query, some) for query in (_RULES, _PROFILES))
        for batch in some:
            yield from maker.load(batch, rules[batch["batch_id"]], profiles[batch["batch_id"]])
    with connection.cursor(row_factory=dict_row) as cursor:
        for refresh in cursor.execute(_REFRESHES, values):
            yield from maker.refresh(refresh)


def _by_batch(connection: Connection, query: str, batches: Sequence[Row]) -> dict[int, list[Row]]:
    found = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query.encode(), [[batch["batch_id"] for batch in batches]]):
            found[row["batch_id"]].append(row)
    return found


class _Events:
    """Makes the events of one province."""

    def __init__(self, catalogue: Catalogue, province: str) -> None:
        self._catalogue, self._province = catalogue, province
        self._namespace, self._persons = f"ioc:{province}", about_persons(catalogue)
        self._engine = processing_engine_run.ProcessingEngineRunFacet(
            version=importlib.metadata.version("ioc-data-hub"), name="ioc-data-hub"
        )

    def load(self, batch: Row, rules: Sequence[Row], profiles: Sequence[Row]) -> Iterator[RunEvent]:
        """The start and the end of a batch."""
        name = f"{batch['source']}.{batch['feed']}"
        if name in self._persons:
            batch, rules, profiles = _without_small_counts(batch, rules, profiles)
        source = self._catalogue.sources.get(batch["source"])
        feed = source.feeds.get(batch["feed"]) if source else None  # None: it was loaded when there was such a feed
        run = self._run(f"batch/{batch['batch_id']}", batch)
        path = f"connectors/sources/{batch['source']}.toml"
        job = self._job(f"load.{name}", "LOAD", source.owner if source else None, path, batch["spec_sha256"])
        schema = {"schema": _of_feed(feed)} if feed else {}
        place = f"lgsp:{self._province}" if feed is None or feed.paging.calls else self._namespace
        read = InputDataset(
            namespace=place,
            name=name,
            facets={**schema, "dataQualityMetrics": _metrics(batch, profiles)},
            inputFacets={"dataQualityAssertions": _assertions(rules)},
        )
        written = [self._written(f"warehouse.{feed.fact}", batch["loaded"], _of_table(feed.fact))] if feed else []
        yield self._event(RunState.START, batch["started_at"], run, job, [InputDataset(place, name)], [])
        if batch["reason_en"]:
            run = self._run(f"batch/{batch['batch_id']}", batch, batch["reason_en"])
        yield self._event(_ENDS[batch["status"]], batch["finished_at"], run, job, [read], written)

    def refresh(self, refresh: Row) -> Iterator[RunEvent]:
        """The revisions of a KPI that were recorded together. When their computing began is not kept."""
        kpi, at = refresh["kpi"], refresh["recorded_at"]
        definition = self._catalogue.definitions.get(kpi)
        run = self._run(f"refresh/{kpi}/{at.isoformat()}", refresh)
        owner, path = definition.owner if definition else None, f"kpis/definitions/{kpi}.toml"
        job = self._job(f"refresh.{kpi}", "REFRESH", owner, path, str(refresh["version"]))
        read = [InputDataset(self._warehouse, fact) for fact in self._facts(definition)]
        yield self._event(RunState.START, at, run, job, read, [])
        written = [self._written(f"kpi.observation/{kpi}", refresh["revisions"])]
        yield self._event(RunState.COMPLETE, at, run, job, read, written)

    @property
    def _warehouse(self) -> str:
        return f"{self._namespace}:warehouse"

    def _facts(self, definition: Definition | None) -> list[str]:
        if definition is None:
            return []
        sources = self._catalogue.sources
        named = ((sources[source].feeds, feed) for source, feed in definition.feeds if source in sources)
        return sorted({f"warehouse.{feeds[feed].fact}" for feeds, feed in named if feed in feeds})

    def _written(
        self, name: str, rows: int | None, schema: schema_dataset.SchemaDatasetFacet | None = None
    ) -> OutputDataset:
        counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)
        return OutputDataset(
            namespace=self._warehouse,
            name=name,
            facets={"schema": schema} if schema else {},
            outputFacets={} if rows is None else {"outputStatistics": counted},
        )

    def _job(self, name: str, kind: str, owner: str | None, path: str, version: str) -> Job:
        """`version`: of the specification or the definition that it followed."""
        facets: dict[str, JobFacet] = {
            "jobType": job_type_job.JobTypeJobFacet(processingType="BATCH", integration="IOC", jobType=kind),
            "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet(
                type="file", url=f"{PRODUCER}:{path}", path=path, version=version
            ),
        }
        if owner:
            facets["ownership"] = ownership_job.OwnershipJobFacet([ownership_job.Owner(owner, "OWNER")])
        return Job(namespace=self._namespace, name=name, facets=facets)

    def _run(self, path: str, about: Row, reason: str | None = None) -> Run:
        """A run, whose id is the same whenever it is asked for; `reason`: why it failed."""
        facets: dict[str, RunFacet] = {
            "processing_engine": self._engine,
            "nominalTime": _days(about["first_day"], about["last_day"]),
        }
        if reason:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(reason, "SQL")
        return Run(str(uuid5(NAMESPACE_URL, f"{PRODUCER}/{self._province}/{path}")), facets)

    def _event(
        self,
        state: RunState,
        at: datetime,
        run: Run,
        job: Job,
        inputs: list[InputDataset],
        outputs: list[OutputDataset],
    ) -> RunEvent:
        return RunEvent(
            eventType=state,
            eventTime=at.astimezone(VIETNAM).isoformat(),
            run=run,
            job=job,
            inputs=inputs,
            outputs=outputs,
            producer=PRODUCER,
        )


def _without_small_counts(
    batch: Row, rules: Sequence[Row], profiles: Sequence[Row]
) -> tuple[Row, Sequence[Row], Sequence[Row]]:
    """The same of a feed about persons as it may leave the hub. What a rule measured counts records by column."""
    broken = [rule["rule_id"] for rule in rules if rule["failed"] and not rule["passed"]]
    made = {
        "loaded": None if 0 < batch["quarantined"] < FEWEST else batch["loaded"],
        "reason_en": f"broken: {', '.join(broken)}" if broken and batch["reason_en"] else batch["reason_en"],
    }
    return (
        batch | made,
        [rule | {"observed": None} for rule in rules],
        [one | {"nulls": None if 0 < one["nulls"] < FEWEST else one["nulls"]} for one in profiles],
    )


def _days(first: date, last: date) -> nominal_time_run.NominalTimeRunFacet:
    start, end = (datetime.combine(day, datetime.min.time(), VIETNAM) for day in (first, last + timedelta(days=1)))
    return nominal_time_run.NominalTimeRunFacet(start.isoformat(), end.isoformat())


def _of_feed(feed: Feed) -> schema_dataset.SchemaDatasetFacet:
    """The columns that are kept; of dropped personal fields not even the name."""
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name, column.type, of_column(feed, name).en, place)
        for place, (name, column) in enumerate(feed.kept.items(), 1)
    ]
    return schema_dataset.SchemaDatasetFacet(fields)


def _of_table(name: str) -> schema_dataset.SchemaDatasetFacet:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(column.name, str(column.type), column.comment, place)
        for place, column in enumerate(tables()[name].columns, 1)
    ]
    return schema_dataset.SchemaDatasetFacet(fields)


def _metrics(batch: Row, profiles: Sequence[Row]) -> data_quality_metrics_dataset.DataQualityMetricsDatasetFacet:
    columns = {
        one["column_name"]: data_quality_metrics_dataset.ColumnMetrics(nullCount=one["nulls"], count=one["records"])
        for one in profiles
    }
    return data_quality_metrics_dataset.DataQualityMetricsDatasetFacet(columns, rowCount=batch["fetched"])


def _assertions(rules: Sequence[Row]) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    found = [
        data_quality_assertions_dataset.Assertion(
            assertion=rule["rule_id"].rpartition(":")[2],
            success=rule["passed"],
            column=rule["rule_id"].rpartition(":")[0] or None,
            severity="error" if rule["severity"] in ("reject", "block") else "warn",
            name=rule["rule_id"],
            description=rule["description_en"],
            actual=rule["observed"],
        )
        for rule in rules
    ]
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(found)
