"""Systems that keep a form of their own: what their files declare comes over HTTP, counted to the unit."""

import io
from collections import Counter
from hashlib import sha256
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest
from openpyxl import load_workbook

from gateway.records.schools import SchoolLists
from gateway.systemfile import Schools, Semester, SystemFile
from tests.gateway.test_system_dealing import PROVINCE, WORLD


def schools(client: Any, year: str, semester: str) -> Element:
    answer = client.get("/csdlgd/v1/truong.xml", tinh="20", nam_hoc=year, hoc_ky=semester)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return fromstring(answer.content)


def clean(report: Element) -> list[dict[str, str]]:
    rows = [{"ma": school.get("ma", ""), **{one.tag: one.text or "" for one in school}} for school in report]
    return [row for row in rows if row["ma"] and row["so_hoc_sinh"] != "không rõ"]


def test_the_schools_of_a_semester_meet_the_totals_of_the_file(client: Any) -> None:
    report = schools(client, "2022-2023", "2")
    assert report.attrib == {"tinh": "20", "nam_hoc": "2022-2023", "hoc_ky": "2", "tong_so": "678"}
    rows = clean(report)
    assert Counter(row["cap"] for row in rows) == {"MN": 231, "TH": 189, "THCS": 226, "THPT": 30}
    upper = [row for row in rows if row["cap"] == "THPT"]
    totals = {name: sum(int(row[name]) for row in upper) for name in upper[0] if name not in ("ma", "cap", "xa")}
    assert totals == {
        "dat_chuan": 12,
        "so_hoc_sinh": 23_744,
        "so_giao_vien": 1_601,
        "bien_che": 1_690,
        "thieu_phong": 27,
    }
    assert all(int(row["bien_che"]) >= int(row["so_giao_vien"]) > 0 for row in rows)
    assert len(report) == len(rows) + 2  # without a code, without a number


def test_a_school_keeps_its_code_commune_and_level(client: Any) -> None:
    before, after = ({row["ma"]: row for row in clean(schools(client, "2022-2023", term))} for term in "12")
    assert before.keys() == after.keys()
    for code, row in before.items():
        assert (row["xa"], row["cap"]) == (after[code]["xa"], after[code]["cap"])
        assert row["dat_chuan"] <= after[code]["dat_chuan"]


def test_a_semester_that_has_not_begun_has_no_schools(client: Any) -> None:
    report = schools(client, "2023-2024", "1")
    assert (report.get("tong_so"), len(report)) == ("0", 0)


@pytest.mark.parametrize(("year", "semester"), [("2022", "1"), ("2022-2024", "1"), ("2022-2023", "3"), ("", "")])
def test_a_semester_that_is_none_is_refused(year: str, semester: str, client: Any) -> None:
    answer = client.get("/csdlgd/v1/truong.xml", tinh="20", nam_hoc=year, hoc_ky=semester)
    assert answer.status_code == 400


def test_more_schools_of_national_standard_than_schools_stop_the_gateway() -> None:
    told = Semester(schools=2, standard=2, pupils=9, teachers=3, posts=3, missing_rooms=0)
    wrong = {"2022-2023/1": msgspec.structs.replace(told, standard=3)}
    plan = Schools(code="S", level="TH", area="communes", semesters=wrong)
    with pytest.raises(ValueError, match="school S: more schools of national standard"):
        SchoolLists(WORLD, "x", SystemFile(title="x", school=(plan,)), PROVINCE)


def workbooks(client: Any, month: str) -> list[tuple[dict[str, Any], list[list[Any]]]]:
    """The submissions of a month, each with the rows of its sheet."""
    found = []
    for entry in client.snapshot("/yte/v1/tep", ky=month):
        content = client.get(entry["duong_dan"]).content
        assert (len(content), sha256(content).hexdigest()) == (entry["kich_thuoc"], entry["sha256"])
        sheet = load_workbook(io.BytesIO(content))["BaoCao"]
        found.append((entry, [list(row) for row in sheet.iter_rows(values_only=True)]))
    return found


def number(value: int | str) -> int:
    return int(value.replace(".", "")) if isinstance(value, str) else value


def test_the_workbooks_of_half_a_year_meet_the_totals_of_the_file(client: Any) -> None:
    visits = 0
    for month in range(1, 7):
        entry, rows = workbooks(client, f"2023-{month:02}")[-1]
        assert rows[3][:5] == ["Mã cơ sở", "Tên cơ sở", "Mã huyện", "Mã xã", "Loại"]
        assert (rows[3][5], rows[3][10]) == ("Lượt khám", None)
        facilities, total = rows[4:-1], rows[-1]
        assert (total[0], len(facilities)) == ("Tổng cộng", entry["so_co_so"])
        for place in range(5, 10):
            assert sum(number(row[place]) for row in facilities) == total[place]
        assert any(isinstance(row[5], str) for row in facilities)
        visits += total[5]
    assert visits == 684_240
    assert (total[8], total[9]) == (1_038, 888)  # posts and doctors of June


def test_a_month_that_was_sent_twice_was_wrong_at_first(client: Any) -> None:
    (first, wrong), (second, right) = workbooks(client, "2023-05")
    assert (first["lan_nop"], second["lan_nop"]) == (1, 2)
    assert [row[:5] for row in wrong[4:]] == [row[:5] for row in right[4:]]
    assert wrong[-1][5] > right[-1][5]


def test_a_month_that_is_not_over_has_no_workbook_and_no_statistics(client: Any) -> None:
    assert workbooks(client, "2023-07") == []
    assert client.get("/yte/v1/tep/20-2023-07-1.xlsx").status_code == 404
    assert client.get("/thongke/v1/chi-so", he_thong="health", tinh="20", ky="2023-06").status_code == 403


def test_a_dialect_leaves_workbooks_and_their_sums_as_they_are(client: Any) -> None:
    client.admin("dialect", dialect="reordered,extra_fields,plain_types")
    try:
        assert {entry["so_co_so"] for entry, _ in workbooks(client, "2023-06")} == {216}  # one without a code
    finally:
        client.admin("dialect", dialect="")
