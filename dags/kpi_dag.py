"""The DAG `kpis`, which follows all sources of all provinces."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import sources_by_province
from dags.factory import kpi_dag
from hub.installation import Installation

kpis = kpi_dag(sources_by_province(Installation.open()))
