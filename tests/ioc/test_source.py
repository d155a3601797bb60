"""What `ioc source check` says of a source that somebody wrote."""

import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from ioc import source
from ioc.output import Terminal
from tests.connectors import specs
from tests.kpis.facts import Facts


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


@pytest.fixture
def loaded(warehouse_url: str, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("IOC_NOW", "2023-07-02T12:00:00+07:00")
    facts = Facts(owner)
    facts.publish("press.articles", (date(2023, 6, 1), date(2023, 6, 30)))
    facts.publish("feedback.cases", (date(2023, 6, 1), date(2023, 6, 20)))
    facts.publish("gate.vehicles", (date(2023, 6, 1), date(2023, 6, 30)), status="blocked")
    owner.commit()


def test_freshness_tells_of_every_feed_how_far_it_is_loaded_and_whether_it_is_late(loaded: None) -> None:
    said = CliRunner().invoke(source.app, ["freshness", "--json"])
    assert said.exit_code == 0, said.output
    rows = {f"{row['source']}.{row['feed']}": row for row in json.loads(said.stdout)}
    feedback, press = rows["feedback.cases"], rows["press.articles"]
    assert (press["covered_to"], press["state"], press["late_hours"]) == ("2023-06-30", "on_time", None)
    assert (feedback["covered_to"], feedback["state"]) == ("2023-06-20", "late")
    assert feedback["late_hours"] > 24 * 9
    assert rows["gate.vehicles"]["state"] == "blocked"
    assert (rows["dvc.dossiers"]["state"], rows["dvc.dossiers"]["covered_to"]) == ("never", None)


def test_freshness_is_told_to_people_in_words(loaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.output.out", Terminal(width=200))
    said = CliRunner().invoke(source.app, ["freshness"]).stdout
    assert "never loaded" in said
    assert "20 Jun 2023" in said
