"""A leader in the command room: the wall from afar, then down to where a number is of."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts import directory, sessions
from hub.units import round_half_up
from tests.browser import Go
from tests.screens.pages.conftest import GoAs, sign_in
from tests.screens.pages.world import LEADER, PASSWORD, World
from tests.screens.test_wall import SIZES
from warehouse.database import connect

LIVE = "html[data-connection=live]"


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
def test_the_wall_is_read_from_five_metres(visit_as: GoAs, size: tuple[int, int]) -> None:
    seen: dict[str, Any] = visit_as(LEADER, "/wall", size=size).page.evaluate(SIZES)
    zoom = size[0] / 1920
    assert (seen["width"], seen["height"]) == size
    assert seen["cut"] == []
    assert len(seen["numbers"]) == 4, "of the eight for the Government these have data"
    assert min(seen["numbers"]) >= 3.4 * 16 * zoom
    assert seen["smallest"] >= 22 * zoom


def test_from_the_way_in_down_to_a_commune(visit: Go) -> None:
    seen = visit("/kpis/online_dossier_rate")
    page = seen.page
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    sign_in(seen, LEADER)
    expect(page.locator("h1")).to_have_text("Tỷ lệ hồ sơ tiếp nhận trực tuyến")
    page.get_by_role("link", name="Toàn tỉnh").first.click()
    page.get_by_role("link", name="Dịch vụ công", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Dịch vụ công")
    page.locator(".tile a", has_text="Tỷ lệ hồ sơ tiếp nhận trực tuyến").click()
    expect(page.locator(".hero data")).to_have_text("88,6")
    expect(page.locator(".hero")).to_contain_text("so với cùng kỳ")
    page.get_by_role("link", name="Huyện Tràng Định").first.click()
    expect(page.locator(".lead")).to_contain_text("Huyện Tràng Định")
    page.locator(".ranked a").first.click()
    assert page.get_by_label("Địa bàn", exact=True).input_value() != "180"
    expect(page.locator(".trail")).to_contain_text("Huyện Tràng Định")
    page.get_by_role("link", name="Giải thích số này").click()
    expect(page.locator("#step-2")).to_be_visible()
    expect(page.locator("body")).to_contain_text("Tài khoản này không được xem bản ghi")
    assert (seen.strangers, seen.complaints) == ([], [])


def test_a_trend_goes_by_days_and_weeks_and_a_further_measure_has_its_own_page(visit_as: GoAs) -> None:
    seen = visit_as(LEADER, "/kpis/online_dossier_rate")
    page = seen.page
    page.get_by_role("link", name="Ngày", exact=True).click()
    page.wait_for_url("**series=day")
    expect(page.locator("#table-title")).to_have_text("Số liệu theo ngày")
    assert page.locator("table.data tbody tr").count() == 31
    page.get_by_role("link", name="Tuần", exact=True).click()
    page.wait_for_url("**series=week")
    assert page.locator("table.data tbody tr").count() == 13
    page.get_by_role("link", name="Số tiếp nhận").click()
    page.wait_for_url("**measure=received")
    expect(page.locator("h1")).to_have_text("Tỷ lệ hồ sơ tiếp nhận trực tuyến · Số tiếp nhận")
    expect(page.locator(".hero data")).to_be_visible()
    page.get_by_role("link", name="Giải thích số này").click()
    expect(page.locator("h1")).to_be_visible()
    assert (seen.strangers, seen.complaints) == ([], [])


def test_a_monthly_state_has_no_days(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/phone_density").page
    assert page.get_by_role("link", name="Ngày", exact=True).count() == 0


def test_a_name_is_found_in_long_lists_without_a_script(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate").page
    page.get_by_label("Tìm trong danh sách").fill("trang dinh")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.wait_for_url("**find=trang+dinh")
    expect(page.locator(".ranked th[scope=row]")).to_have_text(["Huyện Tràng Định"])
    assert visit_as(LEADER, "/kpis/online_dossier_rate?find=%3Cscript%3E").page.locator(".ranked tbody tr").count() == 0


def test_a_sum_of_the_year_has_a_projection_or_says_why_not_and_a_rate_has_neither(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/gate_vehicles").page
    said = page.locator("main").inner_text()
    assert "ước tính, không phải số liệu chính thức" in said or "Chưa ước tính đến hết năm" in said
    assert "Ước tính đến hết năm" not in visit_as(LEADER, "/kpis/online_dossier_rate").page.locator("main").inner_text()


def test_an_area_is_chosen_without_a_button(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate?from=2023-01-01&to=2023-03-31").page
    page.get_by_label("Địa bàn", exact=True).select_option("178")
    page.wait_for_url("**area=178")
    expect(page.locator(".lead")).to_contain_text("Quý I/2023")
    expect(page.locator(".lead")).to_contain_text("Thành phố Lạng Sơn")


def test_the_same_figures_in_the_areas_of_today(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate/map").page
    page.get_by_role("link", name="Từ 01/07/2025").click()
    page.wait_for_url("**era=today")
    assert page.locator("svg.map .area").count() == 65
    page.get_by_label("Chỉ tiêu").select_option("feedback_resolved_rate")
    page.wait_for_url("**/feedback_resolved_rate/map?era=today")


def test_the_map_opens_on_what_is_known_of_areas_and_offers_nothing_else(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/").page
    page.get_by_role("link", name="Bản đồ").click()
    page.wait_for_url("**/kpis/*/map")
    expect(page.locator("nav.pages [aria-current]")).to_have_text("Bản đồ")
    assert page.locator("svg.map .area:not(.none)").count() == 4
    offered = page.get_by_label("Chỉ tiêu").locator("option").evaluate_all("all => all.map(one => one.value)")
    assert "online_dossier_rate" in offered
    assert not {"digital_account_plan_rate", "gate_vehicles", "internet_density"} & set(offered)
    empty = visit_as(LEADER, "/kpis/digital_account_plan_rate/map").page
    expect(empty.locator(".notice")).to_contain_text("chưa có số liệu theo địa bàn")
    assert empty.locator("svg.map").count() == 0


def test_the_parts_of_a_slice_come_after_the_page(visit_as: GoAs) -> None:
    seen = visit_as(LEADER, "/kpis/online_dossier_rate?where=level%3D4")
    page = seen.page
    expect(page.locator("#parts h2", has_text="Theo kênh tiếp nhận")).to_be_visible()
    assert page.locator("#parts h2", has_text="Theo mức độ").count() == 0, "of level 4 all are of level 4"
    expect(page.locator("h1")).to_have_count(1)
    assert (seen.strangers, seen.complaints) == ([], [])


def test_a_slice_ranks_the_areas_by_itself(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate?where=level%3D4").page
    ranked = page.locator("#parts tr[data-area]")
    expect(ranked).to_have_count(11)
    own = [row for row in ranked.all() if "không có dữ liệu" not in row.inner_text()]
    assert len(own) == 4, "districts that have records"
    value, link = own[0].locator("td.num").last.inner_text(), own[0].get_by_role("link")
    assert page.locator("#parts svg.map").is_visible()
    assert page.get_by_role("link", name="Mở bản đồ lớn").count() == 0, "the large map has no slices"
    link.click()
    page.wait_for_url("**area=*")
    assert "where=level%3D4" in page.url
    ranked_as, shown = (
        Decimal(said.strip("%").replace(",", ".")) for said in (value, page.locator(".hero data").inner_text())
    )
    assert round_half_up(ranked_as, 1) == shown


def test_a_range_that_is_not_kept_ranks_the_areas_too(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate?from=2023-02-03&to=2023-05-05").page
    expect(page.locator("#parts tr[data-area]")).to_have_count(11)


def test_areas_of_none_of_which_anything_is_known_are_not_ranked(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/phone_density?parts=true").page
    assert page.get_by_role("heading", name="Theo doanh nghiệp").is_visible(), "the parts are there"
    assert page.locator("tr[data-area]").count() == 0, "no district has a population here, only the province"


def test_a_slice_of_what_is_not_known_by_area_says_why_there_is_no_ranking(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/gate_vehicles?where=direction%3Dexport").page
    expect(page.get_by_text("không có số liệu theo địa bàn")).to_be_visible()


def test_arrow_keys_on_a_list_choose_and_do_not_leave(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate").page
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_label("Địa bàn", exact=True).input_value()
    assert "area=" not in page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**area={chosen}")


def test_the_wall_renews_itself_when_data_are_published(visit_as: GoAs, world: World) -> None:
    page = visit_as(LEADER, "/wall", size=(1920, 1080)).page
    page.wait_for_selector(LIVE)
    tile = page.locator(".tile", has_text="Phương tiện qua cửa khẩu số").locator("data")
    before = int(str(tile.get_attribute("value")))
    page.evaluate("window.kept = true")
    world.publish(vehicles=7)
    expect(tile).to_have_attribute("value", str(before + 7), timeout=10_000)
    expect(page.locator("#renewed[role=status]")).to_contain_text("vừa được cập nhật")
    assert page.evaluate("window.kept")


def test_a_lost_connection_is_said_and_passes(visit_as: GoAs) -> None:
    seen = visit_as(LEADER, "/wall", size=(1920, 1080))
    seen.page.wait_for_selector(LIVE)
    seen.context.set_offline(True)
    expect(seen.page.locator("#connection")).to_be_visible()
    assert seen.page.locator(".tile").count() == 8
    seen.context.set_offline(False)
    expect(seen.page.locator("#connection")).to_be_hidden(timeout=20_000)


def test_a_wall_is_opened_by_its_token_and_shows_nothing_else(visit: Go, world: World) -> None:
    seen = visit("/wall/open", size=(1920, 1080))
    seen.page.get_by_label("Mã màn hình").fill(world.wall_token)
    seen.page.get_by_role("button", name="Mở màn hình").click()
    seen.page.wait_for_selector(LIVE)
    assert seen.page.locator(".tile").count() == 8
    assert seen.page.locator(".tile a").count() == 0
    assert seen.complaints == []
    seen.page.goto(seen.page.url.replace("/wall", "/kpis/gate_vehicles"))
    expect(seen.page.locator("h1")).to_have_text("Tài khoản này không được xem trang này")


def test_the_other_language_stays(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/kpis/gate_vehicles").page
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Vehicles through the digital border gates")
    page.get_by_role("link", name="Freshness").click()
    expect(page.locator("h1")).to_have_text("Freshness of the data")
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("h1")).to_have_text("Tình trạng dữ liệu")


def test_by_keyboard_alone_to_a_figure_and_out(visit: Go) -> None:
    seen = visit("/login?next=/fields/border_gate")
    page = seen.page
    page.locator("#login").focus()
    page.keyboard.type(LEADER)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"//[^/]+/fields/border_gate$"))
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.tile a')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/kpis/gate_vehicles")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") in ("BODY", "SELECT")
    page.locator("form[action='/logout'] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    page.go_back()
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()


def test_a_session_that_ended_elsewhere_leads_to_the_way_in(visit_as: GoAs, world: World) -> None:
    page = visit_as(LEADER, "/fields/border_gate").page
    with connect(world.url, "accounts") as keeper:
        sessions.end_all(keeper, directory.find(keeper, LEADER).account_id)
    page.evaluate("document.getElementById('events').dispatchEvent(new CustomEvent('version', {bubbles: true}))")
    expect(page).to_have_url(re.compile(r"/login\?next="))
