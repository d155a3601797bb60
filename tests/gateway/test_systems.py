"""Further systems in the three general forms: what their files declare is what comes over HTTP, counted to the unit."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.dialects import DIALECTS
from gateway.people import leaks
from gateway.server import running
from gateway.systemfile import SystemFile
from gateway.world import World
from gateway.worldfile import read_world
from tests.gateway.conftest import Client
from tests.gateway.counting import Place
from tests.gateway.test_command import run
from tests.gateway.test_dialects import body_of, plain

PLACE = Place("H37", "20")
DISTRICTS = {"178", *(str(code) for code in range(180, 190))}
MONTHS = [f"2022-{month:02}" for month in range(1, 13)] + [f"2023-{month:02}" for month in range(1, 7)]
CASES = {"he_thong": "emergency", "updated_since": "2021-10-31T00:00:00"}
Faulty = Callable[..., AbstractContextManager[Any]]
Rows = list[dict[str, Any]]


def statistics(client: Any, system: str, **query: str) -> Rows:
    """The clean rows of a month (``ky``) or day (``ngay``); the declared total is their number with the dirty ones."""
    body = client.snapshot("/thongke/v1/chi-so", he_thong=system, **query)
    assert body["tong_so"] == len(body["du_lieu"])
    assert {"he_thong": system, "tinh": "20", **query}.items() <= body.items()
    return [row for row in body["du_lieu"] if is_clean_statistic(row)]


def is_clean_statistic(row: dict[str, Any]) -> bool:
    is_wrong = row["ma_chi_so"] == "KHONG_RO" or "-02-30" in row["den"] or isinstance(row["gia_tri"], str)
    return not is_wrong


def cases(client: Any, since: str = "2021-10-31T00:00:00", size: int = 1000) -> Rows:
    """Every case as the pages give them; checks the declared number."""
    body = client.get("/hoso/v1/vu-viec", he_thong="emergency", updated_since=since, page_size=size).json()
    rows: Rows = body["data"]
    while body["paging"]["next"]:
        body = client.get(body["paging"]["next"]).json()
        rows += body["data"]
    assert len(rows) == body["paging"]["total"]
    return rows


def is_clean_case(row: dict[str, Any]) -> bool:
    is_early = row["hoan_thanh_luc"] and row["hoan_thanh_luc"] < row["tiep_nhan_luc"]
    return (
        bool(row["ma_vu_viec"] and row["trang_thai"] != "KHAC" and "-02-30" not in row["tiep_nhan_luc"])
        and not is_early
    )


def things(client: Any, day: str, size: int = 5000) -> Rows:
    """Every clean thing of the day, page by page; checks the declared number."""
    rows: Rows = []
    number = 1
    while True:
        body = client.snapshot(
            "/danhmuc/v1/doi-tuong", he_thong="camera", ngay=day, trang=str(number), kich_thuoc=str(size)
        )
        assert body["trang"] == number
        if not body["du_lieu"]:
            assert body["tong_so"] == len(rows)
            return [row for row in rows if is_clean_thing(row)]
        rows += body["du_lieu"]
        number += 1


def is_clean_thing(row: dict[str, Any]) -> bool:
    is_early = row["hieu_luc_den"] and row["hieu_luc_den"] < row["hieu_luc_tu"]
    return bool(row["ma"]) and "-02-30" not in row["hieu_luc_tu"] and not is_early


@pytest.fixture(scope="module")
def lookups(client: Any) -> Counter[str]:
    """By day, and every row is of a district."""
    found: Counter[str] = Counter()
    for month in MONTHS:
        for row in statistics(client, "land", ky=month):
            if row["ma_chi_so"] == "lookups":
                assert row["ma_dia_ban"] in DISTRICTS
                assert row["tu"] == row["den"]
                assert row["den"].startswith(month)
                found[row["den"]] += row["gia_tri"]
    return found


def test_lookups_of_the_land_portal_meet_what_was_published(lookups: Counter[str]) -> None:
    assert sum(count for day, count in lookups.items() if day <= "2022-08-08") == 51_651
    assert sum(count for day, count in lookups.items() if day >= "2023-01-01") == 60_210


def test_days_outside_the_declared_ranges_go_on_as_before(lookups: Counter[str]) -> None:
    between = [count for day, count in lookups.items() if "2022-08-08" < day < "2023-01-01"]
    assert len(between) == 145
    assert 200 < sum(between) / 145 < 350  # 235 a day before, 333 after
    assert min(lookups.values()) > 50


def test_the_state_of_the_land_portal_on_8_august_2022(client: Any) -> None:
    rows = statistics(client, "land", ngay="2022-08-08")
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row["ma_chi_so"], row["nhom"]] += row["gia_tri"]
    assert totals["parcels", ""] == 2_279_176
    assert (totals["communes", "before_2020"], totals["communes", "since_2020"]) == (164, 148)
    assert totals["accounts", ""] == 1237
    assert {row["ma_dia_ban"] for row in rows if row["ma_chi_so"] == "parcels"} == DISTRICTS


def test_a_state_moves_from_one_declared_day_to_the_next_and_never_back(client: Any) -> None:
    values = [
        row["gia_tri"]
        for month in ["2021-10", "2021-11", "2021-12", *MONTHS]
        for row in sorted(statistics(client, "land", ky=month), key=lambda row: row["den"])
        if row["ma_chi_so"] == "accounts"
    ]
    assert len(values) == 608
    assert (values[0], values[-1]) == (610, 1985)
    assert values == sorted(values)


def test_every_statistic_was_told_on_its_last_day(client: Any) -> None:
    for row in statistics(client, "land", ky="2023-06"):
        assert row["cap_nhat_luc"].startswith(row["den"])
        assert (row["can"], row["loai"], row["ma_don_vi"]) == ("=", "", "")


def test_dirty_statistics_are_told_and_counted(client: Any) -> None:
    rows: Rows = []
    for month in ["2021-11", "2021-12", *MONTHS]:
        rows += client.snapshot("/thongke/v1/chi-so", he_thong="land", ky=month)["du_lieu"]
    assert sum(not is_clean_statistic(row) for row in rows) == 2 + 1 + 2


def test_emergency_calls_of_each_range_by_their_state(client: Any) -> None:
    rows = cases(client)
    clean = [row for row in rows if is_clean_case(row)]
    assert len(rows) - len(clean) == 2 + 2 + 2 + 3
    assert len({row["ma_vu_viec"] for row in clean}) == len(clean)

    def found(first: str, last: str) -> Counter[str]:
        of = [row for row in clean if first <= row["tiep_nhan_luc"][:10] <= last]
        done = [row for row in clean if first <= row["hoan_thanh_luc"][:10] <= last]
        late = sum(row["hoan_thanh_luc"] > row["han_luc"] for row in done)
        end = f"{last}T23:59:59"
        overdue = sum(row["trang_thai"] == "DANG_XU_LY" and row["han_luc"] <= end for row in of)
        states = Counter(row["trang_thai"] for row in of)
        return Counter(received=len(of), done=len(done), late=late, overdue=overdue, **states)

    assert found("2022-01-01", "2022-12-31") == Counter(
        received=9103, done=8802, late=392, HOAN_THANH=8802, TU_CHOI=270, HUY=31
    )
    assert found("2023-01-01", "2023-06-30") == Counter(
        received=4814, done=4678, late=148, overdue=2, HOAN_THANH=4678, TU_CHOI=122, HUY=9, DANG_XU_LY=5
    )


def test_an_emergency_call_is_of_a_commune_and_its_office(client: Any) -> None:
    rows = [row for row in cases(client, "2023-06-01T00:00:00") if is_clean_case(row) and row["ma_dia_ban"]]
    assert {row["loai"] for row in rows} == {"call"}
    assert {row["nhom"] for row in rows} == {"113", "114", "115"}
    assert {row["ma_dia_ban"] for row in rows} <= PLACE.communes
    assert {row["ma_don_vi"] for row in rows} <= PLACE.organisations
    assert {row["ket_qua"] for row in rows if row["trang_thai"] == "HOAN_THANH"} == {"DA_HO_TRO", "BAO_GIA"}
    assert {row["ket_qua"] for row in rows if row["trang_thai"] != "HOAN_THANH"} == {""}


def test_cases_come_once_in_order_of_change(client: Any) -> None:
    rows = cases(client, "2023-06-01T00:00:00", size=170)
    assert rows == cases(client, "2023-06-01T00:00:00")
    assert rows == sorted(rows, key=lambda row: (row["cap_nhat_luc"], row["ma_vu_viec"]))
    assert cases(client, rows[7]["cap_nhat_luc"]) == rows[7:]


def test_a_case_is_shown_as_it_was_at_the_clock(client: Any, faulty: Faulty) -> None:
    late = next(row for row in cases(client, "2023-03-01T00:00:00") if row["hoan_thanh_luc"] > row["han_luc"] > "")
    received = datetime.fromisoformat(late["tiep_nhan_luc"])
    with faulty() as other:
        other.admin("clock", now=f"{received + timedelta(hours=1)}+07:00")
        then = {row["ma_vu_viec"]: row for row in cases(other)}
    now = {row["ma_vu_viec"]: row for row in cases(client)}
    code = late["ma_vu_viec"]
    assert (then[code]["trang_thai"], then[code]["hoan_thanh_luc"]) == ("DANG_XU_LY", "")
    assert (
        max(row["tiep_nhan_luc"] for row in then.values() if is_clean_case(row))
        <= (received + timedelta(hours=1)).isoformat()
    )
    assert all(row == now[code] for code, row in then.items() if row["trang_thai"] != "DANG_XU_LY" and code)
    assert 5_000 < len(then) < len(now)


def test_persons_of_cases_are_found_by_a_leak_test(client: Any) -> None:
    body = client.get("/hoso/v1/vu-viec", page_size=50, **CASES)
    for row in body.json()["data"]:
        for name in ("nguoi_lien_quan", "dien_thoai", "noi_dung"):
            assert leaks(row[name])
        assert not leaks(str({name: value for name, value in row.items() if name not in PERSONAL}))


PERSONAL = ("nguoi_lien_quan", "dien_thoai", "noi_dung")


@pytest.mark.parametrize(
    ("day", "traffic"),
    [
        ("2021-10-31", {"HOAT_DONG": 96, "MAT_KET_NOI": 4}),
        ("2022-08-08", {"HOAT_DONG": 141, "MAT_KET_NOI": 9}),
        ("2022-12-31", {"HOAT_DONG": 163, "MAT_KET_NOI": 5}),
        ("2023-06-30", {"HOAT_DONG": 204, "MAT_KET_NOI": 8}),
    ],
)
def test_cameras_of_a_declared_day(client: Any, day: str, traffic: dict[str, int]) -> None:
    rows = things(client, day)
    assert Counter(row["trang_thai"] for row in rows if row["nhom"] == "traffic") == traffic
    assert len({row["ma"] for row in rows}) == len(rows)
    assert all(row["hieu_luc_tu"] <= day for row in rows)
    assert {row["ma_don_vi"] for row in rows} <= PLACE.organisations


def test_every_commune_has_a_camera_before_any_has_two(client: Any) -> None:
    for day, each in (("2021-10-31", 1), ("2023-06-30", 2)):
        found = Counter(row["ma_dia_ban"] for row in things(client, day) if row["nhom"] == "public_order")
        assert found == dict.fromkeys(PLACE.communes, each)


def test_a_camera_keeps_its_code_and_what_it_is(client: Any) -> None:
    before, after = ({row["ma"]: row for row in things(client, day)} for day in ("2022-03-01", "2023-03-01"))
    both = before.keys() & after.keys()
    assert len(before.keys() - after.keys()) > 1  # replaced
    assert len(both) > 250
    for code in both:
        assert before[code] | {"trang_thai": ""} == after[code] | {"trang_thai": ""}
    assert {row["thuoc_tinh"]["do_phan_giai"] for row in after.values()} == {"2K", "4K"}


def test_pages_of_things_are_those_of_one_page(client: Any) -> None:
    assert things(client, "2023-05-01", size=97) == things(client, "2023-05-01")
    assert things(client, "2023-07-01") == []


def test_both_worlds_tell_the_same_of_what_both_know(client_2022: Any, client: Any) -> None:
    def told(client: Any) -> list[Any]:
        asked = [{"ky": "2022-12"}, {"ky": "2022-03"}, {"ngay": "2022-12-31"}]
        seen = [client.snapshot("/thongke/v1/chi-so", he_thong="land", **query) for query in asked]
        return [*seen, things(client, "2022-12-31"), things(client, "2022-03-31")]

    assert told(client_2022) == told(client)
    before, after = cases(client_2022), cases(client)
    assert [row for row in after if row["cap_nhat_luc"] < "2023-01-01"] == before
    assert len(before) > 10_000


@pytest.mark.parametrize("path", ["/thongke/v1/chi-so", "/hoso/v1/vu-viec", "/danhmuc/v1/doi-tuong"])
def test_a_system_that_there_is_not_or_does_not_tell_this_may_not_be_read(
    client: Any, tra_vinh: Any, path: str
) -> None:
    asked = {"ky": "2023-06", "ngay": "2023-06-30", "updated_since": "2023-06-30"}
    untold = {"/thongke/v1/chi-so": "emergency", "/hoso/v1/vu-viec": "land", "/danhmuc/v1/doi-tuong": "land"}
    assert client.get(path, he_thong="nonsense", tinh="20", **asked).status_code == 403
    assert client.get(path, he_thong=untold[path], tinh="20", **asked).status_code == 403
    assert tra_vinh.get(path, he_thong="land", tinh="84", **asked).status_code == 403
    assert client.get(path, tinh="20", **asked).status_code == 400


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/thongke/v1/chi-so", {"he_thong": "land", "tinh": "99", "ky": "2023-06"}),
        ("/thongke/v1/chi-so", {"he_thong": "land", "tinh": "20", "ky": "2023-13"}),
        ("/thongke/v1/chi-so", {"he_thong": "land", "tinh": "20"}),
        ("/hoso/v1/vu-viec", {"he_thong": "emergency"}),
        ("/hoso/v1/vu-viec", {**CASES, "page_size": "1001"}),
        ("/danhmuc/v1/doi-tuong", {"he_thong": "camera", "tinh": "99", "ngay": "2023-06-30"}),
        ("/danhmuc/v1/doi-tuong", {"he_thong": "camera", "tinh": "20", "ngay": "2023-06-31"}),
        ("/danhmuc/v1/doi-tuong", {"he_thong": "camera", "tinh": "20", "ngay": "2023-06-30", "trang": "0"}),
    ],
)
def test_a_wrong_query_is_refused(client: Any, path: str, wrong: dict[str, str]) -> None:
    answer = client.get(path, **wrong)
    assert answer.status_code == 400
    assert set(answer.json()) == {"loi"}


QUERIES: dict[str, tuple[str, dict[str, str]]] = {
    "statistics": ("/thongke/v1/chi-so", {"he_thong": "land", "tinh": "20", "ky": "2022-08"}),
    "cases": ("/hoso/v1/vu-viec", {**CASES, "updated_since": "2023-06-25T00:00:00", "page_size": "1000"}),
    "things": ("/danhmuc/v1/doi-tuong", {"he_thong": "camera", "tinh": "20", "ngay": "2023-06-30"}),
}


@pytest.fixture(scope="module")
def changing() -> Iterator[Any]:
    """A gateway of its own, whose faults and dialects change; worlds are made once a process."""
    with running("lang-son-2023") as base:
        yield Client(base)


def records(answer: Any) -> Rows:
    body: Any = body_of(answer)
    rows: Rows = body.get("data") or body.get("du_lieu")
    return rows


@pytest.mark.parametrize("dialect", [*DIALECTS, "all"])
@pytest.mark.parametrize("form", QUERIES)
def test_a_dialect_tells_the_same_content(client: Any, changing: Any, form: str, dialect: str) -> None:
    path, query = QUERIES[form]
    changing.admin("dialect", dialect=dialect)
    told = sorted(map(repr, map(plain, records(changing.get(path, **query)))))
    changing.admin("dialect", dialect="")
    right = sorted(map(repr, map(plain, records(client.get(path, **query)))))
    assert told == right
    assert len(right) > 100


@pytest.mark.parametrize("form", QUERIES)
def test_faults_of_records_hit_every_form(client: Any, changing: Any, form: str) -> None:
    path, query = QUERIES[form]
    right = records(client.get(path, **query))
    drifted = {"statistics": "gia_tri", "cases": "trang_thai", "things": "trang_thai"}[form]

    def broken(fault: str) -> tuple[Rows, int]:
        changing.admin("faults", faults=f"{fault}:1")
        body = changing.get(path, **query).json()
        changing.admin("faults", faults="")
        return records_of(body), body.get("tong_so", body.get("paging", {}).get("total"))

    def records_of(body: Any) -> Rows:
        rows: Rows = body["data"] if form == "cases" else body["du_lieu"]
        return rows

    assert broken("empty") == ([], 0)
    assert broken("over_declared") == (right, len(right) + 1)
    assert drifted not in broken("drift")[0][0]
    assert sum(a != b for a, b in zip(right, broken("bad_rows")[0], strict=True)) == -(-len(right) // 25)
    if form == "things":
        assert broken("shrunk_snapshot") == (right[: len(right) // 2], len(right) // 2)


def made(text: str, world: str = "lang-son-2023") -> World:
    """A world with the system ``mine``."""
    return World(read_world(world), {"mine": msgspec.toml.decode(f'title = "x"\n{text}', type=SystemFile)})


def rows_of(world: World) -> Rows:
    shelf = world.statistics("mine")
    rows: Rows = msgspec.json.decode(b"[%b]" % shelf.json(0, len(shelf.moments)))
    return rows


def test_what_is_told_once_is_told_for_its_own_days_with_its_bound() -> None:
    world = made(
        """
        [[flow]]
        indicator = "attendees"
        grain = "once"
        totals = { "2022-01-01/2022-08-08" = ">5600", "2023-01-01/2023-06-30" = 4083 }
        [[stock]]
        indicator = "dti_rank"
        grain = "once"
        values = { 2022-08-08 = 5 }
        [[stock]]
        indicator = "share"
        grain = "once"
        area = "each_district"
        each = true
        decimals = 2
        values = { 2022-08-08 = "~72.57" }
        """
    )
    told = [(row["ma_chi_so"], row["tu"], row["den"], row["gia_tri"], row["can"]) for row in rows_of(world)]
    assert told[:2] == [
        ("attendees", "2022-01-01", "2022-08-08", 5600, ">"),
        ("dti_rank", "2022-08-08", "2022-08-08", 5, "="),
    ]
    assert told[2:-1] == [("share", "2022-08-08", "2022-08-08", 72.57, "~")] * 11
    assert told[-1] == ("attendees", "2023-01-01", "2023-06-30", 4083, "=")


def test_a_bound_holds_until_the_next_value() -> None:
    world = made(
        """
        [[stock]]
        indicator = "enterprises"
        grain = "month"
        step = true
        values = { 2022-08-08 = ">10", 2023-06-15 = 12 }
        """
    )
    told = [(row["den"], row["gia_tri"], row["can"]) for row in rows_of(world)]
    assert told[0] == ("2022-08-08", 10, ">")
    assert told[-3:] == [("2023-05-31", 10, ">"), ("2023-06-15", 12, "="), ("2023-06-30", 12, "=")]


def test_a_month_with_a_declared_day_inside_is_told_in_two_rows() -> None:
    world = made(
        """
        [[stock]]
        indicator = "communes"
        grain = "month"
        values = { 2021-10-31 = 133, 2022-08-08 = 148, 2023-06-30 = 160 }
        """
    )
    august = [row for row in rows_of(world) if row["den"].startswith("2022-08")]
    assert [(row["tu"], row["den"]) for row in august] == [("2022-08-01", "2022-08-08"), ("2022-08-09", "2022-08-31")]
    assert august[0]["gia_tri"] == 148
    assert 148 <= august[1]["gia_tri"] <= 160


def test_values_may_be_vietnamese_texts() -> None:
    world = made(
        """
        text_numbers = true
        [[stock]]
        indicator = "parcels"
        grain = "once"
        values = { 2022-08-08 = 2279176 }
        [[stock]]
        indicator = "rate"
        grain = "once"
        decimals = 1
        values = { 2022-08-08 = 1072.5 }
        """
    )
    assert [row["gia_tri"] for row in rows_of(world)] == ["2.279.176", "1.072,5"]


def test_an_office_is_told_by_the_code_that_it_had() -> None:
    world = made(
        """
        [[stock]]
        indicator = "files"
        grain = "month"
        organisation = "000.00.19.H37"
        values = { 2022-10-31 = 5 }
        [[thing]]
        code = "A"
        organisation = "000.00.19.H37"
        numbers = { 2022-10-31 = 5 }
        """
    )
    codes = {row["den"]: row["ma_don_vi"] for row in rows_of(world)}
    assert (codes["2022-11-30"], codes["2022-12-31"]) == ("000.00.20.H37", "000.00.19.H37")
    for day, code in ((date(2022, 11, 30), "000.00.20.H37"), (date(2022, 12, 1), "000.00.19.H37")):
        assert {msgspec.json.decode(row)["ma_don_vi"] for row in world.things("mine").on(day)} == {code}


def test_listed_things_have_what_they_say_and_else_what_their_block_says() -> None:
    world = made(
        """
        [[thing]]
        code = "HT"
        kind = "system"
        level = "2"
        status = "CHINH_THUC"
        ends_known = true
        attributes = { ten = "?", may_chu = "TTDL" }
        listed = [
            { code = "HT-01", since = 2022-03-01, until = 2023-01-31, level = "3", attributes = { ten = "LGSP" } },
            { code = "HT-02", class = "cloud", area = "178", status = "THU_NGHIEM" },
        ]
        """
    )

    def told(*day: int) -> dict[str, dict[str, Any]]:
        return {row["ma"]: row for row in map(msgspec.json.decode, world.things("mine").on(date(*day)))}

    assert [list(told(*day)) for day in ((2022, 2, 28), (2022, 3, 1), (2023, 1, 31), (2023, 2, 1))] == [
        ["HT-02"],
        ["HT-01", "HT-02"],
        ["HT-01", "HT-02"],
        ["HT-02"],
    ]
    one, two = told(2022, 3, 1).values()
    assert (one["hieu_luc_tu"], one["hieu_luc_den"], one["cap_do"]) == ("2022-03-01", "2023-01-31", "3")
    assert one["thuoc_tinh"] == {"ten": "LGSP", "may_chu": "TTDL"}
    assert (two["cap_do"], two["nhom"], two["ma_dia_ban"], two["trang_thai"]) == ("2", "cloud", "178", "THU_NGHIEM")
    assert two["hieu_luc_den"] > "2023-06-30"


def world_of(tmp_path: Path, text: str) -> Path:
    """Trà Vinh with the system ``mine``."""
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "mine.toml").write_text(text, encoding="utf-8")
    shutil.copy("gateway/worlds/tra-vinh-2023.toml", tmp_path / "mine.toml")
    world = tmp_path / "mine.toml"
    world.write_text(f'systems = "systems"\n{world.read_text(encoding="utf-8")}', encoding="utf-8")
    return world


WRONG = [
    ('title = "x"\nnonsense = 1', "nonsense"),
    ('title = "x"\n[[flow]]\nindicator = "a"\ngrain = "week"\ntotals = { 2023-02-01 = 1 }', "week"),
    ('title = "x"\n[dirt.things]\nno_cod = 1', "no_cod"),
]
FALSE = [
    (
        '[[flow]]\nindicator = "a"\ngrain = "day"\n'
        'totals = { "2023-01-01/2023-03-31" = 5, "2023-02-01/2023-02-28" = 6 }',
        "indicator a: total of 2023-01-01/2023-03-31 is 5, but the ranges in it make 6",
    ),
    (
        '[[flow]]\nindicator = "a"\ngrain = "month"\n'
        'totals = { "2023-01-01/2023-02-28" = 5, "2023-01-01/2023-01-31" = 1, "2023-02-01/2023-02-28" = 3 }',
        "total of 2023-01-01/2023-02-28 is 5, but the ranges in it make 4",
    ),
    (
        '[[flow]]\nindicator = "a"\ngrain = "day"\n'
        'totals = { "2023-01-01/2023-03-31" = 5, "2023-03-01/2023-04-30" = 6 }',
        "overlap",
    ),
    ('[[flow]]\nindicator = "a"\ngrain = "day"\ntotals = { "2021-01-01/2023-03-31" = 5 }', "not inside the history"),
    ('[[stock]]\nindicator = "a"\ngrain = "day"\nvalues = { 2023-02-01 = 7.25 }\ndecimals = 1', "more than 1 decimals"),
    ('[[stock]]\nindicator = "a"\ngrain = "day"\nvalues = { 2023-02-01 = "viele" }', "is no number"),
    ('[[stock]]\nindicator = "a"\ngrain = "day"\narea = "178"\nvalues = { 2023-02-01 = 7 }', "area '178'"),
    ('[[stock]]\nindicator = "a"\ngrain = "day"\nvalues = { 2023-02-30 = 7 }', "2023-02-30"),
    (
        '[[stock]]\nindicator = "a"\ngrain = "day"\nvalues = { 2023-02-01 = 7 }\n' * 2,
        "told twice",
    ),
    (
        '[[case]]\ncode = "A"\nfrom_day = 2023-02-01\nto_day = 2023-02-02\nstates = { late = 1 }\ndue_hours = 72',
        "case A 2023-02-01/2023-02-02: the range is too short",
    ),
    ('[[case]]\ncode = "A"\nfrom_day = 2023-02-01\nto_day = 2023-02-02\nstates = { late = 1 }', "needs due_hours"),
    (
        '[[case]]\ncode = "A"\nfrom_day = 2023-02-01\nto_day = 2023-02-02\nstates = { on_time = 3 }\n'
        "amount_vnd = 1250000\nstep_vnd = 500000",
        "no multiple of 500000",
    ),
    ('[[thing]]\ncode = "A"\nnumbers = { 2023-02-01 = 0 }\nquantity = { 2023-02-01 = 4 }', "nothing is there"),
    ('[[thing]]\ncode = "A"\nnumbers = { 2023-02-01 = 4 }\n' * 2, "two things have one code"),
    ('[[thing]]\ncode = "A"', "numbers or listed"),
    ('[[thing]]\ncode = "A"\nnumbers = { 2024-02-01 = 4 }', "2024-02-01 is not inside the history"),
    ('[[case]]\ncode = "A"\nfrom_day = 2023-06-01\nto_day = 2023-07-31\nstates = { open = 1 }', "in the history"),
]


@pytest.mark.parametrize(("text", "named"), WRONG)
def test_a_file_of_another_form_is_refused_when_it_is_read(tmp_path: Path, text: str, named: str) -> None:
    done = run("--world", str(world_of(tmp_path, text)), "--port", "0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert named in done.stderr
    assert "mine.toml" in done.stderr


def test_a_false_total_stops_the_gateway_with_one_line(tmp_path: Path) -> None:
    text, named = FALSE[0]
    done = run("--world", str(world_of(tmp_path, f'title = "x"\n{text}')), "--port", "0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"systems/mine.toml: {named}" in done.stderr


@pytest.mark.parametrize(("text", "named"), FALSE)
def test_what_cannot_be_made_is_refused_by_name(text: str, named: str) -> None:
    world = made(text, "tra-vinh-2023")
    with pytest.raises(ValueError, match=re.escape(named)):
        for form in (world.statistics, world.cases, world.things):
            try:
                form("mine")
            except LookupError:
                continue


def test_a_folder_without_systems_is_named(tmp_path: Path) -> None:
    world = world_of(tmp_path, "")
    (tmp_path / "systems" / "mine.toml").unlink()
    done = run("--world", str(world), "--port", "0")
    assert done.returncode == 2
    assert f"{tmp_path / 'systems'}: no system files" in done.stderr


def test_the_example_of_the_readme_can_be_made() -> None:
    text = Path("gateway/README.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    plan = msgspec.toml.decode(text, type=SystemFile)
    world = World(read_world("lang-son-2023"), {"mine": plan})
    assert all(len(shelf.moments) > 10 for shelf in (world.statistics("mine"), world.cases("mine")))
    teams = [
        row for row in map(msgspec.json.decode, world.things("mine").on(date(2022, 8, 8))) if row["loai"] == "team"
    ]
    assert (len(teams), sum(row["so_luong"] for row in teams)) == (1680, 7856)
