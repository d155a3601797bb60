"""Airflow's home during tests is a folder of their own; it must be known before Airflow is imported."""

import atexit
import os
import shutil
import tempfile

_HOME = tempfile.mkdtemp(prefix="ioc-test-airflow-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["AIRFLOW_HOME"] = _HOME
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
