"""A DAG a source: `source_dvc`, `source_ioffice` … from the files in connectors/sources."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.spec import load_sources
from dags.factory import source_dag

for _source in load_sources().values():
    globals()[f"source_{_source.name}"] = source_dag(_source)
