"""Five questions of every day, each answered by somebody who reads only the pages, in at most four clicks from the
first one."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hub.periods import last_periods
from screens.app import create_app
from screens.database import ScreenSettings
from tests.browser import serving, visits
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import DAYS, LEADER, World, fill
from warehouse.database import connect

MOST_CLICKS = 4


@pytest.fixture(scope="module")
def site(postgres: Postgres) -> Iterator[tuple[str, World]]:
    """The pages' hub with dossiers that end, on time or late, and with operators' revenue, which one has not told of
    June; the gates' figure was published twice."""
    world = fill(postgres.database())
    with connect(world.url, "owner") as owner:
        owner.execute(_ENDED)
        facts = Facts(owner)
        months = [one.last for one in last_periods("month", DAYS[1], 18)]
        facts.add(
            "fact_revenue",
            [{"month_end_day": last, "revenue_vnd": (70 if last.year == 2022 else 90) * 10**9} for last in months],
        )
        facts.publish("telecom.revenue", DAYS, date(2022, 1, 1))
        for month in last_periods("month", DAYS[1], 2):
            batch = facts.publish("telecom.revenue", (month.first, month.last))
            late = {} if month.last == DAYS[1] else {"mobifone": 1}
            facts.deliver(batch, "operator_code", vnpt=1, viettel=1, **late)
        owner.commit()
    refresh(world.url, "H37", ["on_time_dossier_rate", "telecom_revenue"])
    world.publish(40)
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    with serving(app) as address:
        yield address, world
        app.state.versions.close()


class Reader:
    """Somebody who is signed in, at the first page, and clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._clicks = 0

    def click(self, where: Locator) -> None:
        self._clicks += 1
        assert self._clicks <= MOST_CLICKS
        where.click()
        self.page.wait_for_load_state()

    def follow(self, link: str) -> None:
        self.click(self.page.get_by_role("link", name=link, exact=True).first)

    def open_tile(self, kpi: str) -> None:
        self.click(self.page.locator(".tile a", has_text=kpi).first)


@pytest.fixture
def leader(browser: Browser, site: tuple[str, World]) -> Iterator[Reader]:
    address, world = site
    with visits(browser, address) as go:
        seen = go("/", cookies={"ioc_session": session_of(world, LEADER)})
        yield Reader(seen.page)
        assert (seen.strangers, seen.complaints) == ([], [])


def test_which_district_is_the_worst_on_time_and_since_when(leader: Reader) -> None:
    leader.follow("Dịch vụ công")
    leader.open_tile("Tỷ lệ hồ sơ giải quyết đúng hạn")
    expect(leader.page.locator(".last-place")).to_contain_text("Kém nhất: Huyện Tràng Định, 4 tháng liền, từ")
    expect(leader.page.locator(".last-place")).to_contain_text("3/2023")
    leader.follow("Huyện Tràng Định")
    expect(leader.page.locator(".lead")).to_contain_text("Huyện Tràng Định")


def test_whether_the_years_target_is_on_course(leader: Reader) -> None:
    leader.follow("Xã hội số")
    leader.open_tile("Doanh thu viễn thông")
    expect(leader.page.locator(".goal").first).to_contain_text("Mục tiêu 950")
    expect(leader.page.locator(".goal .pace").first).to_contain_text("đạt tiến độ")
    expect(leader.page.locator(".hero")).to_contain_text("475")


def test_why_a_figure_changed(leader: Reader) -> None:
    leader.follow("Cửa khẩu")
    leader.open_tile("Phương tiện")
    leader.follow("Giải thích số này")
    revisions = leader.page.locator("section:has(#step-5) tbody tr")
    assert revisions.count() >= 2
    expect(revisions.first).to_contain_text("dữ liệu mới")


def test_who_has_not_delivered(leader: Reader) -> None:
    leader.follow("Tình trạng dữ liệu")
    leader.follow("Tình hình cung cấp dữ liệu")
    table = leader.page.locator("table", has=leader.page.locator("caption", has_text="Doanh thu"))
    expect(table.get_by_role("row", name="MobiFone").get_by_role("cell").last).to_have_text("chưa có")
    expect(table.get_by_role("row", name="VNPT").get_by_role("cell").last).to_contain_text("1")


def test_this_page_for_tomorrows_meeting(leader: Reader) -> None:
    with leader.page.expect_download() as told:
        leader.follow("Bảng chỉ tiêu (PDF)")
    assert told.value.path().read_bytes().startswith(b"%PDF-")


_ENDED = """
    update warehouse.fact_dossier as f set
        ended_at = f.received_at + interval '2 days',
        due_at = f.received_at + case
            when a.parent_id = worst.area_id and f.received_at >= '2023-02-27' and right(f.dossier_code, 1) < '8'
            then interval '1 day' when right(f.dossier_code, 1) = '1' then interval '1 day' else interval '3 days' end
    from warehouse.dim_area as a, warehouse.dim_area as worst
    where a.area_id = f.area_id and worst.code = '180' and worst.valid_from < '2023-01-01'
"""
