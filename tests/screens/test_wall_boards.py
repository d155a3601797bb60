"""Boards follow each other by themselves, and by whoever has a keyboard or a presenter in the hand."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from screens.rendering import asset

TITLES = ["Chỉ tiêu chủ yếu", "Hồ sơ trực tuyến theo địa bàn", "Xã hội số"]
DAY = (1920, 1080)


def shown(page: Page) -> str:
    """The title of the board that is seen."""
    titles = [title.inner_text() for title in page.locator("h1").all() if title.is_visible()]
    assert len(titles) == 1 and page.locator(".board:visible").count() == 1
    return titles[0]


def test_boards_follow_each_other_and_the_seconds_are_counted(visit: Any) -> None:
    page = visit("/wall/boards", size=DAY, clock=True).page
    assert shown(page) == TITLES[0]
    expect(page.locator(".countdown")).to_have_text(re.compile(r"^(40|3\d) giây$"))
    page.clock.run_for(10_000)
    left = int(page.locator(".countdown").inner_text().split()[0])
    assert 15 <= left <= 30
    for title in [TITLES[1], TITLES[2], TITLES[0]]:
        page.clock.run_for(int(page.locator(".countdown").inner_text().split()[0]) * 1000)
        assert shown(page) == title


def test_a_board_keeps_its_place_when_figures_are_renewed(visit: Any) -> None:
    page = visit("/wall/boards?live=events", size=DAY, clock=True).page
    page.wait_for_selector("html[data-connection=live]")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.keyboard.press(" ")
    with page.expect_response("**/wall/boards*"):
        page.clock.run_for(61_000)
    page.wait_for_timeout(100)
    assert shown(page) == TITLES[2]
    expect(page.locator("[data-place]")).to_have_text("Bảng 3/3")
    expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "true")


def test_by_keys_and_buttons_to_the_next_and_the_one_before(visit: Any) -> None:
    page = visit("/wall/boards?live=events", size=DAY).page
    page.keyboard.press("PageDown")
    assert shown(page) == TITLES[1]
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    assert shown(page) == TITLES[2]
    page.get_by_role("link", name="Bảng sau").click()
    assert shown(page) == TITLES[0]
    expect(page.locator("#renewed")).to_have_text(TITLES[0])


def test_the_space_bar_and_the_button_hold_a_board(visit: Any) -> None:
    page = visit("/wall/boards", size=DAY, clock=True).page
    page.keyboard.press(" ")
    expect(page.locator(".countdown")).to_be_hidden()
    page.clock.run_for(300_000)
    assert shown(page) == TITLES[0]
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator(".countdown")).to_be_visible()
    page.locator("[data-pause]").evaluate("button => button.blur()")
    page.clock.run_for(40_000)
    assert shown(page) == TITLES[1]


def test_a_board_stays_while_somebody_walks_in_it(visit: Any) -> None:
    page = visit("/wall/boards", size=DAY, clock=True).page
    page.locator(".tile a").first.focus()
    page.clock.run_for(300_000)
    assert shown(page) == TITLES[0]


def test_the_wall_itself_says_nothing_to_a_screen_reader(visit: Any) -> None:
    page = visit("/wall/boards?live=events", size=DAY, clock=True).page
    page.wait_for_selector("html[data-connection=live]")
    with page.expect_response("**/wall/boards*"):
        for _ in range(7):
            page.clock.run_for(9_000)
            page.wait_for_timeout(700)  # a beat, without which the connection would count as lost
    assert shown(page) != TITLES[0]
    expect(page.locator("#renewed")).to_be_empty()
    assert page.locator("[aria-live], [role=alert]").count() == 0
    assert page.locator(".countdown").get_attribute("aria-hidden") == "true"


def test_without_a_script_boards_are_links(visit: Any) -> None:
    page = visit("/wall/boards", size=DAY, refuse=asset("wall.js")).page
    assert page.locator("[data-pause], .countdown, [data-full-screen]").filter(visible=True).count() == 0
    assert page.get_by_role("link", name="Bảng sau").get_attribute("href") == "/wall/boards?board=2"


def test_in_the_hand_boards_wait_for_the_reader(visit: Any) -> None:
    page = visit("/wall/boards", size=(390, 844), clock=True).page
    page.clock.run_for(300_000)
    assert page.locator("h1:visible").inner_text() == TITLES[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Bảng sau").click()
    assert page.locator("h1:visible").inner_text() == TITLES[1]


def test_the_clock_follows_the_server_in_vietnams_time(visit: Any) -> None:
    page = visit("/wall", size=DAY, clock=True).page
    expect(page.locator(".wall-clock")).to_have_text("09:30 03/07/2023")
    page.clock.run_for(24 * 3600 * 1000)
    expect(page.locator(".wall-clock")).to_have_text("09:30 04/07/2023")


def test_one_board_has_nothing_to_follow(visit: Any) -> None:
    page = visit("/wall", size=DAY, clock=True).page
    page.clock.run_for(120_000)
    assert page.locator(".board-steps").count() == 0
    page.keyboard.press("PageDown")
    assert shown(page) == TITLES[0]
