"""The wall is read from five metres, all day, by people who cannot touch it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from screens.view_models.wall import Board
from tests.screens import made_up_wall
from tests.screens.test_wall_grid import BOARDS

SIZES = """() => {
  const px = element => parseFloat(getComputedStyle(element).fontSize);
  const words = [...document.querySelectorAll('main *, footer *')].filter(e => e.getClientRects().length
    && !e.closest('svg, .sr') && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  return {
    numbers: [...document.querySelectorAll('.tile data')].map(px),
    smallest: Math.min(...words.map(px)),
    cut: [...document.querySelectorAll('.tile')].filter(t => t.scrollHeight > t.clientHeight + 1
      || t.scrollWidth > t.clientWidth + 1).map(t => t.textContent),
    sparks: Math.min(...[...document.querySelectorAll('.spark')].map(s => s.getBoundingClientRect().height)),
    width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight,
  };
}"""


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
def test_eight_tiles_fill_the_screen_and_are_read_from_afar(visit: Any, size: tuple[int, int], language: str) -> None:
    seen = visit(f"/wall?lang={language}", size=size).page.evaluate(SIZES)
    zoom = size[0] / 1920
    assert (seen["width"], seen["height"]) == size
    assert seen["cut"] == []
    assert len(seen["numbers"]) == 7, "seven of the made-up figures have a value"
    assert min(seen["numbers"]) >= 3.4 * 16 * zoom
    assert seen["smallest"] >= 22 * zoom
    assert seen["sparks"] >= 30 * zoom


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_longest_names_and_the_worst_news_fit_too(visit: Any, language: str) -> None:
    page = visit(f"/wall/full?lang={language}", size=(1920, 1080)).page
    seen = page.evaluate(SIZES)
    assert (seen["width"], seen["height"]) == (1920, 1080)
    assert seen["cut"] == []
    assert min(seen["numbers"]) >= 3.4 * 16 and seen["smallest"] >= 22
    expect(page.locator("footer .wall-notice")).to_be_in_viewport(ratio=1)


def test_a_thirteenth_tile_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 12"):
        Board("x", made_up_wall.full_tiles("vi", 13))


AREA = """() => {
  const box = one => { const b = one.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; };
  return {
    board: box(document.querySelector('.board.current')),
    tiles: [...document.querySelectorAll('.tile')].map(box),
    alerts: box(document.querySelector('.wall-alerts')),
  };
}"""


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
def test_any_number_of_tiles_covers_the_screen(visit: Any, size: tuple[int, int]) -> None:
    page = visit("/wall/boards", size=size).page
    for large, small in BOARDS:
        page.goto(page.url.partition("/wall")[0] + f"/wall/of/{large}/{small}?lang={'en' if small % 2 else 'vi'}")
        page.evaluate("document.fonts.ready.then(() => 0)")
        seen, boxes, zoom = page.evaluate(SIZES), page.evaluate(AREA), size[0] / 1920
        told = f"{large} large, {small} small"
        assert (seen["width"], seen["height"]) == size, told
        assert seen["cut"] == [], told
        assert seen["smallest"] >= 18 * zoom and min(seen["numbers"]) >= 3.4 * 16 * zoom, told
        left, top, width, height = boxes["board"]
        covered = sum(w * h for _, _, w, h in boxes["tiles"])
        assert covered > 0.9 * width * height, told
        assert width * height > 0.7 * size[0] * size[1] and boxes["alerts"][1] >= top + height, told
        for x, y, w, h in boxes["tiles"]:
            assert left - 1 <= x and x + w <= left + width + 1 and top - 1 <= y and y + h <= top + height + 1, told


def test_tiles_do_not_lie_on_each_other(visit: Any) -> None:
    page = visit("/wall/of/2/9", size=(1920, 1080)).page
    boxes = page.evaluate(AREA)["tiles"]
    for place, (x, y, w, h) in enumerate(boxes):
        for other_x, other_y, other_w, other_h in boxes[:place]:
            assert x >= other_x + other_w or other_x >= x + w or y >= other_y + other_h or other_y >= y + h


def test_a_map_stands_whole_beside_its_figure_and_its_classes(visit: Any) -> None:
    page = visit("/wall/boards?board=2", size=(1920, 1080)).page
    page.keyboard.press("PageDown")
    for part in ("svg.map", ".map-classes", ".beside-map .tile"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    assert page.locator("svg.map").bounding_box()["height"] > 600


def test_months_and_a_base_that_is_not_0_are_said_below_the_line(visit: Any) -> None:
    ends = visit("/wall", size=(1920, 1080)).page.locator(".spark-ends")
    assert ends.nth(1).locator("span").all_inner_texts() == ["T7 2022", "từ 98%", "T6 2023"]
    assert ends.nth(0).locator("span").all_inner_texts() == ["T7 2022", "T6 2023"]


def test_the_strip_has_three_lines_and_counts_the_others(visit: Any) -> None:
    strip = visit("/wall/boards", size=(1920, 1080)).page.locator(".wall-alerts")
    expect(strip).to_be_in_viewport(ratio=1)
    assert strip.locator("li").count() == 3
    expect(strip).to_contain_text("và 4 cảnh báo khác")
    assert strip.get_attribute("aria-live") is None, "it is no news to a screen reader every minute"
