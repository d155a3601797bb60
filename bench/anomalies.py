"""`python -m bench.anomalies`: planted faults that are found, by source and fault, and false alarms by quarter.

Three simulated years of each of the eleven sources (tests/expectations/simulated_years.py). The thresholds were chosen
with the seeds 1 to 5; the seeds from 101 on are for measuring only.
"""

import argparse
import sys

from tests.expectations.detection import Score, score
from tests.expectations.simulated_years import FAULTS, names


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.anomalies", description=__doc__)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    print(f"Found / planted (found / detectable), seeds {seeds[0]} to {seeds[-1]}\n")
    print("| source |", " | ".join(FAULTS), "| all | false alarms a quarter, without and with faults |")
    print("|---|" + "---|" * (len(FAULTS) + 2))
    total = Score()
    for name in names():
        found = score(name, seeds)
        total.add(found)
        print(_line(name, found), flush=True)
        print(name, file=sys.stderr, flush=True)
    print(_line("all", total))
    found, detectable = total.found_detectable.total(), total.detectable.total()
    print(f"\nFound: {total.found.total() / total.planted.total():.1%} of all, {found / detectable:.1%} of detectable")


def _line(name: str, found: Score) -> str:
    cells = [
        f"{found.found[fault]}/{found.planted[fault]} ({found.found_detectable[fault]}/{found.detectable[fault]})"
        for fault in FAULTS
    ]
    whole = f"{found.found.total()}/{found.planted.total()}"
    detectable = f"{found.found_detectable.total()}/{found.detectable.total()}"
    alarms = f"{found.false_alarms / found.quarters:.2f}, {found.beside_faults / found.quarters:.2f}"
    return f"| {name} | {' | '.join(cells)} | {whole} ({detectable}) | {alarms} |"


if __name__ == "__main__":
    main()
