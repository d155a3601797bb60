"""An auditor follows quality from its dimensions to a run, its refused records and its pages, and decides about
them."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from psycopg.types.json import Jsonb

from accounts import directory, rights, sessions
from screens import quality
from screens.app import create_app
from screens.database import ScreenSettings
from screens.pages import quality_run
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, DISTRICT, ENGINEER, LEADER, STRANGE, World, fill
from warehouse.database import connect
from warehouse.landing import Landing
from warehouse.quality_dimensions import VALUES

PAGE = b'{"records": [{"ma": "=HYPERLINK(1)", "ten": "</code><script>alert(1)</script>\\u202e"}]}'


class Site(NamedTuple):
    """The application over a world of this file's own."""

    world: World
    client: TestClient
    batch: int
    """Of feedback: provisional, with 6 refused records of 9."""

    def get(self, path: str, login: str = AUDITOR) -> Any:
        return self.client.get(path, headers=self.signed(login))

    def signed(self, login: str) -> dict[str, str]:
        return {"cookie": f"ioc_session={session_of(self.world, login)}"}

    def post(
        self, form: dict[str, str], login: str = AUDITOR, csrf: str | None = None, batch: int | None = None
    ) -> Any:
        token = session_of(self.world, login)
        own = sessions.csrf_token(token) if csrf is None else csrf
        return self.client.post(
            f"/quality/runs/{batch or self.batch}/decisions",
            data={"csrf": own, **form},
            headers={"cookie": f"ioc_session={token}"},
        )

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with connect(self.world.url, "owner") as owner:
            return owner.execute(query.encode(), values).fetchall()


@pytest.fixture(scope="module")
def filled(postgres: Postgres) -> World:
    return fill(postgres.database())


@pytest.fixture
def site(postgres: Postgres, filled: World, tmp_path: Path) -> Iterator[Site]:
    with postgres.copied(filled.url) as url:
        world = World(url, filled.wall_token)
        landing = Landing(str(tmp_path))
        sha256 = landing.write(PAGE)
        with connect(url, "owner") as owner:
            directory.create(
                owner, "gate", "Cửa khẩu", "auditor", rights.find_limits(owner, "H37", fields=["border_gate"])
            )
            [(batch, province)] = owner.execute(
                "select batch_id, province_id from ledger.batch where source = 'feedback'"
            ).fetchall()
            owner.execute(
                "update ledger.batch set is_provisional = true, fetched = 19, loaded = 13, quarantined = 6"
                " where batch_id = %s",
                [batch],
            )
            owner.execute(
                "update landing.page set landed_sha256 = %s where batch_id = %s and page_number = 1", [sha256, batch]
            )
            for number in range(1, 7):
                offences = [{"rule": "types", "column": "received_at", "value": STRANGE}]
                owner.execute(
                    "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record,"
                    " fact, fact_row, offences) values (%s, 1, %s, %s, '[\"types\"]', '{}', 'fact_feedback', %s, %s)",
                    [batch, number, f"V-{number}", Jsonb({"province_id": province}), Jsonb(offences)],
                )
            owner.execute(
                "insert into quality.month_total (province_id, source, feed, month, rule_id, runs, broken, evaluated,"
                " failed) select province_id, source, feed, date_trunc('month', last_day::timestamp)::date, rule_id, 1,"
                " (not passed)::int, evaluated, failed from quality.rule_result join ledger.batch using (batch_id)"
            )
            owner.execute(
                "insert into quality.month_total (province_id, source, feed, month, rule_id, runs, broken, evaluated,"
                " failed) select province_id, source, feed, month, rule, 1, 0, 9, 0 from quality.month_total"
                " cross join unnest(array['keys:unique', 'age_hours']) as more (rule) where rule_id = 'key:unique'"
            )
            owner.commit()
        app = create_app(ScreenSettings(url, "H37", CATALOGUE, connections=4, landing=str(tmp_path)))
        with TestClient(app, raise_server_exceptions=True, follow_redirects=False, client=("10.1.2.3", 5000)) as client:
            yield Site(world, client, batch)


