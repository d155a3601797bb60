"""How much memory a piece of work takes from the machine, whoever asks for it: no tracer sees what C libraries do."""

import subprocess
import sys

_MEASURED = """
import sys
from pathlib import Path
def peak():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
{before}
base = peak()
{work}
print((peak() - base) >> 10)
"""


def megabytes(before: str, work: str, *arguments: object) -> int:
    """MiB by which the highest memory of a process of its own rises in `work`, after `before` has imported what it
    needs."""
    command = [sys.executable, "-c", _MEASURED.format(before=before, work=work), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
