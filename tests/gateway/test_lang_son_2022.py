"""The world Lạng Sơn 2022 gives every figure that the province published of it and that does not contradict itself."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.gateway.counting import Place, monthly_sum, newest, platforms, processed

PLACE = Place("H37", "20", "000.00.20.H37", "000.00.21.H37")
FIRST, END = "20220101000000", "20220809000000"
NEEDED = (
    *("MaHoSo", "MaTTHC", "MaDonViXuLy", "KenhThucHien", "MucDo", "TrangThaiHoSo", "NgayCapNhat"),
    *("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy"),
)
"""Fields of a dossier; all of them would fill the memory."""
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def dossiers(client_2022: Any) -> Rows:
    dirty: Rows = []

    def clean() -> Iterator[dict[str, Any]]:
        for row in client_2022.each_dossier("20211031000000", "20230101000000"):
            if PLACE.is_clean_dossier(row):
                yield {name: row[name] for name in NEEDED}
            else:
                dirty.append(row)

    rows = newest(clean(), "MaHoSo", "NgayCapNhat")
    assert len(dirty) == 6 + 7 + 10
    return rows


@pytest.fixture(scope="module")
def offered(dossiers: Rows) -> Rows:
    """Received until 8 August, at partial and full online services."""
    received = [d for d in dossiers if FIRST <= d["NgayTiepNhan"] < END and d["TrangThaiHoSo"] not in ("1", "3")]
    return [d for d in received if d["MucDo"] in ("3", "4")]


def by_channel(rows: Rows) -> tuple[int, int, int]:
    """(all, direct, online)"""
    channels = Counter(row["KenhThucHien"] for row in rows)
    return len(rows), channels["1"] + channels[""], channels["2"]


def test_received_dossiers_at_levels_3_and_4(offered: Rows) -> None:
    assert by_channel(offered) == (108443, 56163, 52280)


def test_received_dossiers_at_level_4(offered: Rows) -> None:
    assert by_channel([d for d in offered if d["MucDo"] == "4"]) == (50582, 23256, 27326)


def test_services_with_dossiers(offered: Rows) -> None:
    assert len({d["MaTTHC"] for d in offered}) == 863
    assert len({d["MaTTHC"] for d in offered if d["KenhThucHien"] == "2"}) == 628


def test_levels_of_dossiers_are_those_of_the_catalogue(client_2022: Any, offered: Rows) -> None:
    levels = {s["MaTTHC"]: s["MucDo"] for s in client_2022.services("20220808")}
    assert all(levels[d["MaTTHC"]] == d["MucDo"] for d in offered)


def test_the_portal_counts_a_month_as_the_dossiers_do(client_2022: Any, dossiers: Rows) -> None:
    for low, high in (("20220501", "20220601"), ("20221201", "20221231")):
        answer = client_2022.dvc("thong-ke", tuNgay=f"{low}000000", denNgay=f"{high}000000").json()
        received = [d for d in dossiers if low <= d["NgayTiepNhan"][:8] < high and d["TrangThaiHoSo"] not in ("1", "3")]
        resolved = [d for d in dossiers if low <= d["NgayKetThucXuLy"][:8] < high and d["TrangThaiHoSo"] in ("9", "10")]
        on_time = [d for d in resolved if not d["NgayHenTra"] or d["NgayKetThucXuLy"] <= d["NgayHenTra"]]
        counted = (answer["tiepNhan"], answer["tiepNhanTrucTuyen"], answer["giaiQuyet"], answer["dungHan"])
        expected = (len(received), by_channel(received)[2], len(resolved), len(on_time))
        assert counted == tuple(map(str, expected))
        assert len(on_time) > 3000


def test_most_dossiers_are_resolved_on_time(dossiers: Rows) -> None:
    resolved = [d for d in dossiers if d["TrangThaiHoSo"] in ("9", "10")]
    late = [d for d in resolved if d["NgayHenTra"] and d["NgayKetThucXuLy"] > d["NgayHenTra"]]
    assert len(late) == 300 + 4300 + 1800


def test_two_organisations_had_other_codes(dossiers: Rows) -> None:
    def days(code: str) -> list[str]:
        return sorted(d["NgayNopHoSo"][:8] for d in dossiers if d["MaDonViXuLy"] == code)

    for former, until, now in (("20", "20221130", "19"), ("21", "20220630", "17")):
        assert days(f"000.00.{former}.H37")[-1] <= until < days(f"000.00.{now}.H37")[0]


def test_catalogue_on_the_eighth_of_august(client_2022: Any) -> None:
    services = client_2022.services("20220808")
    assert Counter(s["MucDo"] for s in services) == {"2": 408, "3": 342, "4": 1049}
    assert len({s["MaTTHC"] for s in services}) == 1799


def test_some_services_have_another_level_in_2023(client_2022: Any, client: Any) -> None:
    then = {s["MaTTHC"]: s["MucDo"] for s in client_2022.services("20220808")}
    now = {s["MaTTHC"]: s["MucDo"] for s in client.services("20230630")}
    moves = Counter((then[code], now[code]) for code in then.keys() & now.keys() if then[code] != now[code])
    assert moves["4", "3"] > 50
    assert moves["2", "3"] > 10
    assert len(now.keys() - then.keys()) == 15 + 14


def test_certificates_issued_until_august(client_2022: Any) -> None:
    rows = [
        c
        for c in client_2022.all_office("chung-thu-so", "31/10/2021", "31/12/2022")
        if c["organid"] in PLACE.organisations and not (c["revoked_at"] and c["revoked_at"] < c["issued_at"])
    ]
    certificates = newest(rows, "serial", "updated_at")
    issued = [c for c in certificates if "2022-01-01" <= c["issued_at"] < "2022-08-09"]
    assert Counter(c["holder"] for c in issued) == {"ca_nhan": 2184, "to_chuc": 209}
    assert min(c["updated_at"] for c in rows) >= "2021-11-01"


def test_mobile_subscribers_at_the_end_of_july(client_2022: Any) -> None:
    assert PLACE.subscribers(client_2022, "2022-07")["di_dong"] == 842000


def test_mobile_subscribers_of_a_year_before(client_2022: Any) -> None:
    assert PLACE.subscribers(client_2022, "2021-07")["di_dong"] == 842000 - 122066


def test_stations_of_a_year_before(client_2022: Any) -> None:
    rows = [row for row in client_2022.telecom_rows("2021-07", "tram") if row["cong_nghe"] != "6G"]
    assert len({(row["operator"], row["ma_vi_tri"], row["cong_nghe"]) for row in rows}) == 3056 - 208


def test_stations_and_sites_at_the_end_of_july(client_2022: Any) -> None:
    rows = [row for row in client_2022.telecom_rows("2022-07", "tram") if row["cong_nghe"] != "6G"]
    assert Counter(row["cong_nghe"] for row in rows) == {"2G": 838, "3G": 1153, "4G": 1065}
    assert len({row["ma_vi_tri"] for row in rows}) == 1282
    assert len({(row["operator"], row["ma_vi_tri"], row["cong_nghe"]) for row in rows}) == 3056


def test_the_sites_built_from_january_to_july(client_2022: Any) -> None:
    before, after = (
        {row["ma_vi_tri"] for row in client_2022.telecom_rows(month, "tram") if row["cong_nghe"] != "6G"}
        for month in ("2021-12", "2022-07")
    )
    assert before < after
    assert len(after) - len(before) == 104


def test_villages_without_coverage_at_the_end_of_october_2021(client_2022: Any) -> None:
    rows = client_2022.telecom_rows("2021-10", "vung_phu")
    assert Counter(row["phu_song"] for row in rows) == {"trang": 128, "yeu": 140, "tot": 1676 - 268}


def test_telecom_revenue_of_eight_months(client_2022: Any) -> None:
    rows = [row for month in range(1, 9) for row in client_2022.telecom_rows(f"2022-{month:02}", "doanh_thu")]
    assert monthly_sum(rows, "doanh_thu_dong") == 640_000_000_000


def test_postal_revenue_of_eight_months(client_2022: Any) -> None:
    months = [client_2022.snapshot("/buuchinh/v1/doanh-thu", ky=f"2022-{month:02}") for month in range(1, 9)]
    rows = [row for month in months for row in month["du_lieu"] if row["doanh_nghiep"] != "BUU_CHINH_LA"]
    assert monthly_sum(rows, "doanh_thu_dong") == 115_000_000_000
    assert 1_900_000 < sum(row["so_buu_gui"] for row in rows) < 1_950_000


def test_postal_points_on_the_eighth_of_august(client_2022: Any) -> None:
    assert client_2022.snapshot("/buuchinh/v1/bao-cao", ngay="2022-08-08")["ngay"] == "2022-07-31"
    assert PLACE.served_points(client_2022, "2022-08-08") == 268


@pytest.mark.parametrize(
    ("day", "listings", "transactions"),
    [("2021-12-31", 11889, 9087), ("2022-08-08", 18488, 21756), ("2022-12-31", 20112, 47017)],
)
def test_ecommerce_figures(client_2022: Any, day: str, listings: int, transactions: int) -> None:
    figures = platforms(client_2022, day)
    assert (figures["so_san_pham"], figures["so_giao_dich_thanh_cong"]) == (listings, transactions)


def test_accounts_on_the_tenth_of_august(client_2022: Any) -> None:
    assert PLACE.accounts(client_2022, "2022-08-10") == {"CONG_DAN_SO": 44634, "THANH_TOAN": 60403, "MUA_BAN": 71101}


def test_vehicles_by_gate_and_direction(client_2022: Any) -> None:
    by_day = processed(client_2022.each_step())
    parts: Counter[tuple[str, str]] = Counter()
    for (day, gate, direction), vehicles in by_day.items():
        if "2022-01-19" <= day <= "2022-08-09":
            parts[gate, direction] += vehicles
    assert parts == {
        ("HUU_NGHI", "XUAT"): 11149,
        ("HUU_NGHI", "NHAP"): 32232,
        ("TAN_THANH", "XUAT"): 21909,
        ("TAN_THANH", "NHAP"): 18963,
    }
    assert sum(parts.values()) == 84253
    assert {gate: min(day for day, other, _ in by_day if other == gate) for _, gate, _ in by_day} == {
        "HUU_NGHI": "2022-01-19",
        "TAN_THANH": "2022-02-21",
    }
    answer = client_2022.get("/cuakhau/v1/thong-ke", tu="2022-01-19", den="2022-08-09").json()
    assert {(row["cua_khau"], row["chieu"]): row["so_luong"] for row in answer["du_lieu"]} == parts


@pytest.mark.parametrize(
    ("year", "sentiments"),
    [
        (2021, {"TICH_CUC": 248, "TIEU_CUC": 418, "TRUNG_LAP": 884}),
        (2022, {"TICH_CUC": 990, "TIEU_CUC": 352, "TRUNG_LAP": 792}),
    ],
)
def test_press_pieces_by_sentiment(client_2022: Any, year: int, sentiments: dict[str, int]) -> None:
    pieces = client_2022.press(f"{year}-01-01", f"{year}-08-08")
    clean = [p for p in pieces if p["ma_tin"] and p["sac_thai"] != "VUI" and "-02-30" not in p["dang_luc"]]
    assert Counter(piece["sac_thai"] for piece in clean) == sentiments


def test_reports_received_until_august(client_2022: Any) -> None:
    reports = [row for row in client_2022.reports("2021-10-31T00:00:00", 1000) if PLACE.is_clean_report(row)]
    received = [row for row in reports if "2022-01-01" <= row["tiep_nhan_luc"] < "2022-08-09"]
    assert Counter(row["trang_thai"] for row in received) == {"DA_XU_LY": 128, "DANG_XU_LY": 6, "TU_CHOI": 17}


def test_documents_and_work_files(client_2022: Any) -> None:
    days = ("31/10/2021", "31/12/2022")
    rows = [r for r in client_2022.all_office("van-ban-di", *days) if r["organid"] in PLACE.organisations]
    clean = [r for r in rows if r["document_id"] and "-02-31" not in r["promulgationdate"]]
    documents = [d for d in newest(clean, "document_id", "updated_at") if d["promulgationdate"] >= "2022-01-01"]
    assert Counter(d["signed"] for d in documents if not d["secret"]) == {True: 84350, False: 1720}
    files = newest(client_2022.all_office("ho-so-cong-viec", *days), "work_id", "updated_at")
    known = [f for f in files if f["organid"] in PLACE.organisations and f["tier"] == "tinh" and not f["secret"]]
    closed = [f for f in known if f["closed_at"] and f["opened_at"] < f["closed_at"]]
    assert Counter(f["handled_online"] for f in closed) == {True: 16840, False: 2160}


def test_threats_and_connections(client_2022: Any) -> None:
    rows = client_2022.snapshot("/soc/v1/moi-nguy", tu="2022-01-01", den="2022-12-30")["du_lieu"]
    known = [row for row in rows if row["so_luong"] >= 0 and row["muc_do"] != "RAT_CAO"]
    assert sum(row["so_luong"] for row in known) == 3941 + 1806 + 433 + 27
    live = [
        sum(row["bat_buoc"] and row["trang_thai"] == "CHINH_THUC" for row in systems["du_lieu"])
        for systems in (client_2022.snapshot("/lgsp/v1/ket-noi", ngay=day) for day in ("2021-10-31", "2022-12-31"))
    ]
    assert live == [8, 10]


def test_subscribers_grow_evenly(client_2022: Any) -> None:
    mobile = [PLACE.subscribers(client_2022, f"2022-{month:02}")["di_dong"] for month in range(1, 12)]
    assert all(1 < later / earlier < 1.02 for earlier, later in pairwise(mobile))