def test_the_overview_leads_to_the_report_of_its_months_for_who_may_take_it(site: Site) -> None:
    page = site.get("/quality?from=2023-01-01&to=2023-03-31").text
    [path] = re.findall(r'href="(/api/v1/reports/quality\.pdf[^"]*)"', page)
    assert "from=2023-01-01&amp;to=2023-03-31" in path
    assert site.get(path.replace("&amp;", "&")).headers["content-type"] == "application/pdf"
    assert "reports/quality" not in site.get("/quality", "gate").text


def test_the_overview_has_a_trend_of_each_dimension_and_leads_on(site: Site) -> None:
    page = site.get("/quality").text
    for words in ("Tính duy nhất", "Tính nhất quán", "Quy tắc bị vi phạm nhiều nhất", "feedback.cases"):
        assert words in page
    assert page.count("<svg") > 6, "each in two sizes"
    assert f"/quality/runs/{site.batch}" in page
    assert "/quality/runs?source=feedback&amp;feed=cases&amp;rule=area_code%3Aknown" in page
    assert "<script>document" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("source=feedback", True),
        ("source=gate", False),
        ("feed=cases", True),
        ("rule=area_code:known", True),
        ("rule=key:unique", False),
        ("status=published", True),
        ("status=blocked", False),
        ("from=2023-06-01&to=2023-06-30", True),
        ("from=2024-01-01", False),
        ("to=2020-01-01", False),
        ("deliverer=nobody", False),
    ],
)
def test_runs_are_filtered_by_source_feed_rule_status_day_and_deliverer(site: Site, query: str, found: bool) -> None:
    page = site.get(f"/quality/runs?{query}").text
    assert (f'"/quality/runs/{site.batch}"' in page) is found
    body = site.get(f"/quality/runs.csv?{query}").text
    assert (str(site.batch) in [row[0] for row in csv.reader(io.StringIO(body))]) is found


def test_a_long_list_goes_on_where_it_ended(site: Site) -> None:
    with connect(site.world.url, "owner") as owner:
        owner.execute(
            "insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status)"
            " select 1, 'press', 'articles', date '2020-01-01' + n, date '2020-01-01' + n, 1, '', 'failed'"
            " from generate_series(1, 70) as n"
        )
        owner.commit()
    seen = linked(site, "/quality/runs?source=press&status=failed")
    assert len(seen) == len(set(seen)) == 70
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("query", ["from=2020-01-11&to=2020-03-01", "from=2020-01-11", "to=2020-03-01"])
def test_a_list_of_asked_days_goes_on_by_day(site: Site, query: str) -> None:
    """Also with slices that begin before the asked days or end after them, and with days that came in no order."""
    asked = dict(one.split("=") for one in query.split("&"))
    with connect(site.world.url, "owner") as owner:
        owner.execute(
            "insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status)"
            " select 1, 'press', 'articles', d, d + n % 7 * n % 5, 1, '', 'failed' from generate_series(0, 99) as n"
            " cross join lateral (select date '2020-01-01' + n * 37 % 71 as d) as day"
        )
        expected = owner.execute(
            "select batch_id from ledger.batch where source = 'press' and status = 'failed'"
            " and daterange(first_day, last_day, '[]') && daterange(%s::date, %s::date, '[]')"
            " order by last_day desc, batch_id desc",
            [asked.get("from"), asked.get("to")],
        ).fetchall()
        owner.commit()
    assert len(expected) > 50
    assert linked(site, f"/quality/runs?source=press&status=failed&{query}") == [batch for (batch,) in expected]


def test_a_run_shows_its_account_refused_values_and_pages(site: Site) -> None:
    page = site.get(f"/quality/runs/{site.batch}").text
    for words in ("feedback.cases", "V-1", "received_at = &lt;script&gt;document", "Tỷ lệ phản ánh"):
        assert words in page, words
    assert f"/quality/runs/{site.batch}/pages/1" in page
    assert site.get("/quality/runs/999999").status_code == 404


