"""What `ioc source check` says of a source that somebody wrote."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ioc import source
from tests.connectors import specs


@pytest.fixture(autouse=True)
def own_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    specs.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_SOURCES", str(tmp_path))
    monkeypatch.setenv("IOC_LANG", "en")


def _check(name: str) -> Result:
    return CliRunner().invoke(source.app, ["check", name, "--offline", "--json"])


def test_a_feed_is_told_with_the_kpis_that_depend_on_it() -> None:
    said = _check("press")
    assert [row["kpis"] for row in json.loads(said.stdout)] == ["positive_press_rate"]
    assert said.stderr == ""


def test_a_feed_on_which_no_kpi_depends_is_told() -> None:
    """Its records may count in a KPI over the same fact, which would then not know of them."""
    said = _check("archive")
    assert said.exit_code == 0, said.output
    assert "archive.papers" in said.stderr
    assert "`sources`" in said.stderr
