"""An auditor: from which records, checked how, what was refused and why, who looked."""

import csv
import io
import json

from playwright.sync_api import expect

from accounts import directory
from accounts.caller import as_caller
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import AUDITOR, LEADER, World
from warehouse.database import connect


def test_a_figure_leads_to_its_records(visit_as: GoAs, world: World) -> None:
    seen = visit_as(AUDITOR, "/kpis/online_dossier_rate?area=180")
    page = seen.page
    page.get_by_role("link", name="Giải thích số này").click()
    expect(page.locator("h1")).to_have_text("Giải thích số này")
    numerator, denominator = (page.locator("section .facts dd.num").nth(place).inner_text() for place in (0, 1))
    assert 0 < int(numerator.replace(".", "")) < int(denominator.replace(".", ""))
    expect(page.locator("section:has(#step-2)")).to_contain_text(
        "Hồ sơ thủ tục hành chính (Cổng dịch vụ công và hệ thống một cửa)"
    )
    expect(page.locator("section:has(#step-3)")).to_contain_text("<script>document.title='broken in'</script>")
    expect(page.locator("section:has(#step-3) tbody tr").first).to_contain_text("có vi phạm")
    expect(page.locator("section:has(#step-6)")).to_contain_text("1" * 64)
    records = page.locator("section:has(#step-7) tbody tr")
    assert records.count() == 25
    expect(records.first).to_contain_text("H37-")
    page.get_by_role("link", name="Xem thêm bản ghi").click()
    page.wait_for_url("**rows=100*")
    assert records.count() == 100
    assert (seen.strangers, seen.complaints) == ([], [])
    with connect(world.url, "owner") as owner:
        kept = owner.execute(
            "select what, subject from access.read_log join access.account using (account_id) where login = %s"
            " order by at desc limit 1",
            [AUDITOR],
        ).fetchone()
    assert kept is not None
    assert kept[0] == "rows"
    assert kept[1]["area"] == "180"


def test_a_range_that_is_not_kept_is_computed_and_explained(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/gate_vehicles/explain?from=2023-02-03&to=2023-03-05").page
    expect(page.locator(".lead")).to_contain_text("03/02/2023 – 05/03/2023")
    expect(page.locator("section:has(#step-5)")).to_contain_text("được tính khi hỏi")


def test_the_table_of_a_page_is_the_file_that_it_offers(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/online_dossier_rate?area=180").page
    shown = page.locator("section:has(#table-title) tbody tr").count()
    href = page.get_by_role("link", name="CSV").get_attribute("href")
    answer = page.request.get(page.url.split("/kpis")[0] + str(href))
    assert answer.ok, answer.text()
    rows = list(csv.DictReader(io.StringIO(answer.text().removeprefix("\ufeff"))))
    assert len(rows) == shown
    metadata = page.request.get(page.url.split("/kpis")[0] + str(href).replace(".csv", ".metadata.json"))
    assert json.loads(metadata.text())


def test_who_is_late_is_listed_first(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/freshness").page
    states = page.locator("tbody tr").evaluate_all("rows => rows.map(r => r.className)")
    assert states == sorted(states, key=["blocked", "late", "never", "on_time"].index)
    assert states[0] == "blocked"
    expect(page.locator("tr.late", has_text="Nền tảng cửa khẩu số")).to_contain_text("hằng giờ, phút thứ 05")


def test_a_rule_is_told_in_words_where_records_were_refused(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/kpis/online_dossier_rate/explain").page
    expect(page.locator("section:has(#step-3) tbody th").first).to_contain_text("Quy tắc")
    assert page.locator("section:has(#step-3) caption.sr").count() == 1, "the heading says it already"
    assert page.locator(".trail").inner_text().strip()[-1] != "›"


def test_an_empty_choice_offers_examples(visit_as: GoAs) -> None:
    page = visit_as(AUDITOR, "/explore").page
    assert page.locator("input[type=date]").count() == 0, "a browser writes dates in its own language"
    page.locator(".examples a").first.click()
    expect(page.locator(".multiples svg.trend:visible").first).to_be_visible()


def test_the_api_is_described_within_reach_of_every_page(visit_as: GoAs) -> None:
    seen = visit_as(AUDITOR, "/freshness")
    seen.page.get_by_role("link", name="Tài liệu API").click()
    expect(seen.page.locator(".opblock", has_text="/api/v1/board").first).to_be_visible(timeout=15_000)
    seen.page.get_by_role("link", name="Về các trang của trung tâm").click()
    expect(seen.page.locator("h1")).to_have_text("Toàn tỉnh theo lĩnh vực")
    assert (seen.strangers, seen.complaints) == ([], [])


def test_the_audit_trail_tells_who_did_what_and_is_filtered(visit_as: GoAs, world: World) -> None:
    page = visit_as(AUDITOR, "/audit").page
    expect(page.locator("h1")).to_have_text("Nhật ký kiểm toán")
    page.get_by_label("Hành vi").select_option("figures")
    page.get_by_role("button", name="Xem").click()
    page.wait_for_url("**act=figures**")
    rows = page.locator("tbody tr")
    assert rows.count() > 0
    assert set(rows.evaluate_all("rows => rows.map(r => r.cells[3].innerText)")) == {"figures"}
    href = page.get_by_role("link", name="CSV").get_attribute("href")
    answer = page.request.get(page.url.split("/audit")[0] + str(href))
    assert len(list(csv.reader(io.StringIO(answer.text())))) == rows.count() + 1
    with connect(world.url, "owner") as owner:
        newest = owner.execute("select actor, subject from ledger.entry order by entry_id desc limit 1").fetchone()
    assert newest == (f"account:{AUDITOR}", "export/audit.csv")


def test_only_auditors_and_administrators_read_the_audit_trail(visit_as: GoAs, world: World) -> None:
    assert "403" in " ".join(visit_as(LEADER, "/audit").complaints)
    with connect(world.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, LEADER).account_id)
    assert caller is not None
    with connect(world.url, "screens") as connection, as_caller(connection, caller):
        assert connection.execute("select count(*) from serving.audit_entries").fetchone() == (0,)
