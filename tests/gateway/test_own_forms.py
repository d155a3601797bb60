"""Systems that keep a form of their own: what their files declare comes over HTTP, counted to the unit."""

from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest

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