def test_files_leave_without_single_records_and_without_small_counts_about_persons(site: Site) -> None:
    body = site.get("/quality/quarantine.csv").text
    assert "V-1" not in body
    [row] = rows_of(site, "/quality/quarantine.csv")
    assert (row["rule"], row["records"], row["state"]) == ("types", "6", "chưa xử lý")
    told = {row["feed"]: (row["quarantined"], row["loaded"]) for row in rows_of(site, "/quality/runs.csv")}
    assert told["dvc.dossiers"] == ("*", "*"), "the account would tell one by the other"
    assert told["feedback.cases"] == ("6", "13")
    assert told["telecom.subscribers"] == ("1", "8"), "no record is about a person"
    book = load_workbook(io.BytesIO(site.get("/quality/rules.xlsx").content))
    assert "area_code:known" in {cell.value for cells in book.worksheets[0].iter_rows() for cell in cells}


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ((14, 1, 11, 0, 2), ("14", "*", "*", "*", "*")),
        ((12, 0, 11, 0, 1), ("12", "*", "*", "*", "*")),
        ((3, 0, 0, 0, 3), ("*", "*", "*", "*", "*")),
        ((40, 20, 15, 0, 5), ("40", "20", "15", "0", "5")),
    ],
)
def test_the_account_of_a_batch_tells_no_small_part_about_persons(
    site: Site, account: tuple[int, ...], told: tuple[str, ...]
) -> None:
    names = ("fetched", "loaded", "unchanged", "superseded", "quarantined")
    with connect(site.world.url, "owner") as owner:
        changes = ", ".join(f"{name} = {count}" for name, count in zip(names, account, strict=True))
        owner.execute(f"update ledger.batch set {changes} where batch_id = %s".encode(), [site.batch])
    [row] = rows_of(site, "/quality/runs.csv?source=feedback")
    assert tuple(row[name] for name in names) == told


@pytest.mark.parametrize("query", ["", "?status=open", "?rule=types", "?status=waived"])
def test_no_count_of_a_batch_tells_a_small_one_about_persons_by_subtraction(site: Site, query: str) -> None:
    """Of 6 records that the account tells one is waived: the 5 others would tell it."""
    assert site.post({"way": "waived", "record": record(site), "reason": "x", "assignee": ""}).status_code == 303
    rows = rows_of(site, f"/quality/quarantine.csv{query}")
    assert {row["records"] for row in rows} == {"*"}
    assert {row["quarantined"] for row in rows_of(site, "/quality/runs.csv?source=feedback")} == {"6"}


def test_what_rules_said_of_persons_records_is_withheld_where_a_batch_has_few(site: Site) -> None:
    """A month with a batch of 6 and one of 1 says 7, and the 6 are told with their batch."""
    with connect(site.world.url, "owner") as owner:
        owner.execute("update quality.rule_result set failed = 7 where rule_id = 'area_code:known'")
        owner.execute("update quality.month_total set failed = 7 where rule_id = 'area_code:known'")
        owner.commit()
        told = {row["feed"]: (row["failed"], row["share"]) for row in rows_of(site, "/quality/rules.csv")}
        assert told["feedback.cases"] == ("7", "77.78")
        owner.execute(
            "with other as (insert into ledger.batch (province_id, source, feed, first_day, last_day, token,"
            " spec_sha256, status) select province_id, source, feed, first_day, last_day, 9, '', status"
            " from ledger.batch where batch_id = %s returning batch_id) insert into quality.rule_result (batch_id,"
            " rule_id, severity, expectation, executed, passed, evaluated, failed, description_vi, description_en)"
            " select batch_id, 'area_code:known', 'reject', 'x', true, false, 9, 1, '', '' from other",
            [site.batch],
        )
        owner.commit()
    told = {row["feed"]: (row["failed"], row["share"]) for row in rows_of(site, "/quality/rules.csv")}
    assert told["feedback.cases"] == ("*", "*")
    assert told["telecom.subscribers"] == ("7", "77.78"), "no record is about a person"


