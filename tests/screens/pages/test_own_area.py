"""Whose figures a page shows is read on the page; a district finds its own, and no tile that can never be its."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import Go
from tests.installation import CATALOGUE
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import DISTRICT, LEADER, OFFICE, World

PAGES = ("/", "/fields/public_services", "/kpis/online_dossier_rate", "/kpis/online_dossier_rate/map", "/explore")


def test_every_page_says_whose_figures_it_shows(visit_as: GoAs) -> None:
    for path in (*PAGES, "/kpis/online_dossier_rate/explain"):
        own = visit_as(DISTRICT, path).page.locator(".whose")
        expect(own).to_contain_text("Huyện Tràng Định · Tỉnh Lạng Sơn")
        whole = visit_as(LEADER, path).page.locator(".whose")
        expect(whole).to_have_text("Số liệu của Tỉnh Lạng Sơn")


def test_a_page_of_another_area_says_which(visit_as: GoAs) -> None:
    for path in ("/?area=178", "/kpis/online_dossier_rate?area=178", "/explore?kpi=online_dossier_rate&area=178"):
        expect(visit_as(LEADER, path).page.locator(".whose")).to_contain_text("Thành phố Lạng Sơn · Tỉnh Lạng Sơn")


def test_how_sources_keep_their_word_is_of_the_whole_province(visit_as: GoAs) -> None:
    expect(visit_as(DISTRICT, "/freshness").page.locator(".whose")).to_have_text("Số liệu của Tỉnh Lạng Sơn")


def test_an_account_of_some_offices_reads_which(visit_as: GoAs) -> None:
    for path in PAGES[:3]:
        whose = visit_as(OFFICE, path).page.locator(".whose")
        expect(whose).to_contain_text("đơn vị: Sở Thông tin và Truyền thông")


def test_a_districts_first_page_bears_its_name(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/").page
    expect(page.locator("h1")).to_have_text("Huyện Tràng Định theo lĩnh vực")
    expect(page.locator("nav.pages")).to_contain_text("Huyện Tràng Định")
    expect(page.locator("nav.pages")).not_to_contain_text("Toàn tỉnh")


def test_a_wall_names_the_area_and_the_province(visit_as: GoAs, visit: Go, world: World) -> None:
    expect(visit_as(DISTRICT, "/wall").page.locator(".wall-province")).to_have_text("Huyện Tràng Định · Tỉnh Lạng Sơn")
    expect(visit_as(LEADER, "/wall").page.locator(".wall-province")).to_have_text("Tỉnh Lạng Sơn")


def test_no_tile_of_a_districts_wall_is_empty_because_it_is_a_district(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/wall", size=(1920, 1080)).page
    assert page.locator(".tile").count() >= 2
    assert page.locator(".tile.is-missing").count() == 0
    assert "gate_vehicles" not in page.content()


def test_a_wall_that_is_given_what_no_district_has_shows_what_it_has(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/wall?kpi=gate_vehicles").page
    assert page.locator(".tile").count() >= 2
    assert page.locator(".tile.is-missing").count() == 0


def test_a_field_has_the_tiles_that_exist_for_the_area(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/fields/border_gate").page
    assert page.locator(".tile").count() == 0
    expect(page.locator(".empty")).to_have_text("Các chỉ tiêu của lĩnh vực này chỉ có số liệu toàn tỉnh.")
    for path in ("/", "/fields/public_services"):
        expect(visit_as(DISTRICT, path).page.locator("main")).not_to_contain_text("chỉ có ở cấp toàn tỉnh")


@pytest.mark.parametrize("path", ["/", "/wall", "/fields/press", "/fields/digital_society"])
def test_a_missing_figure_wears_no_ticks_and_says_why(visit_as: GoAs, path: str) -> None:
    page = visit_as(LEADER, path).page
    missing = page.locator(".tile.is-missing, .figures li:has(.none), .card.single:has(.missing)")
    assert missing.count() > 0
    for one in missing.all():
        assert one.locator(".badge.fine, .badge.plain, svg.spark").count() == 0
        expect(one.locator(".reason")).not_to_be_empty()


def test_a_missing_figure_names_its_source_by_title(visit_as: GoAs) -> None:
    feeds = {feed for kpi in CATALOGUE.definitions.values() for feed in kpi.sources}
    fields = sorted({str(kpi.field) for kpi in CATALOGUE.definitions.values()})
    for path in ("/", "/wall", *(f"/fields/{field}" for field in fields)):
        said = visit_as(LEADER, path).page.locator("main").inner_text()
        assert [feed for feed in feeds if feed in said] == [], path
    page = visit_as(LEADER, "/fields/press").page
    expect(page.locator(".reason").first).to_contain_text(CATALOGUE.sources["press"].title)


def test_periods_lead_only_to_data(visit_as: GoAs) -> None:
    for login in (LEADER, DISTRICT):
        for path in ("/", "/kpis/online_dossier_rate", "/kpis/phone_density", "/kpis/digital_account_plan_rate"):
            page = visit_as(login, path).page
            others = page.locator(".periods:not(.measures) a:not([aria-current])")
            hrefs = [link.get_attribute("href") for link in others.all()]
            for href in hrefs:
                there = visit_as(login, str(href)).page
                assert there.locator("data").count() > 0, (login, href)
    assert visit_as(LEADER, "/kpis/digital_account_plan_rate").page.locator(".periods:not(.measures) a").count() == 1


def test_what_is_not_in_order_leads_to_its_reason(visit_as: GoAs) -> None:
    page = visit_as(LEADER, "/fields/public_services").page
    for badge in page.locator(".badge.care, .badge.stop, .badge.plain").all():
        href = str(badge.locator("a").get_attribute("href"))
        assert re.match(r"/freshness|/kpis/\w+(/explain)?(\?|$)", href), href
