"""Explore: any indicators and areas, found by name, as small charts beside their table, in an address to send on."""

import csv
import io
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.screens.pages.conftest import GoAs, session_of
from tests.screens.pages.world import AUDITOR, DISTRICT, World

FOUR = "&".join(f"area={code}" for code in ("178", "180", "181", "183"))
RANGE = "from=2022-01-01&to=2023-06-30"
ENDED, TODAY = "180@2025-06-30", "5986"


def ticks(page: Page) -> set[str]:
    """The vertical axis of each visible chart, as one text."""
    found = page.locator(".multiples svg.trend:visible").all()
    return {" ".join(chart.locator("text.tick[text-anchor=end]").all_text_contents()) for chart in found}


def path_of(page: Page) -> str:
    at = urlsplit(page.url)
    return f"{at.path}?{at.query}"


def test_two_kpis_beside_each_other_in_an_address_to_send_on(visit_as: GoAs) -> None:
    seen = visit_as(AUDITOR, "/explore")
    page = seen.page
    page.get_by_label("Tỷ lệ hồ sơ tiếp nhận trực tuyến").check()
    page.get_by_label("Phương tiện qua cửa khẩu số").check()
    page.get_by_label("Từ tháng").select_option("2022-01-01")
    page.get_by_role("button", name="Xem").click()
    expect(page.locator(".multiples svg.trend:visible")).to_have_count(2)
    assert page.locator(".explored tbody tr").count() == 18
    assert set(parse_qs(urlsplit(page.url).query)) == {"kpi", "area", "from", "to", "freq"}
    other = visit_as(AUDITOR, path_of(page)).page
    assert other.locator(".explored").inner_text() == page.locator(".explored").inner_text()
    assert (seen.strangers, seen.complaints) == ([], [])


def test_charts_of_areas_share_their_axis(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, f"/explore?kpi=online_dossier_rate&{FOUR}&{RANGE}").page
    assert page.locator(".multiples svg.trend:visible").count() == 4
    [axis] = ticks(page)
    assert axis.split()[-1] == "100"
    assert page.locator(".multiples path.beside").count() == 4
    names = page.locator(".multiples figcaption").all_inner_texts()
    heads = page.locator(".explored thead th").all_inner_texts()[1:]
    assert [f"{name} (%)" for name in names] == heads


@pytest.mark.parametrize(("kpi", "said"), [("online_dossier_rate", True), ("internet_density", False)])
def test_a_chart_says_whether_its_axis_leaves_0_out(visit_as: GoAs, kpi: str, said: bool) -> None:
    page = visit_as(AUDITOR, f"/explore?kpi={kpi}&area=20&{RANGE}").page
    assert page.locator(".multiples .note:visible", has_text="không phải từ 0").count() == said


def test_the_table_is_beside_the_charts_and_on_a_phone_below(visit_as: GoAs) -> None:
    for size, is_beside in (((1440, 900), True), ((390, 844), False)):
        page = visit_as(AUDITOR, f"/explore?kpi=online_dossier_rate&{FOUR}", size=size).page
        charts, table = (page.locator(f".explored > section >> nth={n}").bounding_box() for n in (0, 1))
        assert charts is not None and table is not None
        assert (table["x"] > charts["x"] + charts["width"] - 1) is is_beside
        assert (table["y"] > charts["y"] + charts["height"] - 1) is not is_beside
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_all_is_chosen_by_keys(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/explore").page
    page.keyboard.press("/")
    page.keyboard.type("ho so tiep nhan truc tuyen")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.locator("#find_area").focus()
    page.keyboard.type("quoc khanh")
    page.keyboard.press("ArrowDown")  # the province, which is chosen
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**kpi=online_dossier_rate**")
    expect(page.locator(".whose")).to_contain_text("Xã Quốc Khánh")
    assert "find_" not in page.url, "what was typed to find a name is no part of the choice"


def test_names_are_found_without_a_script(browser: Browser, world: World, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "ioc_session", "value": session_of(world, AUDITOR), "url": site}])
    page = context.new_page()
    page.goto(f"{site}/explore")
    page.locator("#find_area").fill("trang dinh")
    page.locator("#find_kpi").fill("tiep nhan truc tuyen")
    page.get_by_role("button", name="Xem").click()
    areas = page.locator("#area-list label").all_inner_texts()
    assert areas[0] == "Tỉnh Lạng Sơn" and "Huyện Tràng Định" in areas
    assert all("Tràng Định" in name for name in areas[1:]) and len(areas) > 20, "with its communes"
    page.get_by_label("Tỷ lệ hồ sơ tiếp nhận trực tuyến").check()
    page.get_by_label("Huyện Tràng Định", exact=True).check()
    page.get_by_role("button", name="Xem").click()
    assert page.locator(".multiples svg.trend:visible").count() == 2
    context.close()


