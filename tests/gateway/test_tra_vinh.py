"""Trà Vinh 2023: a small province without a gate and without press, whose keys collide with Lạng Sơn's on purpose."""

from collections import Counter
from typing import Any

import pytest

from tests.gateway.counting import Place, monthly_sum, newest, number, platforms

PLACE = Place("H59", "84")
FIRST, END = "20230101000000", "20230701000000"
DAYS = ("31/12/2022", "30/06/2023")
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def dossiers(tra_vinh: Any) -> Rows:
    versions = tra_vinh.all_dossiers("20221231000000", END)
    dirty = [row for row in versions if not PLACE.is_clean_dossier(row)]
    assert len(dirty) == 2 + 2
    return newest([row for row in versions if PLACE.is_clean_dossier(row)], "MaHoSo", "NgayCapNhat")


def test_dossiers_received_and_resolved(tra_vinh: Any, dossiers: Rows) -> None:
    received = [d for d in dossiers if FIRST <= d["NgayTiepNhan"] < END and d["TrangThaiHoSo"] not in ("1", "3")]
    channels = Counter(d["KenhThucHien"] for d in received)
    assert (channels["2"], channels["1"] + channels[""]) == (3120, 680)
    offered = [d for d in received if d["MucDo"] in ("3", "4")]
    assert len({d["MaTTHC"] for d in offered}) == 96
    assert len({d["MaTTHC"] for d in offered if d["KenhThucHien"] == "2"}) == 84
    answer = tra_vinh.dvc("thong-ke", tuNgay=FIRST, denNgay=END).json()
    assert answer == {
        "error_code": "0",
        "tiepNhan": "3800",
        "tiepNhanTrucTuyen": "3120",
        "giaiQuyet": "3700",
        "dungHan": "3610",
    }
    assert {d["MaHoSo"].split("-")[0][-3:] for d in dossiers} == {"H59"}


def test_documents_work_files_and_certificates(tra_vinh: Any) -> None:
    documents = newest(tra_vinh.all_office("van-ban-di", *DAYS), "document_id", "updated_at")
    known = [d for d in documents if d["organid"] in PLACE.organisations and d["promulgationdate"] >= "2023-01-01"]
    assert Counter(d["signed"] for d in known if not d["secret"]) == {True: 640, False: 31}
    files = newest(tra_vinh.all_office("ho-so-cong-viec", *DAYS), "work_id", "updated_at")
    closed = [f for f in files if f["closed_at"] > f["opened_at"] and not f["secret"]]
    assert sum(f["handled_online"] for f in closed) == 160 + 118 + 74
    certificates = newest(tra_vinh.all_office("chung-thu-so", *DAYS), "serial", "updated_at")
    in_force = Counter(c["holder"] for c in certificates if not c["revoked_at"])
    assert in_force == {"to_chuc": 64, "ca_nhan": 590}


def test_telecom_at_the_end_of_june(tra_vinh: Any) -> None:
    assert PLACE.subscribers(tra_vinh, "2023-06") == {
        "co_dinh": 21400,
        "di_dong": 1024800,
        "internet_co_dinh": 176300,
        "internet_di_dong": 758600,
    }
    stations = [row for row in tra_vinh.telecom_rows("2023-06", "tram") if row["cong_nghe"] != "6G"]
    assert Counter(row["cong_nghe"] for row in stations) == {"2G": 120, "3G": 195, "4G": 188}
    assert len({row["ma_vi_tri"] for row in stations}) == 210
    villages = Counter(row["phu_song"] for row in tra_vinh.telecom_rows("2023-06", "vung_phu"))
    assert villages == {"trang": 4, "yeu": 37, "tot": 756 - 41}
    rows = [row for month in range(1, 7) for row in tra_vinh.telecom_rows(f"2023-{month:02}", "doanh_thu")]
    rows += tra_vinh.telecom_rows("2022-12", "doanh_thu")
    assert sum(number(row["doanh_thu_dong"]) for row in rows) == 842_000_000_000


