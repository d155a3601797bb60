"""Engineers and auditors find the pages about data in their menu, others do not see them there."""

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.account_roles import ROLES
from screens.pages.work_menu import work_menu
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import AUDITOR, DISTRICT, ENGINEER, LEADER

DELIVERIES, QUALITY = "/freshness/deliverers", "/quality"
LISTS = ["/quality/runs", "/quality/rules", "/quality/quarantine"]
GAPS = "/reference"
MENUS = {
    "viewer": [],
    "department": [DELIVERIES, QUALITY],
    "engineer": ["/incidents", DELIVERIES, QUALITY, *LISTS, GAPS],
    "auditor": ["/audit", "/incidents", DELIVERIES, QUALITY, *LISTS],
    "admin": ["/audit", "/incidents", DELIVERIES, QUALITY, *LISTS, GAPS],
}


def menu(role: str, area: int | None = None) -> list[str]:
    caller = SimpleNamespace(role=role, area=area, organisations=None)
    s: Any = SimpleNamespace(caller=caller, language="vi")
    return [link.href for link in work_menu(s, "/")]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_menu(role: str) -> None:
    assert menu(role) == MENUS[role]


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_a_part_of_the_province_has_none(role: str) -> None:
    assert menu(role, area=7) == []


@pytest.mark.parametrize(("login", "role"), [(AUDITOR, "auditor"), (ENGINEER, "engineer")])
def test_every_page_of_the_menu_opens_and_is_marked_there(visit_as: GoAs, login: str, role: str) -> None:
    links = visit_as(login, "/").page.locator("nav.work a")
    found = dict(zip(links.all_inner_texts(), links.evaluate_all("all => all.map(a => a.pathname)"), strict=True))
    assert list(found.values()) == MENUS[role]
    for title, href in found.items():
        seen = visit_as(login, href)
        expect(seen.page.locator("nav.work [aria-current=page]")).to_have_text(title)
        assert (seen.strangers, seen.complaints) == ([], [])


@pytest.mark.parametrize("login", [LEADER, DISTRICT])
def test_leaders_and_districts_have_no_such_menu(visit_as: GoAs, login: str) -> None:
    assert visit_as(login, "/").page.locator("nav.work").count() == 0
