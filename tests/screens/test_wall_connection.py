"""A wall hangs for months: a lost server is said, waited for and forgotten, and leaves nothing behind."""

from typing import Any

import pytest
from playwright.sync_api import expect

LIVE = "html[data-connection=live]"
NEWS = "document.getElementById('events').dispatchEvent(new CustomEvent('version', {bubbles: true}))"
COLLECT = ("HeapProfiler.collectGarbage",) * 2
TILES = 21
"""Of the gallery's boards."""


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


def test_a_server_that_falls_silent_is_asked_anew(visit: Any) -> None:
    seen = visit("/wall?live=silent", size=(1920, 1080), clock=True)
    page = seen.page
    page.wait_for_selector(LIVE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(44_000)
    expect(page.locator("#connection")).to_be_hidden()
    assert [url for url in asked if url.endswith("/silent")] == []
    page.clock.run_for(30_000)
    expect(page.locator("#connection")).to_be_hidden()
    assert [url for url in asked if url.endswith("/silent")] != []


def test_a_server_that_falls_silent_and_is_gone_counts_as_lost(visit: Any) -> None:
    page = visit("/wall?live=silent", size=(1920, 1080), clock=True).page
    page.wait_for_selector(LIVE)
    page.route("**/silent", lambda route: route.abort())
    page.clock.run_for(244_000)
    expect(page.locator("#connection")).to_be_visible()
    expect(page.locator("#connection [data-age]")).to_have_text("cách đây 4 phút")
    assert page.locator(".tile").count() == 8


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


def test_attempts_to_renew_grow_rarer(visit: Any) -> None:
    page = visit("/wall?live=events", size=(1920, 1080), clock=True).page
    page.wait_for_selector(LIVE)
    tried: list[str] = []

    def refuse(route: Any) -> None:
        tried.append(route.request.url)
        route.abort()

    page.route("**/wall*", refuse)
    page.evaluate(NEWS)
    expect(page.locator("#connection")).to_be_visible()
    for _ in range(120):
        page.clock.run_for(5_000)
        page.wait_for_timeout(5)
    assert 5 <= len(tried) <= 40, "in ten minutes"


CYCLES, FIRST_ONES = 200, 20
"""So many times the server is lost; what the first ones leave behind is what a wall needs."""


@pytest.mark.timeout(300)
def test_a_day_of_a_lost_and_returning_server_leaves_nothing_behind(visit: Any) -> None:
    """Every tenth time it is gone for ten minutes. Meanwhile boards follow each other, too."""
    seen = visit("/wall/boards?live=events", size=(1920, 1080), clock=True)
    page, protocol = seen.page, seen.context.new_cdp_session(seen.page)
    page.wait_for_selector(LIVE)
    kept = {}
    for cycle in range(CYCLES + 1):
        seen.context.set_offline(True)
        page.clock.run_for(600_000 if cycle % 10 == 0 else 8_000)
        page.wait_for_selector("html[data-connection=lost]")
        assert page.locator(".tile").count() == TILES
        seen.context.set_offline(False)
        while page.locator(LIVE).count() == 0:
            page.clock.run_for(2_000)
            page.wait_for_timeout(10)
        if cycle in (FIRST_ONES, CYCLES):
            page.wait_for_timeout(500)  # the renewal that is under way
            kept[cycle] = held(protocol)
    assert kept[CYCLES]["nodes"] <= kept[FIRST_ONES]["nodes"] * 1.02
    assert kept[CYCLES]["jsEventListeners"] <= kept[FIRST_ONES]["jsEventListeners"]
    assert kept[CYCLES]["usedSize"] <= kept[FIRST_ONES]["usedSize"] + 1_000_000
    assert page.locator(".board").count() == 3
    assert page.locator(".tile").count() == TILES


def held(protocol: Any) -> dict[str, int]:
    """Nodes, listeners and bytes that the page holds, without what the console keeps for the test."""
    for command in ("Runtime.enable", "Runtime.discardConsoleEntries", "Runtime.disable", *COLLECT):
        protocol.send(command)
    return {**protocol.send("Memory.getDOMCounters"), **protocol.send("Runtime.getHeapUsage")}
