"""A clock that is shifted for this process and all that it starts.

The simulated world's days lie in the past: with the clock shifted into them its records appear while time passes, and
hub, Airflow and PostgreSQL take them for today's. `clock.c` is loaded before the C library by each of these processes;
libfaketime, which does the same, wakes Python's `time.sleep` at wrong moments.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

_VARIABLES = ("IOC_CLOCK_SHIFT", "LD_PRELOAD")


def shift(now: datetime) -> None:
    """Begin this command again at `now`, unless it was. Exits where there is no C compiler."""
    if _VARIABLES[0] in os.environ:
        subprocess.Popen = _Shifted
        atexit.register(shutil.rmtree, Path(os.environ["LD_PRELOAD"]).parent)
        return
    folder = Path(tempfile.mkdtemp(prefix="ioc-clock-"))
    folder.chmod(0o755)
    library = folder / "clock.so"
    source = Path(__file__).with_suffix(".c")
    try:
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    except FileNotFoundError:
        raise SystemExit("bench: freshness needs a C compiler named cc") from None
    values = (str(int(now.timestamp() - time.time())), str(library))
    os.execve(sys.executable, sys.orig_argv, os.environ | dict(zip(_VARIABLES, values, strict=True)))


class _Shifted(subprocess.Popen):
    """A process that gets the clock even where the rest of its environment is stated."""

    def __init__(self, *arguments, env=None, **options) -> None:
        own = {name: os.environ[name] for name in _VARIABLES}
        super().__init__(*arguments, env=None if env is None else env | own, **options)
