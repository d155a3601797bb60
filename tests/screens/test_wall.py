"""The wall is read from five metres, all day, by people who cannot touch it."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from screens.models import Wall
from tests.screens import made_up

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


def test_a_ninth_tile_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        Wall("x", date(2023, 1, 1), date(2023, 6, 30), [*made_up.tiles("vi"), made_up.tiles("vi")[0]])


def test_a_lost_connection_shows_its_age_and_keeps_the_figures(visit: Any) -> None:
    seen = visit("/wall?live=1", size=(1920, 1080))
    page, banner = seen.page, seen.page.locator("#connection")
    page.wait_for_selector("html[data-connection=live]")
    assert not banner.is_visible()
    seen.context.set_offline(True)
    banner.wait_for(state="visible")
    assert "Mất kết nối" in banner.inner_text()
    assert "vừa xong" in banner.inner_text()
    assert page.locator(".tile").count() == 8
    seen.context.set_offline(False)
    banner.wait_for(state="hidden")


def test_new_data_replace_the_figures_without_a_reload(visit: Any) -> None:
    page = visit("/wall?live=1", size=(1920, 1080)).page
    page.evaluate("document.querySelector('.tile data').textContent = 'cũ'; window.kept = true")
    page.evaluate("document.getElementById('events').dispatchEvent(new CustomEvent('version', {bubbles: true}))")
    expect(page.locator(".tile data").first).to_have_text("93,4")
    assert page.evaluate("window.kept")
