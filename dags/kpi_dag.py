"""The DAG `kpis`, which follows all sources of all provinces."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import installed_provinces
from dags.factory import kpi_dag

kpis = kpi_dag(installed_provinces())
