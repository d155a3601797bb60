"""A DAG a province and source: `source_dvc_h37` … from the settings, connectors/sources and IOC_SOURCES. Sources whose
files have a fault have none, see faulty_sources.py."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import sources_by_province
from dags.factory import source_dag
from hub.installation import Installation

for _province, _sources in sources_by_province(Installation.open()).items():
    for _source in _sources.values():
        _dag = source_dag(_source, _province)
        globals()[_dag.dag_id] = _dag
