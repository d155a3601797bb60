"""Tries docker-compose.yml in containers, beside the simulated gateway, and removes what it started.

Shown are: every part is healthy, runs without rights and on a file system that it cannot write; two workers load one
source; the screens answer; a worker that is killed and a database that is restarted in the middle of a load lose and
double nothing. `--throughput 1 2 4` measures loading with so many workers instead. Exit code 0, or 1 where something
did not hold.

Needs Python 3.11, 6 GB of disk, and a Docker engine with Compose, or podman (4.3 or newer) with a package index for
podman-compose. `--stand-ins` makes the base images by debootstrap where no image registry can be reached; this needs
podman, root and debootstrap.
"""

import argparse
import signal
import sys
import tempfile
import urllib.request
from pathlib import Path

from deploy.trial.commands import Failed
from deploy.trial.images import find_engine
from deploy.trial.stack import Stack
from deploy.trial.steps import try_out
from deploy.trial.throughput import measure


def main() -> int:
    """0 when everything held."""
    parser = argparse.ArgumentParser(
        prog="python3 -m deploy.trial", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stand-ins", action="store_true", help="base images by debootstrap, without a registry")
    parser.add_argument("--throughput", type=int, nargs="+", metavar="WORKERS", help="measure with so many workers")
    parser.add_argument("--delay-ms", type=int, default=100, help="of each answer of the gateway (100)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which removes what was started, as Ctrl-C does
    urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))  # all asked is here
    with tempfile.TemporaryDirectory(prefix="ioc-trial-") as folder:
        Path(folder).chmod(0o755)
        try:
            stack = Stack(Path(folder), find_engine(stand_ins=options.stand_ins))
            stack.build(stand_ins=options.stand_ins)
            if options.throughput:
                for workers in options.throughput:
                    measure(stack, workers, options.delay_ms)
            else:
                try_out(stack, options.delay_ms)
        except Failed as failed:
            print(f"FAILED  {failed}", flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
