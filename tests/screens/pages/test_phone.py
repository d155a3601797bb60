"""A phone in the hand: nothing is cut off or pushed out of sight, and what can be tapped can be hit."""

import pytest
from playwright.sync_api import expect

from tests.browser import AXE, Go
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.test_every_page import PATHS
from tests.screens.pages.world import AUDITOR
from tests.screens.test_every_page import RUN

PHONE = (390, 844)
FINGER = 40
TAPPED = """least => [...document.querySelectorAll('a[href], button, select, summary, input:not([type=hidden])')]
  .map(e => [e, (e.closest('label') ?? e.closest('.tile:has(h2 a)') ?? e).getBoundingClientRect()])
  .filter(([e, box]) => box.width > 0 && box.height < least && !e.closest('.sr, .skip, svg.map'))
  .map(([e, box]) => `${e.tagName} ${(e.textContent || e.id).trim().slice(0, 40)}: ${Math.round(box.height)}`)"""
"""An area on a map is as small as it is; the list below it has the same link."""
CUT = """() => [...document.querySelectorAll('main *')].filter(e => e.getClientRects().length
  && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre, svg, .sr'))
  .map(e => `${e.tagName}.${e.className}`)"""


@pytest.mark.parametrize("path", [*PATHS, "/nowhere"])
def test_a_page_fits_a_phone_and_a_finger(visit_as: GoAs, path: str) -> None:
    page = visit_as(AUDITOR, path, size=PHONE).page
    page.wait_for_function(f"document.documentElement.scrollWidth <= {PHONE[0]}")
    assert page.evaluate(CUT) == []
    assert page.evaluate(TAPPED, FINGER) == []
    page.evaluate(AXE.read_text("utf-8") + ";0")
    assert [fault for fault in page.evaluate(RUN, {}) if fault[0] in ("serious", "critical")] == []


@pytest.mark.parametrize(("path", "seen"), [("/login", "form"), ("/wall/open", "form"), ("/api/docs", ".opblock")])
def test_the_way_in_fits_too(visit: Go, path: str, seen: str) -> None:
    page = visit(path, size=PHONE).page
    expect(page.locator(seen).first).to_be_visible(timeout=15_000)
    page.wait_for_function(f"document.documentElement.scrollWidth <= {PHONE[0]}")


def test_a_chart_is_drawn_for_the_phone_and_readable(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/online_dossier_rate", size=PHONE).page
    drawn = [box for svg in page.locator("main svg.trend[role=img]").all() if (box := svg.bounding_box())]
    assert len(drawn) == 1, "the one for desks is not shown"
    sizes = page.locator(".on-phone svg.trend text").evaluate_all(
        "all => all.map(t => t.getBoundingClientRect()).map(b => [b.left, b.right, b.height])"
    )
    assert all(left >= 0 and right <= PHONE[0] and height > 12 for left, right, height in sizes), sizes


def test_where_one_is_stands_in_sight(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/fields/border_gate", size=PHONE).page
    box = page.locator(".fields [aria-current]").bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]


def test_a_wide_table_keeps_its_first_column_while_it_is_pushed(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/online_dossier_rate/explain", size=PHONE).page
    table = page.locator("section:has(#step-7) .scroll")
    first = table.locator("tbody th").first
    before = first.bounding_box()
    assert table.evaluate("t => { t.scrollLeft = 200; return t.scrollLeft }") == 200
    after = first.bounding_box()
    assert before is not None and after is not None
    assert after["x"] == before["x"]
