"""A DAG a province and source: `source_dvc_h37` … from the settings, connectors/sources and IOC_SOURCES."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import installed_provinces
from dags.factory import source_dag

for _province, _sources in installed_provinces().items():
    for _source in _sources.values():
        _dag = source_dag(_source, _province)
        globals()[_dag.dag_id] = _dag
