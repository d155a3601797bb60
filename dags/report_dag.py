"""The DAG `reports`, which writes the report on data quality of each province, and the periodic reports of those whose
settings say in whose name."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from dags.factory import report_dag
from hub.installation import Installation

_settings = Installation.open().settings
_named = [code for code in _settings.codes if not _settings.for_province(code).agency.missing()]
reports = report_dag(_settings.codes, _named)
