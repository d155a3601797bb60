"""Keyboard, switches and pointer."""

from typing import Any

FOCUSED = "document.activeElement.textContent.trim()"


def test_the_first_tab_leads_past_the_menus(visit: Any) -> None:
    page = visit("/kpi").page
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Đến nội dung chính"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_arrows_walk_among_the_tiles(visit: Any) -> None:
    page = visit("/wall", size=(1920, 1080)).page
    page.locator(".tile a").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "Tỷ lệ hồ sơ giải quyết đúng hạn"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == "Doanh thu đơn hàng thương mại điện tử"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(FOCUSED) == "Tỷ lệ hồ sơ tiếp nhận trực tuyến"


def test_the_theme_is_kept_for_the_next_page(visit: Any) -> None:
    page = visit("/kpi").page
    switch = page.locator("[data-theme-switch]")
    switch.click()
    switch.click()
    assert "Tối" in switch.inner_text()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 20, 27)"


def test_the_other_language_is_the_same_page(visit: Any) -> None:
    page = visit("/freshness").page
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").inner_text() == "Freshness of the data"
    assert page.evaluate("document.documentElement.lang") == "en"


def test_a_symbol_of_the_map_and_its_row_are_one_thing(visit: Any) -> None:
    page = visit("/map").page
    page.locator("svg.map .area").nth(9).hover()
    assert page.locator("tr.lit").count() == 1
    page.locator("tr[data-area] a").nth(3).hover()
    code = page.locator("tr[data-area]").nth(3).get_attribute("data-area")
    assert page.locator("svg.map .lit").get_attribute("data-area") == code


def test_a_list_shows_what_is_typed_and_arrows_walk_in_it(visit: Any) -> None:
    page = visit("/explore").page
    names = page.locator("#area-list label:visible")
    page.get_by_label("Tìm: Địa bàn").fill("trang dinh")
    assert names.all_inner_texts() == ["Toàn tỉnh", "Huyện Tràng Định"], "what is chosen stays in sight"
    assert page.locator("fieldset:has(#area-list) [role=status]").inner_text() == "1 tên"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.get_by_label("Huyện Tràng Định").is_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "find_area"


def test_paper_shows_figures_and_no_buttons(visit: Any) -> None:
    page = visit("/kpi").page
    page.emulate_media(media="print")
    assert page.locator(".print-only").is_visible()
    assert not page.locator(".button, .switches, nav.pages").filter(visible=True).count()
    assert page.locator("svg.trend").first.is_visible()
