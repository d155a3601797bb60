"""The house is what the linter believes it to be."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
APART = {"tests", "bench"}


def test_every_package_stands_under_the_import_contracts() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - APART
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert packages == set(contracts["root_packages"])
    floors = {name.strip() for layer in contracts["contracts"][0]["layers"] for name in re.split("[|:]", layer)}
    assert floors | {"gateway"} == packages


def test_packages_hold_no_logic_in_their_init() -> None:
    assert [str(path) for path in ROOT.glob("[a-z]*/**/__init__.py") if path.stat().st_size > 0] == []


def test_the_lock_names_no_address_and_hashes_everything() -> None:
    for lock in ROOT.glob("**/requirements*.lock"):
        if ".venv" in str(lock):
            continue
        text = lock.read_text("utf-8")
        assert "://" not in text
        requirements = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
        assert len(requirements) > 10
        assert all(line.endswith("\\") for line in requirements), "a requirement has no hash"
