"""Every text is there in both languages, is used, and is given what it needs."""

import re
from pathlib import Path

import pytest

from hub.units import UNITS
from kpis.definition import load_definitions
from screens.rendering import TEMPLATES
from screens.texts import TEXTS, catalogue, placeholders, text, unit_text

CODE = Path(TEMPLATES).parent
BUILT = (
    *("status.", "fresh.", "quality.", "figure.good", "figure.bad", "delta.", "age.", "base.theme_"),
    *("breakdown.", "cadence.", "cause.", "column.", "explain.", "freq.", "map.", "owner.", "quantity.", "severity."),
    "verdict.",
)
"""Groups whose names are put together from a value, such as `fresh.` and `late`."""


def test_a_text_needs_the_same_in_both_languages() -> None:
    differing = [
        key
        for key, entry in catalogue().items()
        if placeholders(entry["vi"]) != placeholders(entry["en"])
        and key not in ("axis.month", "axis.quarter", "period.month", "period.quarter")
    ]
    assert differing == []


def test_every_text_that_is_asked_for_exists_and_every_other_is_gone() -> None:
    sources = [*CODE.glob("**/*.html"), *CODE.glob("*.py"), *CODE.glob("charts/*.py"), *CODE.glob("pages/*.py")]
    code = "\n".join(path.read_text("utf-8") for path in sources if "node_modules" not in path.parts)
    groups = {key.split(".")[0] for key in catalogue()}
    asked = {
        key for key in re.findall(r"['\"]([a-z]+\.[a-z_]+)['\"]", code) if key.split(".")[0] in groups and "." in key
    } - set(re.findall(r"['\"]([a-z]+\.(?:html|js|css|svg))['\"]", code))
    whole = {key for key in asked if not key.endswith("_")}
    assert sorted(whole - set(catalogue())) == []
    assert sorted(key for key in set(catalogue()) - asked if not key.startswith(BUILT)) == []


def test_every_unit_of_a_kpi_has_its_words() -> None:
    units = {d.formula(name).unit for d in load_definitions().values() for name in d.measure_names}
    assert len(units) > 10
    assert units - set(UNITS) == set()


def test_a_unit_without_words_is_shown_as_it_is_spelt() -> None:
    assert unit_text("parsecs", "vi") == "parsecs"


def test_an_entry_without_english_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[x]\ny = { vi = "z" }\n', "utf-8")
    with pytest.raises(ValueError, match=r"a\.toml: x\.y needs vi and en"):
        catalogue(tmp_path)


def test_a_key_that_is_said_twice_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('[x]\ny = { vi = "z", en = "z" }\n', "utf-8")
    with pytest.raises(ValueError, match=r"b\.toml: x\.y is defined twice"):
        catalogue(tmp_path)


def test_texts_are_filled_in() -> None:
    assert text("figure.target", "vi", value="80%") == "Mục tiêu 80%"
    assert TEXTS.is_dir()
