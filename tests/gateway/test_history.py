"""Lạng Sơn 2022 and 2023 are one history: they meet on 2022-12-31 without a gap and contradict each other nowhere."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.gateway.counting import Place, newest, platforms

PLACE = Place("H37", "20", "000.00.20.H37", "000.00.21.H37")
Rows = list[dict[str, Any]]
JOINT = "2022-12-31"
AROUND = ("20221205000000", "20230120000000")


@pytest.fixture(scope="module")
def both(client_2022: Any, client: Any) -> tuple[Any, Any]:
    return client_2022, client


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/tmdt/v1/bao-cao-thong-ke", tinh="20", ngay=JOINT).json(),
        lambda client: client.snapshot("/buuchinh/v1/bao-cao", ngay=JOINT),
        lambda client: client.snapshot("/buuchinh/v1/doanh-thu", ky="2022-12"),
        lambda client: client.snapshot("/congdanso/v1/tai-khoan", ngay=JOINT),
        lambda client: client.snapshot("/lgsp/v1/ket-noi", ngay=JOINT),
        lambda client: client.services("20221231"),
        lambda client: client.services("20220808"),
        lambda client: client.services("20220301"),
    ],
    ids=["ecommerce", "points", "postal revenue", "accounts", "lgsp", "services", "services before", "services first"],
)
def test_both_worlds_give_the_same_figures_of_a_day(both: tuple[Any, Any], ask: Callable[[Any], Any]) -> None:
    before, after = map(ask, both)
    assert before == after
    assert before


def test_threats_of_the_joint_day_are_the_same(both: tuple[Any, Any]) -> None:
    def found(client: Any) -> Counter[str]:
        rows = client.snapshot("/soc/v1/moi-nguy", tu=JOINT, den=JOINT)["du_lieu"]
        return Counter({row["muc_do"]: row["so_luong"] for row in rows})

    before, after = map(found, both)
    assert before == after
    assert before.total() == 17


def test_a_file_of_december_is_the_same_file(both: tuple[Any, Any]) -> None:
    def files(client: Any) -> dict[str, Any]:
        return {file["duong_dan"]: file for file in client.get("/vienthong/v1/tep", tinh="20", ky="2022-12").json()}

    before, after = map(files, both)
    assert len(before) == len({(file["doanh_nghiep"], file["loai"]) for file in before.values()}) == 13
    assert before.items() <= after.items()
    for path in before:
        assert both[0].get(path).content == both[1].get(path).content


def test_cumulative_figures_run_on(both: tuple[Any, Any]) -> None:
    days = ["2021-10-31", "2022-03-31", "2022-08-08", JOINT], [JOINT, "2023-03-31", "2023-06-30"]
    names = ("so_san_pham", "so_giao_dich_thanh_cong", "so_don_hang", "doanh_thu_vnd", "so_tai_khoan_mua")
    for name in (*names, "so_ho_sxnn_dao_tao"):
        figures = [platforms(client, day)[name] for client, shown in zip(both, days, strict=True) for day in shown]
        assert figures == sorted(figures)
    accounts = [PLACE.accounts(client, day).total() for client, shown in zip(both, days, strict=True) for day in shown]
    assert accounts == sorted(accounts)


def test_stations_and_villages_move_from_month_to_month(both: tuple[Any, Any]) -> None:
    before, after = both
    months = [(before, "2021-10"), (before, "2022-07"), (before, "2022-11"), (after, "2022-12"), (after, "2023-06")]
    stations = [
        {(r["operator"], r["ma_vi_tri"], r["cong_nghe"]) for r in client.telecom_rows(month, "tram")}
        for client, month in months
    ]
    clean = [{station for station in month if station[2] != "6G"} for month in stations]
    assert clean[0] < clean[1] < clean[2] < clean[3] < clean[4]
    villages = [{r["ma_thon"]: r["phu_song"] for r in c.telecom_rows(month, "vung_phu")} for c, month in months]
    assert len({frozenset(month) for month in villages}) == 1
    changed = sum(villages[2][code] != villages[3][code] for code in villages[2])
    assert 0 < changed < 20


def test_certificates_are_the_same_ones(both: tuple[Any, Any]) -> None:
    def known(client: Any, first: str, last: str) -> Rows:
        rows = client.all_office("chung-thu-so", first, last)
        return [row for row in rows if not (row["revoked_at"] and row["revoked_at"] < row["issued_at"])]

    before = known(both[0], "31/10/2021", "31/12/2022")
    after = known(both[1], "31/12/2022", "30/06/2023")
    assert max(row["updated_at"] for row in before) < min(row["updated_at"] for row in after)
    changing = {"updated_at", "revoked_at"}
    then = {row["serial"]: {k: v for k, v in row.items() if k not in changing} for row in before}
    now = {row["serial"]: {k: v for k, v in row.items() if k not in changing} for row in after}
    shared = {serial for serial, row in then.items() if row["organid"] in PLACE.organisations}
    assert all(now[serial] == then[serial] for serial in shared)

    def in_force(rows: Rows) -> set[str]:
        return {
            row["serial"]
            for row in newest(rows, "serial", "updated_at")
            if row["organid"] in PLACE.organisations
            and row["issued_at"] < "2023"
            and not (row["revoked_at"] and row["revoked_at"] < "2023")
        }

    assert in_force(before) == in_force(after)
    assert 20_000 < len(in_force(after)) < 23_657


def test_dossiers_carried_into_2023_were_received_in_2022(both: tuple[Any, Any]) -> None:
    before, after = (newest(client.all_dossiers(*AROUND), "MaHoSo", "NgayCapNhat") for client in both)
    then, now = ({row["MaHoSo"]: row for row in rows if row["MaHoSo"]} for rows in (before, after))
    shared = then.keys() & now.keys()
    assert len(shared) > 1500
    filed = [name for name in next(iter(then.values())) if name.startswith(("Ma", "Muc", "NgayNop", "ChuHoSo", "Dia"))]
    for code in shared:
        assert then[code]["NgayCapNhat"] < "20221231000000" <= now[code]["NgayCapNhat"]
        assert [then[code][name] for name in filed] == [now[code][name] for name in filed]
        assert now[code]["TrangThaiHoSo"] in ("9", "10")
    assert {row["NgayNopHoSo"][:6] for row in (now[code] for code in shared)} <= {"202211", "202212"}
    unshared = now.keys() - shared
    assert all(now[code]["NgayNopHoSo"] >= "20221231" or now[code]["NgayTiepNhan"] < "2023" for code in unshared)


def test_what_happens_happens_in_one_world(both: tuple[Any, Any]) -> None:
    before, after = both
    assert before.dossiers("20221231000000", "20230101000000")["tongSo"] == "0"
    assert before.office("van-ban-di", "31/12/2022", "31/12/2022")["response"]["total"] == 0
    assert after.office("van-ban-di", "31/12/2022", "31/12/2022")["response"]["total"] > 200
    assert before.vehicles(since="2022-12-31T00:00:00")["items"] == []
    assert after.vehicles()["items"][0]["khai_bao_luc"] >= "2022-12-30T17"


def test_every_day_tells_of_dossiers(both: tuple[Any, Any]) -> None:
    for client, first, last in ((both[0], "2021-10-31", "2022-12-30"), (both[1], "2023-01-01", "2023-06-30")):
        day, quiet = date.fromisoformat(first), []
        while day <= date.fromisoformat(last):
            low, high = (f"{moment:%Y%m%d}000000" for moment in (day, day + timedelta(days=1)))
            if client.dossiers(low, high, size=1)["tongSo"] == "0":
                quiet.append(day)
            day += timedelta(days=1)
        assert quiet == []


def test_running_keys_are_not_given_twice(both: tuple[Any, Any]) -> None:
    def keys(client: Any, first: str, last: str) -> list[set[str]]:
        return [
            {row["document_id"] for row in client.all_office("van-ban-di", first, last)},
            {row["work_id"] for row in client.all_office("ho-so-cong-viec", first, last)},
            {row["ma_khai_bao"] for row in client.vehicles(since="2022-12-29T00:00:00", limit=1000)["items"]},
            {row["ma_pa"] for row in client.reports("2021-10-31T00:00:00", 1000)},
            {row["ma_tin"] for row in client.press("2021-10-31", "2023-06-30")},
        ]

    december = keys(both[0], "01/12/2022", "31/12/2022")
    january = keys(both[1], "31/12/2022", "31/01/2023")
    for then, now in zip(december, january, strict=True):
        assert then & now <= {""}
        assert min(len(then), len(now)) > 40
