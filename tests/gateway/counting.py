"""How wire.md says that records are counted, for tests of any world."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from gateway.areas import province

Row = dict[str, Any]
VIETNAM = timezone(timedelta(hours=7))


class Place:
    """The codes that a hub of this province knows."""

    def __init__(self, organisation: str, area: str, *former: str) -> None:
        places = province(organisation, area)
        self.communes = {commune.code for commune in places.communes}
        self.organisations = {*places.departments, *places.districts, *(c.organisation for c in places.communes)}
        self.organisations.update(former)

    def is_clean_dossier(self, row: Row) -> bool:
        return (
            row["MaHoSo"] != ""
            and row["MaDonViXuLy"] in self.organisations
            and row["MaDiaBan"] in {*self.communes, ""}
            and row["NgayTiepNhan"][4:8] != "0231"
            and row["KenhThucHien"] in ("1", "2", "3", "")
            and not (row["NgayKetThucXuLy"] and row["NgayKetThucXuLy"] < row["NgayTiepNhan"])
        )

    def is_clean_report(self, row: Row) -> bool:
        return (
            row["ma_pa"] != ""
            and row["ma_dia_ban"] in {*self.communes, ""}
            and row["trang_thai"] != "KHAC"
            and "-02-30" not in row["tiep_nhan_luc"]
            and not (row["hoan_thanh_luc"] and row["hoan_thanh_luc"] < row["tiep_nhan_luc"])
        )

    def accounts(self, client: Any, day: str) -> Counter[str]:
        """By type."""
        found: Counter[str] = Counter()
        for row in client.snapshot("/congdanso/v1/tai-khoan", ngay=day)["du_lieu"]:
            if row["ma_dia_ban"] in self.communes and row["so_tai_khoan"] >= 0:
                found[row["loai"]] += row["so_tai_khoan"]
        return found

    def served_points(self, client: Any, day: str) -> int:
        return sum(
            row["co_nguoi_phuc_vu"] and row["ma_dia_ban"] in self.communes and row["loai"] != "XE_LUU_DONG"
            for row in client.snapshot("/buuchinh/v1/bao-cao", ngay=day)["du_lieu"]
        )

    def subscribers(self, client: Any, month: str) -> Counter[str]:
        """By kind."""
        totals: Counter[str] = Counter()
        for row in client.telecom_rows(month, "thue_bao"):
            if row["ma_dia_ban"] in self.communes and number(row["so_thue_bao"]) >= 0:
                totals[row["loai"]] += number(row["so_thue_bao"])
        return totals


def newest(rows: Iterable[Row], key: str, order: str) -> list[Row]:
    """The row of each key that has the highest ``order``."""
    found: dict[str, Row] = {}
    for row in rows:
        if row[key] not in found or row[order] > found[row[key]][order]:
            found[row[key]] = row
    return list(found.values())


def number(text: str) -> int:
    return int(text.replace(".", ""))


def gate_day(row: Row) -> str:
    return datetime.fromisoformat(row["xu_ly_luc"]).astimezone(VIETNAM).date().isoformat()


def processed(steps: Iterable[Row]) -> Counter[tuple[str, str, str]]:
    """Vehicles by day, gate and direction."""
    clean = (
        step
        for step in steps
        if step["cua_khau"] != "CUA_KHAU_LA" and step["chieu"] != "QUA" and "-02-30" not in step["xu_ly_luc"]
    )
    done = [row for row in newest(clean, "ma_khai_bao", "seq") if row["trang_thai"] == "DA_XU_LY"]
    return Counter((gate_day(row), row["cua_khau"], row["chieu"]) for row in done)


def platforms(client: Any, day: str) -> Counter[str]:
    """The figures of all platforms together."""
    totals: Counter[str] = Counter()
    for platform in client.snapshot("/tmdt/v1/bao-cao-thong-ke", ngay=day)["san"]:
        totals.update({name: number(value) for name, value in platform.items() if name != "ten_san"})
    return totals


def monthly_sum(rows: list[Row], name: str) -> int:
    return sum(number(str(row[name])) for row in rows)
