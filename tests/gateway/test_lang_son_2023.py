"""The world Lạng Sơn 2023 meets its declared totals, counted through the interface as wire.md defines them."""

from collections import Counter
from typing import Any

import pytest

from gateway.areas import province
from tests.gateway.counting import Place, gate_day, newest, number, platforms

PLACES, PLACE = province("H37", "20"), Place("H37", "20")
ORGANISATIONS, COMMUNES = PLACE.organisations, PLACE.communes
FIRST, END = "20230101000000", "20230701000000"


@pytest.fixture(scope="module")
def versions(client: Any) -> Any:
    return client.all_dossiers("20221231000000", END)


@pytest.fixture(scope="module")
def dossiers(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return newest([row for row in versions if PLACE.is_clean_dossier(row)], "MaHoSo", "NgayCapNhat")


@pytest.fixture(scope="module")
def received(dossiers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [d for d in dossiers if FIRST <= d["NgayTiepNhan"] < END and d["TrangThaiHoSo"] not in ("1", "3")]


def test_received_dossiers_by_channel(received: list[dict[str, Any]]) -> None:
    channels = Counter(d["KenhThucHien"] for d in received)
    assert channels["2"] == 126434
    assert channels["1"] + channels[""] == 8974
    assert len(received) == 135408
    assert channels["1"] and channels[""]


def test_resolved_dossiers_on_time_and_late(dossiers: list[dict[str, Any]]) -> None:
    resolved = [d for d in dossiers if d["TrangThaiHoSo"] in ("9", "10") and FIRST <= d["NgayKetThucXuLy"] < END]
    on_time = [d for d in resolved if not d["NgayHenTra"] or d["NgayKetThucXuLy"] <= d["NgayHenTra"]]
    assert (len(resolved), len(on_time)) == (132796, 130733)
    assert any(not d["NgayHenTra"] for d in on_time)


def test_services_with_dossiers(received: list[dict[str, Any]]) -> None:
    used = [d for d in received if d["MucDo"] in ("3", "4")]
    assert len({d["MaTTHC"] for d in used}) == 297
    assert len({d["MaTTHC"] for d in used if d["KenhThucHien"] == "2"}) == 287
    assert {d["KenhThucHien"] for d in received if d["MucDo"] == "2"} == {"1", ""}


def test_the_portal_counts_the_same(client: Any) -> None:
    assert client.dvc("thong-ke", tuNgay=FIRST, denNgay=END).json() == {
        "error_code": "0",
        "tiepNhan": "135408",
        "tiepNhanTrucTuyen": "126434",
        "giaiQuyet": "132796",
        "dungHan": "130733",
    }


def test_the_portal_counts_a_day_as_the_dossiers_do(client: Any, received: list[dict[str, Any]]) -> None:
    answer = client.dvc("thong-ke", tuNgay="20230314000000", denNgay="20230315000000").json()
    assert answer["tiepNhan"] == str(sum(d["NgayTiepNhan"][:8] == "20230314" for d in received))
    assert int(answer["tiepNhan"]) > 0


def test_dossiers_change_and_are_corrected(versions: list[dict[str, Any]], dossiers: list[dict[str, Any]]) -> None:
    assert 2.1 < len(versions) / len(dossiers) < 2.3
    keys = Counter((v["MaHoSo"], v["NgayCapNhat"]) for v in versions if v["MaHoSo"])
    assert max(keys.values()) == 1
    channels: dict[str, set[str]] = {}
    for version in versions:
        channels.setdefault(version["MaHoSo"], set()).add(version["KenhThucHien"])
    del channels[""]
    assert sum(len(seen) > 1 for seen in channels.values()) > 500


def test_every_dossier_belongs_to_the_area_of_its_organisation(dossiers: list[dict[str, Any]]) -> None:
    areas = {c.code: {c.organisation, c.district_organisation} for c in PLACES.communes}
    for dossier in dossiers:
        expected = areas[dossier["MaDiaBan"]] if dossier["MaDiaBan"] else set(PLACES.departments)
        assert dossier["MaDonViXuLy"] in expected


def test_dirty_dossiers_are_there_as_declared(versions: list[dict[str, Any]]) -> None:
    dirty = [row for row in versions if not PLACE.is_clean_dossier(row)]
    assert len(dirty) == 32
    assert sum(row["MaHoSo"] == "" for row in dirty) == 8
    assert sum(row["NgayTiepNhan"] == "20230231080000" for row in dirty) == 10


def test_catalogue_by_level_and_portal(client: Any) -> None:
    services = client.services("20230630")
    assert Counter(s["MucDo"] for s in services) == {"2": 391, "3": 420, "4": 999}
    portal = Counter(s["MucDo"] for s in services if s["TichHopDVCQG"] == "1")
    assert portal == {"2": 379, "3": 420, "4": 882}
    assert len({s["MaTTHC"] for s in services}) == 1810


def test_catalogue_of_an_earlier_day_differs_a_little(client: Any) -> None:
    then = {s["MaTTHC"]: s for s in client.services("20230101")}
    now = {s["MaTTHC"]: s for s in client.services("20230630")}
    moved = sum(then[code] != now[code] for code in then.keys() & now.keys())
    assert (len(now.keys() - then.keys()), len(then.keys() - now.keys())) == (14, 9)
    assert 20 < moved < 120
    assert all(s["NgayHieuLuc"] <= "20230101000000" for s in then.values())


def test_documents_are_all_signed_in_the_end(client: Any) -> None:
    versions = client.all_office("van-ban-di")
    known = [v for v in versions if v["document_id"]]
    documents = [
        d
        for d in newest(known, "document_id", "updated_at")
        if "2023-01" <= d["promulgationdate"] < "2023-07" and not d["promulgationdate"].startswith("2023-02-31")
    ]
    assert Counter((d["secret"], d["signed"]) for d in documents) == {
        (False, True): 96418,
        (True, True): 540,
        (True, False): 612,
    }
    assert sum(not v["signed"] and not v["secret"] for v in versions) == 5830
    assert len(versions) - len(known) == 6


def test_work_files_by_tier(client: Any) -> None:
    files = newest(client.all_office("ho-so-cong-viec"), "work_id", "updated_at")
    clean = [f for f in files if not f["closed_at"] or f["opened_at"] < f["closed_at"]]
    closed = [f for f in clean if f["closed_at"] and not f["secret"]]
    rates = Counter((f["tier"], f["handled_online"]) for f in closed)
    assert rates == {
        ("tinh", True): 19950,
        ("tinh", False): 1050,
        ("huyen", True): 18700,
        ("huyen", False): 3300,
        ("xa", True): 12750,
        ("xa", False): 4250,
    }
    assert len(files) - len(clean) == 12


def test_certificates_in_force(client: Any) -> None:
    rows = [c for c in client.all_office("chung-thu-so") if c["organid"] in ORGANISATIONS]
    certificates = newest(rows, "serial", "updated_at")
    in_force = [c for c in certificates if c["issued_at"] < "2023-07" and not c["revoked_at"]]
    assert Counter(c["holder"] for c in in_force) == {"to_chuc": 1714, "ca_nhan": 21943}
    revoked = [c for c in certificates if c["revoked_at"]]
    assert sum(c["revoked_at"] < c["issued_at"] for c in revoked) == 13
    assert len(revoked) == 1230 + 13
    assert all(c["updated_at"] >= "2023-01" for c in certificates)
    assert sum(c["issued_at"] >= "2023-01" for c in in_force) == 2700


def test_subscribers_at_the_end_of_june(client: Any) -> None:
    totals: Counter[str] = Counter()
    smart = 0
    for row in client.telecom_rows("2023-06", "thue_bao"):
        if row["ma_dia_ban"] in COMMUNES and number(row["so_thue_bao"]) >= 0:
            totals[row["loai"]] += number(row["so_thue_bao"])
            smart += number(row["so_thue_bao"]) if row["smartphone"] == "1" else 0
    assert totals == {
        "co_dinh": 18800,
        "di_dong": 936200,
        "internet_co_dinh": 139000,
        "internet_di_dong": 681000,
    }
    assert 0.6 < smart / totals["di_dong"] < 0.8


def test_dirty_telecom_rows(client: Any) -> None:
    months = [f"2023-{n:02}" for n in range(1, 7)] + ["2022-12"]
    subscribers = [row for month in months for row in client.telecom_rows(month, "thue_bao")]
    stations = [row for month in months for row in client.telecom_rows(month, "tram")]
    assert all(row["ma_dia_ban"] in COMMUNES for row in subscribers)
    assert sum(row["so_thue_bao"].startswith("-") for row in subscribers) == 6
    assert sum(row["cong_nghe"] == "6G" for row in stations) == 10
    keys = Counter(tuple(row[c] for c in ("operator", "ky", "ma_dia_ban", "loai", "smartphone")) for row in subscribers)
    assert max(keys.values()) == 1


def test_stations_and_sites(client: Any) -> None:
    rows = [row for row in client.telecom_rows("2023-06", "tram") if row["cong_nghe"] != "6G"]
    assert Counter(row["cong_nghe"] for row in rows) == {"2G": 853, "3G": 1216, "4G": 1128}
    assert len({row["ma_vi_tri"] for row in rows}) == 1344
    assert len({(row["operator"], row["ma_vi_tri"], row["cong_nghe"]) for row in rows}) == 3197
    assert len({(row["operator"], row["ma_vi_tri"]) for row in rows}) == 1344 + 150
    earlier = [row for row in client.telecom_rows("2023-01", "tram") if row["cong_nghe"] != "6G"]
    assert len(earlier) == 3197 - 5 * 11


def test_villages_without_coverage(client: Any) -> None:
    rows = client.telecom_rows("2023-06", "vung_phu")
    assert Counter(row["phu_song"] for row in rows) == {"tot": 1336, "yeu": 218, "trang": 122}
    assert {row["operator"] for row in rows} == {"SO_TTTT"}
    assert len({row["ma_thon"] for row in client.telecom_rows("2023-02", "vung_phu")}) == 1676


def test_telecom_revenue_of_half_a_year(client: Any) -> None:
    rows = [row for month in range(1, 7) for row in client.telecom_rows(f"2023-{month:02}", "doanh_thu")]
    assert sum(number(row["doanh_thu_dong"]) for row in rows) == 650_000_000_000


def test_only_the_last_submission_holds(client: Any) -> None:
    months = [f"2023-{month:02}" for month in range(1, 7)]
    files = [file for month in months for file in client.get("/vienthong/v1/tep", tinh="20", ky=month).json()]
    again = [file for file in files if file["lan_nop"] > 1]
    assert again
    for file in again:
        month = file["duong_dan"].split("/")[-1][3:10]
        first, last = (client.telecom_rows(month, file["loai"], newest=newest) for newest in (False, True))
        assert first != last


def test_vehicles_by_gate_and_direction(client: Any) -> None:
    steps = list(client.each_step())
    clean = [s for s in steps if not s["xu_ly_luc"].startswith("2023-02-30")]
    assert len(steps) - len(clean) == 11
    declarations = newest(clean, "ma_khai_bao", "seq")
    assert 2 < len(clean) / len(declarations) < 3
    processed = [d for d in declarations if d["trang_thai"] == "DA_XU_LY"]
    in_period = [d for d in processed if "2023-01-01" <= gate_day(d) <= "2023-05-15"]
    assert Counter((d["cua_khau"], d["chieu"]) for d in in_period) == {
        ("HUU_NGHI", "XUAT"): 19664,
        ("HUU_NGHI", "NHAP"): 49434,
        ("TAN_THANH", "XUAT"): 25525,
        ("TAN_THANH", "NHAP"): 10428,
    }
    assert all(d["khai_bao_truc_tuyen"] for d in in_period)
    assert {d["xu_ly_luc"][-6:] for d in in_period} == {"+00:00", "+07:00"}
    assert sum(d["trang_thai"] == "HUY" for d in declarations) == 2400

    highest: dict[str, int] = {}
    late_steps = 0
    for step in steps:
        late_steps += step["seq"] < highest.get(step["ma_khai_bao"], 0)
        highest[step["ma_khai_bao"]] = max(step["seq"], highest.get(step["ma_khai_bao"], 0))
    assert late_steps > 100


def test_the_gate_platform_counts_the_same(client: Any) -> None:
    answer = client.get("/cuakhau/v1/thong-ke", tu="2023-01-01", den="2023-05-15").json()
    assert (answer["tu"], answer["den"]) == ("2023-01-01", "2023-05-15")
    assert {(row["cua_khau"], row["chieu"]): row["so_luong"] for row in answer["du_lieu"]} == {
        ("HUU_NGHI", "XUAT"): 19664,
        ("HUU_NGHI", "NHAP"): 49434,
        ("TAN_THANH", "XUAT"): 25525,
        ("TAN_THANH", "NHAP"): 10428,
    }


def test_ecommerce_figures_and_their_growth(client: Any) -> None:
    before, after = platforms(client, "2022-12-31"), platforms(client, "2023-05-15")
    assert (before["so_san_pham"], before["so_giao_dich_thanh_cong"]) == (20112, 47017)
    assert (after["so_san_pham"], after["so_giao_dich_thanh_cong"]) == (20984, 48892)
    assert (after["so_don_hang"], after["doanh_thu_vnd"]) == (48016, 10915692416)
    assert after["so_don_hang"] - before["so_don_hang"] == 2482
    assert after["so_ho_sxnn_dao_tao"] == 227767
    assert after["doanh_thu_vnd"] - before["doanh_thu_vnd"] == 400617000
