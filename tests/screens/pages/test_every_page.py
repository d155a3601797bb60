"""What holds for every page with real data: accessible, alone, silent, small."""

import pytest

from tests.browser import AXE
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import AUDITOR
from tests.screens.test_every_page import BUDGET, COLOURS, RUN

COMMUNES = [f"0{code}" for code in (*range(5971, 5995, 3), *range(5998, 6005, 3), *range(6010, 6047, 3))]
"""As many as a page of small charts holds."""
PATHS = (
    "/",
    "/wall",
    "/fields/public_services",
    "/fields/health",
    "/kpis/online_dossier_rate",
    "/kpis/gate_vehicles",
    "/kpis/online_dossier_rate?area=180",
    "/kpis/online_dossier_rate?where=level%3D4&parts=true",
    "/kpis/online_dossier_rate/map",
    "/kpis/digital_account_plan_rate/map",
    "/kpis/online_dossier_rate/map?level=commune&scale=whole",
    "/kpis/online_dossier_rate/map?area=180",
    "/kpis/online_dossier_rate/map?era=today",
    "/areas/180",
    "/areas/20",
    "/kpis/online_dossier_rate/explain",
    "/freshness",
    "/freshness/deliverers",
    "/audit",
    "/quality",
    "/quality/runs",
    "/quality/rules",
    "/quality/quarantine",
    "/quality/runs/1",
    "/incidents",
    "/incidents/1",
    "/guide",
    "/explore",
    "/explore?kpi=online_dossier_rate&kpi=gate_vehicles&area=20&area=180",
    f"/explore?kpi=online_dossier_rate&from=2023-01-01&to=2023-06-30&area={'&area='.join(COMMUNES)}",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_alone_silent_and_small(visit_as: GoAs, path: str) -> None:
    seen = visit_as(AUDITOR, path)
    assert seen.requests[0].response().status == 200  # type: ignore[union-attr]
    assert seen.strangers == []
    assert seen.complaints == []
    sizes = seen.bytes()
    assert 40 * 1024 < sum(sizes.values()) < BUDGET, sizes
    page = seen.page
    page.evaluate(AXE.read_text("utf-8") + ";0")
    found = page.evaluate(RUN, {})
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(RUN, COLOURS)
    assert [fault for fault in found if fault[0] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 834, "height": 1112})
    page.wait_for_function("document.documentElement.scrollWidth <= 834")


@pytest.mark.parametrize("path", ["/kpis/nowhere", "/nowhere", "/kpis/gate_vehicles?from=yesterday&to=today"])
def test_a_fault_is_a_page_too(visit_as: GoAs, path: str) -> None:
    seen = visit_as(AUDITOR, path)
    assert seen.strangers == []
    assert all("Failed to load resource" in said for said in seen.complaints)
    seen.page.evaluate(AXE.read_text("utf-8") + ";0")
    assert [fault for fault in seen.page.evaluate(RUN, {}) if fault[0] in ("serious", "critical")] == []
