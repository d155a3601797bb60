"""The DAG `government`, which follows the KPIs of all provinces."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import installed_provinces
from dags.factory import government_dag

government = government_dag(installed_provinces())
