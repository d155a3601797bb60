"""Colours of the style sheet, as eyes see them that miss one kind of cone."""

import re
from itertools import pairwise

import pytest

from screens.build import ASSETS, CHARTS

CSS = (CHARTS / "colours.css").read_text("utf-8") + (ASSETS / "style.css").read_text("utf-8")
# Machado, Oliveira, Fernandes 2009, severity 1, for linear RGB.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
}


def tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\s*\{(.*?)\}", CSS, re.DOTALL)
    assert block, selector
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block[1]))


LIGHT = tokens(":root")
THEMES = {"light": LIGHT, "dark": LIGHT | tokens(':root[data-theme="dark"]')}


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str, eye: str) -> float:
    seen = [sum(k * part for k, part in zip(row, linear(colour), strict=True)) for row in EYES[eye]]
    red, green, blue = (min(max(part, 0.0), 1.0) for part in seen)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, eye: str) -> float:
    low, high = sorted((luminance(one, eye), luminance(other, eye)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_neighbouring_classes_of_a_map_differ_in_lightness(theme: str, eye: str) -> None:
    classes = [THEMES[theme][f"class-{index}"] for index in range(1, 6)]
    assert min(contrast(one, other, eye) for one, other in pairwise(classes)) >= 1.4
    shades = [luminance(colour, eye) for colour in classes]
    assert shades in (sorted(shades), sorted(shades, reverse=True)), "more is always further from the ground"
    ground = luminance(THEMES[theme]["surface"], eye)
    assert abs(shades[0] - ground) < abs(shades[-1] - ground)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_each_side_of_a_middle_grows_away_from_the_ground(theme: str, eye: str) -> None:
    """Which side is which the stripes tell: dark is far from the middle on both."""
    own = THEMES[theme]
    for names in (("class-2", "class-4", "class-5"), ("behind-1", "behind-2", "behind-3")):
        colours = [own["surface"], *(own[name] for name in names)]
        assert min(contrast(one, other, eye) for one, other in pairwise(colours)) >= 1.25, names
        shades = [luminance(colour, eye) for colour in colours]
        assert shades in (sorted(shades), sorted(shades, reverse=True)), names


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES)
def test_words_and_lines_stand_out_from_their_ground(theme: str, eye: str) -> None:
    own = THEMES[theme]
    for ground in ("surface", "paper"):
        for ink, least in (("ink", 7), ("muted", 4.5), ("accent", 4.5), ("good", 4.5), ("bad", 4.5), ("gold", 2.4)):
            assert contrast(own[ink], own[ground], eye) >= least, (ink, ground)


def test_dark_by_the_system_and_dark_by_the_switch_are_one() -> None:
    assert tokens(':root[data-theme="auto"]') == tokens(':root[data-theme="dark"]')


def test_style_sheets_ask_no_other_host() -> None:
    for path in ASSETS.glob("*.css"):
        assert "://" not in path.read_text("utf-8")
