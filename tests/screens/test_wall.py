"""The wall is read from five metres, all day, by people who cannot touch it."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from screens.view_models.board import Wall
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
NEWS = "document.getElementById('events').dispatchEvent(new CustomEvent('version', {bubbles: true}))"


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


def test_a_ninth_tile_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        Wall("x", date(2023, 1, 1), date(2023, 6, 30), [*made_up.tiles(), made_up.tiles()[0]])


LIVE = "html[data-connection=live]"


def test_a_lost_connection_shows_its_age_and_keeps_the_figures(visit: Any) -> None:
    seen = visit("/wall?live=events", size=(1920, 1080))
    page, banner = seen.page, seen.page.locator("#connection")
    page.wait_for_selector(LIVE)
    assert not banner.is_visible()
    seen.context.set_offline(True)
    banner.wait_for(state="visible")
    assert "Mất kết nối" in banner.inner_text()
    assert "vừa xong" in banner.inner_text()
    assert page.locator(".tile").count() == 8
    seen.context.set_offline(False)
    banner.wait_for(state="hidden")


def test_a_server_that_falls_silent_counts_as_lost(visit: Any) -> None:
    page = visit("/wall?live=silent", size=(1920, 1080), clock=True).page
    page.wait_for_selector(LIVE)
    page.clock.run_for(44_000)
    expect(page.locator("#connection")).to_be_hidden()
    page.clock.run_for(200_000)
    expect(page.locator("#connection")).to_be_visible()
    expect(page.locator("#connection [data-age]")).to_have_text("cách đây 4 phút")


def test_a_stream_that_never_opened_is_tried_again(visit: Any) -> None:
    page = visit("/wall?live=events", size=(1920, 1080), clock=True, refuse="/events").page
    expect(page.locator("#connection")).to_be_visible()
    page.context.unroute_all()
    page.clock.run_for(6_000)
    expect(page.locator("#connection")).to_be_hidden()


def test_new_data_replace_the_figures_without_a_reload(visit: Any) -> None:
    page = visit("/wall?live=events", size=(1920, 1080)).page
    page.wait_for_selector(LIVE)
    page.evaluate("document.querySelector('.tile data').textContent = 'cũ'; window.kept = true")
    page.evaluate(NEWS)
    expect(page.locator(".tile data").first).to_have_text("93,4")
    assert page.evaluate("window.kept")


def test_a_refresh_that_fails_leaves_the_figures_and_says_so(visit: Any) -> None:
    page = visit("/wall?live=events", size=(1920, 1080)).page
    page.wait_for_selector(LIVE)
    page.route("**/wall*", lambda route: route.fulfill(status=500, body="<main><div id='content'>Lỗi</div></main>"))
    page.evaluate(NEWS)
    expect(page.locator("#connection")).to_be_visible()
    assert page.locator(".tile").count() == 8
    page.unroute_all()
    page.evaluate(NEWS)
    expect(page.locator("#connection")).to_be_hidden()
