"""Every chart of a page is there to take away, as lines and as pixels, and leads back to the page that shows it."""

import io
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import AUDITOR

PAGES = (
    "/kpis/phone_density",
    "/kpis/phone_density?area=180",
    "/kpis/online_dossier_rate",
    "/kpis/online_dossier_rate/map",
    "/kpis/online_dossier_rate/map?level=commune&scale=whole",
    "/kpis/gate_vehicles",
)
CHARTS = "svg.trend, svg.map, svg.histogram, table.bars"


WITHOUT = """charts => [...document.querySelectorAll(charts)]
    .filter(chart => !chart.closest(".trend-legend"))
    .filter(chart => !chart.closest("figure, section").querySelector(".downloads a[href*='.svg']"))
    .map(chart => chart.outerHTML)"""


def links(page: Page) -> list[str]:
    """The addresses of charts as files."""
    found = [str(link.get_attribute("href")) for link in page.locator(".downloads a").all()]
    return [href for href in found if ".svg" in href or ".png" in href]


@pytest.mark.parametrize("path", PAGES)
def test_every_chart_has_its_files(visit_as: GoAs, path: str) -> None:
    page = visit_as(AUDITOR, path).page
    without = page.evaluate(WITHOUT, CHARTS)
    assert without == []
    host = page.url.partition("/kpis")[0]
    assert len(links(page)) >= 2
    for href in links(page):
        answer = page.request.get(host + href)
        assert answer.status == 200, (href, answer.text())
        if ".svg" in href:
            texts = [one.text or "" for one in ElementTree.fromstring(answer.body()).iter() if one.tag.endswith("text")]
            said = next(text for text in texts if text.startswith(f"{host}/"))
            assert page.request.get(said).status == 200, said
            assert any(text.startswith("Nguồn: ") for text in texts)


def test_the_file_is_of_what_is_shown(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/phone_density?from=2023-04-01&to=2023-06-30&area=180&where=operator%3Dvnpt").page
    for href in links(page):
        assert {"from=2023-04-01", "to=2023-06-30", "area=180"} <= set(href.partition("?")[2].split("&")), href


def test_days_and_measures_about_persons_have_no_file(visit_as: GoAs) -> None:
    for added in ("?series=day", "?measure=received"):
        page = visit_as(AUDITOR, f"/kpis/online_dossier_rate{added}").page
        assert [href for href in links(page) if "/trend." in href] == []


def test_computed_parts_about_persons_have_no_file(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/feedback_resolved_rate?area=180&parts=true").page
    assert page.locator(".flow table.bars").count() > 0
    assert [href for href in links(page) if "/parts." in href and "by=area" not in href] == []


def test_the_board_of_an_area_is_one_sheet(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/areas/180").page
    href = page.get_by_role("link", name="Bảng chỉ tiêu (PDF)").get_attribute("href")
    answer = page.request.get(page.url.partition("/areas")[0] + str(href))
    [sheet] = PdfReader(io.BytesIO(answer.body())).pages
    said = sheet.extract_text().replace("\n", " ")
    assert "Huyện Tràng Định" in said and "Lập lúc" in said and "/?" in said and "area=180" in said
