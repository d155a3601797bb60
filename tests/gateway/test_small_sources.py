"""The six small sources of Lạng Sơn 2023 meet their declared totals and keep the interface's habits."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

import pytest

from gateway.people import leaks
from tests.gateway.counting import Place

Faulty = Callable[..., AbstractContextManager[Any]]
PLACE = Place("H37", "20")
COMMUNES = PLACE.communes


def points(client: Any, day: str) -> Any:
    return client.snapshot("/buuchinh/v1/bao-cao", ngay=day)


def accounts(client: Any, day: str) -> Counter[tuple[str, str]]:
    """By type and platform, clean rows only."""
    found: Counter[tuple[str, str]] = Counter()
    for row in client.snapshot("/congdanso/v1/tai-khoan", ngay=day)["du_lieu"]:
        if row["ma_dia_ban"] in COMMUNES and row["so_tai_khoan"] >= 0:
            found[row["loai"], row["nen_tang"]] += row["so_tai_khoan"]
    return found


def pages(client: Any, first: str, last: str) -> Iterator[Any]:
    page = client.snapshot("/baochi/v1/tin-bai", tu=first, den=last, page="1")
    yield page
    for number in range(2, page["pages"] + 1):
        yield client.snapshot("/baochi/v1/tin-bai", tu=first, den=last, page=str(number))


def test_reports_received_until_mid_may_by_their_state_now(client: Any) -> None:
    rows = client.reports("2022-12-31T00:00:00")
    clean = [row for row in rows if PLACE.is_clean_report(row)]
    assert len(rows) - len(clean) == 1 + 2 + 2 + 2
    received = [row for row in clean if "2023-01-01" <= row["tiep_nhan_luc"] < "2023-05-16"]
    assert Counter(row["trang_thai"] for row in received) == {"DA_XU_LY": 70, "DANG_XU_LY": 35, "TU_CHOI": 14}
    assert {bool(row["hoan_thanh_luc"]) for row in received if row["trang_thai"] == "DA_XU_LY"} == {True}
    assert {row["kenh"] for row in received} == {"APP", "TONG_DAI_1022", "WEB", "ZALO"}


def test_reports_come_once_in_order_of_change(client: Any) -> None:
    rows = client.reports("2023-03-01T00:00:00", size=7)
    assert rows == client.reports("2023-03-01T00:00:00", size=1000)
    assert rows == sorted(rows, key=lambda row: (row["cap_nhat_luc"], row["ma_pa"]))
    codes = [row["ma_pa"] for row in rows if row["ma_pa"]]
    assert len(codes) == len(set(codes))


def test_updated_since_includes_its_own_second(client: Any) -> None:
    rows = client.reports("2023-03-01T00:00:00")
    assert client.reports(rows[5]["cap_nhat_luc"]) == rows[5:]
    assert client.reports(f"{rows[5]['cap_nhat_luc']}+07:00") == rows[5:]


def test_a_link_to_the_next_page_is_a_path_with_its_query(client: Any) -> None:
    body = client.get("/pakn/v1/phan-anh", updated_since="2023-01-01T00:00:00+07:00", page_size=50).json()
    assert body["paging"]["next"].startswith("/pakn/v1/phan-anh?updated_since=2023-01-01T00%3A00%3A00%2B07%3A00&")
    assert client.get(body["paging"]["next"]).json()["data"] != body["data"]


def test_a_report_is_shown_as_it_was_at_the_clock(faulty: Faulty) -> None:
    with faulty() as client:
        client.admin("clock", now="2023-04-01T00:00:00+07:00")
        then = {row["ma_pa"]: row for row in client.reports("2023-01-01T00:00:00") if PLACE.is_clean_report(row)}
        client.admin("clock", now="2023-07-01T06:00:00+07:00")
        now = {row["ma_pa"]: row for row in client.reports("2023-01-01T00:00:00") if PLACE.is_clean_report(row)}
    assert then.keys() < now.keys()
    moved = Counter((then[code]["trang_thai"], now[code]["trang_thai"]) for code in then)
    assert moved["DANG_XU_LY", "DA_XU_LY"] > 3
    assert moved["DA_XU_LY", "DANG_XU_LY"] == 0


def test_postal_points_at_the_end_of_june(client: Any) -> None:
    answer = points(client, "2023-06-30")
    served = [row for row in answer["du_lieu"] if row["co_nguoi_phuc_vu"]]
    assert len(served) == 319
    assert {row["ma_dia_ban"] for row in served} == COMMUNES
    assert {row["loai"] for row in served} == {"BUU_CUC", "BD_VHX", "DAI_LY"}
    assert len(answer["du_lieu"]) == 319 + 14
    assert len({row["ma_diem"] for row in answer["du_lieu"]}) == 319 + 14


def test_postal_points_of_any_day_are_those_of_the_last_month_end(client: Any) -> None:
    assert points(client, "2023-05-15")["ngay"] == "2023-04-30"
    assert points(client, "2023-05-15") == points(client, "2023-04-30")
    counts = [
        sum(row["co_nguoi_phuc_vu"] and row["ma_dia_ban"] in COMMUNES for row in points(client, day)["du_lieu"])
        for day in ("2022-12-31", "2023-03-31", "2023-06-30")
    ]
    assert counts == sorted(counts)
    assert points(client, "2022-12-30") == {"ngay": "2022-12-30", "du_lieu": []}


def test_postal_revenue_of_half_a_year(client: Any) -> None:
    rows = [
        row
        for month in range(1, 7)
        for row in client.snapshot("/buuchinh/v1/doanh-thu", ky=f"2023-{month:02}")["du_lieu"]
    ]
    assert {row["doanh_nghiep"] for row in rows} == {"VNPOST", "VIETTEL_POST", "GHTK", "GHN"}
    assert sum(row["doanh_thu_dong"] for row in rows) == 105_000_000_000
    assert len(rows) == 6 * 4
    assert all(row["so_buu_gui"] > 10_000 for row in rows)


def test_accounts_on_the_fifteenth_of_may(client: Any) -> None:
    assert accounts(client, "2023-05-15") == {
        ("CONG_DAN_SO", ""): 219913,
        ("THANH_TOAN", ""): 265399,
        ("MUA_BAN", "postmart"): 185737,
        ("MUA_BAN", "voso"): 51447,
    }


def test_no_commune_ever_loses_accounts(client: Any) -> None:
    def by_commune(day: str) -> dict[tuple[str, ...], int]:
        rows = client.snapshot("/congdanso/v1/tai-khoan", ngay=day)["du_lieu"]
        return {(row["loai"], row["nen_tang"], row["ma_dia_ban"]): row["so_tai_khoan"] for row in rows}

    days = ("2022-12-31", "2023-02-01", "2023-02-02", "2023-05-14", "2023-05-15", "2023-05-16", "2023-06-30")
    for day, later in pairwise(days):
        before, after = by_commune(day), by_commune(later)
        assert all(after[key] >= value for key, value in before.items() if key in after)
        assert sum(after.values()) > sum(before.values())


def test_press_pieces_by_sentiment(client: Any) -> None:
    read = list(pages(client, "2023-01-01", "2023-06-30"))
    pieces = [piece for page in read for piece in page["items"]]
    sentiments = Counter(piece["sac_thai"] for piece in pieces)
    assert (sentiments["TICH_CUC"], sentiments["TIEU_CUC"], sentiments[None]) == (1012, 241, 46)
    assert sentiments["TRUNG_LAP"] == 674 + 2 + 3
    assert [len(page["items"]) for page in read[:-1]] == [100] * (len(read) - 1)
    times = [piece["dang_luc"] for piece in pieces if "-02-30" not in piece["dang_luc"]]
    assert times == sorted(times)
    assert len(pieces) - len(times) == 3
    assert sum(piece["ma_tin"] == "" for piece in pieces) == 2


def test_press_days_include_the_last_one_and_past_the_end_there_is_nothing(client: Any) -> None:
    day = [piece for page in pages(client, "2023-03-07", "2023-03-07") for piece in page["items"]]
    assert {piece["dang_luc"][:10] for piece in day} == {"2023-03-07"}
    past = client.snapshot("/baochi/v1/tin-bai", tu="2023-03-07", den="2023-03-07", page="9")
    assert (past["items"], past["pages"]) == ([], 1)


def test_a_piece_is_classified_later_without_a_word(faulty: Faulty) -> None:
    with faulty() as client:
        client.admin("clock", now="2023-03-31T00:00:00+07:00")
        then = {p["ma_tin"]: p for page in pages(client, "2023-03-01", "2023-03-30") for p in page["items"]}
        client.admin("clock", now="2023-06-30T00:00:00+07:00")
        now = {p["ma_tin"]: p for page in pages(client, "2023-03-01", "2023-03-30") for p in page["items"]}
    assert then.keys() == now.keys()
    changed = [code for code in then if then[code] != now[code]]
    assert len(changed) > 3
    for code in changed:
        assert then[code]["sac_thai"] is None
        assert then[code] | {"sac_thai": now[code]["sac_thai"]} == now[code]


def test_threats_by_day_and_level(client: Any) -> None:
    answer = client.snapshot("/soc/v1/moi-nguy", tu="2023-01-01", den="2023-06-30")
    assert answer["ngay"] == "2023-06-30"
    totals: Counter[str] = Counter()
    for row in answer["du_lieu"]:
        if row["so_luong"] >= 0 and row["muc_do"] != "RAT_CAO":
            totals[row["muc_do"]] += row["so_luong"]
            assert 0 <= row["da_xu_ly"] <= row["so_luong"]
    assert totals == {"THAP": 2184, "TRUNG_BINH": 917, "CAO": 208, "NGHIEM_TRONG": 12}
    assert sum(row["so_luong"] < 0 for row in answer["du_lieu"]) == 3
    assert sum(row["muc_do"] == "RAT_CAO" for row in answer["du_lieu"]) == 4
    keys = Counter((row["ngay"], row["muc_do"]) for row in answer["du_lieu"])
    assert (max(keys.values()), len(keys)) == (1, 181 * 4 + 4)


def test_threats_are_handled_within_days(faulty: Faulty) -> None:
    def handled(client: Any) -> int:
        rows = client.snapshot("/soc/v1/moi-nguy", tu="2023-03-01", den="2023-03-20")["du_lieu"]
        return sum(row["da_xu_ly"] for row in rows if row["so_luong"] >= 0)

    with faulty() as client:
        client.admin("clock", now="2023-03-21T06:00:00+07:00")
        early = handled(client)
        client.admin("clock", now="2023-04-21T06:00:00+07:00")
        assert early < handled(client)


def test_ministry_systems_at_the_end_of_june(client: Any) -> None:
    def required(day: str) -> Counter[str]:
        rows = client.snapshot("/lgsp/v1/ket-noi", ngay=day)["du_lieu"]
        return Counter(row["trang_thai"] for row in rows if row["bat_buoc"])

    assert required("2023-06-30") == {"CHINH_THUC": 14, "THU_NGHIEM": 3}
    assert required("2023-01-01")["CHINH_THUC"] == 10
    rows = client.snapshot("/lgsp/v1/ket-noi", ngay="2023-06-30")["du_lieu"]
    assert {row["trang_thai"] for row in rows if not row["bat_buoc"]} == {"CHINH_THUC", "THU_NGHIEM", "CHUA"}


@pytest.mark.parametrize(
    "path",
    [
        "/buuchinh/v1/bao-cao?tinh=20",
        "/buuchinh/v1/bao-cao?tinh=84&ngay=2023-06-30",
        "/buuchinh/v1/doanh-thu?tinh=20&ky=2023-6",
        "/congdanso/v1/tai-khoan?tinh=20&ngay=30/06/2023",
        "/baochi/v1/tin-bai?tinh=20&tu=2023-02-02&den=2023-02-01",
        "/baochi/v1/tin-bai?tinh=20&tu=2023-02-01&den=2023-02-01&page=0",
        "/soc/v1/moi-nguy?tinh=20&tu=2023-02-02&den=2023-02-01",
        "/lgsp/v1/ket-noi?ngay=2023-06-30",
        "/pakn/v1/phan-anh?updated_since=gestern",
        "/pakn/v1/phan-anh?updated_since=2023-01-01&page_size=1001",
    ],
)
def test_bad_parameters_are_400(client: Any, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, bool(answer.json()["loi"])) == (400, True)


@pytest.mark.parametrize(
    "path",
    [
        "/congdanso/v1/tai-khoan?tinh=20&ngay=2023-07-01",
        "/lgsp/v1/ket-noi?tinh=20&ngay=2023-07-01",
        "/buuchinh/v1/doanh-thu?tinh=20&ky=2023-07",
    ],
)
def test_nothing_is_known_of_a_day_that_is_not_over(client: Any, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["du_lieu"]) == (200, [])


def test_what_people_write_can_be_found_again(client: Any) -> None:
    report = client.reports("2023-06-01T00:00:00")[0]
    piece = next(pages(client, "2023-06-01", "2023-06-30"))["items"][0]
    for text in (report["nguoi_gui"], report["dien_thoai"], report["noi_dung"], piece["tieu_de"]):
        assert leaks(text)
    harmless = {name for name, value in report.items() if not leaks(value)}
    assert {"ma_pa", "linh_vuc", "kenh", "tiep_nhan_luc"} <= harmless


@pytest.mark.parametrize(
    ("path", "records", "renamed"),
    [
        ("/pakn/v1/phan-anh?updated_since=2023-01-01T00:00:00", "data", "trang_thai"),
        ("/baochi/v1/tin-bai?tinh=20&tu=2023-01-01&den=2023-06-30", "items", "dang_luc"),
        ("/buuchinh/v1/bao-cao?tinh=20&ngay=2023-06-30", "du_lieu", "loai"),
        ("/buuchinh/v1/doanh-thu?tinh=20&ky=2023-06", "du_lieu", "doanh_thu_dong"),
        ("/congdanso/v1/tai-khoan?tinh=20&ngay=2023-06-30", "du_lieu", "so_tai_khoan"),
        ("/soc/v1/moi-nguy?tinh=20&tu=2023-01-01&den=2023-06-30", "du_lieu", "so_luong"),
        ("/lgsp/v1/ket-noi?tinh=20&ngay=2023-06-30", "du_lieu", "trang_thai"),
    ],
)
def test_faults_of_records_reach_the_small_sources(
    faulty: Faulty, client: Any, path: str, records: str, renamed: str
) -> None:
    right = client.get(path).json()[records]
    with faulty("drift") as other:
        drifted = other.get(path).json()[records]
        assert [row[f"{renamed}_moi"] for row in drifted] == [row[renamed] for row in right]
        other.admin("faults", faults="extra_field:1")
        assert all("ghi_chu_he_thong" in row for row in other.get(path).json()[records])
        other.admin("faults", faults="empty")
        assert other.get(path).json()[records] == []


def test_a_repeated_report_and_a_false_total_is_off_by_one(faulty: Faulty, client: Any) -> None:
    right = client.reports("2023-01-01T00:00:00", size=50)
    with faulty("duplicate_page_rows:1") as other:
        rows = other.reports("2023-01-01T00:00:00", size=50)
        assert rows[49] == rows[50]
        assert rows[:50] + rows[51:] == right
        other.admin("faults", faults="over_declared")
        body = other.get("/pakn/v1/phan-anh", updated_since="2023-01-01T00:00:00").json()
        assert body["paging"]["total"] == len(body["data"]) + 1
