"""What every path's program does around its work: takes the job, keeps time and memory, prints the result.

Runs in either environment, so it needs the standard library only.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(work: Callable[[dict[str, Any]], str]) -> None:
    """Calls `work` with the job from the command line; it returns the table that it filled.

    Prints one JSON line: seconds, seconds of imports before, memory after imports and at its peak (MB, resident).
    No path starts processes of its own, so the peak is all that its client needs.
    """
    job = json.loads(Path(sys.argv[1]).read_text())
    imported, before = _age(), _memory("VmRSS")
    began, cpu = time.perf_counter(), time.process_time()
    table = work(job)
    result = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "import_seconds": imported,
        "memory_before_mb": before,
        "memory_peak_mb": _memory("VmHWM"),
        "table": table,
    }
    print(json.dumps(result), flush=True)
    os._exit(0)


def _age() -> float:
    """Seconds since this process started."""
    started = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")


def _memory(kind: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    return 0.0
