"""The map under a pointer, a finger and the keyboard, and without a script."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import serving
from tests.screens import gallery

TIP = ".map-tip"
FOCUSED = "document.activeElement.dataset.area"


def area(page: Page, number: int) -> Any:
    return page.locator("svg.map a.area").nth(number)


def test_a_pointer_over_an_area_reads_its_name_and_value_beside_it(visit: Any) -> None:
    page = visit("/map").page
    expect(page.locator(TIP)).to_be_hidden()
    said = area(page, 20).locator("title").text_content()
    area(page, 20).hover()
    expect(page.locator(TIP)).to_have_text(str(said))
    tip, frame = page.locator(TIP).bounding_box(), page.locator(".map-frame").bounding_box()
    assert tip and frame and frame["x"] <= tip["x"] and tip["x"] + tip["width"] <= frame["x"] + frame["width"] + 1
    assert area(page, 20).locator("title").count() == 0, "the browser's own tip would cover it"
    assert area(page, 20).get_attribute("aria-label") == said
    page.mouse.move(2, 2)
    expect(page.locator(TIP)).to_be_hidden()


def test_the_map_is_one_stop_of_the_tab_key_and_arrows_walk_from_there(visit: Any) -> None:
    page = visit("/map").page
    assert page.locator("svg.map a.area[tabindex='0']").count() == 1
    area(page, 0).focus()
    expect(page.locator(TIP)).to_be_visible()
    seen, here = set(), area(page, 0).bounding_box()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        code = page.evaluate(FOCUSED)
        expect(page.locator(TIP)).to_have_text(
            str(page.locator(f"svg.map [data-area='{code}']").get_attribute("aria-label"))
        )
        seen.add(code)
        assert page.locator("svg.map a.area[tabindex='0']").get_attribute("data-area") == code
    assert len(seen) >= 4 and here
    page.keyboard.press("Escape")
    expect(page.locator(TIP)).to_be_hidden()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('svg.map')") is None


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"])
def test_an_arrow_never_goes_the_other_way(visit: Any, key: str) -> None:
    page = visit("/map").page
    for number in range(0, 65, 8):
        area(page, number).focus()
        before = area(page, number).bounding_box()
        page.keyboard.press(key)
        after = page.locator(f"svg.map [data-area='{page.evaluate(FOCUSED)}']").bounding_box()
        right = (after["x"] + after["width"] / 2) - (before["x"] + before["width"] / 2)
        down = (after["y"] + after["height"] / 2) - (before["y"] + before["height"] / 2)
        along = {"ArrowRight": right, "ArrowLeft": -right, "ArrowUp": -down, "ArrowDown": down}[key]
        assert along >= 0, number


def test_a_class_that_the_legend_leaves_out_is_gone_from_map_and_list_and_comes_back(visit: Any) -> None:
    page = visit("/map").page
    box = page.locator(".legend input[value='class-5']")
    areas, rows = page.locator("svg.map .area.class-5"), page.locator("tr.class-5")
    assert areas.count() == rows.count() > 3
    box.uncheck()
    assert rows.filter(visible=True).count() == 0
    assert areas.evaluate_all("all => all.every(one => getComputedStyle(one).visibility === 'hidden')")
    path = areas.first.locator("path")
    assert path.evaluate("one => getComputedStyle(one).fill") == "none", (
        "its outline stays, so that the rest is in place"
    )
    page.locator("svg.map a.area:not(.class-5)").first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        assert "class-5" not in page.evaluate("document.activeElement.getAttribute('class')")
    box.check()
    assert rows.filter(visible=True).count() == rows.count()


def test_a_legend_is_worked_by_keyboard_and_each_entry_says_what_it_is(visit: Any) -> None:
    page = visit("/map").page
    boxes = page.get_by_role("group", name="Chú giải").get_by_role("checkbox")
    assert boxes.count() == 6
    boxes.first.focus()
    page.keyboard.press("Space")
    expect(boxes.first).not_to_be_checked()
    assert "địa bàn" in str(boxes.first.evaluate("one => one.labels[0].innerText"))


def test_a_finger_reads_first_and_follows_at_the_second_touch(browser: Browser) -> None:
    with serving(gallery.app) as address:
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        page = context.new_page()
        page.goto(f"{address}/map")
        own = area(page, 30)
        own.scroll_into_view_if_needed()
        own.tap()
        expect(page.locator(TIP)).to_be_visible()
        assert page.url.endswith("/map")
        other = area(page, 12)
        other.tap()
        assert page.url.endswith("/map")
        expect(page.locator(TIP)).to_have_text(str(other.get_attribute("aria-label")))
        other.tap()
        page.wait_for_url("**/areas/*")
        context.close()


def test_without_a_script_areas_are_links_with_titles_and_the_legend_filters(browser: Browser) -> None:
    with serving(gallery.app) as address:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{address}/map")
        assert "%" in str(area(page, 20).locator("title").text_content())
        page.locator(".legend input[value='class-5']").uncheck()
        assert page.locator("tr.class-5").filter(visible=True).count() == 0
        area(page, 20).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/areas/*")
        context.close()
