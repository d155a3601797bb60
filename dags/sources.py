"""A DAG a source: `source_dvc`, `source_ioffice` … from the files in connectors/sources and IOC_SOURCES."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from dags.factory import source_dag
from pipeline.settings import installed_sources

for _source in installed_sources().values():
    globals()[f"source_{_source.name}"] = source_dag(_source)
