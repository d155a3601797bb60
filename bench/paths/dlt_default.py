"""dlt's rest_api source as its documentation shows it, merging on the key. No setting is changed."""

import os

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import measure
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from dlt.sources.rest_api import rest_api_source


def work(job):
    pipeline = dlt.pipeline(
        pipeline_name="dossiers",
        pipelines_dir=job["folder"],
        destination=dlt.destinations.postgres(job["database"]),
        dataset_name="peer",
    )
    pipeline.run(rest_api_source(configuration(job)))
    return "peer.dossier"


def configuration(job):
    return {
        "client": {
            "base_url": job["gateway"],
            "auth": {"type": "bearer", "token": job["token"]},
        },
        "resources": [
            {
                "name": f"dossier_{place}",
                "table_name": "dossier",
                "primary_key": job["key"],
                "write_disposition": "merge",
                "endpoint": {
                    "path": job["url"].removeprefix(job["gateway"]),
                    "method": "POST",
                    "json": query,
                    "data_selector": "data",
                    "paginator": PageNumberPaginator(base_page=1, page_body_path="trang", total_path=None),
                },
            }
            for place, query in enumerate(job["queries"])
        ],
    }


if __name__ == "__main__":
    measure.run(work)
