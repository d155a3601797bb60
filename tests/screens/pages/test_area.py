"""An area's own page: every KPI that its reader may see of it, the missing ones with their reasons."""

import re

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from tests.installation import CATALOGUE
from tests.screens.pages.conftest import GoAs, session_of
from tests.screens.pages.world import DISTRICT, LEADER, OFFICE, OTHER_DISTRICT, OWN_DISTRICT, World

OWN = f"/areas/{OWN_DISTRICT}"


def test_every_kpi_is_there_with_a_value_or_a_reason(visit_as: GoAs) -> None:
    page = visit_as(LEADER, OWN).page
    expect(page.locator("h1")).to_have_text("Huyện Tràng Định")
    rows, elsewhere = page.locator("table.area-figures tbody tr"), page.locator("details.more li")
    assert rows.count() + elsewhere.count() == len(CATALOGUE.definitions)
    assert page.locator("table.area-figures data").count() >= 2
    missing = page.locator("table.area-figures td.reason")
    assert missing.count() > 3
    for said in missing.all_inner_texts():
        assert re.match(r"Chưa có số liệu: \w", said), said


def test_a_figure_is_the_one_of_the_kpis_own_page_and_leads_there(visit_as: GoAs) -> None:
    page = visit_as(LEADER, f"{OWN}?from=2023-01-01&to=2023-03-31").page
    row = page.locator("tr", has=page.locator("th a", has_text="Tỷ lệ hồ sơ tiếp nhận trực tuyến"))
    value = row.locator("data").get_attribute("value")
    row.locator("th a").click()
    page.wait_for_url("**/kpis/online_dossier_rate?**")
    assert page.locator(".hero data").get_attribute("value") == value
    assert f"area={OWN_DISTRICT}" in page.url and "from=2023-01-01" in page.url


def test_it_stands_beside_the_province_and_the_other_districts(visit_as: GoAs) -> None:
    page = visit_as(LEADER, OWN).page
    row = page.locator("tr", has=page.locator("th a", has_text="Tỷ lệ hồ sơ tiếp nhận trực tuyến"))
    province, median, rank = row.locator("td.num").all_inner_texts()[1:]
    assert province.endswith("%") and median.endswith("%") and re.fullmatch("[1-4]/4", rank)
    whole = visit_as(LEADER, "/areas/20").page
    own = whole.locator("tr", has=whole.locator("th a", has_text="Tỷ lệ hồ sơ tiếp nhận trực tuyến"))
    assert own.locator("td.num").all_inner_texts() == [province], "the province has nobody to stand beside"


def test_it_leads_to_its_communes_and_to_its_map(visit_as: GoAs) -> None:
    page = visit_as(LEADER, OWN).page
    assert page.locator(".inside a").count() > 15
    page.locator(".inside a").first.click()
    page.wait_for_url(re.compile(r"/areas/\d{5}$"))
    page.locator(".controls a.button", has_text="Bản đồ").click()
    page.wait_for_url(f"**/kpis/*/map?area={OWN_DISTRICT}")


def test_the_first_page_of_an_area_leads_to_it(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/").page
    page.get_by_role("link", name="Tất cả chỉ tiêu").click()
    page.wait_for_url(f"**{OWN}")
    expect(page.locator("h1")).to_have_text("Huyện Tràng Định")


@pytest.mark.parametrize("code", [OTHER_DISTRICT, "20", "84", "99999", "%00", "a" * 300])
def test_an_area_that_is_not_the_readers_is_not_shown(world: World, client: TestClient, code: str) -> None:
    headers = {"Cookie": f"__Host-ioc_session={session_of(world, DISTRICT)}", "Accept": "text/html"}
    answer = client.get(f"/areas/{code}", headers=headers)
    assert answer.status_code in (403, 404, 422)
    assert "<data" not in answer.text


def test_an_account_of_some_offices_sees_their_part_and_nothing_beside_it(visit_as: GoAs) -> None:
    page = visit_as(OFFICE, OWN).page
    assert page.locator("th", has_text="Hạng").count() == 0
