"""Pages on paper: sheets that are filled, nothing cut, no navigation, and on each page its day and its address."""

import io
import re
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import AUDITOR

PAGES = (
    "/",
    "/wall",
    "/fields/public_services",
    "/kpis/online_dossier_rate",
    "/kpis/gate_vehicles",
    "/areas/180",
    "/areas/20",
    "/kpis/online_dossier_rate/map",
    "/kpis/online_dossier_rate/map?level=commune",
    "/explore?kpi=online_dossier_rate&area=178&area=180&area=181&area=183&from=2022-01-01&to=2023-06-30",
    "/explore?kpi=online_dossier_rate&kpi=gate_vehicles",
    "/kpis/online_dossier_rate/explain",
    "/freshness",
    "/quality",
    "/incidents",
    "/incidents/1",
    "/audit",
    "/guide",
)
MARGIN = 12 / 25.4 * 72
"""Of the sheets, in points."""
LEAST, LEAST_LAST = 0.7, 0.12
"""How far down a sheet is filled at least, and the last one."""
HIDDEN = "nav, form, button, .button, .switches, .downloads, footer"
STRAY = """() => [...document.querySelectorAll("main svg, main table")]
    .filter(one => one.getClientRects().length && one.getBoundingClientRect().right > document.body.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 80))"""


def printed(page: Page) -> PdfReader:
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def heights(sheet: Any) -> list[float]:
    """How far down the texts of a sheet stand, from 0 to 1."""
    ys: list[float] = []
    high = float(sheet.mediabox.height)

    def keep(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            ys.append((high - MARGIN - (cm[1] * tm[4] + cm[3] * tm[5] + cm[5])) / (high - 2 * MARGIN))

    sheet.extract_text(visitor_text=keep)
    return ys


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fills_its_sheets(visit_as: GoAs, path: str) -> None:
    page = visit_as(AUDITOR, path).page
    sheets = printed(page).pages
    filled = [round(max(heights(one), default=0), 2) for one in sheets]
    assert min(filled[:-1], default=1) >= LEAST, filled
    assert len(filled) == 1 or filled[-1] >= LEAST_LAST, filled
    assert {tuple(sorted(round(float(side)) for side in one.mediabox[2:])) for one in sheets} == {(595, 842)}, "A4"
    first = sheets[0].extract_text()
    assert "In lúc" in first
    assert page.url.removeprefix("http://").partition("?")[0] in first.replace("\n", "")


@pytest.mark.parametrize("path", PAGES)
def test_paper_has_no_navigation_and_nothing_that_is_cut(visit_as: GoAs, path: str) -> None:
    page = visit_as(AUDITOR, path).page
    page.emulate_media(media="print")
    sheet = (703, 1032)  # within its margins, in pixels
    wide, high = sheet[::-1] if page.locator(".data .code, .data th:nth-child(8)").count() else sheet
    page.set_viewport_size({"width": wide, "height": high})
    assert page.locator(HIDDEN).filter(visible=True).count() == 0
    assert page.evaluate(STRAY) == []


def test_charts_stay_whole(visit_as: GoAs) -> None:
    """The title of a chart, its newest value and the last month of its axis are on one sheet."""
    page = visit_as(AUDITOR, "/kpis/online_dossier_rate").page
    sheets = [re.sub(r"\s", "", one.extract_text()) for one in printed(page).pages]
    [trend] = [text for text in sheets if "Diễnbiến" in text]
    assert "90,6%" in trend and "2023T2T3T4T5T6" in trend


def test_a_printed_address_shows_the_same_again(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/online_dossier_rate?from=2023-04-01&to=2023-06-30&lang=en").page
    page.emulate_media(media="print")
    said = page.locator(".imprint").inner_text().rpartition(" · ")[2]
    assert said.endswith("/kpis/online_dossier_rate?from=2023-04-01&to=2023-06-30"), said
