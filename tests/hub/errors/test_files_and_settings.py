"""Whoever edits a TOML file or a setting is told in both languages what does not fit, and where."""

from pathlib import Path

import pytest

from connectors.source_files import SOURCES, load_source
from hub.errors import Abort
from hub.installation import Installation
from ioc.serve import serve_settings
from kpis.definition import KPIS, load_definition


def spoiled(original: Path, folder: Path, before: str, after: str) -> Path:
    text = original.read_text("utf-8")
    assert before in text
    path = folder / original.name
    path.write_text(text.replace(before, after, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "vi", "en"),
    [
        ("owner =", "# owner =", "owner: còn thiếu", "owner: is missing"),
        ("owner =", "ower =", "ower: không có khoá này; xem CONTRIBUTING.md", "ower: unknown key; see CONTRIBUTING.md"),
        ('owner = "', 'owner = 7 # "', "owner: phải là văn bản", "owner: Input should be a valid string"),
        ('cadence = "', 'cadence = "often ', "không phải biểu thức cron năm trường", "is no cron expression of five"),
        (
            'lateness = "P',
            'lateness = "late P',
            "lateness: phải là khoảng thời gian ISO 8601",
            "lateness: Input should",
        ),
        (
            'style = "',
            'style = "all_',
            "feeds.vehicles.paging.style: phải là 'single', 'pages',",
            "style: Input should",
        ),
    ],
)
def test_a_fault_of_a_source_is_told_in_both_languages(
    before: str, after: str, vi: str, en: str, tmp_path: Path
) -> None:
    with pytest.raises(Abort) as told:
        load_source(spoiled(SOURCES / "gate.toml", tmp_path, before, after))
    assert told.value.vi.startswith("gate.toml: ")
    assert vi in told.value.vi
    assert en in told.value.en


def test_a_file_that_is_no_toml_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(Abort) as told:
        load_source(spoiled(SOURCES / "gate.toml", tmp_path, "owner =", "owner"))
    assert "gate.toml không phải TOML hợp lệ: " in told.value.vi
    assert "gate.toml is no valid TOML: " in told.value.en


def test_a_fault_of_a_kpi_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(Abort) as told:
        load_definition(spoiled(KPIS / "gate_vehicles.toml", tmp_path, "good =", "goood ="))
    assert told.value.vi == "gate_vehicles.toml: good: còn thiếu; goood: không có khoá này; ý bạn là good?"
    assert told.value.en == "gate_vehicles.toml: good: is missing; goood: unknown key; did you mean good?"


def test_a_wrong_setting_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_GATEWAY_TIMEOUT", "-1")
    monkeypatch.setenv("IOC_WAREHOUSE_URL", "mysql://x")
    with pytest.raises(Abort) as told:
        Installation.open()
    assert "warehouse_url: phải bắt đầu bằng postgresql+psycopg://; gateway_timeout: phải lớn hơn 0" in told.value.vi
    assert "warehouse_url: must begin with postgresql+psycopg://; gateway_timeout: Input should" in told.value.en


def test_a_misspelt_setting_of_the_screens_points_to_where_they_are_described(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IOC_INSTALLATION", str(tmp_path))
    (tmp_path / "ioc.toml").write_text("[serve]\nprot = 8000\n")
    with pytest.raises(Abort) as told:
        serve_settings()
    assert "prot: không có mục này; xem docs/api.md" in told.value.vi
    assert "prot: there is no such setting; see docs/api.md" in told.value.en
