"""The DAG `kpis`, which follows all sources of all provinces."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from dags.factory import kpi_dag
from pipeline.settings import installed_provinces

kpis = kpi_dag(installed_provinces())