def test_small_sources(tra_vinh: Any) -> None:
    assert platforms(tra_vinh, "2023-06-30")["so_giao_dich_thanh_cong"] == 9024
    assert PLACE.accounts(tra_vinh, "2023-06-30") == {"CONG_DAN_SO": 71930, "THANH_TOAN": 118040, "MUA_BAN": 71280}
    assert PLACE.served_points(tra_vinh, "2023-06-30") == 166
    reports = [row for row in tra_vinh.reports("2022-12-31T00:00:00") if PLACE.is_clean_report(row)]
    assert Counter(row["trang_thai"] for row in reports) == {"DA_XU_LY": 143, "DANG_XU_LY": 21, "TU_CHOI": 12}
    months = ["2022-12", *(f"2023-{month:02}" for month in range(1, 7))]
    post = [row for ky in months for row in tra_vinh.snapshot("/buuchinh/v1/doanh-thu", ky=ky)["du_lieu"]]
    assert monthly_sum(post, "doanh_thu_dong") == 91_400_000_000
    threats = tra_vinh.snapshot("/soc/v1/moi-nguy", tu="2022-12-31", den="2023-06-30")["du_lieu"]
    assert sum(row["so_luong"] for row in threats if row["so_luong"] >= 0) == 421 + 233 + 58 + 3
    systems = tra_vinh.snapshot("/lgsp/v1/ket-noi", ngay="2023-06-30")["du_lieu"]
    required = Counter(row["trang_thai"] for row in systems if row["bat_buoc"])
    assert required == {"CHINH_THUC": 3, "THU_NGHIEM": 1, "CHUA": 1}


@pytest.mark.parametrize(
    "path",
    [
        "/cuakhau/v1/phuong-tien",
        "/cuakhau/v1/thong-ke?tu=2023-01-01&den=2023-05-15",
        "/baochi/v1/tin-bai?tinh=84&tu=2023-01-01&den=2023-01-31",
    ],
)
def test_a_source_that_the_province_does_not_have_is_forbidden(tra_vinh: Any, path: str) -> None:
    answer = tra_vinh.get(path)
    assert (answer.status_code, bool(answer.json()["loi"])) == (403, True)


@pytest.mark.parametrize("code", ["H37", "20"])
def test_another_provinces_code_is_a_bad_parameter(tra_vinh: Any, code: str) -> None:
    asked = {"tuNgay": FIRST, "denNgay": END, "trang": 1, "kichThuoc": 10, "madonvi": code}
    assert tra_vinh.dvc("ho-so/tra-cuu", **asked).json()["error_code"] == "-2"
    assert tra_vinh.get("/lgsp/v1/ket-noi", tinh=code, ngay="2023-06-30").status_code == 400


def test_keys_and_codes_collide_with_lang_sons(tra_vinh: Any, client: Any) -> None:
    def keys(one: Any) -> dict[str, set[str]]:
        snapshots = {"ma_diem": "/buuchinh/v1/bao-cao", "ma_he_thong": "/lgsp/v1/ket-noi"}
        february = ("01/02/2023", "28/02/2023")
        return {
            "services": {row["MaTTHC"][:8] for row in one.services("20230630")},
            "documents": {row["document_id"] for row in one.all_office("van-ban-di", *february)},
            "work files": {row["work_id"] for row in one.all_office("ho-so-cong-viec", *february)},
            "certificates": {row["serial"] for row in one.all_office("chung-thu-so", "01/01/2023", "31/01/2023")},
            "reports": {row["ma_pa"] for row in one.reports("2023-01-01T00:00:00")} - {""},
            "villages": {row["ma_thon"] for row in one.telecom_rows("2023-06", "vung_phu")},
            "sites": {row["ma_vi_tri"] for row in one.telecom_rows("2023-06", "tram")},
        } | {
            name: {row[name] for row in one.snapshot(path, ngay="2023-06-30")["du_lieu"]}
            for name, path in snapshots.items()
        }

    ours, theirs = keys(tra_vinh), keys(client)
    shared = {name: len(ours[name] & theirs[name]) for name in ours}
    assert min(shared.values()) >= 6, shared
    assert shared["villages"] > 400
    assert shared["services"] > 800