def test_rules_are_filtered_by_who_delivers(site: Site) -> None:
    with connect(site.world.url, "owner") as owner:
        [(batch,)] = owner.execute("select batch_id from ledger.batch where source = 'telecom'").fetchall()
        owner.execute("insert into ledger.delivery values (%s, 'vnpt', 4)", [batch])
        owner.commit()
    assert [row["feed"] for row in rows_of(site, "/quality/rules.csv?deliverer=VNPT")] == ["telecom.subscribers"]
    page = site.get("/quality/rules?deliverer=vnpt").text
    assert "telecom.subscribers" in page
    assert "feedback.cases" not in page
    assert "telecom.subscribers" not in site.get("/quality/rules?deliverer=viettel").text


@pytest.mark.parametrize("name", ["runs", "quarantine"])
def test_a_file_of_more_rows_than_it_may_have_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert site.post({"way": "waived", "record": record(site), "reason": "x", "assignee": ""}).status_code == 303
    monkeypatch.setattr(quality, "MOST_IN_FILE", 1)
    answer = site.get(f"/quality/{name}.csv")
    assert answer.status_code == 422
    assert "Có hơn 1 dòng" in answer.text


def test_a_run_says_where_it_does_not_show_all(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Chỉ hiện" not in site.get(f"/quality/runs/{site.batch}").text
    monkeypatch.setattr(quality_run, "MOST_ROWS", 2)
    page = site.get(f"/quality/runs/{site.batch}").text
    assert page.count("Chỉ hiện 2 dòng đầu") == 2, "of refused records and of pages"
    assert "V-2" in page
    assert "V-3" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/quality?from=0001-01-01&to=9999-12-31",
        "/quality/rules?to=9999-12-31",
        "/quality/runs?from=0001-01-01",
        "/quality/rules.csv?from=0001-01-01",
        "/audit?last=9999-12-31",
        "/audit/log.csv?first=0001-01-01",
        "/?from=0001-01-01&to=0001-12-31",
        "/kpis/gate_vehicles?from=9999-01-01&to=9999-12-31",
    ],
)
def test_a_day_of_a_year_that_no_hub_can_know_is_refused(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 422
    assert "từ 1900 đến 2200" in answer.text


@pytest.mark.parametrize("path", ["/quality?from=yesterday", "/audit?first=30/06/2023", "/?from=x&to=2023-01-01"])
def test_what_is_no_day_is_refused_with_how_to_write_one(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 422
    assert "2023-06-30" in answer.text


def rows_of(site: Site, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.get(path).text.removeprefix("\ufeff"))))


