"""From the province by its districts to a commune, in both eras; every step has an address."""

import re

from fastapi.testclient import TestClient
from playwright.sync_api import expect

from tests.screens.pages.conftest import GoAs, session_of
from tests.screens.pages.world import DISTRICT, LEADER, OTHER_DISTRICT, OWN_DISTRICT, World

MAP = "/kpis/online_dossier_rate/map"


def test_from_the_province_by_a_district_to_a_commune(visit_as: GoAs) -> None:
    seen = visit_as(LEADER, MAP)
    page = seen.page
    assert page.locator("svg.map a.area").count() == 11
    expect(page.locator("svg.map .name").first).to_be_visible()
    expect(page.locator(".map-note")).to_contain_text("không phải địa giới hành chính")
    page.locator(f"svg.map [data-area='{OWN_DISTRICT}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{MAP}?area={OWN_DISTRICT}")
    expect(page.locator(".lead")).to_contain_text("Huyện Tràng Định")
    assert 15 < page.locator("svg.map a.area").count() < 30
    code = str(page.locator("svg.map a.area").first.get_attribute("data-area"))
    page.locator(f"svg.map [data-area='{code}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/areas/{code}")
    page.get_by_role("link", name="Huyện Tràng Định").click()
    page.wait_for_url(f"**/areas/{OWN_DISTRICT}")
    assert (seen.strangers, seen.complaints) == ([], [])


def test_all_communes_of_the_province_at_once_with_the_districts_around_them(visit_as: GoAs) -> None:
    page = visit_as(LEADER, MAP).page
    page.get_by_role("link", name="Cấp xã").click()
    page.wait_for_url("**level=commune")
    assert page.locator("svg.map a.area").count() == 194
    assert page.locator("svg.map .border").count() == 1
    page.get_by_label("Chỉ tiêu").select_option("feedback_resolved_rate")
    page.wait_for_url("**/feedback_resolved_rate/map?level=commune")


def test_a_choice_is_kept_on_the_way_down_and_back(visit_as: GoAs) -> None:
    page = visit_as(LEADER, f"{MAP}?from=2023-01-01&to=2023-03-31").page
    page.get_by_role("link", name="So với Tỉnh Lạng Sơn").click()
    page.wait_for_url("**scale=whole")
    page.locator(f"svg.map [data-area='{OWN_DISTRICT}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**area={OWN_DISTRICT}**")
    assert "from=2023-01-01" in page.url and "scale=whole" in page.url
    page.get_by_label("Chỉ tiêu").select_option("feedback_resolved_rate")
    page.wait_for_url("**/feedback_resolved_rate/map**")
    assert f"area={OWN_DISTRICT}" in page.url and "scale=whole" in page.url
    page.get_by_label("Địa bàn đang xem").get_by_role("link", name="Toàn tỉnh").click()
    page.wait_for_url(re.compile("map.(?!.*area=).*scale=whole"))


def test_a_diverging_map_says_which_side_is_which(visit_as: GoAs) -> None:
    page = visit_as(LEADER, f"{MAP}?level=commune&scale=whole").page
    keys = page.locator(".legend label").all_inner_texts()
    assert any(key.strip().startswith("cao hơn: ") for key in keys)
    assert any(key.strip().startswith("thấp hơn: ") for key in keys)


def test_a_map_shows_what_the_list_beside_it_says(visit_as: GoAs) -> None:
    page = visit_as(LEADER, f"{MAP}?level=commune").page
    listed = dict(page.locator("tr[data-area]").evaluate_all(
        "rows => rows.map(r => [r.dataset.area, [r.querySelector('th').innerText, [...r.cells].at(-1).innerText]])"
    ))  # fmt: skip
    drawn = dict(page.locator("svg.map .area").evaluate_all(
        "all => all.map(a => [a.dataset.area, a.querySelector('title').textContent])"
    ))  # fmt: skip
    assert set(drawn) == set(listed)
    for code, (name, value) in listed.items():
        assert drawn[code].startswith(name.strip()) and (value == "–" or f" · {value}" in drawn[code]), code


def test_a_commune_has_no_map_of_its_own_but_a_page(world: World, client: TestClient) -> None:
    headers = {"Cookie": f"__Host-ioc_session={session_of(world, LEADER)}"}
    answer = client.get(f"{MAP}?area=05986&from=2023-01-01&to=2023-03-31", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/areas/05986?from=2023-01-01&to=2023-03-31")


def test_a_district_sees_its_own_communes_and_no_other_level(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, MAP).page
    codes = page.locator("svg.map .area").evaluate_all("all => all.map(one => one.dataset.area)")
    assert len(codes) > 15
    assert page.get_by_role("link", name="Cấp huyện").count() == 0
    other = visit_as(DISTRICT, f"{MAP}?area={OTHER_DISTRICT}").page
    assert other.locator("svg.map").count() == 0