def test_areas_of_both_times_are_offered_where_the_range_has_days_of_both(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/explore?from=2025-01-01&to=2025-12-31").page
    values = page.locator("#area-list input").evaluate_all("boxes => boxes.map(box => box.value)")
    assert ENDED in values and len(values) == len(set(values))
    assert any("@" not in value for value in values[1:])
    expect(page.locator(f"label:has([value='{ENDED}'])")).to_have_text("Huyện Tràng Định (Trước 01/07/2025)")
    before = visit_as(AUDITOR, f"/explore?{RANGE}").page
    assert before.locator("#area-list input[value*='@']").count() == 0
    chosen = visit_as(AUDITOR, f"/explore?kpi=online_dossier_rate&area={ENDED}&from=2023-01-01&to=2025-12-31").page
    expect(chosen.locator(".whose")).to_contain_text("Huyện Tràng Định")
    assert chosen.locator(".explored tbody td", has_text="9").count() > 0, "its figures until it ended"


def test_a_district_is_offered_its_own_communes(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/explore").page
    names = page.locator("#area-list label").all_inner_texts()
    assert "Huyện Tràng Định" in names
    assert [name for name in names if "·" in name and not name.endswith("Huyện Tràng Định")] == []


def test_what_is_shown_is_taken_away(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, f"/explore?kpi=online_dossier_rate&kpi=gate_vehicles&area=20&{RANGE}").page
    host = page.url.partition("/explore")[0]
    taken = {}
    for link in page.locator(".explored .downloads a").all():
        href = str(link.get_attribute("href"))
        answer = page.request.get(host + href)
        assert answer.status == 200, href
        taken[href.partition("?")[0].rpartition("/")[2]] = answer
    assert set(taken) == {"chart.svg", "chart.png", "table.csv", "table.xlsx"}
    drawn = taken["chart.svg"].text()
    assert "Phương tiện qua cửa khẩu số" in drawn and "Nguồn: " in drawn
    assert f"{host}/explore?kpi=online_dossier_rate&amp;kpi=gate_vehicles&amp;area=20&amp;from=2022-01-01" in drawn
    rows = list(csv.reader(io.StringIO(taken["table.csv"].body().decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + 2 * page.locator(".explored tbody tr").count()
    assert rows[0] == [
        "Chỉ tiêu",
        "Địa bàn",
        "Kỳ số liệu",
        "Từ ngày",
        "Đến ngày",
        "Giá trị",
        "Đơn vị",
        "Trạng thái",
    ]
    book = load_workbook(io.BytesIO(taken["table.xlsx"].body()))
    assert book.sheetnames == ["Số liệu", "Định nghĩa", "Giải thích"]
    assert book["Định nghĩa"].max_row == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kpi=nothing", 404),
        ("kpi=gate_vehicles&area=99999", 404),
        ("kpi=gate_vehicles&area=180@soon", 422),
        ("kpi=gate_vehicles&freq=day", 422),
        ("kpi=gate_vehicles&from=2023-01-01", 422),
        ("kpi=gate_vehicles&from=2000-01-01&to=2023-06-30", 422),
    ],
)
def test_a_wrong_question_is_answered_alike_on_the_page_and_in_its_files(
    visit_as: GoAs, query: str, status: int
) -> None:
    page = visit_as(AUDITOR, "/explore").page
    host = page.url.partition("/explore")[0]
    for path in ("/explore", "/explore/chart.svg", "/explore/chart.png", "/explore/table.csv", "/explore/table.xlsx"):
        assert page.request.get(f"{host}{path}?{query}").status == status, path


def test_more_charts_than_a_page_holds_are_refused(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/explore").page
    every = page.locator("#area-list input").evaluate_all("boxes => boxes.map(box => box.value)")
    query = "&".join(["kpi=online_dossier_rate", *(f"area={code}" for code in every[:25])])
    assert page.request.get(f"{page.url.partition('?')[0]}?{query}").status == 422
