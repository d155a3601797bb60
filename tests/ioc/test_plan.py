"""What a person or a script gets from `ioc plan`."""

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from ioc import plan
from ioc.output import Terminal
from tests.kpis.test_change_plan import World, numerator, population, target, template, world

__all__ = ["template", "world"]


@pytest.fixture(autouse=True)
def settings(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", world.url)
    monkeypatch.setenv("IOC_HMAC_KEY", "k" * 32)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.output.out", Terminal(width=300))


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch) -> "type[Asked]":
    Asked.world, Asked.patch = world, monkeypatch
    return Asked


class Asked:
    """Runs a command in an installation that was changed."""

    world: World
    patch: pytest.MonkeyPatch

    @classmethod
    def of(cls, *changes: object) -> None:
        folder = cls.world.changed(*changes).settings.installation  # type: ignore[arg-type]
        cls.patch.setenv("IOC_INSTALLATION", str(folder))

    @staticmethod
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(plan.app, list(arguments))


def test_exit_code_0_where_nothing_moves_and_3_where_something_does(ask: type[Asked]) -> None:
    ask.of()
    nothing = ask.run("show")
    assert nothing.exit_code == 0, nothing.output
    assert "No published figure would move" in nothing.output
    ask.of(population(402897))
    something = ask.run("show")
    assert something.exit_code == 3
    assert "reference/area_population.csv: 20 2023 population: 805794 → 402897" in something.output
    ask.of(target(130))
    assert ask.run("show").exit_code == 3


def test_json_has_every_move_with_what_is_behind_it(ask: type[Asked]) -> None:
    ask.of(population(402897), target(130))
    said = json.loads(ask.run("show", "--json").stdout)
    assert {move["kpi"] for move in said["moves"]} == {"phone_density"}
    assert all(move["after"] == pytest.approx(2 * move["before"]) for move in said["moves"])
    assert said["moves"][0]["causes"] == [["reference/area_population.csv", "20 2023 population"]]
    assert said["summary"][0]["moves"] == len(said["moves"])
    assert {(one["target_before"], one["target"]) for one in said["targets"]} == {(260, 130)}


def test_files_have_the_moves_but_none_about_persons(ask: type[Asked], tmp_path: Path) -> None:
    ask.of(population(402897), numerator("2 * count(*)"))
    result = ask.run("show", "--csv", "moves.csv", "--xlsx", "moves.xlsx", "--out", "plan.json")
    assert result.exit_code == 3, result.output
    with (tmp_path / "moves.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["KPI"] for row in rows} == {"phone_density"}
    book = load_workbook(tmp_path / "moves.xlsx")
    assert "gate_vehicles" not in {cell.value for sheet in book.worksheets[:2] for row in sheet for cell in row}
    assert "about persons" in result.output
    kept = (tmp_path / "plan.json").read_text("utf-8")
    assert str(json.loads(kept)["figures"]["H37/phone_density"]["moves"]) == str(len(rows))
    assert rows[0]["after"] not in kept


def test_a_plan_is_applied_once_it_is_approved(ask: type[Asked], world: World) -> None:
    ask.of(population(402897))
    ask.run("show", "--out", "plan.json")
    before = world.contents()
    for arguments in (("--reason", "x"), ("--approve",), ("--approve", "--reason", " ")):
        refused = ask.run("apply", "plan.json", *arguments)
        assert refused.exit_code == 2, refused.output
    assert world.contents() == before
    applied = ask.run("apply", "plan.json", "--approve", "--reason", "Niên giám 2023")
    assert applied.exit_code == 0, applied.output
    assert world.entries()[0]["reason"] == "Niên giám 2023"
    assert ask.run("show").exit_code == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": 1}', "\x00", '{"a": 1e400}'])
def test_what_is_no_plan_is_refused(ask: type[Asked], tmp_path: Path, content: str) -> None:
    ask.of()
    (tmp_path / "plan.json").write_text(content, "utf-8")
    result = ask.run("apply", "plan.json", "--approve", "--reason", "x")
    assert "This is no plan" in str(result.exception)
