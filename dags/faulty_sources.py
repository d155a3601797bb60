"""Shows what is wrong with files of sources as an import error; the DAGs of the others are made as ever."""

from airflow.sdk import DAG  # noqa: F401 - Airflow reads only files that name it

from connectors.catalogue import faults_of
from hub.errors import Abort
from hub.installation import Installation
from hub.translation import join

if _faults := faults_of(Installation.open()):
    raise Abort(join([error.message for error in _faults.values()], "\n"))
