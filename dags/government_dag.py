"""The DAG `government`, which follows the KPIs of all provinces."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import sources_by_province
from dags.factory import government_dag
from hub.installation import Installation

government = government_dag(sources_by_province(Installation.open()))
