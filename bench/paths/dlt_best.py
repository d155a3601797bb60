"""dlt at its best: pages become Arrow tables by hand, so dlt infers nothing; parquet goes in over ADBC."""

import os

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
os.environ["DATA_WRITER__BUFFER_MAX_ITEMS"] = "100000"

import dlt
import measure
import pyarrow as pa
import pyarrow.compute as pc
from pages import Client

PAGES = 50
"""Pages a table: fewer cost more calls, more cost memory and gain nothing."""
TYPES = {"text": pa.string(), "integer": pa.int16()}


def work(job):
    pipeline = dlt.pipeline(
        pipeline_name="dossiers",
        pipelines_dir=job["folder"],
        destination=dlt.destinations.postgres(job["database"]),
        dataset_name="peer",
    )
    pipeline.run(dossier(job), loader_file_format="parquet")
    return "peer.dossier"


def dossier(job):
    merge = {"disposition": "merge", "strategy": "upsert"}

    @dlt.resource(name="dossier", primary_key=job["key"], write_disposition=merge)
    def tables():
        records = []
        for count, page in enumerate(Client(job).pages(), 1):
            records += page
            if count % PAGES == 0:
                yield table(job["columns"], records)
                records = []
        yield table(job["columns"], records)

    return tables


def table(columns, records):
    return pa.table(
        {name: column(kind, [getattr(record, name) for record in records]) for name, kind in columns.items()}
    )


def column(kind, values):
    array = pa.array(values, pa.string())
    if kind != "datetime":
        return array.cast(TYPES[kind])
    times = pc.strptime(array, "%Y%m%d%H%M%S", "us", error_is_null=True)
    return pc.assume_timezone(times, "Asia/Ho_Chi_Minh").cast(pa.timestamp("us", "UTC"))


if __name__ == "__main__":
    measure.run(work)
