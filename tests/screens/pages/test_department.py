"""A department and a district at their desks: their own figures, and nothing of anybody else's."""

from playwright.sync_api import expect

from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import DISTRICT, OFFICE, OTHER_DISTRICT, OWN_ORGANISATION


def test_a_district_sees_itself_where_others_see_the_province(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/kpis/online_dossier_rate").page
    expect(page.locator(".lead")).to_contain_text("Huyện Tràng Định")
    options = page.get_by_label("Địa bàn", exact=True).locator("option").all_inner_texts()
    assert "Huyện Tràng Định" in options
    assert not {"Tỉnh Lạng Sơn", "Thành phố Lạng Sơn"} & set(options)
    codes = page.locator("tr[data-area]").evaluate_all("rows => rows.map(r => r.dataset.area)")
    assert len(codes) > 15
    page.goto(page.url + "/map")
    assert page.locator("svg.map .area").count() == len(codes)


def test_what_is_not_its_own_is_refused_or_not_there(visit_as: GoAs) -> None:
    for path in (f"/kpis/online_dossier_rate?area={OTHER_DISTRICT}", "/kpis/online_dossier_rate?area=20"):
        for page_ in (path, path.replace("?", "/explain?")):
            page = visit_as(DISTRICT, page_).page
            assert page.locator(".error-status").inner_text() in ("403", "404")
            assert page.locator("data").count() == 0


def test_a_whole_province_figure_is_missing_and_says_why(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/kpis/gate_vehicles").page
    expect(page.locator(".hero")).to_contain_text("Chưa có số liệu")
    expect(page.locator(".hero .reason")).to_contain_text("toàn tỉnh")


def test_its_explanation_shows_what_it_rests_on_and_counts_nobody_elses_records(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/kpis/online_dossier_rate/explain").page
    own = page.locator("section:has(#step-1) dd.num").nth(1).inner_text()
    row = page.locator("section:has(#step-2) tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Cổng dịch vụ công")
    expect(row).to_contain_text("Hồ sơ thủ tục hành chính")
    expect(row).to_contain_text("31/12/2021 – 30/06/2023")
    expect(page.locator("section:has(#step-2)")).to_contain_text("chỉ tài khoản của toàn tỉnh xem được")
    expect(row.locator("td.num")).to_have_text(own)
    for step in (3, 4, 6):
        section = page.locator(f"section:has(#step-{step})")
        assert section.locator("tbody tr").count() == 0
        expect(section).to_contain_text("chỉ tài khoản của toàn tỉnh xem được")
    expect(page.locator("body")).not_to_contain_text("Không có bản ghi nào của kỳ này bị cách ly")


def test_parts_are_made_of_its_own_records(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/kpis/online_dossier_rate").page
    channels = page.locator("#parts section", has=page.locator("h2", has_text="Theo kênh tiếp nhận"))
    expect(channels).to_be_visible()
    whole = page.locator(".parts-of").inner_text().partition(" trên ")[2].replace(".", "")
    counts = channels.locator("tbody td.num").all_inner_texts()
    assert sum(int(count.split(" ")[0].replace(".", "")) for count in counts) == int(whole)


def test_an_office_sees_its_own_dossiers(visit_as: GoAs) -> None:
    page = visit_as(OFFICE, "/kpis/online_dossier_rate").page
    expect(page.locator(".lead")).to_contain_text("Sở Thông tin và Truyền thông")
    expect(page.locator(".hero data")).to_be_visible()
    other = visit_as(OFFICE, "/kpis/online_dossier_rate?where=organisation%3D000.00.12.H37").page
    assert other.locator("data").count() == 0
    own = visit_as(OFFICE, f"/kpis/online_dossier_rate?where=organisation%3D{OWN_ORGANISATION}").page
    assert own.locator(".hero data").inner_text() == page.locator(".hero data").inner_text()


def test_a_district_has_its_own_figure_explained_without_evidence_of_the_whole_province(visit_as: GoAs) -> None:
    page = visit_as(DISTRICT, "/kpis/online_dossier_rate/explain").page
    expect(page.locator(".lead")).to_contain_text("Huyện Tràng Định")
    expect(page.get_by_text("GET /v1/x")).to_have_count(0)
