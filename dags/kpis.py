"""The DAG `kpis`, which follows all sources."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.spec import load_sources
from dags.factory import kpi_dag

kpis = kpi_dag(load_sources())