def linked(site: Site, path: str) -> list[int]:
    """The runs of a list, page after page."""
    seen: list[int] = []
    while path:
        page = site.get(path).text
        seen += [int(number) for number in re.findall(r'href="/quality/runs/(\d+)"', page)]
        more = re.search(r'href="(/quality/runs\?[^"]*before=\d+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    return seen


def record(site: Site) -> str:
    [(number,), *_] = site.rows("select quarantine_id from serving.quarantine where state = 'open' order by 1")
    return str(number)


def test_an_auditor_waives_with_a_reason_and_the_run_is_official_again(site: Site) -> None:
    assert site.post({"way": "waived", "record": "", "reason": "Đơn vị xác nhận"}).status_code == 303
    assert site.rows("select state, decided_by from serving.quarantine where batch_id = %s", site.batch) == 6 * [
        ("waived", f"account:{AUDITOR}")
    ]
    assert site.rows("select is_provisional from serving.batches where batch_id = %s", site.batch) == [(False,)]
    page = site.get(f"/quality/runs/{site.batch}").text
    assert f"{AUDITOR}, " in page
    assert "Đơn vị xác nhận" in page
    assert site.rows("select actor, body::jsonb ->> 'reason' from ledger.entry where act = 'waiver'") == [
        (f"account:{AUDITOR}", "Đơn vị xác nhận")
    ]


def test_an_auditor_confirms_values_that_are_unlike_those_before(site: Site) -> None:
    with connect(site.world.url, "owner") as owner:
        owner.execute("delete from quality.quarantine")
        owner.execute(
            "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated,"
            " failed, description_vi, description_en) values (%s, %s, 'provisional', 'x', true, false, 1, 1, '', '')",
            [site.batch, VALUES],
        )
    path = f"/quality/runs/{site.batch}"
    assert "Xác nhận giá trị" in site.get(path).text
    assert "Xác nhận giá trị" not in site.get(path, ENGINEER).text
    assert site.post({"way": "waived", "reason": "x"}, ENGINEER).status_code == 403
    assert "Hãy nêu lý do" in site.post({"way": "waived", "reason": " "}).text
    assert site.post({"way": "waived", "reason": "Đơn vị xác nhận"}).status_code == 303
    assert site.rows("select is_provisional from serving.batches where batch_id = %s", site.batch) == [(False,)]
    assert "Xác nhận giá trị" not in site.get(path).text


def test_a_decision_without_a_reason_says_so_and_changes_nothing(site: Site) -> None:
    answer = site.post({"way": "rejected", "record": "", "reason": "  "})
    assert answer.status_code == 422
    assert "Hãy nêu lý do" in answer.text
    assert site.rows("select count(*) from quality.decision") == [(0,)]


@pytest.mark.parametrize(
    ("login", "way", "status"),
    [
        (ENGINEER, "waived", 403),
        (ENGINEER, "rejected", 403),
        (ENGINEER, "assigned", 303),
        (LEADER, "assigned", 403),
        (DISTRICT, "waived", 403),
        ("gate", "waived", 404),
    ],
)
def test_who_may_decide(site: Site, login: str, way: str, status: int) -> None:
    form = {"way": way, "record": "", "reason": "x", "assignee": ENGINEER}
    assert site.post(form, login).status_code == status
    assert site.rows("select count(*) > 0 from quality.decision") == [(status == 303,)]


def test_a_form_of_elsewhere_is_refused(site: Site) -> None:
    assert site.post({"way": "waived", "reason": "x"}, csrf="0" * 64).status_code == 403
    assert site.rows("select count(*) from quality.decision") == [(0,)]


def test_a_landed_page_is_shown_inert_and_its_opening_is_an_entry_of_the_trail(site: Site) -> None:
    page = site.get(f"/quality/runs/{site.batch}/pages/1").text
    assert "&lt;/code&gt;&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    answer = site.get(f"/quality/runs/{site.batch}/pages/1/content")
    assert answer.content == PAGE
    assert answer.headers["content-disposition"].startswith("attachment")
    read = site.rows("select actor, subject, province from ledger.entry where act = 'read'")
    assert read == 2 * [(f"account:{AUDITOR}", f"page/{site.batch}/1", "H37")]


@pytest.mark.parametrize(("login", "status"), [(LEADER, 403), (DISTRICT, 403), ("gate", 404), (ENGINEER, 200)])
def test_landed_pages_are_for_auditors_and_engineers_who_see_their_source(site: Site, login: str, status: int) -> None:
    assert site.get(f"/quality/runs/{site.batch}/pages/1", login).status_code == status
    assert site.rows("select count(*) from ledger.entry where act = 'read'") == [(int(status == 200),)]


def test_a_page_that_is_kept_no_longer_is_told(site: Site) -> None:
    answer = site.get(f"/quality/runs/{site.batch}/pages/2")
    assert answer.status_code == 404
    assert "không còn được lưu" in answer.text


def test_an_account_of_a_part_of_the_province_sees_no_run_rule_or_record(site: Site) -> None:
    for path in ("/quality", "/quality/runs", "/quality/rules", "/quality/quarantine", "/quality/runs.csv"):
        page = site.get(path, DISTRICT).text
        assert "feedback.cases" not in page, path
        assert "V-1" not in page, path
    assert site.get(f"/quality/runs/{site.batch}", DISTRICT).status_code == 404


def test_an_account_of_another_field_sees_only_its_own(site: Site) -> None:
    for path in ("/quality", "/quality/runs", "/quality/rules", "/quality/quarantine", "/quality/runs.csv"):
        assert "feedback.cases" not in site.get(path, "gate").text, path
    assert "gate.vehicles" in site.get("/quality/runs", "gate").text
