"""The measurement of loading runs, and says how far the hub is from its aims."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def bench(*options: str) -> str:
    command = [sys.executable, "-m", "bench", "--rows", "3000", "--rounds", "1", "--no-growth"]
    run = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_hub_and_the_bare_limit_load_the_same_records() -> None:
    found = {path["name"]: path for path in json.loads(bench("--only", "bare", "hub", "--json"))["paths"]}
    assert {name: path["rows"] for name, path in found.items()} == {"bare": 3000, "hub": 3000}
    assert set(found["hub"]["ratios"]) == {"bare"}


def test_the_table_ends_with_the_aims() -> None:
    assert bench("--only", "bare", "hub").splitlines()[-1].startswith("| aim of the hub")
