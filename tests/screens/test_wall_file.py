"""The boards that an installation chooses for its wall, and what is told of a wrong file."""

from pathlib import Path

import pytest

from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from kpis.definition import load_definitions
from screens.wall_file import FILE, BoardSpec, read_boards
from tests.installation import CATALOGUE, LANG_SON

GOOD = """
[[boards]]
title = { vi = "Dịch vụ công", en = "Public services" }
seconds = 30
large = ["online_dossier_rate"]
kpis = ["gate_vehicles", "telecom_revenue"]
[[boards]]
title = { vi = "Bản đồ", en = "Map" }
map = "online_dossier_rate"
"""
FAULTS = {
    ('"gate_vehicles"', '"gate_vehicle"'): "boards.0: there is no KPI 'gate_vehicle'; did you mean gate_vehicles",
    ('"gate_vehicles"', '"online_dossier_rate"'): "boards.0: online_dossier_rate is there twice; keep one",
    ("seconds = 30", "seconds = 2"): "boards.0.seconds: Input should be greater than or equal to 5",
    ("seconds = 30", "second = 30"): "boards.0.second: unknown key; did you mean seconds?",
    ("en = ", "eng = "): "boards.0.title.en: is missing",
    (
        'map = "online_dossier_rate"',
        'map = "gate_vehicles"',
    ): "boards.1.map: only rates that are known by area",
    ('map = "online_dossier_rate"', ""): "boards.1: a board has kpis, or the map of one KPI; give one of the two",
    ('map = "online', 'kpis = ["gate_vehicles"]\nmap = "online'): "boards.1: a board has kpis, or the map of one KPI",
    ('large = ["online_dossier_rate"]', 'large = ["a", "b", "c"]'): "boards.0.large: ",
    ("[[boards]]", "[[board]]"): "board: unknown key; did you mean boards?",
    ("[[boards]]", "[[boards"): "is no valid TOML",
}


def boards_of(folder: Path, text: str) -> list[BoardSpec]:
    (folder / FILE).write_text(text, "utf-8")
    return [*read_boards(Installation(Settings(installation=folder)), load_definitions())]


def test_boards_come_in_their_order_large_tiles_first(tmp_path: Path) -> None:
    first, second = boards_of(tmp_path, GOOD)
    assert first.shown == ["online_dossier_rate", "gate_vehicles", "telecom_revenue"]
    assert (first.seconds, second.seconds, second.map) == (30, 20, "online_dossier_rate")


def test_an_installation_without_the_file_has_chosen_none(tmp_path: Path) -> None:
    assert read_boards(Installation(Settings(installation=tmp_path)), load_definitions()) == ()


def test_the_demo_has_boards_of_every_kind() -> None:
    boards = read_boards(LANG_SON, CATALOGUE.definitions)
    assert {len(board.large) for board in boards} == {0, 1, 2}
    assert any(board.map for board in boards)


@pytest.mark.parametrize("change", FAULTS)
def test_a_fault_is_told_with_its_place(tmp_path: Path, change: tuple[str, str]) -> None:
    with pytest.raises(Abort) as error:
        boards_of(tmp_path, GOOD.replace(*change))
    said = error.value.message.en
    assert f"{tmp_path / FILE}" in said and FAULTS[change] in said, said


@pytest.mark.parametrize(("large", "small"), [(0, 13), (1, 10), (2, 10)])
def test_more_tiles_than_can_be_read_are_refused(tmp_path: Path, large: int, small: int) -> None:
    known = [*load_definitions()]
    text = f"[[boards]]\ntitle = {{vi='a', en='a'}}\nlarge = {known[:large]}\nkpis = {known[large : large + small]}"
    with pytest.raises(Abort, match="cannot be read from afar: at most 12, beside large ones at most 9"):
        boards_of(tmp_path, text)
