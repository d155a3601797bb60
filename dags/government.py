"""The DAG `government`, which follows the KPIs of all provinces."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from dags.factory import government_dag
from pipeline.settings import installed_provinces

government = government_dag(installed_provinces())
