"""The DAG `audit`, which signs the audit trail and brings that to places outside of the database."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from dags.factory import audit_dag

audit = audit_dag()
