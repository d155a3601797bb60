"""The search of the dictionary in a browser that opened it as a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((built / "index.html").as_uri())
    page.wait_for_url("**/vi/index.html")
    yield page
    assert complaints == []
    context.close()


def found(page: Page, words: str) -> list[str]:
    page.fill("#search", words)
    return page.locator("#found .code").all_inner_texts()


def test_vietnamese_words_are_found_without_their_accents(page: Page) -> None:
    assert found(page, "ty le ho so giai quyet dung han")[0] == "on_time_dossier_rate"
    assert found(page, "Đơn vị xử lý")[0] == found(page, "don vi xu ly")[0]


def test_a_hit_leads_to_the_column_on_its_page(page: Page) -> None:
    assert found(page, "dvc.dossiers.level") == ["dvc.dossiers.level"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/vi/sources/dvc.html#dossiers.level")
    assert "Mức độ dịch vụ khi nộp" in page.locator("tr:target").inner_text()


def test_it_works_below_the_first_folder_and_in_english(page: Page) -> None:
    page.click("text=English")
    page.wait_for_url("**/en/index.html")
    page.click("nav >> text=Tables")
    page.click("text=fact_dossier")
    page.wait_for_url("**/en/tables/fact_dossier.html")
    page.keyboard.press("/")
    page.keyboard.type("dossiers received online")
    page.locator("#found a").first.click()
    page.wait_for_url("**/en/kpis/online_dossier_rate.html")


def test_what_is_not_there_is_said(page: Page) -> None:
    assert found(page, "zzz not there") == []
    assert page.locator("#found").inner_text() == "Không tìm thấy"


def test_the_style_and_the_fonts_come_from_the_folder(page: Page) -> None:
    loaded = page.evaluate(
        "document.fonts.ready.then((fonts) => [...fonts].filter((f) => f.status === 'loaded').length)"
    )
    assert loaded > 0
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).borderRadius") == "12px"


def test_a_box_of_a_lineage_picture_is_a_link(page: Page, built: Path) -> None:
    page.goto((built / "vi" / "views" / "dossiers.html").as_uri())
    page.click("svg.lineage >> text=dvc.dossiers")
    page.wait_for_url("**/vi/sources/dvc.html#dossiers")
