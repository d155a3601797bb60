"""Records are shown in words; codes stay in what machines read."""

import pytest
from playwright.sync_api import expect

from connectors.source_files import load_sources
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import AUDITOR, World
from warehouse.database import connect

VIEWS = {"fact_dossier": "dossiers", "fact_feedback": "feedback", "fact_vehicle": "vehicles"}
"""Facts whose records have a state → the view that shows it."""


@pytest.mark.parametrize("fact", VIEWS)
def test_every_state_that_a_source_can_tell_has_words(world: World, fact: str) -> None:
    feeds = [feed for source in load_sources().values() for feed in source.feeds.values() if feed.fact == fact]
    codes = {code for feed in feeds for code in (feed.columns["status_code"].codes or {}).values()}
    with connect(world.url, "reader") as reader:
        known = reader.execute(
            "select value from serving.breakdown_values where breakdown = 'status' and %s = any(views)"
            " and name_vi <> value and name_en <> value",
            [VIEWS[fact]],
        ).fetchall()
    assert codes and codes == {value for (value,) in known}


@pytest.mark.parametrize(
    ("kpi", "words", "codes"),
    [
        ("online_dossier_rate", ["Đã trả kết quả", "Trực tuyến"], ["returned", "online"]),
        ("gate_vehicles", ["Đã qua cửa khẩu", "Xuất"], ["processed", "export"]),
        ("feedback_resolved_rate", ["Đã xử lý"], ["resolved"]),
    ],
)
def test_a_records_codes_are_told_in_words(visit_as: GoAs, kpi: str, words: list[str], codes: list[str]) -> None:
    page = visit_as(AUDITOR, f"/kpis/{kpi}/explain?rows=100").page
    records = page.locator("section:has(#step-7) table")
    for word in words:
        expect(records.get_by_role("cell", name=word, exact=True).first).to_be_visible()
    for code in codes:
        expect(records.get_by_role("cell", name=code, exact=True)).to_have_count(0)


def test_machines_get_the_codes(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/").page
    said = page.request.get(page.url + "api/v1/kpis/gate_vehicles/explain?rows=1&period=2023-05").json()
    assert said["rows"][0]["status"] == "processed"
