"""A DAG a province and source: `source_dvc_h37` … from the settings, connectors/sources and IOC_SOURCES. Sources whose
files have a fault have none, see faulty_sources.py."""

from airflow.sdk import DAG, get_parsing_context  # noqa: F401 - Airflow reads only files that name DAG

from connectors.catalogue import sources_by_province
from dags.factory import source_dag, source_dag_id
from hub.installation import Installation

_asked = get_parsing_context().dag_id
"""In a task the DAG that it belongs to, of which alone it has need; None where all are read."""

for _province, _sources in sources_by_province(Installation.open()).items():
    for _source in _sources.values():
        if _asked in (None, source_dag_id(_source, _province)):
            _dag = source_dag(_source, _province)
            globals()[_dag.dag_id] = _dag
